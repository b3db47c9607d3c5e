//! What can be said of a retry before it is polled. Each method takes it apart and puts it together anew.

use core::num::NonZeroU32;
use core::ops::Deref;
use core::time::Duration;

use super::backoff::accepted;
use super::nanos::Nanos;
use super::run::Run;
use super::strategy::{
    Adjust, AttemptTimeout, Budgeted, DelayFrom, Detailed, Limits, Observed, OnRetry, RetryEvent, Rule, Strategy,
    Until, When, WhenResult, With,
};
use super::work::Work;
use super::{Backoff, Budget, Jitter, Observer, Policy, Retry};
use crate::time::{Deadline, Timer};

impl<Op: Work, P: Strategy, T: Timer> Retry<Op, P, T> {
    /// What it was made of.
    #[inline]
    pub(super) fn into_parts(self) -> (Op, P, T) {
        let unpolled = self.run.into_state().and_then(Run::into_parts);
        unpolled.expect("a `Retry` cannot be changed once it has been polled")
    }

    /// The same with another strategy.
    #[inline]
    fn map<Q: Strategy>(self, f: impl FnOnce(P) -> Q) -> Retry<Op, Q, T> {
        let (op, strategy, timer) = self.into_parts();
        Retry::new(op, f(strategy), timer)
    }

    #[inline]
    fn with<H: Rule>(self, hook: H) -> Retry<Op, With<P, H>, T> {
        self.map(|inner| With { inner, hook })
    }

    /// Goes by `policy`, owned or borrowed, instead of the one before and its limits. What was added stays: conditions,
    /// hooks, a timeout.
    ///
    /// Only a policy that is owned can be changed afterwards, with [`max_attempts`](Self::max_attempts) and its like.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Policy, retry};
    ///
    /// const POLICY: Policy = Policy::new().max_retries(5);
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(retry(|| async { Ok::<_, ()>(1) }).policy(&POLICY).await, Ok(1));
    /// # });
    /// ```
    #[inline]
    pub fn policy<Q: Strategy>(self, policy: Q) -> Retry<Op, P::On<Q>, T> {
        self.map(|strategy| strategy.on(policy))
    }

    /// Waits as `backoff` says; the limits stay.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, retry};
    /// use anywhen::time::{Duration, Instant, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let start = Instant::now();
    /// let second = Constant::new(Duration::from_secs(1));
    /// let _ = retry(|| async { Err::<(), _>("down") }).max_retries(3).backoff(second).await;
    /// assert_eq!(start.elapsed(), Duration::from_secs(3));
    /// # }));
    /// ```
    #[inline]
    pub fn backoff<C: Backoff>(self, backoff: C) -> Retry<Op, P::On<Policy<C>>, T> {
        self.map(|strategy| {
            let limits = *strategy.limits();
            strategy.on(Policy { backoff, limits })
        })
    }

    /// Goes by another timer than the current clock: a runtime's own ([`rt`](crate::rt)), or one of yours.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::retry;
    /// use anywhen::rt;
    ///
    /// # rt::Std.block_on(async {
    /// assert_eq!(retry(|| async { Ok::<_, ()>(1) }).on(rt::Std).await, Ok(1));
    /// # });
    /// ```
    pub fn on<U: Timer>(self, timer: U) -> Retry<Op, P, U> {
        let (op, strategy, _) = self.into_parts();
        Retry::new(op, strategy, timer)
    }

    /// Retries only the errors for which `condition` is true. Of several conditions the last counts.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::retry;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut calls = 0;
    /// let missing = || {
    ///     calls += 1;
    ///     async { Err::<(), _>(404) }
    /// };
    /// assert_eq!(retry(missing).when(|status| *status >= 500).await, Err(404));
    /// assert_eq!(calls, 1);
    /// # });
    /// ```
    pub fn when<F>(self, condition: F) -> Retry<Op, With<P, When<F>>, T>
    where
        F: FnMut(&Op::Error) -> bool,
    {
        self.with(When(condition))
    }

