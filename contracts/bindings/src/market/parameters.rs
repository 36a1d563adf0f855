//! `ProtocolParameters`: what governance decided for all contracts. How it decides is in [`crate::governance`].

use crate::{Address, ChainClient, ChainError, Deployment, Word, handle::Handle};

mod abi {
    #![allow(missing_docs, clippy::all, reason = "generated code")]
    ethers::contract::abigen!(ProtocolParametersContract, "../artifacts/ProtocolParameters.json");
}

const NAME: &str = "ProtocolParameters";

/// The parameters on a chain. Cheap to clone. Fees are in ten-thousandths.
#[derive(Clone, Debug)]
pub struct Parameters {
    at: Handle,
}

impl Parameters {
    /// The parameters of a deployment.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn new(client: ChainClient, deployment: &Deployment) -> Result<Self, ChainError> {
        Ok(Self { at: Handle::new(client, deployment, NAME, deployment.parameters)? })
    }

    /// Where the contract is.
    #[must_use]
    pub fn address(&self) -> Address {
        self.at.address
    }

    /// Who gets the fees and what is slashed.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn treasury(&self) -> Result<Address, ChainError> {
        let abi::TreasuryReturn(treasury) = self.at.view(abi::TreasuryCall).await?;
        Ok(treasury.0)
    }

    /// The fee on what a study grants, for studies launched from now on.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn study_fee_bps(&self) -> Result<u16, ChainError> {
        let abi::StudyFeeBpsReturn(fee) = self.at.view(abi::StudyFeeBpsCall).await?;
        Ok(fee)
    }

    /// The fee on a sale's price.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn sale_fee_bps(&self) -> Result<u16, ChainError> {
        let abi::SaleFeeBpsReturn(fee) = self.at.view(abi::SaleFeeBpsCall).await?;
        Ok(fee)
    }

    /// The highest fee that governance can set.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn max_fee_bps(&self) -> Result<u16, ChainError> {
        let abi::MaxFeeReturn(fee) = self.at.view(abi::MaxFeeCall).await?;
        Ok(fee)
    }

    /// Whether studies may be launched under a scoring rule: see [`crate::scoring_rule`].
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn is_scoring_rule(&self, rule: &Word) -> Result<bool, ChainError> {
        let abi::IsScoringRuleReturn(allowed) = self.at.view(abi::IsScoringRuleCall { rule: *rule }).await?;
        Ok(allowed)
    }

    /// Who may change parameters: the timelock.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn owner(&self) -> Result<Address, ChainError> {
        let abi::OwnerReturn(owner) = self.at.view(abi::OwnerCall).await?;
        Ok(owner.0)
    }

    /// To whom the ownership was offered and who has not accepted it yet.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn pending_owner(&self) -> Result<Option<Address>, ChainError> {
        let abi::PendingOwnerReturn(owner) = self.at.view(abi::PendingOwnerCall).await?;
        Ok((!owner.is_zero()).then_some(owner.0))
    }
}
