//! Checks of the candidates, the beacon and the groups' cuts.

use super::check::{Check, Disagreement};
use super::record::{GroupRecord, RoundTranscript};
use super::verify::{GroupView, PublicView};
use crate::committee::beacon::{beacon_message, candidates_digest};
use crate::committee::{Certificate, Purpose};
use crate::groups::assign_groups;
use crate::header::CutContent;
use crate::ids::{Digest, OwnerId};

/// Checks candidates and beacon, and gives the groups that the beacon makes.
pub(super) fn check_beacon(
    check: &mut Check,
    transcript: &RoundTranscript,
    view: &PublicView<'_>,
) -> Result<Vec<Vec<OwnerId>>, Disagreement> {
    let candidates = &transcript.candidates;
    check.owners("candidates", candidates, |owner| view.owners.contains(owner), "enrolled owners")?;
    check.agrees("candidates", format!("{} of {} enrolled owners", candidates.len(), view.owners.len()));

    let message = beacon_message(
        transcript.study,
        transcript.epoch,
        transcript.round,
        transcript.attempt,
        candidates_digest(candidates),
    );
    check_certificate(check, "beacon", view, Purpose::Beacon, &message, &transcript.beacon.0)?;

    let aggregation = &view.plan.aggregation;
    let max_groups = view.plan.max_groups(transcript.round);
    let assigned = assign_groups(&transcript.beacon.0, candidates, aggregation.min_group, max_groups);
    if assigned.is_empty() {
        let expected = format!("at least {} (aggregation.min_group)", aggregation.min_group);
        return Err(check.disagrees("candidates", format!("{} candidates", candidates.len()), expected));
    }
    check.equal("groups.len", transcript.groups.len(), assigned.len())?;
    Ok(assigned)
}

/// Checks one group: its roster, its cut and the cut's certificate.
pub(super) fn check_group(
    check: &mut Check,
    transcript: &RoundTranscript,
    view: &PublicView<'_>,
    known: Option<&GroupView>,
    place: usize,
    assigned: &[OwnerId],
) -> Result<(), Disagreement> {
    let Some(group) = transcript.groups.get(place) else {
        return Err(check.disagrees(format!("groups[{place}]"), "no group", "a group"));
    };
    let field = |name: &str| format!("groups[{place}].{name}");
    check.equal(&field("index"), usize::from(group.index), place)?;
    if let Some(known) = known {
        check.equal(&field("context"), group.context, known.context)?;
        check.equal(&field("sum"), group.sum, known.sum)?;
    }
    let roster = field("roster");
    check.owners(
        &roster,
        &group.roster,
        |owner| assigned.contains(owner),
        "owners that the beacon assigned",
    )?;
    let stayed_away: Vec<String> =
        assigned.iter().filter(|owner| !group.roster.contains(owner)).map(ToString::to_string).collect();
    check.agrees(
        roster,
        match stayed_away.as_slice() {
            [] => format!("all {} assigned owners joined", assigned.len()),
            absent => format!("did not join: {}", absent.join(", ")),
        },
    );
    check_cut(check, transcript, view, group, &field)
}

fn check_cut(
    check: &mut Check,
    transcript: &RoundTranscript,
    view: &PublicView<'_>,
    group: &GroupRecord,
    field: &dyn Fn(&str) -> String,
) -> Result<(), Disagreement> {
    let online: Vec<(OwnerId, Digest)> = group.online.iter().map(|o| (o.owner, o.report)).collect();
    let offline: Vec<(OwnerId, Digest)> = group.offline.iter().map(|o| (o.owner, o.join)).collect();
    for (name, side) in [("online", &online), ("offline", &offline)] {
        let owners: Vec<OwnerId> = side.iter().map(|&(owner, _)| owner).collect();
        check.owners(&field(name), &owners, |owner| group.roster.contains(owner), "owners of the roster")?;
    }
    for owner in &group.roster {
        let is_in = |side: &[(OwnerId, Digest)]| side.iter().any(|(listed, _)| listed == owner);
        match (is_in(&online), is_in(&offline)) {
            (true, true) => {
                let stated = format!("{owner} also stands in online");
                return Err(check.disagrees(field("offline"), stated, "either online or offline"));
            }
            (false, false) => {
                let stated = format!("{owner} is neither online nor offline");
                return Err(check.disagrees(field("online"), stated, "one of the two for all of the roster"));
            }
            _ => {}
        }
    }
    let min_group = view.plan.aggregation.min_group;
    if online.len() < usize::from(min_group) {
        let expected = format!("at least {min_group} (aggregation.min_group)");
        return Err(check.disagrees(field("online"), format!("{} owners", online.len()), expected));
    }
    check.agrees(field("online"), format!("{} of {} owners of the roster", online.len(), group.roster.len()));
    let reasons = group.offline.iter().map(|o| format!("{} ({:?})", o.owner, o.reason)).collect::<Vec<_>>();
    let cut = if reasons.is_empty() { "nobody".to_owned() } else { reasons.join(", ") };
    check.agrees(field("offline"), cut);

    let content = CutContent {
        epoch: transcript.epoch,
        round: transcript.round,
        attempt: transcript.attempt,
        group: group.index,
        context: group.context,
        online: &online,
        offline: &offline,
    };
    check_certificate(
        check,
        &field("certificate"),
        view,
        Purpose::Cut,
        &content.digest(),
        &group.certificate.0,
    )
}

fn check_certificate(
    check: &mut Check,
    field: &str,
    view: &PublicView<'_>,
    purpose: Purpose,
    message: &Digest,
    bytes: &[u8; 96],
) -> Result<(), Disagreement> {
    let due = || format!("the committee's {purpose:?} signature on {message}");
    match Certificate::from_bytes(bytes) {
        Err(error) => Err(check.disagrees(field, error, due())),
        Ok(certificate) if view.committee_key.verify(purpose, message, &certificate) => {
            check.agrees(field, due());
            Ok(())
        }
        Ok(certificate) => Err(check.disagrees(field, format!("{certificate:?}"), due())),
    }
}
