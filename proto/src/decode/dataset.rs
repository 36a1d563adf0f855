//! What owners ask for with their datasets. Signatures are not checked here.

use super::{DecodeError, array, study};
use crate::v1;

/// The longest URI that the registry takes, in bytes.
pub const MAX_URI: usize = 200;
/// The most open purposes of one erasure that are relayed; more are revoked one by one first.
pub const MAX_OPEN: usize = 64;

/// A listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Salted commitment to the description; not zero.
    pub commitment: [u8; 32],
    /// Where the sealed description is.
    pub uri: String,
    /// In the token's smallest unit.
    pub price: u128,
    /// The owner's counter.
    pub nonce: u64,
    /// EIP-712 `List`.
    pub signature: [u8; 65],
}

/// A consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The dataset, from 1.
    pub dataset: u64,
    /// The study.
    pub study: [u8; 32],
    /// Last second; not 0.
    pub until: u64,
    /// The consent's counter.
    pub nonce: u64,
    /// EIP-712 `Consent`.
    pub signature: [u8; 65],
}

/// A revocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The dataset, from 1.
    pub dataset: u64,
    /// The study.
    pub study: [u8; 32],
    /// The consent's counter.
    pub nonce: u64,
    /// EIP-712 `Revoke`.
    pub signature: [u8; 65],
}

/// An erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The dataset, from 1.
    pub dataset: u64,
    /// Salted commitment to the receipt; not zero.
    pub receipt: [u8; 32],
    /// Escrow and study of each consent that is not revoked.
    pub open: Vec<([u8; 20], [u8; 32])>,
    /// The owner's counter.
    pub nonce: u64,
    /// EIP-712 `Erase`.
    pub signature: [u8; 65],
}

fn dataset(number: u64) -> Result<u64, DecodeError> {
    if number == 0 {
        return Err(DecodeError::Invalid { field: "dataset", reason: "must be a number from 1" });
    }
    Ok(number)
}

/// A digest that stands for something.
fn not_zero(field: &'static str, bytes: &[u8]) -> Result<[u8; 32], DecodeError> {
    let digest: [u8; 32] = array(field, bytes)?;
    if digest == [0; 32] {
        return Err(DecodeError::Invalid { field, reason: "must not be zero" });
    }
    Ok(digest)
}

impl TryFrom<v1::ListDatasetRequest> for Listing {
    type Error = DecodeError;

    fn try_from(wire: v1::ListDatasetRequest) -> Result<Self, Self::Error> {
        if wire.uri.is_empty() || wire.uri.len() > MAX_URI {
            return Err(DecodeError::Invalid { field: "uri", reason: "must be from 1 to 200 bytes" });
        }
        let price = wire.price.parse::<u128>().ok().filter(|price| price.to_string() == wire.price);
        Ok(Self {
            commitment: not_zero("commitment", &wire.commitment)?,
            uri: wire.uri,
            price: price.ok_or(DecodeError::Invalid {
                field: "price",
                reason: "must be a decimal number below 2^128",
            })?,
            nonce: wire.nonce,
            signature: array("signature", &wire.signature)?,
        })
    }
}

impl TryFrom<v1::GrantConsentRequest> for Consent {
    type Error = DecodeError;

    fn try_from(wire: v1::GrantConsentRequest) -> Result<Self, Self::Error> {
        if wire.until == 0 {
            return Err(DecodeError::Invalid { field: "until", reason: "must be a time" });
        }
        Ok(Self {
            dataset: dataset(wire.dataset)?,
            study: study(&wire.study)?.0,
            until: wire.until,
            nonce: wire.nonce,
            signature: array("signature", &wire.signature)?,
        })
    }
}

impl TryFrom<v1::RevokeConsentRequest> for Revocation {
    type Error = DecodeError;

    fn try_from(wire: v1::RevokeConsentRequest) -> Result<Self, Self::Error> {
        Ok(Self {
            dataset: dataset(wire.dataset)?,
            study: study(&wire.study)?.0,
            nonce: wire.nonce,
            signature: array("signature", &wire.signature)?,
        })
    }
}

impl TryFrom<v1::EraseDatasetRequest> for Erasure {
    type Error = DecodeError;

