//! The owned forms of reads and writes: they keep the lock alive by an `Arc` instead of a borrow.

#![allow(unsafe_code, reason = "who holds places may read the cell, and who holds all may write it")]

use alloc::sync::Arc;

use super::places::{All, HasPlaces, One, Places};
use super::{OwnedRwLockUpgradableReadGuard, RwLock};
use crate::sync::TryLockError;
use crate::sync::guard::{Shared, guard_impls, read_guard_impls};
use crate::sync::hold::Hold;
use crate::sync::observe::Site;
use crate::sync::raw::acquire_future;

/// Holds a [`RwLock`] to read its value, or a part of that, and keeps it alive; dropping it unlocks.
///
/// It borrows nothing, so it can go into a spawned task or a struct that outlives the caller.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct OwnedRwLockReadGuard<T: ?Sized, U: ?Sized = T> {
    hold: Hold<One<Arc<RwLock<T>>>>,
    value: Shared<U>,
}

/// Holds a [`RwLock`] alone, gives access to its value, and keeps it alive; dropping it unlocks.
///
/// It borrows nothing, so it can go into a spawned task or a struct that outlives the caller.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct OwnedRwLockWriteGuard<T: ?Sized> {
    pub(super) hold: Hold<All<Arc<RwLock<T>>>>,
}

impl<T: ?Sized> HasPlaces for Arc<RwLock<T>> {
    #[inline]
    fn places(&self) -> &Places {
        &self.places
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until it may be read; see [`read`](Self::read). The guard keeps the lock alive.
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
    /// let lock = Arc::new(anywhen::sync::RwLock::new(1));
    /// let guard = lock.clone().read_owned().await;
    /// let read = anywhen::task::spawn(async move { *guard });
    /// assert_eq!(read.await.unwrap(), *lock.read().await);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn read_owned(self: Arc<Self>) -> ReadOwned<T> {
        ReadOwned::new(One(self), 1, Site::here())
    }

    /// Takes the lock to read, if no writer has it, and nobody waits who may not be overtaken; the guard keeps the lock alive.
    ///
    /// # Errors
    ///
    /// [`TryLockError`] if not.
    #[inline]
    #[track_caller]
    pub fn try_read_owned(self: Arc<Self>) -> Result<OwnedRwLockReadGuard<T>, TryLockError> {
        One(self).try_take(Site::here()).map(OwnedRwLockReadGuard::new)
    }

    /// Waits until nobody else has it; see [`write`](Self::write). The guard keeps the lock alive.
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
    /// let lock = Arc::new(anywhen::sync::RwLock::new(1));
    /// let mut guard = lock.clone().write_owned().await;
    /// anywhen::task::spawn(async move { *guard += 1 }).await.unwrap();
    /// assert_eq!(*lock.read().await, 2);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn write_owned(self: Arc<Self>) -> WriteOwned<T> {
        let all = self.places.all();
        WriteOwned::new(All(self), all, Site::here())
    }

    /// Takes the lock to write, if nobody has it, and nobody waits who may not be overtaken; the guard keeps the lock alive.
    ///
    /// # Errors
    ///
    /// [`TryLockError`] if not.
    #[inline]
    #[track_caller]
    pub fn try_write_owned(self: Arc<Self>) -> Result<OwnedRwLockWriteGuard<T>, TryLockError> {
        All(self).try_take(Site::here()).map(|hold| OwnedRwLockWriteGuard { hold })
    }
}

acquire_future! {
    /// Waits for a [`RwLock`], to read, and keeps it alive; from [`RwLock::read_owned`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    ReadOwned [T: ?Sized] [T] of One<Arc<RwLock<T>>> => OwnedRwLockReadGuard<T>;
    granted: |one, _, site| OwnedRwLockReadGuard::new(Hold::new(one, site));
    refused: |_| unreachable!("a lock is never closed, and its queue has no limit");
}

