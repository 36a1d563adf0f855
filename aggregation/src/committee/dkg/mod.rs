//! Distributed key generation: the committee's key, made by all of its members and known to none.
//!
//! Feldman's verifiable secret sharing by every member, summed (Pedersen, EUROCRYPT '91), in four phases:
//!
//! 1. *Commit*: each member broadcasts a hash of its commitment.
//! 2. *Deal*: it reveals the commitment, and one share for each member, sealed to that member's key (HPKE, RFC 9180).
//! 3. *Verdict*: each member says whose share for it was false, if any.
//! 4. *Justify*: a dealer that was complained about reveals those shares in the clear; a right one settles the
//!    complaint (and tells only what the complainer knew), a false one convicts the dealer.
//!
//! A member that broke the rules in front of everybody, or stayed silent, is named, and the run is
//! repeated without it; nothing of a failed run is used. Since commitments are fixed before any is seen, the last
//! dealer cannot choose the key. A dealer can still withhold its commitment after it saw the others', and so have the
//! run repeated, but only at the price of its seat (Gennaro, Jarecki, Krawczyk, Rabin, *J. Cryptology* 20, 2007, on
//! this bias and why BLS and ElGamal keys bear it).
//!
//! One [`Dkg`] is one member's view: a pure state machine. Messages arrive from authenticated senders, over a channel
//! that gives every member the same messages in the same order (MLS application messages by the coordinator's event log), in
//! which deadlines are entries too: then all honest members come to the same end. An [`Observer`] hears the same and
//! comes to the same key without a share of it: an owner that is not of the committee.

mod board;
mod judgement;
mod member;
mod message;
mod observer;
mod outcome;
mod share;
#[cfg(test)]
mod tests;

pub use member::{Dkg, Member};
pub use message::{Body, DkgMessage};
pub use observer::{Observed, ObservedKey, Observer};
pub use outcome::{DkgError, DkgOutcome, Fault, FaultKind, Output, Phase, Restart};
