//! The built-in timer: a handle on a wheel, be it the system's or a virtual one.

#![allow(unsafe_code, reason = "a pointer to the entered clock, for as long as a call lasts")]

use alloc::sync::Arc;
use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::ptr;

use super::virtual_time::Shared;
use super::{Duration, Instant, Scope, Sleep, Timer};

/// The built-in [`Timer`], which works under every executor and needs no set-up.
///
/// It is a cheap handle on a timing wheel, and comes in three kinds:
///
/// * [`Clock::system`] tells the machine's monotonic time.
/// * A [`VirtualClock`](super::VirtualClock) gives clocks whose time goes on when there is nothing else to do.
/// * [`Clock::default`] is whichever clock is *current* where and when it is used: the one whose [scope](Self::scope) the
///   code runs in, else the system's. [`Clock::current`] finds out at once which that is.
///
/// # Implementation notes
///
/// The system's wheel is driven by a parked [`block_on`](crate::rt::Std::block_on) of this crate where there is one, else
/// by one thread, started when the first timer needs it. It sleeps while there is nothing to do, and is woken only for a
/// deadline that is earlier than what it sleeps for. A waker that panics there is reported by the panic hook, and harms
/// no other timer. After a `fork` the child has no such thread; do not use timers of the parent's there.
///
/// # Examples
///
/// ```
/// use anywhen::time::{Clock, Duration, Timer};
///
/// # anywhen::rt::Std.block_on(async {
/// let clock = Clock::system();
/// let start = clock.now();
/// clock.sleep(Duration::from_millis(2)).await;
/// assert!(clock.now() - start >= Duration::from_millis(2));
/// # });
/// ```
#[derive(Clone)]
pub struct Clock(Kind);

#[derive(Clone)]
enum Kind {
    /// Whichever is current; resolved at each use.
    Ambient,
    Fixed(Source),
}

/// A wheel: the system's or a virtual one.
#[derive(Clone)]
pub(crate) enum Source {
    System,
    Virtual(Arc<Shared>),
}

impl Source {
    pub(crate) fn now(&self) -> Instant {
        match self {
            Self::System => Instant::now_system(),
            Self::Virtual(shared) => shared.now(),
        }
    }
}

std::thread_local! {
    /// The clock that is entered on this thread, null if none is. Set by [`Source::enter`] alone.
    static ENTERED: Cell<*const Source> = const { Cell::new(ptr::null()) };
}

impl Clock {
    /// The machine's monotonic clock.
    ///
    /// Whether it goes on while the machine is suspended is up to the system, as for [`std::time::Instant`].
    pub const fn system() -> Self {
        Self(Kind::Fixed(Source::System))
    }

    /// The [default](Self::default), for constants.
    pub(crate) const fn ambient() -> Self {
        Self(Kind::Ambient)
    }

    /// The clock whose scope this is called in, else the system's.
    pub fn current() -> Self {
        Self(Kind::Fixed(current()))
    }

    /// The clock whose scope this is called in, `None` if in none. What spawns a task takes it along.
    pub(crate) fn entered() -> Option<Self> {
        with_entered(|entered| entered.cloned()).map(|source| Self(Kind::Fixed(source)))
    }

    pub(crate) const fn of(shared: Arc<Shared>) -> Self {
        Self(Kind::Fixed(Source::Virtual(shared)))
    }

    /// The wheel that this is a handle on at this moment.
    pub(crate) fn source(&self) -> Source {
        match &self.0 {
            Kind::Ambient => current(),
            Kind::Fixed(source) => source.clone(),
        }
    }

    /// Whether its time is virtual.
    pub fn is_virtual(&self) -> bool {
        matches!(self.source(), Source::Virtual(_))
    }

    /// Makes this the current clock of `future`: whatever it and the tasks that it spawns through this crate do with the
    /// free functions of this module goes by this clock.
    ///
    /// Tasks spawned by a runtime's own function (`tokio::spawn`) do not inherit it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the scope drops the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{self, Duration, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let day = Duration::from_secs(86_400);
    /// let clock = VirtualClock::new().clock();
    /// let started = std::time::Instant::now();
    /// clock.scope(async { time::sleep(day).await }).await;
    /// assert!(started.elapsed() < day);
    /// # });
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> Scope<F> {
        Scope::new(self.source(), future)
    }
}

impl Source {
    /// Makes this the current clock for as long as `f` runs.
    pub(crate) fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        /// Brings back what was before, be it because `f` unwinds.
        struct Restore(*const Source);

        impl Drop for Restore {
            fn drop(&mut self) {
                let _ = ENTERED.try_with(|entered| entered.set(self.0));
            }
        }

        let _restore = Restore(ENTERED.try_with(|entered| entered.replace(self)).unwrap_or(ptr::null()));
        f()
    }
}

fn with_entered<R>(f: impl FnOnce(Option<&Source>) -> R) -> R {
    let entered = ENTERED.try_with(Cell::get).unwrap_or(ptr::null());
    // SAFETY: `Source::enter` put the pointer there, borrows what it leads to until it takes it away again, and is on
    // this thread's stack while we are.
    f(unsafe { entered.as_ref() })
}

#[inline]
pub(super) fn current() -> Source {
    with_entered(|entered| entered.cloned().unwrap_or(Source::System))
}

/// The clock that is current wherever it is used.
impl Default for Clock {
    fn default() -> Self {
        Self::ambient()
    }
}

impl Timer for Clock {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        match &self.0 {
            Kind::Ambient => with_entered(|entered| entered.unwrap_or(&Source::System).now()),
            Kind::Fixed(source) => source.now(),
        }
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep::until(self.source(), deadline)
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::after(self.source(), duration)
    }

    fn reset(sleep: Pin<&mut Sleep>, deadline: Instant) {
        sleep.reset(deadline);
    }
}

impl Instant {
    /// The time now, by the current [`Clock`]: inside of a scope of a virtual clock this is virtual time.
    pub fn now() -> Self {
        Clock::default().now()
    }

    /// How long ago this was, by the current [`Clock`]; zero if it lies ahead.
    pub fn elapsed(self) -> Duration {
        Self::now() - self
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Kind::Ambient => "Clock(current)",
            Kind::Fixed(Source::System) => "Clock(system)",
            Kind::Fixed(Source::Virtual(_)) => "Clock(virtual)",
        })
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Clock(Kind::Fixed(self.clone())), f)
    }
}
