//! A node, as the rest of the crate sees it: reads, and transactions that are signed here.

use std::{sync::Arc, time::Duration};

use ethers::{
    abi::AbiDecode,
    contract::EthCall,
    types::{
        Block, Bytes, Eip1559TransactionRequest, H256, Log, Transaction, TransactionReceipt, U64, U256,
        transaction::eip2718::TypedTransaction,
    },
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{
    Address, ChainError, Wallet, Word,
    transport::{HttpTransport, Repeat},
};

/// How long a transaction may wait to be mined.
const MINED_WITHIN: Duration = Duration::from_secs(120);
/// Between two looks for a receipt, at first and at most.
const POLL: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(2));
/// A transaction's gas limit is the estimate and a fifth: the state may change before it is mined.
const GAS_MARGIN: (u64, u64) = (6, 5);
/// No transaction may have more (EIP-7825).
const GAS_CAP: u64 = 1 << 24;
/// A node that shows no logs of so few blocks shows none.
const FEW_BLOCKS: u64 = 100;
/// Tries when another process used the nonce first.
const NONCE_ATTEMPTS: u32 = 5;

/// What a mined transaction left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The transaction's hash.
    pub tx_hash: Word,
    /// Gas it used.
    pub gas_used: u64,
    /// The number of the block it is in.
    pub block: u64,
}

/// A node that serves one chain. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ChainClient {
    http: Arc<HttpTransport>,
    chain_id: u64,
}

impl ChainClient {
    /// Connects to a JSON-RPC endpoint (`http://host:port`) and asks which chain it serves.
    ///
    /// # Errors
    /// The endpoint is malformed, can't be reached, or is no Ethereum node.
    pub async fn connect(url: &str) -> Result<Self, ChainError> {
        let http = Arc::new(HttpTransport::new(url)?);
        let chain_id: U64 = http.request("eth_chainId", json!([]), Repeat::Always).await?;
        Ok(Self { http, chain_id: chain_id.as_u64() })
    }

