//! The course of one run, without a clock or a future: given that an attempt has failed, how long to wait before the next,
//! or why not.

use core::fmt;
use core::time::Duration;

use super::jitter::Spread;
use super::nanos::Nanos;
use super::policy::Limits;
use super::{Backoff, Policy};
use crate::internal::rng::{self, Rng};

/// Why there was no further attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// The result is one that is not to be retried.
    NotRetryable,
    /// All attempts have been made.
    MaxAttempts,
    /// The next delay would have ended after the time that may pass.
    MaxElapsed,
    /// The next delay would have exceeded what may be slept in all.
    MaxSlept,
    /// The next delay would not have ended before the [deadline](super::Retry::deadline).
    Deadline,
    /// The budget that retries share has nothing left.
    BudgetExhausted,
    /// The backoff has no further delay.
    BackoffEnded,
    /// The next delay would never end: it was [`Duration::MAX`], or grew beyond what 64 bits of nanoseconds hold.
    EndlessDelay,
}

impl StopReason {
    /// All there are, in their order.
    pub(super) const ALL: [Self; 8] = [
        Self::NotRetryable,
        Self::MaxAttempts,
        Self::MaxElapsed,
        Self::MaxSlept,
        Self::Deadline,
        Self::BudgetExhausted,
        Self::BackoffEnded,
        Self::EndlessDelay,
    ];
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotRetryable => "it cannot be retried",
            Self::MaxAttempts => "all attempts have been made",
            Self::MaxElapsed => "the time is up",
            Self::MaxSlept => "no more may be slept",
            Self::Deadline => "the deadline is too near",
            Self::BudgetExhausted => "the budget for retries is used up",
            Self::BackoffEnded => "the backoff has ended",
            Self::EndlessDelay => "the next delay would never end",
        })
    }
}

/// The course of one run of a [`Policy`], for loops of your own; from [`Policy::schedule`].
///
/// It knows no clock: tell it how much time has passed, and it says how long to wait. [`Retry`](super::Retry) goes by one.
///
/// # Examples
///
/// ```
/// use anywhen::retry::{Constant, Policy, StopReason};
/// use anywhen::time::Duration;
///
/// let second = Duration::from_secs(1);
/// let mut schedule = Policy::of(Constant::new(second)).max_retries(2).schedule();
/// assert_eq!(schedule.after_failure(Duration::ZERO, None), Ok(second));
/// assert_eq!(schedule.after_failure(second, None), Ok(second));
/// assert_eq!(schedule.after_failure(second * 2, None), Err(StopReason::MaxAttempts));
/// assert_eq!((schedule.attempts(), schedule.slept()), (3, second * 2));
/// ```
#[derive(Clone, Debug)]
pub struct Schedule<D> {
    limits: Limits,
    course: Course<D>,
    /// That have failed.
    attempts: u32,
    stopped: Option<StopReason>,
}

impl<B: Backoff> Policy<B> {
    /// Begins a run.
    ///
    /// # Examples
    ///
    /// A loop that blocks its thread:
    ///
    /// ```
    /// use std::thread;
    /// use std::time::Instant;
    ///
    /// use anywhen::retry::{Constant, Policy};
    /// use anywhen::time::Duration;
    ///
    /// let mut answers = [Err("busy"), Err("busy"), Ok(42)].into_iter();
    /// let mut schedule = Policy::of(Constant::new(Duration::from_millis(1))).schedule();
    /// let start = Instant::now();
    /// let answer = loop {
    ///     match answers.next().unwrap() {
    ///         Ok(answer) => break Ok(answer),
    ///         Err(error) => match schedule.after_failure(start.elapsed(), None) {
    ///             Ok(delay) => thread::sleep(delay),
    ///             Err(_) => break Err(error),
    ///         },
    ///     }
    /// };
    /// assert_eq!((answer, schedule.attempts()), (Ok(42), 2));
    /// ```
    pub fn schedule(&self) -> Schedule<B::Delays> {
        let course = Course::new(&self.backoff, &self.limits);
        Schedule { limits: self.limits, course, attempts: 0, stopped: None }
    }
}

