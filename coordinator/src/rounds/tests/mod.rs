//! The life of a study, phase by phase: as it should be, with silent owners, with liars, with late and repeated
//! messages. After every command the state is written and read back.

mod chain;
mod changes;
mod consents;
mod following;
mod forming;
mod graph;
mod random;
mod reporting;
mod roster;
mod settling;
mod starting;
mod unmasking;
mod world;
