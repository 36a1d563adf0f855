//! Line by line: what was compared, and the first thing that does not agree.

use std::fmt;

use thiserror::Error;

use crate::ids::OwnerId;
use crate::scoring::Ledger;

/// A line of the transcript that agrees with what was recomputed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedLine {
    /// The field.
    pub field: String,
    /// What it agrees with, for people.
    pub outcome: String,
}

/// The first line of a transcript that does not agree.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the transcript does not agree at {field}: it says {stated}, but {expected} is right; do not sign or accept it"
)]
pub struct Disagreement {
    /// The field.
    pub field: String,
    /// What the transcript says.
    pub stated: String,
    /// What was recomputed or is known.
    pub expected: String,
    /// The lines before it, which agree.
    pub agreed: Vec<CheckedLine>,
}

/// Collects lines that agree, until one does not.
#[derive(Debug, Default)]
pub(super) struct Check {
    lines: Vec<CheckedLine>,
}

impl Check {
    /// The lines that agree.
    pub(super) fn into_lines(self) -> Vec<CheckedLine> {
        self.lines
    }

    /// Notes that a field agrees.
    pub(super) fn agrees(&mut self, field: impl Into<String>, outcome: impl Into<String>) {
        self.lines.push(CheckedLine { field: field.into(), outcome: outcome.into() });
    }

    /// The disagreement at a field.
    pub(super) fn disagrees(
        &mut self,
        field: impl Into<String>,
        stated: impl fmt::Display,
        expected: impl fmt::Display,
    ) -> Disagreement {
        Disagreement {
            field: field.into(),
            stated: stated.to_string(),
            expected: expected.to_string(),
            agreed: std::mem::take(&mut self.lines),
        }
    }

    /// Requires two values to be equal.
    pub(super) fn equal<T: PartialEq + fmt::Display>(
        &mut self,
        field: &str,
        stated: T,
        expected: T,
    ) -> Result<(), Disagreement> {
        if stated != expected {
            return Err(self.disagrees(field, stated, expected));
        }
        self.agrees(field, stated.to_string());
        Ok(())
    }

    /// Requires owners to stand in strictly ascending order, all of them among `allowed`.
    pub(super) fn owners(
        &mut self,
        field: &str,
        owners: &[OwnerId],
        allowed: impl Fn(&OwnerId) -> bool,
        allowed_are: &str,
    ) -> Result<(), Disagreement> {
        if let Some(pair) = owners.windows(2).find(|pair| pair[0] >= pair[1]) {
            let stated = format!("{} before {}", pair[0], pair[1]);
            return Err(self.disagrees(field, stated, "strictly ascending order"));
        }
        match owners.iter().find(|owner| !allowed(owner)) {
            Some(stranger) => Err(self.disagrees(field, stranger, format!("only {allowed_are}"))),
            None => Ok(()),
        }
    }

    /// Requires two ledgers to be equal; names the first owner of whom they say different things.
    pub(super) fn ledgers(
        &mut self,
        field: &str,
        stated: &Ledger,
        expected: &Ledger,
    ) -> Result<(), Disagreement> {
        if stated == expected {
            self.agrees(field, format!("{} units to {} owners", stated.total(), stated.iter().len()));
            return Ok(());
        }
        let listed = |ledger: &Ledger, owner: OwnerId| {
            ledger.iter().find(|&(listed, _)| listed == owner).map(|(_, amount)| amount)
        };
        let different = stated
            .iter()
            .chain(expected.iter())
            .map(|(owner, _)| owner)
            .filter(|&owner| listed(stated, owner) != listed(expected, owner))
            .min();
        let show = |ledger: &Ledger| match different.and_then(|owner| listed(ledger, owner)) {
            Some(amount) => format!("{amount} units"),
            None => "no entry".to_owned(),
        };
        let place = different.map_or_else(String::new, |owner| format!("[{owner}]"));
        Err(self.disagrees(format!("{field}{place}"), show(stated), show(expected)))
    }
}
