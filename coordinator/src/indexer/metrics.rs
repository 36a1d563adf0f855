//! What is counted of following the chain.

use opentelemetry::global;
use opentelemetry::metrics::{Counter, Gauge};

/// The indexer's instruments.
#[derive(Debug, Clone)]
pub(super) struct Metrics {
    height: Gauge<u64>,
    lag: Gauge<u64>,
    reorgs: Counter<u64>,
    events: Counter<u64>,
    failures: Counter<u64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let meter = global::meter("tributary-coordinator");
        Self {
            height: meter
                .u64_gauge("tributary.index.height")
                .with_description("The last block whose logs are stored")
                .build(),
            lag: meter
                .u64_gauge("tributary.index.lag")
                .with_description("Blocks of the chain whose logs are not stored yet")
                .build(),
            reorgs: meter
                .u64_counter("tributary.index.reorgs")
                .with_description("How often stored blocks were replaced by others")
                .build(),
            events: meter
                .u64_counter("tributary.index.events")
                .with_description("Logs that were stored")
                .build(),
            failures: meter
                .u64_counter("tributary.index.failures")
                .with_description("Looks at the chain that failed")
                .build(),
        }
    }
}

impl Metrics {
    /// Where the chain is, and how far it is stored.
    pub(super) fn place(&self, head: u64, tip: u64) {
        self.height.record(tip, &[]);
        self.lag.record(head.saturating_sub(tip), &[]);
    }

    pub(super) fn stored(&self, events: usize) {
        self.events.add(events as u64, &[]);
    }

    pub(super) fn reorg(&self) {
        self.reorgs.add(1, &[]);
    }

    pub(super) fn failure(&self) {
        self.failures.add(1, &[]);
    }
}
