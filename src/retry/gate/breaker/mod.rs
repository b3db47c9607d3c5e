//! The circuit breaker: a [`Machine`] behind a lock, and a clock that it is told the time by.

mod machine;
#[cfg(all(test, anywhen_loom))]
mod models;
#[cfg(all(test, not(anywhen_loom)))]
mod tests;
mod window;

use alloc::sync::Arc;
use core::fmt;
use core::future::{Ready, ready};
use core::time::Duration;

use self::machine::{Machine, Rules};
use self::window::{MAX_CALLS, Rule};
use super::handle::{Admitted, Handle, Kind, Settles, Ticket};
use super::{Gated, Outcome, Refused};
use crate::internal::lock::Lock;
use crate::internal::shim::const_unless_loom;
use crate::retry::Exponential;
use crate::retry::moment;
use crate::time::{Clock, Instant, Timer};

/// Turns calls away for a while when they have failed too often, so that they fail at once and the other side can recover.
///
/// It is *closed* at first, and lets all calls through. When there have been too many failures it *opens*, and calls are
/// [turned away](Refused::CircuitOpen) without being made. After [some time](Self::open_for) it is *half-open*: a
/// [few calls](Self::probes) are let through to try. If one of them fails it opens again, if [enough](Self::successes_to_close)
/// go well it closes.
///
/// It opens by one rule, the one that was said last:
///
/// | rule | opens |
/// |---|---|
/// | [`consecutive_failures`](Self::consecutive_failures) | after so many failures in a row; five if nothing is said |
/// | [`failure_rate_of_calls`](Self::failure_rate_of_calls) | when of the last so many calls this share has failed |
/// | [`failure_rate_over`](Self::failure_rate_over) | when of the calls of the last so much time this share has failed |
///
/// A failure is what [the call's classifier](Gated::failure_when) says; every error, if nothing is said. Calls that are given
/// up count as nothing, and those that take too long [may count as failures](Self::slow_call). A success never opens it.
///
/// One breaker is for one thing that fails as a whole: one server, one database. Within a [`retry`](crate::retry::retry()) it
/// ends the run early if refusals are not retried; around one it counts runs instead of attempts.
///
/// The idea is Michael Nygard's (*Release It!*, 2007).
///
/// # Cost
///
/// A lock that is held for some instructions, for each call twice. The clock is read when a call fails, and while it is open;
/// for each call only if a rule is about time. It allocates nothing, and what it remembers is of a fixed size: of calls a bit
/// each, of time ten slices.
///
/// # Fairness
///
/// Nobody waits. Who tries when it is half-open is whoever comes first.
///
/// # Examples
///
/// ```
/// use std::io;
///
/// use anywhen::retry::{CircuitBreaker, CircuitState};
/// # async fn query(_: &str) -> io::Result<u32> { Err(io::Error::other("down")) }
///
/// static DATABASE: CircuitBreaker = CircuitBreaker::new().consecutive_failures(3);
///
/// # anywhen::rt::Std.block_on(async {
/// for _ in 0..3 {
///     assert_eq!(DATABASE.call(query("select 42")).await.unwrap_err().to_string(), "down");
/// }
/// assert_eq!(DATABASE.state(), CircuitState::Open);
/// // This one is not made.
/// let error = DATABASE.call(query("select 42")).await.unwrap_err();
/// assert!(error.to_string().starts_with("the circuit is open; retry after"));
/// # });
/// ```
pub struct CircuitBreaker<T = Clock> {
    rules: Rules,
    machine: Lock<Machine>,
    timer: T,
}

/// The state of a [`CircuitBreaker`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CircuitState {
    /// Calls are let through.
    Closed,
    /// Calls are turned away.
    Open,
    /// Some calls are let through, to try.
    HalfOpen,
}

/// What has become of the calls of a [`CircuitBreaker`] since it was made or [reset](CircuitBreaker::reset).
///
/// Calls that were let through and are in neither of the other numbers are under way, or were given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct BreakerMetrics {
    /// How many were let through.
    pub admitted: u64,
    /// How many were turned away.
    pub refused: u64,
    /// How many went well.
    pub successes: u64,
    /// How many failed, those that were too slow included.
    pub failures: u64,
    /// How often it has opened.
    pub opened: u64,
}

