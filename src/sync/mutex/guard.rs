//! The borrowed guard: proof that the lock is held, and the way to the value.

#![allow(unsafe_code, reason = "the guard is what makes access to the cell exclusive")]

use core::marker::PhantomData;

use super::{Mutex, Permit};
use crate::sync::guard::guard_impls;
use crate::sync::hold::Hold;
use crate::sync::observe::Site;

// SAFETY: the mutex gives access to the value to one holder at a time, whichever thread that is on; so the value must
// be `Send`, and need not be `Sync`.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

impl<T: ?Sized> core::panic::UnwindSafe for Mutex<T> {}
impl<T: ?Sized> core::panic::RefUnwindSafe for Mutex<T> {}

/// Holds a [`Mutex`] locked, and gives access to its value; dropping it unlocks.
///
/// It may be held across an `.await`, and sent to another thread if the value may.
#[must_use = "the mutex unlocks as soon as the guard is dropped"]
pub struct MutexGuard<'a, T: ?Sized> {
    pub(super) hold: Hold<Permit<&'a Mutex<T>>>,
    /// The guard stands for a `&mut T`: invariant in `T`, `Send` and `Sync` only where that is.
    _value: PhantomData<&'a mut T>,
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// The caller has taken the mutex's permit, and gives it to the guard.
    #[inline]
    pub(super) fn new(mutex: &'a Mutex<T>, site: Site) -> Self {
        Self { hold: Hold::new(Permit(mutex), site), _value: PhantomData }
    }

    /// The mutex that this guard holds.
    ///
    /// # Examples
    ///
    /// ```
    /// # use anywhen::sync::{Mutex, MutexGuard};
    /// let mutex = Mutex::new(());
    /// let guard = mutex.try_lock().unwrap();
    /// assert!(std::ptr::eq(MutexGuard::mutex(&guard), &mutex));
    /// ```
    pub fn mutex(this: &Self) -> &'a Mutex<T> {
        this.hold.held().0
    }
}

guard_impls! { MutexGuard ['a, T: ?Sized] ['a, T] to T; |guard| guard.hold.held().0.value.get() }
