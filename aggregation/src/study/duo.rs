//! What rows may be used for, and what a study uses them for, in codes that machines compare: terms of the Data Use
//! Ontology (Lawson et al., The Data Use Ontology to streamline responsible access to human biomedical datasets, Cell
//! Genomics 2021; <https://github.com/EBISPOT/DUO>: permissions and modifiers as in its `duo.csv`, kinds of investigation
//! as in its `duo.owl`), and diseases by their numbers in MONDO, as DUO recommends.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// What sort of statement a term makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What rows may be used for. A dataset has exactly one.
    Permission,
    /// A condition on top of the permission. A dataset has any number; a study names those that it keeps to.
    Modifier,
    /// What a study does. A study names at least one.
    Investigation,
}

struct Entry {
    number: u32,
    shorthand: &'static str,
    label: &'static str,
    kind: Kind,
}

const fn entry(number: u32, shorthand: &'static str, label: &'static str, kind: Kind) -> Entry {
    Entry { number, shorthand, label, kind }
}

/// Every term that can stand in a document or a plan, ascending. Terms that only group others (0000001, 0000017) are not
/// among them. Investigations have no shorthand in DUO; the ones here are the initials of their labels.
const TERMS: [Entry; 33] = {
    use Kind::{Investigation as I, Modifier as M, Permission as P};
    [
        entry(4, "NRES", "no restriction", P),
        entry(6, "HMB", "health or medical or biomedical research", P),
        entry(7, "DS", "disease specific research", P),
        entry(11, "POA", "population origins or ancestry research only", P),
        entry(12, "RS", "research specific restrictions", M),
        entry(15, "NMDS", "no general methods research", M),
        entry(16, "GSO", "genetic studies only", M),
        entry(18, "NPUNCU", "not for profit, non commercial use only", M),
        entry(19, "PUB", "publication required", M),
        entry(20, "COL", "collaboration required", M),
        entry(21, "IRB", "ethics approval required", M),
        entry(22, "GS", "geographical restriction", M),
        entry(24, "MOR", "publication moratorium", M),
        entry(25, "TS", "time limit on use", M),
        entry(26, "US", "user specific restriction", M),
        entry(27, "PS", "project specific restriction", M),
        entry(28, "IS", "institution specific restriction", M),
        entry(29, "RTN", "return to database or resource", M),
        entry(31, "MD", "method development", I),
        entry(32, "PR", "population research", I),
        entry(33, "AR", "ancestry research", I),
        entry(34, "ACR", "age category research", I),
        entry(35, "GCR", "gender category research", I),
        entry(36, "RC", "research control", I),
        entry(37, "BR", "biomedical research", I),
        entry(38, "GR", "genetic research", I),
        entry(39, "DDR", "drug development research", I),
        entry(40, "DCR", "disease category research", I),
        entry(42, "GRU", "general research use", P),
        entry(43, "CC", "clinical care use", M),
        entry(44, "NPOA", "population origins or ancestry research prohibited", M),
        entry(45, "NPU", "not for profit organisation use only", M),
        entry(46, "NCU", "non-commercial use only", M),
    ]
};

/// A word is not a term that is known here.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TermError {
    /// Neither a code nor a shorthand of the list.
    #[error(
        "{0:?} is not a term of the Data Use Ontology that is known here: write its code, like DUO:0000042"
    )]
    Unknown(String),
    /// Not a disease's number.
    #[error("{0:?} is not a disease: write its number in MONDO, like MONDO:0005267")]
    Disease(String),
}

/// A term of the Data Use Ontology. Its text form is `DUO:` and seven digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duo(u32);

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        impl Duo {
            $($(#[$doc])* pub const $name: Self = Self($number);)*
        }
    };
}

named! {
    /// No restriction.
    NO_RESTRICTION = 4;
    /// Health, medical or biomedical research.
    BIOMEDICAL_USE = 6;
    /// Research on the diseases that are named.
    DISEASE_USE = 7;
    /// Population origins or ancestry only.
    ORIGINS_ONLY = 11;
    /// Research of the kinds that are named.
    RESEARCH_SPECIFIC = 12;
    /// No development of methods.
    NO_METHODS = 15;
    /// Genetic studies only.
    GENETIC_ONLY = 16;
    /// Neither for profit nor commercial.
    NOT_FOR_PROFIT_NOR_COMMERCIAL = 18;
    /// Development of methods.
    METHODS = 31;
    /// A population group is studied.
    POPULATION = 32;
    /// Ancestry or population origins are studied.
    ANCESTRY = 33;
    /// Biomedical research.
    BIOMEDICAL = 37;
    /// Genetic research, which is biomedical.
    GENETIC = 38;
    /// Drug development, which is biomedical research.
    DRUGS = 39;
    /// Research on diseases that are named, which is biomedical.
    DISEASE = 40;
    /// General research.
    GENERAL_USE = 42;
    /// Clinical care: what it modifies is allowed for it too.
    CLINICAL_CARE = 43;
    /// No research on population, origins or ancestry.
    NO_ORIGINS = 44;
    /// By organisations that are not for profit.
    NOT_FOR_PROFIT = 45;
    /// Not commercial.
    NOT_COMMERCIAL = 46;
}

