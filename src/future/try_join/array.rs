//! `try_join` of arrays.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::TryFuture;

use super::{AsResult, TryJoinChildren};
use crate::future::{MaybeDone, slot};
use crate::internal::pinned;

impl<F: TryFuture, const N: usize> TryJoinChildren for [F; N] {
    type Slots = [MaybeDone<AsResult<F>>; N];
    type Ok = [F::Ok; N];
    type Error = F::Error;

    #[inline]
    fn into_slots(self) -> Self::Slots {
        self.map(|future| MaybeDone::Future(AsResult::new(future)))
    }

    #[inline]
    fn poll_slots(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, Self::Error>> {
        let mut slots = pinned::as_slice(slots);
        let mut pending = false;
        for slot in pinned::each(slots.as_mut()) {
            pending |= slot::try_poll(slot, cx)?.is_pending();
        }
        if pending {
            return Poll::Pending;
        }
        Poll::Ready(Ok(core::array::from_fn(|index| slot::take_ok(pinned::element(slots.as_mut(), index)))))
    }
}
