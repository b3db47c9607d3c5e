//! A number of permits, and a queue for them.

mod bounded;
#[cfg(feature = "alloc")]
mod owned;
mod permit;

use core::fmt;

use super::hold::Held;
use super::observe::{Site, Told};
use super::raw::{MAX_PERMITS, Owner, RawSemaphore, Refusal, acquire_future};
use super::{AcquireError, Fairness, TryAcquireError};

pub use bounded::{BoundedAcquire, BoundedSemaphore};
pub use permit::SemaphorePermit;
#[cfg(feature = "alloc")]
pub use {bounded::BoundedAcquireOwned, owned::AcquireOwned, owned::OwnedSemaphorePermit};

/// A number of permits; whoever wants some and finds too few waits in a queue.
///
/// The interface is `tokio::sync::Semaphore`'s. Use it to limit how much happens at once: requests in flight, open
/// files, workers. To be refused rather than wait in a long queue, take [`BoundedSemaphore`].
///
/// # Fairness
///
/// First come, first served, unless [another fairness](Self::with_fairness) was chosen, whatever the numbers wanted: who
/// wants many waits at the front until they have come in, and
/// nobody behind takes them away. Permits that are being saved up so are not available to others, and
/// [`available_permits`](Self::available_permits) does not count them. [`try_acquire`](Self::try_acquire) fails while
/// anybody waits. When the waiter at the front gives up, those behind it that can be served are served at once.
///
/// # Examples
///
/// Three at a time:
///
/// ```
/// use anywhen::sync::Semaphore;
///
/// static SLOTS: Semaphore = Semaphore::new(3);
///
/// async fn fetch(n: u32) -> u32 {
///     let _slot = SLOTS.acquire().await.expect("it is never closed");
///     n * n
/// }
///
/// # anywhen::rt::Std.block_on(async {
/// assert_eq!(fetch(7).await, 49);
/// assert_eq!(SLOTS.available_permits(), 3);
/// # });
/// ```
pub struct Semaphore {
    raw: RawSemaphore,
}

impl Semaphore {
    /// How many permits a semaphore can have: `usize::MAX >> 3`.
    pub const MAX_PERMITS: usize = MAX_PERMITS;

    crate::internal::shim::const_unless_loom! {
        /// A semaphore with `permits` permits; with 0, all wait until some are [added](Self::add_permits).
        ///
        /// # Panics
        ///
        /// If `permits` exceeds [`MAX_PERMITS`](Self::MAX_PERMITS).
        #[track_caller]
        pub fn new(permits: usize) -> Self {
            Self::with_fairness(permits, Fairness::Fifo)
        }
    }

    crate::internal::shim::const_unless_loom! {
        /// The same as [`new`](Self::new); the name that tokio has for constants.
        ///
        /// # Panics
        ///
        /// If `permits` exceeds [`MAX_PERMITS`](Self::MAX_PERMITS).
        #[track_caller]
        pub fn const_new(permits: usize) -> Self {
            Self::new(permits)
        }
    }

    crate::internal::shim::const_unless_loom! {
        /// A semaphore with `permits` permits, where those who wait may be overtaken as often as `fairness` says.
        ///
        /// # Panics
        ///
        /// If `permits` exceeds [`MAX_PERMITS`](Self::MAX_PERMITS).
        ///
        /// # Examples
        ///
        /// ```
        /// use anywhen::sync::{Fairness, Semaphore};
        ///
        /// static SLOTS: Semaphore = Semaphore::with_fairness(8, Fairness::Unfair);
        /// assert_eq!(SLOTS.available_permits(), 8);
        /// ```
        #[track_caller]
        pub fn with_fairness(permits: usize, fairness: Fairness) -> Self {
            Self::with_limit("Semaphore", permits, usize::MAX, fairness)
        }
    }

    crate::internal::shim::const_unless_loom! {
        /// The same semaphore, under a name.
        ///
        /// Reports and events show the name, if the feature `diagnostics` or `tracing` is on; see
        /// `anywhen::sync::diagnostics`. Without those it costs nothing, and nobody sees it.
        ///
        /// # Examples
        ///
        /// ```
        /// use anywhen::sync::Semaphore;
        ///
        /// static SLOTS: Semaphore = Semaphore::new(8).named("slots");
        /// assert_eq!(SLOTS.available_permits(), 8);
        /// ```
        pub fn named(mut self, name: &'static str) -> Self {
            self.raw.set_name(name);
            self
        }
    }

    crate::internal::shim::const_unless_loom! {
        #[track_caller]
        fn with_limit(kind: &'static str, permits: usize, limit: usize, fairness: Fairness) -> Self {
            Self { raw: RawSemaphore::new(kind, permits, limit, fairness) }
        }
    }

