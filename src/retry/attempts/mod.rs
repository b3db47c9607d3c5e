//! The pull style: the loop is the user's, and asks for its attempts. The futures that it waits for are in `next.rs`.
//!
//! What is borrowed is then the loop's affair, and so is what is sent where.

mod attempt;
mod next;

use core::fmt;
use core::ops::Deref;
use core::time::Duration;

pub use self::attempt::Attempt;
pub use self::next::{AttemptFailed, NextAttempt};
use super::progress::Progress;
use super::strategy::{Budgeted, Observed, Rule, Strategy, Until, With};
use super::{Backoff, Budget, Observer, Policy, StopReason};
use crate::time::{Clock, Deadline, Instant, Timer};

/// Attempts by a policy, one after the other, for a loop of your own; from [`Policy::attempts`].
///
/// The loop does what it likes: it borrows, holds guards, uses `?`. Nothing is put into closures, so nothing has to be
/// [`Send`] or `'static` that the loop itself does not have to be. Two ways to write it:
///
/// ```
/// # use anywhen::retry::Policy;
/// # async fn get(_: &mut u32) -> Result<u32, &'static str> { Ok(42) }
/// /// `failed` waits, or gives the error back when there is to be no other attempt.
/// async fn one(policy: &Policy, connection: &mut u32) -> Result<u32, &'static str> {
///     let mut attempts = policy.attempts();
///     loop {
///         match get(connection).await {
///             Ok(page) => return Ok(page),
///             Err("gone") => return Err("gone"),
///             Err(error) => attempts.failed(error).await?,
///         }
///     }
/// }
///
/// /// `next` gives the first attempt at once, and each of the others after its delay.
/// async fn other(policy: &Policy, connection: &mut u32) -> Option<u32> {
///     let mut attempts = policy.attempts();
///     while let Some(attempt) = attempts.next().await {
///         match get(connection).await {
///             Ok(page) => return Some(page),
///             Err(error) => eprintln!("attempt {}: {error}", attempt.number()),
///         }
///     }
///     None
/// }
/// # anywhen::rt::Std.block_on(async {
/// # assert_eq!(one(&Policy::new(), &mut 1).await, Ok(42));
/// # assert_eq!(other(&Policy::new(), &mut 1).await, Some(42));
/// # });
/// ```
///
/// Each of the two says that an attempt has failed, so nobody can forget to say it. In one loop they go together: the attempt that
/// `failed` has waited for is the one that `next` gives then, at once. And where the policy has had
/// enough, it stays so. If the loop is one call of one operation, [`retry()`](super::retry()) says the same in fewer words,
/// and can cut attempts.
///
/// Time counts from when the first attempt is asked for, or in the first way, has failed. Nothing reads the clock before
/// the first failure, unless elapsed time is limited or observed. Where delays are zero nothing here yields: the loop is yours.
///
/// # Panics
///
/// What changes it, [`on`](Self::on) and its like, panics once the first attempt has been asked for.
///
/// # Allocation
///
/// None.
pub struct Attempts<P: Strategy, T = Clock> {
    strategy: P,
    timer: T,
    progress: Progress<P::Delays>,
    phase: Phase,
    /// The delay that the failure itself asks for.
    requested: Option<Duration>,
}

/// Where the loop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Before the first attempt.
    Fresh,
    /// Between attempts, until that instant.
    Sleeping(Instant, Duration),
    /// The next attempt may begin, after so long a delay: whoever has waited for it may be about it, or ask for it.
    Due(Duration),
    /// An attempt was asked for, and given.
    Given,
    /// There will be no other attempt.
    Over(StopReason),
}

impl<B: Backoff> Policy<B> {
    /// Attempts by this policy, for a loop of your own.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, Policy};
    /// use anywhen::time::{Duration, Instant, VirtualClock};
    ///
    /// const POLICY: Policy<Constant> = Policy::of(Constant::new(Duration::from_secs(1)));
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let start = Instant::now();
    /// let mut attempts = POLICY.attempts();
    /// while attempts.next().await.is_some() {}
    /// assert_eq!((attempts.made(), start.elapsed()), (4, Duration::from_secs(3)));
    /// # }));
    /// ```
    pub fn attempts(&self) -> Attempts<&Self> {
        Attempts::new(self)
    }
}

