//! The built-in timer: a handle on a wheel, be it the system's or a virtual one.

#![allow(unsafe_code, reason = "a pointer to the entered clock, for as long as a call lasts")]

use alloc::sync::Arc;
use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::ptr;

use super::slack::Slack;
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
/// no other timer. While a `block_on` that drove the wheel polls, timers of other threads may be late by a millisecond, once or twice;
/// then the thread takes over.
///
/// If the system refuses to start the thread, polling a sleep that needs it panics; the sleep may be polled again. Who awaits in a
/// `block_on` of this crate does not need it.
///
/// A process that forks before its first timer waits has timers in parent and child. The child of one whose timers were at work
/// has none, and setting one may hang there: execute another program in it, as [`std::process::Command`] does.
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
    /// Whichever is current; resolved at each use. The slack is that of the one or the other, whichever is larger.
    Ambient(Slack),
    Fixed(Source, Slack),
}

/// What a clock comes to where it is used: a wheel, and how late its timers may be.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(super) source: Source,
    pub(super) slack: Slack,
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

    /// From where on instants are counted when a [`Slack`] chooses one. A virtual clock's is where it began, so that a test
    /// always takes the same course.
    #[inline]
    pub(super) fn origin(&self) -> Instant {
        match self {
            Self::System => Instant::from_nanos(0),
            Self::Virtual(shared) => shared.origin(),
        }
    }
}

std::thread_local! {
    /// The clock that is entered on this thread, null if none is. Set by [`Setting::enter`] alone.
    static ENTERED: Cell<*const Setting> = const { Cell::new(ptr::null()) };
}

impl Clock {
    /// The machine's monotonic clock.
    ///
    /// Whether it goes on while the machine is suspended is up to the system, as for [`std::time::Instant`]: it stands still on
    /// Linux and Apple's systems, and goes on on Windows. Whatever came due meanwhile fires once when the machine is back.
    pub const fn system() -> Self {
        Self(Kind::Fixed(Source::System, Slack::NONE))
    }

    /// The [default](Self::default), for constants.
    pub(crate) const fn ambient() -> Self {
        Self(Kind::Ambient(Slack::NONE))
    }

    /// The clock whose scope this is called in, else the system's.
    pub fn current() -> Self {
        current().into()
    }

    /// The clock whose scope this is called in, `None` if in none. What spawns a task takes it along.
    pub(crate) fn entered() -> Option<Self> {
        with_entered(|entered| entered.cloned()).map(Self::from)
    }

    pub(crate) const fn of(shared: Arc<Shared>) -> Self {
        Self(Kind::Fixed(Source::Virtual(shared), Slack::NONE))
    }

    /// The same clock, whose sleeps may end up to `slack` late, and never early, so that fewer of them end at instants of
    /// their own.
    ///
    /// Sleeps that are made by it, timeouts and all the rest, choose an instant within their slack that others are likely to
    /// choose, too; those that choose the same one cost one wake-up of the driver in place of several. That is worth having
    /// for what need not be exact and is there many times over: idle timeouts, keep-alives, polling. What a sleep
    /// [is for](Sleep::deadline) stays as it was asked for.
    ///
    /// Inside of its [scope](Self::scope) the free functions of this module have the slack, and the tasks that are spawned
    /// there; where the [default clock](Self::default) has been given one of its own, the larger of the two counts. A slack
    /// of zero, which is what every clock begins with, is exact; the largest is 4.29 seconds, and a longer one counts as that.
    ///
    /// In virtual time it is the same: a sleep ends at the instant that it has chosen, which is the same in each run of a
    /// test.
    ///
    /// # Examples
    ///
    /// A thousand connections whose idle timeouts are over within the same second:
    ///
    /// ```
    /// use anywhen::future;
    /// use anywhen::time::{Duration, Timer, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let clock = VirtualClock::new();
    /// let start = clock.now();
    /// let roughly = clock.clock().with_slack(Duration::from_secs(2));
    /// let ends = (0..1000).map(|n| {
    ///     let sleep = roughly.sleep(Duration::from_millis(60_000 + n));
    ///     let clock = clock.clone();
    ///     async move {
    ///         sleep.await;
    ///         clock.now() - start
    ///     }
    /// });
    /// let mut ends = clock.scope(future::join_all(ends)).await;
    /// assert!(ends.iter().zip(60_000..).all(|(&end, asked)| end >= Duration::from_millis(asked)));
    /// ends.dedup();
    /// assert!(ends.len() <= 3, "a thousand sleeps ended at three instants");
    /// # });
    /// ```
    #[must_use = "the clock itself keeps its slack"]
    pub fn with_slack(&self, slack: Duration) -> Self {
        let slack = Slack::new(slack);
        Self(match &self.0 {
            Kind::Ambient(_) => Kind::Ambient(slack),
            Kind::Fixed(source, _) => Kind::Fixed(source.clone(), slack),
        })
    }

