//! Locks and semaphores that wait without blocking the thread, and without allocating.
//!
//! # Do you need this?
//!
//! If no guard lives across an `.await`, a mutex of `std` or `parking_lot` is the better choice, in async code too: it
//! cannot be held up by a task that is not polled. The locks here are for critical sections that await something,
//! and for waiting in line for a resource.
//!
//! | you want | take |
//! |---|---|
//! | one at a time, with awaits in between | [`Mutex`] |
//! | many to read at a time, or one to write | [`RwLock`] |
//! | at most N at a time | [`Semaphore`] |
//! | the same, and to shed load rather than pile it up | [`BoundedMutex`], [`BoundedSemaphore`] |
//! | to tell one task, or all that wait now | [`Notify`] |
//! | a value that is computed once, by whoever needs it first | [`OnceCell`] |
//! | a value that is set once, and waited for | [`SetOnce`] |
//! | tasks to wait for one another | [`Barrier`] |
//! | to wait until all of a changing number of things are over | [`WaitGroup`] |
//! | to wait for a condition on data under a [`Mutex`] | [`Condvar`] |
//! | to tell everybody, now and later, that something is so | [`Event`] |
//! | to tell tasks, and those that they have started, to stop | [`CancellationToken`] |
//!
//! The [`guide`] says more about each choice, what every wait loses when it is dropped, and how the queue works.
//!
//! # What they have in common
//!
//! * **Cost.** Taking and releasing a free lock is one atomic read-modify-write each. Waiting allocates nothing: the
//!   place in the queue is part of the future.
//! * **Fairness.** First come, first served: a lock that is released while others wait goes straight to the one that has
//!   waited longest, and nobody can overtake, `try_` methods included. Where throughput under contention matters more, or
//!   nobody may be held up by a task that does not react, choose another [`Fairness`].
//! * **Cancel safety.** Dropping a future that waits gives up its place in the queue, and nothing else. If it had been
//!   granted the lock in the meantime, the next in the queue gets it.
//! * **No foreign code under a lock.** Wakers are woken, cloned and dropped while no internal lock is held, so a waker
//!   may use the very object that wakes it.
//! * **Panics.** There is no poisoning. A panic while a guard is held releases the lock as the guard is dropped.
//!
//! # A granted future that is not polled
//!
//! First come, first served has a price. A lock that has been handed to a waiter is held by that waiter, though it has not
//! been polled since; if it never is, because it stands in a `select!` loop next to a branch that awaits the same lock,
//! everybody waits for ever ("futurelock"). Keep futures that wait for a lock moving, or drop them; or make the lock
//! [`Unfair`](Fairness::Unfair), which hands nothing to anybody: a waiter takes it when it is polled. The [`guide`] shows
//! it.
//!
//! # When nothing moves
//!
//! With the feature `diagnostics`, `diagnostics::dump()` tells who holds what and who waits for it, where in the source
//! and for how long, and which waiters have been granted something and are not polled. With the feature `tracing`, waits
//! send events. Give locks names for that, with [`Mutex::named`] and the like, which cost nothing without those features.

pub mod barrier;
#[cfg(feature = "alloc")]
pub mod cancellation_token;
pub mod condvar;
#[cfg(feature = "diagnostics")]
pub mod diagnostics;
mod error;
pub mod event;
mod fairness;
mod guard;
pub mod guide;
mod hold;
pub mod mutex;
pub mod notify;
pub(crate) mod observe;
mod once;
pub mod once_cell;
pub mod rwlock;
pub mod semaphore;
pub mod set_once;
mod signal;
#[cfg(feature = "std")]
pub mod timeout;
pub mod wait_group;

pub(crate) mod raw;

pub use barrier::{Barrier, BarrierWaitResult};
#[cfg(feature = "alloc")]
pub use cancellation_token::{
    CancelReason, CancellationToken, DropGuard, DropGuardRef, RunUntilCancelledFuture, RunUntilCancelledFutureOwned,
    WaitForCancellationFuture, WaitForCancellationFutureOwned,
};
pub use condvar::Condvar;
pub use error::{AcquireError, AcquireTimeoutError, BoundedAcquireError, QueueFull, TryAcquireError, TryLockError};
pub use event::Event;
pub use fairness::Fairness;
pub use mutex::{BoundedMutex, MappedMutexGuard, Mutex, MutexGuard};
#[cfg(feature = "alloc")]
pub use mutex::{OwnedMappedMutexGuard, OwnedMutexGuard};
pub use notify::Notify;
pub use once_cell::{OnceCell, SetError};
#[cfg(feature = "alloc")]
pub use rwlock::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockUpgradableReadGuard, OwnedRwLockWriteGuard,
};
pub use rwlock::{RwLock, RwLockMappedWriteGuard, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard};
#[cfg(feature = "alloc")]
pub use semaphore::OwnedSemaphorePermit;
pub use semaphore::{BoundedSemaphore, Semaphore, SemaphorePermit};
pub use set_once::{SetOnce, SetOnceError};
#[cfg(feature = "alloc")]
pub use wait_group::OwnedWaitGroupToken;
pub use wait_group::{WaitGroup, WaitGroupToken};

/// The futures of [`Notify`], where tokio has them.
pub mod futures {
    pub use super::notify::Notified;
    #[cfg(feature = "alloc")]
    pub use super::notify::OwnedNotified;
}
