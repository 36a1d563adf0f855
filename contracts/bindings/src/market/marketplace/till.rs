//! The till of a market: what it owes to accounts, and payment by permit.

use ethers::{abi::AbiEncode as _, contract::EthCall};

use super::amount;
use crate::{Address, ChainClient, ChainError, Deployment, Receipt, Token, Wallet, typed_data};

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
    client: ChainClient,
    token: (Token, Address),
    market: (&'static str, Address),
}

impl Till {
    /// `market` is the contract's name and where it is.
    pub(in crate::market) fn new(
        client: ChainClient,
        deployment: &Deployment,
        market: (&'static str, Address),
    ) -> Result<Self, ChainError> {
        let token = (Token::new(client.clone(), deployment)?, deployment.token);
        Ok(Self { client, token, market })
    }

    /// What an account may withdraw.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn credit(&self, account: &Address) -> Result<u128, ChainError> {
        let (name, market) = self.market;
        let call = abi::CreditCall { account: account.into() };
        let abi::CreditReturn(credit) = self.client.view(name, &market, call).await?;
        amount("credit", credit)
    }

    /// Pays an account all that is credited to it. Anybody may send it: the money goes to the account.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn withdraw(&self, wallet: &Wallet, account: &Address) -> Result<Receipt, ChainError> {
        let call = abi::WithdrawCall { account: account.into() };
        self.client.transact(wallet, &self.market.1, call).await
    }

    /// Makes a call that pays in, after a signed ERC-2612 permit over so much until so long, in one transaction.
    pub(in crate::market) async fn pay<C: EthCall>(
        &self,
        wallet: &Wallet,
        (value, deadline): (u128, u64),
        call: C,
    ) -> Result<Receipt, ChainError> {
        let ((token, token_address), market) = (&self.token, &self.market.1);
        let owner = wallet.address();
        let nonce = token.permit_nonce(&owner).await?;
        let chain = self.client.chain_id();
        let digest = typed_data::permit_digest(chain, token_address, &owner, market, value, nonce, deadline);
        let signature = wallet.sign_digest(&digest);
        let (mut r, mut s) = ([0; 32], [0; 32]);
        r.copy_from_slice(&signature[..32]);
        s.copy_from_slice(&signature[32..64]);
        let permit =
            abi::PermitCall { value: value.into(), deadline: deadline.into(), v: signature[64], r, s };
        let data = vec![permit.encode().into(), call.encode().into()];
        self.client.transact(wallet, market, abi::MulticallCall { data }).await
    }
}
