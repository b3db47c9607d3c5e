//! `map` and its like: another output.

use core::convert::Infallible;
use core::marker::PhantomData;

use super::apply::applied;

applied! {
    /// The future of [`FutureExt::map`](super::FutureExt::map).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future and the function, which was not called. It is as cancel safe as the future.
    Map<F, G> of F, G
    where [F: Future, G: FnOnce(F::Output) -> U, U] U = |output, function| function(output);

    /// The future of [`FutureExt::map_into`](super::FutureExt::map_into).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    MapInto<F, T> of F, PhantomData<fn() -> T>
    where [F: Future<Output: Into<T>>, T] T = |output, _| output.into();

    /// The future of [`FutureExt::unit_error`](super::FutureExt::unit_error).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    UnitError<F> of F, ()
    where [F: Future] Result<F::Output, ()> = |output, ()| Ok(output);

    /// The future of [`FutureExt::never_error`](super::FutureExt::never_error).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    NeverError<F> of F, ()
    where [F: Future] Result<F::Output, Infallible> = |output, ()| Ok(output);
}
