//! Waiting for a lock or for permits, but not for too long.
//!
//! A [`Timeout`] that has elapsed still has its future, since that may be taken out and go on. For one that waits in a queue
//! that is a trap: it may be granted what it asked for, and holds it until it is dropped. So there are two types for these,
//! which leave the queue in the poll in which the time is up. They differ in what they make of futures that may be refused.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use alloc::sync::Arc;

use futures_core::FusedFuture;

use super::AcquireTimeoutError;
use super::mutex::{BoundedLock, BoundedLockOwned, BoundedMutex, Lock, LockOwned, Mutex};
use super::rwlock::{Read, ReadOwned, RwLock, UpgradableRead, UpgradableReadOwned, Write, WriteOwned};
use super::semaphore::{Acquire, AcquireOwned, BoundedAcquire, BoundedAcquireOwned, BoundedSemaphore, Semaphore};
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;
use crate::time::error::Elapsed;
use crate::time::{Clock, Duration, Timeout, Timer, timeout};

pin_project! {
    /// Waits for a lock, but not for too long; from [`Mutex::lock_timeout`] and its like.
    ///
    /// In the poll in which the time is up it leaves the queue, and whoever stands behind it goes on: other than a
    /// [`Timeout`] around the same future, it may be kept after that. One that has been granted the lock by then has the
    /// lock.
    ///
    /// It is made of a `Timeout`, which tells what else can be chosen: a deadline that others share, another timer.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    ///
    /// # Panics
    ///
    /// If it is polled after it has given its result.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::Mutex;
    /// use anywhen::sync::timeout::LockTimeout;
    /// use anywhen::time::{Clock, Duration, Timer, timeout_at};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mutex = Mutex::new(1);
    /// let deadline = Clock::current().now() + Duration::from_secs(1);
    /// let guard = LockTimeout::from(timeout_at(deadline, mutex.lock())).await?;
    /// assert_eq!(*guard, 1);
    /// # Ok::<(), anywhen::time::error::Elapsed>(())
    /// # }).unwrap();
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct LockTimeout<F, T: Timer = Clock> {
        #[pin]
        limited: Live<Timeout<F, T>>,
    }
}

pin_project! {
    /// Waits for permits, or for a lock with a bounded queue, but not for too long; from [`Semaphore::acquire_timeout`] and
    /// its like.
    ///
    /// As [`LockTimeout`], with one error for both ends that are not as hoped.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    ///
    /// # Panics
    ///
    /// If it is polled after it has given its result.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::Semaphore;
    /// use anywhen::sync::timeout::AcquireTimeout;
    /// use anywhen::time::{Clock, Duration, Timer, timeout_at};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let semaphore = Semaphore::new(1);
    /// let deadline = Clock::current().now() + Duration::from_secs(1);
    /// let permit = AcquireTimeout::from(timeout_at(deadline, semaphore.acquire())).await?;
    /// assert_eq!(permit.num_permits(), 1);
    /// # Ok::<(), anywhen::sync::AcquireTimeoutError>(())
    /// # }).unwrap();
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct AcquireTimeout<F, T: Timer = Clock> {
        #[pin]
        limited: Live<Timeout<F, T>>,
    }
}

/// What the two have in common.
macro_rules! limited {
    ($name:ident) => {
        impl<F, T: Timer> From<Timeout<F, T>> for $name<F, T> {
            fn from(timeout: Timeout<F, T>) -> Self {
                Self { limited: Live::new(timeout) }
            }
        }

        impl<F, T: Timer> fmt::Debug for $name<F, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.limited.debug(stringify!($name), f)
            }
        }
    };
}

limited!(LockTimeout);
limited!(AcquireTimeout);

impl<F: Future, T: Timer> Future for LockTimeout<F, T> {
    type Output = Result<F::Output, Elapsed>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().limited.poll("LockTimeout", |timeout| timeout.poll(cx))
    }
}

impl<F: Future, T: Timer> FusedFuture for LockTimeout<F, T> {
    fn is_terminated(&self) -> bool {
        self.limited.is_over()
    }
}

impl<F, P, E, T> Future for AcquireTimeout<F, T>
where
    F: Future<Output = Result<P, E>>,
    E: Into<AcquireTimeoutError>,
    T: Timer,
{
    type Output = Result<P, AcquireTimeoutError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().limited.poll("AcquireTimeout", |timeout| timeout.poll(cx)).map(|result| result?.map_err(E::into))
    }
}

impl<F, P, E, T> FusedFuture for AcquireTimeout<F, T>
where
    F: Future<Output = Result<P, E>>,
    E: Into<AcquireTimeoutError>,
    T: Timer,
{
    fn is_terminated(&self) -> bool {
        self.limited.is_over()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits for the lock, but not for longer than `duration`, counted from the first `Pending` on.
    ///
    /// # Errors
    ///
    /// The future gives [`Elapsed`] if the time is up first; it has left the queue then.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in the queue, and nothing else.
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given its result.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::Mutex;
    /// use anywhen::time::Duration;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mutex = Mutex::new(());
    /// let guard = mutex.lock_timeout(Duration::from_secs(1)).await.unwrap();
    /// assert!(mutex.lock_timeout(Duration::from_millis(1)).await.is_err());
    /// # drop(guard);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn lock_timeout(&self, duration: Duration) -> LockTimeout<Lock<'_, T>> {
        timeout(duration, self.lock()).into()
    }

    /// As [`lock_timeout`](Self::lock_timeout); the guard keeps the mutex alive.
    #[inline]
    #[track_caller]
    pub fn lock_owned_timeout(self: Arc<Self>, duration: Duration) -> LockTimeout<LockOwned<T>> {
        timeout(duration, self.lock_owned()).into()
    }
}

