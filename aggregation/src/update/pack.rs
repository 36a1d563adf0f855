//! Words of w bits without gaps, little-endian: word i holds bits i·w to (i+1)·w of the byte string, lowest bit first.
//!
//! Eight words fill exactly w bytes, so groups of eight are where a stream can be cut. The fast paths work on whole
//! groups with constant shifts; what is left over goes word by word.

use thiserror::Error;

use super::Word;

/// Words in a group: the least number that always fills whole bytes.
pub(crate) const GROUP: usize = 8;

/// Room that the fast paths need beyond a group, since they read and write eight bytes at a time.
const SLACK: usize = 8;

/// A packed vector is not one of the plan's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PackError {
    /// More or fewer bytes than the plan has.
    #[error("a packed vector of this plan has {expected} bytes; got {got}")]
    Length {
        /// What the plan has.
        expected: usize,
        /// What was given.
        got: usize,
    },
    /// The unused bits of the last byte are not zero.
    #[error("the unused bits of a packed vector's last byte must be zero")]
    Padding,
}

/// Bytes of `words` words of `bits` bits.
fn packed_len(words: usize, bits: u32) -> usize {
    (words as u64 * u64::from(bits)).div_ceil(8) as usize
}

/// Packs the low `bits` bits of each word.
pub(super) fn pack<W: Word>(words: &[W], bits: u32) -> Vec<u8> {
    let len = packed_len(words.len(), bits);
    let groups = words.len() / GROUP;
    let mut out = vec![0; len + bits as usize + SLACK];
    W::pack_groups(&words[..groups * GROUP], bits, &mut out);
    let rest = &words[groups * GROUP..];
    if !rest.is_empty() {
        let mut group = [W::default(); GROUP];
        group[..rest.len()].copy_from_slice(rest);
        W::pack_groups(&group, bits, &mut out[groups * bits as usize..]);
    }
    out.truncate(len);
    out
}

/// Checks length and padding of `words` packed words.
///
/// # Errors
/// If there are more or fewer bytes than that, or the unused bits of the last byte are not zero.
pub(crate) fn check_packed(bytes: &[u8], words: usize, bits: u32) -> Result<(), PackError> {
    let expected = packed_len(words, bits);
    if bytes.len() != expected {
        return Err(PackError::Length { expected, got: bytes.len() });
    }
    let used = (words as u64 * u64::from(bits) % 8) as u32;
    match bytes.last() {
        Some(last) if used != 0 && last >> used != 0 => Err(PackError::Padding),
        _ => Ok(()),
    }
}

/// Adds packed words to `sums`; `bytes` holds as many words as `sums`, or a few bits more.
///
/// Sums are right modulo 2^bits; bits above are arbitrary, and dropped when the sums are packed.
pub(super) fn unpack_add<W: Word>(bytes: &[u8], bits: u32, sums: &mut [W]) {
    let done = GROUP * W::unpack_add_groups(bytes, bits, sums);
    for (index, sum) in sums.iter_mut().enumerate().skip(done) {
        *sum = sum.plus(W::from_u64(read_word(bytes, index, bits)));
    }
}

/// Word `index`; bytes beyond the end count as zero.
fn read_word(bytes: &[u8], index: usize, bits: u32) -> u64 {
    let start = index as u64 * u64::from(bits);
    let first = (start / 8) as usize;
    let span = bytes.get(first..).unwrap_or_default();
    // A word of up to 63 bits that starts within a byte spans nine bytes at most.
    let window = span.iter().take(9).rev().fold(0u128, |value, &byte| value << 8 | u128::from(byte));
    (window >> (start % 8)) as u64 & (u64::MAX >> (u64::BITS - bits))
}

