//! Differential privacy: noise that is drawn exactly, and the account of what is spent.
//!
//! [`noise`] draws discrete Gaussians, [`distributed`] says what a sum of several owners' draws protects, [`subsampled`]
//! what steps of DP-SGD spend, and [`account`] turns either into (ε, δ). What is protected, from whom, and on which
//! assumptions: `docs/PRIVACY.md`.

pub mod account;
pub mod distributed;
pub mod noise;
pub mod subsampled;

pub use account::{least_multiplier, zcdp_epsilon};
pub use distributed::{NoiseShare, release_zcdp};
pub use noise::{NoiseError, discrete_gaussians};
pub use subsampled::SampledGaussian;
