//! `chunks`, `ready_chunks` and their `try_` forms: several items at once.

use alloc::vec::Vec;
use core::convert::Infallible;
use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::stream::TryStream;

use super::tries::Tries;
use super::{Fuse, Stream, shell};
use crate::internal::budget::Budget;
use crate::internal::pin_project::pin_project;

/// A chunk that is to be full is given room for so many items when it is begun, unless it is to be smaller.
pub(super) const ROOM: usize = 1024;

/// What is in a chunk, and what happens to one that meets an error.
trait Kind<T> {
    /// What is collected.
    type Part;
    /// What an item may be instead.
    type Error;
    /// What is given.
    type Chunk;
    /// Whether a chunk is given rather than that its items wait for more.
    const READY: bool;
    /// Whether an item may be an error.
    const MAY_FAIL: bool;

    fn open(item: T) -> Result<Self::Part, Self::Error>;
    fn whole(parts: Vec<Self::Part>) -> Self::Chunk;
    fn broken(parts: Vec<Self::Part>, error: Self::Error) -> Self::Chunk;
}

pin_project! {
    /// A stream, and what there is of a chunk.
    struct Chunked<St, K, P> {
        #[pin]
        stream: Fuse<St>,
        parts: Vec<P>,
        capacity: usize,
        kind: PhantomData<fn() -> K>,
    }
}

impl<St, K, P> Chunked<St, K, P> {
    #[track_caller]
    fn new(stream: St, capacity: usize) -> Self {
        assert!(capacity > 0, "the capacity of chunks must not be zero");
        Self { stream: Fuse::new(stream), parts: Vec::new(), capacity, kind: PhantomData }
    }
}

