//! The demo: sets up, shows what happens while it happens, and sums up at the end.

mod screen;
mod story;
mod table;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use hospitals::event::{Event, Phase};
use hospitals::outcome::Outcome;
use hospitals::sites::{self, Site};
use hospitals::study::{Role, Settings, Study, Told};

use crate::StudyArgs;
use crate::place::Place;
use screen::Screen;
use story::Story;

/// The round in which `--drop` kills; the last one if there are fewer.
const DROP_ROUND: u64 = 2;

#[derive(Debug, Args)]
pub struct DemoArgs {
    #[command(flatten)]
    pub study: StudyArgs,
    /// Seed of the study: of the rows' order and of the initial model
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Kill this hospital's process in the middle of round 2: cleveland, hungary, switzerland or va-long-beach
    #[arg(long, value_name = "SITE", value_parser = sites::SITES.map(|(name, _)| name))]
    drop: Option<String>,
    /// Keep all files in this directory, which must be empty or missing [default: target/demo, replaced by the next run]
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Write the numbers to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Runs the demo. `true` if the study was completed and its audit agrees.
pub fn run(args: &DemoArgs) -> Result<bool> {
    let began = Instant::now();
    let place = Place::take(args.keep.as_deref(), "demo")?;
    let mut study = Study::new(Settings {
        study_file: args.study.file.clone().unwrap_or_else(sites::study_file),
        researcher_args: args.study.researcher_args(args.seed),
        ..Settings::demo(place.path().to_owned())?
    })?;
    let screen = Screen::new(study.sites());
    set_up(&mut study, &screen)?;
    let victim = args.drop.as_deref().and_then(|name| place_of(study.sites(), name));
    let completed = follow(&mut study, &screen, victim)?;
    if !completed {
        screen.clear();
        bail!("the study was not completed; its files are in {}", shown(study.layout().root()).display());
    }
    screen.step(
        "measure",
        "each hospital's own model, one trained on pooled data, and the study's, on all test sets",
    );
    let outcome = Outcome::of(&study)?;
    screen.step("audit", "everything is recomputed from the chain and the published artifacts");
    let audit = study.audit(&study.layout().artifacts().display().to_string())?;
    screen.finish();
    print!("{}", table::summary(&study, &outcome, &audit, began.elapsed()));
    if let Some(path) = &args.json {
        let json = serde_json::json!({
            "seed": args.seed, "seconds": began.elapsed().as_secs_f64(), "outcome": outcome,
            "audit": { "agrees": audit.agrees(), "lines": audit.agreed() },
        });
        std::fs::write(path, serde_json::to_vec_pretty(&json)?)
            .with_context(|| format!("{} can't be written", path.display()))?;
    }
    if let Some(line) = audit.disagreement() {
        eprintln!("\nthe audit disagrees: {line}");
    }
    Ok(audit.agrees())
}

fn place_of(sites: &[Site], name: &str) -> Option<usize> {
    sites.iter().position(|site| site.name == name)
}

fn set_up(study: &mut Study, screen: &Screen) -> Result<()> {
    study.make_wallets()?;
    let owners = study.sites().len();
    screen.step("wallets", format!("made for the researcher, the relay and {owners} hospitals"));
    study.start_chain()?;
    screen.step("chain", format!("an Ethereum node of this machine at {}", study.rpc()));
    for line in study.deploy()?.lines() {
        screen.step("contracts", line);
    }
    study.start_coordinator()?;
    screen.step("coordinator", format!("at {}, gRPC", study.coordinator()));
    study.launch()?;
    let plan = study.plan()?;
    let name = plan["name"].as_str().unwrap_or("unnamed").to_owned();
    screen.step("researcher", format!("launched and funded the study {name:?}"));
    screen.step("study", study.id());
    for index in 0..owners {
        study.start_owner(index)?;
    }
    screen.step("hospitals", format!("{owners} processes are started; their rows stay with them"));
    screen.begin(Story::metric(&plan), plan["rounds"].as_u64().unwrap_or(0));
    Ok(())
}

/// Shows the study until nobody takes part any more. `true` if it was completed.
fn follow(study: &mut Study, screen: &Screen, victim: Option<usize>) -> Result<bool> {
    let rounds = study.plan()?["rounds"].as_u64().unwrap_or(1);
    let mut victim = victim.map(Role::Owner);
    let mut story = Story::default();
    let mut place = 0;
    let mut members = study.owners();
    members.push(Role::Researcher);
    loop {
        while let Some(told) = study.history().get(place).cloned() {
            place += 1;
            screen.show(&told);
            for line in story.lines(study, &told)? {
                screen.say(&line);
            }
            if victim.is_some_and(|role| is_mid_round(&told, role, DROP_ROUND.min(rounds))) {
                kill(study, screen, victim.take())?;
            }
        }
        if !members.iter().any(|role| study.runs(*role)) {
            let (completed, _) = study.wait_end()?;
            return Ok(completed);
        }
        study.next_told()?;
    }
}

fn is_mid_round(told: &Told, role: Role, round: u64) -> bool {
    matches!(told.event_of(role), Some(Event::Phase { round: r, phase: Phase::Training, .. }) if *r == round)
}

fn kill(study: &mut Study, screen: &Screen, victim: Option<Role>) -> Result<()> {
    let Some(role) = victim else { return Ok(()) };
    study.kill(role)?;
    screen.say(&story::loud(format!(
        "--drop: {}'s process is killed in the middle of a round (SIGKILL); the others go on",
        study.name(role)
    )));
    Ok(())
}

/// A path as it is shortest from here.
fn shown(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_owned()
}