impl Duo {
    fn find(matches: impl Fn(&Entry) -> bool) -> Option<Self> {
        TERMS.iter().find(|entry| matches(entry)).map(|entry| Self(entry.number))
    }

    fn entry(self) -> &'static Entry {
        // Every value was found in the list, or is one of the constants above, which a test looks up.
        TERMS.iter().find(|entry| entry.number == self.0).unwrap_or(&TERMS[0])
    }

    /// All terms, ascending.
    pub fn all() -> impl Iterator<Item = Self> {
        TERMS.iter().map(|entry| Self(entry.number))
    }

    /// The term with this number (42 for `DUO:0000042`).
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::find(|entry| entry.number == number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Its short name, like `GRU`.
    #[must_use]
    pub fn shorthand(self) -> &'static str {
        self.entry().shorthand
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.entry().label
    }

    /// What sort of statement it makes.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.entry().kind
    }

    /// Reads a code or a shorthand, as people write them.
    ///
    /// # Errors
    /// If it is neither.
    pub fn named(text: &str) -> Result<Self, TermError> {
        Self::find(|entry| entry.shorthand.eq_ignore_ascii_case(text)).map_or_else(|| text.parse(), Ok)
    }
}

/// Seven digits behind a prefix: both ontologies write their numbers so.
fn seven_digits(text: &str, prefix: &str) -> Option<u32> {
    let digits = text.strip_prefix(prefix)?;
    let good = digits.len() == 7 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if good { digits.parse().ok() } else { None }
}

impl FromStr for Duo {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self, TermError> {
        seven_digits(text, "DUO:")
            .and_then(Self::from_number)
            .ok_or_else(|| TermError::Unknown(text.to_owned()))
    }
}

impl fmt::Display for Duo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DUO:{:07}", self.0)
    }
}

impl fmt::Debug for Duo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} ({})", self.shorthand())
    }
}

/// A disease, by its number in the Mondo Disease Ontology. Its text form is `MONDO:` and seven digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Disease(u32);

impl Disease {
    /// Its number, below ten million.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The disease with this number.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        if number < 10_000_000 { Some(Self(number)) } else { None }
    }
}

impl FromStr for Disease {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self, TermError> {
        seven_digits(text, "MONDO:").map(Self).ok_or_else(|| TermError::Disease(text.to_owned()))
    }
}

impl fmt::Display for Disease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MONDO:{:07}", self.0)
    }
}

/// One word of a study's purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PurposeTerm {
    /// What the study does (an investigation), or a condition that it keeps to (a modifier).
    Term(Duo),
    /// A disease that it is about.
    Disease(Disease),
}

impl FromStr for PurposeTerm {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self, TermError> {
        if text.starts_with("MONDO:") {
            text.parse().map(Self::Disease)
        } else {
            text.parse().map(Self::Term)
        }
    }
}

impl fmt::Display for PurposeTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Term(term) => term.fmt(f),
            Self::Disease(disease) => disease.fmt(f),
        }
    }
}

