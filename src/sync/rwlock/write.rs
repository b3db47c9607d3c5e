//! To write: alone.

#![allow(unsafe_code, reason = "who holds all places may write the cell")]

use super::places::{All, One};
use super::{RwLock, RwLockReadGuard, RwLockUpgradableReadGuard};
use crate::sync::TryLockError;
use crate::sync::guard::{Shared, guard_impls};
use crate::sync::hold::Hold;
use crate::sync::observe::Site;
use crate::sync::raw::acquire_future;

/// Holds a [`RwLock`] alone, and gives access to its value; dropping it unlocks.
///
/// It may be held across an `.await`, and sent to another thread if the lock may be shared with it.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    // The reference makes it invariant in `T`, and asks that it be `Send` and `Sync` where the guard is to be either.
    pub(super) hold: Hold<All<&'a RwLock<T>>>,
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until nobody else has it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in the queue, and nothing else: readers that stood behind it go on at once.
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given the guard.
    ///
    /// # Examples
    ///
    /// ```
    /// # anywhen::rt::Std.block_on(async {
    /// let lock = anywhen::sync::RwLock::new(1);
    /// *lock.write().await += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn write(&self) -> Write<'_, T> {
        Write::new(All(self), self.places.all(), Site::here())
    }

    /// Takes the lock to write, if nobody has it, and nobody waits who may not be overtaken.
    ///
    /// # Errors
    ///
    /// [`TryLockError`] if not.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anywhen::sync::RwLock::new(1);
    /// let reader = lock.try_read().unwrap();
    /// assert!(lock.try_write().is_err());
    /// drop(reader);
    /// *lock.try_write().unwrap() = 2;
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_write(&self) -> Result<RwLockWriteGuard<'_, T>, TryLockError> {
        All(self).try_take(Site::here()).map(|hold| RwLockWriteGuard { hold })
    }

    /// Waits until nobody else has it, and blocks the thread meanwhile.
    ///
    /// The same words as for [`blocking_read`](Self::blocking_read) apply.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anywhen::sync::RwLock::new(1);
    /// *lock.blocking_write() += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    #[cfg(feature = "std")]
    #[track_caller]
    pub fn blocking_write(&self) -> RwLockWriteGuard<'_, T> {
        crate::time::driver::block_on(self.write())
    }
}

acquire_future! {
    /// Waits for a [`RwLock`], to write; from [`RwLock::write`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    Write ['a, T: ?Sized] ['a, T] of All<&'a RwLock<T>> => RwLockWriteGuard<'a, T>;
    granted: |all, _, site| RwLockWriteGuard { hold: Hold::new(all, site) };
    refused: |_| unreachable!("a lock is never closed, and its queue has no limit");
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// The lock that this guard holds.
    ///
    /// # Examples
    ///
    /// ```
    /// # use anywhen::sync::{RwLock, RwLockWriteGuard};
    /// let lock = RwLock::new(());
    /// let guard = lock.try_write().unwrap();
    /// assert!(std::ptr::eq(RwLockWriteGuard::rwlock(&guard), &lock));
    /// ```
    pub fn rwlock(this: &Self) -> &'a RwLock<T> {
        this.hold.held().0
    }

    /// Goes on reading only. No writer gets in meanwhile, and the readers at the front of the queue get in at once.
    ///
    /// # Examples
    ///
    /// ```
    /// # anywhen::rt::Std.block_on(async {
    /// let lock = anywhen::sync::RwLock::new(1);
    /// let mut guard = lock.write().await;
    /// *guard += 1;
    /// let guard = guard.downgrade();
    /// assert_eq!(*guard + *lock.read().await, 4);
    /// # });
    /// ```
    #[inline]
    pub fn downgrade(self) -> RwLockReadGuard<'a, T> {
        RwLockReadGuard::new(self.hold.downgrade())
    }

    /// Goes on reading only, and may [become a writer again](RwLockUpgradableReadGuard::upgrade). No writer gets in meanwhile,
    /// and the readers at the front of the queue get in at once.
    ///
    /// # Examples
    ///
    /// ```
    /// # anywhen::rt::Std.block_on(async {
    /// let lock = anywhen::sync::RwLock::new(1);
    /// let guard = lock.write().await.downgrade_to_upgradable();
    /// assert_eq!(*guard + *lock.read().await, 2);
    /// *guard.upgrade().await = 2;
    /// # });
    /// ```
    #[inline]
    pub fn downgrade_to_upgradable(self) -> RwLockUpgradableReadGuard<'a, T> {
        RwLockUpgradableReadGuard { hold: self.hold.downgrade_to_most() }
    }

    /// Goes on reading only, and only a part of the value; see [`downgrade`](Self::downgrade). If `f` panics, the lock is
    /// released.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::{RwLock, RwLockWriteGuard};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let pair = RwLock::new((1, "one"));
    /// let number = RwLockWriteGuard::downgrade_map(pair.write().await, |pair| &pair.0);
    /// assert_eq!(*number, pair.read().await.0);
    /// # });
    /// ```
    #[inline]
    pub fn downgrade_map<F, U>(this: Self, f: F) -> RwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
        U: ?Sized,
    {
        let value = Shared::new(f(&this));
        RwLockReadGuard { hold: this.hold.downgrade().map(|one| One(&one.0.places)), value }
    }

    /// Goes on reading only, and only a part of the value, if there is one; or gives the guard back, which is still to write.
    ///
    /// # Errors
    ///
    /// The guard, if `f` gives `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::{RwLock, RwLockWriteGuard};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let list = RwLock::new(vec![1]);
    /// let mut all = RwLockWriteGuard::try_downgrade_map(list.write().await, |list| list.get(1)).unwrap_err();
    /// all.push(2);
    /// let second = RwLockWriteGuard::try_downgrade_map(all, |list| list.get(1)).unwrap();
    /// assert_eq!(*second, 2);
    /// # });
    /// ```
    #[inline]
    pub fn try_downgrade_map<F, U>(this: Self, f: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
        U: ?Sized,
    {
        match f(&this).map(Shared::new) {
            Some(value) => Ok(RwLockReadGuard { hold: this.hold.downgrade().map(|one| One(&one.0.places)), value }),
            None => Err(this),
        }
    }
}

guard_impls! { RwLockWriteGuard ['a, T: ?Sized] ['a, T] to T; |guard| guard.hold.held().0.value.get() }
