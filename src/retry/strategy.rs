//! What a retry asks of its one parameter `P`: a policy, and what was added to it.
//!
//! [`Strategy`] is what does not depend on the results: limits and delays. [`Decide`] is what does. A policy decides by
//! default that errors are retried. Each builder method of [`Retry`](super::Retry) wraps the policy in a [`With`] that
//! adds one [`Hook`], which has a say in one thing and leaves the others to what it wraps.
//!
//! The types are here to be named where a retry is stored, and the traits to bound generic code; neither is made or
//! implemented by hand.
//!
//! ```
//! use std::future::{Ready, ready};
//!
//! use anywhen::retry::strategy::{Detailed, When, With};
//! use anywhen::retry::{Policy, Retry, retry};
//!
//! type Fetch = Retry<fn() -> Ready<Result<u8, u16>>, Detailed<With<Policy, When<fn(&u16) -> bool>>>>;
//!
//! fn fetch() -> Fetch {
//!     let is_transient: fn(&u16) -> bool = |status| *status >= 500;
//!     retry((|| ready(Ok(7))) as fn() -> _).when(is_transient).detailed()
//! }
//! # assert_eq!(anywhen::rt::Std.block_on(fetch()).unwrap(), 7);
//! ```

use core::time::Duration;

pub use super::event::RetryEvent;
#[cfg(feature = "std")]
pub use super::hooks::{AttemptTimeout, Budgeted, DelayFrom, Observed, OnRetry, Unchanging, Until, When, WhenResult};
pub use super::policy::Limits;
use super::{Backoff, Policy, RetryError, StopReason};
use crate::time::Deadline;

/// Whatever the error is: the condition where none is given. To a gate every error is then a failure, to a hedge and a fallback
/// every error is one to go on after.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnyError;

/// Limits and delays, and what else does not depend on the results.
pub trait Strategy: Rule {
    /// The delays of one run.
    type Delays: Iterator<Item = Duration>;
    /// The rule that they follow.
    type Backoff: Backoff<Delays = Self::Delays>;
    /// The same additions to another policy.
    type On<Q: Strategy>: Strategy;
    /// The same, borrowed.
    type Lent<'a, Q: Strategy>: Strategy
    where
        Self: 'a;

    /// When to stop.
    fn limits(&self) -> &Limits;
    /// How long to wait.
    fn backoff(&self) -> &Self::Backoff;
    /// Takes another policy, and keeps what was added.
    fn on<Q: Strategy>(self, policy: Q) -> Self::On<Q>
    where
        Self: Sized;
    /// The same, where the one before stays as it was.
    fn lend<Q: Strategy>(&self, policy: Q) -> Self::Lent<'_, Q>;
}

/// A strategy whose limits can be changed, because it owns them.
pub trait Adjust: Strategy {
    /// When to stop.
    fn limits_mut(&mut self) -> &mut Limits;
}

/// How a run stands when an attempt has ended.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    pub(super) attempts: u32,
    pub(super) elapsed: Duration,
    pub(super) slept: Duration,
}

impl Standing {
    /// How many attempts have ended.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// How much time has passed, from when the first attempt was first pending, or failed. Zero where nobody asks for it.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// How long the delays have been in all, one that is about to be slept included.
    pub fn slept(&self) -> Duration {
        self.slept
    }
}

/// What depends on the results. What is provided is what a policy decides by default.
#[diagnostic::on_unimplemented(
    message = "this retry does not fit attempts that give `Result<{T}, {E}>`",
    note = "with an `attempt_timeout` the error must be made of `Elapsed`, `{E}: From<Elapsed>`: see `CallError` for one that is not",
    note = "conditions and hooks of a policy must take this very result, error or event"
)]
pub trait Decide<T, E>: Strategy {
    /// The error in the end.
    type Error;
    /// Whether attempts may be cut: whether there may be an [`attempt_limit`](Self::attempt_limit).
    const CUTS: bool = false;

