//! Attacks by sealed seeds: a colluder presents a victim's secret as its own and stays offline, so that the committee opens it.

use rand07::rngs::OsRng;
use tributary_aggregation::committee::{Kind, SealContext, SealedSeed};
use tributary_aggregation::header::JoinHeader;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_proto::v1;
use tributary_proto::v1::event::Event as Wire;

use crate::heard::{At, cuts, joins, releases, reports, take_offline};
use crate::middle::Said;
use crate::puppeteer::{self, behind_its_back};
use crate::scene::Scene;
use crate::thief;

const VICTIM: usize = 0;
const COLLUDER: usize = 3;

/// A join header that the colluder has signed, with a sealed seed of anybody's.
fn forged_join(scene: &Scene, at: At, sealed_pair: Vec<u8>) -> v1::SignedJoin {
    let colluder = &scene.owners[COLLUDER];
    let context0 = joins(&scene.middle, at)[&colluder.id].context0.as_slice().try_into().unwrap();
    let header = JoinHeader { context0: Digest(context0), owner: colluder.id, sealed_pair };
    thief::of(colluder).sign(header).unwrap().into()
}

/// Shows everybody a cut in which the colluder is offline with this seed; all must refuse it for this reason.
async fn is_not_opened(scene: &Scene, at: At, cut: &v1::CutsProposed, sealed_pair: Vec<u8>, words: &str) {
    let mut cut = cut.clone();
    take_offline(&mut cut.cuts[0], forged_join(scene, at, sealed_pair));
    let before: Vec<usize> = scene.owners.iter().map(|owner| owner.refusals().len()).collect();
    for id in scene.ids() {
        scene.middle.invents(id, Wire::CutsProposed(cut.clone()));
    }
    for (number, before) in before.into_iter().enumerate() {
        let refused = || scene.owners[number].refusals().into_iter().nth(before);
        let reason = scene.until(words, refused).await;
        assert!(reason.contains(words), "{reason}");
    }
}

/// A study whose owners have all reported in the first attempt; the honest coordinator heard none of the reports.
async fn reported() -> Scene {
    let mut scene = Scene::new(4, 1).await;
    scene.middle.passes(|_, said| !matches!(said, Said::Report(_)) && behind_its_back(said));
    scene.start().await;
    scene.until("all have reported", || (reports(&scene.middle, (0, 1)).len() == 4).then_some(())).await;
    scene
}

fn victims_seeds(scene: &Scene, at: At) -> (Vec<u8>, Vec<u8>) {
    let victim: OwnerId = scene.ids()[VICTIM];
    let own = reports(&scene.middle, at)[&victim].sealed_self.clone();
    let pair = joins(&scene.middle, at)[&victim].sealed_pair.clone();
    (own, pair)
}

/// The cut that would be due if all who reported were online.
fn all_online(scene: &Scene, at: At) -> v1::CutsProposed {
    let online: Vec<_> = reports(&scene.middle, at).into_values().collect();
    let cut = v1::Cut { group: 0, context: online[0].context.clone(), online, offline: vec![] };
    v1::CutsProposed { round: at.0, attempt: at.1, cuts: vec![cut] }
}

/// The victim's own seed of this very round, which stands in the cut beside it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seed_copied_in_the_same_round_is_opened_by_nobody() {
    let scene = reported().await;
    let at = (0, 1);
    let cut = all_online(&scene, at);
    let (own, pair) = victims_seeds(&scene, at);
    is_not_opened(&scene, at, &cut, own, "was shown before").await;
    // The victim's pair seeds are not in the cut, as it is online: only the label tells whose they are.
    is_not_opened(&scene, at, &cut, pair, "was not sealed by it for this round").await;
    assert_eq!(releases(&scene.middle), []);
}

/// The victim's seeds of an attempt that was aborted, of which no member was shown a cut: no member has seen them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seed_copied_from_an_aborted_attempt_is_opened_by_nobody() {
    let scene = reported().await;
    let (own, pair) = victims_seeds(&scene, (0, 1));
    let at = (0, 2);
    let cut = puppeteer::attempt(&scene, at).await;
    for copied in [own, pair] {
        is_not_opened(&scene, at, &cut, copied, "was not sealed by it for this round").await;
    }
    assert_eq!(releases(&scene.middle), []);
}

