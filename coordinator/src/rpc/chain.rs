//! `ChainService`: what the contracts logged. Public, as the chain is.

use tonic::{Request, Response, Status};
use tributary_proto::decode::{self, EventQuery};
use tributary_proto::v1::chain_service_server::ChainService;
use tributary_proto::v1::{
    ChainIndex, ContractEvent, DatasetListing, GetIndexRequest, GetIndexResponse, ListContractEventsRequest,
    ListContractEventsResponse, ListDatasetsRequest, ListDatasetsResponse, ListModelsRequest,
    ListModelsResponse, LogPlace, ModelListing,
};

use super::{Desk, RpcError};
use crate::store::{ChainEvent, EventFilter, ListedDataset, MintedModel};

/// A page of events ends before it has more bytes, but never before its first event.
const PAGE_BYTES: usize = 1 << 20;

#[tonic::async_trait]
impl ChainService for Desk {
    async fn get_index(&self, _: Request<GetIndexRequest>) -> Result<Response<GetIndexResponse>, Status> {
        Ok(Response::new(GetIndexResponse { index: self.index().await? }))
    }

    async fn list_contract_events(
        &self,
        request: Request<ListContractEventsRequest>,
    ) -> Result<Response<ListContractEventsResponse>, Status> {
        let query = EventQuery::try_from(request.into_inner()).map_err(RpcError::from)?;
        let limit = query.limit;
        // Before the events: a page can then only be of an index as new as it says, or newer.
        let index = self.index().await?;
        let found = self.driver.store.chain_events(&filter(query), limit).await.map_err(RpcError::from)?;
        let full = found.len() == usize::from(limit);
        let (mut events, mut bytes, mut cut) = (Vec::new(), 0, false);
        for event in found {
            bytes += event.fields.len();
            cut = bytes > PAGE_BYTES && !events.is_empty();
            if cut {
                break;
            }
            events.push(shown(event));
        }
        let next = events.last().and_then(|event| event.place).filter(|_| full || cut);
        Ok(Response::new(ListContractEventsResponse { events, next, index }))
    }

    async fn list_datasets(
        &self,
        request: Request<ListDatasetsRequest>,
    ) -> Result<Response<ListDatasetsResponse>, Status> {
        let ListDatasetsRequest { after, limit } = request.into_inner();
        let (after, limit) = page(after, limit)?;
        let index = self.index().await?;
        let found = self.driver.store.chain_datasets(&after, limit).await.map_err(RpcError::from)?;
        let datasets = found.into_iter().map(dataset).collect();
        Ok(Response::new(ListDatasetsResponse { datasets, index }))
    }

    async fn list_models(
        &self,
        request: Request<ListModelsRequest>,
    ) -> Result<Response<ListModelsResponse>, Status> {
        let ListModelsRequest { after, limit } = request.into_inner();
        let (after, limit) = page(after, limit)?;
        let index = self.index().await?;
        let found = self.driver.store.chain_models(&after, limit).await.map_err(RpcError::from)?;
        Ok(Response::new(ListModelsResponse { models: found.into_iter().map(model).collect(), index }))
    }
}

impl Desk {
    async fn index(&self) -> Result<Option<ChainIndex>, RpcError> {
        let cursor = self.driver.store.chain_height().await?;
        Ok(Some(cursor.map_or_else(ChainIndex::default, |cursor| ChainIndex {
            height: cursor.tip,
            head: cursor.head,
            reorganisations: cursor.reorgs,
        })))
    }
}

fn page(after: String, limit: u32) -> Result<(String, u16), RpcError> {
    Ok((decode::number("after", after)?.unwrap_or_default(), decode::page(limit)?))
}

fn filter(query: EventQuery) -> EventFilter {
    EventFilter {
        contract: query.contract,
        event: query.event,
        study: query.study.map(|study| study.to_string()),
        dataset: query.dataset,
        model: query.model,
        from_block: query.from_block,
        to_block: query.to_block,
        after: query.after,
    }
}

fn shown(event: ChainEvent) -> ContractEvent {
    ContractEvent {
        place: Some(LogPlace { block: event.block, log_index: event.log_index }),
        block_hash: event.block_hash.0.to_vec(),
        tx_hash: event.tx_hash.0.to_vec(),
        contract: event.contract,
        address: event.address.0.to_vec(),
        event: event.event,
        fields: event.fields,
    }
}

fn dataset(listed: ListedDataset) -> DatasetListing {
    DatasetListing {
        dataset: listed.dataset,
        owner: listed.owner.0.to_vec(),
        commitment: listed.commitment.0.to_vec(),
        uri: listed.uri,
        price: listed.price,
    }
}

fn model(minted: MintedModel) -> ModelListing {
    // A contract's uint16: it fits.
    let bps = |part: u64| u32::try_from(part).unwrap_or(u32::MAX);
    ModelListing {
        model: minted.model,
        owner: minted.owner.0.to_vec(),
        creator: minted.creator.0.to_vec(),
        round: minted.round,
        digest: minted.digest.0.to_vec(),
        weights: minted.weights.0.to_vec(),
        provenance: minted.provenance.0.to_vec(),
        owners_bps: bps(minted.owners_bps),
        royalty_bps: bps(minted.royalty_bps),
        splitter: minted.splitter.0.to_vec(),
    }
}