    fn try_from(wire: v1::EraseDatasetRequest) -> Result<Self, Self::Error> {
        if wire.open.len() > MAX_OPEN {
            let reason = "must be at most 64: revoke some of the consents first";
            return Err(DecodeError::Invalid { field: "open", reason });
        }
        let purpose = |purpose: &v1::Purpose| {
            Ok((array("open.escrow", &purpose.escrow)?, array("open.study", &purpose.study)?))
        };
        Ok(Self {
            dataset: dataset(wire.dataset)?,
            receipt: not_zero("receipt", &wire.receipt)?,
            open: wire.open.iter().map(purpose).collect::<Result<_, DecodeError>>()?,
            nonce: wire.nonce,
            signature: array("signature", &wire.signature)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing() -> v1::ListDatasetRequest {
        v1::ListDatasetRequest {
            commitment: vec![1; 32],
            uri: "ipfs://bafkrei".into(),
            price: "10".into(),
            nonce: 0,
            signature: vec![2; 65],
        }
    }

    fn erasure() -> v1::EraseDatasetRequest {
        let open = vec![v1::Purpose { escrow: vec![3; 20], study: vec![4; 32] }];
        v1::EraseDatasetRequest { dataset: 1, receipt: vec![1; 32], open, nonce: 0, signature: vec![2; 65] }
    }

    fn field<T: std::fmt::Debug>(result: Result<T, DecodeError>) -> &'static str {
        match result.unwrap_err() {
            DecodeError::Length { field, .. }
            | DecodeError::Missing { field }
            | DecodeError::Invalid { field, .. } => field,
        }
    }

    #[test]
    fn a_listing_is_decoded_strictly() {
        assert_eq!(Listing::try_from(listing()).unwrap().price, 10);
        let most = v1::ListDatasetRequest { price: u128::MAX.to_string(), ..listing() };
        assert_eq!(Listing::try_from(most).unwrap().price, u128::MAX);
        for price in ["", "-1", "+1", "01", "1.0", "0x1", "340282366920938463463374607431768211456"] {
            let bad = v1::ListDatasetRequest { price: price.into(), ..listing() };
            assert_eq!(field(Listing::try_from(bad)), "price", "{price}");
        }
        type Change = fn(&mut v1::ListDatasetRequest);
        let change: [(&str, Change); 5] = [
            ("commitment", |it| it.commitment = vec![0; 32]),
            ("commitment", |it| it.commitment.push(1)),
            ("uri", |it| it.uri.clear()),
            ("uri", |it| it.uri = "x".repeat(201)),
            ("signature", |it| it.signature.truncate(64)),
        ];
        for (name, change) in change {
            let mut wire = listing();
            change(&mut wire);
            assert_eq!(field(Listing::try_from(wire)), name);
        }
    }

    #[test]
    fn consents_and_revocations_are_decoded_strictly() {
        let consent = v1::GrantConsentRequest {
            dataset: 1,
            study: vec![4; 32],
            until: 9,
            nonce: 2,
            signature: vec![2; 65],
        };
        assert_eq!(Consent::try_from(consent.clone()).unwrap().until, 9);
        let bad = |change: fn(&mut v1::GrantConsentRequest)| {
            let mut wire = consent.clone();
            change(&mut wire);
            field(Consent::try_from(wire))
        };
        assert_eq!(bad(|it| it.dataset = 0), "dataset");
        assert_eq!(bad(|it| it.until = 0), "until");
        assert_eq!(bad(|it| it.study.push(0)), "study");
        assert_eq!(bad(|it| it.signature.push(0)), "signature");
        let revocation =
            v1::RevokeConsentRequest { dataset: 1, study: vec![4; 32], nonce: 2, signature: vec![2; 65] };
        assert_eq!(Revocation::try_from(revocation.clone()).unwrap().nonce, 2);
        let none = v1::RevokeConsentRequest { dataset: 0, ..revocation };
        assert_eq!(field(Revocation::try_from(none)), "dataset");
    }

    #[test]
    fn an_erasure_is_decoded_strictly() {
        assert_eq!(Erasure::try_from(erasure()).unwrap().open, [([3; 20], [4; 32])]);
        let many =
            v1::EraseDatasetRequest { open: vec![erasure().open.remove(0); MAX_OPEN + 1], ..erasure() };
        assert_eq!(field(Erasure::try_from(many)), "open");
        let zero = v1::EraseDatasetRequest { receipt: vec![0; 32], ..erasure() };
        assert_eq!(field(Erasure::try_from(zero)), "receipt");
        let mut short = erasure();
        short.open[0].escrow.pop();
        assert_eq!(field(Erasure::try_from(short)), "open.escrow");
    }
}
