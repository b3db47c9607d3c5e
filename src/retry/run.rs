//! The course of a retry: attempts, and delays between them.
//!
//! The way of a run that succeeds at once is short, and inlined into whoever awaits it. Everything else is apart, and so
//! is the state that only it needs.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use super::progress::Progress;
use super::strategy::Decide;
use super::work::{Driven, Task, Work};
use crate::internal::budget::Budget;
use crate::internal::outlined::Outlined;
use crate::internal::pin_project::pin_project;
use crate::time::Timer;

pin_project! {
    pub(super) struct Run<Op, P, T, F, S, D> {
        op: Op,
        strategy: P,
        timer: T,
        // The one under way. If there is none, there is a delay, or one is to be begun.
        #[pin]
        attempt: Option<F>,
        #[pin]
        later: Option<Outlined<Later<S, D>>>,
    }
}

pin_project! {
    /// What a run needs that does not succeed at once.
    struct Later<S, D> {
        progress: Progress<D>,
        // The delay between attempts, or the limit of the one under way.
        #[pin]
        sleep: Option<S>,
    }
}

impl<Op, P, T, F, S, D> Run<Op, P, T, F, S, D> {
    #[inline]
    pub(super) const fn new(op: Op, strategy: P, timer: T) -> Self {
        Self { op, strategy, timer, attempt: None, later: None }
    }

    /// What it was made of, unless it has been polled.
    #[inline]
    pub(super) fn into_parts(self) -> Option<(Op, P, T)> {
        (self.attempt.is_none() && self.later.is_none()).then_some((self.op, self.strategy, self.timer))
    }
}

/// What a retry of a task gives in the end.
pub(super) type End<Op, P> =
    <Op as Task>::End<Result<<Op as Work>::Value, <P as Decide<<Op as Work>::Value, <Op as Work>::Error>>::Error>>;

/// What came of an attempt, and whether to try again.
pub(super) type Tried<Op> = (Result<<Op as Work>::Value, <Op as Work>::Error>, bool);

