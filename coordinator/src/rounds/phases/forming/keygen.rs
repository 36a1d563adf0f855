//! Watches over the key generation, which is unreadable from here: when the group falls quiet before there is a key,
//! members are told to go on without those who have not spoken.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tributary_aggregation::committee::CommitteeParams;
use tributary_aggregation::ids::OwnerId;
use tributary_proto::v1::{self, event::Event};

use super::signing::Signing;
use crate::rounds::facts::{Millis, seconds};
use crate::rounds::turn::Turn;

/// The key generation as it is heard from outside.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Keygen {
    /// Deadlines so far.
    number: u32,
    /// Owners who have spoken since the last deadline, or since the epoch began.
    spoke: BTreeSet<OwnerId>,
    /// When quiet becomes a deadline; nothing while nobody has spoken.
    until: Option<Millis>,
}

impl Keygen {
    pub(super) fn heard(&mut self, turn: &Turn, sender: OwnerId) {
        if turn.base.owners.contains_key(&sender) {
            self.spoke.insert(sender);
        }
        self.until = Some(turn.now + seconds(turn.base.facts.plan.deadlines.silence_s));
    }

    /// Sets the members a deadline if the group has been quiet for too long.
    ///
    /// Fewer than a quorum could never go on by themselves: it is waited for them until the phase is over. And once more
    /// members have signed one key than may be corrupt, the key is made, and only signatures are missing.
    pub(super) fn watch(&mut self, turn: &mut Turn, signing: &Signing) {
        if self.until.is_none_or(|until| turn.now < until) {
            return;
        }
        self.until = None;
        let size = turn.base.facts.plan.cohort.committee_size(turn.base.owners.len());
        let Ok(params) = CommitteeParams::new(size) else { return };
        if self.spoke.len() < params.quorum() || signing.most() > params.corrupt() {
            return;
        }
        self.number += 1;
        let epoch = turn.base.mls_epoch.unwrap_or(0);
        turn.log(format!(
            "the key generation of epoch {epoch} stands still: it goes on without those who are silent"
        ));
        turn.tell(Event::CommitteeDeadline(v1::CommitteeDeadline { epoch, number: self.number }));
        self.spoke.clear();
    }

    pub(super) const fn until(&self) -> Option<Millis> {
        self.until
    }

    pub(super) fn extend(&mut self, until: Millis) {
        self.until = self.until.map(|own| own.max(until));
    }
}
