//! The algorithm under everything here that waits for something to *happen* rather than for something to be free.
//!
//! [`Notify`](super::Notify), [`Event`](super::Event), [`SetOnce`](super::SetOnce), [`Barrier`](super::Barrier),
//! [`WaitGroup`](super::WaitGroup) and [`Condvar`](super::Condvar) are this: a word that says what has happened, and a
//! queue of those for whom it has not. What the word means is the primitive's affair. It tells in [`Source::pass`] when
//! somebody may pass without waiting, and changes the word with [`Signal::update`] and [`Signal::grant`].
//!
//! # The word
//!
//! **Bit 0, [`WAITERS`]**, is set exactly while somebody waits. It is set and cleared under the queue's lock only. Whoever
//! clears it while the queue is not empty lets everybody in it go. So an `update` whose result has the bit clear is a
//! broadcast, and one that keeps the bit needs no lock.
//!
//! **The other bits** belong to the primitive, and change by compare-exchange, with the lock or without. None of them
//! may ever be such that a newcomer could pass while the bit is set: it is what the others wait for.
//!
//! # A broadcast is atomic
//!
//! Wakers are woken in batches with the lock released in between, and meanwhile anybody may come, go or signal. So that a
//! broadcast is for exactly those who waited when it was made, they are moved to a second list, in O(1), under the lock and
//! together with the change of the word. The queue is empty then: who comes next waits for the next event. Who is in the
//! second list has been let go; if it is polled before its turn to be woken comes, it goes at once. A waiter finds the
//! list that it is in by the number of the round in which it queued.

#![allow(unsafe_code, reason = "it links the waiters of pinned futures")]

#[cfg(all(test, anywhen_loom))]
mod models;
mod wait;

use core::mem;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::NonNull;
use core::task::Waker;

use crate::internal::lock::Lock;
use crate::internal::shim::atomic::{AtomicUsize, Ordering};
use crate::internal::shim::const_unless_loom;
use crate::internal::wait_list::{Outcome, WaitList, Waiter};
use crate::internal::wake_batch::{WakeBatch, wake};
use crate::sync::observe::Identity;

pub(crate) use wait::{Answer, RawWait, wait_future};

/// Somebody waits; see the file's head.
pub(crate) const WAITERS: usize = 1;

/// What has happened, and the queue of those for whom it has not.
pub(crate) struct Signal {
    /// Described in the file's head.
    word: AtomicUsize,
    queue: Lock<Queue>,
    identity: Identity,
}

impl UnwindSafe for Signal {}
impl RefUnwindSafe for Signal {}

struct Queue {
    waiting: WaitList,
    /// Those that a broadcast has let go, and whose wakers have not been taken out yet.
    leaving: WaitList,
    /// How many broadcasts found somebody waiting. The `want` of a waiter is the round in which it queued.
    round: usize,
}

/// Somebody who waits: which [`Signal`], and for what.
pub(crate) trait Source {
    fn signal(&self) -> &Signal;

    /// What the word becomes when a newcomer passes, `None` if it must wait. `waiting` is how many wait already.
    ///
    /// It may be called many times, under the queue's lock too, and so does nothing else.
    fn pass(&self, word: usize, waiting: usize) -> Option<usize>;

    /// Hands on what [`Signal::grant`] gave to a waiter that will not use it. `from_back` is how it was given.
    fn pass_on(&self, from_back: bool) {
        let _ = from_back;
    }
}

/// Which end of the queue is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Front,
    Back,
}

/// What an attempt to queue came to.
enum Entered {
    /// There was no need, and in the word it took something that is for one only, or did not.
    Passed { took: bool },
    /// There was no need, and those who waited go too: [`Signal::wake_leaving`] is to be called.
    PassedWithAll,
    /// The waiter is linked.
    Waiting,
}

impl Signal {
    const_unless_loom! {
        /// With the primitive's bits as in `word`; users know it as a `kind`.
        pub(crate) fn new(kind: &'static str, word: usize) -> Self {
            let queue = Queue { waiting: WaitList::new(), leaving: WaitList::new(), round: 0 };
            Self { word: AtomicUsize::new(word), queue: Lock::new(queue), identity: Identity::new(kind) }
        }
    }

    /// The word. What was done before the changes seen in it is seen, too.
    #[inline]
    pub(crate) fn word(&self) -> usize {
        // ORDERING: Acquire pairs with the Release of `update` and `grant`.
        self.word.load(Ordering::Acquire)
    }

