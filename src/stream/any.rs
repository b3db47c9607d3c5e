//! `any` and `all`: whether a future says so of some item, or of each.

use super::steps::{Drain, Last, Move, Step};
use super::{Stream, shell};

/// Looks for an item of which a future says `LOOKED_FOR`.
pub(super) struct FindStep<F, const LOOKED_FOR: bool>(pub(super) F);

impl<T, Fut, F: FnMut(T) -> Fut, const LOOKED_FOR: bool> Step<T, bool> for FindStep<F, LOOKED_FOR> {
    type Future = Fut;
    type Given = bool;

    #[inline]
    fn take(&mut self, item: T) -> Move<Fut, bool> {
        Move::Await((self.0)(item))
    }

    #[inline]
    fn settle(&mut self, said: bool) -> Move<Fut, bool> {
        if said == LOOKED_FOR { Move::Give(said) } else { Move::Pass }
    }
}

impl<T, Fut, F: FnMut(T) -> Fut, const LOOKED_FOR: bool> Last<T, bool> for FindStep<F, LOOKED_FOR> {
    fn last(&mut self) -> bool {
        !LOOKED_FOR
    }
}

shell::named_future! {
    /// The future of [`StreamExt::any`](super::StreamExt::any).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its output, or the source, the function or a future has panicked.
    Any<St, Fut, F> is Drain<St, FindStep<F, true>, Fut>;
    new(stream: St, function: F) = Drain::new(stream, FindStep(function));
    impl[St: Stream, Fut: Future<Output = bool>, F: FnMut(St::Item) -> Fut] Future<Output = bool>;
}

shell::named_future! {
    /// The future of [`StreamExt::all`](super::StreamExt::all).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its output, or the source, the function or a future has panicked.
    All<St, Fut, F> is Drain<St, FindStep<F, false>, Fut>;
    new(stream: St, function: F) = Drain::new(stream, FindStep(function));
    impl[St: Stream, Fut: Future<Output = bool>, F: FnMut(St::Item) -> Fut] Future<Output = bool>;
}
