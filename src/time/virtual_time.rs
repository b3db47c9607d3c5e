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
//! Whoever runs the clock by hand ([`RunFor`](super::RunFor)) waits for a *stall* at some instant: that the clock would go on from there. It
//! comes after all that is due at that instant and what follows from it, and before time leaves it. A clock that goes on by
//! hand only does so while somebody waits for a stall that lies ahead, and no further than that.
//!
//! Nothing is lost to races: the counts, the wheel and the time are under one lock, and a scope is counted before its
//! executor hears of the wake.

#![allow(unsafe_code, reason = "it hands entries on to the wheel")]

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::task::Waker;

use super::{Hold, Instant};
use crate::internal::lock::Lock;
use crate::internal::wake_batch::WakeBatch;
use crate::internal::wheel::{Entry, NEVER, Wheel};

/// What all handles on one virtual time share.
pub(crate) struct Shared {
    state: Lock<State>,
    goes: Goes,
    /// Where time began.
    origin: Instant,
}

/// When time goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Goes {
    /// When none of the scopes has anything to do.
    WhenIdle,
    /// Then too, but only as far as somebody waits for a stall.
    ByHand,
    /// Somebody else decides. Then there are no scopes to count, and the clock never goes on by itself.
    #[cfg(feature = "testing")]
    Driven,
}

struct State {
    wheel: Wheel,
    now: u64,
    scopes: Scopes,
    /// Guards, and whoever is waking what has become due.
    holds: usize,
    /// Who waits for a stall, or is about to; few.
    stalls: Vec<Stall>,
    /// The one that was made last.
    last_stall: u64,
}

/// Somebody waits for everything to have run at an instant.
struct Stall {
    id: u64,
    at: u64,
    /// None before the first poll, when it does not matter yet.
    waker: Option<Waker>,
}

/// What becomes of time that goes on.
enum Step {
    /// It is at the next deadline, which is to be fired.
    Deadline(u64),
    /// It is where somebody waits for a stall, who is to be told.
    Stall(u64),
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
    /// If time may go on, moves it to where something is to be done, and holds it meanwhile.
    fn go_on(&mut self, goes: Goes) -> Option<Step> {
        if self.scopes.runnable > 0 || self.holds > 0 {
            return None;
        }
        let stall = self.stalls.iter().filter(|stall| stall.waker.is_some()).map(|stall| stall.at).min();
        let step = match stall {
            None if goes != Goes::WhenIdle || self.scopes.alive == 0 => return None,
            None => Step::Deadline(self.leap_to_next()?),
            // All there is, but not to the end of time.
            Some(NEVER) => self.leap_to_next().map_or(Step::Stall(NEVER), Step::Deadline),
            Some(at) => self.leap(at).map_or(Step::Stall(at), Step::Deadline),
        };
        self.holds += 1;
        Some(step)
    }

    /// Moves time to the next deadline, which is to be fired.
    fn leap_to_next(&mut self) -> Option<u64> {
        let at = self.wheel.exact_next_deadline()?;
        self.now = self.now.max(at);
        Some(at)
    }

    /// Where the wait with this number is.
    fn stall(&self, id: u64) -> Option<usize> {
        self.stalls.iter().position(|stall| stall.id == id)
    }

    /// The same if that deadline is no later than `end`. Else moves time there, and all is done.
    fn leap(&mut self, end: u64) -> Option<u64> {
        if self.wheel.exact_next_deadline().is_some_and(|next| next <= end) {
            return self.leap_to_next();
        }
        self.now = self.now.max(end);
        None
    }

    /// Takes out those who wait for a stall at `at`, in the order in which they began. Says whether the batch was full
    /// before all were out.
    fn end_stalls(&mut self, at: u64, batch: &mut WakeBatch) -> bool {
        while let Some(first) = self.stalls.iter().position(|stall| stall.at == at && stall.waker.is_some()) {
            if batch.is_full() {
                return true;
            }
            if let Some(waker) = self.stalls.remove(first).waker {
                batch.push(waker);
            }
        }
        false
    }
}

