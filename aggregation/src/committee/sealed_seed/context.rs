//! What a sealed seed is for.

use crate::ids::{Digest, OwnerId};

/// Which of an owner's two secrets of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The seeds it shares with each other member of its group: opened if it drops out.
    Pair,
    /// The seed of its own: opened if it reports.
    SelfSeed,
}

impl Kind {
    const fn tag(self) -> u8 {
        match self {
            Self::Pair => 1,
            Self::SelfSeed => 2,
        }
    }
}

/// What a sealed seed is for. It can be opened as nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealContext {
    /// The round's context digest: the one before the roster for [`Kind::Pair`], the full one for
    /// [`Kind::SelfSeed`].
    pub context: Digest,
    /// Whose secret it is.
    pub owner: OwnerId,
    /// Which of its secrets.
    pub kind: Kind,
}

impl SealContext {
    /// The parts that every hash over a sealed seed starts with.
    pub(super) fn parts(&self) -> [Vec<u8>; 3] {
        [self.context.0.to_vec(), self.owner.0.to_vec(), vec![self.kind.tag()]]
    }

    /// `parts` followed by `more`.
    pub(super) fn with<'a>(parts: &'a [Vec<u8>; 3], more: &[&'a [u8]]) -> Vec<&'a [u8]> {
        parts.iter().map(Vec::as_slice).chain(more.iter().copied()).collect()
    }

    pub(super) fn associated_data(&self) -> Vec<u8> {
        self.parts().concat()
    }
}
