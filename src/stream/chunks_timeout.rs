//! `chunks_timeout`: several items at once, none of which waits for the others too long.

use alloc::vec::Vec;
use core::mem;
use core::pin::Pin;

use super::chunks::ROOM;
use super::gather::{Gather, Gathered, Since};
use super::{Stream, shell};
use crate::time::{Clock, Duration, Timer};

/// What there is of a chunk.
struct Chunk<T> {
    items: Vec<T>,
    max_size: usize,
}

impl<T> Chunk<T> {
    #[track_caller]
    const fn new(max_size: usize) -> Self {
        assert!(max_size > 0, "the capacity of chunks must not be zero");
        Self { items: Vec::new(), max_size }
    }
}

impl<T> Gathered<T> for Chunk<T> {
    type Given = Vec<T>;

    fn add(&mut self, item: T) -> Option<Vec<T>> {
        if self.items.is_empty() {
            self.items.reserve_exact(ROOM.min(self.max_size));
        }
        self.items.push(item);
        if self.items.len() == self.max_size { self.take() } else { None }
    }

    fn take(&mut self) -> Option<Vec<T>> {
        if self.items.is_empty() { None } else { Some(mem::take(&mut self.items)) }
    }

    fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    fn least(&self, items: usize) -> usize {
        items.saturating_add(self.items.len()).div_ceil(self.max_size)
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::chunks_timeout`](super::StreamExt::chunks_timeout).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the items of a chunk that was not given yet; [`into_remainder`](Self::into_remainder) gives them.
    ///
    /// # Allocation
    ///
    /// One for each chunk, with room for `max_size` items, or for 1024 if that is less; more if it has more.
    ChunksTimeout<St, T = Clock> where [St: Stream, T: Timer] is Gather<St, Chunk<St::Item>, Since<T>>;
    new(stream: St, timer: T, max_size: usize, duration: Duration) =
        Gather::new(stream, Chunk::new(max_size), Since::first(timer, duration));
    impl[St: Stream, T: Timer] Stream<Item = Vec<St::Item>>;
}

impl<St: Stream, T: Timer> ChunksTimeout<St, T> {
    /// Takes the items of the chunk that was not given yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::pin;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::{future, stream};
    /// use anywhen::time::Duration;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let numbers = stream::iter([1, 2, 3]).chain(stream::pending());
    /// let mut chunks = pin!(numbers.chunks_timeout(2, Duration::MAX));
    /// assert_eq!(chunks.next().await, Some(vec![1, 2]));
    /// assert!(future::poll_once(chunks.next()).await.is_none());
    /// assert_eq!(chunks.into_remainder(), [3]);
    /// # });
    /// ```
    pub fn into_remainder(self: Pin<&mut Self>) -> Vec<St::Item> {
        let gather = self.project().inner.get_pin();
        gather.and_then(Gather::take).unwrap_or_default()
    }
}
