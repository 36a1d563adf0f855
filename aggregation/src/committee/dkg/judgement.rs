//! What a member makes of the others' deals, complaints and answers.

use std::collections::{BTreeMap, BTreeSet};

use super::member::Dkg;
use super::message::Body;
use super::outcome::{Fault, FaultKind, Phase};
use super::share::{self, ShareContext};
use crate::committee::points::G1_LEN;
use crate::committee::scalar::SecretScalar;
use crate::hash::digest;
use crate::ids::{Digest, OwnerId};

/// The hash by which a dealer announces its commitment.
pub(super) fn announce(context: Digest, dealer: OwnerId, coefficients: &[[u8; G1_LEN]]) -> Digest {
    let parts = [context.as_ref(), dealer.as_ref(), coefficients.as_flattened()];
    digest("committee/dkg/commitment", &parts)
}

impl Dkg {
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

    /// Opens and checks this member's shares; gives the dealers whose shares are false.
    pub(super) fn open_shares(&mut self) -> Vec<u64> {
        let mut complaints = Vec::new();
        for dealer in 0..self.members.len() as u64 {
            match self.open_share(dealer) {
                Some(share) => drop(self.received.insert(dealer, share)),
                None => complaints.push(dealer),
            }
        }
        complaints
    }

    fn open_share(&self, dealer: u64) -> Option<SecretScalar> {
        if dealer == self.me {
            return Some(SecretScalar::new(self.poly.evaluate(self.me + 1)));
        }
        let Some(Body::Commit { announced }) = self.heard.get(&(Phase::Commit, dealer)) else { return None };
        let Some(Body::Deal { shares, .. }) = self.heard.get(&(Phase::Deal, dealer)) else { return None };
        let context = ShareContext {
            run: self.context,
            dealer: self.owner(dealer)?,
            announced: *announced,
            receiver: self.owner(self.me)?,
        };
        let sealed = shares.get(usize::try_from(self.me).ok()?)?;
        let share = share::open(sealed, &self.seal_secret, &context)?;
        self.fits(dealer, self.me, &share).then_some(share)
    }

    /// Whether `share` is the value that `dealer` committed to for `receiver`. A member's share is the polynomial's
    /// value at its index + 1, as in all of `threshold_crypto`.
    fn fits(&self, dealer: u64, receiver: u64, share: &SecretScalar) -> bool {
        self.commitments
            .get(&dealer)
            .is_some_and(|commitment| commitment.evaluate(receiver + 1) == share.public())
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

    pub(super) fn justify(&self, complainers: &BTreeSet<u64>) -> Body {
        let reveal = |index: &u64| (*index, *SecretScalar::new(self.poly.evaluate(index + 1)).to_bytes());
        Body::Justify { shares: complainers.iter().map(reveal).collect() }
    }

    /// Who did not answer exactly the complaints against it, or answered with a false share. Takes over the shares that
    /// were revealed to this member.
    pub(super) fn judge_justifications(&mut self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (dealer, complainers) in self.accused() {
            let Some(Body::Justify { shares }) = self.heard.get(&(Phase::Justify, dealer)) else {
                faults.extend(self.fault(dealer, FaultKind::Unanswered));
                continue;
            };
            if !shares.iter().map(|(index, _)| index).eq(complainers.iter()) {
                faults.extend(self.fault(dealer, FaultKind::Unanswered));
                continue;
            }
            let mut mine = None;
            let right = shares.iter().all(|(index, bytes)| {
                let Ok(share) = SecretScalar::from_bytes(bytes, "justified share") else { return false };
                let fits = self.fits(dealer, *index, &share);
                if *index == self.me {
                    mine = Some(share);
                }
                fits
            });
            if !right {
                faults.extend(self.fault(dealer, FaultKind::FalseShare));
            } else if let Some(share) = mine {
                self.received.insert(dealer, share);
            }
        }
        faults
    }

    fn fault(&self, index: u64, kind: FaultKind) -> Option<Fault> {
        self.owner(index).map(|owner| Fault { owner, kind })
    }
}
