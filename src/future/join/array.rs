//! `join` of arrays.

use core::pin::Pin;
use core::task::{Context, Poll};

use super::JoinChildren;
use crate::future::{MaybeDone, slot};
use crate::internal::pinned;

impl<F: Future, const N: usize> JoinChildren for [F; N] {
    type Slots = [MaybeDone<F>; N];
    type Output = [F::Output; N];

    #[inline]
    fn into_slots(self) -> Self::Slots {
        self.map(MaybeDone::Future)
    }

    #[inline]
    fn poll_slots(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slots = pinned::as_slice(slots);
        let mut pending = false;
        for slot in pinned::each(slots.as_mut()) {
            pending |= slot::poll(slot, cx).is_pending();
        }
        if pending {
            return Poll::Pending;
        }
        Poll::Ready(core::array::from_fn(|index| slot::take(pinned::element(slots.as_mut(), index))))
    }
}
