//! What a study came to, in numbers: what each hospital's model is worth alone, together and pooled, and what it earned.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, Result, anyhow};
use serde::Serialize;

use crate::event::Event;
use crate::measure::{Metrics, Report};
use crate::record::Transcript;
use crate::study::{Role, Study};

/// What a study came to.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// The study's id.
    pub study: String,
    /// Rounds of its plan.
    pub rounds: u64,
    /// In the order of the sites.
    pub hospitals: Vec<Hospital>,
    /// The study's model on all test sets together.
    pub federated: Metrics,
    /// A model trained on all hospitals' rows in one place, on all test sets together.
    pub pooled: Metrics,
    /// Settled training rounds, in order.
    pub settlements: Vec<Settlement>,
    /// Attempts that were given up, in order.
    pub aborted: Vec<Abort>,
}

/// What a study came to for one hospital.
#[derive(Debug, Clone, Serialize)]
pub struct Hospital {
    /// Its name.
    pub name: String,
    /// Its name for people.
    #[serde(skip)]
    pub title: String,
    /// Rows that it trains on.
    pub rows: usize,
    /// Its own model on its own test set.
    pub alone_own: Metrics,
    /// Its own model on all test sets together.
    pub alone: Metrics,
    /// The study's model on its own test set.
    pub federated_own: Metrics,
    /// The pooled model on its own test set.
    pub pooled_own: Metrics,
    /// Its Shapley values over all rounds, in the metric's unit.
    pub score: f64,
    /// What the record grants it, in the token's smallest unit.
    #[serde(serialize_with = "decimal")]
    pub due: u128,
    /// What it was paid, in the token's smallest unit.
    #[serde(serialize_with = "decimal")]
    pub paid: u128,
    /// The transaction that paid it.
    pub claim: Option<String>,
    /// Rounds in which it was cut, with the record's reason.
    pub cut: Vec<(u64, String)>,
    /// Rounds that it has no part in: it was not there, or did not join.
    pub missed: Vec<u64>,
}

/// A settled round.
#[derive(Debug, Clone, Serialize)]
pub struct Settlement {
    /// The round.
    pub round: u64,
    /// The settling transaction.
    pub transaction: String,
    /// Its gas.
    pub gas: u64,
    /// The metric on the researcher's holdout.
    pub utility: Option<f64>,
}

/// An attempt that was given up.
#[derive(Debug, Clone, Serialize)]
pub struct Abort {
    /// The round.
    pub round: u64,
    /// The attempt.
    pub attempt: u32,
    /// Why.
    pub reason: String,
    /// Who was waited for in vain, by name.
    pub absent: Vec<String>,
}

fn decimal<S: serde::Serializer>(units: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(units)
}

/// Baselines to train, and the model to measure: at most two at once.
const AT_ONCE: usize = 2;

impl Outcome {
    /// Trains the baselines, measures all models and reads the record of a study that has ended.
    ///
    /// # Errors
    /// If something can't be measured or read.
    pub fn of(study: &Study) -> Result<Self> {
        let Measured { federated, pooled, alone } = Measured::of(study)?;
        let transcripts = study.transcripts()?;
        let mut hospitals = Vec::new();
        for ((index, site), alone) in study.sites().iter().enumerate().zip(alone) {
            let own = |report: &Report| {
                report
                    .tests
                    .get(index)
                    .copied()
                    .with_context(|| format!("no report of {}", site.test.display()))
            };
            let role = Role::Owner(index);
            let address = study.address(role);
            let (paid, claim) = paid(study, role)?;
            let cut_in = |transcript: &Transcript| {
                let cut = transcript.cut().find(|cut| cut.owner == address);
                cut.map(|cut| (transcript.round, cut.reason.clone()))
            };
            let due = transcripts.values().next_back().map_or(Ok(0), |last| {
                let amount = last.cumulative.iter().find(|amount| amount.owner == address);
                amount.map_or(Ok(0), |amount| amount.amount.parse())
            });
            let missed = transcripts.values().filter(|transcript| transcript.is_missing(address));
            hospitals.push(Hospital {
                name: site.name.clone(),
                title: site.title.clone(),
                rows: alone.train_rows.context("a baseline does not say on how many rows it was trained")?,
                alone_own: own(&alone)?,
                alone: alone.union,
                federated_own: own(&federated)?,
                pooled_own: own(&pooled)?,
                score: transcripts.values().filter_map(|t| t.scores().get(address).copied()).sum(),
                due: due.context("the record's payouts")?,
                paid,
                claim,
                cut: transcripts.values().filter_map(cut_in).collect(),
                missed: missed.map(|transcript| transcript.round).collect(),
            });
        }
        let rounds =
            study.plan()?["rounds"].as_u64().context("the plan does not say how many rounds it has")?;
        Ok(Self {
            study: study.id().to_owned(),
            rounds,
            hospitals,
            federated: federated.union,
            pooled: pooled.union,
            settlements: settlements(study),
            aborted: aborted(study),
        })
    }
}

