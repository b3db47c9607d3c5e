//! The course of a hedge: attempts that are begun one after the other, and are under way beside each other.
//!
//! The way of a call whose first attempt is ready at once is short, and inlined into whoever awaits it. Everything else is
//! apart, and so is the state that only it needs.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use super::HedgeEvent;
use super::plan::{Allowance, Condition, Delay, Hook, Plan, Room};
use crate::internal::outlined::Outlined;
use crate::internal::pin_project::pin_project;
use crate::internal::pinned;
use crate::retry::Operation;
use crate::time::{Deadline, Instant, Timer};

pin_project! {
    pub(super) struct Run<Op, P, T, F, S, R> {
        op: Op,
        policy: P,
        timer: T,
        // The first attempt. It is begun in the first poll, and gone when it has failed.
        #[pin]
        first: Option<F>,
        #[pin]
        later: Option<Outlined<Later<S, R>>>,
    }
}

pin_project! {
    /// What a call needs that is not over at once.
    #[project = LaterProjection]
    struct Later<S, R> {
        #[pin]
        hedges: R,
        // How many of them have been begun.
        begun: usize,
        // Whether the time is a reason for another.
        timed: bool,
        // The delay of the next, or what is left until the end.
        #[pin]
        sleep: Option<S>,
        // Whether it is that.
        to_the_end: bool,
        // When the first attempt was first pending; if anybody wants to know.
        since: Option<Instant>,
    }
}

impl<Op, P, T, F, S, R> Run<Op, P, T, F, S, R> {
    #[inline]
    pub(super) const fn new(op: Op, policy: P, timer: T) -> Self {
        Self { op, policy, timer, first: None, later: None }
    }

    /// What it was made of, unless it has been polled.
    #[inline]
    pub(super) fn into_parts(self) -> Option<(Op, P, T)> {
        (self.first.is_none() && self.later.is_none()).then_some((self.op, self.policy, self.timer))
    }
}

/// What came of a call.
pub(super) type Outcome<Op> = Result<<Op as Operation>::Output, <Op as Operation>::Error>;

