//! `settle` of arrays.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::TryFuture;

use super::{SettleChildren, Settling};
use crate::future::try_join::AsResult;
use crate::future::{MaybeDone, slot};
use crate::internal::pinned;

impl<F: TryFuture, const N: usize> SettleChildren for [F; N] {
    type Slots = Settling<[MaybeDone<AsResult<F>>; N]>;
    type Ok = [F::Ok; N];
    type Error = F::Error;

    #[inline]
    fn into_slots(self) -> Self::Slots {
        Settling::new(self.map(|future| MaybeDone::Future(AsResult::new(future))))
    }

    #[inline]
    fn poll_slots(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, Self::Error>> {
        let this = slots.project();
        let mut slots = pinned::as_slice(this.slots);
        let mut pending = false;
        for (index, slot) in pinned::each(slots.as_mut()).enumerate() {
            match slot::poll_and_judge(slot, cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(())) => *this.first_failed = this.first_failed.or(Some(index)),
                Poll::Pending => pending = true,
            }
        }
        if pending {
            return Poll::Pending;
        }
        if let Some(index) = *this.first_failed {
            return Poll::Ready(Err(slot::take_err(pinned::element(slots, index))));
        }
        Poll::Ready(Ok(core::array::from_fn(|index| slot::take_ok(pinned::element(slots.as_mut(), index)))))
    }
}
