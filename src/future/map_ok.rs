//! `map_ok`, `map_err` and their like: another value, or another error.

use core::marker::PhantomData;

use futures_core::TryFuture;

use super::IntoFuture;
use super::apply::applied;
use crate::internal::live::dropping;

applied! {
    /// The future of [`TryFutureExt::map_ok`](super::TryFutureExt::map_ok).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future and the function, which was not called. It is as cancel safe as the future.
    MapOk<F, G> of IntoFuture<F>, G
    where [F: TryFuture, G: FnOnce(F::Ok) -> T, T] Result<T, F::Error> = |result, function| match result {
        Ok(value) => Ok(function(value)),
        Err(error) => Err(dropping(function, error)),
    };

    /// The future of [`TryFutureExt::map_err`](super::TryFutureExt::map_err).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future and the function, which was not called. It is as cancel safe as the future.
    MapErr<F, G> of IntoFuture<F>, G
    where [F: TryFuture, G: FnOnce(F::Error) -> E, E] Result<F::Ok, E> = |result, function| match result {
        Ok(value) => Ok(dropping(function, value)),
        Err(error) => Err(function(error)),
    };

    /// The future of [`TryFutureExt::map_ok_or_else`](super::TryFutureExt::map_ok_or_else); `G` is for the value, `H` for the
    /// error.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future and the functions, which were not called. It is as cancel safe as the future.
    MapOkOrElse<F, G, H> of IntoFuture<F>, (G, H)
    where [F: TryFuture, G: FnOnce(F::Ok) -> T, H: FnOnce(F::Error) -> T, T] T = |result, (for_ok, for_err)| match result {
        Ok(value) => for_ok(dropping(for_err, value)),
        Err(error) => for_err(dropping(for_ok, error)),
    };

    /// The future of [`TryFutureExt::unwrap_or_else`](super::TryFutureExt::unwrap_or_else).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future and the function, which was not called. It is as cancel safe as the future.
    UnwrapOrElse<F, G> of IntoFuture<F>, G
    where [F: TryFuture, G: FnOnce(F::Error) -> F::Ok] F::Ok = |result, function| match result {
        Ok(value) => dropping(function, value),
        Err(error) => function(error),
    };

    /// The future of [`TryFutureExt::ok_into`](super::TryFutureExt::ok_into).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    OkInto<F, T> of IntoFuture<F>, PhantomData<fn() -> T>
    where [F: TryFuture<Ok: Into<T>>, T] Result<T, F::Error> = |result, _| result.map(Into::into);

    /// The future of [`TryFutureExt::err_into`](super::TryFutureExt::err_into).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ErrInto<F, E> of IntoFuture<F>, PhantomData<fn() -> E>
    where [F: TryFuture<Error: Into<E>>, E] Result<F::Ok, E> = |result, _| result.map_err(Into::into);
}
