//! `race`: the first of like futures.
//!
//! It is `select` with the winner's name dropped: the pass over the children is the same
//! ([`SelectChildren`]), and [`SameOutput`] takes the bare output out of what it gives.

pub(super) mod method;

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use super::select::{Biased, Fair, Order, SelectChildren};
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

/// An output that says whose it is, when all have one type.
#[diagnostic::on_unimplemented(
    message = "`race` needs futures that all have the same output",
    note = "`.select()` takes futures with different outputs"
)]
pub trait SameOutput {
    /// The bare output.
    type Output;

    /// Forgets whose it is.
    fn into_inner(self) -> Self::Output;
}

impl<T> SameOutput for (T, usize) {
    type Output = T;

    #[inline]
    fn into_inner(self) -> T {
        self.0
    }
}

pin_project! {
    /// The future of [`.race()`](crate::future::traits::Race::race): waits for the first of several children, and drops
    /// the others.
    ///
    /// `C` is the collection of futures: `Race<(A, B)>`, `Race<[F; N]>`, `Race<Vec<F>>`. `O` is [`Fair`] or, after
    /// [`biased`](Self::biased), [`Biased`].
    ///
    /// Each poll polls every child once, up to the first that is ready: O(N) a wake. Of a `Vec` with more than 30 it polls
    /// those that were woken. Children are never moved once polled. When one is ready, all of them are dropped in place, in order, before its output is given.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the children. Nothing else is lost, since it holds no output. The same is true of the losers:
    /// a child that is not cancel safe by itself loses what it had begun.
    ///
    /// # Fairness
    ///
    /// Each poll begins at a child drawn at random, so that no child wins for its place, not even in a loop that makes
    /// a new race each time. After [`biased`](Self::biased) each poll begins at the first child.
    ///
    /// # Panics
    ///
    /// Polling panics once an output has been given, or a child has panicked. In the latter case the other children are
    /// dropped during the unwinding.
    #[must_use = "futures do nothing unless polled"]
    pub struct Race<C: SelectChildren, O = Fair> {
        #[pin]
        children: Live<C::State>,
        order: PhantomData<O>,
    }
}

impl<C: SelectChildren> Race<C> {
    #[inline]
    #[track_caller]
    pub(crate) fn new(children: C) -> Self {
        Self { children: Live::new(children.into_state()), order: PhantomData }
    }

    /// Makes every poll begin at the first child.
    ///
    /// The first of several children that are ready at the same time then wins, and a child that is always ready
    /// starves those behind it. It saves drawing a random number at each poll.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!((async { 1 }, async { 2 }).race().biased().await, 1);
    /// # });
    /// ```
    #[inline]
    pub fn biased(self) -> Race<C, Biased> {
        Race { children: self.children, order: PhantomData }
    }
}

impl<C, O> Future for Race<C, O>
where
    C: SelectChildren<Output: SameOutput>,
    O: Order,
{
    type Output = <C::Output as SameOutput>::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let winner = self.project().children.poll("Race", |children| C::poll_first::<O>(children, cx));
        winner.map(SameOutput::into_inner)
    }
}

impl<C, O> FusedFuture for Race<C, O>
where
    C: SelectChildren<Output: SameOutput>,
    O: Order,
{
    fn is_terminated(&self) -> bool {
        self.children.is_over()
    }
}

impl<C: SelectChildren, O> fmt::Debug for Race<C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.children.debug("Race", f)
    }
}
