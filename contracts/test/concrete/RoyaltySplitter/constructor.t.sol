// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {RoyaltySplitter} from "../../../src/RoyaltySplitter.sol";
import {IRoyaltySplitter} from "../../../src/interfaces/IRoyaltySplitter.sol";
import {ShrinkingToken} from "../../mocks/ShrinkingToken.sol";
import {ModelFixture} from "../../utils/ModelFixture.sol";

contract RoyaltySplitterConstructorTest is ModelFixture {
    /// when the token is no contract: it should revert
    function test_RefusesATokenThatIsNoContract() external {
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplitter.RoyaltySplitter_TokenInvalid.selector, address(0))
        );
        new RoyaltySplitter(ShrinkingToken(address(0)));
    }

    /// when it is: it should keep it
    function test_KeepsItsToken() external view {
        assertEq(address(implementation.token()), address(token), "token");
    }
}
