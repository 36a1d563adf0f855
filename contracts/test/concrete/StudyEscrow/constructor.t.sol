// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {StudyEscrow} from "../../../src/StudyEscrow.sol";
import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {IProtocolParameters} from "../../../src/interfaces/IProtocolParameters.sol";
import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";
import {domainOf} from "../../utils/TypedData.sol";

contract StudyEscrowConstructorTest is StudyFixture {
    /// when they are: it should set them and the EIP-712 domain
    function test_SetsTokenAndDomain() external view {
        assertEq(address(escrow.token()), address(token), "token");
        assertEq(address(escrow.datasets()), address(datasets), "datasets");
        assertEq(address(escrow.parameters()), address(parameters), "parameters");
        (, string memory name, string memory version, uint256 chain, address verifier,,) =
            escrow.eip712Domain();
        assertEq(bytes(name), "Tributary", "name");
        assertEq(bytes(version), "1", "version");
        assertEq(chain, block.chainid, "chain");
        assertEq(verifier, address(escrow), "contract");
        assertEq(escrow.domainSeparator(), domainOf(address(escrow)), "separator");
    }

    /// when the token, the dataset registry or the parameters are not a contract: it should revert
    function test_RevertWhen_ThereAreNoDatasetsOrParameters() external {
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_DatasetsInvalid.selector, stranger));
        new StudyEscrow(token, IDatasetRegistry(stranger), parameters);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_ParametersInvalid.selector, stranger));
        new StudyEscrow(token, datasets, IProtocolParameters(stranger));
    }

    /// when the token, the dataset registry or the parameters are not a contract: it should revert
    function test_RevertWhen_TokenIsNotAContract() external {
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_TokenInvalid.selector, stranger));
        new StudyEscrow(IERC20(stranger), datasets, parameters);
    }
}
