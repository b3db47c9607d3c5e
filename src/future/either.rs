//! One of two things: [`Either`], which is a future or a stream when both are.

#![allow(unsafe_code, reason = "pin projection into an enum with tuple variants, which `pin_project!` has not")]

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;
use futures_core::stream::{FusedStream, Stream};

use super::race::SameOutput;

/// One of two things.
///
/// It is a future when both sides are futures with the same output, and a stream when both are streams with the same
/// item; so two branches can give different futures as one type, without a box. It is also what
/// [`.select()`](crate::future::traits::Select::select) of a pair gives.
///
/// # Cancel safety
///
/// As a future, that of the side it holds.
///
/// # Panics
///
/// As a future, polling panics when the side it holds does.
///
/// # Examples
///
/// ```
/// use anywhen::future::Either;
///
/// # anywhen::rt::Std.block_on(async {
/// let cached = Some(5);
/// let lookup = match cached {
///     Some(value) => Either::Left(std::future::ready(value)),
///     None => Either::Right(async { 6 }),
/// };
/// assert_eq!(lookup.await, 5);
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Either<A, B> {
    /// The first.
    Left(A),
    /// The second.
    Right(B),
}

impl<A, B> Either<A, B> {
    /// Reaches the pinned side.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::Pin;
    ///
    /// use anywhen::future::Either;
    ///
    /// let either: Either<u8, &str> = Either::Left(1);
    /// assert!(matches!(Pin::new(&either).as_pin_ref(), Either::Left(left) if *left == 1));
    /// ```
    #[inline]
    pub fn as_pin_ref(self: Pin<&Self>) -> Either<Pin<&A>, Pin<&B>> {
        match self.get_ref() {
            // SAFETY: either side is pinned because the whole is.
            Self::Left(inner) => Either::Left(unsafe { Pin::new_unchecked(inner) }),
            // SAFETY: as above.
            Self::Right(inner) => Either::Right(unsafe { Pin::new_unchecked(inner) }),
        }
    }

    /// Reaches the pinned side, to change it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::Pin;
    ///
    /// use anywhen::future::Either;
    ///
    /// let mut either: Either<u8, &str> = Either::Left(1);
    /// if let Either::Left(mut left) = Pin::new(&mut either).as_pin_mut() {
    ///     *left += 1;
    /// }
    /// assert_eq!(either, Either::Left(2));
    /// ```
    #[inline]
    pub fn as_pin_mut(self: Pin<&mut Self>) -> Either<Pin<&mut A>, Pin<&mut B>> {
        // SAFETY: nothing is moved out of the reference.
        match unsafe { self.get_unchecked_mut() } {
            // SAFETY: either side is pinned because the whole is. Nothing hands out an unpinned `&mut` to a side of a
            // pinned whole, there is no `Drop`, and the whole is `Unpin` only if both sides are.
            Self::Left(inner) => Either::Left(unsafe { Pin::new_unchecked(inner) }),
            // SAFETY: as above.
            Self::Right(inner) => Either::Right(unsafe { Pin::new_unchecked(inner) }),
        }
    }
}

impl<T, A, B> Either<(T, A), (T, B)> {
    /// Takes out what both sides have first.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::Either;
    ///
    /// let either: Either<(u8, &str), (u8, ())> = Either::Left((1, "a"));
    /// assert_eq!(either.factor_first(), (1, Either::Left("a")));
    /// ```
    #[inline]
    pub fn factor_first(self) -> (T, Either<A, B>) {
        match self {
            Self::Left((first, rest)) => (first, Either::Left(rest)),
            Self::Right((first, rest)) => (first, Either::Right(rest)),
        }
    }
}

impl<A, B, T> Either<(A, T), (B, T)> {
    /// Takes out what both sides have second.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::Either;
    ///
    /// let either: Either<(&str, u8), ((), u8)> = Either::Left(("a", 1));
    /// assert_eq!(either.factor_second(), (Either::Left("a"), 1));
    /// ```
    #[inline]
    pub fn factor_second(self) -> (Either<A, B>, T) {
        match self {
            Self::Left((rest, second)) => (Either::Left(rest), second),
            Self::Right((rest, second)) => (Either::Right(rest), second),
        }
    }
}

impl<T> Either<T, T> {
    /// What it holds, when it does not matter on which side.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::Either;
    ///
    /// assert_eq!(Either::<u8, u8>::Right(2).into_inner(), 2);
    /// ```
    #[inline]
    pub fn into_inner(self) -> T {
        match self {
            Self::Left(inner) | Self::Right(inner) => inner,
        }
    }
}

impl<T> SameOutput for Either<T, T> {
    type Output = T;

    #[inline]
    fn into_inner(self) -> T {
        self.into_inner()
    }
}

impl<A, B> Future for Either<A, B>
where
    A: Future,
    B: Future<Output = A::Output>,
{
    type Output = A::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<A::Output> {
        match self.as_pin_mut() {
            Either::Left(future) => future.poll(cx),
            Either::Right(future) => future.poll(cx),
        }
    }
}

impl<A, B> FusedFuture for Either<A, B>
where
    A: FusedFuture,
    B: FusedFuture<Output = A::Output>,
{
    fn is_terminated(&self) -> bool {
        match self {
            Self::Left(future) => future.is_terminated(),
            Self::Right(future) => future.is_terminated(),
        }
    }
}

impl<A, B> Stream for Either<A, B>
where
    A: Stream,
    B: Stream<Item = A::Item>,
{
    type Item = A::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<A::Item>> {
        match self.as_pin_mut() {
            Either::Left(stream) => stream.poll_next(cx),
            Either::Right(stream) => stream.poll_next(cx),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Left(stream) => stream.size_hint(),
            Self::Right(stream) => stream.size_hint(),
        }
    }
}

impl<A, B> FusedStream for Either<A, B>
where
    A: FusedStream,
    B: FusedStream<Item = A::Item>,
{
    fn is_terminated(&self) -> bool {
        match self {
            Self::Left(stream) => stream.is_terminated(),
            Self::Right(stream) => stream.is_terminated(),
        }
    }
}
