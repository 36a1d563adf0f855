//! From a round's published sums to the next model and the coalitions' utilities.

use std::num::NonZeroUsize;

use thiserror::Error;
use tributary_aggregation::committee::{Certificate, Purpose};
use tributary_aggregation::masking::{Aggregate, SealedSum, UnmaskError};
use tributary_aggregation::optimizer::{ModelState, OptimizerError, ServerOptimizer};
use tributary_aggregation::plan::Norm;
use tributary_aggregation::scoring::{CoalitionError, CoalitionModels, GroupMean};
use tributary_aggregation::update::UpdateError;
use tributary_proto::decode::PublishedSum;

use super::model::StudyModel;
use super::{Member, MemberError};
use crate::connection::{Attempt, Connection};
use crate::dataset::Standardiser;
use crate::researcher::holdout::Holdout;
use crate::training::{Trainer, metrics};
use crate::vault::PendingRound;

/// A round's sums lead to no next model.
#[derive(Debug, Error)]
pub enum OutcomeError {
    /// The sum does not open.
    #[error("the sum of group {group} does not open: {source}")]
    Sum {
        /// The group.
        group: u16,
        /// Why.
        source: UnmaskError,
    },
    /// The committee has not certified the cut.
    #[error("the sum of group {0} comes without the committee's certificate: it is not opened")]
    Certificate(u16),
    /// No sums at all.
    #[error("the round was published without any sum")]
    Empty,
    /// The sum is no mean update.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// The mean is longer than any of the updates could be.
    #[error(
        "the mean update of group {group} has an L2 norm of {norm}, beyond the plan's clip of {clip}: somebody reported \
         beyond the clip, or the published sum is not the sum of the reports; it is not applied"
    )]
    BeyondClip {
        /// The group.
        group: usize,
        /// Its mean update's norm.
        norm: f64,
        /// The plan's bound.
        clip: f64,
    },
    /// The model can't be stepped.
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
    /// The groups can't be combined.
    #[error(transparent)]
    Coalition(#[from] CoalitionError),
    /// The metric can't be computed.
    #[error(transparent)]
    Metric(#[from] crate::training::metrics::MetricsError),
}

const ONE_THREAD: NonZeroUsize = NonZeroUsize::MIN;

impl Member {
    /// Fetches and opens a round's sums and computes where they lead. What the round leads to is kept as pending until
    /// it is settled.
    ///
    /// # Errors
    /// If a sum is not certified, does not open, or leads nowhere.
    pub async fn open_sums(
        &mut self,
        connection: &Connection,
        trainer: &dyn Trainer,
        at: Attempt,
        sums: &[PublishedSum],
    ) -> Result<PendingRound, MemberError> {
        let plan = self.round_plan(at.round)?;
        let committee = self.committee_public_key()?;
        let exporter = self.group()?.exporter_secret(&self.provider)?;
        let mut aggregates: Vec<Aggregate> = Vec::with_capacity(sums.len());
        for published in sums {
            let group = published.group;
            let certified = Certificate::from_bytes(&published.certificate)
                .is_ok_and(|certificate| committee.verify(Purpose::Cut, &published.cut, &certificate));
            if !certified {
                return Err(OutcomeError::Certificate(group).into());
            }
            let bytes = connection.artifact(published.sum, plan.packed_len()).await?;
            let aggregate = SealedSum::from_bytes(&plan, bytes)
                .and_then(|sum| sum.open(&plan, &exporter, &published.context, &published.online, ONE_THREAD))
                .map_err(|source| OutcomeError::Sum { group, source })?;
            aggregates.push(aggregate);
        }
        let before = self.model_digest()?;
        let (model, utilities) = if at.round == 0 {
            (self.statistics(&plan, &aggregates)?, Vec::new())
        } else {
            self.step(&plan, &aggregates, trainer)?
        };
        Ok(PendingRound {
            round: at.round,
            attempt: at.attempt,
            before,
            model: model.to_record(),
            utilities,
            sums: sums.iter().map(|sum| (sum.context, sum.sum)).collect(),
        })
    }

    /// The statistics round's sum makes the standardiser and, with the genesis seed, the initial model.
    fn statistics(
        &self,
        plan: &tributary_aggregation::plan::RoundPlan,
        aggregates: &[Aggregate],
    ) -> Result<StudyModel, MemberError> {
        let [aggregate] = aggregates else { return Err(OutcomeError::Empty.into()) };
        let mean = aggregate.mean_update(plan).map_err(OutcomeError::from)?;
        let genesis = self.vault.record.genesis.as_ref().ok_or_else(|| self.damaged("its genesis"))?;
        let seed = genesis.model_seed.key().ok_or_else(|| self.damaged("its model seed"))?;
        Ok(StudyModel {
            standardiser: Standardiser::from_sum(&mean, aggregate.weight(), &self.plan.schema)?,
            state: ModelState::initial(&self.plan.model, self.plan.schema.inputs(), *seed),
        })
    }

    /// A training round's sums step the model, and give every coalition's utility.
    fn step(
        &self,
        plan: &tributary_aggregation::plan::RoundPlan,
        aggregates: &[Aggregate],
        trainer: &dyn Trainer,
    ) -> Result<(StudyModel, Vec<i64>), MemberError> {
        let model = self.model()?.ok_or_else(|| self.damaged("its model"))?;
        let groups: Vec<GroupMean> = aggregates
            .iter()
            .map(|aggregate| {
                Ok(GroupMean { mean_update: aggregate.mean_update(plan)?, weight: aggregate.weight() })
            })
            .collect::<Result<_, UpdateError>>()
            .map_err(OutcomeError::from)?;
        for (group, mean) in groups.iter().enumerate() {
            check_norm(group, &mean.mean_update, plan)?;
        }
        let optimizer = ServerOptimizer::from(&self.plan.optimizer);
        let coalitions =
            CoalitionModels::new(&model.state, &optimizer, &groups).map_err(OutcomeError::from)?;
        let holdout = model.standardiser.apply(self.holdout()?.table())?;
        let mut utilities = Vec::new();
        for coalition in coalitions.iter() {
            let state = coalition.map_err(OutcomeError::from)?;
            let measured = trainer.evaluate(&self.plan.model, &state.weights, &holdout)?;
            let utility = metrics::utility_micros(self.plan.scoring.metric, &measured);
            utilities.push(utility.map_err(OutcomeError::from)?);
        }
        let state = coalitions.next_model().map_err(OutcomeError::from)?;
        Ok((StudyModel { standardiser: model.standardiser, state }, utilities))
    }

    /// The researcher's holdout, checked against the plan's commitment.
    ///
    /// # Errors
    /// If it was not received yet, or is not the one of the plan.
    pub fn holdout(&self) -> Result<Holdout, MemberError> {
        let genesis = self.vault.record.genesis.as_ref().ok_or_else(|| self.damaged("its genesis"))?;
        let salt = genesis.holdout_salt.key().ok_or_else(|| self.damaged("its holdout's salt"))?;
        let csv = genesis.holdout.expose().to_vec();
        Ok(Holdout::open(csv, *salt, &self.plan.holdout_commitment, &self.plan.schema)?)
    }
}

/// A mean of clipped updates is no longer than the clip, but for what rounding adds: half a step per coordinate.
fn check_norm(
    group: usize,
    mean: &[f32],
    plan: &tributary_aggregation::plan::RoundPlan,
) -> Result<(), OutcomeError> {
    let Norm::L2(clip) = plan.norm() else { return Ok(()) };
    let norm = mean.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    let step = clip / f64::from((1u32 << (plan.bits() - 1)) - 1);
    // Half a step for rounding, and as much again for the mean's own rounding to 32 bits.
    if norm <= clip + step * (mean.len() as f64).sqrt() {
        return Ok(());
    }
    Err(OutcomeError::BeyondClip { group, norm, clip })
}

#[cfg(test)]
mod tests {
    use tributary_aggregation::plan::{RoundPlan, RoundPlanParams};

    use super::*;

    #[test]
    fn a_mean_that_no_clipped_updates_could_have_is_refused() {
        let plan = RoundPlan::new(RoundPlanParams {
            vector_len: 4,
            bits: 16,
            norm: Norm::L2(1.0),
            max_weight: 10,
            max_owners: 4,
            min_group: 2,
        })
        .unwrap();
        assert!(check_norm(0, &[0.5; 4], &plan).is_ok());
        assert!(check_norm(0, &[1.0, 0.0, 0.0, 0.0], &plan).is_ok());
        // Each coordinate is within the bound, the vector is not.
        assert!(matches!(check_norm(1, &[0.9; 4], &plan), Err(OutcomeError::BeyondClip { group: 1, .. })));
    }
}
