//! Looks for secrets in this process's own memory, where they must not be any more. Linux only: it reads
//! `/proc/self/mem`, which needs no unsafe code.
//!
//! What is looked at: everything the process can write to (the heap above all, and in it what was freed), but for stacks.
//! A stack is not wiped: frames are overwritten by later calls, and a value that was moved may lie in two of them.

#![allow(clippy::disallowed_types, reason = "aggregation has no files, but its memory is to be looked at")]

use std::fs::{self, File};
use std::io::BufRead as _;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroize as _;

/// Secrets are kept under this pad, so that the search does not find what it searches for.
const PAD: u8 = 0xa5;
/// Length of the pieces that are looked for: what the allocator writes into freed memory spares half of a 32-byte key.
const PIECE: usize = 8;
const CHUNK: usize = 1 << 20;

/// Something that was secret, and what it is called.
pub struct Planted {
    what: &'static str,
    padded: Vec<u8>,
}

impl Planted {
    /// Takes note of a secret. Nothing of it that is shorter than eight bytes, or repeats one byte, is looked for.
    pub fn new(what: &'static str, secret: &[u8]) -> Self {
        Self { what, padded: secret.iter().map(|byte| byte ^ PAD).collect() }
    }

    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let repeats = |piece: &[u8]| piece.iter().all(|byte| *byte == piece[0]);
        self.padded.chunks_exact(PIECE).filter(move |piece| !repeats(piece))
    }

    fn count(&self, memory: &[u8]) -> usize {
        self.pieces().map(|piece| occurrences(memory, piece)).sum()
    }
}

fn occurrences(memory: &[u8], padded: &[u8]) -> usize {
    let (mut count, mut rest) = (0, memory);
    while rest.skip_until(padded[0] ^ PAD).is_ok_and(|skipped| skipped > 0) {
        let same = rest.len() >= PIECE - 1
            && rest.iter().zip(&padded[1..]).all(|(byte, piece)| byte ^ PAD == *piece);
        count += usize::from(same);
    }
    count
}

/// Does `work` on a thread of its own, then says which of the secrets that it planted are still in memory, and how often.
///
/// # Panics
/// If `work` does, or planted nothing that could be found.
pub fn left_behind(work: impl FnOnce() -> Vec<Planted> + Send) -> Vec<String> {
    // Another test's search would hold copies of what this one's work has in memory.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (planted, stack) = std::thread::scope(|scope| {
        let on_a_stack = scope.spawn(|| (work(), this_stack()));
        on_a_stack.join().expect("the work is done")
    });
    assert!(planted.iter().all(|secret| secret.pieces().next().is_some()), "nothing to look for");
    let stacks = [stack, this_stack()];
    let mut counts = vec![0; planted.len()];
    let memory = File::open("/proc/self/mem").expect("this process may read its own memory");
    let mut chunk = vec![0; CHUNK];
    for mapping in mappings() {
        // A piece may lie across two chunks.
        for start in mapping.clone().step_by(CHUNK - PIECE) {
            let end = mapping.end.min(start + CHUNK);
            if stacks.iter().flatten().any(|stack| stack.start < end && start < stack.end) {
                continue;
            }
            let length = end - start;
            if memory.read_exact_at(&mut chunk[..length], start as u64).is_ok() {
                for (count, secret) in counts.iter_mut().zip(&planted) {
                    *count += secret.count(&chunk[..length]);
                }
            }
            // Before the search comes to the place where this chunk itself lies.
            chunk[..length].zeroize();
        }
    }
    let found = planted.iter().zip(counts).filter(|(_, count)| *count > 0);
    found.map(|(secret, count)| format!("{}: {count} pieces", secret.what)).collect()
}

/// What the process can write to.
fn mappings() -> Vec<Range<usize>> {
    let maps = fs::read_to_string("/proc/self/maps").expect("this process may read its own mappings");
    let address = |hex: &str| usize::from_str_radix(hex, 16).ok();
    let mapping = |line: &str| {
        let mut fields = line.split_whitespace();
        let (start, end) = fields.next()?.split_once('-')?;
        let (range, access) = (address(start)?..address(end)?, fields.next()?);
        (access.starts_with("rw") && !line.ends_with("[stack]")).then_some(range)
    };
    maps.lines().filter_map(mapping).collect()
}

/// The mapping that the stack of this thread lies in.
fn this_stack() -> Option<Range<usize>> {
    let local = std::hint::black_box(0u8);
    let address = std::ptr::from_ref(&local).addr();
    mappings().into_iter().find(|mapping| mapping.contains(&address))
}
