//! What everybody hears of a run, and what everybody must conclude from it.

use std::collections::{BTreeMap, BTreeSet};

use super::member::Member;
use super::message::{Body, DkgMessage};
use super::outcome::{DkgError, Fault, FaultKind, Phase, Restart};
use crate::committee::codec::DecodeError;
use crate::committee::commitment::Commitment;
use crate::committee::key::{CommitteeKey, CommitteeKeyError};
use crate::committee::params::CommitteeParams;
use crate::committee::points::G1_LEN;
use crate::committee::scalar::SecretScalar;
use crate::hash::digest;
use crate::ids::{Digest, OwnerId};

/// The hash by which a dealer announces its commitment.
pub(super) fn announce(context: Digest, dealer: OwnerId, coefficients: &[[u8; G1_LEN]]) -> Digest {
    let parts = [context.as_ref(), dealer.as_ref(), coefficients.as_flattened()];
    digest("committee/dkg/commitment", &parts)
}

/// The public side of a run: a member's and an observer's alike.
pub(super) struct Board {
    pub(super) params: CommitteeParams,
    pub(super) context: Digest,
    pub(super) members: Vec<Member>,
    pub(super) phase: Phase,
    /// The first message of each member for each phase.
    pub(super) heard: BTreeMap<(Phase, u64), Body>,
    /// The commitments of the deals in `heard`, by dealer.
    pub(super) commitments: BTreeMap<u64, Commitment>,
}

impl Board {
    /// The board of a run of `members`, which are what is left of a committee of `full`.
    pub(super) fn new(context: Digest, members: Vec<Member>, full: usize) -> Result<Self, DkgError> {
        let params = CommitteeParams::left(members.len(), full)?;
        let mut seen = BTreeSet::new();
        if let Some(twice) = members.iter().find(|member| !seen.insert(member.owner)) {
            return Err(DkgError::Duplicate { owner: twice.owner });
        }
        let (heard, commitments) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { params, context, members, phase: Phase::Commit, heard, commitments })
    }

    pub(super) fn owner(&self, index: u64) -> Option<OwnerId> {
        self.members.get(usize::try_from(index).ok()?).map(|member| member.owner)
    }

    /// The members that the phase waits for.
    pub(super) fn missing(&self) -> Vec<OwnerId> {
        let due: Vec<u64> = match self.phase {
            Phase::Commit | Phase::Deal | Phase::Verdict => (0..self.members.len() as u64).collect(),
            Phase::Justify => self.accused().into_keys().collect(),
            Phase::Finished => Vec::new(),
        };
        let is_missing = |index: &u64| !self.heard.contains_key(&(self.phase, *index));
        due.into_iter().filter(is_missing).filter_map(|index| self.owner(index)).collect()
    }

    /// Takes a message down. One that was heard before changes nothing.
    pub(super) fn hear(&mut self, from: OwnerId, message: DkgMessage) -> Result<(), DkgError> {
        if self.phase == Phase::Finished {
            return Err(DkgError::Finished);
        }
        let sender = self.members.iter().zip(0u64..).find(|(member, _)| member.owner == from);
        let (_, sender) = sender.ok_or(DkgError::Stranger { owner: from })?;
        if message.context != self.context {
            return Err(DkgError::OtherRun { owner: from });
        }
        let phase = message.body.phase();
        match self.heard.get(&(phase, sender)) {
            Some(first) if *first == message.body => return Ok(()),
            Some(_) => return Err(DkgError::Contradiction { owner: from, phase }),
            None => {}
        }
        let commitment =
            message.body.check(self.params).map_err(|source| DkgError::Malformed { owner: from, source })?;
        if let Some(commitment) = commitment {
            self.commitments.insert(sender, commitment);
        }
        self.heard.insert((phase, sender), message.body);
        Ok(())
    }

    /// A deadline has passed: who has not spoken in this phase ends the run.
    pub(super) fn silence(&mut self) -> Option<Restart> {
        let kind = FaultKind::Silent(self.phase);
        let faults: Vec<Fault> = self.missing().into_iter().map(|owner| Fault { owner, kind }).collect();
        if faults.is_empty() {
            return None;
        }
        self.phase = Phase::Finished;
        Some(Restart { faults })
    }

    /// Who revealed another commitment than it had announced.
    pub(super) fn judge_commitments(&self) -> Vec<Fault> {
        let kept = |index: u64, owner: OwnerId| match (
            self.heard.get(&(Phase::Commit, index)),
            self.heard.get(&(Phase::Deal, index)),
        ) {
            (Some(Body::Commit { announced }), Some(Body::Deal { coefficients, .. })) => {
                *announced == announce(self.context, owner, coefficients)
            }
            _ => false,
        };
        let members = self.members.iter().zip(0u64..);
        let broken = members.filter(|(member, index)| !kept(*index, member.owner));
        broken.map(|(member, _)| Fault { owner: member.owner, kind: FaultKind::OtherCommitment }).collect()
    }

    /// The dealers that were complained about, with their complainers.
    pub(super) fn accused(&self) -> BTreeMap<u64, BTreeSet<u64>> {
        let mut accused: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        for ((phase, complainer), body) in &self.heard {
            if let (Phase::Verdict, Body::Verdict { complaints }) = (phase, body) {
                for dealer in complaints {
                    accused.entry(*dealer).or_default().insert(*complainer);
                }
            }
        }
        accused
    }

    /// Whether `share` is the value that `dealer` committed to for `receiver`. A member's share is the polynomial's
    /// value at its index + 1, as in all of `threshold_crypto`.
    pub(super) fn fits(&self, dealer: u64, receiver: u64, share: &SecretScalar) -> bool {
        let due = self.commitments.get(&dealer).map(|commitment| commitment.evaluate(receiver + 1));
        // A share of zero is nobody's, and has no public key.
        share.public().is_some_and(|public| due == Some(public))
    }

    /// Who did not answer exactly the complaints against it, or answered with a false share.
    pub(super) fn judge_justifications(&self) -> Vec<Fault> {
        let verdict = |dealer: u64, complainers: &BTreeSet<u64>| {
            let Some(Body::Justify { shares }) = self.heard.get(&(Phase::Justify, dealer)) else {
                return Some(FaultKind::Unanswered);
            };
            if !shares.iter().map(|(index, _)| index).eq(complainers.iter()) {
                return Some(FaultKind::Unanswered);
            }
            let is_right = |(index, bytes): &(u64, [u8; 32])| {
                SecretScalar::from_bytes(bytes, "justified share")
                    .is_ok_and(|share| self.fits(dealer, *index, &share))
            };
            (!shares.iter().all(is_right)).then_some(FaultKind::FalseShare)
        };
        let faults = self.accused().into_iter().filter_map(|(dealer, complainers)| {
            let kind = verdict(dealer, &complainers)?;
            self.owner(dealer).map(|owner| Fault { owner, kind })
        });
        faults.collect()
    }

    /// The sum of all commitments: the committee's key.
    pub(super) fn key(&self) -> Result<CommitteeKey, DkgError> {
        let (expected, got) = (self.members.len(), self.commitments.len());
        match Commitment::sum(self.commitments.values()) {
            Some(sum) if got == expected => Ok(CommitteeKey::new(self.params, &sum)?),
            _ => {
                let missing = DecodeError::Length { field: "dealt commitments", expected, got };
                Err(CommitteeKeyError::from(missing).into())
            }
        }
    }

    /// The members, in index order.
    pub(super) fn owners(&self) -> Vec<OwnerId> {
        self.members.iter().map(|member| member.owner).collect()
    }
}
