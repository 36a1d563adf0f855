//! Attacks on the record, and so on money.

use serde_json::Value;
use tributary_proto::v1;
use tributary_proto::v1::event::Event as Wire;

use crate::heard::count;
use crate::middle::Said;
use crate::scene::Scene;

fn plus_one(value: &mut Value) {
    *value = match value {
        Value::Number(number) => (number.as_i64().unwrap() + 1).into(),
        Value::String(text) => (text.parse::<u128>().unwrap() + 1).to_string().into(),
        other => panic!("{other} is no number"),
    };
}

/// The transcripts of a round with one number changed, each in another place.
fn changed(honest: &[u8]) -> Vec<Vec<u8>> {
    let places: [&dyn Fn(&mut Value) -> &mut Value; 6] = [
        &|t| &mut t["payouts"][0]["amount"],
        &|t| &mut t["cumulative"][0]["amount"],
        &|t| &mut t["utilities"][1],
        &|t| &mut t["scores"]["numerators"][0],
        &|t| &mut t["round"],
        &|t| &mut t["attempt"],
    ];
    let change = |place: &&dyn Fn(&mut Value) -> &mut Value| {
        let mut transcript: Value = serde_json::from_slice(honest).unwrap();
        plus_one(place(&mut transcript));
        serde_json::to_vec_pretty(&transcript).unwrap()
    };
    places.iter().map(change).collect()
}

/// The proposed transcript has one number changed; nobody may sign it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_settlement_with_one_number_changed_is_signed_by_nobody() {
    let mut scene = Scene::new(3, 1).await;
    scene.middle.tells(|_, event| match event {
        Wire::SettlementProposed(honest) => changed(&honest.transcript)
            .into_iter()
            .map(|transcript| {
                Wire::SettlementProposed(v1::SettlementProposed { transcript, ..honest.clone() })
            })
            .collect(),
        event => vec![event],
    });
    scene.start().await;
    for number in 0..3 {
        let refused = || {
            let refusals = scene.owners[number].refusals();
            let of_these = refusals.iter().filter(|it| it.contains("the settlement does not agree"));
            (of_these.count() == 6).then_some(())
        };
        scene.until("all six are refused", refused).await;
    }
    assert_eq!(count(&scene.middle, |said| matches!(said, Said::Settlement(_))), 0);
}

/// The honest settlement is signed; a second one of the same round is not, though it says the same in other bytes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_settlement_of_a_round_is_signed_by_nobody() {
    let mut scene = Scene::new(3, 1).await;
    scene.middle.passes(|_, said| !matches!(said, Said::Settlement(_)));
    scene.middle.tells(|_, event| match event {
        Wire::SettlementProposed(honest) => {
            let transcript = [honest.transcript.as_slice(), b"\n"].concat();
            let second = v1::SettlementProposed { transcript, ..honest.clone() };
            vec![Wire::SettlementProposed(honest), Wire::SettlementProposed(second)]
        }
        event => vec![event],
    });
    scene.start().await;
    scene.all_refuse("another settlement of round 1 was signed before").await;
    assert_eq!(count(&scene.middle, |said| matches!(said, Said::Settlement(_))), 3, "one each");
}
