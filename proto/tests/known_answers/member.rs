//! `member.proto`.

use tributary_proto::v1::{self, member_message::Message};

use super::KnownAnswers;

pub(super) fn check(known: &mut KnownAnswers) {
    known.check("MemberMessage.genesis", v1::MemberMessage { message: Some(Message::Genesis(genesis())) });
    known.check("MemberMessage.dkg", v1::MemberMessage { message: Some(Message::Dkg(dkg_message())) });
    known.check("MemberMessage.handover", v1::MemberMessage { message: Some(Message::Handover(handover())) });
    known.check("Genesis", genesis());
    known.check("Handover", handover());
    known.check("OnlineSet", online_set(0));
    known.check("DkgMessage", dkg_message());
}

fn genesis() -> v1::Genesis {
    v1::Genesis { model_seed: vec![0x10; 32], holdout_salt: vec![0x20; 32], holdout: vec![0x30; 5] }
}

fn handover() -> v1::Handover {
    v1::Handover {
        epoch: 1000,
        genesis: Some(genesis()),
        started: true,
        finished: 4000,
        standardiser: vec![0x50; 5],
        model_state: vec![0x60; 5],
        answered: [0, 1].map(online_set).into(),
    }
}

fn online_set(more: u8) -> v1::OnlineSet {
    v1::OnlineSet { owners: vec![vec![0x10 + more; 20], vec![0x11 + more; 20]] }
}

fn dkg_message() -> v1::DkgMessage {
    v1::DkgMessage { epoch: 1000, run: 2000, message: vec![0x30; 5] }
}
