//! `and_then` and `or_else`: a future makes something of what has succeeded, or of what has failed.

use futures_core::future::TryFuture;
use futures_core::stream::TryStream;

use super::shell;
use super::steps::{Move, Step, Steps};
use super::then::ThenStep;
use super::tries::{Tries, Trying};
use crate::future::IntoFuture;

shell::named_stream! {
    /// The stream of [`TryStreamExt::and_then`](super::TryStreamExt::and_then).
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for a future loses the item of which that makes something.
    AndThen<St, Fut, F> is Steps<Tries<St>, Trying<ThenStep<F>>, IntoFuture<Fut>>;
    new(stream: St, function: F) = Steps::new(Tries::new(stream), Trying(ThenStep(function)));
    impl[
        St: TryStream, Fut: TryFuture<Error = St::Error>, F: FnMut(St::Ok) -> Fut
    ] Stream<Item = Result<Fut::Ok, St::Error>>;
}

/// Gives what a future makes of an error, and what has succeeded.
struct OrElseStep<F>(F);

impl<T, E, E2, Fut, F: FnMut(E) -> Fut> Step<Result<T, E>, Result<T, E2>> for OrElseStep<F> {
    type Future = IntoFuture<Fut>;
    type Given = Result<T, E2>;

    #[inline]
    fn take(&mut self, item: Result<T, E>) -> Move<IntoFuture<Fut>, Result<T, E2>> {
        match item {
            Ok(item) => Move::Give(Ok(item)),
            Err(error) => Move::Await(IntoFuture::new((self.0)(error))),
        }
    }

    #[inline]
    fn settle(&mut self, made: Result<T, E2>) -> Move<IntoFuture<Fut>, Result<T, E2>> {
        Move::Give(made)
    }

    fn size_hint(&self, items: (usize, Option<usize>)) -> (usize, Option<usize>) {
        items
    }
}

shell::named_stream! {
    /// The stream of [`TryStreamExt::or_else`](super::TryStreamExt::or_else).
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for a future loses the error of which that makes something.
    OrElse<St, Fut, F> is Steps<Tries<St>, OrElseStep<F>, IntoFuture<Fut>>;
    new(stream: St, function: F) = Steps::new(Tries::new(stream), OrElseStep(function));
    impl[
        St: TryStream, Fut: TryFuture<Ok = St::Ok>, F: FnMut(St::Error) -> Fut
    ] Stream<Item = Result<St::Ok, Fut::Error>>;
}
