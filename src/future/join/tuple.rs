//! `join` of tuples.

use core::pin::Pin;
use core::task::{Context, Poll};

use super::JoinChildren;
use crate::future::{MaybeDone, slot};
use crate::internal::for_each_tuple::for_each_tuple;
use crate::internal::pinned::PinTuple;

macro_rules! tuple {
    ($Either:ident: $($index:tt $slot:ident $F:ident $Variant:ident),+) => {
        impl<$($F: Future),+> JoinChildren for ($($F,)+) {
            type Slots = ($(MaybeDone<$F>,)+);
            type Output = ($($F::Output,)+);

            #[inline]
            fn into_slots(self) -> Self::Slots {
                let ($($slot,)+) = self;
                ($(MaybeDone::Future($slot),)+)
            }

            #[inline]
            fn poll_slots(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                let ($(mut $slot,)+) = slots.pins();
                let mut pending = false;
                $(pending |= slot::poll($slot.as_mut(), cx).is_pending();)+
                if pending { Poll::Pending } else { Poll::Ready(($(slot::take($slot),)+)) }
            }
        }
    };
}
for_each_tuple!(tuple);
