//! The seeds of masks: who shares which, how they are derived, and how pair seeds travel sealed to the committee.
//!
//! Each kind of seed is a type of its own, so that none can stand in for another. All are wiped when dropped, and none
//! can be printed or compared.

use rand_core::CryptoRng;
use thiserror::Error;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{RosterError, check_order};
use crate::hash::derive_key;
use crate::ids::{Digest, OwnerId};

/// Bytes of a seed.
const SEED: usize = 32;

/// Bytes of one entry in the list of pair seeds: the other owner, then the seed.
const ENTRY: usize = OwnerId::LEN + SEED;

/// Seeds can't be made or read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SeedError {
    /// The other's X25519 key is of small order: the shared secret would be known to everybody.
    #[error("the X25519 mask key of owner {0} is of small order: refuse that owner's key package")]
    SmallOrder(OwnerId),
    /// The list of pair seeds names its own owner.
    #[error("owner {0} can't share a pair seed with itself")]
    WithItself(OwnerId),
    /// The list of pair seeds is not in order.
    #[error("pair seeds: {0}")]
    Roster(#[from] RosterError),
    /// A list of pair seeds has the wrong length.
    #[error("pair seeds: {expected} bytes for the number of seeds stated; got {got}")]
    Length {
        /// What the stated number of seeds needs.
        expected: usize,
        /// What was given.
        got: usize,
    },
    /// More pair seeds than the form can hold.
    #[error("pair seeds: {0} seeds, and a group has at most 65536 owners")]
    TooMany(usize),
}

macro_rules! seed {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, ZeroizeOnDrop)]
        pub struct $name([u8; SEED]);

        impl $name {
            pub(crate) fn as_bytes(&self) -> &[u8; SEED] {
                &self.0
            }
        }
    };
}

seed! {
    /// b_i: the seed of an owner's own mask. Fresh for every report; sealed to the committee with the report.
    SelfSeed
}
seed! {
    /// s_ij: what two owners share in one attempt at a round, not yet bound to who joined. Sealed with the join.
    PairSeed
}
seed! {
    /// s'_ij: a pair seed bound to the roster. This one makes the mask.
    RosterSeed
}
seed! {
    /// g_i: the seed of the mask that every member of the group can remove, and no coordinator.
    GroupSeed
}

impl SelfSeed {
    /// A fresh seed.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Self([0; SEED]);
        rng.fill_bytes(&mut seed.0);
        seed
    }

    /// A seed that was released, or kept across a restart.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The seed's bytes: the payload of the sealed self seed.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PairSeed {
    /// `s_ij = KDF(X25519(i, j), context₀, i, j)`, the same from both sides.
    ///
    /// The two owners are part of the derivation, so that an owner that registers another's public key does not come to
    /// share that other's seeds, whose masks would then cancel.
    #[must_use]
    pub fn derive(x25519_shared: &[u8; 32], context0: &Digest, one: &OwnerId, other: &OwnerId) -> Self {
        let (low, high) = (one.min(other), one.max(other));
        let parts = [context0.as_ref(), low.as_ref(), high.as_ref()];
        Self(*derive_key(x25519_shared, "pair-seed", &parts))
    }

    /// `s'_ij`: the seed bound to the context with its roster.
    #[must_use]
    pub fn bind_roster(&self, context: &Digest) -> RosterSeed {
        RosterSeed(*derive_key(self.as_bytes(), "pair-seed-roster", &[context.as_ref()]))
    }
}

impl GroupSeed {
    /// `g_i = KDF(exporter_secret, context, i)`; the secret is the MLS exporter's (RFC 9420, section 8.5).
    #[must_use]
    pub fn derive(exporter_secret: &[u8; 32], context: &Digest, owner: &OwnerId) -> Self {
        Self(*derive_key(exporter_secret, "group-seed", &[context.as_ref(), owner.as_ref()]))
    }
}

/// X25519 (RFC 7748) with the mask key of `other`.
///
/// # Errors
/// If `public` is of small order, so that the result would be all zeros whatever the secret.
pub fn agree(
    secret: &StaticSecret,
    other: &OwnerId,
    public: &[u8; 32],
) -> Result<Zeroizing<[u8; 32]>, SeedError> {
    let shared = secret.diffie_hellman(&PublicKey::from(*public));
    if !shared.was_contributory() {
        return Err(SeedError::SmallOrder(*other));
    }
    Ok(Zeroizing::new(shared.to_bytes()))
}

