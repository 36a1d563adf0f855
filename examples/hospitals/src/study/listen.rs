//! Listening to what the processes tell. Nothing here sleeps or polls: reader threads send, we receive.

use std::process::ExitStatus;
use std::sync::PoisonError;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Instant;

use anyhow::{Result, anyhow, bail};

use super::{Message, Role, Study};
use crate::event::Event;
use crate::process::{Heard, STDERR, STDOUT, tail};

/// How many lines of each process's log an error shows.
const TAIL: usize = 8;

/// Something that a process told, or that befell it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Who.
    pub role: Role,
    /// Which start of this process it is from, counted from 1.
    pub run: u32,
    /// What.
    pub what: What,
}

/// What a process told, or what befell it.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// An event of a researcher or an owner.
    Event(Event),
    /// A line of the chain or the coordinator.
    Line(String),
    /// It has ended by itself, as it should: nothing more comes from this run.
    Ended,
    /// It was killed by us: nothing more comes from this run.
    Killed,
}

impl Told {
    /// The event, if it is one of `role`'s.
    #[must_use]
    pub fn event_of(&self, role: Role) -> Option<&Event> {
        match &self.what {
            What::Event(event) if self.role == role => Some(event),
            _ => None,
        }
    }
}

impl Study {
    /// All that was told so far, in the order in which it arrived.
    #[must_use]
    pub fn history(&self) -> &[Told] {
        &self.history
    }

    /// The next thing that is told.
    ///
    /// # Errors
    /// If a process ends with a failure that nobody asked for, tells what is not understood, or the study's time is
    /// over: with the last lines of the processes' logs.
    pub fn next_told(&mut self) -> Result<Told> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let message = match self.inbox.get_mut().unwrap_or_else(PoisonError::into_inner).recv_timeout(left) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                let limit = self.settings.limit;
                bail!("the study is not where it should be after {limit:.0?}\n{}", self.tails());
            }
        };
        let told = self.understand(message)?;
        self.history.push(told.clone());
        Ok(told)
    }

    fn understand(&mut self, Message { role, run, heard }: Message) -> Result<Told> {
        let what = match heard {
            Heard::Line(line) if matches!(role, Role::Researcher | Role::Owner(_)) => {
                let event = serde_json::from_str(&line);
                What::Event(event.map_err(|error| {
                    anyhow!("{} told what is not understood ({error}): {line}", self.name(role))
                })?)
            }
            Heard::Line(line) => What::Line(line),
            Heard::Closed => {
                let slot = self.slots.get_mut(&role).filter(|slot| slot.run == run);
                match slot.and_then(|slot| slot.process.take()) {
                    None => What::Killed,
                    Some(process) => {
                        let status = process.wait()?;
                        self.check_end(role, status)?;
                        What::Ended
                    }
                }
            }
        };
        Ok(Told { role, run, what })
    }

    fn check_end(&self, role: Role, status: ExitStatus) -> Result<()> {
        // These two serve until they are told to stop.
        let serves = matches!(role, Role::Chain | Role::Coordinator);
        // How a member's process ends where the study ended without its last round.
        let is_aborted =
            |told: &Told| matches!(told.event_of(role), Some(Event::Ended { completed: false, .. }));
        let aborted = status.code() == Some(1) && self.history.iter().any(is_aborted);
        if (status.success() || aborted) && !serves {
            return Ok(());
        }
        bail!("{} ended unexpectedly ({status})\n{}", self.name(role), self.tail_of(role))
    }

    /// The last lines of a process's output and logs.
    #[must_use]
    pub fn tail_of(&self, role: Role) -> String {
        let Some(slot) = self.slots.get(&role) else { return String::new() };
        let directory = &slot.spec.directory;
        let mut text = format!("  {} ({}):\n", self.name(role), directory.display());
        for log in [STDOUT, STDERR] {
            text += &tail(&directory.join(log), TAIL);
        }
        text
    }

    /// The last lines of all processes' output and logs.
    #[must_use]
    pub fn tails(&self) -> String {
        self.slots.keys().map(|role| self.tail_of(*role)).collect()
    }

    /// Waits until something was told, from the beginning on.
    ///
    /// # Errors
    /// As [`Self::next_told`]; `what` says in vain for what was waited.
    pub fn wait(&mut self, what: &str, is_it: impl FnMut(&Told) -> bool) -> Result<Told> {
        self.wait_since(0, what, is_it)
    }

    /// Waits until something was told, from a place in [`Self::history`] on.
    ///
    /// # Errors
    /// As [`Self::wait`].
    pub fn wait_since(
        &mut self,
        mark: usize,
        what: &str,
        mut is_it: impl FnMut(&Told) -> bool,
    ) -> Result<Told> {
        if let Some(told) = self.history.iter().skip(mark).find(|told| is_it(told)) {
            return Ok(told.clone());
        }
        loop {
            let told =
                self.next_told().map_err(|error| error.context(format!("waited in vain until {what}")))?;
            if is_it(&told) {
                return Ok(told);
            }
        }
    }

    /// Waits for an event of a role, from a place in [`Self::history`] on.
    ///
    /// # Errors
    /// As [`Self::wait`].
    pub fn wait_event(
        &mut self,
        mark: usize,
        role: Role,
        what: &str,
        mut is_it: impl FnMut(&Event) -> bool,
    ) -> Result<Event> {
        let what = format!("{} told that {what}", self.name(role));
        let told = self.wait_since(mark, &what, |told| told.event_of(role).is_some_and(&mut is_it))?;
        match told.what {
            What::Event(event) => Ok(event),
            other => Err(anyhow!("not an event: {other:?}")),
        }
    }

    /// Waits until a process's current run is over, by itself or killed, and all that it told is in the history.
    ///
    /// # Errors
    /// As [`Self::wait`].
    pub fn wait_over(&mut self, role: Role) -> Result<()> {
        let run = self.slots.get(&role).map_or(0, |slot| slot.run);
        let what = format!("{} is over", self.name(role));
        let is_over = |told: &Told| {
            (told.role, told.run) == (role, run) && matches!(told.what, What::Ended | What::Killed)
        };
        self.wait(&what, is_over).map(|_| ())
    }

    /// Waits until the study has ended for everybody who still takes part. Returns whether it was completed, and why it
    /// ended, as the researcher says.
    ///
    /// # Errors
    /// As [`Self::wait`].
    pub fn wait_end(&mut self) -> Result<(bool, String)> {
        let mut members = self.owners();
        members.push(Role::Researcher);
        for role in members {
            if self.runs(role) {
                self.wait_over(role)?;
            }
        }
        let ended = self.history.iter().rev().find_map(|told| match told.event_of(Role::Researcher) {
            Some(Event::Ended { completed, reason }) => Some((*completed, reason.clone())),
            _ => None,
        });
        ended.ok_or_else(|| anyhow!("the researcher is over without having said how the study ended"))
    }
}
