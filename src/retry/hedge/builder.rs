//! What can be said of a hedge before it is polled: the methods of its policy, for one call.

use core::ops::Deref;
use core::time::Duration;

use super::run::Run;
use super::{
    After, AfterPercentile, Counting, Hedge, HedgeCounters, HedgeEvent, HedgePolicy, Latencies, OnHedge, Plan,
};
use crate::retry::strategy::{When, With};
use crate::retry::{Budget, Operation};
use crate::time::Timer;

impl<Op: Operation, P: Plan, T: Timer> Hedge<Op, P, T> {
    /// What it was made of.
    #[inline]
    fn into_parts(self) -> (Op, P, T) {
        let unpolled = self.run.into_state().and_then(Run::into_parts);
        unpolled.expect("a `Hedge` cannot be changed once it has been polled")
    }

    /// Goes by `policy` instead of what was said before.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{HedgePolicy, hedge};
    /// use anywhen::time::Duration;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let policy = HedgePolicy::new().after(Duration::from_millis(20)).max_hedges::<2>();
    /// assert_eq!(hedge(|| async { Ok::<_, ()>(1) }).policy(policy).await, Ok(1));
    /// # });
    /// ```
    #[inline]
    pub fn policy<Q: Plan>(self, policy: Q) -> Hedge<Op, Q, T> {
        let (op, _, timer) = self.into_parts();
        Hedge::new(op, policy, timer)
    }

    /// Goes by another timer than the current clock: a runtime's own ([`rt`](crate::rt)), or one of yours.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::hedge;
    /// use anywhen::rt;
    ///
    /// # rt::Std.block_on(async {
    /// assert_eq!(hedge(|| async { Ok::<_, ()>(1) }).on(rt::Std).await, Ok(1));
    /// # });
    /// ```
    pub fn on<U: Timer>(self, timer: U) -> Hedge<Op, P, U> {
        let (op, policy, _) = self.into_parts();
        Hedge::new(op, policy, timer)
    }
}

