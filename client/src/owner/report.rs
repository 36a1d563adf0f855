//! Joining a round and reporting: rows become an update, the update is masked, and only that leaves.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rand07::rngs::OsRng;
use tributary_aggregation::committee::{Kind, Purpose, SealContext, SealedSeed};
use tributary_aggregation::header::{JoinHeader, ReportHeader, Signed};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::masking::{MaskSeeds, PairSeeds, SelfSeed, mask};
use tributary_aggregation::optimizer;
use tributary_aggregation::study::Privacy;
use tributary_aggregation::update::{Layout, Part, Quantised};
use tributary_proto::decode::Group;
use zeroize::Zeroizing;

use super::agent::{Agent, InHand, unless_untimely};
use super::round::{Announced, Rostered, RoundFacts};
use crate::connection::Attempt;
use crate::dataset::statistics_report;
use crate::member::MemberError;
use crate::narrate::Event;
use crate::training::{RecordNoise, TrainError, TrainJob, order_seed};
use crate::vault::{ReportRecord, VaultError};

/// Below this AUC on its own rows an owner is told that model and labels contradict each other. It is looked at before
/// rounds 2, 4, 8 and so on: the more rounds are done, the less there is to be learnt from another look.
const AGAINST_ROWS: f64 = 0.35;

/// Groups' masks and updates are computed on as many threads as there are cores.
fn threads() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

impl Agent {
    fn facts(&self, round: u64) -> Result<RoundFacts, MemberError> {
        let group = self.member.group()?;
        let aggregation = &self.member.plan.aggregation;
        Ok(RoundFacts {
            study: self.member.study,
            epoch: group.epoch(),
            epoch_authenticator: group.epoch_authenticator(),
            model: self.member.model_digest()?,
            plan: self.member.round_plan(round)?.digest(),
            min_group: aggregation.min_group,
            max_groups: self.member.plan.max_groups(round),
            corrupt: self.member.plan.cohort.corrupt_among(self.member.owners().len()),
        })
    }

    /// A round is announced: gives a share of its beacon, for one list of candidates only.
    pub(super) async fn announced(
        &mut self,
        at: Attempt,
        epoch: u64,
        candidates: Vec<OwnerId>,
    ) -> Result<(), MemberError> {
        self.check_turn(at)?;
        let announced = Announced::new(at, epoch, candidates, &self.member.owners(), self.facts(at.round)?)
            .map_err(|error| MemberError::Disagreement(error.to_string()))?;
        self.member.check_consents_now(&self.chain).await?;
        self.member.check_budget(at.round)?;
        self.pulse.set(at.round, 0);
        let Some(share) = self.key_share()? else {
            self.in_hand = InHand::Announced(announced); // it takes part, but not in drawing the groups
            return Ok(());
        };
        let digest = announced.candidates_digest();
        self.member
            .vault
            .record
            .releases
            .answer_beacon(epoch, at.round, at.attempt, digest)
            .map_err(|refusal| MemberError::Disagreement(refusal.to_string()))?;
        self.member.save()?;
        let signature = share
            .sign(Purpose::Beacon, &announced.beacon_message())
            .map_err(|error| MemberError::Disagreement(error.to_string()))?;
        self.in_hand = InHand::Announced(announced);
        unless_untimely(self.connection.give_beacon_share(self.member.study, at, signature.to_bytes()).await)
    }

    /// A round is announced in its turn: after the last finished one, and only past those that were announced and died.
    /// Whoever could have groups drawn for later rounds could choose among them.
    fn check_turn(&mut self, at: Attempt) -> Result<(), MemberError> {
        let due = self.member.vault.record.finished.map_or(0, |finished| finished + 1);
        let announced = self.member.vault.record.announced;
        let latest = if announced < due { due } else { announced + 1 };
        if !(due..=latest).contains(&at.round) {
            return Err(MemberError::Disagreement(format!(
                "round {} was announced out of turn: round {due} is due; no share of its beacon is given",
                at.round
            )));
        }
        self.member.vault.record.announced = at.round;
        Ok(())
    }