impl<D: Iterator<Item = Duration>> Schedule<D> {
    /// An attempt has failed, `elapsed` after the first was begun: how long to wait before the next.
    ///
    /// `requested` is a delay that the failure itself asks for; it takes the place of the backoff's, which is used up all
    /// the same.
    ///
    /// # Errors
    ///
    /// [`StopReason`] says why there is to be no other attempt. From then on every call gives that.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, Policy};
    /// use anywhen::time::Duration;
    ///
    /// let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
    /// let mut schedule = Policy::of(Constant::new(second)).schedule();
    /// assert_eq!(schedule.after_failure(Duration::ZERO, None), Ok(second));
    /// // The server said `Retry-After: 60`.
    /// assert_eq!(schedule.after_failure(second, Some(minute)), Ok(minute));
    /// ```
    pub fn after_failure(&mut self, elapsed: Duration, requested: Option<Duration>) -> Result<Duration, StopReason> {
        self.attempts = self.attempts.saturating_add(1);
        match self.stopped {
            Some(reason) => Err(reason),
            None => {
                let next = self.course.delay(&self.limits, self.attempts, elapsed, Nanos::ENDLESS, requested);
                let next = next.inspect_err(|reason| self.stopped = Some(*reason))?;
                self.course.sleeps(next);
                Ok(next.duration())
            }
        }
    }

    /// How many attempts have failed.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Policy;
    /// use anywhen::time::Duration;
    ///
    /// let mut schedule = Policy::new().schedule();
    /// assert_eq!(schedule.attempts(), 0);
    /// let _ = schedule.after_failure(Duration::ZERO, None);
    /// assert_eq!(schedule.attempts(), 1);
    /// ```
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The sum of all delays so far, the last one included: what was slept once that is over.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, Policy};
    /// use anywhen::time::Duration;
    ///
    /// let second = Duration::from_secs(1);
    /// let mut schedule = Policy::of(Constant::new(second)).schedule();
    /// while schedule.after_failure(Duration::ZERO, None).is_ok() {}
    /// assert_eq!(schedule.slept(), second * 3);
    /// ```
    pub fn slept(&self) -> Duration {
        self.course.slept()
    }
}

/// Which delays there are to be: a schedule without what its owner keeps. Not to be asked again once it has ended.
#[derive(Clone, Debug)]
pub(super) struct Course<D> {
    delays: D,
    spread: Spread,
    /// What the policy says, or else the backoff.
    max_attempts: u32,
    slept: Nanos,
}

impl<D: Iterator<Item = Duration>> Course<D> {
    pub(super) fn new<B: Backoff<Delays = D>>(backoff: &B, limits: &Limits) -> Self {
        let mut rng = limits.seed.map_or_else(rng::fork, Rng::with_seed);
        let delays = backoff.delays(rng.u64(..));
        let spread = Spread::new(limits.jitter.unwrap_or_else(|| backoff.jitter()), rng, backoff.max());
        Self { delays, spread, max_attempts: limits.attempts(backoff), slept: Nanos(0) }
    }

    /// See [`Schedule::after_failure`]. `left` is what is left until a deadline.
    pub(super) fn delay(
        &mut self,
        limits: &Limits,
        attempts: u32,
        elapsed: Duration,
        left: Nanos,
        requested: Option<Duration>,
    ) -> Result<Nanos, StopReason> {
        if attempts >= self.max_attempts && self.max_attempts != u32::MAX {
            return Err(StopReason::MaxAttempts);
        }
        // Counted here, beside the rule: if it is one of ours, the optimiser sees that it has counted in nanoseconds, too.
        let base = Nanos::of(self.delays.next().ok_or(StopReason::BackoffEnded)?);
        let jittered = self.spread.apply(base);
        let delay = requested.map_or(jittered, Nanos::of);
        if delay == Nanos::ENDLESS {
            return Err(StopReason::EndlessDelay);
        }
        if self.slept.plus(delay) > limits.max_slept {
            return Err(StopReason::MaxSlept);
        }
        if Nanos::of(elapsed).plus(delay) > limits.max_elapsed {
            return Err(StopReason::MaxElapsed);
        }
        // At the deadline there is no time left for an attempt.
        if delay >= left {
            return Err(StopReason::Deadline);
        }
        Ok(delay)
    }

    /// The delay will be slept.
    pub(super) fn sleeps(&mut self, delay: Nanos) {
        self.slept = self.slept.plus(delay);
    }

    /// How much that was in all.
    pub(super) fn slept(&self) -> Duration {
        self.slept.duration()
    }
}
