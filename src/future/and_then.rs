//! `and_then`, `or_else` and `try_flatten`: a future, and then the future that its value or its error gave.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedFuture, TryFuture};

use super::chain::Chain;
use super::{IntoFuture, MapErr, MapOk};
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

/// The futures that are two in a row: the name and its parameters, the first and the second, and, under which bounds, what
/// becomes of the output of the first.
macro_rules! chained {
    ($(
        $(#[$doc:meta])*
        $name:ident<$($param:ident),+> of $first:ty, $second:ty
        where [$($bounds:tt)+] $output:ty = |$value:ident| $next:expr;
    )+) => {$(
        pin_project! {
            $(#[$doc])*
            ///
            /// # Cancel safety
            ///
            /// Dropping it drops whichever of the two futures is being polled. It is as cancel safe as the two of them
            /// together: what the first has done is lost if the second is cancelled.
            ///
            /// # Panics
            ///
            /// Polling panics once the output has been given, or one of the futures or a function has panicked.
            #[must_use = "futures do nothing unless polled"]
            pub struct $name<$($param),+> {
                #[pin]
                chain: Live<Chain<$first, $second>>,
            }
        }

        impl<$($bounds)+> $name<$($param),+> {
            #[inline]
            pub(super) fn new(first: $first) -> Self {
                Self { chain: Live::new(Chain::new(first)) }
            }
        }

        impl<$($bounds)+> Future for $name<$($param),+> {
            type Output = $output;

            #[inline]
            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<$output> {
                self.project().chain.poll(stringify!($name), |chain| chain.poll(cx, |$value| $next))
            }
        }

        impl<$($bounds)+> FusedFuture for $name<$($param),+> {
            fn is_terminated(&self) -> bool {
                self.chain.is_over()
            }
        }

        impl<$($param),+> fmt::Debug for $name<$($param),+> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.chain.debug(stringify!($name), f)
            }
        }
    )+};
}

chained! {
    /// The future of [`TryFutureExt::and_then`](super::TryFutureExt::and_then).
    ///
    /// `F` is the first future, `G` the second, `H` the function that makes the second.
    AndThen<F, G, H> of MapOk<F, H>, IntoFuture<G>
    where [F: TryFuture, G: TryFuture<Error = F::Error>, H: FnOnce(F::Ok) -> G] Result<G::Ok, F::Error> =
        |result| result.map(IntoFuture::new).map_err(Err);

    /// The future of [`TryFutureExt::or_else`](super::TryFutureExt::or_else).
    ///
    /// `F` is the first future, `G` the second, `H` the function that makes the second.
    OrElse<F, G, H> of MapErr<F, H>, IntoFuture<G>
    where [F: TryFuture, G: TryFuture<Ok = F::Ok>, H: FnOnce(F::Error) -> G] Result<F::Ok, G::Error> =
        |result| match result {
            Ok(value) => Err(Ok(value)),
            Err(second) => Ok(IntoFuture::new(second)),
        };

    /// The future of [`TryFutureExt::try_flatten`](super::TryFutureExt::try_flatten); `G` is the second future.
    TryFlatten<F, G> of IntoFuture<F>, IntoFuture<G>
    where [F: TryFuture<Ok = G>, G: TryFuture<Error = F::Error>] Result<G::Ok, G::Error> =
        |result| result.map(IntoFuture::new).map_err(Err);
}
