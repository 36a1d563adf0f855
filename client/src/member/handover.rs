//! Where the study stands, for those who come in when it has begun. What the chain can show is checked against the chain.

use std::collections::BTreeSet;

use thiserror::Error;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::optimizer::ModelState;
use tributary_aggregation::scoring::Ledger as PayoutLedger;
use tributary_aggregation::transcript::RoundTranscript;
use tributary_contracts::Settlement;
use tributary_contracts::merkle::PayoutTree;
use tributary_proto::{decode, encode, v1};

use super::{Member, MemberError, StudyModel};
use crate::connection::Connection;
use crate::dataset::Standardiser;
use crate::researcher::holdout::Holdout;
use crate::settled::TRANSCRIPT_LIMIT;
use crate::vault::{Genesis, Secret};

/// A handover that is not so.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{sender} hands the study over falsely: {what}. This owner takes part in no round until it is told where the study \
     stands"
)]
pub struct HandoverError {
    /// Who sent it.
    pub sender: OwnerId,
    /// What is not so.
    pub what: String,
}

/// What the last settled round says, from its transcript.
struct Settled {
    cumulative: PayoutLedger,
    transcript: Digest,
    online: BTreeSet<OwnerId>,
}

impl Genesis {
    /// As it travels.
    #[must_use]
    pub fn to_wire(&self) -> v1::Genesis {
        v1::Genesis {
            model_seed: self.model_seed.expose().to_vec(),
            holdout_salt: self.holdout_salt.expose().to_vec(),
            holdout: self.holdout.expose().to_vec(),
        }
    }
}

impl Member {
    /// What the researcher told, if its holdout is the one that the plan commits to.
    ///
    /// # Errors
    /// If it is not, or a field has another length.
    pub(crate) fn check_genesis(&self, genesis: v1::Genesis) -> Result<Genesis, MemberError> {
        let salt: [u8; 32] = decode::array("genesis.holdout_salt", &genesis.holdout_salt)?;
        let _: [u8; 32] = decode::array("genesis.model_seed", &genesis.model_seed)?;
        Holdout::open(genesis.holdout.clone(), salt, &self.plan.holdout_commitment, &self.plan.schema)?;
        Ok(Genesis {
            model_seed: Secret::new(genesis.model_seed),
            holdout_salt: Secret::new(genesis.holdout_salt),
            holdout: Secret::new(genesis.holdout),
        })
    }

    /// Where the study stands, for those who have just come in.
    ///
    /// # Errors
    /// If this member does not know it itself.
    pub(crate) fn handover(&self) -> Result<v1::Handover, MemberError> {
        let record = &self.vault.record;
        let genesis = record.genesis.as_ref().ok_or_else(|| self.damaged("its genesis"))?;
        let empty = v1::Handover {
            epoch: self.roster()?.epoch,
            genesis: Some(genesis.to_wire()),
            started: false,
            finished: 0,
            standardiser: Vec::new(),
            model_state: Vec::new(),
            answered: Vec::new(),
        };
        let (Some(finished), Some(model)) = (record.finished, &record.model) else { return Ok(empty) };
        let answered = record.releases.answered(&self.model_digest()?);
        Ok(v1::Handover {
            started: true,
            finished,
            standardiser: model.standardiser.clone(),
            model_state: model.state.clone(),
            answered: answered.iter().map(|set| v1::OnlineSet { owners: encode::owners(set) }).collect(),
            ..empty
        })
    }

    /// Takes over where the study stands. `settlements` are those on chain, in order.
    ///
    /// # Errors
    /// Saying what is not so; nothing is taken over then.
    pub(crate) async fn take_over(
        &mut self,
        connection: &Connection,
        settlements: &[Settlement],
        sender: OwnerId,
        handover: v1::Handover,
    ) -> Result<(), MemberError> {
        let checked = self.check_handover(settlements, sender, handover)?;
        let settled = match &checked.settlement {
            None => None,
            Some(settlement) => {
                let digest = Digest(settlement.transcript);
                let bytes = connection.artifact(digest, TRANSCRIPT_LIMIT).await?;
                Some(read_transcript(&bytes, settlement).map_err(|what| HandoverError { sender, what })?)
            }
        };
        let record = &mut self.vault.record;
        record.genesis = Some(checked.genesis);
        if let Some((finished, model)) = checked.model {
            record.releases.take_over(model.digest(), checked.answered);
            record.model = Some(model.to_record());
            record.finished = Some(finished);
        }
        if let Some(settled) = settled {
            record.payouts = settled.cumulative;
            record.previous = Some(settled.transcript);
            record.last_online = Some(settled.online);
        }
        record.awaits_handover = false;
        self.save()
    }

