//! Histogram boundaries, chosen by an instrument's unit.
//!
//! OpenTelemetry's default boundaries (0 … 10 000) suit milliseconds: in seconds nearly every value lands in one bucket.

use opentelemetry_sdk::metrics::{Aggregation, Instrument, InstrumentKind, Stream};

/// Upper bounds for histograms with the unit `s` (seconds): from one call to the slowest site's round.
pub const SECONDS: [f64; 20] = [
    0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
    600.0, 1_800.0, 3_600.0,
];

/// Upper bounds for histograms with the unit `By` (bytes): 256 B to 4 GiB by factors of four.
pub const BYTES: [f64; 13] = [
    256.0,
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
    268_435_456.0,
    1_073_741_824.0,
    4_294_967_296.0,
];

/// A view for the meter provider. Units are UCUM codes, as OpenTelemetry's conventions want them.
pub(crate) fn boundaries(instrument: &Instrument) -> Option<Stream> {
    if instrument.kind() != InstrumentKind::Histogram {
        return None;
    }
    let boundaries = match instrument.unit() {
        "s" => SECONDS.to_vec(),
        "By" => BYTES.to_vec(),
        _ => return None,
    };
    let aggregation = Aggregation::ExplicitBucketHistogram { boundaries, record_min_max: true };
    Stream::builder().with_aggregation(aggregation).build().ok()
}
