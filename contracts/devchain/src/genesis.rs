//! Block zero: which accounts hold ether before the first transaction.

use std::collections::BTreeMap;

use revm::primitives::{Address, Bytes, U256, address, bytes};
use serde::{Deserialize, Serialize};

/// One ether in wei.
pub const ONE_ETHER: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);

/// Ether given to each development account.
const DEV_BALANCE_ETHER: u64 = 10_000;

/// The ten well-known development accounts (mnemonic "test test test test test test test test test test test junk",
/// path `m/44'/60'/0'/0/i`), as anvil and Hardhat have them. Their keys are public.
pub const DEV_ACCOUNTS: [Address; 10] = [
    address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
    address!("70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    address!("3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
    address!("90F79bf6EB2c4f870365E785982E1f101E93b906"),
    address!("15d34AAf54267DB7D7c367839AAf71A00a2C6A65"),
    address!("9965507D1a55bcC2695C58ba16FB37d819B0A4dc"),
    address!("976EA74026E726554dB657fA54763abd0C3a0aa9"),
    address!("14dC79964da2C08b23698B3D3cc7Ca32193d9955"),
    address!("23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f"),
    address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720"),
];

/// The secret keys of [`DEV_ACCOUNTS`], in hex. Known to everybody: never send them anything of value.
pub const DEV_ACCOUNT_KEYS: [&str; 10] = [
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
    "8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba",
    "92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e",
    "4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356",
    "dbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97",
    "2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6",
];

/// Where the deterministic deployment proxy is on every chain that has it
/// (<https://github.com/Arachnid/deterministic-deployment-proxy>). Called with a salt and creation code, it creates the
/// contract by CREATE2 (EIP-1014), at an address that depends on nothing else.
pub const CREATE2_PROXY: Address = address!("4e59b44847b379578588920cA78FbF26c0B4956C");

/// The account whose only transaction creates the proxy. Its signature was made up and the account computed from it, so
/// nobody has the key, and there can be no other transaction of it.
pub const CREATE2_PROXY_CREATOR: Address = address!("3fAB184622Dc19b6109349B94811493BF2a45362");

/// The proxy's code.
const CREATE2_PROXY_CODE: Bytes = bytes!(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b"
    "8082525050506014600cf3"
);

/// What a chain starts from. Two nodes with the same genesis and the same records are the same chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Genesis {
    pub chain_id: u64,
    /// Seconds since the Unix epoch.
    pub timestamp: u64,
    /// Wei by account.
    pub accounts: BTreeMap<Address, U256>,
    /// Code by contract. State files that have none are of chains without contracts in block zero.
    #[serde(default)]
    pub contracts: BTreeMap<Address, Bytes>,
}

impl Genesis {
    pub fn new(chain_id: u64, timestamp: u64) -> Self {
        Self { chain_id, timestamp, accounts: BTreeMap::new(), contracts: BTreeMap::new() }
    }

    pub fn add_create2_proxy(&mut self) {
        self.contracts.insert(CREATE2_PROXY, CREATE2_PROXY_CODE);
    }

    pub fn fund(&mut self, account: Address, wei: U256) {
        let balance = self.accounts.entry(account).or_default();
        *balance = balance.saturating_add(wei);
    }

    pub fn fund_dev_accounts(&mut self) {
        for account in DEV_ACCOUNTS {
            self.fund(account, U256::from(DEV_BALANCE_ETHER) * ONE_ETHER);
        }
    }
}

/// Why a `--fund` value was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FundError {
    /// There is no `=`.
    #[error("write an account to fund as <address>=<ether>, for example 0xf39F…2266=100")]
    Form,
    /// The left side is no address.
    #[error("`{0}` is not an address: it takes 0x and 40 hex digits")]
    Address(String),
    /// The right side is no amount.
    #[error("`{0}` is not an amount of ether: a decimal number with at most 18 places")]
    Amount(String),
}

/// Reads `<address>=<ether>`; the amount is decimal ether with at most 18 places. Returns address and wei.
pub fn parse_fund(text: &str) -> Result<(Address, U256), FundError> {
    let (address, ether) = text.split_once('=').ok_or(FundError::Form)?;
    let parsed = address.trim().parse().map_err(|_| FundError::Address(address.to_owned()))?;
    let wei = parse_ether(ether.trim()).ok_or_else(|| FundError::Amount(ether.to_owned()))?;
    Ok((parsed, wei))
}

fn parse_ether(text: &str) -> Option<U256> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || part.len() > 18 || !digits(whole) || !digits(part) {
        return None;
    }
    let whole: U256 = U256::from_str_radix(whole, 10).ok()?;
    let part: U256 = U256::from_str_radix(&format!("{part:0<18}"), 10).ok()?;
    whole.checked_mul(ONE_ETHER)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_keys_belong_to_their_accounts() {
        for (key, account) in DEV_ACCOUNT_KEYS.iter().zip(DEV_ACCOUNTS) {
            let key: revm::primitives::B256 = key.parse().unwrap();
            let key = k256::ecdsa::SigningKey::from_bytes(&key.0.into()).unwrap();
            assert_eq!(Address::from_private_key(&key), account);
        }
    }

    #[test]
    fn the_proxy_is_where_its_creator_creates_it() {
        assert_eq!(CREATE2_PROXY_CREATOR.create(0), CREATE2_PROXY);
    }

    #[test]
    fn reads_ether_to_the_last_wei() {
        let (address, wei) =
            parse_fund("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266=1.000000000000000001").unwrap();
        assert_eq!(address, DEV_ACCOUNTS[0]);
        assert_eq!(wei, ONE_ETHER + U256::from(1));
        assert_eq!(parse_ether("0"), Some(U256::ZERO));
        assert_eq!(parse_ether("10000"), Some(U256::from(10_000) * ONE_ETHER));
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for bad in ["", ".", ".5", "-1", "+1", "1e3", "1.0000000000000000001", "0x10", "1,5"] {
            assert_eq!(parse_ether(bad), None, "{bad}");
        }
        assert_eq!(parse_ether(&"9".repeat(70)), None, "more than 2^256 wei");
        assert_eq!(parse_fund("0x12=1"), Err(FundError::Address("0x12".into())));
        assert_eq!(parse_fund("0x12"), Err(FundError::Form));
    }
}
