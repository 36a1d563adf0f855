use tributary_contracts::{Named, event_inputs};

use super::*;
use crate::store::databases::databases;
use crate::store::{EventFilter, ListedDataset, Read};

/// An event of the rule as the contract's ABI has it, with a value for each of its inputs.
fn example(rule: &Rule, place: u64) -> ContractEvent {
    let inputs = event_inputs(rule.contract, rule.event)
        .unwrap_or_else(|| panic!("{} has no event {}", rule.contract, rule.event));
    let named = |(name, kind, indexed): (String, String, bool)| {
        let value = match kind.as_str() {
            "address" => Value::Text(format!("0x{}", "ab".repeat(20))),
            "bytes32" => Value::Text(format!("0x{}", "cd".repeat(32))),
            "bool" => Value::Bool(true),
            "string" => Value::Text("ipfs://sealed".into()),
            "address[]" => Value::List(vec![]),
            number => {
                let bits: usize = number.strip_prefix("uint").unwrap().parse().unwrap();
                // The largest there is.
                let largest =
                    ["255", "65535", "18446744073709551615", "340282366920938463463374607431768211455"];
                let place = [8, 16, 64, 128].iter().position(|size| *size == bits);
                Value::Text(place.map_or("9".repeat(77), |place| largest[place].to_owned()))
            }
        };
        Named { name, indexed, value }
    };
    ContractEvent {
        contract: rule.contract,
        address: [1; 20],
        event: rule.event.to_owned(),
        block: place,
        block_hash: [2; 32],
        tx_hash: [3; 32],
        log_index: 0,
        values: inputs.into_iter().map(named).collect(),
    }
}

#[tokio::test]
async fn every_rule_fits_its_contract_and_its_table() {
    let (stores, _directory) = databases("rules").await;
    for store in stores {
        let version = store.chain_cursor("rules").await.unwrap().version;
        let events = RULES.iter().zip(1..).map(|(rule, place)| {
            let event = example(rule, place);
            let row = row(&event).unwrap();
            assert!(row.is_some());
            (event, row)
        });
        let events: Vec<_> = events.collect();
        let read = Read { version, head: 99, blocks: &[], kept_from: 0, events: &events };
        store.extend_chain(&read).await.unwrap();
        let tables = [
            "chain_contracts",
            "chain_studies",
            "chain_rosters",
            "chain_settlements",
            "chain_payouts",
            "chain_datasets",
            "chain_consents",
            "chain_models",
            "chain_licences",
            "chain_sales",
        ];
        let mut rows = 0;
        for table in tables {
            let count = store.count_rows(table).await;
            assert!(count > 0, "{table} is of use");
            rows += count;
        }
        assert_eq!(rows, RULES.len() as i64);
        store.cut_chain(version + 1, Some(0)).await.unwrap();
        for table in tables {
            assert_eq!(store.count_rows(table).await, 0, "{table}");
        }
    }
}

#[test]
fn an_event_without_a_value_is_refused_by_its_name() {
    let rule = RULES.iter().find(|rule| rule.event == "RoundSettled").unwrap();
    let refused = |change: &dyn Fn(&mut ContractEvent)| {
        let mut event = example(rule, 1);
        change(&mut event);
        row(&event).unwrap_err().to_string()
    };
    assert!(refused(&|event| event.values.truncate(3)).contains("StudyEscrow.RoundSettled has no model"));
    let set = |event: &mut ContractEvent, name: &str, value: Value| {
        event.values.iter_mut().find(|named| named.name == name).unwrap().value = value;
    };
    for bad in ["", "-1", "0x1", "one"] {
        assert!(refused(&|event| set(event, "round", Value::Text(bad.into()))).contains("no round"));
    }
    assert!(refused(&|event| set(event, "round", Value::Bool(true))).contains("no round"));
    let mut other = example(rule, 1);
    other.event = "SomethingElse".into();
    assert_eq!(row(&other), Ok(None));
}

