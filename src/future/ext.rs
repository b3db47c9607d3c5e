//! The methods of a single future: [`FutureExt`].

#[cfg(feature = "alloc")]
use alloc::boxed::Box;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

#[cfg(feature = "std")]
use super::CatchUnwind;
#[cfg(feature = "std")]
use super::remote::{self, Remote, RemoteHandle};
#[cfg(all(feature = "alloc", any(feature = "std", feature = "critical-section")))]
use super::{AbortHandle, Abortable, Shared, abortable};
#[cfg(feature = "std")]
use crate::time::{self, Duration, Instant, Timeout};

use futures_core::Stream;

use super::{
    Either, Flatten, FlattenStream, Fuse, Inspect, IntoStream, Map, MapInto, NeverError, OnDrop, Then, UnitError,
};

/// A boxed future that may be sent to another thread; from [`FutureExt::boxed`].
#[cfg(feature = "alloc")]
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A boxed future that stays on its thread; from [`FutureExt::boxed_local`].
#[cfg(feature = "alloc")]
pub type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Methods on every future.
///
/// They come into scope with the [prelude](crate::prelude). Names and meanings are those of futures' trait of the same
/// name. Where an `async` block says the same, the methods give a future with a name, to be stored in a struct.
pub trait FutureExt: Future {
    /// Turns the output into another with a function, called once in the poll in which the future is done.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future; the function is only called when that is done.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(async { 20 }.map(|n| n + 1).await, 21);
    /// # });
    /// ```
    #[inline]
    fn map<U, G>(self, function: G) -> Map<Self, G>
    where
        G: FnOnce(Self::Output) -> U,
        Self: Sized,
    {
        Map::new(self, function)
    }

    /// Converts the output with [`Into`].
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(async { 1_u8 }.map_into::<u32>().await, 1_u32);
    /// # });
    /// ```
    #[inline]
    fn map_into<U>(self) -> MapInto<Self, U>
    where
        Self::Output: Into<U>,
        Self: Sized,
    {
        MapInto::new(self, core::marker::PhantomData)
    }

    /// Makes the output an `Ok`, beside an error `()` that never comes, where a future of a `Result` is wanted.
    ///
    /// # Errors
    ///
    /// None ever.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(async { 1 }.unit_error().await, Ok(1));
    /// # });
    /// ```
    #[inline]
    fn unit_error(self) -> UnitError<Self>
    where
        Self: Sized,
    {
        UnitError::new(self, ())
    }

    /// Makes the output an `Ok`, where a future of a `Result` is wanted. Its error is of a type that has no values.
    ///
    /// # Errors
    ///
    /// None ever: there is no [`Infallible`](core::convert::Infallible).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let Ok(one) = async { 1 }.never_error().await;
    /// assert_eq!(one, 1);
    /// # });
    /// ```
    #[inline]
    fn never_error(self) -> NeverError<Self>
    where
        Self: Sized,
    {
        NeverError::new(self, ())
    }

    /// Makes a second future from the output and gives that one's output.
    ///
    /// The second takes the first one's place in memory. For a second future that does not depend on a closure, see
    /// [`flatten`](Self::flatten).
    ///
    /// # Cancel safety
    ///
    /// Dropping it while the second future is polled loses what the first has done.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(async { 20 }.then(|n| async move { n + 1 }).await, 21);
    /// # });
    /// ```
    #[inline]
    fn then<F, G>(self, function: G) -> Then<Self, F, G>
    where
        G: FnOnce(Self::Output) -> F,
        F: Future,
        Self: Sized,
    {
        Then::new(self, function)
    }

    /// Waits for the future, and then for the future that it gave.
    ///
    /// # Cancel safety
    ///
    /// Dropping it while the second future is polled loses what the first has done.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(async { async { 1 } }.flatten().await, 1);
    /// # });
    /// ```
    #[inline]
    fn flatten(self) -> Flatten<Self>
    where
        Self::Output: Future,
        Self: Sized,
    {
        Flatten::new(self)
    }

    /// Makes a stream of the stream that the future gives.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future, or the stream that it gave.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::pin::pin;
    ///
    /// use anywhen::prelude::*;
    /// use futures_core::Stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut stream = pin!(async { async { 1 }.into_stream() }.flatten_stream());
    /// assert_eq!(poll_fn(|cx| stream.as_mut().poll_next(cx)).await, Some(1));
    /// assert_eq!(poll_fn(|cx| stream.as_mut().poll_next(cx)).await, None);
    /// # });
    /// ```
    #[inline]
    fn flatten_stream(self) -> FlattenStream<Self>
    where
        Self::Output: Stream,
        Self: Sized,
    {
        FlattenStream::new(self)
    }

