//! From wire to domain. Every function names the field that it refuses.

mod chain;
pub mod dataset;
mod roster;

use thiserror::Error;
use tributary_aggregation::header::{JoinHeader, ReportHeader, Signed};
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};

pub use chain::{ContractEvent, EventQuery, number, page};
pub use roster::{RosterChange, online_sets};

use crate::v1;

/// A message from the wire was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// A field of bytes has the wrong length.
    #[error("field {field}: must be {expected} bytes, got {got}")]
    Length {
        /// The field.
        field: &'static str,
        /// The length it must have.
        expected: usize,
        /// The length it has.
        got: usize,
    },
    /// A field that must be there is missing.
    #[error("field {field}: is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field is out of its range.
    #[error("field {field}: {reason}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What it must be.
        reason: &'static str,
    },
}

/// The longest sealed seed that is taken from the wire: pair seeds of a group of 1,024, sealed.
pub const MAX_SEALED: usize = 64 * 1024;

/// A field of exactly `N` bytes.
///
/// # Errors
/// If it has another length.
pub fn array<const N: usize>(field: &'static str, bytes: &[u8]) -> Result<[u8; N], DecodeError> {
    bytes.try_into().map_err(|_| DecodeError::Length { field, expected: N, got: bytes.len() })
}

/// A study id.
///
/// # Errors
/// If it is not 32 bytes.
pub fn study(bytes: &[u8]) -> Result<StudyId, DecodeError> {
    array("study", bytes).map(StudyId)
}

/// An address.
///
/// # Errors
/// If it is not 20 bytes.
pub fn owner(field: &'static str, bytes: &[u8]) -> Result<OwnerId, DecodeError> {
    array(field, bytes).map(OwnerId)
}

/// A digest.
///
/// # Errors
/// If it is not 32 bytes.
pub fn digest(field: &'static str, bytes: &[u8]) -> Result<Digest, DecodeError> {
    array(field, bytes).map(Digest)
}

/// Addresses that must be strictly ascending.
///
/// # Errors
/// If one is not 20 bytes, or the order is another.
pub fn ascending_owners(field: &'static str, owners: &[Vec<u8>]) -> Result<Vec<OwnerId>, DecodeError> {
    let owners = owners.iter().map(|bytes| owner(field, bytes)).collect::<Result<Vec<_>, _>>()?;
    if owners.windows(2).all(|pair| pair[0] < pair[1]) {
        Ok(owners)
    } else {
        Err(DecodeError::Invalid { field, reason: "must be strictly ascending" })
    }
}

/// A sub-message that must be there.
///
/// # Errors
/// If it is missing.
pub fn required<T>(field: &'static str, value: Option<T>) -> Result<T, DecodeError> {
    value.ok_or(DecodeError::Missing { field })
}

fn sealed(field: &'static str, bytes: Vec<u8>) -> Result<Vec<u8>, DecodeError> {
    if bytes.is_empty() || bytes.len() > MAX_SEALED {
        return Err(DecodeError::Invalid { field, reason: "must be from 1 to 65536 bytes" });
    }
    Ok(bytes)
}

impl TryFrom<v1::SignedJoin> for Signed<JoinHeader> {
    type Error = DecodeError;

    fn try_from(wire: v1::SignedJoin) -> Result<Self, Self::Error> {
        Ok(Self {
            header: JoinHeader {
                context0: digest("join.context0", &wire.context0)?,
                owner: owner("join.owner", &wire.owner)?,
                sealed_pair: sealed("join.sealed_pair", wire.sealed_pair)?,
            },
            signature: array("join.signature", &wire.signature)?,
        })
    }
}

impl TryFrom<v1::SignedReport> for Signed<ReportHeader> {
    type Error = DecodeError;

    fn try_from(wire: v1::SignedReport) -> Result<Self, Self::Error> {
        Ok(Self {
            header: ReportHeader {
                context: digest("report.context", &wire.context)?,
                owner: owner("report.owner", &wire.owner)?,
                sealed_self: sealed("report.sealed_self", wire.sealed_self)?,
                update: digest("report.update", &wire.update)?,
            },
            signature: array("report.signature", &wire.signature)?,
        })
    }
}

/// A group of owners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Index within the round.
    pub index: u16,
    /// Ascending.
    pub owners: Vec<OwnerId>,
}

/// Groups that must be numbered from 0 on.
///
/// # Errors
/// If they are not, or an address is wrong.
pub fn groups(field: &'static str, wire: &[v1::Group]) -> Result<Vec<Group>, DecodeError> {
    wire.iter()
        .enumerate()
        .map(|(position, group)| {
            Ok(Group {
                index: numbered(field, position, group.index)?,
                owners: ascending_owners(field, &group.owners)?,
            })
        })
        .collect()
}

/// The index of something that must be numbered from 0 on.
///
/// # Errors
/// If `index` is not `position`.
pub fn numbered(field: &'static str, position: usize, index: u32) -> Result<u16, DecodeError> {
    match u16::try_from(index) {
        Ok(number) if usize::from(number) == position => Ok(number),
        _ => Err(DecodeError::Invalid { field, reason: "must be numbered from 0 on, in order" }),
    }
}