    /// The groups are drawn: joins with the pair seeds of its group, sealed to the committee.
    pub(super) async fn opened(
        &mut self,
        at: Attempt,
        beacon: [u8; 96],
        groups: &[Group],
    ) -> Result<(), MemberError> {
        let InHand::Announced(announced) = std::mem::take(&mut self.in_hand) else { return Ok(()) };
        let committee = self.member.committee_key()?;
        let opened = announced
            .open(at, &beacon, groups, &committee)
            .map_err(|error| MemberError::Disagreement(error.to_string()))?;
        let me = self.member.identity.owner;
        let joined = match opened.group_of(&me) {
            None => None,
            Some((group, owners)) => {
                let context0 = opened.context0(group);
                let leaves =
                    self.member.group()?.owners(self.member.plan.researcher, &self.member.enrolled)?;
                let others: Vec<(OwnerId, [u8; 32])> = owners
                    .iter()
                    .filter(|owner| **owner != me)
                    .filter_map(|owner| leaves.get(owner))
                    .map(|leaf| (leaf.owner, leaf.mask_key))
                    .collect();
                let pairs = PairSeeds::derive(&me, &self.member.identity.keys.mask, &others, &context0)
                    .map_err(|error| MemberError::Disagreement(error.to_string()))?;
                let context = SealContext { context: context0, owner: me, kind: Kind::Pair };
                let sealed = SealedSeed::seal(&committee, &pairs.encode(), &context, &mut OsRng)
                    .map_err(|error| MemberError::Disagreement(error.to_string()))?;
                let header = JoinHeader { context0, owner: me, sealed_pair: sealed.to_bytes() };
                Some((pairs, self.member.identity.sign(header)?))
            }
        };
        let (pairs, join) = joined.unzip();
        self.in_hand = InHand::Opened(opened, pairs);
        match join {
            Some(join) => {
                self.narrator.tell(Event::Phase { round: at.round, attempt: at.attempt, phase: "joined" });
                unless_untimely(self.connection.join_round(self.member.study, at, join).await)
            }
            None => Ok(()),
        }
    }

    /// It is known who joined: gives a share of the mask graphs' beacon, if groups are large, and starts training, in the
    /// background.
    pub(super) async fn rosters_fixed(
        &mut self,
        at: Attempt,
        rosters: Vec<Group>,
    ) -> Result<(), MemberError> {
        let InHand::Opened(opened, pairs) = std::mem::take(&mut self.in_hand) else { return Ok(()) };
        let rostered =
            opened.fix(at, rosters).map_err(|error| MemberError::Disagreement(error.to_string()))?;
        let mine = rostered.group_of(&self.member.identity.owner).map(|(_, group)| group.context);
        let drawing = rostered.awaits_graphs().then(|| rostered.clone());
        self.in_hand = InHand::Rostered(rostered, pairs, None);
        if let Some(rostered) = drawing {
            self.sign_mask_graphs(&rostered).await?;
        }
        let Some(context) = mine else { return Ok(()) };
        if self.member.vault.record.report.as_ref().is_some_and(|report| report.context == context) {
            return self.send_report(at).await; // it was made before a restart
        }
        self.narrator.tell(Event::Phase { round: at.round, attempt: at.attempt, phase: "training" });
        self.training = Some(self.train(at)?);
        Ok(())
    }

    /// Gives a share of the beacon that says who masks with whom, for one set of rosters only.
    async fn sign_mask_graphs(&mut self, rostered: &Rostered) -> Result<(), MemberError> {
        let Some(share) = self.key_share()? else { return Ok(()) };
        let (at, contexts) = (rostered.at, rostered.contexts_digest());
        let failed = |error: &dyn std::fmt::Display| MemberError::Disagreement(error.to_string());
        let ledger = &mut self.member.vault.record.releases;
        ledger
            .answer_mask_graph(rostered.epoch, at.round, at.attempt, contexts)
            .map_err(|refusal| failed(&refusal))?;
        self.member.save()?;
        let signature =
            share.sign(Purpose::Beacon, &rostered.graph_message()).map_err(|error| failed(&error))?;
        unless_untimely(self.connection.give_graph_share(self.member.study, at, signature.to_bytes()).await)
    }