impl BreakerMetrics {
    const ZERO: Self = Self { admitted: 0, refused: 0, successes: 0, failures: 0, opened: 0 };
}

impl CircuitBreaker {
    const_unless_loom! {
        /// A closed one that opens after five failures in a row, for ten seconds; then one call at a time may try, and closes it
        /// if it goes well. It goes by the current clock.
        ///
        /// # Examples
        ///
        /// ```
        /// use anywhen::retry::CircuitBreaker;
        /// use anywhen::time::Duration;
        ///
        /// static SEARCH: CircuitBreaker = CircuitBreaker::new()
        ///     .failure_rate_over(0.5, Duration::from_secs(30))
        ///     .min_calls(20)
        ///     .open_for(Duration::from_secs(5))
        ///     .slow_call(Duration::from_secs(2));
        /// # assert!(SEARCH.try_acquire().is_ok());
        /// ```
        pub fn new() -> Self {
            let rules = Rules {
                rule: Rule::Streak(5),
                min_calls: None,
                open_for: Exponential::new(Duration::from_secs(10), 1.0),
                probes: 1,
                successes: 1,
                slow: None,
            };
            Self { rules, machine: Lock::new(Machine::new()), timer: Clock::ambient() }
        }
    }
}

impl Default for CircuitBreaker {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> CircuitBreaker<T> {
    /// The largest number of calls of which [a rate](Self::failure_rate_of_calls) can be had: 1024.
    pub const MAX_CALLS: u32 = MAX_CALLS;

    /// It opens after `failures` failures in a row.
    ///
    /// # Panics
    ///
    /// If `failures` is zero.
    #[track_caller]
    #[must_use]
    pub const fn consecutive_failures(mut self, failures: u32) -> Self {
        assert!(failures > 0, "a circuit breaker must stand one call at least");
        self.rules.rule = Rule::Streak(failures);
        self
    }

    /// It opens when of the last `calls` calls a share of `rate` has failed. If there have been fewer since it was closed, of
    /// those; but not before there have been [so many](Self::min_calls).
    ///
    /// # Panics
    ///
    /// If `rate` is not a number above 0 and up to 1, if `calls` is zero or above [`MAX_CALLS`](Self::MAX_CALLS), or below the
    /// least number of calls.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::new().failure_rate_of_calls(0.25, 100).min_calls(20);
    /// # let _ = breaker;
    /// ```
    #[track_caller]
    #[must_use]
    pub const fn failure_rate_of_calls(mut self, rate: f64, calls: u32) -> Self {
        assert!(is_share(rate), "the failure rate of a circuit breaker must be above 0, and at most 1");
        assert!(calls > 0 && calls <= MAX_CALLS, "a circuit breaker can remember from 1 to 1024 calls");
        self.rules.rule = Rule::OfCalls { rate, calls };
        self.checked()
    }

    /// It opens when of the calls of the last `period` a share of `rate` has failed; but not before there have been
    /// [so many](Self::min_calls) in that time.
    ///
    /// Calls count from when they are over. They are forgotten a tenth of the period at a time.
    ///
    /// # Panics
    ///
    /// If `rate` is not a number above 0 and up to 1, or if `period` is zero.
    #[track_caller]
    #[must_use]
    pub const fn failure_rate_over(mut self, rate: f64, period: Duration) -> Self {
        assert!(is_share(rate), "the failure rate of a circuit breaker must be above 0, and at most 1");
        assert!(!period.is_zero(), "the period of a failure rate must not be zero");
        self.rules.rule = Rule::Over { rate, period };
        self
    }

    /// A rate is not looked at before there have been `calls` calls. Ten if nothing is said, or as many as are remembered if
    /// that is less.
    ///
    /// # Panics
    ///
    /// If `calls` is zero, or above the number of calls that are remembered.
    #[track_caller]
    #[must_use]
    pub const fn min_calls(mut self, calls: u32) -> Self {
        assert!(calls > 0, "a failure rate is of one call at least");
        self.rules.min_calls = Some(calls);
        self.checked()
    }

