//! What a member makes of the shares that are for it, and of complaints about its own.

use std::collections::BTreeSet;

use super::member::Dkg;
use super::message::Body;
use super::outcome::Phase;
use super::share::{self, ShareContext};
use crate::committee::scalar::SecretScalar;

impl Dkg {
    /// Opens and checks this member's shares; gives the dealers whose shares are false.
    pub(super) fn open_shares(&mut self) -> Vec<u64> {
        let mut complaints = Vec::new();
        for dealer in 0..self.board.members.len() as u64 {
            match self.open_share(dealer) {
                Some(share) => drop(self.received.insert(dealer, share)),
                None => complaints.push(dealer),
            }
        }
        complaints
    }

    fn open_share(&self, dealer: u64) -> Option<SecretScalar> {
        let (board, me) = (&self.board, self.me);
        if dealer == me {
            return Some(SecretScalar::new(self.poly.evaluate(me + 1)));
        }
        let Some(Body::Commit { announced }) = board.heard.get(&(Phase::Commit, dealer)) else { return None };
        let Some(Body::Deal { shares, .. }) = board.heard.get(&(Phase::Deal, dealer)) else { return None };
        let context = ShareContext {
            run: board.context,
            dealer: board.owner(dealer)?,
            announced: *announced,
            receiver: board.owner(me)?,
        };
        let sealed = shares.get(usize::try_from(me).ok()?)?;
        let share = share::open(sealed, &self.seal_secret, &context)?;
        board.fits(dealer, me, &share).then_some(share)
    }

    pub(super) fn justify(&self, complainers: &BTreeSet<u64>) -> Body {
        let reveal = |index: &u64| (*index, *SecretScalar::new(self.poly.evaluate(index + 1)).to_bytes());
        Body::Justify { shares: complainers.iter().map(reveal).collect() }
    }

    /// Takes over the shares that were revealed to this member, once they are judged right.
    pub(super) fn take_justified(&mut self) {
        let (board, me) = (&self.board, self.me);
        for dealer in board.accused().into_keys() {
            let Some(Body::Justify { shares }) = board.heard.get(&(Phase::Justify, dealer)) else { continue };
            let mine = shares.iter().find(|(index, _)| *index == me);
            if let Some(Ok(share)) = mine.map(|(_, bytes)| SecretScalar::from_bytes(bytes, "justified share"))
            {
                self.received.insert(dealer, share);
            }
        }
    }
}
