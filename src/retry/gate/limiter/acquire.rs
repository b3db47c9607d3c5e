//! The future that waits for a rate limiter.
//!
//! Who finds too little gets in line, and there waits for its *turn*, which one at a time has: it is the one permit of a
//! semaphore, so the order is that of `sync`'s queue, and a turn that is given to one that is dropped is passed on. Who has
//! the turn sleeps until there is enough, and nobody else has a timer. While anybody is in line, newcomers get in line.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::super::Refused;
use super::super::handle::Handle;
use super::super::queue::{Place, Queues};
use super::{Entry, RateLimiter};
use crate::internal::budget::Budget;
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;
use crate::sync::observe::Site;
use crate::sync::raw::RawAcquire;
use crate::time::{Clock, Instant, Timer};

pin_project! {
    /// Waits for permits of a [`RateLimiter`]; from [`RateLimiter::acquire`] and its siblings.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in line, and nothing else: nothing is taken before it is ready.
    ///
    /// # Allocation
    ///
    /// None.
    ///
    /// # Panics
    ///
    /// If it is polled after it has given its result.
    #[must_use = "futures do nothing unless polled"]
    pub struct RateAcquire<H, T = Clock>
    where
        H: Handle<Gate = RateLimiter<T>>,
        T: Timer,
    {
        #[pin]
        waits: Live<Waits<H, T, T::Sleep>>,
    }
}

pin_project! {
    struct Waits<H, T, S>
    where
        H: Handle<Gate = RateLimiter<T>>,
    {
        handle: H,
        weight: u32,
        site: Site,
        // How to get the turn, if it is in line. Dropped last, after the turn has been given back.
        #[pin]
        place: Option<RawAcquire<Place<H>>>,
        has_turn: bool,
        #[pin]
        sleep: Option<S>,
        // Of the sleep.
        until: Instant,
    }

    impl<H, T, S> PinnedDrop for Waits<H, T, S>
    where
        H: Handle<Gate = RateLimiter<T>>,
    {
        fn drop(this: Pin<&mut Self>) {
            if this.place.is_some() {
                let limiter = this.handle.gate();
                limiter.leave_line();
                if this.has_turn {
                    // Before another has the turn. It goes to pieces after that: that may be foreign code.
                    let _stale = limiter.front.take();
                    limiter.queue().release(1);
                }
            }
        }
    }
}

impl<H, T> RateAcquire<H, T>
where
    H: Handle<Gate = RateLimiter<T>>,
    T: Timer,
{
    #[inline]
    pub(super) fn new(handle: H, weight: u32, site: Site) -> Self {
        let until = Instant::FAR_FUTURE;
        Self { waits: Live::new(Waits { handle, weight, site, place: None, has_turn: false, sleep: None, until }) }
    }
}

impl<H, T> Waits<H, T, T::Sleep>
where
    H: Handle<Gate = RateLimiter<T>>,
    T: Timer,
{
    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Refused>> {
        if self.place.is_none() {
            match self.handle.gate().enter(self.weight, true) {
                Entry::Taken => return Poll::Ready(Ok(())),
                Entry::Refused(refused) => return Poll::Ready(Err(refused)),
                Entry::InLine => {}
            }
        }
        self.poll_in_line(cx)
    }

    #[cold]
    fn poll_in_line(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Refused>> {
        let mut this = self.project();
        if this.place.is_none() {
            this.place.set(Some(RawAcquire::new(Place(this.handle.clone()), 1, *this.site)));
        }
        let limiter = this.handle.gate();
        if !*this.has_turn {
            let Some(place) = this.place.as_mut().as_pin_mut() else { unreachable!("it is in line") };
            match ready!(place.poll(cx, "RateAcquire")) {
                Ok(_) => *this.has_turn = true,
                Err(_) => unreachable!("the line has no limit of its own, and is never closed"),
            }
        }
        // Before it looks: who changes the rate after that wakes it.
        limiter.front.register(cx.waker());
        let mut budget = Budget::new();
        loop {
            ready!(budget.poll_round(cx));
            let until = match limiter.take_turn(*this.weight) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(until) => until,
            };
            match this.sleep.as_mut().as_pin_mut() {
                None => this.sleep.set(Some(limiter.timer.sleep_until(until))),
                Some(sleep) if *this.until != until => T::reset(sleep, until),
                Some(_) => {}
            }
            *this.until = until;
            let Some(sleep) = this.sleep.as_mut().as_pin_mut() else { unreachable!("it has been made") };
            ready!(sleep.poll(cx));
        }
    }
}

impl<H, T> Future for RateAcquire<H, T>
where
    H: Handle<Gate = RateLimiter<T>>,
    T: Timer,
{
    type Output = Result<(), Refused>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Refused>> {
        self.project().waits.poll("RateAcquire", |waits| waits.poll(cx))
    }
}

impl<H, T> FusedFuture for RateAcquire<H, T>
where
    H: Handle<Gate = RateLimiter<T>>,
    T: Timer,
{
    fn is_terminated(&self) -> bool {
        self.waits.is_over()
    }
}

impl<H, T> fmt::Debug for RateAcquire<H, T>
where
    H: Handle<Gate = RateLimiter<T>>,
    T: Timer,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.waits.debug("RateAcquire", f)
    }
}
