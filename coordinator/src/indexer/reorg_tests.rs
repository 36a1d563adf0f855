use proptest::prelude::*;

use super::*;

/// A chain that grows, is reorganised, and remembers nothing of what it replaced.
#[derive(Debug, Clone)]
struct Chain {
    blocks: Vec<Header>,
    made: u64,
}

impl Chain {
    fn new() -> Self {
        let mut chain = Self { blocks: Vec::new(), made: 0 };
        chain.grow(1);
        chain
    }

    fn grow(&mut self, blocks: u64) {
        for _ in 0..blocks {
            self.made += 1;
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&self.made.to_be_bytes());
            let parent = self.blocks.last().map_or([0; 32], |block| block.hash);
            let number = self.blocks.len() as u64;
            self.blocks.push(Header { number, hash, parent, timestamp: number });
        }
    }

    /// Takes blocks back, never the first one.
    fn shrink(&mut self, blocks: u64) {
        let left = (self.blocks.len() as u64).saturating_sub(blocks).max(1);
        self.blocks.truncate(left as usize);
    }

    fn head(&self) -> Header {
        *self.blocks.last().unwrap()
    }

    fn header(&self, number: u64) -> Option<Header> {
        self.blocks.get(number as usize).copied()
    }
}

/// What the database holds: which block each log is of. Each block logs its own hash.
#[derive(Debug, Default)]
struct Stored(BTreeMap<u64, Word>);

/// One step as [`super::super::follow`] does it, on a chain that stands still meanwhile.
fn step(trail: &mut Trail, stored: &mut Stored, chain: &Chain, span: u64) -> bool {
    let read = |trail: &mut Trail, stored: &mut Stored, from: u64, to: u64| {
        let ends = chain.header(from).zip(chain.header(to));
        let Some((first, last)) = ends else { return false };
        if !trail.is_next(&first) {
            return cut(trail, stored, chain);
        }
        if trail.tip().is_none() {
            trail.extend(&first);
        }
        trail.extend(&last);
        stored.0.extend((from..=to).map(|number| (number, chain.header(number).unwrap().hash)));
        true
    };
    match trail.plan(&chain.head(), span) {
        Plan::Wait => false,
        Plan::Compare(number) => {
            let forked = chain.header(number).is_some_and(|block| trail.contradicts(&block));
            forked && cut(trail, stored, chain)
        }
        Plan::Range { from, to } => {
            assert!(from <= to && to - from < span && to + trail.depth <= chain.head().number);
            read(trail, stored, from, to)
        }
        Plan::Block(number) => read(trail, stored, number, number),
        Plan::Fork => cut(trail, stored, chain),
    }
}

fn cut(trail: &mut Trail, stored: &mut Stored, chain: &Chain) -> bool {
    let common =
        |(number, hash): &(u64, Word)| chain.header(*number).is_some_and(|block| block.hash == *hash);
    let last = trail.back().find(common).map(|(number, _)| number);
    if last.is_some() && last == trail.tip().map(|(tip, _)| tip) {
        return false;
    }
    trail.cut(last);
    match last {
        Some(last) => stored.0.retain(|number, _| *number <= last),
        None => stored.0.clear(),
    }
    true
}

