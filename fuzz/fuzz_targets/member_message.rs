//! What members tell each other inside the group: any of them may lie.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prost::Message as _;
use tributary_aggregation::committee::{CommitteeParams, DkgMessage};
use tributary_aggregation::optimizer::ModelState;
use tributary_proto::decode;
use tributary_proto::v1::MemberMessage;
use tributary_proto::v1::member_message::Message;

fuzz_target!(|data: &[u8]| {
    let Ok(message) = MemberMessage::decode(data) else { return };
    assert_eq!(MemberMessage::decode(message.encode_to_vec().as_slice()).as_ref(), Ok(&message));
    match message.message {
        Some(Message::Genesis(genesis)) => {
            let _ = decode::array::<32>("genesis.model_seed", &genesis.model_seed);
            let _ = decode::array::<32>("genesis.holdout_salt", &genesis.holdout_salt);
        }
        Some(Message::Dkg(dkg)) => {
            let params = CommitteeParams::new(4).expect("four are a committee");
            if let Ok(message) = DkgMessage::from_bytes(&dkg.message, params) {
                assert_eq!(message.to_bytes(), dkg.message);
            }
        }
        Some(Message::Handover(handover)) => {
            let _ = decode::online_sets("handover.answered", &handover.answered);
            if let Ok(state) = ModelState::decode(&handover.model_state) {
                assert_eq!(state.encode(), handover.model_state);
            }
        }
        None => {}
    }
});
