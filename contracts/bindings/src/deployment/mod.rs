//! Where the contracts are: a small JSON file that every party has, and how they come to be there.

mod code;
mod contracts;
mod create2;
mod roles;
mod terms;
mod text;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

pub use terms::Terms;
use text::address;

use crate::{
    Address, ChainClient, ChainError, Receipt, Wallet, Word,
    abi::escrow::{DomainSeparatorCall, DomainSeparatorReturn},
    typed_data::Domain,
};

/// The version of the contracts that this crate speaks to: that of their EIP-712 domain.
const VERSION: &str = "1";

/// The contracts of one Tributary on one chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// The contracts' version.
    pub version: String,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// A block before which none of them logged anything.
    pub block: u64,
    /// `TributaryToken`.
    #[serde(with = "address")]
    pub token: Address,
    /// `TributaryTimelock`: the treasury, and the owner of the parameters.
    #[serde(with = "address")]
    pub timelock: Address,
    /// `TributaryGovernor`.
    #[serde(with = "address")]
    pub governor: Address,
    /// `ProtocolParameters`.
    #[serde(with = "address")]
    pub parameters: Address,
    /// `DatasetRegistry`.
    #[serde(with = "address")]
    pub datasets: Address,
    /// `StudyEscrow`.
    #[serde(with = "address")]
    pub escrow: Address,
    /// `RoyaltySplitter`, of which each model has a copy.
    #[serde(with = "address")]
    pub splitter: Address,
    /// `ModelRegistry`.
    #[serde(with = "address")]
    pub models: Address,
    /// `License`.
    #[serde(with = "address")]
    pub licenses: Address,
    /// `Marketplace`.
    #[serde(with = "address")]
    pub marketplace: Address,
    /// `ConsentMarket`.
    #[serde(with = "address")]
    pub consents: Address,
    /// `ArtGallery`.
    #[serde(with = "address")]
    pub gallery: Address,
    /// `InferenceChannels`.
    #[serde(with = "address")]
    pub channels: Address,
    /// `UsageAnchor`.
    #[serde(with = "address")]
    pub usage: Address,
    /// `ComputeMarket`.
    #[serde(with = "address")]
    pub compute: Address,
    /// What they were created with: anybody can compute the addresses anew from it.
    pub terms: Terms,
}

/// Something that a deployment did, or found done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The chain had no deterministic deployment proxy; it has now.
    ProxyCreated(Receipt),
    /// A contract was there already.
    Stands {
        /// Which.
        contract: &'static str,
        /// Where.
        address: Address,
    },
    /// A contract was created.
    Created {
        /// Which.
        contract: &'static str,
        /// Where.
        address: Address,
        /// How.
        receipt: Receipt,
    },
    /// The governor was given a role over the timelock.
    Granted {
        /// Which.
        role: &'static str,
        /// How.
        receipt: Receipt,
    },
    /// The deployer gave up the right to give roles.
    Renounced(Receipt),
}

impl Deployment {
    /// Where contracts with these terms are, or will be. `block` is zero.
    #[must_use]
    pub fn planned(chain_id: u64, terms: &Terms) -> Self {
        let mut deployment = Self {
            version: VERSION.into(),
            chain_id,
            block: 0,
            token: [0; 20],
            timelock: [0; 20],
            governor: [0; 20],
            parameters: [0; 20],
            datasets: [0; 20],
            escrow: [0; 20],
            splitter: [0; 20],
            models: [0; 20],
            licenses: [0; 20],
            marketplace: [0; 20],
            consents: [0; 20],
            gallery: [0; 20],
            channels: [0; 20],
            usage: [0; 20],
            compute: [0; 20],
            terms: terms.clone(),
        };
        contracts::place(terms, &mut deployment);
        deployment
    }

    /// Creates the contracts that are not there yet, hands the timelock over to the governor, and checks everything.
    /// May be called again, and after it was cut off anywhere: what is done is not done again. `tell` hears of each step.
    ///
    /// # Errors
    /// As for every transaction: see [`ChainError`]. What was done until then stays.
    pub async fn deploy(
        client: &ChainClient,
        wallet: &Wallet,
        terms: &Terms,
        tell: &mut (dyn FnMut(&Step) + Send),
    ) -> Result<Self, ChainError> {
        let mut deployment = Self::planned(client.chain_id(), terms);
        // A run that was cut off may have left transactions on their way.
        client.wait_for_pending(&wallet.address()).await?;
        create2::ensure_proxy(client, wallet, tell).await?;
        let (mut first, mut resumed) = (None, false);
        for (part, code) in contracts::parts() {
            let (contract, address) = (part.name, part.address(&deployment));
            if !client.code(&address).await?.is_empty() {
                resumed = true;
                tell(&Step::Stands { contract, address });
                continue;
            }
            let creation = part.creation(code, terms, &deployment);
            let receipt = create(client, wallet, terms, &creation, &address).await?;
            let Some(receipt) = receipt else {
                resumed = true;
                tell(&Step::Stands { contract, address });
                continue;
            };
            first = first.or(Some(receipt.block));
            tell(&Step::Created { contract, address, receipt });
        }
        deployment.block = match first {
            Some(block) if !resumed => block,
            _ => first_log(client, &deployment.timelock).await?,
        };
        roles::hand_over(client, wallet, &deployment, tell).await?;
        deployment.check(client).await?;
        roles::check(client, &deployment).await?;
        Ok(deployment)
    }

    /// The contracts by name, as in `contracts/src/`.
    pub fn contracts(&self) -> impl Iterator<Item = (&'static str, Address)> {
        contracts::PARTS.iter().map(|part| (part.name, part.address(self)))
    }