/// One owner's pair seeds with all others of its group, in ascending order of the others.
#[derive(Clone)]
pub struct PairSeeds {
    entries: Vec<(OwnerId, PairSeed)>,
}

impl PairSeeds {
    /// The seeds that `me` shares with each of `others` (with their X25519 mask keys, in ascending order) in `context0`.
    ///
    /// # Errors
    /// If a key is of small order, an owner is out of order, or `me` is among the others.
    pub fn derive(
        me: &OwnerId,
        secret: &StaticSecret,
        others: &[(OwnerId, [u8; 32])],
        context0: &Digest,
    ) -> Result<Self, SeedError> {
        // Reserved at once: a vector that grows leaves copies of secrets behind.
        let mut entries = Vec::with_capacity(others.len());
        for (other, public) in others {
            if other == me {
                return Err(SeedError::WithItself(*me));
            }
            let shared = agree(secret, other, public)?;
            entries.push((*other, PairSeed::derive(&shared, context0, me, other)));
        }
        Self::new(entries)
    }

    fn new(entries: Vec<(OwnerId, PairSeed)>) -> Result<Self, SeedError> {
        if entries.len() > usize::from(u16::MAX) {
            return Err(SeedError::TooMany(entries.len()));
        }
        check_order(entries.iter().map(|(owner, _)| *owner))?;
        Ok(Self { entries })
    }

