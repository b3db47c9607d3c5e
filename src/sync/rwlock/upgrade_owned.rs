//! The owned forms of upgradable reads: they keep the lock alive by an `Arc` instead of a borrow.

#![allow(unsafe_code, reason = "who holds places may read the cell")]

use alloc::sync::Arc;

use super::places::Most;
use super::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};
use crate::sync::TryLockError;
use crate::sync::guard::read_guard_impls;
use crate::sync::hold::Hold;
use crate::sync::observe::Site;
use crate::sync::raw::acquire_future;

/// Holds a [`RwLock`] to read its value, beside readers, keeps it alive, and [may become its writer](Self::upgrade); dropping
/// it unlocks.
///
/// It borrows nothing, so it can go into a spawned task or a struct that outlives the caller.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct OwnedRwLockUpgradableReadGuard<T: ?Sized> {
    pub(super) hold: Hold<Most<Arc<RwLock<T>>>>,
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until it may be read by one who may want to write later; see [`upgradable_read`](Self::upgradable_read). The
    /// guard keeps the lock alive.
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
    /// let guard = lock.clone().upgradable_read_owned().await;
    /// anywhen::task::spawn(async move { *guard.upgrade().await += 1 }).await.unwrap();
    /// assert_eq!(*lock.read().await, 2);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn upgradable_read_owned(self: Arc<Self>) -> UpgradableReadOwned<T> {
        let most = self.places.most();
        UpgradableReadOwned::new(Most(self), most, Site::here())
    }

    /// Takes the lock to read and perhaps to write later, if no writer and no other such reader has it, and nobody waits who
    /// may not be overtaken; the guard keeps the lock alive.
    ///
    /// # Errors
    ///
    /// [`TryLockError`] if not.
    #[inline]
    #[track_caller]
    pub fn try_upgradable_read_owned(self: Arc<Self>) -> Result<OwnedRwLockUpgradableReadGuard<T>, TryLockError> {
        Most(self).try_take(Site::here()).map(|hold| OwnedRwLockUpgradableReadGuard { hold })
    }
}

acquire_future! {
    /// Waits for a [`RwLock`], to read and perhaps to write later, and keeps it alive; from [`RwLock::upgradable_read_owned`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    UpgradableReadOwned [T: ?Sized] [T] of Most<Arc<RwLock<T>>> => OwnedRwLockUpgradableReadGuard<T>;
    granted: |most, _, site| OwnedRwLockUpgradableReadGuard { hold: Hold::new(most, site) };
    refused: |_| unreachable!("a lock is never closed, and its queue has no limit");
}

impl<T: ?Sized> OwnedRwLockUpgradableReadGuard<T> {
    /// The lock that this guard holds.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        &this.hold.held().0
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
    #[inline]
    #[track_caller]
    pub fn upgrade(self) -> UpgradeOwned<T> {
        let rest = self.hold.held().0.places.rest();
        UpgradeOwned::new(self.hold, rest, Site::here())
    }

    /// Gives the guard to write, if there are no other readers; those who wait do not matter. Or gives this guard back.
    ///
    /// # Errors
    ///
    /// The guard, if there are other readers.
    #[inline]
    pub fn try_upgrade(self) -> Result<OwnedRwLockWriteGuard<T>, Self> {
        match self.hold.try_upgrade() {
            Ok(hold) => Ok(OwnedRwLockWriteGuard { hold }),
            Err(hold) => Err(Self { hold }),
        }
    }

    /// Goes on reading only. No writer gets in meanwhile; another reader of this kind may, and the readers at the front of the
    /// queue get in at once.
    #[inline]
    pub fn downgrade(self) -> OwnedRwLockReadGuard<T> {
        OwnedRwLockReadGuard::new(self.hold.downgrade())
    }
}

acquire_future! {
    /// Waits until a reader of a [`RwLock`] may write, and keeps the lock alive; from
    /// [`OwnedRwLockUpgradableReadGuard::upgrade`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it releases the lock.
    UpgradeOwned [T: ?Sized] [T] of Hold<Most<Arc<RwLock<T>>>> => OwnedRwLockWriteGuard<T>;
    granted: |hold: Hold<Most<Arc<RwLock<T>>>>, _, _| OwnedRwLockWriteGuard { hold: hold.with_the_rest() };
    refused: |_| unreachable!("a lock is never closed, and its queue has no limit");
}

read_guard_impls! {
    OwnedRwLockUpgradableReadGuard [T: ?Sized] [T] to T; |guard| guard.hold.held().0.value.get()
}
