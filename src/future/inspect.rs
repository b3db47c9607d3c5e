//! `inspect` and its like: a look at the output as it passes.

use futures_core::TryFuture;

use super::IntoFuture;
use super::apply::applied;
use crate::internal::live::dropping;

/// The value, when the function has looked at it.
#[inline]
fn shown<T>(value: T, function: impl FnOnce(&T)) -> T {
    function(&value);
    value
}

applied! {
    /// The future of [`FutureExt::inspect`](super::FutureExt::inspect).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future and the function, which was not called. It is as cancel safe as the future.
    Inspect<F, G> of F, G
    where [F: Future, G: FnOnce(&F::Output)] F::Output = |output, function| shown(output, function);

    /// The future of [`TryFutureExt::inspect_ok`](super::TryFutureExt::inspect_ok).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future and the function, which was not called. It is as cancel safe as the future.
    InspectOk<F, G> of IntoFuture<F>, G
    where [F: TryFuture, G: FnOnce(&F::Ok)] Result<F::Ok, F::Error> = |result, function| match result {
        Ok(value) => Ok(shown(value, function)),
        Err(error) => Err(dropping(function, error)),
    };

    /// The future of [`TryFutureExt::inspect_err`](super::TryFutureExt::inspect_err).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future and the function, which was not called. It is as cancel safe as the future.
    InspectErr<F, G> of IntoFuture<F>, G
    where [F: TryFuture, G: FnOnce(&F::Error)] Result<F::Ok, F::Error> = |result, function| match result {
        Ok(value) => Ok(dropping(function, value)),
        Err(error) => Err(shown(error, function)),
    };
}
