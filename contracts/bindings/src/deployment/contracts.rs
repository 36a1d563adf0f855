//! All contracts, in the order in which their constructors need each other.

use std::sync::LazyLock;

use ethers::abi::{Token as AbiToken, encode};
use serde::Deserialize;

use super::{Deployment, Terms, create2};
use crate::{Address, scoring_rule};

/// Where a deployment says that a contract is.
type Place = fn(&Deployment) -> Address;

/// A contract of a deployment.
pub(super) struct Part {
    /// As in `contracts/src/`.
    pub name: &'static str,
    artifact: &'static str,
    place: Place,
    put: fn(&mut Deployment, Address),
    /// Of the constructor; contracts that come before are in their places.
    arguments: fn(&Terms, &Deployment) -> Vec<AbiToken>,
    /// Views that show other contracts, and which.
    pub bound: &'static [(&'static str, Place)],
}

macro_rules! part {
    ($place:ident: $name:literal, $arguments:expr, [$($view:literal => $bound:ident),*]) => {
        Part {
            name: $name,
            artifact: include_str!(concat!("../../../artifacts/", $name, ".json")),
            place: |deployment| deployment.$place,
            put: |deployment, address| deployment.$place = address,
            arguments: $arguments,
            bound: &[$(($view, |deployment| deployment.$bound)),*],
        }
    };
}

/// A contract is added by a line here and its place in [`Deployment`].
pub(super) const PARTS: &[Part] = &[
    part!(timelock: "TributaryTimelock", |t, _| vec![number(t.timelock_delay_s), at(t.deployer)], []),
    part!(token: "TributaryToken", token, []),
    part!(governor: "TributaryGovernor", governor, ["token()" => token, "timelock()" => timelock]),
    part!(parameters: "ProtocolParameters", parameters, []),
    part!(datasets: "DatasetRegistry", |_, _| Vec::new(), []),
    part!(escrow: "StudyEscrow", |_, d| vec![at(d.token), at(d.datasets), at(d.parameters)],
        ["token()" => token, "datasets()" => datasets, "parameters()" => parameters]),
    part!(splitter: "RoyaltySplitter", |_, d| vec![at(d.token)], ["token()" => token]),
    part!(models: "ModelRegistry", |_, d| vec![at(d.escrow), at(d.splitter)],
        ["escrow()" => escrow, "splitterImplementation()" => splitter]),
    part!(licenses: "License", |_, d| vec![at(d.token), at(d.models), at(d.parameters)],
        ["token()" => token, "models()" => models, "parameters()" => parameters]),
    part!(marketplace: "Marketplace", |_, d| vec![at(d.token), at(d.parameters)],
        ["token()" => token, "parameters()" => parameters]),
    part!(consents: "ConsentMarket", |_, d| vec![at(d.token), at(d.datasets), at(d.parameters)],
        ["token()" => token, "datasets()" => datasets, "parameters()" => parameters]),
    part!(gallery: "ArtGallery", |_, d| vec![at(d.token), at(d.models), at(d.parameters), at(d.splitter)],
        ["token()" => token, "models()" => models, "parameters()" => parameters, "splitterImplementation()" => splitter]),
    part!(channels: "InferenceChannels", |_, d| vec![at(d.token)], ["token()" => token]),
    part!(usage: "UsageAnchor", |_, _| Vec::new(), []),
    part!(compute: "ComputeMarket", |_, d| vec![at(d.token), at(d.parameters)],
        ["token()" => token, "parameters()" => parameters]),
];

fn token(terms: &Terms, deployment: &Deployment) -> Vec<AbiToken> {
    vec![at(terms.minter.unwrap_or(deployment.timelock)), at(terms.holder), number(terms.supply)]
}

fn governor(terms: &Terms, deployment: &Deployment) -> Vec<AbiToken> {
    vec![
        at(deployment.token),
        at(deployment.timelock),
        number(terms.voting_delay_s),
        number(terms.voting_period_s),
        number(terms.proposal_threshold),
        number(terms.quorum_percent),
    ]
}

/// The timelock owns them, and is the treasury.
fn parameters(terms: &Terms, deployment: &Deployment) -> Vec<AbiToken> {
    let rules = terms.scoring_rules.iter().map(|rule| AbiToken::FixedBytes(scoring_rule(rule).to_vec()));
    vec![
        at(deployment.timelock),
        at(deployment.timelock),
        number(terms.study_fee_bps),
        number(terms.sale_fee_bps),
        AbiToken::Array(rules.collect()),
    ]
}

fn at(address: Address) -> AbiToken {
    AbiToken::Address(address.into())
}

fn number(n: impl Into<ethers::types::U256>) -> AbiToken {
    AbiToken::Uint(n.into())
}

/// Creation code by contract, as in [`PARTS`].
static CODES: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| PARTS.iter().map(|part| bytecode(part.artifact)).collect());

fn bytecode(artifact: &str) -> Vec<u8> {
    #[derive(Deserialize)]
    struct Artifact {
        bytecode: String,
    }
    serde_json::from_str::<Artifact>(artifact)
        .ok()
        .and_then(|artifact| hex::decode(artifact.bytecode.strip_prefix("0x")?).ok())
        .unwrap_or_else(|| unreachable!("an artifact is part of the program, and a test reads each of them"))
}

/// A contract with its creation code.
pub(super) fn parts() -> impl Iterator<Item = (&'static Part, &'static [u8])> {
    PARTS.iter().zip(CODES.iter().map(Vec::as_slice))
}

impl Part {
    /// Where it is in a deployment.
    pub fn address(&self, deployment: &Deployment) -> Address {
        (self.place)(deployment)
    }

    /// Creation code with the constructor's arguments.
    pub fn creation(&self, code: &[u8], terms: &Terms, deployment: &Deployment) -> Vec<u8> {
        [code, &encode(&(self.arguments)(terms, deployment))].concat()
    }
}

/// Puts each contract's address in its place.
pub(super) fn place(terms: &Terms, deployment: &mut Deployment) {
    for (part, code) in parts() {
        let creation = part.creation(code, terms, deployment);
        (part.put)(deployment, create2::address(&terms.salt, &creation));
    }
}
