//! The policy of a hedge: when an attempt is slow, and what is done then, as a plain value.
//!
//! It has a part for each question: after which [`Delay`], by which [`Allowance`], after which errors, and what [`Hook`]s have to
//! say. In the
//! beginning each has the least answer; the methods put another in its place, and so a type names only what was said.

use core::ops::Deref;
use core::time::Duration;

use super::latencies::check;
use super::plan::{Allowance, Condition, Delay, Hook, Plan};
use super::{
    After, AfterPercentile, AnyError, Counting, HedgeCounters, HedgeEvent, Latencies, OnHedge, Silent, Unlimited,
};
use crate::retry::Budget;
use crate::retry::strategy::{Until, When, With};
use crate::time::{Deadline, Timer};

/// When there is to be another attempt beside the first, and how many.
///
/// A plain value: keep it in a struct or a configuration, and give a copy to each hedge with
/// [`Hedge::policy`](super::Hedge::policy).
///
/// The parameters are the [delay](Self::after), the [budget](Self::budget), the [condition](Self::when), what else was added
/// ([hooks](Self::on_hedge), [counters](Self::counters), a [deadline](Self::deadline)), and how many hedges there may be; without more there is one, after 100 ms.
///
/// # Examples
///
/// ```
/// use anywhen::retry::hedge::After;
/// use anywhen::retry::{Budget, HedgePolicy, hedge};
/// use anywhen::time::Duration;
///
/// static BUDGET: Budget = Budget::new(0.05);
///
/// struct Client {
///     hedging: HedgePolicy<After, &'static Budget>,
/// }
///
/// let client = Client { hedging: HedgePolicy::new().after(Duration::from_millis(20)).budget(&BUDGET) };
/// # anywhen::rt::Std.block_on(async {
/// assert_eq!(hedge(|| async { Ok::<_, ()>(1) }).policy(client.hedging).await, Ok(1));
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HedgePolicy<D = After, B = Unlimited, C = AnyError, H = Silent, const HEDGES: usize = 1> {
    delay: D,
    budget: B,
    condition: C,
    hook: H,
}

impl HedgePolicy {
    /// One hedge, after 100 ms, on no budget.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{HedgePolicy, hedge};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(hedge(|| async { Ok::<_, ()>(1) }).policy(HedgePolicy::new()).await, Ok(1));
    /// # });
    /// ```
    pub const fn new() -> Self {
        Self { delay: After(Duration::from_millis(100)), budget: Unlimited, condition: AnyError, hook: Silent }
    }
}

impl Default for HedgePolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl<D, B, C, H, const HEDGES: usize> HedgePolicy<D, B, C, H, HEDGES> {
    /// A hedge is begun when all attempts have been pending for so long since the last one was begun.
    ///
    /// The time counts from when that is first pending. [`Duration::MAX`] is never, and then only errors begin hedges.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{HedgePolicy, hedge};
    /// use anywhen::time::{Duration, Instant, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let policy = HedgePolicy::new().after(Duration::from_secs(1));
    /// let (start, mut calls) = (Instant::now(), 0);
    /// let answers_the_second = || {
    ///     calls += 1;
    ///     let call = calls;
    ///     async move { if call == 2 { Ok::<_, ()>(()) } else { std::future::pending().await } }
    /// };
    /// hedge(answers_the_second).policy(policy).await.unwrap();
    /// assert_eq!(start.elapsed(), Duration::from_secs(1));
    /// # }));
    /// ```
    #[must_use]
    pub fn after(self, delay: Duration) -> HedgePolicy<After, B, C, H, HEDGES> {
        let Self { budget, condition, hook, .. } = self;
        HedgePolicy { delay: After(delay), budget, condition, hook }
    }

    /// The same, with a delay that so large a share of the `latencies` does not exceed; see
    /// [`Hedge::after_percentile`](super::Hedge::after_percentile).
    ///
    /// # Panics
    ///
    /// If the share is not from 0 to 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{HedgePolicy, Latencies};
    ///
    /// static LATENCIES: Latencies = Latencies::new();
    /// let policy = HedgePolicy::new().after_percentile(&LATENCIES, 0.95);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn after_percentile<L>(self, latencies: L, share: f64) -> HedgePolicy<AfterPercentile<L>, B, C, H, HEDGES>
    where
        L: Deref<Target = Latencies>,
    {
        check(share);
        let Self { budget, condition, hook, .. } = self;
        HedgePolicy { delay: AfterPercentile { latencies, share }, budget, condition, hook }
    }

    /// So many hedges at most, beside the first attempt.
    ///
    /// They all have their places in the future, which becomes so much larger.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{HedgePolicy, hedge};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut calls = 0;
    /// let down = || {
    ///     calls += 1;
    ///     async { Err::<(), _>("down") }
    /// };
    /// let _ = hedge(down).policy(HedgePolicy::new().max_hedges::<3>()).await;
    /// assert_eq!(calls, 4);
    /// # });
    /// ```
    #[must_use]
    pub fn max_hedges<const N: usize>(self) -> HedgePolicy<D, B, C, H, N> {
        let Self { delay, budget, condition, hook } = self;
        HedgePolicy { delay, budget, condition, hook }
    }

