//! How often there was a hedge, and whether it was of use.

use core::ops::Deref;

use super::{HedgeEvent, Hook};
use crate::internal::shim::atomic::{AtomicUsize, Ordering};
use crate::internal::shim::const_unless_loom;

/// Counts hedges, for as many futures as you like; see [`Hedge::counters`](super::Hedge::counters).
///
/// If few of those that were begun have won, the delay is too short, or all are slow for the same reason.
///
/// # Examples
///
/// ```
/// use anywhen::retry::{HedgeCounters, hedge};
///
/// static COUNTERS: HedgeCounters = HedgeCounters::new();
///
/// # anywhen::rt::Std.block_on(async {
/// let mut results = [Err("lost"), Ok(1)].into_iter();
/// let fetch = || std::future::ready(results.next().unwrap());
/// assert_eq!(hedge(fetch).counters(&COUNTERS).await, Ok(1));
/// assert_eq!((COUNTERS.started(), COUNTERS.won()), (1, 1));
/// # });
/// ```
#[derive(Debug, Default)]
pub struct HedgeCounters {
    started: AtomicUsize,
    won: AtomicUsize,
}

impl HedgeCounters {
    const_unless_loom! {
        /// None so far.
        ///
        /// # Examples
        ///
        /// ```
        /// assert_eq!(anywhen::retry::HedgeCounters::new().started(), 0);
        /// ```
        pub fn new() -> Self {
            Self { started: AtomicUsize::new(0), won: AtomicUsize::new(0) }
        }
    }

    /// How many hedges have been begun, first attempts not included.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{HedgeCounters, hedge};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let counters = HedgeCounters::new();
    /// let _ = hedge(|| async { Err::<(), _>("down") }).counters(&counters).await;
    /// assert_eq!((counters.started(), counters.won()), (1, 0));
    /// # });
    /// ```
    pub fn started(&self) -> usize {
        self.started.load(Ordering::Relaxed)
    }

    /// How many hedges have succeeded before anything else did.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{HedgeCounters, hedge};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let counters = HedgeCounters::new();
    /// let _ = hedge(|| async { Ok::<_, ()>("at once") }).counters(&counters).await;
    /// assert_eq!(counters.won(), 0);
    /// # });
    /// ```
    pub fn won(&self) -> usize {
        self.won.load(Ordering::Relaxed)
    }
}

/// Counters by reference or in an `Arc`.
#[derive(Clone, Copy, Debug)]
pub struct Counting<C>(pub(super) C);

impl<E, C: Deref<Target = HedgeCounters>> Hook<E> for Counting<C> {
    fn hedged(&mut self, _: &HedgeEvent<'_, E>) {
        self.0.started.fetch_add(1, Ordering::Relaxed);
    }

    #[inline]
    fn won(&mut self, number: usize) {
        if number > 0 {
            self.0.won.fetch_add(1, Ordering::Relaxed);
        }
    }
}
