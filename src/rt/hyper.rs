//! Any timer as hyper's: hyper brings traits of its own, so as not to choose a runtime.

use alloc::boxed::Box;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::time;

use ::hyper::rt;

use crate::internal::pin_project::pin_project;
use crate::time::{Clock, Duration, Timer};

/// A [`Timer`] as a [`hyper::rt::Timer`], for `Builder::timer` of hyper's servers and clients.
///
/// hyper has no timer itself, and without one its timeouts do nothing or panic. This makes one of the built-in clock, which works
/// wherever hyper does, or of a runtime's own. hyper asks it for the time, too, so that its timeouts can be tested in virtual time.
///
/// # Allocation
///
/// One for each sleep: hyper wants them in boxes. Resetting a sleep allocates nothing.
///
/// # Examples
///
/// A server that gives a client ten seconds to send the head of its request:
///
/// ```
/// use anywhen::rt::HyperTimer;
/// use anywhen::time::Duration;
/// use hyper::server::conn::http1;
///
/// let mut server = http1::Builder::new();
/// server.timer(HyperTimer::default()).header_read_timeout(Duration::from_secs(10));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HyperTimer<T = Clock> {
    timer: T,
}

impl<T: Timer<Sleep: Send + Sync + 'static>> HyperTimer<T> {
    /// `timer` as hyper's.
    pub const fn new(timer: T) -> Self {
        Self { timer }
    }
}

/// By whichever [`Clock`] is current where it is used.
impl Default for HyperTimer {
    fn default() -> Self {
        Self::new(Clock::default())
    }
}

impl<T: Timer<Sleep: Send + Sync + 'static>> rt::Timer for HyperTimer<T> {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(HyperSleep { sleep: self.timer.sleep(duration) })
    }

    fn sleep_until(&self, deadline: time::Instant) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(HyperSleep { sleep: self.timer.sleep_until(deadline.into()) })
    }

    fn now(&self) -> time::Instant {
        self.timer.now().into()
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn rt::Sleep>>, new_deadline: time::Instant) {
        match sleep.as_mut().downcast_mut_pin::<HyperSleep<T::Sleep>>() {
            Some(ours) => T::reset(ours.project().sleep, new_deadline.into()),
            None => *sleep = self.sleep_until(new_deadline),
        }
    }
}

pin_project! {
    /// A sleep as hyper wants it.
    struct HyperSleep<S> {
        #[pin]
        sleep: S,
    }
}

impl<S: Future<Output = ()>> Future for HyperSleep<S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().sleep.poll(cx)
    }
}

impl<S: Future<Output = ()> + Send + Sync> rt::Sleep for HyperSleep<S> {}
