//! The chain as a relay needs it: a few reads, four writes, and writes that may safely be asked for again.

use async_trait::async_trait;

use crate::{
    Address, ChainError, Claim, Committee, CommitteeRegistration, Enrolment, Escrow, Event, Logged, Receipt,
    Settlement, Study, Wallet, Word,
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
    /// All owners, in order of enrolment.
    async fn owners(&self, study: &Word) -> Result<Vec<Address>, ChainError>;
    /// The identity an owner enrolled with.
    async fn identity(&self, study: &Word, owner: &Address) -> Result<Option<Word>, ChainError>;
    /// The committee that settles now.
    async fn committee(&self, study: &Word) -> Result<Option<Committee>, ChainError>;
    /// What an owner has been paid so far.
    async fn claimed(&self, study: &Word, owner: &Address) -> Result<u128, ChainError>;
    /// A study's events from a block on, in order.
    async fn events(&self, study: &Word, from_block: u64) -> Result<Vec<Logged>, ChainError>;
    /// The newest block's time.
    async fn now(&self) -> Result<u64, ChainError>;

    /// Enrols an owner.
    async fn enrol(&self, enrolment: &Enrolment) -> Result<Receipt, ChainError>;
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

    /// Whether the owner is enrolled with this identity.
    ///
    /// # Errors
    /// [`ChainError::Conflict`]: it is, with another.
    async fn is_enrolled(&self, enrolment: &Enrolment) -> Result<bool, ChainError> {
        match self.identity(&enrolment.study, &enrolment.owner).await? {
            None => Ok(false),
            Some(identity) if identity == enrolment.identity => Ok(true),
            Some(_) => Err(ChainError::Conflict {
                what: "enrolment",
                reason: format!("owner 0x{} is enrolled with another identity", hex::encode(enrolment.owner)),
            }),
        }
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

    /// Enrols an owner if it is not yet.
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

/// [`Chain`] on a real escrow, with the wallet that pays the gas.
#[derive(Clone, Debug)]
pub struct Relay {
    escrow: Escrow,
    wallet: Wallet,
}

impl Relay {
    /// Sends with `wallet`.
    #[must_use]
    pub fn new(escrow: Escrow, wallet: Wallet) -> Self {
        Self { escrow, wallet }
    }

    /// The escrow it calls.
    #[must_use]
    pub fn escrow(&self) -> &Escrow {
        &self.escrow
    }
}

#[async_trait]
impl Chain for Relay {
    async fn study(&self, study: &Word) -> Result<Option<Study>, ChainError> {
        self.escrow.study(study).await
    }

    async fn owners(&self, study: &Word) -> Result<Vec<Address>, ChainError> {
        self.escrow.owners(study).await
    }

    async fn identity(&self, study: &Word, owner: &Address) -> Result<Option<Word>, ChainError> {
        self.escrow.identity(study, owner).await
    }

    async fn committee(&self, study: &Word) -> Result<Option<Committee>, ChainError> {
        self.escrow.committee(study).await
    }

    async fn claimed(&self, study: &Word, owner: &Address) -> Result<u128, ChainError> {
        self.escrow.claimed(study, owner).await
    }

    async fn events(&self, study: &Word, from_block: u64) -> Result<Vec<Logged>, ChainError> {
        self.escrow.events(study, from_block).await
    }

    async fn now(&self) -> Result<u64, ChainError> {
        self.escrow.client().block_timestamp().await
    }

    async fn enrol(&self, enrolment: &Enrolment) -> Result<Receipt, ChainError> {
        self.escrow.enrol(&self.wallet, enrolment).await
    }

    async fn register_committee(&self, registration: &CommitteeRegistration) -> Result<Receipt, ChainError> {
        self.escrow.register_committee(&self.wallet, registration).await
    }

    async fn settle_round(
        &self,
        settlement: &Settlement,
        signature: &[u8; 256],
        key: &[u8; 128],
    ) -> Result<Receipt, ChainError> {
        self.escrow.settle_round(&self.wallet, settlement, signature, key).await
    }

    async fn claim_for(&self, claim: &Claim) -> Result<Receipt, ChainError> {
        self.escrow.claim_for(&self.wallet, claim).await
    }
}