    /// Changes the word. If the change clears [`WAITERS`], everybody who waits goes.
    ///
    /// `change` may be called many times, and under the queue's lock.
    #[inline]
    pub(crate) fn update(&self, change: impl Fn(usize) -> usize) {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let next = change(word);
            if word & !next & WAITERS != 0 {
                return self.update_slow(change);
            }
            // Done even where it changes nothing: it publishes.
            // ORDERING: Release, so that whoever passes by what it reads here sees what was done before; Acquire, so that
            // the last of several (a count that reaches zero) publishes for all of them under the lock as well.
            match self.word.compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn update_slow(&self, change: impl Fn(usize) -> usize) {
        let mut changed = false;
        WakeBatch::in_rounds(|batch| {
            self.queue.with(|queue| {
                if !mem::replace(&mut changed, true) {
                    self.update_and_release(queue, &change);
                }
                queue.fill(batch)
            })
        });
    }

    /// Changes the word, and lets all who wait go if that clears [`WAITERS`].
    fn update_and_release(&self, queue: &mut Queue, change: impl Fn(usize) -> usize) {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let next = change(word);
            // ORDERING: as in `update`.
            match self.word.compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) if word & !next & WAITERS != 0 => return queue.release_all(),
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
    }

    /// Lets the waiter at one end go, or if nobody waits sets the bits of `stored`, for the next one to come.
    #[inline]
    pub(crate) fn grant(&self, end: End, stored: usize) {
        if !self.store(stored) {
            self.grant_slow(end, stored);
        }
    }

