//! The questions that a hedge asks of its policy, and the answers that there are.

use core::ops::Deref;
use core::pin::Pin;
use core::time::Duration;

use super::{HedgeEvent, Latencies};
use crate::internal::pinned;
use crate::retry::Budget;
use crate::retry::strategy::{AnyError, Until, When, With};
use crate::time::error::Elapsed;
use crate::time::{Deadline, Timer};

/// What a hedge asks of its parameter `P`. It is here to bound generic code; [`HedgePolicy`](super::HedgePolicy) is what implements it.
pub trait Plan {
    /// The delay.
    type Delay: Delay;
    /// The budget.
    type Budget: Allowance;
    /// The places of hedges that are attempts of type `F`.
    type Room<F>: Room<F>;

    /// When an attempt is slow.
    fn delay(&self) -> &Self::Delay;
    /// Whether there may be another.
    fn budget(&self) -> &Self::Budget;
}

/// When an attempt is slow: [`After`] or [`AfterPercentile`].
pub trait Delay {
    /// Whether it learns how long the first attempts take.
    const LEARNS: bool;

    /// How long to wait for an attempt before there is another beside it; `None` if there is to be none.
    fn delay(&self) -> Option<Duration>;
    /// The first attempt has taken so long; or longer, if another was faster.
    fn learn(&self, _: Duration) {}
}

/// What the additional load is taken from: a [`Budget`] by reference or in an `Arc`, or [`Unlimited`].
pub trait Allowance {
    /// A call is made.
    fn deposit(&self);
    /// Whether there may be another attempt.
    fn try_withdraw(&self) -> bool;
}

/// Which errors the other attempts may make good: [`AnyError`], or those of [`HedgePolicy::when`](super::HedgePolicy::when).
pub trait Condition<E> {
    /// Whether this is one.
    fn goes_on(&mut self, error: &E) -> bool;
}

/// What can be added to a hedge: who is told, and when all is over.
pub trait Hook<E> {
    /// One is about to be begun.
    fn hedged(&mut self, _: &HedgeEvent<'_, E>) {}
    /// This one has succeeded first; 0 is the first attempt.
    fn won(&mut self, _: usize) {}
    /// When all is over, and what comes of it then.
    fn end(&self) -> Option<(Deadline, fn() -> E)> {
        None
    }
}

/// The places of hedges, pinned: an array.
pub trait Room<F> {
    /// Nobody is there yet.
    fn empty() -> Self;
    /// All places.
    fn places(self: Pin<&mut Self>) -> Pin<&mut [Option<F>]>;
}

impl<F, const N: usize> Room<F> for [Option<F>; N] {
    fn empty() -> Self {
        [const { None }; N]
    }

    fn places(self: Pin<&mut Self>) -> Pin<&mut [Option<F>]> {
        pinned::as_slice(self)
    }
}

/// After a delay that is always the same; from [`HedgePolicy::after`](super::HedgePolicy::after).
#[derive(Clone, Copy, Debug)]
pub struct After(pub(super) Duration);

impl Delay for After {
    const LEARNS: bool = false;

    fn delay(&self) -> Option<Duration> {
        Some(self.0)
    }
}

/// After a delay that most calls do not reach; from [`HedgePolicy::after_percentile`](super::HedgePolicy::after_percentile).
#[derive(Clone, Copy, Debug)]
pub struct AfterPercentile<L> {
    pub(super) latencies: L,
    pub(super) share: f64,
}

impl<L: Deref<Target = Latencies>> Delay for AfterPercentile<L> {
    const LEARNS: bool = true;

    fn delay(&self) -> Option<Duration> {
        self.latencies.percentile(self.share)
    }

    fn learn(&self, latency: Duration) {
        self.latencies.record(latency);
    }
}

/// As many hedges as the policy says, whatever the load.
#[derive(Clone, Copy, Debug)]
pub struct Unlimited;

impl Allowance for Unlimited {
    #[inline]
    fn deposit(&self) {}

    fn try_withdraw(&self) -> bool {
        true
    }
}

impl<A: Deref<Target = Budget<T>>, T: Timer> Allowance for A {
    #[inline]
    fn deposit(&self) {
        (**self).deposit();
    }

    fn try_withdraw(&self) -> bool {
        (**self).try_withdraw()
    }
}

impl<E> Condition<E> for AnyError {
    fn goes_on(&mut self, _: &E) -> bool {
        true
    }
}

impl<E, F: FnMut(&E) -> bool> Condition<E> for When<F> {
    fn goes_on(&mut self, error: &E) -> bool {
        (self.0)(error)
    }
}

/// Nobody is told, and nothing is over.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl<E> Hook<E> for Silent {}

impl<E: From<Elapsed>> Hook<E> for Until {
    #[inline]
    fn end(&self) -> Option<(Deadline, fn() -> E)> {
        Some((self.0, || Elapsed::new().into()))
    }
}

/// Who is told of hedges; from [`HedgePolicy::on_hedge`](super::HedgePolicy::on_hedge).
#[derive(Clone, Copy, Debug)]
pub struct OnHedge<F>(pub(super) F);

impl<E, F: FnMut(&HedgeEvent<'_, E>)> Hook<E> for OnHedge<F> {
    fn hedged(&mut self, event: &HedgeEvent<'_, E>) {
        (self.0)(event);
    }
}

/// The first added is told first.
impl<E, P: Hook<E>, H: Hook<E>> Hook<E> for With<P, H> {
    fn hedged(&mut self, event: &HedgeEvent<'_, E>) {
        self.inner.hedged(event);
        self.hook.hedged(event);
    }

    #[inline]
    fn won(&mut self, number: usize) {
        self.inner.won(number);
        self.hook.won(number);
    }

    /// The earlier one.
    #[inline]
    fn end(&self) -> Option<(Deadline, fn() -> E)> {
        self.inner.end().into_iter().chain(self.hook.end()).min_by_key(|end| end.0)
    }
}
