//! The algorithm under every lock and semaphore of this module, without their types.
//!
//! A mutex is a semaphore with one permit; a semaphore is a number, and a queue for when the number is too small. This
//! file is the number, [`state`] the bits of the word, [`queue`] the queue. [`serve`] says who gets what comes back, [`wait`]
//! what those in the queue do, and [`acquire`] is the future. The typed shells ([`Mutex`](super::Mutex),
//! [`RwLock`](super::RwLock), [`Semaphore`](super::Semaphore) and the bounded ones) add a value and guards, and no algorithm.
//!
//! # How it works
//!
//! Taking permits that are there, and giving permits back while nobody waits, is one compare-exchange on the word each.
//! Whoever finds too few permits takes the queue's lock, says so in the word, and links itself at the back.
//!
//! Where nobody may overtake, permits that are given back are then *handed* to the front of the queue, under the lock: the
//! waiter finds its outcome in its own node, and does not compete for anything. A permit that was handed to a waiter which
//! is then dropped is passed on. A waiter that wants many permits holds the front of the queue while they come in; they are
//! saved up in the word. When it gives up, whoever is next and can be served is served at once.
//!
//! Where waiters may be overtaken, permits that are given back are there for anybody, and a waiter is *told* to try (see
//! [`queue`]). What it was told of it takes, or passes on: a waiter that finds too little, or is dropped, tells others.
//! Overtakings are counted, and when the front has been overtaken often enough, what comes in is handed to it as above.
//!
//! Who counts when depends on what there is to be had. There is one holder of a *mutex*: he counts after he has taken the lock,
//! with a plain load and a plain store, and no other lock can get in between. Who reaches the bound hands the lock over when
//! he gives it back. Of *permits* others may have some, too: there one counts in one step, and before one takes, and who
//! finds that it has been enough queues, and has them kept for the front.
//!
//! One that holds permits already, without which nobody who waits can be served, may *cut in*: it is linked at the front, and
//! takes what was saved up for others (see [`try_acquire_in_front`](RawSemaphore::try_acquire_in_front)).

mod acquire;
#[cfg(all(test, anywhen_loom))]
pub(super) mod models;
#[cfg(all(feature = "std", not(anywhen_loom)))]
mod patience;
mod queue;
mod serve;
mod state;
mod wait;

use core::fmt;
use core::mem;

use crate::internal::lock::Lock;
use crate::internal::shim::atomic::{AtomicU32, AtomicUsize, Ordering};
use crate::internal::shim::const_unless_loom;
use crate::internal::wait_list::{Outcome, WaitList, Waiter};
use crate::internal::wake_batch::WakeBatch;

use super::Fairness;
use super::observe::Identity;
pub(crate) use acquire::{Owner, RawAcquire, acquire_future};
use queue::Queue;
pub(crate) use state::MAX_PERMITS;
use state::{CLOSED, EMPTY, QUEUE, RESERVED, TOLD, count, give, permits, take, take_kept, take_open};

/// How often the waiter at the front of an `Eventual` lock is overtaken.
const BOUND: u32 = Fairness::EVENTUAL_BOUND;

/// Why permits were not had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There are not enough of them, or others were there first.
    NoPermits,
    /// The semaphore is closed.
    Closed,
    /// There are not enough of them, and the queue has reached its limit.
    QueueFull,
}

/// Permits, and the queue of those who wait for some.
pub(crate) struct RawSemaphore {
    /// Described in [`state`].
    word: AtomicUsize,
    /// How often the waiter at the front may be overtaken.
    fairness: Fairness,
    /// Whether it is a mutex: one permit, so that whoever has that is alone.
    sole: bool,
    /// How often the waiter at the front has been overtaken, or somebody was about to; with [`Fairness::Eventual`] alone.
    /// Who may write to it when, [`may_overtake`](Self::may_overtake) and [`has_overtaken`](Self::has_overtaken) say.
    overtaken: AtomicU32,
    #[cfg(all(feature = "std", not(anywhen_loom)))]
    patience: patience::Patience,
    queue: Lock<Queue>,
    identity: Identity,
}

impl RawSemaphore {
    const_unless_loom! {
        /// `permits` of them, and room for `limit` waiters, who are overtaken as often as `fairness` says. Users know it as a
        /// `kind`.
        ///
        /// # Panics
        ///
        /// If `permits` exceeds [`MAX_PERMITS`].
        #[track_caller]
        pub(crate) fn new(kind: &'static str, permits: usize, limit: usize, fairness: Fairness) -> Self {
            assert!(permits <= MAX_PERMITS, "a semaphore may not have more than MAX_PERMITS permits");
            Self {
                word: AtomicUsize::new(state::permits(permits)),
                fairness,
                sole: false,
                overtaken: AtomicU32::new(0),
                #[cfg(all(feature = "std", not(anywhen_loom)))]
                patience: patience::Patience::new(),
                queue: Lock::new(Queue::new(limit)),
                identity: Identity::new(kind),
            }
        }
    }

