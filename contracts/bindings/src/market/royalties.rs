//! `RoyaltySplitter`: divides the tokens that it receives between payees and a creator.
//!
//! A model's splitter pays the study's owners by their last payouts, and the researcher the rest; a piece's pays the
//! splitter of its model, and the artist the rest. It is a small contract of its own with its split in its code, and
//! can be paid by a plain transfer before it is deployed. Amounts are in the smallest unit of the token in question.

use crate::{
    Address, ChainClient, ChainError, Claim, Deployment, Receipt, Wallet, Word,
    handle::{Handle, amount},
};

mod abi {
    #![allow(missing_docs, clippy::all, reason = "generated code")]
    ethers::contract::abigen!(RoyaltySplitterContract, "../artifacts/RoyaltySplitter.json");
}

const NAME: &str = "RoyaltySplitter";
/// The code of a minimal proxy (ERC-1167) before and after the address that it hands calls to.
const PROXY: ([u8; 10], [u8; 15]) = (
    [0x36, 0x3d, 0x3d, 0x37, 0x3d, 0x3d, 0x3d, 0x36, 0x3d, 0x73],
    [0x5a, 0xf4, 0x3d, 0x82, 0x80, 0x3e, 0x90, 0x3d, 0x91, 0x60, 0x2b, 0x57, 0xfd, 0x5b, 0xf3],
);

/// How a splitter divides what it receives: for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Root of the tree over payees and their cumulative amounts ([`crate::merkle::PayoutTree`]).
    pub root: Word,
    /// The sum of those amounts: a payee's share is `cumulative / total`.
    pub total: u128,
    /// The payees' part of what comes in, in basis points.
    pub payees_bps: u16,
    /// Who gets the rest.
    pub creator: Address,
}

/// A payee's place in a splitter's tree. An owner's is its claim to the study's last settled round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Who is paid.
    pub payee: Address,
    /// Its amount in the tree.
    pub cumulative: u128,
    /// Merkle proof of both.
    pub proof: Vec<Word>,
}

impl From<Claim> for Share {
    fn from(claim: Claim) -> Self {
        Self { payee: claim.owner, cumulative: claim.cumulative, proof: claim.proof }
    }
}

/// What a splitter has paid out of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Released {
    /// To everybody.
    pub in_all: u128,
    /// To payees.
    pub to_payees: u128,
}

/// A splitter on a chain. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Splitter {
    at: Handle,
}

impl Splitter {
    /// The splitter at an address ([`crate::market::models::Models::splitter_of`]), if it is one of this deployment's:
    /// a transaction to an address without code would do nothing and succeed, and other code could do anything.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`]; [`ChainError::NoContract`] if it is not deployed yet, or is something else; the node
    /// can't be asked.
    pub async fn at(
        client: ChainClient,
        deployment: &Deployment,
        address: Address,
    ) -> Result<Self, ChainError> {
        let at = Handle::new(client, deployment, NAME, address)?;
        let code = at.client.code(&address).await?;
        let proxy = [&PROXY.0[..], &deployment.splitter, &PROXY.1].concat();
        if code.starts_with(&proxy) {
            return Ok(Self { at });
        }
        let reason = if code.is_empty() {
            "there is no code; deploy the splitter first"
        } else {
            "its code is no clone of the deployment's splitter"
        };
        Err(at.wrong(reason))
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> Address {
        self.at.address
    }

    // ------------------------------------------------------------------------------------------------ views

    /// How it divides what it receives.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn split(&self) -> Result<Split, ChainError> {
        let abi::SplitReturn(split) = self.at.view(abi::SplitCall).await?;
        let abi::Split { root, total, payees_bps, creator } = split;
        Ok(Split { root, total, payees_bps, creator: creator.0 })
    }

