//! How many neighbours an owner masks with, and how many of them must stay.
//!
//! Owners stand on a ring in a random order, and each masks with the `h = degree / 2` owners that follow it and with the
//! `h` before it. The rule of a cut: **of the `h` owners that follow an online owner, at least `min_online` are online.**
//!
//! *Theorem.* Let `n` owners be on a roster, let at most `c` of them be corrupt and collude with the coordinator, and let
//! who they are be settled before the order is drawn, uniformly. With a probability of at least 1 − 2⁻⁴⁰ over the order,
//! whatever online set the coordinator chooses afterwards that keeps the rule, the graph on the honest online owners is
//! connected. Then all that the masks between them leave visible is the sum over all of them, as in a complete graph
//! (Bell, Bonawitz, Gascón, Lepoint, Raykova, CCS 2020, section 3).
//!
//! *Proof.* The number of corrupt owners in `h` given places is hypergeometric (`n`, `c`, `h`). There are `n` such
//! windows; `min_online` is the least number for which, by the union bound, no window has as many corrupt owners, but
//! with a probability of at most 2⁻⁴⁰. Then among the `h` owners that follow an honest online owner there are `min_online`
//! online ones, not all corrupt: so one that is honest, and it is a neighbour. Step by step round the ring, every honest
//! online owner is reached.
//!
//! *Dropouts.* `h` is the least for which, with three tenths of all owners gone at random, no window has fewer than
//! `min_online` left, but with a probability of at most 2⁻¹⁰. This is about how seldom a round suffers, not about secrecy.

use crate::hypergeometric::Urn;

/// Up to so many owners mask with everybody.
pub const COMPLETE: usize = 64;

/// A graph fails an honest owner with a probability of at most 2^−this.
pub const FAILURE_BITS: u8 = 40;

/// Of so many tenths of the owners being gone...
const GONE_TENTHS: usize = 3;

/// ...some window suffers with a probability of at most 2^−this.
const SUFFER_BITS: u8 = 10;

/// The sizes of a sparse mask graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphParams {
    pub(super) degree: usize,
    pub(super) min_online: usize,
}

impl GraphParams {
    /// The sizes for a roster of `owners`, of whom `corrupt` may collude with the coordinator; `None` if everybody is to
    /// mask with everybody: up to [`COMPLETE`] owners, and where no sparser graph is good enough.
    #[must_use]
    pub fn derive(owners: usize, corrupt: usize) -> Option<Self> {
        if owners <= COMPLETE {
            return None;
        }
        let colluding = Urn::new(owners, corrupt)?;
        let gone = Urn::new(owners, owners * GONE_TENTHS / 10)?;
        let windows = u32::try_from(owners).ok()?;
        (1..=owners.checked_sub(2)? / 2).find_map(|window| {
            let min_online = colluding.rare_from(window, windows, FAILURE_BITS);
            // A window suffers from this many that are gone on.
            let suffers = (window + 1).checked_sub(min_online)?;
            let is_rare = gone.rare_from(window, windows, SUFFER_BITS) <= suffers;
            (min_online <= window && is_rare).then_some(Self { degree: 2 * window, min_online })
        })
    }

    /// How many neighbours each owner has: even, half of them on each side, and fewer than all others.
    #[must_use]
    pub const fn degree(self) -> usize {
        self.degree
    }

    /// How many of the `degree / 2` owners that follow an online owner must be online.
    #[must_use]
    pub const fn min_online(self) -> usize {
        self.min_online
    }
}
