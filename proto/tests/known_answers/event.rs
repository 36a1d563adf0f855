//! `event.proto`.

use tributary_proto::v1::{self, event::Event};

use super::KnownAnswers;

pub(super) fn check(known: &mut KnownAnswers) {
    known.check("Event.enrolment_closed", event(Event::EnrolmentClosed(enrolment_closed())));
    known.check("Event.mls_welcome", event(Event::MlsWelcome(mls_welcome())));
    known.check("Event.mls_message", event(Event::MlsMessage(mls_message())));
    known.check("Event.committee_registered", event(Event::CommitteeRegistered(committee_registered())));
    known.check("Event.round_announced", event(Event::RoundAnnounced(round_announced())));
    known.check("Event.round_opened", event(Event::RoundOpened(round_opened())));
    known.check("Event.rosters_fixed", event(Event::RostersFixed(rosters_fixed())));
    known.check("Event.cuts_proposed", event(Event::CutsProposed(cuts_proposed())));
    known.check("Event.sums_published", event(Event::SumsPublished(sums_published())));
    known.check("Event.settlement_proposed", event(Event::SettlementProposed(settlement_proposed())));
    known.check("Event.round_settled", event(Event::RoundSettled(round_settled())));
    known.check("Event.round_aborted", event(Event::RoundAborted(round_aborted())));
    known.check("Event.study_ended", event(Event::StudyEnded(study_ended())));
    known.check("Event.roster_changing", event(Event::RosterChanging(roster_changing())));
    known.check("Event.committee_deadline", event(Event::CommitteeDeadline(committee_deadline())));
    known.check("Event.removal_proposed", event(Event::RemovalProposed(removal_proposed())));
    known.check("Event.mask_graph_drawn", event(Event::MaskGraphDrawn(mask_graph_drawn())));
    known.check("EnrolmentClosed", enrolment_closed());
    known.check("Enrolled", enrolled(0));
    known.check("MlsWelcome", mls_welcome());
    known.check("MlsMessage", mls_message());
    known.check("CommitteeRegistered", committee_registered());
    known.check("RosterChanging", roster_changing());
    known.check("CommitteeDeadline", committee_deadline());
    known.check("RemovalProposed", removal_proposed());
    known.check("MaskGraphDrawn", mask_graph_drawn());
    known.check("RoundAnnounced", round_announced());
    known.check("RoundOpened", round_opened());
    known.check("Group", group(0));
    known.check("RostersFixed", rosters_fixed());
    known.check("CutsProposed", cuts_proposed());
    known.check("Cut", cut(0));
    known.check("SignedJoin", signed_join(0));
    known.check("SignedReport", signed_report(0));
    known.check("SumsPublished", sums_published());
    known.check("PublishedSum", published_sum(0));
    known.check("SettlementProposed", settlement_proposed());
    known.check("RoundSettled", round_settled());
    known.check("RoundAborted", round_aborted());
    known.check("StudyEnded", study_ended());
}

fn event(event: Event) -> v1::Event {
    v1::Event { seq: 1000, event: Some(event) }
}

fn enrolment_closed() -> v1::EnrolmentClosed {
    v1::EnrolmentClosed { owners: [0, 1].map(enrolled).into() }
}

fn enrolled(more: u8) -> v1::Enrolled {
    v1::Enrolled { owner: vec![0x10 + more; 20], key_package: vec![0x20 + more; 5] }
}

fn mls_welcome() -> v1::MlsWelcome {
    v1::MlsWelcome { epoch: 1000, welcome: vec![0x20; 5] }
}

fn mls_message() -> v1::MlsMessage {
    v1::MlsMessage { sender: vec![0x10; 20], message: vec![0x20; 5] }
}

fn committee_registered() -> v1::CommitteeRegistered {
    v1::CommitteeRegistered {
        epoch: 1000,
        public_key: vec![0x20; 48],
        transaction: vec![0x30; 32],
        committee_key: vec![0x40; 48],
        members: vec![vec![0x50; 20], vec![0x51; 20]],
    }
}

