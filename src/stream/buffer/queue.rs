//! The futures of a buffer: those that are on their way, and what they have given.

use alloc::collections::VecDeque;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{Stream, TryFuture};

use crate::future::FuturesOrdered;
use crate::internal::pin_project::pin_project;
use crate::internal::pool::{Pool, Visit};

/// Futures whose outputs come in one order or another.
pub(super) trait Queue<F: Future> {
    /// For up to so many futures, of which there may be far fewer.
    fn new(limit: usize) -> Self;

    /// How many outputs are to come.
    fn len(&self) -> usize;

    /// Takes in a future, within a poll that is going to poll the queue, or drive it.
    fn start(&mut self, future: F);

    /// Takes in an output that was there without a future.
    fn keep(&mut self, output: F::Output);

    /// The next output. There is one to come.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Output>>;

    /// Has the futures go on, and keeps what they give.
    fn drive(&mut self, cx: &mut Context<'_>);

    /// There are no futures, and the task may be another than before.
    fn idle(&mut self, cx: &Context<'_>);

    /// The sum of what is said of each future and each output that there is.
    fn sum(&self, future: impl Fn(&F) -> usize, output: impl Fn(&F::Output) -> usize) -> usize;
}

/// Futures whose outputs come as they are ready.
pub(super) struct Unordered<F: Future> {
    pool: Pool<F>,
    /// Outputs that were not asked for yet.
    done: VecDeque<F::Output>,
}

// The futures lie in the pool, and outputs are not pinned.
impl<F: Future> Unpin for Unordered<F> {}

impl<F: Future> Queue<F> for Unordered<F> {
    fn new(limit: usize) -> Self {
        Self { pool: Pool::for_up_to(limit), done: VecDeque::new() }
    }

    #[inline]
    fn len(&self) -> usize {
        self.pool.len() + self.done.len()
    }

    #[inline]
    fn start(&mut self, future: F) {
        self.pool.insert_to_poll(future);
    }

    fn keep(&mut self, output: F::Output) {
        self.done.push_back(output);
    }

    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        if let Some(output) = self.done.pop_front() {
            return Poll::Ready(Some(output));
        }
        self.pool.poll(cx, |_, future, cx| match future.poll(cx) {
            Poll::Pending => Visit::Waits,
            Poll::Ready(output) => Visit::Ends(output),
        })
    }

    fn drive(&mut self, cx: &mut Context<'_>) {
        let done = &mut self.done;
        let _all_wait_or_are_done = self.pool.poll(cx, |_, future, cx| match future.poll(cx) {
            Poll::Pending => Visit::<()>::Waits,
            Poll::Ready(output) => {
                done.push_back(output);
                Visit::Goes
            }
        });
    }

    fn idle(&mut self, cx: &Context<'_>) {
        self.pool.idle(cx);
    }

    fn sum(&self, future: impl Fn(&F) -> usize, output: impl Fn(&F::Output) -> usize) -> usize {
        self.pool.sum(future) + self.done.iter().map(output).sum::<usize>()
    }
}

impl<F: Future> Queue<F> for FuturesOrdered<F> {
    fn new(limit: usize) -> Self {
        Self::for_up_to(limit)
    }

    #[inline]
    fn len(&self) -> usize {
        Self::len(self)
    }

    #[inline]
    fn start(&mut self, future: F) {
        self.push_back_to_poll(future);
    }

    fn keep(&mut self, output: F::Output) {
        self.push_back_done(output);
    }

    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        Pin::new(self).poll_next(cx)
    }

    fn drive(&mut self, cx: &mut Context<'_>) {
        self.poll_ahead(cx);
    }

    fn idle(&mut self, cx: &Context<'_>) {
        Self::idle(self, cx);
    }

    fn sum(&self, future: impl Fn(&F) -> usize, output: impl Fn(&F::Output) -> usize) -> usize {
        Self::sum(self, future, output)
    }
}

pin_project! {
    /// A `TryFuture` as the future of a `Result`, which the bound alone does not tell the compiler.
    pub(super) struct Tried<F> {
        #[pin]
        pub(super) future: F,
    }
}

impl<F: TryFuture> Future for Tried<F> {
    type Output = Result<F::Ok, F::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().future.try_poll(cx)
    }
}
