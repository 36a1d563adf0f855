//! Generated from the committed artifacts.

#![allow(missing_docs, clippy::all, reason = "generated code")]

pub(crate) mod datasets {
    ethers::contract::abigen!(DatasetRegistryContract, "../artifacts/DatasetRegistry.json");
}

pub(crate) mod escrow {
    ethers::contract::abigen!(StudyEscrowContract, "../artifacts/StudyEscrow.json");
}

pub(crate) mod token {
    ethers::contract::abigen!(TributaryTokenContract, "../artifacts/TributaryToken.json");
}

pub(crate) mod parameters {
    ethers::contract::abigen!(
        ProtocolParametersContract,
        r#"[function studyFeeBps() external view returns (uint16 fee)]"#
    );
}

/// Of `OpenZeppelin`'s `AccessControl`.
pub(crate) mod timelock {
    ethers::contract::abigen!(
        TributaryTimelockContract,
        r#"[
            function hasRole(bytes32 role, address account) external view returns (bool has)
            function grantRole(bytes32 role, address account) external
            function renounceRole(bytes32 role, address callerConfirmation) external
            event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)
        ]"#
    );
}
