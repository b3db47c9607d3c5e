//! `try_collect`, `try_fold` and their like: what all items come to, or the first error.

use futures_core::future::TryFuture;
use futures_core::stream::TryStream;

use super::any::FindStep;
use super::collect::{CollectStep, ConcatStep};
use super::fold::{FoldStep, ForEachStep};
use super::shell;
use super::steps::{Drain, Never};
use super::tries::{OnOk, Tries, Trying};
use crate::future::IntoFuture;

shell::named_future! {
    /// The future of [`TryStreamExt::try_collect`](super::TryStreamExt::try_collect).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its output, or the source has panicked.
    TryCollect<St, C> is Drain<Tries<St>, OnOk<CollectStep<C>>, Never>;
    new(stream: St, collection: C) = Drain::new(Tries::new(stream), OnOk(CollectStep(collection)));
    impl[St: TryStream, C: Default + Extend<St::Ok>] Future<Output = Result<C, St::Error>>;
}

shell::named_future! {
    /// The future of [`TryStreamExt::try_concat`](super::TryStreamExt::try_concat).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its output, or the source has panicked.
    TryConcat<St> where [St: TryStream] is Drain<Tries<St>, OnOk<ConcatStep<St::Ok>>, Never>;
    new(stream: St) = Drain::new(Tries::new(stream), OnOk(ConcatStep::new()));
    impl[
        St: TryStream<Ok: Extend<<St::Ok as IntoIterator>::Item> + IntoIterator + Default>
    ] Future<Output = Result<St::Ok, St::Error>>;
}

shell::named_future! {
    /// The future of [`TryStreamExt::try_fold`](super::TryStreamExt::try_fold).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses what all items so far have come to.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its output, or the source, the function or a future has panicked.
    TryFold<St, Fut, T, F> is Drain<Tries<St>, Trying<FoldStep<T, F>>, IntoFuture<Fut>>;
    new(stream: St, sum: T, function: F) = Drain::new(Tries::new(stream), Trying(FoldStep::new(sum, function)));
    impl[
        St: TryStream, Fut: TryFuture<Ok = T, Error = St::Error>, T, F: FnMut(T, St::Ok) -> Fut
    ] Future<Output = Result<T, St::Error>>;
}

shell::named_future! {
    /// The future of [`TryStreamExt::try_for_each`](super::TryStreamExt::try_for_each).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future for the last item that was taken. The others have been dealt with.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its output, or the source, the function or a future has panicked.
    TryForEach<St, Fut, F> is Drain<Tries<St>, Trying<ForEachStep<F>>, IntoFuture<Fut>>;
    new(stream: St, function: F) = Drain::new(Tries::new(stream), Trying(ForEachStep(function)));
    impl[
        St: TryStream, Fut: TryFuture<Ok = (), Error = St::Error>, F: FnMut(St::Ok) -> Fut
    ] Future<Output = Result<(), St::Error>>;
}

shell::named_future! {
    /// The future of [`TryStreamExt::try_any`](super::TryStreamExt::try_any).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its output, or the source, the function or a future has panicked.
    TryAny<St, Fut, F> is Drain<Tries<St>, OnOk<FindStep<F, true>>, Fut>;
    new(stream: St, function: F) = Drain::new(Tries::new(stream), OnOk(FindStep(function)));
    impl[
        St: TryStream, Fut: Future<Output = bool>, F: FnMut(St::Ok) -> Fut
    ] Future<Output = Result<bool, St::Error>>;
}

shell::named_future! {
    /// The future of [`TryStreamExt::try_all`](super::TryStreamExt::try_all).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its output, or the source, the function or a future has panicked.
    TryAll<St, Fut, F> is Drain<Tries<St>, OnOk<FindStep<F, false>>, Fut>;
    new(stream: St, function: F) = Drain::new(Tries::new(stream), OnOk(FindStep(function)));
    impl[
        St: TryStream, Fut: Future<Output = bool>, F: FnMut(St::Ok) -> Fut
    ] Future<Output = Result<bool, St::Error>>;
}
