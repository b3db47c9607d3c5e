//! `try_join` of tuples.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::TryFuture;

use super::{AsResult, TryJoinChildren};
use crate::future::{MaybeDone, slot};
use crate::internal::for_each_tuple::for_each_tuple;
use crate::internal::pinned::PinTuple;

macro_rules! tuple {
    ($Either:ident: $($index:tt $slot:ident $F:ident $Variant:ident),+) => {
        impl<Error, $($F: TryFuture<Error = Error>),+> TryJoinChildren for ($($F,)+) {
            type Slots = ($(MaybeDone<AsResult<$F>>,)+);
            type Ok = ($($F::Ok,)+);
            type Error = Error;

            #[inline]
            fn into_slots(self) -> Self::Slots {
                let ($($slot,)+) = self;
                ($(MaybeDone::Future(AsResult::new($slot)),)+)
            }

            #[inline]
            fn poll_slots(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, Error>> {
                let ($(mut $slot,)+) = slots.pins();
                let mut pending = false;
                $(pending |= slot::try_poll($slot.as_mut(), cx)?.is_pending();)+
                if pending { Poll::Pending } else { Poll::Ready(Ok(($(slot::take_ok($slot),)+))) }
            }
        }
    };
}
for_each_tuple!(tuple);
