//! A semaphore whose queue has a limit: overload is shed at once instead of piling up.

#![allow(unsafe_code, reason = "one cast between an `Arc` of the semaphore and of its transparent wrapper")]

#[cfg(feature = "alloc")]
use alloc::sync::Arc;
use core::fmt;

use super::super::observe::Site;
use super::super::raw::{MAX_PERMITS, Owner, RawSemaphore, acquire_future};
use super::super::{BoundedAcquireError, Fairness, TryAcquireError};
#[cfg(feature = "alloc")]
use super::OwnedSemaphorePermit;
use super::{Semaphore, SemaphorePermit};

/// A [`Semaphore`] for whose permits only so many may wait.
///
/// Once `max_waiters` wait, [`acquire`](Self::acquire) gives [`QueueFull`](BoundedAcquireError::QueueFull) at its first
/// poll, so that a service can say "busy" while that still helps. The permits are those of [`Semaphore`].
///
/// # Fairness
///
/// Those who wait are served first come, first served, unless [another fairness](Self::with_fairness) was chosen; as by
/// [`Semaphore`]. A waiter that is dropped makes room.
///
/// # Examples
///
/// ```
/// use anywhen::sync::{BoundedAcquireError, BoundedSemaphore};
///
/// # anywhen::rt::Std.block_on(async {
/// let slots = BoundedSemaphore::new(1, 0);
/// let slot = slots.acquire().await?;
/// assert_eq!(slots.acquire().await.unwrap_err(), BoundedAcquireError::QueueFull);
/// # drop(slot);
/// # Ok::<(), BoundedAcquireError>(())
/// # }).unwrap();
/// ```
#[repr(transparent)]
pub struct BoundedSemaphore(Semaphore);

impl BoundedSemaphore {
    /// How many permits a semaphore can have: `usize::MAX >> 3`.
    pub const MAX_PERMITS: usize = MAX_PERMITS;

    crate::internal::shim::const_unless_loom! {
        /// A semaphore with `permits` permits, for which up to `max_waiters` may wait; with 0, nobody waits.
        ///
        /// # Panics
        ///
        /// If `permits` exceeds [`MAX_PERMITS`](Self::MAX_PERMITS).
        #[track_caller]
        pub fn new(permits: usize, max_waiters: usize) -> Self {
            Self::with_fairness(permits, max_waiters, Fairness::Fifo)
        }
    }

    crate::internal::shim::const_unless_loom! {
        /// The same as [`new`](Self::new), where those who wait may be overtaken as often as `fairness` says.
        ///
        /// # Panics
        ///
        /// If `permits` exceeds [`MAX_PERMITS`](Self::MAX_PERMITS).
        #[track_caller]
        pub fn with_fairness(permits: usize, max_waiters: usize, fairness: Fairness) -> Self {
            Self(Semaphore::with_limit("BoundedSemaphore", permits, max_waiters, fairness))
        }
    }

    crate::internal::shim::const_unless_loom! {
        /// The same semaphore, under a name; see [`Semaphore::named`].
        pub fn named(mut self, name: &'static str) -> Self {
            self.0.raw.set_name(name);
            self
        }
    }

