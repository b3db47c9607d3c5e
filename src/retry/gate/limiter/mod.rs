//! The rate limiter: a [`Bucket`] behind a lock, a clock, and a line of those who wait.

mod acquire;
mod bucket;
#[cfg(all(test, anywhen_loom))]
mod models;

use alloc::sync::Arc;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::time::Duration;

use self::bucket::{Bucket, Rate};
use super::handle::{Handle, Kind};
use super::queue::Queues;
use super::{GateMetrics, Gated, Refused};
use crate::internal::atomic_waker::AtomicWaker;
use crate::internal::lock::Lock;
use crate::internal::shim::const_unless_loom;
use crate::retry::moment::{self, Timed};
use crate::sync::Fairness;
use crate::sync::observe::Site;
use crate::sync::raw::RawSemaphore;
use crate::time::{Clock, Instant, Timer};

pub use self::acquire::RateAcquire;

/// Lets so much through in so much time, and has the rest wait in line.
///
/// It lets through [what the rate says](Self::new), and [a burst](Self::burst) at once where little was let through before.
/// In any stretch of time it lets through no more than the burst and the rate's share of that time, to the last permit; and
/// where enough is wanted, no less than the rate's share. (With a burst of 1, less than a nanosecond is lost for each.) However
/// long nothing was wanted, and whatever the clock does meanwhile, there is no more than one burst.
///
/// | you want | take |
/// |---|---|
/// | so much in a second | this |
/// | so much at the same time | [`Semaphore`](crate::sync::Semaphore), or [`Bulkhead`](super::Bulkhead) to shed what is too much |
/// | items of a stream at intervals | [`StreamExt::throttle`](crate::stream::StreamExt::throttle) |
///
/// # Fairness
///
/// First come, first served, whatever the numbers wanted: who wants much waits at the front until there is enough, and nobody
/// overtakes it, [`try_acquire`](Self::try_acquire) included. The one at the front must be polled when it is woken, or be
/// dropped; until then the others wait for it, as [with locks](crate::sync#a-granted-future-that-is-not-polled).
///
/// # Cost
///
/// A reading of the clock and a lock that is held for some instructions. Waiting allocates nothing, and one timer serves all
/// who wait: each of them is woken when it comes to the front, and when there is enough.
///
/// # Implementation notes
///
/// The generic cell rate algorithm, counted exactly, as of the ATM Forum's *Traffic Management Specification 4.0* (1996).
///
/// # Examples
///
/// ```
/// use anywhen::retry::RateLimiter;
/// use anywhen::time::{Duration, Instant, VirtualClock};
///
/// static MAILS: RateLimiter = RateLimiter::new(10, Duration::from_secs(1)).burst(2);
///
/// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
/// let start = Instant::now();
/// for _ in 0..22 {
///     MAILS.acquire().await?;
///     // Send a mail.
/// }
/// // Two at once, and ten in a second from then on.
/// assert_eq!(Instant::now() - start, Duration::from_secs(2));
/// # Ok::<(), anywhen::retry::Refused>(())
/// # })).unwrap();
/// ```
pub struct RateLimiter<T = Clock> {
    /// What was said when it was made.
    rate: Rate,
    burst: u32,
    max_waiting: u32,
    state: Lock<State>,
    /// One permit: the turn, see [`acquire`].
    turn: RawSemaphore,
    /// Who has the turn, and sleeps.
    front: AtomicWaker,
    timer: T,
}

struct State {
    bucket: Bucket,
    /// What was said since.
    rate: Option<Rate>,
    /// How many are in line, the one that has the turn included.
    in_line: u32,
    counts: GateMetrics,
}

/// What came of the wish to be let through.
enum Entry {
    Taken,
    /// It is in line, and has to [leave](RateLimiter::leave_line).
    InLine,
    Refused(Refused),
}

impl RateLimiter {
    const_unless_loom! {
        /// Lets `permits` through in each `period`, spread over it, and as many at once where none were before. It goes by the
        /// current clock.
        ///
        /// # Panics
        ///
        /// If `permits` or `period` is zero.
        #[track_caller]
        pub fn new(permits: u32, period: Duration) -> Self {
            Self {
                rate: Rate::new(permits, period),
                burst: permits,
                max_waiting: u32::MAX,
                state: Lock::new(State {
                    bucket: Bucket::new(),
                    rate: None,
                    in_line: 0,
                    counts: GateMetrics::ZERO,
                }),
                turn: RawSemaphore::new("RateLimiter", 1, usize::MAX, Fairness::Fifo),
                front: AtomicWaker::new(),
                timer: Clock::ambient(),
            }
        }
    }
}