#[derive(Debug, Clone)]
enum Happening {
    Grow(u64),
    Reorganise { back: u64, forward: u64 },
    Look(u8),
    Restart,
    AnotherChain,
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = prop_oneof![
        4 => (1..20u64).prop_map(Happening::Grow),
        4 => (1..8u64, 0..12u64).prop_map(|(back, forward)| Happening::Reorganise { back, forward }),
        // Deeper than what is kept.
        1 => (20..60u64, 0..80u64).prop_map(|(back, forward)| Happening::Reorganise { back, forward }),
        6 => (1..12u8).prop_map(Happening::Look),
        1 => Just(Happening::Restart),
        1 => Just(Happening::AnotherChain),
    ];
    proptest::collection::vec(one, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever happens to the chain: once it has grown over what was read, and stands still, what is stored is exactly it,
    /// and no more hashes are kept than need be.
    #[test]
    fn what_is_stored_becomes_the_chain(first in 0..4u64, depth in 1..10u64, span in 1..9u64, all in happenings()) {
        let mut chain = Chain::new();
        let (mut trail, mut stored) = (Trail::new(first, depth, BTreeMap::new()), Stored::default());
        let mut highest = 0;
        for happening in all {
            match happening {
                Happening::Grow(blocks) => chain.grow(blocks),
                Happening::Reorganise { back, forward } => {
                    chain.shrink(back);
                    chain.grow(forward);
                }
                Happening::Look(steps) => {
                    for _ in 0..steps {
                        step(&mut trail, &mut stored, &chain, span);
                        prop_assert!(trail.hashes.len() as u64 <= depth + 2);
                        prop_assert_eq!(trail.tip().map(|(tip, _)| tip), stored.0.last_key_value().map(|(n, _)| *n));
                    }
                }
                // What survives is in the database: the hashes.
                Happening::Restart => trail = Trail::new(first, depth, trail.hashes.clone()),
                Happening::AnotherChain => {
                    let made = chain.made;
                    chain = Chain { blocks: Vec::new(), made };
                    chain.grow(1 + made % 7);
                }
            }
            highest = highest.max(chain.head().number).max(trail.tip().map_or(0, |(tip, _)| tip));
        }
        chain.grow((highest + 1).saturating_sub(chain.head().number) + first);
        let mut steps = 0;
        while step(&mut trail, &mut stored, &chain, span) {
            steps += 1;
            prop_assert!(steps < 10_000, "it comes to an end");
        }
        let expected: BTreeMap<u64, Word> =
            chain.blocks.iter().filter(|block| block.number >= first).map(|block| (block.number, block.hash)).collect();
        prop_assert_eq!(stored.0, expected);
        prop_assert_eq!(trail.tip(), Some((chain.head().number, chain.head().hash)));
    }

    /// A reorganisation within the depth takes back no more than what is gone.
    #[test]
    fn what_is_common_stays(depth in 2..20u64, grown in 1..60u64, back in 1..20u64, forward in 1..20u64) {
        let mut chain = Chain::new();
        chain.grow(grown);
        let (mut trail, mut stored) = (Trail::new(0, depth, BTreeMap::new()), Stored::default());
        while step(&mut trail, &mut stored, &chain, 5) {}
        let back = back.min(depth).min(grown);
        let common = chain.head().number - back;
        chain.shrink(back);
        chain.grow(back + forward);
        prop_assert!(step(&mut trail, &mut stored, &chain, 5));
        prop_assert_eq!(trail.tip().map(|(tip, _)| tip), Some(common));
    }
}

#[test]
fn a_node_that_is_behind_takes_nothing_back() {
    let mut chain = Chain::new();
    chain.grow(30);
    let (mut trail, mut stored) = (Trail::new(0, 4, BTreeMap::new()), Stored::default());
    while step(&mut trail, &mut stored, &chain, 100) {}
    for behind in [1, 3, 4, 5, 29] {
        let mut other = chain.clone();
        other.shrink(behind);
        assert!(!step(&mut trail, &mut stored, &other, 100), "{behind} blocks behind");
        assert_eq!(trail.tip().map(|(tip, _)| tip), Some(30));
    }
    // Behind, and on another branch.
    let mut other = chain.clone();
    other.shrink(5);
    other.grow(2);
    assert_eq!(trail.plan(&other.head(), 100), Plan::Fork);
    // Behind by more than is kept, and another chain from its first block on.
    let mut other = Chain { blocks: Vec::new(), made: 1000 };
    other.grow(10);
    assert_eq!(trail.plan(&other.head(), 100), Plan::Compare(0));
    assert!(step(&mut trail, &mut stored, &other, 100));
    assert!(stored.0.is_empty() && trail.tip().is_none());
}

#[test]
fn it_reads_in_ranges_until_blocks_may_be_replaced() {
    let mut chain = Chain::new();
    chain.grow(20);
    let mut trail = Trail::new(3, 5, BTreeMap::new());
    assert_eq!(trail.plan(&chain.header(2).unwrap(), 8), Plan::Wait, "the first block is not there yet");
    assert_eq!(trail.plan(&chain.head(), 8), Plan::Range { from: 3, to: 10 });
    assert_eq!(trail.plan(&chain.head(), 100), Plan::Range { from: 3, to: 15 });
    trail.extend(&chain.header(15).unwrap());
    assert_eq!(trail.plan(&chain.head(), 100), Plan::Block(16));
    assert_eq!(trail.plan(&chain.head(), 0), Plan::Block(16));
}
