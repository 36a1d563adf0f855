//! NumPy's `.npy` files (NEP 1, versions 1 to 3): the header is read strictly, the numbers as they are.

use super::error::Problem;
use super::tensor::{Kind, Tensor};

const MAGIC: &[u8] = b"\x93NUMPY";
/// The most sides of an array that a study can use, with some to spare.
const MOST_SIDES: usize = 8;

/// Reads an array.
///
/// # Errors
/// If it is damaged, in column-major order, or of a type that no study reads.
pub(super) fn read(bytes: &[u8]) -> Result<Tensor<'_>, Problem> {
    let damaged = || Problem::Tensor("is no .npy file that can be read: it is damaged");
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(damaged)?;
    let (version, rest) = rest.split_first_chunk::<2>().ok_or_else(damaged)?;
    let (length, rest) = match version {
        [1, 0] => {
            let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(damaged)?;
            (usize::from(u16::from_le_bytes(*length)), rest)
        }
        [2 | 3, 0] => {
            let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
            (u32::from_le_bytes(*length) as usize, rest)
        }
        _ => return Err(damaged()),
    };
    let (header, data) = rest.split_at_checked(length).ok_or_else(damaged)?;
    let header = str::from_utf8(header).ok().and_then(Header::parse).ok_or_else(damaged)?;
    if header.fortran {
        return Err(Problem::Tensor("is in column-major order: save numpy.ascontiguousarray(…)"));
    }
    let kind = match header.descr {
        "|u1" => Kind::U8,
        "<i4" => Kind::I32,
        "<i8" => Kind::I64,
        "<f4" => Kind::F32,
        "<f8" => Kind::F64,
        _ => {
            return Err(Problem::Tensor(
                "is of another type than uint8, int32, int64, float32 or float64 in little-endian order",
            ));
        }
    };
    Tensor::new(kind, header.shape, data).ok_or_else(damaged)
}

/// The dictionary in Python's notation that the header is.
struct Header<'a> {
    descr: &'a str,
    fortran: bool,
    shape: Vec<usize>,
}

impl<'a> Header<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut rest = text.trim_end_matches([' ', '\n']).strip_prefix('{')?.strip_suffix('}')?.trim();
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        while !rest.is_empty() {
            let (key, after) = quoted(rest)?;
            rest = after.trim_start().strip_prefix(':')?.trim_start();
            match key {
                "descr" if descr.is_none() => {
                    let (value, after) = quoted(rest)?;
                    (descr, rest) = (Some(value), after);
                }
                "fortran_order" if fortran.is_none() => {
                    (fortran, rest) = match (rest.strip_prefix("True"), rest.strip_prefix("False")) {
                        (Some(after), _) => (Some(true), after),
                        (_, Some(after)) => (Some(false), after),
                        _ => return None,
                    };
                }
                "shape" if shape.is_none() => {
                    let (sides, after) = rest.strip_prefix('(')?.split_once(')')?;
                    (shape, rest) = (Some(tuple(sides)?), after);
                }
                _ => return None,
            }
            rest = rest.trim_start();
            rest = match rest.strip_prefix(',') {
                Some(after) => after.trim_start(),
                None if rest.is_empty() => rest,
                None => return None,
            };
        }
        Some(Self { descr: descr?, fortran: fortran?, shape: shape? })
    }
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('\'')?.split_once('\'')
}

fn tuple(text: &str) -> Option<Vec<usize>> {
    let text = text.trim();
    let sides = text.strip_suffix(',').unwrap_or(text);
    if sides.is_empty() {
        return Some(Vec::new());
    }
    let sides: Vec<usize> = sides.split(',').map(|side| side.trim().parse().ok()).collect::<Option<_>>()?;
    (sides.len() <= MOST_SIDES).then_some(sides)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As numpy.save writes it.
    pub(crate) fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
        while !(10 + header.len() + 1).is_multiple_of(64) {
            header.push(' ');
        }
        header.push('\n');
        let length = (header.len() as u16).to_le_bytes();
        [MAGIC, &[1, 0], &length, header.as_bytes(), data].concat()
    }

    #[test]
    fn arrays_are_read_as_numpy_writes_them() {
        let bytes = npy("<f4", "2, 3", &[0_f32, 1.0, 2.0, 3.0, 4.0, 5.5].map(f32::to_le_bytes).concat());
        let tensor = read(&bytes).unwrap();
        assert_eq!(tensor.shape(), [2, 3]);
        assert_eq!(tensor.iter().collect::<Vec<_>>(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.5]);
        let bytes = npy("<i8", "2,", &[7_i64, -1].map(i64::to_le_bytes).concat());
        assert_eq!(read(&bytes).unwrap().iter().collect::<Vec<_>>(), [7.0, -1.0]);
        assert_eq!(read(&npy("|u1", "", &[9])).unwrap().shape(), [0_usize; 0]);
    }

    #[test]
    fn what_is_no_such_array_is_refused() {
        let good = npy("|u1", "2, 2", &[1, 2, 3, 4]);
        assert!(read(&good).is_ok());
        for length in 0..good.len() {
            assert!(read(&good[..length]).is_err(), "{length}");
        }
        assert!(read(&[&good[..], &[0]].concat()).is_err(), "more numbers than the shape has");
        for (descr, shape) in [
            ("<f2", "2, 2"),
            (">f4", "1"),
            ("|O", "1"),
            ("|u1", "-4"),
            ("|u1", "4, x"),
            ("<f8", "18446744073709551615, 2"),
            ("|u1", "2), (2"),
            ("|u1", "1, 1, 1, 1, 1, 1, 1, 1, 4"),
        ] {
            assert!(read(&npy(descr, shape, &[1, 2, 3, 4])).is_err(), "{descr} {shape}");
        }
        let fortran = String::from_utf8_lossy(&good[10..]).replace("False", "True ");
        let fortran = [&good[..10], fortran.as_bytes()].concat();
        assert!(read(&fortran).is_err());
    }

    proptest! {
        #[test]
        fn noise_and_damage_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300), at: prop::sample::Index, text in ".{0,80}") {
            let _ = read(&bytes);
            let _ = read(&[MAGIC, &[1, 0], &bytes].concat());
            let _ = Header::parse(&text);
            let mut damaged = npy("|u1", "2, 2", &[1, 2, 3, 4]);
            let at = at.index(damaged.len());
            damaged[at] = bytes.first().copied().unwrap_or(0);
            let _ = read(&damaged);
        }
    }
}
