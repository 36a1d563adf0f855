//! A contract where it is: what the typed handles of this crate are made of.

use ethers::{
    abi::{AbiDecode, RawLog},
    contract::{EthCall, EthLogDecode},
    types::{Log, U256},
};

use crate::{Address, ChainClient, ChainError, Deployment, Receipt, Wallet, Word};

/// A contract on a chain, by address.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    pub client: ChainClient,
    pub address: Address,
    /// As in `contracts/src/`.
    name: &'static str,
}

impl Handle {
    /// A contract of a deployment.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn new(
        client: ChainClient,
        deployment: &Deployment,
        name: &'static str,
        address: Address,
    ) -> Result<Self, ChainError> {
        client.expect_chain(deployment.chain_id)?;
        Ok(Self::on(client, name, address))
    }

    /// A contract on a chain that is known to be the right one.
    pub fn on(client: ChainClient, name: &'static str, address: Address) -> Self {
        Self { client, address, name }
    }

    /// Calls a view.
    pub async fn view<C: EthCall, R: AbiDecode>(&self, call: C) -> Result<R, ChainError> {
        self.client.view(self.name, &self.address, call).await
    }

    /// Sends a call as a transaction and waits for it.
    pub async fn transact<C: EthCall>(&self, wallet: &Wallet, call: C) -> Result<Receipt, ChainError> {
        self.client.transact(wallet, &self.address, call).await
    }

    /// Its logs from a block on whose indexed value at `place`, from 1, is `topic`.
    pub async fn logs(&self, place: usize, topic: &Word, from_block: u64) -> Result<Vec<Log>, ChainError> {
        self.client.logs_at(&self.address, place, topic, from_block).await
    }

    /// Reads a log of its.
    pub fn event<E: EthLogDecode>(&self, log: &Log) -> Result<E, ChainError> {
        let raw = RawLog { topics: log.topics.clone(), data: log.data.to_vec() };
        E::decode_log(&raw).map_err(|e| self.wrong(format!("a log of its can't be read: {e}")))
    }

    /// It is not what it should be.
    pub fn wrong(&self, reason: impl Into<String>) -> ChainError {
        ChainError::NoContract { contract: self.name, address: self.address, reason: reason.into() }
    }
}

/// A token's id or a proposal's, which are words, as the number that it is on chain.
pub(crate) fn number(id: &Word) -> U256 {
    U256::from_big_endian(id)
}

/// A counter or a time. `field` names it in the error.
pub(crate) fn counter(field: &'static str, number: U256) -> Result<u64, ChainError> {
    number.try_into().map_err(|_| ChainError::Range { field, bits: 64 })
}

/// An amount in the token's smallest unit. `field` names it in the error.
pub(crate) fn amount(field: &'static str, amount: U256) -> Result<u128, ChainError> {
    amount.try_into().map_err(|_| ChainError::Range { field, bits: 128 })
}
