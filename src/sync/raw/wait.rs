//! Those who wait: how they come into the queue, what they find when they are polled, and how they leave.

#![allow(unsafe_code, reason = "it links the waiters of pinned futures")]

use core::mem;
use core::ptr::NonNull;
use core::task::Waker;

use super::queue::Queue;
use super::state::{CLOSED, EMPTY, OPEN, QUEUE, RESERVED, take_kept, take_open};
use super::{Fairness, Outcome, RawSemaphore, Refusal, Waiter};
use crate::internal::shim::atomic::Ordering;
use crate::internal::wake_batch::WakeBatch;

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
    /// Takes `want` permits, or links `waiter` at the back of the queue; or at the front, and then takes what is kept for
    /// others, too, see [`try_acquire_in_front`](Self::try_acquire_in_front).
    ///
    /// # Safety
    ///
    /// `waiter` is fresh and wants `want`. If the answer is `Waiting`, it stays where it is until it has an outcome or
    /// [`cancel`](Self::cancel) has returned.
    pub(super) unsafe fn acquire_or_queue(&self, want: usize, waiter: NonNull<Waiter>) -> Queued {
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
                    (None, EMPTY) if self.fairness == Fairness::Fifo => word | RESERVED,
                    // From here on there is one who has not been told.
                    (None, _) => word & !QUEUE | OPEN,
                };
                // ORDERING: Acquire where permits are taken, see `try_acquire`; where they become reserved, so that
                // `hand_out` may publish the permits that are in the word with a plain store.
                match self.word.compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Relaxed) {
                    Ok(_) if left.is_some() => {
                        self.has_overtaken(word);
                        return Queued::Acquired;
                    }
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
    pub(super) unsafe fn cancel(&self, want: usize, waiter: NonNull<Waiter>) {
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
        } else if front && self.fairness != Fairness::Fifo && self.word.load(Ordering::Relaxed) & QUEUE == RESERVED {
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
    pub(super) unsafe fn poll_waiting(&self, want: usize, waiter: NonNull<Waiter>, waker: &Waker) -> Outcome {
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
                    let told = unsafe {
                        if let Attempt::Settled(outcome) = self.take_as_waiter(queue, want, waiter, &mut spare) {
                            settled = Some(outcome);
                            return false;
                        }
                        let told = !queue.has_waker(waiter);
                        spare = new.take().and_then(|new| queue.replace_waker(waiter, new));
                        told
                    };
                    self.note_told(queue);
                    // To tell it again would most likely be in vain again.
                    if told && queue.is_front(waiter) && self.is_half_due() {
                        // ORDERING: as in `reserve`.
                        self.word.fetch_or(RESERVED, Ordering::Acquire);
                    }
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
        let front = queue.is_front(waiter);
        let mut counted = front;
        while let Some(left) = take_open(word, want) {
            if !mem::replace(&mut counted, true) && !self.may_overtake() {
                // ORDERING: as in `reserve`.
                self.word.fetch_or(RESERVED, Ordering::Acquire);
                return Attempt::TooOften;
            }
            // ORDERING: as in `acquire_fast`.
            match self.word.compare_exchange_weak(word, left, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => {
                    if !front {
                        self.has_overtaken(word);
                    }
                    // SAFETY: it has no outcome, so it is linked.
                    *spare = unsafe { self.take_out(queue, waiter, Outcome::Granted) };
                    return Attempt::Settled(Outcome::Granted);
                }
                Err(now) => word = now,
            }
        }
        Attempt::TooFew
    }
}
