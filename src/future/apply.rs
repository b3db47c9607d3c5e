//! A future and a function that is to be called once with its output: what `map`, `inspect`, `map_ok` and
//! their like have in common.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// A future, and a function for its output.
    pub(super) struct Apply<F, G> {
        #[pin]
        future: Live<F>,
        // Is there until the future has given its output.
        function: Option<G>,
    }
}

impl<F, G> Apply<F, G> {
    #[inline]
    pub(super) fn new(future: F, function: G) -> Self {
        Self { future: Live::new(future), function: Some(function) }
    }

    /// Whether the function has been handed out, or the future has panicked.
    pub(super) fn is_over(&self) -> bool {
        self.future.is_over()
    }

    /// The `Debug` of the future called `name` that this is part of.
    pub(super) fn debug(&self, name: &'static str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.future.debug(name, f)
    }
}

impl<F: Future, G> Apply<F, G> {
    /// Polls the future; when it is done it is dropped, and its output and the function are handed out. `name` is that
    /// of the future this is part of.
    #[inline]
    pub(super) fn poll(self: Pin<&mut Self>, name: &'static str, cx: &mut Context<'_>) -> Poll<(F::Output, G)> {
        let this = self.project();
        this.future.poll(name, |future| future.poll(cx)).map(|output| match this.function.take() {
            Some(function) => (output, function),
            None => unreachable!("the function goes when the future does"),
        })
    }
}

/// Futures that are an [`Apply`] by another name: the name and its parameters, the future and what is applied, and what
/// becomes of the two when the future is done.
macro_rules! applied {
    ($(
        $(#[$doc:meta])*
        $name:ident<$($param:ident),+> of $future:ty, $function:ty
        where [$($bounds:tt)+] $output:ty = |$value:ident, $applied:pat_param| $result:expr;
    )+) => {$(
        $crate::internal::pin_project::pin_project! {
            $(#[$doc])*
            ///
            /// # Panics
            ///
            /// Polling panics once the output has been given, or the future or a function of its own has panicked.
            #[must_use = "futures do nothing unless polled"]
            pub struct $name<$($param),+> {
                #[pin]
                apply: $crate::future::apply::Apply<$future, $function>,
            }
        }

        impl<$($param),+> $name<$($param),+> {
            #[inline]
            pub(super) fn new(future: $future, function: $function) -> Self {
                Self { apply: $crate::future::apply::Apply::new(future, function) }
            }
        }

        impl<$($bounds)+> Future for $name<$($param),+> {
            type Output = $output;

            #[inline]
            fn poll(
                self: core::pin::Pin<&mut Self>,
                cx: &mut core::task::Context<'_>,
            ) -> core::task::Poll<$output> {
                self.project().apply.poll(stringify!($name), cx).map(|($value, $applied)| $result)
            }
        }

        impl<$($bounds)+> futures_core::FusedFuture for $name<$($param),+> {
            fn is_terminated(&self) -> bool {
                self.apply.is_over()
            }
        }

        impl<$($param),+> core::fmt::Debug for $name<$($param),+> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.apply.debug(stringify!($name), f)
            }
        }
    )+};
}
pub(super) use applied;