    /// Waits for one permit.
    ///
    /// # Errors
    ///
    /// The future gives [`AcquireError`] if the semaphore is closed, now or while it waits.
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
    /// # anywhen::rt::Std.block_on(async {
    /// let semaphore = anywhen::sync::Semaphore::new(2);
    /// let permit = semaphore.acquire().await.unwrap();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// drop(permit);
    /// assert_eq!(semaphore.available_permits(), 2);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn acquire(&self) -> Acquire<'_> {
        Acquire::new(self, 1, Site::here())
    }

    /// Waits for `permits` permits at once; with 0 it waits for nothing, and is refused only if the semaphore is closed.
    ///
    /// Errors, cancel safety and panics are those of [`acquire`](Self::acquire). More permits than the semaphore ever has
    /// are waited for without end, and everybody behind waits too.
    ///
    /// # Examples
    ///
    /// ```
    /// # anywhen::rt::Std.block_on(async {
    /// let semaphore = anywhen::sync::Semaphore::new(10);
    /// let permit = semaphore.acquire_many(8).await.unwrap();
    /// assert_eq!((permit.num_permits(), semaphore.available_permits()), (8, 2));
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn acquire_many(&self, permits: u32) -> Acquire<'_> {
        Acquire::new(self, permits as usize, Site::here())
    }

    /// Takes one permit if one is there, and nobody waits who may not be overtaken.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`] says why not.
    #[inline]
    #[track_caller]
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// Takes `permits` permits if they are there, and nobody waits who may not be overtaken.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`] says why not.
    #[inline]
    #[track_caller]
    pub fn try_acquire_many(&self, permits: u32) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.raw.try_acquire(permits as usize)?;
        Ok(SemaphorePermit::new(self, permits as usize, Site::here()))
    }

    /// Waits for one permit, and blocks the thread meanwhile.
    ///
    /// For code that is not async. In a task it holds up the executor's thread: use [`acquire`](Self::acquire) there.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] if the semaphore is closed, now or while it waits.
    #[cfg(feature = "std")]
    #[track_caller]
    pub fn blocking_acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.blocking_acquire_many(1)
    }

    /// Waits for `permits` permits at once, and blocks the thread meanwhile.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] if the semaphore is closed, now or while it waits.
    #[cfg(feature = "std")]
    #[track_caller]
    pub fn blocking_acquire_many(&self, permits: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        crate::time::driver::block_on(self.acquire_many(permits))
    }

    /// How many permits somebody who asks now would find.
    ///
    /// None while others wait who may not be overtaken, since those that there are then are theirs.
    pub fn available_permits(&self) -> usize {
        self.raw.available()
    }

    /// How many wait for permits.
    ///
    /// The number may be another by the time it is looked at. It takes the lock of the queue, so it is for metrics and
    /// tests rather than for fast paths.
    pub fn waiters(&self) -> usize {
        self.raw.waiters()
    }

    /// Who holds permits and who waits for some, where, and for how long; with the feature `diagnostics`.
    ///
    /// [`dump`](super::diagnostics::dump) tells of all locks at once.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = anywhen::sync::Semaphore::new(3);
    /// let permits = semaphore.try_acquire_many(2).unwrap();
    /// assert_eq!(semaphore.report().holders()[0].permits(), 2);
    /// # drop(permits);
    /// ```
    #[cfg(feature = "diagnostics")]
    pub fn report(&self) -> super::diagnostics::LockReport {
        super::diagnostics::LockReport::of(self.raw.identity())
    }

    /// Adds `n` permits, and hands them to those who wait.
    ///
    /// # Panics
    ///
    /// If there would then be more than [`MAX_PERMITS`](Self::MAX_PERMITS); none are added.
    pub fn add_permits(&self, n: usize) {
        self.raw.release(n);
    }

    /// Takes up to `n` available permits away for good, and says how many.
    ///
    /// Permits that are held can be taken away with [`SemaphorePermit::forget`].
    pub fn forget_permits(&self, n: usize) -> usize {
        self.raw.forget(n)
    }

    /// Closes the semaphore: nobody gets a permit any more, and all who wait get an error. Those who hold permits keep
    /// them.
    ///
    /// # Examples
    ///
    /// ```
    /// # anywhen::rt::Std.block_on(async {
    /// let semaphore = anywhen::sync::Semaphore::new(2);
    /// semaphore.close();
    /// assert_eq!(semaphore.acquire().await.unwrap_err().to_string(), "semaphore closed");
    /// # });
    /// ```
    pub fn close(&self) {
        self.raw.close();
    }

    /// Whether [`close`](Self::close) has been called.
    pub fn is_closed(&self) -> bool {
        self.raw.is_closed()
    }
}

/// Permits that somebody holds.
struct Permits<O: Owner> {
    of: O,
    count: usize,
}

impl<O: Owner> Permits<O> {
    /// Takes `n` of them out, if there are so many.
    fn split(&mut self, n: usize) -> Option<usize> {
        self.count = self.count.checked_sub(n)?;
        Some(n)
    }
}

impl<O: Owner> Held for Permits<O> {
    #[inline]
    fn give_back(&mut self) {
        if self.count != 0 {
            self.of.raw().release(self.count);
        }
    }

    #[inline]
    fn told(&self) -> Option<Told<'_>> {
        Some(Told { of: self.of.raw().identity(), mode: "permits", permits: self.count })
    }
}

impl Owner for &Semaphore {
    fn raw(&self) -> &RawSemaphore {
        &self.raw
    }
}

acquire_future! {
    /// Waits for permits of a [`Semaphore`]; from [`Semaphore::acquire`] and [`Semaphore::acquire_many`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    Acquire ['a] ['a] of &'a Semaphore => Result<SemaphorePermit<'a>, AcquireError>;
    granted: |semaphore, permits, site| Ok(SemaphorePermit::new(semaphore, permits, site));
    refused: |_: Refusal| Err(AcquireError(()));
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.raw.fmt_as("Semaphore", f)
    }
}
