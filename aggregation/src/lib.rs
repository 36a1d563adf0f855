//! The mathematics of a round of federated learning under secure aggregation.
//!
//! Pure: no input or output, no clock, no ambient randomness (randomness is an argument), no async.
//! A round reads top to bottom: [`study`] says what is trained, [`plan`] how numbers travel, [`groups`] who sums
//! with whom, [`context`] what everything is bound to, [`update`] and [`masking`] make and open the sums,
//! [`committee`] decides what may be opened, [`optimizer`] steps the model, [`scoring`] says who is paid what, and
//! [`transcript`] is the public record that ties them together.

pub mod committee;
pub mod context;
mod decimal;
mod draw;
pub mod groups;
pub mod hash;
pub mod header;
pub mod hypergeometric;
pub mod ids;
pub mod masking;
pub mod optimizer;
pub mod plan;
pub mod privacy;
pub mod scoring;
pub mod study;
pub mod transcript;
pub mod update;
