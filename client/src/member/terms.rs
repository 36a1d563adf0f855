//! Whether the chain holds the terms that a plan states: nobody works on others.

use tributary_aggregation::study::StudyPlan;
use tributary_contracts::{Study, merkle, scoring_rule};

use super::MemberError;

/// Refuses a study that was launched on other terms than its plan's.
///
/// # Errors
/// [`MemberError::Disagreement`], which names the term.
pub fn check_terms(plan: &StudyPlan, study: &Study) -> Result<(), MemberError> {
    let allowed: Vec<[u8; 20]> = plan.cohort.allowed.iter().map(|owner| owner.0).collect();
    let allowed = if allowed.is_empty() { [0; 32] } else { merkle::allow_list(&allowed)?.root() };
    for (term, same) in [
        ("researcher", plan.researcher.0 == study.researcher),
        ("scoring.rule", scoring_rule(&plan.scoring.rule) == study.scoring),
        ("cohort.consent", plan.cohort.consent == study.consent_required),
        ("cohort.late_enrolment", plan.cohort.late_enrolment == study.late_enrolment),
        ("cohort.allowed", allowed == study.allowed),
        ("cohort.min_owners", plan.cohort.min_owners == study.min_owners),
        ("cohort.max_owners", plan.cohort.max_owners == study.max_owners),
        ("rounds", plan.rounds <= study.rounds),
        ("payment.per_round", plan.budget() <= study.budget),
    ] {
        if !same {
            return Err(MemberError::Disagreement(format!(
                "the study was launched with another {term} than its plan states: do not take part; ask the researcher"
            )));
        }
    }
    Ok(())
}
