//! The coordinator's unmasking against the bare keystream of the same length, on one thread: with nobody gone, and with
//! three owners in ten gone, each of whose masks with those who are there must be made once more.

use std::hint::black_box;
use std::num::NonZeroUsize;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::masking::{Fold, MaskGraph, PairSeeds, SelfSeed, unmask};
use tributary_aggregation::plan::RoundPlan;
use x25519_dalek::{PublicKey, StaticSecret};

use crate::Size;
use crate::keystream::{keystream, stream_len};
use crate::mask::owner;
use crate::measure::{cpu_time, least, median, round4};
use crate::round::Outcome;

/// Times the unmasking without dropouts, and with `per_ten` owners of every ten gone.
pub fn run(size: &Size) -> Outcome<Vec<Value>> {
    [0, 3].into_iter().map(|per_ten| with_dropouts(size, per_ten)).collect()
}

fn with_dropouts(size: &Size, per_ten: usize) -> Outcome<Value> {
    let plan = size.plan()?;
    let owners: Vec<OwnerId> = (0..size.owners).map(owner).collect();
    let graph = MaskGraph::complete(&owners)?;
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let secrets: Vec<_> = owners.iter().map(|_| StaticSecret::random_from_rng(&mut rng)).collect();
    let keys: Vec<_> = owners
        .iter()
        .zip(&secrets)
        .map(|(owner, secret)| (*owner, PublicKey::from(secret).to_bytes()))
        .collect();
    let (mut online, mut offline) = (Vec::new(), Vec::new());
    for (index, (owner, secret)) in owners.iter().zip(&secrets).enumerate() {
        if index % 10 < per_ten {
            let others: Vec<_> = keys.iter().copied().filter(|(other, _)| other != owner).collect();
            offline.push((*owner, PairSeeds::derive(owner, secret, &others, &Digest([1; 32]))?));
        } else {
            online.push((*owner, SelfSeed::generate(&mut rng)));
        }
    }
    let reports = reports(&plan, online.len(), &mut rng);
    let (streams, stream_len) = (online.len() * (offline.len() + 1), stream_len(&plan));

    let (mut unmasks, mut bares) = (Vec::new(), Vec::new());
    for _ in 0..size.repeat {
        let mut fold = Fold::new(&plan);
        reports.iter().try_for_each(|report| fold.add(report))?;
        let (seconds, sealed) =
            cpu_time(|| unmask(&plan, fold, &Digest([3; 32]), &graph, &online, &offline, NonZeroUsize::MIN));
        black_box(sealed?);
        unmasks.push(seconds);
        bares.push(cpu_time(|| keystream(streams, stream_len)).0);
    }
    let ratio = median(unmasks.iter().zip(&bares).map(|(unmask, bare)| unmask / bare).collect());
    Ok(json!({
        "bench": "unmask", "len": size.len, "owners": size.owners, "offline": offline.len(), "streams": streams,
        "word_bits": plan.word_bits(), "threads": 1, "seconds": round4(median(unmasks.clone())),
        "ratio": round4(ratio), "best_seconds": round4(least(&unmasks)),
        "best_ratio": round4(least(&unmasks) / least(&bares)),
    }))
}

/// Packed words, as random as masked updates are.
fn reports(plan: &RoundPlan, count: usize, rng: &mut ChaCha20Rng) -> Vec<Vec<u8>> {
    let mut report = vec![0; plan.packed_len()];
    rng.fill_bytes(&mut report);
    // The padding of the last byte must be zero.
    if let Some(last) = report.last_mut() {
        *last = 0;
    }
    vec![report; count]
}
