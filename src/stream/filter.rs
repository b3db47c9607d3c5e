//! `filter` and `filter_map`: a future decides for each item what comes of it, if anything does.

use super::steps::{Move, Step, Steps};
use super::{Stream, shell};

/// Gives the items for which a future says so.
pub(super) struct FilterStep<T, F> {
    function: F,
    // The item about which the future is.
    held: Option<T>,
}

impl<T, F> FilterStep<T, F> {
    #[inline]
    pub(super) const fn new(function: F) -> Self {
        Self { function, held: None }
    }
}

impl<T, Fut, F: FnMut(&T) -> Fut> Step<T, bool> for FilterStep<T, F> {
    type Future = Fut;
    type Given = T;

    #[inline]
    fn take(&mut self, item: T) -> Move<Fut, T> {
        let future = (self.function)(&item);
        self.held = Some(item);
        Move::Await(future)
    }

    #[inline]
    fn settle(&mut self, keep: bool) -> Move<Fut, T> {
        match self.held.take() {
            Some(item) if keep => Move::Give(item),
            _ => Move::Pass,
        }
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::filter`](super::StreamExt::filter).
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for the future loses the item in question.
    Filter<St, Fut, F> where [St: Stream] is Steps<St, FilterStep<St::Item, F>, Fut>;
    new(stream: St, function: F) = Steps::new(stream, FilterStep::new(function));
    impl[St: Stream, Fut: Future<Output = bool>, F: FnMut(&St::Item) -> Fut] Stream<Item = St::Item>;
}

/// Gives what a future makes of an item, if that is something.
pub(super) struct FilterMapStep<F>(pub(super) F);

impl<T, U, Fut, F: FnMut(T) -> Fut> Step<T, Option<U>> for FilterMapStep<F> {
    type Future = Fut;
    type Given = U;

    #[inline]
    fn take(&mut self, item: T) -> Move<Fut, U> {
        Move::Await((self.0)(item))
    }

    #[inline]
    fn settle(&mut self, made: Option<U>) -> Move<Fut, U> {
        made.map_or(Move::Pass, Move::Give)
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::filter_map`](super::StreamExt::filter_map).
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for a future loses the item of which that makes something.
    FilterMap<St, Fut, F> is Steps<St, FilterMapStep<F>, Fut>;
    new(stream: St, function: F) = Steps::new(stream, FilterMapStep(function));
    impl[St: Stream, Fut: Future<Output = Option<T>>, F: FnMut(St::Item) -> Fut, T] Stream<Item = T>;
}
