//! The content of a member's vault for one study.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use tributary_aggregation::committee::Ledger as ReleaseLedger;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::scoring::Ledger as PayoutLedger;
use zeroize::Zeroizing;

use super::epoch::{CommitRecord, FormingRecord, RosterRecord};
use super::secret::{Secret, decode, encode};

const VERSION: u8 = 5;

/// Everything that a member remembers of one study.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// How often the record was saved: an older copy of the vault has a lower one.
    pub generation: u64,
    /// The study.
    pub study: StudyId,
    /// The member's keys.
    pub keys: KeysRecord,
    /// The MLS library's storage.
    pub mls: Vec<(Secret, Secret)>,
    /// The event up to which everything has been dealt with.
    pub after_seq: u64,
    /// The event up to which MLS messages were taken in: they can be decrypted only once.
    pub mls_seq: u64,
    /// What the study starts from.
    pub genesis: Option<Genesis>,
    /// The owners of the present epoch.
    pub roster: Option<RosterRecord>,
    /// A change of the group that this member has handed in.
    pub commit: Option<CommitRecord>,
    /// Whether this member owes those whom it has added a handover.
    pub owes_handover: bool,
    /// Whether this member came in mid-study and has not been told yet where it stands: it takes part in no round.
    pub awaits_handover: bool,
    /// The key generation in hand.
    pub forming: Option<FormingRecord>,
    /// The committee's key and this member's share of it.
    pub committee: Option<CommitteeRecord>,
    /// The last finished round: 0 once the statistics are there, then the last settled one.
    pub finished: Option<u64>,
    /// The model as of the last finished round.
    pub model: Option<ModelRecord>,
    /// What the round in hand leads to, once its sums are open.
    pub pending: Option<PendingRound>,
    /// What was released, and to which beacons a share was given.
    pub releases: ReleaseLedger,
    /// Per round, the transcript for whose settlement a share was given.
    pub settlements: BTreeMap<u64, Digest>,
    /// What all rounds so far have paid.
    pub payouts: PayoutLedger,
    /// Transcript of the last settled round.
    pub previous: Option<Digest>,
    /// Whose updates are in that round's sums; none before the first.
    pub last_online: Option<BTreeSet<OwnerId>>,
    /// The groups whose sums were beyond the clip: the context, and who was in the sum.
    pub beyond_clip: Vec<(Digest, Vec<OwnerId>)>,
    /// The highest round that was announced.
    pub announced: u64,
    /// The report of the round in hand, to be sent again as it was.
    pub report: Option<ReportRecord>,
    /// This owner's control variate, in a study that has them.
    pub control: ControlRecord,
    /// The epochs and rounds that a report was made in, where the plan protects its owner.
    pub reported: BTreeSet<(u64, u64)>,
}

/// A member's keys for one study.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeysRecord {
    /// The wallet's address.
    pub owner: OwnerId,
    /// Ed25519 secret key of MLS and of headers.
    pub mls: Secret,
    /// X25519 secret for pair seeds.
    pub mask: Secret,
    /// X25519 secret for what is sealed to this member.
    pub seal: Secret,
    /// The wallet's EIP-712 signature over the MLS key.
    pub wallet_signature: Vec<u8>,
}

/// What the researcher told all members at the start.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Genesis {
    /// Initial weights are drawn from it.
    pub model_seed: Secret,
    /// Salt of the holdout's commitment.
    pub holdout_salt: Secret,
    /// The holdout, CSV.
    pub holdout: Secret,
}

/// The committee of one epoch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommitteeRecord {
    /// The MLS epoch.
    pub epoch: u64,
    /// The members in the order of their share indices.
    pub members: Vec<OwnerId>,
    /// The public key: a compressed G1 point.
    pub public_key: Vec<u8>,
    /// The public key set, compressed G1 points.
    pub key: Vec<u8>,
    /// This member's share; none for the researcher, and for an owner that is not in this epoch's committee.
    pub share: Option<Secret>,
}

/// A model state with the statistics that its inputs are standardised by.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// The standardiser's encoding.
    pub standardiser: Vec<u8>,
    /// The model state's encoding.
    pub state: Vec<u8>,
}

/// The members' model does not belong in logs.
impl fmt::Debug for ModelRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelRecord").finish_non_exhaustive()
    }
}

