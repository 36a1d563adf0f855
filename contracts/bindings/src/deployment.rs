//! Where the contracts are: a small JSON file that every party has.

use std::{fs, path::Path};

use ethers::abi::{Token as AbiToken, encode};
use serde::{Deserialize, Serialize};

use crate::{
    Address, ChainClient, ChainError, Receipt, Wallet, Word,
    abi::{
        escrow::{
            DomainSeparatorCall, DomainSeparatorReturn, STUDYESCROWCONTRACT_BYTECODE, TokenCall, TokenReturn,
        },
        token::TRIBUTARYTOKENCONTRACT_BYTECODE,
    },
    typed_data::Domain,
};

/// The version of the contracts that this crate speaks to: that of their EIP-712 domain.
const VERSION: &str = "1";

/// The contracts of one Tributary on one chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// `TributaryToken`.
    #[serde(with = "address")]
    pub token: Address,
    /// `StudyEscrow`.
    #[serde(with = "address")]
    pub escrow: Address,
    /// The contracts' version.
    pub version: String,
}

impl Deployment {
    /// Deploys token and escrow. The wallet pays the gas, owns the token contract and may mint.
    ///
    /// # Errors
    /// As for every transaction: see [`ChainError`].
    pub async fn deploy(client: &ChainClient, wallet: &Wallet) -> Result<(Self, [Receipt; 2]), ChainError> {
        let (token, first) = client.create(wallet, TRIBUTARYTOKENCONTRACT_BYTECODE.clone()).await?;
        let argument = encode(&[AbiToken::Address(token.into())]);
        let code = [&STUDYESCROWCONTRACT_BYTECODE[..], &argument].concat();
        let (escrow, second) = client.create(wallet, code.into()).await?;
        let deployment = Self { chain_id: client.chain_id(), token, escrow, version: VERSION.into() };
        Ok((deployment, [first, second]))
    }

    /// Checks that the node serves this chain and that these contracts are on it.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`] or [`ChainError::NoContract`], or the node can't be asked.
    pub async fn check(&self, client: &ChainClient) -> Result<(), ChainError> {
        client.expect_chain(self.chain_id)?;
        let TokenReturn(token) = client.view("StudyEscrow", &self.escrow, TokenCall).await?;
        let other =
            |reason: String| ChainError::NoContract { contract: "StudyEscrow", address: self.escrow, reason };
        if token.0 != self.token {
            return Err(other(format!("it pays in another token, 0x{}", hex::encode(token))));
        }
        let DomainSeparatorReturn(separator) =
            client.view("StudyEscrow", &self.escrow, DomainSeparatorCall).await?;
        if separator != self.domain().separator() {
            return Err(other("it signs under another domain: other version, or other address".into()));
        }
        if !client.has_code(&self.token).await? {
            let reason = "there is no code".into();
            return Err(ChainError::NoContract { contract: "TributaryToken", address: self.token, reason });
        }
        Ok(())
    }

    /// The domain that signatures for these contracts are made in.
    #[must_use]
    pub fn domain(&self) -> Domain {
        Domain { chain_id: self.chain_id, escrow: self.escrow }
    }

    /// A study's id: known before the launch.
    #[must_use]
    pub fn study_id(&self, researcher: &Address, plan_digest: &Word, salt: &Word) -> Word {
        use crate::typed_data::{address_word, number_word};
        let words = [
            number_word(self.chain_id.into()),
            address_word(&self.escrow),
            address_word(researcher),
            *plan_digest,
            *salt,
        ];
        crate::keccak256(words.as_flattened())
    }

    /// Reads the file.
    ///
    /// # Errors
    /// The file is missing, malformed, or of another version.
    pub fn read(path: &Path) -> Result<Self, ChainError> {
        let bad = |reason: String| ChainError::DeploymentFile { path: path.to_owned(), reason };
        let text = fs::read(path).map_err(|e| bad(e.to_string()))?;
        let deployment: Self = serde_json::from_slice(&text).map_err(|e| bad(e.to_string()))?;
        if deployment.version != VERSION {
            return Err(bad(format!(
                "contracts of version {}, this program speaks {VERSION}",
                deployment.version
            )));
        }
        Ok(deployment)
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write(&self, path: &Path) -> Result<(), ChainError> {
        let bad = |reason: String| ChainError::DeploymentFile { path: path.to_owned(), reason };
        let mut text = serde_json::to_vec_pretty(self).map_err(|e| bad(e.to_string()))?;
        text.push(b'\n');
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        fs::write(&part, text).and_then(|()| fs::rename(&part, path)).map_err(|e| bad(e.to_string()))
    }
}

/// Addresses as `0x` and 40 hex digits.
mod address {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::Address;

    pub fn serialize<S: Serializer>(address: &Address, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("0x{}", hex::encode(address)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Address, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut address = [0; 20];
        text.strip_prefix("0x")
            .and_then(|digits| hex::decode_to_slice(digits, &mut address).ok())
            .ok_or_else(|| {
                D::Error::custom(format!("`{text}` is not an address: it takes 0x and 40 hex digits"))
            })?;
        Ok(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deployment.json");
        let deployment =
            Deployment { chain_id: 31_337, token: [0xaa; 20], escrow: [0xbb; 20], version: "1".into() };
        deployment.write(&path).unwrap();
        assert_eq!(Deployment::read(&path).unwrap(), deployment);

        let good = fs::read_to_string(&path).unwrap();
        for (from, to) in [
            ("0xaa", "aa"),
            ("aaaa", "aa"),
            ("\"1\"", "\"2\""),
            ("\"token\"", "\"tokens\""),
            ("{", "{\"more\": 1,"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good);
            fs::write(&path, bad).unwrap();
            let error = Deployment::read(&path).unwrap_err();
            assert!(matches!(error, ChainError::DeploymentFile { .. }), "{to}: {error}");
        }
        assert!(Deployment::read(&dir.path().join("none")).is_err());
    }
}
