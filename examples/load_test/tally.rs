//! The books: every attempt and every request is entered once, by whoever ends it. Tasks share one tally; each holds it
//! for a few additions and never across an await.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use hyper::StatusCode;

use crate::failure::Failure;

/// A response that arrived whole.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    pub status: StatusCode,
    /// Length of the body.
    pub bytes: u64,
}

/// The longest latency that is told apart, in microseconds.
const DAY: u64 = 86_400_000_000;

/// What is known so far.
#[derive(Clone, Debug)]
pub struct Counts {
    /// Requests begun, whatever became of them.
    pub started: u64,
    pub succeeded: u64,
    pub failed: u64,
    /// Attempts beyond the first of a request, hedges not included.
    pub retries: u64,
    /// Attempts beside another of the same request; and how many of them were heard.
    pub hedges: u64,
    pub hedges_won: u64,
    /// Attempts that took longer than `--timeout`.
    pub timeouts: u64,
    /// Bytes of the bodies of successful responses.
    pub bytes: u64,
    /// Responses by status, those of failed attempts included.
    pub statuses: BTreeMap<u16, u64>,
    /// Attempts that failed, by kind.
    pub errors: BTreeMap<String, u64>,
    /// Requests that failed, by the kind of their last attempt.
    pub failures: BTreeMap<String, u64>,
    /// Microseconds from the beginning of a request to its success.
    pub latencies: Histogram<u64>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            started: 0,
            succeeded: 0,
            failed: 0,
            retries: 0,
            hedges: 0,
            hedges_won: 0,
            timeouts: 0,
            bytes: 0,
            statuses: BTreeMap::new(),
            errors: BTreeMap::new(),
            failures: BTreeMap::new(),
            latencies: Histogram::new_with_bounds(1, DAY, 3).expect("the bounds are in order"),
        }
    }
}

impl Counts {
    /// Requests that came to an end.
    pub fn finished(&self) -> u64 {
        self.succeeded + self.failed
    }
}

/// The counts as the tasks share them.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Counts>);

impl Tally {
    /// The counts now.
    pub fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request begins.
    pub fn start(&self) {
        self.lock().started += 1;
    }

    /// A request is tried again.
    pub fn retry(&self) {
        self.lock().retries += 1;
    }

    /// An attempt came to an end.
    pub fn attempt(&self, result: &Result<Answer, Failure>) {
        let mut counts = self.lock();
        let status = match result {
            Ok(answer) => Some(answer.status),
            Err(Failure::Status(status, _)) => Some(*status),
            Err(_) => None,
        };
        if let Some(status) = status {
            *counts.statuses.entry(status.as_u16()).or_default() += 1;
        }
        if let Err(failure) = result {
            counts.timeouts += u64::from(*failure == Failure::Timeout);
            *counts.errors.entry(failure.kind()).or_default() += 1;
        }
    }

    /// A request came to an end, `latency` after its beginning.
    pub fn finish(&self, result: &Result<Answer, Failure>, latency: Duration) {
        let mut counts = self.lock();
        match result {
            Ok(answer) => {
                counts.succeeded += 1;
                counts.bytes += answer.bytes;
                let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
                counts.latencies.saturating_record(micros);
            }
            Err(failure) => {
                counts.failed += 1;
                *counts.failures.entry(failure.kind()).or_default() += 1;
            }
        }
    }
}
