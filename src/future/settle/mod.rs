//! `settle`: all of them, to the end, and then whether one has failed.
//!
//! It is built as `join` is: slots, and one pass over them for each kind of collection ([`SettleChildren`]). What a child
//! gives stays in its slot, be it an error; beside the slots is noted who was the first to fail.

mod array;
pub(super) mod method;
mod tuple;
#[cfg(feature = "alloc")]
mod vec;

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

/// The children of a settle, and one pass over them.
pub trait SettleChildren {
    /// Each child, or what it gave, and who was the first to fail.
    type Slots;
    /// All outputs.
    type Ok;
    /// The error of any child.
    type Error;

    /// Puts every child in its slot.
    fn into_slots(self) -> Self::Slots;

    /// Polls every unfinished child once, and takes the outputs or the first error when none is left.
    fn poll_slots(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, Self::Error>>;
}

pin_project! {
    /// Slots in a tuple or an array, and who was the first to fail.
    #[expect(missing_debug_implementations, reason = "the future around it says what there is to say")]
    pub struct Settling<S> {
        #[pin]
        slots: S,
        first_failed: Option<usize>,
    }
}

impl<S> Settling<S> {
    #[inline]
    fn new(slots: S) -> Self {
        Self { slots, first_failed: None }
    }
}

pin_project! {
    /// The future of [`.settle()`](crate::future::traits::Settle::settle): waits until all children are done, failed or
    /// not, and then gives all outputs, or the first error.
    ///
    /// `C` is the collection of futures: `Settle<(A, B)>`, `Settle<[F; N]>`, `Settle<Vec<F>>`.
    ///
    /// Each poll polls every unfinished child once, in order: O(N) a wake. Of a `Vec` with more than 30 it
    /// polls those that were woken. A child is dropped in place as soon as it is
    /// done, and never moved before that. The error is that of the child that was the first in time to fail, and of those
    /// that fail in the same poll the first in order; everything else is dropped before it is given. The settle of an
    /// empty array is ready at once.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the unfinished children, and what the finished ones gave is lost. They are dropped in the order
    /// of the children. It does not make them run to their ends by itself: for that it has to be polled.
    ///
    /// # Fairness
    ///
    /// Every wake reaches every unfinished child, so none is starved by the others, unless they share a budget with it,
    /// as tokio's resources do: then the first may use it up at each poll.
    ///
    /// # Panics
    ///
    /// Polling panics once the outputs or an error have been given, or a child has panicked. In the latter case the
    /// other children are dropped during the unwinding, finished or not.
    #[must_use = "futures do nothing unless polled"]
    pub struct Settle<C: SettleChildren> {
        #[pin]
        slots: Live<C::Slots>,
    }
}

impl<C: SettleChildren> Settle<C> {
    #[inline]
    pub(crate) fn new(children: C) -> Self {
        Self { slots: Live::new(children.into_slots()) }
    }
}

impl<C: SettleChildren> Future for Settle<C> {
    type Output = Result<C::Ok, C::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().slots.poll("Settle", |slots| C::poll_slots(slots, cx))
    }
}

impl<C: SettleChildren> FusedFuture for Settle<C> {
    fn is_terminated(&self) -> bool {
        self.slots.is_over()
    }
}

impl<C: SettleChildren> fmt::Debug for Settle<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.slots.debug("Settle", f)
    }
}
