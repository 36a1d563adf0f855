// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";
import {VotingBalances} from "./VotingBalances.sol";
import {ITributaryToken} from "./interfaces/ITributaryToken.sol";
import {Signatures} from "./libraries/Signatures.sol";

/// @title TributaryToken
/// @notice See `ITributaryToken`.
contract TributaryToken is ERC20, ERC20Permit, ERC3009, VotingBalances, Ownable2Step, ITributaryToken {
    /// @inheritdoc ITributaryToken
    uint256 public constant MINT_BPS = 200;
    /// @inheritdoc ITributaryToken
    uint256 public constant MINT_PERIOD = 365 days;

    uint256 private immutable DEPLOYED_AT = block.timestamp;

    /// @inheritdoc ITributaryToken
    mapping(uint256 period => uint256 amount) public mintedIn;

    /// @param minter Owns the contract.
    /// @param holder Receives the whole supply, which it is to distribute.
    /// @param supply In the token's smallest unit; below 2^208, the most that votes can be counted of.
    constructor(address minter, address holder, uint256 supply)
        ERC20("Tributary", "TRIB")
        ERC20Permit("Tributary")
        Ownable(minter)
    {
        if (supply == 0) revert TributaryToken_SupplyZero();
        _mint(holder, supply);
    }

    // --------------------------------------------------------------------------------------------------- mint

    /// @inheritdoc ITributaryToken
    function mint(address to, uint256 amount) external onlyOwner {
        if (amount == 0) revert TributaryToken_AmountZero();
        uint256 left = mintable();
        if (amount > left) revert TributaryToken_AboveSchedule(amount, left);
        mintedIn[period()] += amount;
        _mint(to, amount);
    }

    /// @inheritdoc ITributaryToken
    function period() public view returns (uint256) {
        return (block.timestamp - DEPLOYED_AT) / MINT_PERIOD;
    }

    /// @inheritdoc ITributaryToken
    function mintable() public view returns (uint256) {
        uint256 minted = mintedIn[period()];
        // Only mints change the supply, so this is what there was when the period began.
        uint256 supplyThen = totalSupply() - minted;
        return supplyThen * MINT_BPS / 10_000 - minted;
    }

    // ----------------------------------------------------------------------------------------- authorizations

    /// @inheritdoc ITributaryToken
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        bytes32 typeHash = TRANSFER_WITH_AUTHORIZATION_TYPEHASH;
        bytes32 content = keccak256(abi.encode(typeHash, from, to, value, validAfter, validBefore, nonce));
        _requireSigned(from, content, signature);
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    /// @inheritdoc ITributaryToken
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        bytes32 typeHash = RECEIVE_WITH_AUTHORIZATION_TYPEHASH;
        bytes32 content = keccak256(abi.encode(typeHash, from, to, value, validAfter, validBefore, nonce));
        _requireSigned(from, content, signature);
        if (to != msg.sender) revert ERC20InvalidReceiver(to);
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    /// @inheritdoc ITributaryToken
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes calldata signature) external {
        bytes32 content = keccak256(abi.encode(CANCEL_AUTHORIZATION_TYPEHASH, authorizer, nonce));
        _requireSigned(authorizer, content, signature);
        _cancelAuthorization(authorizer, nonce);
    }

    function _requireSigned(address signer, bytes32 content, bytes calldata signature) private view {
        if (!Signatures.isValid(signer, _hashTypedDataV4(content), signature)) {
            revert ERC3009InvalidSignature();
        }
    }

    /// The window is in seconds, as ERC-3009 says: OpenZeppelin's second clock, by block number, has no use here.
    function _checkValidity(uint256 validAfter, uint256 validBefore) internal view override {
        uint256 current = Time.timestamp();
        if (current <= validAfter || current >= validBefore) {
            revert ERC3009InvalidAuthorizationTime(validAfter, validBefore);
        }
    }

    // -------------------------------------------------------------------------------------------------- votes

    /// @notice Votes are counted by timestamp, so that a block's length does not matter.
    function clock() public view override(Votes, IERC6372) returns (uint48) {
        return Time.timestamp();
    }

    /// @notice ERC-6372's description of `clock`.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override(Votes, IERC6372) returns (string memory) {
        return "mode=timestamp";
    }

    /// @notice The nonce of an account's next permit or delegation by signature, which count together.
    function nonces(address owner) public view override(ERC20Permit, IERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @notice The tokens there are.
    function totalSupply() public view override(ERC20, VotingBalances, IERC20) returns (uint256) {
        return super.totalSupply();
    }

    /// @notice The tokens of one account.
    function balanceOf(address account)
        public
        view
        override(ERC20, VotingBalances, IERC20)
        returns (uint256)
    {
        return super.balanceOf(account);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, VotingBalances) {
        super._update(from, to, value);
    }
}
