//! What came of it: a table for people, one column a run, and the same figures as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::duration::show;
use crate::tally::Counts;

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All requests were made.
    Complete,
    /// `--duration` was over.
    TimeUp,
    /// Ctrl-C.
    Interrupted,
}

impl Ending {
    const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::TimeUp => "time up",
            Self::Interrupted => "interrupted",
        }
    }
}

/// The result of one run.
#[derive(Debug)]
pub struct Report {
    /// The runtime.
    pub name: String,
    pub ending: Ending,
    pub elapsed: Duration,
    pub counts: Counts,
}

/// The percentiles that are reported.
const PERCENTILES: [(&str, f64); 5] = [("p50", 50.0), ("p90", 90.0), ("p99", 99.0), ("p99.9", 99.9), ("max", 100.0)];

impl Report {
    /// Requests that were in flight when the run ended, and neither succeeded nor failed.
    pub fn cut_off(&self) -> u64 {
        self.counts.started - self.counts.finished()
    }

    /// Successful requests per second.
    pub fn throughput(&self) -> f64 {
        self.counts.succeeded as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// The latency at a percentile, if anything succeeded.
    pub fn latency(&self, percentile: f64) -> Option<Duration> {
        let latencies = &self.counts.latencies;
        // The upper end of the bucket may lie above anything that was seen.
        let micros = latencies.value_at_percentile(percentile).min(latencies.max());
        (!latencies.is_empty()).then(|| Duration::from_micros(micros))
    }

    /// The figures as JSON; durations in milliseconds.
    pub fn to_json(&self) -> Value {
        let counts = &self.counts;
        let latency = |percentile| self.latency(percentile).map(|latency| latency.as_micros() as f64 / 1e3);
        let latencies: BTreeMap<_, _> = PERCENTILES.map(|(name, percentile)| (name, latency(percentile))).into();
        json!({
            "runtime": self.name,
            "ended": self.ending.name(),
            "elapsed_s": self.elapsed.as_secs_f64(),
            "started": counts.started,
            "succeeded": counts.succeeded,
            "failed": counts.failed,
            "cut_off": self.cut_off(),
            "requests_per_s": self.throughput(),
            "bytes": counts.bytes,
            "retries": counts.retries,
            "hedges": counts.hedges,
            "hedges_won": counts.hedges_won,
            "timeouts": counts.timeouts,
            "latency_ms": latencies,
            "statuses": counts.statuses,
            "attempt_errors": counts.errors,
            "failures": counts.failures,
        })
    }
}

/// The summary for people: a row a figure, a column a run.
pub fn table(reports: &[Report]) -> String {
    let mut table = Table { reports, text: String::new() };
    table.row("", |report| report.name.clone());
    table.row("ended", |report| report.ending.name().to_owned());
    table.row("elapsed", |report| show(report.elapsed));
    table.row("requests", |report| report.counts.started.to_string());
    table.row("  succeeded", |report| report.counts.succeeded.to_string());
    table.row("  failed", |report| report.counts.failed.to_string());
    table.row("  cut off", |report| report.cut_off().to_string());
    table.row("succeeded/s", |report| format!("{:.1}", report.throughput()));
    for (name, percentile) in PERCENTILES {
        table.row(name, |report| report.latency(percentile).map_or("-".to_owned(), show));
    }
    table.row("retries", |report| report.counts.retries.to_string());
    if reports.iter().any(|report| report.counts.hedges > 0) {
        table.row("hedges", |report| report.counts.hedges.to_string());
        table.row("  won", |report| report.counts.hedges_won.to_string());
    }
    table.row("timeouts", |report| report.counts.timeouts.to_string());
    table.map("responses by status", |counts| &counts.statuses);
    table.map("failed attempts by kind", |counts| &counts.errors);
    table.map("failed requests by last kind", |counts| &counts.failures);
    table.text
}

struct Table<'a> {
    reports: &'a [Report],
    text: String,
}

impl Table<'_> {
    fn row(&mut self, label: &str, cell: impl Fn(&Report) -> String) {
        let _ = write!(self.text, "{label:<30}");
        for report in self.reports {
            let _ = write!(self.text, " {:>16}", cell(report));
        }
        self.text.push('\n');
    }

    /// A row for every key that any of the runs has, under a heading; nothing if none has any.
    fn map<K: Ord + ToString>(&mut self, heading: &str, map: impl Fn(&Counts) -> &BTreeMap<K, u64>) {
        let reports = self.reports;
        let mut keys: Vec<&K> = reports.iter().flat_map(|report| map(&report.counts).keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return;
        }
        let _ = writeln!(self.text, "{heading}");
        for key in keys {
            self.row(&format!("  {}", key.to_string()), |report| {
                map(&report.counts).get(key).unwrap_or(&0).to_string()
            });
        }
    }
}
