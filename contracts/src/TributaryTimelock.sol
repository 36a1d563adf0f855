// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title TributaryTimelock
/// @notice What governance decides waits here before it happens, and what governance owns belongs to this contract: the
/// treasury, the protocol's parameters, the token's minting.
/// @dev OpenZeppelin's TimelockController with nobody to propose yet, and open execution: what has waited long enough may
/// be executed by anyone. `admin` appoints the governor (PROPOSER_ROLE and CANCELLER_ROLE, and nobody else) and then
/// renounces DEFAULT_ADMIN_ROLE; from then on only decisions that waited here change a role or the delay.
contract TributaryTimelock is TimelockController {
    /// @notice Without an admin nobody could ever propose.
    error TributaryTimelock_AdminZero();

    /// @param minDelay Seconds between a decision and the first moment it can be executed.
    /// @param admin Appoints the governor, then renounces.
    constructor(uint256 minDelay, address admin)
        TimelockController(minDelay, new address[](0), _anyone(), admin)
    {
        if (admin == address(0)) revert TributaryTimelock_AdminZero();
    }

    /// TimelockController takes a role that the zero address holds as everybody's.
    function _anyone() private pure returns (address[] memory executors) {
        executors = new address[](1);
    }
}
