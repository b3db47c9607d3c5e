//! Why a lock or a permit was not had.

use core::error::Error;
use core::fmt;

use super::raw::Refusal;
use crate::time::error::Elapsed;

/// The lock is held, or others wait for it; from [`Mutex::try_lock`](super::Mutex::try_lock) and its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TryLockError(pub(crate) ());

impl fmt::Display for TryLockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("operation would block")
    }
}

impl Error for TryLockError {}

/// The semaphore is closed; from [`Semaphore::acquire`](super::Semaphore::acquire) and its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcquireError(pub(crate) ());

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("semaphore closed")
    }
}

impl Error for AcquireError {}

/// No permits can be had now; from [`Semaphore::try_acquire`](super::Semaphore::try_acquire) and its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryAcquireError {
    /// The semaphore is closed, and will never give permits again.
    Closed,
    /// There are too few permits, or others wait for them.
    NoPermits,
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "semaphore closed",
            Self::NoPermits => "no permits available",
        })
    }
}

impl Error for TryAcquireError {}

impl From<Refusal> for TryAcquireError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Closed => Self::Closed,
            Refusal::NoPermits | Refusal::QueueFull => Self::NoPermits,
        }
    }
}

/// As many wait already as may; from [`BoundedMutex::lock`](super::BoundedMutex::lock) and its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueFull(pub(crate) ());

impl fmt::Display for QueueFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue of waiters is full")
    }
}

impl Error for QueueFull {}

/// No permit was granted, and none was waited for; from [`BoundedSemaphore::acquire`](super::BoundedSemaphore::acquire)
/// and its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BoundedAcquireError {
    /// The semaphore is closed, and will never give permits again.
    Closed,
    /// As many wait already as may.
    QueueFull,
}

impl fmt::Display for BoundedAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => AcquireError(()).fmt(f),
            Self::QueueFull => QueueFull(()).fmt(f),
        }
    }
}

impl Error for BoundedAcquireError {}

impl From<QueueFull> for BoundedAcquireError {
    fn from(_: QueueFull) -> Self {
        Self::QueueFull
    }
}

impl From<AcquireError> for BoundedAcquireError {
    fn from(_: AcquireError) -> Self {
        Self::Closed
    }
}

impl From<Refusal> for BoundedAcquireError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Closed => Self::Closed,
            Refusal::NoPermits | Refusal::QueueFull => Self::QueueFull,
        }
    }
}

/// No permit was had in time, or none at all; from [`Semaphore::acquire_timeout`](super::Semaphore#method.acquire_timeout)
/// and its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AcquireTimeoutError {
    /// The time is up.
    Elapsed,
    /// The semaphore is closed, and will never give permits again.
    Closed,
    /// As many wait already as may.
    QueueFull,
}

impl fmt::Display for AcquireTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elapsed => f.write_str("deadline has elapsed"),
            Self::Closed => AcquireError(()).fmt(f),
            Self::QueueFull => QueueFull(()).fmt(f),
        }
    }
}

impl Error for AcquireTimeoutError {}

impl From<Elapsed> for AcquireTimeoutError {
    fn from(_: Elapsed) -> Self {
        Self::Elapsed
    }
}

impl From<AcquireError> for AcquireTimeoutError {
    fn from(_: AcquireError) -> Self {
        Self::Closed
    }
}

impl From<QueueFull> for AcquireTimeoutError {
    fn from(_: QueueFull) -> Self {
        Self::QueueFull
    }
}

impl From<BoundedAcquireError> for AcquireTimeoutError {
    fn from(error: BoundedAcquireError) -> Self {
        match error {
            BoundedAcquireError::Closed => Self::Closed,
            BoundedAcquireError::QueueFull => Self::QueueFull,
        }
    }
}
