//! An owner's rows: read from CSV against the study's schema, summed up for the statistics round, standardised.
//!
//! CSV file → [`Table`] → [`statistics_update`] → secure sum → [`Standardiser`] → [`Examples`].

mod error;
mod examples;
mod read;
mod statistics;
mod table;

pub use error::{DatasetError, Problem};
pub use examples::Examples;
pub(crate) use read::problem as csv_problem;
pub use statistics::{Standardiser, StandardiserError, statistics_update};
pub use table::Table;
pub(crate) use table::read_file;
