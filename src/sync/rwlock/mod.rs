//! A read-write lock whose guards may be held across an `.await`.

mod mapped;
#[cfg(all(test, anywhen_loom))]
mod models;
#[cfg(feature = "alloc")]
mod owned;
mod places;
mod read;
mod upgrade;
#[cfg(feature = "alloc")]
mod upgrade_owned;
mod write;

use core::cell::UnsafeCell;
use core::fmt;

use super::Fairness;
use places::{HasPlaces, MAX_READERS, Places};

pub use mapped::RwLockMappedWriteGuard;
pub use read::{Read, RwLockReadGuard};
pub use upgrade::{RwLockUpgradableReadGuard, UpgradableRead, Upgrade};
pub use write::{RwLockWriteGuard, Write};
#[cfg(feature = "alloc")]
pub use {
    mapped::OwnedRwLockMappedWriteGuard,
    owned::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, ReadOwned, WriteOwned},
    upgrade_owned::{OwnedRwLockUpgradableReadGuard, UpgradableReadOwned, UpgradeOwned},
};

/// A lock that many may hold to read, or one to write, and whose guards may be held across an `.await`.
///
/// The interface is `tokio::sync::RwLock`'s, and [upgradable reads](Self::upgradable_read). If no guard lives across an
/// `.await`, a lock of `std` is the better choice; see [the module](super#do-you-need-this). If readers are as brief as
/// writers, a [`Mutex`](super::Mutex) does the same for less: a read lock is taken by writing to memory that all readers
/// share.
///
/// # Fairness
///
/// First come, first served, unless [another fairness](Self::with_fairness) was chosen. Readers that stand in the queue
/// side by side are let in together; one that comes while a writer waits queues behind that writer, so that writers do not
/// starve. Therefore, a task that holds a read guard must not wait for another one: if a writer has come in between, the
/// three wait for each other for ever. [`try_read`](Self::try_read) does not wait.
///
/// With [`Fairness::Unfair`], readers overtake a writer that waits, which starves while they keep coming.
///
/// # Panics and poisoning
///
/// There is no poisoning. A panic while a guard is held unlocks; the next holder sees the value as it was left.
///
/// # Implementation notes
///
/// It is a semaphore with [as many permits as there may be readers](Self::with_max_readers), of which a writer takes all.
/// Uncontended, to take and to release it is one atomic read-modify-write each. Waiting allocates nothing.
///
/// # Examples
///
/// ```
/// use anywhen::rt::Std;
/// use anywhen::sync::RwLock;
///
/// static NAMES: RwLock<Vec<&str>> = RwLock::new(Vec::new());
///
/// Std.block_on(async {
///     NAMES.write().await.push("one");
///     let (one, another) = (NAMES.read().await, NAMES.read().await);
///     assert_eq!(*one, *another);
/// });
/// ```
pub struct RwLock<T: ?Sized> {
    places: Places,
    value: UnsafeCell<T>,
}

impl<T> RwLock<T> {
    crate::internal::shim::const_unless_loom! {
        /// An unlocked lock around `value`, for as many as 2²⁹ - 1 readers at a time.
        pub fn new(value: T) -> Self {
            Self::with_fairness(value, Fairness::Fifo)
        }
    }

    crate::internal::shim::const_unless_loom! {
        /// The same as [`new`](Self::new); the name that tokio has for constants.
        pub fn const_new(value: T) -> Self {
            Self::new(value)
        }
    }

    crate::internal::shim::const_unless_loom! {
        /// An unlocked lock around `value`, where those who wait may be overtaken as often as `fairness` says.
        ///
        /// # Examples
        ///
        /// ```
        /// use anywhen::sync::{Fairness, RwLock};
        ///
        /// static COUNT: RwLock<u64> = RwLock::with_fairness(0, Fairness::Eventual);
        /// assert_eq!(*COUNT.try_read().unwrap(), 0);
        /// ```
        pub fn with_fairness(value: T, fairness: Fairness) -> Self {
            Self { places: Places::new(MAX_READERS, fairness), value: UnsafeCell::new(value) }
        }
    }

    crate::internal::shim::const_unless_loom! {
        /// An unlocked lock around `value`, for at most `max_readers` readers at a time; more than those wait.
        ///
        /// An [upgradable reader](Self::upgradable_read) counts for more than half of them.
        ///
        /// # Panics
        ///
        /// If `max_readers` is 0, or greater than `u32::MAX >> 3`.
        ///
        /// # Examples
        ///
        /// ```
        /// let lock = anywhen::sync::RwLock::with_max_readers((), 2);
        /// let readers = (lock.try_read().unwrap(), lock.try_read().unwrap());
        /// assert!(lock.try_read().is_err());
        /// # drop(readers);
        /// ```
        #[track_caller]
        pub fn with_max_readers(value: T, max_readers: u32) -> Self {
            Self { places: Places::new(max_readers, Fairness::Fifo), value: UnsafeCell::new(value) }
        }
    }

    crate::internal::shim::const_unless_loom! {
        /// The same as [`with_max_readers`](Self::with_max_readers); the name that tokio has for constants.
        ///
        /// # Panics
        ///
        /// If `max_readers` is 0, or greater than `u32::MAX >> 3`.
        #[track_caller]
        pub fn const_with_max_readers(value: T, max_readers: u32) -> Self {
            Self::with_max_readers(value, max_readers)
        }
    }

    crate::internal::shim::const_unless_loom! {
        /// The same lock, under a name.
        ///
        /// Reports and events show the name, if the feature `diagnostics` or `tracing` is on; see
        /// `anywhen::sync::diagnostics`. Without those it costs nothing, and nobody sees it.
        ///
        /// # Examples
        ///
        /// ```
        /// use anywhen::sync::RwLock;
        ///
        /// static NAMES: RwLock<Vec<&str>> = RwLock::new(Vec::new()).named("names");
        /// assert!(NAMES.try_read().unwrap().is_empty());
        /// ```
        pub fn named(mut self, name: &'static str) -> Self {
            self.places.set_name(name);
            self
        }
    }

    /// The value, without the lock.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// How many wait for the lock, whatever they want.
    ///
    /// The number may be another by the time it is looked at. It takes the lock of the queue, so it is for metrics and
    /// tests rather than for fast paths.
    pub fn waiters(&self) -> usize {
        self.places.raw().waiters()
    }

    /// Who holds the lock and who waits for it, where, and for how long; with the feature `diagnostics`.
    ///
    /// [`dump`](super::diagnostics::dump) tells of all locks at once.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anywhen::sync::RwLock::new(());
    /// let readers = (lock.try_read().unwrap(), lock.try_read().unwrap());
    /// assert_eq!(lock.report().holders().len(), 2);
    /// # drop(readers);
    /// ```
    #[cfg(feature = "diagnostics")]
    pub fn report(&self) -> super::diagnostics::LockReport {
        super::diagnostics::LockReport::of(self.places.raw().identity())
    }

    /// The value, which nobody else can reach while the lock is borrowed mutably.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

impl<T: ?Sized> HasPlaces for &RwLock<T> {
    #[inline]
    fn places(&self) -> &Places {
        &self.places
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("RwLock");
        match self.try_read() {
            Ok(guard) => f.field("data", &&*guard),
            Err(_) => f.field("data", &format_args!("<locked>")),
        };
        f.finish()
    }
}
