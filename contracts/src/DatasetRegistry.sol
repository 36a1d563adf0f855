// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {DatasetConsents} from "./DatasetConsents.sol";
import {IDatasetRegistry} from "./interfaces/IDatasetRegistry.sol";
import {Purpose} from "./types/Dataset.sol";

/// @title DatasetRegistry
/// @notice Datasets as tokens. See `IDatasetRegistry`.
contract DatasetRegistry is DatasetConsents {
    /// @inheritdoc IDatasetRegistry
    uint256 public constant MAX_URI = 200;

    uint256 private _count;

    constructor() ERC721("Tributary Dataset", "TRIB-D") EIP712("Tributary", "1") {}

    /// @inheritdoc IDatasetRegistry
    function list(bytes32 commitment, string calldata uri, uint128 price) external returns (uint256) {
        return _list(msg.sender, commitment, uri, price);
    }

    /// @inheritdoc IDatasetRegistry
    function listFor(
        address owner,
        bytes32 commitment,
        string calldata uri,
        uint128 price,
        uint64 nonce,
        bytes calldata signature
    ) external returns (uint256) {
        if (owner == address(0)) revert DatasetRegistry_OwnerZero();
        _useNonce(owner, nonce);
        _requireSignature(owner, listDigest(owner, commitment, uri, price, nonce), signature);
        return _list(owner, commitment, uri, price);
    }

    /// @inheritdoc IDatasetRegistry
    function update(uint256 dataset, bytes32 commitment, string calldata uri, uint128 price) external {
        _requireOwner(dataset);
        _describe(dataset, commitment, uri, price);
        emit DatasetUpdated(dataset, msg.sender, commitment, uri, price);
    }

    /// @inheritdoc IDatasetRegistry
    function updateFor(
        uint256 dataset,
        bytes32 commitment,
        string calldata uri,
        uint128 price,
        uint64 nonce,
        bytes calldata signature
    ) external {
        address owner = _owner(dataset);
        _useNonce(owner, nonce);
        _requireSignature(owner, updateDigest(owner, dataset, commitment, uri, price, nonce), signature);
        _describe(dataset, commitment, uri, price);
        emit DatasetUpdated(dataset, owner, commitment, uri, price);
    }

    /// @inheritdoc IDatasetRegistry
    function erase(uint256 dataset, bytes32 receipt, Purpose[] calldata open) external {
        _requireOwner(dataset);
        _erase(msg.sender, dataset, receipt, open);
    }

    /// @inheritdoc IDatasetRegistry
    function eraseFor(
        uint256 dataset,
        bytes32 receipt,
        Purpose[] calldata open,
        uint64 nonce,
        bytes calldata signature
    ) external {
        address owner = _owner(dataset);
        _useNonce(owner, nonce);
        _requireSignature(owner, eraseDigest(owner, dataset, receipt, nonce), signature);
        _erase(owner, dataset, receipt, open);
    }

    /// @inheritdoc IDatasetRegistry
    function voidNonce() external {
        _useNonce(msg.sender);
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _list(address owner, bytes32 commitment, string calldata uri, uint128 price)
        private
        returns (uint256 dataset)
    {
        dataset = ++_count;
        _describe(dataset, commitment, uri, price);
        // Not the safe form: it would let the owner's code run here, and the owner asked for the token.
        _mint(owner, dataset);
        emit DatasetListed(dataset, owner, commitment, uri, price);
    }

    function _describe(uint256 dataset, bytes32 commitment, string calldata uri, uint128 price) private {
        if (commitment == 0) revert DatasetRegistry_CommitmentZero();
        uint256 length = bytes(uri).length;
        if (length == 0 || length > MAX_URI) revert DatasetRegistry_UriLengthInvalid(length, MAX_URI);
        DatasetState storage state = _datasets[dataset];
        (state.commitment, state.price, state.uri) = (commitment, price, uri);
        emit MetadataUpdate(dataset);
    }

    /// The escrows are told when all is done: else one of them could have the owner sell what is burnt then.
    function _erase(address owner, uint256 dataset, bytes32 receipt, Purpose[] calldata open) private {
        if (receipt == 0) revert DatasetRegistry_ReceiptZero();
        for (uint256 i = 0; i < open.length; ++i) {
            // Whoever relays chooses the list: it must not void what the owner signed for something else.
            if (!_end(owner, dataset, open[i].escrow, open[i].study)) {
                revert DatasetRegistry_NotGranted(dataset, open[i].escrow, open[i].study);
            }
        }
        _burn(dataset);
        delete _datasets[dataset];
        emit DatasetErased(dataset, owner, receipt);
        for (uint256 i = 0; i < open.length; ++i) {
            _notify(open[i].escrow, open[i].study, owner);
        }
    }

    /// A dataset neither changes hands nor is burnt while consents given with it are open.
    function _update(address to, uint256 dataset, address auth) internal override returns (address) {
        uint64 openGrants = _datasets[dataset].openGrants;
        if (openGrants != 0) revert DatasetRegistry_GrantsOpen(dataset, openGrants);
        return super._update(to, dataset, auth);
    }

    function _useNonce(address owner, uint64 nonce) private {
        _requireNonce(owner, nonce, _useNonce(owner));
    }
}
