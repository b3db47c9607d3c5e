//! Virtual time: the same wheel, with nobody waiting for it.
//!
//! # When time goes on
//!
//! The clock counts its scopes, those of them that have something to do (*runnable*, see `scope.rs`), and who holds time.
//! Time goes on when there is a scope, none is runnable, and nobody holds it. Whoever brings that about, by ending a poll,
//! dropping a scope or letting go, does the work: under the same lock it moves `now` to the next deadline; it wakes what is
//! due then with time held, so that nobody else moves it before all have been told; then it lets go, and looks again.
//!
//! Waking counts the woken scopes as runnable before it returns. If none was, whoever was woken is nobody that time waits
//! for, and it goes on. That may be a task outside of every scope, which would have had something to do at that instant, or
//! one that has ended, or a waker that does nothing; which of them cannot be known, and waiting for the latter two would be
//! waiting for ever.
//!
//! Nothing is lost to races: the counts, the wheel and the time are under one lock, and a scope is counted before its
//! executor hears of the wake.

#![allow(unsafe_code, reason = "it hands entries on to the wheel")]

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::task::Waker;

use super::{Clock, Duration, Instant, Scope};
use crate::internal::lock::Lock;
use crate::internal::wake_batch::WakeBatch;
use crate::internal::wheel::{Entry, NEVER, Wheel};

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
/// If such a task waits for this clock, then from when its timer fires time stands still until it waits for the clock
/// again, or wakes a scope. A task that does neither, because it ends, leaves it standing: run it in a scope of its own.
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
    /// A clock of its own, at the instant that the system's clock tells.
    pub fn new() -> Self {
        let now = Instant::now_system().as_nanos();
        Self::starting_at(now, false)
    }

    /// A clock that starts at `now`, and goes on when it is told to and never by itself. Its scopes need not be counted.
    #[cfg(feature = "testing")]
    pub(crate) fn driven(now: Instant) -> Self {
        Self::starting_at(now.as_nanos(), true)
    }

    fn starting_at(now: u64, driven: bool) -> Self {
        let state = State { wheel: Wheel::new(now), now, scopes: Scopes::default(), holds: 0 };
        Self { shared: Arc::new(Shared { state: Lock::new(state), driven }) }
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
    /// hand; in a scope, `sleep` instead.
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
        let end = (self.now() + duration).as_nanos();
        while let Some(at) = self.shared.state.with(|state| state.leap(end)) {
            self.shared.fire(at);
        }
    }

    /// Moves time on to the next deadline, and fires what is due then. Says whether there was one.
    pub fn advance_to_next(&self) -> bool {
        let _hold = self.hold();
        let at = self.shared.state.with(State::leap_to_next);
        at.inspect(|&at| self.shared.fire(at)).is_some()
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
    shared: Arc<Shared>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.shared.change(|state| state.holds -= 1);
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").finish_non_exhaustive()
    }
}

/// What all handles on one virtual time share.
pub(crate) struct Shared {
    state: Lock<State>,
    /// Somebody else decides when time goes on. Then there are no scopes to count, and the clock never goes on by itself.
    driven: bool,
}

struct State {
    wheel: Wheel,
    now: u64,
    scopes: Scopes,
    /// Guards, and whoever is waking what has become due.
    holds: usize,
}

/// How many scopes there are.
#[derive(Default)]
pub(super) struct Scopes {
    /// Those that have not ended.
    pub(super) alive: usize,
    /// Those of them that have something to do.
    pub(super) runnable: usize,
}

impl State {
    /// If time may go on, moves it to the next deadline, which is to be fired, and holds it meanwhile.
    fn go_on(&mut self) -> Option<u64> {
        if self.scopes.alive == 0 || self.scopes.runnable > 0 || self.holds > 0 {
            return None;
        }
        let at = self.leap_to_next()?;
        self.holds += 1;
        Some(at)
    }

    /// Moves time to the next deadline, which is to be fired.
    fn leap_to_next(&mut self) -> Option<u64> {
        let at = self.wheel.exact_next_deadline()?;
        self.now = self.now.max(at);
        Some(at)
    }

    /// The same if that deadline is no later than `end`. Else moves time there, and all is done.
    fn leap(&mut self, end: u64) -> Option<u64> {
        if self.wheel.exact_next_deadline().is_some_and(|next| next <= end) {
            return self.leap_to_next();
        }
        self.now = self.now.max(end);
        None
    }
}

// What sleeps call is kept out of line, so that those on the system's clock do not pay for it.
impl Shared {
    /// Whether the clock's scopes need not tell it when they have something to do.
    pub(super) fn is_driven(&self) -> bool {
        self.driven
    }

    #[inline(never)]
    pub(super) fn now(&self) -> Instant {
        Instant::from_nanos(self.state.with(|state| state.now))
    }

    pub(super) fn hold(self: &Arc<Self>) -> Hold {
        self.state.with(|state| state.holds += 1);
        Hold { shared: Arc::clone(self) }
    }

    /// Lets an entry wait; gives the waker back if its deadline has come.
    ///
    /// # Safety
    ///
    /// That of [`Wheel::insert`].
    #[inline(never)]
    pub(super) unsafe fn register(&self, entry: &Entry, waker: Waker) -> Result<(), Waker> {
        // Where nothing in a scope is running, this is somebody outside who begins to wait, and time may go on.
        self.change(|state| {
            // The end of time is told, but what never comes does not come then either.
            if entry.deadline() <= state.now && entry.deadline() != NEVER {
                return Err(waker);
            }
            // SAFETY: the caller's promise.
            unsafe { state.wheel.insert(entry, waker) }
        })
    }

    /// Takes an entry out, and gives its waker, unless it has fired.
    ///
    /// # Safety
    ///
    /// That of [`Wheel::remove`].
    #[inline(never)]
    pub(super) unsafe fn remove(&self, entry: &Entry) -> Option<Waker> {
        // SAFETY: the caller's promise.
        self.state.with(|state| unsafe { state.wheel.remove(entry) })
    }

    /// Gives a waiting entry another waker; the one that is not needed comes back.
    ///
    /// # Safety
    ///
    /// That of [`Wheel::replace_waker`].
    pub(super) unsafe fn replace_waker(&self, entry: &Entry, waker: Waker) -> Waker {
        // SAFETY: the caller's promise.
        self.state.with(|state| unsafe { state.wheel.replace_waker(entry, waker) })
    }

    /// Counts scopes anew. `change` runs under the clock's lock, which also guards the phases of the scopes.
    pub(super) fn update<R>(&self, change: impl FnOnce(&mut Scopes) -> R) -> R {
        self.change(|state| change(&mut state.scopes))
    }

    /// Changes the state, and lets time go on for as long as it may then.
    fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let (result, mut at) = self.state.with(|state| (change(state), state.go_on()));
        while let Some(instant) = at {
            self.fire(instant);
            at = self.state.with(|state| {
                state.holds -= 1;
                state.go_on()
            });
        }
        result
    }

    /// With time held, and moved to `at`: wakes whoever waited for that.
    fn fire(&self, at: u64) {
        let mut batch = WakeBatch::new();
        loop {
            let more = self.state.with(|state| state.wheel.expire(at, &mut batch));
            // Whoever's waker it is that panics, it is not the business of who happens to be here.
            batch.wake_quietly();
            if !more {
                return;
            }
        }
    }
}
