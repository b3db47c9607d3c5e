//! Wakers on their way out: taken under a lock, woken after it.

#![allow(unsafe_code, reason = "a partly initialised array")]

use core::mem::{self, MaybeUninit};
#[cfg(feature = "std")]
use core::task::Context;
use core::task::Waker;

use super::lock;

/// How many wakers are taken out at a time; small under loom, so that models reach the case of a full batch.
const CAPACITY: usize = if cfg!(anywhen_loom) { 2 } else { 32 };

/// A fixed array of wakers on the stack, filled under a lock and woken once it is released.
///
/// The pattern, wherever more than one waiter may have to be woken:
///
/// 1. Under the lock, push wakers until the list is empty or the batch [is full](Self::is_full).
/// 2. Release the lock, then [`wake`](Self::wake) the batch.
/// 3. If it was full, begin again; a panic of a waker must not keep from that, which [`in_rounds`](Self::in_rounds)
///    sees to.
///
/// A waker that panics does not keep the rest from being woken: the panic goes on after the last of them. (A second
/// panic while the first unwinds aborts, as everywhere in Rust.) Wakers that are never woken, because whoever filled
/// the batch unwinds, are woken when the batch is dropped; a lost wake is a hang, a spurious one is nothing.
pub(crate) struct WakeBatch {
    wakers: [MaybeUninit<Waker>; CAPACITY],
    /// `wakers[next..len]` are initialised.
    next: usize,
    len: usize,
}

impl WakeBatch {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self { wakers: [const { MaybeUninit::uninit() }; CAPACITY], next: 0, len: 0 }
    }

    /// Whether another waker would not fit.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.len == CAPACITY
    }

    /// Whether there is nobody to wake.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes a waker in.
    ///
    /// # Panics
    ///
    /// If the batch is full.
    #[inline]
    pub(crate) fn push(&mut self, waker: Waker) {
        self.wakers[self.len].write(waker);
        self.len += 1;
    }

    /// Wakes all of them, in the order in which they were pushed, and leaves the batch empty.
    ///
    /// No internal lock may be held.
    #[inline]
    pub(crate) fn wake(&mut self) {
        if self.len == 0 {
            return;
        }
        lock::assert_none_held();
        let rest = WakeRest(self);
        rest.0.drain();
        // The guard finds nothing left, and resets the batch.
    }

    /// Fills a batch and wakes it, again and again until `fill` says that there is nothing more to do.
    ///
    /// A waker that panics does not keep the rounds after it from being gone through: the panic goes on after the last.
    #[inline]
    pub(crate) fn in_rounds(fill: impl FnMut(&mut Self) -> bool) {
        let mut rounds = Rounds { fill, more: true };
        rounds.run();
    }

    /// Wakes all of them as [`wake`](Self::wake) does, but lets every panic end there, however many there are: for clocks,
    /// which serve everybody, and which nobody's waker may stop.
    #[cfg(feature = "std")]
    pub(crate) fn wake_quietly(&mut self) {
        if self.len == 0 {
            return;
        }
        lock::assert_none_held();
        while let Some(waker) = self.pop() {
            super::unwind::quietly(|| waker.wake());
        }
    }

    fn drain(&mut self) {
        while let Some(waker) = self.pop() {
            waker.wake();
        }
    }

    /// Takes the next one out. Once there is none, the batch can be filled again.
    #[inline]
    fn pop(&mut self) -> Option<Waker> {
        if self.next == self.len {
            self.next = 0;
            self.len = 0;
            return None;
        }
        let index = self.next;
        self.next += 1;
        // SAFETY: `wakers[next..len]` are initialised, and `next` has been moved past this one, so that it is taken out
        // once only, whatever its `wake` does.
        Some(unsafe { self.wakers[index].assume_init_read() })
    }
}

/// Wakes the only one there is to wake, if any.
///
/// No internal lock may be held.
#[inline]
pub(crate) fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        lock::assert_none_held();
        waker.wake();
    }
}

/// Does `f` in the place of a task that waits, whose waker this is. If that panics the task is woken, to look itself.
#[cfg(feature = "std")]
pub(crate) fn in_place_of<R>(waker: &Waker, f: impl FnOnce(&mut Context<'_>) -> R) -> R {
    struct Wakes<'a>(&'a Waker);

    impl Drop for Wakes<'_> {
        fn drop(&mut self) {
            lock::assert_none_held();
            super::unwind::quietly(|| self.0.wake_by_ref());
        }
    }

    let wakes = Wakes(waker);
    let result = f(&mut Context::from_waker(waker));
    mem::forget(wakes);
    result
}

/// Goes on with the batch when one of its wakers unwinds.
struct WakeRest<'a>(&'a mut WakeBatch);

impl Drop for WakeRest<'_> {
    fn drop(&mut self) {
        self.0.drain();
    }
}

/// The rounds that are left.
struct Rounds<F: FnMut(&mut WakeBatch) -> bool> {
    fill: F,
    more: bool,
}

impl<F: FnMut(&mut WakeBatch) -> bool> Rounds<F> {
    #[inline]
    fn run(&mut self) {
        // Taken, so that a panic of `fill` itself is the end.
        while mem::take(&mut self.more) {
            let mut batch = WakeBatch::new();
            self.more = (self.fill)(&mut batch);
            batch.wake();
        }
    }
}

impl<F: FnMut(&mut WakeBatch) -> bool> Drop for Rounds<F> {
    /// Goes on with the rounds when a waker unwinds.
    fn drop(&mut self) {
        self.run();
    }
}

impl Drop for WakeBatch {
    fn drop(&mut self) {
        self.wake();
    }
}