impl<Op, P, T> Run<Op, P, T, Op::Future, T::Sleep, P::Room<Op::Future>>
where
    Op: Operation,
    P: Plan + Hook<Op::Error> + Condition<Op::Error>,
    T: Timer,
{
    /// The end, if the first attempt succeeds at once; or else what it has said, if it has been polled.
    #[inline]
    pub(super) fn poll_at_once(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Result<Outcome<Op>, Option<Poll<Outcome<Op>>>> {
        if self.later.is_some() {
            return Err(None);
        }
        let mut this = self.as_mut().project();
        this.policy.budget().deposit();
        this.first.set(Some(this.op.attempt()));
        let Some(first) = this.first.as_pin_mut() else { unreachable!("it has just been begun") };
        match first.poll(cx) {
            Poll::Ready(Ok(output)) => {
                this.policy.delay().learn(Duration::ZERO);
                this.policy.won(0);
                Ok(Ok(output))
            }
            polled => Err(Some(polled)),
        }
    }

    /// Goes on, with what the first attempt has just said, if it has been polled already.
    pub(super) fn poll_on(
        mut self: Pin<&mut Self>,
        mut first: Option<Poll<Outcome<Op>>>,
        cx: &mut Context<'_>,
    ) -> Poll<Outcome<Op>> {
        // One after the other, as they were begun. What is begun meanwhile has its turn at the end.
        let mut at = 0;
        loop {
            while at <= *self.as_mut().split().1.begun {
                match self.as_mut().poll_attempt(at, first.take(), cx) {
                    Poll::Pending => {}
                    Poll::Ready(Ok(output)) => {
                        self.won(at);
                        return Poll::Ready(Ok(output));
                    }
                    Poll::Ready(Err(error)) => {
                        let goes_on = self.as_mut().project().policy.goes_on(&error)
                            && (self.as_mut().begin(Some(&error)) || self.as_mut().is_under_way());
                        if !goes_on {
                            return Poll::Ready(Err(error));
                        }
                    }
                }
                at += 1;
            }
            if let Some(error) = ready!(self.as_mut().poll_time(cx)) {
                return Poll::Ready(Err(error));
            }
            if !self.as_mut().begin(None) {
                // What is under way goes on without another.
                let mut later = self.as_mut().split().1;
                *later.timed = false;
                later.sleep.set(None);
            }
        }
    }

    /// Polls the attempt at a place, if there is one, or takes what it has said already. One that has failed is dropped.
    fn poll_attempt(
        self: Pin<&mut Self>,
        at: usize,
        said: Option<Poll<Outcome<Op>>>,
        cx: &mut Context<'_>,
    ) -> Poll<Outcome<Op>> {
        let (this, later) = self.split();
        let mut place = match at.checked_sub(1) {
            None => this.first,
            Some(hedge) => pinned::element(later.hedges.places(), hedge),
        };
        let polled = match (said, place.as_mut().as_pin_mut()) {
            (Some(said), _) => said,
            (None, Some(attempt)) => attempt.poll(cx),
            (None, None) => Poll::Pending,
        };
        if let Poll::Ready(Err(_)) = polled {
            // Before anybody is asked about its result.
            place.set(None);
        }
        polled
    }

    /// Begins another attempt, if there may be one.
    fn begin(self: Pin<&mut Self>, error: Option<&Op::Error>) -> bool {
        let (this, mut later) = self.split();
        let places = later.hedges.places();
        let is_over = |(deadline, _): (Deadline, _)| deadline.is_expired_on(this.timer);
        let may = *later.begun < places.len()
            && !this.policy.end().is_some_and(is_over)
            && this.policy.budget().try_withdraw();
        if may {
            // The next one is as much later than this one.
            later.sleep.set(None);
            this.policy.hedged(&HedgeEvent { number: *later.begun + 1, error });
            pinned::element(places, *later.begun).set(Some(this.op.attempt()));
            *later.begun += 1;
        }
        may
    }

    fn is_under_way(self: Pin<&mut Self>) -> bool {
        let (this, later) = self.split();
        this.first.is_some() || later.hedges.places().iter().any(Option::is_some)
    }

    /// All attempts are pending: waits until that has been so for too long; or until the end, and gives the error.
    fn poll_time(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Op::Error>> {
        let (this, mut later) = self.split();
        if P::Delay::LEARNS && later.since.is_none() {
            *later.since = Some(this.timer.now());
        }
        let end = this.policy.end().filter(|(deadline, _)| !deadline.is_never());
        if later.sleep.is_none() {
            *later.timed = *later.timed && *later.begun < later.hedges.places().len();
            let delay = if *later.timed { this.policy.delay().delay() } else { None };
            *later.timed = delay.is_some();
            let sleep = match (delay, end) {
                // Not left to the timer, which may count in milliseconds and let one pass.
                (Some(Duration::ZERO), _) => return Poll::Ready(None),
                (None, None) => return Poll::Pending,
                (Some(delay), None) => this.timer.sleep(delay),
                (delay, Some((deadline, _))) => {
                    let due = this.timer.now() + delay.unwrap_or(Duration::MAX);
                    *later.to_the_end = deadline.instant() <= due;
                    this.timer.sleep_until(due.min(deadline.instant()))
                }
            };
            later.sleep.set(Some(sleep));
        }
        let Some(sleep) = later.sleep.as_mut().as_pin_mut() else { unreachable!("there is something to wait for") };
        ready!(sleep.poll(cx));
        Poll::Ready(end.filter(|_| *later.to_the_end).map(|(_, error)| error()))
    }

    /// The attempt at this place has succeeded.
    fn won(self: Pin<&mut Self>, at: usize) {
        let (this, later) = self.split();
        // The first has taken so long; or longer, if it is still under way. If it has failed, that says nothing.
        if P::Delay::LEARNS && this.first.is_some() {
            let latency = later.since.map_or(Duration::ZERO, |since| this.timer.now() - since);
            this.policy.delay().learn(latency);
        }
        this.policy.won(at);
    }

    /// The parts, and those of what is there from now on.
    #[expect(clippy::type_complexity, reason = "two projections, which have no shorter names")]
    fn split(
        self: Pin<&mut Self>,
    ) -> (RunParts<'_, Op, P, T, Op::Future>, LaterProjection<'_, T::Sleep, P::Room<Op::Future>>) {
        let this = self.project();
        let mut later = this.later;
        if later.is_none() {
            later.set(Some(Outlined::new(Later {
                hedges: Room::empty(),
                begun: 0,
                timed: true,
                sleep: None,
                to_the_end: false,
                since: None,
            })));
        }
        match later.as_pin_mut() {
            Some(later) => (
                RunParts { op: this.op, policy: this.policy, timer: this.timer, first: this.first },
                later.get().project(),
            ),
            None => unreachable!("it has been made"),
        }
    }
}

/// A [`Run`] without what is there later.
struct RunParts<'a, Op, P, T, F> {
    op: &'a mut Op,
    policy: &'a mut P,
    timer: &'a T,
    first: Pin<&'a mut Option<F>>,
}
