//! `TributaryToken`: what studies are funded and paid in.

use ethers::types::U256;

use crate::{
    Address, ChainClient, ChainError, Deployment, Receipt, Wallet, Word,
    abi::token::{
        AllowanceCall, AllowanceReturn, ApproveCall, BalanceOfCall, BalanceOfReturn, MintCall, NoncesCall,
        NoncesReturn, TotalSupplyCall, TotalSupplyReturn, TransferCall,
    },
};

/// The token contract. Amounts are in its smallest unit (18 decimals).
#[derive(Clone, Debug)]
pub struct Token {
    client: ChainClient,
    address: Address,
}

const NAME: &str = "TributaryToken";

impl Token {
    /// The token of a deployment.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn new(client: ChainClient, deployment: &Deployment) -> Result<Self, ChainError> {
        client.expect_chain(deployment.chain_id)?;
        Ok(Self { client, address: deployment.token })
    }

    /// What an account has.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn balance(&self, account: &Address) -> Result<u128, ChainError> {
        let call = BalanceOfCall { account: account.into() };
        let BalanceOfReturn(amount) = self.client.view(NAME, &self.address, call).await?;
        fits("balance", amount)
    }

    /// What `spender` may still take from `owner`; `u128::MAX` stands for more than that.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn allowance(&self, owner: &Address, spender: &Address) -> Result<u128, ChainError> {
        let call = AllowanceCall { owner: owner.into(), spender: spender.into() };
        let AllowanceReturn(amount) = self.client.view(NAME, &self.address, call).await?;
        Ok(u128::try_from(amount).unwrap_or(u128::MAX))
    }

    /// All tokens there are.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn total_supply(&self) -> Result<u128, ChainError> {
        let TotalSupplyReturn(amount) = self.client.view(NAME, &self.address, TotalSupplyCall).await?;
        fits("total supply", amount)
    }

    /// Creates tokens. Only the token's owner may.
    ///
    /// # Errors
    /// As for every transaction: see [`ChainError`].
    pub async fn mint(&self, wallet: &Wallet, to: &Address, amount: u128) -> Result<Receipt, ChainError> {
        self.client.transact(wallet, &self.address, MintCall { to: to.into(), amount: amount.into() }).await
    }

    /// Sends tokens.
    ///
    /// # Errors
    /// As for every transaction: see [`ChainError`].
    pub async fn transfer(&self, wallet: &Wallet, to: &Address, amount: u128) -> Result<Receipt, ChainError> {
        self.client
            .transact(wallet, &self.address, TransferCall { to: to.into(), value: amount.into() })
            .await
    }

    /// Lets `spender` take up to `amount`.
    ///
    /// # Errors
    /// As for every transaction: see [`ChainError`].
    pub async fn approve(
        &self,
        wallet: &Wallet,
        spender: &Address,
        amount: u128,
    ) -> Result<Receipt, ChainError> {
        let call = ApproveCall { spender: spender.into(), value: amount.into() };
        self.client.transact(wallet, &self.address, call).await
    }

    /// The nonce of an owner's next ERC-2612 permit.
    pub(crate) async fn permit_nonce(&self, owner: &Address) -> Result<Word, ChainError> {
        let NoncesReturn(nonce) =
            self.client.view(NAME, &self.address, NoncesCall { owner: owner.into() }).await?;
        let mut word = [0; 32];
        nonce.to_big_endian(&mut word);
        Ok(word)
    }
}

fn fits(field: &'static str, amount: U256) -> Result<u128, ChainError> {
    amount.try_into().map_err(|_| ChainError::Range { field, bits: 128 })
}
