//! CREATE2 (EIP-1014) by way of the deterministic deployment proxy, which is at one address on every chain that has it:
//! <https://github.com/Arachnid/deterministic-deployment-proxy>. A contract's address then follows from its creation code
//! and arguments alone, and nobody else's code can ever be there.

use ethers::utils::get_create2_address_from_hash;

use super::Step;
use crate::{Address, ChainClient, ChainError, Wallet, Word, keccak256};

/// Where the proxy is.
const PROXY: Address = *b"\x4e\x59\xb4\x48\x47\xb3\x79\x57\x85\x88\x92\x0c\xa7\x8f\xbf\x26\xc0\xb4\x95\x6c";

/// The account whose first and only transaction creates it: computed from a signature that was made up, so nobody has
/// its key.
const CREATOR: Address = *b"\x3f\xab\x18\x46\x22\xdc\x19\xb6\x10\x93\x49\xb9\x48\x11\x49\x3b\xf2\xa4\x53\x62";

/// The proxy: takes a salt and creation code, gives the new contract's address, and fails without data.
const CODE: [u8; 69] = *b"\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\
    \xff\xff\xff\xff\xff\xff\xff\xff\xe0\x36\x01\x60\x00\x81\x60\x20\x82\x37\x80\x35\x82\x82\x34\xf5\x80\x15\x15\x60\x39\
    \x57\x81\x82\xfd\x5b\x80\x82\x52\x50\x50\x50\x60\x14\x60\x0c\xf3";

/// What its creation may cost, in wei: 100,000 gas at 100 gwei.
const CREATION_COST: u128 = 10_000_000_000_000_000;

/// Where a contract comes to be.
pub(super) fn address(salt: &Word, creation: &[u8]) -> Address {
    get_create2_address_from_hash(ethers::types::Address::from(PROXY), salt, keccak256(creation)).0
}

/// What the proxy is called with.
pub(super) fn call(salt: &Word, creation: &[u8]) -> (Address, Vec<u8>) {
    (PROXY, [salt, creation].concat())
}

/// The one transaction that creates the proxy, the same on every chain: RLP of nonce 0, 100 gwei, 100,000 gas, no
/// recipient, no value, creation code, v = 27, r and s of twos.
fn creation_transaction() -> Vec<u8> {
    [
        &b"\xf8\xa5\x80\x85\x17\x48\x76\xe8\x00\x83\x01\x86\xa0\x80\x80\xb8\x53"[..],
        b"\x60\x45\x80\x60\x0e\x60\x00\x39\x80\x60\x00\xf3\x50\xfe",
        &CODE,
        b"\x1b\xa0",
        &[0x22; 32],
        b"\xa0",
        &[0x22; 32],
    ]
    .concat()
}

/// Creates the proxy if the chain does not have it.
pub(super) async fn ensure_proxy(
    client: &ChainClient,
    wallet: &Wallet,
    tell: &mut (dyn FnMut(&Step) + Send),
) -> Result<(), ChainError> {
    if stands(client).await? {
        return Ok(());
    }
    let missing = CREATION_COST.saturating_sub(client.ether(&CREATOR).await?);
    if missing > 0 {
        client.send_ether(wallet, &CREATOR, missing).await?;
    }
    match client.relay(&creation_transaction()).await {
        Ok(receipt) => tell(&Step::ProxyCreated(receipt)),
        // Somebody else was first.
        Err(ChainError::Refused { .. }) if stands(client).await? => {}
        Err(ChainError::Refused { message, .. }) => return Err(ChainError::NoProxy { message }),
        Err(other) => return Err(other),
    }
    if stands(client).await? {
        return Ok(());
    }
    Err(ChainError::NoProxy { message: "its creation left no code".into() })
}

async fn stands(client: &ChainClient) -> Result<bool, ChainError> {
    let code = client.code(&PROXY).await?;
    if code.is_empty() || code == CODE[..] {
        return Ok(!code.is_empty());
    }
    let reason = "there is other code".into();
    Err(ChainError::NoContract { contract: "deterministic deployment proxy", address: PROXY, reason })
}

#[cfg(test)]
mod tests {
    use ethers::types::{Signature, transaction::eip2718::TypedTransaction};
    use ethers::utils::{get_contract_address, rlp::Rlp};

    use super::*;

    #[test]
    fn the_transaction_is_the_creators_and_creates_the_proxy() {
        let raw = creation_transaction();
        let (tx, signature): (TypedTransaction, Signature) =
            TypedTransaction::decode_signed(&Rlp::new(&raw)).unwrap();
        assert_eq!(tx.chain_id(), None);
        assert_eq!(signature.recover(tx.sighash()).unwrap().0, CREATOR);
        assert_eq!(get_contract_address(ethers::types::Address::from(CREATOR), 0).0, PROXY);
        assert_eq!(tx.gas_price().unwrap() * tx.gas().unwrap(), CREATION_COST.into());
        assert_eq!(tributary_devchain::CREATE2_PROXY.0, PROXY);
    }
}