// What sleeps call is kept out of line, so that those on the system's clock do not pay for it.
impl Shared {
    pub(super) fn new(origin: Instant, goes: Goes) -> Self {
        let now = origin.as_nanos();
        let (wheel, scopes) = (Wheel::new(now), Scopes::default());
        let state = State { wheel, now, scopes, holds: 0, stalls: Vec::new(), last_stall: 0 };
        Self { state: Lock::new(state), goes, origin }
    }

    pub(super) fn origin(&self) -> Instant {
        self.origin
    }

    /// Whether the clock's scopes are to tell it when they have something to do.
    pub(super) fn counts_scopes(&self) -> bool {
        matches!(self.goes, Goes::WhenIdle | Goes::ByHand)
    }

    #[inline(never)]
    pub(super) fn now(&self) -> Instant {
        Instant::from_nanos(self.state.with(|state| state.now))
    }

    pub(super) fn hold(self: &Arc<Self>) -> Hold {
        self.state.with(|state| state.holds += 1);
        Hold { shared: Arc::clone(self) }
    }

    /// Ends a [hold](Self::hold).
    pub(super) fn let_go(&self) {
        self.change(|state| state.holds -= 1);
    }

    /// With time held: moves it to `end`, from deadline to deadline.
    pub(super) fn advance_to(&self, end: Instant) {
        while let Some(at) = self.state.with(|state| state.leap(end.as_nanos())) {
            self.fire(at);
        }
    }

    /// With time held: moves it to the next deadline. Says whether there was one.
    pub(super) fn advance_to_next(&self) -> bool {
        let at = self.state.with(State::leap_to_next);
        at.inspect(|&at| self.fire(at)).is_some()
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

    /// Makes a place for somebody who will wait for a stall at `at`, and says under which number.
    pub(super) fn new_stall(&self, at: Instant) -> u64 {
        self.state.with(|state| {
            state.last_stall += 1;
            let id = state.last_stall;
            state.stalls.push(Stall { id, at: at.as_nanos(), waker: None });
            id
        })
    }

    /// Whether a stall has not come yet, and if so, whether it is `waker` who will be woken.
    pub(super) fn awaits_stall(&self, id: u64, waker: &Waker) -> Option<bool> {
        self.state.with(|state| {
            let stall = &state.stalls[state.stall(id)?];
            Some(stall.waker.as_ref().is_some_and(|old| old.will_wake(waker)))
        })
    }

    /// Has a stall wake `waker`, and gives the one that it would have woken before. If it has come already, `waker` comes
    /// back. It may come, and wake, before this returns.
    pub(super) fn await_stall(&self, id: u64, waker: Waker) -> Result<Option<Waker>, Waker> {
        self.change(|state| match state.stall(id) {
            Some(at) => Ok(state.stalls[at].waker.replace(waker)),
            None => Err(waker),
        })
    }

    /// Takes a stall away, if it has not come yet, and gives the waker that it would have woken.
    pub(super) fn remove_stall(&self, id: u64) -> Option<Waker> {
        self.state.with(|state| {
            let at = state.stall(id)?;
            state.stalls.remove(at).waker
        })
    }

    /// Changes the state, and lets time go on for as long as it may then.
    fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let (result, mut step) = self.state.with(|state| (change(state), state.go_on(self.goes)));
        while let Some(taken) = step {
            match taken {
                Step::Deadline(at) => self.fire(at),
                Step::Stall(at) => self.tell(|state, batch| state.end_stalls(at, batch)),
            }
            step = self.state.with(|state| {
                state.holds -= 1;
                state.go_on(self.goes)
            });
        }
        result
    }

    /// With time held, and moved to `at`: wakes whoever waited for that.
    fn fire(&self, at: u64) {
        self.tell(|state, batch| state.wheel.expire(at, batch));
    }

    /// Wakes the wakers that `take` takes out, as long as it says that there are more.
    fn tell(&self, take: impl Fn(&mut State, &mut WakeBatch) -> bool) {
        let mut batch = WakeBatch::new();
        loop {
            let more = self.state.with(|state| take(state, &mut batch));
            // Whoever's waker it is that panics, it is not the business of who happens to be here.
            batch.wake_quietly();
            if !more {
                return;
            }
        }
    }
}
