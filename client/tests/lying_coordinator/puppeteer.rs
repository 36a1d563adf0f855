//! An attempt that the liar runs on its own, behind the honest coordinator's back.

use std::collections::BTreeMap;

use tributary_aggregation::committee::beacon::{beacon_message, candidates_digest};
use tributary_aggregation::committee::{CommitteeKey, CommitteeParams, Purpose, SignatureShare};
use tributary_aggregation::groups::assign_groups;
use tributary_proto::v1::event::Event as Wire;
use tributary_proto::{encode, v1};

use crate::heard::{At, joins, reports};
use crate::middle::Said;
use crate::scene::Scene;

/// The only epoch.
const EPOCH: u64 = 1;

fn tell_all(scene: &Scene, event: &Wire) {
    for id in scene.ids() {
        scene.middle.invents(id, event.clone());
    }
}

/// The committee's key, as members sent it in.
pub fn committee_key(scene: &Scene) -> CommitteeKey {
    let signed = scene.middle.heard(|_, said| match said {
        Said::Committee(signed) => Some(signed.clone()),
        _ => None,
    });
    let params = CommitteeParams::new(signed[0].members.len()).unwrap();
    CommitteeKey::from_bytes(params, &signed[0].committee_key).unwrap()
}

/// Pretends that the attempt before was aborted, and runs this one with everybody in one group until all have reported.
/// Returns the cut that would be due. The honest coordinator must hear nothing of it: see [`behind_its_back`].
pub async fn attempt(scene: &Scene, at: At) -> v1::CutsProposed {
    let ((round, attempt), ids) = (at, scene.ids());
    let reason = "never mind".to_owned();
    tell_all(
        scene,
        &Wire::RoundAborted(v1::RoundAborted { round, attempt: attempt - 1, reason, absent: vec![] }),
    );
    let candidates = encode::owners(&ids);
    tell_all(scene, &Wire::RoundAnnounced(v1::RoundAnnounced { round, attempt, epoch: EPOCH, candidates }));

    let shares = || {
        let of_this = |from, said: &Said| match said {
            Said::Beacon(share) if (share.round, share.attempt) == at => {
                let index = ids.iter().position(|id| *id == from).unwrap() as u64;
                let bytes = share.share.as_slice();
                Some((index, SignatureShare::from_bytes(bytes).unwrap()))
            }
            _ => None,
        };
        let shares: BTreeMap<_, _> = scene.middle.heard(of_this).into_iter().collect();
        (shares.len() == ids.len()).then_some(shares)
    };
    let shares = scene.until("all give a share of the beacon", shares).await;
    let message = beacon_message(scene.house.study, EPOCH, round, attempt, candidates_digest(&ids));
    let combined = committee_key(scene).combine(Purpose::Beacon, &message, &shares).unwrap();
    let beacon = combined.certificate.to_bytes();
    let groups: Vec<v1::Group> = (0..)
        .zip(assign_groups(&beacon, &ids, 2, 1))
        .map(|(index, owners)| v1::Group { index, owners: encode::owners(&owners) })
        .collect();
    let opened = v1::RoundOpened { round, attempt, beacon: beacon.to_vec(), groups: groups.clone() };
    tell_all(scene, &Wire::RoundOpened(opened));

    let joined = || (joins(&scene.middle, at).len() == ids.len()).then_some(());
    scene.until("all have joined", joined).await;
    tell_all(scene, &Wire::RostersFixed(v1::RostersFixed { round, attempt, rosters: groups }));
    let reported = || Some(reports(&scene.middle, at)).filter(|reports| reports.len() == ids.len());
    let online: Vec<_> = scene.until("all have reported", reported).await.into_values().collect();
    let cut = v1::Cut { group: 0, context: online[0].context.clone(), online, offline: vec![] };
    v1::CutsProposed { round, attempt, cuts: vec![cut] }
}

/// Whether something may get to the honest coordinator: nothing of a later attempt than the first.
pub fn behind_its_back(said: &Said) -> bool {
    match said {
        Said::Beacon(share) => share.attempt == 1,
        Said::Join(join) => join.attempt == 1,
        Said::Report(start) => start.attempt == 1,
        Said::Release(release) => release.attempt == 1,
        _ => true,
    }
}
