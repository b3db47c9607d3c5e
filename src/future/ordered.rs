//! `FuturesOrdered`: a set of futures that grows, and gives what they give in their order.

use alloc::collections::VecDeque;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use crate::internal::pin_project::pin_project;
use crate::internal::pool::{Pool, Visit, sound};

/// A queue of futures, all of which are on their way, and whose outputs come in the order of the queue.
///
/// It is a [`Stream`] of the outputs. An output that is there before those in front of it are is kept until its turn. Where the
/// order does not matter, [`FuturesUnordered`](super::FuturesUnordered) gives each output as soon as it is there.
///
/// Futures are polled only while the queue is polled; see [`FuturesUnordered`](super::FuturesUnordered) for what that means.
///
/// # After the end
///
/// The stream gives `None` while the queue is empty, and goes on when another future is pushed; a task that waits for that is
/// woken. It is [terminated](FusedStream::is_terminated) from a `None` to the next push.
///
/// # Panics
///
/// The panic of a future reaches whoever polls the queue. That future is gone then, and the queue goes on with the others.
///
/// # Cancel safety
///
/// Nothing is lost when a wait for the next output is dropped. Dropping the queue drops its futures, and outputs whose turn has
/// not come.
///
/// # Fairness
///
/// As [`FuturesUnordered`](super::FuturesUnordered): futures that were woken are polled in rounds. While the output at the front is
/// there already, the others are not polled.
///
/// # Allocation
///
/// O(log N) for N futures, and none any longer once there is room for as many as there are at a time, waiting or done.
///
/// # Examples
///
/// ```
/// use anywhen::future::{FuturesOrdered, yield_now};
/// use anywhen::prelude::*;
///
/// # anywhen::rt::Std.block_on(async {
/// async fn work(rounds: u32) -> u32 {
///     for _ in 0..rounds {
///         yield_now().await;
///     }
///     rounds
/// }
///
/// let mut queue = FuturesOrdered::new();
/// queue.push_back(work(2));
/// queue.push_back(work(0));
/// queue.push_front(work(1));
/// assert_eq!(queue.collect::<Vec<_>>().await, [1, 2, 0]);
/// # });
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct FuturesOrdered<T: Future> {
    pool: Pool<Numbered<T>>,
    outputs: Outputs<T::Output>,
}

pin_project! {
    /// A future, and its place in the queue.
    struct Numbered<T> {
        number: usize,
        #[pin]
        future: T,
    }
}

/// What has come of the futures, in their order.
struct Outputs<T> {
    places: VecDeque<Place<T>>,
    /// The number of the place at the front. Numbers go round.
    first: usize,
    lost: usize,
}

enum Place<T> {
    Waits,
    Done(T),
    /// The future panicked.
    Lost,
}

// Futures are pinned where they lie, and outputs are not pinned.
impl<T: Future> Unpin for FuturesOrdered<T> {}

impl<T> Outputs<T> {
    /// Adds a place at the end, and gives its number.
    fn push_back(&mut self) -> usize {
        self.places.push_back(Place::Waits);
        self.first.wrapping_add(self.places.len() - 1)
    }

    /// Adds a place at the front, and gives its number.
    fn push_front(&mut self) -> usize {
        self.places.push_front(Place::Waits);
        self.first = self.first.wrapping_sub(1);
        self.first
    }

    fn advance(&mut self) -> Option<Place<T>> {
        let place = self.places.pop_front()?;
        self.first = self.first.wrapping_add(1);
        Some(place)
    }

    /// What is at the front, if it is there.
    fn pop(&mut self) -> Option<T> {
        while let Some(Place::Lost) = self.places.front() {
            self.advance();
            self.lost -= 1;
        }
        match self.places.front()? {
            Place::Done(_) => match self.advance() {
                Some(Place::Done(output)) => Some(output),
                _ => unreachable!("it was seen there"),
            },
            _ => None,
        }
    }

    /// Polls a future. What it gives comes with its place.
    #[inline]
    fn poll<F: Future<Output = T>>(&mut self, child: Pin<&mut Numbered<F>>, cx: &mut Context<'_>) -> Poll<(usize, T)> {
        let child = child.project();
        let place = child.number.wrapping_sub(self.first);
        let polled = Polled { outputs: self, place };
        let poll = child.future.poll(cx);
        core::mem::forget(polled);
        poll.map(|output| (place, output))
    }
}

/// While a future is polled: if it panics, there will be no output.
struct Polled<'a, T> {
    outputs: &'a mut Outputs<T>,
    place: usize,
}

impl<T> Drop for Polled<'_, T> {
    fn drop(&mut self) {
        self.outputs.places[self.place] = Place::Lost;
        self.outputs.lost += 1;
    }
}

impl<T: Future> FuturesOrdered<T> {
    /// An empty queue. Allocates nothing.
    #[inline]
    pub const fn new() -> Self {
        let outputs = Outputs { places: VecDeque::new(), first: 0, lost: 0 };
        Self { pool: Pool::new(), outputs }
    }

