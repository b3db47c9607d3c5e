//! Counting, without any feature: what a program needs to see whether it retries too much.

use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;

use super::strategy::Standing;
use super::{Observer, StopReason};

/// Counts runs, attempts, and how they ended; the [`Observer`] that is there already.
///
/// Put one in a `static`, or share it by reference or in an `Arc`; any number of runs may count at the same time. Reading is
/// of each number by itself, not of a moment. The numbers wrap around.
///
/// Runs that are dropped half-way count as begun, with their attempts, and not as ended.
///
/// # Examples
///
/// ```
/// use anywhen::retry::{Counters, StopReason, retry};
/// use anywhen::time::VirtualClock;
///
/// static COUNTERS: Counters = Counters::new();
///
/// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
/// retry(|| async { Ok::<_, ()>(1) }).observe(&COUNTERS).await.unwrap();
/// let _ = retry(|| async { Err::<(), _>(404) }).when(|status| *status >= 500).observe(&COUNTERS).await;
/// let _ = retry(|| async { Err::<(), _>(503) }).max_attempts(3).observe(&COUNTERS).await;
///
/// assert_eq!((COUNTERS.runs(), COUNTERS.successes(), COUNTERS.gave_up()), (3, 1, 2));
/// assert_eq!((COUNTERS.attempts(), COUNTERS.retries()), (5, 2));
/// assert_eq!(COUNTERS.gave_up_for(StopReason::MaxAttempts), 1);
/// # }));
/// ```
#[derive(Default)]
pub struct Counters {
    runs: AtomicUsize,
    retries: AtomicUsize,
    successes: AtomicUsize,
    /// By reason.
    gave_up: [AtomicUsize; StopReason::ALL.len()],
}

// ORDERING: Relaxed throughout: numbers that stand for nothing but themselves.
impl Counters {
    /// All zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Counters;
    ///
    /// static COUNTERS: Counters = Counters::new();
    /// assert_eq!(COUNTERS.attempts(), 0);
    /// ```
    pub const fn new() -> Self {
        Self {
            runs: AtomicUsize::new(0),
            retries: AtomicUsize::new(0),
            successes: AtomicUsize::new(0),
            gave_up: [const { AtomicUsize::new(0) }; StopReason::ALL.len()],
        }
    }

    /// How many runs have made their first attempt.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Counters, retry};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let counters = Counters::new();
    /// let run = retry(|| async { Ok::<_, ()>(1) }).observe(&counters);
    /// assert_eq!(counters.runs(), 0);
    /// run.await.unwrap();
    /// assert_eq!(counters.runs(), 1);
    /// # });
    /// ```
    pub fn runs(&self) -> usize {
        self.runs.load(Ordering::Relaxed)
    }

    /// How many attempts were made, the first of each run included, and those included whose delay is being slept.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Counters, retry};
    /// use anywhen::time::VirtualClock;
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let counters = Counters::new();
    /// let _ = retry(|| async { Err::<(), _>("down") }).max_attempts(3).observe(&counters).await;
    /// assert_eq!(counters.attempts(), 3);
    /// # }));
    /// ```
    pub fn attempts(&self) -> usize {
        self.runs().wrapping_add(self.retries())
    }

    /// How many attempts were made after the first of a run, those included whose delay is being slept.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Counters, retry};
    /// use anywhen::time::VirtualClock;
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let counters = Counters::new();
    /// let _ = retry(|| async { Err::<(), _>("down") }).max_attempts(3).observe(&counters).await;
    /// assert_eq!(counters.retries(), 2);
    /// # }));
    /// ```
    pub fn retries(&self) -> usize {
        self.retries.load(Ordering::Relaxed)
    }

    /// How many runs have succeeded.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Counters, retry};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let counters = Counters::new();
    /// retry(|| async { Ok::<_, ()>(1) }).observe(&counters).await.unwrap();
    /// assert_eq!(counters.successes(), 1);
    /// # });
    /// ```
    pub fn successes(&self) -> usize {
        self.successes.load(Ordering::Relaxed)
    }

    /// How many runs have given up, whatever the reason.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Counters, retry};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let counters = Counters::new();
    /// let _ = retry(|| async { Err::<(), _>("down") }).max_attempts(1).observe(&counters).await;
    /// assert_eq!(counters.gave_up(), 1);
    /// # });
    /// ```
    pub fn gave_up(&self) -> usize {
        self.gave_up.iter().fold(0, |sum, count| sum.wrapping_add(count.load(Ordering::Relaxed)))
    }

    /// How many runs have given up for this reason.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Counters, StopReason, retry};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let counters = Counters::new();
    /// let _ = retry(|| async { Err::<(), _>("no") }).when(|_| false).observe(&counters).await;
    /// assert_eq!(counters.gave_up_for(StopReason::NotRetryable), 1);
    /// # });
    /// ```
    pub fn gave_up_for(&self, reason: StopReason) -> usize {
        self.gave_up[reason as usize].load(Ordering::Relaxed)
    }
}

impl Observer for Counters {
    const TIMED: bool = false;

    #[inline]
    fn on_begin(&self) {
        self.runs.fetch_add(1, Ordering::Relaxed);
    }

    fn on_retry(&self, _: Standing, _: Duration) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    #[inline]
    fn on_end(&self, _: Standing, reason: Option<StopReason>) {
        let count = reason.map_or(&self.successes, |reason| &self.gave_up[reason as usize]);
        count.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counters")
            .field("runs", &self.runs())
            .field("retries", &self.retries())
            .field("successes", &self.successes())
            .field("gave_up", &self.gave_up())
            .finish_non_exhaustive()
    }
}
