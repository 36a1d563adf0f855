// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IArtGallery} from "./interfaces/IArtGallery.sol";
import {IERC7007} from "./interfaces/IERC7007.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {IRoyaltySplitter} from "./interfaces/IRoyaltySplitter.sol";
import {Cid} from "./libraries/Cid.sol";
import {Splitters} from "./libraries/Splitters.sol";
import {Generation, Piece, PieceStatus} from "./types/Art.sol";
import {Split} from "./types/Split.sol";

/// @title What the gallery knows about pieces, who attests them, and where their money goes
abstract contract ArtRecords is ERC721, EIP712, IArtGallery {
    /// Whom a model's owner named; void once the model has another owner.
    struct Named {
        address attester;
        address by;
    }

    uint16 internal constant BPS = 10_000;
    bytes32 private constant GENERATION_TYPEHASH = keccak256(
        "Generation(uint256 model,bytes32 modelDigest,bytes32 prompt,bytes32 seed,bytes32 output,"
        "bytes32 metadata,address artist,uint16 modelBps,uint16 royaltyBps)"
    );

    /// @inheritdoc IArtGallery
    uint16 public constant MAX_ROYALTY_BPS = 2500;

    /// @inheritdoc IArtGallery
    IERC20 public immutable token;
    /// @inheritdoc IArtGallery
    IModelRegistry public immutable models;
    /// @inheritdoc IArtGallery
    IProtocolParameters public immutable parameters;
    /// @inheritdoc IArtGallery
    address public immutable splitterImplementation;

    mapping(uint256 id => Piece) internal _pieces;
    mapping(uint256 model => Named) internal _named;

    constructor(
        IERC20 token_,
        IModelRegistry models_,
        IProtocolParameters parameters_,
        address implementation
    ) {
        bool present = address(models_).code.length != 0 && address(parameters_).code.length != 0
            && implementation.code.length != 0;
        if (!present || !_moves(implementation, token_) || !_moves(models_.splitterImplementation(), token_))
        {
            revert ArtGallery_SetupInvalid(
                address(token_), address(models_), address(parameters_), implementation
            );
        }
        (token, models, parameters, splitterImplementation) = (token_, models_, parameters_, implementation);
    }

    // -------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IArtGallery
    function piece(uint256 id) external view returns (Piece memory) {
        _requireOwned(id);
        return _pieces[id];
    }

    /// @inheritdoc IArtGallery
    function pieceId(uint256 model, bytes32 seed, bytes32 output) public pure returns (uint256) {
        return uint256(keccak256(abi.encode(model, seed, output)));
    }

    /// @inheritdoc IArtGallery
    function attesterOf(uint256 model) public view returns (address) {
        address owner = models.ownerOf(model);
        Named storage named = _named[model];
        return named.by == owner && named.attester != address(0) ? named.attester : owner;
    }

    /// @inheritdoc IArtGallery
    function splitterOf(uint256 id) external view returns (address) {
        _requireOwned(id);
        return _pieces[id].splitter;
    }

    /// @inheritdoc IERC2981
    function royaltyInfo(uint256 id, uint256 salePrice) external view returns (address, uint256) {
        _requireOwned(id);
        Piece storage shown = _pieces[id];
        return (shown.splitter, Math.mulDiv(salePrice, shown.generation.royaltyBps, BPS));
    }

    /// @notice "ipfs://" and the CIDv1 of the metadata document.
    function tokenURI(uint256 id) public view override(ERC721, IERC721Metadata) returns (string memory) {
        _requireOwned(id);
        return Cid.uri(_pieces[id].generation.metadata);
    }

    /// @inheritdoc IArtGallery
    function generationDigest(Generation calldata generation) external view returns (bytes32) {
        return _digest(generation, models.digestOf(generation.model));
    }

    /// @inheritdoc IArtGallery
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) public view override(ERC721, IERC165) returns (bool) {
        return
            id == type(IERC2981).interfaceId || id == type(IERC7007).interfaceId
                || super.supportsInterface(id);
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _digest(Generation memory generation, bytes32 modelDigest) internal view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    GENERATION_TYPEHASH,
                    generation.model,
                    modelDigest,
                    generation.prompt,
                    generation.seed,
                    generation.output,
                    generation.metadata,
                    generation.artist,
                    generation.modelBps,
                    generation.royaltyBps
                )
            )
        );
    }

    /// One payee, the model's splitter; the rest is the artist's.
    function _split(Generation memory generation) internal view returns (Split memory) {
        bytes32 root = Splitters.single(models.splitterOf(generation.model));
        return Split(root, 1, generation.modelBps, generation.artist);
    }

    /// A piece that leaves its artist is not the gallery's to sell any more.
    function _update(address to, uint256 id, address auth) internal override returns (address from) {
        from = super._update(to, id, auth);
        Piece storage moved = _pieces[id];
        if (from != address(0) && moved.status == PieceStatus.Primary && to != from) {
            (moved.status, moved.price) = (PieceStatus.Sold, 0);
        }
    }

    function _moves(address implementation, IERC20 token_) private view returns (bool) {
        return address(IRoyaltySplitter(implementation).token()) == address(token_);
    }
}
