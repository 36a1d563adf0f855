// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ArtRecords} from "./ArtRecords.sol";
import {IArtGallery} from "./interfaces/IArtGallery.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Splitters} from "./libraries/Splitters.sol";
import {TokenPull} from "./libraries/TokenPull.sol";
import {Generation, Piece, PieceStatus} from "./types/Art.sol";

/// @title ArtGallery
/// @notice Minting with an attestation, and the first sale. See `IArtGallery`.
contract ArtGallery is ArtRecords, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using TokenPull for IERC20;

    /// ERC-7007's bytes: a prompt commitment; model, modelDigest, seed, output and metadata.
    uint256 private constant PROMPT_LENGTH = 32;
    uint256 private constant DATA_LENGTH = 5 * 32;
    /// In a proof before the signature: artist, modelBps and royaltyBps, packed.
    uint256 private constant TERMS_LENGTH = 20 + 2 + 2;

    /// @param token_ What pieces are paid in: the token of the splitters.
    /// @param models_ Whose models make art.
    /// @param parameters_ The fee and who gets it.
    /// @param implementation The `RoyaltySplitter` that pieces' splitters are clones of.
    constructor(
        IERC20 token_,
        IModelRegistry models_,
        IProtocolParameters parameters_,
        address implementation
    )
        ERC721("Tributary Art", "TRIB-A")
        EIP712("Tributary", "1")
        ArtRecords(token_, models_, parameters_, implementation)
    {}

    // ---------------------------------------------------------------------------------------------- functions

    /// @inheritdoc IArtGallery
    function nameAttester(uint256 model, address attester) external {
        address owner = models.ownerOf(model);
        if (msg.sender != owner) revert ArtGallery_NotModelOwner(model, msg.sender, owner);
        _named[model] = Named(attester, owner);
        emit AttesterNamed(model, owner, attester);
    }

    /// @inheritdoc IArtGallery
    function mint(Generation calldata generation, bytes calldata signature) external returns (uint256 id) {
        id = pieceId(generation.model, generation.seed, generation.output);
        bytes32 modelDigest = models.digestOf(generation.model);
        _mintPiece(id, generation, modelDigest, signature);
        (bytes32 seed, bytes32 output, bytes32 metadata) =
            (generation.seed, generation.output, generation.metadata);
        emit AigcData(
            id,
            abi.encode(generation.prompt),
            abi.encode(generation.model, modelDigest, seed, output, metadata),
            abi.encodePacked(generation.artist, generation.modelBps, generation.royaltyBps, signature)
        );
    }

    /// @notice `mint` in ERC-7007's form: here a token comes into being with its data, and the data never change.
    /// @param id The id of the piece that the data describe.
    function addAigcData(uint256 id, bytes calldata prompt, bytes calldata aigcData, bytes calldata proof)
        external
    {
        if (!_wellFormed(prompt, aigcData, proof)) revert ArtGallery_DataMalformed();
        (Generation memory generation, bytes32 modelDigest) = _decode(prompt, aigcData, proof);
        uint256 described = pieceId(generation.model, generation.seed, generation.output);
        bytes32 certified = models.digestOf(generation.model);
        if (id != described || modelDigest != certified) {
            revert ArtGallery_DataMismatch(id, described, certified);
        }
        _mintPiece(id, generation, modelDigest, proof[TERMS_LENGTH:]);
        emit AigcData(id, prompt, aigcData, proof);
    }

    /// @inheritdoc IArtGallery
    function setPrice(uint256 id, uint128 price) external {
        Piece storage offered = _primary(id);
        address artist = offered.generation.artist;
        if (msg.sender != artist) revert ArtGallery_NotArtist(id, msg.sender, artist);
        offered.price = price;
        emit PiecePriced(id, price);
    }

    /// @inheritdoc IArtGallery
    function buy(uint256 id, uint128 maximum) external nonReentrant {
        Piece storage offered = _primary(id);
        uint128 price = offered.price;
        if (price == 0) revert ArtGallery_NotForSale(id);
        if (price > maximum) revert ArtGallery_PriceAboveMaximum(id, price, maximum);
        uint256 fee = uint256(price) * parameters.saleFeeBps() / BPS;

        _transfer(offered.generation.artist, msg.sender, id);
        emit PieceSold(id, msg.sender, price, fee, price - fee);
        uint256 received = token.pull(msg.sender, price);
        if (received != price) revert ArtGallery_FundingMismatch(price, received);
        if (fee != 0) token.safeTransfer(parameters.treasury(), fee);
        token.safeTransfer(offered.splitter, price - fee);
    }

    /// @inheritdoc IArtGallery
    function deploySplitter(uint256 id) external returns (address splitter) {
        _requireOwned(id);
        Piece storage paid = _pieces[id];
        splitter = paid.splitter;
        if (Splitters.ensure(splitterImplementation, _split(paid.generation), 0, splitter)) {
            emit SplitterDeployed(id, splitter);
        }
    }

    // -------------------------------------------------------------------------------------------------- views

    /// @notice Whether the attester signed exactly this: of a minted piece who attested it then, of another the
    /// model's attester now. It says nothing about the computation (see `IArtGallery`).
    /// @return Also false, without a revert, for bytes of another shape, an unknown model or another digest of it.
    function verify(bytes calldata prompt, bytes calldata aigcData, bytes calldata proof)
        external
        view
        returns (bool)
    {
        if (!_wellFormed(prompt, aigcData, proof)) return false;
        (Generation memory generation, bytes32 modelDigest) = _decode(prompt, aigcData, proof);
        Piece storage minted = _pieces[pieceId(generation.model, generation.seed, generation.output)];
        address attester = minted.attester;
        if (minted.status == PieceStatus.None) {
            try models.digestOf(generation.model) returns (bytes32 certified) {
                if (certified != modelDigest) return false;
            } catch {
                return false;
            }
            attester = attesterOf(generation.model);
        } else if (
            modelDigest != minted.modelDigest
                || keccak256(abi.encode(generation)) != keccak256(abi.encode(minted.generation))
        ) {
            return false;
        }
        return Signatures.isValid(attester, _digest(generation, modelDigest), proof[TERMS_LENGTH:]);
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _mintPiece(
        uint256 id,
        Generation memory generation,
        bytes32 modelDigest,
        bytes calldata signature
    ) private {
        if (_ownerOf(id) != address(0)) revert ArtGallery_AlreadyMinted(id);
        if (msg.sender != generation.artist) {
            revert ArtGallery_NotArtist(id, msg.sender, generation.artist);
        }
        _requireTermsValid(generation);
        address attester = attesterOf(generation.model);
        bytes32 digest = _digest(generation, modelDigest);
        if (!Signatures.isValid(attester, digest, signature)) {
            revert ArtGallery_AttestationInvalid(attester, digest);
        }
        Piece storage made = _pieces[id];
        made.generation = generation;
        made.modelDigest = modelDigest;
        made.attester = attester;
        made.status = PieceStatus.Primary;
        made.splitter = Splitters.predict(splitterImplementation, _split(generation), 0);
        // Not _safeMint: the artist calls, and a wallet that does not know ERC-721 can still sell here.
        _mint(msg.sender, id);
        _emitMinted(id, made);
    }

    function _emitMinted(uint256 id, Piece memory made) private {
        emit PieceMinted(
            id,
            made.generation.model,
            made.generation.artist,
            made.modelDigest,
            made.generation.prompt,
            made.generation.seed,
            made.generation.output,
            made.generation.metadata,
            made.generation.modelBps,
            made.generation.royaltyBps,
            made.attester,
            made.splitter
        );
    }

    function _primary(uint256 id) private view returns (Piece storage offered) {
        offered = _pieces[id];
        if (offered.status != PieceStatus.Primary) revert ArtGallery_NotPrimary(id, offered.status);
    }

    function _requireTermsValid(Generation memory generation) private pure {
        if (
            generation.prompt == 0 || generation.seed == 0 || generation.output == 0
                || generation.metadata == 0
        ) {
            revert ArtGallery_DigestZero();
        }
        if (generation.modelBps == 0 || generation.modelBps > BPS) {
            revert ArtGallery_ModelPartInvalid(generation.modelBps, 1, BPS);
        }
        if (generation.royaltyBps > MAX_ROYALTY_BPS) {
            revert ArtGallery_RoyaltyAboveLimit(generation.royaltyBps, MAX_ROYALTY_BPS);
        }
    }

    function _wellFormed(bytes calldata prompt, bytes calldata aigcData, bytes calldata proof)
        private
        pure
        returns (bool)
    {
        return prompt.length == PROMPT_LENGTH && aigcData.length == DATA_LENGTH && proof.length > TERMS_LENGTH;
    }

    function _decode(bytes calldata prompt, bytes calldata aigcData, bytes calldata proof)
        private
        pure
        returns (Generation memory generation, bytes32 modelDigest)
    {
        // forge-lint: disable-next-line(unsafe-typecast)
        generation.prompt = bytes32(prompt); // 32 bytes: see _wellFormed
        generation.model = uint256(bytes32(aigcData[0:32]));
        modelDigest = bytes32(aigcData[32:64]);
        generation.seed = bytes32(aigcData[64:96]);
        generation.output = bytes32(aigcData[96:128]);
        generation.metadata = bytes32(aigcData[128:160]);
        generation.artist = address(bytes20(proof[0:20]));
        generation.modelBps = uint16(bytes2(proof[20:22]));
        generation.royaltyBps = uint16(bytes2(proof[22:24]));
    }
}
