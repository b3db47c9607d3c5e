//! `map_ok`, `map_err` and their like: what has succeeded, or what has failed, becomes another there and then.

use core::marker::PhantomData;

use futures_core::stream::TryStream;

use super::map::{InspectStep, MapStep};
use super::shell;
use super::steps::{Move, Never, Step, Steps};
use super::tries::{OnErr, OnOk, Tries};

shell::named_stream! {
    /// The stream of [`TryStreamExt::map_ok`](super::TryStreamExt::map_ok).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    MapOk<St, F> is Steps<Tries<St>, OnOk<MapStep<F>>, Never>;
    new(stream: St, function: F) = Steps::new(Tries::new(stream), OnOk(MapStep(function)));
    impl[St: TryStream, F: FnMut(St::Ok) -> T, T] Stream<Item = Result<T, St::Error>>;
}

shell::named_stream! {
    /// The stream of [`TryStreamExt::map_err`](super::TryStreamExt::map_err).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    MapErr<St, F> is Steps<Tries<St>, OnErr<MapStep<F>>, Never>;
    new(stream: St, function: F) = Steps::new(Tries::new(stream), OnErr(MapStep(function)));
    impl[St: TryStream, F: FnMut(St::Error) -> E, E] Stream<Item = Result<St::Ok, E>>;
}

shell::named_stream! {
    /// The stream of [`TryStreamExt::inspect_ok`](super::TryStreamExt::inspect_ok).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    InspectOk<St, F> is Steps<Tries<St>, OnOk<InspectStep<F>>, Never>;
    new(stream: St, function: F) = Steps::new(Tries::new(stream), OnOk(InspectStep(function)));
    impl[St: TryStream, F: FnMut(&St::Ok)] Stream<Item = Result<St::Ok, St::Error>>;
}

shell::named_stream! {
    /// The stream of [`TryStreamExt::inspect_err`](super::TryStreamExt::inspect_err).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    InspectErr<St, F> is Steps<Tries<St>, OnErr<InspectStep<F>>, Never>;
    new(stream: St, function: F) = Steps::new(Tries::new(stream), OnErr(InspectStep(function)));
    impl[St: TryStream, F: FnMut(&St::Error)] Stream<Item = Result<St::Ok, St::Error>>;
}

/// Gives what an item turns into.
struct IntoStep<U>(PhantomData<fn() -> U>);

impl<T: Into<U>, U> Step<T, Never> for IntoStep<U> {
    type Future = Never;
    type Given = U;

    #[inline]
    fn take(&mut self, item: T) -> Move<Never, U> {
        Move::Give(item.into())
    }

    fn settle(&mut self, never: Never) -> Move<Never, U> {
        match never {}
    }

    fn size_hint(&self, items: (usize, Option<usize>)) -> (usize, Option<usize>) {
        items
    }
}

shell::named_stream! {
    /// The stream of [`TryStreamExt::err_into`](super::TryStreamExt::err_into).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ErrInto<St, E> is Steps<Tries<St>, OnErr<IntoStep<E>>, Never>;
    new(stream: St) = Steps::new(Tries::new(stream), OnErr(IntoStep(PhantomData)));
    impl[St: TryStream<Error: Into<E>>, E] Stream<Item = Result<St::Ok, E>>;
}

shell::named_stream! {
    /// The stream of [`TryStreamExt::into_stream`](super::TryStreamExt::into_stream).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    IntoStream<St> is Tries<St>;
    new(stream: St) = Tries::new(stream);
    impl[St: TryStream] Stream<Item = Result<St::Ok, St::Error>>;
}
