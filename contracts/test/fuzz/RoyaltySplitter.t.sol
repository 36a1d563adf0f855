// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {RoyaltySplitter} from "../../src/RoyaltySplitter.sol";
import {Split} from "../../src/types/Split.sol";
import {HookedToken} from "../mocks/HookedToken.sol";
import {Base} from "../utils/Base.sol";
import {PayoutTree} from "../utils/PayoutTree.sol";

contract RoyaltySplitterFuzzTest is Base {
    address private constant CREATOR = address(0xc0ffee);

    HookedToken private token;
    RoyaltySplitter private implementation;
    RoyaltySplitter private splitter;
    address[] private payees;
    uint128[] private cumulative;
    uint256 private sent;

    function setUp() external {
        token = new HookedToken();
        implementation = new RoyaltySplitter(IERC20(address(token)));
    }

    /// Money comes and goes at random; in the end each has its floor of the whole, and the splitter less than a unit
    /// for each payee.
    function testFuzz_EachHasItsPartInTheEnd(uint256 seed, uint256 count, uint16 bps) external {
        bps = uint16(bound(bps, 1, 10_000));
        _deploy(seed, bound(count, 1, 16), bps);
        uint256 reserved = 0;
        for (uint256 i = 0; i < 12; ++i) {
            uint256 pick = uint256(keccak256(abi.encode(seed, "step", i)));
            if (pick % 4 == 0) reserved += _fund(pick >> 8);
            else if (pick % 4 == 1) _send(pick >> 8);
            else if (pick % 4 == 2) _releaseCreator();
            else _release((pick >> 8) % payees.length);
            _assertSound();
        }
        _releaseCreator();
        uint256 part = reserved + (sent - reserved) * bps / 10_000;
        uint256 toPayees = 0;
        for (uint256 i = 0; i < payees.length; ++i) {
            _release(i);
            uint256 its = part * cumulative[i] / splitter.split().total;
            assertEq(token.balanceOf(payees[i]), its, "a payee's floor");
            toPayees += its;
        }
        assertEq(token.balanceOf(CREATOR), sent - part, "the creator's");
        uint256 left = token.balanceOf(address(splitter));
        assertEq(toPayees + token.balanceOf(CREATOR) + left, sent, "released + held = received");
        assertTrue(left < payees.length, "less than one for each");
    }

    /// Leaves that add up to more than their total: the payees together stay within their part, whoever comes first.
    function testFuzz_AGenerousTreeStaysWithinThePayeesPart(
        uint256 seed,
        uint256 count,
        uint16 bps,
        uint128 less
    ) external {
        bps = uint16(bound(bps, 1, 10_000));
        count = bound(count, 1, 16);
        _makePayees(seed, count);
        uint128 sum = _sum();
        _clone(uint128(bound(less, 1, sum)), bps);
        _send(seed);
        for (uint256 i = 0; i < 2 * count; ++i) {
            uint256 pick = uint256(keccak256(abi.encode(seed, "pick", i))) % count;
            bytes32[] memory proof = PayoutTree.proof(payees, cumulative, pick);
            try splitter.release(payees[pick], cumulative[pick], proof) {} catch {}
            _assertSound();
        }
        _releaseCreator();
        assertEq(token.balanceOf(CREATOR), sent - sent * bps / 10_000, "the creator has its part");
    }

    /// Whatever is not the word in the tree is refused.
    function testFuzz_AnotherWordIsRefused(uint256 seed, uint128 word, address payee) external {
        _deploy(seed, 5, 5000);
        _send(seed);
        bytes32[] memory proof = PayoutTree.proof(payees, cumulative, 2);
        bool right = payee == payees[2] && word == cumulative[2];
        try splitter.release(payee, word, proof) {
            assertTrue(right, "another word was paid");
        } catch {}
        try splitter.release(payees[2], word, proof) {
            assertTrue(word == cumulative[2], "another word was paid");
        } catch {}
    }

    function _deploy(uint256 seed, uint256 count, uint16 bps) private {
        _makePayees(seed, count);
        _clone(_sum(), bps);
    }

    function _clone(uint128 total, uint16 bps) private {
        Split memory split = Split(PayoutTree.root(payees, cumulative), total, bps, CREATOR);
        splitter = RoyaltySplitter(Clones.cloneWithImmutableArgs(address(implementation), abi.encode(split)));
        token.approve(address(splitter), type(uint256).max);
    }

    function _makePayees(uint256 seed, uint256 count) private {
        for (uint256 i = 0; i < count; ++i) {
            payees.push(address(uint160(0x1000 + i)));
            uint128 word = uint128(uint256(keccak256(abi.encode(seed, "word", i))) >> 136);
            // Some earned nothing, some next to nothing; the first always something.
            cumulative.push(i > 0 && word % 5 == 0 ? 0 : word % 7 == 0 ? 1 : word + 1);
        }
    }

    function _sum() private view returns (uint128 sum) {
        for (uint256 i = 0; i < cumulative.length; ++i) {
            sum += cumulative[i];
        }
    }

    function _send(uint256 pick) private {
        uint256 amount = _amount(pick);
        token.mint(address(splitter), amount);
        sent += amount;
    }

    function _fund(uint256 pick) private returns (uint256 amount) {
        amount = _amount(pick);
        token.mint(address(this), amount);
        splitter.fundPayees(amount);
        sent += amount;
    }

    /// From a unit to more than there will ever be.
    function _amount(uint256 pick) private pure returns (uint256) {
        return 1 + (pick >> 8) % (uint256(1) << (pick % 128));
    }

    function _release(uint256 index) private {
        uint256 due = splitter.releasable(token, payees[index], cumulative[index]);
        uint256 before = token.balanceOf(payees[index]);
        bytes32[] memory proof = PayoutTree.proof(payees, cumulative, index);
        try splitter.release(payees[index], cumulative[index], proof) returns (uint256 amount) {
            assertEq(amount, due, "as announced");
        } catch {
            assertEq(due, 0, "something was due");
        }
        assertEq(token.balanceOf(payees[index]) - before, due, "paid");
    }

    function _releaseCreator() private {
        uint256 due = splitter.releasableCreator(token);
        try splitter.releaseCreator() returns (uint256 amount) {
            assertEq(amount, due, "as announced");
        } catch {
            assertEq(due, 0, "something was due");
        }
    }

    function _assertSound() private view {
        (uint256 inAll, uint256 toPayees) = splitter.released(token);
        assertEq(splitter.received(token), sent, "received");
        assertEq(inAll + token.balanceOf(address(splitter)), sent, "released + held = received");
        uint256 part = splitter.payeesPart(token);
        assertTrue(toPayees <= part, "the payees within their part");
        assertTrue(inAll - toPayees <= sent - part, "the creator within its part");
    }
}
