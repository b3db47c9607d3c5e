//! What the public types around a machine have in common, once: a stream is a machine that is [fused](super::Fuse), a future
//! is a [`Drain`](super::steps::Drain), and either has a name.
//!
//! An entry gives the docs, the name, what is inside, how that is made, and what comes out.

/// A future with a name.
macro_rules! named_future {
    (
        $(#[$docs:meta])*
        $Name:ident<$($Param:ident),*> $(where [$($bounds:tt)*])? is $Drain:ty;
        new($($arg:ident: $Arg:ty),*) = $new:expr;
        impl[$($generics:tt)*] Future<Output = $Output:ty>;
    ) => {
        $crate::internal::pin_project::pin_project! {
            $(#[$docs])*
            #[must_use = "futures do nothing unless polled"]
            pub struct $Name<$($Param),*>
            $(where $($bounds)*)?
            {
                #[pin]
                inner: $Drain,
            }
        }

        impl<$($Param),*> $Name<$($Param),*>
        $(where $($bounds)*)?
        {
            #[inline]
            #[track_caller]
            pub(super) fn new($($arg: $Arg),*) -> Self {
                Self { inner: $new }
            }
        }

        impl<$($generics)*> Future for $Name<$($Param),*> {
            type Output = $Output;

            #[inline]
            fn poll(self: core::pin::Pin<&mut Self>, cx: &mut core::task::Context<'_>) -> core::task::Poll<$Output> {
                self.project().inner.poll(stringify!($Name), cx)
            }
        }

        impl<$($generics)*> futures_core::FusedFuture for $Name<$($Param),*> {
            #[inline]
            fn is_terminated(&self) -> bool {
                self.inner.is_over()
            }
        }

        impl<$($Param),*> core::fmt::Debug for $Name<$($Param),*>
        $(where $($bounds)*)?
        {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.inner.debug(stringify!($Name), f)
            }
        }
    };
}

/// A stream with a name.
macro_rules! named_stream {
    (
        $(#[$docs:meta])*
        $Name:ident<$($Param:ident $(= $Default:ty)?),*> $(where [$($bounds:tt)*])? is $Inner:ty;
        new($($arg:ident: $Arg:ty),*) = $new:expr;
        impl[$($generics:tt)*] Stream<Item = $Item:ty>;
    ) => {
        $crate::internal::pin_project::pin_project! {
            $(#[$docs])*
            #[must_use = "streams do nothing unless polled"]
            pub struct $Name<$($Param $(= $Default)?),*>
            $(where $($bounds)*)?
            {
                #[pin]
                inner: $crate::stream::Fuse<$Inner>,
            }
        }

        impl<$($Param),*> $Name<$($Param),*>
        $(where $($bounds)*)?
        {
            #[inline]
            #[track_caller]
            pub(super) fn new($($arg: $Arg),*) -> Self {
                Self { inner: $crate::stream::Fuse::new($new) }
            }
        }

        impl<$($generics)*> futures_core::stream::Stream for $Name<$($Param),*> {
            type Item = $Item;

            #[inline]
            fn poll_next(
                self: core::pin::Pin<&mut Self>,
                cx: &mut core::task::Context<'_>,
            ) -> core::task::Poll<Option<$Item>> {
                self.project().inner.poll_next(cx)
            }

            #[inline]
            fn size_hint(&self) -> (usize, Option<usize>) {
                self.inner.size_hint()
            }
        }

        impl<$($generics)*> futures_core::stream::FusedStream for $Name<$($Param),*> {
            #[inline]
            fn is_terminated(&self) -> bool {
                self.inner.is_terminated()
            }
        }

        impl<$($Param),*> core::fmt::Debug for $Name<$($Param),*>
        $(where $($bounds)*)?
        {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.inner.debug(stringify!($Name), f)
            }
        }
    };
}

pub(super) use {named_future, named_stream};
