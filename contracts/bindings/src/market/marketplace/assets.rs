//! What is sold, in its own contract: approvals to the market, and who owns it.

use ethers::types::U256;

use super::{Asset, Marketplace};
use crate::{Address, ChainError, Receipt, Wallet, Word};

/// `setApprovalForAll` is of ERC-1155 as well.
mod abi {
    #![allow(missing_docs, clippy::all, reason = "generated code")]
    ethers::contract::abigen!(
        CollectionContract,
        r#"[
            function ownerOf(uint256 tokenId) external view returns (address)
            function approve(address to, uint256 tokenId) external
            function setApprovalForAll(address operator, bool approved) external
        ]"#
    );
}

impl Marketplace {
    /// Who owns an ERC-721 token.
    ///
    /// # Errors
    /// There is no such token, or the node can't be asked.
    pub async fn owner_of(&self, collection: &Address, token_id: &Word) -> Result<Address, ChainError> {
        let call = abi::OwnerOfCall { token_id: U256::from_big_endian(token_id) };
        let abi::OwnerOfReturn(owner) = self.at.client.view("ERC-721", collection, call).await?;
        Ok(owner.0)
    }

    /// Lets the market take this ERC-721 token: a listing needs it. It ends with every transfer.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn approve(&self, wallet: &Wallet, asset: &Asset) -> Result<Receipt, ChainError> {
        let token_id = U256::from_big_endian(&asset.token_id);
        let call = abi::ApproveCall { to: self.address().into(), token_id };
        self.at.client.transact(wallet, &asset.collection, call).await
    }

    /// Lets the market take all that the wallet has of a collection, or no more: for ERC-1155 units, and for auctions.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn approve_all(
        &self,
        wallet: &Wallet,
        collection: &Address,
        approved: bool,
    ) -> Result<Receipt, ChainError> {
        let call = abi::SetApprovalForAllCall { operator: self.address().into(), approved };
        self.at.client.transact(wallet, collection, call).await
    }

    /// Hands an asset over whose handover failed ([`Self::uncollected`]), to an address that its owner names.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn collect(&self, wallet: &Wallet, lot: u64, to: &Address) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, super::abi::CollectCall { id: lot.into(), to: to.into() }).await
    }
}