    /// The others, in ascending order.
    pub fn others(&self) -> impl ExactSizeIterator<Item = OwnerId> + '_ {
        self.entries.iter().map(|(owner, _)| *owner)
    }

    /// The seed shared with `other`.
    #[must_use]
    pub fn with(&self, other: &OwnerId) -> Option<&PairSeed> {
        let at = self.entries.binary_search_by_key(other, |(owner, _)| *owner).ok()?;
        self.entries.get(at).map(|(_, seed)| seed)
    }

    /// The payload of the sealed pair seeds: their number (u16, little-endian), then each other owner and seed.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(2 + ENTRY * self.entries.len()));
        out.extend_from_slice(&(self.entries.len() as u16).to_le_bytes());
        for (owner, seed) in &self.entries {
            out.extend_from_slice(owner.as_ref());
            out.extend_from_slice(&seed.0);
        }
        out
    }

    /// Reads a released payload.
    ///
    /// # Errors
    /// If the length is not what the number of seeds needs, or the owners are not in strictly ascending order.
    pub fn decode(bytes: &[u8]) -> Result<Self, SeedError> {
        let (count, rest) =
            bytes.split_first_chunk::<2>().ok_or(SeedError::Length { expected: 2, got: bytes.len() })?;
        let expected = 2 + ENTRY * usize::from(u16::from_le_bytes(*count));
        if bytes.len() != expected {
            return Err(SeedError::Length { expected, got: bytes.len() });
        }
        let (entries, _) = rest.as_chunks::<ENTRY>();
        let entries = entries
            .iter()
            .map(|entry| {
                let (mut owner, mut seed) = (OwnerId([0; OwnerId::LEN]), PairSeed([0; SEED]));
                owner.0.copy_from_slice(&entry[..OwnerId::LEN]);
                seed.0.copy_from_slice(&entry[OwnerId::LEN..]);
                (owner, seed)
            })
            .collect();
        Self::new(entries)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    const CONTEXT: Digest = Digest([5; 32]);

    fn owner(byte: u8) -> OwnerId {
        OwnerId([byte; 20])
    }

    #[test]
    fn known_answers() {
        // Made independently, with Python's hmac and hashlib.
        let pair = PairSeed::derive(&[1; 32], &CONTEXT, &owner(2), &owner(3));
        assert_eq!(
            Digest(pair.0).to_string(),
            "0x6c1aa595af1329463a7a73c78265a4803d6484a8bb5a53d2a0659f74a9c2d47e"
        );
        assert_eq!(
            Digest(pair.bind_roster(&Digest([6; 32])).0).to_string(),
            "0xa5767ffe2ffd4e9787d80654e8ae18cf13246be51448244ebf5736365540510c"
        );
        assert_eq!(
            Digest(GroupSeed::derive(&[1; 32], &CONTEXT, &owner(2)).0).to_string(),
            "0xb54f6be3c374a63de7d9186a4ef0c6fbab6a00ad1a9e33ab4a7e971b2487459e"
        );
    }

    #[test]
    fn both_sides_derive_the_same_seed_and_nobody_else_does() {
        let mut rng = ChaCha20Rng::from_seed([4; 32]);
        let secrets: Vec<_> = (0..3).map(|_| StaticSecret::random_from_rng(&mut rng)).collect();
        let public = |index: usize| PublicKey::from(&secrets[index]).to_bytes();
        let others = |me: usize| -> Vec<_> {
            (0..3).filter(|other| *other != me).map(|other| (owner(other as u8), public(other))).collect()
        };
        let seeds: Vec<_> = (0..3)
            .map(|me| PairSeeds::derive(&owner(me as u8), &secrets[me], &others(me), &CONTEXT).unwrap())
            .collect();
        let seed = |me: usize, other: u8| seeds[me].with(&owner(other)).unwrap().0;
        assert_eq!(seed(0, 1), seed(1, 0));
        assert_eq!(seed(0, 2), seed(2, 0));
        assert_ne!(seed(0, 1), seed(0, 2));
        let elsewhere = PairSeeds::derive(&owner(0), &secrets[0], &others(0), &Digest([6; 32])).unwrap();
        assert_ne!(elsewhere.with(&owner(1)).unwrap().0, seed(0, 1));
        assert!(seeds[0].with(&owner(0)).is_none());
    }

    #[test]
    fn a_copied_key_gives_no_copied_seed() {
        let secret = StaticSecret::from([9; 32]);
        let public = PublicKey::from(&StaticSecret::from([8; 32])).to_bytes();
        let seeds =
            PairSeeds::derive(&owner(0), &secret, &[(owner(1), public), (owner(2), public)], &CONTEXT)
                .unwrap();
        assert_ne!(seeds.with(&owner(1)).unwrap().0, seeds.with(&owner(2)).unwrap().0);
    }

    #[test]
    fn small_order_keys_oneself_and_disorder_are_refused() {
        let secret = StaticSecret::from([9; 32]);
        let mut one = [0; 32];
        one[0] = 1;
        for point in [[0; 32], one] {
            let refused = agree(&secret, &owner(1), &point).err();
            assert_eq!(refused, Some(SeedError::SmallOrder(owner(1))));
        }
        let public = PublicKey::from(&secret).to_bytes();
        let derive = |others: &[u8]| {
            let others: Vec<_> = others.iter().map(|other| (owner(*other), public)).collect();
            PairSeeds::derive(&owner(0), &secret, &others, &CONTEXT).err()
        };
        assert_eq!(derive(&[0]), Some(SeedError::WithItself(owner(0))));
        assert_eq!(derive(&[2, 1]), Some(SeedError::Roster(RosterError::Order(owner(1)))));
        assert_eq!(derive(&[1, 1]), Some(SeedError::Roster(RosterError::Order(owner(1)))));
        assert_eq!(derive(&[1, 2]), None);
    }

    proptest! {
        #[test]
        fn pair_seeds_travel_strictly(
            entries in prop::collection::btree_map(any::<[u8; 20]>(), any::<[u8; 32]>(), 0..20),
            junk in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let entries = entries.into_iter().map(|(owner, seed)| (OwnerId(owner), PairSeed(seed))).collect();
            let encoded = PairSeeds::new(entries).unwrap().encode();
            let decoded = PairSeeds::decode(&encoded).unwrap();
            prop_assert_eq!(&*decoded.encode(), &*encoded);
            for cut in 0..encoded.len() {
                prop_assert!(PairSeeds::decode(&encoded[..cut]).is_err());
            }
            prop_assert!(PairSeeds::decode(&[encoded.as_slice(), &[0]].concat()).is_err());
            // Whatever is read is written back as it was.
            if let Ok(read) = PairSeeds::decode(&junk) {
                prop_assert_eq!(&*read.encode(), &junk);
            }
        }

        #[test]
        fn entries_in_another_order_are_refused(seeds: [[u8; 32]; 2]) {
            let [first, second] = seeds.map(PairSeed);
            let mut encoded =
                PairSeeds::new(vec![(owner(1), first), (owner(2), second)]).unwrap().encode().to_vec();
            encoded[2..].rotate_left(ENTRY);
            prop_assert_eq!(
                PairSeeds::decode(&encoded).err(),
                Some(SeedError::Roster(RosterError::Order(owner(1))))
            );
        }
    }
}
