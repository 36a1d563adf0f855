// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";
import {IERC3009, IERC3009Cancel} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title The token that studies are paid in and that votes in Tributary's governance
/// @notice ERC-20 with 18 decimals, ERC-2612 permits, ERC-3009 transfers by authorization and ERC-5805 votes counted by
/// timestamp (ERC-6372). All signatures are EIP-712 in the domain ("Tributary", "1", chain, this contract).
/// @dev The supply is created once, at deployment; after that only the minter's schedule adds to it, and nothing burns.
interface ITributaryToken is IERC20, IERC20Permit, IERC5805, IERC3009, IERC3009Cancel {
    /// @notice There is nothing to vote or to pay with in a supply of zero, and the schedule would never add to it.
    error TributaryToken_SupplyZero();
    /// @notice A mint of nothing.
    error TributaryToken_AmountZero();
    /// @notice This period's part of the schedule has `mintable` left.
    error TributaryToken_AboveSchedule(uint256 amount, uint256 mintable);

    /// @notice Creates `amount` tokens for `to`. Only the minter, which is the contract's owner (Ownable2Step), and in
    /// each period no more than `MINT_BPS` of the supply that there was when it began. What is not minted in a period
    /// is lost to the minter.
    function mint(address to, uint256 amount) external;

    /// @notice As ERC-3009's function of that name, for signatures of any form: 65 bytes of ECDSA by a key, or what the
    /// wallet contract `from` accepts (ERC-1271).
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice As ERC-3009's function of that name, for signatures of any form. Only `to` itself may call it.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice As ERC-3009's function of that name, for signatures of any form.
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes calldata signature) external;

    /// @notice What the minter may create in one period, in 1/10,000 of the supply at its beginning.
    function MINT_BPS() external view returns (uint256);

    /// @notice The length of a period, in seconds. Period 0 began when the contract was deployed.
    function MINT_PERIOD() external view returns (uint256);

    /// @notice The number of the period that it is now, from 0.
    function period() external view returns (uint256);

    /// @notice What the minter created in period number `which`.
    function mintedIn(uint256 which) external view returns (uint256);

    /// @notice What the minter may still create in this period.
    function mintable() external view returns (uint256);
}
