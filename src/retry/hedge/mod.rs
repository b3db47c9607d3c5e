//! The future that does not wait for the slow: a second attempt beside the first, and the better of the two.
//!
//! [`policy`](HedgePolicy) says when an attempt is slow and what is done then, as a plain value; `builder.rs` says it of one
//! future; `run.rs` is its course. [`Latencies`] knows what is slow, from what was.

mod builder;
mod counters;
mod event;
mod latencies;
mod plan;
mod policy;
mod run;

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

pub use self::counters::{Counting, HedgeCounters};
pub use self::event::HedgeEvent;
pub use self::latencies::Latencies;
pub use self::plan::{
    After, AfterPercentile, Allowance, Condition, Delay, Hook, OnHedge, Plan, Room, Silent, Unlimited,
};
pub use self::policy::HedgePolicy;
use self::run::Run;
use super::Operation;
pub use super::strategy::AnyError;
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;
use crate::time::{Clock, Timer};

/// Does `op`, and does it once more beside that if it takes too long: the first that succeeds is heard, and the other is
/// dropped at once.
///
/// A few calls of many take far longer than the rest: a queue was long, a packet was lost, memory was swept. The same call
/// again, most likely, does not. So the slowest are cut off at the price of a few calls more: with a delay that 95 of a
/// hundred calls do not reach, that is five more for a hundred. Hedge what is safe to do twice.
///
/// Without more there is one hedge, after 100 ms. The methods of [`Hedge`] change that; call them before the first poll,
/// and await the whole.
///
/// * The delay is to be what few calls reach: [`after`](Hedge::after) for one that you know, or
///   [`after_percentile`](Hedge::after_percentile) for one that follows what was measured.
/// * [`budget`](Hedge::budget) bounds the load that is added, also when *all* calls are slow. Do not go without, unless the
///   delay is sure to be long.
/// * [`deadline`](Hedge::deadline) is when all has to be over.
///
/// An attempt that fails does not end the whole: the next is begun at once, if there may be one, and if not, those under
/// way are waited for. [`when`](Hedge::when) says which errors count.
///
/// To try again only once an attempt has failed, see [`retry()`](super::retry()); to do unlike things beside each other,
/// [`race_ok`](crate::future::container).
///
/// # Errors
///
/// The future gives the last error, when there was an error for every attempt and there may be no other; at a
/// [deadline](Hedge::deadline) that which is made of [`Elapsed`](crate::time::error::Elapsed).
///
/// # Cancel safety
///
/// Dropping the future drops all attempts that are under way. What they had begun may have happened or not, and the same
/// holds for those that lose.
///
/// # Fairness
///
/// Of two attempts that are ready in the same poll, the one that was begun first is heard.
///
/// # Allocation
///
/// None: the attempts have their places in the future. What is ready at its first poll costs no reading of the clock.
///
/// # Implementation notes
///
/// These are the hedged requests of Jeffrey Dean and Luiz André Barroso, "The Tail at Scale" (Communications of the ACM 56
/// (2), 2013), with gRPC's rule that an error begins the next attempt at once.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
///
/// use anywhen::retry::hedge;
/// use anywhen::time::{Duration, Instant, VirtualClock, sleep};
///
/// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
/// let calls = Cell::new(0);
/// let fetch = || {
///     calls.set(calls.get() + 1);
///     let call = calls.get();
///     async move {
///         // The first one is held up.
///         sleep(Duration::from_millis(if call == 1 { 5_000 } else { 10 })).await;
///         Ok::<_, ()>(call)
///     }
/// };
/// let start = Instant::now();
/// assert_eq!(hedge(fetch).after(Duration::from_millis(50)).await, Ok(2));
/// assert_eq!(start.elapsed(), Duration::from_millis(60));
/// # }));
/// ```
#[inline]
pub fn hedge<Op: Operation>(op: Op) -> Hedge<Op> {
    Hedge::new(op, HedgePolicy::new(), Clock::default())
}

pin_project! {
    /// Does something, and once more beside that if it takes too long; from [`hedge()`].
    ///
    /// `Op` is the operation, `P` the policy with what was added to it, `T` the timer. So the type can be named:
    ///
    /// ```
    /// use std::future::Ready;
    ///
    /// use anywhen::retry::hedge::After;
    /// use anywhen::retry::{Budget, Hedge, HedgePolicy, hedge};
    ///
    /// struct Ping {
    ///     attempts: Hedge<fn() -> Ready<Result<(), String>>, HedgePolicy<After, &'static Budget>>,
    /// }
    ///
    /// static BUDGET: Budget = Budget::new(0.05);
    /// let op: fn() -> _ = || std::future::ready(Ok(()));
    /// let ping = Ping { attempts: hedge(op).budget(&BUDGET) };
    /// # anywhen::rt::Std.block_on(ping.attempts).unwrap();
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops all attempts that are under way. What they had begun may have happened or not, and the same holds
    /// for those that lose.
    ///
    /// # Fairness
    ///
    /// Of two attempts that are ready in the same poll, the one that was begun first is heard.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its result, or the operation, an attempt or a closure has panicked. The methods
    /// panic once it has been polled.
    #[must_use = "futures do nothing unless polled"]
    pub struct Hedge<Op: Operation, P: Plan = HedgePolicy, T: Timer = Clock> {
        #[pin]
        run: Live<Run<Op, P, T, Op::Future, T::Sleep, P::Room<Op::Future>>>,
    }
}

impl<Op: Operation, P: Plan, T: Timer> Hedge<Op, P, T> {
    #[inline]
    pub(in crate::retry) fn new(op: Op, policy: P, timer: T) -> Self {
        Self { run: Live::new(Run::new(op, policy, timer)) }
    }
}

impl<Op: Operation, P: Plan + Hook<Op::Error> + Condition<Op::Error>, T: Timer> Future for Hedge<Op, P, T> {
    type Output = Result<Op::Output, Op::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().run.poll_at_once("Hedge", cx, Run::poll_at_once, Run::poll_on)
    }
}

impl<Op: Operation, P: Plan + Hook<Op::Error> + Condition<Op::Error>, T: Timer> FusedFuture for Hedge<Op, P, T> {
    fn is_terminated(&self) -> bool {
        self.run.is_over()
    }
}

impl<Op: Operation, P: Plan, T: Timer> fmt::Debug for Hedge<Op, P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.run.debug("Hedge", f)
    }
}
