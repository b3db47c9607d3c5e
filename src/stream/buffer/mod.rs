//! Streams of futures, of which a number are kept going at a time.
//!
//! All of them are a [`Buffer`]: a source, a queue of futures, and a limit. They differ in the [`Queue`], which gives
//! outputs in the order of the futures or as they come, and in what they make of an item of the source.

mod drive;
mod plain;
mod queue;
mod weighted;

use core::pin::Pin;
use core::task::{Context, Poll};

pub use self::drive::{Drive, Driven};
pub use self::plain::{BufferUnordered, Buffered, MapConcurrent, TryBufferUnordered, TryBuffered};
use self::queue::{Queue, Tried, Unordered};
pub use self::weighted::{BufferUnorderedWeighted, BufferedWeighted};
use crate::internal::budget::Budget;
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

/// How many items of the source one poll takes at most.
pub(super) const MOST: usize = Budget::ROUNDS as usize;

/// What becomes of an item of the source.
enum Pull<F, T> {
    /// A future, which is started.
    Start(F),
    /// It goes on as it is: a failure of the source.
    Give(T),
}

pin_project! {
    /// A source, the futures that it has given, and how many of them there may be at a time, whose outputs were not taken.
    struct Buffer<St, Q> {
        #[pin]
        source: Live<St>,
        queue: Q,
        limit: usize,
    }
}

impl<St, Q> Buffer<St, Q> {
    #[track_caller]
    fn new<F: Future>(source: St, limit: usize) -> Self
    where
        Q: Queue<F>,
    {
        assert!(limit > 0, "a buffer for no futures would never give anything");
        Self { source: Live::new(source), queue: Q::new(limit), limit }
    }

    fn is_over<F: Future>(&self) -> bool
    where
        Q: Queue<F>,
    {
        self.source.is_over() && self.queue.len() == 0
    }

    /// `hint` is what the source says of itself, while it is there.
    fn size_hint<F: Future>(&self, hint: impl FnOnce(&St) -> (usize, Option<usize>)) -> (usize, Option<usize>)
    where
        Q: Queue<F>,
    {
        let (least, most) = self.source.state().map_or((0, Some(0)), hint);
        let queue = self.queue.len();
        (least.saturating_add(queue), most.and_then(|most| most.checked_add(queue)))
    }

    /// Starts as many futures as there may be. Gives what is to go on as it is, and says whether there may be more to start.
    fn fill<F: Future>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pull: &mut impl FnMut(Pin<&mut St>, &mut Context<'_>) -> Poll<Option<Pull<F, F::Output>>>,
    ) -> (Option<F::Output>, bool)
    where
        Q: Queue<F>,
    {
        let mut this = self.as_mut().project();
        for _ in 0..MOST {
            if this.queue.len() >= *this.limit || this.source.is_over() {
                return (None, false);
            }
            match this.source.as_mut().poll_next(|source| pull(source, cx)) {
                Poll::Ready(Some(Pull::Start(future))) => this.queue.start(future),
                Poll::Ready(Some(Pull::Give(item))) => return (Some(item), true),
                Poll::Ready(None) | Poll::Pending => return (None, false),
            }
        }
        (None, this.queue.len() < *this.limit && !this.source.is_over())
    }

    #[inline]
    fn poll_next<F: Future>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut pull: impl FnMut(Pin<&mut St>, &mut Context<'_>) -> Poll<Option<Pull<F, F::Output>>>,
    ) -> Poll<Option<F::Output>>
    where
        Q: Queue<F>,
    {
        let (given, more) = self.as_mut().fill(cx, &mut pull);
        if given.is_some() {
            return Poll::Ready(given);
        }
        let this = self.project();
        if this.queue.len() == 0 {
            this.queue.idle(cx);
            return if this.source.is_over() { Poll::Ready(None) } else { Poll::Pending };
        }
        let poll = this.queue.poll(cx);
        if more && poll.is_pending() {
            cx.waker().wake_by_ref();
        }
        poll
    }

    /// Has the futures go on, and keeps what they give.
    fn drive<F: Future>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut pull: impl FnMut(Pin<&mut St>, &mut Context<'_>) -> Poll<Option<Pull<F, F::Output>>>,
    ) where
        Q: Queue<F>,
    {
        let (given, more) = self.as_mut().fill(cx, &mut pull);
        let queue = self.project().queue;
        if let Some(given) = given {
            queue.keep(given);
        }
        if queue.len() == 0 {
            return queue.idle(cx);
        }
        queue.drive(cx);
        if more {
            cx.waker().wake_by_ref();
        }
    }
}