    /// Retries the results for which `condition` is true, `Ok`s among them. Of several conditions the last counts; if that
    /// is a [`when`](Self::when), which says nothing of `Ok`s, this one is still asked about them.
    ///
    /// If the policy has had enough, an `Ok` comes back as it is.
    ///
    /// # Examples
    ///
    /// Polling until something is there:
    ///
    /// ```
    /// use anywhen::retry::{Constant, retry};
    /// use anywhen::time::Duration;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut answers = [None, None, Some("there")].into_iter();
    /// let poll = || std::future::ready(Ok::<_, ()>(answers.next().unwrap()));
    /// let found = retry(poll)
    ///     .backoff(Constant::new(Duration::from_millis(1)))
    ///     .when_result(|result| !matches!(result, Ok(Some(_))))
    ///     .await;
    /// assert_eq!(found, Ok(Some("there")));
    /// # });
    /// ```
    pub fn when_result<F>(self, condition: F) -> Retry<Op, With<P, WhenResult<F>>, T>
    where
        F: FnMut(&Result<Op::Value, Op::Error>) -> bool,
    {
        self.with(WhenResult(condition))
    }

    /// Waits for as long as the error asks, where it does: `Retry-After` and its like.
    ///
    /// Such a delay is taken as it is, without jitter, and may be above the backoff's maximum. It takes the place of one of
    /// the backoff's; it counts for all limits, and does not bring back a policy that has had enough. With
    /// [`Duration::MAX`] there is no other attempt. If several closures have an answer, the last added is heard. See [`delay_from_within`](Self::delay_from_within) for a
    /// server that is not to be trusted with the choice.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::retry;
    /// use anywhen::time::{Duration, Instant, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let start = Instant::now();
    /// let busy = || async { Err::<(), _>(Duration::from_secs(7)) };
    /// let _ = retry(busy).max_retries(1).delay_from(|retry_after| Some(*retry_after)).await;
    /// assert_eq!(start.elapsed(), Duration::from_secs(7));
    /// # }));
    /// ```
    pub fn delay_from<F>(self, delay: F) -> Retry<Op, With<P, DelayFrom<F>>, T>
    where
        F: FnMut(&Op::Error) -> Option<Duration>,
    {
        self.delay_from_within(Duration::ZERO, Duration::MAX, delay)
    }

    /// As [`delay_from`](Self::delay_from), but waits for no less than `floor` and no more than `ceiling`.
    ///
    /// # Panics
    ///
    /// If `floor` is above `ceiling`.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::retry;
    /// use anywhen::time::{Duration, Instant, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let start = Instant::now();
    /// let (second, minute, week) = (Duration::from_secs(1), Duration::from_secs(60), Duration::from_secs(7 * 86_400));
    /// let busy = || async { Err::<(), _>(week) };
    /// let _ = retry(busy).max_retries(1).delay_from_within(second, minute, |retry_after| Some(*retry_after)).await;
    /// assert_eq!(start.elapsed(), minute);
    /// # }));
    /// ```
    #[track_caller]
    pub fn delay_from_within<F>(
        self,
        floor: Duration,
        ceiling: Duration,
        delay: F,
    ) -> Retry<Op, With<P, DelayFrom<F>>, T>
    where
        F: FnMut(&Op::Error) -> Option<Duration>,
    {
        self.with(DelayFrom::within(floor, ceiling, delay))
    }