#[tokio::test]
async fn datasets_and_models_stand_as_their_newest_events_say() {
    let (stores, _directory) = databases("standing").await;
    for store in stores {
        let mut version = store.chain_cursor("standing").await.unwrap().version;
        let mut block = 0;
        let mut log = async |contract: &str, event: &str, values: &[(&str, &str)]| {
            let rule = RULES.iter().find(|rule| (rule.contract, rule.event) == (contract, event)).unwrap();
            block += 1;
            let mut event = example(rule, block);
            for (name, value) in values {
                let named = event.values.iter_mut().find(|named| named.name == *name).unwrap();
                named.value = Value::Text((*value).to_owned());
            }
            let row = row(&event).unwrap();
            let read = Read { version, head: block, blocks: &[], kept_from: 0, events: &[(event, row)] };
            store.extend_chain(&read).await.unwrap();
            version += 1;
            (version, block)
        };
        let (ann, bob) = (format!("0x{}", "aa".repeat(20)), format!("0x{}", "bb".repeat(20)));
        for dataset in ["2", "10", "3"] {
            log("DatasetRegistry", "Transfer", &[("tokenId", dataset), ("to", &ann)]).await;
            let listed = [("dataset", dataset), ("owner", &*ann), ("price", "5")];
            log("DatasetRegistry", "DatasetListed", &listed).await;
        }
        log("DatasetRegistry", "DatasetUpdated", &[("dataset", "10"), ("owner", &ann), ("price", "6")]).await;
        log("DatasetRegistry", "Transfer", &[("tokenId", "10"), ("to", &bob)]).await;
        let (before, cut) = log("DatasetRegistry", "Transfer", &[("tokenId", "2"), ("to", &ann)]).await;
        log("DatasetRegistry", "DatasetErased", &[("dataset", "3"), ("owner", &ann)]).await;
        log("ModelRegistry", "ModelMinted", &[("model", "77"), ("creator", &ann)]).await;
        let (last, _) = log("ModelRegistry", "Transfer", &[("tokenId", "77"), ("to", &bob)]).await;

        let standing = async || {
            let datasets = store.chain_datasets("", 500).await.unwrap();
            let shown = |d: ListedDataset| (d.dataset, d.owner.to_string(), d.price);
            datasets.into_iter().map(shown).collect::<Vec<_>>()
        };
        let two = ("2".to_owned(), ann.clone(), "5".to_owned());
        let ten = ("10".to_owned(), bob.clone(), "6".to_owned());
        assert_eq!(standing().await, [two.clone(), ten.clone()]);
        assert_eq!(store.chain_datasets("2", 500).await.unwrap().len(), 1);
        assert_eq!(store.chain_datasets("", 1).await.unwrap()[0].dataset, "2");
        let models = store.chain_models("", 500).await.unwrap();
        assert_eq!(models.len(), 1);
        assert_eq!((models[0].owner.to_string(), models[0].creator.to_string()), (bob, ann.clone()));
        let about = EventFilter { dataset: Some("10".into()), ..EventFilter::default() };
        assert_eq!(
            store.chain_events(&about, 500).await.unwrap().len(),
            4,
            "tokens are found by their numbers"
        );
        let about = EventFilter { model: Some("77".into()), ..EventFilter::default() };
        assert_eq!(store.chain_events(&about, 500).await.unwrap().len(), 2);

        let study = format!("0x{:064x}", 77);
        let about = EventFilter { study: Some(study), ..EventFilter::default() };
        assert_eq!(store.chain_events(&about, 500).await.unwrap().len(), 2, "a model is of its study");

        // A reorganisation takes the erasure and the model back.
        assert!(before < last);
        store.cut_chain(last, Some(cut)).await.unwrap();
        assert_eq!(standing().await, [two, ("3".to_owned(), ann, "5".to_owned()), ten]);
        assert!(store.chain_models("", 500).await.unwrap().is_empty());
    }
}
