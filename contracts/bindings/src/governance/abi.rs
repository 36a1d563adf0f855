//! The functions that governance uses.

#![allow(missing_docs, clippy::all, reason = "generated code")]

pub(super) mod governor {
    ethers::contract::abigen!(
        TributaryGovernorContract,
        r#"[
            function state(uint256 proposalId) external view returns (uint8)
            function proposalSnapshot(uint256 proposalId) external view returns (uint256)
            function proposalDeadline(uint256 proposalId) external view returns (uint256)
            function proposalEta(uint256 proposalId) external view returns (uint256)
            function proposalVotes(uint256 proposalId) external view returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes)
            function votingDelay() external view returns (uint256)
            function votingPeriod() external view returns (uint256)
            function propose(address[] targets, uint256[] values, bytes[] calldatas, string description) external returns (uint256)
            function castVote(uint256 proposalId, uint8 support) external returns (uint256)
            function queue(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) external returns (uint256)
            function execute(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) external payable returns (uint256)
        ]"#
    );
}

pub(super) mod timelock {
    ethers::contract::abigen!(
        TributaryTimelockDelay,
        r#"[
            function getMinDelay() external view returns (uint256)
        ]"#
    );
}

pub(super) mod parameters {
    ethers::contract::abigen!(
        ProtocolParametersContract,
        r#"[
            function setStudyFee(uint16 fee) external
            function setSaleFee(uint16 fee) external
            function allowScoringRule(bytes32 rule) external
            function forbidScoringRule(bytes32 rule) external
        ]"#
    );
}