impl<Op, P, T> Run<Op, P, T, Op::Attempt, T::Sleep, P::Delays>
where
    Op: Task,
    P: Decide<Op::Value, Op::Error>,
    T: Timer,
{
    /// The end, if the first attempt succeeds at once; or else what came of it, if it has been polled.
    #[inline]
    pub(super) fn poll_at_once(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Result<End<Op, P>, Option<Poll<Tried<Op>>>> {
        const {
            assert!(
                Op::CAN_BE_CUT || !P::CUTS,
                "an attempt that has the context cannot be cut: take `retry_mut`, or put a timeout into the operation"
            );
        }
        if self.later.is_some() {
            return Err(None);
        }
        match self.as_mut().poll_attempt(cx) {
            Poll::Ready((Ok(output), false)) => Ok(self.succeeded_with(output)),
            first => Err(Some(first)),
        }
    }

    /// Begins an attempt, if none is under way, and polls it. Says what came of it, and whether to try again.
    #[inline]
    fn poll_attempt(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Tried<Op>> {
        let attempt = self.as_mut().under_way();
        let output = match attempt.poll(cx) {
            Poll::Ready(output) => Ok(output),
            Poll::Pending => Err(ready!(self.as_mut().poll_limit(cx))),
        };
        let mut this = self.as_mut().project();
        // Before anybody is asked about its result.
        this.attempt.set(None);
        let result = output.and_then(|output| this.op.settle(Driven(()), output));
        let again = this.strategy.wants_retry(&result);
        Poll::Ready((result, again))
    }

    /// Goes on after `first`, if an attempt has been polled already.
    pub(super) fn poll_on(
        mut self: Pin<&mut Self>,
        mut first: Option<Poll<Tried<Op>>>,
        cx: &mut Context<'_>,
    ) -> Poll<End<Op, P>> {
        // Where no attempt waits for anything, others get their turn now and then.
        let mut budget = Budget::new();
        loop {
            ready!(budget.poll_round(cx));
            let attempt = match first.take() {
                Some(attempt) => attempt,
                None => {
                    ready!(self.as_mut().poll_delay(cx));
                    self.as_mut().poll_attempt(cx)
                }
            };
            match ready!(attempt) {
                (Ok(output), false) => return Poll::Ready(self.succeeded_with(output)),
                (result, again) => {
                    if let Some(end) = self.as_mut().failed(result, again) {
                        return Poll::Ready(self.project().op.end(Driven(()), end));
                    }
                }
            }
        }
    }

    /// The end, if it is a good one.
    #[inline]
    fn succeeded_with(mut self: Pin<&mut Self>, output: Op::Value) -> End<Op, P> {
        self.as_mut().succeeded();
        self.project().op.end(Driven(()), Ok(output))
    }
}

impl<Op, P, T> Run<Op, P, T, Op::Attempt, T::Sleep, P::Delays>
where
    Op: Work,
    P: Decide<Op::Value, Op::Error>,
    T: Timer,
{
    /// The attempt that is under way; one is begun if there is none.
    #[inline]
    pub(super) fn under_way(self: Pin<&mut Self>) -> Pin<&mut Op::Attempt> {
        let mut this = self.project();
        if this.attempt.is_none() {
            if this.later.is_none() {
                this.strategy.begins();
            }
            this.attempt.set(Some(this.op.begin(Driven(()))));
        }
        let Some(attempt) = this.attempt.as_pin_mut() else { unreachable!("there is an attempt") };
        attempt
    }

    /// Whether an attempt is under way.
    pub(super) fn is_under_way(&self) -> bool {
        self.attempt.is_some()
    }

    /// What is done.
    pub(super) fn op(&self) -> &Op {
        &self.op
    }

    /// What is done, and who tells the time.
    pub(super) fn op_and_timer(self: Pin<&mut Self>) -> (&mut Op, &T) {
        let this = self.project();
        (this.op, this.timer)
    }

    /// The attempt that is under way is well: its limit begins anew. If that `is_enough`, the run has succeeded, and the
    /// attempt becomes the first of another.
    #[inline]
    pub(super) fn has_worked(mut self: Pin<&mut Self>, is_enough: bool) {
        let mut later = self.as_mut().project().later;
        let Some(state) = later.as_mut().as_pin_mut() else { return };
        let mut state = state.get().project();
        state.sleep.set(None);
        if is_enough {
            let has_failed = state.progress.attempts() > 0;
            if has_failed {
                self.as_mut().succeeded();
                self.strategy.begins();
            }
            self.project().later.set(None);
        }
    }

    /// The attempt is over: drops it, and says whether there should be another.
    pub(super) fn judge(self: Pin<&mut Self>, result: &Result<Op::Value, Op::Error>) -> bool {
        let mut this = self.project();
        // Before anybody is asked about its result.
        this.attempt.set(None);
        this.strategy.wants_retry(result)
    }

    /// Between attempts: waits for the delay, if there is one.
    pub(super) fn poll_delay(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if let (None, Some(later)) = (this.attempt.as_pin_mut(), this.later.as_pin_mut().map(Outlined::get)) {
            let mut sleep = later.project().sleep;
            if let Some(delay) = sleep.as_mut().as_pin_mut() {
                ready!(delay.poll(cx));
                sleep.set(None);
            }
        }
        Poll::Ready(())
    }

    /// The attempt is pending: looks whether that has been so for too long.
    pub(super) fn poll_limit(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Op::Error> {
        let this = self.project();
        let limit = this.strategy.attempt_limit();
        if limit.is_none() && !Progress::<P::Delays>::is_timed(this.strategy) {
            return Poll::Pending;
        }
        let mut later = Later::needed(this.later).project();
        later.progress.is_under_way(this.strategy, this.timer);
        let Some((limit, error)) = limit else { return Poll::Pending };
        if later.sleep.is_none() {
            let deadline = this.strategy.deadline();
            let sleep =
                if deadline.is_never() { this.timer.sleep(limit) } else { deadline.sleep_on(this.timer, limit) };
            later.sleep.set(Some(sleep));
        }
        let Some(sleep) = later.sleep.as_pin_mut() else { unreachable!("there is a limit") };
        sleep.poll(cx).map(|()| error())
    }

    /// An attempt has ended well.
    #[inline]
    pub(super) fn succeeded(self: Pin<&mut Self>) {
        let this = self.project();
        match this.later.as_pin_mut() {
            Some(later) => later.get().project().progress.succeeded(this.strategy, this.timer),
            None if P::OBSERVED => Progress::<P::Delays>::new().succeeded(this.strategy, this.timer),
            None => {}
        }
    }

    /// An attempt has ended with something to do `again`, or with an error: goes to sleep, or gives the end.
    #[cold]
    #[inline(never)]
    pub(super) fn failed(
        self: Pin<&mut Self>,
        result: Result<Op::Value, Op::Error>,
        again: bool,
    ) -> Option<Result<Op::Value, P::Error>> {
        let this = self.project();
        let mut later = Later::needed(this.later).project();
        // The limit of the attempt, if there was one.
        later.sleep.set(None);
        match later.progress.failed(this.strategy, this.timer, &result, again) {
            Ok(delay) => {
                drop(result);
                if !delay.is_zero() {
                    later.sleep.set(Some(this.timer.sleep(delay)));
                }
                None
            }
            Err((standing, reason)) => Some(result.map_err(|error| P::error(error, standing, reason))),
        }
    }
}

impl<S, D: Iterator<Item = Duration>> Later<S, D> {
    /// The one that there is from now on.
    fn needed(mut later: Pin<&mut Option<Outlined<Self>>>) -> Pin<&mut Self> {
        if later.is_none() {
            later.set(Some(Outlined::new(Self { progress: Progress::new(), sleep: None })));
        }
        match later.as_pin_mut() {
            Some(later) => later.get(),
            None => unreachable!("it has been made"),
        }
    }
}
