//! Whatever the coordinator tells a member: an event of the log, its fields read as members read them.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use prost::Message as _;
use tributary_proto::decode::{self, Cut, DecodeError, Group, PublishedSum, RosterChange};
use tributary_proto::v1::event::Event;
use tributary_proto::{encode, v1};

fuzz_target!(|data: &[u8]| {
    let Ok(event) = v1::Event::decode(data) else { return };
    assert_eq!(v1::Event::decode(event.encode_to_vec().as_slice()).as_ref(), Ok(&event));
    if let Some(event) = event.event {
        let _ = read(event);
    }
});

fn read(event: Event) -> Result<(), DecodeError> {
    match event {
        Event::EnrolmentClosed(event) => {
            for enrolled in event.owners {
                decode::owner("enrolled.owner", &enrolled.owner)?;
            }
        }
        Event::MlsMessage(event) => drop(decode::owner("message.sender", &event.sender)?),
        Event::CommitteeRegistered(event) => {
            decode::array::<48>("public_key", &event.public_key)?;
            decode::ascending_owners("members", &event.members)?;
            decode::digest("transaction", &event.transaction)?;
        }
        Event::RoundAnnounced(event) => {
            let owners = decode::ascending_owners("candidates", &event.candidates)?;
            assert_eq!(encode::owners(&owners), event.candidates);
        }
        Event::RoundOpened(event) => {
            decode::array::<96>("beacon", &event.beacon)?;
            groups(event.groups)?;
        }
        Event::RostersFixed(event) => groups(event.rosters)?,
        Event::CutsProposed(event) => {
            event.cuts.into_iter().try_for_each(there_and_back::<v1::Cut, Cut>)?;
        }
        Event::SumsPublished(event) => {
            event.sums.into_iter().try_for_each(there_and_back::<v1::PublishedSum, PublishedSum>)?;
        }
        Event::RosterChanging(event) => drop(RosterChange::try_from(event)?),
        Event::RemovalProposed(event) => drop(decode::owner("owner", &event.owner)?),
        Event::MaskGraphDrawn(event) => drop(decode::array::<96>("beacon", &event.beacon)?),
        Event::RoundSettled(event) => drop(decode::digest("transcript", &event.transcript)?),
        Event::RoundAborted(event) => drop(decode::ascending_owners("absent", &event.absent)?),
        Event::MlsWelcome(_)
        | Event::SettlementProposed(_)
        | Event::StudyEnded(_)
        | Event::CommitteeDeadline(_) => {}
    }
    Ok(())
}

fn groups(wire: Vec<v1::Group>) -> Result<(), DecodeError> {
    let groups = decode::groups("groups", &wire)?;
    let again: Vec<v1::Group> = groups.into_iter().map(<Group as Into<v1::Group>>::into).collect();
    assert_eq!(again, wire);
    Ok(())
}

/// What is read from the wire goes onto the wire as it was.
fn there_and_back<W, D>(wire: W) -> Result<(), DecodeError>
where
    W: Clone + PartialEq + Debug + From<D>,
    D: TryFrom<W, Error = DecodeError>,
{
    let domain = D::try_from(wire.clone())?;
    assert_eq!(W::from(domain), wire);
    Ok(())
}
