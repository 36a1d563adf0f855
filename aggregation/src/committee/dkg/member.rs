//! One member's view of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rand07::{CryptoRng, RngCore};
use threshold_crypto::poly::{Commitment, Poly};
use zeroize::Zeroizing;

use super::message::{Body, DkgMessage};
use super::outcome::{DkgError, DkgOutcome, Fault, FaultKind, Output, Phase, Restart};
use super::share::{self, ShareContext};
use crate::committee::codec::DecodeError;
use crate::committee::key::{CommitteeKey, CommitteeKeyError, KeyShare};
use crate::committee::params::CommitteeParams;
use crate::committee::points::{self, G1_LEN};
use crate::committee::scalar::SecretScalar;
use crate::hash::digest;
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
    context: Digest,
    me: u64,
    members: Vec<Member>,
    seal_secret: Zeroizing<[u8; 32]>,
    poly: Poly,
    deal: Body,
    phase: Phase,
    /// The first message of each member for each phase, this member's own included.
    heard: BTreeMap<(Phase, u64), Body>,
    /// The commitments of the deals in `heard`, by dealer.
    commitments: BTreeMap<u64, Commitment>,
    /// The right shares for this member, by dealer.
    received: BTreeMap<u64, SecretScalar>,
}

impl Dkg {
    /// Starts a run as member number `me` (from 0) of `members`, and gives the first message to broadcast.
    ///
    /// `context` must be fresh for every run and bind study, epoch and roster; `seal_secret` is the X25519 secret of
    /// this member's seal key. Every member must list the members in the same order.
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

    fn owner(&self, index: u64) -> Option<OwnerId> {
        self.members.get(usize::try_from(index).ok()?).map(|member| member.owner)
    }

    fn fault(&self, index: u64, kind: FaultKind) -> Option<Fault> {
        self.owner(index).map(|owner| Fault { owner, kind })
    }

    /// Who revealed another commitment than it had announced.
    fn judge_commitments(&self) -> Vec<Fault> {
        let kept = |index: u64, owner: OwnerId| match (
            self.heard.get(&(Phase::Commit, index)),
            self.heard.get(&(Phase::Deal, index)),
        ) {
            (Some(Body::Commit { announced }), Some(Body::Deal { coefficients, .. })) => {
                *announced == announce(self.context, owner, coefficients)
            }
            _ => false,
        };
        let members = self.members.iter().zip(0u64..);
        let broken = members.filter(|(member, index)| !kept(*index, member.owner));
        broken.map(|(member, _)| Fault { owner: member.owner, kind: FaultKind::OtherCommitment }).collect()
    }

    /// Opens and checks this member's shares; gives the dealers whose shares are false.
    fn open_shares(&mut self) -> Vec<u64> {
        let mut complaints = Vec::new();
        for dealer in 0..self.members.len() as u64 {
            match self.open_share(dealer) {
                Some(share) => drop(self.received.insert(dealer, share)),
                None => complaints.push(dealer),
            }
        }
        complaints
    }

    fn open_share(&self, dealer: u64) -> Option<SecretScalar> {
        if dealer == self.me {
            return Some(SecretScalar::new(self.poly.evaluate(self.me + 1)));
        }
        let Some(Body::Commit { announced }) = self.heard.get(&(Phase::Commit, dealer)) else { return None };
        let Some(Body::Deal { shares, .. }) = self.heard.get(&(Phase::Deal, dealer)) else { return None };
        let context = ShareContext {
            run: self.context,
            dealer: self.owner(dealer)?,
            announced: *announced,
            receiver: self.owner(self.me)?,
        };
        let sealed = shares.get(usize::try_from(self.me).ok()?)?;
        let share = share::open(sealed, &self.seal_secret, &context)?;
        self.fits(dealer, self.me, &share).then_some(share)
    }

    /// Whether `share` is the value that `dealer` committed to for `receiver`. A member's share is the polynomial's
    /// value at its index + 1, as in all of `threshold_crypto`.
    fn fits(&self, dealer: u64, receiver: u64, share: &SecretScalar) -> bool {
        self.commitments
            .get(&dealer)
            .is_some_and(|commitment| commitment.evaluate(receiver + 1) == share.public())
    }

    /// The dealers that were complained about, with their complainers.
    fn accused(&self) -> BTreeMap<u64, BTreeSet<u64>> {
        let mut accused: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        for ((phase, complainer), body) in &self.heard {
            if let (Phase::Verdict, Body::Verdict { complaints }) = (phase, body) {
                for dealer in complaints {
                    accused.entry(*dealer).or_default().insert(*complainer);
                }
            }
        }
        accused
    }

    fn justify(&self, complainers: &BTreeSet<u64>) -> Body {
        let reveal = |index: &u64| (*index, *SecretScalar::new(self.poly.evaluate(index + 1)).to_bytes());
        Body::Justify { shares: complainers.iter().map(reveal).collect() }
    }

    /// Who did not answer exactly the complaints against it, or answered with a false share. Takes over the shares that
    /// were revealed to this member.
    fn judge_justifications(&mut self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (dealer, complainers) in self.accused() {
            let Some(Body::Justify { shares }) = self.heard.get(&(Phase::Justify, dealer)) else {
                faults.extend(self.fault(dealer, FaultKind::Unanswered));
                continue;
            };
            if !shares.iter().map(|(index, _)| index).eq(complainers.iter()) {
                faults.extend(self.fault(dealer, FaultKind::Unanswered));
                continue;
            }
            let mut mine = None;
            let right = shares.iter().all(|(index, bytes)| {
                let Ok(share) = SecretScalar::from_bytes(bytes, "justified share") else { return false };
                let fits = self.fits(dealer, *index, &share);
                if *index == self.me {
                    mine = Some(share);
                }
                fits
            });
            if !right {
                faults.extend(self.fault(dealer, FaultKind::FalseShare));
            } else if let Some(share) = mine {
                self.received.insert(dealer, share);
            }
        }
        faults
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

fn announce(context: Digest, dealer: OwnerId, coefficients: &[[u8; G1_LEN]]) -> Digest {
    let parts = [context.as_ref(), dealer.as_ref(), coefficients.as_flattened()];
    digest("committee/dkg/commitment", &parts)
}
