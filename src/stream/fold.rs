//! `fold` and `for_each`: a future for each item, one after the other.

use super::steps::{Drain, Last, Move, Step};
use super::{Stream, shell};

/// Has a future make of what there is and an item what there is then.
pub(super) struct FoldStep<A, F> {
    // Not there while a future has it.
    sum: Option<A>,
    function: F,
}

impl<A, F> FoldStep<A, F> {
    #[inline]
    pub(super) const fn new(sum: A, function: F) -> Self {
        Self { sum: Some(sum), function }
    }

    fn sum(&mut self) -> A {
        match self.sum.take() {
            Some(sum) => sum,
            None => unreachable!("no future has it"),
        }
    }
}

impl<T, A, Fut, F: FnMut(A, T) -> Fut> Step<T, A> for FoldStep<A, F> {
    type Future = Fut;
    type Given = A;

    #[inline]
    fn take(&mut self, item: T) -> Move<Fut, A> {
        let sum = self.sum();
        Move::Await((self.function)(sum, item))
    }

    #[inline]
    fn settle(&mut self, sum: A) -> Move<Fut, A> {
        self.sum = Some(sum);
        Move::Pass
    }
}

impl<T, A, Fut, F: FnMut(A, T) -> Fut> Last<T, A> for FoldStep<A, F> {
    fn last(&mut self) -> A {
        self.sum()
    }
}

shell::named_future! {
    /// The future of [`StreamExt::fold`](super::StreamExt::fold).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses what all items so far have come to.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its output, or the source, the function or a future has panicked.
    Fold<St, Fut, T, F> is Drain<St, FoldStep<T, F>, Fut>;
    new(stream: St, sum: T, function: F) = Drain::new(stream, FoldStep::new(sum, function));
    impl[St: Stream, Fut: Future<Output = T>, T, F: FnMut(T, St::Item) -> Fut] Future<Output = T>;
}

/// Awaits a future for each item.
pub(super) struct ForEachStep<F>(pub(super) F);

impl<T, Fut, F: FnMut(T) -> Fut> Step<T, ()> for ForEachStep<F> {
    type Future = Fut;
    type Given = ();

    #[inline]
    fn take(&mut self, item: T) -> Move<Fut, ()> {
        Move::Await((self.0)(item))
    }

    #[inline]
    fn settle(&mut self, (): ()) -> Move<Fut, ()> {
        Move::Pass
    }
}

impl<T, Fut, F: FnMut(T) -> Fut> Last<T, ()> for ForEachStep<F> {
    fn last(&mut self) {}
}

shell::named_future! {
    /// The future of [`StreamExt::for_each`](super::StreamExt::for_each).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future for the last item that was taken. The others have been dealt with.
    ///
    /// # Panics
    ///
    /// Polling panics once it is done, or the source, the function or a future has panicked.
    ForEach<St, Fut, F> is Drain<St, ForEachStep<F>, Fut>;
    new(stream: St, function: F) = Drain::new(stream, ForEachStep(function));
    impl[St: Stream, Fut: Future<Output = ()>, F: FnMut(St::Item) -> Fut] Future<Output = ()>;
}
