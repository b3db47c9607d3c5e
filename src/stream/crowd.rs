//! The children that come of a stream's items, a number of them at a time: what `for_each_concurrent` and `flatten_unordered`
//! share.

use core::ops::ControlFlow;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::buffer::MOST;
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;
use crate::internal::pool::{Pool, Visit};

pin_project! {
    /// A source, the children that have come of its items, and how many of them there may be at a time.
    pub(super) struct Crowd<St, C> {
        #[pin]
        source: Live<St>,
        pool: Pool<C>,
        limit: usize,
    }
}

impl<St, C> Crowd<St, C> {
    /// No limit, or zero, is no limit.
    pub(super) fn new(source: St, limit: Option<usize>) -> Self {
        let (limit, pool) = match limit {
            None | Some(0) => (usize::MAX, Pool::new()),
            Some(limit) => (limit, Pool::for_up_to(limit)),
        };
        Self { source: Live::new(source), pool, limit }
    }

    /// Whether the source has ended, and all children have gone.
    pub(super) fn is_over(&self) -> bool {
        self.source.is_over() && self.pool.len() == 0
    }

    /// How many children there are.
    pub(super) fn len(&self) -> usize {
        self.pool.len()
    }

    /// Makes children of what there is, up to the limit, and polls those that were woken, until there is something to give: from the
    /// source, by `pull`, or from a child, by `visit`. It is `None` when the source has ended and all children have gone.
    ///
    /// Each child is polled once at most.
    pub(super) fn poll<T>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut pull: impl FnMut(Pin<&mut St>, &mut Context<'_>) -> Poll<Option<ControlFlow<T, C>>>,
        mut visit: impl FnMut(Pin<&mut C>, &mut Context<'_>) -> Visit<T>,
    ) -> Poll<Option<T>> {
        let mut this = self.project();
        let mut taken = 0;
        let mut source_waits = false;
        this.pool.begin();
        loop {
            while !source_waits && !this.source.is_over() && this.pool.len() < *this.limit && taken < MOST {
                match this.source.as_mut().poll_next(|source| pull(source, cx)) {
                    Poll::Ready(Some(ControlFlow::Continue(child))) => this.pool.insert_to_poll(child),
                    Poll::Ready(Some(ControlFlow::Break(given))) => return Poll::Ready(Some(given)),
                    Poll::Ready(None) => {}
                    Poll::Pending => source_waits = true,
                }
                taken += 1;
            }
            if this.pool.len() == 0 {
                this.pool.idle(cx);
            } else if let Poll::Ready(Some(given)) = this.pool.go_on(cx, |_, child, cx| visit(child, cx)) {
                return Poll::Ready(Some(given));
            }
            if this.source.is_over() {
                return if this.pool.len() == 0 { Poll::Ready(None) } else { Poll::Pending };
            }
            if source_waits || this.pool.len() >= *this.limit {
                return Poll::Pending;
            }
            // Children have gone, and others may come in their place.
            if taken == MOST {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
    }
}
