//! The algorithm under every lock and semaphore of this module, without their types.
//!
//! A mutex is a semaphore with one permit; a semaphore is a number, and a queue for when the number is too small. This
//! file is the number and the queue, [`state`] the bits of the word, [`acquire`] the future. The typed shells
//! ([`Mutex`](super::Mutex), [`Semaphore`](super::Semaphore) and the bounded ones) add a value and guards, and no
//! algorithm.
//!
//! # How it works
//!
//! Taking permits that are there, and giving permits back while nobody waits, is one compare-exchange on the word each.
//! Whoever finds too few permits takes the queue's lock, sets the "waiters" bit, and links itself at the back. Whoever
//! gives permits back while that bit is set takes the lock too, and hands the permits to the front of the queue:
//! the waiter finds its outcome in its own node, and does not compete for anything. So nobody overtakes, and a permit
//! that was handed to a waiter which is then dropped is passed on.
//!
//! A waiter that wants many permits holds the front of the queue while they come in; they are saved up in the word.
//! When it gives up, whoever is next and can be served is served at once.

#![allow(unsafe_code, reason = "it links the waiters of pinned futures")]

mod acquire;
#[cfg(all(test, anywhen_loom))]
mod models;
mod state;

use core::fmt;
use core::mem;
use core::ptr::NonNull;

use crate::internal::lock::Lock;
use crate::internal::shim::atomic::{AtomicUsize, Ordering};
use crate::internal::shim::const_unless_loom;
use crate::internal::wait_list::{Outcome, WaitList, Waiter};
use crate::internal::wake_batch::WakeBatch;

pub(crate) use acquire::{Owner, RawAcquire, acquire_future};
pub(crate) use state::MAX_PERMITS;
use state::{CLOSED, ONE, WAITERS, count, give, permits, take};

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
    queue: Lock<Queue>,
}

struct Queue {
    list: WaitList,
    /// How many may wait.
    limit: usize,
}

/// What an attempt to queue came to.
pub(super) enum Queued {
    /// Permits had come in meanwhile, and were taken.
    Acquired,
    /// The waiter is linked.
    Waiting,
    Refused(Refusal),
}

