//! Where a study stands, for people.

use tributary_aggregation::ids::OwnerId;

use super::facts::Millis;
use super::phases::Phase;
use super::step::Study;

/// What one owner does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerProgress {
    /// The owner.
    pub owner: OwnerId,
    /// In a word.
    pub doing: &'static str,
    /// How far local training is.
    pub done_permille: u32,
    /// Whether it has not been heard for the plan's `silence_s`.
    pub silent: bool,
}

impl Study {
    /// Round and attempt; zeros before the first and after the last.
    #[must_use]
    pub fn place(&self) -> (u64, u32) {
        self.phase.attempt().map_or((0, 0), |at| (at.round, at.attempt))
    }

    /// What every owner does now.
    #[must_use]
    pub fn owners(&self, now: Millis) -> Vec<OwnerProgress> {
        let (round, _) = self.place();
        let progress = |owner: &OwnerId| {
            let known = self.base.owners.get(owner);
            let (trained_for, permille) = known.map_or((0, 0), |known| known.progress);
            let doing = self.doing(owner);
            let done_permille = match doing {
                "reported" => 1000,
                "training" if trained_for == round => permille,
                _ => 0,
            };
            OwnerProgress { owner: *owner, doing, done_permille, silent: self.base.is_silent(owner, now) }
        };
        let waiting = self.base.roster.joining().iter().map(|(owner, known)| OwnerProgress {
            owner: *owner,
            doing: "waiting to be taken in",
            done_permille: 0,
            silent: self.base.silent_from(known) <= now,
        });
        let present = self.base.owners.keys().filter(|owner| !self.base.roster.is_joining(owner));
        let mut all: Vec<OwnerProgress> = present.map(progress).chain(waiting).collect();
        all.sort_by_key(|progress| progress.owner);
        all
    }

    fn doing(&self, owner: &OwnerId) -> &'static str {
        let either = |done: bool, this, that| if done { this } else { that };
        match &self.phase {
            Phase::Joining(joining) => either(joining.has_joined(owner), "joined", "joining"),
            Phase::Reporting(reporting) => {
                match reporting.groups().iter().find(|group| group.roster.contains(owner)) {
                    None => "left out",
                    Some(group) => either(group.reports.contains_key(owner), "reported", "training"),
                }
            }
            Phase::Unmasking(unmasking) => {
                let released = unmasking.cuts().iter().all(|cut| cut.releases.contains_key(owner));
                either(released, "released", "releasing")
            }
            Phase::Evaluating(evaluating) => either(evaluating.has_evaluated(owner), "scored", "scoring"),
            Phase::Settling(settling) => either(settling.has_signed(owner), "signed", "signing"),
            other => other.name(),
        }
    }
}