    /// Each hedge takes a token of `budget`, by reference or in an `Arc`, and each call deposits its share.
    ///
    /// If there is none, what is under way goes on as if it were the last. Nobody asks again because time passes; an error may
    /// still be a reason to.
    ///
    /// Within a retry, each attempt of that is a call to the hedge, and deposits; the retry itself deposits for the first. So if both
    /// share a budget of ratio r, they make 2 r / (1 - r) calls more at most, which for 0.1 is 0.22.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Budget, HedgePolicy, hedge};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let budget = Budget::new(0.0).with_capacity(1);
    /// let mut calls = 0;
    /// for _ in 0..3 {
    ///     let down = || {
    ///         calls += 1;
    ///         async { Err::<(), _>("down") }
    ///     };
    ///     let _ = hedge(down).policy(HedgePolicy::new().budget(&budget)).await;
    /// }
    /// assert_eq!(calls, 3 + 1);
    /// # });
    /// ```
    #[must_use]
    pub fn budget<A: Deref<Target = Budget<T>>, T: Timer>(self, budget: A) -> HedgePolicy<D, A, C, H, HEDGES> {
        let Self { delay, condition, hook, .. } = self;
        HedgePolicy { delay, budget, condition, hook }
    }

    /// Goes on only after errors for which `condition` is true; any other is given at once. With `|_| false` the first result
    /// of any kind is given.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{HedgePolicy, hedge};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut calls = 0;
    /// let missing = || {
    ///     calls += 1;
    ///     async { Err::<(), _>(404) }
    /// };
    /// let policy = HedgePolicy::new().when(|status: &i32| *status >= 500);
    /// assert_eq!(hedge(missing).policy(policy).await, Err(404));
    /// assert_eq!(calls, 1);
    /// # });
    /// ```
    #[must_use]
    pub fn when<F>(self, condition: F) -> HedgePolicy<D, B, When<F>, H, HEDGES> {
        let Self { delay, budget, hook, .. } = self;
        HedgePolicy { delay, budget, condition: When(condition), hook }
    }

    /// All is over at `deadline`: what is under way is dropped, and the error is made of [`Elapsed`](crate::time::error::Elapsed). Of
    /// several deadlines the earliest counts.
    ///
    /// See [`Hedge::deadline`](super::Hedge::deadline).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    ///
    /// use anywhen::retry::{HedgePolicy, hedge};
    /// use anywhen::time::{Deadline, Duration};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let hangs = || std::future::pending::<io::Result<()>>();
    /// let policy = HedgePolicy::new().deadline(Deadline::after(Duration::from_millis(1)));
    /// assert_eq!(hedge(hangs).policy(policy).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    /// # });
    /// ```
    #[must_use]
    pub fn deadline(self, deadline: impl Into<Deadline>) -> HedgePolicy<D, B, C, With<H, Until>, HEDGES> {
        self.with(Until(deadline.into()))
    }

    /// Tells `hook` of each hedge before it is begun. Of several hooks the first added is told first.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::hedge::HedgeEvent;
    /// use anywhen::retry::{HedgePolicy, hedge};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut told = Vec::new();
    /// let policy = HedgePolicy::new().on_hedge(|event: &HedgeEvent<'_, &str>| told.push(event.number()));
    /// let _ = hedge(|| async { Err::<(), _>("down") }).policy(policy).await;
    /// assert_eq!(told, [1]);
    /// # });
    /// ```
    #[must_use]
    pub fn on_hedge<F>(self, hook: F) -> HedgePolicy<D, B, C, With<H, OnHedge<F>>, HEDGES> {
        self.with(OnHedge(hook))
    }

    /// Counts hedges in `counters`, by reference or in an `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{HedgeCounters, HedgePolicy, hedge};
    ///
    /// static COUNTERS: HedgeCounters = HedgeCounters::new();
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let policy = HedgePolicy::new().counters(&COUNTERS);
    /// let _ = hedge(|| async { Err::<(), _>("down") }).policy(policy).await;
    /// assert_eq!((COUNTERS.started(), COUNTERS.won()), (1, 0));
    /// # });
    /// ```
    #[must_use]
    pub fn counters<R>(self, counters: R) -> HedgePolicy<D, B, C, With<H, Counting<R>>, HEDGES>
    where
        R: Deref<Target = HedgeCounters>,
    {
        self.with(Counting(counters))
    }

    fn with<N>(self, added: N) -> HedgePolicy<D, B, C, With<H, N>, HEDGES> {
        let Self { delay, budget, condition, hook } = self;
        HedgePolicy { delay, budget, condition, hook: With { inner: hook, hook: added } }
    }
}

impl<D: Delay, B: Allowance, C, H, const HEDGES: usize> Plan for HedgePolicy<D, B, C, H, HEDGES> {
    type Delay = D;
    type Budget = B;
    type Room<F> = [Option<F>; HEDGES];

    fn delay(&self) -> &D {
        &self.delay
    }

    #[inline]
    fn budget(&self) -> &B {
        &self.budget
    }
}

impl<E, D, B, C: Condition<E>, H, const HEDGES: usize> Condition<E> for HedgePolicy<D, B, C, H, HEDGES> {
    fn goes_on(&mut self, error: &E) -> bool {
        self.condition.goes_on(error)
    }
}

impl<E, D, B, C, H: Hook<E>, const HEDGES: usize> Hook<E> for HedgePolicy<D, B, C, H, HEDGES> {
    fn hedged(&mut self, event: &HedgeEvent<'_, E>) {
        self.hook.hedged(event);
    }

    #[inline]
    fn won(&mut self, number: usize) {
        self.hook.won(number);
    }

    #[inline]
    fn end(&self) -> Option<(Deadline, fn() -> E)> {
        self.hook.end()
    }
}
