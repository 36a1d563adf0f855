// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Status, StudyView} from "../../src/types/Study.sol";

/// What the model registry reads of an escrow, as the test says it.
contract MockEscrow {
    IERC20 public immutable token;
    mapping(bytes32 => StudyView) private _studies;

    constructor(IERC20 token_) {
        token = token_;
    }

    function set(
        bytes32 id,
        Status status,
        address researcher,
        uint64 lastRound,
        bytes32 payoutsRoot,
        uint128 cumulativePayout
    ) external {
        StudyView storage state = _studies[id];
        (state.status, state.researcher, state.lastRound) = (status, researcher, lastRound);
        (state.payoutsRoot, state.cumulativePayout) = (payoutsRoot, cumulativePayout);
    }

    function study(bytes32 id) external view returns (StudyView memory) {
        return _studies[id];
    }
}
