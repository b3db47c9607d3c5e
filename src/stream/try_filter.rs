//! `try_filter` and its like: a future decides what becomes of what has succeeded. Errors come through, as they are.

use futures_core::future::TryFuture;
use futures_core::stream::TryStream;

use super::filter::{FilterMapStep, FilterStep};
use super::shell;
use super::skip::SkipWhileStep;
use super::steps::Steps;
use super::take::TakeWhileStep;
use super::tries::{OnOk, Tries, Trying};
use crate::future::IntoFuture;

shell::named_stream! {
    /// The stream of [`TryStreamExt::try_filter`](super::TryStreamExt::try_filter).
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for the future loses the item in question.
    TryFilter<St, Fut, F> where [St: TryStream] is Steps<Tries<St>, OnOk<FilterStep<St::Ok, F>>, Fut>;
    new(stream: St, function: F) = Steps::new(Tries::new(stream), OnOk(FilterStep::new(function)));
    impl[
        St: TryStream, Fut: Future<Output = bool>, F: FnMut(&St::Ok) -> Fut
    ] Stream<Item = Result<St::Ok, St::Error>>;
}

shell::named_stream! {
    /// The stream of [`TryStreamExt::try_filter_map`](super::TryStreamExt::try_filter_map).
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for a future loses the item of which that makes something.
    TryFilterMap<St, Fut, F> is Steps<Tries<St>, Trying<FilterMapStep<F>>, IntoFuture<Fut>>;
    new(stream: St, function: F) = Steps::new(Tries::new(stream), Trying(FilterMapStep(function)));
    impl[
        St: TryStream, Fut: TryFuture<Ok = Option<T>, Error = St::Error>, F: FnMut(St::Ok) -> Fut, T
    ] Stream<Item = Result<T, St::Error>>;
}

shell::named_stream! {
    /// The stream of [`TryStreamExt::try_take_while`](super::TryStreamExt::try_take_while).
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for the future loses the item in question.
    TryTakeWhile<St, Fut, F> where [St: TryStream] is Steps<Tries<St>, Trying<TakeWhileStep<St::Ok, F>>, IntoFuture<Fut>>;
    new(stream: St, function: F) = Steps::new(Tries::new(stream), Trying(TakeWhileStep::new(function)));
    impl[
        St: TryStream, Fut: TryFuture<Ok = bool, Error = St::Error>, F: FnMut(&St::Ok) -> Fut
    ] Stream<Item = Result<St::Ok, St::Error>>;
}

shell::named_stream! {
    /// The stream of [`TryStreamExt::try_skip_while`](super::TryStreamExt::try_skip_while).
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for the future loses the item in question.
    TrySkipWhile<St, Fut, F> where [St: TryStream] is Steps<Tries<St>, Trying<SkipWhileStep<St::Ok, F>>, IntoFuture<Fut>>;
    new(stream: St, function: F) = Steps::new(Tries::new(stream), Trying(SkipWhileStep::new(function)));
    impl[
        St: TryStream, Fut: TryFuture<Ok = bool, Error = St::Error>, F: FnMut(&St::Ok) -> Fut
    ] Stream<Item = Result<St::Ok, St::Error>>;
}