    /// Checks that the node serves this chain, and that each contract is on it: that its address follows from this
    /// version's creation code and the terms, that its code is what that creates, and that it is bound to the others.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`] or [`ChainError::NoContract`], or the node can't be asked.
    pub async fn check(&self, client: &ChainClient) -> Result<(), ChainError> {
        client.expect_chain(self.chain_id)?;
        let planned = Self::planned(self.chain_id, &self.terms);
        for (part, creation) in contracts::parts() {
            let address = part.address(self);
            let wrong = |reason: String| ChainError::NoContract { contract: part.name, address, reason };
            let code = client.code(&address).await?;
            if code.is_empty() {
                return Err(wrong("there is no code".into()));
            }
            if !code::comes_from(&code, creation) {
                return Err(wrong(format!("its code is not that of version {VERSION}")));
            }
            let expected = part.address(&planned);
            if address != expected {
                return Err(wrong(format!(
                    "with this version and these terms it would be at 0x{}",
                    hex::encode(expected)
                )));
            }
            for (view, bound) in part.bound {
                let (shown, expected) = (client.view_address(part.name, &address, view).await?, bound(self));
                if shown != expected {
                    let [shown, expected] = [shown, expected].map(hex::encode);
                    return Err(wrong(format!("its {view} is 0x{shown}, not 0x{expected}")));
                }
            }
        }
        let DomainSeparatorReturn(separator) =
            client.view("StudyEscrow", &self.escrow, DomainSeparatorCall).await?;
        if separator != self.domain().separator() {
            let reason = "it signs under another domain: other version, or other address".into();
            return Err(ChainError::NoContract { contract: "StudyEscrow", address: self.escrow, reason });
        }
        Ok(())
    }

    /// The domain that signatures for the escrow are made in.
    #[must_use]
    pub fn domain(&self) -> Domain {
        Domain { chain_id: self.chain_id, escrow: self.escrow }
    }

    /// A study's id: known before the launch, which its funder sends.
    #[must_use]
    pub fn study_id(&self, funder: &Address, plan_digest: &Word, salt: &Word) -> Word {
        use crate::typed_data::{address_word, number_word};
        let words = [
            number_word(self.chain_id.into()),
            address_word(&self.escrow),
            address_word(funder),
            *plan_digest,
            *salt,
        ];
        crate::keccak256(words.as_flattened())
    }

    /// The file of a chain, if `path` is a folder with one file for each; else `path` itself.
    #[must_use]
    pub fn locate(path: &Path, chain_id: u64) -> PathBuf {
        if path.is_dir() { path.join(format!("{VERSION}-{chain_id}.json")) } else { path.to_owned() }
    }

    /// Reads the file of a node's chain: see [`Self::locate`].
    ///
    /// # Errors
    /// The file is missing, malformed, of another version, or of another chain.
    pub fn open(path: &Path, client: &ChainClient) -> Result<Self, ChainError> {
        let file = Self::locate(path, client.chain_id());
        if file != path && !file.exists() {
            let chain = client.chain_id();
            return Err(ChainError::DeploymentFile {
                path: file,
                reason: format!(
                    "there is none for chain {chain}, which this node serves; check the --rpc endpoint, or run `tributary deploy`"
                ),
            });
        }
        let deployment = Self::read(&file)?;
        client.expect_chain(deployment.chain_id)?;
        Ok(deployment)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// The file is missing, malformed, or of another version.
    pub fn read(path: &Path) -> Result<Self, ChainError> {
        let bad = |reason: String| ChainError::DeploymentFile { path: path.to_owned(), reason };
        let text = fs::read(path).map_err(|e| bad(e.to_string()))?;
        let deployment: Self = serde_json::from_slice(&text).map_err(|e| bad(e.to_string()))?;
        if deployment.version != VERSION {
            return Err(bad(format!(
                "contracts of version {}, this program speaks {VERSION}",
                deployment.version
            )));
        }
        Ok(deployment)
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write(&self, path: &Path) -> Result<(), ChainError> {
        let bad = |reason: String| ChainError::DeploymentFile { path: path.to_owned(), reason };
        let mut text = serde_json::to_vec_pretty(self).map_err(|e| bad(e.to_string()))?;
        text.push(b'\n');
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        fs::write(&part, text).and_then(|()| fs::rename(&part, path)).map_err(|e| bad(e.to_string()))
    }
}

/// Creates a contract; none if somebody else did meanwhile.
async fn create(
    client: &ChainClient,
    wallet: &Wallet,
    terms: &Terms,
    creation: &[u8],
    address: &Address,
) -> Result<Option<Receipt>, ChainError> {
    let (proxy, call) = create2::call(&terms.salt, creation);
    match client.submit_call(wallet, &proxy, call).await {
        Ok(receipt) => Ok(Some(receipt)),
        Err(_) if !client.code(address).await?.is_empty() => Ok(None),
        // The proxy does not pass on why a constructor refuses.
        Err(refused @ ChainError::Reverted(_)) => {
            Err(client.simulate_creation(creation).await.err().unwrap_or(refused))
        }
        Err(other) => Err(other),
    }
}

/// The block of the timelock's first log, which is the first contract's creation. Zero if the node refuses so wide a
/// search.
async fn first_log(client: &ChainClient, timelock: &Address) -> Result<u64, ChainError> {
    // Its constructor grants the role that administers roles, whose number is zero.
    let logs = match client.logs(timelock, &[0; 32], 0).await {
        Ok(logs) => logs,
        Err(ChainError::Refused { message, .. }) => {
            tracing::warn!(
                message,
                "the node does not show the timelock's first log; block 0 is written instead"
            );
            return Ok(0);
        }
        Err(other) => return Err(other),
    };
    Ok(logs.first().and_then(|log| log.block_number).map_or(0, |block| block.as_u64()))
}

#[cfg(test)]
mod tests;
