//! The rules of a site, and how a plan fares under them.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, de};
use thiserror::Error;
use tributary_aggregation::hash::sha256;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::study::{DuoKind, Privacy, PurposeTerm, StudyPlan};

use crate::sandbox::Demand;

/// The largest delta where a policy counts epsilon and says nothing.
const MAX_DELTA: f64 = 1e-5;

/// Places of a token behind the point.
const PLACES: usize = 18;

/// A site's rules. What the file leaves out is not asked for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Whose studies are taken without asking anybody here.
    #[serde(default)]
    pub researchers: Vec<OwnerId>,
    /// What studies may do (investigations of the Data Use Ontology). A plan must state its purpose, and nothing else.
    pub purposes: Option<Vec<PurposeTerm>>,
    /// The only columns that a study may read.
    pub columns: Option<Vec<String>>,
    /// The only modules (researchers' own code, by SHA-256) that a study may bring. Without a list, somebody here must
    /// approve each, whoever brings it; an empty one allows built-in models only.
    pub modules: Option<Vec<Digest>>,
    /// The fewest owners with which a study may begin.
    pub min_owners: Option<u16>,
    /// The fewest owners whose sum may be opened.
    pub min_group: Option<u16>,
    /// The most training rounds.
    pub max_rounds: Option<u64>,
    /// The most rounds with changing groups, which tell more about single owners than one group does.
    pub max_rotation: Option<u64>,
    /// The least pay per round that this site can count on, in whole tokens (`"0.25"`): its equal share of a round with
    /// every owner that the plan allows.
    #[serde(default, deserialize_with = "tokens")]
    pub min_pay: Option<u128>,
    /// Whether a study must list who may take part.
    #[serde(default)]
    pub closed_cohort: bool,
    /// Whether a study must ask for consent on chain.
    #[serde(default)]
    pub consent: bool,
    /// The most epsilon that all studies together may spend of this site's rows in a year; a study without noise has none
    /// to count and is refused. A study counts with all that it may spend, from when it is joined.
    pub epsilon_per_year: Option<f64>,
    /// The largest delta at which a study may tell its epsilon; with a yearly budget 1e-5 where nothing is said. Any study has
    /// a small epsilon at a large delta.
    pub max_delta: Option<f64>,
    /// The weakest confinement of the trainer that the command line may ask for.
    pub sandbox: Option<Demand>,
}

/// A policy can't be used.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// The file can't be read.
    #[error("the policy {path} can't be read: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no policy.
    #[error("the policy {path} is wrong: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
}

/// Why a study is refused: the rule, what the study does, and what the rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// The key of the policy.
    pub rule: &'static str,
    /// In words.
    pub reason: String,
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.reason)
    }
}

/// How a plan fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It keeps all rules, and its researcher is one whom the site trusts.
    Allowed,
    /// It keeps all rules; somebody here must approve it. Why, in words.
    Ask(&'static str),
    /// It breaks rules.
    Refused(Vec<Objection>),
}

impl Policy {
    /// Reads a policy; gives its digest too, SHA-256 of the file.
    ///
    /// # Errors
    /// If the file can't be read or is no policy.
    pub fn read(path: &Path) -> Result<(Self, Digest), PolicyError> {
        let text =
            fs::read_to_string(path).map_err(|source| PolicyError::Io { path: path.to_owned(), source })?;
        let policy =
            Self::parse(&text).map_err(|reason| PolicyError::Malformed { path: path.to_owned(), reason })?;
        Ok((policy, sha256(text.as_bytes())))
    }

    /// Reads a policy's text.
    ///
    /// # Errors
    /// Where it is no TOML of the right form, and why; unknown keys are refused.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// How a plan fares, trained in a sandbox that is asked for as `sandbox`.
    #[must_use]
    pub fn judge(&self, plan: &StudyPlan, sandbox: Demand) -> Verdict {
        let mut objections = Vec::new();
        let mut object = |rule, reason: Option<String>| {
            objections.extend(reason.map(|reason| Objection { rule, reason }));
        };
        object("purposes", self.purpose_objection(plan));
        object("columns", self.column_objection(plan));
        object("modules", self.module_objection(plan));
        object("min_owners", at_least(self.min_owners, plan.cohort.min_owners, "may begin with", "owners"));
        object("min_group", at_least(self.min_group, plan.aggregation.min_group, "opens sums of", "owners"));
        object("max_rounds", at_most(self.max_rounds, plan.rounds, "has", "rounds"));
        let rotation = if plan.aggregation.max_groups > 1 { plan.aggregation.rotation_budget } else { 0 };
        let rotation = rotation.min(plan.round_limit());
        object("max_rotation", at_most(self.max_rotation, rotation, "changes its groups for", "rounds"));
        object("min_pay", self.pay_objection(plan));
        object(
            "closed_cohort",
            (self.closed_cohort && plan.cohort.allowed.is_empty())
                .then(|| "anybody may take part in the study, also under many names".to_owned()),
        );
        object(
            "consent",
            (self.consent && !plan.cohort.consent)
                .then(|| "the study asks for no consent on chain, so none could be revoked".to_owned()),
        );
        object(
            "epsilon_per_year",
            (self.epsilon_per_year.is_some() && plan.privacy.is_none())
                .then(|| "the study adds no noise, so what it tells is not bounded".to_owned()),
        );
        let most = self.max_delta.or(self.epsilon_per_year.map(|_| MAX_DELTA));
        let delta = plan.privacy.as_ref().map(Privacy::delta);
        object(
            "max_delta",
            most.zip(delta).filter(|(most, delta)| !delta.le(most)).map(|(most, delta)| {
                format!("the study tells its epsilon at delta {delta:e}, and the most here is {most:e}")
            }),
        );
        let weaker = |asked: Demand, least: Demand| strength(asked) < strength(least);
        object(
            "sandbox",
            self.sandbox
                .filter(|least| weaker(sandbox, *least))
                .map(|least| format!("--sandbox {sandbox} is weaker than {least}: leave the option away")),
        );
        if !objections.is_empty() {
            return Verdict::Refused(objections);
        }
        if !self.researchers.contains(&plan.researcher) {
            return Verdict::Ask("the policy does not name its researcher");
        }
        // Trusting somebody is not trusting every program of theirs.
        if plan.model.module().is_some() && self.modules.is_none() {
            return Verdict::Ask("it brings its researcher's own code, and the policy lists no modules");
        }
        Verdict::Allowed
    }

