//! The future that tries again.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use futures_core::FusedFuture;
use pin_project_lite::pin_project;

use super::hooks::{AttemptTimeout, DelayFrom, OnRetry, When, WhenResult};
use super::policy::Limits;
use super::schedule::Schedule;
use super::strategy::{Adjust, Decide, Detailed, RetryEvent, Standing, Strategy, With};
use super::{Backoff, Jitter, Policy, StopReason};
use crate::internal::live::Live;
use crate::time::{Clock, Instant, Timer};

/// How many attempts may follow each other in one poll before the task yields, where none of them waits for anything.
const ATTEMPTS_PER_POLL: u32 = 128;

/// Something that can be done again and again: every `FnMut() -> impl Future<Output = Result<T, E>>`.
pub trait Operation {
    /// What comes of it when it succeeds.
    type Output;
    /// What comes of it when it fails.
    type Error;
    /// One attempt.
    type Future: Future<Output = Result<Self::Output, Self::Error>>;

    /// Begins an attempt.
    fn attempt(&mut self) -> Self::Future;
}

impl<F, Fut, T, E> Operation for F
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    type Output = T;
    type Error = E;
    type Future = Fut;

    #[inline]
    fn attempt(&mut self) -> Fut {
        self()
    }
}

/// Does `op` until it succeeds, or until the policy has had enough.
///
/// Without more it goes by the [default policy](Policy#the-default): four attempts at most, every error is retried. The
/// methods of [`Retry`] change that; call them before the first poll, and await the whole.
///
/// # Errors
///
/// The future gives the error of the last attempt, as it is.
///
/// # Cancel safety
///
/// Dropping the future drops the attempt that is under way. What that had begun may have happened or not.
///
/// # Allocation
///
/// None. The first attempt, if it succeeds, costs neither a reading of the clock nor a random number.
///
/// # Examples
///
/// ```
/// use anywhen::retry::retry;
/// use anywhen::time::VirtualClock;
///
/// # anywhen::rt::Std.block_on(async {
/// let mut left = [Err("not yet"), Err("not yet"), Ok(42)].into_iter();
/// let answer = VirtualClock::new().scope(retry(|| std::future::ready(left.next().unwrap()))).await;
/// assert_eq!(answer, Ok(42));
/// # });
/// ```
#[inline]
pub fn retry<Op: Operation>(op: Op) -> Retry<Op> {
    Retry::new(op, Policy::new(), Clock::default())
}

pin_project! {
    /// Does something until it succeeds; from [`retry()`].
    ///
    /// `Op` is the operation, `P` the policy with what was added to it, `T` the timer. So the type can be named:
    ///
    /// ```
    /// use std::future::Ready;
    ///
    /// use anywhen::retry::{Policy, Retry, retry};
    ///
    /// struct Ping {
    ///     attempts: Retry<fn() -> Ready<Result<(), String>>, &'static Policy>,
    /// }
    ///
    /// const POLICY: Policy = Policy::new().max_retries(7);
    /// let op: fn() -> _ = || std::future::ready(Ok(()));
    /// let ping = Ping { attempts: retry(op).policy(&POLICY) };
    /// # anywhen::rt::Std.block_on(ping.attempts).unwrap();
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the attempt that is under way. What that had begun may have happened or not.
    ///
    /// # Fairness
    ///
    /// Where no attempt waits for anything and delays are zero, the task yields after 128 attempts.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its result, or the operation, an attempt or a closure has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct Retry<Op: Operation, P: Strategy = Policy, T: Timer = Clock> {
        #[pin]
        run: Live<Run<Op, P, T, Op::Future, T::Sleep, P::Delays>>,
    }
}

