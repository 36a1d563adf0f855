//! Members joined by a channel, one of them perhaps corrupt.

use std::collections::{BTreeMap, VecDeque};

use zeroize::Zeroizing;

use crate::committee::dkg::{
    Dkg, DkgMessage, DkgOutcome, Fault, Member, Observed, ObservedKey, Observer, Output, Restart, share,
};
use crate::committee::testing::{owner, rng};
use crate::ids::Digest;

pub(super) const CONTEXT: Digest = Digest([5; 32]);

pub(super) fn secret(index: u64) -> Zeroizing<[u8; 32]> {
    Zeroizing::new([index as u8 + 100; 32])
}

pub(super) fn members(count: u64) -> Vec<Member> {
    let member =
        |index| Member { owner: owner(index), seal_key: share::public_key(&secret(index)).expect("a key") };
    (0..count).map(member).collect()
}

pub(super) fn start(count: u64, me: u64) -> (Dkg, Vec<Output>) {
    Dkg::new(CONTEXT, me, members(count), secret(me), &mut rng(me)).expect("a run")
}

/// What became of a member.
pub(super) enum End {
    Done(Box<DkgOutcome>),
    Restart(Restart),
}

/// All members of a run and an observer, joined by a channel that gives everybody the same messages in the same order. What a corrupt
/// member sends is changed on its way by `corrupt`; what it drops is never sent.
pub(super) struct Network<F> {
    pub(super) runs: Vec<Dkg>,
    pub(super) ends: BTreeMap<u64, End>,
    pub(super) observer: Observer,
    pub(super) observed: Option<Observed>,
    queue: VecDeque<(u64, DkgMessage)>,
    corrupt: F,
}

impl<F: FnMut(u64, DkgMessage) -> Option<DkgMessage>> Network<F> {
    pub(super) fn new(count: u64, corrupt: F) -> Self {
        let (runs, outputs): (Vec<_>, Vec<_>) = (0..count).map(|me| start(count, me)).unzip();
        let observer = Observer::new(CONTEXT, members(count)).expect("an observer");
        let (ends, queue) = (BTreeMap::new(), VecDeque::new());
        let mut network = Self { runs, ends, observer, observed: None, queue, corrupt };
        for (me, outputs) in (0..).zip(outputs) {
            network.take(me, outputs);
        }
        network
    }

    fn take(&mut self, me: u64, outputs: Vec<Output>) {
        for output in outputs {
            let end = match output {
                Output::Broadcast(message) => {
                    self.queue.extend((self.corrupt)(me, message).map(|message| (me, message)));
                    continue;
                }
                Output::Done(outcome) => End::Done(outcome),
                Output::Restart(restart) => End::Restart(restart),
            };
            assert!(self.ends.insert(me, end).is_none(), "a run ends once");
        }
    }

    /// Delivers messages until there are none. Messages travel as bytes.
    pub(super) fn run(&mut self) {
        while let Some((from, message)) = self.queue.pop_front() {
            let bytes = message.to_bytes();
            if let Ok(message) = DkgMessage::from_bytes(&bytes, self.observer.params())
                && let Ok(Some(end)) = self.observer.receive(owner(from), message)
            {
                assert!(self.observed.replace(end).is_none(), "a run ends once");
            }
            for me in (0..self.runs.len() as u64).filter(|me| *me != from) {
                let run = &mut self.runs[me as usize];
                let Ok(message) = DkgMessage::from_bytes(&bytes, run.params()) else { continue };
                let outputs = run.receive(owner(from), message).unwrap_or_default();
                self.take(me, outputs);
            }
        }
    }

    /// The deadline of the phase passes for everybody.
    pub(super) fn silence(&mut self) {
        for me in 0..self.runs.len() as u64 {
            if let Some(restart) = self.runs[me as usize].silence() {
                self.ends.insert(me, End::Restart(restart));
            }
        }
        if let Some(restart) = self.observer.silence() {
            self.observed = Some(Observed::Restart(restart));
        }
    }

    pub(super) fn outcomes(self) -> Vec<DkgOutcome> {
        let count = self.runs.len();
        let done = self.ends.into_values().map(|end| match end {
            End::Done(outcome) => *outcome,
            End::Restart(restart) => panic!("{restart:?}"),
        });
        let outcomes: Vec<_> = done.collect();
        assert_eq!(outcomes.len(), count);
        let due = ObservedKey {
            committee_key: outcomes[0].committee_key.clone(),
            qualified: outcomes[0].qualified.clone(),
        };
        assert_eq!(self.observed, Some(Observed::Done(due)), "an observer sees the members' key");
        outcomes
    }

    /// The faults that all members but `corrupt` agree on.
    pub(super) fn faults(self, corrupt: u64) -> Vec<Fault> {
        let count = self.runs.len();
        let honest = self.ends.into_iter().filter(|(me, _)| *me != corrupt);
        let faults: Vec<Vec<Fault>> = honest
            .map(|(_, end)| match end {
                End::Restart(restart) => restart.faults,
                End::Done(_) => panic!("this run must not end well"),
            })
            .collect();
        assert_eq!(faults.len(), count - 1);
        assert!(faults.iter().all(|other| *other == faults[0]), "{faults:?}");
        let due = Restart { faults: faults[0].clone() };
        assert_eq!(self.observed, Some(Observed::Restart(due)), "an observer names the same");
        faults[0].clone()
    }
}

pub(super) fn honest(_: u64, message: DkgMessage) -> Option<DkgMessage> {
    Some(message)
}
