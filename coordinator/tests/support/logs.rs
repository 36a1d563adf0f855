//! Everything that this process logs, for a test to search.

use std::io;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ONCE: Once = Once::new();

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        log().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Make;

impl<'a> MakeWriter<'a> for Make {
    type Writer = Writer;

    fn make_writer(&'a self) -> Writer {
        Writer
    }
}

/// Begins to collect, at the most talkative level.
pub fn collect() {
    ONCE.call_once(|| {
        let filter = EnvFilter::new("info,tributary=trace,tributary_coordinator=trace,sqlx=trace");
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Make).init();
    });
}

/// What was logged so far.
pub fn log() -> MutexGuard<'static, Vec<u8>> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}