    /// Tells `hook` of each failure after which there will be another attempt, before the delay.
    ///
    /// Of several hooks the first added is told first.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, retry};
    /// use anywhen::time::{Duration, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let (mut errors, mut slept) = (Vec::new(), Duration::ZERO);
    /// let mut results = [Err("once"), Err("twice"), Ok(())].into_iter();
    /// retry(|| std::future::ready(results.next().unwrap()))
    ///     .on_retry(|event| {
    ///         errors.extend(event.error().copied());
    ///         slept += event.delay();
    ///     })
    ///     .backoff(Constant::new(Duration::from_secs(1)))
    ///     .await
    ///     .unwrap();
    /// assert_eq!((errors, slept), (vec!["once", "twice"], Duration::from_secs(2)));
    /// # }));
    /// ```
    pub fn on_retry<F>(self, hook: F) -> Retry<Op, With<P, OnRetry<F>>, T>
    where
        F: FnMut(&RetryEvent<'_, Op::Value, Op::Error>),
    {
        self.with(OnRetry(hook))
    }

    /// Drops an attempt that is pending for longer than `limit`, which then counts as failed with an error made of
    /// [`Elapsed`](crate::time::error::Elapsed).
    ///
    /// The time counts from when the attempt is first pending. Of several limits the last counts. For an error that is not `From<Elapsed>`, put a
    /// [`timeout`](crate::time::timeout()) into the operation.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    ///
    /// use anywhen::retry::retry;
    /// use anywhen::time::{Duration, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let hangs = || std::future::pending::<io::Result<()>>();
    /// let result = retry(hangs).attempt_timeout(Duration::from_secs(1)).await;
    /// assert_eq!(result.unwrap_err().kind(), io::ErrorKind::TimedOut);
    /// # }));
    /// ```
    pub fn attempt_timeout(self, limit: Duration) -> Retry<Op, With<P, AttemptTimeout>, T> {
        self.with(AttemptTimeout(limit))
    }

    /// Begins no attempt at `deadline` or later: a delay that would not end before is not begun, and the last result comes
    /// back at once. Of several deadlines the earliest counts.
    ///
    /// It is a [`Deadline`] or an instant, of the retry's timer. Where [`max_elapsed`](Self::max_elapsed) is how long this
    /// retry may take, a deadline is when the whole of which it is a part must be done, retries within retries included.
    ///
    /// What counts is when the delay is to end. If that is late, because the machine is busy or the clock has
    /// [slack](crate::time::Clock::with_slack), so is the attempt; an [`attempt_timeout`](Self::attempt_timeout) then ends it once
    /// it is pending.
    ///
    /// The first attempt is made in any case. An attempt that has been begun is not interrupted, unless it has a limit: an
    /// [`attempt_timeout`](Self::attempt_timeout) never goes beyond the deadline. So
    /// `attempt_timeout(Duration::MAX)` makes the deadline the only limit of an attempt.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    ///
    /// use anywhen::retry::{Constant, StopReason, retry};
    /// use anywhen::time::{Duration, Instant, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let second = Duration::from_secs(1);
    /// let start = Instant::now();
    /// let fails = || async { Err::<(), _>("down") };
    /// let retry = retry(fails).backoff(Constant::new(second)).deadline(start + second * 2);
    /// // The second delay would end at the deadline.
    /// assert_eq!(retry.detailed().await.unwrap_err().reason, StopReason::Deadline);
    /// assert_eq!(start.elapsed(), second);
    ///
    /// let hangs = || std::future::pending::<io::Result<()>>();
    /// let retry = anywhen::retry::retry(hangs).attempt_timeout(Duration::MAX).deadline(start + second * 5);
    /// assert_eq!(retry.await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    /// assert_eq!(start.elapsed(), second * 5);
    /// # }));
    /// ```
    pub fn deadline(self, deadline: impl Into<Deadline>) -> Retry<Op, With<P, Until>, T> {
        self.with(Until(deadline.into()))
    }

    /// Retries only as long as `budget` has something left, which many retries share: by reference, or in an `Arc`.
    ///
    /// The first attempt earns what the budget says, and each of the others costs a token. It is asked last, when nothing else
    /// is against another attempt; if it has nothing left, the last result comes back at once. See [`Budget`] for why. Of
    /// several budgets each has its say, and where one has nothing left the others keep their tokens.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Budget, StopReason, retry};
    /// use anywhen::time::VirtualClock;
    ///
    /// static BUDGET: Budget = Budget::new(0.1).with_capacity(2);
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let error = retry(|| async { Err::<(), _>("down") }).budget(&BUDGET).detailed().await.unwrap_err();
    /// assert_eq!((error.attempts, error.reason), (3, StopReason::BudgetExhausted));
    /// # }));
    /// ```
    pub fn budget<G, U>(self, budget: G) -> Retry<Op, With<P, Budgeted<G>>, T>
    where
        G: Deref<Target = Budget<U>>,
        U: Timer,
    {
        self.with(Budgeted(budget))
    }

    /// Tells `observer` how it goes: [`Counters`](super::Counters), or what feeds your metrics.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Counters, retry};
    /// use anywhen::time::VirtualClock;
    ///
    /// static FETCHES: Counters = Counters::new();
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let _ = retry(|| async { Err::<(), _>("down") }).max_attempts(3).observe(&FETCHES).await;
    /// assert_eq!((FETCHES.runs(), FETCHES.attempts(), FETCHES.gave_up()), (1, 3, 1));
    /// # }));
    /// ```
    pub fn observe<O: Observer>(self, observer: O) -> Retry<Op, With<P, Observed<O>>, T> {
        self.with(Observed(observer))
    }

    /// Gives a [`RetryError`](super::RetryError) in the end, which says how it came to that.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{StopReason, retry};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let error = retry(|| async { Err::<(), _>("no") }).when(|_| false).detailed().await.unwrap_err();
    /// assert_eq!((error.attempts, error.reason, error.error), (1, StopReason::NotRetryable, "no"));
    /// # });
    /// ```
    pub fn detailed(self) -> Retry<Op, Detailed<P>, T> {
        self.map(|inner| Detailed { inner })
    }
}

/// Limits, for a policy that is owned.
impl<Op: Work, P: Adjust, T: Timer> Retry<Op, P, T> {
    #[inline]
    fn adjust(self, f: impl FnOnce(&mut Limits)) -> Self {
        self.map(|mut strategy| {
            f(strategy.limits_mut());
            strategy
        })
    }

