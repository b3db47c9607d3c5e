//! `skip` and `skip_while`: all items but the first few, or those before the first that a future wants.

use super::steps::{Move, Never, Step, Steps};
use super::{Stream, shell};

/// Gives all items but so many.
struct SkipStep {
    left: usize,
}

impl<T> Step<T, Never> for SkipStep {
    type Future = Never;
    type Given = T;

    #[inline]
    fn take(&mut self, item: T) -> Move<Never, T> {
        if self.left == 0 {
            return Move::Give(item);
        }
        self.left -= 1;
        Move::Pass
    }

    fn settle(&mut self, never: Never) -> Move<Never, T> {
        match never {}
    }

    fn size_hint(&self, (least, most): (usize, Option<usize>)) -> (usize, Option<usize>) {
        (least.saturating_sub(self.left), most.map(|most| most.saturating_sub(self.left)))
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::skip`](super::StreamExt::skip).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    Skip<St> is Steps<St, SkipStep, Never>;
    new(stream: St, items: usize) = Steps::new(stream, SkipStep { left: items });
    impl[St: Stream] Stream<Item = St::Item>;
}

/// Gives all items from the first for which a future says no.
pub(super) struct SkipWhileStep<T, F> {
    function: F,
    // The item about which the future is.
    held: Option<T>,
    begun: bool,
}

impl<T, F> SkipWhileStep<T, F> {
    #[inline]
    pub(super) const fn new(function: F) -> Self {
        Self { function, held: None, begun: false }
    }
}

impl<T, Fut, F: FnMut(&T) -> Fut> Step<T, bool> for SkipWhileStep<T, F> {
    type Future = Fut;
    type Given = T;

    #[inline]
    fn take(&mut self, item: T) -> Move<Fut, T> {
        if self.begun {
            return Move::Give(item);
        }
        let future = (self.function)(&item);
        self.held = Some(item);
        Move::Await(future)
    }

    #[inline]
    fn settle(&mut self, skip: bool) -> Move<Fut, T> {
        self.begun = !skip;
        match self.held.take() {
            Some(item) if self.begun => Move::Give(item),
            _ => Move::Pass,
        }
    }

    #[inline]
    fn forget(&mut self) {
        self.held = None;
    }

    fn size_hint(&self, (least, most): (usize, Option<usize>)) -> (usize, Option<usize>) {
        (if self.begun { least } else { 0 }, most)
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::skip_while`](super::StreamExt::skip_while).
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for the future loses the item in question.
    SkipWhile<St, Fut, F> where [St: Stream] is Steps<St, SkipWhileStep<St::Item, F>, Fut>;
    new(stream: St, function: F) = Steps::new(stream, SkipWhileStep::new(function));
    impl[St: Stream, Fut: Future<Output = bool>, F: FnMut(&St::Item) -> Fut] Stream<Item = St::Item>;
}
