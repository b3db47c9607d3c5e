//! `race_ok` of arrays.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::TryFuture;

use super::RaceOkChildren;
use crate::future::select::Order;
use crate::future::try_join::AsResult;
use crate::future::{MaybeDone, slot};
use crate::internal::pinned;

impl<F: TryFuture, const N: usize> RaceOkChildren for [F; N] {
    type Slots = [MaybeDone<AsResult<F>>; N];
    type Ok = F::Ok;
    type Error = [F::Error; N];

    #[inline]
    fn into_slots(self) -> Self::Slots {
        const { assert!(N > 0, "a race of nothing would never end") };
        self.map(|future| MaybeDone::Future(AsResult::new(future)))
    }

    #[inline]
    fn poll_slots<O: Order>(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Result<F::Ok, Self::Error>> {
        let mut slots = pinned::as_slice(slots);
        let mut pending = false;
        let mut index = O::start(N);
        for _ in 0..N {
            match slot::poll_ok(pinned::element(slots.as_mut(), index), cx) {
                Poll::Ready(Some(output)) => return Poll::Ready(Ok(output)),
                Poll::Ready(None) => {}
                Poll::Pending => pending = true,
            }
            index += 1;
            if index == N {
                index = 0;
            }
        }
        if pending {
            return Poll::Pending;
        }
        Poll::Ready(Err(core::array::from_fn(|index| slot::take_err(pinned::element(slots.as_mut(), index)))))
    }
}
