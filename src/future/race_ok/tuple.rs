//! `race_ok` of tuples.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::TryFuture;

use super::RaceOkChildren;
use crate::future::select::Order;
use crate::future::try_join::AsResult;
use crate::future::{MaybeDone, slot};
use crate::internal::for_each_tuple::for_each_tuple;
use crate::internal::pinned::PinTuple;

macro_rules! tuple {
    ($Either:ident: $($index:tt $slot:ident $F:ident $Variant:ident),+) => {
        impl<Output, $($F: TryFuture<Ok = Output>),+> RaceOkChildren for ($($F,)+) {
            type Slots = ($(MaybeDone<AsResult<$F>>,)+);
            type Ok = Output;
            type Error = ($($F::Error,)+);

            #[inline]
            fn into_slots(self) -> Self::Slots {
                let ($($slot,)+) = self;
                ($(MaybeDone::Future(AsResult::new($slot)),)+)
            }

            #[inline]
            fn poll_slots<O: Order>(
                slots: Pin<&mut Self::Slots>,
                cx: &mut Context<'_>,
            ) -> Poll<Result<Output, Self::Error>> {
                const COUNT: usize = [$($index),+].len();
                let ($(mut $slot,)+) = slots.pins();
                let mut pending = false;
                // A loop around a jump, as in `select`.
                let mut index = O::start(COUNT);
                for _ in 0..COUNT {
                    let polled = match index {
                        $($index => slot::poll_ok($slot.as_mut(), cx),)+
                        _ => unreachable!("the children are counted"),
                    };
                    match polled {
                        Poll::Ready(Some(output)) => return Poll::Ready(Ok(output)),
                        Poll::Ready(None) => {}
                        Poll::Pending => pending = true,
                    }
                    index += 1;
                    if index == COUNT {
                        index = 0;
                    }
                }
                if pending { Poll::Pending } else { Poll::Ready(Err(($(slot::take_err($slot),)+))) }
            }
        }
    };
}
for_each_tuple!(tuple);
