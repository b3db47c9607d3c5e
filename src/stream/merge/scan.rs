//! The pass over a few streams: all that have not ended are polled with the task's own waker.
//!
//! A [`Row`] is what a tuple, an array and a `Vec` have in common: streams in a row, each [fused](crate::stream::Fuse), so that one that has
//! ended is gone and its place is known to be empty.

use core::pin::Pin;
use core::task::{Context, Poll};

use crate::future::Order;
use crate::internal::pin_project::pin_project;

/// Fused streams, each at an index below `count`.
pub trait Row {
    /// The item of any of them.
    type Item;

    /// How many there are, with those that have ended.
    fn count(&self) -> usize;

    /// Whether that one has ended.
    fn is_over(&self, index: usize) -> bool;

    /// What that one says of its length.
    fn size_hint(&self, index: usize) -> (usize, Option<usize>);

    /// Polls that one.
    fn poll_next(self: Pin<&mut Self>, index: usize, cx: &mut Context<'_>) -> Poll<Option<Self::Item>>;
}

pin_project! {
    /// Streams in a row, and how many of them have not ended.
    #[derive(Debug)]
    pub struct Scanned<R> {
        #[pin]
        pub(super) row: R,
        pub(super) left: usize,
    }
}

impl<R: Row> Scanned<R> {
    #[inline]
    pub(super) fn new(row: R) -> Self {
        let left = row.count();
        Self { row, left }
    }

    /// Polls each stream that has not ended once, up to the first that has an item.
    #[inline]
    pub(super) fn poll_first<O: Order>(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<R::Item>> {
        let this = self.project();
        let (mut row, left) = (this.row, this.left);
        if *left == 0 {
            return Poll::Ready(None);
        }
        let count = row.count();
        // Drawn among those that are there: whoever stands behind a gap is not to have its turns, too.
        let mut index = O::start(*left);
        if *left < count {
            index = there(&*row, index);
        }
        for _ in 0..count {
            if !row.is_over(index) {
                match row.as_mut().poll_next(index, cx) {
                    Poll::Pending => {}
                    Poll::Ready(None) => *left -= 1,
                    item => return item,
                }
            }
            index += 1;
            if index == count {
                index = 0;
            }
        }
        if *left == 0 { Poll::Ready(None) } else { Poll::Pending }
    }

    /// The sum of what the streams say.
    pub(super) fn size_hint(&self) -> (usize, Option<usize>) {
        let hints = (0..self.row.count()).map(|index| self.row.size_hint(index));
        hints.fold((0, Some(0)), |(least, most), (more_least, more_most)| {
            (least.saturating_add(more_least), most.zip(more_most).and_then(|(most, more)| most.checked_add(more)))
        })
    }
}

/// The index of the stream that comes behind so many others that have not ended.
fn there(row: &impl Row, others: usize) -> usize {
    (0..row.count()).filter(|index| !row.is_over(*index)).nth(others).unwrap_or(0)
}
