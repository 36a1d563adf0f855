//! Requests to the embedded chain, and its state file.

use tributary_contracts::{Wallet, keccak256};
use tributary_devchain::{DEV_ACCOUNT_KEYS, fuzzing};

use super::{write, written};

pub(super) fn seeds() {
    let transfer = format!("0x{}", hex::encode(transfer()));
    let ask = |method: &str, params: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#)
    };
    let account = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
    let call = format!(r#"[{{"from":"{account}","to":"{account}","value":"0x1","data":"0x00"}},"latest"]"#);
    let requests = [
        ("block", ask("eth_getBlockByNumber", r#"["latest",true]"#)),
        ("balance", ask("eth_getBalance", &format!(r#"["{account}",{{"blockNumber":"0x0"}}]"#))),
        ("call", ask("eth_call", &call)),
        ("estimate", ask("eth_estimateGas", &call)),
        (
            "logs",
            ask(
                "eth_getLogs",
                r#"[{"fromBlock":"0x0","toBlock":"latest","topics":[null,["0x0000000000000000000000000000000000000000000000000000000000000001"]]}]"#,
            ),
        ),
        ("fees", ask("eth_feeHistory", r#"["0x2","latest",[25.0]]"#)),
        ("send", ask("eth_sendRawTransaction", &format!(r#"["{transfer}"]"#))),
        ("time", ask("evm_increaseTime", "[60]")),
        ("mine", ask("evm_mine", "[]")),
        ("snapshot", ask("evm_snapshot", "[]")),
        ("revert", ask("evm_revert", r#"["0x1"]"#)),
    ];
    for (name, request) in &requests {
        write("devchain_request", name, request);
    }
    let all: Vec<&str> = requests.iter().map(|(_, request)| request.as_str()).collect();
    write("devchain_request", "batch", format!("[{}]", all.join(",")));
    write("devchain_state", "new", written(|path| fuzzing::play(path, &[]).expect("a chain")));
    write("devchain_state", "played", written(|path| fuzzing::play(path, &all).expect("a chain")));
}

/// One wei from the first development account to nobody, signed for chain 31337 (EIP-155).
fn transfer() -> Vec<u8> {
    let chain_id: u64 = 31_337;
    // Nonce, gas price, gas, to, value, data.
    let fields = [vec![], number(10_000_000_000), number(21_000), vec![0; 20], number(1), vec![]];
    let digest = keccak256(&list(&[&fields[..], &[number(chain_id), vec![], vec![]]].concat()));
    let key = hex::decode(DEV_ACCOUNT_KEYS[0]).expect("hex").try_into().expect("32 bytes");
    let signature = Wallet::from_bytes(&key).expect("a key").sign_digest(&digest);
    let parity = u64::from(signature[64]) - 27;
    let trimmed = |word: &[u8]| word.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
    let signed = [number(parity + 35 + 2 * chain_id), trimmed(&signature[..32]), trimmed(&signature[32..64])];
    list(&[&fields[..], &signed].concat())
}

/// A number as RLP has it.
fn number(number: u64) -> Vec<u8> {
    number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
}

/// A list of strings in RLP, less than 256 bytes in all.
fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let item = |bytes: &Vec<u8>| match bytes.as_slice() {
        [byte @ ..0x80] => vec![*byte],
        bytes => [&[0x80 + bytes.len() as u8], bytes].concat(),
    };
    let body: Vec<u8> = items.iter().flat_map(item).collect();
    match body.len() {
        length @ ..56 => [&[0xc0 + length as u8], &body[..]].concat(),
        length => [&[0xf8, length as u8], &body[..]].concat(),
    }
}
