//! How far a run is: what everything that retries keeps once an attempt has failed, be it a future, a stream, a thread or
//! the user's own loop.

use core::time::Duration;

use super::nanos::Nanos;
use super::schedule::Course;
use super::strategy::{Decide, RetryEvent, Standing, Strategy};
use super::{StopReason, tell};
use crate::time::{Instant, Timer};

/// A run that did not succeed at once.
pub(super) struct Progress<D> {
    /// Attempts that have failed.
    attempts: u32,
    /// When the first attempt was first pending, or failed; if anybody wants to know.
    started: Option<Instant>,
    /// Begun when the first attempt has failed.
    course: Option<Course<D>>,
}

impl<D: Iterator<Item = Duration>> Progress<D> {
    pub(super) const fn new() -> Self {
        Self { attempts: 0, started: None, course: None }
    }

    /// That have failed.
    pub(super) const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// An attempt is under way: the time counts, if anybody wants to know.
    pub(super) fn is_under_way<P: Strategy>(&mut self, strategy: &P, timer: &impl Timer) {
        if self.started.is_none() && Self::is_timed(strategy) {
            self.started = Some(timer.now());
        }
    }

    /// An attempt has ended with something to do `again`, or with an error: how long to wait, or why not to. Whoever asked
    /// to be told is told.
    pub(super) fn failed<V, E, P: Decide<V, E, Delays = D>>(
        &mut self,
        strategy: &mut P,
        timer: &impl Timer,
        result: &Result<V, E>,
        again: bool,
    ) -> Result<Duration, (Standing, StopReason)> {
        let wanted = if again { Ok(strategy.requested_delay(result)) } else { Err(StopReason::NotRetryable) };
        let (standing, next) = self.next(strategy, timer, wanted);
        let delay = next.map_err(|reason| (standing, reason))?;
        strategy.on_retry(&RetryEvent { standing, delay, result });
        Ok(delay)
    }

    /// The same where the result is not known: there may be a delay that it asks for, or a reason to stop.
    pub(super) fn next<P: Strategy<Delays = D>>(
        &mut self,
        strategy: &P,
        timer: &impl Timer,
        wanted: Result<Option<Duration>, StopReason>,
    ) -> (Standing, Result<Duration, StopReason>) {
        self.attempts = self.attempts.saturating_add(1);
        let (is_timed, deadline) = (Self::is_timed(strategy), strategy.deadline());
        let (mut elapsed, mut left) = (Duration::ZERO, Nanos::ENDLESS);
        if is_timed || !deadline.is_never() {
            let now = timer.now();
            if is_timed {
                elapsed = now - *self.started.get_or_insert(now);
            }
            left = Nanos::of(deadline.remaining_from(now));
        }
        let next = wanted.and_then(|requested| {
            let course = self.course.get_or_insert_with(|| Course::new(strategy.backoff(), strategy.limits()));
            let delay = course.delay(strategy.limits(), self.attempts, elapsed, left, requested)?;
            if !strategy.may_retry() {
                return Err(StopReason::BudgetExhausted);
            }
            course.sleeps(delay);
            Ok(delay.duration())
        });
        let slept = self.course.as_ref().map_or(Duration::ZERO, Course::slept);
        let standing = Standing { attempts: self.attempts, elapsed, slept };
        match next {
            Ok(delay) => {
                tell::retries(standing, delay);
                strategy.retries(standing, delay);
            }
            Err(reason) => {
                tell::gives_up(standing, reason);
                strategy.ends(standing, Some(reason));
            }
        }
        (standing, next)
    }

    /// It has succeeded in the end.
    pub(super) fn succeeded<P: Strategy>(&self, strategy: &P, timer: &impl Timer) {
        // Only those who observe are told how long it took.
        let started = if P::OBSERVED { self.started } else { None };
        let elapsed = started.map_or(Duration::ZERO, |started| timer.now() - started);
        let slept = self.course.as_ref().map_or(Duration::ZERO, Course::slept);
        let standing = Standing { attempts: self.attempts.saturating_add(1), elapsed, slept };
        tell::succeeds(standing);
        strategy.ends(standing, None);
    }

    /// Whether anybody asks how much time has passed.
    pub(super) fn is_timed<P: Strategy>(strategy: &P) -> bool {
        P::TIMED || strategy.limits().max_elapsed != Nanos::ENDLESS
    }
}