    /// Whether this is a result to try again after.
    #[inline]
    fn wants_retry(&mut self, result: &Result<T, E>) -> bool {
        result.is_err()
    }

    /// The delay that the result asks for.
    fn requested_delay(&mut self, _: &Result<T, E>) -> Option<Duration> {
        None
    }

    /// Tells that there will be another attempt.
    fn on_retry(&mut self, _: &RetryEvent<'_, T, E>) {}

    /// How long an attempt may take, and what comes of it then.
    #[inline]
    fn attempt_limit(&self) -> Option<(Duration, fn() -> E)> {
        None
    }

    /// The error in the end, made of the last one.
    fn error(error: E, standing: Standing, reason: StopReason) -> Self::Error;
}

impl<B: Backoff> Strategy for Policy<B> {
    type Delays = B::Delays;
    type Backoff = B;
    type On<Q: Strategy> = Q;
    type Lent<'a, Q: Strategy>
        = Q
    where
        Self: 'a;

    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn backoff(&self) -> &B {
        &self.backoff
    }

    #[inline]
    fn on<Q: Strategy>(self, policy: Q) -> Q {
        policy
    }

    #[inline]
    fn lend<Q: Strategy>(&self, policy: Q) -> Q {
        policy
    }
}

impl<B: Backoff> Rule for Policy<B> {}

impl<B: Backoff> Adjust for Policy<B> {
    fn limits_mut(&mut self) -> &mut Limits {
        &mut self.limits
    }
}

impl<'s, S: Strategy> Strategy for &'s S {
    type Delays = S::Delays;
    type Backoff = S::Backoff;
    type On<Q: Strategy> = S::Lent<'s, Q>;
    type Lent<'a, Q: Strategy>
        = S::Lent<'a, Q>
    where
        Self: 'a;

    fn limits(&self) -> &Limits {
        (**self).limits()
    }

    fn backoff(&self) -> &S::Backoff {
        (**self).backoff()
    }

    #[inline]
    fn on<Q: Strategy>(self, policy: Q) -> Self::On<Q> {
        S::lend(self, policy)
    }

    #[inline]
    fn lend<Q: Strategy>(&self, policy: Q) -> Self::Lent<'_, Q> {
        (**self).lend(policy)
    }
}

impl<R: Rule> Rule for &R {
    const TIMED: bool = R::TIMED;
    const OBSERVED: bool = R::OBSERVED;

    #[inline]
    fn deadline(&self) -> Deadline {
        (**self).deadline()
    }

    #[inline]
    fn begins(&self) {
        (**self).begins();
    }

    #[inline]
    fn may_retry(&self) -> bool {
        (**self).may_retry()
    }

    #[inline]
    fn overruled(&self) {
        (**self).overruled();
    }

    #[inline]
    fn retries(&self, standing: Standing, delay: Duration) {
        (**self).retries(standing, delay);
    }

    #[inline]
    fn ends(&self, standing: Standing, reason: Option<StopReason>) {
        (**self).ends(standing, reason);
    }
}

/// A policy, owned or borrowed, with nothing added: it decides as is said here.
pub trait Plain: Strategy {}

impl<B: Backoff> Plain for Policy<B> {}
impl<B: Backoff> Plain for &Policy<B> {}

/// By default errors are retried, and the last of them comes back as it is.
impl<T, E, P: Plain> Decide<T, E> for P {
    type Error = E;

    fn error(error: E, _: Standing, _: StopReason) -> E {
        error
    }
}

/// A strategy with one thing added.
#[derive(Clone, Copy, Debug)]
pub struct With<P, H> {
    pub(super) inner: P,
    pub(super) hook: H,
}

/// What a strategy, or one thing to add to it, has to say that does not depend on the results.
pub trait Rule {
    /// Whether it asks how much time has passed.
    const TIMED: bool = false;
    /// Whether it is to be told how runs end.
    const OBSERVED: bool = false;

