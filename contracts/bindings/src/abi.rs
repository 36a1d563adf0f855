//! Generated from the committed artifacts.

#![allow(missing_docs, clippy::all, reason = "generated code")]

pub(crate) mod escrow {
    ethers::contract::abigen!(StudyEscrowContract, "../artifacts/StudyEscrow.json");
}

pub(crate) mod token {
    ethers::contract::abigen!(TributaryTokenContract, "../artifacts/TributaryToken.json");
}
