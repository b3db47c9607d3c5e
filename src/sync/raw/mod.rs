//! The algorithm under every lock and semaphore of this module, without their types.
//!
//! A mutex is a semaphore with one permit; a semaphore is a number, and a queue for when the number is too small. This
//! file is the number and the queue, [`state`] the bits of the word, [`acquire`] the future. The typed shells
//! ([`Mutex`](super::Mutex), [`RwLock`](super::RwLock), [`Semaphore`](super::Semaphore) and the bounded ones) add a value and
//! guards, and no algorithm.
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
//! One that holds permits already, without which nobody who waits can be served, may *cut in*: it is linked at the front, and
//! takes what was saved up for others (see [`try_acquire_in_front`](RawSemaphore::try_acquire_in_front)).

#![allow(unsafe_code, reason = "it links the waiters of pinned futures")]

mod acquire;
#[cfg(all(test, anywhen_loom))]
pub(super) mod models;
mod queue;
mod state;

use core::fmt;
use core::mem;
use core::ptr::NonNull;
use core::task::Waker;

use crate::internal::lock::Lock;
use crate::internal::shim::atomic::{AtomicU32, AtomicUsize, Ordering};
use crate::internal::shim::const_unless_loom;
use crate::internal::wait_list::{Outcome, WaitList, Waiter};
use crate::internal::wake_batch::{WakeBatch, wake};

use super::Fairness;
use super::observe::Identity;
pub(crate) use acquire::{Owner, RawAcquire, acquire_future};
use queue::Queue;
pub(crate) use state::MAX_PERMITS;
use state::{CLOSED, EMPTY, OPEN, QUEUE, RESERVED, TOLD, count, give, permits, take, take_kept, take_open};

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
    /// How often the waiter at the front may be overtaken; `u32::MAX` for ever.
    bound: u32,
    /// How often it has been, or somebody was about to.
    overtaken: AtomicU32,
    queue: Lock<Queue>,
    identity: Identity,
}

/// What an attempt to queue came to.
pub(super) enum Queued {
    /// Permits had come in meanwhile, and were taken.
    Acquired,
    /// The waiter is linked.
    Waiting,
    /// The waiter is linked, and the front has been overtaken often enough: [`RawSemaphore::reserve`] is to be called.
    Behind,
    Refused(Refusal),
}

