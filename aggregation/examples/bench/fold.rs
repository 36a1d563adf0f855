//! The sum of packed updates against a plain sum of the same words unpacked, on one thread.

use std::error::Error;
use std::hint::black_box;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};
use tributary_aggregation::masking::Fold;

use crate::Size;
use crate::measure::{cpu_time, least, median, round4};

/// Different reports in memory; more than that are folded by going round.
const DISTINCT: usize = 10;

/// As the coordinator reads them back from its spool.
const CHUNK: usize = 256 * 1024;

/// Times fold and plain sum in turns; the ratio is the median of the turns' ratios of throughput (1: as fast).
pub fn run(size: &Size) -> Result<Value, Box<dyn Error>> {
    let plan = size.plan()?;
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let packed: Vec<Vec<u8>> = (0..DISTINCT)
        .map(|_| {
            let mut bytes = vec![0; plan.packed_len()];
            rng.fill_bytes(&mut bytes);
            // The padding of the last byte must be zero.
            if let Some(last) = bytes.last_mut() {
                *last = 0;
            }
            bytes
        })
        .collect();
    let plain: Vec<Vec<u32>> =
        (0..DISTINCT).map(|_| (0..plan.words()).map(|_| rng.next_u32()).collect()).collect();
    let reports = usize::from(size.owners);

    let (mut folds, mut bares) = (Vec::new(), Vec::new());
    for _ in 0..size.repeat {
        let mut fold = Fold::new(&plan);
        let (seconds, outcome) = cpu_time(|| -> Result<(), Box<dyn Error>> {
            for bytes in packed.iter().cycle().take(reports) {
                let mut report = fold.begin()?;
                for chunk in bytes.chunks(CHUNK) {
                    report.feed(chunk)?;
                }
                report.finish()?;
            }
            Ok(())
        });
        outcome?;
        black_box(&fold);
        let mut sums = vec![0u32; plan.words()];
        let (bare, ()) = cpu_time(|| {
            for words in plain.iter().cycle().take(reports) {
                for (sum, word) in sums.iter_mut().zip(words) {
                    *sum = sum.wrapping_add(*word);
                }
                black_box(&mut sums);
            }
        });
        folds.push(seconds);
        bares.push(bare);
    }
    let ratio = median(folds.iter().zip(&bares).map(|(fold, bare)| bare / fold).collect());
    let seconds = median(folds.clone());
    let words = (reports * plan.words()) as f64;
    Ok(json!({
        "bench": "fold", "len": size.len, "owners": size.owners, "word_bits": plan.word_bits(), "threads": 1,
        "seconds": round4(seconds), "ratio": round4(ratio), "best_seconds": round4(least(&folds)),
        "best_ratio": round4(least(&bares) / least(&folds)), "best_words_per_s": (words / least(&folds)).round(),
    }))
}