impl Serialize for PurposeTerm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PurposeTerm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// What keeps a list of words from being a purpose; `None` if nothing does.
pub(super) fn purpose_fault(purpose: &[PurposeTerm], is_required: bool) -> Option<&'static str> {
    let names = |term| purpose.contains(&PurposeTerm::Term(term));
    let diseases = purpose.iter().any(|word| matches!(word, PurposeTerm::Disease(_)));
    let kinds =
        |kind| purpose.iter().any(|word| matches!(word, PurposeTerm::Term(term) if term.kind() == kind));
    if !purpose.windows(2).all(|pair| pair[0] < pair[1]) {
        return Some("must be strictly ascending: terms of DUO by their numbers, then diseases");
    }
    if kinds(Kind::Permission) {
        return Some(
            "names a permission, which a dataset has; a study names what it does, DUO:0000031 to DUO:0000040",
        );
    }
    if (is_required || !purpose.is_empty()) && !kinds(Kind::Investigation) {
        return Some(
            "must name what the study does, DUO:0000031 to DUO:0000040: owners compare it with their datasets' terms \
             before they grant their consent",
        );
    }
    if diseases != names(Duo::DISEASE) {
        return Some("names diseases (MONDO) if and only if it names disease category research, DUO:0000040");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_is_found_by_code_and_by_shorthand_and_no_other() {
        let ascending: Vec<u32> = Duo::all().map(Duo::number).collect();
        assert!(ascending.windows(2).all(|pair| pair[0] < pair[1]));
        for term in Duo::all() {
            assert_eq!(term.to_string().parse(), Ok(term));
            assert_eq!(Duo::named(&term.shorthand().to_lowercase()), Ok(term));
            assert_eq!(term.entry().number, term.number(), "{term}");
        }
        for text in
            ["DUO:0000001", "DUO:0000017", "DUO:42", "DUO:00000042", "duo:0000042", "DUO:+000042", "", "GR U"]
        {
            assert!(Duo::named(text).is_err(), "{text}");
        }
        assert_eq!(Duo::named("GRU"), Ok(Duo::GENERAL_USE));
        assert_eq!("MONDO:0005267".parse::<Disease>().unwrap().number(), 5267);
        assert!("MONDO:5267".parse::<Disease>().is_err() && "DUO:0005267".parse::<Disease>().is_err());
        assert_eq!(
            (Disease::from_number(9_999_999).is_some(), Disease::from_number(10_000_000)),
            (true, None)
        );
    }

    #[test]
    fn named_terms_are_what_their_names_say() {
        for (term, shorthand, kind) in [
            (Duo::NO_RESTRICTION, "NRES", Kind::Permission),
            (Duo::BIOMEDICAL_USE, "HMB", Kind::Permission),
            (Duo::DISEASE_USE, "DS", Kind::Permission),
            (Duo::ORIGINS_ONLY, "POA", Kind::Permission),
            (Duo::GENERAL_USE, "GRU", Kind::Permission),
            (Duo::RESEARCH_SPECIFIC, "RS", Kind::Modifier),
            (Duo::NO_METHODS, "NMDS", Kind::Modifier),
            (Duo::GENETIC_ONLY, "GSO", Kind::Modifier),
            (Duo::NOT_FOR_PROFIT_NOR_COMMERCIAL, "NPUNCU", Kind::Modifier),
            (Duo::CLINICAL_CARE, "CC", Kind::Modifier),
            (Duo::NO_ORIGINS, "NPOA", Kind::Modifier),
            (Duo::NOT_FOR_PROFIT, "NPU", Kind::Modifier),
            (Duo::NOT_COMMERCIAL, "NCU", Kind::Modifier),
            (Duo::METHODS, "MD", Kind::Investigation),
            (Duo::POPULATION, "PR", Kind::Investigation),
            (Duo::ANCESTRY, "AR", Kind::Investigation),
            (Duo::BIOMEDICAL, "BR", Kind::Investigation),
            (Duo::GENETIC, "GR", Kind::Investigation),
            (Duo::DRUGS, "DDR", Kind::Investigation),
            (Duo::DISEASE, "DCR", Kind::Investigation),
        ] {
            assert_eq!((term.shorthand(), term.kind()), (shorthand, kind));
        }
    }

    #[test]
    fn a_purpose_says_what_the_study_does() {
        let fault = |words: &[&str], is_required| {
            let words: Vec<PurposeTerm> = words.iter().map(|word| word.parse().unwrap()).collect();
            purpose_fault(&words, is_required)
        };
        assert_eq!(fault(&[], false), None);
        assert!(fault(&[], true).is_some(), "a study that needs consent says for what");
        assert_eq!(fault(&["DUO:0000018", "DUO:0000037"], true), None);
        assert_eq!(fault(&["DUO:0000040", "MONDO:0005267"], true), None);
        for words in [
            &["DUO:0000037", "DUO:0000018"][..],
            &["DUO:0000037", "DUO:0000037"],
            &["DUO:0000018"],
            &["DUO:0000037", "DUO:0000042"],
            &["DUO:0000040"],
            &["DUO:0000037", "MONDO:0005267"],
        ] {
            assert!(fault(words, false).is_some(), "{words:?}");
        }
    }
}