struct Measured {
    federated: Report,
    pooled: Report,
    alone: Vec<Report>,
}

impl Measured {
    fn of(study: &Study) -> Result<Self> {
        let sites: Vec<&Path> = study.sites().iter().map(|site| site.train.as_path()).collect();
        // None: the study's own model.
        let mut jobs: VecDeque<(usize, Option<Vec<&Path>>)> =
            VecDeque::from([(0, None), (1, Some(sites.clone()))]);
        jobs.extend(sites.iter().enumerate().map(|(index, site)| (index + 2, Some(vec![*site]))));
        let jobs = Mutex::new(jobs);
        let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let work = || -> Result<Vec<(usize, Report)>> {
            let mut done = Vec::new();
            while let Some((place, train)) = next() {
                done.push((place, train.map_or_else(|| study.evaluate(), |train| study.baseline(&train))?));
            }
            Ok(done)
        };
        let mut reports = BTreeMap::new();
        thread::scope(|scope| -> Result<()> {
            let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
            for thread in threads {
                reports.extend(thread.join().map_err(|_| anyhow!("measuring panicked"))??);
            }
            Ok(())
        })?;
        let mut reports = reports.into_values();
        let mut next = || reports.next().context("a model was not measured");
        Ok(Self { federated: next()?, pooled: next()?, alone: reports.collect() })
    }
}

fn paid(study: &Study, role: Role) -> Result<(u128, Option<String>)> {
    let paid = study.history().iter().rev().find_map(|told| match told.event_of(role) {
        Some(Event::Paid { cumulative, transaction, .. }) => Some((cumulative, transaction)),
        _ => None,
    });
    match paid {
        None => Ok((0, None)),
        Some((cumulative, transaction)) => {
            Ok((cumulative.parse().context("what an owner was paid")?, transaction.clone()))
        }
    }
}

/// Told twice if the researcher was restarted: the last one counts.
fn settlements(study: &Study) -> Vec<Settlement> {
    let mut settled = BTreeMap::new();
    for told in study.history() {
        if let Some(Event::Settled { round, utility_micros, transaction: Some(transaction), gas_used }) =
            told.event_of(Role::Researcher)
        {
            let utility = utility_micros.map(|micros| micros as f64 / 1e6);
            let settlement =
                Settlement { round: *round, transaction: transaction.clone(), gas: *gas_used, utility };
            settled.insert(*round, settlement);
        }
    }
    settled.into_values().collect()
}

fn aborted(study: &Study) -> Vec<Abort> {
    let aborts = study.history().iter().filter_map(|told| match told.event_of(Role::Researcher)? {
        Event::Aborted { round, attempt, reason, absent } => Some(Abort {
            round: *round,
            attempt: *attempt,
            reason: reason.clone(),
            absent: absent.iter().map(|owner| study.name_of(owner).to_owned()).collect(),
        }),
        _ => None,
    });
    aborts.collect()
}
