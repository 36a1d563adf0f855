//! `StudyEscrow`: every call, by name. The roster's are in `roster.rs`.

mod convert;
mod events;
mod roster;

pub(crate) use convert::launch as launch_argument;
#[cfg(feature = "fuzzing")]
pub(crate) use convert::{standing as shown_standing, study as shown_study};
#[cfg(feature = "fuzzing")]
pub(crate) use events::decode as decode_log;
pub use events::{Event, Logged};

use crate::{
    Address, ChainClient, ChainError, Claim, Committee, Deployment, Launch, Receipt, Settlement, Study,
    Token, Wallet, Word,
    abi::{
        escrow as abi,
        parameters::{StudyFeeBpsCall, StudyFeeBpsReturn},
    },
    handle::Handle,
    token::Permit,
};

const NAME: &str = "StudyEscrow";

/// The escrow contract on a chain. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Escrow {
    at: Handle,
    deployment: Deployment,
}

impl Escrow {
    /// The escrow of a deployment.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn new(client: ChainClient, deployment: Deployment) -> Result<Self, ChainError> {
        let at = Handle::new(client, &deployment, NAME, deployment.escrow)?;
        Ok(Self { at, deployment })
    }

    /// Where the contracts are.
    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// The node it is called through.
    #[must_use]
    pub fn client(&self) -> &ChainClient {
        &self.at.client
    }

    // ------------------------------------------------------------------------------------------------ views

    /// A study; none if there is none with this id.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn study(&self, study: &Word) -> Result<Option<Study>, ChainError> {
        let abi::StudyReturn { shown } = self.at.view(abi::StudyCall { id: *study }).await?;
        Ok(convert::study(&shown))
    }

    /// The committee that settles now; none before the first registration.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn committee(&self, study: &Word) -> Result<Option<Committee>, ChainError> {
        let abi::CommitteeReturn { epoch, key_hash } =
            self.at.view(abi::CommitteeCall { id: *study }).await?;
        Ok((epoch != 0).then_some(Committee { epoch, key_hash }))
    }

    /// What an owner has been paid so far.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn claimed(&self, study: &Word, owner: &Address) -> Result<u128, ChainError> {
        let abi::ClaimedReturn(amount) =
            self.at.view(abi::ClaimedCall { id: *study, owner: owner.into() }).await?;
        Ok(amount)
    }

    /// What launching a study with this budget moves now: the budget and the protocol's fee.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn funding(&self, budget: u128) -> Result<u128, ChainError> {
        let abi::FundingReturn(funding) = self.at.view(abi::FundingCall { budget }).await?;
        funding.try_into().map_err(|_| ChainError::Range { field: "funding", bits: 128 })
    }

    /// The protocol's fee on studies that are launched now, in ten-thousandths of what is granted.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn study_fee_bps(&self) -> Result<u16, ChainError> {
        let parameters = &self.deployment.parameters;
        let StudyFeeBpsReturn { fee } =
            self.at.client.view("ProtocolParameters", parameters, StudyFeeBpsCall).await?;
        Ok(fee)
    }

    /// The most owners a study may have.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn max_owners(&self) -> Result<u16, ChainError> {
        let abi::MaxOwnersReturn(limit) = self.at.view(abi::MaxOwnersCall).await?;
        Ok(limit)
    }

    /// The contract's own `Settlement` digest; equal to [`typed_data::settlement_digest`].
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn settlement_digest(&self, settlement: &Settlement) -> Result<Word, ChainError> {
        let call = abi::SettlementDigestCall { settlement: convert::settlement(settlement) };
        let abi::SettlementDigestReturn(digest) = self.at.view(call).await?;
        Ok(digest)
    }

    // ----------------------------------------------------------------------------------------- transactions
    //
    // Each fails as every transaction may: see `ChainError`. A contract's refusal is found before anything is sent.

    /// Launches a study; what it takes ([`Self::funding`]) must have been approved ([`Token::approve`]). The wallet is its
    /// funder. Returns its id.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn launch(&self, wallet: &Wallet, launch: &Launch) -> Result<(Word, Receipt), ChainError> {
        let receipt = self.at.transact(wallet, abi::LaunchCall { plan: convert::launch(launch) }).await?;
        Ok((self.launched(wallet, launch), receipt))
    }

    /// Launches a study with a signed ERC-2612 permit over exactly what it takes, in place of an approval: one
    /// transaction instead of two. `deadline` is the permit's. Returns the study's id.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn launch_with_permit(
        &self,
        wallet: &Wallet,
        launch: &Launch,
        deadline: u64,
    ) -> Result<(Word, Receipt), ChainError> {
        let token = Token::new(self.at.client.clone(), &self.deployment)?;
        let value = self.funding(launch.budget).await?;
        let Permit { v, r, s } = token.permit(wallet, &self.at.address, value, deadline).await?;
        let plan = convert::launch(launch);
        let (value, deadline) = (value.into(), deadline.into());
        let call = abi::LaunchWithPermitCall { plan, value, deadline, v, r, s };
        let receipt = self.at.transact(wallet, call).await?;
        Ok((self.launched(wallet, launch), receipt))
    }

    fn launched(&self, wallet: &Wallet, launch: &Launch) -> Word {
        self.deployment.study_id(&wallet.address(), &launch.plan_digest, &launch.salt)
    }

    /// Settles a round by the committee's BLS signature; signature and key are EIP-2537 encoded (see [`crate::bls`]).
    /// Anyone may relay it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn settle_round(
        &self,
        wallet: &Wallet,
        settlement: &Settlement,
        signature: &[u8; 256],
        key: &[u8; 128],
    ) -> Result<Receipt, ChainError> {
        let call = abi::SettleRoundCall {
            settlement: convert::settlement(settlement),
            signature: signature.to_vec().into(),
            key: key.to_vec().into(),
        };
        self.at.transact(wallet, call).await
    }

    /// Pays an owner what it has not been paid yet. Anyone may call it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn claim_for(&self, wallet: &Wallet, claim: &Claim) -> Result<Receipt, ChainError> {
        let call = abi::ClaimForCall {
            id: claim.study,
            owner: claim.owner.into(),
            cumulative: claim.cumulative,
            proof: claim.proof.clone(),
        };
        self.at.transact(wallet, call).await
    }

    /// Pays several owners. Those who were paid already are passed over. Anyone may call it; all claims must be of `study`.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn claim_many(
        &self,
        wallet: &Wallet,
        study: &Word,
        claims: &[Claim],
    ) -> Result<Receipt, ChainError> {
        let claims = claims.iter().filter(|claim| claim.study == *study).map(convert::claim).collect();
        self.at.transact(wallet, abi::ClaimManyCall { id: *study, claims }).await
    }

    /// Pays the treasury the fee on what was granted and not collected yet. Anyone may call it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn collect_fee(&self, wallet: &Wallet, study: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::CollectFeeCall { id: *study }).await
    }

    /// Closes a study after its last round, or when all of its budget is granted. Its researcher and its funder may.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn close(&self, wallet: &Wallet, study: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::CloseCall { id: *study }).await
    }

    /// Ends a study whose time has run out. Anyone may call it; the funder gets the rest.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn refund(&self, wallet: &Wallet, study: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::RefundCall { id: *study }).await
    }

    // ----------------------------------------------------------------------------------------------- events

    /// A study's events from a block on, in order.
    ///
    /// # Errors
    /// The node can't be asked, or a log can't be read.
    pub async fn events(&self, study: &Word, from_block: u64) -> Result<Vec<Logged>, ChainError> {
        // Every event of the contract has the study as its first indexed value.
        let logs = self.at.logs(1, study, from_block).await?;
        logs.iter().map(|log| events::decode(log, &self.at.address)).collect()
    }
}
