//! Amounts per owner: one round's payouts, or all so far.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::decimal;
use crate::ids::OwnerId;

/// Amounts would add up to 2^128 or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the payouts add up to 2^128 units or more: no plan allows that, so these amounts are not of one study"
)]
pub struct LedgerOverflow;

/// What each owner is owed, in the token's smallest unit, with a total that fits a `u128`.
///
/// In JSON a list of `{owner, amount}` by strictly ascending owner, amounts as decimal strings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    amounts: BTreeMap<OwnerId, u128>,
    total: u128,
}

impl Ledger {
    /// Adds to what an owner is owed.
    ///
    /// # Errors
    /// If the total overflows; the ledger is then unchanged.
    pub fn credit(&mut self, owner: OwnerId, amount: u128) -> Result<(), LedgerOverflow> {
        self.total = self.total.checked_add(amount).ok_or(LedgerOverflow)?;
        // No larger than the total.
        *self.amounts.entry(owner).or_default() += amount;
        Ok(())
    }

    /// This ledger and another together.
    ///
    /// # Errors
    /// If the total overflows.
    pub fn plus(&self, other: &Self) -> Result<Self, LedgerOverflow> {
        let mut sum = self.clone();
        other.iter().try_for_each(|(owner, amount)| sum.credit(owner, amount))?;
        Ok(sum)
    }

    /// What an owner is owed; nothing if it isn't listed.
    #[must_use]
    pub fn get(&self, owner: &OwnerId) -> u128 {
        self.amounts.get(owner).copied().unwrap_or(0)
    }

    /// Owners and amounts, by ascending owner.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (OwnerId, u128)> + '_ {
        self.amounts.iter().map(|(&owner, &amount)| (owner, amount))
    }

    /// Sum of all amounts.
    #[must_use]
    pub fn total(&self) -> u128 {
        self.total
    }

    /// Whether nobody is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.amounts.is_empty()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    owner: OwnerId,
    #[serde(with = "decimal::amount")]
    amount: u128,
}

impl Serialize for Ledger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(|(owner, amount)| Entry { owner, amount }))
    }
}

impl<'de> Deserialize<'de> for Ledger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        let entries = Vec::<Entry>::deserialize(deserializer)?;
        if !entries.is_sorted_by(|a, b| a.owner < b.owner) {
            return Err(D::Error::custom("owners must stand in strictly ascending order"));
        }
        let mut ledger = Self::default();
        entries
            .into_iter()
            .try_for_each(|Entry { owner, amount }| ledger.credit(owner, amount))
            .map_err(D::Error::custom)?;
        Ok(ledger)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ledger(entries: &[(u8, u128)]) -> Ledger {
        let mut ledger = Ledger::default();
        entries.iter().for_each(|&(owner, amount)| ledger.credit(OwnerId([owner; 20]), amount).unwrap());
        ledger
    }

    proptest! {
        #[test]
        fn adding_keeps_every_unit(
            a in prop::collection::vec((any::<u8>(), 0u128..1 << 120), 0..20),
            b in prop::collection::vec((any::<u8>(), 0u128..1 << 120), 0..20),
        ) {
            let (a, b) = (ledger(&a), ledger(&b));
            let sum = a.plus(&b).unwrap();
            prop_assert_eq!(sum.total(), a.total() + b.total());
            prop_assert_eq!(sum.total(), sum.iter().map(|(_, amount)| amount).sum::<u128>());
            for (owner, amount) in sum.iter() {
                prop_assert_eq!(amount, a.get(&owner) + b.get(&owner));
            }
            prop_assert_eq!(&b.plus(&a).unwrap(), &sum);
            let json = serde_json::to_vec(&sum).unwrap();
            prop_assert_eq!(serde_json::from_slice::<Ledger>(&json).unwrap(), sum);
        }
    }

    #[test]
    fn a_total_beyond_128_bits_is_an_error_and_changes_nothing() {
        let mut full = ledger(&[(1, u128::MAX - 1)]);
        assert_eq!(full.credit(OwnerId([2; 20]), 2), Err(LedgerOverflow));
        assert_eq!(full, ledger(&[(1, u128::MAX - 1)]));
        assert_eq!(full.plus(&full), Err(LedgerOverflow));
    }

    #[test]
    fn json_has_one_form() {
        let one = |owner: u8| format!(r#"{{"owner":"{}","amount":"5"}}"#, OwnerId([owner; 20]));
        let json = format!("[{},{}]", one(1), one(2));
        assert_eq!(serde_json::from_str::<Ledger>(&json).unwrap(), ledger(&[(1, 5), (2, 5)]));
        for bad in [
            format!("[{},{}]", one(2), one(1)),
            format!("[{},{}]", one(1), one(1)),
            json.replace("\"5\"", "5"),
            json.replace("\"5\"", "\"05\""),
            json.replace("\"5\"", "\"-5\""),
            json.replace("\"5\"", "\"340282366920938463463374607431768211455\""),
            json.replace("amount", "sum"),
        ] {
            assert!(serde_json::from_str::<Ledger>(&bad).is_err(), "{bad}");
        }
    }
}
