//! `settle` of tuples.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::TryFuture;

use super::{SettleChildren, Settling};
use crate::future::tuple::{IntoTrySlots, TrySlots};
use crate::future::{MaybeDone, slot};
use crate::internal::nested::{Nested, Tuple};
use crate::internal::pinned::PinTuple;

/// The slots of a settle, in pairs.
pub trait SettleSlots<E>: TrySlots {
    /// Polls every unfinished child once, and calls back for each that fails, with its index, which is `index` for the
    /// first of them: ready when none is left.
    fn poll_all(self: Pin<&mut Self>, cx: &mut Context<'_>, index: usize, failed: &mut impl FnMut(usize)) -> Poll<()>;

    /// Takes the error of the child at `index`, which has failed.
    fn take_error(self: Pin<&mut Self>, index: usize) -> E;
}

impl<E> SettleSlots<E> for () {
    #[inline]
    fn poll_all(self: Pin<&mut Self>, _: &mut Context<'_>, _: usize, _: &mut impl FnMut(usize)) -> Poll<()> {
        Poll::Ready(())
    }

    #[inline]
    fn take_error(self: Pin<&mut Self>, _: usize) -> E {
        unreachable!("the children are counted")
    }
}

impl<F, T, E, R> SettleSlots<E> for (MaybeDone<F>, R)
where
    F: Future<Output = Result<T, E>>,
    R: SettleSlots<E>,
{
    #[inline]
    fn poll_all(self: Pin<&mut Self>, cx: &mut Context<'_>, index: usize, failed: &mut impl FnMut(usize)) -> Poll<()> {
        let (first, rest) = self.pins();
        let first = slot::poll_and_judge(first, cx).map(|judged| judged.unwrap_or_else(|()| failed(index)));
        let rest = rest.poll_all(cx, index + 1, failed);
        if first.is_ready() { rest } else { Poll::Pending }
    }

    #[inline]
    fn take_error(self: Pin<&mut Self>, index: usize) -> E {
        let (first, rest) = self.pins();
        if index == 0 { slot::take_err(first) } else { rest.take_error(index - 1) }
    }
}

impl<C, F, R, E> SettleChildren for C
where
    C: Tuple<Nested = (F, R)>,
    F: TryFuture<Error = E>,
    (F, R): IntoTrySlots<Slots: SettleSlots<E, Oks: Nested>>,
{
    type Slots = Settling<<(F, R) as IntoTrySlots>::Slots>;
    type Ok = <<<(F, R) as IntoTrySlots>::Slots as TrySlots>::Oks as Nested>::Tuple;
    type Error = E;

    #[inline]
    fn into_slots(self) -> Self::Slots {
        Settling::new(self.nest().into_try_slots())
    }

    #[inline]
    fn poll_slots(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, E>> {
        let mut this = slots.project();
        let failed = &mut |index| *this.first_failed = this.first_failed.or(Some(index));
        this.slots.as_mut().poll_all(cx, 0, failed).map(|()| match *this.first_failed {
            None => Ok(this.slots.take_oks().flatten()),
            Some(index) => Err(this.slots.take_error(index)),
        })
    }
}
