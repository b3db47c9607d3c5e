//! `select` of tuples.

use core::pin::Pin;
use core::task::{Context, Poll};

use super::{Order, SelectChildren};
use crate::future::{
    Either, Either3, Either4, Either5, Either6, Either7, Either8, Either9, Either10, Either11, Either12,
};
use crate::internal::for_each_tuple::for_each_tuple;
use crate::internal::pinned::PinTuple;

macro_rules! tuple {
    ($Either:ident: $($index:tt $child:ident $F:ident $Variant:ident),+) => {
        impl<$($F: Future),+> SelectChildren for ($($F,)+) {
            type Output = $Either<$($F::Output),+>;
            type State = Self;

            #[inline]
            fn into_state(self) -> Self {
                self
            }

            #[inline]
            fn poll_first<O: Order>(children: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                const COUNT: usize = [$($index),+].len();
                let ($(mut $child,)+) = children.pins();
                // One call of each child's `poll`, in a loop around a jump: a second call would keep it from being
                // inlined.
                let mut index = O::start(COUNT);
                for _ in 0..COUNT {
                    match index {
                        $($index => {
                            if let Poll::Ready(output) = $child.as_mut().poll(cx) {
                                return Poll::Ready($Either::$Variant(output));
                            }
                        })+
                        _ => unreachable!("the children are counted"),
                    }
                    index += 1;
                    if index == COUNT {
                        index = 0;
                    }
                }
                Poll::Pending
            }
        }
    };
}
for_each_tuple!(tuple);
