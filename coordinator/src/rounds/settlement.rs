//! The settlement of a round: its transcript, and what the committee signs and the chain stores of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tributary_aggregation::committee::Certificate;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::scoring::Ledger;
use tributary_aggregation::transcript::{
    GroupRecord, PublicView, RoundParts, SettlementFields, Standing, build,
};

use tributary_contracts::typed_data::{Domain, settlement_digest};

use super::base::{Attempt, Base};
use super::blob::Blob;
use super::command::Evaluation;

/// A settlement that is proposed to the members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The transcript: JSON, to the byte.
    pub transcript: String,
    /// Its SHA-256.
    pub transcript_digest: Digest,
    /// What goes on chain.
    pub settlement: Settlement,
    /// The EIP-712 digest that the committee signs.
    pub digest: Digest,
    /// The model after the round.
    pub model_after: Digest,
    /// What each owner is owed after the round.
    pub cumulative: Ledger,
    /// The utility of all groups together, in millionths of the metric.
    pub utility: i64,
}

/// The contract's `Settlement` and the key that signs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// The committee's epoch.
    pub epoch: u64,
    /// The round.
    pub round: u64,
    /// Digest of all groups' contexts.
    pub context: Digest,
    /// Digest of all groups' sealed sums' digests.
    pub sums: Digest,
    /// Digest of utilities and scores.
    pub scores: Digest,
    /// The model after the round.
    pub model: Digest,
    /// SHA-256 of the transcript.
    pub transcript: Digest,
    /// Root of the tree of cumulative payouts and the model.
    pub payouts_root: Digest,
    /// Sum of all payouts so far.
    #[serde(with = "decimal")]
    pub cumulative_payout: u128,
    /// EIP-2537 encoding of the committee's key: 128 bytes.
    pub key: Blob,
}

/// Writes the round's transcript and what follows from it.
///
/// # Errors
/// In words, if no member would accept the transcript.
pub fn propose(
    base: &Base,
    at: Attempt,
    candidates: Vec<OwnerId>,
    beacon: &Blob,
    groups: Vec<GroupRecord>,
    evaluation: Evaluation,
) -> Result<Proposal, String> {
    let committee = base.committee.as_ref().ok_or("there is no committee")?;
    let Evaluation { utilities, model_before, model_after } = evaluation;
    let parts = RoundParts {
        round: at.round,
        aborted: base.aborted.clone(),
        candidates,
        beacon: Certificate::from_bytes(&beacon.0).map_err(|error| error.to_string())?,
        groups,
        model_before,
        model_after,
        utilities,
    };
    let owners: BTreeSet<OwnerId> = base.owners.keys().copied().collect();
    let key = committee.key.public_key();
    let standing = Standing {
        round: base.history.last_round,
        transcript: base.history.transcript,
        model: base.history.model,
        cumulative: base.history.cumulative.clone(),
    };
    let view = PublicView {
        study: base.facts.study,
        plan: &base.facts.plan,
        plan_digest: base.facts.plan_digest(),
        owners: &owners,
        ever: &base.ever,
        epoch: committee.epoch,
        committee_key: &key,
        standing: &standing,
    };
    let verified = build(&view, parts).map_err(|error| error.to_string())?;
    let key = key.to_eip2537().map_err(|error| error.to_string())?;
    let settlement = on_chain(verified.settlement(), &key)?;
    let domain = Domain { chain_id: base.facts.chain.chain_id, escrow: base.facts.chain.escrow.0 };
    let digest = Digest(settlement_digest(&domain, &settlement.contract(base.facts.study)));
    Ok(Proposal {
        transcript: String::from_utf8(verified.bytes().to_vec()).map_err(|error| error.to_string())?,
        transcript_digest: verified.digest(),
        settlement,
        digest,
        model_after,
        cumulative: verified.transcript().cumulative.clone(),
        utility: verified.transcript().utilities.last().copied().unwrap_or_default(),
    })
}

fn on_chain(fields: &SettlementFields, key: &[u8; 128]) -> Result<Settlement, String> {
    let settlement = tributary_contracts::Settlement::of(fields).map_err(|error| error.to_string())?;
    Ok(Settlement {
        epoch: settlement.epoch,
        round: settlement.round,
        context: Digest(settlement.context),
        sums: Digest(settlement.sums),
        scores: Digest(settlement.scores),
        model: Digest(settlement.model),
        transcript: Digest(settlement.transcript),
        payouts_root: Digest(settlement.payouts_root),
        cumulative_payout: settlement.cumulative_payout,
        key: key[..].into(),
    })
}

impl Settlement {
    /// As the contract takes it.
    #[must_use]
    pub fn contract(&self, study: StudyId) -> tributary_contracts::Settlement {
        tributary_contracts::Settlement {
            study: study.0,
            epoch: self.epoch,
            round: self.round,
            context: self.context.0,
            sums: self.sums.0,
            scores: self.scores.0,
            model: self.model.0,
            transcript: self.transcript.0,
            payouts_root: self.payouts_root.0,
            cumulative_payout: self.cumulative_payout,
        }
    }
}

mod decimal {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(amount: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(amount)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
