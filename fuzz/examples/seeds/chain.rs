//! What a node answers, and wallets sign.

use tributary_contracts::{Wallet, keccak256};

use super::{choose, write};

/// Logs and reverts as the contract's interface has them, of words that count up.
pub(super) fn seeds() {
    let artifact = include_str!("../../../contracts/artifacts/StudyEscrow.json");
    let artifact: serde_json::Value = serde_json::from_str(artifact).expect("JSON");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    for entry in artifact["abi"].as_array().expect("an interface") {
        let name = text(&entry["name"]);
        let inputs = entry["inputs"].as_array().cloned().unwrap_or_default();
        let types: Vec<String> = inputs.iter().map(|input| text(&input["type"])).collect();
        let selector = keccak256(format!("{name}({})", types.join(",")).as_bytes());
        let (mut indexed, mut heads, mut tail) = (Vec::new(), Vec::new(), Vec::new());
        let plain = inputs.iter().filter(|input| input["indexed"] != true).count();
        for (place, input) in inputs.iter().enumerate() {
            let kind = text(&input["type"]);
            if input["indexed"] == true {
                indexed.push(word(place + 1));
            } else if kind == "bytes" || kind == "string" || kind.ends_with("[]") {
                heads.push(word(32 * plain + tail.len()));
                // One address, or 128 bytes.
                let (length, content) = if kind.ends_with("[]") { (1, 32) } else { (128, 128) };
                tail.extend(word(length));
                tail.extend(vec![0; content]);
            } else {
                heads.push(word(1));
            }
        }
        let data = [heads.concat(), tail].concat();
        match entry["type"].as_str() {
            Some("event") => {
                let topics = [vec![selector], indexed].concat();
                write("escrow_event", &name, choose(topics.len() as u8, [topics.concat(), data].concat()));
            }
            Some("error") if inputs.len() > 1 => {
                write("revert", &name, [&selector[..4], &data].concat());
            }
            _ => {}
        }
    }
    let reason = [&[0x08, 0xc3, 0x79, 0xa0][..], &word(32), &word(2), &[b'n'; 32]].concat();
    write("revert", "Error", reason);
    write("chain_view", "word", word(7));
    write("chain_view", "study", (0..20).flat_map(|_| word(1)).collect::<Vec<u8>>());
    for (name, answer) in [
        ("number", r#"{"jsonrpc":"2.0","id":1,"result":"0x1f"}"#),
        ("bytes", r#"{"jsonrpc":"2.0","id":1,"result":"0x0001"}"#),
        ("null", r#"{"jsonrpc":"2.0","id":1,"result":null}"#),
        ("reverted", r#"{"id":1,"error":{"code":3,"message":"execution reverted","data":"0x01020304"}}"#),
        ("refused", r#"{"id":1,"error":{"code":-32000,"message":"nonce too low"}}"#),
        (
            "logs",
            r#"{"id":1,"result":[{"address":"0x0000000000000000000000000000000000000001","topics":["0x0000000000000000000000000000000000000000000000000000000000000001"],"data":"0x","blockNumber":"0x1","transactionHash":"0x0000000000000000000000000000000000000000000000000000000000000002","transactionIndex":"0x0","blockHash":"0x0000000000000000000000000000000000000000000000000000000000000003","logIndex":"0x0","removed":false}]}"#,
        ),
        (
            "block",
            r#"{"id":1,"result":{"number":"0x1","hash":"0x0000000000000000000000000000000000000000000000000000000000000003","parentHash":"0x0000000000000000000000000000000000000000000000000000000000000003","timestamp":"0x5","gasLimit":"0x1","gasUsed":"0x0","baseFeePerGas":"0x7","transactions":[]}}"#,
        ),
    ] {
        write("chain_answer", name, answer);
    }
    let wallet = Wallet::from_bytes(&[7; 32]).expect("a key");
    let digest = [8; 32];
    write("wallet_signature", "honest", [&digest[..], &wallet.sign_digest(&digest)].concat());
}

fn word(number: usize) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&(number as u64).to_be_bytes());
    word
}
