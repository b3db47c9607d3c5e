//! `join`: all of them, to the end.
//!
//! The children of a join lie in slots ([`MaybeDone`](crate::future::MaybeDone)), each of which holds a child until it
//! is done and its output from then on. A poll is one pass over the slots. [`JoinChildren`] is that pass for one kind of
//! collection, [`Join`] is the future over any of them, and both the method `.join()` and the functions `join` to
//! `join5` make it.

mod array;
pub(super) mod function;
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

/// The children of a join, and one pass over them.
pub trait JoinChildren {
    /// Each child, or its output.
    type Slots;
    /// All outputs.
    type Output;

    /// Puts every child in its slot.
    fn into_slots(self) -> Self::Slots;

    /// Polls every unfinished child once, and takes the outputs when none is left.
    fn poll_slots(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Self::Output>;
}

pin_project! {
    /// The future of [`.join()`](crate::future::traits::Join::join) and of [`join`](crate::future::join()): waits for
    /// all children and gives all outputs, in the order of the children.
    ///
    /// `C` is the collection of futures: `Join<(A, B)>`, `Join<[F; N]>`, `Join<Vec<F>>`.
    ///
    /// Each poll polls every unfinished child once, in order: O(N) a wake. Of a `Vec` with more than 30 it
    /// polls those that were woken. A child is dropped in place as soon as it is
    /// done, and never moved before that. The join of an empty array is ready at once.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the unfinished children, and the outputs of the finished ones are lost. They are dropped in the
    /// order of the children.
    ///
    /// # Fairness
    ///
    /// Every wake reaches every unfinished child, so none is starved by the others, unless they share a budget with it,
    /// as tokio's resources do: then the first may use it up at each poll. The macro [`join!`](crate::join!) rotates
    /// which is the first.
    ///
    /// # Panics
    ///
    /// Polling panics once the outputs have been given, or a child has panicked. In the latter case the other children
    /// are dropped during the unwinding.
    #[must_use = "futures do nothing unless polled"]
    pub struct Join<C: JoinChildren> {
        #[pin]
        slots: Live<C::Slots>,
    }
}

impl<C: JoinChildren> Join<C> {
    #[inline]
    pub(crate) fn new(children: C) -> Self {
        Self { slots: Live::new(children.into_slots()) }
    }
}

impl<C: JoinChildren> Future for Join<C> {
    type Output = C::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<C::Output> {
        self.project().slots.poll("Join", |slots| C::poll_slots(slots, cx))
    }
}

impl<C: JoinChildren> FusedFuture for Join<C> {
    fn is_terminated(&self) -> bool {
        self.slots.is_over()
    }
}

impl<C: JoinChildren> fmt::Debug for Join<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.slots.debug("Join", f)
    }
}