    /// An empty queue that has room for so many futures.
    pub fn with_capacity(capacity: usize) -> Self {
        let outputs = Outputs { places: VecDeque::with_capacity(capacity), first: 0, lost: 0 };
        Self { pool: Pool::with_capacity(capacity), outputs }
    }

    /// How many outputs are to come.
    #[inline]
    pub fn len(&self) -> usize {
        self.outputs.places.len() - self.outputs.lost
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts a future in at the end. If a task waits for the queue, it is woken.
    pub fn push_back(&mut self, future: T) {
        let number = self.outputs.push_back();
        self.push_numbered(number, future);
    }

    /// Puts a future in at the front: its output comes next, before all that are there. If a task waits for the queue, it is
    /// woken.
    pub fn push_front(&mut self, future: T) {
        let number = self.outputs.push_front();
        self.push_numbered(number, future);
    }

    /// As [`push_back`](Self::push_back), by its old name.
    #[deprecated = "use `push_back` instead"]
    pub fn push(&mut self, future: T) {
        self.push_back(future);
    }

    fn push_numbered(&mut self, number: usize, future: T) {
        self.pool.insert(Numbered { number, future });
        sound(self.pool.alarm());
    }

    /// Puts a future in at the end during a poll that is going to poll the queue.
    #[inline]
    pub(crate) fn push_back_to_poll(&mut self, future: T) {
        let number = self.outputs.push_back();
        self.pool.insert_to_poll(Numbered { number, future });
    }

    /// Puts an output in at the end.
    pub(crate) fn push_back_done(&mut self, output: T::Output) {
        self.outputs.places.push_back(Place::Done(output));
    }

    /// See [`Pool::idle`].
    pub(crate) fn idle(&mut self, cx: &Context<'_>) {
        self.pool.idle(cx);
    }

    /// Has the futures go on, and keeps all that they give.
    pub(crate) fn poll_ahead(&mut self, cx: &mut Context<'_>) {
        let Self { pool, outputs, .. } = self;
        let _all_wait_or_are_done = pool.poll(cx, |_, child, cx| match outputs.poll(child, cx) {
            Poll::Pending => Visit::<()>::Waits,
            Poll::Ready((place, output)) => {
                outputs.places[place] = Place::Done(output);
                Visit::Goes
            }
        });
    }

    /// The sum of what is said of each future and each output that there is.
    pub(crate) fn sum(&self, future: impl Fn(&T) -> usize, output: impl Fn(&T::Output) -> usize) -> usize {
        let done = self.outputs.places.iter().map(|place| match place {
            Place::Done(done) => output(done),
            Place::Waits | Place::Lost => 0,
        });
        self.pool.sum(|child| future(&child.future)) + done.sum::<usize>()
    }

    /// A queue for up to so many, of which there may be far fewer.
    pub(crate) fn for_up_to(futures: usize) -> Self {
        Self { pool: Pool::for_up_to(futures), ..Self::new() }
    }

    /// Drops all futures and outputs. There is room for as many as before.
    pub fn clear(&mut self) {
        self.outputs.lost = 0;
        let places = core::mem::take(&mut self.outputs.places);
        self.pool.clear();
        drop(places);
    }
}

impl<T: Future> Stream for FuturesOrdered<T> {
    type Item = T::Output;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T::Output>> {
        let Self { pool, outputs } = self.get_mut();
        if let Some(output) = outputs.pop() {
            return Poll::Ready(Some(output));
        }
        let poll = pool.poll(cx, |_, child, cx| match outputs.poll(child, cx) {
            Poll::Pending => Visit::Waits,
            Poll::Ready((0, output)) => {
                outputs.advance();
                Visit::Ends(output)
            }
            Poll::Ready((place, output)) => {
                outputs.places[place] = Place::Done(output);
                Visit::Goes
            }
        });
        match poll {
            // There is nobody left to wait for; but whoever was to come before may have panicked.
            Poll::Ready(None) => Poll::Ready(outputs.pop()),
            poll => poll,
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<T: Future> FusedStream for FuturesOrdered<T> {
    fn is_terminated(&self) -> bool {
        self.pool.is_terminated() && self.is_empty()
    }
}

impl<T: Future> Default for FuturesOrdered<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Future> Extend<T> for FuturesOrdered<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, futures: I) {
        futures.into_iter().for_each(|future| self.push_back(future));
    }
}

impl<T: Future> FromIterator<T> for FuturesOrdered<T> {
    fn from_iter<I: IntoIterator<Item = T>>(futures: I) -> Self {
        let futures = futures.into_iter();
        let mut queue = Self::for_up_to(futures.size_hint().0);
        queue.extend(futures);
        queue
    }
}

impl<T: Future> fmt::Debug for FuturesOrdered<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FuturesOrdered").field("len", &self.len()).finish_non_exhaustive()
    }
}
