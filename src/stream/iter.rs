//! `iter`: what an iterator has, as a stream.

use core::pin::Pin;
use core::task::{Context, Poll};

use super::{Stream, shell};

/// Gives what an iterator has.
#[derive(Clone)]
pub(super) struct Items<I>(I);

// The iterator is called through a reference, and never pinned.
impl<I> Unpin for Items<I> {}

impl<I: Iterator> Stream for Items<I> {
    type Item = I::Item;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

shell::named_stream! {
    /// The stream of [`iter()`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the iterator, with the items that it still has.
    Iter<I> is Items<I>;
    new(iter: I) = Items(iter);
    impl[I: Iterator] Stream<Item = I::Item>;
}

impl<I: Clone> Clone for Iter<I> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

/// A stream of what an iterator has, which is never pending.
///
/// # Cancel safety
///
/// Dropping it drops the iterator, with the items that it still has.
///
/// # Examples
///
/// ```
/// use anywhen::prelude::*;
/// use anywhen::stream;
///
/// # anywhen::rt::Std.block_on(async {
/// assert_eq!(stream::iter([1, 2, 3]).collect::<Vec<_>>().await, [1, 2, 3]);
/// # });
/// ```
#[inline]
pub fn iter<I: IntoIterator>(items: I) -> Iter<I::IntoIter> {
    Iter::new(items.into_iter())
}
