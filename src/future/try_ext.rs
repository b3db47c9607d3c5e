//! The methods of a single future of a `Result`: [`TryFutureExt`].

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::TryFuture;
use futures_core::stream::TryStream;

use super::{
    AndThen, ErrInto, InspectErr, InspectOk, IntoFuture, MapErr, MapOk, MapOkOrElse, OkInto, OrElse, TryFlatten,
    TryFlattenStream, UnwrapOrElse,
};

/// Methods on every future of a `Result`.
///
/// They come into scope with the [prelude](crate::prelude). Names and meanings are those of futures' trait of the same
/// name. Where an `async` block with `?` says the same, the methods give a future with a name, to be stored in a struct.
pub trait TryFutureExt: TryFuture {
    /// Turns the value into another with a function; an error passes as it is.
    ///
    /// # Errors
    ///
    /// The future gives the error of this one.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future; the function is only called when that is done.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::{err, ok};
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(ok::<_, ()>(20).map_ok(|n| n + 1).await, Ok(21));
    /// # });
    /// ```
    #[inline]
    fn map_ok<T, G>(self, function: G) -> MapOk<Self, G>
    where
        G: FnOnce(Self::Ok) -> T,
        Self: Sized,
    {
        MapOk::new(IntoFuture::new(self), function)
    }

    /// Turns the error into another with a function; a value passes as it is.
    ///
    /// # Errors
    ///
    /// The future gives what the function makes of the error of this one.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future; the function is only called when that is done.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::{err, ok};
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(err::<(), _>(20).map_err(|n| n + 1).await, Err(21));
    /// # });
    /// ```
    #[inline]
    fn map_err<E, G>(self, function: G) -> MapErr<Self, G>
    where
        G: FnOnce(Self::Error) -> E,
        Self: Sized,
    {
        MapErr::new(IntoFuture::new(self), function)
    }

    /// Turns value and error into one thing, with a function for either: first that for the error, then that for the value.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future; a function is only called when that is done.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::{err, ok};
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(ok::<_, u8>(1).map_ok_or_else(|e| e.to_string(), |n: u8| format!("+{n}")).await, "+1");
    /// assert_eq!(err::<u8, _>(2).map_ok_or_else(|e: u8| e.to_string(), |n| format!("+{n}")).await, "2");
    /// # });
    /// ```
    #[inline]
    fn map_ok_or_else<T, H, G>(self, for_err: H, for_ok: G) -> MapOkOrElse<Self, G, H>
    where
        G: FnOnce(Self::Ok) -> T,
        H: FnOnce(Self::Error) -> T,
        Self: Sized,
    {
        MapOkOrElse::new(IntoFuture::new(self), (for_ok, for_err))
    }

    /// Makes a value of the error with a function, so that there is a value in any case.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future; the function is only called when that is done.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::{err, ok};
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(err::<usize, _>("four").unwrap_or_else(|e| e.len()).await, 4);
    /// # });
    /// ```
    #[inline]
    fn unwrap_or_else<G>(self, function: G) -> UnwrapOrElse<Self, G>
    where
        G: FnOnce(Self::Error) -> Self::Ok,
        Self: Sized,
    {
        UnwrapOrElse::new(IntoFuture::new(self), function)
    }

    /// Converts the value with [`Into`]; an error passes as it is.
    ///
    /// # Errors
    ///
    /// The future gives the error of this one.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::{err, ok};
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(ok::<u8, ()>(1).ok_into::<u32>().await, Ok(1_u32));
    /// # });
    /// ```
    #[inline]
    fn ok_into<T>(self) -> OkInto<Self, T>
    where
        Self::Ok: Into<T>,
        Self: Sized,
    {
        OkInto::new(IntoFuture::new(self), core::marker::PhantomData)
    }

    /// Converts the error with [`Into`], as `?` does; a value passes as it is.
    ///
    /// # Errors
    ///
    /// The future gives the converted error of this one.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::{err, ok};
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(err::<(), u8>(1).err_into::<u32>().await, Err(1_u32));
    /// # });
    /// ```
    #[inline]
    fn err_into<E>(self) -> ErrInto<Self, E>
    where
        Self::Error: Into<E>,
        Self: Sized,
    {
        ErrInto::new(IntoFuture::new(self), core::marker::PhantomData)
    }

    /// Shows the value to a function, if there is one, before it is given.
    ///
    /// # Errors
    ///
    /// The future gives the error of this one.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future; the function is only called when that is done.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::{err, ok};
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut seen = 0;
    /// assert_eq!(ok::<_, ()>(1).inspect_ok(|n| seen = *n).await, Ok(1));
    /// assert_eq!(seen, 1);
    /// # });
    /// ```
    #[inline]
    fn inspect_ok<G>(self, function: G) -> InspectOk<Self, G>
    where
        G: FnOnce(&Self::Ok),
        Self: Sized,
    {
        InspectOk::new(IntoFuture::new(self), function)
    }