    /// The chain the node serves.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// Refuses another chain than `expected`.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn expect_chain(&self, expected: u64) -> Result<(), ChainError> {
        if self.chain_id == expected {
            return Ok(());
        }
        Err(ChainError::WrongChain { node: self.chain_id, expected })
    }

    /// The newest block's number.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn block_number(&self) -> Result<u64, ChainError> {
        Ok(self.read::<U64>("eth_blockNumber", json!([])).await?.as_u64())
    }

    /// The newest block's time.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn block_timestamp(&self) -> Result<u64, ChainError> {
        Ok(self.latest().await?.timestamp.low_u64())
    }

    /// An account's ether, in wei.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn ether(&self, account: &Address) -> Result<u128, ChainError> {
        let wei: U256 = self.read("eth_getBalance", json!([hex_string(account), "latest"])).await?;
        wei.try_into().map_err(|_| ChainError::Range { field: "balance", bits: 128 })
    }

    /// Sends ether, in wei.
    ///
    /// # Errors
    /// As for every transaction: see [`ChainError`].
    pub async fn send_ether(&self, wallet: &Wallet, to: &Address, wei: u128) -> Result<Receipt, ChainError> {
        self.send(wallet, *to, Bytes::new(), wei.into()).await
    }

    /// The receipt of a transaction, if it is mined.
    ///
    /// # Errors
    /// The node can't be asked, or the transaction failed.
    pub async fn receipt(&self, tx_hash: &Word) -> Result<Option<Receipt>, ChainError> {
        let params = json!([H256(*tx_hash)]);
        let Some(receipt) =
            self.read::<Option<TransactionReceipt>>("eth_getTransactionReceipt", params).await?
        else {
            return Ok(None);
        };
        let Some(block) = receipt.block_number else { return Ok(None) };
        let block = block.as_u64();
        if receipt.status != Some(1.into()) {
            return Err(ChainError::Failed { tx_hash: *tx_hash, block });
        }
        let gas_used = receipt.gas_used.unwrap_or_default().low_u64();
        Ok(Some(Receipt { tx_hash: *tx_hash, gas_used, block }))
    }

    /// Any JSON-RPC method, for what nodes have beyond the standard (`evm_increaseTime`, `evm_mine` …).
    ///
    /// # Errors
    /// The node can't be asked, or refuses.
    pub async fn rpc(&self, method: &str, params: Value) -> Result<Value, ChainError> {
        self.http.request(method, params, Repeat::IfUnsent).await
    }

    async fn read<R: DeserializeOwned>(&self, method: &str, params: Value) -> Result<R, ChainError> {
        self.http.request(method, params, Repeat::Always).await
    }

    async fn latest(&self) -> Result<Block<H256>, ChainError> {
        self.read("eth_getBlockByNumber", json!(["latest", false])).await
    }

    /// The code at an address; empty if there is none.
    pub(crate) async fn code(&self, address: &Address) -> Result<Bytes, ChainError> {
        self.read("eth_getCode", json!([hex_string(address), "latest"])).await
    }

    /// Calls a view of a contract.
    pub(crate) async fn view<C: EthCall, R: AbiDecode>(
        &self,
        contract: &'static str,
        address: &Address,
        call: C,
    ) -> Result<R, ChainError> {
        let message = json!({ "to": hex_string(address), "data": hex_string(&call.encode()) });
        self.decoded(contract, address, message).await
    }

    async fn decoded<R: AbiDecode>(
        &self,
        contract: &'static str,
        address: &Address,
        message: Value,
    ) -> Result<R, ChainError> {
        let output: Bytes = self.read("eth_call", json!([message, "latest"])).await?;
        R::decode(&output).map_err(|e| ChainError::NoContract {
            contract,
            address: *address,
            reason: if output.is_empty() { "there is no code".into() } else { e.to_string() },
        })
    }

    /// Sends a call of a contract as a transaction and waits for it.
    pub(crate) async fn transact<C: EthCall>(
        &self,
        wallet: &Wallet,
        to: &Address,
        call: C,
    ) -> Result<Receipt, ChainError> {
        self.send(wallet, *to, call.encode().into(), U256::zero()).await
    }

    /// Sends encoded call data as a transaction and waits for it.
    pub(crate) async fn submit_call(
        &self,
        wallet: &Wallet,
        to: &Address,
        data: Vec<u8>,
    ) -> Result<Receipt, ChainError> {
        self.send(wallet, *to, data.into(), U256::zero()).await
    }

    /// Hands on a transaction that somebody else signed, and waits for it.
    pub(crate) async fn relay(&self, raw: &[u8]) -> Result<Receipt, ChainError> {
        let tx_hash = crate::keccak256(raw);
        self.submit_raw(raw, tx_hash).await?;
        self.wait(tx_hash).await
    }

    /// Waits until what the node has taken from an account is mined, or for as long as a transaction may take.
    pub(crate) async fn wait_for_pending(&self, account: &Address) -> Result<(), ChainError> {
        let count = async |block: &str| {
            self.read::<U256>("eth_getTransactionCount", json!([hex_string(account), block])).await
        };
        let polls = async {
            let mut pause = POLL.0;
            while count("latest").await? < count("pending").await? {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(POLL.1);
            }
            Ok(())
        };
        // What waits longer may never be mined: whoever asks goes on, and sees.
        tokio::time::timeout(MINED_WITHIN, polls).await.unwrap_or(Ok(()))
    }

    /// Runs creation code without sending anything.
    pub(crate) async fn simulate_creation(&self, creation: &[u8]) -> Result<(), ChainError> {
        self.read("eth_call", json!([{ "data": hex_string(creation) }, "latest"])).await.map(|_: Bytes| ())
    }

    /// Asks a view without arguments, such as `token()`, which contract it shows.
    pub(crate) async fn view_address(
        &self,
        contract: &'static str,
        address: &Address,
        view: &str,
    ) -> Result<Address, ChainError> {
        let selector = &crate::keccak256(view.as_bytes())[..4];
        let message = json!({ "to": hex_string(address), "data": hex_string(selector) });
        let shown: ethers::types::Address = self.decoded(contract, address, message).await?;
        Ok(shown.0)
    }

    /// Logs of `address` from a block on whose first indexed value is `topic1`.
    pub(crate) async fn logs(
        &self,
        address: &Address,
        topic1: &Word,
        from_block: u64,
    ) -> Result<Vec<Log>, ChainError> {
        self.logs_at(address, 1, topic1, from_block).await
    }

    /// Logs of `address` from a block on whose indexed value at `place`, from 1, is `topic`.
    pub(crate) async fn logs_at(
        &self,
        address: &Address,
        place: usize,
        topic: &Word,
        from_block: u64,
    ) -> Result<Vec<Log>, ChainError> {
        // Past the end there is nothing yet; some nodes call that an error.
        if from_block > self.block_number().await? {
            return Ok(Vec::new());
        }
        self.logs_in(address, place, topic, (from_block, None)).await
    }

    /// [`Self::logs_at`], asked for in parts if the node shows only so many blocks at a time. With `place` 0 `topic` is
    /// the event's signature.
    pub(crate) async fn logs_by_parts(
        &self,
        address: &Address,
        place: usize,
        topic: &Word,
        from_block: u64,
    ) -> Result<Vec<Log>, ChainError> {
        let mut logs = Vec::new();
        let newest = self.block_number().await?;
        let mut parts = if from_block > newest { Vec::new() } else { vec![(from_block, newest)] };
        while let Some((from, to)) = parts.pop() {
            match self.logs_in(address, place, topic, (from, Some(to))).await {
                Ok(found) => logs.extend(found),
                Err(ChainError::Refused { .. }) if to.saturating_sub(from) >= FEW_BLOCKS => {
                    let middle = from.midpoint(to);
                    parts.extend([(middle + 1, to), (from, middle)]);
                }
                Err(other) => return Err(other),
            }
        }
        Ok(logs)
    }

    async fn logs_in(
        &self,
        address: &Address,
        place: usize,
        topic: &Word,
        (from, to): (u64, Option<u64>),
    ) -> Result<Vec<Log>, ChainError> {
        let mut topics = vec![Value::Null; place];
        topics.push(json!(H256(*topic)));
        let filter = json!([{
            "address": hex_string(address),
            "topics": topics,
            "fromBlock": format!("{from:#x}"),
            "toBlock": to.map_or_else(|| "latest".into(), |to| format!("{to:#x}")),
        }]);
        self.read("eth_getLogs", filter).await
    }

    /// Signs, sends and waits for a transaction. The estimate simulates it first, so a refusal costs nothing.
    async fn send(
        &self,
        wallet: &Wallet,
        to: Address,
        data: Bytes,
        wei: U256,
    ) -> Result<Receipt, ChainError> {
        let message = json!({
            "from": hex_string(&wallet.address()),
            "to": hex_string(&to),
            "data": data,
            "value": wei,
        });
        let request = Eip1559TransactionRequest::new()
            .to(ethers::types::Address::from(to))
            .data(data)
            .value(wei)
            .chain_id(self.chain_id);
        let gas: U64 = self.read("eth_estimateGas", json!([message])).await?;
        let gas = gas.as_u64().saturating_mul(GAS_MARGIN.0) / GAS_MARGIN.1;
        let (max_fee, tip) = self.fees().await?;
        let request = request.gas(gas.min(GAS_CAP)).max_fee_per_gas(max_fee).max_priority_fee_per_gas(tip);
        let tx_hash = self.submit(wallet, request).await?;
        match self.wait(tx_hash).await {
            // The simulation in the newest state says why, if that state still refuses.
            Err(failed @ ChainError::Failed { .. }) => {
                match self.read::<Bytes>("eth_call", json!([message, "latest"])).await {
                    Err(reverted @ ChainError::Reverted(_)) => Err(reverted),
                    _ => Err(failed),
                }
            }
            outcome => outcome,
        }
    }

    /// Twice the newest base fee, so that six full blocks can't price the transaction out, and the node's tip.
    async fn fees(&self) -> Result<(U256, U256), ChainError> {
        let tip: U256 = self.read("eth_maxPriorityFeePerGas", json!([])).await?;
        let base = self.latest().await?.base_fee_per_gas.unwrap_or_default();
        Ok((base.saturating_mul(2.into()).saturating_add(tip), tip))
    }

    /// Gives the transaction the wallet's next nonce and hands it to the node.
    async fn submit(&self, wallet: &Wallet, request: Eip1559TransactionRequest) -> Result<Word, ChainError> {
        // Held until the node has taken the transaction: the next one then sees its nonce used.
        let _turn = wallet.turn().await;
        let mut attempt = 1;
        loop {
            let params = json!([hex_string(&wallet.address()), "pending"]);
            let nonce: U256 = self.read("eth_getTransactionCount", params).await?;
            let tx: TypedTransaction = request.clone().nonce(nonce).into();
            let raw = wallet.sign_transaction(&tx);
            let tx_hash = crate::keccak256(&raw);
            match self.submit_raw(&raw, tx_hash).await {
                // Refused as a whole, because another process with this key was first: a new nonce is safe.
                Err(ChainError::Refused { message, .. })
                    if attempt < NONCE_ATTEMPTS && nonce_is_taken(&message) =>
                {
                    tracing::debug!(attempt, message, "taking another nonce");
                    attempt += 1;
                }
                outcome => return outcome.map(|()| tx_hash),
            }
        }
    }

    async fn submit_raw(&self, raw: &[u8], tx_hash: Word) -> Result<(), ChainError> {
        let sent = self
            .http
            .request::<Value>("eth_sendRawTransaction", json!([hex_string(raw)]), Repeat::IfUnsent)
            .await;
        match sent {
            Ok(_) => Ok(()),
            // The connection broke: the node has it, or not. It is never signed anew here.
            Err(ChainError::Unreachable { reason, .. }) => {
                let params = json!([H256(tx_hash)]);
                match self.read::<Option<Transaction>>("eth_getTransactionByHash", params).await {
                    Ok(Some(_)) => Ok(()),
                    _ => Err(ChainError::Unsure { tx_hash, reason }),
                }
            }
            Err(other) => Err(other),
        }
    }

    async fn wait(&self, tx_hash: Word) -> Result<Receipt, ChainError> {
        let polls = async {
            let mut pause = POLL.0;
            loop {
                if let Some(receipt) = self.receipt(&tx_hash).await? {
                    return Ok(receipt);
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(POLL.1);
            }
        };
        tokio::time::timeout(MINED_WITHIN, polls)
            .await
            .unwrap_or(Err(ChainError::NotMined { tx_hash, seconds: MINED_WITHIN.as_secs() }))
    }
}

/// Another process with the same key was first: with another transaction, or with the very same one, which is its
/// and not ours. In the words of geth, anvil and the embedded chain.
fn nonce_is_taken(message: &str) -> bool {
    ["nonce too low", "nonce too high", "already known", "already imported"]
        .iter()
        .any(|part| message.contains(part))
}

fn hex_string(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}
