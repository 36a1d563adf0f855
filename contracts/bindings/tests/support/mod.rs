//! A node (embedded, or anvil), contracts on it, and a study with owners and a committee.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

pub mod model;
pub mod proxy;

use ethers::utils::{Anvil, AnvilInstance};
use serde_json::json;
use threshold_crypto::{G2Affine, SecretKeySet, group::EncodedPoint, pairing::bls12_381::G2Uncompressed};
use tributary_contracts::{
    Address, ChainClient, ChainError, Claim, CommitteeRegistration, Departure, Deployment, Enrolment, Escrow,
    Launch, Receipt, Relay, Removal, Revert, Settlement, Terms, Token, Wallet, Word, bls, keccak256,
    merkle::{ModelLeaf, PayoutTree},
    scoring_rule, typed_data,
};
use tributary_devchain::{DEV_ACCOUNT_KEYS, Devchain, Handle};

pub const BUDGET: u128 = 1_000_000;
pub const ROUNDS: u64 = 3;
/// What the protocol gets if all of the budget is granted: 2 %.
pub const FEE: u128 = BUDGET / 50;
const MODEL: Word = [0xde; 32];

/// Runs each function on the embedded chain, and on anvil where `TRIBUTARY_ANVIL` names its binary.
#[allow(unused_macros, reason = "each test file uses its part")]
macro_rules! on_both_chains {
    ($($name:ident),* $(,)?) => {
        mod embedded {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::support::Node::embedded().await).await;
            })*
        }
        mod anvil {
            $(#[tokio::test]
            async fn $name() {
                match super::support::Node::anvil() {
                    Some(node) => super::$name(node).await,
                    None => eprintln!("TRIBUTARY_ANVIL is not set: not run on anvil"),
                }
            })*
        }
    };
}

/// The refusal's name and the refusal itself.
pub fn refusal<T: std::fmt::Debug>(outcome: Result<T, ChainError>) -> (String, Revert) {
    let error = outcome.unwrap_err();
    let revert = error.revert().unwrap_or_else(|| panic!("not a revert: {error}")).clone();
    (revert.name.clone(), revert)
}

/// A running node; stopped on drop.
pub enum Node {
    Embedded(Handle),
    Anvil(AnvilInstance),
}

impl Node {
    pub async fn embedded() -> Self {
        Self::Embedded(Devchain::builder().spawn().await.unwrap())
    }

    /// Anvil, where `TRIBUTARY_ANVIL` names its binary.
    pub fn anvil() -> Option<Self> {
        let path = std::env::var_os("TRIBUTARY_ANVIL")?;
        Some(Self::Anvil(Anvil::at(std::path::PathBuf::from(path)).spawn()))
    }

    pub fn url(&self) -> String {
        match self {
            Self::Embedded(handle) => handle.url(),
            Self::Anvil(anvil) => anvil.endpoint(),
        }
    }
}

pub fn dev_wallet(n: usize) -> Wallet {
    Wallet::from_hex(DEV_ACCOUNT_KEYS[n]).unwrap()
}

/// Contracts on a node, and who uses them.
pub struct World {
    pub client: ChainClient,
    pub deployment: Deployment,
    pub escrow: Escrow,
    pub token: Token,
    pub researcher: Wallet,
    pub relay: Relay,
}

impl World {
    pub async fn new(node: &Node) -> Self {
        let client = ChainClient::connect(&node.url()).await.unwrap();
        let researcher = dev_wallet(0);
        let (supply, proposal_threshold) = (10 * BUDGET, BUDGET / 100);
        // A second world on the same node has contracts of its own.
        let salt = keccak256(&Wallet::random().address());
        let terms = Terms { supply, proposal_threshold, salt, ..Terms::new(researcher.address()) };
        let deployment = Deployment::deploy(&client, &researcher, &terms, &mut |_| {}).await.unwrap();
        let escrow = Escrow::new(client.clone(), deployment.clone()).unwrap();
        let token = Token::new(client.clone(), &deployment).unwrap();
        let relay = Relay::new(escrow.clone(), dev_wallet(1));
        Self { client, deployment, escrow, token, researcher, relay }
    }