    /// Changes the word in a way that keeps [`WAITERS`], or says what it is where `change` has no next one.
    pub(crate) fn try_update(&self, change: impl Fn(usize) -> Option<usize>) -> Result<(), usize> {
        let mut word = self.word();
        loop {
            let Some(next) = change(word) else { return Err(word) };
            // ORDERING: as in `update`, and Acquire on failure, for the answer stands for a look at the word.
            match self.word.compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Ok(()),
                Err(now) => word = now,
            }
        }
    }

    /// Sets bits, unless somebody waits.
    #[inline]
    fn store(&self, stored: usize) -> bool {
        let mut word = self.word.load(Ordering::Relaxed);
        while word & WAITERS == 0 {
            // ORDERING: as in `update`, and for the same reason done even if it changes nothing.
            match self.word.compare_exchange_weak(word, word | stored, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    #[cold]
    #[inline(never)]
    fn grant_slow(&self, end: End, stored: usize) {
        let waker = self.queue.with(|queue| {
            // The last waiter may have gone meanwhile.
            if self.store(stored) {
                return None;
            }
            let waker = match end {
                End::Front => queue.waiting.pop_front(Outcome::Granted),
                End::Back => queue.waiting.pop_back(),
            };
            self.note_if_empty(queue);
            waker
        });
        wake(waker);
    }

    /// Clears [`WAITERS`] if nobody waits any more. Called under the queue's lock, which the parameter shows.
    fn note_if_empty(&self, queue: &mut Queue) {
        if queue.waiting.is_empty() {
            // ORDERING: Relaxed; it publishes nothing, and what others have published in the word stays published.
            self.word.fetch_and(!WAITERS, Ordering::Relaxed);
        }
    }

    /// Wakes all whom a broadcast has let go.
    fn wake_leaving(&self) {
        WakeBatch::in_rounds(|batch| self.queue.with(|queue| queue.fill(batch)));
    }

    /// Passes without waiting, if there is no need to and nobody waits: a load, and a compare-exchange if that takes
    /// something.
    #[inline]
    fn try_pass(&self, source: &impl Source) -> bool {
        // ORDERING: Acquire, here and below, pairs with the Release of `update` and `grant`.
        let mut word = self.word.load(Ordering::Acquire);
        while word & WAITERS == 0 {
            match source.pass(word, 0) {
                None => return false,
                Some(next) if next == word => return true,
                Some(next) => match self.word.compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) => return true,
                    Err(now) => word = now,
                },
            }
        }
        false
    }

    /// Passes without waiting, or links `waiter` at the back of the queue.
    ///
    /// # Safety
    ///
    /// `waiter` is fresh. If the answer is `Waiting`, it stays where it is until it has an outcome or
    /// [`leave`](Self::leave) has returned.
    unsafe fn enter(&self, source: &impl Source, waiter: NonNull<Waiter>) -> Entered {
        self.queue.with(|queue| {
            let mut word = self.word.load(Ordering::Acquire);
            let (passes, took) = loop {
                let passed = source.pass(word, queue.waiting.len());
                let next = passed.unwrap_or(word | WAITERS);
                if next == word {
                    break (passed.is_some(), false);
                }
                // ORDERING: as in `update` and `try_pass`.
                match self.word.compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) if word & !next & WAITERS != 0 => {
                        queue.release_all();
                        return Entered::PassedWithAll;
                    }
                    Ok(_) => break (passed.is_some(), passed.is_some()),
                    Err(now) => word = now,
                }
            };
            if passes {
                return Entered::Passed { took };
            }
            // SAFETY: this function's contract; we are under the lock, and nobody else knows of `waiter` yet.
            unsafe {
                queue.waiting.set_want(waiter, queue.round);
                queue.waiting.push_back(waiter);
            }
            Entered::Waiting
        })
    }

    /// Whether `waiter` is to wait on; it then wakes `waker`, if there is one, from now on.
    ///
    /// # Safety
    ///
    /// `waiter` was linked by [`enter`](Self::enter), and is alive.
    unsafe fn still_waits(&self, waiter: NonNull<Waiter>, waker: Option<&Waker>) -> bool {
        // The waker is cloned outside of the lock, and only if it is another one.
        let mut new = None;
        loop {
            let (answer, old) = self.queue.with(|queue| {
                // SAFETY: alive by this function's contract.
                if unsafe { waiter.as_ref() }.outcome() != Outcome::Waiting {
                    return (Some(false), None);
                }
                // SAFETY: it was linked, and under the lock its outcome is still `Waiting`; so it is in one of the lists,
                // and `is_leaving` tells in which.
                unsafe {
                    if queue.is_leaving(waiter) {
                        return (Some(false), queue.leaving.pop(waiter, Outcome::Closed));
                    }
                    let Some(waker) = waker else { return (Some(true), None) };
                    match new.take() {
                        Some(new) => (Some(true), queue.waiting.replace_waker(waiter, new)),
                        None if queue.waiting.will_wake(waiter, waker) => (Some(true), None),
                        None => (None, None),
                    }
                }
            });
            // Foreign code, which may panic: by now all is as it should be.
            drop(old);
            match answer {
                Some(answer) => return answer,
                None => new = waker.cloned(),
            }
        }
    }

    /// Takes `waiter` out of the queue, if it is still there, and returns its waker to be dropped.
    ///
    /// # Safety
    ///
    /// As for [`still_waits`](Self::still_waits).
    unsafe fn leave(&self, waiter: NonNull<Waiter>) -> Option<Waker> {
        self.queue.with(|queue| {
            // SAFETY: alive by this function's contract.
            if unsafe { waiter.as_ref() }.outcome() != Outcome::Waiting {
                return None;
            }
            // SAFETY: as in `still_waits`.
            unsafe {
                if queue.is_leaving(waiter) {
                    queue.leaving.remove(waiter)
                } else {
                    let waker = queue.waiting.remove(waiter);
                    self.note_if_empty(queue);
                    waker
                }
            }
        })
    }

    #[inline]
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// How many wait.
    pub(crate) fn waiters(&self) -> usize {
        self.queue.with(|queue| queue.waiting.len())
    }
}

impl Queue {
    /// Lets everybody who waits go. The caller has cleared [`WAITERS`].
    fn release_all(&mut self) {
        self.leaving.append(&mut self.waiting);
        self.round = self.round.wrapping_add(1);
    }

    /// Takes out those that have been let go, and says whether it stopped because the batch is full.
    fn fill(&mut self, batch: &mut WakeBatch) -> bool {
        while !batch.is_full() {
            match self.leaving.pop_front(Outcome::Closed) {
                Some(waker) => batch.push(waker),
                None => return false,
            }
        }
        !self.leaving.is_empty()
    }

    /// Whether `waiter` has been let go; if not, it is in `waiting`.
    ///
    /// # Safety
    ///
    /// `waiter` is linked in one of the two lists.
    unsafe fn is_leaving(&self, waiter: NonNull<Waiter>) -> bool {
        // SAFETY: it is linked in a list that is under this lock, which is all that reading the number asks for.
        unsafe { self.waiting.want(waiter) != self.round }
    }
}
