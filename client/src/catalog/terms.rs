//! Terms of use: what a dataset permits, and whether a study's purpose is within it.
//!
//! The rules are DUO's definitions, read narrowly. Codes are compared as they are: nothing is inferred from MONDO's
//! hierarchy of diseases, so a study on a kind of a disease that is permitted has to name the permitted one as well.

use std::collections::BTreeSet;

use thiserror::Error;
use tributary_aggregation::study::{Disease, Duo, DuoKind, PurposeTerm};

use super::condition::Condition;

/// What a dataset may be used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseTerms {
    /// The one permission.
    pub permission: Duo,
    /// The diseases that disease specific research is permitted for; empty with other permissions.
    pub diseases: Vec<Disease>,
    /// The kinds of research that research specific restrictions leave; empty without that modifier.
    pub research: Vec<Duo>,
    /// The conditions, by ascending code.
    pub conditions: Vec<Condition>,
}

/// Terms that say nothing, or contradict themselves.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TermsError {
    /// Not a permission.
    #[error("{0:?} is no permission: choose one of NRES, GRU, HMB, DS, POA")]
    NoPermission(Duo),
    /// Not a modifier.
    #[error("{0:?} is no modifier, which a condition must be")]
    NoModifier(Duo),
    /// Not an investigation.
    #[error("{0:?} is no kind of research: research specific restrictions name DUO:0000031 to DUO:0000040")]
    NoResearch(Duo),
    /// A condition is there twice, or they are not in order.
    #[error(
        "{0:?} stands twice among the conditions, or out of order: write them by ascending code, each once"
    )]
    Disorder(Duo),
    /// Diseases and the permission do not go together.
    #[error(
        "diseases (MONDO codes) are named if and only if the permission is DS, disease specific research"
    )]
    Diseases,
    /// Kinds of research and the modifier do not go together.
    #[error("kinds of research are named if and only if RS, research specific restrictions, is a condition")]
    Research,
    /// No restriction, with restrictions.
    #[error("NRES means that there is no restriction, but {0:?} is one: choose GRU with that condition")]
    Restricted(Duo),
    /// Both only and never.
    #[error("POA permits research on origins or ancestry only, and NPOA prohibits it: remove one of them")]
    OriginsBothWays,
    /// A code that leaves open what it means.
    #[error("{0:?} needs a detail in words (which, who, where, how long), as in {shorthand}=\"…\"", shorthand = .0.shorthand())]
    Detail(Duo),
}

/// A study's purpose is not within a dataset's terms.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Mismatch {
    /// The plan says nothing.
    #[error("the study's plan names no purpose: ask the researcher for one that does")]
    NoPurpose,
    /// The permission does not cover what the study does.
    #[error("the study does {does:?}, which {permission:?} does not permit")]
    NotPermitted {
        /// What the study does.
        does: Duo,
        /// The dataset's permission.
        permission: Duo,
    },
    /// The permission is for biomedical research, and the study does not say that it is any.
    #[error("{0:?} permits biomedical research, and the study names none of DUO:0000037 to DUO:0000040")]
    NotBiomedical(Duo),
    /// Another disease, or none.
    #[error("the dataset is for research on {}, and the study is about {}", list(permitted), list(about))]
    OtherDisease {
        /// Those that the dataset is for.
        permitted: Vec<Disease>,
        /// Those that the study is about.
        about: Vec<Disease>,
    },
    /// A condition prohibits what the study does.
    #[error("{condition:?} prohibits {does:?}, which the study does")]
    Prohibited {
        /// The condition.
        condition: Duo,
        /// What the study does.
        does: Duo,
    },
    /// Only other kinds of research are left.
    #[error("{condition:?} leaves {} only, and the study does none of it", list(left))]
    OtherResearch {
        /// The condition.
        condition: Duo,
        /// What it leaves.
        left: Vec<Duo>,
    },
    /// The study does not say that it keeps to a condition.
    #[error("the dataset asks for {0:?}, and the study's plan does not name it among what it keeps to")]
    NotKept(Duo),
    /// The study is for care, and the dataset is not.
    #[error("the study names {0:?} as its use, and the dataset does not permit it")]
    Care(Duo),
}

