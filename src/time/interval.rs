//! Something that happens again and again.

use alloc::boxed::Box;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::{Clock, Duration, Instant, IntervalStream, Timer};
use crate::internal::live::polled_after_completion;

/// Ticks every `period`, by the current clock. The first tick comes at once.
///
/// The deadlines are fixed by this call: they do not drift, however late the ticks are taken.
///
/// # Panics
///
/// If `period` is zero.
///
/// # Examples
///
/// ```
/// use anywhen::time::{self, Duration};
///
/// # anywhen::rt::Std.block_on(async {
/// let mut interval = time::interval(Duration::from_millis(1));
/// let first = interval.tick().await;
/// assert_eq!(interval.tick().await - first, Duration::from_millis(1));
/// # });
/// ```
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    interval_on(Clock::current(), period)
}

/// Ticks at `start`, and every `period` from there on, by the current clock.
///
/// # Panics
///
/// If `period` is zero.
///
/// # Examples
///
/// ```
/// use anywhen::time::{self, Duration, Instant};
///
/// # anywhen::rt::Std.block_on(async {
/// let start = Instant::now() + Duration::from_millis(1);
/// let mut interval = time::interval_at(start, Duration::from_secs(60));
/// assert_eq!(interval.tick().await, start);
/// # });
/// ```
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    interval_at_on(Clock::current(), start, period)
}

/// As [`interval`], by a timer of your choice.
///
/// # Panics
///
/// If `period` is zero.
#[track_caller]
pub fn interval_on<T: Timer>(timer: T, period: Duration) -> Interval<T> {
    let start = timer.now();
    interval_at_on(timer, start, period)
}

/// As [`interval_at`], by a timer of your choice.
///
/// # Panics
///
/// If `period` is zero.
#[track_caller]
pub fn interval_at_on<T: Timer>(timer: T, start: Instant, period: Duration) -> Interval<T> {
    assert!(!period.is_zero(), "`period` must be non-zero");
    let sleep = Box::pin(timer.sleep_until(start));
    Interval {
        timer,
        sleep,
        deadline: start,
        period,
        behavior: MissedTickBehavior::default(),
        tolerance: TOLERANCE,
        missed: 0,
        skipped: 0,
    }
}

/// What an [`Interval`] does when a tick is taken so late that others should have come.
///
/// With a period of 10, and a tick at 20 that is taken at 45 only:
///
/// | | the following ticks come at | [`missed`](Interval::missed) is | [`skipped`](Interval::skipped) is |
/// |---|---|---|---|
/// | `Burst` | 45 (for 30), 45 (for 40), 50, 60 | 2 (30 and 40), then 1, then 0 | 0: all of them come |
/// | `Delay` | 55, 65, 75 | 2, then 0 | 2 |
/// | `Skip` | 50, 60, 70 | 2, then 0 | 2 |
///
/// A tick counts as late if it is taken more than the [tolerance](Interval::set_tolerance) after it was due. One that does
/// not is followed by the next at its own time, whatever the behavior.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissedTickBehavior {
    /// Ticks as fast as it can until it has caught up.
    #[default]
    Burst,
    /// Ticks one period after the late tick was taken, and every period from there on.
    Delay,
    /// Leaves out what was missed, and goes on at the next multiple of the period.
    Skip,
}

impl MissedTickBehavior {
    /// The tick after the one at `due`, which is taken late, at `now`.
    fn next(self, due: Instant, now: Instant, period: Duration) -> Instant {
        match self {
            Self::Burst => due + period,
            Self::Delay => now + period,
            Self::Skip => {
                // Less what has passed of the present period.
                now + (period - Duration::from_nanos(nanos_between(due, now) % nanos(period)))
            }
        }
    }
}

/// How long after `due` it is, without the special case that never is.
fn nanos_between(due: Instant, now: Instant) -> u64 {
    now.as_nanos().saturating_sub(due.as_nanos())
}

/// A duration as our scale has it, saturated.
fn nanos(duration: Duration) -> u64 {
    (Instant::from_nanos(0) + duration).as_nanos()
}

/// Ticks again and again; from [`interval`] and its siblings.
///
/// Its task is woken once for each tick, and not before it waits for the next one. As a stream it is an
/// [`IntervalStream`]; see [`into_stream`](Self::into_stream).
///
/// # Allocation
///
/// One, when it is made, so that it can be moved between ticks. Ticks allocate nothing on the built-in clock.
pub struct Interval<T: Timer = Clock> {
    timer: T,
    sleep: Pin<Box<T::Sleep>>,
    /// When the next tick is due.
    deadline: Instant,
    period: Duration,
    behavior: MissedTickBehavior,
    tolerance: Duration,
    missed: u64,
    skipped: u64,
}

/// How late a tick may be and still count as on time, unless something else is said; tokio's figure.
const TOLERANCE: Duration = Duration::from_millis(5);

