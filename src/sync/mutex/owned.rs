//! The owned guard: it keeps the mutex alive by an `Arc` instead of a borrow.

#![allow(unsafe_code, reason = "the guard is what makes access to the cell exclusive")]

use alloc::sync::Arc;
use core::marker::PhantomData;

use super::super::TryLockError;
use super::super::raw::{Owner, RawSemaphore, acquire_future};
use super::{Mutex, Permit};
use crate::sync::guard::guard_impls;
use crate::sync::hold::Hold;
use crate::sync::observe::Site;

/// Holds a [`Mutex`] locked and alive, and gives access to its value; dropping it unlocks.
///
/// It borrows nothing, so it can go into a spawned task or a struct that outlives the caller.
#[must_use = "the mutex unlocks as soon as the guard is dropped"]
pub struct OwnedMutexGuard<T: ?Sized> {
    pub(super) hold: Hold<Permit<Arc<Mutex<T>>>>,
    /// The guard gives out `&T`: it is `Sync` only where `T` is, which `Mutex` alone would not ask for.
    _value: PhantomData<T>,
}

impl<T: ?Sized> Mutex<T> {
    /// Waits for the lock; the guard keeps the mutex alive.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in the queue, and nothing else.
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given the guard.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mutex = Arc::new(anywhen::sync::Mutex::new(1));
    /// let mut guard = mutex.clone().lock_owned().await;
    /// anywhen::task::spawn(async move { *guard += 1 }).await.unwrap();
    /// assert_eq!(*mutex.lock().await, 2);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn lock_owned(self: Arc<Self>) -> LockOwned<T> {
        self.lock_owned_for(Site::here())
    }

    /// The same, where it is asked for elsewhere.
    #[inline]
    pub(crate) fn lock_owned_for(self: Arc<Self>, site: Site) -> LockOwned<T> {
        LockOwned::new(self, 1, site)
    }

    /// Takes the lock if it is free, and nobody waits who may not be overtaken; the guard keeps the mutex alive.
    ///
    /// # Errors
    ///
    /// [`TryLockError`] if not.
    #[track_caller]
    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedMutexGuard<T>, TryLockError> {
        if self.raw.try_lock() { Ok(OwnedMutexGuard::new(self, Site::here())) } else { Err(TryLockError(())) }
    }

    /// Waits for the lock, and blocks the thread meanwhile; the guard keeps the mutex alive.
    ///
    /// The same words as for [`blocking_lock`](Self::blocking_lock) apply.
    #[cfg(feature = "std")]
    #[track_caller]
    pub fn blocking_lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        crate::time::driver::block_on(self.lock_owned())
    }
}

impl<T: ?Sized> Owner for Arc<Mutex<T>> {
    fn raw(&self) -> &RawSemaphore {
        &self.raw
    }

    #[inline]
    fn acquire_fast(&self, _: usize) -> bool {
        self.raw.lock_fast()
    }
}

acquire_future! {
    /// Waits for a [`Mutex`], and keeps it alive; from [`Mutex::lock_owned`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    LockOwned [T: ?Sized] [T] of Arc<Mutex<T>> => OwnedMutexGuard<T>;
    granted: |mutex, _, site| OwnedMutexGuard::new(mutex, site);
    refused: |_| unreachable!("a mutex is never closed, and its queue has no limit");
}

impl<T: ?Sized> OwnedMutexGuard<T> {
    /// The caller has taken the mutex's permit, and gives it to the guard.
    #[inline]
    pub(super) fn new(mutex: Arc<Mutex<T>>, site: Site) -> Self {
        Self { hold: Hold::new(Permit(mutex), site), _value: PhantomData }
    }

    /// The mutex that this guard holds.
    pub fn mutex(this: &Self) -> &Arc<Mutex<T>> {
        &this.hold.held().0
    }
}

guard_impls! { OwnedMutexGuard [T: ?Sized] [T] to T; |guard| guard.hold.held().0.value.get() }
