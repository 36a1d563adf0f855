//! The roster's calls: who takes part, and which committee speaks for them.

use std::collections::BTreeSet;

use super::{Escrow, Event, Logged, convert};
use crate::{
    Address, ChainError, CommitteeRegistration, Departure, Enrolled, Enrolment, Receipt, Removal, Seal,
    Standing, Wallet, Word, abi::escrow as abi,
};

/// How often a roster that changes while it is read is read again.
const ROSTER_TRIES: usize = 3;

/// Who is on the roster after these events, which must be all of a study's, in order.
fn on_roster(events: &[Logged]) -> BTreeSet<Address> {
    let mut owners = BTreeSet::new();
    for logged in events {
        match &logged.event {
            Event::OwnerEnrolled { owner, .. } => {
                owners.insert(*owner);
            }
            Event::OwnerLeft { owner, .. }
            | Event::OwnerRemoved { owner, .. }
            | Event::ConsentWithdrawn { owner, .. } => {
                owners.remove(owner);
            }
            _ => {}
        }
    }
    owners
}

impl Escrow {
    // ------------------------------------------------------------------------------------------------ views

    /// All owners on the roster, ascending. The contract keeps no list: the events tell who they are, and the contract
    /// confirms each of them and that there is nobody else.
    ///
    /// # Errors
    /// The node can't be asked; [`ChainError::Roster`]: events and contract did not fit together, though asked again.
    pub async fn roster(&self, study: &Word) -> Result<Vec<Enrolled>, ChainError> {
        let mut again = 1..ROSTER_TRIES;
        loop {
            let owners = on_roster(&self.events(study, 0).await?);
            let owners = owners.into_iter().map(ethers::types::Address::from).collect();
            let call = abi::EnrolmentsCall { id: *study, owners };
            let abi::EnrolmentsReturn { shown, owner_count: counted } = self.at.view(call).await?;
            let standings = shown.iter().map(convert::enrolled);
            let listed: Vec<Enrolled> = standings.filter(|shown| shown.identity != [0; 32]).collect();
            if listed.len() == usize::from(counted) {
                return Ok(listed);
            }
            // Somebody came or went between the two answers.
            if again.next().is_none() {
                return Err(ChainError::Roster { listed: listed.len(), counted });
            }
        }
    }

