//! Seeds expanded to words: AES-128 in counter mode, added to a vector as it is made.
//!
//! The pseudo-random generator of a seed is the AES-128-CTR keystream (NIST SP 800-38A; 64-bit little-endian counter in
//! the first half of the block, a derived nonce in the second) under a key derived from the seed and its purpose, cut into
//! little-endian machine words of 4 bytes (w ≤ 32) or 8.
//!
//! Vectors are masked in blocks that stay in the first-level cache, all streams to one block before the next block. The
//! addition runs inside the cipher's own backend call, so it is compiled for the vector instructions that the cipher
//! found on this machine, without unsafe code here.

use std::num::NonZeroUsize;

use aes::Aes128;
use ctr::CtrCore;
use ctr::cipher::array::Array;
use ctr::cipher::consts::U16;
use ctr::cipher::typenum::Unsigned;
use ctr::cipher::{
    Block, BlockSizeUser, KeyIvInit, ParBlocks, StreamCipherBackend, StreamCipherClosure, StreamCipherCore,
    StreamCipherSeekCore,
};
use ctr::flavors::Ctr64LE;
use zeroize::ZeroizeOnDrop;

use crate::hash::derive_key;
use crate::update::{Word, Words};

/// Bytes of a cipher block.
const CIPHER_BLOCK: usize = 16;

/// Bytes of the vector that all streams are added to before the next ones: half of a usual first-level cache.
const CACHE_BLOCK: usize = 16 * 1024;

/// The shortest part of a vector, in words, that is worth a thread of its own.
const MIN_WORDS_PER_THREAD: usize = 1 << 16;

type Keystream = CtrCore<Aes128, Ctr64LE>;

/// What a seed is for. One seed gives unrelated streams for different purposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The owner's own mask.
    Own,
    /// A mask shared by two owners.
    Pair,
    /// The mask that seals the sum to the group's members.
    Group,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Own => b"self",
            Self::Pair => b"pair",
            Self::Group => b"group",
        }
    }
}

/// Whether a stream is added or subtracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Added.
    Plus,
    /// Subtracted.
    Minus,
}

/// Key and nonce of a stream, and its sign. Wiped when dropped.
#[derive(ZeroizeOnDrop)]
pub(crate) struct Stream {
    key: [u8; 16],
    nonce: [u8; CIPHER_BLOCK],
    #[zeroize(skip)]
    sign: Sign,
}

impl Stream {
    /// The stream of `seed` for `purpose`: of HKDF's 32 bytes, 16 are the key and 8 the nonce.
    pub(crate) fn new(seed: &[u8; 32], purpose: Purpose, sign: Sign) -> Self {
        let derived = derive_key(seed, "mask-stream", &[purpose.label()]);
        let mut stream = Self { key: [0; 16], nonce: [0; CIPHER_BLOCK], sign };
        stream.key.copy_from_slice(&derived[..16]);
        stream.nonce[8..].copy_from_slice(&derived[16..24]);
        stream
    }

    /// The keystream from cipher block `position` on.
    fn keystream(&self, position: u64) -> Keystream {
        let mut keystream = Keystream::new(&self.key.into(), &self.nonce.into());
        keystream.set_block_pos(position);
        keystream
    }
}

/// Adds `streams` to `words` (each with its sign), on up to `threads` threads. The result does not depend on how many.
pub(crate) fn combine(words: &mut Words, streams: &[Stream], threads: NonZeroUsize) {
    match words {
        Words::Narrow(words) => combine_words(words, streams, threads),
        Words::Wide(words) => combine_words(words, streams, threads),
    }
}

fn combine_words<W: Word>(words: &mut [W], streams: &[Stream], threads: NonZeroUsize) {
    let block = CACHE_BLOCK / W::BYTES;
    let part = words.len().div_ceil(threads.get()).max(MIN_WORDS_PER_THREAD).next_multiple_of(block);
    let mut parts = words.chunks_mut(part).enumerate();
    let first = parts.next();
    std::thread::scope(|scope| {
        for (index, words) in parts {
            scope.spawn(move || combine_part(words, streams, index * part));
        }
        if let Some((_, words)) = first {
            combine_part(words, streams, 0);
        }
    });
}

/// Adds `streams` to a part of a vector that begins at word `start`, a multiple of the cipher block.
fn combine_part<W: Word>(words: &mut [W], streams: &[Stream], start: usize) {
    let position = (start * W::BYTES / CIPHER_BLOCK) as u64;
    let mut keystreams: Vec<(Keystream, Sign)> =
        streams.iter().map(|stream| (stream.keystream(position), stream.sign)).collect();
    for block in words.chunks_mut(CACHE_BLOCK / W::BYTES) {
        for (keystream, sign) in &mut keystreams {
            match sign {
                Sign::Plus => keystream.process_with_backend(Combine::<W, false> { words: block }),
                Sign::Minus => keystream.process_with_backend(Combine::<W, true> { words: block }),
            }
        }
    }
}

/// Adds (or subtracts) keystream to words, within the cipher's backend.
struct Combine<'a, W, const SUBTRACT: bool> {
    words: &'a mut [W],
}

impl<W, const SUBTRACT: bool> BlockSizeUser for Combine<'_, W, SUBTRACT> {
    type BlockSize = U16;
}

