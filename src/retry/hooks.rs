//! The things that can be added to a policy: each has a say in one decision.

use core::ops::Deref;
use core::time::Duration;

use super::strategy::{Decide, Hook, RetryEvent, Rule, Standing, With};
use super::{Backoff, Budget, Observer, Policy, StopReason, tell};
use crate::time::error::Elapsed;
use crate::time::{Deadline, Timer};

/// Which errors are retried; from [`Retry::when`](super::Retry::when).
#[derive(Clone, Copy, Debug)]
pub struct When<F>(pub(super) F);

impl<F> Rule for When<F> {}

impl<T, E, F: FnMut(&E) -> bool> Hook<T, E> for When<F> {
    #[inline]
    fn wants_retry(&mut self, result: &Result<T, E>) -> Option<bool> {
        result.as_ref().err().map(&mut self.0)
    }
}

/// Which results are retried; from [`Retry::when_result`](super::Retry::when_result).
#[derive(Clone, Copy, Debug)]
pub struct WhenResult<F>(pub(super) F);

impl<F> Rule for WhenResult<F> {}

impl<T, E, F: FnMut(&Result<T, E>) -> bool> Hook<T, E> for WhenResult<F> {
    #[inline]
    fn wants_retry(&mut self, result: &Result<T, E>) -> Option<bool> {
        Some((self.0)(result))
    }
}

/// Delays that errors ask for; from [`Retry::delay_from`](super::Retry::delay_from).
#[derive(Clone, Copy, Debug)]
pub struct DelayFrom<F> {
    pub(super) delay: F,
    pub(super) floor: Duration,
    pub(super) ceiling: Duration,
}

impl<F> DelayFrom<F> {
    #[track_caller]
    pub(super) fn within(floor: Duration, ceiling: Duration, delay: F) -> Self {
        assert!(floor <= ceiling, "the floor of a delay must not be above its ceiling");
        Self { delay, floor, ceiling }
    }
}

impl<F> Rule for DelayFrom<F> {}

impl<T, E, F: FnMut(&E) -> Option<Duration>> Hook<T, E> for DelayFrom<F> {
    fn requested_delay(&mut self, result: &Result<T, E>) -> Option<Duration> {
        let delay = (self.delay)(result.as_ref().err()?)?;
        Some(delay.clamp(self.floor, self.ceiling))
    }
}

/// Who is told of retries; from [`Retry::on_retry`](super::Retry::on_retry).
#[derive(Clone, Copy, Debug)]
pub struct OnRetry<F>(pub(super) F);

impl<F> Rule for OnRetry<F> {
    const TIMED: bool = true;
}

impl<T, E, F: FnMut(&RetryEvent<'_, T, E>)> Hook<T, E> for OnRetry<F> {
    fn on_retry(&mut self, event: &RetryEvent<'_, T, E>) {
        (self.0)(event);
    }
}

/// How long an attempt may take; from [`Retry::attempt_timeout`](super::Retry::attempt_timeout) and
/// [`Policy::attempt_timeout`](super::Policy::attempt_timeout).
#[derive(Clone, Copy, Debug)]
pub struct AttemptTimeout(pub(super) Duration);

impl Rule for AttemptTimeout {}

impl<T, E: From<Elapsed>> Hook<T, E> for AttemptTimeout {
    const CUTS: bool = true;

    #[inline]
    fn attempt_limit(&self) -> Option<(Duration, fn() -> E)> {
        Some((self.0, || Elapsed::new().into()))
    }
}

/// When all is to be over; from [`Retry::deadline`](super::Retry::deadline) and its like.
#[derive(Clone, Copy, Debug)]
pub struct Until(pub(super) Deadline);

impl Rule for Until {
    #[inline]
    fn deadline(&self) -> Deadline {
        self.0
    }
}

impl<T, E> Hook<T, E> for Until {}

/// Who is told how runs go; from [`Retry::observe`](super::Retry::observe) and its like.
#[derive(Clone, Copy, Debug)]
pub struct Observed<O>(pub(super) O);

impl<O: Observer> Rule for Observed<O> {
    const TIMED: bool = O::TIMED;
    const OBSERVED: bool = true;

    #[inline]
    fn begins(&self) {
        self.0.on_begin();
    }

    fn retries(&self, standing: Standing, delay: Duration) {
        self.0.on_retry(standing, delay);
    }

    #[inline]
    fn ends(&self, standing: Standing, reason: Option<StopReason>) {
        self.0.on_end(standing, reason);
    }
}

impl<T, E, O: Observer> Hook<T, E> for Observed<O> {}

