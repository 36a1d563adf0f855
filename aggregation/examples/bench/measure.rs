//! The clock, the median and the memory: what the library itself must not touch.

use rustix::time::{ClockId, Timespec, clock_gettime};

/// Seconds that this thread ran for `work`, and what it gives. Other programs do not count.
pub fn cpu_time<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let before = clock_gettime(ClockId::ThreadCPUTime);
    let outcome = work();
    (seconds(clock_gettime(ClockId::ThreadCPUTime)) - seconds(before), outcome)
}

fn seconds(time: Timespec) -> f64 {
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The least one: what the machine does when nobody else uses it.
pub fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// Forgets the process's peak memory, where the system allows it.
pub fn reset_peak_rss() {
    // Linux: "5" resets VmHWM. Elsewhere the peak is that of the whole run.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The process's peak memory in MiB, where the system tells it.
pub fn peak_rss_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some((kib / 1024.0 * 10.0).round() / 10.0)
}

/// Rounded to four digits after the point, for people.
pub fn round4(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
