//! Takes from this process, for good, what training does not need: files, the network, other programs.
//!
//! Two walls, either of which keeps the files and the network away: Landlock (kernel 5.13 or later; TCP from 6.7 on), which
//! refuses every path and TCP port, and a seccomp filter that lets through only the system calls that a computation needs.
//! Limits of the kernel (`setrlimit`) bound memory, forbid writing files and core dumps.

use std::collections::BTreeMap;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    RulesetStatus, Scope,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use thiserror::Error;

/// What of the walls this kernel has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walls {
    /// Landlock and the filter of system calls.
    Both,
    /// The filter of system calls only: this kernel has no Landlock.
    FilterOnly,
}

/// The process can't be confined.
#[derive(Debug, Error)]
pub enum ConfineError {
    /// The kernel refused.
    #[error("the kernel refused {what}: {reason}")]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// What it said.
        reason: String,
    },
}

fn refused<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> ConfineError {
    move |reason| ConfineError::Refused { what, reason: reason.to_string() }
}

/// Confines this process. It must have one thread. `memory` is what it may allocate beyond what it has, in bytes.
///
/// # Errors
/// If the kernel lacks a filter of system calls, or refuses.
pub fn confine(memory: u64) -> Result<Walls, ConfineError> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(refused("to end with its parent"))?;
    // Nobody attaches a debugger to it, and a crash leaves no rows on disk.
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(refused("to keep its memory private"))?;
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::As, mapped()?.saturating_add(memory))?;
    let walls = landlock()?;
    filter()?;
    Ok(walls)
}

fn limit(resource: Resource, most: u64) -> Result<(), ConfineError> {
    let limits = Rlimit { current: Some(most), maximum: Some(most) };
    rustix::process::setrlimit(resource, limits).map_err(refused("a limit"))
}

/// Bytes of address space that are mapped now: libtorch alone maps more than half a gibibyte.
fn mapped() -> Result<u64, ConfineError> {
    let statm = std::fs::read_to_string("/proc/self/statm").map_err(refused("/proc/self/statm"))?;
    let pages: Option<u64> = statm.split(' ').next().and_then(|pages| pages.parse().ok());
    let pages = pages.ok_or("it holds no number").map_err(refused("/proc/self/statm"))?;
    Ok(pages.saturating_mul(rustix::param::page_size() as u64))
}

fn landlock() -> Result<Walls, ConfineError> {
    // Whatever of it this kernel knows; later kernels' rights are refused as well.
    let abi = ABI::V6;
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))
        .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(abi)))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(abi)))
        .and_then(Ruleset::create)
        .and_then(|ruleset| ruleset.restrict_self())
        .map_err(refused("Landlock"))?;
    Ok(match status.ruleset {
        RulesetStatus::NotEnforced => Walls::FilterOnly,
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Walls::Both,
    })
}

/// What a computation on data in memory asks of the kernel: memory, time, threads of its own, and its two pipes.
const ALLOWED: &[i64] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_lseek,
    libc::SYS_ppoll,
    libc::SYS_mmap,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_membarrier,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getcpu,
    libc::SYS_getrusage,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

fn filter() -> Result<(), ConfineError> {
    let what = "a filter of system calls";
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    let thread = libc::CLONE_THREAD as u64;
    rules.insert(libc::SYS_clone, vec![when(0, SeccompCmpOp::MaskedEq(thread), thread)?]);
    rules.insert(libc::SYS_clone3, Vec::new());
    // A crash may kill the process, and nothing else.
    let own = u64::from(std::process::id());
    rules.insert(libc::SYS_tgkill, vec![when(0, SeccompCmpOp::Eq, own)?]);
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    let arch = std::env::consts::ARCH.try_into().map_err(refused(what))?;
    let filter = SeccompFilter::new(rules, refuse, SeccompAction::Allow, arch).map_err(refused(what))?;
    let program: BpfProgram = filter.try_into().map_err(refused(what))?;
    // clone3 takes its flags in memory, where a filter can't look: told that there is none, the C library takes clone.
    // Of two filters' answers the stricter one counts, so the other filter lets it through.
    let none = SeccompFilter::new(
        BTreeMap::from([(libc::SYS_clone3, Vec::new())]),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::ENOSYS as u32),
        arch,
    );
    let none: BpfProgram = none.and_then(TryInto::try_into).map_err(refused(what))?;
    seccompiler::apply_filter_all_threads(&none).map_err(refused(what))?;
    seccompiler::apply_filter_all_threads(&program).map_err(refused(what))
}

/// A rule on one argument's low 32 bits.
fn when(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompRule, ConfineError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
        .and_then(|condition| SeccompRule::new(vec![condition]))
        .map_err(refused("a filter of system calls"))
}

#[cfg(test)]
mod tests;