impl<W: Word, const SUBTRACT: bool> StreamCipherClosure for Combine<'_, W, SUBTRACT> {
    #[inline(always)]
    fn call<B: StreamCipherBackend<BlockSize = U16>>(self, backend: &mut B) {
        let per_block = CIPHER_BLOCK / W::BYTES;
        let mut batches = self.words.chunks_exact_mut(B::ParBlocksSize::USIZE * per_block);
        let mut blocks = ParBlocks::<B>::default();
        for batch in &mut batches {
            backend.gen_par_ks_blocks(&mut blocks);
            add::<W, SUBTRACT>(batch, Array::slice_as_flattened(&blocks));
        }
        let mut block = Block::<B>::default();
        for rest in batches.into_remainder().chunks_mut(per_block) {
            backend.gen_ks_block(&mut block);
            add::<W, SUBTRACT>(rest, &block);
        }
    }
}

#[inline(always)]
fn add<W: Word, const SUBTRACT: bool>(words: &mut [W], keystream: &[u8]) {
    for (word, bytes) in words.iter_mut().zip(keystream.chunks_exact(W::BYTES)) {
        let mask = W::from_le(bytes);
        *word = if SUBTRACT { word.minus(mask) } else { word.plus(mask) };
    }
}

#[cfg(test)]
mod tests {
    use ctr::cipher::StreamCipher;
    use proptest::prelude::*;

    use super::*;

    fn threads(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    fn stream_words<W: Word>(seed: &[u8; 32], purpose: Purpose, len: usize) -> Vec<u64> {
        let mut words = vec![W::default(); len];
        combine_words(&mut words, &[Stream::new(seed, purpose, Sign::Plus)], threads(1));
        words.into_iter().map(W::to_u64).collect()
    }

    #[test]
    fn known_answers() {
        // Made independently: HKDF and the labelled digest with Python's hmac, the blocks with OpenSSL's AES-128-ECB.
        assert_eq!(
            stream_words::<u32>(&[7; 32], Purpose::Own, 6),
            [0xf636_8e1e, 0x707f_781b, 0xf1b3_36ab, 0x6570_b3c3, 0x9ba5_fc58, 0x57e7_a390]
        );
        assert_eq!(
            stream_words::<u64>(&[7; 32], Purpose::Pair, 3),
            [0x0ee7_072e_61da_b7af, 0x3987_64e1_08f0_0e5b, 0x52b4_5823_483b_dd82]
        );
        assert_eq!(
            stream_words::<u64>(&[7; 32], Purpose::Group, 3),
            [0x2f39_d133_b921_9375, 0xcea5_4c96_a7a2_f73f, 0x034f_780b_5817_a77c]
        );
    }

    proptest! {
        /// The fused addition against the keystream as the `ctr` crate writes it.
        #[test]
        fn the_fused_sum_is_the_sum_of_keystreams(
            len in 0usize..20_000, seeds in prop::collection::vec((any::<[u8; 32]>(), any::<bool>()), 0..4),
        ) {
            let mut expected = vec![5u32; len];
            let mut streams = Vec::new();
            for (seed, plus) in &seeds {
                let derived = derive_key(seed, "mask-stream", &[b"pair"]);
                let nonce: [u8; 16] = [&[0; 8], &derived[16..24]].concat().try_into().unwrap();
                let key: [u8; 16] = derived[..16].try_into().unwrap();
                let mut bytes = vec![0; 4 * len];
                ctr::Ctr64LE::<Aes128>::new(&key.into(), &nonce.into()).write_keystream(&mut bytes);
                for (word, mask) in expected.iter_mut().zip(bytes.chunks_exact(4)) {
                    let mask = u32::from_le_bytes(mask.try_into().unwrap());
                    *word = if *plus { word.wrapping_add(mask) } else { word.wrapping_sub(mask) };
                }
                streams.push(Stream::new(seed, Purpose::Pair, if *plus { Sign::Plus } else { Sign::Minus }));
            }
            let mut words = vec![5u32; len];
            combine_words(&mut words, &streams, threads(1));
            prop_assert!(words == expected);
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let len = 3 * MIN_WORDS_PER_THREAD + 12_345;
        let streams = [
            Stream::new(&[1; 32], Purpose::Own, Sign::Plus),
            Stream::new(&[2; 32], Purpose::Pair, Sign::Minus),
        ];
        for bits in [20, 40] {
            let sums = [1, 2, 3, 7].map(|count| {
                let mut words = Words::zeros(len, bits);
                combine(&mut words, &streams, threads(count));
                words.to_integers(bits)
            });
            assert!(sums.iter().all(|sum: &Vec<u64>| *sum == sums[0]));
        }
    }

    #[test]
    fn adding_and_subtracting_cancel() {
        let mut words = vec![9u64; 5000];
        let streams = [Sign::Plus, Sign::Minus].map(|sign| Stream::new(&[3; 32], Purpose::Group, sign));
        combine_words(&mut words, &streams[..1], threads(1));
        assert_ne!(words, vec![9u64; 5000]);
        combine_words(&mut words, &streams[1..], threads(1));
        assert_eq!(words, vec![9u64; 5000]);
    }
}
