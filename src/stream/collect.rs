//! `collect`, `unzip`, `concat` and `count`: what all items come to.

use core::mem;

use super::steps::{Drain, Last, Move, Never, Step};
use super::{Stream, shell};

/// Puts all items into a collection.
pub(super) struct CollectStep<C>(pub(super) C);

impl<T, C: Default + Extend<T>> Step<T, Never> for CollectStep<C> {
    type Future = Never;
    type Given = C;

    #[inline]
    fn take(&mut self, item: T) -> Move<Never, C> {
        self.0.extend(Some(item));
        Move::Pass
    }

    fn settle(&mut self, never: Never) -> Move<Never, C> {
        match never {}
    }
}

impl<T, C: Default + Extend<T>> Last<T, Never> for CollectStep<C> {
    #[inline]
    fn last(&mut self) -> C {
        mem::take(&mut self.0)
    }
}

shell::named_future! {
    /// The future of [`StreamExt::collect`](super::StreamExt::collect).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its output, or the source has panicked.
    Collect<St, C> is Drain<St, CollectStep<C>, Never>;
    new(stream: St, collection: C) = Drain::new(stream, CollectStep(collection));
    impl[St: Stream, C: Default + Extend<St::Item>] Future<Output = C>;
}

/// Puts the halves of all items into a collection each.
struct UnzipStep<FromA, FromB>(FromA, FromB);

impl<A, B, FromA, FromB> Step<(A, B), Never> for UnzipStep<FromA, FromB>
where
    FromA: Default + Extend<A>,
    FromB: Default + Extend<B>,
{
    type Future = Never;
    type Given = (FromA, FromB);

    #[inline]
    fn take(&mut self, (a, b): (A, B)) -> Move<Never, Self::Given> {
        self.0.extend(Some(a));
        self.1.extend(Some(b));
        Move::Pass
    }

    fn settle(&mut self, never: Never) -> Move<Never, Self::Given> {
        match never {}
    }
}

impl<A, B, FromA, FromB> Last<(A, B), Never> for UnzipStep<FromA, FromB>
where
    FromA: Default + Extend<A>,
    FromB: Default + Extend<B>,
{
    fn last(&mut self) -> (FromA, FromB) {
        (mem::take(&mut self.0), mem::take(&mut self.1))
    }
}

shell::named_future! {
    /// The future of [`StreamExt::unzip`](super::StreamExt::unzip).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its output, or the source has panicked.
    Unzip<St, FromA, FromB> is Drain<St, UnzipStep<FromA, FromB>, Never>;
    new(stream: St, left: FromA, right: FromB) = Drain::new(stream, UnzipStep(left, right));
    impl[
        St: Stream<Item = (A, B)>, A, B, FromA: Default + Extend<A>, FromB: Default + Extend<B>
    ] Future<Output = (FromA, FromB)>;
}

/// Puts what is in all items into the first.
pub(super) struct ConcatStep<T>(Option<T>);

impl<T> ConcatStep<T> {
    #[inline]
    pub(super) const fn new() -> Self {
        Self(None)
    }
}

impl<T: Extend<T::Item> + IntoIterator + Default> Step<T, Never> for ConcatStep<T> {
    type Future = Never;
    type Given = T;

    #[inline]
    fn take(&mut self, item: T) -> Move<Never, T> {
        match &mut self.0 {
            Some(whole) => whole.extend(item),
            whole => *whole = Some(item),
        }
        Move::Pass
    }

    fn settle(&mut self, never: Never) -> Move<Never, T> {
        match never {}
    }
}

impl<T: Extend<T::Item> + IntoIterator + Default> Last<T, Never> for ConcatStep<T> {
    fn last(&mut self) -> T {
        self.0.take().unwrap_or_default()
    }
}

shell::named_future! {
    /// The future of [`StreamExt::concat`](super::StreamExt::concat).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its output, or the source has panicked.
    Concat<St> where [St: Stream] is Drain<St, ConcatStep<St::Item>, Never>;
    new(stream: St) = Drain::new(stream, ConcatStep::new());
    impl[
        St: Stream<Item: Extend<<St::Item as IntoIterator>::Item> + IntoIterator + Default>
    ] Future<Output = St::Item>;
}

/// Counts items.
struct CountStep {
    items: usize,
}

impl<T> Step<T, Never> for CountStep {
    type Future = Never;
    type Given = usize;

    #[inline]
    fn take(&mut self, _: T) -> Move<Never, usize> {
        self.items += 1;
        Move::Pass
    }

    fn settle(&mut self, never: Never) -> Move<Never, usize> {
        match never {}
    }
}

impl<T> Last<T, Never> for CountStep {
    fn last(&mut self) -> usize {
        self.items
    }
}

shell::named_future! {
    /// The future of [`StreamExt::count`](super::StreamExt::count).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its output, or the source has panicked.
    Count<St> is Drain<St, CountStep, Never>;
    new(stream: St) = Drain::new(stream, CountStep { items: 0 });
    impl[St: Stream] Future<Output = usize>;
}
