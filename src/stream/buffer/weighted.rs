//! The buffers with a limit on the sum of what the futures cost.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use super::{Drive, MOST, Queue, Unordered};
use crate::future::FuturesOrdered;
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

/// For how many futures there is room at first. A limit on costs does not say how many there will be: it may be in bytes.
const FEW: usize = 16;

pin_project! {
    /// A future, and what it costs, which comes with its output.
    pub(super) struct Weighed<F> {
        cost: usize,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Weighed<F> {
    type Output = (usize, F::Output);

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        this.future.poll(cx).map(|output| (*this.cost, output))
    }
}

/// A buffer over a source of costs and futures, with one queue or the other.
macro_rules! weighted {
    ($(#[$docs:meta])* $name:ident, $queue:ident) => {
        pin_project! {
            $(#[$docs])*
            #[must_use = "streams do nothing unless polled"]
            pub struct $name<St, Fut>
            where
                Fut: Future,
            {
                #[pin]
                source: Live<St>,
                queue: $queue<Weighed<Fut>>,
                // What the source gave last, if it has to wait until there is room.
                next: Option<Weighed<Fut>>,
                // What costs that which was started, and whose output was not taken.
                used: usize,
                limit: usize,
            }
        }

        impl<St, Fut> $name<St, Fut>
        where
            St: Stream<Item = (usize, Fut)>,
            Fut: Future,
        {
            #[track_caller]
            pub(in crate::stream) fn new(source: St, limit: usize) -> Self {
                assert!(limit > 0, "a buffer without room would never give anything");
                Self { source: Live::new(source), queue: Queue::<Weighed<Fut>>::new(limit.min(FEW)), next: None, used: 0, limit }
            }

            /// How many futures have been started whose outputs were not taken.
            pub fn in_flight(&self) -> usize {
                Queue::<Weighed<Fut>>::len(&self.queue)
            }

            /// What these cost in all.
            pub fn in_use(&self) -> usize {
                self.used
            }

            /// Lets the queue do something; if a future panics meanwhile, what it cost is free.
            fn with_queue<R>(self: Pin<&mut Self>, run: impl FnOnce(&mut $queue<Weighed<Fut>>) -> R) -> R {
                struct Recount<'a, Fut: Future> {
                    queue: &'a mut $queue<Weighed<Fut>>,
                    used: &'a mut usize,
                }

                impl<Fut: Future> Drop for Recount<'_, Fut> {
                    fn drop(&mut self) {
                        *self.used = Queue::<Weighed<Fut>>::sum(self.queue, |future| future.cost, |(cost, _)| *cost);
                    }
                }

                let this = self.project();
                let recount = Recount { queue: this.queue, used: this.used };
                let result = run(recount.queue);
                core::mem::forget(recount);
                result
            }

            /// Starts what there is room for, and says whether there may be more.
            fn fill(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
                let mut this = self.project();
                for _ in 0..MOST {
                    if this.next.is_none() && *this.used < *this.limit && !this.source.is_over() {
                        match this.source.as_mut().poll_next(|source| source.poll_next(cx)) {
                            Poll::Ready(Some((cost, future))) => *this.next = Some(Weighed { cost: cost.max(1), future }),
                            Poll::Ready(None) | Poll::Pending => return false,
                        }
                    }
                    let (used, limit) = (*this.used, *this.limit);
                    let fits = |next: &mut Weighed<Fut>| used == 0 || next.cost <= limit - used.min(limit);
                    let Some(next) = this.next.take_if(fits) else { return false };
                    *this.used += next.cost;
                    this.queue.start(next);
                }
                *this.used < *this.limit && !this.source.is_over()
            }
        }

        impl<St, Fut> Stream for $name<St, Fut>
        where
            St: Stream<Item = (usize, Fut)>,
            Fut: Future,
        {
            type Item = Fut::Output;

            fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Fut::Output>> {
                let more = self.as_mut().fill(cx);
                if self.in_flight() == 0 {
                    Queue::<Weighed<Fut>>::idle(self.as_mut().project().queue, cx);
                    return if self.source.is_over() { Poll::Ready(None) } else { Poll::Pending };
                }
                let poll = self.as_mut().with_queue(|queue| Queue::<Weighed<Fut>>::poll(queue, cx));
                if more && poll.is_pending() {
                    cx.waker().wake_by_ref();
                }
                poll.map(|next| {
                    next.map(|(cost, output)| {
                        *self.project().used -= cost;
                        output
                    })
                })
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                let (least, most) = self.source.state().map_or((0, Some(0)), St::size_hint);
                let here = self.in_flight() + usize::from(self.next.is_some());
                (least.saturating_add(here), most.and_then(|most| most.checked_add(here)))
            }
        }

        impl<St, Fut> FusedStream for $name<St, Fut>
        where
            St: Stream<Item = (usize, Fut)>,
            Fut: Future,
        {
            fn is_terminated(&self) -> bool {
                self.source.is_over() && self.next.is_none() && self.in_flight() == 0
            }
        }

        impl<St, Fut> Drive for $name<St, Fut>
        where
            St: Stream<Item = (usize, Fut)>,
            Fut: Future,
        {
            fn poll_drive(mut self: Pin<&mut Self>, cx: &mut Context<'_>) {
                let more = self.as_mut().fill(cx);
                if self.in_flight() == 0 {
                    return Queue::<Weighed<Fut>>::idle(self.project().queue, cx);
                }
                self.with_queue(|queue| Queue::<Weighed<Fut>>::drive(queue, cx));
                if more {
                    cx.waker().wake_by_ref();
                }
            }
        }

        impl<St, Fut: Future> fmt::Debug for $name<St, Fut> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("in_use", &self.used).field("limit", &self.limit).finish_non_exhaustive()
            }
        }
    };
}

weighted! {
    /// The stream of [`StreamExt::buffered_weighted`](super::super::StreamExt::buffered_weighted).
    ///
    /// It can be [driven](Drive) while something else is awaited. A future that panics is gone, and the others go on.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping the stream drops futures that were started, the one that
    /// waits for room, and outputs that were not taken.
    BufferedWeighted, FuturesOrdered
}

weighted! {
    /// The stream of [`StreamExt::buffer_unordered_weighted`](super::super::StreamExt::buffer_unordered_weighted).
    ///
    /// It can be [driven](Drive) while something else is awaited. A future that panics is gone, and the others go on.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping the stream drops futures that were started, the one that
    /// waits for room, and outputs that were not taken, if it was [driven](Drive).
    BufferUnorderedWeighted, Unordered
}