    /// Makes a stream of it, with the output for its only item.
    ///
    /// # Cancel safety
    ///
    /// Waiting for the item can be cancelled and begun again.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::pin::pin;
    ///
    /// use anywhen::prelude::*;
    /// use futures_core::Stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut stream = pin!(async { 1 }.into_stream());
    /// assert_eq!(poll_fn(|cx| stream.as_mut().poll_next(cx)).await, Some(1));
    /// assert_eq!(poll_fn(|cx| stream.as_mut().poll_next(cx)).await, None);
    /// # });
    /// ```
    #[inline]
    fn into_stream(self) -> IntoStream<Self>
    where
        Self: Sized,
    {
        IntoStream::new(self)
    }

    /// Shows the output to a function, once, before it is given.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future; the function is only called when that is done.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut seen = 0;
    /// assert_eq!(async { 1 }.inspect(|n| seen = *n).await, 1);
    /// assert_eq!(seen, 1);
    /// # });
    /// ```
    #[inline]
    fn inspect<G>(self, function: G) -> Inspect<Self, G>
    where
        G: FnOnce(&Self::Output),
        Self: Sized,
    {
        Inspect::new(self, function)
    }

    /// Calls a function if the future is dropped before it is done.
    ///
    /// The future goes first, so that what it held is free when the function is called. A panic of the future is an end like
    /// any other: the function is not called. Nor is it if the future is leaked.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future; this is where something can be done about it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    ///
    /// use anywhen::prelude::*;
    ///
    /// let cancelled = Cell::new(0);
    /// let count = || cancelled.set(cancelled.get() + 1);
    /// drop(std::future::pending::<()>().on_drop(count));
    /// assert_eq!(cancelled.get(), 1);
    /// std::future::ready(()).on_drop(count).now_or_never();
    /// assert_eq!(cancelled.get(), 1);
    /// ```
    #[inline]
    fn on_drop<G>(self, function: G) -> OnDrop<Self, G>
    where
        G: FnOnce(),
        Self: Sized,
    {
        OnDrop::new(self, function)
    }

    /// Makes it pending for ever once it has given its output, instead of panicking or worse when polled again.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::pin;
    ///
    /// use anywhen::future::poll_once;
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut fused = pin!(async { 1 }.fuse());
    /// assert_eq!(poll_once(&mut fused).await, Some(1));
    /// assert_eq!(poll_once(&mut fused).await, None);
    /// # });
    /// ```
    #[inline]
    fn fuse(self) -> Fuse<Self>
    where
        Self: Sized,
    {
        Fuse::new(self)
    }

    /// Makes it the left side of an [`Either`], so that two branches can give one type.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let fast = true;
    /// let future = if fast { async { 1 }.left_future() } else { async { 2 }.right_future() };
    /// assert_eq!(future.await, 1);
    /// # });
    /// ```
    #[inline]
    fn left_future<B>(self) -> Either<Self, B>
    where
        B: Future<Output = Self::Output>,
        Self: Sized,
    {
        Either::Left(self)
    }

    /// Makes it the right side of an [`Either`]; see [`left_future`](Self::left_future).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Examples
    ///
    /// See [`left_future`](Self::left_future).
    #[inline]
    fn right_future<A>(self) -> Either<A, Self>
    where
        A: Future<Output = Self::Output>,
        Self: Sized,
    {
        Either::Right(self)
    }

    /// Catches a panic of the future's and gives it as an `Err`.
    ///
    /// The future must be `UnwindSafe`; wrap it in [`AssertUnwindSafe`](core::panic::AssertUnwindSafe) if what it
    /// shares with others stays in order when it unwinds.
    ///
    /// # Errors
    ///
    /// The future gives what the panic carried, if there was one.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Allocation
    ///
    /// None, unless there is a panic.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(async { 1 }.catch_unwind().await.unwrap(), 1);
    /// assert!(async { panic!("on purpose") }.catch_unwind().await.is_err());
    /// # });
    /// ```
    #[cfg(feature = "std")]
    #[inline]
    fn catch_unwind(self) -> CatchUnwind<Self>
    where
        Self: Sized + core::panic::UnwindSafe,
    {
        CatchUnwind::new(self)
    }

    /// Puts it in a box, so that futures of different types have one.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Allocation
    ///
    /// One block, for the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let futures = [async { 1 }.boxed(), async { 2 }.boxed()];
    /// assert_eq!(futures.join().await, [1, 2]);
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    fn boxed<'a>(self) -> BoxFuture<'a, Self::Output>
    where
        Self: Sized + Send + 'a,
    {
        Box::pin(self)
    }

    /// Puts it in a box that stays on its thread; as [`boxed`](Self::boxed), but asks for no `Send`.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Allocation
    ///
    /// One block, for the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::rc::Rc;
    ///
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let local = Rc::new(1);
    /// assert_eq!(async move { *local }.boxed_local().await, 1);
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    fn boxed_local<'a>(self) -> LocalBoxFuture<'a, Self::Output>
    where
        Self: Sized + 'a,
    {
        Box::pin(self)
    }

