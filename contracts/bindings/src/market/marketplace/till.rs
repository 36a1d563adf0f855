//! The till of a market: what it owes to accounts, and payment by permit.

use ethers::{abi::AbiEncode as _, contract::EthCall};

use crate::{
    Address, ChainError, Deployment, Receipt, Token, Wallet,
    handle::{Handle, amount},
    token::Permit,
};

/// What `Marketplace` and `ConsentMarket` both have.
mod abi {
    #![allow(missing_docs, clippy::all, reason = "generated code")]
    ethers::contract::abigen!(
        MarketTillContract,
        r#"[
            function credit(address account) external view returns (uint256)
            function withdraw(address account) external returns (uint256)
            function permit(uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external
            function multicall(bytes[] data) external returns (bytes[])
        ]"#
    );
}

/// The till of a market. Every payment out is a credit first, and stays one until it is withdrawn. Amounts are in the
/// token's smallest unit.
#[derive(Clone, Debug)]
pub struct Till {
    market: Handle,
    token: Token,
}

impl Till {
    pub(in crate::market) fn new(market: Handle, deployment: &Deployment) -> Result<Self, ChainError> {
        let token = Token::new(market.client.clone(), deployment)?;
        Ok(Self { market, token })
    }

    /// What an account may withdraw.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn credit(&self, account: &Address) -> Result<u128, ChainError> {
        let abi::CreditReturn(credit) = self.market.view(abi::CreditCall { account: account.into() }).await?;
        amount("credit", credit)
    }

    /// Pays an account all that is credited to it. Anybody may send it: the money goes to the account.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn withdraw(&self, wallet: &Wallet, account: &Address) -> Result<Receipt, ChainError> {
        self.market.transact(wallet, abi::WithdrawCall { account: account.into() }).await
    }

    /// Makes a call that pays in, after a signed ERC-2612 permit over so much until so long, in one transaction.
    pub(in crate::market) async fn pay<C: EthCall>(
        &self,
        wallet: &Wallet,
        (value, deadline): (u128, u64),
        call: C,
    ) -> Result<Receipt, ChainError> {
        let Permit { v, r, s } = self.token.permit(wallet, &self.market.address, value, deadline).await?;
        let permit = abi::PermitCall { value: value.into(), deadline: deadline.into(), v, r, s };
        let data = vec![permit.encode().into(), call.encode().into()];
        self.market.transact(wallet, abi::MulticallCall { data }).await
    }
}
