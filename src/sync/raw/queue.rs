//! The queue of a lock or semaphore: who waits, how many may, and who has been told to try.
//!
//! Where waiters may be overtaken, what is given back is not handed to one of them. It is there for anybody, and one waiter
//! is *told*: its waker is taken out and woken, and the node stays where it is. When its task polls, the waiter takes what
//! is there; or it finds that somebody was faster, and waits on with a waker again. Each release tells waiters that have
//! not been told yet, in turn, so that one that does not react keeps nobody else from trying.

#![allow(unsafe_code, reason = "it goes along a list of pinned nodes")]

use core::ptr::NonNull;
use core::task::Waker;

use super::{Outcome, WaitList, Waiter};
use crate::internal::wake_batch::WakeBatch;

/// See the file's head. It lives in a lock, as the list does.
pub(super) struct Queue {
    list: WaitList,
    /// How many may wait. More than this type can tell do not fit into memory; nor does `untold` get larger.
    limit: u32,
    /// How many of them have not been told: those that have a waker.
    untold: u32,
    /// Where to look for the next one to tell; `None` for the front.
    next: Option<NonNull<Waiter>>,
}

// SAFETY: `next` is one of the list's pointers, and used as they are.
unsafe impl Send for Queue {}

impl Queue {
    pub(super) const fn new(limit: usize) -> Self {
        let limit = if limit < u32::MAX as usize { limit as u32 } else { u32::MAX };
        Self { list: WaitList::new(), limit, untold: 0, next: None }
    }

    /// How many may wait.
    pub(super) fn limit(&self) -> usize {
        self.limit as usize
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= self.limit()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is nobody to tell.
    pub(super) fn all_told(&self) -> bool {
        self.untold == 0
    }

    /// What the waiter at the front wants.
    pub(super) fn front_want(&self) -> Option<usize> {
        self.list.front_want()
    }

    pub(super) fn is_front(&self, waiter: NonNull<Waiter>) -> bool {
        self.list.front() == Some(waiter)
    }

    /// Links a waiter at the back.
    ///
    /// # Safety
    ///
    /// That of [`WaitList::push_back`].
    pub(super) unsafe fn push_back(&mut self, waiter: NonNull<Waiter>) {
        // SAFETY: this function's contract.
        unsafe { self.list.push_back(waiter) };
        // Where others have not been told, they are in front of this one.
        if self.untold == 0 {
            self.next = Some(waiter);
        }
        self.untold += 1;
    }

    /// Links a waiter at the front. It is the next to be told.
    ///
    /// # Safety
    ///
    /// That of [`WaitList::push_back`].
    pub(super) unsafe fn push_front(&mut self, waiter: NonNull<Waiter>) {
        // SAFETY: this function's contract.
        unsafe { self.list.push_front(waiter) };
        self.next = None;
        self.untold += 1;
    }

    /// Whether the one at the front went there past those who were in the queue already.
    pub(super) fn has_cut_in(&self) -> bool {
        // SAFETY: a linked node is alive, and this half of it does not change.
        self.list.front().is_some_and(|front| unsafe { front.as_ref() }.cuts_in())
    }

    /// Takes the waiter at the front out and gives it `outcome`. Returns its waker, unless it has been told.
    pub(super) fn pop_front(&mut self, outcome: Outcome) -> Option<Waker> {
        let front = self.list.front()?;
        self.forget(front);
        self.list.pop_front(outcome)
    }

    /// Takes a waiter out, wherever it is, and gives it `outcome`. Returns its waker, unless it has been told.
    ///
    /// # Safety
    ///
    /// That of [`WaitList::remove`].
    pub(super) unsafe fn pop(&mut self, waiter: NonNull<Waiter>, outcome: Outcome) -> Option<Waker> {
        self.forget(waiter);
        // SAFETY: this function's contract.
        unsafe { self.list.pop(waiter, outcome) }
    }

    /// A linked waiter is about to go.
    fn forget(&mut self, waiter: NonNull<Waiter>) {
        // SAFETY: it is linked.
        let (has_waker, next) = unsafe { (self.list.has_waker(waiter), self.list.next(waiter)) };
        self.untold -= u32::from(has_waker);
        if self.next == Some(waiter) {
            self.next = next;
        }
    }

    /// Whether `waiter` has not been told.
    ///
    /// # Safety
    ///
    /// That of [`WaitList::remove`].
    pub(super) unsafe fn has_waker(&self, waiter: NonNull<Waiter>) -> bool {
        // SAFETY: this function's contract.
        unsafe { self.list.has_waker(waiter) }
    }

    /// Whether `waiter` has a waker, which would wake the same task as `waker`.
    ///
    /// # Safety
    ///
    /// That of [`WaitList::remove`].
    pub(super) unsafe fn will_wake(&self, waiter: NonNull<Waiter>, waker: &Waker) -> bool {
        // SAFETY: this function's contract.
        unsafe { self.list.will_wake(waiter, waker) }
    }

    /// Gives `waiter` another waker, or one again, and returns the old one.
    ///
    /// # Safety
    ///
    /// That of [`WaitList::remove`].
    pub(super) unsafe fn replace_waker(&mut self, waiter: NonNull<Waiter>, waker: Waker) -> Option<Waker> {
        // SAFETY: this function's contract.
        let old = unsafe { self.list.replace_waker(waiter, waker) };
        if old.is_none() {
            self.untold += 1;
        }
        old
    }

    /// Tells as many waiters as `permits` suffice for, going on where it left off, until `budget` is used up. Says whether
    /// it stopped because the batch is full.
    ///
    /// One that wants too many is passed over, as it would be by somebody who comes new. So this looks at all of them where
    /// there are some permits, and too few for anybody.
    pub(super) fn tell(&mut self, mut permits: usize, budget: &mut usize, batch: &mut WakeBatch) -> bool {
        // Once around.
        let mut left = self.list.len();
        while left > 0 && permits > 0 && *budget > 0 && self.untold > 0 {
            if batch.is_full() {
                return true;
            }
            let Some(waiter) = self.next.or(self.list.front()) else { break };
            // SAFETY: what `next` leads to is linked, see `forget`.
            unsafe {
                self.next = self.list.next(waiter);
                let want = self.list.want(waiter);
                if want <= permits {
                    if let Some(waker) = self.list.take_waker(waiter) {
                        permits -= want;
                        *budget = budget.saturating_sub(want);
                        self.untold -= 1;
                        batch.push(waker);
                    }
                }
            }
            left -= 1;
        }
        false
    }
}