    /// Shows the error to a function, if there is one, before it is given.
    ///
    /// # Errors
    ///
    /// The future gives the error of this one.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future; the function is only called when that is done.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::{err, ok};
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut seen = 0;
    /// assert_eq!(err::<(), _>(1).inspect_err(|n| seen = *n).await, Err(1));
    /// assert_eq!(seen, 1);
    /// # });
    /// ```
    #[inline]
    fn inspect_err<G>(self, function: G) -> InspectErr<Self, G>
    where
        G: FnOnce(&Self::Error),
        Self: Sized,
    {
        InspectErr::new(IntoFuture::new(self), function)
    }

    /// Makes a second future from the value and gives that one's result; an error ends it at once.
    ///
    /// The second takes the first one's place in memory.
    ///
    /// # Errors
    ///
    /// The future gives the error of whichever of the two fails.
    ///
    /// # Cancel safety
    ///
    /// Dropping it while the second future is polled loses what the first has done.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::{err, ok};
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(ok::<_, ()>(20).and_then(|n| async move { Ok(n + 1) }).await, Ok(21));
    /// # });
    /// ```
    #[inline]
    fn and_then<F, G>(self, function: G) -> AndThen<Self, F, G>
    where
        G: FnOnce(Self::Ok) -> F,
        F: TryFuture<Error = Self::Error>,
        Self: Sized,
    {
        AndThen::new(self.map_ok(function))
    }

    /// Makes a second future from the error and gives that one's result; a value ends it at once.
    ///
    /// The second takes the first one's place in memory. To try the same again, see [`retry`](crate::retry).
    ///
    /// # Errors
    ///
    /// The future gives the error of the second one.
    ///
    /// # Cancel safety
    ///
    /// Dropping it while the second future is polled loses what the first has done.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::{err, ok};
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(err::<u8, _>(20).or_else(|n| ok::<_, ()>(n + 1)).await, Ok(21));
    /// # });
    /// ```
    #[inline]
    fn or_else<F, G>(self, function: G) -> OrElse<Self, F, G>
    where
        G: FnOnce(Self::Error) -> F,
        F: TryFuture<Ok = Self::Ok>,
        Self: Sized,
    {
        OrElse::new(self.map_err(function))
    }

    /// Waits for the future, and then for the future that is its value; an error ends it at once.
    ///
    /// # Errors
    ///
    /// The future gives the error of whichever of the two fails.
    ///
    /// # Cancel safety
    ///
    /// Dropping it while the second future is polled loses what the first has done.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::{err, ok};
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(ok::<_, ()>(ok(1)).try_flatten().await, Ok(1));
    /// # });
    /// ```
    #[inline]
    fn try_flatten(self) -> TryFlatten<Self, Self::Ok>
    where
        Self::Ok: TryFuture<Error = Self::Error>,
        Self: Sized,
    {
        TryFlatten::new(IntoFuture::new(self))
    }

    /// Makes a stream of the stream that is the value of the future. If there is an error instead, that is the only item.
    ///
    /// # Errors
    ///
    /// The stream has the errors of both.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future, or the stream that it gave.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::{err, ok};
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// use std::pin::pin;
    ///
    /// use futures_core::Stream;
    ///
    /// let stream = ok::<_, u8>(ok::<_, u8>(1).into_stream()).try_flatten_stream();
    /// let mut stream = pin!(stream);
    /// assert_eq!(std::future::poll_fn(|cx| stream.as_mut().poll_next(cx)).await, Some(Ok(1)));
    /// # });
    /// ```
    #[inline]
    fn try_flatten_stream(self) -> TryFlattenStream<Self>
    where
        Self::Ok: TryStream<Error = Self::Error>,
        Self: Sized,
    {
        TryFlattenStream::new(self)
    }

    /// Gives a future whose output is known to be a `Result`, for generic code that has a [`TryFuture`].
    ///
    /// Where the type is known, it has the method of [`core::future::IntoFuture`], too, and `TryFutureExt::into_future` tells which is
    /// meant.
    ///
    /// # Errors
    ///
    /// The future gives the error of this one.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::{err, ok};
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// use anywhen::future::TryFutureExt;
    ///
    /// assert_eq!(TryFutureExt::into_future(ok::<_, ()>(1)).await, Ok(1));
    /// # });
    /// ```
    #[inline]
    fn into_future(self) -> IntoFuture<Self>
    where
        Self: Sized,
    {
        IntoFuture::new(self)
    }

    /// Polls a future that is `Unpin`, without the ceremony of pinning it.
    ///
    /// # Errors
    ///
    /// It gives the error of the future.
    ///
    /// # Cancel safety
    ///
    /// Nothing is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    ///
    /// use anywhen::future::ok;
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut future = ok::<_, ()>(1);
    /// assert_eq!(poll_fn(|cx| future.try_poll_unpin(cx)).await, Ok(1));
    /// # });
    /// ```
    #[inline]
    fn try_poll_unpin(&mut self, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, Self::Error>>
    where
        Self: Unpin,
    {
        Pin::new(self).try_poll(cx)
    }
}

impl<F: TryFuture + ?Sized> TryFutureExt for F {}
