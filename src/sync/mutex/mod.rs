//! A mutual exclusion lock whose guard may be held across an `.await`.

mod bounded;
mod guard;
mod mapped;
#[cfg(feature = "alloc")]
mod owned;

use core::cell::UnsafeCell;
use core::fmt;

use super::hold::Held;
use super::observe::{Site, Told};
use super::raw::{Owner, RawSemaphore, acquire_future};
use super::{Fairness, TryLockError};

pub use bounded::{BoundedLock, BoundedMutex};
pub use guard::MutexGuard;
pub use mapped::MappedMutexGuard;
#[cfg(feature = "alloc")]
pub use {bounded::BoundedLockOwned, mapped::OwnedMappedMutexGuard, owned::LockOwned, owned::OwnedMutexGuard};

/// A mutual exclusion lock whose guard may be held across an `.await`.
///
/// The interface is `tokio::sync::Mutex`'s. If the guard never lives across an `.await`, a mutex of `std` is the better
/// choice; see [the module](super#do-you-need-this).
///
/// # Fairness
///
/// First come, first served, unless [another fairness](Self::with_fairness) was chosen. A lock that is released while others
/// wait is handed to the one that has waited longest; [`try_lock`](Self::try_lock) fails while anybody waits. To be refused
/// rather than wait in a long queue, take [`BoundedMutex`].
///
/// # Panics and poisoning
///
/// There is no poisoning. A panic while the guard is held unlocks; the next holder sees the value as it was left.
///
/// # Examples
///
/// ```
/// use anywhen::rt::Std;
/// use anywhen::sync::Mutex;
///
/// static LOG: Mutex<Vec<u32>> = Mutex::new(Vec::new());
///
/// Std.block_on(async {
///     let mut log = LOG.lock().await;
///     log.push(1);
///     assert_eq!(*log, [1]);
/// });
/// ```
pub struct Mutex<T: ?Sized> {
    /// One permit: whoever has it may touch the value.
    raw: RawSemaphore,
    value: UnsafeCell<T>,
}

impl<T> Mutex<T> {
    crate::internal::shim::const_unless_loom! {
        /// An unlocked mutex around `value`.
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
        /// An unlocked mutex around `value`, where those who wait may be overtaken as often as `fairness` says.
        ///
        /// # Examples
        ///
        /// ```
        /// use anywhen::sync::{Fairness, Mutex};
        ///
        /// static COUNT: Mutex<u64> = Mutex::with_fairness(0, Fairness::Eventual);
        /// assert_eq!(*COUNT.try_lock().unwrap(), 0);
        /// ```
        pub fn with_fairness(value: T, fairness: Fairness) -> Self {
            Self::with_limit("Mutex", value, usize::MAX, fairness)
        }
    }

    crate::internal::shim::const_unless_loom! {
        /// The same mutex, under a name.
        ///
        /// Reports and events show the name, if the feature `diagnostics` or `tracing` is on; see
        /// `anywhen::sync::diagnostics`. Without those it costs nothing, and nobody sees it.
        ///
        /// # Examples
        ///
        /// ```
        /// use anywhen::sync::Mutex;
        ///
        /// static LOG: Mutex<Vec<u32>> = Mutex::new(Vec::new()).named("log");
        /// LOG.try_lock().unwrap().push(1);
        /// ```
        pub fn named(mut self, name: &'static str) -> Self {
            self.raw.set_name(name);
            self
        }
    }

    crate::internal::shim::const_unless_loom! {
        fn with_limit(kind: &'static str, value: T, limit: usize, fairness: Fairness) -> Self {
            Self { raw: RawSemaphore::mutex(kind, limit, fairness), value: UnsafeCell::new(value) }
        }
    }

