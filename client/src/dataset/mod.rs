//! An owner's rows: read against the study's schema, summed up for the statistics round, standardised.
//!
//! A file, by way of a site's [`Mapping`] → [`Table`] → [`statistics_update`] → secure sum → [`Standardiser`] → [`Examples`].

mod cell;
mod check;
mod csv_rows;
mod error;
mod examples;
mod fit;
mod images;
mod mapping;
mod npy;
mod overview;
mod parquet_rows;
mod private;
mod read;
mod statistics;
mod table;
mod tensor;
mod units;

pub use check::{CheckReport, ColumnReport, Finding, check};
pub(crate) use csv_rows::problem as csv_problem;
pub use error::{DatasetError, Problem};
pub use examples::Examples;
pub use mapping::{Mapping, MappingError};
pub use overview::{ColumnOverview, Count, Overview, Shares};
pub use private::{standardiser, statistics_report};
pub use statistics::{Standardiser, StandardiserError, statistics_update, statistics_vector};
pub use table::Table;
pub(crate) use table::read_file;
