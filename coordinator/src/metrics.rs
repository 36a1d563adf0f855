//! What is counted and timed. Names and sizes only; nothing of what owners send.

use opentelemetry::metrics::{Counter, Histogram};
use opentelemetry::{KeyValue, global};

use crate::rounds::{Effect, Millis, Study};

/// The coordinator's instruments.
#[derive(Debug, Clone)]
pub struct Metrics {
    phase_seconds: Histogram<f64>,
    report_bytes: Histogram<u64>,
    aborts: Counter<u64>,
    rejections: Counter<u64>,
    errands: Counter<u64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let meter = global::meter("tributary-coordinator");
        Self {
            phase_seconds: meter
                .f64_histogram("tributary.phase.duration")
                .with_unit("s")
                .with_description("How long a study was in a phase")
                .with_boundaries(tributary_telemetry::SECONDS.to_vec())
                .build(),
            report_bytes: meter
                .u64_histogram("tributary.report.size")
                .with_unit("By")
                .with_description("Size of an accepted masked update")
                .with_boundaries(tributary_telemetry::BYTES.to_vec())
                .build(),
            aborts: meter
                .u64_counter("tributary.round.aborts")
                .with_description("Attempts at a round that were aborted")
                .build(),
            rejections: meter
                .u64_counter("tributary.rejections")
                .with_description("Messages refused by protocol")
                .build(),
            errands: meter
                .u64_counter("tributary.errands")
                .with_description("Errands carried out on the chain or in the artifact store")
                .build(),
        }
    }
}

impl Metrics {
    /// A step: phases that were left, attempts that were aborted.
    pub fn step(
        &self,
        before: &Study,
        after: &Study,
        since: Option<Millis>,
        now: Millis,
        effects: &[Effect],
    ) {
        if let (true, Some(since)) = (before.phase.name() != after.phase.name(), since) {
            let seconds = now.saturating_sub(since) as f64 / 1000.0;
            self.phase_seconds.record(seconds, &[KeyValue::new("phase", before.phase.name())]);
        }
        let aborted = effects.iter().filter(|effect| is_abort(effect)).count();
        if aborted > 0 {
            self.aborts.add(aborted as u64, &[KeyValue::new("phase", before.phase.name())]);
        }
    }

    /// A refused message.
    pub fn rejection(&self, what: &'static str) {
        self.rejections.add(1, &[KeyValue::new("what", what)]);
    }

    /// An accepted report.
    pub fn report(&self, bytes: u64) {
        self.report_bytes.record(bytes, &[]);
    }

    /// An errand that was tried.
    pub fn errand(&self, what: &'static str, outcome: &'static str) {
        self.errands.add(1, &[KeyValue::new("what", what), KeyValue::new("outcome", outcome)]);
    }
}

fn is_abort(effect: &Effect) -> bool {
    use tributary_proto::v1::event::Event;
    matches!(effect, Effect::Append { event: Event::RoundAborted(_), .. })
}