    /// It is drawn who masks with whom: what training gave can be masked.
    pub(super) async fn mask_graph_drawn(
        &mut self,
        at: Attempt,
        beacon: &[u8; 96],
    ) -> Result<(), MemberError> {
        let committee = self.member.committee_key()?;
        let InHand::Rostered(rostered, _, values) = &mut self.in_hand else { return Ok(()) };
        rostered
            .draw(at, beacon, &committee)
            .map_err(|error| MemberError::Disagreement(error.to_string()))?;
        match values.take() {
            Some(values) => self.mask_and_report(values).await,
            None => Ok(()),
        }
    }

    /// Trains on a thread of its own; gives the vector that is to be summed.
    fn train(
        &self,
        at: Attempt,
    ) -> Result<tokio::task::JoinHandle<Result<Vec<f32>, TrainError>>, MemberError> {
        let table = self.table.clone();
        if at.round == 0 {
            let plan = self.member.plan.clone();
            return Ok(tokio::task::spawn_blocking(move || Ok(statistics_report(&plan, &table))));
        }
        let model = self.member.model()?.ok_or_else(|| self.member.damaged("its model"))?;
        let examples = model.standardiser.apply(&table)?;
        let (plan, code) = (self.member.plan.clone(), Arc::clone(&self.member.code));
        let trainer = Arc::clone(&self.trainer);
        let pulse = Arc::clone(&self.pulse);
        let narrator = self.narrator;
        let seed = order_seed(plan.training.seed, &self.member.identity.owner, at.round);
        let training = plan.training.in_round(model.state.round, plan.rounds);
        let correction = match plan.training.control_variates {
            None => None,
            Some(_) => {
                let own = self.member.control()?;
                let own = own.as_ref().map(|own| own.as_slice());
                let correction = optimizer::correction(&model.state, own).map_err(TrainError::from)?;
                Some(Zeroizing::new(correction))
            }
        };
        // Drawn for this training and no other: a round that is attempted anew is trained anew.
        let mut noise = Zeroizing::new([0u8; 32]);
        getrandom::fill(noise.as_mut_slice()).map_err(VaultError::Randomness)?;
        Ok(tokio::task::spawn_blocking(move || {
            if at.round > 1 && at.round.is_power_of_two() {
                let measured = trainer.evaluate(code.model(), &model.state.weights, &examples)?;
                if let Some(auc) = measured.auc.filter(|auc| *auc < AGAINST_ROWS) {
                    narrator.tell(Event::AgainstRows { round: at.round, auc });
                }
            }
            let job = TrainJob {
                model: code.model(),
                weights: &model.state.weights,
                examples: &examples,
                training: &training,
                seed,
                correction: correction.as_ref().map(|correction| correction.as_slice()),
                noise: match &plan.privacy {
                    Some(Privacy::Record(privacy)) => Some(RecordNoise { privacy, seed: &noise }),
                    _ => None,
                },
            };
            let mut trained = trainer.train(&job, &mut |progress| {
                let permille = u64::from(progress.epoch) * 1000 / u64::from(progress.epochs.max(1));
                pulse.set(at.round, permille as u32);
                narrator.tell(Event::Training { round: at.round, done_permille: permille as u32 });
            })?;
            if plan.training.control_variates.is_some() {
                let (steps, rate) = (trained.steps, training.learning_rate);
                let change = optimizer::control_delta(&model.state, &trained.delta, steps, rate)?;
                trained.delta.extend_from_slice(&Zeroizing::new(change));
            }
            Ok(trained.delta)
        }))
    }

    /// Training is done: reports what it gave, as soon as it is known whom to mask with.
    pub(super) async fn trained(&mut self, values: Vec<f32>) -> Result<(), MemberError> {
        let values = Zeroizing::new(values);
        match &mut self.in_hand {
            InHand::Rostered(rostered, _, kept) if rostered.awaits_graphs() => {
                *kept = Some(values);
                Ok(())
            }
            _ => self.mask_and_report(values).await,
        }
    }