impl<St, K> Stream for Chunked<St, K, K::Part>
where
    St: Stream,
    K: Kind<St::Item>,
{
    type Item = K::Chunk;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<K::Chunk>> {
        let mut this = self.project();
        let mut budget = Budget::new();
        loop {
            ready!(budget.poll_round(cx));
            match this.stream.as_mut().poll_next(cx) {
                Poll::Ready(Some(item)) => match K::open(item) {
                    Ok(part) => {
                        if this.parts.is_empty() && !K::READY {
                            this.parts.reserve_exact(ROOM.min(*this.capacity));
                        }
                        this.parts.push(part);
                        if this.parts.len() == *this.capacity {
                            break;
                        }
                    }
                    Err(error) => return Poll::Ready(Some(K::broken(core::mem::take(this.parts), error))),
                },
                Poll::Ready(None) if this.parts.is_empty() => return Poll::Ready(None),
                Poll::Ready(None) => break,
                Poll::Pending if K::READY && !this.parts.is_empty() => break,
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Some(K::whole(core::mem::take(this.parts))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.stream.size_hint();
        let begun = self.parts.len();
        // If all are full, but for the last.
        let full = |items: usize| items.div_ceil(self.capacity);
        let most = if K::READY || K::MAY_FAIL {
            // If each item is the end of a chunk.
            most.and_then(|most| most.checked_add(begun.min(1)))
        } else {
            most.and_then(|most| most.checked_add(begun)).map(full)
        };
        (full(least.saturating_add(begun)), most)
    }
}

/// All items.
struct All<const READY: bool>;

impl<T, const READY: bool> Kind<T> for All<READY> {
    type Part = T;
    type Error = Infallible;
    type Chunk = Vec<T>;
    const READY: bool = READY;
    const MAY_FAIL: bool = false;

    #[inline]
    fn open(item: T) -> Result<T, Infallible> {
        Ok(item)
    }

    fn whole(parts: Vec<T>) -> Vec<T> {
        parts
    }

    fn broken(_: Vec<T>, error: Infallible) -> Vec<T> {
        match error {}
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::chunks`](super::StreamExt::chunks).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the items of a chunk that is not full.
    ///
    /// # Allocation
    ///
    /// One for each chunk; more if it has more than 1024 items.
    Chunks<St> where [St: Stream] is Chunked<St, All<false>, St::Item>;
    new(stream: St, capacity: usize) = Chunked::new(stream, capacity);
    impl[St: Stream] Stream<Item = Vec<St::Item>>;
}

shell::named_stream! {
    /// The stream of [`StreamExt::ready_chunks`](super::StreamExt::ready_chunks).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source, unless there are more than 128 items at once: then it may have some of them.
    ///
    /// # Allocation
    ///
    /// Each chunk is a vector that grows as items come.
    ReadyChunks<St> where [St: Stream] is Chunked<St, All<true>, St::Item>;
    new(stream: St, capacity: usize) = Chunked::new(stream, capacity);
    impl[St: Stream] Stream<Item = Vec<St::Item>>;
}

/// What has succeeded.
struct Succeeded;

impl<T, E> Kind<Result<T, E>> for Succeeded {
    type Part = T;
    type Error = E;
    type Chunk = Result<Vec<T>, TryChunksError<T, E>>;
    const READY: bool = false;
    const MAY_FAIL: bool = true;

    #[inline]
    fn open(item: Result<T, E>) -> Result<T, E> {
        item
    }

    fn whole(parts: Vec<T>) -> Self::Chunk {
        Ok(parts)
    }

    fn broken(parts: Vec<T>, error: E) -> Self::Chunk {
        Err(TryChunksError(parts, error))
    }
}

shell::named_stream! {
    /// The stream of [`TryStreamExt::try_chunks`](super::TryStreamExt::try_chunks).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the items of a chunk that is not full.
    ///
    /// # Allocation
    ///
    /// One for each chunk; more if it has more than 1024 items.
    TryChunks<St> where [St: TryStream] is Chunked<Tries<St>, Succeeded, St::Ok>;
    new(stream: St, capacity: usize) = Chunked::new(Tries::new(stream), capacity);
    impl[St: TryStream] Stream<Item = Result<Vec<St::Ok>, TryChunksError<St::Ok, St::Error>>>;
}

/// What has succeeded, where chunks do not wait.
struct ReadySucceeded;

impl<T, E> Kind<Result<T, E>> for ReadySucceeded {
    type Part = T;
    type Error = E;
    type Chunk = Result<Vec<T>, TryReadyChunksError<T, E>>;
    const READY: bool = true;
    const MAY_FAIL: bool = true;

    #[inline]
    fn open(item: Result<T, E>) -> Result<T, E> {
        item
    }

    fn whole(parts: Vec<T>) -> Self::Chunk {
        Ok(parts)
    }

    fn broken(parts: Vec<T>, error: E) -> Self::Chunk {
        Err(TryReadyChunksError(parts, error))
    }
}

shell::named_stream! {
    /// The stream of [`TryStreamExt::try_ready_chunks`](super::TryStreamExt::try_ready_chunks).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source, unless there are more than 128 items at once: then it may have some of them.
    ///
    /// # Allocation
    ///
    /// Each chunk is a vector that grows as items come.
    TryReadyChunks<St> where [St: TryStream] is Chunked<Tries<St>, ReadySucceeded, St::Ok>;
    new(stream: St, capacity: usize) = Chunked::new(Tries::new(stream), capacity);
    impl[St: TryStream] Stream<Item = Result<Vec<St::Ok>, TryReadyChunksError<St::Ok, St::Error>>>;
}

/// Declares the error of a chunk that met one: two types that are the same but for the name.
macro_rules! chunk_error {
    ($(#[$docs:meta])* $Name:ident) => {
        $(#[$docs])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $Name<T, E>(
            /// The items before the error.
            pub Vec<T>,
            /// The error.
            pub E,
        );

        impl<T, E: fmt::Debug> fmt::Debug for $Name<T, E> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.1.fmt(f)
            }
        }

        impl<T, E: fmt::Display> fmt::Display for $Name<T, E> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.1.fmt(f)
            }
        }

        impl<T, E: fmt::Debug + fmt::Display> core::error::Error for $Name<T, E> {}
    };
}

chunk_error! {
    /// An error of the source of [`try_chunks`](super::TryStreamExt::try_chunks), and the items before it. It reads like the
    /// error.
    TryChunksError
}

chunk_error! {
    /// An error of the source of [`try_ready_chunks`](super::TryStreamExt::try_ready_chunks), and the items before it. It reads
    /// like the error.
    TryReadyChunksError
}
