//! Pieces made with a study's model are minted and sold, and what they earn reaches artist, researcher and owners.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

#[macro_use]
mod support;

use support::{
    Node, ROUNDS, Running, dev_wallet,
    model::{Minted, minted},
    refusal,
};
use tributary_contracts::{
    Wallet, Word, decimal_word, keccak256,
    market::{
        gallery::{Gallery, Generation, Piece, PieceStatus, generation_digest},
        royalties::{Share, Splitter},
    },
};

on_both_chains!(
    what_a_piece_earns_reaches_artist_researcher_and_owners,
    what_the_attester_did_not_sign_is_not_minted,
    a_piece_is_sold_once_and_not_above_the_maximum,
);

const PRICE: u128 = 100_000;
/// 2.5 %.
const FEE: u128 = 2_500;
const PROCEEDS: u128 = PRICE - FEE;

fn hex_of(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// A model whose owner attests, and an artist.
struct Studio {
    running: Running,
    made_with: Minted,
    gallery: Gallery,
    artist: Wallet,
    digest: Word,
}

impl Studio {
    async fn new(node: &Node) -> Self {
        let running = Running::new(node).await;
        let made_with = minted(&running).await;
        let gallery = Gallery::new(running.world.client.clone(), &running.world.deployment).unwrap();
        let digest = made_with.models.digest_of(&made_with.model).await.unwrap();
        Self { running, made_with, gallery, artist: dev_wallet(4), digest }
    }

    fn owner(&self) -> &Wallet {
        &self.running.world.researcher
    }

    fn generation(&self) -> Generation {
        Generation {
            model: self.made_with.model,
            prompt: keccak256(b"salt, and a river that many streams feed"),
            seed: [0x5e; 32],
            output: [0x07; 32],
            metadata: [0x3d; 32],
            artist: self.artist.address(),
            model_bps: 4_000,
            royalty_bps: 1_000,
        }
    }

    fn attest(&self, signer: &Wallet, generation: &Generation) -> [u8; 65] {
        let chain = self.running.world.client.chain_id();
        signer.sign_digest(&generation_digest(chain, &self.gallery.address(), generation, &self.digest))
    }

    /// Mints a piece and asks a price; somebody has the money for it, and is let pay.
    async fn for_sale(&self, generation: &Generation) -> (Word, Wallet) {
        let signature = self.attest(self.owner(), generation);
        self.gallery.mint(&self.artist, generation, &signature).await.unwrap();
        let (piece, buyer) = (generation.piece(), dev_wallet(6));
        self.gallery.set_price(&self.artist, &piece, PRICE).await.unwrap();
        let token = &self.running.world.token;
        token.transfer(self.owner(), &buyer.address(), 2 * PRICE).await.unwrap();
        token.approve(&buyer, &self.gallery.address(), 2 * PRICE).await.unwrap();
        (piece, buyer)
    }
}

async fn what_a_piece_earns_reaches_artist_researcher_and_owners(node: Node) {
    let studio = Studio::new(&node).await;
    let (world, gallery, anybody) = (&studio.running.world, &studio.gallery, dev_wallet(5));
    let (token, treasury) = (&world.token, world.deployment.timelock);
    let generation = studio.generation();
    assert_eq!(gallery.piece(&generation.piece()).await.unwrap(), None);
    let (piece, buyer) = studio.for_sale(&generation).await;
    let splitter = gallery.splitter_of(&piece).await.unwrap();
    let shown = Piece {
        generation,
        model_digest: studio.digest,
        attester: studio.owner().address(),
        status: PieceStatus::Primary,
        price: Some(PRICE),
        splitter,
    };
    assert_eq!(gallery.piece(&piece).await.unwrap(), Some(shown));
    assert_eq!(gallery.owner_of(&piece).await.unwrap(), studio.artist.address());
    assert_eq!(gallery.royalty(&piece, 5_005).await.unwrap(), (splitter, 500));

    let before = token.balance(&treasury).await.unwrap();
    gallery.buy(&buyer, &piece, PRICE).await.unwrap();
    assert_eq!(gallery.owner_of(&piece).await.unwrap(), buyer.address());
    let sold = Piece { status: PieceStatus::Sold, price: None, ..shown };
    assert_eq!(gallery.piece(&piece).await.unwrap(), Some(sold));
    assert_eq!(token.balance(&buyer.address()).await.unwrap(), PRICE);
    assert_eq!(token.balance(&treasury).await.unwrap(), before + FEE);
    assert_eq!(token.balance(&splitter).await.unwrap(), PROCEEDS);
    assert_eq!(token.balance(&gallery.address()).await.unwrap(), 0);

    // Of the proceeds 40 % are the model's, and the rest is the artist's.
    gallery.deploy_splitter(&anybody, &piece).await.unwrap();
    let of_piece = Splitter::at(world.client.clone(), &world.deployment, splitter).await.unwrap();
    let share = Share { payee: studio.made_with.splitter, cumulative: 1, proof: vec![] };
    of_piece.release(&anybody, &share).await.unwrap();
    of_piece.release_creator(&anybody).await.unwrap();
    assert_eq!(token.balance(&studio.made_with.splitter).await.unwrap(), 39_000);
    assert_eq!(token.balance(&studio.artist.address()).await.unwrap(), 58_500);
    assert_eq!(token.balance(&splitter).await.unwrap(), 0);

    // Of the model's part 70 % are the owners', by what their data came to, and the rest is the researcher's.
    let of_model = studio.made_with.deployed(&studio.running).await;
    for (i, part) in [2_730, 5_460, 8_190, 10_920].into_iter().enumerate() {
        let share = Share::from(studio.running.claim(i, ROUNDS));
        of_model.release(&anybody, &share).await.unwrap();
        assert_eq!(token.balance(&share.payee).await.unwrap(), part);
    }
    let before = token.balance(&studio.owner().address()).await.unwrap();
    of_model.release_creator(&anybody).await.unwrap();
    assert_eq!(token.balance(&studio.owner().address()).await.unwrap(), before + 11_700);
    assert_eq!(token.balance(&studio.made_with.splitter).await.unwrap(), 0);
}

async fn what_the_attester_did_not_sign_is_not_minted(node: Node) {
    let studio = Studio::new(&node).await;
    let (gallery, artist) = (&studio.gallery, &studio.artist);
    let (owner, generation) = (studio.owner(), studio.generation());
    let chain = studio.running.world.client.chain_id();
    let digest = gallery.generation_digest(&generation).await.unwrap();
    assert_eq!(generation_digest(chain, &gallery.address(), &generation, &studio.digest), digest);

    let theirs = studio.attest(owner, &generation);
    let own = studio.attest(artist, &generation);
    let elsewhere = generation_digest(chain, &[0xee; 20], &generation, &studio.digest);
    let other_model = generation_digest(chain, &gallery.address(), &generation, &[0xee; 32]);
    let refused = [
        (generation, own),
        (generation, owner.sign_digest(&elsewhere)),
        (generation, owner.sign_digest(&other_model)),
        (Generation { model_bps: 1, ..generation }, theirs),
        (Generation { royalty_bps: 0, ..generation }, theirs),
        (Generation { metadata: [0xee; 32], ..generation }, theirs),
        (Generation { prompt: [0xee; 32], ..generation }, theirs),
        (Generation { output: [0xee; 32], ..generation }, theirs),
    ];
    for (generation, signature) in &refused {
        let (name, revert) = refusal(gallery.mint(artist, generation, signature).await);
        assert_eq!(name, "ArtGallery_AttestationInvalid");
        assert_eq!(revert.value("attester"), Some(&*hex_of(&owner.address())));
        let digest = gallery.generation_digest(generation).await.unwrap();
        assert_eq!(revert.value("digest"), Some(&*hex_of(&digest)));
        assert!(!gallery.verify(generation, &studio.digest, signature).await.unwrap());
    }
    let thief = dev_wallet(7);
    let (name, revert) = refusal(gallery.mint(&thief, &generation, &theirs).await);
    assert_eq!(name, "ArtGallery_NotArtist");
    assert_eq!(decimal_word(revert.value("piece").unwrap()), Some(generation.piece()));
    assert_eq!(revert.value("artist"), Some(&*hex_of(&artist.address())));

    // Whom the owner names attests in the owner's place.
    let server = dev_wallet(5);
    let named = gallery.name_attester(artist, &generation.model, Some(&artist.address())).await;
    assert_eq!(refusal(named).0, "ArtGallery_NotModelOwner");
    assert_eq!(gallery.attester_of(&generation.model).await.unwrap(), owner.address());
    gallery.name_attester(owner, &generation.model, Some(&server.address())).await.unwrap();
    assert_eq!(gallery.attester_of(&generation.model).await.unwrap(), server.address());
    assert_eq!(refusal(gallery.mint(artist, &generation, &theirs).await).0, "ArtGallery_AttestationInvalid");
    let attested = studio.attest(&server, &generation);
    assert!(gallery.verify(&generation, &studio.digest, &attested).await.unwrap());
    gallery.mint(artist, &generation, &attested).await.unwrap();
    gallery.name_attester(owner, &generation.model, None).await.unwrap();
    assert_eq!(gallery.attester_of(&generation.model).await.unwrap(), owner.address());
    assert!(gallery.verify(&generation, &studio.digest, &attested).await.unwrap(), "who attested it then");
    let again = refusal(gallery.mint(artist, &generation, &theirs).await);
    assert_eq!(again.0, "ArtGallery_AlreadyMinted");
}

async fn a_piece_is_sold_once_and_not_above_the_maximum(node: Node) {
    let studio = Studio::new(&node).await;
    let (gallery, artist) = (&studio.gallery, &studio.artist);
    let (piece, buyer) = studio.for_sale(&studio.generation()).await;
    let (name, revert) = refusal(gallery.set_price(&buyer, &piece, 1).await);
    assert_eq!(name, "ArtGallery_NotArtist");
    assert_eq!(revert.value("caller"), Some(&*hex_of(&buyer.address())));
    gallery.set_price(artist, &piece, PRICE + 1).await.unwrap();
    let (name, revert) = refusal(gallery.buy(&buyer, &piece, PRICE).await);
    assert_eq!(name, "ArtGallery_PriceAboveMaximum");
    assert_eq!(decimal_word(revert.value("piece").unwrap()), Some(piece));
    assert_eq!(revert.value("price"), Some(&*(PRICE + 1).to_string()));
    assert_eq!(revert.value("maximum"), Some(&*PRICE.to_string()));
    gallery.set_price(artist, &piece, 0).await.unwrap();
    assert_eq!(refusal(gallery.buy(&buyer, &piece, PRICE).await).0, "ArtGallery_NotForSale");
    gallery.set_price(artist, &piece, PRICE).await.unwrap();
    gallery.buy(&buyer, &piece, PRICE).await.unwrap();
    let (name, revert) = refusal(gallery.buy(&buyer, &piece, PRICE).await);
    assert_eq!(name, "ArtGallery_NotPrimary");
    assert_eq!(revert.value("status"), Some("Sold"));
    assert_eq!(refusal(gallery.set_price(artist, &piece, PRICE).await).0, "ArtGallery_NotPrimary");
    assert_eq!(studio.running.world.token.balance(&buyer.address()).await.unwrap(), PRICE);
}
