//! How many members a committee has, how many may be corrupt, and how many are enough.

use thiserror::Error;

/// The largest committee.
pub const MAX_MEMBERS: usize = 1024;

/// A committee of this size is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a committee has 2 to {MAX_MEMBERS} members; got {got}")]
pub struct ParamsError {
    got: usize,
}

/// The sizes of a committee of `L` members.
///
/// `t = ⌊(L−1)/3⌋` members may be corrupt; the quorum is `q = ⌊(L+t)/2⌋ + 1`.
///
/// - *Safe*: `2q − t > L`. Two quorums share at least `2q − L > t` members, so at least one honest member, and an
///   honest member never answers two conflicting cuts: at most one of them can be released.
/// - *Live*: `q ≤ L − t`. The honest members alone are a quorum, so `t` silent ones stop nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitteeParams {
    members: usize,
}

impl CommitteeParams {
    /// The sizes of a committee of `members`.
    ///
    /// # Errors
    /// Fewer than 2 members or more than [`MAX_MEMBERS`].
    pub const fn new(members: usize) -> Result<Self, ParamsError> {
        if members < 2 || members > MAX_MEMBERS {
            return Err(ParamsError { got: members });
        }
        Ok(Self { members })
    }

    /// `L`: all members.
    #[must_use]
    pub const fn members(self) -> usize {
        self.members
    }

    /// `t`: the number of corrupt members that is tolerated.
    #[must_use]
    pub const fn corrupt(self) -> usize {
        (self.members - 1) / 3
    }

    /// `q`: the number of shares that sign or open.
    #[must_use]
    pub const fn quorum(self) -> usize {
        (self.members + self.corrupt()) / 2 + 1
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
            assert_eq!(CommitteeParams::new(members), Err(ParamsError { got: members }));
        }
    }
}