    /// Makes a future that the handle beside it aborts: [`abortable`](super::abortable()) as a method.
    ///
    /// # Errors
    ///
    /// The future gives [`Aborted`](super::Aborted) if it was aborted first.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future; aborting is the same as dropping.
    ///
    /// # Allocation
    ///
    /// One block.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::Aborted;
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let (future, handle) = std::future::pending::<()>().abortable();
    /// handle.abort();
    /// assert_eq!(future.await, Err(Aborted));
    /// # });
    /// ```
    #[cfg(all(feature = "alloc", any(feature = "std", feature = "critical-section")))]
    #[inline]
    fn abortable(self) -> (Abortable<Self>, AbortHandle)
    where
        Self: Sized,
    {
        abortable(self)
    }

    /// Makes a handle that can be cloned, each clone of which gives a clone of the output.
    ///
    /// The future runs in whichever clones are polled. Its panic reaches all of them.
    ///
    /// # Cancel safety
    ///
    /// Dropping a clone loses nothing; dropping the last one drops the future.
    ///
    /// # Allocation
    ///
    /// One block, and another for more than four clones; see [`Shared`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let first = async { String::from("read once") }.shared();
    /// let second = first.clone();
    /// assert_eq!((first, second).join().await, ("read once".into(), "read once".into()));
    /// # });
    /// ```
    #[cfg(all(feature = "alloc", any(feature = "std", feature = "critical-section")))]
    #[inline]
    fn shared(self) -> Shared<Self>
    where
        Self::Output: Clone,
        Self: Sized,
    {
        Shared::new(self)
    }

    /// Parts it in two: what runs, to be spawned wherever that is to be, and a handle that gives the output here.
    ///
    /// Dropping the handle cancels the future; see [`RemoteHandle::forget`]. A panic of the future comes out of the handle. It
    /// is treated as unwind safe, for it is not polled again. Tasks that are spawned with [`task::spawn`](crate::task::spawn())
    /// have a handle already.
    ///
    /// # Cancel safety
    ///
    /// Dropping either part cancels the future. A handle whose other part is dropped before it is done panics.
    ///
    /// # Allocation
    ///
    /// One block, that the two have in common.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let (remote, handle) = async { 6 * 7 }.remote_handle();
    /// anywhen::task::spawn(remote);
    /// assert_eq!(handle.await, 42);
    /// # });
    /// ```
    #[cfg(feature = "std")]
    #[inline]
    fn remote_handle(self) -> (Remote<Self>, RemoteHandle<Self::Output>)
    where
        Self: Sized,
    {
        remote::remote(self)
    }

    /// Waits for it, but no longer than `duration`, by the current clock: [`time::timeout`](crate::time::timeout()) as a
    /// method.
    ///
    /// # Errors
    ///
    /// The future gives [`Elapsed`](crate::time::error::Elapsed) if the time is up first.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::time::Duration;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(async { 1 }.timeout(Duration::from_secs(1)).await, Ok(1));
    /// # });
    /// ```
    #[cfg(feature = "std")]
    #[inline]
    fn timeout(self, duration: Duration) -> Timeout<Self>
    where
        Self: Sized,
    {
        time::timeout(duration, self)
    }

    /// Waits for it, but no longer than until `deadline`, by the current clock:
    /// [`time::timeout_at`](crate::time::timeout_at()) as a method.
    ///
    /// # Errors
    ///
    /// The future gives [`Elapsed`](crate::time::error::Elapsed) if the deadline comes first.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::time::Instant;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(async { 1 }.timeout_at(Instant::FAR_FUTURE).await, Ok(1));
    /// # });
    /// ```
    #[cfg(feature = "std")]
    #[inline]
    fn timeout_at(self, deadline: Instant) -> Timeout<Self>
    where
        Self: Sized,
    {
        time::timeout_at(deadline, self)
    }

    /// Polls it once, with a waker that does nothing, and gives the output if there is one already.
    ///
    /// It works outside of any task. The future is dropped either way; pass a pinned `&mut` to go on with it. Inside a
    /// task, [`poll_once`](super::poll_once()) polls with the task's own waker.
    ///
    /// # Cancel safety
    ///
    /// If the future was pending, what dropping it loses is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// assert_eq!(async { 1 }.now_or_never(), Some(1));
    /// assert_eq!(std::future::pending::<u8>().now_or_never(), None);
    /// ```
    #[inline]
    fn now_or_never(self) -> Option<Self::Output>
    where
        Self: Sized,
    {
        match pin!(self).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    /// Polls a future that is `Unpin`, without the ceremony of pinning it.
    ///
    /// # Cancel safety
    ///
    /// Nothing is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::{poll_fn, ready};
    /// use std::task::Poll;
    ///
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut future = ready(1);
    /// assert_eq!(poll_fn(|cx| future.poll_unpin(cx)).await, 1);
    /// # });
    /// ```
    #[inline]
    fn poll_unpin(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output>
    where
        Self: Unpin,
    {
        Pin::new(self).poll(cx)
    }
}

impl<F: Future + ?Sized> FutureExt for F {}
