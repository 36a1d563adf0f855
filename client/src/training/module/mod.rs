//! Models that researchers bring, as TorchScript. `docs/MODULES.md` says what a module must offer.
//!
//! A module's code is a stranger's: what is here runs in the sandbox's child ([`crate::sandbox`]), and knows a file that
//! its plan names by digest ([`Module`]).

mod check;
mod checked;
mod error;
mod loaded;
mod score;

use tributary_aggregation::hash::sha256;
use tributary_aggregation::study::ModuleSpec;

pub use checked::Checked;
pub use error::ModuleError;
pub(crate) use error::printable;

pub(super) use check::check;
pub(super) use loaded::Loaded;
pub(super) use score::evaluate;

/// A study's module: the file of its plan.
#[derive(Clone)]
pub struct Module {
    spec: ModuleSpec,
    bytes: Vec<u8>,
}

impl Module {
    /// The module of a plan, if `bytes` are its file.
    ///
    /// # Errors
    /// If they are another's.
    pub fn new(spec: &ModuleSpec, bytes: Vec<u8>) -> Result<Self, ModuleError> {
        let (got, length) = (sha256(&bytes), bytes.len() as u64);
        if length != spec.size || got != spec.digest {
            return Err(ModuleError::Other { expected: spec.digest, size: spec.size, got, bytes: length });
        }
        Ok(Self { spec: spec.clone(), bytes })
    }

    /// What the plan says of it.
    #[must_use]
    pub const fn spec(&self) -> &ModuleSpec {
        &self.spec
    }

    /// The file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