fn list<T: ToString>(words: &[T]) -> String {
    if words.is_empty() {
        return "none".to_owned();
    }
    words.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl UseTerms {
    /// Checks that the terms go together.
    ///
    /// # Errors
    /// Naming the term that does not.
    pub fn check(&self) -> Result<(), TermsError> {
        if self.permission.kind() != DuoKind::Permission {
            return Err(TermsError::NoPermission(self.permission));
        }
        let terms: Vec<Duo> = self.conditions.iter().map(|condition| condition.term).collect();
        if let Some(other) = terms.iter().find(|term| term.kind() != DuoKind::Modifier) {
            return Err(TermsError::NoModifier(*other));
        }
        if let Some(pair) = terms.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(TermsError::Disorder(pair[1]));
        }
        if self.diseases.is_empty() == (self.permission == Duo::DISEASE_USE) {
            return Err(TermsError::Diseases);
        }
        if let Some(other) = self.research.iter().find(|term| term.kind() != DuoKind::Investigation) {
            return Err(TermsError::NoResearch(*other));
        }
        if self.research.is_empty() == terms.contains(&Duo::RESEARCH_SPECIFIC) {
            return Err(TermsError::Research);
        }
        if self.permission == Duo::NO_RESTRICTION
            && let Some(term) = terms.first()
        {
            return Err(TermsError::Restricted(*term));
        }
        if self.permission == Duo::ORIGINS_ONLY && terms.contains(&Duo::NO_ORIGINS) {
            return Err(TermsError::OriginsBothWays);
        }
        match self.conditions.iter().find(|it| it.is_vague()) {
            Some(vague) => Err(TermsError::Detail(vague.term)),
            None => Ok(()),
        }
    }

    /// Whether a study with this purpose may use the dataset.
    ///
    /// # Errors
    /// Saying what is not permitted, or not kept to.
    pub fn permit(&self, purpose: &[PurposeTerm]) -> Result<(), Mismatch> {
        let mut does = BTreeSet::new();
        let mut keeps = BTreeSet::new();
        let mut about = Vec::new();
        for word in purpose {
            match word {
                PurposeTerm::Term(term) if term.kind() == DuoKind::Investigation => {
                    does.insert(*term);
                }
                PurposeTerm::Term(term) => {
                    keeps.insert(*term);
                }
                PurposeTerm::Disease(disease) => about.push(*disease),
            }
        }
        if does.is_empty() {
            return Err(Mismatch::NoPurpose);
        }
        self.permit_research(&does, &about)?;
        self.permit_conditions(&does, &keeps)
    }

    fn permit_research(&self, does: &BTreeSet<Duo>, about: &[Disease]) -> Result<(), Mismatch> {
        let permission = self.permission;
        let refuse = |other: Option<&Duo>| match other {
            Some(does) => Err(Mismatch::NotPermitted { does: *does, permission }),
            None => Ok(()),
        };
        match permission {
            Duo::ORIGINS_ONLY => {
                refuse(does.iter().find(|term| !matches!(**term, Duo::ANCESTRY | Duo::POPULATION)))?;
                // A population may be studied for something else than its origins.
                refuse(does.first().filter(|_| !does.contains(&Duo::ANCESTRY)))
            }
            Duo::BIOMEDICAL_USE | Duo::DISEASE_USE => {
                refuse(does.get(&Duo::ANCESTRY))?;
                let is_biomedical =
                    |term: &Duo| matches!(*term, Duo::BIOMEDICAL | Duo::GENETIC | Duo::DRUGS | Duo::DISEASE);
                if !does.iter().any(is_biomedical) {
                    return Err(Mismatch::NotBiomedical(permission));
                }
                let is_permitted = !about.is_empty() && about.iter().all(|it| self.diseases.contains(it));
                if permission == Duo::DISEASE_USE && !is_permitted {
                    let (permitted, about) = (self.diseases.clone(), about.to_vec());
                    return Err(Mismatch::OtherDisease { permitted, about });
                }
                Ok(())
            }
            // General research, and no restriction.
            _ => Ok(()),
        }
    }

    fn permit_conditions(&self, does: &BTreeSet<Duo>, keeps: &BTreeSet<Duo>) -> Result<(), Mismatch> {
        let care = Duo::CLINICAL_CARE;
        let permits_care = self.permission == Duo::NO_RESTRICTION
            || self.conditions.iter().any(|condition| condition.term == care);
        if keeps.contains(&care) && !permits_care {
            return Err(Mismatch::Care(care));
        }
        for Condition { term: condition, .. } in &self.conditions {
            let condition = *condition;
            let prohibit = |does: Option<&Duo>| match does {
                Some(does) => Err(Mismatch::Prohibited { condition, does: *does }),
                None => Ok(()),
            };
            match condition {
                // It allows, and asks for nothing.
                Duo::CLINICAL_CARE => {}
                Duo::NO_METHODS => prohibit(does.get(&Duo::METHODS))?,
                Duo::NO_ORIGINS => {
                    prohibit(does.get(&Duo::POPULATION).or_else(|| does.get(&Duo::ANCESTRY)))?;
                }
                Duo::GENETIC_ONLY if !does.contains(&Duo::GENETIC) => {
                    return Err(Mismatch::OtherResearch { condition, left: vec![Duo::GENETIC] });
                }
                Duo::GENETIC_ONLY => {}
                Duo::RESEARCH_SPECIFIC if !self.research.iter().any(|term| does.contains(term)) => {
                    return Err(Mismatch::OtherResearch { condition, left: self.research.clone() });
                }
                Duo::RESEARCH_SPECIFIC => {}
                _ if is_kept(condition, keeps) => {}
                _ => return Err(Mismatch::NotKept(condition)),
            }
        }
        Ok(())
    }
}