impl RawSemaphore {
    const_unless_loom! {
        /// `permits` of them, and room for `limit` waiters.
        ///
        /// # Panics
        ///
        /// If `permits` exceeds [`MAX_PERMITS`].
        #[track_caller]
        pub(crate) fn new(permits: usize, limit: usize) -> Self {
            assert!(permits <= MAX_PERMITS, "a semaphore may not have more than MAX_PERMITS permits");
            Self {
                word: AtomicUsize::new(state::permits(permits)),
                queue: Lock::new(Queue { list: WaitList::new(), limit }),
            }
        }
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

    /// Takes the one permit of a mutex, if it is free and nobody waits. It guesses that so it is, which saves the load.
    #[inline]
    pub(crate) fn try_lock(&self) -> bool {
        // ORDERING: as in `acquire_fast`.
        self.word.compare_exchange(ONE, 0, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Takes `want` permits if they are there and nobody was there first, or says why not.
    #[inline]
    pub(crate) fn try_acquire(&self, want: usize) -> Result<(), Refusal> {
        if self.acquire_fast(want) { Ok(()) } else { self.try_acquire_slow(want) }
    }

    #[cold]
    #[inline(never)]
    fn try_acquire_slow(&self, want: usize) -> Result<(), Refusal> {
        let mut word = self.word.load(Ordering::Relaxed);
        while let Some(left) = take(word, want) {
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

    /// Gives `given` permits back, or adds them.
    ///
    /// # Panics
    ///
    /// If there would then be more than [`MAX_PERMITS`]; none are added.
    #[inline]
    pub(crate) fn release(&self, given: usize) {
        self.release_from(self.word.load(Ordering::Relaxed), given);
    }

    /// Gives the one permit of a mutex back. It guesses that nobody waits, which saves the load.
    #[inline]
    pub(crate) fn unlock(&self) {
        self.release_from(0, 1);
    }

    #[inline]
    fn release_from(&self, word: usize, given: usize) {
        if word & WAITERS == 0 {
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
        while word & WAITERS == 0 {
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
        WakeBatch::in_rounds(|batch| {
            let Some(more) = self.queue.with(|queue| self.hand_out(queue, given, batch)) else { overflow() };
            given = 0;
            more
        });
    }

    /// Serves the front of the queue with what is in the word and `given`, and leaves the rest in the word.
    ///
    /// Says whether it stopped because the batch is full, and `None`, having done nothing, if there would be too many
    /// permits. Called under the queue's lock, which the parameter shows.
    fn hand_out(&self, queue: &mut Queue, given: usize, batch: &mut WakeBatch) -> Option<bool> {
        // ORDERING: Relaxed, because whoever set the "waiters" bit acquired what the releases before it published, and did
        // so under this lock; releases since then came through this lock too.
        let mut word = self.word.load(Ordering::Relaxed);
        while word & WAITERS == 0 {
            // Whoever waited has gone since the caller looked, and the word is anybody's to change.
            let sum = give(word, given)?;
            // ORDERING: Release, as in `release`.
            match self.word.compare_exchange_weak(word, sum, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return Some(false),
                Err(now) => word = now,
            }
        }
        // From here the word is ours: see `state`.
        let mut left = count(give(word, given)?);
        let mut more = false;
        if word & CLOSED == 0 {
            while let Some(want) = queue.list.front_want().filter(|&want| want <= left) {
                if batch.is_full() {
                    more = true;
                    break;
                }
                left -= want;
                if let Some(waker) = queue.list.pop_front(Outcome::Granted) {
                    batch.push(waker);
                }
            }
        }
        let waiters = if queue.list.is_empty() { 0 } else { WAITERS };
        // ORDERING: Release, so that whoever takes the permits that stay sees what their last holders did.
        self.word.store(permits(left) | (word & CLOSED) | waiters, Ordering::Release);
        Some(more)
    }

    /// Takes `want` permits, or links `waiter` at the back of the queue.
    ///
    /// # Safety
    ///
    /// `waiter` is fresh and wants `want`. If the answer is `Waiting`, it stays where it is until it has an outcome or
    /// [`cancel`](Self::cancel) has returned.
    unsafe fn acquire_or_queue(&self, want: usize, waiter: NonNull<Waiter>) -> Queued {
        self.queue.with(|queue| {
            let mut word = self.word.load(Ordering::Relaxed);
            loop {
                if word & CLOSED != 0 {
                    return Queued::Refused(Refusal::Closed);
                }
                if want == 0 {
                    return Queued::Acquired;
                }
                let enough = word & WAITERS == 0 && count(word) >= want;
                if !enough && queue.list.len() >= queue.limit {
                    return Queued::Refused(Refusal::QueueFull);
                }
                if word & WAITERS != 0 {
                    break;
                }
                let next = if enough { word - permits(want) } else { word | WAITERS };
                // ORDERING: Acquire where permits are taken, see `try_acquire`; where only the bit is set, so that
                // `hand_out` may publish the permits that are in the word with a plain store.
                match self.word.compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Relaxed) {
                    Ok(_) if enough => return Queued::Acquired,
                    Ok(_) => break,
                    Err(now) => word = now,
                }
            }
            // SAFETY: this function's contract; we are under the lock.
            unsafe { queue.list.push_back(waiter) };
            Queued::Waiting
        })
    }

    /// Takes a waiter out of the queue, or passes on what it was granted. Serves whoever stood behind it.
    ///
    /// # Safety
    ///
    /// `waiter` was linked by [`acquire_or_queue`](Self::acquire_or_queue) and wants `want`.
    #[cold]
    #[inline(never)]
    unsafe fn cancel(&self, want: usize, waiter: NonNull<Waiter>) {
        // SAFETY: the owner calls, so the node is alive.
        let outcome = || unsafe { waiter.as_ref() }.outcome();
        let (mut linked, mut waker) = (true, None);
        // Others first: dropping the waker runs foreign code, which may panic.
        WakeBatch::in_rounds(|batch| {
            self.queue.with(|queue| {
                if mem::take(&mut linked) {
                    if outcome() != Outcome::Waiting {
                        return false;
                    }
                    // SAFETY: it was linked here, and under the lock its outcome is still `Waiting`.
                    waker = unsafe { queue.list.remove(waiter) };
                }
                // It may have stood in front of others that what has been saved up suffices for.
                self.hand_out(queue, 0, batch).unwrap_or(false)
            })
        });
        if outcome() == Outcome::Granted {
            self.release(want);
        }
        drop(waker);
    }

    /// Has `waiter` wake `waker` from now on. Does nothing once it has an outcome.
    ///
    /// # Safety
    ///
    /// `waiter` was linked by [`acquire_or_queue`](Self::acquire_or_queue).
    unsafe fn update_waker(&self, waiter: NonNull<Waiter>, waker: &core::task::Waker) {
        // SAFETY: the owner calls, so the node is alive.
        let waiting = || unsafe { waiter.as_ref() }.outcome() == Outcome::Waiting;
        // SAFETY: where it is called, the node is linked: it was, and under the lock its outcome is still `Waiting`.
        let same = self.queue.with(|queue| !waiting() || unsafe { queue.list.will_wake(waiter, waker) });
        if same {
            return;
        }
        let new = waker.clone();
        let old = self.queue.with(|queue| {
            if waiting() {
                // SAFETY: as above.
                unsafe { queue.list.replace_waker(waiter, new) }
            } else {
                Some(new)
            }
        });
        drop(old);
    }

    /// Hands out nothing more, and sends all who wait away.
    pub(crate) fn close(&self) {
        WakeBatch::in_rounds(|batch| {
            self.queue.with(|queue| {
                self.word.fetch_or(CLOSED, Ordering::Relaxed);
                while !batch.is_full() {
                    match queue.list.pop_front(Outcome::Closed) {
                        Some(waker) => batch.push(waker),
                        None => {
                            self.word.fetch_and(!WAITERS, Ordering::Relaxed);
                            return false;
                        }
                    }
                }
                true
            })
        });
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.word.load(Ordering::Relaxed) & CLOSED != 0
    }

    /// How many permits are available to somebody who asks now; none while others wait.
    pub(crate) fn available(&self) -> usize {
        let word = self.word.load(Ordering::Relaxed);
        if word & WAITERS != 0 { 0 } else { count(word) }
    }

    /// Takes away up to `most` available permits for good, and says how many those were.
    pub(crate) fn forget(&self, most: usize) -> usize {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            if word & WAITERS != 0 {
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
        self.queue.with(|queue| queue.limit)
    }

    /// How many wait.
    pub(crate) fn waiters(&self) -> usize {
        self.queue.with(|queue| queue.list.len())
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
