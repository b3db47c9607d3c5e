//! `empty` and `pending`: streams without items, of which one ends at once and the other never.

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::stream::{FusedStream, Stream};

/// The stream of [`empty()`].
///
/// # Cancel safety
///
/// There is nothing to lose.
#[must_use = "streams do nothing unless polled"]
pub struct Empty<T> {
    item: PhantomData<fn() -> T>,
}

/// A stream that has ended.
///
/// # Cancel safety
///
/// There is nothing to lose.
///
/// # Examples
///
/// ```
/// use anywhen::prelude::*;
/// use anywhen::stream;
///
/// # anywhen::rt::Std.block_on(async {
/// assert_eq!(stream::empty::<u8>().next().await, None);
/// # });
/// ```
#[inline]
pub const fn empty<T>() -> Empty<T> {
    Empty { item: PhantomData }
}

impl<T> Stream for Empty<T> {
    type Item = T;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready(None)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(0))
    }
}

impl<T> FusedStream for Empty<T> {
    fn is_terminated(&self) -> bool {
        true
    }
}

impl<T> Clone for Empty<T> {
    fn clone(&self) -> Self {
        empty()
    }
}

impl<T> fmt::Debug for Empty<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Empty").finish()
    }
}

/// The stream of [`pending()`].
///
/// # Cancel safety
///
/// There is nothing to lose.
#[must_use = "streams do nothing unless polled"]
pub struct Pending<T> {
    item: PhantomData<fn() -> T>,
}

/// A stream that is pending for ever.
///
/// It says that it is [terminated](FusedStream::is_terminated), for there is nothing to poll it for.
///
/// # Cancel safety
///
/// There is nothing to lose.
///
/// # Examples
///
/// ```
/// use anywhen::prelude::*;
/// use anywhen::stream;
///
/// assert_eq!(stream::pending::<u8>().next().now_or_never(), None);
/// ```
#[inline]
pub const fn pending<T>() -> Pending<T> {
    Pending { item: PhantomData }
}

impl<T> Stream for Pending<T> {
    type Item = T;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Pending
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(0))
    }
}

impl<T> FusedStream for Pending<T> {
    fn is_terminated(&self) -> bool {
        true
    }
}

impl<T> Clone for Pending<T> {
    fn clone(&self) -> Self {
        pending()
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish()
    }
}
