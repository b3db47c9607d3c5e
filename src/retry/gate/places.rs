//! The places of a gate: so many, those who wait for one, for how long, and how many were let through and turned away.

use core::time::Duration;

use super::GateMetrics;
use crate::internal::shim::atomic::{AtomicUsize, Ordering};
use crate::internal::shim::const_unless_loom;
use crate::sync::Fairness;
use crate::sync::raw::{MAX_PERMITS, RawSemaphore};
use crate::time::Clock;

/// The places of a gate, and those who wait for one.
pub(super) struct Places<T = Clock> {
    /// A permit for each place.
    pub(super) queue: RawSemaphore,
    /// How long a call waits.
    pub(super) max_wait: Duration,
    /// How many were let through, and how many were turned away.
    admitted: AtomicUsize,
    refused: AtomicUsize,
    pub(super) timer: T,
}

impl Places {
    const_unless_loom! {
        /// So many places of what users know as `name`, for which so many may wait, for as long as it takes.
        #[track_caller]
        pub(super) fn new(name: &'static str, places: usize, max_waiting: usize) -> Self {
            assert!(places <= MAX_PERMITS, "a semaphore may not have more than MAX_PERMITS permits");
            Self {
                queue: RawSemaphore::new(name, places, max_waiting, Fairness::Fifo),
                max_wait: Duration::MAX,
                admitted: AtomicUsize::new(0),
                refused: AtomicUsize::new(0),
                timer: Clock::ambient(),
            }
        }
    }
}

impl<T> Places<T> {
    /// The same by another timer.
    pub(super) fn on<U>(self, timer: U) -> Places<U> {
        let Self { queue, max_wait, admitted, refused, timer: _ } = self;
        Places { queue, max_wait, admitted, refused, timer }
    }

    // ORDERING: Relaxed, here and below: they are counts, and order nothing.
    #[inline]
    pub(super) fn count_admitted(&self) {
        self.admitted.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn metrics(&self) -> GateMetrics {
        let count = |of: &AtomicUsize| of.load(Ordering::Relaxed) as u64;
        GateMetrics { admitted: count(&self.admitted), refused: count(&self.refused) }
    }
}
