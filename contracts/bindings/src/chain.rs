//! The chain as a relay needs it: a few reads, a few writes, and writes that may safely be asked for again.

use async_trait::async_trait;

use crate::{
    Address, ChainError, Claim, Committee, CommitteeRegistration, Consents, Departure, Enrolled, Enrolment,
    Event, Logged, Receipt, Removal, RosterStatus, Seal, Settlement, Standing, Study, Word,
};

/// How a write that may be repeated ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was sent now.
    Sent(Receipt),
    /// The chain held the same already.
    Already,
}

/// Reads and writes of the escrow, with the sending account inside.
///
/// The `ensure_` methods look first, and look again when the contract refuses: after a crash, a lost answer or a race
/// with another relay they can be called again and end with the same state. A different state is
/// [`ChainError::Conflict`].
#[async_trait]
pub trait Chain: Send + Sync {
    /// A study; none if there is none with this id.
    async fn study(&self, study: &Word) -> Result<Option<Study>, ChainError>;
    /// All owners on the roster, ascending.
    async fn roster(&self, study: &Word) -> Result<Vec<Enrolled>, ChainError>;
    /// What the study knows of an owner, on the roster or not.
    async fn enrolment(&self, study: &Word, owner: &Address) -> Result<Standing, ChainError>;
    /// The last time that the roster was sealed.
    async fn seal(&self, study: &Word) -> Result<Option<Seal>, ChainError>;
    /// The committee that settles now.
    async fn committee(&self, study: &Word) -> Result<Option<Committee>, ChainError>;
    /// What an owner has been paid so far.
    async fn claimed(&self, study: &Word, owner: &Address) -> Result<u128, ChainError>;
    /// A study's events from a block on, in order.
    async fn events(&self, study: &Word, from_block: u64) -> Result<Vec<Logged>, ChainError>;
    /// Datasets, and the consents that are given with them.
    fn consents(&self) -> &dyn Consents;
    /// The newest block's time.
    async fn now(&self) -> Result<u64, ChainError>;

    /// Puts an owner on the roster, or replaces its identity.
    async fn enrol(&self, enrolment: &Enrolment) -> Result<Receipt, ChainError>;
    /// Takes an owner off the roster, as it asked.
    async fn leave(&self, departure: &Departure) -> Result<Receipt, ChainError>;
    /// Takes an owner off the roster, as a quorum asked.
    async fn remove(&self, removal: &Removal) -> Result<Receipt, ChainError>;
    /// Takes an owner off the roster that does not consent any more.
    async fn withdraw_consent(&self, study: &Word, owner: &Address) -> Result<Receipt, ChainError>;
    /// Fixes the roster until the next committee is registered.
    async fn seal_roster(&self, study: &Word) -> Result<Receipt, ChainError>;
    /// Registers a committee's key.
    async fn register_committee(&self, registration: &CommitteeRegistration) -> Result<Receipt, ChainError>;
    /// Settles a round. Signature and key are EIP-2537 encoded.
    async fn settle_round(
        &self,
        settlement: &Settlement,
        signature: &[u8; 256],
        key: &[u8; 128],
    ) -> Result<Receipt, ChainError>;
    /// Pays an owner.
    async fn claim_for(&self, claim: &Claim) -> Result<Receipt, ChainError>;

