//! The chain, as an indexer asks for it.

use tonic::async_trait;
use tributary_contracts::{ChainClient, ChainError, ContractEvent, Contracts, Header, LogRange, LogsError};

/// A node. Its chain may change between any two questions.
#[async_trait]
pub trait Source: Send + Sync {
    /// The newest block.
    async fn newest(&self) -> Result<Header, ChainError>;
    /// The chain's block of this number, if it has one.
    async fn header(&self, number: u64) -> Result<Option<Header>, ChainError>;
    /// What these contracts logged, in order.
    async fn events(&self, contracts: &Contracts, range: LogRange) -> Result<Vec<ContractEvent>, LogsError>;
}

#[async_trait]
impl Source for ChainClient {
    async fn newest(&self) -> Result<Header, ChainError> {
        self.newest().await
    }

    async fn header(&self, number: u64) -> Result<Option<Header>, ChainError> {
        self.header(number).await
    }

    async fn events(&self, contracts: &Contracts, range: LogRange) -> Result<Vec<ContractEvent>, LogsError> {
        self.contract_events(contracts, range).await
    }
}