    /// Why a plan is too dear where other studies have taken `elsewhere` (epsilon) in the last year. Epsilons add up
    /// (basic composition).
    #[must_use]
    pub fn budget_objection(&self, plan: &StudyPlan, elsewhere: f64) -> Option<Objection> {
        let most = self.epsilon_per_year?;
        let own = plan.whole_spend().ok().flatten()?.epsilon;
        // Not so of NaN.
        let fits = elsewhere + own <= most;
        (!fits).then(|| Objection {
            rule: "epsilon_per_year",
            reason: format!(
                "the study spends up to epsilon {own:.2}, other studies of the last year {elsewhere:.2}, and the most here is \
                 {most}: wait until they are a year old, or raise it"
            ),
        })
    }

    fn purpose_objection(&self, plan: &StudyPlan) -> Option<String> {
        let allowed = self.purposes.as_ref()?;
        if plan.purpose.is_empty() {
            return Some("the study does not state its purpose".into());
        }
        let others: Vec<String> = plan
            .purpose
            .iter()
            .filter(|word| !allowed.contains(word))
            .filter_map(|word| match word {
                PurposeTerm::Term(term) if term.kind() == DuoKind::Investigation => {
                    Some(format!("{term} ({})", term.label()))
                }
                _ => None,
            })
            .collect();
        (!others.is_empty()).then(|| format!("the study is for {}", others.join(", ")))
    }

    fn column_objection(&self, plan: &StudyPlan) -> Option<String> {
        let allowed = self.columns.as_ref()?;
        let read = plan.schema.features.iter().map(|feature| &feature.name);
        // Escaped: the names are the researcher's, and go to a terminal.
        let others: Vec<String> = read
            .chain(plan.schema.labels().map(|label| &label.name))
            .filter(|column| !allowed.contains(column))
            .map(|column| column.escape_debug().to_string())
            .collect();
        (!others.is_empty()).then(|| format!("the study reads {}", others.join(", ")))
    }

    fn module_objection(&self, plan: &StudyPlan) -> Option<String> {
        let (allowed, module) = (self.modules.as_ref()?, plan.model.module()?);
        (!allowed.contains(&module.digest)).then(|| {
            format!(
                "the study brings code of its own, {}, which is not among those allowed here",
                module.digest
            )
        })
    }

    fn pay_objection(&self, plan: &StudyPlan) -> Option<String> {
        let least = self.min_pay?;
        let pay = certain_pay(plan);
        (pay < least).then(|| {
            format!(
                "the study's base share is at least {} tokens a round for each owner, the least here is {}",
                in_tokens(pay),
                in_tokens(least)
            )
        })
    }
}

/// What an owner is paid for a round that it is in, whatever its score: its equal share if every owner that the plan
/// allows is in it too. In the token's smallest unit, rounded down.
#[must_use]
pub fn certain_pay(plan: &StudyPlan) -> u128 {
    let pool = plan.payment.per_round / 10_000 * u128::from(plan.payment.base_share_bps)
        + plan.payment.per_round % 10_000 * u128::from(plan.payment.base_share_bps) / 10_000;
    pool / u128::from(plan.cohort.max_owners.max(1))
}

fn at_least(least: Option<u16>, is: u16, does: &str, what: &str) -> Option<String> {
    let least = least.filter(|least| is < *least)?;
    Some(format!("the study {does} {is} {what}, the least here is {least}"))
}

fn at_most(most: Option<u64>, is: u64, does: &str, what: &str) -> Option<String> {
    let most = most.filter(|most| is > *most)?;
    Some(format!("the study {does} {is} {what}, the most here is {most}"))
}

const fn strength(demand: Demand) -> u8 {
    match demand {
        Demand::Off => 0,
        Demand::Available => 1,
        Demand::Required => 2,
    }
}

/// An amount in whole tokens, exact.
#[must_use]
pub fn in_tokens(amount: u128) -> String {
    let one = 10u128.pow(PLACES as u32);
    let (whole, rest) = (amount / one, amount % one);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{}", format!("{rest:018}").trim_end_matches('0'))
}

/// Reads `"12"` or `"0.25"`, exactly.
fn amount(text: &str) -> Option<u128> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(rest) || rest.len() > PLACES {
        return None;
    }
    let one = 10u128.pow(PLACES as u32);
    let rest = rest.parse::<u128>().ok()? * 10u128.pow((PLACES - rest.len()) as u32);
    whole.parse::<u128>().ok()?.checked_mul(one)?.checked_add(rest)
}

fn tokens<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u128>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let amount = amount(&text);
    amount
        .map(Some)
        .ok_or_else(|| de::Error::custom(format!("`{text}` is no amount of tokens: write \"0.25\"")))
}

#[cfg(test)]
mod tests;
