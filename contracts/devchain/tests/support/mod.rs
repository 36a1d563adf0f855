//! A JSON-RPC client and a signer, as any Ethereum tool has them, and a contract written by hand.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEnvelope, TxLegacy};
use alloy_eips::Encodable2718;
use k256::ecdsa::SigningKey;
use revm::primitives::{Address, B256, Bytes, TxKind, U256, alloy_primitives::Signature};
use serde_json::{Value, json};
use tributary_devchain::DEV_ACCOUNT_KEYS;

pub const GWEI: u128 = 1_000_000_000;

pub struct Client {
    http: reqwest::Client,
    url: String,
}

impl Client {
    pub fn new(url: String) -> Self {
        // The client wants one even for plain HTTP; whoever was first in this process may stay.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { http: reqwest::Client::new(), url }
    }

    pub async fn post(&self, body: impl Into<reqwest::Body>) -> reqwest::Response {
        self.http.post(&self.url).body(body).send().await.unwrap()
    }

    pub async fn raw(&self, body: impl Into<reqwest::Body>) -> Value {
        self.post(body).await.json().await.unwrap()
    }

    pub async fn request(&self, method: &str, params: Value) -> Result<Value, Value> {
        let body = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
        let mut answer = self.raw(body.to_string()).await;
        assert_eq!(answer["id"], 7);
        assert_eq!(answer["jsonrpc"], "2.0");
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].take()),
        }
    }

    pub async fn ok(&self, method: &str, params: Value) -> Value {
        self.request(method, params).await.unwrap_or_else(|e| panic!("{method}: {e}"))
    }

    pub async fn err(&self, method: &str, params: Value) -> Value {
        self.request(method, params).await.expect_err(method)
    }

    pub async fn number(&self, method: &str, params: Value) -> u64 {
        hex(&self.ok(method, params).await)
    }

    /// Sends a transaction and returns its receipt.
    pub async fn send(&self, raw: &Bytes) -> Value {
        let hash = self.ok("eth_sendRawTransaction", json!([raw])).await;
        self.ok("eth_getTransactionReceipt", json!([hash])).await
    }

    /// Deploys [`contract`] from development account 0 and returns its address.
    pub async fn deploy(&self, nonce: u64) -> Address {
        let receipt = self.send(&sign(0, eip1559(nonce, TxKind::Create, &init_code()))).await;
        assert_eq!(receipt["status"], "0x1");
        receipt["contractAddress"].as_str().unwrap().parse().unwrap()
    }
}

pub fn hex(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap().strip_prefix("0x").unwrap(), 16).unwrap()
}

pub fn word(n: u64) -> B256 {
    U256::from(n).into()
}

pub fn eip1559(nonce: u64, to: TxKind, data: &[u8]) -> TxEip1559 {
    TxEip1559 {
        chain_id: 31_337,
        nonce,
        gas_limit: 1_000_000,
        max_fee_per_gas: 3 * GWEI,
        max_priority_fee_per_gas: GWEI,
        to,
        value: U256::ZERO,
        access_list: Default::default(),
        input: Bytes::copy_from_slice(data),
    }
}

pub fn eip2930(nonce: u64, to: TxKind) -> TxEip2930 {
    TxEip2930 {
        chain_id: 31_337,
        nonce,
        gas_price: 3 * GWEI,
        gas_limit: 100_000,
        to,
        value: U256::from(5),
        access_list: Default::default(),
        input: Bytes::new(),
    }
}

pub fn legacy(nonce: u64, to: TxKind) -> TxLegacy {
    TxLegacy {
        chain_id: Some(31_337),
        nonce,
        gas_price: 3 * GWEI,
        gas_limit: 100_000,
        to,
        value: U256::from(5),
        input: Bytes::new(),
    }
}

/// Signs with a development account's key and encodes (EIP-2718).
pub fn sign<T>(account: usize, tx: T) -> Bytes
where
    T: SignableTransaction<Signature>,
    TxEnvelope: From<alloy_consensus::Signed<T>>,
{
    let key: B256 = DEV_ACCOUNT_KEYS[account].parse().unwrap();
    let key = SigningKey::from_bytes(&key.0.into()).unwrap();
    let (signature, recovery) = key.sign_prehash_recoverable(tx.signature_hash().as_slice()).unwrap();
    let signed = tx.into_signed(Signature::from((signature, recovery)));
    TxEnvelope::from(signed).encoded_2718().into()
}

/// A contract in plain opcodes. One word of call data is stored in slot 0, logged with topic 0x2a and returned;
/// no call data returns slot 0; one byte of call data reverts with the four bytes of a custom error, 0xdeadbeef,
/// and the block's timestamp.
pub fn contract() -> Vec<u8> {
    let mut code = Vec::new();
    // calldatasize == 0 → read (0x2a); calldatasize == 1 → fail (0x35)
    code.extend([0x36, 0x15, 0x60, 0x2a, 0x57]); // CALLDATASIZE ISZERO PUSH1 read JUMPI
    code.extend([0x36, 0x60, 0x01, 0x14, 0x60, 0x35, 0x57]); // CALLDATASIZE PUSH1 1 EQ PUSH1 fail JUMPI
    code.extend([0x60, 0x00, 0x35, 0x80, 0x60, 0x00, 0x55]); // PUSH1 0 CALLDATALOAD DUP1 PUSH1 0 SSTORE
    code.extend([0x60, 0x00, 0x52]); // PUSH1 0 MSTORE
    code.extend([0x60, 0x2a, 0x60, 0x20, 0x60, 0x00, 0xa1]); // PUSH1 0x2a PUSH1 32 PUSH1 0 LOG1
    code.extend([0x60, 0x20, 0x60, 0x00, 0xf3]); // PUSH1 32 PUSH1 0 RETURN
    code.resize(0x2a, 0x00);
    code.extend([0x5b, 0x60, 0x00, 0x54, 0x60, 0x00, 0x52]); // JUMPDEST PUSH1 0 SLOAD PUSH1 0 MSTORE
    code.extend([0x59, 0x60, 0x00, 0xf3]); // MSIZE PUSH1 0 RETURN
    assert_eq!(code.len(), 0x35, "the read part ends where the failing part begins");
    code.extend([0x5b, 0x63, 0xde, 0xad, 0xbe, 0xef, 0x60, 0xe0, 0x1b]); // JUMPDEST PUSH4 PUSH1 224 SHL
    code.extend([0x60, 0x00, 0x52, 0x42, 0x60, 0x04, 0x52]); // PUSH1 0 MSTORE TIMESTAMP PUSH1 4 MSTORE
    code.extend([0x60, 0x24, 0x60, 0x00, 0xfd]); // PUSH1 36 PUSH1 0 REVERT
    code
}

/// Code that deploys [`contract`].
pub fn init_code() -> Vec<u8> {
    let code = contract();
    let length = u8::try_from(code.len()).unwrap();
    let mut init = vec![0x60, length, 0x60, 0x0c, 0x60, 0x00, 0x39, 0x60, length, 0x60, 0x00, 0xf3];
    init.extend(code);
    init
}
