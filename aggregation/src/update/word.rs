//! The two machine words in which sums modulo 2^w are computed.
//!
//! Arithmetic wraps at the machine word, a multiple of 2^w; packing keeps the low w bits.

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::pack::{PackError, check_packed, pack, pack_groups, unpack_add, unpack_add_groups};
use super::wide::wide;

/// A machine word: u32 for w ≤ 32, u64 above.
pub(crate) trait Word: Copy + Default + Send + Zeroize + 'static {
    /// Bytes of the word, and of the keystream that masks it.
    const BYTES: usize;

    /// The low bits of `value`.
    fn from_u64(value: u64) -> Self;

    /// The word, zero-extended.
    fn to_u64(self) -> u64;

    /// Sum modulo the machine word.
    fn plus(self, other: Self) -> Self;

    /// Difference modulo the machine word.
    fn minus(self, other: Self) -> Self;

    /// A word from its little-endian bytes; `bytes` has [`Self::BYTES`] of them.
    fn from_le(bytes: &[u8]) -> Self;

    /// Packs groups of eight words of `bits` bits each to the front of `out`: see [`pack_groups`].
    fn pack_groups(words: &[Self], bits: u32, out: &mut [u8]);

    /// Adds packed groups of eight words to `sums` and returns how many groups: see [`unpack_add_groups`].
    fn unpack_add_groups(bytes: &[u8], bits: u32, sums: &mut [Self]) -> usize;
}

macro_rules! word {
    ($word:ty, $($bits:literal)+) => {
        impl Word for $word {
            const BYTES: usize = size_of::<$word>();

            #[inline(always)]
            fn from_u64(value: u64) -> Self {
                value as $word
            }

            #[inline(always)]
            fn to_u64(self) -> u64 {
                u64::from(self)
            }

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }

            #[inline(always)]
            fn from_le(bytes: &[u8]) -> Self {
                bytes.try_into().map_or(0, <$word>::from_le_bytes)
            }

            // One copy of the loop per width: with constant shifts it is several times faster.
            fn pack_groups(words: &[Self], bits: u32, out: &mut [u8]) {
                match bits {
                    $($bits => pack_groups::<Self, $bits>(words, out),)+
                    _ => unreachable!("a plan's word width fits its machine word"),
                }
            }

            fn unpack_add_groups(bytes: &[u8], bits: u32, sums: &mut [Self]) -> usize {
                match bits {
                    $($bits => unpack_add_groups::<Self, $bits>(bytes, sums),)+
                    _ => unreachable!("a plan's word width fits its machine word"),
                }
            }
        }
    };
}

word!(u32, 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
word!(u64, 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63);

/// A vector of words of the width that a plan needs. Wiped when dropped.
#[derive(Clone, ZeroizeOnDrop)]
pub(crate) enum Words {
    /// w ≤ 32.
    Narrow(Vec<u32>),
    /// w > 32.
    Wide(Vec<u64>),
}

impl Words {
    /// `len` zeros for words of `bits` bits.
    pub(crate) fn zeros(len: usize, bits: u32) -> Self {
        if bits <= u32::BITS { Self::Narrow(vec![0; len]) } else { Self::Wide(vec![0; len]) }
    }

    /// Reads `len` packed words of `bits` bits.
    ///
    /// # Errors
    /// If there are more or fewer bytes than that, or the unused bits of the last byte are not zero.
    pub(crate) fn unpack(packed: &[u8], len: usize, bits: u32) -> Result<Self, PackError> {
        check_packed(packed, len, bits)?;
        let mut words = Self::zeros(len, bits);
        words.add_packed(0, len, packed, bits);
        Ok(words)
    }

    /// Adds packed words of `bits` bits to the words `first..end`.
    pub(crate) fn add_packed(&mut self, first: usize, end: usize, packed: &[u8], bits: u32) {
        match self {
            Self::Narrow(words) => unpack_add(packed, bits, &mut words[first..end]),
            Self::Wide(words) => unpack_add(packed, bits, &mut words[first..end]),
        }
    }

    /// Packs the low `bits` bits of each word.
    pub(crate) fn pack(&self, bits: u32) -> Vec<u8> {
        match self {
            Self::Narrow(words) => pack(words, bits),
            Self::Wide(words) => pack(words, bits),
        }
    }

    /// Clears all but the low `bits` bits of each word.
    pub(crate) fn keep_low(&mut self, bits: u32) {
        let low = u64::MAX >> (u64::BITS - bits);
        match self {
            Self::Narrow(words) => wide(|| words.iter_mut().for_each(|word| *word &= low as u32)),
            Self::Wide(words) => wide(|| words.iter_mut().for_each(|word| *word &= low)),
        }
    }

    /// Takes the last word off.
    pub(crate) fn pop(&mut self) -> Option<u64> {
        match self {
            Self::Narrow(words) => words.pop().map(u64::from),
            Self::Wide(words) => words.pop(),
        }
    }

    /// The low `bits` bits of each word.
    pub(crate) fn to_integers(&self, bits: u32) -> Vec<u64> {
        let low = u64::MAX >> (u64::BITS - bits);
        match self {
            Self::Narrow(words) => wide(|| words.iter().map(|&word| u64::from(word) & low).collect()),
            Self::Wide(words) => wide(|| words.iter().map(|&word| word & low).collect()),
        }
    }
}