    /// Clips, quantises, masks, and reports.
    async fn mask_and_report(&mut self, mut values: Zeroizing<Vec<f32>>) -> Result<(), MemberError> {
        let InHand::Rostered(rostered, Some(pairs), _) = &self.in_hand else { return Ok(()) };
        let (at, me) = (rostered.at, self.member.identity.owner);
        let Some((_, group)) = rostered.group_of(&me) else { return Ok(()) };
        let Some(graph) = &group.graph else { return Ok(()) };
        let context = group.context;
        let plan = self.member.round_plan(at.round)?;
        let failed = |error: &dyn std::fmt::Display| MemberError::Disagreement(error.to_string());
        if at.round > 0 {
            let model = self.member.model()?.ok_or_else(|| self.member.damaged("its model"))?;
            let layout = Layout::in_round(&self.member.plan, &model.state);
            layout.tell_within(&mut values).map_err(|error| failed(&error))?;
            layout.clip(&mut values).map_err(|error| failed(&error))?;
            if let Some(range) = layout.range(Part::Control) {
                self.member.prepare_control(context, &values[range])?;
            }
            layout.scale(&mut values).map_err(|error| failed(&error))?;
        }
        // Noise is drawn for this report and no other: a report that is made anew gets its own.
        let mut noise = Zeroizing::new([0u8; 32]);
        getrandom::fill(noise.as_mut_slice()).map_err(VaultError::Randomness)?;
        let mut noise = ChaCha20Rng::from_seed(*noise);
        let quantised =
            tokio::task::block_in_place(|| Quantised::noisy(&plan, &values, self.weight, &mut noise))
                .map_err(|error| failed(&error))?;
        let mut seed = Zeroizing::new([0u8; 32]);
        getrandom::fill(seed.as_mut_slice()).map_err(VaultError::Randomness)?;
        let exporter = self.member.group()?.exporter_secret(&self.member.provider)?;
        let own = SelfSeed::from_bytes(*seed);
        let seeds =
            MaskSeeds::new(me, graph, own, pairs, &exporter, &context).map_err(|error| failed(&error))?;
        let masked = tokio::task::block_in_place(|| mask(&plan, quantised, &seeds, threads()))
            .map_err(|e| failed(&e))?;
        let seal = SealContext { context, owner: me, kind: Kind::SelfSeed };
        let sealed = SealedSeed::seal(&self.member.committee_key()?, seed.as_slice(), &seal, &mut OsRng)
            .map_err(|error| failed(&error))?;
        let header =
            ReportHeader { context, owner: me, sealed_self: sealed.to_bytes(), update: masked.digest() };
        let signed = self.member.identity.sign(header)?;
        let path = self.report_path(signed.header.update);
        std::fs::write(&path, masked.as_bytes()).map_err(|source| VaultError::Io {
            path,
            action: "written",
            source,
        })?;
        self.count_report(at)?;
        self.member.vault.record.report = Some(ReportRecord {
            context,
            sealed_self: signed.header.sealed_self,
            update: signed.header.update,
            signature: signed.signature.to_vec(),
        });
        self.member.save()?;
        self.send_report(at).await
    }

    /// Sends the report that is kept, as it was made.
    async fn send_report(&mut self, at: Attempt) -> Result<(), MemberError> {
        let Some(report) = self.member.vault.record.report.clone() else { return Ok(()) };
        let path = self.report_path(report.update);
        let update =
            tokio::fs::read(&path).await.map_err(|source| VaultError::Io { path, action: "read", source })?;
        let header = ReportHeader {
            context: report.context,
            owner: self.member.identity.owner,
            sealed_self: report.sealed_self,
            update: report.update,
        };
        let signature =
            report.signature.try_into().map_err(|_| self.member.damaged("its report's signature"))?;
        let signed = Signed { header, signature };
        self.pulse.set(at.round, 1000);
        unless_untimely(self.connection.report(self.member.study, at, signed, update.into()).await)?;
        self.narrator.tell(Event::Phase { round: at.round, attempt: at.attempt, phase: "reported" });
        Ok(())
    }

    fn report_path(&self, update: Digest) -> PathBuf {
        self.directory.join(format!("report-{}.bin", &update.to_string()[2..18]))
    }

    /// The round is over: the report is of no more use.
    pub(super) fn forget_report(&mut self) {
        if let Some(report) = self.member.vault.record.report.take() {
            // It may have been cleared away before; it holds no secret.
            let _ = std::fs::remove_file(self.report_path(report.update));
        }
    }
}