    /// Waits for one permit, if there is room in the queue.
    ///
    /// # Errors
    ///
    /// The future gives [`BoundedAcquireError`] if the queue is full when it would enter it, or if the semaphore is
    /// closed, then or while it waits. A future that has found room is not refused for lack of room later.
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
    pub fn acquire(&self) -> BoundedAcquire<'_> {
        BoundedAcquire::new(self, 1, Site::here())
    }

    /// Waits for `permits` permits at once, if there is room in the queue.
    ///
    /// Errors, cancel safety and panics are those of [`acquire`](Self::acquire). Whatever the number, it takes one place.
    #[inline]
    #[track_caller]
    pub fn acquire_many(&self, permits: u32) -> BoundedAcquire<'_> {
        BoundedAcquire::new(self, permits as usize, Site::here())
    }

    /// Waits for one permit, if there is room in the queue; it keeps the semaphore alive.
    ///
    /// Errors, cancel safety and panics are those of [`acquire`](Self::acquire). The semaphore that the permit keeps alive
    /// is seen as the [`Semaphore`] inside of this one.
    #[cfg(feature = "alloc")]
    #[inline]
    #[track_caller]
    pub fn acquire_owned(self: Arc<Self>) -> BoundedAcquireOwned {
        BoundedAcquireOwned::new(self, 1, Site::here())
    }

    /// Waits for `permits` permits at once, if there is room in the queue; they keep the semaphore alive.
    #[cfg(feature = "alloc")]
    #[inline]
    #[track_caller]
    pub fn acquire_many_owned(self: Arc<Self>, permits: u32) -> BoundedAcquireOwned {
        BoundedAcquireOwned::new(self, permits as usize, Site::here())
    }

    /// Takes one permit if one is there, and nobody waits who may not be overtaken.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`] says why not.
    #[inline]
    #[track_caller]
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.0.try_acquire()
    }

    /// Takes `permits` permits if they are there, and nobody waits who may not be overtaken.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`] says why not.
    #[inline]
    #[track_caller]
    pub fn try_acquire_many(&self, permits: u32) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.0.try_acquire_many(permits)
    }

    /// Takes one permit if one is there, and nobody waits who may not be overtaken; it keeps the semaphore alive.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`] says why not.
    #[cfg(feature = "alloc")]
    #[track_caller]
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        unwrap_arc(self).try_acquire_owned()
    }

    /// Takes `permits` permits if they are there, and nobody waits who may not be overtaken; they keep the semaphore alive.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`] says why not.
    #[cfg(feature = "alloc")]
    #[track_caller]
    pub fn try_acquire_many_owned(self: Arc<Self>, permits: u32) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        unwrap_arc(self).try_acquire_many_owned(permits)
    }

    /// Waits for one permit, if there is room in the queue, and blocks the thread meanwhile.
    ///
    /// # Errors
    ///
    /// [`BoundedAcquireError`] as for [`acquire`](Self::acquire).
    #[cfg(feature = "std")]
    #[track_caller]
    pub fn blocking_acquire(&self) -> Result<SemaphorePermit<'_>, BoundedAcquireError> {
        crate::time::driver::block_on(self.acquire())
    }

    /// How many may wait; more than `u32::MAX` count as that.
    pub fn max_waiters(&self) -> usize {
        self.0.raw.limit()
    }

    /// How many permits somebody who asks now would find; none while they are kept for those who wait.
    pub fn available_permits(&self) -> usize {
        self.0.available_permits()
    }

    /// How many wait; see [`Semaphore::waiters`].
    pub fn waiters(&self) -> usize {
        self.0.waiters()
    }

    /// Who holds it and who waits for it; see [`Semaphore::report`].
    #[cfg(feature = "diagnostics")]
    pub fn report(&self) -> crate::sync::diagnostics::LockReport {
        self.0.report()
    }

    /// Adds `n` permits, and hands them to those who wait.
    ///
    /// # Panics
    ///
    /// If there would then be more than [`MAX_PERMITS`](Self::MAX_PERMITS); none are added.
    pub fn add_permits(&self, n: usize) {
        self.0.add_permits(n);
    }

    /// Takes up to `n` available permits away for good, and says how many.
    pub fn forget_permits(&self, n: usize) -> usize {
        self.0.forget_permits(n)
    }

    /// Closes the semaphore: nobody gets a permit any more, and all who wait get an error.
    pub fn close(&self) {
        self.0.close();
    }

    /// Whether [`close`](Self::close) has been called.
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

/// The semaphore inside, seen through the same `Arc`.
#[cfg(feature = "alloc")]
fn unwrap_arc(semaphore: Arc<BoundedSemaphore>) -> Arc<Semaphore> {
    // SAFETY: `BoundedSemaphore` is transparent over `Semaphore`: same layout, same drop; the pointer came from `into_raw`.
    unsafe { Arc::from_raw(Arc::into_raw(semaphore).cast()) }
}

impl Owner for &BoundedSemaphore {
    fn raw(&self) -> &RawSemaphore {
        &self.0.raw
    }
}

acquire_future! {
    /// Waits for permits of a [`BoundedSemaphore`]; from [`BoundedSemaphore::acquire`] and its `_many` form.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    BoundedAcquire ['a] ['a] of &'a BoundedSemaphore => Result<SemaphorePermit<'a>, BoundedAcquireError>;
    granted: |semaphore: &'a BoundedSemaphore, permits, site| Ok(SemaphorePermit::new(&semaphore.0, permits, site));
    refused: |refusal| Err(BoundedAcquireError::from(refusal));
}

#[cfg(feature = "alloc")]
impl Owner for Arc<BoundedSemaphore> {
    fn raw(&self) -> &RawSemaphore {
        &self.0.raw
    }
}

#[cfg(feature = "alloc")]
acquire_future! {
    /// Waits for permits of a [`BoundedSemaphore`], and keeps it alive; from [`BoundedSemaphore::acquire_owned`] and its
    /// `_many` form.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    BoundedAcquireOwned [] [] of Arc<BoundedSemaphore> => Result<OwnedSemaphorePermit, BoundedAcquireError>;
    granted: |semaphore, permits, site| Ok(OwnedSemaphorePermit::new(unwrap_arc(semaphore), permits, site));
    refused: |refusal| Err(BoundedAcquireError::from(refusal));
}

impl fmt::Debug for BoundedSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.raw.fmt_as("BoundedSemaphore", f)
    }
}