    /// The token that [`Self::release`], [`Self::release_creator`] and [`Self::fund_payees`] move.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn token(&self) -> Result<Address, ChainError> {
        let abi::TokenReturn(token) = self.at.view(abi::TokenCall).await?;
        Ok(token.0)
    }

    /// All that has ever come in of a token.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn received(&self, asset: &Address) -> Result<u128, ChainError> {
        let abi::ReceivedReturn(sum) = self.at.view(abi::ReceivedCall { asset: asset.into() }).await?;
        amount("receipts", sum)
    }

    /// All that has been paid out of a token.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn released(&self, asset: &Address) -> Result<Released, ChainError> {
        let abi::ReleasedReturn { in_all, to_payees } =
            self.at.view(abi::ReleasedCall { asset: asset.into() }).await?;
        Ok(Released {
            in_all: amount("releases", in_all)?,
            to_payees: amount("releases to payees", to_payees)?,
        })
    }

    /// What one payee has been paid of a token.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn released_to(&self, asset: &Address, payee: &Address) -> Result<u128, ChainError> {
        let call = abi::ReleasedToCall { asset: asset.into(), payee: payee.into() };
        let abi::ReleasedToReturn(sum) = self.at.view(call).await?;
        amount("release", sum)
    }

    /// What has come in for the payees alone.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn reserved(&self) -> Result<u128, ChainError> {
        let abi::ReservedReturn(sum) = self.at.view(abi::ReservedCall).await?;
        amount("reserve", sum)
    }

    /// What belongs to the payees of all that has come in of a token.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn payees_part(&self, asset: &Address) -> Result<u128, ChainError> {
        let abi::PayeesPartReturn { part } =
            self.at.view(abi::PayeesPartCall { asset: asset.into() }).await?;
        amount("payees' part", part)
    }

    /// What a payee could be paid of a token now, if its share is in the tree: the proof is not looked at.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn releasable(&self, asset: &Address, share: &Share) -> Result<u128, ChainError> {
        let (payee, cumulative) = (share.payee.into(), share.cumulative);
        let call = abi::ReleasableCall { asset: asset.into(), payee, cumulative };
        let abi::ReleasableReturn(sum) = self.at.view(call).await?;
        amount("release", sum)
    }

    /// What the creator could be paid of a token now.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn releasable_creator(&self, asset: &Address) -> Result<u128, ChainError> {
        let call = abi::ReleasableCreatorCall { asset: asset.into() };
        let abi::ReleasableCreatorReturn(sum) = self.at.view(call).await?;
        amount("release", sum)
    }

    // ----------------------------------------------------------------------------------------- transactions
    //
    // Each fails as every transaction may: see `ChainError`. A contract's refusal is found before anything is sent.
    // Anybody may send a release: it pays whom the split names.

    /// Pays a payee what has come in for it since the last time.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn release(&self, wallet: &Wallet, share: &Share) -> Result<Receipt, ChainError> {
        let (payee, cumulative, proof) = (share.payee.into(), share.cumulative, share.proof.clone());
        self.at.transact(wallet, abi::ReleaseCall { payee, cumulative, proof }).await
    }

    /// Pays the creator what has come in for it since the last time.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn release_creator(&self, wallet: &Wallet) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::ReleaseCreatorCall).await
    }

    /// [`Self::release`] of another ERC-20 token.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn release_of(
        &self,
        wallet: &Wallet,
        asset: &Address,
        share: &Share,
    ) -> Result<Receipt, ChainError> {
        let (payee, cumulative, proof) = (share.payee.into(), share.cumulative, share.proof.clone());
        self.at.transact(wallet, abi::ReleaseOfCall { asset: asset.into(), payee, cumulative, proof }).await
    }

    /// [`Self::release_creator`] of another ERC-20 token.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn release_creator_of(&self, wallet: &Wallet, asset: &Address) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::ReleaseCreatorOfCall { asset: asset.into() }).await
    }

    /// Gives tokens to the payees alone. The splitter needs an allowance of `amount` ([`crate::Token::approve`]).
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn fund_payees(&self, wallet: &Wallet, amount: u128) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::FundPayeesCall { amount: amount.into() }).await
    }
}
