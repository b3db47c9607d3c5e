//! The wait list: who waits, in the order in which they came.
//!
//! It is intrusive and doubly linked. The node, a [`Waiter`], lives in the waiting future, so that waiting allocates
//! nothing and leaving the queue is O(1) from anywhere in it. The list itself knows nothing of permits or locks; it
//! keeps order, and hands out [`Outcome`]s.
//!
//! # Who may touch what
//!
//! * A [`WaitList`] lives in a [`Lock`](super::lock::Lock), "the list's lock". All links, the stored wakers and the
//!   list's ends are read and written under it alone.
//! * [`Waiter::outcome`] is the exception: it is atomic, and may be read by the waiter's owner at any time.
//!
//! # Life of a waiter
//!
//! 1. Its owner makes it with the waker already in it, pins it (it is part of a pinned future), and links it with
//!    [`WaitList::push_back`]. From here on it must not move, and must not go away while it is linked.
//! 2. Either somebody takes it out with [`WaitList::pop_front`]: it is unlinked, its waker is taken out, and *last* its
//!    outcome is stored. That store is the end of everybody else's interest in the node: an owner that sees an outcome
//!    other than [`Outcome::Waiting`] may free it at once, without the lock.
//! 3. Or its owner takes it out with [`WaitList::remove`], under the lock, while its outcome is still `Waiting`.

#![allow(unsafe_code, reason = "an intrusive list is made of pointers into pinned futures")]

use core::mem;
use core::ptr::NonNull;
use core::task::Waker;

use super::shim::UnsafeCell;
use super::shim::atomic::{AtomicU8, Ordering};

/// What became of a waiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Outcome {
    /// It is linked, and nobody has decided yet.
    Waiting,
    /// It was given what it waits for, and must pass that on if it is dropped.
    Granted,
    /// It was sent away with nothing that could be passed on: what it waited for has been closed, or has happened for
    /// everybody at once.
    Closed,
}

/// What [`Waiter::outcome`] holds for a waiter that was granted by somebody who serves the queue from the back.
const GRANTED_FROM_BACK: u8 = 3;

/// A node of the list, in the future that waits.
#[derive(Debug)]
pub(crate) struct Waiter {
    /// An [`Outcome`], or [`GRANTED_FROM_BACK`]; written once, by whoever takes the node out.
    outcome: AtomicU8,
    /// Whether it goes to the front of the queue. Known before it is linked, and not changed after that.
    cuts_in: bool,
    /// Everything else; the list's lock guards it while the node is linked.
    linked: UnsafeCell<Linked>,
}

#[derive(Debug)]
struct Linked {
    prev: Option<NonNull<Waiter>>,
    next: Option<NonNull<Waiter>>,
    /// `Some` while the node is linked, unless whoever keeps the list has taken it out to wake its owner.
    waker: Option<Waker>,
    /// How much is waited for, in the unit of the primitive; or another number by which it knows its waiters.
    want: usize,
}

impl Waiter {
    pub(crate) fn new(want: usize, waker: Waker) -> Self {
        Self {
            outcome: AtomicU8::new(Outcome::Waiting as u8),
            cuts_in: false,
            linked: UnsafeCell::new(Linked { prev: None, next: None, waker: Some(waker), want }),
        }
    }

    /// The same, for [`WaitList::push_front`].
    pub(crate) fn cutting_in(self) -> Self {
        Self { cuts_in: true, ..self }
    }

    /// Whether it is one for the front of the queue.
    pub(crate) fn cuts_in(&self) -> bool {
        self.cuts_in
    }

    /// What became of it. Once it is not [`Outcome::Waiting`], the node belongs to its owner alone.
    #[inline]
    pub(crate) fn outcome(&self) -> Outcome {
        // ORDERING: Acquire pairs with the Release of `settle`: what the granter did before it granted (the previous
        // holder's critical section included), and its last access to this node, happen before what follows here.
        match self.outcome.load(Ordering::Acquire) {
            0 => Outcome::Waiting,
            1 | GRANTED_FROM_BACK => Outcome::Granted,
            _ => Outcome::Closed,
        }
    }

    /// Whether it was granted by [`WaitList::pop_back`].
    pub(crate) fn granted_from_back(&self) -> bool {
        // ORDERING: as in `outcome`.
        self.outcome.load(Ordering::Acquire) == GRANTED_FROM_BACK
    }
}