impl<T> RateLimiter<T> {
    /// Lets `permits` through at once where none were before; as many as in one period if nothing is said. With 1, they come
    /// evenly spaced.
    ///
    /// # Panics
    ///
    /// If `permits` is zero.
    #[track_caller]
    #[must_use]
    pub const fn burst(mut self, permits: u32) -> Self {
        assert!(permits > 0, "a burst of nothing would never let anything through");
        self.burst = permits;
        self
    }

    /// Up to `calls` may wait; with 0, nobody does. Who would be one more is [refused](Refused::RateLimited). Without end if
    /// nothing is said.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{RateLimiter, Refused};
    /// use anywhen::time::Duration;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let limiter = RateLimiter::new(1, Duration::from_secs(60)).max_waiting(0);
    /// assert!(limiter.acquire().await.is_ok());
    /// assert!(matches!(limiter.acquire().await, Err(Refused::RateLimited { .. })));
    /// # });
    /// ```
    #[must_use]
    pub const fn max_waiting(mut self, calls: u32) -> Self {
        self.max_waiting = calls;
        self
    }

    /// The same limiter by another timer.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::RateLimiter;
    /// use anywhen::rt;
    /// use anywhen::time::Duration;
    ///
    /// let limiter: RateLimiter<rt::Std> = RateLimiter::new(5, Duration::from_secs(1)).on(rt::Std);
    /// # let _ = limiter;
    /// ```
    #[must_use]
    pub fn on<U: Timer>(self, timer: U) -> RateLimiter<U> {
        let Self { rate, burst, max_waiting, state, turn, front, timer: _ } = self;
        RateLimiter { rate, burst, max_waiting, state, turn, front, timer }
    }

    /// How many wait.
    ///
    /// The number may be another by the time it is looked at.
    pub fn waiters(&self) -> usize {
        self.state.with(|state| state.in_line as usize)
    }

    /// How many calls were let through, and how many were refused. Calls of any weight count as one, and one that waits and is
    /// dropped as none.
    pub fn metrics(&self) -> GateMetrics {
        self.state.with(|state| state.counts)
    }

    fn leave_line(&self) {
        self.state.with(|state| state.in_line -= 1);
    }
}

impl<T: Timer> RateLimiter<T> {
    /// Does `future` once it is its turn.
    ///
    /// # Errors
    ///
    /// The future gives the error of the call, or [`Refused::RateLimited`] if as many wait already as may.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in line, or drops the call; then what it has taken is gone.
    #[inline]
    pub fn call<F: IntoFuture>(&self, future: F) -> Gated<&Self, F::IntoFuture> {
        Gated::new(self, future.into_future())
    }

    /// As [`call`](Self::call); the future keeps the limiter alive.
    #[inline]
    pub fn call_owned<F: IntoFuture>(self: Arc<Self>, future: F) -> Gated<Arc<Self>, F::IntoFuture> {
        Gated::new(self, future.into_future())
    }

    /// Waits for one permit.
    ///
    /// # Errors
    ///
    /// The future gives [`Refused::RateLimited`] if as many wait already as may, at its first poll or never.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in line, and nothing else.
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given its result.
    #[inline]
    #[track_caller]
    pub fn acquire(&self) -> RateAcquire<&Self, T> {
        RateAcquire::new(self, 1, Site::here())
    }

    /// Waits for `permits` permits at once; with 0, for its turn. The rest is as with [`acquire`](Self::acquire).
    ///
    /// # Errors
    ///
    /// [`Refused::RateLimited`] as for [`acquire`](Self::acquire); and at the first poll if it is more than the burst, which
    /// would never be there.
    ///
    /// # Examples
    ///
    /// Bytes instead of calls:
    ///
    /// ```
    /// use anywhen::retry::RateLimiter;
    /// use anywhen::time::Duration;
    ///
    /// static BANDWIDTH: RateLimiter = RateLimiter::new(1_000_000, Duration::from_secs(1)).burst(65_536);
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let packet = [0; 1500];
    /// BANDWIDTH.acquire_many(packet.len() as u32).await?;
    /// # Ok::<(), anywhen::retry::Refused>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    #[track_caller]
    pub fn acquire_many(&self, permits: u32) -> RateAcquire<&Self, T> {
        RateAcquire::new(self, permits, Site::here())
    }

    /// As [`acquire`](Self::acquire); the future keeps the limiter alive.
    #[inline]
    #[track_caller]
    pub fn acquire_owned(self: Arc<Self>) -> RateAcquire<Arc<Self>, T> {
        RateAcquire::new(self, 1, Site::here())
    }

    /// As [`acquire_many`](Self::acquire_many); the future keeps the limiter alive.
    #[inline]
    #[track_caller]
    pub fn acquire_many_owned(self: Arc<Self>, permits: u32) -> RateAcquire<Arc<Self>, T> {
        RateAcquire::new(self, permits, Site::here())
    }

