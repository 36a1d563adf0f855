//! How many members a committee has, how many may be corrupt, and how many are enough.

use thiserror::Error;

/// The largest committee.
pub const MAX_MEMBERS: usize = 1024;

/// A committee of this size is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ParamsError {
    /// Too few or too many.
    #[error("a committee has 2 to {MAX_MEMBERS} members; got {got}")]
    Members {
        /// The members.
        got: usize,
    },
    /// So many were dropped that those left can't stand for all.
    #[error("{left} of a committee of {full} are left, and {needed} of them are needed")]
    Left {
        /// Who is left.
        left: usize,
        /// The committee when it was whole.
        full: usize,
        /// Its quorum.
        needed: usize,
    },
    /// A key of another quorum than such a committee could have.
    #[error("a committee of {members} can't have a quorum of {quorum}")]
    Quorum {
        /// The members.
        members: usize,
        /// The quorum.
        quorum: usize,
    },
}

/// The sizes of a committee of `L` members.
///
/// `t = ⌊(L−1)/3⌋` members may be corrupt; the quorum is `q = ⌊(L+t)/2⌋ + 1`.
///
/// - *Safe*: `2q − t > L`. Two quorums share at least `2q − L > t` members, so at least one honest member, and an
///   honest member never answers two conflicting cuts: at most one of them can be released.
/// - *Live*: `q ≤ L − t`. The honest members alone are a quorum, so `t` silent ones stop nothing. This does not hold for
///   [what is left](Self::left) of a committee, which is safe first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitteeParams {
    members: usize,
    corrupt: usize,
}

impl CommitteeParams {
    /// The sizes of a committee of `members`.
    ///
    /// # Errors
    /// Fewer than 2 members or more than [`MAX_MEMBERS`].
    pub const fn new(members: usize) -> Result<Self, ParamsError> {
        if members < 2 || members > MAX_MEMBERS {
            return Err(ParamsError::Members { got: members });
        }
        Ok(Self { members, corrupt: (members - 1) / 3 })
    }

    /// The sizes of what is left of a committee of `full` when members were dropped from its key generation. It still
    /// bears the corrupt members of the full one: whoever says who was silent must not choose a committee in which its
    /// friends are more than a third. At least the full committee's quorum must be left.
    ///
    /// # Errors
    /// If fewer are left, or there can't be such a committee.
    pub const fn left(members: usize, full: usize) -> Result<Self, ParamsError> {
        match Self::new(full) {
            Err(error) => Err(error),
            Ok(whole) if members < whole.quorum() || members > full => {
                Err(ParamsError::Left { left: members, full, needed: whole.quorum() })
            }
            Ok(whole) => Ok(Self { members, corrupt: whole.corrupt }),
        }
    }

    /// The sizes of a committee of so many members whose key has this quorum: that of a full committee of this size, or
    /// a larger one, if it is what is left of a larger committee.
    ///
    /// # Errors
    /// If no such committee has this quorum.
    pub const fn with_quorum(members: usize, quorum: usize) -> Result<Self, ParamsError> {
        match Self::new(members) {
            Err(error) => Err(error),
            Ok(own) if quorum < own.quorum() || quorum > members => {
                Err(ParamsError::Quorum { members, quorum })
            }
            // The most corrupt members for which two such quorums still share an honest one.
            Ok(_) => Ok(Self { members, corrupt: 2 * quorum - 1 - members }),
        }
    }

    /// `L`: all members.
    #[must_use]
    pub const fn members(self) -> usize {
        self.members
    }

    /// `t`: the number of corrupt members that is tolerated.
    #[must_use]
    pub const fn corrupt(self) -> usize {
        self.corrupt
    }

    /// `q`: the number of shares that sign or open.
    #[must_use]
    pub const fn quorum(self) -> usize {
        (self.members + self.corrupt) / 2 + 1
    }

    /// The degree of the key's polynomial, `q − 1`: so many shares tell nothing.
    #[must_use]
    pub const fn threshold(self) -> usize {
        self.quorum() - 1
    }

    /// Whether `index` is one of `0..L`.
    #[must_use]
    pub const fn contains(self, index: u64) -> bool {
        index < self.members as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_quorums_share_an_honest_member_and_the_honest_are_a_quorum() {
        for members in 2..=MAX_MEMBERS {
            let params = CommitteeParams::new(members).expect("in range");
            let (t, q) = (params.corrupt(), params.quorum());
            assert!(2 * q - t > members, "L = {members}");
            assert!(q <= members - t, "L = {members}");
            assert!(q > t, "L = {members}");
            assert_eq!(params.threshold(), q - 1);
        }
    }

    #[test]
    fn a_committee_of_one_and_one_too_large_are_refused() {
        for members in [0, 1, MAX_MEMBERS + 1, usize::MAX] {
            assert_eq!(CommitteeParams::new(members), Err(ParamsError::Members { got: members }));
        }
    }

    #[test]
    fn what_is_left_of_a_committee_bears_as_many_corrupt_members_as_the_full_one() {
        for full in 2..=128 {
            let whole = CommitteeParams::new(full).expect("in range");
            assert_eq!(CommitteeParams::left(full, full), Ok(whole));
            assert!(CommitteeParams::left(whole.quorum() - 1, full).is_err(), "L = {full}");
            assert!(CommitteeParams::left(full + 1, full).is_err(), "L = {full}");
            for members in whole.quorum()..=full {
                let left = CommitteeParams::left(members, full).expect("enough are left");
                let (t, q) = (whole.corrupt(), left.quorum());
                // Whoever drops honest members keeps its own: two quorums must still share more than those.
                assert!(2 * q - t > members, "{members} of {full}");
                assert!(q <= members, "{members} of {full}");
                assert_eq!(CommitteeParams::with_quorum(members, q).map(CommitteeParams::quorum), Ok(q));
            }
        }
    }

    #[test]
    fn a_key_of_a_quorum_that_is_too_small_or_too_large_is_refused() {
        for (members, quorum) in [(4, 2), (4, 5), (16, 10), (16, 17), (0, 0)] {
            assert!(CommitteeParams::with_quorum(members, quorum).is_err(), "{quorum} of {members}");
        }
    }
}
