//! `join` of tuples.

use core::pin::Pin;
use core::task::{Context, Poll};

use super::JoinChildren;
use crate::future::tuple::IntoSlots;
use crate::future::{MaybeDone, slot};
use crate::internal::nested::{Nested, Tuple};
use crate::internal::pinned::PinTuple;

/// The slots of a join, in pairs.
pub trait JoinSlots {
    /// What the futures give.
    type Outputs;

    /// Polls every unfinished child once: ready when none is left.
    fn poll_all(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()>;

    /// Takes the outputs. None is unfinished.
    fn take_all(self: Pin<&mut Self>) -> Self::Outputs;
}

impl JoinSlots for () {
    type Outputs = ();

    #[inline]
    fn poll_all(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    #[inline]
    fn take_all(self: Pin<&mut Self>) {}
}

impl<F: Future, R: JoinSlots> JoinSlots for (MaybeDone<F>, R) {
    type Outputs = (F::Output, R::Outputs);

    #[inline]
    fn poll_all(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let (first, rest) = self.pins();
        let first = slot::poll(first, cx);
        let rest = rest.poll_all(cx);
        if first.is_ready() { rest } else { Poll::Pending }
    }

    #[inline]
    fn take_all(self: Pin<&mut Self>) -> Self::Outputs {
        let (first, rest) = self.pins();
        (slot::take(first), rest.take_all())
    }
}

impl<C> JoinChildren for C
where
    C: Tuple<Nested: IntoSlots<Slots: JoinSlots<Outputs: Nested>>>,
{
    type Slots = <C::Nested as IntoSlots>::Slots;
    type Output = <<Self::Slots as JoinSlots>::Outputs as Nested>::Tuple;

    #[inline]
    fn into_slots(self) -> Self::Slots {
        self.nest().into_slots()
    }

    #[inline]
    fn poll_slots(mut slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        slots.as_mut().poll_all(cx).map(|()| slots.take_all().flatten())
    }
}
