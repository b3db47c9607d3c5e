//! The futures that the loop waits for.
//!
//! The delay is kept with the attempts, as an instant, and each future sleeps until then with a sleep of its own: so it can be
//! dropped and made anew, and loses nothing.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::{Attempt, Attempts, Phase};
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;
use crate::retry::strategy::Strategy;
use crate::time::{Clock, Timer};

pin_project! {
    /// Waits for the next attempt.
    struct Wait<'a, P: Strategy, T: Timer> {
        attempts: &'a mut Attempts<P, T>,
        // Until the instant that the attempts keep.
        #[pin]
        sleep: Option<T::Sleep>,
    }
}

impl<'a, P: Strategy, T: Timer> Wait<'a, P, T> {
    fn begin(attempts: &'a mut Attempts<P, T>) -> Live<Self> {
        Live::new(Self { attempts, sleep: None })
    }

    /// `is_given`: whether the attempt is given to whoever asks, or only waited for by one that says that another has failed.
    fn poll(self: Pin<&mut Self>, is_given: bool, cx: &mut Context<'_>) -> Poll<Option<Attempt>> {
        let mut this = self.project();
        let attempts = &mut **this.attempts;
        if attempts.phase == Phase::Fresh {
            attempts.begins();
        }
        match attempts.phase {
            Phase::Given => attempts.settle(),
            Phase::Due(_) if !is_given => attempts.settle(),
            _ => {}
        }
        if let Phase::Sleeping(until, length) = attempts.phase {
            if this.sleep.is_none() {
                this.sleep.set(Some(attempts.timer.sleep_until(until)));
            }
            if let Some(sleep) = this.sleep.as_mut().as_pin_mut() {
                ready!(sleep.poll(cx));
            }
            attempts.phase = Phase::Due(length);
        }
        let Phase::Due(delay) = attempts.phase else { return Poll::Ready(None) };
        if is_given {
            attempts.phase = Phase::Given;
        }
        Poll::Ready(Some(Attempt { number: attempts.made(), delay }))
    }
}

pin_project! {
    /// The future of [`Attempts::next`].
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost. The delay goes on to count, and whoever asks next waits for the rest.
    #[must_use = "futures do nothing unless polled"]
    pub struct NextAttempt<'a, P: Strategy, T: Timer = Clock> {
        #[pin]
        wait: Live<Wait<'a, P, T>>,
    }
}

impl<'a, P: Strategy, T: Timer> NextAttempt<'a, P, T> {
    pub(super) fn new(attempts: &'a mut Attempts<P, T>) -> Self {
        Self { wait: Wait::begin(attempts) }
    }
}

impl<P: Strategy, T: Timer> Future for NextAttempt<'_, P, T> {
    type Output = Option<Attempt>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Attempt>> {
        self.project().wait.poll("NextAttempt", |wait| wait.poll(true, cx))
    }
}

impl<P: Strategy, T: Timer> FusedFuture for NextAttempt<'_, P, T> {
    fn is_terminated(&self) -> bool {
        self.wait.is_over()
    }
}

impl<P: Strategy, T: Timer> fmt::Debug for NextAttempt<'_, P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wait.debug("NextAttempt", f)
    }
}

pin_project! {
    /// The future of [`Attempts::failed`].
    ///
    /// # Cancel safety
    ///
    /// The error is lost. The delay goes on to count, and whoever asks next waits for the rest.
    #[must_use = "futures do nothing unless polled"]
    pub struct AttemptFailed<'a, P: Strategy, E, T: Timer = Clock> {
        #[pin]
        wait: Live<Wait<'a, P, T>>,
        error: Option<E>,
    }
}

impl<'a, P: Strategy, E, T: Timer> AttemptFailed<'a, P, E, T> {
    pub(super) fn new(attempts: &'a mut Attempts<P, T>, error: E) -> Self {
        Self { wait: Wait::begin(attempts), error: Some(error) }
    }
}

impl<P: Strategy, E, T: Timer> Future for AttemptFailed<'_, P, E, T> {
    type Output = Result<(), E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        let this = self.project();
        let next = ready!(this.wait.poll("AttemptFailed", |wait| wait.poll(false, cx)));
        let error = this.error.take();
        Poll::Ready(match (next, error) {
            (None, Some(error)) => Err(error),
            _ => Ok(()),
        })
    }
}

impl<P: Strategy, E, T: Timer> FusedFuture for AttemptFailed<'_, P, E, T> {
    fn is_terminated(&self) -> bool {
        self.wait.is_over()
    }
}

impl<P: Strategy, E, T: Timer> fmt::Debug for AttemptFailed<'_, P, E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wait.debug("AttemptFailed", f)
    }
}
