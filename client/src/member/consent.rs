//! The owners' consents, in studies that ask for them: who is on a sealed roster must have consented when it was sealed, and
//! whoever is in the group must consent when a round begins. Both are read from the member's own node.
//!
//! A consent that is taken back while the roster is sealed does not keep the epoch from beginning: nothing else than its
//! committee unseals the roster (see [`granted_at`]). But no round begins in that epoch.

use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_aggregation::study::StudyPlan;
use tributary_contracts::{DatasetEvent, DatasetLogged, Study};

use super::{ChainView, Member, MemberError};
use crate::session::{Owners, SealedRoster};

/// Whether an owner consented at a place in the chain's log (block, position in it). `events` are the registry's for the
/// study, in order.
#[must_use]
pub fn granted_at(events: &[DatasetLogged], owner: OwnerId, place: (u64, u64)) -> bool {
    let mut granted = false;
    for logged in events.iter().take_while(|logged| (logged.block, logged.log_index) < place) {
        match &logged.event {
            DatasetEvent::ConsentGranted { owner: who, .. } if *who == owner.0 => granted = true,
            DatasetEvent::ConsentRevoked { owner: who, .. } if *who == owner.0 => granted = false,
            _ => {}
        }
    }
    granted
}

impl Member {
    /// Checks that each owner on a sealed roster consented when it was sealed.
    ///
    /// # Errors
    /// Naming one who did not; or the node can't be asked.
    pub(super) async fn check_consents(
        &self,
        chain: &ChainView,
        sealed: &SealedRoster,
        owners: &Owners,
    ) -> Result<(), MemberError> {
        if !self.plan.cohort.consent {
            return Ok(());
        }
        let mut events = None;
        for owner in owners.keys() {
            if chain.consents(self.study, *owner).await? {
                continue;
            }
            let events = match &mut events {
                Some(events) => events,
                none => none.insert(chain.consent_events(self.study).await?),
            };
            if !granted_at(events, *owner, sealed.place) {
                return Err(MemberError::Disagreement(format!(
                    "{owner} is on the sealed roster, but on chain it does not consent to this study: this member takes no \
                     part in the epoch"
                )));
            }
        }
        Ok(())
    }

    /// Checks that each owner of the present epoch consents now: before a round begins.
    ///
    /// # Errors
    /// Naming one who does not; or the node can't be asked.
    pub async fn check_consents_now(&self, chain: &ChainView) -> Result<(), MemberError> {
        if !self.plan.cohort.consent {
            return Ok(());
        }
        for owner in self.enrolled.keys() {
            if !chain.consents(self.study, *owner).await? {
                return Err(MemberError::Disagreement(format!(
                    "{owner} has taken its consent to this study back, so no round begins before the group is without it"
                )));
            }
        }
        Ok(())
    }
}

/// Checks that an owner may enrol as far as its consent goes, before it promises anything. Who is enrolled already is not
/// asked: if it has withdrawn, the roster says so.
///
/// # Errors
/// If the owner's consent is missing or too short: with the command that gives it.
pub async fn check_own_consent(
    chain: &ChainView,
    study: StudyId,
    (plan, on_chain): (&StudyPlan, &Study),
    owner: OwnerId,
) -> Result<(), MemberError> {
    if !plan.cohort.consent || chain.enrolment(study, owner).await?.identity.is_some() {
        return Ok(());
    }
    let until = chain.datasets().granted_until(&study.0, &owner.0).await?;
    if until.is_some_and(|until| until >= on_chain.settle_by) {
        return Ok(());
    }
    let found = match until {
        Some(until) => format!("ends at {until}, before the study's deadline, {}", on_chain.settle_by),
        None => "is not on chain".into(),
    };
    Err(MemberError::Disagreement(format!(
        "this study takes only owners who have given it a dataset, and the consent of {owner} {found}. Give it with: tributary \
         dataset grant --study {study} --directory DIRECTORY, where DIRECTORY is the one that `tributary dataset list` was \
         given"
    )))
}

#[cfg(test)]
mod tests {
    use tributary_contracts::Purpose;

    use super::*;

    fn logged(block: u64, log_index: u64, owner: u8, granted: bool) -> DatasetLogged {
        let purpose = Purpose { escrow: [1; 20], study: [2; 32] };
        let owner = [owner; 20];
        let event = if granted {
            DatasetEvent::ConsentGranted { dataset: 1, owner, purpose, until: 10 }
        } else {
            DatasetEvent::ConsentRevoked { dataset: 1, owner, purpose }
        };
        DatasetLogged { block, log_index, tx_hash: [0; 32], event }
    }

    #[test]
    fn what_counts_is_the_consent_when_the_roster_was_sealed() {
        let events = [
            logged(3, 0, 7, true),
            logged(4, 0, 8, true),
            logged(5, 0, 7, false),
            logged(9, 2, 8, false),
            logged(12, 0, 7, true),
        ];
        let at = |owner: u8, place| granted_at(&events, OwnerId([owner; 20]), place);
        assert!(!at(7, (3, 0)), "not before it was given");
        assert!(at(7, (4, 9)) && !at(7, (9, 0)), "taken back before the seal");
        assert!(at(8, (9, 2)) && !at(8, (9, 3)), "in the seal's block the order in it counts");
        assert!(!at(7, (11, 0)) && at(7, (13, 0)), "given again after the seal");
        assert!(!at(9, (20, 0)), "never given");
    }
}
