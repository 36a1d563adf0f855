//! The researcher's side of a study.

pub mod agent;
mod group;
pub mod holdout;
pub mod launch;
pub mod model_file;
mod module_file;
pub mod plan_file;
