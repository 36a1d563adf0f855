//! The committee as a study keeps it.

use serde::{Deserialize, Serialize};
use tributary_aggregation::committee::CommitteeKey;
use tributary_aggregation::ids::OwnerId;

use super::blob::Blob;

/// The committee's key and members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Record", into = "Record")]
pub struct Committee {
    /// The MLS epoch that it belongs to.
    pub epoch: u64,
    /// By index of their shares.
    pub members: Vec<OwnerId>,
    /// The public key, with which shares are checked.
    pub key: CommitteeKey,
}

#[derive(Serialize, Deserialize)]
struct Record {
    epoch: u64,
    members: Vec<OwnerId>,
    key: Blob,
}

impl From<Committee> for Record {
    fn from(committee: Committee) -> Self {
        Self { epoch: committee.epoch, members: committee.members, key: committee.key.to_bytes().into() }
    }
}

impl TryFrom<Record> for Committee {
    type Error = String;

    fn try_from(record: Record) -> Result<Self, String> {
        Self::new(record.epoch, record.members, &record.key.0)
    }
}

impl Committee {
    /// Reads the key for so many members.
    ///
    /// # Errors
    /// If there can't be such a committee, a member is listed twice, or the key is not one of it.
    pub fn new(epoch: u64, members: Vec<OwnerId>, key: &[u8]) -> Result<Self, String> {
        let distinct: std::collections::BTreeSet<_> = members.iter().collect();
        if distinct.len() != members.len() {
            return Err("a member is listed twice".into());
        }
        let key = CommitteeKey::of_members(members.len(), key).map_err(|error| error.to_string())?;
        Ok(Self { epoch, members, key })
    }

    /// Shares that sign or open.
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.key.params().quorum()
    }

    /// The index of an owner's share.
    #[must_use]
    pub fn index(&self, owner: &OwnerId) -> Option<u64> {
        self.members.iter().position(|member| member == owner).map(|index| index as u64)
    }

    /// The members with these indices.
    #[must_use]
    pub fn at(&self, indices: impl IntoIterator<Item = u64>) -> Vec<OwnerId> {
        let member =
            |index| usize::try_from(index).ok().and_then(|index: usize| self.members.get(index)).copied();
        indices.into_iter().filter_map(member).collect()
    }
}