    #[track_caller]
    const fn checked(self) -> Self {
        if let (Rule::OfCalls { calls, .. }, Some(min)) = (self.rules.rule, self.rules.min_calls) {
            assert!(min <= calls, "a circuit breaker that remembers fewer calls than it waits for would never open");
        }
        self
    }

    /// It stays open for `duration`, each time.
    ///
    /// # Panics
    ///
    /// If `duration` is zero.
    #[track_caller]
    #[must_use]
    pub const fn open_for(mut self, duration: Duration) -> Self {
        assert!(!duration.is_zero(), "a circuit breaker must stay open for some time");
        self.rules.open_for = Exponential::new(duration, 1.0);
        self
    }

    /// It stays open for the first delay of `backoff`, and for the next one each time that it opens again without having been
    /// closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{CircuitBreaker, Exponential};
    /// use anywhen::time::Duration;
    ///
    /// const OPEN_FOR: Exponential = Exponential::new(Duration::from_secs(1), 2.0).with_max(Duration::from_secs(60));
    ///
    /// let breaker = CircuitBreaker::new().open_backoff(OPEN_FOR);
    /// # let _ = breaker;
    /// ```
    #[must_use]
    pub const fn open_backoff(mut self, backoff: Exponential) -> Self {
        self.rules.open_for = backoff;
        self
    }

    /// When it is half-open, `calls` calls at a time may try; the rest is turned away. One if nothing is said.
    ///
    /// # Panics
    ///
    /// If `calls` is zero.
    #[track_caller]
    #[must_use]
    pub const fn probes(mut self, calls: u32) -> Self {
        assert!(calls > 0, "a half-open circuit must let one call try at least");
        self.rules.probes = calls;
        self
    }

    /// When it is half-open, `calls` successes close it. One if nothing is said.
    ///
    /// # Panics
    ///
    /// If `calls` is zero.
    #[track_caller]
    #[must_use]
    pub const fn successes_to_close(mut self, calls: u32) -> Self {
        assert!(calls > 0, "a half-open circuit is closed by one success at least");
        self.rules.successes = calls;
        self
    }

    /// Calls that take longer than `limit` count as failures, even if they go well. For one that may never end, put a
    /// [timeout](crate::time::timeout()) into the call as well.
    ///
    /// # Panics
    ///
    /// If `limit` is zero.
    #[track_caller]
    #[must_use]
    pub const fn slow_call(mut self, limit: Duration) -> Self {
        assert!(!limit.is_zero(), "every call takes longer than no time");
        self.rules.slow = Some(limit);
        self
    }

    /// The same breaker by another timer.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::CircuitBreaker;
    /// use anywhen::rt;
    ///
    /// let breaker: CircuitBreaker<rt::Std> = CircuitBreaker::new().on(rt::Std);
    /// # let _ = breaker;
    /// ```
    #[must_use]
    pub fn on<U: Timer>(self, timer: U) -> CircuitBreaker<U> {
        CircuitBreaker { rules: self.rules, machine: self.machine, timer }
    }

    /// Opens it until it is [closed](Self::close) or [reset](Self::reset): it does not become half-open by itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{CircuitBreaker, Refused};
    /// use anywhen::time::Duration;
    ///
    /// let breaker = CircuitBreaker::new();
    /// breaker.open();
    /// assert_eq!(breaker.try_acquire().unwrap_err(), Refused::CircuitOpen { retry_after: Duration::MAX });
    /// breaker.close();
    /// assert!(breaker.try_acquire().is_ok());
    /// ```
    pub fn open(&self) {
        self.machine.with(Machine::open_for_good);
    }

    /// Closes it. It forgets the failures so far, and how often it has been open in a row; calls that are under way will not
    /// count.
    pub fn close(&self) {
        self.machine.with(Machine::close);
    }

    /// As [`close`](Self::close), and the [metrics](Self::metrics) are zero again. Calls that are under way will not be in
    /// them.
    pub fn reset(&self) {
        self.machine.with(Machine::reset);
    }