fn roster_changing() -> v1::RosterChanging {
    v1::RosterChanging {
        epoch: 1000,
        committer: vec![0x20; 20],
        added: [0, 1].map(enrolled).into(),
        removed: vec![vec![0x40; 20], vec![0x41; 20]],
    }
}

fn committee_deadline() -> v1::CommitteeDeadline {
    v1::CommitteeDeadline { epoch: 1000, number: 2000 }
}

fn removal_proposed() -> v1::RemovalProposed {
    v1::RemovalProposed { owner: vec![0x10; 20], sequence: 2000, reason: "reason".into() }
}

fn mask_graph_drawn() -> v1::MaskGraphDrawn {
    v1::MaskGraphDrawn { round: 1000, attempt: 2000, beacon: vec![0x30; 96] }
}

fn round_announced() -> v1::RoundAnnounced {
    v1::RoundAnnounced {
        round: 1000,
        attempt: 2000,
        epoch: 3000,
        candidates: vec![vec![0x40; 20], vec![0x41; 20]],
    }
}

fn round_opened() -> v1::RoundOpened {
    v1::RoundOpened { round: 1000, attempt: 2000, beacon: vec![0x30; 96], groups: [0, 1].map(group).into() }
}

fn group(more: u8) -> v1::Group {
    v1::Group { index: 1000 + u32::from(more), owners: vec![vec![0x20 + more; 20], vec![0x21 + more; 20]] }
}

fn rosters_fixed() -> v1::RostersFixed {
    v1::RostersFixed { round: 1000, attempt: 2000, rosters: [0, 1].map(group).into() }
}

fn cuts_proposed() -> v1::CutsProposed {
    v1::CutsProposed { round: 1000, attempt: 2000, cuts: [0, 1].map(cut).into() }
}

fn cut(more: u8) -> v1::Cut {
    v1::Cut {
        group: 1000 + u32::from(more),
        context: vec![0x20 + more; 32],
        online: [0, 1].map(signed_report).into(),
        offline: [0, 1].map(signed_join).into(),
    }
}

pub(super) fn signed_join(more: u8) -> v1::SignedJoin {
    v1::SignedJoin {
        context0: vec![0x10 + more; 32],
        owner: vec![0x20 + more; 20],
        sealed_pair: vec![0x30 + more; 5],
        signature: vec![0x40 + more; 64],
    }
}

pub(super) fn signed_report(more: u8) -> v1::SignedReport {
    v1::SignedReport {
        context: vec![0x10 + more; 32],
        owner: vec![0x20 + more; 20],
        sealed_self: vec![0x30 + more; 5],
        update: vec![0x40 + more; 32],
        signature: vec![0x50 + more; 64],
    }
}

fn sums_published() -> v1::SumsPublished {
    v1::SumsPublished { round: 1000, attempt: 2000, sums: [0, 1].map(published_sum).into() }
}

fn published_sum(more: u8) -> v1::PublishedSum {
    v1::PublishedSum {
        group: 1000 + u32::from(more),
        context: vec![0x20 + more; 32],
        roster: vec![vec![0x30 + more; 20], vec![0x31 + more; 20]],
        online: vec![vec![0x40 + more; 20], vec![0x41 + more; 20]],
        sum: vec![0x50 + more; 32],
        cut: vec![0x60 + more; 32],
        certificate: vec![0x70 + more; 96],
    }
}

fn settlement_proposed() -> v1::SettlementProposed {
    v1::SettlementProposed { round: 1000, attempt: 2000, transcript: vec![0x30; 5] }
}

fn round_settled() -> v1::RoundSettled {
    v1::RoundSettled { round: 1000, transaction: vec![0x20; 32], gas_used: 3000, transcript: vec![0x40; 32] }
}

fn round_aborted() -> v1::RoundAborted {
    v1::RoundAborted {
        round: 1000,
        attempt: 2000,
        reason: "reason".into(),
        absent: vec![vec![0x40; 20], vec![0x41; 20]],
    }
}

fn study_ended() -> v1::StudyEnded {
    v1::StudyEnded { completed: true, reason: "reason".into() }
}
