//! The description of a dataset: what is in it, and what it may be used for. It holds no row, no value and no digest of one.

use serde_json::Value;
use tributary_aggregation::ids::OwnerId;

use super::columns::Column;
use super::refused::DocumentError;
use super::terms::UseTerms;
use super::{reader::Node, writer};

/// What one row has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The columns, in the file's order.
    pub columns: Vec<Column>,
    /// How many rows there are, where the owner chose to say so.
    pub rows: Option<u64>,
}

/// A dataset's description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// Its page; an address or a URN.
    pub url: String,
    /// The organisation that has it.
    pub creator: String,
    /// The day on which it was described, `YYYY-MM-DD`.
    pub date: String,
    /// Of the dataset, `MAJOR.MINOR.PATCH`.
    pub version: String,
    /// The address that offers it.
    pub owner: OwnerId,
    /// Asked for a study's use, in the token's smallest unit.
    pub price: u128,
    /// What it may be used for.
    pub terms: UseTerms,
    /// What one row has.
    pub record: Record,
}

impl Document {
    /// Reads a description.
    ///
    /// # Errors
    /// Naming the first field that is missing, unknown, or holds what it must not.
    pub fn from_json(bytes: &[u8]) -> Result<Self, DocumentError> {
        let value: Value =
            serde_json::from_slice(bytes).map_err(|error| DocumentError::Syntax(error.to_string()))?;
        let document = Self::read(&Node::root(&value))?;
        document.terms.check()?;
        Ok(document)
    }

    /// The description as JSON-LD: Croissant 1.1, with the terms of use as an ODRL offer in DUO's codes.
    ///
    /// # Errors
    /// If it would not be read again: a field is empty, or the terms go against each other.
    pub fn to_json(&self) -> Result<Vec<u8>, DocumentError> {
        let written = serde_json::to_vec_pretty(&writer::document(self))
            .map_err(|error| DocumentError::Syntax(error.to_string()))?;
        let again = Self::from_json(&written)?;
        debug_assert_eq!(again, *self);
        Ok(written)
    }
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