    pub async fn terms(&self) -> Launch {
        let now = self.client.block_timestamp().await.unwrap();
        Launch {
            plan_digest: [0x70; 32],
            budget: BUDGET,
            rounds: ROUNDS,
            enrol_by: now + 1_000,
            settle_by: now + 2_000,
            min_owners: 4,
            max_owners: 4,
            salt: [0; 32],
            allowed: [0; 32],
            late_enrolment: false,
            researcher: self.researcher.address(),
            consent_required: false,
            scoring: scoring_rule("group-shapley-1"),
            max_fee_bps: 1_000,
        }
    }

    pub async fn pass_time(&self, seconds: u64) {
        self.client.rpc("evm_increaseTime", json!([seconds])).await.unwrap();
        self.client.rpc("evm_mine", json!([])).await.unwrap();
    }
}

/// A study of four owners whose committee is registered: it tolerates one corrupt owner and signs with three.
pub struct Running {
    pub world: World,
    pub study: Word,
    pub owners: Vec<Wallet>,
    pub keys: SecretKeySet,
    pub key: [u8; 128],
}

/// An owner's first enrolment.
pub fn enrolment(world: &World, study: Word, owner: &Wallet, identity: Word) -> Enrolment {
    enrolment_again(world, study, owner, identity, 0)
}

pub fn enrolment_again(
    world: &World,
    study: Word,
    owner: &Wallet,
    identity: Word,
    sequence: u64,
) -> Enrolment {
    let domain = world.deployment.domain();
    let digest =
        typed_data::enrol_digest(&domain, &study, &owner.address(), &[0x70; 32], &identity, sequence);
    let signature = owner.sign_digest(&digest).to_vec();
    Enrolment { study, owner: owner.address(), identity, sequence, proof: Vec::new(), signature }
}

pub fn departure(world: &World, study: Word, owner: &Wallet, sequence: u64) -> Departure {
    let digest = typed_data::leave_digest(&world.deployment.domain(), &study, &owner.address(), sequence);
    Departure { study, owner: owner.address(), sequence, signature: owner.sign_digest(&digest).to_vec() }
}

pub fn removal(world: &World, study: Word, owner: &Wallet, sequence: u64, signers: &[Wallet]) -> Removal {
    let owner = owner.address();
    let digest = typed_data::remove_digest(&world.deployment.domain(), &study, &owner, sequence);
    Removal { study, owner, sequence, signatures: signed_by(signers, &digest) }
}

pub fn signed_by(signers: &[Wallet], digest: &Word) -> Vec<(Address, Vec<u8>)> {
    signers.iter().map(|signer| (signer.address(), signer.sign_digest(digest).to_vec())).collect()
}

/// A registration signed by the first `signers` owners.
pub fn registration(running: &Running, epoch: u64, key: [u8; 128], signers: usize) -> CommitteeRegistration {
    let domain = running.world.deployment.domain();
    let digest = typed_data::committee_key_digest(&domain, &running.study, epoch, &keccak256(&key));
    let signatures = signed_by(&running.owners[..signers], &digest);
    CommitteeRegistration { study: running.study, epoch, key, signatures }
}

impl Running {
    pub async fn new(node: &Node) -> Self {
        Self::with(node, |terms| terms).await
    }

    /// Takes owners late, up to sixteen.
    pub async fn open(node: &Node) -> Self {
        Self::with(node, |terms| Launch { max_owners: 16, late_enrolment: true, ..terms }).await
    }

