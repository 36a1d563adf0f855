//! An owner's control variate (SCAFFOLD) over the rounds: it moves when the round that carried its change is settled with
//! this owner in the sum, and not before.

use tributary_aggregation::ids::Digest;
use zeroize::Zeroizing;

use super::{Member, MemberError};
use crate::vault::{ControlRecord, Secret};

impl Member {
    /// This owner's variate; none before its first settled round.
    ///
    /// # Errors
    /// If the vault is damaged.
    pub(crate) fn control(&self) -> Result<Option<Zeroizing<Vec<f32>>>, MemberError> {
        self.vault.record.control.values().map_err(|()| self.damaged("its control variate"))
    }

    /// Notes what the variate becomes if the report of `context`, which carries `change`, comes to be settled. To be saved
    /// before the report leaves.
    ///
    /// # Errors
    /// If the vault is damaged.
    pub(crate) fn prepare_control(&mut self, context: Digest, change: &[f32]) -> Result<(), MemberError> {
        let prepared = self.vault.record.control.prepare(context, change);
        prepared.map_err(|()| self.damaged("its control variate"))
    }
}

impl ControlRecord {
    fn values(&self) -> Result<Option<Zeroizing<Vec<f32>>>, ()> {
        let Some(own) = &self.own else { return Ok(None) };
        let (chunks, rest) = own.expose().as_chunks::<4>();
        let values: Zeroizing<Vec<f32>> =
            Zeroizing::new(chunks.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect());
        if rest.is_empty() && values.iter().all(|value| value.is_finite()) {
            Ok(Some(values))
        } else {
            Err(())
        }
    }

    fn prepare(&mut self, context: Digest, change: &[f32]) -> Result<(), ()> {
        let own = self.values()?;
        if own.as_ref().is_some_and(|own| own.len() != change.len()) {
            return Err(());
        }
        let mut bytes = Vec::with_capacity(4 * change.len());
        for (index, change) in change.iter().enumerate() {
            let next = own.as_ref().map_or(0.0, |own| own[index]) + change;
            if !next.is_finite() {
                return Err(());
            }
            bytes.extend(next.to_le_bytes());
        }
        self.next = Some((context, Secret::new(bytes)));
        Ok(())
    }

    /// A round is settled that summed the reports of these contexts. `is_in` says whether this owner's was among them.
    pub(super) fn settle(&mut self, contexts: impl IntoIterator<Item = Digest>, is_in: bool) {
        let Some((context, next)) = self.next.take() else { return };
        if is_in && contexts.into_iter().any(|settled| settled == context) {
            self.own = Some(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(control: &ControlRecord) -> Option<Vec<f32>> {
        control.values().unwrap().map(|values| values.to_vec())
    }

    #[test]
    fn a_change_counts_only_when_its_round_is_settled_with_this_owner_in_it() {
        let (first, second) = (Digest([1; 32]), Digest([2; 32]));
        let mut control = ControlRecord::default();
        assert_eq!(own(&control), None);
        control.prepare(first, &[1.0, -2.0]).unwrap();
        assert_eq!(own(&control), None, "not settled yet");
        control.settle([second, first], true);
        assert_eq!(own(&control), Some(vec![1.0, -2.0]));
        // The round died, and another attempt was settled without this owner.
        control.prepare(first, &[5.0, 5.0]).unwrap();
        control.settle([second], true);
        assert_eq!(own(&control), Some(vec![1.0, -2.0]));
        // It reported, and was cut.
        control.prepare(first, &[5.0, 5.0]).unwrap();
        control.settle([first], false);
        assert_eq!(own(&control), Some(vec![1.0, -2.0]));
        control.settle([first], true);
        assert_eq!(own(&control), Some(vec![1.0, -2.0]), "what was rolled back stays so");
        // Two attempts of a round: the second report's change counts, once.
        control.prepare(first, &[5.0, 5.0]).unwrap();
        control.prepare(second, &[0.5, 0.5]).unwrap();
        control.settle([second], true);
        assert_eq!(own(&control), Some(vec![1.5, -1.5]));
    }

    #[test]
    fn what_is_no_variate_is_refused() {
        let mut control = ControlRecord { own: Some(Secret::new(vec![0; 8])), next: None };
        assert!(control.prepare(Digest([1; 32]), &[1.0]).is_err());
        assert!(control.prepare(Digest([1; 32]), &[f32::MAX, f32::INFINITY]).is_err());
        control.own = Some(Secret::new(vec![0; 7]));
        assert!(control.values().is_err());
        control.own = Some(Secret::new(f32::NAN.to_le_bytes().to_vec()));
        assert!(control.values().is_err());
    }
}
