// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// Governance was made to call it; it uses the call to make another one, of the test's choice.
contract Reenterer {
    address private _target;
    bytes private _data;
    uint256 public calls;
    bool public succeeded;
    bytes public returned;

    function prepare(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    function poke() external {
        ++calls;
        (succeeded, returned) = _target.call(_data);
    }
}
