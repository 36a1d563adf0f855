//! Conditions of a dataset's terms.

use std::str::FromStr;

use tributary_aggregation::study::{Duo, TermError};

/// A condition on top of the permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// A modifier.
    pub term: Duo,
    /// What the code leaves open, for people: which region, until when, who.
    pub detail: Option<String>,
}

/// A modifier (DUO's code or shorthand), and behind `=` what it leaves open.
impl FromStr for Condition {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self, TermError> {
        let (code, detail) = match text.split_once('=') {
            Some((code, detail)) => (code, Some(detail.to_owned())),
            None => (text, None),
        };
        Ok(Self { term: Duo::named(code)?, detail })
    }
}

impl Condition {
    /// Whether it means nothing to a reader, who is not told which region, date, person and so on.
    pub(super) fn is_vague(&self) -> bool {
        // COL, GS, MOR, TS, US, PS, IS, RTN.
        let needs_detail = matches!(self.term.number(), 20 | 22 | 24..=29);
        needs_detail && self.detail.as_ref().is_none_or(|text| text.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_may_have_words() {
        let plain: Condition = "NCU".parse().unwrap();
        assert_eq!((plain.term, plain.detail), (Duo::NOT_COMMERCIAL, None));
        let region: Condition = "GS=Germany = DE".parse().unwrap();
        assert_eq!((region.term.shorthand(), region.detail.as_deref()), ("GS", Some("Germany = DE")));
        assert!("Germany".parse::<Condition>().is_err());
    }

    #[test]
    fn a_code_that_leaves_something_open_needs_words() {
        for (text, is_vague) in [("GS", true), ("GS= ", true), ("GS=Germany", false), ("NCU", false)] {
            assert_eq!(text.parse::<Condition>().unwrap().is_vague(), is_vague, "{text}");
        }
    }
}
