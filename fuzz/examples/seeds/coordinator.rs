//! What the coordinator's database holds.

use std::collections::BTreeMap;

use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_coordinator::rounds::command::Enrol;
use tributary_coordinator::rounds::facts::ChainFacts;
use tributary_coordinator::rounds::roster::Place;
use tributary_coordinator::rounds::{Command, Effect, Facts, Step, Study, step};
use tributary_fuzz::{owner, study};

use super::{choose, write};

/// A study from its launch to where its members form their group, with the errands on the way; and one to which nobody came.
pub(super) fn seeds() {
    let chain = ChainFacts {
        chain_id: 31_337,
        escrow: OwnerId([0xe5; 20]),
        token: OwnerId([0x70; 20]),
        researcher: OwnerId([0xee; 20]),
        max_round: 4,
        enrol_by: 100_000,
        settle_by: 10_000_000,
    };
    let plan = String::from_utf8(study::PLAN.to_vec()).expect("UTF-8");
    let facts = Facts::new(StudyId([9; 32]), plan, chain, 0).expect("a plan");
    let launched = Study::new(facts, 0);
    keep("launched", &launched);
    let deserted = step(launched.clone(), Command::Tick, 200_000).expect("time passes").study;
    keep("deserted", &deserted);
    let mut now = launched;
    let mut say = |name: &str, command: Command, at: u64| {
        let Step { study, effects } = step(now.clone(), command, at).expect(name);
        for effect in effects {
            if let Effect::Relay { errand, .. } = effect {
                write(
                    "study_state",
                    &errand.name().replace(' ', "-"),
                    choose(1, serde_json::to_vec(&errand).expect("JSON")),
                );
            }
        }
        keep(name, &study);
        now = study;
    };
    for index in 1..=5 {
        let identity = Digest([index; 32]);
        let enrol = Enrol {
            owner: owner(index),
            mls_key: [index; 32],
            key_package: vec![index; 8],
            identity,
            sequence: 0,
            signature: vec![index; 65],
        };
        say("enrolling", Command::Enrol(enrol), 1);
        let enrolled = Command::Enrolled { owner: owner(index), sequence: 0, transaction: None };
        say("enrolled", enrolled, 2);
    }
    let place = |index| Place { identity: Digest([index; 32]), sequence: 1, since: 0 };
    let roster: BTreeMap<_, _> = (1..=5).map(|index| (owner(index), place(index))).collect();
    say("forming", Command::Sealed { roster }, 3);
}

fn keep(name: &str, study: &Study) {
    write("study_state", name, choose(0, serde_json::to_vec(study).expect("JSON")));
}
