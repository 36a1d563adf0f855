//! A site's policy: TOML, and what it says of some plans.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::study::StudyPlan;
use tributary_fuzz::study;
use tributary_fuzz_client::policy::{Policy, Verdict};
use tributary_fuzz_client::sandbox::Demand;

static PLANS: LazyLock<[StudyPlan; 2]> = LazyLock::new(|| {
    [study::PLAN, include_bytes!("../seeds/study_plan/hospitals.json")]
        .map(|plan| StudyPlan::from_json(plan).expect("a plan"))
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(policy) = Policy::parse(text) else { return };
    for plan in &*PLANS {
        let verdicts = [Demand::Off, Demand::Available, Demand::Required].map(|sandbox| {
            let verdict = policy.judge(plan, sandbox);
            if let Verdict::Refused(objections) = &verdict {
                assert!(!objections.is_empty());
                objections.iter().for_each(|objection| drop(objection.to_string()));
            }
            matches!(verdict, Verdict::Refused(_))
        });
        // Stronger walls are never a reason to refuse.
        assert!(verdicts.windows(2).all(|pair| pair[0] || !pair[1]));
        let _ = policy.budget_objection(plan, 1.0);
    }
});
