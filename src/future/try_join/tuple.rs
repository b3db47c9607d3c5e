//! `try_join` of tuples.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::TryFuture;

use super::TryJoinChildren;
use crate::future::tuple::{IntoTrySlots, TrySlots};
use crate::future::{MaybeDone, slot};
use crate::internal::nested::{Nested, Tuple};
use crate::internal::pinned::PinTuple;

/// The slots of a `try_join`, in pairs.
pub trait TryJoinSlots<E>: TrySlots {
    /// Polls every unfinished child once, up to the first that fails: ready when none is left.
    fn try_poll_all(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>>;
}

impl<E> TryJoinSlots<E> for () {
    #[inline]
    fn try_poll_all(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), E>> {
        Poll::Ready(Ok(()))
    }
}

impl<F, T, E, R> TryJoinSlots<E> for (MaybeDone<F>, R)
where
    F: Future<Output = Result<T, E>>,
    R: TryJoinSlots<E>,
{
    #[inline]
    fn try_poll_all(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        let (first, rest) = self.pins();
        let first = slot::try_poll(first, cx)?;
        let rest = rest.try_poll_all(cx)?;
        if first.is_ready() { rest.map(Ok) } else { Poll::Pending }
    }
}

impl<C, F, R, E> TryJoinChildren for C
where
    C: Tuple<Nested = (F, R)>,
    F: TryFuture<Error = E>,
    (F, R): IntoTrySlots<Slots: TryJoinSlots<E, Oks: Nested>>,
{
    type Slots = <(F, R) as IntoTrySlots>::Slots;
    type Ok = <<Self::Slots as TrySlots>::Oks as Nested>::Tuple;
    type Error = E;

    #[inline]
    fn into_slots(self) -> Self::Slots {
        self.nest().into_try_slots()
    }

    #[inline]
    fn poll_slots(mut slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, E>> {
        slots.as_mut().try_poll_all(cx).map_ok(|()| slots.take_oks().flatten())
    }
}
