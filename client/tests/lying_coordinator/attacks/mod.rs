//! One test an attack, by what is attacked.

mod announcing;
mod changing;
mod consents;
mod cutting;
mod cutting_twice;
mod joining;
mod messages;
mod modules;
mod rosters;
mod seeds;
mod settling;
mod sums;
mod welcoming;
