//! One member's view of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rand07::{CryptoRng, RngCore};
use threshold_crypto::poly::{Commitment, Poly};
use zeroize::Zeroizing;

use super::judgement::announce;
use super::message::{Body, DkgMessage};
use super::outcome::{DkgError, DkgOutcome, Fault, FaultKind, Output, Phase, Restart};
use super::share::{self, ShareContext};
use crate::committee::codec::DecodeError;
use crate::committee::key::{CommitteeKey, CommitteeKeyError, KeyShare};
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
    params: CommitteeParams,
    pub(super) context: Digest,
    pub(super) me: u64,
    pub(super) members: Vec<Member>,
    pub(super) seal_secret: Zeroizing<[u8; 32]>,
    pub(super) poly: Poly,
    deal: Body,
    phase: Phase,
    /// The first message of each member for each phase, this member's own included.
    pub(super) heard: BTreeMap<(Phase, u64), Body>,
    /// The commitments of the deals in `heard`, by dealer.
    pub(super) commitments: BTreeMap<u64, Commitment>,
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
        let params = CommitteeParams::new(members.len())?;
        let own = usize::try_from(me).ok().and_then(|me| members.get(me));
        let own = *own.ok_or(DkgError::Index { me, members: members.len() })?;
        let mut seen = BTreeSet::new();
        if let Some(twice) = members.iter().find(|member| !seen.insert(member.owner)) {
            return Err(DkgError::Duplicate { owner: twice.owner });
        }
        if share::public_key(&seal_secret) != Some(own.seal_key) {
            return Err(DkgError::OwnSealKey);
        }

        let poly = Poly::random(params.threshold(), rng);
        let commitment = poly.commitment();
        let coefficients = points::coefficients(&commitment)?;
        let announced = announce(context, own.owner, &coefficients);
        let mut shares = Vec::with_capacity(members.len());
        for (member, x) in members.iter().zip(1u64..) {
            let context = ShareContext { run: context, dealer: own.owner, announced, receiver: member.owner };
            let share = SecretScalar::new(poly.evaluate(x));
            let sealed = share::seal(&share, &member.seal_key, &context, rng);
            shares.push(sealed.ok_or(DkgError::SealKey { owner: member.owner })?);
        }
        let mut run = Self {
            params,
            context,
            me,
            members,
            seal_secret,
            poly,
            deal: Body::Deal { coefficients, shares },
            phase: Phase::Commit,
            heard: BTreeMap::new(),
            commitments: BTreeMap::from([(me, commitment)]),
            received: BTreeMap::new(),
        };
        let first = run.enter(Phase::Commit, Body::Commit { announced });
        Ok((run, vec![first]))
    }

    /// The sizes of this committee; [`DkgMessage::from_bytes`] needs them.
    #[must_use]
    pub const fn params(&self) -> CommitteeParams {
        self.params
    }

    /// Where the run stands.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// The members that this phase waits for.
    #[must_use]
    pub fn missing(&self) -> Vec<OwnerId> {
        self.missing_indices().into_iter().filter_map(|index| self.owner(index)).collect()
    }

    /// Takes a message of `from`, which the channel has authenticated, and says what to do next. A message that was
    /// heard before, also this member's own, changes nothing.
    ///
    /// # Errors
    /// A message that no honest member sends in this run; it is ignored, and its sender counts as silent.
    pub fn receive(&mut self, from: OwnerId, message: DkgMessage) -> Result<Vec<Output>, DkgError> {
        if self.phase == Phase::Finished {
            return Err(DkgError::Finished);
        }
        let sender = self.members.iter().zip(0u64..).find(|(member, _)| member.owner == from);
        let (_, sender) = sender.ok_or(DkgError::Stranger { owner: from })?;
        if message.context != self.context {
            return Err(DkgError::OtherRun { owner: from });
        }
        let phase = message.body.phase();
        match self.heard.get(&(phase, sender)) {
            Some(first) if *first == message.body => return Ok(Vec::new()),
            Some(_) => return Err(DkgError::Contradiction { owner: from, phase }),
            None => {}
        }
        let commitment =
            message.body.check(self.params).map_err(|source| DkgError::Malformed { owner: from, source })?;
        if let Some(commitment) = commitment {
            self.commitments.insert(sender, commitment);
        }
        self.heard.insert((phase, sender), message.body);
        self.advance()
    }

    /// A deadline has passed: if members have not spoken in this phase, ends the run and names them. Every member must
    /// call this at the same place of the ordered messages.
    pub fn silence(&mut self) -> Option<Restart> {
        let kind = FaultKind::Silent(self.phase);
        let faults: Vec<Fault> = self.missing().into_iter().map(|owner| Fault { owner, kind }).collect();
        if faults.is_empty() {
            return None;
        }
        self.phase = Phase::Finished;
        Some(Restart { faults })
    }

    /// Goes through all phases that everybody has spoken in.
    fn advance(&mut self) -> Result<Vec<Output>, DkgError> {
        let mut outputs = Vec::new();
        while self.phase != Phase::Finished && self.missing_indices().is_empty() {
            let faults = match self.phase {
                Phase::Commit => {
                    outputs.push(self.enter(Phase::Deal, self.deal.clone()));
                    Vec::new()
                }
                Phase::Deal => {
                    let faults = self.judge_commitments();
                    if faults.is_empty() {
                        let complaints = self.open_shares();
                        outputs.push(self.enter(Phase::Verdict, Body::Verdict { complaints }));
                    }
                    faults
                }
                Phase::Verdict => {
                    self.phase = Phase::Justify;
                    if let Some(complainers) = self.accused().get(&self.me) {
                        let body = self.justify(complainers);
                        outputs.push(self.enter(Phase::Justify, body));
                    }
                    Vec::new()
                }
                Phase::Justify => {
                    let faults = self.judge_justifications();
                    if faults.is_empty() {
                        self.phase = Phase::Finished;
                        outputs.push(Output::Done(Box::new(self.finish()?)));
                    }
                    faults
                }
                Phase::Finished => Vec::new(),
            };
            if !faults.is_empty() {
                self.phase = Phase::Finished;
                outputs.push(Output::Restart(Restart { faults }));
            }
        }
        Ok(outputs)
    }

    fn enter(&mut self, phase: Phase, body: Body) -> Output {
        self.phase = phase;
        self.heard.insert((phase, self.me), body.clone());
        Output::Broadcast(DkgMessage { context: self.context, body })
    }

    fn missing_indices(&self) -> Vec<u64> {
        let due: Vec<u64> = match self.phase {
            Phase::Commit | Phase::Deal | Phase::Verdict => (0..self.members.len() as u64).collect(),
            Phase::Justify => self.accused().into_keys().collect(),
            Phase::Finished => Vec::new(),
        };
        due.into_iter().filter(|index| !self.heard.contains_key(&(self.phase, *index))).collect()
    }

    pub(super) fn owner(&self, index: u64) -> Option<OwnerId> {
        self.members.get(usize::try_from(index).ok()?).map(|member| member.owner)
    }

    /// Sums commitments and shares.
    fn finish(&self) -> Result<DkgOutcome, DkgError> {
        let members = self.members.len();
        if self.commitments.len() != members || self.received.len() != members {
            let got = self.commitments.len().min(self.received.len());
            let missing = DecodeError::Length { field: "dealt shares", expected: members, got };
            return Err(CommitteeKeyError::from(missing).into());
        }
        let mut dealt = self.commitments.values();
        let first = dealt.next().cloned();
        let sum = dealt.fold(first, |sum, commitment| sum.map(|sum| sum + commitment));
        let sum = sum.ok_or(DkgError::Finished)?;
        let committee_key = CommitteeKey::new(self.params, &sum)?;
        let mut scalar = SecretScalar::zero();
        self.received.values().for_each(|share| scalar.add(share));
        let share = KeyShare::new(self.me, scalar, &committee_key)?;
        let qualified = self.members.iter().map(|member| member.owner).collect();
        Ok(DkgOutcome { committee_key, share, qualified })
    }
}

impl fmt::Debug for Dkg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dkg")
            .field("context", &self.context)
            .field("me", &self.me)
            .field("phase", &self.phase)
            .field("missing", &self.missing())
            .finish_non_exhaustive()
    }
}