impl<T: Timer> Interval<T> {
    /// Waits for the next tick, and gives the instant at which it was due.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: the tick that it waited for comes to the next call.
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given its instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{self, Duration};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut interval = time::interval(Duration::from_micros(100));
    /// for _ in 0..3 {
    ///     interval.tick().await;
    /// }
    /// # });
    /// ```
    pub fn tick(&mut self) -> Tick<'_, T> {
        Tick { interval: Some(self) }
    }

    /// Polls for the next tick; [`tick`](Self::tick) as a function for hand-written futures.
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        ready!(self.sleep.as_mut().poll(cx));
        let (due, now) = (self.deadline, self.timer.now());
        let mut next = due + self.period;
        self.missed = 0;
        // Most ticks are taken late by a little, and a timer's clock may go backwards.
        if now >= next {
            self.missed = nanos_between(due, now) / nanos(self.period);
        }
        if now > due + self.tolerance && self.behavior != MissedTickBehavior::Burst {
            self.skipped = self.skipped.saturating_add(self.missed);
            next = self.behavior.next(due, now, self.period);
        }
        self.set(next);
        Poll::Ready(due)
    }

    /// This as a stream of the instants at which its ticks were due.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::time::{self, Duration};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let ticks = time::interval(Duration::from_micros(100)).into_stream();
    /// assert_eq!(ticks.take(3).count().await, 3);
    /// # });
    /// ```
    pub fn into_stream(self) -> IntervalStream<T> {
        IntervalStream::new(self)
    }

    /// The time from tick to tick.
    pub fn period(&self) -> Duration {
        self.period
    }

    /// What is done about ticks that are taken late.
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.behavior
    }

    /// Says what to do about ticks that are taken late; at first that is [`MissedTickBehavior::Burst`].
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.behavior = behavior;
    }

    /// How long after it was due a tick may be taken and still count as on time.
    pub fn tolerance(&self) -> Duration {
        self.tolerance
    }

    /// Says how long after it was due a tick may be taken and still count as on time; at first that is five milliseconds, as it
    /// always is with tokio.
    ///
    /// It matters where the period is short. With [`Duration::ZERO`] every tick is late that is not taken at its very instant,
    /// and with [`Duration::MAX`] none is, so that the behavior is `Burst` whatever was said.
    ///
    /// # Examples
    ///
    /// A frame that is late by more than itself is left out:
    ///
    /// ```
    /// use anywhen::time::{self, Duration, MissedTickBehavior, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let milli = Duration::from_millis(1);
    /// let mut frames = time::interval(milli);
    /// frames.set_missed_tick_behavior(MissedTickBehavior::Skip);
    /// frames.set_tolerance(Duration::ZERO);
    ///
    /// let start = frames.tick().await;
    /// time::sleep(milli * 7 / 2).await;
    /// assert_eq!(frames.tick().await, start + milli);
    /// assert_eq!(frames.tick().await, start + milli * 4);
    /// assert_eq!(frames.skipped(), 2);
    /// # }));
    /// ```
    pub fn set_tolerance(&mut self, tolerance: Duration) {
        self.tolerance = tolerance;
    }

    /// How many more ticks were due when the last one was taken; see the [table](MissedTickBehavior).
    ///
    /// It says how far behind its ticks the task is: 0 while it takes each before the next one is due. It does not depend on the
    /// tolerance.
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// How many ticks were left out for good, because others were taken late, since it was made; see the
    /// [table](MissedTickBehavior).
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Has the next tick come one period from now.
    pub fn reset(&mut self) {
        self.set(self.timer.now() + self.period);
    }

    /// Has the next tick come at once.
    pub fn reset_immediately(&mut self) {
        self.set(self.timer.now());
    }

    /// Has the next tick come `after` from now, and those behind it every period from there on.
    pub fn reset_after(&mut self, after: Duration) {
        self.set(self.timer.now() + after);
    }

    /// Has the next tick come at `deadline`, and those behind it every period from there on.
    pub fn reset_at(&mut self, deadline: Instant) {
        self.set(deadline);
    }

    fn set(&mut self, deadline: Instant) {
        self.deadline = deadline;
        T::reset(self.sleep.as_mut(), deadline);
    }
}

// The sleep is in a box, and the rest is plain.
impl<T: Timer> Unpin for Interval<T> {}

impl<T: Timer> fmt::Debug for Interval<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interval")
            .field("deadline", &self.deadline)
            .field("period", &self.period)
            .field("missed_tick_behavior", &self.behavior)
            .finish_non_exhaustive()
    }
}

/// Waits for a tick; from [`Interval::tick`].
///
/// # Cancel safety
///
/// Dropping it loses nothing: the tick that it waited for comes to the next call.
#[must_use = "futures do nothing unless polled"]
pub struct Tick<'a, T: Timer = Clock> {
    /// `None` once the tick has come.
    interval: Option<&'a mut Interval<T>>,
}

impl<T: Timer> Future for Tick<'_, T> {
    type Output = Instant;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Instant> {
        let Some(interval) = &mut self.interval else { polled_after_completion("Tick") };
        let due = ready!(interval.poll_tick(cx));
        self.interval = None;
        Poll::Ready(due)
    }
}

impl<T: Timer> FusedFuture for Tick<'_, T> {
    fn is_terminated(&self) -> bool {
        self.interval.is_none()
    }
}

impl<T: Timer> fmt::Debug for Tick<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tick").field("is_terminated", &self.interval.is_none()).finish_non_exhaustive()
    }
}