#[allow(clippy::type_complexity, reason = "the type of the policy is what has been said of it")]
impl<Op: Operation, D, B, C, W, T: Timer, const HEDGES: usize> Hedge<Op, HedgePolicy<D, B, C, W, HEDGES>, T>
where
    HedgePolicy<D, B, C, W, HEDGES>: Plan,
{
    #[inline]
    fn map<Q: Plan>(self, f: impl FnOnce(HedgePolicy<D, B, C, W, HEDGES>) -> Q) -> Hedge<Op, Q, T> {
        let (op, policy, timer) = self.into_parts();
        Hedge::new(op, f(policy), timer)
    }

    /// Begins a hedge when all attempts have been pending for so long since the last one was begun; see
    /// [`HedgePolicy::after`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::hedge;
    /// use anywhen::time::{Duration, Instant, VirtualClock, sleep};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let (start, mut begun) = (Instant::now(), Vec::new());
    /// let slow = || {
    ///     begun.push(start.elapsed().as_millis());
    ///     async {
    ///         sleep(Duration::from_secs(1)).await;
    ///         Ok::<_, ()>(())
    ///     }
    /// };
    /// hedge(slow).after(Duration::from_millis(20)).max_hedges::<2>().await.unwrap();
    /// assert_eq!(begun, [0, 20, 40]);
    /// # }));
    /// ```
    #[inline]
    pub fn after(self, delay: Duration) -> Hedge<Op, HedgePolicy<After, B, C, W, HEDGES>, T>
    where
        HedgePolicy<After, B, C, W, HEDGES>: Plan,
    {
        self.map(|policy| policy.after(delay))
    }

    /// Begins a hedge when the attempts have been pending for longer than so large a share of the `latencies`, from 0 to 1:
    /// with 0.95, five in a hundred calls are slow. The latencies are given by reference or in an `Arc`.
    ///
    /// Each call that succeeds adds to them how long its first attempt took. If another was faster, that is how long the first
    /// had taken until then: since that is above the delay, the share above it stays what it is, and the delay does not creep
    /// down because hedges cut off what is above it. A call that fails, or is dropped, adds nothing.
    ///
    /// While there are fewer than 32 latencies, only errors begin hedges.
    ///
    /// # Panics
    ///
    /// If the share is not from 0 to 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Latencies, hedge};
    /// use anywhen::time::{Duration, VirtualClock, sleep};
    ///
    /// static LATENCIES: Latencies = Latencies::new();
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let (mut calls, mut hedges) = (0, 0);
    /// for _ in 0..1000 {
    ///     let fetch = || {
    ///         calls += 1;
    ///         // One in 25 is slow.
    ///         let millis = if calls % 25 == 0 { 2_000 } else { 10 };
    ///         async move {
    ///             sleep(Duration::from_millis(millis)).await;
    ///             Ok::<_, ()>(())
    ///         }
    ///     };
    ///     hedge(fetch).after_percentile(&LATENCIES, 0.95).on_hedge(|_| hedges += 1).await.unwrap();
    /// }
    /// // But for those at the beginning, where nobody knew yet what is slow.
    /// assert_eq!(hedges, 40);
    /// # }));
    /// ```
    #[track_caller]
    pub fn after_percentile<L>(
        self,
        latencies: L,
        share: f64,
    ) -> Hedge<Op, HedgePolicy<AfterPercentile<L>, B, C, W, HEDGES>, T>
    where
        L: Deref<Target = Latencies>,
        HedgePolicy<AfterPercentile<L>, B, C, W, HEDGES>: Plan,
    {
        let (op, policy, timer) = self.into_parts();
        Hedge::new(op, policy.after_percentile(latencies, share), timer)
    }

    /// Begins so many hedges at most, beside the first attempt; see [`HedgePolicy::max_hedges`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::hedge;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut results = [Err(1), Err(2), Err(3), Ok("there")].into_iter();
    /// let fetch = || std::future::ready(results.next().unwrap());
    /// assert_eq!(hedge(fetch).max_hedges::<3>().await, Ok("there"));
    /// # });
    /// ```
    #[inline]
    pub fn max_hedges<const N: usize>(self) -> Hedge<Op, HedgePolicy<D, B, C, W, N>, T>
    where
        HedgePolicy<D, B, C, W, N>: Plan,
    {
        self.map(HedgePolicy::max_hedges)
    }

    /// Takes hedges from a budget; see [`HedgePolicy::budget`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Budget, hedge};
    ///
    /// // Five hedges for a hundred calls at most, however slow they are.
    /// static BUDGET: Budget = Budget::new(0.05);
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(hedge(|| async { Ok::<_, ()>(1) }).budget(&BUDGET).await, Ok(1));
    /// # });
    /// ```
    #[inline]
    pub fn budget<A, U>(self, budget: A) -> Hedge<Op, HedgePolicy<D, A, C, W, HEDGES>, T>
    where
        A: Deref<Target = Budget<U>>,
        U: Timer,
        HedgePolicy<D, A, C, W, HEDGES>: Plan,
    {
        self.map(|policy| policy.budget(budget))
    }

    /// Goes on only after errors for which `condition` is true; any other is given at once. With `|_| false` the first result
    /// of any kind is given.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::hedge;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let missing = || async { Err::<(), _>(404) };
    /// assert_eq!(hedge(missing).when(|status| *status >= 500).on_hedge(|_| unreachable!()).await, Err(404));
    /// # });
    /// ```
    pub fn when<F>(self, condition: F) -> Hedge<Op, HedgePolicy<D, B, When<F>, W, HEDGES>, T>
    where
        F: FnMut(&Op::Error) -> bool,
        HedgePolicy<D, B, When<F>, W, HEDGES>: Plan,
    {
        self.map(|policy| policy.when(condition))
    }

    /// Tells `hook` of each hedge before it is begun. Of several hooks the first added is told first.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::hedge;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let down = || async { Err::<(), _>("down") };
    /// let mut told = Vec::new();
    /// let _ = hedge(down).on_hedge(|event| told.push((event.number(), event.error().copied()))).await;
    /// assert_eq!(told, [(1, Some("down"))]);
    /// # });
    /// ```
    pub fn on_hedge<F>(self, hook: F) -> Hedge<Op, HedgePolicy<D, B, C, With<W, OnHedge<F>>, HEDGES>, T>
    where
        F: FnMut(&HedgeEvent<'_, Op::Error>),
        HedgePolicy<D, B, C, With<W, OnHedge<F>>, HEDGES>: Plan,
    {
        self.map(|policy| policy.on_hedge(hook))
    }

    /// Counts hedges in `counters`, by reference or in an `Arc`; see [`HedgeCounters`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{HedgeCounters, hedge};
    ///
    /// static COUNTERS: HedgeCounters = HedgeCounters::new();
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(hedge(|| async { Ok::<_, ()>(1) }).counters(&COUNTERS).await, Ok(1));
    /// assert_eq!(COUNTERS.started(), 0);
    /// # });
    /// ```
    pub fn counters<R>(self, counters: R) -> Hedge<Op, HedgePolicy<D, B, C, With<W, Counting<R>>, HEDGES>, T>
    where
        R: Deref<Target = HedgeCounters>,
        HedgePolicy<D, B, C, With<W, Counting<R>>, HEDGES>: Plan,
    {
        self.map(|policy| policy.counters(counters))
    }
}
