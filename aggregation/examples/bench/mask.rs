//! One owner's masking against the bare keystream of the same length, on one thread.

use std::error::Error;
use std::hint::black_box;
use std::num::NonZeroUsize;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::masking::{MaskGraph, MaskSeeds, PairSeeds, SelfSeed, mask};
use tributary_aggregation::update::Quantised;
use x25519_dalek::{PublicKey, StaticSecret};

use crate::Size;
use crate::keystream::{keystream, stream_len};
use crate::measure::{cpu_time, least, median, round4};

/// Times masking and keystream in turns, so that both see the same machine; the ratio is the median of the turns'.
pub fn run(size: &Size) -> Result<Value, Box<dyn Error>> {
    let plan = size.plan()?;
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let owners: Vec<OwnerId> = (0..size.owners).map(owner).collect();
    let me = owners[owners.len() / 2];
    let secret = StaticSecret::random_from_rng(&mut rng);
    let others: Vec<_> = owners
        .iter()
        .filter(|owner| **owner != me)
        .map(|owner| (*owner, PublicKey::from(&StaticSecret::random_from_rng(&mut rng)).to_bytes()))
        .collect();
    let pairs = PairSeeds::derive(&me, &secret, &others, &Digest([1; 32]))?;
    let own = SelfSeed::generate(&mut rng);
    let seeds = MaskSeeds::new(me, &MaskGraph::complete(&owners)?, own, &pairs, &[2; 32], &Digest([3; 32]))?;
    let values = vec![1e-4f32; size.len];
    let (streams, stream_len) = (usize::from(size.owners) + 1, stream_len(&plan));

    let (mut masks, mut bares) = (Vec::new(), Vec::new());
    for _ in 0..size.repeat {
        let quantised = Quantised::new(&plan, &values, 100)?;
        let (seconds, masked) = cpu_time(|| mask(&plan, quantised, &seeds, NonZeroUsize::MIN));
        black_box(masked?);
        masks.push(seconds);
        bares.push(cpu_time(|| keystream(streams, stream_len)).0);
    }
    let ratio = median(masks.iter().zip(&bares).map(|(mask, bare)| mask / bare).collect());
    let (seconds, bytes) = (median(masks.clone()), (streams * stream_len) as f64);
    Ok(json!({
        "bench": "mask", "len": size.len, "owners": size.owners, "word_bits": plan.word_bits(), "threads": 1,
        "seconds": round4(seconds), "ratio": round4(ratio), "best_seconds": round4(least(&masks)),
        "best_ratio": round4(least(&masks) / least(&bares)),
        "best_gb_per_s": round4(bytes / least(&masks) / 1e9), "bytes_per_owner": plan.packed_len(),
    }))
}

/// Owner number `index`, in ascending order.
pub fn owner(index: u16) -> OwnerId {
    let mut owner = [0; 20];
    owner[..2].copy_from_slice(&index.to_be_bytes());
    OwnerId(owner)
}