/// Packs `words`, whole groups of [`GROUP`], to the front of `out`, which has [`SLACK`] bytes of room beyond them; they may
/// be overwritten with zeros.
#[inline(always)]
pub(super) fn pack_groups<W: Word, const BITS: usize>(words: &[W], out: &mut [u8]) {
    let mask = u64::MAX >> (64 - BITS);
    for (index, group) in words.chunks_exact(GROUP).enumerate() {
        let start = index * BITS;
        let out = &mut out[start..start + BITS + SLACK];
        let (mut lane, mut filled, mut at) = (0u64, 0, 0);
        for word in group {
            let word = word.to_u64() & mask;
            lane |= word << filled;
            filled += BITS;
            if filled >= 64 {
                out[at..at + 8].copy_from_slice(&lane.to_le_bytes());
                at += 8;
                filled -= 64;
                lane = if filled == 0 { 0 } else { word >> (BITS - filled) };
            }
        }
        if filled > 0 {
            out[at..at + 8].copy_from_slice(&lane.to_le_bytes());
        }
    }
}

/// Adds packed groups of [`GROUP`] words to `sums` while a whole group and [`SLACK`] bytes are left; returns how many.
#[inline(always)]
pub(super) fn unpack_add_groups<W: Word, const BITS: usize>(bytes: &[u8], sums: &mut [W]) -> usize {
    let mut done = 0;
    for group in sums.chunks_exact_mut(GROUP) {
        let start = done * BITS;
        let Some(packed) = bytes.get(start..start + BITS + SLACK) else { break };
        for (index, sum) in group.iter_mut().enumerate() {
            let (at, shift) = (index * BITS / 8, index * BITS % 8);
            let mut word = u64::from_le_bytes(array(&packed[at..at + 8])) >> shift;
            if BITS + shift > 64 {
                word |= u64::from(packed[at + 8]) << (64 - shift);
            }
            *sum = sum.plus(W::from_u64(word));
        }
        done += 1;
    }
    done
}

/// Eight bytes of a slice that has eight.
#[inline(always)]
fn array(bytes: &[u8]) -> [u8; 8] {
    bytes.try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::update::Words;

    /// The definition, bit by bit.
    fn reference(words: &[u64], bits: u32) -> Vec<u8> {
        let mut out = vec![0u8; packed_len(words.len(), bits)];
        for bit in 0..words.len() * bits as usize {
            let (word, offset) = (bit / bits as usize, bit % bits as usize);
            out[bit / 8] |= ((words[word] >> offset & 1) as u8) << (bit % 8);
        }
        out
    }

    fn check(words: &[u64], bits: u32) -> Result<(), TestCaseError> {
        let low = u64::MAX >> (64 - bits);
        let integers: Vec<u64> = words.iter().map(|word| word & low).collect();
        let packed = reference(words, bits);
        let mut sums = Words::unpack(&packed, words.len(), bits).unwrap();
        prop_assert_eq!(&sums.to_integers(bits), &integers);
        prop_assert_eq!(&sums.pack(bits), &packed);
        sums.add_packed(0, words.len(), &packed, bits);
        let doubled: Vec<u64> = integers.iter().map(|word| word.wrapping_mul(2) & low).collect();
        prop_assert_eq!(sums.to_integers(bits), doubled.as_slice());
        prop_assert_eq!(sums.pack(bits), reference(&doubled, bits));
        // Strict: a byte more or less, or a padding bit, is no packed vector.
        let mut longer = packed.clone();
        longer.push(0);
        prop_assert!(check_packed(&longer, words.len(), bits).is_err());
        if let Some((last, shorter)) = packed.split_last() {
            prop_assert!(check_packed(shorter, words.len(), bits).is_err());
            if !(words.len() * bits as usize).is_multiple_of(8) {
                let padded = [shorter, &[last | 0x80]].concat();
                prop_assert_eq!(check_packed(&padded, words.len(), bits), Err(PackError::Padding));
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_width_packs_as_defined_and_back(words in prop::collection::vec(any::<u64>(), 0..70)) {
            for bits in 1..=63 {
                check(&words, bits)?;
            }
        }
    }

    #[test]
    fn known_answers() {
        assert_eq!(pack::<u32>(&[1, 2, 3, 4], 3), [0b1101_0001, 0b1000]);
        assert_eq!(pack::<u32>(&[0x3fff_ffff, 0, 1], 30), [255, 255, 255, 63, 0, 0, 0, 16, 0, 0, 0, 0]);
        assert_eq!(pack::<u64>(&[0x1_0203_0405, 0x1_ffff_ffff], 33), [5, 4, 3, 2, 255, 255, 255, 255, 3]);
    }
}
