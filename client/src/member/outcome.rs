//! From a round's published sums to the next model and the coalitions' utilities.

use std::num::NonZeroUsize;

use thiserror::Error;
use tributary_aggregation::committee::{Certificate, Purpose};
use tributary_aggregation::masking::{Aggregate, SealedSum, UnmaskError};
use tributary_aggregation::optimizer::{OptimizerError, ServerOptimizer, step_clip, step_control};
use tributary_aggregation::scoring::{CoalitionError, CoalitionModels, GroupMean, GroupSigns, group_signs};
use tributary_aggregation::update::{Layout, LayoutError, Part, UpdateError};
use tributary_proto::decode::PublishedSum;

use super::model::StudyModel;
use super::{Member, MemberError};
use crate::connection::{Attempt, Connection};
use crate::dataset::standardiser;
use crate::narrate::GroupLook;
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
        "group {group}: {source}: somebody reported beyond the clip, or the published sum is not the sum of the reports; it \
         is not applied"
    )]
    BeyondClip {
        /// The group.
        group: usize,
        /// Which block, and by how much.
        source: LayoutError,
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

/// A round's sums, opened.
pub struct Opened {
    /// Where they lead, once settled.
    pub pending: PendingRound,
    /// How the groups look beside one another; empty for the statistics round.
    pub looks: Vec<GroupLook>,
}

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
    ) -> Result<Opened, MemberError> {
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
        let (model, utilities, signs) = if at.round == 0 {
            (self.statistics(&plan, &aggregates)?, Vec::new(), Vec::new())
        } else {
            self.step(&plan, &aggregates, trainer)?
        };
        let look = |(sum, signs): (&PublishedSum, GroupSigns)| GroupLook {
            owners: sum.online.clone(),
            norm: signs.norm,
            cosine: signs.cosine,
        };
        let looks = sums.iter().zip(signs).map(look).collect();
        let pending = PendingRound {
            round: at.round,
            attempt: at.attempt,
            before,
            model: model.to_record(),
            utilities,
            sums: sums.iter().map(|sum| (sum.context, sum.sum)).collect(),
        };
        Ok(Opened { pending, looks })
    }

    /// The statistics round's sum makes the standardiser and, with the genesis seed or the module's own values, the initial
    /// model.
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
            standardiser: standardiser(&self.plan, &mean, aggregate.weight())?,
            state: self.code.initial(*seed),
        })
    }

    /// A training round's sums step the model, and give every coalition's utility.
    fn step(
        &self,
        plan: &tributary_aggregation::plan::RoundPlan,
        aggregates: &[Aggregate],
        trainer: &dyn Trainer,
    ) -> Result<(StudyModel, Vec<i64>, Vec<GroupSigns>), MemberError> {
        let model = self.model()?.ok_or_else(|| self.damaged("its model"))?;
        let layout = Layout::in_round(&self.plan, &model.state);
        let part = |mean: &[f32], part| layout.range(part).map(|range| mean[range].to_vec());
        let (mut groups, mut changes, mut within) = (Vec::new(), Vec::new(), Vec::new());
        for (group, aggregate) in aggregates.iter().enumerate() {
            let mut mean = aggregate.mean_update(plan).map_err(OutcomeError::from)?;
            let weight = aggregate.weight();
            layout
                .unscale(plan, weight, &mut mean)
                .map_err(|source| OutcomeError::BeyondClip { group, source })?;
            within.extend(layout.range(Part::Within).map(|range| (mean[range.start], weight)));
            changes.extend(part(&mean, Part::Control).map(|change| (change, weight)));
            let mean_update = part(&mean, Part::Update).unwrap_or_default();
            groups.push(GroupMean { mean_update, weight });
        }
        let optimizer = ServerOptimizer::from(&self.plan.optimizer);
        let coalitions =
            CoalitionModels::new(&model.state, &optimizer, &groups).map_err(OutcomeError::from)?;
        let holdout = model.standardiser.apply(self.holdout()?.table())?;
        let mut utilities = Vec::new();
        for coalition in coalitions.iter() {
            let state = coalition.map_err(OutcomeError::from)?;
            let measured = trainer.evaluate(self.code.model(), &state.weights, &holdout)?;
            let utility = metrics::utility_micros(&self.plan.scoring.metric, &measured);
            utilities.push(utility.map_err(OutcomeError::from)?);
        }
        let mut state = coalitions.next_model().map_err(OutcomeError::from)?;
        if self.plan.training.control_variates.is_some() {
            step_control(&mut state, &changes).map_err(OutcomeError::from)?;
        }
        step_clip(&mut state, &self.plan.aggregation, &within);
        let signs = group_signs(&groups, model.state.clip(&self.plan.aggregation));
        Ok((StudyModel { standardiser: model.standardiser, state }, utilities, signs))
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