    /// How late its sleeps may end; see [`with_slack`](Self::with_slack). Zero, if nobody has said otherwise.
    pub fn slack(&self) -> Duration {
        self.setting().slack.duration()
    }

    /// What this comes to at this moment.
    #[inline]
    pub(crate) fn setting(&self) -> Setting {
        match &self.0 {
            Kind::Ambient(slack) => {
                let current = current();
                Setting { slack: current.slack.max(*slack), ..current }
            }
            Kind::Fixed(source, slack) => Setting { source: source.clone(), slack: *slack },
        }
    }

    /// Whether its time is virtual.
    pub fn is_virtual(&self) -> bool {
        matches!(self.setting().source, Source::Virtual(_))
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
        Scope::new(self.setting(), future)
    }
}

impl From<Setting> for Clock {
    fn from(Setting { source, slack }: Setting) -> Self {
        Self(Kind::Fixed(source, slack))
    }
}

impl Setting {
    /// That of the system's clock.
    pub(super) const SYSTEM: Self = Self { source: Source::System, slack: Slack::NONE };

    /// Makes this the current clock for as long as `f` runs.
    pub(crate) fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        /// Brings back what was before, be it because `f` unwinds.
        struct Restore(*const Setting);

        impl Drop for Restore {
            fn drop(&mut self) {
                let _ = ENTERED.try_with(|entered| entered.set(self.0));
            }
        }

        let _restore = Restore(ENTERED.try_with(|entered| entered.replace(self)).unwrap_or(ptr::null()));
        f()
    }
}

fn with_entered<R>(f: impl FnOnce(Option<&Setting>) -> R) -> R {
    let entered = ENTERED.try_with(Cell::get).unwrap_or(ptr::null());
    // SAFETY: `Setting::enter` put the pointer there, borrows what it leads to until it takes it away again, and is on
    // this thread's stack while we are.
    f(unsafe { entered.as_ref() })
}

#[inline]
pub(super) fn current() -> Setting {
    with_entered(|entered| entered.cloned().unwrap_or(Setting::SYSTEM))
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
            Kind::Ambient(_) => with_entered(|entered| entered.unwrap_or(&Setting::SYSTEM).source.now()),
            Kind::Fixed(source, _) => source.now(),
        }
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep::until(self.setting(), deadline)
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::after(self.setting(), duration)
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
        let (name, slack) = match &self.0 {
            Kind::Ambient(slack) => ("current", slack),
            Kind::Fixed(Source::System, slack) => ("system", slack),
            Kind::Fixed(Source::Virtual(_), slack) => ("virtual", slack),
        };
        match *slack {
            Slack::NONE => write!(f, "Clock({name})"),
            slack => write!(f, "Clock({name}, slack {:?})", slack.duration()),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Clock(Kind::Fixed(self.clone(), Slack::NONE)), f)
    }
}
