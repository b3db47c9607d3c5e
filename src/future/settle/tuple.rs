//! `settle` of tuples.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::TryFuture;

use super::{SettleChildren, Settling};
use crate::future::try_join::AsResult;
use crate::future::{MaybeDone, slot};
use crate::internal::for_each_tuple::for_each_tuple;
use crate::internal::pinned::PinTuple;

macro_rules! tuple {
    ($Either:ident: $($index:tt $slot:ident $F:ident $Variant:ident),+) => {
        impl<Error, $($F: TryFuture<Error = Error>),+> SettleChildren for ($($F,)+) {
            type Slots = Settling<($(MaybeDone<AsResult<$F>>,)+)>;
            type Ok = ($($F::Ok,)+);
            type Error = Error;

            #[inline]
            fn into_slots(self) -> Self::Slots {
                let ($($slot,)+) = self;
                Settling::new(($(MaybeDone::Future(AsResult::new($slot)),)+))
            }

            #[inline]
            fn poll_slots(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, Error>> {
                let this = slots.project();
                let ($(mut $slot,)+) = this.slots.pins();
                let mut pending = false;
                $(
                    match slot::poll_and_judge($slot.as_mut(), cx) {
                        Poll::Ready(Ok(())) => {}
                        Poll::Ready(Err(())) => *this.first_failed = this.first_failed.or(Some($index)),
                        Poll::Pending => pending = true,
                    }
                )+
                if pending {
                    return Poll::Pending;
                }
                Poll::Ready(match *this.first_failed {
                    None => Ok(($(slot::take_ok($slot),)+)),
                    $(Some($index) => Err(slot::take_err($slot)),)+
                    Some(_) => unreachable!("the children are counted"),
                })
            }
        }
    };
}
for_each_tuple!(tuple);