impl<P: Strategy> Attempts<P> {
    /// Attempts by a policy that is owned or borrowed; [`Policy::attempts`] is the short way.
    ///
    /// # Examples
    ///
    /// An owned policy makes a value that can be stored:
    ///
    /// ```
    /// use anywhen::retry::{Attempts, Policy};
    ///
    /// struct Reconnect {
    ///     attempts: Attempts<Policy>,
    /// }
    ///
    /// let mut state = Reconnect { attempts: Attempts::new(Policy::new()) };
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(state.attempts.next().await.unwrap().number(), 1);
    /// # });
    /// ```
    pub fn new(policy: P) -> Self {
        Self::fresh(policy, Clock::default())
    }
}

impl<P: Strategy, T: Timer> Attempts<P, T> {
    const fn fresh(strategy: P, timer: T) -> Self {
        Self { strategy, timer, progress: Progress::new(), phase: Phase::Fresh, requested: None }
    }

    /// What they were made of.
    #[track_caller]
    fn into_parts(self) -> (P, T) {
        assert!(self.phase == Phase::Fresh, "`Attempts` cannot be changed once the first has been asked for");
        (self.strategy, self.timer)
    }

    /// The same with another strategy.
    #[track_caller]
    fn with<H: Rule>(self, hook: H) -> Attempts<With<P, H>, T> {
        let (inner, timer) = self.into_parts();
        Attempts::fresh(With { inner, hook }, timer)
    }

    /// Goes by another timer than the current clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Policy;
    /// use anywhen::rt;
    ///
    /// # rt::Std.block_on(async {
    /// let policy = Policy::new();
    /// let mut attempts = policy.attempts().on(rt::Std);
    /// assert!(attempts.next().await.is_some());
    /// # });
    /// ```
    #[track_caller]
    #[must_use]
    pub fn on<U: Timer>(self, timer: U) -> Attempts<P, U> {
        Attempts::fresh(self.into_parts().0, timer)
    }

    /// Gives no attempt at `deadline` or later, but for the first; see [`Retry::deadline`](super::Retry::deadline).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, Policy, StopReason};
    /// use anywhen::time::{Duration, Instant, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let second = Duration::from_secs(1);
    /// let policy = Policy::of(Constant::new(second));
    /// let mut attempts = policy.attempts().deadline(Instant::now() + second * 2);
    /// while attempts.next().await.is_some() {}
    /// assert_eq!((attempts.made(), attempts.reason()), (2, Some(StopReason::Deadline)));
    /// # }));
    /// ```
    #[track_caller]
    #[must_use]
    pub fn deadline(self, deadline: impl Into<Deadline>) -> Attempts<With<P, Until>, T> {
        self.with(Until(deadline.into()))
    }

    /// Goes on only as long as `budget` has something left; see [`Retry::budget`](super::Retry::budget).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Budget, Policy, StopReason};
    /// use anywhen::time::VirtualClock;
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let (policy, budget) = (Policy::new(), Budget::new(0.1).with_capacity(1));
    /// let mut attempts = policy.attempts().budget(&budget);
    /// while attempts.next().await.is_some() {}
    /// assert_eq!((attempts.made(), attempts.reason()), (2, Some(StopReason::BudgetExhausted)));
    /// # }));
    /// ```
    #[track_caller]
    #[must_use]
    pub fn budget<G, U>(self, budget: G) -> Attempts<With<P, Budgeted<G>>, T>
    where
        G: Deref<Target = Budget<U>>,
        U: Timer,
    {
        self.with(Budgeted(budget))
    }

    /// Tells `observer` of retries, and when the policy has had enough. Of a loop that is left it hears nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Counters, Policy};
    /// use anywhen::time::VirtualClock;
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let (policy, counters) = (Policy::new(), Counters::new());
    /// let mut attempts = policy.attempts().observe(&counters);
    /// while attempts.next().await.is_some() {}
    /// assert_eq!((counters.attempts(), counters.gave_up()), (4, 1));
    /// # }));
    /// ```
    #[track_caller]
    #[must_use]
    pub fn observe<O: Observer>(self, observer: O) -> Attempts<With<P, Observed<O>>, T> {
        self.with(Observed(observer))
    }

