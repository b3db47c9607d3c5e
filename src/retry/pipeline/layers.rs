//! The layers that there are. Each is a plain value, and makes of an operation another one: what is done each time is there.

use core::future::Future;

use super::{Layer, Limited, Once};
use crate::retry::gate::Classify;
use crate::retry::hedge::{Condition, Hook, Plan};
use crate::retry::strategy::Decide;
use crate::retry::{Fallback, Gate, Gated, Hedge, Operation, Refused, Retry, hedge, retry};
use crate::time::error::Elapsed;
use crate::time::{Duration, Timer, timeout_on};

/// The operation as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity;

impl<Op: Operation> Layer<Op> for Identity {
    type Operation = Op;

    #[inline]
    fn layer(&self, op: Op) -> Op {
        op
    }
}

/// One layer around another.
#[derive(Clone, Copy, Debug)]
pub struct Stack<Outer, Inner> {
    pub(super) outer: Outer,
    pub(super) inner: Inner,
}

impl<Op: Operation, Outer: Layer<Inner::Operation>, Inner: Layer<Op>> Layer<Op> for Stack<Outer, Inner> {
    type Operation = Outer::Operation;

    #[inline]
    fn layer(&self, op: Op) -> Self::Operation {
        self.outer.layer(self.inner.layer(op))
    }
}

/// What a layer makes of an operation: the operation, and the layer's part in each attempt.
#[derive(Clone, Copy, Debug)]
pub struct Layered<Op, L> {
    op: Op,
    layer: L,
}

/// All the layers here: what is done with the operation is an implementation of `Operation` for the two together.
macro_rules! layered {
    ($($Layer:ident<$($P:ident),+>)+) => {$(
        impl<Op: Operation, $($P),+> Layer<Op> for $Layer<$($P),+>
        where
            Self: Clone,
            Layered<Op, Self>: Operation,
        {
            type Operation = Layered<Op, Self>;

            #[inline]
            fn layer(&self, op: Op) -> Self::Operation {
                Layered { op, layer: self.clone() }
            }
        }
    )+};
}
layered! { Retries<P, T> Hedges<P, T> Gates<G, C> Timeouts<T> Fallbacks<H, C> }

/// Tries again; from [`Pipeline::retry`](super::Pipeline::retry).
#[derive(Clone, Copy, Debug)]
pub struct Retries<P, T> {
    pub(super) policy: P,
    pub(super) timer: T,
}

impl<Op, P, T> Operation for Layered<Op, Retries<P, T>>
where
    Op: Operation + Clone,
    P: Decide<Op::Output, Op::Error> + Clone,
    T: Timer,
{
    type Output = Op::Output;
    type Error = P::Error;
    type Future = Retry<Op, P, T>;

    #[inline]
    fn attempt(&mut self) -> Self::Future {
        retry(self.op.clone()).policy(self.layer.policy.clone()).on(self.layer.timer.clone())
    }
}

/// Makes another attempt beside one that is slow; from [`Pipeline::hedge`](super::Pipeline::hedge).
#[derive(Clone, Copy, Debug)]
pub struct Hedges<P, T> {
    pub(super) policy: P,
    pub(super) timer: T,
}

impl<Op, P, T> Operation for Layered<Op, Hedges<P, T>>
where
    Op: Operation + Clone,
    P: Plan + Hook<Op::Error> + Condition<Op::Error> + Clone,
    T: Timer,
{
    type Output = Op::Output;
    type Error = Op::Error;
    type Future = Hedge<Op, P, T>;

    #[inline]
    fn attempt(&mut self) -> Self::Future {
        hedge(self.op.clone()).policy(self.layer.policy.clone()).on(self.layer.timer.clone())
    }
}

/// Goes through a gate; from [`Pipeline::gate`](super::Pipeline::gate).
#[derive(Clone, Copy, Debug)]
pub struct Gates<G, C> {
    pub(super) gate: G,
    pub(super) classify: C,
}

impl<Op, G, C> Operation for Layered<Op, Gates<G, C>>
where
    Op: Operation<Error: From<Refused>> + Clone,
    G: Gate,
    C: Classify<Op::Output, Op::Error> + Clone,
{
    type Output = Op::Output;
    type Error = Op::Error;
    type Future = Gated<G, Once<Op>, C>;

    #[inline]
    fn attempt(&mut self) -> Self::Future {
        Gated::new(self.layer.gate.clone(), Once::new(self.op.clone())).classify_by(self.layer.classify.clone())
    }
}

/// Fails what takes too long; from [`Pipeline::timeout`](super::Pipeline::timeout).
#[derive(Clone, Copy, Debug)]
pub struct Timeouts<T> {
    pub(super) limit: Duration,
    pub(super) timer: T,
}

impl<Op: Operation<Error: From<Elapsed>> + Clone, T: Timer> Operation for Layered<Op, Timeouts<T>> {
    type Output = Op::Output;
    type Error = Op::Error;
    type Future = Limited<Once<Op>, T>;

    #[inline]
    fn attempt(&mut self) -> Self::Future {
        Limited::new(timeout_on(self.layer.timer.clone(), self.layer.limit, Once::new(self.op.clone())))
    }
}

/// Does something else in place of what has failed; from [`Pipeline::fallback`](super::Pipeline::fallback).
#[derive(Clone, Copy, Debug)]
pub struct Fallbacks<H, C> {
    pub(super) other: H,
    pub(super) condition: C,
}

impl<Op, H, G, C> Operation for Layered<Op, Fallbacks<H, C>>
where
    Op: Operation + Clone,
    H: FnOnce(Op::Error) -> G + Clone,
    G: Future<Output = Result<Op::Output, Op::Error>>,
    C: Condition<Op::Error> + Clone,
{
    type Output = Op::Output;
    type Error = Op::Error;
    type Future = Fallback<Once<Op>, H, G, C>;

    #[inline]
    fn attempt(&mut self) -> Self::Future {
        Fallback::new(Once::new(self.op.clone()), self.layer.other.clone(), self.layer.condition.clone())
    }
}
