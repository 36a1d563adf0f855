//! Everything that can be checked about a round from public material, and from a member's own view.

use std::collections::BTreeSet;

use super::HexBytes;
use super::check::{Check, CheckedLine, Disagreement};
use super::groups::{check_beacon, check_group};
use super::record::{RoundTranscript, TRANSCRIPT_VERSION};
use super::settlement::SettlementFields;
use crate::committee::CommitteePublicKey;
use crate::ids::{Digest, OwnerId, StudyId};
use crate::scoring::{Ledger, payouts, shapley};
use crate::study::StudyPlan;

/// Where a study stands after its last settled round; the default is a study before its first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The last settled round; 0 before the first.
    pub round: u64,
    /// Its transcript.
    pub transcript: Option<Digest>,
    /// The model's digest now. Before the first round only members know it (the initial model is drawn from their seed).
    pub model: Option<Digest>,
    /// What each owner is owed so far.
    pub cumulative: Ledger,
}

/// What everybody knows who can read the chain and the transcripts before.
#[derive(Debug, Clone, Copy)]
pub struct PublicView<'a> {
    /// The study.
    pub study: StudyId,
    /// Its plan, read from the bytes whose digest is on chain.
    pub plan: &'a StudyPlan,
    /// The plan's digest, as it is on chain.
    pub plan_digest: Digest,
    /// The owners on the epoch's roster: only they take part.
    pub owners: &'a BTreeSet<OwnerId>,
    /// All owners that were ever enrolled on chain: attempts in earlier epochs may name those who have left since.
    pub ever: &'a BTreeSet<OwnerId>,
    /// The committee's epoch.
    pub epoch: u64,
    /// The key registered for the epoch.
    pub committee_key: &'a CommitteePublicKey,
    /// Where the study stands before the round.
    pub standing: &'a Standing,
}

/// What a member knows of the round by itself.
#[derive(Debug, Clone, Copy)]
pub struct MemberView<'a> {
    /// Per group, in order.
    pub groups: &'a [GroupView],
    /// Digest of the next model as the member computed it.
    pub model_after: Digest,
    /// The coalitions' utilities as the member measured them.
    pub utilities: &'a [i64],
}

/// What a member knows of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupView {
    /// The group's context, roster included.
    pub context: Digest,
    /// SHA-256 of the sealed sum that the member opened.
    pub sum: Digest,
}

/// A transcript of which every line agrees.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedTranscript {
    bytes: Vec<u8>,
    transcript: RoundTranscript,
    lines: Vec<CheckedLine>,
    settlement: SettlementFields,
}

impl VerifiedTranscript {
    /// The transcript's exact bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The transcript.
    #[must_use]
    pub fn transcript(&self) -> &RoundTranscript {
        &self.transcript
    }

    /// SHA-256 of the bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.settlement.transcript
    }

    /// What was checked, in order.
    #[must_use]
    pub fn lines(&self) -> &[CheckedLine] {
        &self.lines
    }

    /// What goes on chain.
    #[must_use]
    pub fn settlement(&self) -> &SettlementFields {
        &self.settlement
    }

    /// Where the study stands once this round is settled: what the next transcript is checked against.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            round: self.transcript.round,
            transcript: Some(self.digest()),
            model: Some(self.transcript.model_after),
            cumulative: self.transcript.cumulative.clone(),
        }
    }
}

/// Checks a transcript against what is public and, for a member, against what it knows by itself.
///
/// Without `member` these are taken from the transcript as stated, vouched for only by the committee's signature on the
/// settlement: contexts and sealed sums of the groups, the next model, the utilities, and why attempts were given up and
/// owners cut.
///
/// # Errors
/// The first line that does not agree, with both values.
pub fn verify(
    bytes: &[u8],
    view: &PublicView<'_>,
    member: Option<&MemberView<'_>>,
) -> Result<VerifiedTranscript, Disagreement> {
    let mut check = Check::default();
    let transcript: RoundTranscript = serde_json::from_slice(bytes).map_err(|error| {
        check.disagrees("form", error, format!("a transcript of version {TRANSCRIPT_VERSION}"))
    })?;
    check_place(&mut check, &transcript, view)?;
    check_attempts(&mut check, &transcript, view)?;
    let assigned = check_beacon(&mut check, &transcript, view)?;
    if let Some(member) = member {
        check.equal("groups.len", assigned.len(), member.groups.len())?;
    }
    for (place, assigned) in assigned.iter().enumerate() {
        let known = member.and_then(|member| member.groups.get(place));
        check_group(&mut check, &transcript, view, known, place, assigned)?;
    }
    if let Some(member) = member {
        check.equal("model_after", transcript.model_after, member.model_after)?;
        check_utilities(&mut check, &transcript, view, member.utilities)?;
    }
    check_money(&mut check, &transcript, view)?;
    let settlement = SettlementFields::of(&transcript, RoundTranscript::digest_of(bytes));
    Ok(VerifiedTranscript { bytes: bytes.to_vec(), transcript, lines: check.into_lines(), settlement })
}

