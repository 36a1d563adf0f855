//! The yardstick of masking: bare AES-128-CTR keystream, made by the `ctr` crate's backend like the masks, and thrown
//! away.

use std::hint::black_box;

use aes::Aes128;
use ctr::CtrCore;
use ctr::cipher::consts::U16;
use ctr::cipher::typenum::Unsigned;
use ctr::cipher::{
    BlockSizeUser, KeyIvInit, ParBlocks, StreamCipherBackend, StreamCipherClosure, StreamCipherCore,
};
use ctr::flavors::Ctr64LE;
use tributary_aggregation::plan::RoundPlan;

/// Bytes of one mask's keystream.
pub fn stream_len(plan: &RoundPlan) -> usize {
    plan.words() * if plan.word_bits() <= 32 { 4 } else { 8 }
}

/// Bytes of a keystream that stay in the cache: as the masking works.
const BLOCK: usize = 16 * 1024;

/// Makes `streams` AES-128-CTR keystreams of `len` bytes by the cipher's backend.
pub fn keystream(streams: usize, len: usize) {
    for stream in 0..streams {
        let mut cipher = CtrCore::<Aes128, Ctr64LE>::new(&[stream as u8; 16].into(), &[0; 16].into());
        for start in (0..len).step_by(BLOCK) {
            cipher.process_with_backend(Generate { bytes: BLOCK.min(len - start) });
        }
    }
}

/// Makes keystream and throws it away.
struct Generate {
    bytes: usize,
}

impl BlockSizeUser for Generate {
    type BlockSize = U16;
}

impl StreamCipherClosure for Generate {
    #[inline(always)]
    fn call<B: StreamCipherBackend<BlockSize = U16>>(self, backend: &mut B) {
        let mut blocks = ParBlocks::<B>::default();
        for _ in 0..self.bytes.div_ceil(16 * B::ParBlocksSize::USIZE) {
            backend.gen_par_ks_blocks(&mut blocks);
            black_box(&mut blocks);
        }
    }
}
