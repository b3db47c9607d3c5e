//! How long calls took lately: a percentile over a window that slides, in little room.
//!
//! The latencies are counted in buckets whose width grows with what is in them, as in an HDR histogram: exact to a
//! microsecond below 32 µs, to a sixteenth above. There are two histograms. One is filled; when it has half a window, it
//! takes the place of the other, whose half is forgotten. So the window slides by halves, and nothing in it has to remember
//! in which order it came.

use core::fmt;
use core::time::Duration;

use crate::internal::lock::Lock;
use crate::internal::shim::const_unless_loom;

/// Buckets to an octave, and those below the first one.
const STEPS: usize = 16;
/// 2^32 µs are 71 minutes.
const OCTAVES: usize = 32 - STEPS.ilog2() as usize;
const ROWS: usize = OCTAVES + 1;
/// Fewer say nothing of the slowest among them.
const ENOUGH: u32 = 32;

/// How long calls took lately, shared by all that make them.
///
/// It is for [`Hedge::after_percentile`](super::Hedge::after_percentile), which adds to it by itself; and it is of use alone.
/// Share one for each kind of call: as a `static`, by reference, or in an `Arc`.
///
/// Kept are the last 1,024 latencies, or the last 512 at the least: the window slides by halves. Ages do not count, so after
/// a pause the latencies from before it are still there, until others take their place.
///
/// # Implementation notes
///
/// The counts lie in the value itself, in about 2 KiB, and nothing is allocated. To add one takes a lock for a few
/// instructions; to ask for a percentile adds up 45 numbers at most. A percentile is above what an exact one would be by a
/// sixteenth at most, and not below; under 32 µs by a microsecond at most. What takes longer than 71 minutes counts as
/// that. The buckets are those of Gil Tene's HDR histogram.
///
/// # Examples
///
/// ```
/// use anywhen::retry::Latencies;
/// use anywhen::time::Duration;
///
/// static LATENCIES: Latencies = Latencies::new();
///
/// for millis in 1..=100 {
///     LATENCIES.record(Duration::from_millis(millis));
/// }
/// let percentile = LATENCIES.percentile(0.95).unwrap();
/// assert!((95..=101).contains(&percentile.as_millis()), "{percentile:?}");
/// ```
pub struct Latencies {
    halves: Lock<[Half; 2]>,
    /// In a half.
    most: u32,
}

/// A histogram.
#[derive(Clone, Copy)]
struct Half {
    counts: [[u16; STEPS]; ROWS],
    rows: [u16; ROWS],
    total: u32,
}

const EMPTY: Half = Half { counts: [[0; STEPS]; ROWS], rows: [0; ROWS], total: 0 };

impl Latencies {
    const_unless_loom! {
        /// None so far.
        ///
        /// # Examples
        ///
        /// ```
        /// assert!(anywhen::retry::Latencies::new().is_empty());
        /// ```
        pub fn new() -> Self {
            Self::with_window(1024)
        }
    }

    const_unless_loom! {
        /// None so far, and so many in the window, an even number of 64 or more.
        ///
        /// # Panics
        ///
        /// If the window is smaller than that, or odd.
        ///
        /// # Examples
        ///
        /// ```
        /// use anywhen::retry::Latencies;
        /// use anywhen::time::Duration;
        ///
        /// let latencies = Latencies::with_window(100);
        /// for _ in 0..1000 {
        ///     latencies.record(Duration::from_millis(1));
        ///     assert!(latencies.len() <= 100);
        /// }
        /// ```
        #[track_caller]
        pub fn with_window(latencies: u16) -> Self {
            assert!(latencies >= 2 * ENOUGH as u16 && latencies % 2 == 0, "a window must be even, and 64 at least");
            Self { halves: Lock::new([EMPTY; 2]), most: latencies as u32 / 2 }
        }
    }

    /// A call took so long.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Latencies;
    /// use anywhen::time::Duration;
    ///
    /// let latencies = Latencies::new();
    /// latencies.record(Duration::from_millis(7));
    /// assert_eq!(latencies.len(), 1);
    /// ```
    pub fn record(&self, latency: Duration) {
        let (row, step) = bucket(latency);
        self.halves.with(|[half, before]| {
            if half.total == self.most {
                *before = *half;
                *half = EMPTY;
            }
            half.counts[row][step] += 1;
            half.rows[row] += 1;
            half.total += 1;
        });
    }

