//! `select`: the first of unlike futures, and the machine under `race`.
//!
//! A poll is one pass over the children in a circle, which ends at the first that is ready. [`SelectChildren`] is that
//! pass for one kind of collection, and says with the output whose it is; `race` makes all outputs one type and forgets
//! whose it was. [`Order`] says where the circle begins.

#[cfg(feature = "alloc")]
pub(super) mod all;
mod array;
pub(super) mod function;
pub(super) mod method;
mod order;
mod tuple;
#[cfg(feature = "alloc")]
mod vec;

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

pub(crate) use self::order::Order;
pub use self::order::{Biased, Fair};
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

/// The children of a race or a select, and one pass over them.
pub trait SelectChildren {
    /// The output of any of them, and whose it is.
    type Output;
    /// The children, and what there is to know about them.
    type State;

    /// Takes them in. None at all are refused, by the compiler where their number is known to it.
    ///
    /// # Panics
    ///
    /// If it is a `Vec`, and empty.
    #[track_caller]
    fn into_state(self) -> Self::State;

    /// Polls each child that may be ready once, beginning with one that `O` chooses and going round, up to the first that is
    /// ready.
    fn poll_first<O: Order>(state: Pin<&mut Self::State>, cx: &mut Context<'_>) -> Poll<Self::Output>;
}

pin_project! {
    /// The future of [`.select()`](crate::future::traits::Select::select): waits for the first of several unlike
    /// children, and drops the others.
    ///
    /// `C` is the collection of futures: `Select<(A, B)>`, `Select<[F; N]>`, `Select<Vec<F>>`. `O` is [`Fair`] or, after
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
    /// a new select each time. After [`biased`](Self::biased) each poll begins at the first child.
    ///
    /// # Panics
    ///
    /// Polling panics once an output has been given, or a child has panicked. In the latter case the other children are
    /// dropped during the unwinding.
    #[must_use = "futures do nothing unless polled"]
    pub struct Select<C: SelectChildren, O = Fair> {
        #[pin]
        children: Live<C::State>,
        order: PhantomData<O>,
    }
}

impl<C: SelectChildren> Select<C> {
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
    /// use anywhen::future::Either;
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let first = (async { 1 }, async { "one" }).select().biased().await;
    /// assert_eq!(first, Either::Left(1));
    /// # });
    /// ```
    #[inline]
    pub fn biased(self) -> Select<C, Biased> {
        Select { children: self.children, order: PhantomData }
    }
}

impl<C: SelectChildren, O: Order> Future for Select<C, O> {
    type Output = C::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<C::Output> {
        self.project().children.poll("Select", |children| C::poll_first::<O>(children, cx))
    }
}

impl<C: SelectChildren, O: Order> FusedFuture for Select<C, O> {
    fn is_terminated(&self) -> bool {
        self.children.is_over()
    }
}

impl<C: SelectChildren, O> fmt::Debug for Select<C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.children.debug("Select", f)
    }
}
