// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {TributaryToken} from "../../src/TributaryToken.sol";
import {TokenFixture} from "../utils/TokenFixture.sol";

/// Plays a minter and five holders at random, and keeps its own books of them.
contract TokenHandler is TokenFixture {
    uint256 public constant ACTORS = 5;

    /// Tokens that were minted, and those of them that were minted in this period.
    uint256 public minted;
    uint256 public mintedNow;
    /// The number of this period, and the supply when it began.
    uint256 public period;
    uint256 public supplyThen = SUPPLY;
    /// Authorizations that moved tokens or were cancelled, and those that did so twice.
    uint256 public used;
    uint256 public usedTwice;
    mapping(address actor => uint256) public balances;
    address[] private _actors;

    constructor() {
        setUp();
        for (uint256 i = 0; i < ACTORS; ++i) {
            _actors.push(vm.addr(_key(i)));
        }
        address first = actor(0);
        vm.prank(holder);
        token.transfer(first, SUPPLY);
        balances[first] = SUPPLY;
    }

    /// Once: forge calls it at random too.
    function setUp() public override {
        if (address(token) == address(0)) super.setUp();
    }

    function theToken() external view returns (TributaryToken) {
        return token;
    }

    function supplyAtFirst() external pure returns (uint256) {
        return SUPPLY;
    }

    function actor(uint256 index) public view returns (address) {
        return _actors[index % ACTORS];
    }

    function mint(uint256 to, uint256 amount) external {
        uint256 left = token.mintable();
        if (left == 0) return;
        // Now and then all of it.
        amount = amount % 4 == 0 ? left : bound(amount, 1, left);
        vm.prank(minter);
        token.mint(actor(to), amount);
        balances[actor(to)] += amount;
        minted += amount;
        mintedNow += amount;
    }

    function mintTooMuch(uint256 to, uint256 amount) external {
        uint256 left = token.mintable();
        vm.prank(minter);
        try token.mint(actor(to), bound(amount, left + 1, type(uint208).max)) {
        // The books know nothing of it, so the invariants fail.
        }
            catch {}
    }

    function mintByNobody(uint256 who, uint256 amount) external {
        vm.prank(actor(who));
        try token.mint(actor(who), bound(amount, 1, 1e18)) {} catch {}
    }

    function transfer(uint256 from, uint256 to, uint256 amount) external {
        amount = bound(amount, 0, balances[actor(from)]);
        vm.prank(actor(from));
        token.transfer(actor(to), amount);
        _book(from, to, amount);
    }

    function transferFrom(uint256 from, uint256 to, uint256 amount) external {
        amount = bound(amount, 0, balances[actor(from)]);
        vm.prank(actor(from));
        token.approve(address(this), amount);
        token.transferFrom(actor(from), actor(to), amount);
        _book(from, to, amount);
    }

    function delegate(uint256 from, uint256 to) external {
        vm.prank(actor(from));
        token.delegate(to % 7 == 0 ? address(0) : actor(to));
    }

    /// Submits it twice: the second time nothing may move.
    function authorize(uint256 from, uint256 to, uint256 amount, bytes32 nonce) external {
        amount = bound(amount, 0, balances[actor(from)] / 2);
        Authorization memory a = Authorization({
            from: actor(from),
            to: actor(to),
            value: amount,
            validAfter: 0,
            validBefore: type(uint256).max,
            nonce: nonce
        });
        if (token.authorizationState(a.from, nonce)) return;
        bytes memory signature = signAuthorization(_key(from), TRANSFER, a);
        token.transferWithAuthorization(a.from, a.to, amount, 0, a.validBefore, nonce, signature);
        _book(from, to, amount);
        ++used;
        try token.transferWithAuthorization(a.from, a.to, amount, 0, a.validBefore, nonce, signature) {
            ++usedTwice;
        } catch {}
    }

    function cancel(uint256 from, bytes32 nonce) external {
        address authorizer = actor(from);
        bool before = token.authorizationState(authorizer, nonce);
        try token.cancelAuthorization(authorizer, nonce, signCancel(_key(from), authorizer, nonce)) {
            before ? ++usedTwice : ++used;
        } catch {}
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 200 days));
        uint256 current = (block.timestamp - START) / 365 days;
        if (current == period) return;
        (period, supplyThen, mintedNow) = (current, SUPPLY + minted, 0);
    }

    function _book(uint256 from, uint256 to, uint256 amount) private {
        balances[actor(from)] -= amount;
        balances[actor(to)] += amount;
    }

    function _key(uint256 index) private pure returns (uint256) {
        return uint256(keccak256(abi.encode("actor", index % ACTORS)));
    }
}