pin_project! {
    /// The state of a run.
    struct Run<Op, P, T, F, S, D> {
        op: Op,
        strategy: P,
        timer: T,
        phase: Phase,
        #[pin]
        attempt: Option<F>,
        // The delay between attempts, or the limit of the one under way.
        #[pin]
        sleep: Option<S>,
        // When the first attempt was first pending, or failed; if anybody wants to know.
        started: Option<Instant>,
        // Made when the first attempt has failed.
        schedule: Option<Schedule<D>>,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// An attempt is to be begun.
    Start,
    Attempt,
    Sleep,
}

// Always inlined, these and those below: a call would copy the place of the attempt, which is empty, but as large as the
// attempt. Six calls around an HTTP request came to 3600 instructions.
impl<Op: Operation, P: Strategy, T: Timer> Retry<Op, P, T> {
    #[inline(always)]
    fn new(op: Op, strategy: P, timer: T) -> Self {
        let run =
            Run { op, strategy, timer, phase: Phase::Start, attempt: None, sleep: None, started: None, schedule: None };
        Self { run: Live::new(run) }
    }

    /// The same with another strategy.
    ///
    /// # Panics
    ///
    /// If it has been polled and is over.
    #[inline(always)]
    #[track_caller]
    fn map<Q: Strategy>(self, f: impl FnOnce(P) -> Q) -> Retry<Op, Q, T> {
        let run = self.unpolled();
        Retry::new(run.op, f(run.strategy), run.timer)
    }

    #[inline(always)]
    #[track_caller]
    fn unpolled(self) -> Run<Op, P, T, Op::Future, T::Sleep, P::Delays> {
        match self.run.into_state() {
            Some(run) if run.phase == Phase::Start && run.schedule.is_none() => run,
            _ => panic!("a `Retry` cannot be changed once it has been polled"),
        }
    }

    #[inline(always)]
    fn with<H>(self, hook: H) -> Retry<Op, With<P, H>, T> {
        self.map(|inner| With { inner, hook })
    }

    /// Goes by `policy`, owned or borrowed, instead of what was set before.
    #[inline(always)]
    pub fn policy<Q: Strategy>(self, policy: Q) -> Retry<Op, Q, T> {
        self.map(|_| policy)
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
    #[inline(always)]
    pub fn on<U: Timer>(self, timer: U) -> Retry<Op, P, U> {
        let run = self.unpolled();
        Retry::new(run.op, run.strategy, timer)
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
    #[inline(always)]
    pub fn when<F>(self, condition: F) -> Retry<Op, With<P, When<F>>, T>
    where
        F: FnMut(&Op::Error) -> bool,
    {
        self.with(When(condition))
    }

    /// Retries the results for which `condition` is true, `Ok`s among them. Of several conditions the last counts.
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
    #[inline(always)]
    pub fn when_result<F>(self, condition: F) -> Retry<Op, With<P, WhenResult<F>>, T>
    where
        F: FnMut(&Result<Op::Output, Op::Error>) -> bool,
    {
        self.with(WhenResult(condition))
    }

    /// Waits for as long as the error asks, where it does: `Retry-After` and its like.
    ///
    /// Such a delay is taken as it is, without jitter. It takes the place of one of the backoff's; it counts for all limits,
    /// and does not bring back a policy that has had enough. See [`delay_from_within`](Self::delay_from_within) for a
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
    #[inline(always)]
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
    #[inline(always)]
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
        assert!(floor <= ceiling, "the floor of a delay must not be above its ceiling");
        self.with(DelayFrom { delay, floor, ceiling })
    }

    /// Tells `hook` of each failure after which there will be another attempt, before the delay.
    ///
    /// Of several hooks the first added is told first.
    #[inline(always)]
    pub fn on_retry<F>(self, hook: F) -> Retry<Op, With<P, OnRetry<F>>, T>
    where
        F: FnMut(&RetryEvent<'_, Op::Output, Op::Error>),
    {
        self.with(OnRetry(hook))
    }

    /// Drops an attempt that is pending for longer than `limit`, which then counts as failed with an error made of
    /// [`Elapsed`](crate::time::error::Elapsed).
    ///
    /// The time counts from when the attempt is first pending. For an error that is not `From<Elapsed>`, put a
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
    #[inline(always)]
    pub fn attempt_timeout(self, limit: Duration) -> Retry<Op, With<P, AttemptTimeout>, T> {
        self.with(AttemptTimeout(limit))
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
    #[inline(always)]
    pub fn detailed(self) -> Retry<Op, Detailed<P>, T> {
        self.map(|inner| Detailed { inner })
    }
}

impl<Op: Operation, B: Backoff, T: Timer> Retry<Op, Policy<B>, T> {
    /// Waits as `backoff` says. To be called before anything is added that is not a limit.
    #[inline(always)]
    pub fn backoff<C: Backoff>(self, backoff: C) -> Retry<Op, Policy<C>, T> {
        self.map(|policy| policy.backoff(backoff))
    }
}

impl<Op: Operation, P: Adjust, T: Timer> Retry<Op, P, T> {
    #[inline(always)]
    #[track_caller]
    fn adjust(self, f: impl FnOnce(&mut Limits)) -> Self {
        self.map(|mut strategy| {
            f(strategy.limits_mut());
            strategy
        })
    }

    /// Makes so many attempts at most; see [`Policy::max_attempts`].
    ///
    /// # Panics
    ///
    /// If `attempts` is zero.
    #[inline(always)]
    #[track_caller]
    pub fn max_attempts(self, attempts: u32) -> Self {
        self.adjust(|limits| limits.set_max_attempts(attempts))
    }

    /// Makes so many attempts after the first at most; see [`Policy::max_retries`].
    #[inline(always)]
    pub fn max_retries(self, retries: u32) -> Self {
        self.adjust(|limits| limits.max_attempts = retries.saturating_add(1))
    }

    /// Limits the time that may pass; see [`Policy::max_elapsed`].
    #[inline(always)]
    pub fn max_elapsed(self, limit: Duration) -> Self {
        self.adjust(|limits| limits.max_elapsed = limit)
    }

    /// Limits what may be slept in all; see [`Policy::max_slept`].
    #[inline(always)]
    pub fn max_slept(self, limit: Duration) -> Self {
        self.adjust(|limits| limits.max_slept = limit)
    }

    /// Spreads the delays; see [`Policy::jitter`].
    ///
    /// # Panics
    ///
    /// If the share of [`Jitter::Proportional`] is not from 0 to 1.
    #[inline(always)]
    #[track_caller]
    pub fn jitter(self, jitter: Jitter) -> Self {
        jitter.check();
        self.adjust(|limits| limits.jitter = jitter)
    }

    /// Determines what is random about the delays; see [`Policy::seed`].
    #[inline(always)]
    pub fn seed(self, seed: u64) -> Self {
        self.adjust(|limits| limits.seed = Some(seed))
    }
}

impl<B> Policy<B> {
    /// This policy, with a limit to how long an attempt may take; see [`Retry::attempt_timeout`].
    #[must_use]
    pub const fn attempt_timeout(self, limit: Duration) -> With<Self, AttemptTimeout> {
        With { inner: self, hook: AttemptTimeout(limit) }
    }
}

impl<Op, P, T> Future for Retry<Op, P, T>
where
    Op: Operation,
    P: Decide<Op::Output, Op::Error>,
    T: Timer,
{
    type Output = Result<Op::Output, P::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().run.poll("Retry", |run| run.poll(cx))
    }
}

impl<Op, P, T> Run<Op, P, T, Op::Future, T::Sleep, P::Delays>
where
    Op: Operation,
    P: Decide<Op::Output, Op::Error>,
    T: Timer,
{
    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Op::Output, P::Error>> {
        let mut budget = ATTEMPTS_PER_POLL;
        loop {
            let mut this = self.as_mut().project();
            if *this.phase == Phase::Start {
                if budget == 0 {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                budget -= 1;
                this.attempt.set(Some(this.op.attempt()));
                *this.phase = Phase::Attempt;
            }
            if *this.phase == Phase::Attempt {
                let Some(attempt) = this.attempt.as_mut().as_pin_mut() else { unreachable!("there is an attempt") };
                let result = match attempt.poll(cx) {
                    Poll::Ready(result) => result,
                    Poll::Pending => Err(ready!(self.as_mut().poll_limit(cx))),
                };
                let mut this = self.as_mut().project();
                this.attempt.set(None);
                let again = this.strategy.wants_retry(&result);
                match result {
                    Ok(output) if !again => return Poll::Ready(Ok(output)),
                    result => {
                        if let Some(end) = self.as_mut().failed(result, again) {
                            return Poll::Ready(end);
                        }
                    }
                }
            } else {
                let Some(sleep) = this.sleep.as_mut().as_pin_mut() else { unreachable!("there is a delay") };
                ready!(sleep.poll(cx));
                this.sleep.set(None);
                *this.phase = Phase::Start;
            }
        }
    }

    /// The attempt is pending: looks whether that has been so for too long.
    fn poll_limit(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Op::Error> {
        let mut this = self.project();
        if this.started.is_none() && is_timed::<Op, P>(this.strategy) {
            *this.started = Some(this.timer.now());
        }
        let Some((limit, error)) = this.strategy.attempt_limit() else { return Poll::Pending };
        if this.sleep.is_none() {
            this.sleep.set(Some(this.timer.sleep(limit)));
        }
        let Some(sleep) = this.sleep.as_pin_mut() else { return Poll::Pending };
        sleep.poll(cx).map(|()| error())
    }

    /// An attempt has ended with something to do `again`, or with an error: goes to sleep, or gives the end.
    #[cold]
    fn failed(
        self: Pin<&mut Self>,
        result: Result<Op::Output, Op::Error>,
        again: bool,
    ) -> Option<Result<Op::Output, P::Error>> {
        let mut this = self.project();
        // The limit of the attempt, if there was one.
        this.sleep.set(None);
        let elapsed = if is_timed::<Op, P>(this.strategy) {
            let now = this.timer.now();
            now - *this.started.get_or_insert(now)
        } else {
            Duration::ZERO
        };
        let strategy = this.strategy;
        let (next, attempts) = if again {
            let requested = strategy.requested_delay(&result);
            let schedule = this.schedule.get_or_insert_with(|| Schedule::new(strategy.backoff(), *strategy.limits()));
            (schedule.after_failure(elapsed, requested), schedule.attempts())
        } else {
            (Err(StopReason::NotRetryable), this.schedule.as_ref().map_or(0, Schedule::attempts).saturating_add(1))
        };
        let standing = Standing { attempts, elapsed };
        let delay = match next {
            Ok(delay) => delay,
            Err(reason) => return Some(result.map_err(|error| P::error(error, standing, reason))),
        };
        strategy.on_retry(&RetryEvent { standing, delay, result: &result });
        drop(result);
        if delay.is_zero() {
            *this.phase = Phase::Start;
        } else {
            this.sleep.set(Some(this.timer.sleep(delay)));
            *this.phase = Phase::Sleep;
        }
        None
    }
}

/// Whether anybody asks how much time has passed.
fn is_timed<Op: Operation, P: Decide<Op::Output, Op::Error>>(strategy: &P) -> bool {
    P::TIMED || strategy.limits().max_elapsed != Duration::MAX
}

impl<Op, P, T> FusedFuture for Retry<Op, P, T>
where
    Op: Operation,
    P: Decide<Op::Output, Op::Error>,
    T: Timer,
{
    fn is_terminated(&self) -> bool {
        self.run.is_over()
    }
}

impl<Op: Operation, P: Strategy, T: Timer> fmt::Debug for Retry<Op, P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.run.debug("Retry", f)
    }
}