    const_unless_loom! {
        /// The one permit of a mutex; the rest as with [`new`](Self::new). It is never closed, and no permit is added.
        pub(crate) fn mutex(kind: &'static str, limit: usize, fairness: Fairness) -> Self {
            let mut mutex = Self::new(kind, 1, limit, fairness);
            mutex.sole = true;
            mutex
        }
    }

    pub(crate) const fn set_name(&mut self, name: &'static str) {
        self.identity.set_name(name);
    }

    #[inline]
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Takes `want` permits if they are there and nobody was there first: a load and one compare-exchange.
    ///
    /// May fail for no other reason than that the word was changed meanwhile; [`try_acquire`](Self::try_acquire) knows.
    #[inline]
    pub(crate) fn acquire_fast(&self, want: usize) -> bool {
        let word = self.word.load(Ordering::Relaxed);
        let Some(left) = take(word, want) else { return false };
        // ORDERING: Acquire pairs with the Release of `release`, so that what earlier holders did is seen here.
        self.word.compare_exchange(word, left, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Takes all permits, `all` of them, if nobody has one and nobody waits. It guesses that so it is, which saves the load.
    ///
    /// Where those who wait may be overtaken, it looks first: there the lock is often taken while others wait, and a guess that
    /// is wrong costs as much as one that is right. The same goes for [`release_all`](Self::release_all).
    #[inline]
    pub(crate) fn acquire_all_fast(&self, all: usize) -> bool {
        if self.fairness != Fairness::Fifo {
            return self.acquire_all_looking(all);
        }
        self.acquire_all_guessing(all)
    }

    #[inline]
    fn acquire_all_guessing(&self, all: usize) -> bool {
        // ORDERING: as in `acquire_fast`.
        self.word.compare_exchange(permits(all), 0, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Not inlined, to keep the way of the others short.
    #[inline(never)]
    fn acquire_all_looking(&self, all: usize) -> bool {
        self.acquire_fast(all)
    }

    /// Takes all permits, `all` of them, if they are there for anybody.
    #[inline]
    pub(crate) fn try_acquire_all(&self, all: usize) -> bool {
        self.acquire_all_fast(all) || self.try_acquire_slow(all).is_ok()
    }

    /// Takes the one permit of a mutex; see [`acquire_all_fast`](Self::acquire_all_fast).
    #[inline]
    pub(crate) fn lock_fast(&self) -> bool {
        debug_assert!(self.sole, "it is for a mutex");
        if self.fairness != Fairness::Fifo {
            return self.lock_looking();
        }
        self.acquire_all_guessing(1)
    }

    /// The same where others may wait, and be overtaken: what a fight for a mutex comes down to, together with
    /// [`unlock_looking`](Self::unlock_looking). A load and one compare-exchange each, and plain counting.
    #[inline(never)]
    fn lock_looking(&self) -> bool {
        let word = self.word.load(Ordering::Relaxed);
        let Some(left) = take_open(word, 1) else { return false };
        // ORDERING: as in `acquire_fast`.
        let had = self.word.compare_exchange(word, left, Ordering::Acquire, Ordering::Relaxed).is_ok();
        if had {
            self.has_overtaken(word);
        }
        had
    }

    /// Waits a moment for the lock of an `Eventual` mutex, if somebody holds it to whom it was not handed, and if that is worth
    /// it: see [`patience`]. Whoever calls it tries to have the lock after that.
    #[inline]
    pub(super) fn wait_a_moment(&self) {
        #[cfg(all(feature = "std", not(anywhen_loom)))]
        if self.sole && self.fairness == Fairness::Eventual {
            // ORDERING: Relaxed, since it is not taken here.
            self.patience.wait(|| match self.word.load(Ordering::Relaxed) {
                word if word & QUEUE == RESERVED => patience::Look::Kept,
                word if count(word) == 0 => patience::Look::Held,
                _ => patience::Look::Free,
            });
        }
    }

    /// Takes the one permit of a mutex, if it is there for anybody.
    #[inline]
    pub(crate) fn try_lock(&self) -> bool {
        self.lock_fast() || self.try_acquire_slow(1).is_ok()
    }

    /// Takes `want` permits if they are there for anybody, or says why not.
    #[inline]
    pub(crate) fn try_acquire(&self, want: usize) -> Result<(), Refusal> {
        if self.acquire_fast(want) { Ok(()) } else { self.try_acquire_slow(want) }
    }

    #[cold]
    #[inline(never)]
    fn try_acquire_slow(&self, want: usize) -> Result<(), Refusal> {
        let mut word = self.word.load(Ordering::Relaxed);
        // An attempt counts once, however often the word changes meanwhile.
        let mut counted = false;
        while let Some(left) = take_open(word, want) {
            if word & QUEUE != EMPTY && want > 0 && !mem::replace(&mut counted, true) && !self.may_overtake() {
                self.reserve();
                return Err(Refusal::NoPermits);
            }
            // ORDERING: as in `acquire_fast`.
            match self.word.compare_exchange_weak(word, left, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => {
                    self.has_overtaken(word);
                    return Ok(());
                }
                Err(now) => word = now,
            }
        }
        if word & CLOSED != 0 {
            Err(Refusal::Closed)
        } else if want == 0 {
            // Nothing is there to be had, whoever waits.
            Ok(())
        } else {
            Err(Refusal::NoPermits)
        }
    }

    /// Takes `want` permits if they are there, though they are kept for whoever waits.
    ///
    /// It is for one who has some permits already, without which nobody who waits can be served, and does not give them
    /// back before it has these. To wait in line for them would be to wait for itself. There must not be two of that kind
    /// at a time, or they would wait for each other: what such a one has is more than half of all permits, see
    /// [`RwLock`](super::RwLock). It overtakes nobody in the sense of [`Fairness`], and is not counted.
    pub(crate) fn try_acquire_in_front(&self, want: usize) -> bool {
        self.acquire_fast(want) || self.queue.with(|_| self.take_kept(want))
    }

    /// See [`try_acquire_in_front`](Self::try_acquire_in_front). Called under the queue's lock, and so, where permits are kept
    /// for somebody, alone.
    fn take_kept(&self, want: usize) -> bool {
        let mut word = self.word.load(Ordering::Relaxed);
        while let Some(left) = take_kept(word, want) {
            // ORDERING: as in `acquire_fast`.
            match self.word.compare_exchange_weak(word, left, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    /// Counts an overtaking of the waiter at the front, and says whether it puts up with that. Called before the permits
    /// are taken.
    ///
    /// Whoever takes the lock of a mutex counts when he [has it](Self::has_overtaken); there, this says yes and counts nothing.
    fn may_overtake(&self) -> bool {
        // ORDERING: Relaxed, as for a mere count: it orders nothing.
        self.sole || self.fairness == Fairness::Unfair || self.overtaken.fetch_add(1, Ordering::Relaxed) < BOUND
    }

    /// Counts an overtaking of the waiter at the front, if there was one when the word was `word`. Called by whoever has
    /// just taken the lock of a mutex, and only there does it anything: it need not be one step, since nobody else counts
    /// meanwhile, and it comes late enough to be never in vain. Whoever thereby reaches the bound hands the lock over when he
    /// gives it back, see [`is_due`](Self::is_due); so nobody finds it free who may not take it.
    #[inline]
    fn has_overtaken(&self, word: usize) {
        if self.sole && word & QUEUE != EMPTY && self.fairness == Fairness::Eventual {
            // ORDERING: Relaxed. Earlier holders' counts are seen, because they gave back what was taken here. When another
            // comes to the front, somebody else writes a zero, under the queue's lock; if that falls between these two, the
            // next at the front inherits the count, and is overtaken less often for it.
            let count = self.overtaken.load(Ordering::Relaxed);
            self.overtaken.store(count.saturating_add(1), Ordering::Relaxed);
        }
    }

    /// Whether the lock of a mutex goes to the waiter at the front when it is given back. Called by whoever holds it.
    #[inline]
    fn is_due(&self) -> bool {
        // ORDERING: Relaxed, as above.
        self.sole && self.fairness == Fairness::Eventual && self.overtaken.load(Ordering::Relaxed) >= BOUND
    }

    /// Whether the waiter at the front of a mutex's queue, which was told and has found the lock taken again, has it kept for
    /// it from now on. Called under the queue's lock.
    #[inline]
    fn is_half_due(&self) -> bool {
        // ORDERING: Relaxed; a count that is not seen yet only means that it is told once more.
        let overtaken = self.overtaken.load(Ordering::Relaxed);
        self.sole && self.fairness == Fairness::Eventual && overtaken >= Fairness::EVENTUAL_BOUND_IN_VAIN
    }

    /// Gives `given` permits back, or adds them.
    ///
    /// # Panics
    ///
    /// If there would then be more than [`MAX_PERMITS`]; none are added.
    #[inline]
    pub(crate) fn release(&self, given: usize) {
        self.release_from(self.word.load(Ordering::Relaxed), given);
    }

    /// Gives all permits back, `all` of them. It guesses that nobody waits, which saves the load.
    #[inline]
    pub(crate) fn release_all(&self, all: usize) {
        if self.fairness != Fairness::Fifo {
            return self.release_all_looking(all);
        }
        self.release_from(0, all);
    }

    /// As [`acquire_all_looking`](Self::acquire_all_looking).
    #[inline(never)]
    fn release_all_looking(&self, all: usize) {
        self.release(all);
    }

    /// Gives the one permit of a mutex back.
    #[inline]
    pub(crate) fn unlock(&self) {
        debug_assert!(self.sole, "it is for a mutex");
        if self.fairness != Fairness::Fifo {
            return self.unlock_looking();
        }
        self.release_from(0, 1);
    }

    /// As [`lock_looking`](Self::lock_looking).
    #[inline(never)]
    fn unlock_looking(&self) {
        let word = self.word.load(Ordering::Relaxed);
        let alone = match word & QUEUE {
            EMPTY => true,
            TOLD => !self.is_due(),
            _ => false,
        };
        if alone {
            if let Some(sum) = give(word, 1) {
                // ORDERING: as in `release_from`.
                if self.word.compare_exchange(word, sum, Ordering::Release, Ordering::Relaxed).is_ok() {
                    return;
                }
            }
        }
        self.release_slow(1);
    }

    #[inline]
    fn release_from(&self, word: usize, given: usize) {
        if word & QUEUE == EMPTY {
            if let Some(sum) = give(word, given) {
                // ORDERING: Release, so that whoever takes these permits sees what was done while they were held.
                if self.word.compare_exchange(word, sum, Ordering::Release, Ordering::Relaxed).is_ok() {
                    return;
                }
            }
        }
        self.release_slow(given);
    }

    #[cold]
    #[inline(never)]
    fn release_slow(&self, given: usize) {
        let due = self.is_due();
        let mut word = self.word.load(Ordering::Relaxed);
        while !due && matches!(word & QUEUE, EMPTY | TOLD) {
            let Some(sum) = give(word, given) else { overflow() };
            // ORDERING: as in `release_from`.
            match self.word.compare_exchange_weak(word, sum, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
        self.release_to_waiters(given);
    }

    /// Hands out nothing more, and sends all who wait away.
    pub(crate) fn close(&self) {
        WakeBatch::in_rounds(|batch| {
            self.queue.with(|queue| {
                self.word.fetch_or(CLOSED, Ordering::Relaxed);
                while !queue.is_empty() {
                    if batch.is_full() {
                        return true;
                    }
                    if let Some(waker) = queue.pop_front(Outcome::Closed) {
                        batch.push(waker);
                    }
                }
                self.word.fetch_and(!QUEUE, Ordering::Relaxed);
                false
            })
        });
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.word.load(Ordering::Relaxed) & CLOSED != 0
    }

    /// How many permits are available to somebody who asks now; none while they are kept for another.
    pub(crate) fn available(&self) -> usize {
        let word = self.word.load(Ordering::Relaxed);
        if word & QUEUE == RESERVED { 0 } else { count(word) }
    }

    /// Takes away up to `most` available permits for good, and says how many those were.
    pub(crate) fn forget(&self, most: usize) -> usize {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            if word & QUEUE == RESERVED {
                return 0;
            }
            let gone = count(word).min(most);
            // ORDERING: Acquire, as for any other taking of permits.
            match self.word.compare_exchange_weak(word, word - permits(gone), Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return gone,
                Err(now) => word = now,
            }
        }
    }

    /// How many may wait.
    pub(crate) fn limit(&self) -> usize {
        self.queue.with(|queue| queue.limit())
    }

    /// How many wait.
    pub(crate) fn waiters(&self) -> usize {
        self.queue.with(|queue| queue.len())
    }
}

#[cold]
#[inline(never)]
fn overflow() -> ! {
    panic!("number of added permits would overflow MAX_PERMITS");
}

impl RawSemaphore {
    /// What there is to say about it, under the name of what it is part of.
    pub(crate) fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("available", &self.available())
            .field("closed", &self.is_closed())
            .field("waiters", &self.waiters())
            .finish()
    }
}
