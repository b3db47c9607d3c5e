//! `repeat`, `repeat_with` and `poll_fn`: items that a value or a function gives.

use core::pin::Pin;
use core::task::{Context, Poll};

use super::{Stream, shell};

/// Gives clones of a value.
#[derive(Clone)]
pub(super) struct Clones<T>(T);

// The value is only cloned, and never pinned.
impl<T> Unpin for Clones<T> {}

impl<T: Clone> Stream for Clones<T> {
    type Item = T;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready(Some(self.0.clone()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}

shell::named_stream! {
    /// The stream of [`repeat()`].
    ///
    /// # Cancel safety
    ///
    /// There is nothing to lose.
    Repeat<T> is Clones<T>;
    new(item: T) = Clones(item);
    impl[T: Clone] Stream<Item = T>;
}

impl<T: Clone> Clone for Repeat<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

/// A stream that gives clones of an item, without end.
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
/// assert_eq!(stream::repeat(7).take(3).collect::<Vec<_>>().await, [7, 7, 7]);
/// # });
/// ```
#[inline]
pub fn repeat<T: Clone>(item: T) -> Repeat<T> {
    Repeat::new(item)
}

/// Gives what a function returns.
#[derive(Clone)]
pub(super) struct Calls<F>(F);

// The function is called through a reference, and never pinned.
impl<F> Unpin for Calls<F> {}

impl<T, F: FnMut() -> T> Stream for Calls<F> {
    type Item = T;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready(Some((self.0)()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}

shell::named_stream! {
    /// The stream of [`repeat_with()`].
    ///
    /// # Cancel safety
    ///
    /// There is nothing to lose.
    RepeatWith<F> is Calls<F>;
    new(function: F) = Calls(function);
    impl[T, F: FnMut() -> T] Stream<Item = T>;
}

impl<F: Clone> Clone for RepeatWith<F> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

/// A stream that gives what a function returns, which is called for each item, without end.
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
/// let mut n = 1;
/// let doubled = stream::repeat_with(|| {
///     n *= 2;
///     n
/// });
/// assert_eq!(doubled.take(3).collect::<Vec<_>>().await, [2, 4, 8]);
/// # });
/// ```
#[inline]
pub fn repeat_with<T, F: FnMut() -> T>(function: F) -> RepeatWith<F> {
    RepeatWith::new(function)
}

/// Gives what a function says.
struct Polls<F>(F);

// As above.
impl<F> Unpin for Polls<F> {}

impl<T, F: FnMut(&mut Context<'_>) -> Poll<Option<T>>> Stream for Polls<F> {
    type Item = T;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        (self.0)(cx)
    }
}

shell::named_stream! {
    /// The stream of [`poll_fn()`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the function.
    PollFn<F> is Polls<F>;
    new(function: F) = Polls(function);
    impl[T, F: FnMut(&mut Context<'_>) -> Poll<Option<T>>] Stream<Item = T>;
}

/// A stream that is polled by calling a function. Once that has returned `Ready(None)` it is not called again.
///
/// # Cancel safety
///
/// Dropping it drops the function.
///
/// # Examples
///
/// ```
/// use std::task::Poll;
///
/// use anywhen::prelude::*;
/// use anywhen::stream;
///
/// # anywhen::rt::Std.block_on(async {
/// let mut left = 3;
/// let countdown = stream::poll_fn(|_| {
///     left -= 1;
///     Poll::Ready((left > 0).then_some(left))
/// });
/// assert_eq!(countdown.collect::<Vec<_>>().await, [2, 1]);
/// # });
/// ```
#[inline]
pub fn poll_fn<T, F>(function: F) -> PollFn<F>
where
    F: FnMut(&mut Context<'_>) -> Poll<Option<T>>,
{
    PollFn::new(function)
}