    async fn with(node: &Node, change: impl Fn(Launch) -> Launch) -> Self {
        let world = World::new(node).await;
        world.token.approve(&world.researcher, &world.deployment.escrow, BUDGET + FEE).await.unwrap();
        let terms = change(world.terms().await);
        let (study, _) = world.escrow.launch(&world.researcher, &terms).await.unwrap();
        let owners: Vec<Wallet> = (0..4).map(|_| Wallet::random()).collect();
        for (i, owner) in owners.iter().enumerate() {
            let signed = enrolment(&world, study, owner, [i as u8 + 1; 32]);
            world.escrow.enrol(&world.researcher, &signed).await.unwrap();
        }
        let keys = SecretKeySet::random(2, &mut rand07::rngs::OsRng);
        let key = bls::key_to_eip2537(&keys.public_keys().public_key().to_bytes()).unwrap();
        let running = Self { world, study, owners, keys, key };
        if terms.max_owners > 4 {
            running.world.pass_time(1_001).await;
        }
        running.seal().await;
        let signed = registration(&running, 1, key, 3);
        running.world.escrow.register_committee(&running.world.researcher, &signed).await.unwrap();
        running
    }

    pub async fn seal(&self) -> Receipt {
        self.world.escrow.seal_roster(&self.world.researcher, &self.study).await.unwrap()
    }

    /// Cumulative payouts after a round: owner `i` has `round × (i + 1) × 1000`.
    pub fn payouts(&self, round: u64) -> PayoutTree {
        let each = self.owners.iter().zip(1..);
        let payouts: Vec<(Address, u128)> =
            each.map(|(owner, share)| (owner.address(), u128::from(round) * share * 1_000)).collect();
        PayoutTree::new(&payouts, ModelLeaf { study: self.study, model: MODEL, round }).unwrap()
    }

    pub fn settlement(&self, round: u64) -> Settlement {
        let tree = self.payouts(round);
        Settlement {
            study: self.study,
            epoch: 1,
            round,
            context: [0xc0; 32],
            sums: [0x50; 32],
            scores: [0x5c; 32],
            model: MODEL,
            transcript: [0x7a; 32],
            payouts_root: tree.root(),
            cumulative_payout: tree.total(),
        }
    }

    pub fn claim(&self, owner: usize, round: u64) -> Claim {
        let tree = self.payouts(round);
        let owner = self.owners[owner].address();
        let (cumulative, proof) = (tree.cumulative(&owner).unwrap(), tree.proof(&owner).unwrap());
        Claim { study: self.study, owner, cumulative, proof }
    }

    /// The signature of the members named, combined.
    pub fn sign(&self, settlement: &Settlement, members: &[u64]) -> [u8; 256] {
        let digest = typed_data::settlement_digest(&self.world.deployment.domain(), settlement);
        let point = hash_to_g2(&digest);
        let shares: Vec<_> =
            members.iter().map(|i| (*i, self.keys.secret_key_share(*i).sign_g2(point))).collect();
        let signature =
            self.keys.public_keys().combine_signatures(shares.iter().map(|(i, share)| (*i, share)));
        bls::signature_to_eip2537(&signature.unwrap().to_bytes()).unwrap()
    }

    pub async fn settle(&self, round: u64) -> Receipt {
        let settlement = self.settlement(round);
        let signature = self.sign(&settlement, &[0, 1, 3]);
        self.world
            .escrow
            .settle_round(&self.world.researcher, &settlement, &signature, &self.key)
            .await
            .unwrap()
    }
}

/// RFC 9380 by blst, whose safe interface shows a hash as the signature under the secret key 1.
fn hash_to_g2(message: &[u8]) -> G2Affine {
    let mut one = [0; 32];
    one[31] = 1;
    let one = blst::min_pk::SecretKey::from_bytes(&one).unwrap();
    let hash = one.sign(message, b"TRIBUTARY-V1-SETTLEMENT_BLS12381G2_XMD:SHA-256_SSWU_RO_", &[]).serialize();
    let mut encoded = G2Uncompressed::empty();
    encoded.as_mut().copy_from_slice(&hash);
    encoded.into_affine().unwrap()
}
