//! The course of a retry: attempts, and delays between them.
//!
//! The way of a run that succeeds at once is short, and inlined into whoever awaits it. Everything else is apart, and so
//! is the state that only it needs.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use pin_project_lite::pin_project;

use super::nanos::Nanos;
use super::schedule::Course;
use super::strategy::{Decide, RetryEvent, Standing};
use super::{Operation, StopReason};
use crate::internal::budget::Budget;
use crate::internal::outlined::Outlined;
use crate::time::{Instant, Timer};

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
        // That have failed.
        attempts: u32,
        // When the first attempt was first pending, or failed; if anybody wants to know.
        started: Option<Instant>,
        // The delay between attempts, or the limit of the one under way.
        #[pin]
        sleep: Option<S>,
        // Begun when the first attempt has failed.
        course: Option<Course<D>>,
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

/// What came of an attempt, and whether to try again.
type Attempt<Op> = Poll<(Result<<Op as Operation>::Output, <Op as Operation>::Error>, bool)>;

impl<Op, P, T> Run<Op, P, T, Op::Future, T::Sleep, P::Delays>
where
    Op: Operation,
    P: Decide<Op::Output, Op::Error>,
    T: Timer,
{
    #[inline]
    pub(super) fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Op::Output, P::Error>> {
        if self.later.is_some() {
            return self.poll_on(None, cx);
        }
        match self.as_mut().poll_attempt(cx) {
            Poll::Ready((Ok(output), false)) => Poll::Ready(Ok(output)),
            first => self.poll_on(Some(first), cx),
        }
    }

    /// Begins an attempt, if none is under way, and polls it. Says what came of it, and whether to try again.
    #[inline]
    fn poll_attempt(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Attempt<Op> {
        let mut this = self.as_mut().project();
        if this.attempt.is_none() {
            this.attempt.set(Some(this.op.attempt()));
        }
        let Some(attempt) = this.attempt.as_pin_mut() else { unreachable!("there is an attempt") };
        let result = match attempt.poll(cx) {
            Poll::Ready(result) => result,
            Poll::Pending => Err(ready!(self.as_mut().poll_limit(cx))),
        };
        let mut this = self.project();
        // Before anybody is asked about its result.
        this.attempt.set(None);
        let again = this.strategy.wants_retry(&result);
        Poll::Ready((result, again))
    }

    /// Goes on after `first`, if an attempt has been polled already.
    #[inline(never)]
    fn poll_on(
        mut self: Pin<&mut Self>,
        mut first: Option<Attempt<Op>>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Op::Output, P::Error>> {
        // Where no attempt waits for anything, others get their turn now and then.
        let mut budget = Budget::new();
        loop {
            ready!(budget.poll_round(cx));
            let attempt = match first.take() {
                Some(attempt) => attempt,
                None => {
                    let this = self.as_mut().project();
                    if let (None, Some(later)) = (this.attempt.as_pin_mut(), this.later.as_pin_mut().map(Outlined::get))
                    {
                        ready!(later.poll_delay(cx));
                    }
                    self.as_mut().poll_attempt(cx)
                }
            };
            match ready!(attempt) {
                (Ok(output), false) => return Poll::Ready(Ok(output)),
                (result, again) => {
                    if let Some(end) = self.as_mut().failed(result, again) {
                        return Poll::Ready(end);
                    }
                }
            }
        }
    }

    /// The attempt is pending: looks whether that has been so for too long.
    fn poll_limit(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Op::Error> {
        let this = self.project();
        let (limit, is_timed) = (this.strategy.attempt_limit(), is_timed::<Op, P>(this.strategy));
        if limit.is_none() && !is_timed {
            return Poll::Pending;
        }
        let mut later = Later::needed(this.later).project();
        if is_timed && later.started.is_none() {
            *later.started = Some(this.timer.now());
        }
        let Some((limit, error)) = limit else { return Poll::Pending };
        if later.sleep.is_none() {
            later.sleep.set(Some(this.timer.sleep(limit)));
        }
        let Some(sleep) = later.sleep.as_pin_mut() else { unreachable!("there is a limit") };
        sleep.poll(cx).map(|()| error())
    }

    /// An attempt has ended with something to do `again`, or with an error: goes to sleep, or gives the end.
    #[cold]
    #[inline(never)]
    fn failed(
        self: Pin<&mut Self>,
        result: Result<Op::Output, Op::Error>,
        again: bool,
    ) -> Option<Result<Op::Output, P::Error>> {
        let this = self.project();
        let strategy = this.strategy;
        let mut later = Later::needed(this.later).project();
        // The limit of the attempt, if there was one.
        later.sleep.set(None);
        *later.attempts = later.attempts.saturating_add(1);
        let mut standing = Standing { attempts: *later.attempts, elapsed: Duration::ZERO };
        if is_timed::<Op, P>(strategy) {
            let now = this.timer.now();
            standing.elapsed = now - *later.started.get_or_insert(now);
        }
        let next = if again {
            let requested = strategy.requested_delay(&result);
            let course = later.course.get_or_insert_with(|| Course::new(strategy.backoff(), strategy.limits()));
            course.after_failure(strategy.limits(), standing, requested)
        } else {
            Err(StopReason::NotRetryable)
        };
        let delay = match next {
            Ok(delay) => delay,
            Err(reason) => return Some(result.map_err(|error| P::error(error, standing, reason))),
        };
        strategy.on_retry(&RetryEvent { standing, delay, result: &result });
        drop(result);
        if !delay.is_zero() {
            later.sleep.set(Some(this.timer.sleep(delay)));
        }
        None
    }
}

impl<S: Future<Output = ()>, D> Later<S, D> {
    /// The one that there is from now on.
    fn needed(mut later: Pin<&mut Option<Outlined<Self>>>) -> Pin<&mut Self> {
        if later.is_none() {
            later.set(Some(Outlined::new(Self { attempts: 0, started: None, sleep: None, course: None })));
        }
        match later.as_pin_mut() {
            Some(later) => later.get(),
            None => unreachable!("it has been made"),
        }
    }

    /// Between attempts: waits for the delay, if there is one.
    fn poll_delay(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut sleep = self.project().sleep;
        if let Some(delay) = sleep.as_mut().as_pin_mut() {
            ready!(delay.poll(cx));
            sleep.set(None);
        }
        Poll::Ready(())
    }
}

/// Whether anybody asks how much time has passed.
fn is_timed<Op: Operation, P: Decide<Op::Output, Op::Error>>(strategy: &P) -> bool {
    P::TIMED || strategy.limits().max_elapsed != Nanos::ENDLESS
}