    /// What so large a share of the calls did not exceed, from 0 to 1: with 0.95 the 95th percentile.
    ///
    /// It is `None` while there are fewer than 32 latencies, of which the slowest says nothing.
    ///
    /// # Panics
    ///
    /// If the share is not from 0 to 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Latencies;
    /// use anywhen::time::Duration;
    ///
    /// let latencies = Latencies::new();
    /// assert_eq!(latencies.percentile(0.5), None);
    /// for millis in 1..=1000 {
    ///     latencies.record(Duration::from_millis(millis));
    /// }
    /// let median = latencies.percentile(0.5).unwrap();
    /// assert!((500..=532).contains(&median.as_millis()), "{median:?}");
    /// ```
    #[track_caller]
    pub fn percentile(&self, share: f64) -> Option<Duration> {
        check(share);
        self.halves.with(|[half, before]| {
            let total = half.total + before.total;
            if total < ENOUGH {
                return None;
            }
            // The rank: how many are to be found up to there. It is one of them even for a share of nothing.
            let exact = share * f64::from(total);
            let floor = exact as u32;
            let mut rank = (floor + u32::from(f64::from(floor) < exact)).max(1);
            for row in 0..ROWS {
                let in_row = u32::from(half.rows[row]) + u32::from(before.rows[row]);
                if rank > in_row {
                    rank -= in_row;
                    continue;
                }
                for step in 0..STEPS {
                    let here = u32::from(half.counts[row][step]) + u32::from(before.counts[row][step]);
                    if rank <= here {
                        return Some(upper_end(row, step));
                    }
                    rank -= here;
                }
            }
            unreachable!("the rank is not above the total")
        })
    }

    /// How many latencies there are in the window.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(anywhen::retry::Latencies::new().len(), 0);
    /// ```
    pub fn len(&self) -> usize {
        self.halves.with(|[half, before]| half.total + before.total) as usize
    }

    /// Whether there is none yet.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(anywhen::retry::Latencies::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Refuses a share that makes no sense.
#[track_caller]
pub(super) const fn check(share: f64) {
    assert!(share >= 0.0 && share <= 1.0, "the share of a percentile must be from 0 to 1");
}

/// Where a latency is counted. A row is an octave of microseconds, but for the first, which has what is below 16.
fn bucket(latency: Duration) -> (usize, usize) {
    let micros = u32::try_from(latency.as_micros()).unwrap_or(u32::MAX);
    let row = (micros.max(1).ilog2() + 1).saturating_sub(STEPS.ilog2()) as usize;
    let shift = row.saturating_sub(1);
    (row, (micros >> shift) as usize % STEPS)
}

/// The smallest latency that is above all those that are counted there.
fn upper_end(row: usize, step: usize) -> Duration {
    let steps = if row == 0 { step } else { STEPS + step };
    Duration::from_micros((steps as u64 + 1) << row.saturating_sub(1))
}

impl Default for Latencies {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latencies").field("len", &self.len()).field("median", &self.percentile(0.5)).finish()
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_ends_above_what_is_in_it_by_a_sixteenth_or_a_microsecond() {
        let mut last = (0, 0);
        for octave in 0..32 {
            for fraction in 0..64_u64 {
                let nanos = ((1_u64 << octave) * (64 + fraction) / 64) * 1000 + fraction;
                let latency = Duration::from_nanos(nanos);
                let (row, step) = bucket(latency);
                assert!((row, step) >= last, "{latency:?}");
                last = (row, step);
                let end = upper_end(row, step);
                assert!(end > latency, "{latency:?} in {row} {step}, up to {end:?}");
                let slack = (latency / 16).max(Duration::from_micros(1));
                assert!(end <= latency + slack, "{latency:?} in {row} {step}, up to {end:?}");
            }
        }
        assert_eq!(last, (ROWS - 1, STEPS - 1));
        assert_eq!(bucket(Duration::MAX), last);
        assert_eq!(bucket(Duration::ZERO), (0, 0));
    }
}
