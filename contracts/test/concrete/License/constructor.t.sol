// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {License} from "../../../src/License.sol";
import {ILicense} from "../../../src/interfaces/ILicense.sol";
import {IModelRegistry} from "../../../src/interfaces/IModelRegistry.sol";
import {IProtocolParameters} from "../../../src/interfaces/IProtocolParameters.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {LicenseFixture} from "../../utils/LicenseFixture.sol";

contract LicenseConstructorTest is LicenseFixture {
    /// when a contract is missing, or the models' splitters move another token: it should revert
    function test_RefusesWhatDoesNotFit() external {
        HookedToken other = new HookedToken();
        _expectSetupInvalid(address(other), address(registry), address(parameters));
        new License(other, registry, parameters);
        _expectSetupInvalid(address(token), stranger, address(parameters));
        new License(token, IModelRegistry(stranger), parameters);
        _expectSetupInvalid(address(token), address(registry), stranger);
        new License(token, registry, IProtocolParameters(stranger));
    }

    /// when they fit: it should keep them, for good
    function test_KeepsWhatFits() external view {
        assertEq(address(license.token()), address(token), "token");
        assertEq(address(license.models()), address(registry), "models");
        assertEq(address(license.parameters()), address(parameters), "parameters");
    }

    function _expectSetupInvalid(address token_, address models, address parameters_) private {
        vm.expectRevert(
            abi.encodeWithSelector(ILicense.License_SetupInvalid.selector, token_, models, parameters_)
        );
    }
}