/// A group's cut, its headers not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Index of the group.
    pub group: u16,
    /// The group's context.
    pub context: Digest,
    /// Reports of those online, by ascending owner.
    pub online: Vec<Signed<ReportHeader>>,
    /// Joins of those offline, by ascending owner.
    pub offline: Vec<Signed<JoinHeader>>,
}

impl TryFrom<v1::Cut> for Cut {
    type Error = DecodeError;

    fn try_from(wire: v1::Cut) -> Result<Self, Self::Error> {
        let group = u16::try_from(wire.group)
            .map_err(|_| DecodeError::Invalid { field: "cut.group", reason: "must be below 65536" })?;
        let online: Vec<Signed<ReportHeader>> =
            wire.online.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
        let offline: Vec<Signed<JoinHeader>> =
            wire.offline.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
        let ascending = online.windows(2).all(|pair| pair[0].header.owner < pair[1].header.owner)
            && offline.windows(2).all(|pair| pair[0].header.owner < pair[1].header.owner);
        if !ascending {
            return Err(DecodeError::Invalid { field: "cut.owners", reason: "must be strictly ascending" });
        }
        Ok(Self { group, context: digest("cut.context", &wire.context)?, online, offline })
    }
}

/// A published sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedSum {
    /// Index of the group.
    pub group: u16,
    /// The group's context.
    pub context: Digest,
    /// Who joined, ascending.
    pub roster: Vec<OwnerId>,
    /// Whose updates are in the sum, ascending.
    pub online: Vec<OwnerId>,
    /// SHA-256 of the artifact.
    pub sum: Digest,
    /// Digest of the certified cut.
    pub cut: Digest,
    /// The committee's signature on the cut.
    pub certificate: [u8; 96],
}

impl TryFrom<v1::PublishedSum> for PublishedSum {
    type Error = DecodeError;

    fn try_from(wire: v1::PublishedSum) -> Result<Self, Self::Error> {
        let group = u16::try_from(wire.group)
            .map_err(|_| DecodeError::Invalid { field: "sum.group", reason: "must be below 65536" })?;
        Ok(Self {
            group,
            context: digest("sum.context", &wire.context)?,
            roster: ascending_owners("sum.roster", &wire.roster)?,
            online: ascending_owners("sum.online", &wire.online)?,
            sum: digest("sum.sum", &wire.sum)?,
            cut: digest("sum.cut", &wire.cut)?,
            certificate: array("sum.certificate", &wire.certificate)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn report()(context: [u8; 32], owner: [u8; 20], sealed_self in prop::collection::vec(any::<u8>(), 1..300),
            update: [u8; 32], low: [u8; 32], high: [u8; 32]) -> Signed<ReportHeader> {
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(&low);
            signature[32..].copy_from_slice(&high);
            let header = ReportHeader { context: Digest(context), owner: OwnerId(owner), sealed_self, update: Digest(update) };
            Signed { header, signature }
        }
    }

    proptest! {
        #[test]
        fn reports_survive_the_wire(report in report()) {
            let wire = v1::SignedReport::from(report.clone());
            prop_assert_eq!(Signed::<ReportHeader>::try_from(wire), Ok(report));
        }

        #[test]
        fn a_field_of_wrong_length_is_refused_by_name(report in report(), field in 0usize..4, extra: bool) {
            let mut wire = v1::SignedReport::from(report);
            let (name, bytes) = match field {
                0 => ("report.context", &mut wire.context),
                1 => ("report.owner", &mut wire.owner),
                2 => ("report.update", &mut wire.update),
                _ => ("report.signature", &mut wire.signature),
            };
            if extra { bytes.push(0) } else { bytes.pop(); }
            match Signed::<ReportHeader>::try_from(wire) {
                Err(DecodeError::Length { field, .. }) => prop_assert_eq!(field, name),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    #[test]
    fn owners_must_ascend() {
        let twice = [vec![1; 20], vec![1; 20]];
        assert!(matches!(ascending_owners("online", &twice), Err(DecodeError::Invalid { .. })));
        let descending = [vec![2; 20], vec![1; 20]];
        assert!(ascending_owners("online", &descending).is_err());
        assert!(ascending_owners("online", &[vec![1; 20], vec![2; 20]]).is_ok());
    }

    #[test]
    fn an_empty_or_oversized_sealed_seed_is_refused() {
        let join = |sealed_pair: Vec<u8>| v1::SignedJoin {
            context0: vec![0; 32],
            owner: vec![0; 20],
            sealed_pair,
            signature: vec![0; 64],
        };
        assert!(Signed::<JoinHeader>::try_from(join(vec![])).is_err());
        assert!(Signed::<JoinHeader>::try_from(join(vec![0; MAX_SEALED + 1])).is_err());
        assert!(Signed::<JoinHeader>::try_from(join(vec![0; 300])).is_ok());
    }
}