/// Study, plan, committee, and that this round comes after the last settled one.
fn check_place(
    check: &mut Check,
    transcript: &RoundTranscript,
    view: &PublicView<'_>,
) -> Result<(), Disagreement> {
    check.equal("version", transcript.version, TRANSCRIPT_VERSION)?;
    check.equal("study", transcript.study, view.study)?;
    check.equal("plan", transcript.plan, view.plan_digest)?;
    check.equal("epoch", transcript.epoch, view.epoch)?;
    check.equal("committee_key", transcript.committee_key, HexBytes(view.committee_key.to_bytes()))?;
    if transcript.round <= view.standing.round || transcript.round > view.plan.round_limit() {
        let expected = format!("above {}, at most {}", view.standing.round, view.plan.round_limit());
        return Err(check.disagrees("round", transcript.round, expected));
    }
    let show = |digest: Option<Digest>| digest.map_or_else(|| "none".to_owned(), |digest| digest.to_string());
    check.equal("previous", show(transcript.previous), show(view.standing.transcript))?;
    match view.standing.model {
        Some(model) => check.equal("model_before", transcript.model_before, model),
        None => Ok(()),
    }
}

/// The attempts since the last settled round: each follows the one before, and this one follows the last.
fn check_attempts(
    check: &mut Check,
    transcript: &RoundTranscript,
    view: &PublicView<'_>,
) -> Result<(), Disagreement> {
    let (mut round, mut attempt) = (view.standing.round.saturating_add(1), 0);
    for (place, aborted) in transcript.aborted.iter().enumerate() {
        if !follows((aborted.round, aborted.attempt), (round, attempt)) {
            let stated = format!("round {}, attempt {}", aborted.round, aborted.attempt);
            let expected = format!("round {round}, attempt {}, or the next round", attempt + 1);
            let field = if aborted.round == round { "attempt" } else { "round" };
            return Err(check.disagrees(format!("aborted[{place}].{field}"), stated, expected));
        }
        let field = format!("aborted[{place}].absent");
        let enrolled_once = |owner: &OwnerId| view.owners.contains(owner) || view.ever.contains(owner);
        check.owners(&field, &aborted.absent, enrolled_once, "owners that were ever enrolled")?;
        (round, attempt) = (aborted.round, aborted.attempt);
    }
    if follows((transcript.round, transcript.attempt), (round, attempt)) {
        check.agrees("attempt", format!("{} of round {}", transcript.attempt, transcript.round));
        return Ok(());
    }
    let field = if transcript.round == round { "attempt" } else { "round" };
    let stated = format!("round {}, attempt {}", transcript.round, transcript.attempt);
    Err(check.disagrees(field, stated, format!("what follows round {round}, attempt {attempt}")))
}

/// Whether an attempt is the next one at the same round, or the first at the next after at least one attempt.
fn follows((round, attempt): (u64, u32), (last_round, last_attempt): (u64, u32)) -> bool {
    (round == last_round && attempt == last_attempt.saturating_add(1))
        || (round == last_round.saturating_add(1) && last_attempt > 0 && attempt == 1)
}

/// The utilities are the member's own, within the plan's tolerance.
fn check_utilities(
    check: &mut Check,
    transcript: &RoundTranscript,
    view: &PublicView<'_>,
    own: &[i64],
) -> Result<(), Disagreement> {
    check.equal("utilities.len", transcript.utilities.len(), own.len())?;
    let tolerance = view.plan.scoring.tolerance_micros;
    for (coalition, (&stated, &own)) in transcript.utilities.iter().zip(own).enumerate() {
        if stated.abs_diff(own) > u64::from(tolerance) {
            let expected = format!("{own} ± {tolerance}");
            return Err(check.disagrees(format!("utilities[{coalition}]"), stated, expected));
        }
    }
    check
        .agrees("utilities", format!("all {} within {tolerance} millionths of this member's own", own.len()));
    Ok(())
}

/// Scores and amounts, to the last unit.
fn check_money(
    check: &mut Check,
    transcript: &RoundTranscript,
    view: &PublicView<'_>,
) -> Result<(), Disagreement> {
    let coalitions = 2usize.saturating_pow(u32::try_from(transcript.groups.len()).unwrap_or(u32::MAX));
    check.equal("utilities.len", transcript.utilities.len(), coalitions)?;
    let scores = shapley(&transcript.utilities)
        .map_err(|error| check.disagrees("utilities", transcript.utilities.len(), error))?;
    if transcript.scores != scores {
        return Err(check.disagrees("scores", show(&transcript.scores), show(&scores)));
    }
    check.agrees("scores", format!("Shapley values of {} utilities", transcript.utilities.len()));

    let online: Vec<Vec<OwnerId>> =
        transcript.groups.iter().map(|group| group.online.iter().map(|o| o.owner).collect()).collect();
    let due = payouts(&view.plan.payment, &online, &scores).map_err(|error| {
        check.disagrees("payouts", format!("{} units", transcript.payouts.total()), error)
    })?;
    check.ledgers("payouts", &transcript.payouts, &due)?;
    let cumulative = view.standing.cumulative.plus(&due).map_err(|error| {
        check.disagrees("cumulative", format!("{} units", transcript.cumulative.total()), error)
    })?;
    check.ledgers("cumulative", &transcript.cumulative, &cumulative)?;
    let budget = view.plan.budget();
    if cumulative.total() > budget {
        let expected = format!("at most {budget} units (the plan's budget)");
        return Err(check.disagrees("cumulative", format!("{} units", cumulative.total()), expected));
    }
    check.agrees("budget", format!("{} of {budget} units", cumulative.total()));
    Ok(())
}

fn show(scores: &crate::scoring::GroupScores) -> String {
    format!("{:?}/{}", scores.numerators, scores.denominator)
}
