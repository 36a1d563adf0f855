//! Rule 4 reaches over epochs: a member that is new to the study learns for which online sets the others have answered.

use std::collections::BTreeSet;

use super::ledger::Ledger;
use crate::ids::{Digest, OwnerId};

impl Ledger {
    /// The online sets of the cuts that were answered for a model, each in ascending order.
    #[must_use]
    pub fn answered(&self, model: &Digest) -> Vec<Vec<OwnerId>> {
        let sets = self.online.get(model).into_iter().flatten();
        sets.map(|set| set.iter().copied().collect()).collect()
    }

    /// Takes over what another member says was answered for a model. It can only make this ledger stricter.
    pub fn take_over(&mut self, model: Digest, sets: impl IntoIterator<Item = Vec<OwnerId>>) {
        let known = self.online.entry(model).or_default();
        known.extend(sets.into_iter().map(|set| set.into_iter().collect::<BTreeSet<_>>()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::committee::release::ReleaseRefusal;
    use crate::committee::release::tests::two_close_cuts;

    #[test]
    fn a_newcomer_does_not_answer_what_differs_in_too_few_owners_from_what_the_others_answered() {
        let (cut, close) = two_close_cuts();
        let mut old = Ledger::new();
        old.answer(&cut, 2).unwrap();
        assert!(old.answered(&close.model).contains(&cut.online.iter().map(|(owner, _)| *owner).collect()));
        assert!(old.answered(&Digest([99; 32])).is_empty());

        let mut new = Ledger::new();
        new.take_over(close.model, old.answered(&close.model));
        let refusal = new.answer(&close, 2).expect_err("one owner is the difference");
        assert!(matches!(refusal, ReleaseRefusal::TooClose { difference: 1, .. }), "{refusal}");
        // Without what it was told it would have helped to lay that owner's update bare.
        assert!(Ledger::new().answer(&close, 2).is_ok());
    }
}
