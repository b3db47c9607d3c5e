//! A stream, and what is to be done with each of its items: the machine in most of what this folder has.
//!
//! A [`Step`] takes an item and says what comes of it: something is given, nothing is, or a future is to be awaited first,
//! and the step decides by what comes of that. [`Steps`] is the stream of what is given. [`Drain`] is a future that is done
//! with the first thing that is given, or with what the step has come to when there are no more items.
//!
//! Whatever ends one of them, be it a panic, drops all that it is made of.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::stream::Stream;

use crate::internal::budget::Budget;
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

/// What is to be done with items `T`, where a future that is awaited for one gives `A`.
pub(super) trait Step<T, A> {
    /// What is awaited for an item.
    type Future;
    /// What comes out.
    type Given;

    /// Whether there is any use for another item. If not, that is the end.
    #[inline]
    fn wants_more(&self) -> bool {
        true
    }

    /// Takes an item.
    fn take(&mut self, item: T) -> Move<Self::Future, Self::Given>;

    /// Takes what has come of the future for the item before.
    fn settle(&mut self, output: A) -> Move<Self::Future, Self::Given>;

    /// Nothing comes of the future for the item before: it has failed.
    #[inline]
    fn forget(&mut self) {}

    /// How many things will be given for so many items. If any may be passed over, this is good enough.
    #[inline]
    fn size_hint(&self, (_, most): (usize, Option<usize>)) -> (usize, Option<usize>) {
        (0, most)
    }
}

/// What comes of an item.
pub(super) enum Move<F, G> {
    /// The future has to be awaited first.
    Await(F),
    /// Something is given.
    Give(G),
    /// Nothing; on to the next.
    Pass,
    /// Nothing, and there will be no more.
    End,
}

impl<F, G> Move<F, G> {
    /// The same with other things.
    #[inline]
    pub(super) fn map<F2, G2>(self, future: impl FnOnce(F) -> F2, given: impl FnOnce(G) -> G2) -> Move<F2, G2> {
        match self {
            Self::Await(awaited) => Move::Await(future(awaited)),
            Self::Give(value) => Move::Give(given(value)),
            Self::Pass => Move::Pass,
            Self::End => Move::End,
        }
    }
}

/// A step that has come to something when there are no more items.
pub(super) trait Last<T, A>: Step<T, A> {
    /// What it has come to.
    fn last(&mut self) -> Self::Given;
}

/// The future of a step that awaits none.
pub(super) enum Never {}

impl Future for Never {
    type Output = Self;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self> {
        match *self {}
    }
}

pin_project! {
    /// The stream of what a step gives: to be fused, for it does not look whether it is over.
    pub(super) struct Steps<St, S, Fut> {
        #[pin]
        stream: St,
        step: S,
        #[pin]
        awaited: Option<Fut>,
    }
}

impl<St, S, Fut> Steps<St, S, Fut> {
    #[inline]
    pub(super) const fn new(stream: St, step: S) -> Self {
        Self { stream, step, awaited: None }
    }
}

impl<St, S, Fut> Stream for Steps<St, S, Fut>
where
    St: Stream,
    S: Step<St::Item, Fut::Output, Future = Fut>,
    Fut: Future,
{
    type Item = S::Given;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Given>> {
        let mut this = self.project();
        let mut budget = Budget::new();
        loop {
            let next = match this.awaited.as_mut().as_pin_mut() {
                Some(future) => {
                    let output = ready!(future.poll(cx));
                    this.awaited.set(None);
                    this.step.settle(output)
                }
                None => {
                    if !this.step.wants_more() {
                        return Poll::Ready(None);
                    }
                    ready!(budget.poll_round(cx));
                    match ready!(this.stream.as_mut().poll_next(cx)) {
                        Some(item) => this.step.take(item),
                        None => return Poll::Ready(None),
                    }
                }
            };
            match next {
                Move::Await(future) => this.awaited.set(Some(future)),
                Move::Give(given) => return Poll::Ready(Some(given)),
                Move::Pass => {}
                Move::End => return Poll::Ready(None),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.stream.size_hint();
        let awaited = usize::from(self.awaited.is_some());
        self.step.size_hint((least.saturating_add(awaited), most.and_then(|most| most.checked_add(awaited))))
    }
}

pin_project! {
    /// The future of what a step comes to.
    pub(super) struct Drain<St, S, Fut> {
        #[pin]
        steps: Live<Steps<St, S, Fut>>,
    }
}

impl<St, S, Fut> Drain<St, S, Fut> {
    #[inline]
    pub(super) fn new(stream: St, step: S) -> Self {
        Self { steps: Live::new(Steps::new(stream, step)) }
    }

    pub(super) fn is_over(&self) -> bool {
        self.steps.is_over()
    }

    /// The `Debug` of the future called `name` that this is part of.
    pub(super) fn debug(&self, name: &'static str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.debug(name, f)
    }
}

impl<St, S, Fut> Drain<St, S, Fut>
where
    St: Stream,
    S: Last<St::Item, Fut::Output, Future = Fut>,
    Fut: Future,
{
    /// One poll of the future called `name` that this is part of.
    #[inline]
    pub(super) fn poll(self: Pin<&mut Self>, name: &'static str, cx: &mut Context<'_>) -> Poll<S::Given> {
        self.project().steps.poll(name, |mut steps| match ready!(steps.as_mut().poll_next(cx)) {
            Some(given) => Poll::Ready(given),
            None => Poll::Ready(steps.project().step.last()),
        })
    }
}
