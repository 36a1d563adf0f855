//! A study that is over, and its model.

use tributary_contracts::{
    Address, Word,
    market::{
        models::{Models, NewModel},
        royalties::Splitter,
    },
};

use super::{ROUNDS, Running};

/// The data owners' part of what the model earns, in basis points.
pub const OWNERS_BPS: u16 = 7_000;
/// The royalty on a sale, in basis points.
pub const ROYALTY_BPS: u16 = 1_000;

/// A model whose study settled its last round and closed; the study's researcher owns it.
pub struct Minted {
    pub models: Models,
    /// The token's id, which is the study's.
    pub model: Word,
    /// Where its royalties go; not deployed yet.
    pub splitter: Address,
}

impl Minted {
    /// Deploys the model's splitter.
    pub async fn deployed(&self, running: &Running) -> Splitter {
        let world = &running.world;
        self.models.deploy_splitter(&world.researcher, &self.model).await.unwrap();
        Splitter::at(world.client.clone(), &world.deployment, self.splitter).await.unwrap()
    }
}

/// Settles the last round and closes the study. Owner `i` has earned `(i + 1) × 3000`.
pub async fn closed(running: &Running) -> Models {
    let world = &running.world;
    running.settle(ROUNDS).await;
    world.escrow.close(&world.researcher, &running.study).await.unwrap();
    Models::new(world.client.clone(), &world.deployment).unwrap()
}

/// What the researcher of a closed study mints.
pub fn new_model(running: &Running) -> NewModel {
    NewModel {
        study: running.study,
        digest: running.settlement(ROUNDS).model,
        proof: running.payouts(ROUNDS).model_proof(),
        weights: [0x3e; 32],
        provenance: [0x97; 32],
        metadata: [0x3d; 32],
        owners_bps: OWNERS_BPS,
        royalty_bps: ROYALTY_BPS,
    }
}

/// Settles the last round, closes the study and mints its model.
pub async fn minted(running: &Running) -> Minted {
    let models = closed(running).await;
    models.mint(&running.world.researcher, &new_model(running)).await.unwrap();
    let model = running.study;
    let splitter = models.splitter_of(&model).await.unwrap();
    Minted { models, model, splitter }
}