    fn check_handover(
        &self,
        settlements: &[Settlement],
        sender: OwnerId,
        handover: v1::Handover,
    ) -> Result<Checked, MemberError> {
        let wrong = |what: String| HandoverError { sender, what };
        let epoch = self.roster()?.epoch;
        if handover.epoch != epoch {
            return Err(wrong(format!("it is of epoch {}, this is epoch {epoch}", handover.epoch)).into());
        }
        let genesis = decode::required("handover.genesis", handover.genesis)?;
        let genesis = self.check_genesis(genesis)?;
        let answered = decode::online_sets("handover.answered", &handover.answered)?;
        // What was settled before this epoch: what came since is in the log, where the newcomer follows it.
        let last = settlements.iter().rev().find(|settlement| settlement.epoch < epoch);
        if !handover.started {
            let empty = handover.standardiser.is_empty() && handover.model_state.is_empty();
            if !empty || handover.finished != 0 || !answered.is_empty() {
                return Err(wrong("it tells of a model before the study has started".into()).into());
            }
            if let Some(last) = last {
                return Err(wrong(format!("round {} is settled on chain", last.round)).into());
            }
            return Ok(Checked { genesis, model: None, answered, settlement: None });
        }
        let finished = handover.finished;
        let on_chain = last.map_or(0, |settlement| settlement.round);
        if finished != on_chain {
            return Err(wrong(format!(
                "it says that round {finished} was the last one, the chain has round {on_chain}"
            ))
            .into());
        }
        let model = StudyModel {
            standardiser: Standardiser::from_bytes(&handover.standardiser)?,
            state: ModelState::decode(&handover.model_state)
                .map_err(|error| wrong(format!("its model can't be read: {error}")))?,
        };
        match last {
            Some(settlement) if Digest(settlement.model) != model.digest() => {
                return Err(wrong(format!(
                    "its model has digest {}, round {finished} was settled with {}",
                    model.digest(),
                    Digest(settlement.model)
                ))
                .into());
            }
            Some(_) => {}
            None => {
                let seed = genesis.model_seed.key().ok_or_else(|| self.damaged("its model seed"))?;
                let initial = self.code.initial(*seed);
                if model.state != initial {
                    return Err(wrong("its model is not the one that the seed gives".into()).into());
                }
            }
        }
        Ok(Checked { genesis, model: Some((finished, model)), answered, settlement: last.copied() })
    }
}

/// A handover that agrees with the chain.
struct Checked {
    genesis: Genesis,
    model: Option<(u64, StudyModel)>,
    answered: Vec<Vec<OwnerId>>,
    settlement: Option<Settlement>,
}

/// What stands in the transcript that a settlement names. The bytes are those of its digest.
fn read_transcript(bytes: &[u8], settlement: &Settlement) -> Result<Settled, String> {
    let transcript: RoundTranscript = serde_json::from_slice(bytes)
        .map_err(|error| format!("the transcript of round {} can't be read: {error}", settlement.round))?;
    let tree = PayoutTree::of(&transcript.cumulative, settlement.model_leaf());
    if tree.map_err(|error| error.to_string())?.root() != settlement.payouts_root {
        return Err(format!("the transcript of round {} has other payouts than the chain", settlement.round));
    }
    Ok(Settled {
        online: online_of(&transcript),
        transcript: Digest(settlement.transcript),
        cumulative: transcript.cumulative,
    })
}

/// Whose updates are in a round's sums.
pub(super) fn online_of(transcript: &RoundTranscript) -> BTreeSet<OwnerId> {
    transcript.groups.iter().flat_map(|group| group.online.iter().map(|online| online.owner)).collect()
}

#[cfg(test)]
#[path = "handover_tests.rs"]
mod tests;