    /// What the study knows of an owner, on the roster or not.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn enrolment(&self, study: &Word, owner: &Address) -> Result<Standing, ChainError> {
        let abi::EnrolmentReturn(shown) =
            self.at.view(abi::EnrolmentCall { id: *study, owner: owner.into() }).await?;
        Ok(convert::standing(&shown))
    }

    /// The last time that the roster was sealed; none if it never was.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn seal(&self, study: &Word) -> Result<Option<Seal>, ChainError> {
        let sealed = self.events(study, 0).await?.into_iter().rev().find_map(|logged| match logged.event {
            Event::RosterSealed { owner_count } => Some(Seal {
                owner_count,
                block_hash: logged.block_hash,
                block: logged.block,
                tx_hash: logged.tx_hash,
            }),
            _ => None,
        });
        Ok(sealed)
    }

    /// Whether an owner decides on committees and removals now.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn is_voter(&self, study: &Word, owner: &Address) -> Result<bool, ChainError> {
        let abi::IsVoterReturn(votes) =
            self.at.view(abi::IsVoterCall { id: *study, owner: owner.into() }).await?;
        Ok(votes)
    }

    /// Voters' signatures that a registration or a removal needs now.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn quorum(&self, study: &Word) -> Result<u16, ChainError> {
        let abi::QuorumReturn(quorum) = self.at.view(abi::QuorumCall { id: *study }).await?;
        u16::try_from(quorum).map_err(|_| ChainError::Range { field: "quorum", bits: 16 })
    }

    /// The contract's own `Enrol` digest; equal to [`crate::typed_data::enrol_digest`] if the study exists.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn enrol_digest(
        &self,
        study: &Word,
        owner: &Address,
        identity: &Word,
        sequence: u64,
    ) -> Result<Word, ChainError> {
        let call = abi::EnrolDigestCall { id: *study, owner: owner.into(), identity: *identity, sequence };
        let abi::EnrolDigestReturn(digest) = self.at.view(call).await?;
        Ok(digest)
    }

    /// The contract's own `CommitteeKey` digest; equal to [`crate::typed_data::committee_key_digest`].
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn committee_key_digest(
        &self,
        study: &Word,
        epoch: u64,
        key_hash: &Word,
    ) -> Result<Word, ChainError> {
        let call = abi::CommitteeKeyDigestCall { id: *study, epoch, key_hash: *key_hash };
        let abi::CommitteeKeyDigestReturn(digest) = self.at.view(call).await?;
        Ok(digest)
    }

    /// The contract's own `Leave` digest; equal to [`crate::typed_data::leave_digest`].
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn leave_digest(
        &self,
        study: &Word,
        owner: &Address,
        sequence: u64,
    ) -> Result<Word, ChainError> {
        let call = abi::LeaveDigestCall { id: *study, owner: owner.into(), sequence };
        let abi::LeaveDigestReturn(digest) = self.at.view(call).await?;
        Ok(digest)
    }

    /// The contract's own `Remove` digest; equal to [`crate::typed_data::remove_digest`].
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn remove_digest(
        &self,
        study: &Word,
        owner: &Address,
        sequence: u64,
    ) -> Result<Word, ChainError> {
        let call = abi::RemoveDigestCall { id: *study, owner: owner.into(), sequence };
        let abi::RemoveDigestReturn(digest) = self.at.view(call).await?;
        Ok(digest)
    }

    // ----------------------------------------------------------------------------------------- transactions

    /// Puts an owner on the roster, or replaces its identity. Anyone may relay it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn enrol(&self, wallet: &Wallet, enrolment: &Enrolment) -> Result<Receipt, ChainError> {
        let call = abi::EnrolCall {
            id: enrolment.study,
            owner: enrolment.owner.into(),
            identity: enrolment.identity,
            sequence: enrolment.sequence,
            allowed_proof: enrolment.proof.clone(),
            signature: enrolment.signature.clone().into(),
        };
        self.at.transact(wallet, call).await
    }

    /// Takes an owner off the roster by its own signature. Anyone may relay it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn leave(&self, wallet: &Wallet, departure: &Departure) -> Result<Receipt, ChainError> {
        let call = abi::LeaveStudyCall {
            id: departure.study,
            owner: departure.owner.into(),
            signature: departure.signature.clone().into(),
        };
        self.at.transact(wallet, call).await
    }

    /// Takes an owner off the roster by a quorum's signatures. Anyone may relay it. Signatures are put in the order
    /// the contract wants.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn remove(&self, wallet: &Wallet, removal: &Removal) -> Result<Receipt, ChainError> {
        let (signers, signatures) = convert::ascending(&removal.signatures);
        let call =
            abi::RemoveOwnerCall { id: removal.study, owner: removal.owner.into(), signers, signatures };
        self.at.transact(wallet, call).await
    }

    /// Takes an owner off the roster that does not consent (any more). Anyone may call it. While the roster is sealed it is
    /// only remembered; call it once more after the next registration.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn withdraw_consent(
        &self,
        wallet: &Wallet,
        study: &Word,
        owner: &Address,
    ) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::WithdrawConsentCall { id: *study, owner: owner.into() }).await
    }

    /// Fixes the roster until the next committee is registered. Anyone may call it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn seal_roster(&self, wallet: &Wallet, study: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::SealRosterCall { id: *study }).await
    }

    /// Registers a committee's key for the sealed roster. Anyone may relay it. Signatures are put in the order the contract wants.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn register_committee(
        &self,
        wallet: &Wallet,
        registration: &CommitteeRegistration,
    ) -> Result<Receipt, ChainError> {
        let (signers, signatures) = convert::ascending(&registration.signatures);
        let call = abi::RegisterCommitteeCall {
            id: registration.study,
            epoch: registration.epoch,
            key: registration.key.to_vec().into(),
            signers,
            signatures,
        };
        self.at.transact(wallet, call).await
    }
}