/// Whether a study keeps to a condition: it names it, or what says the same.
fn is_kept(condition: Duo, keeps: &BTreeSet<Duo>) -> bool {
    let both = Duo::NOT_FOR_PROFIT_NOR_COMMERCIAL;
    keeps.contains(&condition)
        || match condition {
            Duo::NOT_FOR_PROFIT | Duo::NOT_COMMERCIAL => keeps.contains(&both),
            _ if condition == both => {
                keeps.contains(&Duo::NOT_FOR_PROFIT) && keeps.contains(&Duo::NOT_COMMERCIAL)
            }
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(permission: &str, conditions: &[&str]) -> UseTerms {
        let condition = |text: &&str| text.parse().unwrap();
        UseTerms {
            permission: Duo::named(permission).unwrap(),
            diseases: vec![],
            research: vec![],
            conditions: conditions.iter().map(condition).collect(),
        }
    }

    fn purpose(words: &[&str]) -> Vec<PurposeTerm> {
        let read = |word: &&str| Duo::named(word).map(PurposeTerm::Term).or_else(|_| word.parse()).unwrap();
        words.iter().map(read).collect()
    }

    fn heart() -> UseTerms {
        UseTerms { diseases: vec!["MONDO:0005267".parse().unwrap()], ..terms("DS", &[]) }
    }

    #[test]
    fn terms_that_contradict_themselves_are_refused() {
        use TermsError as E;
        for good in [
            terms("NRES", &[]),
            terms("GRU", &["NPU", "NCU"]),
            terms("HMB", &["PUB", "GS=Germany", "NPOA"]),
            heart(),
            UseTerms { research: vec![Duo::GENETIC], ..terms("GRU", &["RS"]) },
        ] {
            assert_eq!(good.check(), Ok(()), "{good:?}");
        }
        assert_eq!(terms("NCU", &[]).check(), Err(E::NoPermission(Duo::NOT_COMMERCIAL)));
        assert_eq!(terms("GRU", &["HMB"]).check(), Err(E::NoModifier(Duo::BIOMEDICAL_USE)));
        assert_eq!(terms("GRU", &["NCU", "NPU"]).check(), Err(E::Disorder(Duo::NOT_FOR_PROFIT)));
        assert_eq!(terms("GRU", &["NCU", "NCU"]).check(), Err(E::Disorder(Duo::NOT_COMMERCIAL)));
        assert_eq!(terms("DS", &[]).check(), Err(E::Diseases));
        assert_eq!(UseTerms { permission: Duo::GENERAL_USE, ..heart() }.check(), Err(E::Diseases));
        assert_eq!(terms("GRU", &["RS"]).check(), Err(E::Research));
        let no_kind = UseTerms { research: vec![Duo::GENERAL_USE], ..terms("GRU", &["RS"]) };
        assert_eq!(no_kind.check(), Err(E::NoResearch(Duo::GENERAL_USE)));
        assert_eq!(terms("NRES", &["NCU"]).check(), Err(E::Restricted(Duo::NOT_COMMERCIAL)));
        assert_eq!(terms("POA", &["NPOA"]).check(), Err(E::OriginsBothWays));
        let region = Duo::named("GS").unwrap();
        assert_eq!(terms("GRU", &["GS"]).check(), Err(E::Detail(region)));
        assert_eq!(terms("GRU", &["GS= "]).check(), Err(E::Detail(region)));
    }

    #[test]
    fn a_purpose_outside_of_the_permission_is_refused() {
        use Mismatch as M;
        let not = |does: &str, permission: &str| {
            let (does, permission) = (Duo::named(does).unwrap(), Duo::named(permission).unwrap());
            Err(M::NotPermitted { does, permission })
        };
        for (permission, words, due) in [
            ("NRES", &["AR", "MD"][..], Ok(())),
            ("GRU", &["AR", "BR"], Ok(())),
            ("GRU", &["NCU"], Err(M::NoPurpose)),
            ("GRU", &[], Err(M::NoPurpose)),
            ("HMB", &["BR"], Ok(())),
            ("HMB", &["MD", "BR"], Ok(())),
            ("HMB", &["MD"], Err(M::NotBiomedical(Duo::BIOMEDICAL_USE))),
            ("HMB", &["AR", "BR"], not("AR", "HMB")),
            ("POA", &["PR", "AR"], Ok(())),
            ("POA", &["PR"], not("PR", "POA")),
            ("POA", &["AR", "BR"], not("BR", "POA")),
        ] {
            assert_eq!(terms(permission, &[]).permit(&purpose(words)), due, "{permission} {words:?}");
        }
        assert_eq!(heart().permit(&purpose(&["DCR", "MONDO:0005267"])), Ok(()));
        for words in [&["DCR", "MONDO:0005070"][..], &["DCR", "MONDO:0005267", "MONDO:0005070"], &["BR"]] {
            let refused = heart().permit(&purpose(words));
            assert!(matches!(refused, Err(M::OtherDisease { .. })), "{words:?}: {refused:?}");
        }
    }

    #[test]
    fn conditions_prohibit_or_must_be_kept_to() {
        use Mismatch as M;
        let gru = |conditions: &[&str], words: &[&str]| terms("GRU", conditions).permit(&purpose(words));
        let prohibited = |condition, does| Err(M::Prohibited { condition, does });
        assert_eq!(gru(&["NMDS"], &["BR"]), Ok(()));
        assert_eq!(gru(&["NMDS"], &["BR", "MD"]), prohibited(Duo::NO_METHODS, Duo::METHODS));
        assert_eq!(gru(&["NPOA"], &["PR"]), prohibited(Duo::NO_ORIGINS, Duo::POPULATION));
        assert_eq!(gru(&["NPOA"], &["AR"]), prohibited(Duo::NO_ORIGINS, Duo::ANCESTRY));
        assert_eq!(gru(&["GSO"], &["GR", "BR"]), Ok(()));
        assert!(matches!(gru(&["GSO"], &["BR"]), Err(M::OtherResearch { .. })));
        let drugs = UseTerms { research: vec![Duo::DRUGS], ..terms("GRU", &["RS"]) };
        assert_eq!(drugs.permit(&purpose(&["DDR"])), Ok(()));
        assert!(matches!(drugs.permit(&purpose(&["GR"])), Err(M::OtherResearch { .. })));

        assert_eq!(gru(&["NCU"], &["BR"]), Err(M::NotKept(Duo::NOT_COMMERCIAL)));
        assert_eq!(gru(&["NCU"], &["BR", "NPU"]), Err(M::NotKept(Duo::NOT_COMMERCIAL)));
        assert_eq!(gru(&["NPU", "NCU"], &["BR", "NPUNCU"]), Ok(()));
        assert_eq!(gru(&["NPUNCU"], &["BR", "NPU", "NCU"]), Ok(()));
        assert!(gru(&["NPUNCU"], &["BR", "NCU"]).is_err());
        assert_eq!(gru(&["GS=Germany"], &["BR", "GS"]), Ok(()));
        assert_eq!(gru(&["CC"], &["BR"]), Ok(()), "care as well, not care alone");
        assert_eq!(gru(&["CC"], &["BR", "CC"]), Ok(()));
        assert_eq!(gru(&[], &["BR", "CC"]), Err(M::Care(Duo::CLINICAL_CARE)));
        // A promise that nobody asked for does no harm.
        assert_eq!(gru(&[], &["BR", "PUB"]), Ok(()));
    }
}
