//! The messages whose signatures are a round's beacons: of its groups, and in large groups of who masks with whom.
//!
//! A BLS signature is unique: whoever of the committee signs, the value is one and the same, and nobody knows it
//! before a quorum signs. So that the coordinator cannot try candidate lists until the groups suit it, a member
//! signs one list only for each (round, attempt): [`Ledger::answer_beacon`](super::Ledger::answer_beacon). The same holds
//! of the rosters that mask graphs are drawn for: [`Ledger::answer_mask_graph`](super::Ledger::answer_mask_graph).

use crate::hash::digest;
use crate::ids::{Digest, OwnerId, StudyId};

/// What the committee signs for the beacon of a round's attempt.
#[must_use]
pub fn beacon_message(study: StudyId, epoch: u64, round: u64, attempt: u32, candidates: Digest) -> Digest {
    digest(
        "committee/beacon",
        &[
            study.as_ref(),
            &epoch.to_le_bytes(),
            &round.to_le_bytes(),
            &attempt.to_le_bytes(),
            candidates.as_ref(),
        ],
    )
}

/// What the committee signs for the mask graphs of a round's attempt, once its rosters are fixed. `contexts` is the
/// digest of the groups' contexts: [`contexts_digest`].
#[must_use]
pub fn mask_graph_message(study: StudyId, epoch: u64, round: u64, attempt: u32, contexts: Digest) -> Digest {
    digest(
        "committee/mask-graph",
        &[
            study.as_ref(),
            &epoch.to_le_bytes(),
            &round.to_le_bytes(),
            &attempt.to_le_bytes(),
            contexts.as_ref(),
        ],
    )
}

/// The digest of the contexts, with their rosters, of a round's groups in the groups' order.
#[must_use]
pub fn contexts_digest(contexts: &[Digest]) -> Digest {
    let parts: Vec<&[u8]> = contexts.iter().map(AsRef::as_ref).collect();
    digest("committee/mask-graph/contexts", &parts)
}

/// The digest of the owners who may take part, as a set: their order does not matter, a repeated one counts once.
#[must_use]
pub fn candidates_digest(candidates: &[OwnerId]) -> Digest {
    let mut sorted = candidates.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let parts: Vec<&[u8]> = sorted.iter().map(AsRef::as_ref).collect();
    digest("committee/candidates", &parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_depends_on_every_part() {
        let base = (StudyId([1; 32]), 2, 3, 4, Digest([5; 32]));
        type Parts = (StudyId, u64, u64, u32, Digest);
        let message = |(study, epoch, round, attempt, candidates): Parts| {
            beacon_message(study, epoch, round, attempt, candidates)
        };
        let graph = |(study, epoch, round, attempt, contexts): Parts| {
            mask_graph_message(study, epoch, round, attempt, contexts)
        };
        let others = [
            (StudyId([0; 32]), 2, 3, 4, Digest([5; 32])),
            (StudyId([1; 32]), 0, 3, 4, Digest([5; 32])),
            (StudyId([1; 32]), 2, 0, 4, Digest([5; 32])),
            (StudyId([1; 32]), 2, 3, 0, Digest([5; 32])),
            (StudyId([1; 32]), 2, 3, 4, Digest([0; 32])),
        ];
        for other in others {
            assert_ne!(message(base), message(other));
            assert_ne!(graph(base), graph(other));
        }
        assert_ne!(message(base), graph(base), "a share of one is none of the other");
    }

    #[test]
    fn contexts_have_an_order() {
        let [a, b] = [1, 2].map(|byte| Digest([byte; 32]));
        assert_ne!(contexts_digest(&[a, b]), contexts_digest(&[b, a]));
        assert_ne!(contexts_digest(&[a]), contexts_digest(&[a, a]));
    }

    #[test]
    fn candidates_are_a_set() {
        let [a, b, c] = [1, 2, 3].map(|byte| OwnerId([byte; 20]));
        assert_eq!(candidates_digest(&[a, b, c]), candidates_digest(&[c, a, b, a]));
        assert_ne!(candidates_digest(&[a, b]), candidates_digest(&[a, b, c]));
        assert_ne!(candidates_digest(&[]), candidates_digest(&[a]));
    }
}