/// Where a round leads, once settled.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PendingRound {
    /// The round.
    pub round: u64,
    /// The attempt.
    pub attempt: u32,
    /// Digest of the model that the round started from.
    pub before: Digest,
    /// The model after it.
    pub model: ModelRecord,
    /// The coalitions' utilities, in millionths; empty for the statistics round.
    pub utilities: Vec<i64>,
    /// Per group: the context, and the digest of the sealed sum that was opened.
    pub sums: Vec<(Digest, Digest)>,
}

/// A report as it was sent. The masked update lies beside the vault, named after its digest: it is no secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReportRecord {
    /// The context.
    pub context: Digest,
    /// The sealed self seed.
    pub sealed_self: Vec<u8>,
    /// SHA-256 of the packed masked update.
    pub update: Digest,
    /// Ed25519 signature of the header.
    pub signature: Vec<u8>,
}

/// An owner's control variate (SCAFFOLD), as `f32`, little-endian: it tells the owner's gradient.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ControlRecord {
    /// As of the last settled round that this owner's update was in; none is zero.
    pub own: Option<Secret>,
    /// What it becomes if the report of this context is in a settled sum.
    pub next: Option<(Digest, Secret)>,
}

impl Record {
    /// A record with nothing in it but keys.
    #[must_use]
    pub fn new(study: StudyId, keys: KeysRecord) -> Self {
        Self {
            generation: 0,
            study,
            keys,
            mls: Vec::new(),
            after_seq: 0,
            mls_seq: 0,
            genesis: None,
            roster: None,
            commit: None,
            owes_handover: false,
            awaits_handover: false,
            forming: None,
            committee: None,
            finished: None,
            model: None,
            pending: None,
            releases: ReleaseLedger::new(),
            settlements: BTreeMap::new(),
            payouts: PayoutLedger::default(),
            previous: None,
            last_online: None,
            beyond_clip: Vec::new(),
            announced: 0,
            report: None,
            control: ControlRecord::default(),
            reported: BTreeSet::new(),
        }
    }

    /// The encoding: a version byte, then postcard.
    ///
    /// # Errors
    /// If it can't be encoded.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        encode(&[VERSION], self).map_err(|error| error.to_string())
    }

    /// Reads a record.
    ///
    /// # Errors
    /// If the bytes are not exactly one record of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        match bytes.split_first() {
            Some((&VERSION, body)) => decode(body).map_err(|error| error.to_string()),
            Some((version, _)) => {
                Err(format!("it has version {version}, this program reads version {VERSION}"))
            }
            None => Err("it is empty".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let keys = KeysRecord {
            owner: OwnerId([1; 20]),
            mls: Secret::new(vec![2; 32]),
            mask: Secret::new(vec![4; 32]),
            seal: Secret::new(vec![5; 32]),
            wallet_signature: vec![6; 65],
        };
        let mut record = Record::new(StudyId([7; 32]), keys);
        record.mls.push((Secret::new(vec![1]), Secret::new(vec![2, 3])));
        record.settlements.insert(3, Digest([8; 32]));
        record.payouts.credit(OwnerId([1; 20]), u128::MAX).unwrap();
        record
    }

    #[test]
    fn a_record_comes_back_and_nothing_else_is_read_as_one() {
        let bytes = record().to_bytes().unwrap();
        let again = Record::from_bytes(&bytes).unwrap();
        assert_eq!(again.to_bytes().unwrap(), bytes);
        assert_eq!(again.payouts.total(), u128::MAX);
        assert!(Record::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        assert!(Record::from_bytes(&[bytes.as_slice(), &[0]].concat()).is_err());
        assert!(Record::from_bytes(&[]).is_err());
    }

    #[test]
    fn secrets_are_not_printed() {
        let secret = || Secret::new(vec![173; 32]);
        let mut record = record();
        record.keys.mls = secret();
        record.keys.mask = secret();
        record.keys.seal = secret();
        record.mls = vec![(secret(), secret())];
        record.genesis = Some(Genesis { model_seed: secret(), holdout_salt: secret(), holdout: secret() });
        record.model = Some(ModelRecord { standardiser: vec![173; 8], state: vec![173; 8] });
        record.control = ControlRecord { own: Some(secret()), next: Some((Digest([8; 32]), secret())) };
        let (members, public_key) = (vec![OwnerId([1; 20])], vec![3; 48]);
        record.committee =
            Some(CommitteeRecord { epoch: 1, members, public_key, key: Vec::new(), share: Some(secret()) });
        for text in [format!("{record:?}"), format!("{record:#?}")] {
            assert!(!text.contains("173") && !text.to_lowercase().contains("adad"), "{text}");
        }
    }
}
