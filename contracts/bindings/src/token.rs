//! `TributaryToken`: what studies are funded and paid in.

use crate::{
    Address, ChainClient, ChainError, Deployment, Receipt, Wallet, Word,
    abi::token::{
        AllowanceCall, AllowanceReturn, ApproveCall, BalanceOfCall, BalanceOfReturn, MintCall, NoncesCall,
        NoncesReturn, TotalSupplyCall, TotalSupplyReturn, TransferCall,
    },
    handle::{Handle, amount},
    typed_data,
};

/// The token contract. Amounts are in its smallest unit (18 decimals).
#[derive(Clone, Debug)]
pub struct Token {
    at: Handle,
}

const NAME: &str = "TributaryToken";

impl Token {
    /// The token of a deployment.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn new(client: ChainClient, deployment: &Deployment) -> Result<Self, ChainError> {
        Ok(Self { at: Handle::new(client, deployment, NAME, deployment.token)? })
    }

    /// What an account has.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn balance(&self, account: &Address) -> Result<u128, ChainError> {
        let call = BalanceOfCall { account: account.into() };
        let BalanceOfReturn(balance) = self.at.view(call).await?;
        amount("balance", balance)
    }

    /// What `spender` may still take from `owner`; `u128::MAX` stands for more than that.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn allowance(&self, owner: &Address, spender: &Address) -> Result<u128, ChainError> {
        let call = AllowanceCall { owner: owner.into(), spender: spender.into() };
        let AllowanceReturn(amount) = self.at.view(call).await?;
        Ok(u128::try_from(amount).unwrap_or(u128::MAX))
    }

    /// All tokens there are.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn total_supply(&self) -> Result<u128, ChainError> {
        let TotalSupplyReturn(supply) = self.at.view(TotalSupplyCall).await?;
        amount("total supply", supply)
    }

    /// Creates tokens. Only the token's owner may.
    ///
    /// # Errors
    /// As for every transaction: see [`ChainError`].
    pub async fn mint(&self, wallet: &Wallet, to: &Address, amount: u128) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, MintCall { to: to.into(), amount: amount.into() }).await
    }

    /// Sends tokens.
    ///
    /// # Errors
    /// As for every transaction: see [`ChainError`].
    pub async fn transfer(&self, wallet: &Wallet, to: &Address, amount: u128) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, TransferCall { to: to.into(), value: amount.into() }).await
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
        self.at.transact(wallet, call).await
    }

    /// Signs an ERC-2612 permit: `spender` may take `value` until the second `deadline`.
    pub(crate) async fn permit(
        &self,
        wallet: &Wallet,
        spender: &Address,
        value: u128,
        deadline: u64,
    ) -> Result<Permit, ChainError> {
        let owner = wallet.address();
        let NoncesReturn(next) = self.at.view(NoncesCall { owner: owner.into() }).await?;
        let mut nonce = [0; 32];
        next.to_big_endian(&mut nonce);
        let (chain, token) = (self.at.client.chain_id(), &self.at.address);
        let digest = typed_data::permit_digest(chain, token, &owner, spender, value, nonce, deadline);
        let signature = wallet.sign_digest(&digest);
        let (mut r, mut s) = ([0; 32], [0; 32]);
        r.copy_from_slice(&signature[..32]);
        s.copy_from_slice(&signature[32..64]);
        Ok(Permit { v: signature[64], r, s })
    }
}

/// The signature of a permit, as calls take it.
pub(crate) struct Permit {
    pub v: u8,
    pub r: Word,
    pub s: Word,
}
