//! Virtual time as its user has it. What goes on behind it is in `virtual_time.rs`.

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;

use super::virtual_time::{Goes, Shared};
use super::{Clock, Duration, Instant, RunFor, Scope};

/// A clock whose time goes on by itself when there is nothing else to do.
///
/// A test that runs inside of its [scope](Self::scope) takes no time, however long it sleeps, and always takes the same
/// course: time stands still while anything in the scope, or a task spawned from it through this crate, can run, and then
/// leaps to the next deadline. It works on any executor, multi-threaded ones included.
///
/// Clones are handles on the same time.
///
/// # What it cannot see
///
/// Threads, sockets and tasks that were spawned by a runtime's own function are not in the scope. Time may go on while the
/// scope waits for one of them; [hold](Self::hold) it meanwhile. Blocking work spawned through this crate holds it by
/// itself.
///
/// Such a task may still wait for this clock, and is woken at its instant. But time does not wait for what it does then,
/// and it may see a later one. To see its own instants, it needs a scope of its own.
///
/// # By hand
///
/// A clock that was made by [`manual`](Self::manual) moves only when it is told to, and then in the same way: from deadline to
/// deadline, and at each no further before everything in the scopes has run.
///
/// | to | call |
/// |---|---|
/// | let everything run until it waits, at the present instant | [`run_until_stalled`](Self::run_until_stalled)`().await` |
/// | let some time pass, with everything running at its own instant | [`run_for`](Self::run_for)`(duration).await` |
/// | move time and fire timers without running anything, in a test that polls by hand | [`advance`](Self::advance), [`advance_to_next`](Self::advance_to_next) |
///
/// # Examples
///
/// An hour of timeouts in no time:
///
/// ```
/// use anywhen::time::{self, Duration, Instant, VirtualClock};
///
/// # anywhen::rt::Std.block_on(async {
/// let clock = VirtualClock::new();
/// clock
///     .scope(async {
///         let start = Instant::now();
///         for _ in 0..60 {
///             let nothing = std::future::pending::<()>();
///             assert!(time::timeout(Duration::from_secs(60), nothing).await.is_err());
///         }
///         assert_eq!(start.elapsed(), Duration::from_secs(3600));
///     })
///     .await;
/// # });
/// ```
#[derive(Clone)]
pub struct VirtualClock {
    shared: Arc<Shared>,
}

impl VirtualClock {
    /// A clock of its own, at the instant that the current clock tells.
    pub fn new() -> Self {
        Self::starting_at(Instant::now(), Goes::WhenIdle)
    }

    /// A clock that starts at `now`, and goes on when it is told to and never by itself. Its scopes need not be counted.
    #[cfg(feature = "testing")]
    pub(crate) fn driven(now: Instant) -> Self {
        Self::starting_at(now, Goes::Driven)
    }

    fn starting_at(now: Instant, goes: Goes) -> Self {
        Self { shared: Arc::new(Shared::new(now, goes)) }
    }

    /// A clock whose time goes on only when it is told to; see [by hand](Self#by-hand).
    ///
    /// # Examples
    ///
    /// A cache whose entries live for a minute, looked at just before and just after:
    ///
    /// ```
    /// use anywhen::task;
    /// use anywhen::time::{self, Duration, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let clock = VirtualClock::manual();
    /// let entry = clock.scope(async { task::spawn(time::sleep(Duration::from_secs(60))) }).await;
    ///
    /// clock.run_for(Duration::from_nanos(59_999_999_999)).await;
    /// assert!(!entry.is_finished());
    /// clock.run_for(Duration::from_nanos(1)).await;
    /// assert!(entry.is_finished());
    /// # });
    /// ```
    pub fn manual() -> Self {
        Self::starting_at(Instant::now(), Goes::ByHand)
    }

    /// The clock itself, as the [`Timer`](super::Timer) that the functions of this module take.
    pub fn clock(&self) -> Clock {
        Clock::of(Arc::clone(&self.shared))
    }

    #[cfg(all(test, anywhen_loom))]
    pub(super) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// What time it is.
    pub fn now(&self) -> Instant {
        self.shared.now()
    }

    /// Makes this the current clock of `future`; see [`Clock::scope`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the scope drops the future.
    pub fn scope<F: Future>(&self, future: F) -> Scope<F> {
        self.clock().scope(future)
    }

