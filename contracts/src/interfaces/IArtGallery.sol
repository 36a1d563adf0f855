// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {Generation, Piece, PieceStatus} from "../types/Art.sol";
import {IERC7007} from "./IERC7007.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {IProtocolParameters} from "./IProtocolParameters.sol";

/// @title Generated pieces as NFTs (ERC-721 "Tributary Art", ERC-2981, ERC-7007)
/// @notice A piece is bound to a model of the registry, a seed and the digest of its output: its id is
///   uint256(keccak256(abi.encode(model, seed, output)))
/// so it exists once. The artist mints it with the model's attestation: the EIP-712 signature (domain "Tributary",
/// version "1"), by a key or by an ERC-1271 wallet, of the model's attester (its owner, or whom the owner named) over
///   Generation(uint256 model,bytes32 modelDigest,bytes32 prompt,bytes32 seed,bytes32 output,bytes32 metadata,address artist,uint16 modelBps,uint16 royaltyBps)
///
/// What this proves: that the attester said so, for this model digest, this artist and these terms, on this chain and
/// to this gallery; and that the model digest was certified by its study's committee. What it does not prove: that
/// the model gives this output for this seed and prompt. There is no proof of the computation; whoever has the
/// model's weights can run it again and compare.
///
/// For ERC-7007: prompt = abi.encode(prompt commitment); aigcData = abi.encode(model, modelDigest, seed, output,
/// metadata); proof = abi.encodePacked(artist, modelBps, royaltyBps, signature).
///
/// Money: in the first sale, which the artist makes here, the protocol's fee goes to the treasury and the rest to the
/// piece's splitter: `modelBps` of it belongs to the model's splitter, and by that to the data owners and the
/// researcher, the rest to the artist. Royalties of later sales go to the same splitter. One splitter serves all
/// pieces of one artist, one model and one `modelBps`. The gallery keeps nothing.
interface IArtGallery is IERC721Metadata, IERC2981, IERC7007 {
    // ------------------------------------------------------------------------------------------------- events

    /// @notice The model's owner named who attests generations; zero means the owner itself.
    event AttesterNamed(uint256 indexed model, address indexed owner, address attester);
    event PieceMinted(
        uint256 indexed piece,
        uint256 indexed model,
        address indexed artist,
        bytes32 modelDigest,
        bytes32 prompt,
        bytes32 seed,
        bytes32 output,
        bytes32 metadata,
        uint16 modelBps,
        uint16 royaltyBps,
        address attester,
        address splitter
    );
    /// @param price 0 if the piece is not for sale any more.
    event PiecePriced(uint256 indexed piece, uint128 price);
    /// @notice The first sale: fee + proceeds = price.
    event PieceSold(
        uint256 indexed piece, address indexed buyer, uint128 price, uint256 fee, uint256 proceeds
    );
    event SplitterDeployed(uint256 indexed piece, address indexed splitter);

    // ------------------------------------------------------------------------------------------------- errors

    /// @notice The splitters move another token, or one of the contracts is none.
    error ArtGallery_SetupInvalid(address token, address models, address parameters, address splitter);
    error ArtGallery_NotModelOwner(uint256 model, address caller, address owner);
    error ArtGallery_NotArtist(uint256 piece, address caller, address artist);
    error ArtGallery_AlreadyMinted(uint256 piece);
    /// @notice A digest or commitment is missing.
    error ArtGallery_DigestZero();
    error ArtGallery_ModelPartInvalid(uint16 modelBps, uint16 least, uint16 most);
    error ArtGallery_RoyaltyAboveLimit(uint16 royaltyBps, uint16 limit);
    /// @notice The attester did not sign this: another generation, artist, terms, model, chain or gallery.
    error ArtGallery_AttestationInvalid(address attester, bytes32 digest);
    /// @notice ERC-7007's bytes are not what this gallery takes.
    error ArtGallery_DataMalformed();
    /// @notice ERC-7007's bytes are about another token, or a model with another digest.
    error ArtGallery_DataMismatch(uint256 tokenId, uint256 piece, bytes32 modelDigest);
    error ArtGallery_NotPrimary(uint256 piece, PieceStatus status);
    error ArtGallery_NotForSale(uint256 piece);
    error ArtGallery_PriceAboveMaximum(uint256 piece, uint128 price, uint128 maximum);
    error ArtGallery_FundingMismatch(uint256 expected, uint256 received);

    // ---------------------------------------------------------------------------------------------- functions

    /// @notice Names who attests a model's generations; zero for the owner itself. The model's owner only; it ends
    /// when the model changes hands.
    function nameAttester(uint256 model, address attester) external;

    /// @notice Mints a piece to its artist, who calls it.
    /// @param signature The attester's over the generation.
    function mint(Generation calldata generation, bytes calldata signature) external returns (uint256 piece);

    /// @notice Sets what the artist asks in the first sale; 0 withdraws it. The artist only.
    function setPrice(uint256 piece, uint128 price) external;

    /// @notice Buys a piece from its artist with tokens the caller has approved.
    /// @param maximum The highest price the caller pays.
    function buy(uint256 piece, uint128 maximum) external;

    /// @notice Deploys a piece's splitter unless it is there. Anyone may call it.
    function deploySplitter(uint256 piece) external returns (address splitter);

    // -------------------------------------------------------------------------------------------------- views

    function token() external view returns (IERC20);
    function models() external view returns (IModelRegistry);
    function parameters() external view returns (IProtocolParameters);
    /// @notice What the splitters are clones of.
    function splitterImplementation() external view returns (address);
    /// @notice The highest royalty on a sale, in basis points.
    function MAX_ROYALTY_BPS() external view returns (uint16);

    /// @notice A minted piece; reverts if there is none.
    function piece(uint256 id) external view returns (Piece memory);
    /// @notice The id a generation gets.
    function pieceId(uint256 model, bytes32 seed, bytes32 output) external pure returns (uint256);
    /// @notice Whose signature stands for a model's generations now.
    function attesterOf(uint256 model) external view returns (address);
    /// @notice Where a piece's proceeds and royalties go.
    function splitterOf(uint256 id) external view returns (address);
    /// @notice The EIP-712 digest an attester signs.
    function generationDigest(Generation calldata generation) external view returns (bytes32);
    /// @notice The EIP-712 domain separator (see also ERC-5267 `eip712Domain`).
    function domainSeparator() external view returns (bytes32);
}
