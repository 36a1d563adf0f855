//! Picking out of events and requests what the attacks need.

use std::collections::BTreeMap;

use tributary_aggregation::ids::OwnerId;
use tributary_proto::v1;
use tributary_proto::v1::event::Event as Wire;

use crate::middle::{Middle, Said};

/// A round's attempt.
pub type At = (u64, u32);

/// The join headers that owners sent in an attempt.
pub fn joins(middle: &Middle, at: At) -> BTreeMap<OwnerId, v1::SignedJoin> {
    let of_this = |from, said: &Said| match said {
        Said::Join(join) if (join.round, join.attempt) == at => Some((from, join.join.clone().unwrap())),
        _ => None,
    };
    middle.heard(of_this).into_iter().collect()
}

/// The report headers that owners sent in an attempt.
pub fn reports(middle: &Middle, at: At) -> BTreeMap<OwnerId, v1::SignedReport> {
    let of_this = |from, said: &Said| match said {
        Said::Report(start) if (start.round, start.attempt) == at => {
            Some((from, start.report.clone().unwrap()))
        }
        _ => None,
    };
    middle.heard(of_this).into_iter().collect()
}

/// The answers to cuts, in order.
pub fn releases(middle: &Middle) -> Vec<(OwnerId, v1::ReleaseRequest)> {
    middle.heard(|from, said| match said {
        Said::Release(release) => Some((from, release.clone())),
        _ => None,
    })
}

/// The shares of beacons that owners gave, in order: who, and of what round and attempt.
pub fn beacon_shares(middle: &Middle) -> Vec<(OwnerId, At)> {
    middle.heard(|from, said| match said {
        Said::Beacon(share) => Some((from, (share.round, share.attempt))),
        _ => None,
    })
}

/// How often members said something of a kind.
pub fn count(middle: &Middle, kind: impl Fn(&Said) -> bool) -> usize {
    middle.heard(|_, said| kind(said).then_some(())).len()
}

pub fn announced(event: &Wire) -> Option<v1::RoundAnnounced> {
    match event {
        Wire::RoundAnnounced(announced) => Some(announced.clone()),
        _ => None,
    }
}

pub fn cuts(event: &Wire) -> Option<v1::CutsProposed> {
    match event {
        Wire::CutsProposed(cuts) => Some(cuts.clone()),
        _ => None,
    }
}

pub fn published(event: &Wire) -> Option<v1::SumsPublished> {
    match event {
        Wire::SumsPublished(sums) => Some(sums.clone()),
        _ => None,
    }
}

/// In a cut, an owner that reported is said to be offline.
pub fn take_offline(cut: &mut v1::Cut, join: v1::SignedJoin) {
    cut.online.retain(|report| report.owner != join.owner);
    cut.offline.push(join);
    cut.offline.sort_by(|one, other| one.owner.cmp(&other.owner));
}
