//! `take` and `take_while`: no more than a number of items, or than a future wants.

use super::steps::{Move, Never, Step, Steps};
use super::{Stream, shell};

/// Gives so many items.
struct TakeStep {
    left: usize,
}

impl<T> Step<T, Never> for TakeStep {
    type Future = Never;
    type Given = T;

    #[inline]
    fn wants_more(&self) -> bool {
        self.left > 0
    }

    #[inline]
    fn take(&mut self, item: T) -> Move<Never, T> {
        self.left -= 1;
        Move::Give(item)
    }

    fn settle(&mut self, never: Never) -> Move<Never, T> {
        match never {}
    }

    fn size_hint(&self, (least, most): (usize, Option<usize>)) -> (usize, Option<usize>) {
        (least.min(self.left), Some(most.map_or(self.left, |most| most.min(self.left))))
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::take`](super::StreamExt::take).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    Take<St> is Steps<St, TakeStep, Never>;
    new(stream: St, items: usize) = Steps::new(stream, TakeStep { left: items });
    impl[St: Stream] Stream<Item = St::Item>;
}

/// Gives items until a future says no.
pub(super) struct TakeWhileStep<T, F> {
    function: F,
    // The item about which the future is.
    held: Option<T>,
}

impl<T, F> TakeWhileStep<T, F> {
    #[inline]
    pub(super) const fn new(function: F) -> Self {
        Self { function, held: None }
    }
}

impl<T, Fut, F: FnMut(&T) -> Fut> Step<T, bool> for TakeWhileStep<T, F> {
    type Future = Fut;
    type Given = T;

    #[inline]
    fn take(&mut self, item: T) -> Move<Fut, T> {
        let future = (self.function)(&item);
        self.held = Some(item);
        Move::Await(future)
    }

    #[inline]
    fn settle(&mut self, go_on: bool) -> Move<Fut, T> {
        match self.held.take() {
            Some(item) if go_on => Move::Give(item),
            _ => Move::End,
        }
    }

    #[inline]
    fn forget(&mut self) {
        self.held = None;
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::take_while`](super::StreamExt::take_while).
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for the future loses the item in question.
    TakeWhile<St, Fut, F> where [St: Stream] is Steps<St, TakeWhileStep<St::Item, F>, Fut>;
    new(stream: St, function: F) = Steps::new(stream, TakeWhileStep::new(function));
    impl[St: Stream, Fut: Future<Output = bool>, F: FnMut(&St::Item) -> Fut] Stream<Item = St::Item>;
}
