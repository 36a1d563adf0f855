//! The messages that stand for something of the domain come back from it as the same bytes.

use prost::Message;
use tributary_aggregation::header::{JoinHeader, ReportHeader, Signed};
use tributary_proto::decode::{Cut, DecodeError, PublishedSum};
use tributary_proto::v1;

use super::KnownAnswers;

/// Decodes the vector to a `D`, by way of the wire's `M`, and encodes it again.
fn round_trip<M, D>(name: &str)
where
    M: Message + Default + From<D>,
    D: TryFrom<M, Error = DecodeError>,
{
    let bytes = KnownAnswers::read().bytes(name);
    let domain = D::try_from(M::decode(bytes.as_slice()).unwrap()).unwrap();
    assert_eq!(M::from(domain).encode_to_vec(), bytes, "{name}");
}

#[test]
fn signed_headers_and_cuts() {
    round_trip::<v1::SignedJoin, Signed<JoinHeader>>("SignedJoin");
    round_trip::<v1::SignedReport, Signed<ReportHeader>>("SignedReport");
    round_trip::<v1::Cut, Cut>("Cut");
}

#[test]
fn sums() {
    round_trip::<v1::PublishedSum, PublishedSum>("PublishedSum");
}