    /// The value, without the mutex.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits for the lock.
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
    /// let mutex = anywhen::sync::Mutex::new(1);
    /// *mutex.lock().await += 1;
    /// assert_eq!(mutex.into_inner(), 2);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> Lock<'_, T> {
        self.lock_for(Site::here())
    }

    /// The same, where it is asked for elsewhere.
    #[inline]
    pub(crate) fn lock_for(&self, site: Site) -> Lock<'_, T> {
        Lock::new(self, 1, site)
    }

    /// Takes the lock if it is free, and nobody waits who may not be overtaken.
    ///
    /// # Errors
    ///
    /// [`TryLockError`] if not.
    ///
    /// # Examples
    ///
    /// ```
    /// let mutex = anywhen::sync::Mutex::new(());
    /// let guard = mutex.try_lock().unwrap();
    /// assert!(mutex.try_lock().is_err());
    /// drop(guard);
    /// assert!(mutex.try_lock().is_ok());
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        if self.raw.try_lock() { Ok(MutexGuard::new(self, Site::here())) } else { Err(TryLockError(())) }
    }

    /// Waits for the lock, and blocks the thread meanwhile.
    ///
    /// For code that is not async. In a task it holds up the executor's thread: use [`lock`](Self::lock) there. Unlike
    /// tokio's, it does not panic inside of a runtime, since it cannot know that it is in one.
    ///
    /// # Examples
    ///
    /// ```
    /// let mutex = anywhen::sync::Mutex::new(1);
    /// *mutex.blocking_lock() += 1;
    /// assert_eq!(mutex.into_inner(), 2);
    /// ```
    #[cfg(feature = "std")]
    #[track_caller]
    pub fn blocking_lock(&self) -> MutexGuard<'_, T> {
        crate::time::driver::block_on(self.lock())
    }

    /// How many wait for the lock.
    ///
    /// The number may be another by the time it is looked at. It takes the lock of the queue, so it is for metrics and
    /// tests rather than for fast paths.
    pub fn waiters(&self) -> usize {
        self.raw.waiters()
    }

    /// Who holds the lock and who waits for it, where, and for how long; with the feature `diagnostics`.
    ///
    /// [`dump`](super::diagnostics::dump) tells of all locks at once.
    ///
    /// # Examples
    ///
    /// ```
    /// let mutex = anywhen::sync::Mutex::new(());
    /// let guard = mutex.try_lock().unwrap();
    /// let report = mutex.report();
    /// assert_eq!(report.holders()[0].location().line(), line!() - 2);
    /// assert_eq!(report.oldest_wait(), None);
    /// # drop(guard);
    /// ```
    #[cfg(feature = "diagnostics")]
    pub fn report(&self) -> super::diagnostics::LockReport {
        super::diagnostics::LockReport::of(self.raw.identity())
    }

    /// The value, which nobody else can reach while the mutex is borrowed mutably.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

/// The one permit of a mutex, which the guards hold.
struct Permit<O: Owner>(O);

impl<O: Owner> Held for Permit<O> {
    #[inline]
    fn give_back(&mut self) {
        self.0.raw().unlock();
    }

    #[inline]
    fn told(&self) -> Option<Told<'_>> {
        Some(Told { of: self.0.raw().identity(), mode: "lock", permits: 1 })
    }
}

impl<T: ?Sized> Owner for &Mutex<T> {
    fn raw(&self) -> &RawSemaphore {
        &self.raw
    }

    #[inline]
    fn acquire_fast(&self, _: usize) -> bool {
        self.raw.lock_fast()
    }
}

acquire_future! {
    /// Waits for a [`Mutex`]; from [`Mutex::lock`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    Lock ['a, T: ?Sized] ['a, T] of &'a Mutex<T> => MutexGuard<'a, T>;
    granted: |mutex, _, site| MutexGuard::new(mutex, site);
    refused: |_| unreachable!("a mutex is never closed, and its queue has no limit");
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Mutex");
        match self.try_lock() {
            Ok(guard) => f.field("data", &&*guard),
            Err(_) => f.field("data", &format_args!("<locked>")),
        };
        f.finish()
    }
}
