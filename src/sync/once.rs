//! A place for a value that is set once: what [`OnceCell`](super::OnceCell) and [`SetOnce`](super::SetOnce) share.
//!
//! One bit of the word says whether the value is there, the other whether the right to set it is free. Whoever takes
//! that right has a [`Claim`], and either sets the value, which lets all who wait go, or drops the claim, which hands the
//! right on.

#![allow(unsafe_code, reason = "a cell that is written once, and read by many after that")]

use core::cell::UnsafeCell;
use core::mem::{self, MaybeUninit};
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::signal::{End, Signal, WAITERS};
use crate::internal::shim::const_unless_loom;

/// Nobody is about to set the value.
pub(super) const FREE: usize = WAITERS << 1;

/// The value is there. From here on nothing changes while the cell is shared.
pub(super) const SET: usize = FREE << 1;

/// A value, or the right to set it, and a queue.
pub(super) struct Once<T> {
    pub(super) signal: Signal,
    /// Initialised while [`SET`] is in the word. Without it, whoever has the [`Claim`] may write.
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: the value is set by one thread, which must be able to hand it over, and lent to many after that.
unsafe impl<T: Send + Sync> Sync for Once<T> {}
// The value never changes once it can be seen, and a panic while it is made leaves nothing behind.
impl<T: RefUnwindSafe + UnwindSafe> RefUnwindSafe for Once<T> {}

impl<T> Once<T> {
    const_unless_loom! {
        pub(super) fn new(kind: &'static str) -> Self {
            Self { signal: Signal::new(kind, FREE), value: UnsafeCell::new(MaybeUninit::uninit()) }
        }
    }

    const_unless_loom! {
        pub(super) fn with(kind: &'static str, value: T) -> Self {
            Self { signal: Signal::new(kind, SET), value: UnsafeCell::new(MaybeUninit::new(value)) }
        }
    }

    #[inline]
    pub(super) fn is_set(&self) -> bool {
        self.signal.word() & SET != 0
    }

    #[inline]
    pub(super) fn get(&self) -> Option<&T> {
        // SAFETY: the value was written before the bit was set, and is not written again while we are borrowed.
        self.is_set().then(|| unsafe { (*self.value.get()).assume_init_ref() })
    }

    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        // SAFETY: initialised, as in `get`; and nobody else has access.
        self.is_set().then(|| unsafe { self.value.get_mut().assume_init_mut() })
    }

    pub(super) fn take(&mut self) -> Option<T> {
        if !self.is_set() {
            return None;
        }
        self.signal.update(|_| FREE);
        // SAFETY: it was initialised, and the word no longer says so.
        Some(unsafe { self.value.get_mut().assume_init_read() })
    }

    /// Takes the right to set the value, or says what the word is instead.
    pub(super) fn claim(&self) -> Result<Claim<'_, T>, usize> {
        self.signal.try_update(|word| (word & FREE != 0).then_some(word & !FREE)).map(|()| Claim(self))
    }

    /// Stands for a right that was taken already: [`FREE`] was cleared by the caller, or not set when it was granted the
    /// right.
    pub(super) fn claimed(&self) -> Claim<'_, T> {
        Claim(self)
    }
}

impl<T> Drop for Once<T> {
    fn drop(&mut self) {
        if let Some(value) = self.get_mut() {
            let value: *mut T = value;
            // SAFETY: initialised, and gone after this.
            unsafe { value.drop_in_place() };
        }
    }
}

/// The right to set the value. There is one at a time.
pub(super) struct Claim<'a, T>(&'a Once<T>);

impl<'a, T> Claim<'a, T> {
    /// Sets the value, and lets all who wait go.
    pub(super) fn set(self, value: T) -> &'a T {
        let once = self.0;
        mem::forget(self);
        // SAFETY: the claim is the right to write, and nobody reads before `SET` is seen.
        let value = unsafe { (*once.value.get()).write(value) };
        once.signal.update(|word| (word | SET) & !WAITERS);
        value
    }
}

impl<T> Drop for Claim<'_, T> {
    /// The first in the queue may try, or else whoever comes next.
    fn drop(&mut self) {
        self.0.signal.grant(End::Front, FREE);
    }
}
