//! From domain to wire.

use tributary_aggregation::header::{JoinHeader, ReportHeader, Signed};
use tributary_aggregation::ids::OwnerId;

use crate::decode::{Cut, Group, PublishedSum};
use crate::v1;

/// Addresses as they travel.
#[must_use]
pub fn owners(owners: &[OwnerId]) -> Vec<Vec<u8>> {
    owners.iter().map(|owner| owner.0.to_vec()).collect()
}

impl From<Signed<JoinHeader>> for v1::SignedJoin {
    fn from(signed: Signed<JoinHeader>) -> Self {
        Self {
            context0: signed.header.context0.0.to_vec(),
            owner: signed.header.owner.0.to_vec(),
            sealed_pair: signed.header.sealed_pair,
            signature: signed.signature.to_vec(),
        }
    }
}

impl From<Signed<ReportHeader>> for v1::SignedReport {
    fn from(signed: Signed<ReportHeader>) -> Self {
        Self {
            context: signed.header.context.0.to_vec(),
            owner: signed.header.owner.0.to_vec(),
            sealed_self: signed.header.sealed_self,
            update: signed.header.update.0.to_vec(),
            signature: signed.signature.to_vec(),
        }
    }
}

impl From<Group> for v1::Group {
    fn from(group: Group) -> Self {
        Self { index: group.index.into(), owners: owners(&group.owners) }
    }
}

impl From<Cut> for v1::Cut {
    fn from(cut: Cut) -> Self {
        Self {
            group: cut.group.into(),
            context: cut.context.0.to_vec(),
            online: cut.online.into_iter().map(Into::into).collect(),
            offline: cut.offline.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<PublishedSum> for v1::PublishedSum {
    fn from(sum: PublishedSum) -> Self {
        Self {
            group: sum.group.into(),
            context: sum.context.0.to_vec(),
            roster: owners(&sum.roster),
            online: owners(&sum.online),
            sum: sum.sum.0.to_vec(),
            cut: sum.cut.0.to_vec(),
            certificate: sum.certificate.to_vec(),
        }
    }
}