    /// Makes so many attempts at most, the first one included; see [`Policy::max_attempts`].
    ///
    /// # Panics
    ///
    /// If `attempts` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::retry;
    /// use anywhen::time::VirtualClock;
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let error = retry(|| async { Err::<(), _>("down") }).max_attempts(5).detailed().await.unwrap_err();
    /// assert_eq!(error.attempts, 5);
    /// # }));
    /// ```
    #[inline]
    #[track_caller]
    pub fn max_attempts(self, attempts: u32) -> Self {
        let attempts = accepted(Limits::checked_attempts(attempts));
        self.adjust(|limits| limits.max_attempts = attempts)
    }

    /// Makes so many attempts after the first at most; see [`Policy::max_retries`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::retry;
    /// use anywhen::time::VirtualClock;
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let error = retry(|| async { Err::<(), _>("down") }).max_retries(5).detailed().await.unwrap_err();
    /// assert_eq!(error.attempts, 6);
    /// # }));
    /// ```
    #[inline]
    pub fn max_retries(self, retries: u32) -> Self {
        self.adjust(|limits| limits.max_attempts = NonZeroU32::new(retries.saturating_add(1)))
    }

    /// Limits the time that may pass; see [`Policy::max_elapsed`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, StopReason, retry};
    /// use anywhen::time::{Duration, Instant, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let start = Instant::now();
    /// let fails = || async { Err::<(), _>("down") };
    /// let retry = retry(fails).backoff(Constant::new(Duration::from_secs(2))).max_elapsed(Duration::from_secs(5));
    /// let error = retry.detailed().await.unwrap_err();
    /// // A third delay would have ended after six seconds, so it was not begun.
    /// assert_eq!((error.attempts, error.reason), (3, StopReason::MaxElapsed));
    /// assert_eq!(start.elapsed(), Duration::from_secs(4));
    /// # }));
    /// ```
    #[inline]
    pub fn max_elapsed(self, limit: Duration) -> Self {
        self.adjust(|limits| limits.max_elapsed = Nanos::of(limit))
    }

    /// Limits what may be slept in all; see [`Policy::max_slept`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, retry};
    /// use anywhen::time::{Duration, VirtualClock, sleep};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let slow = || async {
    ///     sleep(Duration::from_secs(60)).await;
    ///     Err::<(), _>("down")
    /// };
    /// let second = Duration::from_secs(1);
    /// let error = retry(slow).backoff(Constant::new(second)).max_slept(second * 2).detailed().await.unwrap_err();
    /// assert_eq!((error.attempts, error.elapsed), (3, second * 182));
    /// # }));
    /// ```
    #[inline]
    pub fn max_slept(self, limit: Duration) -> Self {
        self.adjust(|limits| limits.max_slept = Nanos::of(limit))
    }

    /// Spreads the delays; see [`Policy::jitter`].
    ///
    /// # Panics
    ///
    /// If the share of [`Jitter::Proportional`] is not from 0 to 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Jitter, retry};
    /// use anywhen::time::{Duration, Instant, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let start = Instant::now();
    /// let _ = retry(|| async { Err::<(), _>("down") }).jitter(Jitter::None).await;
    /// assert_eq!(start.elapsed(), Duration::from_millis(100 + 200 + 400));
    /// # }));
    /// ```
    #[inline]
    #[track_caller]
    pub fn jitter(self, jitter: Jitter) -> Self {
        let jitter = accepted(jitter.checked());
        self.adjust(|limits| limits.jitter = Some(jitter))
    }

    /// Determines what is random about the delays; see [`Policy::seed`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::retry;
    /// use anywhen::time::{Instant, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let mut took = Vec::new();
    /// for _ in 0..2 {
    ///     let start = Instant::now();
    ///     let _ = retry(|| async { Err::<(), _>("down") }).seed(7).await;
    ///     took.push(start.elapsed());
    /// }
    /// assert_eq!(took[0], took[1]);
    /// # }));
    /// ```
    #[inline]
    pub fn seed(self, seed: u64) -> Self {
        self.adjust(|limits| limits.seed = Some(seed))
    }
}