/// The budget that retries share; from [`Retry::budget`](super::Retry::budget) and its like.
#[derive(Clone, Copy, Debug)]
pub struct Budgeted<G>(pub(super) G);

impl<G: Deref<Target = Budget<U>>, U: Timer> Rule for Budgeted<G> {
    #[inline]
    fn begins(&self) {
        self.0.deposit();
    }

    fn may_retry(&self) -> bool {
        let granted = self.0.try_withdraw();
        tell::asks_budget(granted, || self.0.level());
        granted
    }

    fn overruled(&self) {
        self.0.put_back();
    }
}

impl<T, E, G: Deref<Target = Budget<U>>, U: Timer> Hook<T, E> for Budgeted<G> {}

impl<B> Policy<B> {
    /// This policy, with a limit to how long an attempt may take; see [`Retry::attempt_timeout`](super::Retry::attempt_timeout).
    ///
    /// It comes after all else that is said of the policy.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    ///
    /// use anywhen::retry::strategy::{AttemptTimeout, With};
    /// use anywhen::retry::{Policy, retry};
    /// use anywhen::time::Duration;
    ///
    /// static POLICY: With<Policy, AttemptTimeout> =
    ///     Policy::new().max_attempts(1).attempt_timeout(Duration::from_millis(1));
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let hangs = || std::future::pending::<io::Result<()>>();
    /// let error = retry(hangs).policy(&POLICY).await.unwrap_err();
    /// assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    /// # });
    /// ```
    #[must_use]
    pub const fn attempt_timeout(self, limit: Duration) -> With<Self, AttemptTimeout> {
        With { inner: self, hook: AttemptTimeout(limit) }
    }

    /// This policy, until a deadline; see [`Retry::deadline`](super::Retry::deadline).
    ///
    /// It comes after all else that is said of the policy.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Policy, StopReason, retry};
    /// use anywhen::time::{Deadline, Duration};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let policy = Policy::new().deadline(Deadline::after(Duration::ZERO));
    /// let error = retry(|| async { Err::<(), _>("down") }).policy(&policy).detailed().await.unwrap_err();
    /// assert_eq!((error.attempts, error.reason), (1, StopReason::Deadline));
    /// # });
    /// ```
    #[must_use]
    pub fn deadline(self, deadline: impl Into<Deadline>) -> With<Self, Until> {
        With { inner: self, hook: Until(deadline.into()) }
    }

    /// This policy, with a budget that retries share; see [`Retry::budget`](super::Retry::budget).
    ///
    /// It comes after all else that is said of the policy.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    ///
    /// use anywhen::retry::{Budget, Pipeline, Policy};
    /// use anywhen::time::{Duration, VirtualClock};
    ///
    /// static BUDGET: Budget = Budget::new(0.1).with_capacity(1);
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let pipeline = Pipeline::new().retry(Policy::new().budget(&BUDGET)).timeout(Duration::from_secs(1));
    /// let calls = Cell::new(0);
    /// let call = || async {
    ///     calls.set(calls.get() + 1);
    ///     Err::<(), _>(std::io::Error::other("down"))
    /// };
    /// for _ in 0..3 {
    ///     pipeline.call(call).await.unwrap_err();
    /// }
    /// assert_eq!(calls.get(), 4, "one of them was tried again");
    /// # }));
    /// ```
    #[must_use]
    pub const fn budget<G, U>(self, budget: G) -> With<Self, Budgeted<G>>
    where
        G: Deref<Target = Budget<U>>,
        U: Timer,
    {
        With { inner: self, hook: Budgeted(budget) }
    }
}

/// What says the same of every run.
pub trait Unchanging: Rule {}

impl Unchanging for AttemptTimeout {}
impl Unchanging for Until {}
impl<G: Deref<Target = Budget<U>>, U: Timer> Unchanging for Budgeted<G> {}

/// Then it does so by reference, too.
impl<T, E, H: Hook<T, E> + Unchanging> Hook<T, E> for &H {
    const CUTS: bool = H::CUTS;

    #[inline]
    fn attempt_limit(&self) -> Option<(Duration, fn() -> E)> {
        (**self).attempt_limit()
    }
}

/// A policy with such an addition can be borrowed as any other: nothing in it changes.
impl<T, E, B: Backoff, H: Hook<T, E> + Unchanging> Decide<T, E> for &With<Policy<B>, H> {
    type Error = E;
    const CUTS: bool = H::CUTS;

    #[inline]
    fn attempt_limit(&self) -> Option<(Duration, fn() -> E)> {
        self.hook.attempt_limit()
    }

    fn error(error: E, _: Standing, _: StopReason) -> E {
        error
    }
}