/// The copy is changed in every part that might hide where it is from.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_modified_copy_is_opened_by_nobody() {
    let scene = reported().await;
    let (own, _) = victims_seeds(&scene, (0, 1));
    let at = (0, 2);
    let cut = puppeteer::attempt(&scene, at).await;
    // The colluder's own seed for this round, of which parts may be taken.
    let mine = joins(&scene.middle, at)[&scene.ids()[COLLUDER]].sealed_pair.clone();
    let (version, u, v, digest, label) = (0..1, 1..49, 49..81, 81..113, 113..209);
    assert_eq!((mine[version.clone()].len(), mine[u.clone()].len()), (1, 48));
    let mut mutants = Vec::new();
    // Its masked key, its key digest or its body with a bit flipped: U and its proof stay.
    for part in [v.clone(), digest.clone(), 209..210] {
        let mut copy = own.clone();
        copy[part.start] ^= 1;
        mutants.push(copy);
    }
    // The victim's ciphertext under the colluder's label, digest and body, in every mixture.
    for parts in [vec![label.clone()], vec![digest.clone(), label]] {
        let mut copy = own.clone();
        for part in parts {
            copy[part.clone()].copy_from_slice(&mine[part]);
        }
        mutants.push(copy);
    }
    let mut grafted = mine.clone();
    grafted[u.start..v.end].copy_from_slice(&own[u.start..v.end]);
    mutants.push(grafted);
    for mutant in mutants {
        is_not_opened(&scene, at, &cut, mutant, "was not sealed by it for this round").await;
    }
    assert_eq!(releases(&scene.middle), []);
}

/// The victim's seeds of a round that is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seed_copied_in_a_later_round_is_opened_by_nobody() {
    let mut scene = Scene::new(4, 1).await;
    scene.middle.passes(|_, said| !matches!(said, Said::Report(start) if start.round == 1));
    scene.start().await;
    let at = (1, 1);
    scene.until("all have reported", || (reports(&scene.middle, at).len() == 4).then_some(())).await;
    let (own, pair) = victims_seeds(&scene, (0, 1));
    let cut = all_online(&scene, at);
    is_not_opened(&scene, at, &cut, own, "was shown before").await;
    is_not_opened(&scene, at, &cut, pair, "was not sealed by it for this round").await;
    let first = scene.ids()[0];
    assert_eq!(scene.middle.honest(first, cuts).len(), 1, "of round 0");
    assert!(releases(&scene.middle).iter().all(|(_, release)| release.round == 0));
}

/// Bytes are cut off or added, and points are replaced by the identity.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seed_of_another_length_or_with_an_identity_point_is_opened_by_nobody() {
    let scene = reported().await;
    let at = (0, 1);
    let cut = all_online(&scene, at);
    let mine = joins(&scene.middle, at)[&scene.ids()[COLLUDER]].sealed_pair.clone();
    for other in [[mine.as_slice(), &[0]].concat(), mine[..mine.len() - 1].to_vec()] {
        is_not_opened(&scene, at, &cut, other, "was not sealed by it for this round").await;
    }
    is_not_opened(&scene, at, &cut, mine[..208].to_vec(), "the sealed seed in the join header").await;
    is_not_opened(&scene, at, &cut, mine[..214].to_vec(), "the sealed seed in the join header").await;
    for (from, length) in [(1, 48), (113, 96)] {
        let mut identity = mine.clone();
        identity[from..from + length].fill(0);
        identity[from] = 0xc0;
        is_not_opened(&scene, at, &cut, identity, "the sealed seed in the join header").await;
    }
    assert_eq!(releases(&scene.middle), []);
}

/// The control: what the colluder itself sealed for this round is opened, so it was not the forged signature that was refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_honest_seed_in_the_same_cut_is_opened() {
    let scene = reported().await;
    let at = (0, 1);
    let colluder = scene.ids()[COLLUDER];
    let context0 = joins(&scene.middle, at)[&colluder].context0.as_slice().try_into().unwrap();
    let context = SealContext { context: Digest(context0), owner: colluder, kind: Kind::Pair };
    let key = puppeteer::committee_key(&scene);
    let sealed = SealedSeed::seal(&key, &[7; 2 + 52 * 3], &context, &mut OsRng).unwrap();
    let mut cut = all_online(&scene, at);
    take_offline(&mut cut.cuts[0], forged_join(&scene, at, sealed.to_bytes()));
    for id in scene.ids() {
        scene.middle.invents(id, Wire::CutsProposed(cut.clone()));
    }
    scene.until("all release", || (releases(&scene.middle).len() == 4).then_some(())).await;
}
