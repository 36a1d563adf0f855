//! Values that people and other programs write as text: ids, terms, amounts, settings. The first byte says which.
#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::study::{Disease, Duo, PurposeTerm};
use tributary_devchain::parse_fund;
use tributary_fuzz::choice;
use tributary_fuzz_client::catalog::Condition;
use tributary_fuzz_client::governance::spending;
use tributary_proto::decode;
use tributary_storage::ArtifactId;
use tributary_telemetry::{Exporter, LogFormat, TelemetryConfig};

fuzz_target!(|data: &[u8]| {
    let Some((which, bytes)) = choice(data) else { return };
    let Ok(text) = str::from_utf8(bytes) else { return };
    match which % 14 {
        0 => there_and_back::<OwnerId>(text),
        1 => there_and_back::<Digest>(text),
        2 => there_and_back::<StudyId>(text),
        3 => {
            there_and_back::<ArtifactId>(text);
            // There is one text for one artifact.
            if let Ok(id) = text.parse::<ArtifactId>() {
                assert_eq!(id.to_string(), text);
            }
        }
        4 => there_and_back::<Duo>(text),
        5 => there_and_back::<Disease>(text),
        6 => there_and_back::<PurposeTerm>(text),
        7 => there_and_back::<LogFormat>(text),
        8 => there_and_back::<Exporter>(text),
        9 => {
            if let Ok(term) = Duo::named(text) {
                assert_eq!(Duo::named(term.shorthand()), Ok(term));
            }
            drop(text.parse::<Condition>());
        }
        10 => drop(spending(text)),
        11 => drop(parse_fund(text)),
        12 => {
            if let Ok(Some(number)) = decode::number("number", text.to_owned()) {
                assert_eq!(number, text);
            }
        }
        _ => {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            let config =
                TelemetryConfig::from_settings("fuzz", |asked| (asked == name).then(|| value.to_owned()));
            if let Err(problem) = config {
                assert!(problem.to_string().contains(name));
            }
        }
    }
});

fn there_and_back<T: FromStr + Display + PartialEq + Debug>(text: &str)
where
    T::Err: Debug + Display,
{
    match text.parse::<T>() {
        Err(problem) => drop(problem.to_string()),
        Ok(value) => assert_eq!(value.to_string().parse::<T>().expect("what was written"), value),
    }
}
