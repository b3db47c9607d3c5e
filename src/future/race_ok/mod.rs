//! `race_ok`: the first that does not fail, or every error.
//!
//! The children lie in slots, as those of a join do: one that has failed leaves its error there. A poll is one pass over
//! the unfinished, in a circle that begins where [`Order`] says, up to the first success. [`RaceOkChildren`] is that pass
//! for one kind of collection.

mod array;
pub(super) mod method;
mod tuple;
#[cfg(feature = "alloc")]
mod vec;

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use super::select::{Biased, Fair, Order};
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

/// The children of a race for success, and one pass over them.
pub trait RaceOkChildren {
    /// Each child, or its error.
    type Slots;
    /// What any child gives that does not fail.
    type Ok;
    /// All errors.
    type Error;

    /// Puts every child in its slot. None at all are refused, by the compiler where their number is known to it.
    ///
    /// # Panics
    ///
    /// If it is a `Vec`, and empty.
    #[track_caller]
    fn into_slots(self) -> Self::Slots;

    /// Polls every unfinished child once, beginning with one that `O` chooses and going round, up to the first that
    /// succeeds, and takes the errors when all have failed.
    fn poll_slots<O: Order>(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, Self::Error>>;
}

pin_project! {
    /// The future of [`.race_ok()`](crate::future::traits::RaceOk::race_ok): waits for the first of several children that
    /// does not fail, and drops the others.
    ///
    /// `C` is the collection of futures: `RaceOk<(A, B)>`, `RaceOk<[F; N]>`, `RaceOk<Vec<F>>`. `O` is [`Fair`] or, after
    /// [`biased`](Self::biased), [`Biased`].
    ///
    /// Each poll polls every unfinished child once, up to the first success: O(N) a wake. Of a `Vec` with more than 30
    /// it polls those that were woken. A child that fails is dropped
    /// in place and its error kept; none is moved before that. With the first success all others and the errors are dropped,
    /// in order, before the output is given. When the last child fails too, all errors are given, in the order of the
    /// children.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the unfinished children, and the errors of those that have failed are lost. The losers of a race
    /// are dropped likewise: a child that is not cancel safe by itself loses what it had begun.
    ///
    /// # Fairness
    ///
    /// Each poll begins at a child drawn at random, so that no child wins for its place, not even in a loop that makes
    /// a new race each time. After [`biased`](Self::biased) each poll begins at the first child.
    ///
    /// # Panics
    ///
    /// Polling panics once an output or the errors have been given, or a child has panicked. In the latter case the other
    /// children are dropped during the unwinding.
    #[must_use = "futures do nothing unless polled"]
    pub struct RaceOk<C: RaceOkChildren, O = Fair> {
        #[pin]
        slots: Live<C::Slots>,
        order: PhantomData<O>,
    }
}

impl<C: RaceOkChildren> RaceOk<C> {
    #[inline]
    #[track_caller]
    pub(crate) fn new(children: C) -> Self {
        Self { slots: Live::new(children.into_slots()), order: PhantomData }
    }

    /// Makes every poll begin at the first child.
    ///
    /// The first of several children that succeed at the same time then wins: a plan, and what to fall back on.
    /// It saves drawing a random number at each poll.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let (cached, fetched) = (async { Err("not there") }, async { Ok::<_, &str>(2) });
    /// assert_eq!((cached, fetched).race_ok().biased().await, Ok(2));
    /// # });
    /// ```
    #[inline]
    pub fn biased(self) -> RaceOk<C, Biased> {
        RaceOk { slots: self.slots, order: PhantomData }
    }
}

impl<C: RaceOkChildren, O: Order> Future for RaceOk<C, O> {
    type Output = Result<C::Ok, C::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().slots.poll("RaceOk", |slots| C::poll_slots::<O>(slots, cx))
    }
}

impl<C: RaceOkChildren, O: Order> FusedFuture for RaceOk<C, O> {
    fn is_terminated(&self) -> bool {
        self.slots.is_over()
    }
}

impl<C: RaceOkChildren, O> fmt::Debug for RaceOk<C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.slots.debug("RaceOk", f)
    }
}
