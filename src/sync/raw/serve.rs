//! What comes back, and who gets it: handing permits to the front of the queue, and telling waiters to try.

use core::task::Waker;

use super::queue::Queue;
use super::state::{CLOSED, EMPTY, OPEN, QUEUE, RESERVED, TOLD, count, give, permits};
use super::{BOUND, Fairness, Outcome, RawSemaphore, overflow};
use crate::internal::shim::atomic::Ordering;
use crate::internal::wake_batch::{WakeBatch, wake};

impl RawSemaphore {
    /// Has what comes in kept for the waiter at the front, which has been overtaken often enough.
    pub(super) fn reserve(&self) {
        let mut budget = usize::MAX;
        WakeBatch::in_rounds(|batch| {
            self.queue.with(|queue| {
                // Somebody may have served it meanwhile, and another is at the front.
                let enough = self.overtaken.load(Ordering::Relaxed) >= BOUND;
                if enough && !queue.is_empty() {
                    // ORDERING: Acquire, so that `hand_out` may publish the permits that are in the word with a plain store.
                    self.word.fetch_or(RESERVED, Ordering::Acquire);
                }
                self.hand_out(queue, 0, &mut budget, batch).unwrap_or(false)
            })
        });
    }

    pub(super) fn release_to_waiters(&self, mut given: usize) {
        if self.fairness == Fairness::Fifo {
            if let Some(waker) = self.queue.with(|queue| self.hand_over(queue, given)) {
                return wake(waker);
            }
        }
        // What was there before, others have been told of.
        let mut budget = given;
        WakeBatch::in_rounds(|batch| {
            let handed_out = self.queue.with(|queue| {
                // Whoever stood at the front may have gone meanwhile.
                if self.is_due() && !queue.is_empty() {
                    // ORDERING: as in `reserve`.
                    self.word.fetch_or(RESERVED, Ordering::Acquire);
                }
                self.hand_out(queue, given, &mut budget, batch)
            });
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
    pub(super) fn hand_out(
        &self,
        queue: &mut Queue,
        given: usize,
        budget: &mut usize,
        batch: &mut WakeBatch,
    ) -> Option<bool> {
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
            () if behind_served && self.fairness != Fairness::Fifo => OPEN,
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
    pub(super) fn note_told(&self, queue: &Queue) {
        let told = if queue.all_told() { TOLD } else { OPEN };
        let now = self.word.load(Ordering::Relaxed) & QUEUE;
        if matches!(now, OPEN | TOLD) && now != told {
            // The bits change under the lock only, and permits are not touched.
            self.word.fetch_xor(OPEN ^ TOLD, Ordering::Relaxed);
        }
    }
}
