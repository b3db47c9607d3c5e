//! `merge` of tuples.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::stream::{FusedStream, Stream};

use super::MergeChildren;
use super::scan::{Row, Scanned};
use crate::future::Order;
use crate::internal::for_each_tuple::for_each_tuple;
use crate::internal::pinned::PinTuple;
use crate::stream::Fuse;

macro_rules! tuple {
    ($Either:ident: $($index:tt $child:ident $F:ident $Variant:ident),+) => {
        impl<T, $($F: Stream<Item = T>),+> Row for ($(Fuse<$F>,)+) {
            type Item = T;

            #[inline]
            fn count(&self) -> usize {
                [$($index),+].len()
            }

            #[inline]
            fn is_over(&self, index: usize) -> bool {
                match index {
                    $($index => self.$index.is_terminated(),)+
                    _ => unreachable!("the streams are counted"),
                }
            }

            fn size_hint(&self, index: usize) -> (usize, Option<usize>) {
                match index {
                    $($index => self.$index.size_hint(),)+
                    _ => unreachable!("the streams are counted"),
                }
            }

            #[inline]
            fn poll_next(self: Pin<&mut Self>, index: usize, cx: &mut Context<'_>) -> Poll<Option<T>> {
                let ($($child,)+) = self.pins();
                match index {
                    $($index => $child.poll_next(cx),)+
                    _ => unreachable!("the streams are counted"),
                }
            }
        }

        impl<T, $($F: Stream<Item = T>),+> MergeChildren for ($($F,)+) {
            type Item = T;
            type State = Scanned<($(Fuse<$F>,)+)>;

            #[inline]
            fn into_state(self) -> Self::State {
                let ($($child,)+) = self;
                Scanned::new(($(Fuse::new($child),)+))
            }

            #[inline]
            fn poll_first<O: Order>(streams: Pin<&mut Self::State>, cx: &mut Context<'_>) -> Poll<Option<T>> {
                streams.poll_first::<O>(cx)
            }

            fn size_hint(streams: &Self::State) -> (usize, Option<usize>) {
                streams.size_hint()
            }
        }
    };
}
for_each_tuple!(tuple);
