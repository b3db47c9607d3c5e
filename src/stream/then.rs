//! `then` and `scan`: a future makes something of each item.

use super::steps::{Move, Step, Steps};
use super::{Stream, shell};

/// Gives what a future makes of an item.
pub(super) struct ThenStep<F>(pub(super) F);

impl<T, A, Fut, F: FnMut(T) -> Fut> Step<T, A> for ThenStep<F> {
    type Future = Fut;
    type Given = A;

    #[inline]
    fn take(&mut self, item: T) -> Move<Fut, A> {
        Move::Await((self.0)(item))
    }

    #[inline]
    fn settle(&mut self, made: A) -> Move<Fut, A> {
        Move::Give(made)
    }

    fn size_hint(&self, items: (usize, Option<usize>)) -> (usize, Option<usize>) {
        items
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::then`](super::StreamExt::then).
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for a future loses the item of which that makes something.
    Then<St, Fut, F> is Steps<St, ThenStep<F>, Fut>;
    new(stream: St, function: F) = Steps::new(stream, ThenStep(function));
    impl[St: Stream, Fut: Future, F: FnMut(St::Item) -> Fut] Stream<Item = Fut::Output>;
}

/// Gives what a future makes of a state and an item, until that is nothing.
struct ScanStep<S, F> {
    state: S,
    function: F,
}

impl<T, U, S, Fut, F: FnMut(&mut S, T) -> Fut> Step<T, Option<U>> for ScanStep<S, F> {
    type Future = Fut;
    type Given = U;

    #[inline]
    fn take(&mut self, item: T) -> Move<Fut, U> {
        Move::Await((self.function)(&mut self.state, item))
    }

    #[inline]
    fn settle(&mut self, made: Option<U>) -> Move<Fut, U> {
        made.map_or(Move::End, Move::Give)
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::scan`](super::StreamExt::scan).
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for a future loses the item of which that makes something.
    Scan<St, S, Fut, F> is Steps<St, ScanStep<S, F>, Fut>;
    new(stream: St, state: S, function: F) = Steps::new(stream, ScanStep { state, function });
    impl[St: Stream, S, Fut: Future<Output = Option<T>>, F: FnMut(&mut S, St::Item) -> Fut, T] Stream<Item = T>;
}
