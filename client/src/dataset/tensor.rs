//! Arrays of numbers in a file's bytes.

use safetensors::{Dtype, SafeTensors};

use super::error::Problem;

/// A type of number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    U8,
    I32,
    I64,
    F32,
    F64,
}

impl Kind {
    fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::I32 | Self::F32 => 4,
            Self::I64 | Self::F64 => 8,
        }
    }
}

/// An array, row-major and little-endian.
pub(super) struct Tensor<'a> {
    kind: Kind,
    shape: Vec<usize>,
    data: &'a [u8],
}

impl<'a> Tensor<'a> {
    /// `None` if there are more or fewer bytes than the shape has numbers.
    pub(super) fn new(kind: Kind, shape: Vec<usize>, data: &'a [u8]) -> Option<Self> {
        let length = shape.iter().try_fold(kind.bytes(), |length, side| length.checked_mul(*side))?;
        (length == data.len()).then_some(Self { kind, shape, data })
    }

    pub(super) fn shape(&self) -> &[usize] {
        &self.shape
    }

    pub(super) fn is_bytes(&self) -> bool {
        self.kind == Kind::U8
    }

    /// The numbers, row-major.
    pub(super) fn iter(&self) -> Box<dyn Iterator<Item = f64> + 'a> {
        fn of<const N: usize>(data: &[u8], read: fn([u8; N]) -> f64) -> Box<dyn Iterator<Item = f64> + '_> {
            let (numbers, _) = data.as_chunks::<N>();
            Box::new(numbers.iter().map(move |number| read(*number)))
        }
        match self.kind {
            Kind::U8 => of(self.data, |[byte]| f64::from(byte)),
            Kind::I32 => of(self.data, |bytes| f64::from(i32::from_le_bytes(bytes))),
            Kind::I64 => of(self.data, |bytes| i64::from_le_bytes(bytes) as f64),
            Kind::F32 => of(self.data, |bytes| f64::from(f32::from_le_bytes(bytes))),
            Kind::F64 => of(self.data, f64::from_le_bytes),
        }
    }
}

/// Reads the tensors `x` and `y` of a safetensors file.
///
/// # Errors
/// If it is damaged, lacks one of them, or they are of a type that no study reads.
pub(super) fn safetensors(bytes: &[u8]) -> Result<(Tensor<'_>, Tensor<'_>), Problem> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|_| Problem::Tensor("is no safetensors file that can be read: it is damaged"))?;
    let tensor = |name: &str, absent: &'static str| {
        let view = file.tensor(name).map_err(|_| Problem::Tensor(absent))?;
        let kind = match view.dtype() {
            Dtype::U8 => Kind::U8,
            Dtype::I32 => Kind::I32,
            Dtype::I64 => Kind::I64,
            Dtype::F32 => Kind::F32,
            Dtype::F64 => Kind::F64,
            _ => return Err(Problem::Tensor("is of another type than U8, I32, I64, F32 or F64")),
        };
        Tensor::new(kind, view.shape().to_vec(), view.data())
            .ok_or(Problem::Tensor("has a tensor of no shape"))
    };
    Ok((
        tensor("x", "has no tensor x: it holds the images, N × channels × height × width")?,
        tensor("y", "has no tensor y: it holds the labels, N or N × labels")?,
    ))
}
