//! One member's view of a run.

use std::collections::BTreeMap;
use std::fmt;

use rand07::{CryptoRng, RngCore};
use threshold_crypto::poly::Poly;
use zeroize::Zeroizing;

use super::board::{Board, announce};
use super::message::{Body, DkgMessage};
use super::outcome::{DkgError, DkgOutcome, Output, Phase, Restart};
use super::share::{self, ShareContext};
use crate::committee::codec::DecodeError;
use crate::committee::commitment::Commitment;
use crate::committee::key::{CommitteeKeyError, KeyShare};
use crate::committee::params::CommitteeParams;
use crate::committee::points;
use crate::committee::scalar::SecretScalar;
use crate::ids::{Digest, OwnerId};

/// A member as the roster names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Who it is.
    pub owner: OwnerId,
    /// Its X25519 public key, to which its shares are sealed.
    pub seal_key: [u8; 32],
}

/// One member's view of one run of the key generation. See [the module](super) for the protocol.
pub struct Dkg {
    /// What everybody hears; this member's own messages are on it from when it makes them.
    pub(super) board: Board,
    pub(super) me: u64,
    pub(super) seal_secret: Zeroizing<[u8; 32]>,
    pub(super) poly: Poly,
    deal: Body,
    /// The right shares for this member, by dealer.
    pub(super) received: BTreeMap<u64, SecretScalar>,
}

