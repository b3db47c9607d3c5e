//! `try_join`: all of them, or the first error.
//!
//! It is built as `join` is: slots, one pass over them for each kind of collection ([`TryJoinChildren`]), one future
//! over any of them ([`TryJoin`]) for the method and the functions. What differs is that an error ends the pass at once.

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

/// Under another name: the prelude has a trait called `IntoFuture`.
pub(super) use super::into_future::IntoFuture as AsResult;
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

/// The children of a try-join, and one pass over them.
pub trait TryJoinChildren {
    /// Each child, or its output.
    type Slots;
    /// All outputs.
    type Ok;
    /// The error of any child.
    type Error;

    /// Puts every child in its slot.
    fn into_slots(self) -> Self::Slots;

    /// Polls every unfinished child once, up to the first that fails, and takes the outputs when none is left.
    fn poll_slots(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, Self::Error>>;
}

pin_project! {
    /// The future of [`.try_join()`](crate::future::traits::TryJoin::try_join) and of
    /// [`try_join`](crate::future::try_join()): waits for all children and gives all outputs, or stops at the first
    /// error.
    ///
    /// `C` is the collection of futures: `TryJoin<(A, B)>`, `TryJoin<[F; N]>`, `TryJoin<Vec<F>>`.
    ///
    /// Each poll polls every unfinished child once, in order: O(N) a wake. Of a `Vec` with more than 30 it
    /// polls those that were woken. A child is dropped in place as soon as it is
    /// done, and never moved before that. The first child that fails ends the pass: its error is given in that same
    /// poll, and all other children and outputs are dropped before it is. The try-join of an empty array is ready at
    /// once.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the unfinished children, and the outputs of the finished ones are lost. They are dropped in the
    /// order of the children.
    ///
    /// # Fairness
    ///
    /// Every wake reaches every unfinished child, so none is starved by the others, unless they share a budget with it,
    /// as tokio's resources do: then the first may use it up at each poll. The macro
    /// [`try_join!`](crate::try_join!) rotates which is the first.
    ///
    /// # Panics
    ///
    /// Polling panics once the outputs or an error have been given, or a child has panicked. In the latter case the
    /// other children are dropped during the unwinding.
    #[must_use = "futures do nothing unless polled"]
    pub struct TryJoin<C: TryJoinChildren> {
        #[pin]
        slots: Live<C::Slots>,
    }
}

impl<C: TryJoinChildren> TryJoin<C> {
    #[inline]
    pub(crate) fn new(children: C) -> Self {
        Self { slots: Live::new(children.into_slots()) }
    }
}

impl<C: TryJoinChildren> Future for TryJoin<C> {
    type Output = Result<C::Ok, C::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().slots.poll("TryJoin", |slots| C::poll_slots(slots, cx))
    }
}

impl<C: TryJoinChildren> FusedFuture for TryJoin<C> {
    fn is_terminated(&self) -> bool {
        self.slots.is_over()
    }
}

impl<C: TryJoinChildren> fmt::Debug for TryJoin<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.slots.debug("TryJoin", f)
    }
}