    /// The next attempt, after its delay; `None` if there is to be no other, for which there is a [reason](Self::reason).
    ///
    /// The first comes at once, and so does one that [`failed`](Self::failed) has waited for. To ask for another says that the one
    /// before has failed.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost. The delay goes on to count, and whoever asks next waits for the rest.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, Policy};
    /// use anywhen::time::{Duration, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let policy = Policy::of(Constant::new(Duration::from_secs(1))).max_attempts(2);
    /// let mut attempts = policy.attempts();
    /// assert_eq!(attempts.next().await.unwrap().number(), 1);
    /// assert_eq!(attempts.next().await.unwrap().delay(), Duration::from_secs(1));
    /// assert!(attempts.next().await.is_none());
    /// # }));
    /// ```
    #[allow(clippy::should_implement_trait, reason = "it is that of a loop that awaits, as `StreamExt::next` is")]
    pub fn next(&mut self) -> NextAttempt<'_, P, T> {
        NextAttempt::new(self)
    }

    /// The last attempt has failed: waits until it is time for another, or gives `error` back if there is to be none, for
    /// which there is a [reason](Self::reason).
    ///
    /// # Errors
    ///
    /// `error`, as it is.
    ///
    /// # Cancel safety
    ///
    /// The error is lost. The delay goes on to count, and whoever asks next waits for the rest.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Policy, StopReason};
    /// use anywhen::time::VirtualClock;
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let policy = Policy::new().max_attempts(3);
    /// let mut attempts = policy.attempts();
    /// assert_eq!(attempts.failed("busy").await, Ok(()));
    /// assert_eq!(attempts.failed("busy").await, Ok(()));
    /// assert_eq!(attempts.failed("still busy").await, Err("still busy"));
    /// assert_eq!((attempts.made(), attempts.reason()), (3, Some(StopReason::MaxAttempts)));
    /// # }));
    /// ```
    pub fn failed<E>(&mut self, error: E) -> AttemptFailed<'_, P, E, T> {
        AttemptFailed::new(self, error)
    }

    /// The next delay shall be this one, in place of the policy's: `Retry-After` and its like. It counts for all limits;
    /// with [`Duration::MAX`] there is no other attempt.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Policy;
    /// use anywhen::time::{Duration, Instant, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let (policy, start) = (Policy::new(), Instant::now());
    /// let mut attempts = policy.attempts();
    /// attempts.retry_after(Duration::from_secs(7));
    /// attempts.failed("busy").await.unwrap();
    /// assert_eq!(start.elapsed(), Duration::from_secs(7));
    /// # }));
    /// ```
    pub fn retry_after(&mut self, delay: Duration) {
        self.requested = Some(delay);
    }

    /// How many attempts there have been, one that is under way included.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Policy;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let policy = Policy::new();
    /// let mut attempts = policy.attempts();
    /// assert_eq!(attempts.made(), 0);
    /// attempts.next().await;
    /// assert_eq!(attempts.made(), 1);
    /// # });
    /// ```
    pub fn made(&self) -> u32 {
        self.progress.attempts().saturating_add(u32::from(matches!(self.phase, Phase::Due(_) | Phase::Given)))
    }

    /// Why there is no other attempt, `None` while there may be.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Policy, StopReason};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let policy = Policy::new().max_attempts(1);
    /// let mut attempts = policy.attempts();
    /// attempts.next().await;
    /// assert_eq!(attempts.reason(), None);
    /// assert_eq!(attempts.failed("down").await, Err("down"));
    /// assert_eq!(attempts.reason(), Some(StopReason::MaxAttempts));
    /// # });
    /// ```
    pub fn reason(&self) -> Option<StopReason> {
        if let Phase::Over(reason) = self.phase { Some(reason) } else { None }
    }

    /// Before the first attempt ends.
    fn begins(&mut self) {
        self.strategy.begins();
        self.progress.is_under_way(&self.strategy, &self.timer);
        self.phase = Phase::Due(Duration::ZERO);
    }

    /// The attempt has failed: sleeps from now on, if there is a delay, or is over.
    fn settle(&mut self) {
        let requested = self.requested.take();
        self.phase = match self.progress.next(&self.strategy, &self.timer, Ok(requested)).1 {
            Ok(delay) if delay.is_zero() => Phase::Due(delay),
            Ok(delay) => Phase::Sleeping(self.timer.now() + delay, delay),
            Err(reason) => Phase::Over(reason),
        };
    }
}

impl<P: Strategy, T> fmt::Debug for Attempts<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempts").field("phase", &self.phase).finish_non_exhaustive()
    }
}