    /// Takes one permit, if it is there and nobody waits.
    ///
    /// # Errors
    ///
    /// [`Refused::RateLimited`], with when it would be there if nobody waited.
    #[inline]
    pub fn try_acquire(&self) -> Result<(), Refused> {
        self.try_acquire_many(1)
    }

    /// Takes `permits` permits, if they are there and nobody waits.
    ///
    /// # Errors
    ///
    /// [`Refused::RateLimited`], with when they would be there if nobody waited.
    #[inline]
    pub fn try_acquire_many(&self, permits: u32) -> Result<(), Refused> {
        match self.enter(permits, false) {
            Entry::Taken => Ok(()),
            Entry::Refused(refused) => Err(refused),
            Entry::InLine => unreachable!("it does not wait"),
        }
    }

    /// Lets through another number of permits in another time from now on. What is there, and what is owed for what went
    /// before, stays; who waits, waits by the new rate.
    ///
    /// The burst stays as it is.
    ///
    /// # Panics
    ///
    /// If `permits` or `period` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::RateLimiter;
    /// use anywhen::time::Duration;
    ///
    /// let limiter = RateLimiter::new(1, Duration::from_secs(3600));
    /// limiter.try_acquire().unwrap();
    /// limiter.set_rate(1, Duration::from_millis(1));
    /// # anywhen::rt::Std.block_on(async {
    /// limiter.acquire().await.unwrap();
    /// # });
    /// ```
    #[track_caller]
    pub fn set_rate(&self, permits: u32, period: Duration) {
        let rate = Rate::new(permits, period);
        moment::tell(&self.state, &self.timer, |state, now| {
            state.bucket.change(state.rate(self), rate, now);
            state.rate = Some(rate);
        });
        self.front.wake();
    }

    /// How many permits are there.
    ///
    /// The number may be another by the time it is looked at. While somebody waits, they are not for others.
    pub fn available_permits(&self) -> u32 {
        moment::tell(&self.state, &self.timer, |state, now| state.bucket.available(state.rate(self), self.burst, now))
    }

    /// Takes `permits`, or gets in line where it `waits`.
    #[inline]
    fn enter(&self, permits: u32, waits: bool) -> Entry {
        moment::tell(&self.state, &self.timer, |state, now| {
            let Err(retry_after) = state.take(self, now, permits, state.in_line > 0) else { return Entry::Taken };
            if waits && permits <= self.burst && state.in_line < self.max_waiting {
                state.in_line += 1;
                return Entry::InLine;
            }
            state.counts.refused += 1;
            Entry::Refused(Refused::RateLimited { retry_after })
        })
    }

    /// Takes `permits` for the one that has the turn, or says until when it has to wait.
    fn take_turn(&self, permits: u32) -> Result<(), Instant> {
        moment::tell(&self.state, &self.timer, |state, now| {
            state.take(self, now, permits, false).map_err(|wait| now + wait)
        })
    }
}

impl State {
    fn rate<T>(&self, limiter: &RateLimiter<T>) -> Rate {
        self.rate.unwrap_or(limiter.rate)
    }

    /// Takes `permits`, unless they are `kept` for others, or says when they would be there.
    #[inline]
    fn take<T>(&mut self, limiter: &RateLimiter<T>, now: Instant, permits: u32, kept: bool) -> Result<(), Duration> {
        let rate = self.rate(limiter);
        if kept {
            return Err(self.bucket.wait(rate, limiter.burst, now, permits));
        }
        self.bucket.take(rate, limiter.burst, now, permits)?;
        self.counts.admitted += 1;
        Ok(())
    }
}

impl Timed for State {
    fn latest(&self) -> Instant {
        self.bucket.at()
    }

    fn go_on_from(&mut self, now: Instant) {
        self.bucket.go_on_from(now);
    }
}

impl<T> Queues for RateLimiter<T> {
    #[inline]
    fn queue(&self) -> &RawSemaphore {
        &self.turn
    }
}

impl<T: Timer> Kind for RateLimiter<T> {
    type Admission<H: Handle<Gate = Self>> = RateAcquire<H, T>;
    /// How calls go, is not asked.
    type Pass<H: Handle<Gate = Self>> = ();

    #[inline]
    fn admission<H: Handle<Gate = Self>>(handle: H) -> RateAcquire<H, T> {
        RateAcquire::new(handle, 1, Site::here())
    }
}

impl<T: UnwindSafe> UnwindSafe for RateLimiter<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for RateLimiter<T> {}

impl<T> fmt::Debug for RateLimiter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter").field("waiters", &self.waiters()).field("metrics", &self.metrics()).finish()
    }
}
