//! To read, and perhaps to write afterwards, with nobody else having written in between.

#![allow(unsafe_code, reason = "who holds places may read the cell")]

use super::places::Most;
use super::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use crate::sync::TryLockError;
use crate::sync::guard::read_guard_impls;
use crate::sync::hold::Hold;
use crate::sync::observe::Site;
use crate::sync::raw::acquire_future;

/// Holds a [`RwLock`] to read its value, beside readers, and [may become its writer](Self::upgrade); dropping it unlocks.
///
/// It may be held across an `.await`, and sent to another thread if the lock may be shared with it.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RwLockUpgradableReadGuard<'a, T: ?Sized> {
    // The reference asks for what it asks of a guard to write, which this may become.
    pub(super) hold: Hold<Most<&'a RwLock<T>>>,
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until it may be read by one who may want to write later.
    ///
    /// There is one such reader at a time, and [other readers](Self::read) beside it. If the reader then finds that it must
    /// write, it [upgrades](RwLockUpgradableReadGuard::upgrade), and what it has read is still so.
    ///
    /// It takes up more than half of the places for readers: of an odd number N of them, (N - 1) / 2 are left, and of an
    /// even one N / 2 - 1. That matters only where [there are few](Self::with_max_readers).
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
    /// # anywhen::rt::Std.block_on(async {
    /// let cache = anywhen::sync::RwLock::new(None);
    /// let guard = cache.upgradable_read().await;
    /// if guard.is_none() {
    ///     *guard.upgrade().await = Some(7);
    /// }
    /// assert_eq!(*cache.read().await, Some(7));
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn upgradable_read(&self) -> UpgradableRead<'_, T> {
        UpgradableRead::new(Most(self), self.places.most(), Site::here())
    }

    /// Takes the lock to read and perhaps to write later, if no writer and no other such reader has it, and nobody waits who
    /// may not be overtaken.
    ///
    /// # Errors
    ///
    /// [`TryLockError`] if not.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anywhen::sync::RwLock::new(());
    /// let guard = lock.try_upgradable_read().unwrap();
    /// assert!(lock.try_read().is_ok());
    /// assert!(lock.try_upgradable_read().is_err());
    /// # drop(guard);
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_upgradable_read(&self) -> Result<RwLockUpgradableReadGuard<'_, T>, TryLockError> {
        Most(self).try_take(Site::here()).map(|hold| RwLockUpgradableReadGuard { hold })
    }
}

acquire_future! {
    /// Waits for a [`RwLock`], to read and perhaps to write later; from [`RwLock::upgradable_read`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    UpgradableRead ['a, T: ?Sized] ['a, T] of Most<&'a RwLock<T>> => RwLockUpgradableReadGuard<'a, T>;
    granted: |most, _, site| RwLockUpgradableReadGuard { hold: Hold::new(most, site) };
    refused: |_| unreachable!("a lock is never closed, and its queue has no limit");
}

impl<'a, T: ?Sized> RwLockUpgradableReadGuard<'a, T> {
    /// The lock that this guard holds.
    pub fn rwlock(this: &Self) -> &'a RwLock<T> {
        this.hold.held().0
    }

    /// Waits until the other readers have left, and gives the guard to write. Nobody writes in between.
    ///
    /// # Fairness
    ///
    /// It goes in front of all who wait, writers included: those cannot get in before it leaves. Readers that come new
    /// overtake it only where the lock's [`Fairness`](crate::sync::Fairness) lets them.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future releases the lock: the value may no longer be read, and another may write it.
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
    /// let guard = lock.upgradable_read().await;
    /// let seen = *guard;
    /// *guard.upgrade().await = seen + 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn upgrade(self) -> Upgrade<'a, T> {
        let rest = self.hold.held().0.places.rest();
        Upgrade::new(self.hold, rest, Site::here())
    }

    /// Gives the guard to write, if there are no other readers; those who wait do not matter. Or gives this guard back.
    ///
    /// # Errors
    ///
    /// The guard, if there are other readers.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anywhen::sync::RwLock::new(1);
    /// let guard = lock.try_upgradable_read().unwrap();
    /// let reader = lock.try_read().unwrap();
    /// let guard = guard.try_upgrade().unwrap_err();
    /// drop(reader);
    /// *guard.try_upgrade().unwrap() = 2;
    /// ```
    #[inline]
    pub fn try_upgrade(self) -> Result<RwLockWriteGuard<'a, T>, Self> {
        match self.hold.try_upgrade() {
            Ok(hold) => Ok(RwLockWriteGuard { hold }),
            Err(hold) => Err(Self { hold }),
        }
    }

    /// Goes on reading only. No writer gets in meanwhile; another reader of this kind may, and the readers at the front of the
    /// queue get in at once.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anywhen::sync::RwLock::new(1);
    /// let guard = lock.try_upgradable_read().unwrap().downgrade();
    /// assert_eq!(*guard + *lock.try_upgradable_read().unwrap(), 2);
    /// ```
    #[inline]
    pub fn downgrade(self) -> RwLockReadGuard<'a, T> {
        RwLockReadGuard::new(self.hold.downgrade())
    }
}

acquire_future! {
    /// Waits until a reader of a [`RwLock`] may write; from [`RwLockUpgradableReadGuard::upgrade`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it releases the lock.
    Upgrade ['a, T: ?Sized] ['a, T] of Hold<Most<&'a RwLock<T>>> => RwLockWriteGuard<'a, T>;
    granted: |hold: Hold<Most<&'a RwLock<T>>>, _, _| RwLockWriteGuard { hold: hold.with_the_rest() };
    refused: |_| unreachable!("a lock is never closed, and its queue has no limit");
}

read_guard_impls! { RwLockUpgradableReadGuard ['a, T: ?Sized] ['a, T] to T; |guard| guard.hold.held().0.value.get() }
