//! Signed headers as a study keeps them.

use serde::{Deserialize, Serialize};
use tributary_aggregation::header::{JoinHeader, ReportHeader, Signed};
use tributary_aggregation::ids::{Digest, OwnerId};

use super::blob::Blob;

/// A join whose signature and seal were verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    owner: OwnerId,
    /// `context₀`.
    pub context0: Digest,
    /// The owner's sealed pair seeds.
    pub sealed_pair: Blob,
    #[serde(with = "hex")]
    signature: [u8; 64],
}

/// A report whose signature and seal were verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    owner: OwnerId,
    context: Digest,
    /// The owner's sealed self seed.
    pub sealed_self: Blob,
    /// SHA-256 of the packed masked update.
    pub update: Digest,
    #[serde(with = "hex")]
    signature: [u8; 64],
}

impl From<Signed<JoinHeader>> for Join {
    fn from(signed: Signed<JoinHeader>) -> Self {
        let Signed { header: JoinHeader { context0, owner, sealed_pair }, signature } = signed;
        Self { owner, context0, sealed_pair: sealed_pair.into(), signature }
    }
}

impl From<&Join> for Signed<JoinHeader> {
    fn from(join: &Join) -> Self {
        let Join { owner, context0, sealed_pair, signature } = join.clone();
        Self { header: JoinHeader { context0, owner, sealed_pair: sealed_pair.0 }, signature }
    }
}

impl From<Signed<ReportHeader>> for Report {
    fn from(signed: Signed<ReportHeader>) -> Self {
        let Signed { header: ReportHeader { context, owner, sealed_self, update }, signature } = signed;
        Self { owner, context, sealed_self: sealed_self.into(), update, signature }
    }
}

impl From<&Report> for Signed<ReportHeader> {
    fn from(report: &Report) -> Self {
        let Report { owner, context, sealed_self, update, signature } = report.clone();
        Self { header: ReportHeader { context, owner, sealed_self: sealed_self.0, update }, signature }
    }
}
