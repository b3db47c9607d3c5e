//! What a closed circuit remembers of past calls, and when that is enough to open it.
//!
//! There are three ways to remember, each of a fixed size: a streak of failures, the last so many calls, the calls of the last
//! so much time. The last one counts in slices of time, and what has gone by leaves slice by slice; however long nothing has
//! happened, to catch up costs at most a look at each slice.

use core::time::Duration;

use super::super::super::nanos::Nanos;
use super::machine::BEGINNING;
use crate::time::Instant;

/// The largest number of calls that are remembered one by one.
pub(super) const MAX_CALLS: u32 = 1024;

/// Into how many slices a period of time is divided.
pub(super) const SLICES: usize = 10;

/// What opens a circuit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rule {
    /// So many failures in a row.
    Streak(u32),
    /// A share of failures among the last so many calls.
    OfCalls { rate: f64, calls: u32 },
    /// A share of failures among the calls of the last so much time.
    Over { rate: f64, period: Duration },
}

/// What is remembered.
#[derive(Clone, Debug)]
pub(super) enum Window {
    Streak { limit: u32, failures: u32 },
    OfCalls { rate: f64, min_calls: u32, calls: Calls },
    Over { rate: f64, min_calls: u32, slices: Slices },
}

impl Window {
    /// An empty one. A rate is not looked at before there have been `min_calls`.
    pub(super) fn new(rule: Rule, min_calls: u32) -> Self {
        match rule {
            Rule::Streak(limit) => Self::Streak { limit, failures: 0 },
            Rule::OfCalls { rate, calls } => {
                Self::OfCalls { rate, min_calls: min_calls.min(calls), calls: Calls::new(calls) }
            }
            Rule::Over { rate, period } => Self::Over { rate, min_calls, slices: Slices::new(period) },
        }
    }

    /// The latest moment that it keeps.
    pub(super) fn latest(&self) -> Instant {
        match self {
            Self::Streak { .. } | Self::OfCalls { .. } => BEGINNING,
            Self::Over { slices, .. } => Instant::from_nanos(slices.latest * slices.width),
        }
    }

    /// The past is the past of `now`, which lies before the latest moment.
    pub(super) fn go_on_from(&mut self, now: Instant) {
        if let Self::Over { slices, .. } = self {
            slices.go_on_from(now);
        }
    }

    /// A call has gone well. `now` is of interest where time is.
    #[inline]
    pub(super) fn succeeded(&mut self, now: Instant) {
        match self {
            Self::Streak { failures, .. } => *failures = 0,
            Self::OfCalls { calls, .. } => calls.push(false),
            Self::Over { slices, .. } => slices.push(now, false),
        }
    }

    /// A call has failed; says whether it was one too many.
    pub(super) fn failed(&mut self, now: Instant) -> bool {
        match self {
            Self::Streak { limit, failures } => {
                *failures += 1;
                *failures >= *limit
            }
            Self::OfCalls { rate, min_calls, calls } => {
                calls.push(true);
                is_too_much(calls.failures, calls.len, *min_calls, *rate)
            }
            Self::Over { rate, min_calls, slices } => {
                slices.push(now, true);
                let Slice { failures, calls } = slices.sum();
                is_too_much(failures, calls, *min_calls, *rate)
            }
        }
    }
}

/// A quotient rather than a product: that of 3 and 10 is the number written 0.3, to the last bit.
fn is_too_much(failures: u32, calls: u32, min_calls: u32, rate: f64) -> bool {
    calls >= min_calls && f64::from(failures) / f64::from(calls) >= rate
}

/// The last so many calls, a bit each.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    bits: [u64; MAX_CALLS as usize / 64],
    /// How many are remembered in all.
    size: u32,
    /// How many there are, at most `size`.
    len: u32,
    /// The place of the next; if all places are taken, of the oldest.
    next: u32,
    failures: u32,
}

impl Calls {
    fn new(size: u32) -> Self {
        Self { bits: [0; MAX_CALLS as usize / 64], size, len: 0, next: 0, failures: 0 }
    }

    fn push(&mut self, failed: bool) {
        let (word, bit) = (&mut self.bits[self.next as usize / 64], 1 << (self.next % 64));
        if self.len < self.size {
            self.len += 1;
        } else if *word & bit != 0 {
            self.failures -= 1;
        }
        if failed {
            *word |= bit;
            self.failures += 1;
        } else {
            *word &= !bit;
        }
        self.next = (self.next + 1) % self.size;
    }
}

/// The calls of the last so much time, slice by slice.
#[derive(Clone, Debug)]
pub(super) struct Slices {
    slices: [Slice; SLICES],
    /// How long each is, in nanoseconds.
    width: u64,
    /// The number of the latest slice, counted from the beginning of the scale. Its place is that modulo `SLICES`.
    latest: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slice {
    failures: u32,
    calls: u32,
}

impl Slices {
    fn new(period: Duration) -> Self {
        // Never zero, and not shorter in all than the period.
        let width = Nanos::of(period).0.div_ceil(SLICES as u64);
        Self { slices: [Slice::default(); SLICES], width, latest: 0 }
    }

    /// The latest slice becomes that of `now`, and those before it stay before it.
    fn go_on_from(&mut self, now: Instant) {
        let current = now.as_nanos() / self.width;
        self.slices.rotate_left(((self.latest - current) % SLICES as u64) as usize);
        self.latest = current;
    }

    /// `now` is in the latest slice, or in a later one.
    fn push(&mut self, now: Instant, failed: bool) {
        let current = now.as_nanos() / self.width;
        let gone = (current - self.latest).min(SLICES as u64);
        for slice in 1..=gone {
            // Those that come after the latest, which are the oldest.
            let place = (self.latest % SLICES as u64 + slice) % SLICES as u64;
            self.slices[place as usize] = Slice::default();
        }
        // More than all places: they are all empty, and it does not matter which is whose.
        self.latest = current;
        let slice = &mut self.slices[(self.latest % SLICES as u64) as usize];
        slice.calls = slice.calls.saturating_add(1);
        slice.failures = slice.failures.saturating_add(u32::from(failed));
    }

    fn sum(&self) -> Slice {
        self.slices.iter().fold(Slice::default(), |sum, slice| Slice {
            failures: sum.failures.saturating_add(slice.failures),
            calls: sum.calls.saturating_add(slice.calls),
        })
    }
}