    /// Keeps time from going on by itself until the guard is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{self, Duration, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let clock = VirtualClock::new();
    /// let hold = clock.hold();
    /// let replies = std::thread::spawn(move || {
    ///     let _hold = hold;
    ///     "in time"
    /// });
    /// let wait = async {
    ///     while !replies.is_finished() {
    ///         anywhen::future::yield_now().await;
    ///     }
    ///     replies.join().unwrap()
    /// };
    /// let reply = clock.scope(time::timeout(Duration::from_nanos(1), wait)).await;
    /// assert_eq!(reply, Ok("in time"));
    /// # });
    /// ```
    pub fn hold(&self) -> Hold {
        self.shared.hold()
    }

    /// Moves time on by `duration`, at once, and fires what becomes due, in order, each at its own instant.
    ///
    /// It does not wait for what it wakes: tasks see the end instant when they are next polled. For tests that poll by
    /// hand; [`run_for`](Self::run_for) lets everything run on the way, and in a scope one may as well `sleep`.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{Duration, VirtualClock};
    ///
    /// let clock = VirtualClock::new();
    /// let start = clock.now();
    /// clock.advance(Duration::from_secs(3));
    /// assert_eq!(clock.now() - start, Duration::from_secs(3));
    /// ```
    pub fn advance(&self, duration: Duration) {
        let _hold = self.hold();
        self.shared.advance_to(self.now() + duration);
    }

    /// Moves time on to the next deadline, and fires what is due then, without running it. Says whether there was one.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::assert_ready;
    /// use anywhen::testing::TestTask;
    /// use anywhen::time::{Duration, Timer, VirtualClock};
    ///
    /// let clock = VirtualClock::manual();
    /// let mut sleep = TestTask::new(clock.clock().sleep(Duration::from_secs(3)));
    /// assert!(sleep.poll().is_pending());
    /// assert!(clock.advance_to_next());
    /// assert_ready!(sleep.poll());
    /// assert!(!clock.advance_to_next());
    /// ```
    pub fn advance_to_next(&self) -> bool {
        let _hold = self.hold();
        self.shared.advance_to_next()
    }

    /// Lets everything in the clock's scopes run until all of it waits, while time stands still.
    ///
    /// From outside of the scopes, or from inside: then all but the one who awaits it. It waits for [holds](Self::hold) to
    /// be let go, too, and for blocking work. Time that goes on by itself does so after it, unless the one who awaited it is
    /// in a scope or the clock is [manual](Self::manual).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::task;
    /// use anywhen::time::{self, Duration, Instant, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let clock = VirtualClock::new();
    /// let in_scope = async {
    ///     let start = Instant::now();
    ///     let soon = task::spawn(anywhen::future::yield_now());
    ///     let later = task::spawn(time::sleep(Duration::from_nanos(1)));
    ///     clock.run_until_stalled().await;
    ///     assert!(soon.is_finished() && !later.is_finished());
    ///     assert_eq!(Instant::now(), start);
    /// };
    /// clock.scope(in_scope).await;
    /// # });
    /// ```
    pub fn run_until_stalled(&self) -> RunFor {
        self.run_for(Duration::ZERO)
    }

    /// Lets `duration` pass, counted from this call, and everything in the clock's scopes run meanwhile, each timer's task
    /// at its own instant.
    ///
    /// It is ready at the end instant, when all that is due then has run until it waits; else it is as
    /// [`run_until_stalled`](Self::run_until_stalled). With [`Duration::MAX`] it goes on until no timer is left.
    ///
    /// # Cancel safety
    ///
    /// Dropping it stops time where it is, on a clock that is [manual](Self::manual).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::task;
    /// use anywhen::time::{self, Duration, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let second = Duration::from_secs(1);
    /// let clock = VirtualClock::manual();
    /// let ticks = clock.scope(async {
    ///     task::spawn(async move {
    ///         let mut interval = time::interval(second);
    ///         let start = interval.tick().await;
    ///         for n in 1..=10 {
    ///             // Nothing is late, though it is run by hand.
    ///             assert_eq!(interval.tick().await - start, n * second);
    ///             assert_eq!(start.elapsed(), n * second);
    ///         }
    ///     })
    /// });
    /// let ticks = ticks.await;
    /// clock.run_for(9 * second).await;
    /// assert!(!ticks.is_finished());
    /// clock.run_for(second).await;
    /// ticks.await.unwrap();
    /// # });
    /// ```
    pub fn run_for(&self, duration: Duration) -> RunFor {
        RunFor::new(Arc::clone(&self.shared), self.now() + duration)
    }
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualClock").field("now", &self.now()).finish_non_exhaustive()
    }
}

/// Keeps a virtual clock's time still; from [`VirtualClock::hold`].
#[must_use = "time stands still only while the guard lives"]
pub struct Hold {
    pub(super) shared: Arc<Shared>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.shared.let_go();
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").finish_non_exhaustive()
    }
}