    /// What has become of the calls so far.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::CircuitBreaker;
    /// # async fn work() -> std::io::Result<()> { Ok(()) }
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let breaker = CircuitBreaker::new();
    /// breaker.call(work()).await.unwrap();
    /// assert_eq!((breaker.metrics().admitted, breaker.metrics().successes), (1, 1));
    /// # });
    /// ```
    pub fn metrics(&self) -> BreakerMetrics {
        self.machine.with(|machine| machine.counts())
    }
}

impl<T: Timer> CircuitBreaker<T> {
    /// Does `future`, unless the circuit is open.
    ///
    /// # Errors
    ///
    /// The future gives the error of the call, or [`Refused::CircuitOpen`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives the call up. If it was one that tried a half-open circuit, another may.
    #[inline]
    pub fn call<F: IntoFuture>(&self, future: F) -> Gated<&Self, F::IntoFuture> {
        Gated::new(self, future.into_future())
    }

    /// As [`call`](Self::call); the future keeps the breaker alive.
    #[inline]
    pub fn call_owned<F: IntoFuture>(self: Arc<Self>, future: F) -> Gated<Arc<Self>, F::IntoFuture> {
        Gated::new(self, future.into_future())
    }

    /// Lets a call through, or turns it away. [Settle](super::Pass::settle) what it gives when the call is over.
    ///
    /// # Errors
    ///
    /// [`Refused::CircuitOpen`].
    #[inline]
    pub fn try_acquire(&self) -> Result<Admitted<&Self>, Refused> {
        Ok(Admitted::new(self, self.admit_one()?))
    }

    /// As [`try_acquire`](Self::try_acquire); what it gives keeps the breaker alive.
    ///
    /// # Errors
    ///
    /// [`Refused::CircuitOpen`].
    #[inline]
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<Admitted<Arc<Self>>, Refused> {
        let ticket = self.admit_one()?;
        Ok(Admitted::new(self, ticket))
    }

    /// The state at this moment.
    pub fn state(&self) -> CircuitState {
        self.at_the_time(false, |machine, now| machine.state(now))
    }

    #[inline]
    fn admit_one(&self) -> Result<Ticket, Refused> {
        self.at_the_time(self.rules.is_timed(), |machine, now| machine.admit(&self.rules, now))
    }

    /// Asks the machine, and tells it the time if that matters `always`, or else if it needs to know it.
    #[inline]
    fn at_the_time<R>(&self, always: bool, ask: impl Fn(&mut Machine, Option<Instant>) -> Option<R>) -> R {
        let answer = if always { None } else { self.machine.with(|machine| ask(machine, None)) };
        if let Some(answer) = answer {
            return answer;
        }
        match moment::tell(&self.machine, &self.timer, |machine, now| ask(machine, Some(now))) {
            Some(answer) => answer,
            None => unreachable!("it knows what time it is"),
        }
    }
}

impl<T: Timer> Kind for CircuitBreaker<T> {
    type Admission<H: Handle<Gate = Self>> = Ready<Result<Admitted<H>, Refused>>;
    type Pass<H: Handle<Gate = Self>> = Admitted<H>;

    #[inline]
    fn admission<H: Handle<Gate = Self>>(handle: H) -> Self::Admission<H> {
        let ticket = handle.gate().admit_one();
        ready(ticket.map(|ticket| Admitted::new(handle, ticket)))
    }
}

impl<T: Timer> Settles for CircuitBreaker<T> {
    #[inline]
    fn settle(&self, ticket: &mut Option<Ticket>, outcome: Outcome) {
        let time_matters = match outcome {
            Outcome::Success => self.rules.is_timed(),
            Outcome::Failure => true,
            Outcome::Ignored => false,
        };
        let mut settle = |machine: &mut Machine, now| {
            if let Some(ticket) = ticket.take() {
                machine.settle(&self.rules, ticket, outcome, now);
            }
        };
        if time_matters {
            moment::tell(&self.machine, &self.timer, settle);
        } else {
            self.machine.with(|machine| settle(machine, Instant::FAR_FUTURE));
        }
    }
}

impl<T> fmt::Debug for CircuitBreaker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreaker").field("metrics", &self.metrics()).finish_non_exhaustive()
    }
}

/// Whether it is a number above 0, and at most 1.
const fn is_share(rate: f64) -> bool {
    rate > 0.0 && rate <= 1.0
}
