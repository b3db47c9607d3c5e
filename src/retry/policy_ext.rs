//! What [`Retry`](super::Retry) can be told before it is polled, for policies: to be kept, or to go into a pipeline, where
//! there is no `Retry` yet.

use core::ops::Deref;
use core::time::Duration;

use super::strategy::{
    AttemptTimeout, Budgeted, DelayFrom, Observed, OnRetry, Strategy, Until, When, WhenResult, With,
};
use super::{Budget, Observer};
use crate::time::{Deadline, Timer};

/// Additions to a policy, or to one that has some already; the methods of [`Retry`](super::Retry) of the same names say more of
/// each.
///
/// They come after what is said of the policy itself, and any number of them goes together. A closure has to say what it takes,
/// since it is not known yet what will be tried.
///
/// # Examples
///
/// ```
/// use std::io;
///
/// use anywhen::prelude::*;
/// use anywhen::retry::{Budget, CircuitBreaker, Counters, Pipeline, Policy};
/// use anywhen::time::Duration;
///
/// static BUDGET: Budget = Budget::new(0.1);
/// static BREAKER: CircuitBreaker = CircuitBreaker::new();
/// static COUNTERS: Counters = Counters::new();
///
/// # anywhen::rt::Std.block_on(async {
/// let policy = Policy::new()
///     .max_attempts(5)
///     .attempt_timeout(Duration::from_secs(10))
///     .budget(&BUDGET)
///     .observe(&COUNTERS)
///     .when(|error: &io::Error| error.kind() != io::ErrorKind::NotFound);
/// let pipeline = Pipeline::new().retry(policy).gate(&BREAKER);
///
/// let missing = || async { Err::<String, _>(io::Error::from(io::ErrorKind::NotFound)) };
/// assert!(pipeline.call(missing).await.is_err());
/// assert_eq!((COUNTERS.attempts(), COUNTERS.retries()), (1, 0));
/// # });
/// ```
pub trait PolicyExt: Strategy + Sized {
    /// Retries only the errors for which `condition` is true; see [`Retry::when`](super::Retry::when).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Policy, PolicyExt, retry};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let of_servers = Policy::new().when(|status: &u16| *status >= 500);
    /// assert_eq!(retry(|| async { Err::<(), _>(404) }).policy(of_servers).await, Err(404));
    /// # });
    /// ```
    fn when<F>(self, condition: F) -> With<Self, When<F>> {
        With { inner: self, hook: When(condition) }
    }

    /// Retries the results for which `condition` is true; see [`Retry::when_result`](super::Retry::when_result).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, Policy, PolicyExt, retry};
    /// use anywhen::time::Duration;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let until_there = Policy::of(Constant::new(Duration::ZERO)).when_result(|result: &Result<Option<u8>, ()>| *result == Ok(None));
    /// let mut found = [None, Some(7)].into_iter();
    /// let look = || std::future::ready(Ok(found.next().unwrap()));
    /// assert_eq!(retry(look).policy(until_there).await, Ok(Some(7)));
    /// # });
    /// ```
    fn when_result<F>(self, condition: F) -> With<Self, WhenResult<F>> {
        With { inner: self, hook: WhenResult(condition) }
    }

    /// Waits for as long as the error asks for; see [`Retry::delay_from`](super::Retry::delay_from).
    ///
    /// # Examples
    ///
    /// A circuit that is open says for how long:
    ///
    /// ```
    /// use anywhen::retry::{CallError, CircuitBreaker, Outcome, Pass, Pipeline, Policy, PolicyExt};
    /// use anywhen::time::{Duration, Instant, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let breaker = CircuitBreaker::new().consecutive_failures(1).open_for(Duration::from_secs(10));
    /// breaker.try_acquire().unwrap().settle(Outcome::Failure);
    ///
    /// let policy = Policy::new().delay_from(|error: &CallError<String>| match error {
    ///     CallError::Refused(refused) => refused.retry_after(),
    ///     _ => None,
    /// });
    /// let start = Instant::now();
    /// let answer = Pipeline::new().retry(policy).gate(&breaker).call(|| async { Ok::<_, CallError<String>>(42) }).await;
    /// assert_eq!((answer, start.elapsed()), (Ok(42), Duration::from_secs(10)));
    /// # }));
    /// ```
    fn delay_from<F>(self, delay: F) -> With<Self, DelayFrom<F>> {
        self.delay_from_within(Duration::ZERO, Duration::MAX, delay)
    }

    /// As [`delay_from`](Self::delay_from), but waits for no less than `floor` and no more than `ceiling`.
    ///
    /// # Panics
    ///
    /// If `floor` is above `ceiling`.
    #[track_caller]
    fn delay_from_within<F>(self, floor: Duration, ceiling: Duration, delay: F) -> With<Self, DelayFrom<F>> {
        With { inner: self, hook: DelayFrom::within(floor, ceiling, delay) }
    }

    /// Tells `hook` of each failure after which there will be another attempt; see [`Retry::on_retry`](super::Retry::on_retry).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, Policy, PolicyExt, RetryEvent, retry};
    /// use anywhen::time::Duration;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut told = 0;
    /// let policy = Policy::of(Constant::new(Duration::ZERO)).on_retry(|_: &RetryEvent<'_, (), &str>| told += 1);
    /// let _ = retry(|| async { Err::<(), _>("down") }).policy(policy).await;
    /// assert_eq!(told, 3);
    /// # });
    /// ```
    fn on_retry<F>(self, hook: F) -> With<Self, OnRetry<F>> {
        With { inner: self, hook: OnRetry(hook) }
    }

    /// Tells `observer` how runs go; see [`Retry::observe`](super::Retry::observe).
    fn observe<O: Observer>(self, observer: O) -> With<Self, Observed<O>> {
        With { inner: self, hook: Observed(observer) }
    }

    /// Drops an attempt that is pending for longer than `limit`; see [`Retry::attempt_timeout`](super::Retry::attempt_timeout).
    fn attempt_timeout(self, limit: Duration) -> With<Self, AttemptTimeout> {
        With { inner: self, hook: AttemptTimeout(limit) }
    }

    /// Begins nothing at the deadline or later; see [`Retry::deadline`](super::Retry::deadline).
    fn deadline(self, deadline: impl Into<Deadline>) -> With<Self, Until> {
        With { inner: self, hook: Until(deadline.into()) }
    }

    /// Takes retries from a budget that all share; see [`Retry::budget`](super::Retry::budget).
    fn budget<G: Deref<Target = Budget<U>>, U: Timer>(self, budget: G) -> With<Self, Budgeted<G>> {
        With { inner: self, hook: Budgeted(budget) }
    }
}

impl<P: Strategy> PolicyExt for P {}