impl<T: ?Sized> BoundedMutex<T> {
    /// Waits for the lock, if there is room in the queue, but not for longer than `duration`; see
    /// [`Mutex::lock_timeout`].
    ///
    /// # Errors
    ///
    /// The future gives [`AcquireTimeoutError`]: the queue was full, or the time is up.
    #[inline]
    #[track_caller]
    pub fn lock_timeout(&self, duration: Duration) -> AcquireTimeout<BoundedLock<'_, T>> {
        timeout(duration, self.lock()).into()
    }

    /// As [`lock_timeout`](Self::lock_timeout); the guard keeps the mutex alive.
    #[inline]
    #[track_caller]
    pub fn lock_owned_timeout(self: Arc<Self>, duration: Duration) -> AcquireTimeout<BoundedLockOwned<T>> {
        timeout(duration, self.lock_owned()).into()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until it may be read, but not for longer than `duration`, counted from the first `Pending` on.
    ///
    /// # Errors
    ///
    /// The future gives [`Elapsed`] if the time is up first; it has left the queue then.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in the queue, and nothing else.
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given its result.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::RwLock;
    /// use anywhen::time::Duration;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let lock = RwLock::new(());
    /// let reader = lock.read_timeout(Duration::from_secs(1)).await.unwrap();
    /// assert!(lock.write_timeout(Duration::from_millis(1)).await.is_err());
    /// # drop(reader);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn read_timeout(&self, duration: Duration) -> LockTimeout<Read<'_, T>> {
        timeout(duration, self.read()).into()
    }

    /// As [`read_timeout`](Self::read_timeout); the guard keeps the lock alive.
    #[inline]
    #[track_caller]
    pub fn read_owned_timeout(self: Arc<Self>, duration: Duration) -> LockTimeout<ReadOwned<T>> {
        timeout(duration, self.read_owned()).into()
    }

    /// As [`read_timeout`](Self::read_timeout), to write.
    #[inline]
    #[track_caller]
    pub fn write_timeout(&self, duration: Duration) -> LockTimeout<Write<'_, T>> {
        timeout(duration, self.write()).into()
    }

    /// As [`write_timeout`](Self::write_timeout); the guard keeps the lock alive.
    #[inline]
    #[track_caller]
    pub fn write_owned_timeout(self: Arc<Self>, duration: Duration) -> LockTimeout<WriteOwned<T>> {
        timeout(duration, self.write_owned()).into()
    }

    /// As [`read_timeout`](Self::read_timeout), to read and perhaps to write later.
    #[inline]
    #[track_caller]
    pub fn upgradable_read_timeout(&self, duration: Duration) -> LockTimeout<UpgradableRead<'_, T>> {
        timeout(duration, self.upgradable_read()).into()
    }

    /// As [`upgradable_read_timeout`](Self::upgradable_read_timeout); the guard keeps the lock alive.
    #[inline]
    #[track_caller]
    pub fn upgradable_read_owned_timeout(self: Arc<Self>, duration: Duration) -> LockTimeout<UpgradableReadOwned<T>> {
        timeout(duration, self.upgradable_read_owned()).into()
    }
}

/// The four ways to acquire, with a limit.
macro_rules! acquire_timeouts {
    ($semaphore:ident, $acquire:ident, $owned:ident) => {
        impl $semaphore {
            /// Waits for one permit, but not for longer than `duration`, counted from the first `Pending` on.
            ///
            /// # Errors
            ///
            /// The future gives [`AcquireTimeoutError`] where [`acquire`](Self::acquire) would give an error, and if the time
            /// is up first; it has left the queue then.
            ///
            /// # Cancel safety
            ///
            /// Dropping the future loses the place in the queue, and nothing else.
            ///
            /// # Panics
            ///
            /// If the future is polled after it has given its result.
            ///
            /// # Examples
            ///
            /// ```
            /// use anywhen::sync::{AcquireTimeoutError, Semaphore};
            /// use anywhen::time::Duration;
            ///
            /// # anywhen::rt::Std.block_on(async {
            /// let semaphore = Semaphore::new(0);
            /// let late = semaphore.acquire_timeout(Duration::from_millis(1)).await;
            /// assert_eq!(late.unwrap_err(), AcquireTimeoutError::Elapsed);
            /// # });
            /// ```
            #[inline]
            #[track_caller]
            pub fn acquire_timeout(&self, duration: Duration) -> AcquireTimeout<$acquire<'_>> {
                timeout(duration, self.acquire()).into()
            }

            /// Waits for `permits` permits at once, but not for longer than `duration`; see
            /// [`acquire_timeout`](Self::acquire_timeout).
            #[inline]
            #[track_caller]
            pub fn acquire_many_timeout(&self, permits: u32, duration: Duration) -> AcquireTimeout<$acquire<'_>> {
                timeout(duration, self.acquire_many(permits)).into()
            }

            /// As [`acquire_timeout`](Self::acquire_timeout); the permit keeps the semaphore alive.
            #[inline]
            #[track_caller]
            pub fn acquire_owned_timeout(self: Arc<Self>, duration: Duration) -> AcquireTimeout<$owned> {
                timeout(duration, self.acquire_owned()).into()
            }

            /// As [`acquire_many_timeout`](Self::acquire_many_timeout); the permits keep the semaphore alive.
            #[inline]
            #[track_caller]
            pub fn acquire_many_owned_timeout(
                self: Arc<Self>,
                permits: u32,
                duration: Duration,
            ) -> AcquireTimeout<$owned> {
                timeout(duration, self.acquire_many_owned(permits)).into()
            }
        }
    };
}

acquire_timeouts!(Semaphore, Acquire, AcquireOwned);
acquire_timeouts!(BoundedSemaphore, BoundedAcquire, BoundedAcquireOwned);
