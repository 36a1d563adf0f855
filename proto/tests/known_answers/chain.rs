//! `chain.proto`.

use tributary_proto::v1;

use super::KnownAnswers;

pub(super) fn check(known: &mut KnownAnswers) {
    known.check("ChainIndex", chain_index());
    known.check("GetIndexRequest", v1::GetIndexRequest {});
    known.check("GetIndexResponse", v1::GetIndexResponse { index: Some(chain_index()) });
    known.check("LogPlace", log_place(0));
    known.check(
        "ListContractEventsRequest",
        v1::ListContractEventsRequest {
            contract: "contract".into(),
            event: "event".into(),
            study: vec![0x30; 32],
            dataset: "dataset".into(),
            model: "model".into(),
            from_block: 6000,
            to_block: Some(7000),
            after: Some(log_place(0)),
            limit: 9000,
        },
    );
    known.check(
        "ListContractEventsResponse",
        v1::ListContractEventsResponse {
            events: [0, 1].map(contract_event).into(),
            next: Some(log_place(0)),
            index: Some(chain_index()),
        },
    );
    known.check("ContractEvent", contract_event(0));
    known.check("ListDatasetsRequest", v1::ListDatasetsRequest { after: "after".into(), limit: 2000 });
    known.check(
        "ListDatasetsResponse",
        v1::ListDatasetsResponse { datasets: [0, 1].map(dataset_listing).into(), index: Some(chain_index()) },
    );
    known.check("DatasetListing", dataset_listing(0));
    known.check("ListModelsRequest", v1::ListModelsRequest { after: "after".into(), limit: 2000 });
    known.check(
        "ListModelsResponse",
        v1::ListModelsResponse { models: [0, 1].map(model_listing).into(), index: Some(chain_index()) },
    );
    known.check("ModelListing", model_listing(0));
}

fn chain_index() -> v1::ChainIndex {
    v1::ChainIndex { height: Some(1000), head: 2000, reorganisations: 3000 }
}

fn log_place(more: u8) -> v1::LogPlace {
    v1::LogPlace { block: 1000 + u64::from(more), log_index: 2000 + u64::from(more) }
}

fn contract_event(more: u8) -> v1::ContractEvent {
    v1::ContractEvent {
        place: Some(log_place(more)),
        block_hash: vec![0x20 + more; 32],
        tx_hash: vec![0x30 + more; 32],
        contract: "contract".into(),
        address: vec![0x50 + more; 20],
        event: "event".into(),
        fields: "fields".into(),
    }
}

fn dataset_listing(more: u8) -> v1::DatasetListing {
    v1::DatasetListing {
        dataset: "dataset".into(),
        owner: vec![0x20 + more; 20],
        commitment: vec![0x30 + more; 32],
        uri: "uri".into(),
        price: "price".into(),
    }
}

fn model_listing(more: u8) -> v1::ModelListing {
    v1::ModelListing {
        model: "model".into(),
        owner: vec![0x20 + more; 20],
        creator: vec![0x30 + more; 20],
        round: 4000 + u64::from(more),
        digest: vec![0x50 + more; 32],
        weights: vec![0x60 + more; 32],
        provenance: vec![0x70 + more; 32],
        owners_bps: 8000 + u32::from(more),
        royalty_bps: 9000 + u32::from(more),
        splitter: vec![0xa0 + more; 20],
    }
}