/// What an attempt of a waiter came to.
enum Attempt {
    /// It has an outcome: permits, if that is what it says.
    Settled(Outcome),
    /// There are not enough permits, or they are kept for another.
    TooFew,
    /// The waiter at the front has been overtaken often enough; permits are kept for it from now on.
    TooOften,
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
                bound: fairness.bound(),
                overtaken: AtomicU32::new(0),
                queue: Lock::new(Queue::new(limit)),
                identity: Identity::new(kind),
            }
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
        if self.bound != 0 {
            return self.acquire_all_looking(all);
        }
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
        self.acquire_all_fast(1)
    }

    /// Takes the one permit of a mutex, if it is there for anybody.
    #[inline]
    pub(crate) fn try_lock(&self) -> bool {
        self.try_acquire_all(1)
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
                Ok(_) => return Ok(()),
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

    /// Counts an overtaking of the waiter at the front, and says whether it puts up with that.
    fn may_overtake(&self) -> bool {
        // ORDERING: Relaxed, as for a mere count: it orders nothing.
        self.bound == u32::MAX || self.overtaken.fetch_add(1, Ordering::Relaxed) < self.bound
    }

    /// Has what comes in kept for the waiter at the front, which has been overtaken often enough.
    fn reserve(&self) {
        let mut budget = usize::MAX;
        WakeBatch::in_rounds(|batch| {
            self.queue.with(|queue| {
                // Somebody may have served it meanwhile, and another is at the front.
                let enough = self.overtaken.load(Ordering::Relaxed) >= self.bound;
                if enough && !queue.is_empty() {
                    // ORDERING: Acquire, so that `hand_out` may publish the permits that are in the word with a plain store.
                    self.word.fetch_or(RESERVED, Ordering::Acquire);
                }
                self.hand_out(queue, 0, &mut budget, batch).unwrap_or(false)
            })
        });
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
        if self.bound != 0 {
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
        self.release_all(1);
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
        let mut word = self.word.load(Ordering::Relaxed);
        while let EMPTY | TOLD = word & QUEUE {
            let Some(sum) = give(word, given) else { overflow() };
            // ORDERING: as in `release_from`.
            match self.word.compare_exchange_weak(word, sum, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
        self.release_to_waiters(given);
    }

    fn release_to_waiters(&self, mut given: usize) {
        if self.bound == 0 {
            if let Some(waker) = self.queue.with(|queue| self.hand_over(queue, given)) {
                return wake(waker);
            }
        }
        // What was there before, others have been told of.
        let mut budget = given;
        WakeBatch::in_rounds(|batch| {
            let handed_out = self.queue.with(|queue| self.hand_out(queue, given, &mut budget, batch));
            let Some(more) = handed_out else { overflow() };
            given = 0;
            more
        });
    }

    /// Hands what is there, with `given`, to the waiter at the front, if that is just what it wants and nobody may overtake
    /// it: what there is to do for a mutex, and all that there is to do. Else it does nothing. Called under the queue's lock.
    #[inline]
    fn hand_over(&self, queue: &mut Queue, given: usize) -> Option<Option<Waker>> {
        let word = self.word.load(Ordering::Relaxed);
        if word & (QUEUE | CLOSED) != RESERVED || queue.front_want() != Some(count(give(word, given)?)) {
            return None;
        }
        let waker = queue.pop_front(Outcome::Granted);
        // ORDERING: as in `hand_out`.
        self.word.store(if queue.is_empty() { EMPTY } else { RESERVED }, Ordering::Release);
        Some(waker)
    }

    /// Adds `given` to what is in the word, and sees to the queue: hands permits to its front where they are reserved,
    /// and else tells those that they suffice for, until the permits of `budget` have been told of.
    ///
    /// Says whether it stopped because the batch is full, and `None`, having done nothing, if there would be too many
    /// permits. Called under the queue's lock, which the parameter shows.
    fn hand_out(&self, queue: &mut Queue, given: usize, budget: &mut usize, batch: &mut WakeBatch) -> Option<bool> {
        // ORDERING: Relaxed, because whoever reserved the permits acquired what the releases before that published, and did
        // so under this lock; releases since then came through this lock too.
        let mut word = self.word.load(Ordering::Relaxed);
        while word & QUEUE != RESERVED {
            let sum = give(word, given)?;
            // ORDERING: Release, as in `release`.
            match self.word.compare_exchange_weak(word, sum, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return Some(self.tell(queue, budget, batch)),
                Err(now) => word = now,
            }
        }
        // From here the word is ours: see `state`.
        let mut left = count(give(word, given)?);
        let (mut behind_served, mut more) = (false, false);
        if word & CLOSED == 0 {
            while let Some(want) = queue.front_want().filter(|&want| want <= left) {
                if batch.is_full() {
                    more = true;
                    break;
                }
                left -= want;
                // Who is behind one that has cut in has been overtaken as often as that.
                behind_served |= !queue.has_cut_in();
                if let Some(waker) = queue.pop_front(Outcome::Granted) {
                    batch.push(waker);
                }
            }
        }
        let next = match () {
            () if queue.is_empty() => EMPTY,
            // There is another at the front, which has not been overtaken yet.
            () if behind_served && self.bound > 0 => OPEN,
            () => RESERVED,
        };
        if next != RESERVED {
            self.overtaken.store(0, Ordering::Relaxed);
        }
        // ORDERING: Release, so that whoever takes the permits that stay sees what their last holders did.
        self.word.store(permits(left) | (word & CLOSED) | next, Ordering::Release);
        if next == OPEN {
            // Nobody has been told of what is left.
            *budget = usize::MAX;
            more = self.tell(queue, budget, batch);
        }
        Some(more)
    }

    /// Where permits are there for anybody, tells those waiters that they suffice for, and says whether it stopped because
    /// the batch is full. Else it does nothing. Called under the queue's lock.
    fn tell(&self, queue: &mut Queue, budget: &mut usize, batch: &mut WakeBatch) -> bool {
        let word = self.word.load(Ordering::Relaxed);
        if word & CLOSED != 0 || !matches!(word & QUEUE, OPEN | TOLD) {
            return false;
        }
        // Permits that come in from here on bring their own call of this, or find that all have been told.
        *budget = (*budget).min(count(word));
        let more = queue.tell(count(word), budget, batch);
        self.note_told(queue);
        more
    }

    /// Makes the word say whether there is anybody left to tell, where it does so. Called under the queue's lock.
    fn note_told(&self, queue: &Queue) {
        let told = if queue.all_told() { TOLD } else { OPEN };
        let now = self.word.load(Ordering::Relaxed) & QUEUE;
        if matches!(now, OPEN | TOLD) && now != told {
            // The bits change under the lock only, and permits are not touched.
            self.word.fetch_xor(OPEN ^ TOLD, Ordering::Relaxed);
        }
    }

    /// Takes `want` permits, or links `waiter` at the back of the queue; or at the front, and then takes what is kept for
    /// others, too, see [`try_acquire_in_front`](Self::try_acquire_in_front).
    ///
    /// # Safety
    ///
    /// `waiter` is fresh and wants `want`. If the answer is `Waiting`, it stays where it is until it has an outcome or
    /// [`cancel`](Self::cancel) has returned.
    unsafe fn acquire_or_queue(&self, want: usize, waiter: NonNull<Waiter>) -> Queued {
        // SAFETY: the owner calls, so the node is alive.
        let in_front = unsafe { waiter.as_ref() }.cuts_in();
        self.queue.with(|queue| {
            let mut word = self.word.load(Ordering::Relaxed);
            let mut allowed = None;
            loop {
                if word & CLOSED != 0 {
                    return Queued::Refused(Refusal::Closed);
                }
                if want == 0 {
                    return Queued::Acquired;
                }
                // They came in just now. Where others wait, to take them is to overtake.
                let mut left = if in_front { take_kept(word, want) } else { take_open(word, want) };
                if left.is_some() && word & QUEUE != EMPTY && !in_front {
                    allowed = allowed.or_else(|| Some(self.may_overtake()));
                    left = left.filter(|_| allowed == Some(true));
                }
                if left.is_none() && queue.is_full() {
                    return Queued::Refused(Refusal::QueueFull);
                }
                let next = match (left, word & QUEUE) {
                    (Some(left), _) => left,
                    // It says so already, and is ours: see `state`.
                    (None, RESERVED) => break,
                    (None, EMPTY) if self.bound == 0 => word | RESERVED,
                    // From here on there is one who has not been told.
                    (None, _) => word & !QUEUE | OPEN,
                };
                // ORDERING: Acquire where permits are taken, see `try_acquire`; where they become reserved, so that
                // `hand_out` may publish the permits that are in the word with a plain store.
                match self.word.compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Relaxed) {
                    Ok(_) if left.is_some() => return Queued::Acquired,
                    Ok(_) => break,
                    Err(now) => word = now,
                }
            }
            // SAFETY: this function's contract; we are under the lock.
            unsafe { if in_front { queue.push_front(waiter) } else { queue.push_back(waiter) } };
            if allowed == Some(false) { Queued::Behind } else { Queued::Waiting }
        })
    }

    /// Takes a waiter out of the queue, or passes on what it was granted or told of. Serves whoever stood behind it.
    ///
    /// # Safety
    ///
    /// `waiter` was linked by [`acquire_or_queue`](Self::acquire_or_queue) and wants `want`.
    #[cold]
    #[inline(never)]
    unsafe fn cancel(&self, want: usize, waiter: NonNull<Waiter>) {
        // SAFETY: the owner calls, so the node is alive.
        let outcome = || unsafe { waiter.as_ref() }.outcome();
        let (mut linked, mut waker, mut budget) = (true, None, usize::MAX);
        // Others first: dropping the waker runs foreign code, which may panic.
        WakeBatch::in_rounds(|batch| {
            self.queue.with(|queue| {
                if mem::take(&mut linked) {
                    if outcome() != Outcome::Waiting {
                        return false;
                    }
                    // SAFETY: it was linked here, and under the lock its outcome is still `Waiting`.
                    waker = unsafe { self.take_out(queue, waiter, Outcome::Closed) };
                }
                // It may have stood in front of others that what has been saved up suffices for, or have been told of
                // permits that they can have.
                self.hand_out(queue, 0, &mut budget, batch).unwrap_or(false)
            })
        });
        if outcome() == Outcome::Granted {
            self.release(want);
        }
        drop(waker);
    }

    /// Unlinks a waiter and gives it `outcome`, so that it is known to be out of the queue whatever unwinds then. Makes the
    /// word say what is true of the queue now.
    ///
    /// # Safety
    ///
    /// The caller is under the queue's lock, and `waiter` is linked.
    unsafe fn take_out(&self, queue: &mut Queue, waiter: NonNull<Waiter>, outcome: Outcome) -> Option<Waker> {
        // See `hand_out` for one that has cut in.
        let front = queue.is_front(waiter) && !queue.has_cut_in();
        // SAFETY: this function's contract.
        let waker = unsafe { queue.pop(waiter, outcome) };
        if front || queue.is_empty() {
            self.overtaken.store(0, Ordering::Relaxed);
        }
        if queue.is_empty() {
            // ORDERING: Release, for where the permits were reserved and those who come next find them free.
            self.word.fetch_and(!QUEUE, Ordering::Release);
        } else if front && self.bound > 0 && self.word.load(Ordering::Relaxed) & QUEUE == RESERVED {
            // What was kept for it is anybody's again.
            // ORDERING: as above.
            self.word.fetch_xor(RESERVED ^ OPEN, Ordering::Release);
        }
        self.note_told(queue);
        waker
    }

    /// What a waiter that is polled finds: its outcome; else, if there are permits for anybody, it takes them, wherever in
    /// the queue it stands; else it waits, and wakes `waker` from now on.
    ///
    /// # Safety
    ///
    /// `waiter` was linked by [`acquire_or_queue`](Self::acquire_or_queue) and wants `want`.
    unsafe fn poll_waiting(&self, want: usize, waiter: NonNull<Waiter>, waker: &Waker) -> Outcome {
        let (mut settled, mut spare, mut budget) = (None, None, usize::MAX);
        WakeBatch::in_rounds(|batch| {
            self.queue.with(|queue| {
                // SAFETY: this function's contract; under the lock, a waiter that has no outcome is linked.
                match unsafe { self.take_as_waiter(queue, want, waiter, &mut spare) } {
                    // The front is served instead, here and not later: what follows may unwind.
                    Attempt::TooOften => self.hand_out(queue, 0, &mut budget, batch).unwrap_or(false),
                    Attempt::TooFew => {
                        // SAFETY: as above.
                        settled = unsafe { queue.will_wake(waiter, waker) }.then_some(Outcome::Waiting);
                        false
                    }
                    Attempt::Settled(outcome) => {
                        settled = Some(outcome);
                        false
                    }
                }
            })
        });
        drop(spare.take());
        if let Some(outcome) = settled {
            return outcome;
        }
        let (mut new, mut budget) = (Some(waker.clone()), usize::MAX);
        WakeBatch::in_rounds(|batch| {
            self.queue.with(|queue| {
                if new.is_some() {
                    // SAFETY: as above.
                    unsafe {
                        if let Attempt::Settled(outcome) = self.take_as_waiter(queue, want, waiter, &mut spare) {
                            settled = Some(outcome);
                            return false;
                        }
                        spare = new.take().and_then(|new| queue.replace_waker(waiter, new));
                    }
                    self.note_told(queue);
                }
                // If it was told, then of permits that may suffice for another.
                self.hand_out(queue, 0, &mut budget, batch).unwrap_or(false)
            })
        });
        settled.unwrap_or(Outcome::Waiting)
    }

    /// Takes permits for a waiter if there are enough for anybody, and unlinks it. Its waker, if it still has one, goes to
    /// `spare`, to be dropped outside of the lock.
    ///
    /// # Safety
    ///
    /// The caller is under the queue's lock, and `waiter` was linked here, and wants `want`.
    unsafe fn take_as_waiter(
        &self,
        queue: &mut Queue,
        want: usize,
        waiter: NonNull<Waiter>,
        spare: &mut Option<Waker>,
    ) -> Attempt {
        // SAFETY: the owner calls, so the node is alive.
        let outcome = unsafe { waiter.as_ref() }.outcome();
        if outcome != Outcome::Waiting {
            return Attempt::Settled(outcome);
        }
        let mut word = self.word.load(Ordering::Relaxed);
        // Nobody overtakes itself, and an attempt counts once, however often the word changes meanwhile.
        let mut counted = queue.is_front(waiter);
        while let Some(left) = take_open(word, want) {
            if !mem::replace(&mut counted, true) && !self.may_overtake() {
                // ORDERING: as in `reserve`.
                self.word.fetch_or(RESERVED, Ordering::Acquire);
                return Attempt::TooOften;
            }
            // ORDERING: as in `acquire_fast`.
            match self.word.compare_exchange_weak(word, left, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => {
                    // SAFETY: it has no outcome, so it is linked.
                    *spare = unsafe { self.take_out(queue, waiter, Outcome::Granted) };
                    return Attempt::Settled(Outcome::Granted);
                }
                Err(now) => word = now,
            }
        }
        Attempt::TooFew
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
