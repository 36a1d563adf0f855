//! A study as a researcher writes it down: TOML, and the plan that it becomes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::ids::Digest;
use tributary_aggregation::study::{ModuleSpec, StudyPlan};
use tributary_fuzz::owner;
use tributary_fuzz_client::policy::summary;
use tributary_fuzz_client::researcher::plan_file::{PlanOverrides, StudyFile};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut file = match StudyFile::parse(text) {
        Err(problem) => return drop(problem.to_string()),
        Ok(file) => file,
    };
    if file.module().is_some() {
        file.set_module(ModuleSpec { digest: Digest([3; 32]), size: 1000, parameters: 10 });
    }
    match file.into_plan(&PlanOverrides::default(), owner(1), Digest([2; 32])) {
        Err(problem) => drop(problem.to_string()),
        Ok(plan) => {
            let json = plan.to_json().expect("a valid plan");
            assert_eq!(StudyPlan::from_json(&json).as_ref(), Ok(&plan));
            assert!(!summary(&plan).is_empty());
        }
    }
});