    /// The event that a signature of an owner or over an owner led to; none if that sequence is not used up.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn roster_change(
        &self,
        study: &Word,
        owner: &Address,
        sequence: u64,
    ) -> Result<Option<Event>, ChainError> {
        if self.enrolment(study, owner).await?.sequence <= sequence {
            return Ok(None);
        }
        let events = self.events(study, 0).await?;
        // A withdrawal by an owner that had left before uses up no number: what comes after it does.
        Ok(events.into_iter().rev().map(|logged| logged.event).find(|event| match event {
            Event::OwnerEnrolled { owner: who, sequence: number, .. }
            | Event::OwnerLeft { owner: who, sequence: number }
            | Event::ConsentWithdrawn { owner: who, sequence: number }
            | Event::OwnerRemoved { owner: who, sequence: number, .. } => who == owner && *number == sequence,
            _ => false,
        }))
    }

    /// Whether exactly this enrolment was accepted, whatever came after it.
    ///
    /// # Errors
    /// [`ChainError::Conflict`]: another change took its sequence.
    async fn is_enrolled(&self, enrolment: &Enrolment) -> Result<bool, ChainError> {
        let Enrolment { study, owner, sequence, .. } = enrolment;
        match self.roster_change(study, owner, *sequence).await? {
            None => Ok(false),
            Some(Event::OwnerEnrolled { identity, .. }) if identity == enrolment.identity => Ok(true),
            Some(other) => Err(taken("enrolment", owner, *sequence, &other)),
        }
    }

    /// Whether exactly this departure was accepted, whatever came after it.
    ///
    /// # Errors
    /// [`ChainError::Conflict`]: another change took its sequence.
    async fn has_left(&self, departure: &Departure) -> Result<bool, ChainError> {
        let Departure { study, owner, sequence, .. } = departure;
        match self.roster_change(study, owner, *sequence).await? {
            None => Ok(false),
            Some(Event::OwnerLeft { .. }) => Ok(true),
            Some(other) => Err(taken("departure", owner, *sequence, &other)),
        }
    }

    /// Whether exactly this removal was accepted, whatever came after it.
    ///
    /// # Errors
    /// [`ChainError::Conflict`]: another change took its sequence.
    async fn is_removed(&self, removal: &Removal) -> Result<bool, ChainError> {
        let Removal { study, owner, sequence, .. } = removal;
        match self.roster_change(study, owner, *sequence).await? {
            None => Ok(false),
            Some(Event::OwnerRemoved { .. }) => Ok(true),
            Some(other) => Err(taken("removal", owner, *sequence, &other)),
        }
    }

    /// Whether the roster is sealed now.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn is_sealed(&self, study: &Word) -> Result<bool, ChainError> {
        Ok(self.study(study).await?.is_some_and(|study| study.roster == RosterStatus::Sealed))
    }

    /// Whether this key is the committee's in this epoch.
    ///
    /// # Errors
    /// [`ChainError::Conflict`]: the epoch has another key, or is past.
    async fn is_registered(&self, registration: &CommitteeRegistration) -> Result<bool, ChainError> {
        let CommitteeRegistration { study, epoch, .. } = registration;
        match self.committee(study).await? {
            Some(now) if now.epoch == *epoch && now.key_hash == registration.key_hash() => Ok(true),
            Some(now) if now.epoch >= *epoch => Err(ChainError::Conflict {
                what: "committee",
                reason: format!("asked for epoch {epoch}, epoch {} is registered", now.epoch),
            }),
            _ => Ok(false),
        }
    }

    /// Whether the round is settled with exactly this settlement.
    ///
    /// # Errors
    /// [`ChainError::Conflict`]: it is settled otherwise, or was passed over.
    async fn is_settled(&self, settlement: &Settlement) -> Result<bool, ChainError> {
        let last = self.study(&settlement.study).await?.map_or(0, |study| study.last_round);
        if last < settlement.round {
            return Ok(false);
        }
        let settled =
            self.events(&settlement.study, 0).await?.into_iter().find_map(|logged| match logged.event {
                Event::RoundSettled(settled) if settled.round == settlement.round => Some(settled),
                _ => None,
            });
        match settled {
            Some(settled) if settled == *settlement => Ok(true),
            Some(_) => Err(ChainError::Conflict {
                what: "settlement",
                reason: format!("round {} was settled with other contents", settlement.round),
            }),
            None => Err(ChainError::Conflict {
                what: "settlement",
                reason: format!("round {} was passed over, round {last} is settled", settlement.round),
            }),
        }
    }

    /// Enrols an owner if this enrolment was not accepted yet.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn ensure_enrolled(&self, enrolment: &Enrolment) -> Result<Outcome, ChainError> {
        if self.is_enrolled(enrolment).await? {
            return Ok(Outcome::Already);
        }
        match self.enrol(enrolment).await {
            Ok(receipt) => Ok(Outcome::Sent(receipt)),
            Err(refused @ ChainError::Reverted(_)) => already(self.is_enrolled(enrolment).await?, refused),
            Err(other) => Err(other),
        }
    }

    /// Takes an owner off the roster, as it asked, if that has not been done yet.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn ensure_left(&self, departure: &Departure) -> Result<Outcome, ChainError> {
        if self.has_left(departure).await? {
            return Ok(Outcome::Already);
        }
        match self.leave(departure).await {
            Ok(receipt) => Ok(Outcome::Sent(receipt)),
            Err(refused @ ChainError::Reverted(_)) => already(self.has_left(departure).await?, refused),
            Err(other) => Err(other),
        }
    }

    /// Takes an owner off the roster, as a quorum asked, if that has not been done yet.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn ensure_removed(&self, removal: &Removal) -> Result<Outcome, ChainError> {
        if self.is_removed(removal).await? {
            return Ok(Outcome::Already);
        }
        match self.remove(removal).await {
            Ok(receipt) => Ok(Outcome::Sent(receipt)),
            Err(refused @ ChainError::Reverted(_)) => already(self.is_removed(removal).await?, refused),
            Err(other) => Err(other),
        }
    }

    /// Takes an owner off the roster that does not consent any more, if it is on it.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn ensure_withdrawn(&self, study: &Word, owner: &Address) -> Result<Outcome, ChainError> {
        if self.enrolment(study, owner).await?.identity.is_none() {
            return Ok(Outcome::Already);
        }
        match self.withdraw_consent(study, owner).await {
            Ok(receipt) => Ok(Outcome::Sent(receipt)),
            Err(refused @ ChainError::Reverted(_)) => {
                already(self.enrolment(study, owner).await?.identity.is_none(), refused)
            }
            Err(other) => Err(other),
        }
    }

    /// Seals the roster if it is not sealed.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn ensure_sealed(&self, study: &Word) -> Result<Outcome, ChainError> {
        if self.is_sealed(study).await? {
            return Ok(Outcome::Already);
        }
        match self.seal_roster(study).await {
            Ok(receipt) => Ok(Outcome::Sent(receipt)),
            Err(refused @ ChainError::Reverted(_)) => already(self.is_sealed(study).await?, refused),
            Err(other) => Err(other),
        }
    }

    /// Registers a committee if it is not yet.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn ensure_registered(&self, registration: &CommitteeRegistration) -> Result<Outcome, ChainError> {
        if self.is_registered(registration).await? {
            return Ok(Outcome::Already);
        }
        match self.register_committee(registration).await {
            Ok(receipt) => Ok(Outcome::Sent(receipt)),
            Err(refused @ ChainError::Reverted(_)) => {
                already(self.is_registered(registration).await?, refused)
            }
            Err(other) => Err(other),
        }
    }

    /// Settles a round if it is not yet.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn ensure_settled(
        &self,
        settlement: &Settlement,
        signature: &[u8; 256],
        key: &[u8; 128],
    ) -> Result<Outcome, ChainError> {
        if self.is_settled(settlement).await? {
            return Ok(Outcome::Already);
        }
        match self.settle_round(settlement, signature, key).await {
            Ok(receipt) => Ok(Outcome::Sent(receipt)),
            Err(refused @ ChainError::Reverted(_)) => already(self.is_settled(settlement).await?, refused),
            Err(other) => Err(other),
        }
    }

    /// Pays an owner if it has not been paid this much yet.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn ensure_claimed(&self, claim: &Claim) -> Result<Outcome, ChainError> {
        if self.claimed(&claim.study, &claim.owner).await? >= claim.cumulative {
            return Ok(Outcome::Already);
        }
        match self.claim_for(claim).await {
            Ok(receipt) => Ok(Outcome::Sent(receipt)),
            Err(refused @ ChainError::Reverted(_)) => {
                already(self.claimed(&claim.study, &claim.owner).await? >= claim.cumulative, refused)
            }
            Err(other) => Err(other),
        }
    }
}

/// A refusal is none if what was asked for is there by now.
fn already(there: bool, refused: ChainError) -> Result<Outcome, ChainError> {
    if there { Ok(Outcome::Already) } else { Err(refused) }
}

fn taken(what: &'static str, owner: &Address, sequence: u64, by: &Event) -> ChainError {
    let by = match by {
        Event::OwnerEnrolled { identity, .. } => {
            format!("an enrolment with identity 0x{}", hex::encode(identity))
        }
        Event::OwnerLeft { .. } => "its leaving".to_owned(),
        Event::ConsentWithdrawn { .. } => "its withdrawal of consent".to_owned(),
        _ => "its removal".to_owned(),
    };
    let reason = format!("sequence {sequence} of owner 0x{} was used up by {by}", hex::encode(owner));
    ChainError::Conflict { what, reason }
}
