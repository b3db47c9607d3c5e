//! A mutex whose queue has a limit: overload is shed at once instead of piling up.

#![allow(unsafe_code, reason = "one cast between an `Arc` of the mutex and of its transparent wrapper")]

#[cfg(feature = "alloc")]
use alloc::sync::Arc;
use core::fmt;

use super::super::observe::Site;
use super::super::raw::{Owner, RawSemaphore, acquire_future};
use super::super::{Fairness, QueueFull, TryLockError};
#[cfg(feature = "alloc")]
use super::OwnedMutexGuard;
use super::{Mutex, MutexGuard};

/// A [`Mutex`] for which only so many may wait.
///
/// Once `max_waiters` wait, [`lock`](Self::lock) gives [`QueueFull`] at its first poll. A service can then say "busy" while
/// that still helps, rather than answer requests whose askers have long gone. The guards are those of [`Mutex`].
///
/// # Fairness
///
/// Those who wait are served first come, first served, unless [another fairness](Self::with_fairness) was chosen. A waiter
/// that is dropped makes room.
///
/// # Examples
///
/// ```
/// use anywhen::sync::{BoundedMutex, QueueFull};
///
/// # anywhen::rt::Std.block_on(async {
/// let mutex = BoundedMutex::new((), 0);
/// let guard = mutex.lock().await?;
/// let refused = mutex.lock().await;
/// assert_eq!(refused.unwrap_err().to_string(), "the queue of waiters is full");
/// # drop(guard);
/// # Ok::<(), QueueFull>(())
/// # }).unwrap();
/// ```
#[repr(transparent)]
pub struct BoundedMutex<T: ?Sized>(Mutex<T>);

impl<T> BoundedMutex<T> {
    crate::internal::shim::const_unless_loom! {
        /// An unlocked mutex around `value`, for which up to `max_waiters` may wait; with 0, nobody waits.
        pub fn new(value: T, max_waiters: usize) -> Self {
            Self::with_fairness(value, max_waiters, Fairness::Fifo)
        }
    }

    crate::internal::shim::const_unless_loom! {
        /// The same as [`new`](Self::new), where those who wait may be overtaken as often as `fairness` says.
        pub fn with_fairness(value: T, max_waiters: usize, fairness: Fairness) -> Self {
            Self(Mutex::with_limit("BoundedMutex", value, max_waiters, fairness))
        }
    }

    crate::internal::shim::const_unless_loom! {
        /// The same mutex, under a name; see [`Mutex::named`].
        pub fn named(mut self, name: &'static str) -> Self {
            self.0.raw.set_name(name);
            self
        }
    }

    /// The value, without the mutex.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> BoundedMutex<T> {
    /// Waits for the lock, if there is room in the queue.
    ///
    /// # Errors
    ///
    /// The future gives [`QueueFull`] if the lock is held and `max_waiters` wait for it already. A future that has found
    /// room is never refused later.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in the queue, and nothing else.
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given its result.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> BoundedLock<'_, T> {
        BoundedLock::new(self, 1, Site::here())
    }

    /// Waits for the lock, if there is room in the queue; the guard keeps the mutex alive.
    ///
    /// Errors, cancel safety and panics are those of [`lock`](Self::lock). The mutex that the guard keeps alive is seen as
    /// the [`Mutex`] inside of this one.
    #[cfg(feature = "alloc")]
    #[inline]
    #[track_caller]
    pub fn lock_owned(self: Arc<Self>) -> BoundedLockOwned<T> {
        BoundedLockOwned::new(self, 1, Site::here())
    }

    /// Takes the lock if it is free, and nobody waits who may not be overtaken.
    ///
    /// # Errors
    ///
    /// [`TryLockError`] if not.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        self.0.try_lock()
    }

    /// Takes the lock if it is free, and nobody waits who may not be overtaken; the guard keeps the mutex alive.
    ///
    /// # Errors
    ///
    /// [`TryLockError`] if not.
    #[cfg(feature = "alloc")]
    #[track_caller]
    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedMutexGuard<T>, TryLockError> {
        unwrap_arc(self).try_lock_owned()
    }

    /// Waits for the lock, if there is room in the queue, and blocks the thread meanwhile.
    ///
    /// # Errors
    ///
    /// [`QueueFull`] as for [`lock`](Self::lock).
    #[cfg(feature = "std")]
    #[track_caller]
    pub fn blocking_lock(&self) -> Result<MutexGuard<'_, T>, QueueFull> {
        crate::time::driver::block_on(self.lock())
    }

    /// How many may wait; more than `u32::MAX` count as that.
    pub fn max_waiters(&self) -> usize {
        self.0.raw.limit()
    }

    /// How many wait; see [`Mutex::waiters`].
    pub fn waiters(&self) -> usize {
        self.0.waiters()
    }

    /// Who holds it and who waits for it; see [`Mutex::report`].
    #[cfg(feature = "diagnostics")]
    pub fn report(&self) -> crate::sync::diagnostics::LockReport {
        self.0.report()
    }

    /// The value, which nobody else can reach while the mutex is borrowed mutably.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

/// The mutex inside, seen through the same `Arc`.
#[cfg(feature = "alloc")]
fn unwrap_arc<T: ?Sized>(mutex: Arc<BoundedMutex<T>>) -> Arc<Mutex<T>> {
    let inner = Arc::into_raw(mutex) as *const Mutex<T>;
    // SAFETY: `BoundedMutex<T>` is transparent over `Mutex<T>`: same layout, same drop; the pointer came from `into_raw`.
    unsafe { Arc::from_raw(inner) }
}

impl<T: ?Sized> Owner for &BoundedMutex<T> {
    fn raw(&self) -> &RawSemaphore {
        &self.0.raw
    }

    #[inline]
    fn acquire_fast(&self, _: usize) -> bool {
        self.raw().lock_fast()
    }
}

acquire_future! {
    /// Waits for a [`BoundedMutex`]; from [`BoundedMutex::lock`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    BoundedLock ['a, T: ?Sized] ['a, T] of &'a BoundedMutex<T> => Result<MutexGuard<'a, T>, QueueFull>;
    granted: |mutex: &'a BoundedMutex<T>, _, site| Ok(MutexGuard::new(&mutex.0, site));
    refused: |_| Err(QueueFull(()));
}

#[cfg(feature = "alloc")]
impl<T: ?Sized> Owner for Arc<BoundedMutex<T>> {
    fn raw(&self) -> &RawSemaphore {
        &self.0.raw
    }

    #[inline]
    fn acquire_fast(&self, _: usize) -> bool {
        self.raw().lock_fast()
    }
}

#[cfg(feature = "alloc")]
acquire_future! {
    /// Waits for a [`BoundedMutex`], and keeps it alive; from [`BoundedMutex::lock_owned`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    BoundedLockOwned [T: ?Sized] [T] of Arc<BoundedMutex<T>> => Result<OwnedMutexGuard<T>, QueueFull>;
    granted: |mutex, _, site| Ok(OwnedMutexGuard::new(unwrap_arc(mutex), site));
    refused: |_| Err(QueueFull(()));
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for BoundedMutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BoundedMutex").field(&&self.0).finish()
    }
}
