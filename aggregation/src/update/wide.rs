//! Loops over millions of coordinates, compiled a second time for the wider registers that most machines have.

/// A loop. What stays a function of its own is compiled for any machine, so a long one is a type whose `call` is
/// `#[inline(always)]`; a closure does for a short one.
pub(crate) use pulp::NullaryFnOnce as Loop;

/// Runs `work` with AVX2 if this machine has it, which one build finds out as it runs. The results are the same to the last
/// bit either way: nothing is fused or reordered.
pub(crate) fn wide<L: Loop>(work: L) -> L::Output {
    pulp::Arch::new().dispatch(work)
}
