//! What can be said of a hedge before it is polled: the methods of its policy, for one call.

use core::ops::Deref;
use core::time::Duration;

use super::run::Run;
use super::{
    After, AfterPercentile, Counting, Hedge, HedgeCounters, HedgeEvent, HedgePolicy, Latencies, OnHedge, Plan,
};
use crate::retry::strategy::{Until, When, With};
use crate::retry::{Budget, Operation};
use crate::time::error::Elapsed;
use crate::time::{Deadline, Timer};

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
impl<Op: Operation, D, B, C, H, T: Timer, const HEDGES: usize> Hedge<Op, HedgePolicy<D, B, C, H, HEDGES>, T>
where
    HedgePolicy<D, B, C, H, HEDGES>: Plan,
{
    #[inline]
    fn map<Q: Plan>(self, f: impl FnOnce(HedgePolicy<D, B, C, H, HEDGES>) -> Q) -> Hedge<Op, Q, T> {
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
    pub fn after(self, delay: Duration) -> Hedge<Op, HedgePolicy<After, B, C, H, HEDGES>, T>
    where
        HedgePolicy<After, B, C, H, HEDGES>: Plan,
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
    ) -> Hedge<Op, HedgePolicy<AfterPercentile<L>, B, C, H, HEDGES>, T>
    where
        L: Deref<Target = Latencies>,
        HedgePolicy<AfterPercentile<L>, B, C, H, HEDGES>: Plan,
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
    pub fn max_hedges<const N: usize>(self) -> Hedge<Op, HedgePolicy<D, B, C, H, N>, T>
    where
        HedgePolicy<D, B, C, H, N>: Plan,
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
    pub fn budget<A, U>(self, budget: A) -> Hedge<Op, HedgePolicy<D, A, C, H, HEDGES>, T>
    where
        A: Deref<Target = Budget<U>>,
        U: Timer,
        HedgePolicy<D, A, C, H, HEDGES>: Plan,
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
    pub fn when<F>(self, condition: F) -> Hedge<Op, HedgePolicy<D, B, When<F>, H, HEDGES>, T>
    where
        F: FnMut(&Op::Error) -> bool,
        HedgePolicy<D, B, When<F>, H, HEDGES>: Plan,
    {
        self.map(|policy| policy.when(condition))
    }

    /// All is over at `deadline`: what is under way is dropped then, and the error is made of [`Elapsed`]. Of several deadlines the
    /// earliest counts.
    ///
    /// It is a [`Deadline`] or an instant, of the hedge's timer. As with [retries](crate::retry::Retry::deadline), the first attempt is
    /// made in any case, and what is ready at its first poll is given though the deadline has passed; no other is begun at the
    /// deadline or later, so that an error is then the result if nothing else is under way.
    ///
    /// A [timeout](crate::time::timeout_at()) around the whole ends it, too, but with a result in a result; and at the last moment
    /// it lets a hedge begin that is of no use.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    ///
    /// use anywhen::retry::hedge;
    /// use anywhen::time::{Duration, Instant, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let (start, second) = (Instant::now(), Duration::from_secs(1));
    /// let hangs = || std::future::pending::<io::Result<()>>();
    /// let mut hedges = 0;
    /// let error = hedge(hangs)
    ///     .after(second)
    ///     .max_hedges::<5>()
    ///     .on_hedge(|_| hedges += 1)
    ///     .deadline(start + second * 3)
    ///     .await
    ///     .unwrap_err();
    /// assert_eq!((error.kind(), start.elapsed()), (io::ErrorKind::TimedOut, second * 3));
    /// // The third would have begun at the deadline.
    /// assert_eq!(hedges, 2);
    /// # }));
    /// ```
    #[inline]
    pub fn deadline(self, deadline: impl Into<Deadline>) -> Hedge<Op, HedgePolicy<D, B, C, With<H, Until>, HEDGES>, T>
    where
        Op::Error: From<Elapsed>,
        HedgePolicy<D, B, C, With<H, Until>, HEDGES>: Plan,
    {
        self.map(|policy| policy.deadline(deadline))
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
    pub fn on_hedge<F>(self, hook: F) -> Hedge<Op, HedgePolicy<D, B, C, With<H, OnHedge<F>>, HEDGES>, T>
    where
        F: FnMut(&HedgeEvent<'_, Op::Error>),
        HedgePolicy<D, B, C, With<H, OnHedge<F>>, HEDGES>: Plan,
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
    pub fn counters<R>(self, counters: R) -> Hedge<Op, HedgePolicy<D, B, C, With<H, Counting<R>>, HEDGES>, T>
    where
        R: Deref<Target = HedgeCounters>,
        HedgePolicy<D, B, C, With<H, Counting<R>>, HEDGES>: Plan,
    {
        self.map(|policy| policy.counters(counters))
    }
}