    /// When there is to be nothing more.
    #[inline]
    fn deadline(&self) -> Deadline {
        Deadline::NEVER
    }

    /// A run begins.
    #[inline]
    fn begins(&self) {}

    /// Whether there may be another attempt, as the last to be asked: where this says yes, there will be, unless it is
    /// [overruled](Self::overruled).
    #[inline]
    fn may_retry(&self) -> bool {
        true
    }

    /// There will be no other attempt, though this has just said yes: another rule has not.
    #[inline]
    fn overruled(&self) {}

    /// There will be another attempt.
    #[inline]
    fn retries(&self, _: Standing, _: Duration) {}

    /// It is over: for this reason, or else it has succeeded.
    #[inline]
    fn ends(&self, _: Standing, _: Option<StopReason>) {}
}

/// One thing to add. What it has no say in it leaves to the strategy that it is added to.
pub trait Hook<T, E>: Rule {
    /// See [`Decide::CUTS`].
    const CUTS: bool = false;

    /// See [`Decide::wants_retry`].
    #[inline]
    fn wants_retry(&mut self, _: &Result<T, E>) -> Option<bool> {
        None
    }

    /// See [`Decide::requested_delay`].
    fn requested_delay(&mut self, _: &Result<T, E>) -> Option<Duration> {
        None
    }

    /// See [`Decide::on_retry`].
    fn on_retry(&mut self, _: &RetryEvent<'_, T, E>) {}

    /// See [`Decide::attempt_limit`].
    #[inline]
    fn attempt_limit(&self) -> Option<(Duration, fn() -> E)> {
        None
    }
}

impl<P: Strategy, H: Rule> Strategy for With<P, H> {
    type Delays = P::Delays;
    type Backoff = P::Backoff;
    type On<Q: Strategy> = With<P::On<Q>, H>;
    type Lent<'a, Q: Strategy>
        = With<P::Lent<'a, Q>, &'a H>
    where
        Self: 'a;

    fn limits(&self) -> &Limits {
        self.inner.limits()
    }

    fn backoff(&self) -> &P::Backoff {
        self.inner.backoff()
    }

    #[inline]
    fn on<Q: Strategy>(self, policy: Q) -> Self::On<Q> {
        With { inner: self.inner.on(policy), hook: self.hook }
    }

    #[inline]
    fn lend<Q: Strategy>(&self, policy: Q) -> Self::Lent<'_, Q> {
        With { inner: self.inner.lend(policy), hook: &self.hook }
    }
}

impl<P: Strategy, H: Rule> Rule for With<P, H> {
    const TIMED: bool = P::TIMED || H::TIMED;
    const OBSERVED: bool = P::OBSERVED || H::OBSERVED;

    /// The earlier one.
    #[inline]
    fn deadline(&self) -> Deadline {
        self.inner.deadline().earlier(self.hook.deadline())
    }

    #[inline]
    fn begins(&self) {
        self.inner.begins();
        self.hook.begins();
    }

    #[inline]
    fn may_retry(&self) -> bool {
        if !self.inner.may_retry() {
            return false;
        }
        let may = self.hook.may_retry();
        if !may {
            self.inner.overruled();
        }
        may
    }

    #[inline]
    fn overruled(&self) {
        self.inner.overruled();
        self.hook.overruled();
    }

    #[inline]
    fn retries(&self, standing: Standing, delay: Duration) {
        self.inner.retries(standing, delay);
        self.hook.retries(standing, delay);
    }

    #[inline]
    fn ends(&self, standing: Standing, reason: Option<StopReason>) {
        self.inner.ends(standing, reason);
        self.hook.ends(standing, reason);
    }
}

impl<P: Adjust, H: Rule> Adjust for With<P, H> {
    fn limits_mut(&mut self) -> &mut Limits {
        self.inner.limits_mut()
    }
}

