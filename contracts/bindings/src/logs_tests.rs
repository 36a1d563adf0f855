use ethers::{
    abi::{Token, encode},
    types::{H160, U64, U256},
};

use super::*;
use crate::keccak256;

const ESCROW: Address = [0xe5; 20];
const TOKEN: Address = [0x70; 20];

fn contracts() -> Contracts {
    let mut contracts = Contracts::default();
    assert!(contracts.add(ESCROW, "StudyEscrow") && contracts.add(TOKEN, "TributaryToken"));
    contracts
}

fn log(address: Address, signature: &str, topics: &[Word], data: &[Token]) -> Log {
    let first = keccak256(signature.as_bytes());
    Log {
        address: H160(address),
        topics: std::iter::once(&first).chain(topics).map(|topic| H256(*topic)).collect(),
        data: encode(data).into(),
        block_hash: Some(H256([0xb1; 32])),
        block_number: Some(U64::from(7)),
        transaction_hash: Some(H256([0x7a; 32])),
        log_index: Some(U256::from(3)),
        ..Log::default()
    }
}

fn word(low: u8) -> Word {
    let mut word = [0; 32];
    word[31] = low;
    word
}

fn removed_owner() -> Log {
    let data = [Token::Uint(5.into()), Token::Array(vec![Token::Address(H160([2; 20]))])];
    let mut owner = [0; 32];
    owner[12..].fill(1);
    log(ESCROW, "OwnerRemoved(bytes32,address,uint64,address[])", &[[9; 32], owner], &data)
}

#[test]
fn values_come_by_name_and_in_order() {
    let event = ContractEvent::decode(&removed_owner(), &contracts()).unwrap();
    assert_eq!((event.contract, event.event.as_str()), ("StudyEscrow", "OwnerRemoved"));
    assert_eq!((event.block, event.log_index, event.tx_hash), (7, 3, [0x7a; 32]));
    let (study, owner, signer) = ("09".repeat(32), "01".repeat(20), "02".repeat(20));
    let json =
        format!(r#"{{"study":"0x{study}","owner":"0x{owner}","sequence":"5","signers":["0x{signer}"]}}"#);
    assert_eq!(event.json(), json);
    assert_eq!(event.text("sequence"), Some("5"));
    assert!(event.values[1].indexed && !event.values[2].indexed);
}

#[test]
fn the_same_topic_is_read_by_the_contract_that_logged_it() {
    // ERC-20's and ERC-721's Transfer have one topic, and differ in what is indexed.
    let transfer =
        |topics: &[Word], data: &[Token]| log(TOKEN, "Transfer(address,address,uint256)", topics, data);
    let event = ContractEvent::decode(&transfer(&[word(1), word(2)], &[Token::Uint(3.into())]), &contracts());
    assert_eq!(event.unwrap().text("value"), Some("3"));
    let other = ContractEvent::decode(&transfer(&[word(1), word(2), word(3)], &[]), &contracts());
    assert!(other.unwrap_err().reason.contains("has 3 indexed values, not 2"));
}

#[test]
fn what_is_no_log_of_the_contract_is_refused_by_name() {
    let refused = |change: &dyn Fn(&mut Log)| {
        let mut log = removed_owner();
        change(&mut log);
        ContractEvent::decode(&log, &contracts()).unwrap_err().to_string()
    };
    let place = format!("log 3 of block 7 is none of StudyEscrow at 0x{}", hex::encode(ESCROW));
    for (change, reason) in [
        (&(|log: &mut Log| log.topics[0] = H256([1; 32])) as &dyn Fn(&mut Log), "no event has topic 0x0101"),
        (&|log| log.topics.clear(), "it has no topics"),
        (&|log| log.topics.truncate(2), "OwnerRemoved: has 1 indexed values, not 2"),
        (&|log| log.topics[2] = H256([1; 32]), "OwnerRemoved: has bytes that belong to no value"),
        (&|log| log.data = log.data[..95].to_vec().into(), "OwnerRemoved: cut short"),
        (&|log| log.data = [&log.data[..], &[0]].concat().into(), "OwnerRemoved: has bytes that belong"),
        (&|log| log.data = Default::default(), "OwnerRemoved: cut short"),
        (&|log| log.removed = Some(true), "it was removed"),
        (&|log| log.log_index = Some(U256::MAX), "no such position"),
    ] {
        let said = refused(change);
        assert!(said.contains(reason), "{said}");
        assert!(said.starts_with(&place) || reason == "no such position", "{said}");
    }
    assert!(refused(&|log| log.block_number = None).contains("log 3 of block ? is none of StudyEscrow"));
    assert!(refused(&|log| log.address = H160([3; 20])).contains("is none of ? at 0x0303"));
}

#[test]
fn an_answer_is_what_was_asked_for() {
    let two = |first: Log, second: Log| serde_json::to_value(vec![first, second]).unwrap();
    let at = |index: u64| Log { log_index: Some(index.into()), ..removed_owner() };
    let read = |value, range| read_logs(value, &contracts(), range);
    let range = LogRange::Blocks { from: 7, to: 7 };
    // Nodes answer in order; if one does not, it is put into order here.
    let events = read(two(at(4), at(3)), range).unwrap();
    assert_eq!(events.iter().map(|event| event.log_index).collect::<Vec<_>>(), [3, 4]);
    assert!(read(two(at(3), at(3)), range).unwrap_err().to_string().contains("two logs of one place"));
    let beyond = LogRange::Blocks { from: 8, to: 9 };
    assert!(read(two(at(3), at(4)), beyond).unwrap_err().to_string().contains("not asked for"));
    assert_eq!(read(two(at(3), at(4)), LogRange::Block([0xb1; 32])).unwrap().len(), 2);
    let other = read(two(at(3), at(4)), LogRange::Block([0xb2; 32]));
    assert!(other.unwrap_err().to_string().contains("not asked for"));
    assert!(matches!(read(json!("no"), range), Err(LogsError::Chain(ChainError::Answer { .. }))));
}

#[test]
fn an_address_has_one_contract() {
    let mut contracts = contracts();
    assert!(contracts.add(ESCROW, "StudyEscrow"));
    assert!(!contracts.add(ESCROW, "TributaryToken"));
    assert!(!contracts.add([9; 20], "Nothing"));
    assert_eq!(contracts.iter().count(), 2);
}