/// The queue of linked waiters, first come first served.
pub(crate) struct WaitList {
    head: Option<NonNull<Waiter>>,
    tail: Option<NonNull<Waiter>>,
    len: usize,
}

// SAFETY: the pointers lead to `Waiter`s, whose contents (wakers, numbers, links) may all be used from any thread, and
// which are accessed only under the lock that the list lives in.
unsafe impl Send for WaitList {}

impl WaitList {
    pub(crate) const fn new() -> Self {
        Self { head: None, tail: None, len: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.head.is_none()
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The waiter at the front.
    pub(crate) fn front(&self) -> Option<NonNull<Waiter>> {
        self.head
    }

    /// What the waiter at the front wants.
    pub(crate) fn front_want(&self) -> Option<usize> {
        // SAFETY: a linked node is alive (contract of `push_back`), and we are under the list's lock.
        self.head.map(|head| unsafe { linked(head, |node| node.want) })
    }

    /// Links a waiter at the back.
    ///
    /// # Safety
    ///
    /// `waiter` is linked nowhere and its outcome is `Waiting`. It stays where it is, alive, until it has been removed
    /// or has an outcome. Called under the list's lock.
    pub(crate) unsafe fn push_back(&mut self, waiter: NonNull<Waiter>) {
        // SAFETY: alive by this function's contract, and only we touch it.
        unsafe { linked(waiter, |node| node.prev = self.tail) };
        match self.tail {
            // SAFETY: linked nodes are alive.
            Some(tail) => unsafe { linked(tail, |node| node.next = Some(waiter)) },
            None => self.head = Some(waiter),
        }
        self.tail = Some(waiter);
        self.len += 1;
    }

    /// Links a waiter at the front.
    ///
    /// # Safety
    ///
    /// As for [`push_back`](Self::push_back).
    pub(crate) unsafe fn push_front(&mut self, waiter: NonNull<Waiter>) {
        // SAFETY: alive by this function's contract, and only we touch it.
        unsafe { linked(waiter, |node| node.next = self.head) };
        match self.head {
            // SAFETY: linked nodes are alive.
            Some(head) => unsafe { linked(head, |node| node.prev = Some(waiter)) },
            None => self.tail = Some(waiter),
        }
        self.head = Some(waiter);
        self.len += 1;
    }

    /// Takes the waiter at the front out, gives it `outcome`, and returns its waker for the caller to wake once the
    /// lock is released.
    #[inline]
    pub(crate) fn pop_front(&mut self, outcome: Outcome) -> Option<Waker> {
        let head = self.head?;
        // SAFETY: the head is linked, here.
        unsafe { self.settle(head, outcome as u8) }
    }

    /// Takes the waiter at the back out, grants it what it waits for, and returns its waker for the caller to wake once
    /// the lock is released.
    pub(crate) fn pop_back(&mut self) -> Option<Waker> {
        let tail = self.tail?;
        // SAFETY: the tail is linked, here.
        unsafe { self.settle(tail, GRANTED_FROM_BACK) }
    }

    /// Takes a waiter out, wherever in the queue it is, and gives it `outcome`; returns its waker.
    ///
    /// # Safety
    ///
    /// As for [`remove`](Self::remove).
    pub(crate) unsafe fn pop(&mut self, waiter: NonNull<Waiter>, outcome: Outcome) -> Option<Waker> {
        // SAFETY: this function's contract.
        unsafe { self.settle(waiter, outcome as u8) }
    }

    /// Moves all who wait in `other` to the back of this list, in their order. Both live in the same lock.
    pub(crate) fn append(&mut self, other: &mut Self) {
        let Some(first) = other.head.take() else { return };
        match self.tail {
            // SAFETY: linked nodes are alive, and both lists are under the lock.
            Some(last) => unsafe {
                linked(last, |node| node.next = Some(first));
                linked(first, |node| node.prev = Some(last));
            },
            None => self.head = Some(first),
        }
        self.tail = other.tail.take();
        self.len += mem::take(&mut other.len);
    }

    /// Takes a waiter out, wherever in the queue it is, and returns its waker for the caller to drop once the lock is
    /// released.
    ///
    /// # Safety
    ///
    /// `waiter` is linked in this list: it was pushed here, and its outcome, read under the lock, is `Waiting`.
    pub(crate) unsafe fn remove(&mut self, waiter: NonNull<Waiter>) -> Option<Waker> {
        // SAFETY: this function's contract.
        unsafe { self.unlink(waiter) }
    }

    /// The waiter behind `waiter`.
    ///
    /// # Safety
    ///
    /// As for [`remove`](Self::remove).
    pub(crate) unsafe fn next(&self, waiter: NonNull<Waiter>) -> Option<NonNull<Waiter>> {
        // SAFETY: this function's contract.
        unsafe { linked(waiter, |node| node.next) }
    }

    /// Whether `waiter` has a waker.
    ///
    /// # Safety
    ///
    /// As for [`remove`](Self::remove).
    pub(crate) unsafe fn has_waker(&self, waiter: NonNull<Waiter>) -> bool {
        // SAFETY: this function's contract.
        unsafe { linked(waiter, |node| node.waker.is_some()) }
    }

    /// Takes the waker of `waiter`, which stays in the list, to be woken once the lock is released.
    ///
    /// # Safety
    ///
    /// As for [`remove`](Self::remove).
    pub(crate) unsafe fn take_waker(&mut self, waiter: NonNull<Waiter>) -> Option<Waker> {
        // SAFETY: this function's contract.
        unsafe { linked(waiter, |node| node.waker.take()) }
    }

    /// Whether `waker` would wake the same task as the one that `waiter` stores.
    ///
    /// # Safety
    ///
    /// As for [`remove`](Self::remove).
    pub(crate) unsafe fn will_wake(&self, waiter: NonNull<Waiter>, waker: &Waker) -> bool {
        // SAFETY: this function's contract.
        unsafe { linked(waiter, |node| node.waker.as_ref().is_some_and(|stored| stored.will_wake(waker))) }
    }

    /// Gives `waiter` another waker and returns the old one for the caller to drop once the lock is released.
    ///
    /// # Safety
    ///
    /// As for [`remove`](Self::remove).
    pub(crate) unsafe fn replace_waker(&mut self, waiter: NonNull<Waiter>, waker: Waker) -> Option<Waker> {
        // SAFETY: this function's contract.
        unsafe { linked(waiter, |node| node.waker.replace(waker)) }
    }

    /// What a waiter wants.
    ///
    /// # Safety
    ///
    /// As for [`remove`](Self::remove).
    pub(crate) unsafe fn want(&self, waiter: NonNull<Waiter>) -> usize {
        // SAFETY: this function's contract.
        unsafe { linked(waiter, |node| node.want) }
    }

    /// Has a waiter want another amount.
    ///
    /// # Safety
    ///
    /// `waiter` is linked in this list, or about to be. Called under the list's lock.
    pub(crate) unsafe fn set_want(&mut self, waiter: NonNull<Waiter>, want: usize) {
        // SAFETY: this function's contract.
        unsafe { linked(waiter, |node| node.want = want) };
    }

    /// # Safety
    ///
    /// `waiter` is linked in this list.
    unsafe fn settle(&mut self, waiter: NonNull<Waiter>, outcome: u8) -> Option<Waker> {
        // SAFETY: this function's contract.
        let waker = unsafe { self.unlink(waiter) };
        // SAFETY: alive until the store, which is our last access.
        let node = unsafe { waiter.as_ref() };
        // ORDERING: Release, see `Waiter::outcome`. Nothing of the node is touched after this line: its owner may be
        // freeing it.
        node.outcome.store(outcome, Ordering::Release);
        waker
    }

    /// # Safety
    ///
    /// `waiter` is linked in this list.
    unsafe fn unlink(&mut self, waiter: NonNull<Waiter>) -> Option<Waker> {
        // SAFETY: this function's contract.
        let (prev, next, waker) =
            unsafe { linked(waiter, |node| (node.prev.take(), node.next.take(), node.waker.take())) };
        match prev {
            // SAFETY: neighbours of a linked node are linked.
            Some(prev) => unsafe { linked(prev, |node| node.next = next) },
            None => self.head = next,
        }
        match next {
            // SAFETY: as above.
            Some(next) => unsafe { linked(next, |node| node.prev = prev) },
            None => self.tail = prev,
        }
        self.len -= 1;
        waker
    }
}

/// Opens a node's guarded half.
///
/// # Safety
///
/// The node is alive, and the caller is under the lock of the list that it is (about to be) linked in.
unsafe fn linked<R>(waiter: NonNull<Waiter>, f: impl FnOnce(&mut Linked) -> R) -> R {
    // SAFETY: alive by contract. The reference is shared: the owner may read `outcome` meanwhile.
    let waiter = unsafe { waiter.as_ref() };
    // SAFETY: the lock is held by contract, so nobody else has a reference to the guarded half.
    waiter.linked.with_mut(|node| f(unsafe { &mut *node }))
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn waiters<const N: usize>() -> [Waiter; N] {
        core::array::from_fn(|want| Waiter::new(want, Waker::noop().clone()))
    }

    fn wants(list: &mut WaitList) -> Vec<usize> {
        core::iter::from_fn(|| {
            let want = list.front_want();
            list.pop_front(Outcome::Granted);
            want
        })
        .collect()
    }

    #[test]
    fn first_in_first_out() {
        let nodes = waiters::<4>();
        let mut list = WaitList::new();
        for node in &nodes {
            // SAFETY: the nodes outlive the list and do not move.
            unsafe { list.push_back(node.into()) };
        }
        assert_eq!(list.len(), 4);
        assert_eq!(wants(&mut list), [0, 1, 2, 3]);
        assert!(list.is_empty());
        assert!(nodes.iter().all(|node| node.outcome() == Outcome::Granted));
    }

    #[test]
    fn one_goes_to_the_front_of_an_empty_list_and_of_a_long_one() {
        for late in 0..3 {
            let nodes = waiters::<3>();
            let mut list = WaitList::new();
            for (n, node) in nodes.iter().enumerate() {
                // SAFETY: the nodes outlive the list and do not move.
                unsafe { if n < late { list.push_back(node.into()) } else { list.push_front(node.into()) } };
            }
            assert_eq!(list.len(), 3);
            // SAFETY: linked just now.
            drop(unsafe { list.remove((&nodes[1]).into()) });
            assert_eq!(wants(&mut list), [[2, 0], [2, 0], [2, 0]][late]);
        }
    }

    #[test]
    fn the_back_can_be_served_too() {
        let nodes = waiters::<3>();
        let mut list = WaitList::new();
        for node in &nodes {
            // SAFETY: the nodes outlive the list and do not move.
            unsafe { list.push_back(node.into()) };
        }
        assert!(list.pop_back().is_some());
        assert!(nodes[2].outcome() == Outcome::Granted && nodes[2].granted_from_back());
        assert_eq!(wants(&mut list), [0, 1]);
        assert!(nodes[1].outcome() == Outcome::Granted && !nodes[1].granted_from_back());
        assert!(list.pop_back().is_none());
    }

    #[test]
    fn a_list_is_appended_to_another_whichever_are_empty() {
        for split in 0..=4 {
            let nodes = waiters::<4>();
            let (mut front, mut back) = (WaitList::new(), WaitList::new());
            for (n, node) in nodes.iter().enumerate() {
                let list = if n < split { &mut front } else { &mut back };
                // SAFETY: the nodes outlive the lists and do not move.
                unsafe { list.push_back(node.into()) };
            }
            front.append(&mut back);
            assert!(back.is_empty());
            assert_eq!((front.len(), back.len()), (4, 0));
            // SAFETY: linked above, and in `front` now.
            drop(unsafe { front.remove((&nodes[2]).into()) });
            assert_eq!(wants(&mut front), [0, 1, 3]);
        }
    }

    #[test]
    fn removing_any_one_keeps_the_order_of_the_rest() {
        for gone in 0..4 {
            let nodes = waiters::<4>();
            let mut list = WaitList::new();
            for node in &nodes {
                // SAFETY: the nodes outlive the list and do not move.
                unsafe { list.push_back(node.into()) };
            }
            // SAFETY: linked just now.
            let waker = unsafe { list.remove((&nodes[gone]).into()) };
            assert!(waker.is_some());
            assert_eq!(nodes[gone].outcome(), Outcome::Waiting);
            let rest: Vec<_> = (0..4).filter(|&n| n != gone).collect();
            assert_eq!(wants(&mut list), rest);
            assert_eq!(list.len(), 0);
        }
    }
}