impl<T, E, P: Decide<T, E>, H: Hook<T, E>> Decide<T, E> for With<P, H> {
    type Error = P::Error;
    const CUTS: bool = P::CUTS || H::CUTS;

    #[inline]
    fn wants_retry(&mut self, result: &Result<T, E>) -> bool {
        self.hook.wants_retry(result).unwrap_or_else(|| self.inner.wants_retry(result))
    }

    fn requested_delay(&mut self, result: &Result<T, E>) -> Option<Duration> {
        self.hook.requested_delay(result).or_else(|| self.inner.requested_delay(result))
    }

    fn on_retry(&mut self, event: &RetryEvent<'_, T, E>) {
        self.inner.on_retry(event);
        self.hook.on_retry(event);
    }

    #[inline]
    fn attempt_limit(&self) -> Option<(Duration, fn() -> E)> {
        self.hook.attempt_limit().or_else(|| self.inner.attempt_limit())
    }

    fn error(error: E, standing: Standing, reason: StopReason) -> P::Error {
        P::error(error, standing, reason)
    }
}

/// A strategy whose error in the end says how it came to that.
#[derive(Clone, Copy, Debug)]
pub struct Detailed<P> {
    pub(super) inner: P,
}

impl<P: Strategy> Strategy for Detailed<P> {
    type Delays = P::Delays;
    type Backoff = P::Backoff;
    type On<Q: Strategy> = Detailed<P::On<Q>>;
    type Lent<'a, Q: Strategy>
        = Detailed<P::Lent<'a, Q>>
    where
        Self: 'a;

    fn limits(&self) -> &Limits {
        self.inner.limits()
    }

    fn backoff(&self) -> &P::Backoff {
        self.inner.backoff()
    }

    #[inline]
    fn on<Q: Strategy>(self, policy: Q) -> Self::On<Q> {
        Detailed { inner: self.inner.on(policy) }
    }

    #[inline]
    fn lend<Q: Strategy>(&self, policy: Q) -> Self::Lent<'_, Q> {
        Detailed { inner: self.inner.lend(policy) }
    }
}

impl<P: Strategy> Rule for Detailed<P> {
    const TIMED: bool = true;
    const OBSERVED: bool = P::OBSERVED;

    #[inline]
    fn deadline(&self) -> Deadline {
        self.inner.deadline()
    }

    #[inline]
    fn begins(&self) {
        self.inner.begins();
    }

    #[inline]
    fn may_retry(&self) -> bool {
        self.inner.may_retry()
    }

    #[inline]
    fn overruled(&self) {
        self.inner.overruled();
    }

    #[inline]
    fn retries(&self, standing: Standing, delay: Duration) {
        self.inner.retries(standing, delay);
    }

    #[inline]
    fn ends(&self, standing: Standing, reason: Option<StopReason>) {
        self.inner.ends(standing, reason);
    }
}

impl<P: Adjust> Adjust for Detailed<P> {
    fn limits_mut(&mut self) -> &mut Limits {
        self.inner.limits_mut()
    }
}

impl<T, E, P: Decide<T, E>> Decide<T, E> for Detailed<P> {
    type Error = RetryError<E>;
    const CUTS: bool = P::CUTS;

    #[inline]
    fn wants_retry(&mut self, result: &Result<T, E>) -> bool {
        self.inner.wants_retry(result)
    }

    fn requested_delay(&mut self, result: &Result<T, E>) -> Option<Duration> {
        self.inner.requested_delay(result)
    }

    fn on_retry(&mut self, event: &RetryEvent<'_, T, E>) {
        self.inner.on_retry(event);
    }

    #[inline]
    fn attempt_limit(&self) -> Option<(Duration, fn() -> E)> {
        self.inner.attempt_limit()
    }

    fn error(error: E, Standing { attempts, elapsed, .. }: Standing, reason: StopReason) -> RetryError<E> {
        RetryError { attempts, elapsed, reason, error }
    }
}
