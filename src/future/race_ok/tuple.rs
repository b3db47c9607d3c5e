//! `race_ok` of tuples.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::TryFuture;

use super::RaceOkChildren;
use crate::future::select::Order;
use crate::future::tuple::{IntoTrySlots, TrySlots};
use crate::future::{MaybeDone, slot};
use crate::internal::nested::{Nested, Tuple};
use crate::internal::pinned::PinTuple;

/// The slots of a `race_ok`, in pairs.
pub trait RaceOkSlots<T>: TrySlots {
    /// How many there are.
    const COUNT: usize;

    /// Polls the child at `index`, unless it has failed already. If it succeeds here is what it gives.
    fn poll_ok(self: Pin<&mut Self>, index: usize, cx: &mut Context<'_>) -> Poll<Option<T>>;
}

impl<T> RaceOkSlots<T> for () {
    const COUNT: usize = 0;

    #[inline]
    fn poll_ok(self: Pin<&mut Self>, _: usize, _: &mut Context<'_>) -> Poll<Option<T>> {
        unreachable!("the children are counted")
    }
}

impl<F, T, E, R> RaceOkSlots<T> for (MaybeDone<F>, R)
where
    F: Future<Output = Result<T, E>>,
    R: RaceOkSlots<T>,
{
    const COUNT: usize = 1 + R::COUNT;

    #[inline]
    fn poll_ok(self: Pin<&mut Self>, index: usize, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let (first, rest) = self.pins();
        if index == 0 { slot::poll_ok(first, cx) } else { rest.poll_ok(index - 1, cx) }
    }
}

impl<C, F, R, T> RaceOkChildren for C
where
    C: Tuple<Nested = (F, R)>,
    F: TryFuture<Ok = T>,
    (F, R): IntoTrySlots<Slots: RaceOkSlots<T, Errors: Nested>>,
{
    type Slots = <(F, R) as IntoTrySlots>::Slots;
    type Ok = T;
    type Error = <<Self::Slots as TrySlots>::Errors as Nested>::Tuple;

    #[inline]
    fn into_slots(self) -> Self::Slots {
        self.nest().into_try_slots()
    }

    #[inline]
    fn poll_slots<O: Order>(mut slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Result<T, Self::Error>> {
        let count = <Self::Slots as RaceOkSlots<T>>::COUNT;
        let mut pending = false;
        // A loop around a jump, as in `select`.
        let mut index = O::start(count);
        for _ in 0..count {
            match slots.as_mut().poll_ok(index, cx) {
                Poll::Ready(Some(output)) => return Poll::Ready(Ok(output)),
                Poll::Ready(None) => {}
                Poll::Pending => pending = true,
            }
            index += 1;
            if index == count {
                index = 0;
            }
        }
        if pending { Poll::Pending } else { Poll::Ready(Err(slots.take_errors().flatten())) }
    }
}
