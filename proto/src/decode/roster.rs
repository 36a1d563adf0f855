//! Roster changes in mid-study.

use tributary_aggregation::ids::OwnerId;

use super::{DecodeError, ascending_owners, owner};
use crate::v1;

/// What the group's next commit is to do. Not yet checked against the chain. It may do nothing but begin an epoch: a
/// roster that somebody sealed stays so until a committee is registered for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterChange {
    /// The epoch that the commit ends.
    pub epoch: u64,
    /// Who is to make the commit.
    pub committer: OwnerId,
    /// Who comes in, by strictly ascending owner, each with an MLS key package.
    pub added: Vec<(OwnerId, Vec<u8>)>,
    /// Whose leaf goes out, strictly ascending.
    pub removed: Vec<OwnerId>,
}

impl TryFrom<v1::RosterChanging> for RosterChange {
    type Error = DecodeError;

    fn try_from(wire: v1::RosterChanging) -> Result<Self, Self::Error> {
        let added = wire
            .added
            .into_iter()
            .map(|enrolled| Ok((owner("roster.added", &enrolled.owner)?, enrolled.key_package)))
            .collect::<Result<Vec<_>, DecodeError>>()?;
        if !added.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            return Err(DecodeError::Invalid { field: "roster.added", reason: "must be strictly ascending" });
        }
        let removed = ascending_owners("roster.removed", &wire.removed)?;
        Ok(Self { epoch: wire.epoch, committer: owner("roster.committer", &wire.committer)?, added, removed })
    }
}

/// Sets of owners, each strictly ascending: the online sets that a handover tells of.
///
/// # Errors
/// If an address is wrong or an order is another.
pub fn online_sets(field: &'static str, wire: &[v1::OnlineSet]) -> Result<Vec<Vec<OwnerId>>, DecodeError> {
    wire.iter().map(|set| ascending_owners(field, &set.owners)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(added: &[u8], removed: &[u8]) -> Result<RosterChange, DecodeError> {
        let enrolled = |byte: &u8| v1::Enrolled { owner: vec![*byte; 20], key_package: vec![1] };
        v1::RosterChanging {
            epoch: 1,
            committer: vec![9; 20],
            added: added.iter().map(enrolled).collect(),
            removed: removed.iter().map(|byte| vec![*byte; 20]).collect(),
        }
        .try_into()
    }

    #[test]
    fn a_change_lists_nobody_twice() {
        let both = change(&[1, 2], &[2, 3]).unwrap();
        assert_eq!(both.added.len(), 2);
        assert_eq!(both.removed, [OwnerId([2; 20]), OwnerId([3; 20])]);
        assert!(change(&[], &[1]).is_ok());
        assert!(change(&[], &[]).is_ok());
        for (added, removed) in [(&[1, 1][..], &[][..]), (&[2, 1], &[]), (&[], &[1, 1]), (&[], &[2, 1])] {
            assert!(matches!(change(added, removed), Err(DecodeError::Invalid { .. })));
        }
    }

    #[test]
    fn online_sets_ascend() {
        let set = |bytes: &[u8]| v1::OnlineSet { owners: bytes.iter().map(|byte| vec![*byte; 20]).collect() };
        assert_eq!(online_sets("answered", &[set(&[1, 2]), set(&[])]).unwrap()[0].len(), 2);
        assert!(online_sets("answered", &[set(&[2, 1])]).is_err());
    }
}
