//! The future that tries again. What can be said of it before it is polled is in `builder.rs`, its course in `run.rs`.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use super::Policy;
use super::run::Run;
use super::strategy::{Decide, Strategy};
use super::work::{Task, Work};
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;
use crate::time::{Clock, Timer};

/// Something that can be done again and again: every `FnMut() -> impl Future<Output = Result<T, E>>`.
///
/// # Examples
///
/// ```
/// use anywhen::retry::{Operation, Retry, retry};
///
/// /// How this crate retries, whatever it does.
/// fn patiently<Op: Operation>(op: Op) -> Retry<Op> {
///     retry(op).max_attempts(10)
/// }
/// # assert_eq!(anywhen::rt::Std.block_on(patiently(|| async { Ok::<_, ()>(1) })), Ok(1));
/// ```
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
/// None. A run that succeeds at once costs neither a reading of the clock nor a random number.
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
    /// Polling panics once it has given its result, or the operation, an attempt or a closure has panicked. The methods
    /// panic once it has been polled.
    #[must_use = "retries do nothing unless awaited, polled, or called"]
    pub struct Retry<Op: Work, P: Strategy = Policy, T: Timer = Clock> {
        #[pin]
        pub(super) run: Live<Run<Op, P, T, Op::Attempt, T::Sleep, P::Delays>>,
    }
}

impl<Op: Work, P: Strategy, T: Timer> Retry<Op, P, T> {
    #[inline]
    pub(super) fn new(op: Op, strategy: P, timer: T) -> Self {
        Self { run: Live::new(Run::new(op, strategy, timer)) }
    }
}

impl<Op, P, T> Future for Retry<Op, P, T>
where
    Op: Task,
    P: Decide<Op::Value, Op::Error>,
    T: Timer,
{
    type Output = Op::End<Result<Op::Value, P::Error>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().run.poll_at_once("Retry", cx, Run::poll_at_once, Run::poll_on)
    }
}

impl<Op, P, T> FusedFuture for Retry<Op, P, T>
where
    Op: Task,
    P: Decide<Op::Value, Op::Error>,
    T: Timer,
{
    fn is_terminated(&self) -> bool {
        self.run.is_over()
    }
}

impl<Op: Work, P: Strategy, T: Timer> fmt::Debug for Retry<Op, P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.run.debug("Retry", f)
    }
}
