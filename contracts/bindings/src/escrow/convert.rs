//! Between this crate's types and the generated ones.

use crate::{
    Address, Claim, ConsentState, Enrolled, Launch, RosterStatus, Settlement, Standing, Study, StudyStatus,
    abi::escrow as abi,
};

/// None for the status `None`: there is no such study.
pub(crate) fn study(view: &abi::StudyView) -> Option<Study> {
    let status = match view.status {
        1 => StudyStatus::Open,
        2 => StudyStatus::Closed,
        _ => return None,
    };
    let roster = match view.roster {
        0 => RosterStatus::Settled,
        1 => RosterStatus::Changed,
        _ => RosterStatus::Sealed,
    };
    let consents = match view.consents {
        0 => ConsentState::Whole,
        1 => ConsentState::OneMore,
        _ => ConsentState::Stopped,
    };
    Some(Study {
        status,
        researcher: view.researcher.0,
        funder: view.funder.0,
        plan_digest: view.plan_digest,
        budget: view.budget,
        fee_bps: view.fee_bps,
        cumulative_payout: view.cumulative_payout,
        paid: view.paid,
        fee_paid: view.fee_paid,
        refunded: view.refunded,
        rounds: view.rounds,
        last_round: view.last_round,
        enrol_by: view.enrol_by,
        settle_by: view.settle_by,
        min_owners: view.min_owners,
        max_owners: view.max_owners,
        owner_count: view.owner_count,
        voter_count: view.voter_count,
        roster,
        late_enrolment: view.late_enrolment,
        allowed: view.allowed,
        scoring: view.scoring,
        consent_required: view.consent_required,
        consents,
        withdrawals: view.withdrawals,
        payouts_root: view.payouts_root,
    })
}

pub(super) fn enrolled(shown: &abi::Enrolled) -> Enrolled {
    Enrolled { owner: shown.owner.0, identity: shown.identity, sequence: shown.sequence, since: shown.since }
}

pub(crate) fn standing(shown: &abi::Enrolled) -> Standing {
    let Enrolled { owner, identity, sequence, since } = enrolled(shown);
    Standing { owner, identity: (identity != [0; 32]).then_some(identity), sequence, since }
}

/// Voters and their signatures, in the order the contract wants.
pub(super) fn ascending(
    signatures: &[(Address, Vec<u8>)],
) -> (Vec<ethers::types::Address>, Vec<ethers::types::Bytes>) {
    let mut signatures = signatures.to_vec();
    signatures.sort();
    signatures
        .into_iter()
        .map(|(owner, signature)| (ethers::types::Address::from(owner), signature.into()))
        .unzip()
}

pub(crate) fn launch(launch: &Launch) -> abi::Launch {
    abi::Launch {
        plan_digest: launch.plan_digest,
        budget: launch.budget,
        rounds: launch.rounds,
        enrol_by: launch.enrol_by,
        settle_by: launch.settle_by,
        min_owners: launch.min_owners,
        max_owners: launch.max_owners,
        salt: launch.salt,
        allowed: launch.allowed,
        late_enrolment: launch.late_enrolment,
        researcher: launch.researcher.into(),
        consent_required: launch.consent_required,
        scoring: launch.scoring,
        max_fee_bps: launch.max_fee_bps,
    }
}

pub(super) fn claim(claim: &Claim) -> abi::Claim {
    abi::Claim { owner: claim.owner.into(), cumulative: claim.cumulative, proof: claim.proof.clone() }
}

pub(super) fn settlement(settlement: &Settlement) -> abi::Settlement {
    let s = settlement;
    abi::Settlement {
        study: s.study,
        epoch: s.epoch,
        round: s.round,
        context: s.context,
        sums: s.sums,
        scores: s.scores,
        model: s.model,
        transcript: s.transcript,
        payouts_root: s.payouts_root,
        cumulative_payout: s.cumulative_payout,
    }
}