acquire_future! {
    /// Waits for a [`RwLock`], to write, and keeps it alive; from [`RwLock::write_owned`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    WriteOwned [T: ?Sized] [T] of All<Arc<RwLock<T>>> => OwnedRwLockWriteGuard<T>;
    granted: |all, _, site| OwnedRwLockWriteGuard { hold: Hold::new(all, site) };
    refused: |_| unreachable!("a lock is never closed, and its queue has no limit");
}

impl<T: ?Sized> OwnedRwLockReadGuard<T> {
    #[inline]
    pub(super) fn new(hold: Hold<One<Arc<RwLock<T>>>>) -> Self {
        // SAFETY: while there is a hold nobody writes.
        let value = Shared::new(unsafe { &*hold.held().0.value.get() });
        Self { hold, value }
    }
}

impl<T: ?Sized, U: ?Sized> OwnedRwLockReadGuard<T, U> {
    /// The lock that this guard holds.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        &this.hold.held().0
    }

    /// Narrows the guard to a part of the value; see [`RwLockReadGuard::map`](super::RwLockReadGuard::map).
    #[inline]
    pub fn map<F, V>(this: Self, f: F) -> OwnedRwLockReadGuard<T, V>
    where
        F: FnOnce(&U) -> &V,
        V: ?Sized,
    {
        let value = Shared::new(f(&this));
        OwnedRwLockReadGuard { hold: this.hold, value }
    }

    /// Narrows the guard to a part of the value, or gives it back; see
    /// [`RwLockReadGuard::try_map`](super::RwLockReadGuard::try_map).
    ///
    /// # Errors
    ///
    /// The guard, if `f` gives `None`.
    #[inline]
    pub fn try_map<F, V>(this: Self, f: F) -> Result<OwnedRwLockReadGuard<T, V>, Self>
    where
        F: FnOnce(&U) -> Option<&V>,
        V: ?Sized,
    {
        match f(&this).map(Shared::new) {
            Some(value) => Ok(OwnedRwLockReadGuard { hold: this.hold, value }),
            None => Err(this),
        }
    }
}

impl<T: ?Sized> OwnedRwLockWriteGuard<T> {
    /// The lock that this guard holds.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        &this.hold.held().0
    }

    /// Goes on reading only. No writer gets in meanwhile, and the readers at the front of the queue get in at once.
    #[inline]
    pub fn downgrade(self) -> OwnedRwLockReadGuard<T> {
        OwnedRwLockReadGuard::new(self.hold.downgrade())
    }

    /// Goes on reading only, and may [become a writer again](OwnedRwLockUpgradableReadGuard::upgrade). No writer gets in
    /// meanwhile, and the readers at the front of the queue get in at once.
    #[inline]
    pub fn downgrade_to_upgradable(self) -> OwnedRwLockUpgradableReadGuard<T> {
        OwnedRwLockUpgradableReadGuard { hold: self.hold.downgrade_to_most() }
    }

    /// Goes on reading only, and only a part of the value; see [`downgrade`](Self::downgrade). If `f` panics, the lock is
    /// released.
    #[inline]
    pub fn downgrade_map<F, U>(this: Self, f: F) -> OwnedRwLockReadGuard<T, U>
    where
        F: FnOnce(&T) -> &U,
        U: ?Sized,
    {
        let value = Shared::new(f(&this));
        OwnedRwLockReadGuard { hold: this.hold.downgrade(), value }
    }

    /// Goes on reading only, and only a part of the value, if there is one; or gives the guard back, which is still to write.
    ///
    /// # Errors
    ///
    /// The guard, if `f` gives `None`.
    #[inline]
    pub fn try_downgrade_map<F, U>(this: Self, f: F) -> Result<OwnedRwLockReadGuard<T, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
        U: ?Sized,
    {
        match f(&this).map(Shared::new) {
            Some(value) => Ok(OwnedRwLockReadGuard { hold: this.hold.downgrade(), value }),
            None => Err(this),
        }
    }
}

read_guard_impls! { OwnedRwLockReadGuard [T: ?Sized, U: ?Sized] [T, U] to U; |guard| guard.value.get() }
guard_impls! { OwnedRwLockWriteGuard [T: ?Sized] [T] to T; |guard| guard.hold.held().0.value.get() }