impl Dkg {
    /// Starts a run as member number `me` (from 0) of `members`, and gives the first message to broadcast.
    ///
    /// `context` must be fresh for every run and bind study, epoch and roster; `seal_secret` is the X25519 secret of
    /// this member's seal key. Every member must list the members in the same order.
    ///
    /// All randomness is drawn here. A member that may be restarted keeps the generator's seed in its vault, starts again
    /// from it, and hears the run's messages again: it says the same things and ends with the same share. With fresh
    /// randomness it would contradict itself and be dropped.
    ///
    /// # Errors
    /// No committee of that size, an index or a key that is not this member's, an owner listed twice, or a seal key
    /// that nothing can be sealed to.
    pub fn new(
        context: Digest,
        me: u64,
        members: Vec<Member>,
        seal_secret: Zeroizing<[u8; 32]>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(Self, Vec<Output>), DkgError> {
        let full = members.len();
        Self::of_left(context, me, members, full, seal_secret, rng)
    }

    /// Starts a run that is repeated among `members`, without those of the committee of `full` who were dropped.
    ///
    /// # Errors
    /// As [`Self::new`], or fewer than the full committee's quorum are left.
    pub fn of_left(
        context: Digest,
        me: u64,
        members: Vec<Member>,
        full: usize,
        seal_secret: Zeroizing<[u8; 32]>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(Self, Vec<Output>), DkgError> {
        let mut board = Board::new(context, members, full)?;
        let members = &board.members;
        let own = usize::try_from(me).ok().and_then(|me| members.get(me));
        let own = *own.ok_or(DkgError::Index { me, members: members.len() })?;
        if share::public_key(&seal_secret) != Some(own.seal_key) {
            return Err(DkgError::OwnSealKey);
        }

        let poly = Poly::random(board.params.threshold(), rng);
        let coefficients = points::coefficients(&poly.commitment())?;
        let commitment = Commitment::from_bytes(&coefficients, "own commitment")
            .map_err(|source| DkgError::Malformed { owner: own.owner, source })?;
        let announced = announce(context, own.owner, &coefficients);
        let mut shares = Vec::with_capacity(members.len());
        for (member, x) in members.iter().zip(1u64..) {
            let context = ShareContext { run: context, dealer: own.owner, announced, receiver: member.owner };
            let share = SecretScalar::new(poly.evaluate(x));
            let sealed = share::seal(&share, &member.seal_key, &context, rng);
            shares.push(sealed.ok_or(DkgError::SealKey { owner: member.owner })?);
        }
        board.commitments.insert(me, commitment);
        let deal = Body::Deal { coefficients, shares };
        let mut run = Self { board, me, seal_secret, poly, deal, received: BTreeMap::new() };
        let first = run.enter(Phase::Commit, Body::Commit { announced });
        Ok((run, vec![first]))
    }

    /// The sizes of this committee; [`DkgMessage::from_bytes`] needs them.
    #[must_use]
    pub const fn params(&self) -> CommitteeParams {
        self.board.params
    }

    /// Where the run stands.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.board.phase
    }

    /// The members that this phase waits for.
    #[must_use]
    pub fn missing(&self) -> Vec<OwnerId> {
        self.board.missing()
    }

    /// Takes a message of `from`, which the channel has authenticated, and says what to do next. A message that was
    /// heard before, also this member's own, changes nothing.
    ///
    /// # Errors
    /// A message that no honest member sends in this run; it is ignored, and its sender counts as silent.
    pub fn receive(&mut self, from: OwnerId, message: DkgMessage) -> Result<Vec<Output>, DkgError> {
        self.board.hear(from, message)?;
        self.advance()
    }

    /// A deadline has passed: if members have not spoken in this phase, ends the run and names them. Every member must
    /// call this at the same place of the ordered messages.
    pub fn silence(&mut self) -> Option<Restart> {
        self.board.silence()
    }

    /// Goes through all phases that everybody has spoken in.
    fn advance(&mut self) -> Result<Vec<Output>, DkgError> {
        let mut outputs = Vec::new();
        while self.board.phase != Phase::Finished && self.board.missing().is_empty() {
            let faults = match self.board.phase {
                Phase::Commit => {
                    outputs.push(self.enter(Phase::Deal, self.deal.clone()));
                    Vec::new()
                }
                Phase::Deal => {
                    let faults = self.board.judge_commitments();
                    if faults.is_empty() {
                        let complaints = self.open_shares();
                        outputs.push(self.enter(Phase::Verdict, Body::Verdict { complaints }));
                    }
                    faults
                }
                Phase::Verdict => {
                    self.board.phase = Phase::Justify;
                    if let Some(complainers) = self.board.accused().get(&self.me) {
                        let body = self.justify(complainers);
                        outputs.push(self.enter(Phase::Justify, body));
                    }
                    Vec::new()
                }
                Phase::Justify => {
                    let faults = self.board.judge_justifications();
                    if faults.is_empty() {
                        self.take_justified();
                        self.board.phase = Phase::Finished;
                        outputs.push(Output::Done(Box::new(self.finish()?)));
                    }
                    faults
                }
                Phase::Finished => Vec::new(),
            };
            if !faults.is_empty() {
                self.board.phase = Phase::Finished;
                outputs.push(Output::Restart(Restart { faults }));
            }
        }
        Ok(outputs)
    }

    fn enter(&mut self, phase: Phase, body: Body) -> Output {
        self.board.phase = phase;
        self.board.heard.insert((phase, self.me), body.clone());
        Output::Broadcast(DkgMessage { context: self.board.context, body })
    }

    /// Sums commitments and shares.
    fn finish(&self) -> Result<DkgOutcome, DkgError> {
        let (expected, got) = (self.board.members.len(), self.received.len());
        if got != expected {
            let missing = DecodeError::Length { field: "dealt shares", expected, got };
            return Err(CommitteeKeyError::from(missing).into());
        }
        let committee_key = self.board.key()?;
        let mut scalar = SecretScalar::zero();
        self.received.values().for_each(|share| scalar.add(share));
        let share = KeyShare::new(self.me, scalar, &committee_key)?;
        Ok(DkgOutcome { committee_key, share, qualified: self.board.owners() })
    }
}

impl fmt::Debug for Dkg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dkg")
            .field("context", &self.board.context)
            .field("me", &self.me)
            .field("phase", &self.board.phase)
            .field("missing", &self.missing())
            .finish_non_exhaustive()
    }
}
