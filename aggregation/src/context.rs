//! What everything in a round is bound to.
//!
//! A seed, a header, a sealed envelope or a cut that was made in one context means nothing in another: neither in
//! another study, epoch, round, attempt or group, nor under another model or plan. Members who were shown different
//! models or rosters hold different contexts, so their masks do not cancel and their headers do not agree.

use crate::hash::digest;
use crate::ids::{Digest, OwnerId, StudyId};

/// The facts of one group's attempt at one round, before it is known who joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundContext {
    /// The study.
    pub study: StudyId,
    /// The MLS epoch in which the round runs.
    pub epoch: u64,
    /// The MLS epoch authenticator (RFC 9420, section 8.7): equal for all who hold the same group state.
    pub epoch_authenticator: Vec<u8>,
    /// The round: 0 gathers statistics, 1 and on train.
    pub round: u64,
    /// The attempt at the round, from 1.
    pub attempt: u32,
    /// The group within the round, from 0.
    pub group: u16,
    /// Digest of the model state that the round starts from.
    pub model: Digest,
    /// Digest of the round's plan.
    pub plan: Digest,
}

impl RoundContext {
    /// `context₀`: what owners sign when they join.
    #[must_use]
    pub fn digest(&self) -> Digest {
        digest(
            "round-context",
            &[
                self.study.as_ref(),
                &self.epoch.to_le_bytes(),
                &self.epoch_authenticator,
                &self.round.to_le_bytes(),
                &self.attempt.to_le_bytes(),
                &self.group.to_le_bytes(),
                self.model.as_ref(),
                self.plan.as_ref(),
            ],
        )
    }
}

/// `context`: `context₀` together with those who joined (ascending order). Reports and masks are bound to it.
#[must_use]
pub fn with_roster(context0: &Digest, roster: &[OwnerId]) -> Digest {
    debug_assert!(roster.is_sorted());
    let mut parts: Vec<&[u8]> = Vec::with_capacity(roster.len() + 1);
    parts.push(context0.as_ref());
    parts.extend(roster.iter().map(AsRef::as_ref));
    digest("roster-context", &parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> RoundContext {
        RoundContext {
            study: StudyId([1; 32]),
            epoch: 2,
            epoch_authenticator: vec![3; 32],
            round: 4,
            attempt: 5,
            group: 6,
            model: Digest([7; 32]),
            plan: Digest([8; 32]),
        }
    }

    #[test]
    fn every_field_changes_the_context() {
        let base = context().digest();
        let changes: [fn(&mut RoundContext); 8] = [
            |c| c.study.0[0] ^= 1,
            |c| c.epoch ^= 1,
            |c| c.epoch_authenticator[0] ^= 1,
            |c| c.round ^= 1,
            |c| c.attempt ^= 1,
            |c| c.group ^= 1,
            |c| c.model.0[31] ^= 1,
            |c| c.plan.0[31] ^= 1,
        ];
        for (field, change) in changes.iter().enumerate() {
            let mut changed = context();
            change(&mut changed);
            assert_ne!(changed.digest(), base, "field {field}");
        }
    }

    #[test]
    fn the_roster_is_part_of_the_context() {
        let base = context().digest();
        let (a, b) = (OwnerId([1; 20]), OwnerId([2; 20]));
        assert_ne!(with_roster(&base, &[a]), with_roster(&base, &[a, b]));
        assert_ne!(with_roster(&base, &[a]), with_roster(&base, &[b]));
    }
}
