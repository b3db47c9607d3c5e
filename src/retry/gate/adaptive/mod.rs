//! A limit of concurrency that finds its number: a queue for places of which there are more or fewer as [`Aimd`] says.

mod aimd;
#[cfg(all(test, anywhen_loom))]
mod models;

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use futures_core::FusedFuture;

use self::aimd::{Aimd, Rules};
use super::handle::{Admitted, Handle, Kind, Settles, Ticket};
use super::places::Places;
use super::slots::{self, Slots, Wait, slot_future};
use super::{GateMetrics, Gated, Outcome, Refused};
use crate::internal::live::Live;
use crate::internal::lock::Lock;
use crate::internal::shim::const_unless_loom;
use crate::sync::observe::Site;
use crate::sync::raw::{MAX_PERMITS, RawSemaphore};
use crate::time::{Clock, Timer};

/// Lets as many calls through at a time as the other side is found to bear, has some wait, and turns the rest
/// [away](Refused::OverLimit).
///
/// While calls go well and most places are taken, there is one more place for each round of calls; when one fails, or [is too
/// slow](Self::slow_call), there is a [share](Self::decrease) less. So the limit stays just below what leads to failures,
/// and follows when that changes. What is a failure [the call's classifier](Gated::failure_when) says; it should be what comes
/// of too much load, and no other.
///
/// Where the number is known, take a [`Bulkhead`](super::Bulkhead).
///
/// # Fairness
///
/// First come, first served.
///
/// # Cost
///
/// That of a bulkhead, and a lock that is held for some instructions when a call begins and when it ends. The clock is read
/// only if [slow calls](Self::slow_call) count. Waiting allocates nothing.
///
/// # Implementation notes
///
/// Additive increase and multiplicative decrease, after D. Chiu and R. Jain (1989), as of TCP and of Netflix'
/// `concurrency-limits`; calls that were under way together lower the limit once. When it is lowered while all places are
/// taken, calls that are under way keep theirs, and those are gone when they are over.
///
/// # Examples
///
/// ```
/// use std::io;
///
/// use anywhen::retry::AdaptiveLimit;
/// use anywhen::time::Duration;
/// # async fn query() -> io::Result<u32> { Ok(42) }
///
/// static DATABASE: AdaptiveLimit = AdaptiveLimit::new(20, 100).within(5, 500).slow_call(Duration::from_millis(200));
///
/// # anywhen::rt::Std.block_on(async {
/// let answer: io::Result<u32> = DATABASE.call(query()).await;
/// # answer.unwrap();
/// assert_eq!(DATABASE.limit(), 20);
/// # });
/// ```
pub struct AdaptiveLimit<T = Clock> {
    places: Places<T>,
    state: Lock<State>,
    rules: Rules,
    slow: Option<Duration>,
}

struct State {
    aimd: Aimd,
    /// How many places there are, free ones and taken ones. It is above the limit while calls keep places that are too many.
    places: usize,
}

impl State {
    /// Makes as many places as there are to be, when one comes back. Says how many are to be given to the queue.
    fn resize(&mut self, queue: &RawSemaphore) -> usize {
        let limit = self.aimd.limit();
        if self.places > limit {
            self.places -= 1;
            self.places -= queue.forget(self.places - limit);
            return 0;
        }
        let more = limit - self.places;
        self.places = limit;
        1 + more
    }
}

impl AdaptiveLimit {
    const_unless_loom! {
        /// Lets `initial` calls through at a time at first, later from one to a thousand, or to `initial` if that is more; and has
        /// up to `max_waiting` wait, for as long as it takes.
        ///
        /// # Panics
        ///
        /// If `initial` is zero, or more than a semaphore can have permits.
        #[track_caller]
        pub fn new(initial: usize, max_waiting: usize) -> Self {
            assert!(initial > 0, "a limit of no calls would never let anything through");
            let max = if initial > 1000 { initial } else { 1000 };
            Self {
                places: Places::new("AdaptiveLimit", initial, max_waiting),
                state: Lock::new(State { aimd: Aimd::new(initial), places: initial }),
                rules: Rules { min: 1, max, decrease: 0.9, initial },
                slow: None,
            }
        }
    }
}

