//! `map`, `inspect` and `enumerate`: each item becomes another there and then.

use super::steps::{Move, Never, Step, Steps};
use super::{Stream, shell};

/// Gives what a function makes of an item.
pub(super) struct MapStep<F>(pub(super) F);

impl<T, U, F: FnMut(T) -> U> Step<T, Never> for MapStep<F> {
    type Future = Never;
    type Given = U;

    #[inline]
    fn take(&mut self, item: T) -> Move<Never, U> {
        Move::Give((self.0)(item))
    }

    fn settle(&mut self, never: Never) -> Move<Never, U> {
        match never {}
    }

    fn size_hint(&self, items: (usize, Option<usize>)) -> (usize, Option<usize>) {
        items
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::map`](super::StreamExt::map).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    Map<St, F> is Steps<St, MapStep<F>, Never>;
    new(stream: St, function: F) = Steps::new(stream, MapStep(function));
    impl[St: Stream, F: FnMut(St::Item) -> T, T] Stream<Item = T>;
}

/// Shows an item to a function, and gives it.
pub(super) struct InspectStep<F>(pub(super) F);

impl<T, F: FnMut(&T)> Step<T, Never> for InspectStep<F> {
    type Future = Never;
    type Given = T;

    #[inline]
    fn take(&mut self, item: T) -> Move<Never, T> {
        (self.0)(&item);
        Move::Give(item)
    }

    fn settle(&mut self, never: Never) -> Move<Never, T> {
        match never {}
    }

    fn size_hint(&self, items: (usize, Option<usize>)) -> (usize, Option<usize>) {
        items
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::inspect`](super::StreamExt::inspect).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    Inspect<St, F> is Steps<St, InspectStep<F>, Never>;
    new(stream: St, function: F) = Steps::new(stream, InspectStep(function));
    impl[St: Stream, F: FnMut(&St::Item)] Stream<Item = St::Item>;
}

/// Gives an item with its number.
struct EnumerateStep {
    next: usize,
}

impl<T> Step<T, Never> for EnumerateStep {
    type Future = Never;
    type Given = (usize, T);

    #[inline]
    fn take(&mut self, item: T) -> Move<Never, (usize, T)> {
        let number = self.next;
        self.next += 1;
        Move::Give((number, item))
    }

    fn settle(&mut self, never: Never) -> Move<Never, (usize, T)> {
        match never {}
    }

    fn size_hint(&self, items: (usize, Option<usize>)) -> (usize, Option<usize>) {
        items
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::enumerate`](super::StreamExt::enumerate).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Panics
    ///
    /// As an iterator's, its count overflows after `usize::MAX` items: in debug builds it panics then.
    Enumerate<St> is Steps<St, EnumerateStep, Never>;
    new(stream: St) = Steps::new(stream, EnumerateStep { next: 0 });
    impl[St: Stream] Stream<Item = (usize, St::Item)>;
}
