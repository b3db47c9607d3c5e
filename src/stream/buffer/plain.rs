//! The buffers with a limit on the number of futures.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream, TryFuture, TryStream};

use super::{Buffer, Drive, Pull, Queue, Tried, Unordered};
use crate::future::FuturesOrdered;
use crate::internal::pin_project::pin_project;

/// A buffer over a source: its queue, what it gives, and what it makes of an item of the source.
macro_rules! buffer {
    (
        $(#[$docs:meta])*
        $name:ident<$St:ident $(, $G:ident)*> where { $($bounds:tt)* }
        $queue:ty, $future:ty => $item:ty
        $(, $function:ident: $F:ident)?;
        |$source:ident, $cx:ident| $pull:expr
    ) => {
        pin_project! {
            $(#[$docs])*
            #[must_use = "streams do nothing unless polled"]
            pub struct $name<$St $(, $G)*>
            where
                $($bounds)*
            {
                #[pin]
                buffer: Buffer<$St, $queue>,
                $($function: $F,)?
            }
        }

        impl<$St $(, $G)*> $name<$St $(, $G)*>
        where
            $($bounds)*
        {
            #[inline]
            #[track_caller]
            pub(in crate::stream) fn new(source: $St, limit: usize $(, $function: $F)?) -> Self {
                Self { buffer: Buffer::new::<$future>(source, limit) $(, $function)? }
            }

            /// How many futures have been started whose outputs were not taken.
            pub fn in_flight(&self) -> usize {
                Queue::<$future>::len(&self.buffer.queue)
            }
        }

        impl<$St $(, $G)*> Stream for $name<$St $(, $G)*>
        where
            $($bounds)*
        {
            type Item = $item;

            #[inline]
            fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<$item>> {
                let this = self.project();
                $(let $function = this.$function;)?
                this.buffer.poll_next::<$future>(cx, |$source, $cx| $pull)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.buffer.size_hint::<$future>($St::size_hint)
            }
        }

        impl<$St $(, $G)*> FusedStream for $name<$St $(, $G)*>
        where
            $($bounds)*
        {
            fn is_terminated(&self) -> bool {
                self.buffer.is_over::<$future>()
            }
        }

        impl<$St $(, $G)*> Drive for $name<$St $(, $G)*>
        where
            $($bounds)*
        {
            fn poll_drive(self: Pin<&mut Self>, cx: &mut Context<'_>) {
                let this = self.project();
                $(let $function = this.$function;)?
                this.buffer.drive::<$future>(cx, |$source, $cx| $pull);
            }
        }

        impl<$St $(, $G)*> fmt::Debug for $name<$St $(, $G)*>
        where
            $($bounds)*
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut debug = f.debug_struct(stringify!($name));
                debug.field("in_flight", &self.in_flight()).field("limit", &self.buffer.limit).finish_non_exhaustive()
            }
        }
    };
}

buffer! {
    /// The stream of [`StreamExt::buffered`](super::super::StreamExt::buffered).
    ///
    /// It can be [driven](Drive) while something else is awaited. A future that panics is gone, and the others go on.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping the stream drops futures that were started, and outputs
    /// that were not taken.
    Buffered<St> where { St: Stream, St::Item: Future, }
    FuturesOrdered<St::Item>, St::Item => <St::Item as Future>::Output;
    |source, cx| source.poll_next(cx).map(|next| next.map(Pull::Start))
}

buffer! {
    /// The stream of [`StreamExt::buffer_unordered`](super::super::StreamExt::buffer_unordered).
    ///
    /// It can be [driven](Drive) while something else is awaited. A future that panics is gone, and the others go on.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping the stream drops futures that were started, and outputs
    /// that were not taken, if it was [driven](Drive).
    BufferUnordered<St> where { St: Stream, St::Item: Future, }
    Unordered<St::Item>, St::Item => <St::Item as Future>::Output;
    |source, cx| source.poll_next(cx).map(|next| next.map(Pull::Start))
}

buffer! {
    /// The stream of [`StreamExt::map_concurrent`](super::super::StreamExt::map_concurrent).
    ///
    /// It can be [driven](Drive) while something else is awaited. A future that panics is gone, and the others go on.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping the stream drops futures that were started, and outputs
    /// that were not taken, if it was [driven](Drive).
    MapConcurrent<St, Fut, F> where { St: Stream, Fut: Future, F: FnMut(St::Item) -> Fut, }
    Unordered<Fut>, Fut => Fut::Output, map: F;
    |source, cx| source.poll_next(cx).map(|next| next.map(|item| Pull::Start(map(item))))
}

buffer! {
    /// The stream of [`TryStreamExt::try_buffered`](super::super::TryStreamExt::try_buffered).
    ///
    /// It can be [driven](Drive) while something else is awaited. A future that panics is gone, and the others go on.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping the stream drops futures that were started, and outputs
    /// that were not taken.
    TryBuffered<St> where { St: TryStream, St::Ok: TryFuture<Error = St::Error>, }
    FuturesOrdered<Tried<St::Ok>>, Tried<St::Ok> => Result<<St::Ok as TryFuture>::Ok, St::Error>;
    |source, cx| source.try_poll_next(cx).map(|next| next.map(try_pull))
}

buffer! {
    /// The stream of [`TryStreamExt::try_buffer_unordered`](super::super::TryStreamExt::try_buffer_unordered).
    ///
    /// It can be [driven](Drive) while something else is awaited. A future that panics is gone, and the others go on.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping the stream drops futures that were started, and outputs
    /// that were not taken, if it was [driven](Drive).
    TryBufferUnordered<St> where { St: TryStream, St::Ok: TryFuture<Error = St::Error>, }
    Unordered<Tried<St::Ok>>, Tried<St::Ok> => Result<<St::Ok as TryFuture>::Ok, St::Error>;
    |source, cx| source.try_poll_next(cx).map(|next| next.map(try_pull))
}

/// Futures are started; failures of the source go on.
fn try_pull<F: TryFuture>(next: Result<F, F::Error>) -> Pull<Tried<F>, Result<F::Ok, F::Error>> {
    match next {
        Ok(future) => Pull::Start(Tried { future }),
        Err(error) => Pull::Give(Err(error)),
    }
}
