//! Files that people write or pass on: studies, policies, decisions, mappings, models, deployments, proposals.

use serde_json::json;
use tributary_aggregation::hash::sha256;
use tributary_aggregation::ids::{Digest, StudyId};
use tributary_aggregation::study::StudyPlan;
use tributary_contracts::governance::{Action, Proposal};
use tributary_contracts::keccak256;
use tributary_fuzz::study::PLAN;
use tributary_fuzz_client::dataset::{Standardiser, Table};
use tributary_fuzz_client::governance::proposal_file;
use tributary_fuzz_client::researcher::model_file::FinalModel;
use tributary_fuzz_client::sandbox;

use super::{choose, parts, write, written};

/// Of the contracts: a deployment of others is refused.
const VERSION: &str = "1";

pub(super) fn seeds() {
    for (name, text) in [
        ("hospitals.toml", include_str!("../../../examples/hospitals/study.toml")),
        ("breast-cancer.toml", include_str!("../../../examples/hospitals/breast-cancer.toml")),
        ("digits.toml", include_str!("../../../examples/hospitals/digits.toml")),
        ("cox.toml", include_str!("../../../examples/hospitals/modules/cox.toml")),
    ] {
        write("study_file", name, text);
    }
    for (name, privacy) in [
        ("owner", "unit = \"owner\"\nnoise_multiplier = 1.1\ndelta = 1e-5\n"),
        (
            "record",
            "unit = \"record\"\nepsilon = 8.0\ndelta = 1e-5\nclip = 1.0\nsampling_rate = 0.1\nsteps = 20\n",
        ),
    ] {
        let study = include_str!("../../../examples/hospitals/study.toml");
        let rest = study.split("[privacy]").next().unwrap_or(study);
        write("study_file", &format!("{name}-privacy.toml"), format!("{rest}\n[privacy]\n{privacy}"));
    }
    write("site_policy", "empty.toml", "");
    write(
        "site_policy",
        "all.toml",
        "researchers = [\"0x0101010101010101010101010101010101010101\"]\n\
         purposes = [\"DUO:0000037\", \"MONDO:0005267\"]\ncolumns = [\"age\", \"num\"]\nmodules = []\nmin_owners = 4\n\
         min_group = 2\nmax_rounds = 30\nmax_rotation = 0\nmin_pay = \"0.25\"\nclosed_cohort = false\nconsent = false\n\
         epsilon_per_year = 4.0\nmax_delta = 1e-5\nsandbox = \"available\"\n",
    );
    write("site_decisions", "three", decisions());
    for (which, name, mapping, rows) in [
        (0, "none", "", "age,num\n50,1\n60.5,0\n"),
        (
            0,
            "renamed",
            "[columns.age]\ncolumn = \"Alter\"\nscale = 0.5\noffset = 1.0\n",
            "Alter,num\n50,1\n60,0\n",
        ),
        (
            1,
            "hospital",
            "separator = \";\"\ndecimal_comma = true\nmissing = [\"k. A.\"]\n[columns.sex]\ncolumn = \"Geschlecht\"\n\
             categories = { m = \"Male\", w = \"Female\" }\n[columns.num]\nnumbers = { ja = 1.0, nein = 0.0 }\n",
            "age;chol;Geschlecht;num\n63;233,5;m;ja\n67;k. A.;w;nein\n",
        ),
    ] {
        write("mapping", name, choose(which, parts(mapping.as_bytes(), rows.as_bytes())));
    }
    let plan = StudyPlan::from_json(PLAN).expect("a plan");
    let table = Table::from_bytes(b"age,num\n50,1\n60.5,0\n", &plan.schema).expect("rows");
    let model = FinalModel {
        plan_digest: StudyPlan::digest_of(PLAN),
        round: 3,
        standardiser: Standardiser::from_table(&table),
        weights: vec![0.5; plan.parameter_count()],
    };
    write("final_model", "logistic", model.to_bytes());
    write("deployment_file", "local.json", deployment().to_string());
    proposals();
    for (side, frames) in [0, 1].into_iter().zip(sandbox::frames()) {
        for (name, frame) in frames {
            write("trainer_frame", name, choose(side, frame));
        }
    }
}

/// A chain of decisions, at times that do not pass.
fn decisions() -> String {
    let (mut previous, mut text) = (Digest([0; 32]), String::new());
    let (study, plan) = (StudyId([1; 32]), Digest([2; 32]));
    for (number, decision) in ["asked", "approved", "joined"].into_iter().enumerate() {
        let mut line = json!({
            "number": number, "previous": previous, "time": 1, "study": study, "plan": plan, "decision": decision,
            "reasons": ["because"]
        });
        if decision == "joined" {
            line["spend"] = json!({ "epsilon": 1.5, "delta": 1e-5 });
        }
        let line = line.to_string();
        previous = sha256(line.as_bytes());
        text += &line;
        text.push('\n');
    }
    text
}

fn deployment() -> serde_json::Value {
    let address = |byte: u8| format!("0x{}", hex::encode([byte; 20]));
    let terms = json!({
        "deployer": address(1), "minter": address(1), "holder": address(1), "supply": "1000000000000000000000000000",
        "study_fee_bps": 200, "sale_fee_bps": 250, "scoring_rules": ["group-shapley-1"],
        "timelock_delay_s": 172_800, "voting_delay_s": 86_400, "voting_period_s": 604_800,
        "proposal_threshold": "1000000000000000000000000", "quorum_percent": 4, "salt": format!("0x{}", "00".repeat(32))
    });
    let mut file = json!({ "version": VERSION, "chain_id": 31_337, "block": 1, "terms": terms });
    let names = [
        "token",
        "timelock",
        "governor",
        "parameters",
        "datasets",
        "escrow",
        "splitter",
        "models",
        "licenses",
        "marketplace",
        "consents",
        "gallery",
        "channels",
        "usage",
        "compute",
    ];
    for (name, byte) in names.into_iter().zip(1..) {
        file[name] = address(byte).into();
    }
    file
}

fn proposals() {
    let call = |signature: &str, words: &[[u8; 32]]| {
        [&keccak256(signature.as_bytes())[..4], words.as_flattened()].concat()
    };
    let word = |byte: u8| {
        let mut word = [0; 32];
        word[31] = byte;
        word
    };
    let calls = [
        ("study-fee", call("setStudyFee(uint16)", &[word(100)])),
        ("sale-fee", call("setSaleFee(uint16)", &[word(100)])),
        ("scoring-rule", call("allowScoringRule(bytes32)", &[word(7)])),
        ("transfer", call("transfer(address,uint256)", &[word(1), word(2)])),
        ("approve", call("approve(address,uint256)", &[word(1), word(2)])),
    ];
    for (name, call) in &calls {
        write("proposal_file", name, choose(1, call));
    }
    let actions = calls.map(|(_, call)| Action { target: [3; 20], call });
    let proposal = Proposal { actions: actions.to_vec(), description: "Lower the fees.".into() };
    let file = written(|path| proposal_file::write(path, &proposal).expect("a file"));
    write("proposal_file", "file", choose(0, file));
}
