//! What a person sees while the study runs: bars on a terminal, plain lines elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::sync::OnceLock;
use std::time::Duration;

use hospitals::event::{Event, Phase};
use hospitals::sites::Site;
use hospitals::study::{Role, Told, What};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::story::Metric;

/// One bar per owner, and one for the rounds.
pub struct Screen {
    titles: Vec<String>,
    bars: Option<MultiProgress>,
    study: OnceLock<Bars>,
}

struct Bars {
    metric: Metric,
    owners: Vec<ProgressBar>,
    round: ProgressBar,
}

/// Thousandths of a round that are done when a phase begins.
const fn done(phase: Phase) -> u64 {
    match phase {
        Phase::Announced => 0,
        Phase::Joined => 100,
        Phase::Training => 200,
        Phase::Reported => 650,
        Phase::Released => 750,
        Phase::Evaluated => 900,
        Phase::Signed => 1000,
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants below: one that can't be read would show the default bar.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─")
}

impl Screen {
    pub fn new(sites: &[Site]) -> Self {
        let bars = std::io::stdout().is_terminal();
        Self {
            titles: sites.iter().map(|site| site.title.clone()).collect(),
            bars: bars.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stdout())),
            study: OnceLock::new(),
        }
    }

    /// One step of the set-up or of what follows the study.
    pub fn step(&self, what: &str, line: impl std::fmt::Display) {
        self.say(&format!("{what:>12}  {line}"));
    }

    /// A line, above the bars.
    pub fn say(&self, line: &str) {
        match &self.bars {
            Some(bars) => {
                let _ = bars.println(line);
            }
            // A reader that went away is no reason to stop the study.
            None => {
                let _ = writeln!(std::io::stdout().lock(), "{line}");
            }
        }
    }

    /// The study runs: shows the bars.
    pub fn begin(&self, metric: Metric, rounds: u64) {
        let Some(multi) = &self.bars else { return };
        let owner = style("{prefix:>13}  {bar:26.cyan/black.bright}  {msg}");
        let owners = self.titles.iter().map(|title| {
            let bar = multi.add(ProgressBar::new(1000).with_style(owner.clone()).with_prefix(title.clone()));
            bar.set_message("starting");
            bar
        });
        let owners = owners.collect();
        let total = style("{prefix:>13}  {bar:26.green/black.bright}  {pos} of {len}  {msg}  {elapsed}");
        let round = multi.add(ProgressBar::new(rounds).with_style(total).with_prefix("rounds"));
        round.enable_steady_tick(Duration::from_millis(250));
        // Begun once.
        let _ = self.study.set(Bars { metric, owners, round });
    }

    /// Moves the bars.
    pub fn show(&self, told: &Told) {
        let Some(bars) = self.study.get() else { return };
        match (told.role, &told.what) {
            (Role::Researcher, What::Event(event)) => bars.show_round(event),
            (Role::Owner(index), What::Event(event)) => {
                if let Some(bar) = bars.owners.get(index) {
                    show_owner(bar, event);
                }
            }
            (Role::Owner(index), What::Killed) => {
                if let Some(bar) = bars.owners.get(index) {
                    bar.set_style(style("{prefix:>13}  {bar:26.red/black.bright}  {msg:.red.bold}"));
                    bar.abandon_with_message("killed");
                }
            }
            _ => {}
        }
    }

    /// The bars stay as they are; what follows is printed below them.
    pub fn finish(&self) {
        if let Some(bars) = self.study.get() {
            bars.round.abandon();
            bars.owners.iter().for_each(ProgressBar::abandon);
        }
    }

    /// The bars go away.
    pub fn clear(&self) {
        if let Some(bars) = &self.bars {
            let _ = bars.clear();
        }
    }
}

impl Bars {
    fn show_round(&self, event: &Event) {
        match event {
            Event::Settled { round, utility_micros, .. } => {
                self.round.set_position(*round);
                if let Some(micros) = utility_micros {
                    self.round.set_message(self.metric.show(*micros));
                }
            }
            Event::Phase { round, attempt, phase: Phase::Announced } if *attempt > 1 => {
                self.round.set_message(format!("round {round}, attempt {attempt}"));
            }
            _ => {}
        }
    }
}

fn show_owner(bar: &ProgressBar, event: &Event) {
    let message = match event {
        Event::Phase { round, phase, .. } => {
            bar.set_position(done(*phase));
            match round {
                0 => format!("statistics: {}", phase.name()),
                round => format!("round {round}: {}", phase.name()),
            }
        }
        Event::Training { done_permille, .. } => {
            let (begin, end) = (done(Phase::Training), done(Phase::Reported));
            bar.set_position(begin + (end - begin) * u64::from(*done_permille).min(1000) / 1000);
            return;
        }
        Event::DataRead { rows, .. } => format!("{rows} rows"),
        Event::Enrolled { .. } => "enrolled on chain".to_owned(),
        Event::GroupJoined { .. } => "in the group; making the committee's key".to_owned(),
        Event::CommitteeSigned { .. } => "signed the committee's key".to_owned(),
        Event::CommitteeReady { .. } => "the committee is ready".to_owned(),
        Event::Aborted { round, .. } => format!("round {round} aborted"),
        Event::Ended { .. } => "the study has ended".to_owned(),
        Event::Paid { .. } => {
            bar.set_position(1000);
            "paid".to_owned()
        }
        _ => return,
    };
    bar.set_message(message);
}
