//! The process groups that were started, so that none outlives this program: each process leads a group of its own.

use std::collections::BTreeSet;
use std::process;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::signal::unix::{SignalKind, signal};

/// By the process id of their leader.
static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn running() -> MutexGuard<'static, BTreeSet<u32>> {
    // A set of numbers is whole after a panic too.
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn remember(leader: u32) {
    running().insert(leader);
}

/// Before the leader is waited for: afterwards its number may be another's.
pub(crate) fn forget(leader: u32) {
    running().remove(&leader);
}

/// Kills the group with SIGKILL, if it still runs. It must not have been waited for.
pub(crate) fn kill(leader: u32) {
    if running().remove(&leader) {
        send_kill(leader);
    }
}

fn send_kill(leader: u32) {
    if let Some(leader) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        // The one error is that the group is gone, which is what is wanted.
        let _ = kill_process_group(leader, Signal::KILL);
    }
}

/// From now on SIGINT, SIGTERM and SIGHUP kill all groups and end this program with code 130: the groups are not the
/// terminal's foreground group, so Ctrl-C reaches them only through us.
pub fn kill_all_when_interrupted() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        thread::spawn(|| {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return;
            };
            if runtime.block_on(interrupted()).is_err() {
                return; // without signal handlers the signals' own effect remains
            }
            let groups = running();
            groups.iter().copied().for_each(send_kill);
            process::exit(130);
        });
    });
}

async fn interrupted() -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}