impl<T> AdaptiveLimit<T> {
    /// The limit is never below `min`, and never above `max`.
    ///
    /// # Panics
    ///
    /// If `min` is zero, if the number to begin with does not lie between the two, or if `max` is more than a semaphore can have
    /// permits.
    #[track_caller]
    #[must_use]
    pub const fn within(mut self, min: usize, max: usize) -> Self {
        assert!(min > 0, "a limit of no calls would never let anything through");
        let initial = self.rules.initial;
        assert!(min <= initial && initial <= max, "a limit must begin between its least and its largest");
        assert!(max <= MAX_PERMITS, "a semaphore may not have more than MAX_PERMITS permits");
        self.rules.min = min;
        self.rules.max = max;
        self
    }

    /// When a call fails, `share` of the limit is left. 0.9 if nothing is said.
    ///
    /// # Panics
    ///
    /// If `share` is not a number above 0 and below 1.
    #[track_caller]
    #[must_use]
    pub const fn decrease(mut self, share: f64) -> Self {
        assert!(share > 0.0 && share < 1.0, "what is left of a limit must be a share between 0 and 1");
        self.rules.decrease = share;
        self
    }

    /// Calls that take longer than `limit` count as failures, even if they go well.
    ///
    /// # Panics
    ///
    /// If `limit` is zero.
    #[track_caller]
    #[must_use]
    pub const fn slow_call(mut self, limit: Duration) -> Self {
        assert!(!limit.is_zero(), "every call takes longer than no time");
        self.slow = Some(limit);
        self
    }

    /// Who has waited for `duration` is turned away.
    #[must_use]
    pub const fn max_wait(mut self, duration: Duration) -> Self {
        self.places.max_wait = duration;
        self
    }

    /// The same limit by another timer.
    #[must_use]
    pub fn on<U: Timer>(self, timer: U) -> AdaptiveLimit<U> {
        let Self { places, state, rules, slow } = self;
        AdaptiveLimit { places: places.on(timer), state, rules, slow }
    }

    /// How many calls are let through at a time, at this moment.
    pub fn limit(&self) -> usize {
        self.state.with(|state| state.aimd.limit())
    }

    /// How many calls are under way. Places that are kept for one that waits count as taken.
    ///
    /// The number may be another by the time it is looked at.
    pub fn in_flight(&self) -> usize {
        self.state.with(|state| self.in_use(state))
    }

    fn in_use(&self, state: &State) -> usize {
        state.places.saturating_sub(self.places.queue.available())
    }
}

slot_future! {
    /// Waits for a place under an [`AdaptiveLimit`]; from [`AdaptiveLimit::acquire`] and [`AdaptiveLimit::acquire_owned`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    ///
    /// # Panics
    ///
    /// If it is polled after it has given its result.
    AdaptiveAcquire of AdaptiveLimit
}

impl<T: Timer> Slots for AdaptiveLimit<T> {
    type Timer = T;

    const REFUSED: Refused = Refused::OverLimit;

    #[inline]
    fn places(&self) -> &Places<T> {
        &self.places
    }

    fn ticket(&self) -> Ticket {
        let started = self.slow.map(|_| self.places.timer.now());
        Ticket { generation: self.state.with(|state| state.aimd.round()), started }
    }
}

impl<T: Timer> Settles for AdaptiveLimit<T> {
    fn settle(&self, ticket: &mut Option<Ticket>, outcome: Outcome) {
        let Some(Ticket { generation, started }) = *ticket else { return };
        let is_slow = match (outcome, started, self.slow) {
            (Outcome::Success, Some(started), Some(limit)) => self.places.timer.now() - started > limit,
            _ => false,
        };
        *ticket = None;
        let given = self.state.with(|state| {
            match outcome {
                Outcome::Success if !is_slow => state.aimd.succeeded(&self.rules, self.in_use(state)),
                Outcome::Success | Outcome::Failure => state.aimd.failed(&self.rules, generation),
                Outcome::Ignored => {}
            }
            state.resize(&self.places.queue)
        });
        // Others are woken here.
        if given > 0 {
            self.places.queue.release(given);
        }
    }
}

impl<T> fmt::Debug for AdaptiveLimit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdaptiveLimit").field("limit", &self.limit()).field("waiters", &self.waiters()).finish()
    }
}
