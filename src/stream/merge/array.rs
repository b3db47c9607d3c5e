//! `merge` of arrays.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::stream::{FusedStream, Stream};

use super::MergeChildren;
use super::scan::{Row, Scanned};
use crate::future::Order;
use crate::internal::pinned;
use crate::stream::Fuse;

impl<St: Stream, const N: usize> Row for [Fuse<St>; N] {
    type Item = St::Item;

    #[inline]
    fn count(&self) -> usize {
        N
    }

    #[inline]
    fn is_over(&self, index: usize) -> bool {
        self[index].is_terminated()
    }

    fn size_hint(&self, index: usize) -> (usize, Option<usize>) {
        self[index].size_hint()
    }

    #[inline]
    fn poll_next(self: Pin<&mut Self>, index: usize, cx: &mut Context<'_>) -> Poll<Option<St::Item>> {
        pinned::element(pinned::as_slice(self), index).poll_next(cx)
    }
}

impl<St: Stream, const N: usize> MergeChildren for [St; N] {
    type Item = St::Item;
    type State = Scanned<[Fuse<St>; N]>;

    #[inline]
    fn into_state(self) -> Self::State {
        Scanned::new(self.map(Fuse::new))
    }

    #[inline]
    fn poll_first<O: Order>(streams: Pin<&mut Self::State>, cx: &mut Context<'_>) -> Poll<Option<St::Item>> {
        streams.poll_first::<O>(cx)
    }

    fn size_hint(streams: &Self::State) -> (usize, Option<usize>) {
        streams.size_hint()
    }
}
