// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
import {JobStatus, JobTerms, JobView} from "../../../src/types/Compute.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";

contract PostTest is ComputeFixture {
    /// when the terms are right
    /// - it should hold the whole pay
    /// - it should emit JobPosted
    /// job, when it is not drawn: it should show its terms, and no time to commit or reveal
    /// jobId: it should be the hash of chain, contract, requester and terms
    function test_HoldsTheWholePay() external {
        JobTerms memory t = terms();
        bytes32 expected =
            keccak256(abi.encode(block.chainid, address(market), requester, keccak256(abi.encode(t))));
        vm.expectEmit(address(market));
        emit IComputeMarket.JobPosted(
            expected, requester, t.spec, REWARD, BOND, 3, 2, 5_000, uint64(START + 1 hours), 1 hours, 2 hours
        );
        bytes32 id = post(t);
        assertEq(id, expected, "id");
        assertEq(market.jobId(requester, t), expected, "predicted id");
        assertEq(token.balanceOf(requester), FUNDS - 3 * REWARD, "paid");
        assertConserved(id);

        JobView memory shown = market.job(id);
        assertStatus(id, JobStatus.Offering);
        assertEq(shown.requester, requester, "requester");
        assertEq(shown.spec, t.spec, "spec");
        assertEq(shown.reward, REWARD, "reward");
        assertEq(shown.bond, BOND, "bond");
        assertEq(shown.replicas, 3, "replicas");
        assertEq(shown.quorum, 2, "quorum");
        assertEq(shown.slashBps, 5_000, "slash");
        assertEq(shown.offerBy, START + 1 hours, "offers by");
        assertEq(shown.drawBy, START + 25 hours, "draw by");
        assertEq(uint256(shown.commitBy) + shown.revealBy + shown.sealedAt, 0, "not known yet");
        assertEq(shown.escrowed, 3 * REWARD, "escrowed");
    }

    /// job, when there is no such job: it should be empty
    function test_ShowsNothingOfAnUnknownJob() external view {
        JobView memory nothing;
        assertEq(abi.encode(market.job(keccak256("nothing"))), abi.encode(nothing), "nothing");
    }

    /// when the terms are right: it should hold the whole pay
    function test_TakesTheLimits() external {
        JobTerms memory t = terms();
        (t.replicas, t.quorum, t.slashBps) = (1, 1, 1);
        (t.commitSeconds, t.revealSeconds) = (market.MIN_WINDOW(), market.MIN_WINDOW());
        t.offerBy = uint64(START);
        post(t);
        (t.replicas, t.quorum, t.slashBps) = (16, 16, 10_000);
        (t.commitSeconds, t.revealSeconds) = (market.MAX_WINDOW(), market.MAX_WINDOW());
        t.offerBy = uint64(START + 30 days);
        post(t);
    }

    /// when the spec, the reward or the bond is zero: it should revert
    function test_RevertWhen_SomethingIsZero() external {
        JobTerms memory t = terms();
        t.spec = 0;
        _expect(t, abi.encodeWithSelector(IComputeMarket.ComputeMarket_SpecZero.selector));
        bytes memory amountZero = abi.encodeWithSelector(IComputeMarket.ComputeMarket_AmountZero.selector);
        t = terms();
        t.reward = 0;
        _expect(t, amountZero);
        t = terms();
        t.bond = 0;
        _expect(t, amountZero);
    }

    /// when there are no replicas or too many, or the quorum is not more than half of them and at most all
    /// - it should revert
    function test_RevertWhen_ReplicasOrQuorumAreInvalid() external {
        uint8[2][7] memory cases = [[0, 0], [0, 1], [3, 1], [4, 2], [3, 4], [17, 9], [uint8(255), uint8(255)]];
        for (uint256 i = 0; i < cases.length; ++i) {
            JobTerms memory t = terms();
            (t.replicas, t.quorum) = (cases[i][0], cases[i][1]);
            _expect(
                t,
                abi.encodeWithSelector(
                    IComputeMarket.ComputeMarket_ReplicasInvalid.selector, t.replicas, t.quorum, 16
                )
            );
        }
    }

    /// when the slash is zero or more than all: it should revert
    function test_RevertWhen_TheSlashIsInvalid() external {
        uint16[2] memory cases = [0, 10_001];
        for (uint256 i = 0; i < cases.length; ++i) {
            JobTerms memory t = terms();
            t.slashBps = cases[i];
            _expect(t, abi.encodeWithSelector(IComputeMarket.ComputeMarket_SlashInvalid.selector, cases[i]));
        }
    }

    /// when a time is past, too short or too long: it should revert
    function test_RevertWhen_ATimeIsInvalid() external {
        for (uint256 i = 0; i < 7; ++i) {
            JobTerms memory t = terms();
            if (i == 0) t.offerBy = uint64(START - 1);
            if (i == 1) t.offerBy = uint64(START + 30 days + 1);
            if (i == 2) t.offerBy = type(uint64).max;
            if (i == 3) t.commitSeconds = 5 minutes - 1;
            if (i == 4) t.commitSeconds = 30 days + 1;
            if (i == 5) t.revealSeconds = 5 minutes - 1;
            if (i == 6) t.revealSeconds = 30 days + 1;
            _expect(
                t,
                abi.encodeWithSelector(
                    IComputeMarket.ComputeMarket_TimesInvalid.selector,
                    t.offerBy,
                    t.commitSeconds,
                    t.revealSeconds,
                    START
                )
            );
        }
    }

    /// when the same requester has posted the same terms: it should revert
    function test_RevertWhen_TheJobExists() external {
        bytes32 id = post();
        _expect(terms(), abi.encodeWithSelector(IComputeMarket.ComputeMarket_JobExists.selector, id));
    }

    /// when the token moves less than the pay: it should revert
    function test_RevertWhen_TheTokenTakesAFee() external {
        useHookedToken().takeFee(1);
        _expect(
            terms(),
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_FundingMismatch.selector, 3 * REWARD, 3 * REWARD - 1
            )
        );
    }

    /// when the token calls back: it should refuse the inner call
    function test_RefusesToBeReentered() external {
        HookedToken hooked = useHookedToken();
        JobTerms memory inner = terms();
        inner.salt = bytes32(uint256(1));
        hooked.callOnTransfer(address(market), abi.encodeCall(IComputeMarket.post, (inner)));
        post();
        assertTrue(!hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
    }

    function _expect(JobTerms memory t, bytes memory reason) private {
        vm.prank(requester);
        vm.expectRevert(reason);
        market.post(t);
    }
}
