//! Owned permits: they keep the semaphore alive by an `Arc` instead of a borrow.

use alloc::sync::Arc;
use core::fmt;

use super::super::raw::{Owner, RawSemaphore, Refusal, acquire_future};
use super::super::{AcquireError, TryAcquireError};
use super::{Permits, Semaphore};
use crate::sync::hold::Hold;
use crate::sync::observe::Site;

/// Some permits of a [`Semaphore`], which they keep alive; dropping it gives them back.
///
/// It borrows nothing, so it can go into a spawned task.
#[must_use = "the permits go back as soon as this is dropped"]
pub struct OwnedSemaphorePermit {
    hold: Hold<Permits<Arc<Semaphore>>>,
}

impl Semaphore {
    /// Waits for one permit; it keeps the semaphore alive.
    ///
    /// Errors, cancel safety and panics are those of [`acquire`](Self::acquire).
    ///
    /// # Examples
    ///
    /// At most four tasks at a time:
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use anywhen::sync::Semaphore;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let slots = Arc::new(Semaphore::new(4));
    /// for n in 0..20 {
    ///     let slot = slots.clone().acquire_owned().await.unwrap();
    ///     anywhen::task::spawn(async move {
    ///         let _slot = slot;
    ///         n * n
    ///     });
    /// }
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn acquire_owned(self: Arc<Self>) -> AcquireOwned {
        AcquireOwned::new(self, 1, Site::here())
    }

    /// Waits for `permits` permits at once; they keep the semaphore alive.
    ///
    /// The same words as for [`acquire_many`](Self::acquire_many) apply.
    #[inline]
    #[track_caller]
    pub fn acquire_many_owned(self: Arc<Self>, permits: u32) -> AcquireOwned {
        AcquireOwned::new(self, permits as usize, Site::here())
    }

    /// Takes one permit if one is there, and nobody waits who may not be overtaken; it keeps the semaphore alive.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`] says why not.
    #[track_caller]
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.try_acquire_many_owned(1)
    }

    /// Takes `permits` permits if they are there, and nobody waits who may not be overtaken; they keep the semaphore alive.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`] says why not.
    #[track_caller]
    pub fn try_acquire_many_owned(self: Arc<Self>, permits: u32) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.raw.try_acquire(permits as usize)?;
        Ok(OwnedSemaphorePermit::new(self, permits as usize, Site::here()))
    }

    /// Waits for one permit, and blocks the thread meanwhile; it keeps the semaphore alive.
    ///
    /// The same words as for [`blocking_acquire`](Self::blocking_acquire) apply.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] if the semaphore is closed, now or while it waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use anywhen::sync::Semaphore;
    ///
    /// let slots = Arc::new(Semaphore::new(1));
    /// let slot = slots.clone().blocking_acquire_owned().unwrap();
    /// let thread = std::thread::spawn(move || slots.blocking_acquire_owned().unwrap().num_permits());
    /// drop(slot);
    /// assert_eq!(thread.join().unwrap(), 1);
    /// ```
    #[cfg(feature = "std")]
    #[track_caller]
    pub fn blocking_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.blocking_acquire_many_owned(1)
    }

    /// Waits for `permits` permits at once, and blocks the thread meanwhile; they keep the semaphore alive.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] if the semaphore is closed, now or while it waits.
    #[cfg(feature = "std")]
    #[track_caller]
    pub fn blocking_acquire_many_owned(self: Arc<Self>, permits: u32) -> Result<OwnedSemaphorePermit, AcquireError> {
        crate::time::driver::block_on(self.acquire_many_owned(permits))
    }
}

impl Owner for Arc<Semaphore> {
    fn raw(&self) -> &RawSemaphore {
        &self.raw
    }
}

acquire_future! {
    /// Waits for permits of a [`Semaphore`], and keeps it alive; from [`Semaphore::acquire_owned`] and
    /// [`Semaphore::acquire_many_owned`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    AcquireOwned [] [] of Arc<Semaphore> => Result<OwnedSemaphorePermit, AcquireError>;
    granted: |semaphore, permits, site| Ok(OwnedSemaphorePermit::new(semaphore, permits, site));
    refused: |_: Refusal| Err(AcquireError(()));
}

impl OwnedSemaphorePermit {
    /// The caller has taken `permits`, and gives them to what is made here.
    #[inline]
    pub(super) fn new(semaphore: Arc<Semaphore>, permits: usize, site: Site) -> Self {
        Self { hold: Hold::new(Permits { of: semaphore, count: permits }, site) }
    }

    /// Keeps the permits from going back: the semaphore has that many less from now on.
    pub fn forget(mut self) {
        self.hold.change(|held| held.count = 0);
    }

    /// Takes the permits of `other` over.
    ///
    /// # Panics
    ///
    /// If they are of another semaphore.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        let same = Arc::ptr_eq(&self.hold.held().of, &other.hold.held().of);
        assert!(same, "merging permits from different semaphore instances");
        let theirs = other.hold.change(|theirs| core::mem::take(&mut theirs.count));
        self.hold.change(|ours| ours.count += theirs);
    }

    /// Takes `n` of the permits out, or gives `None` and changes nothing if there are less.
    #[track_caller]
    pub fn split(&mut self, n: usize) -> Option<Self> {
        let site = Site::here();
        self.hold.change(|held| held.split(n)).map(|n| Self::new(Arc::clone(&self.hold.held().of), n, site))
    }

    /// The semaphore that they are of.
    pub fn semaphore(&self) -> &Arc<Semaphore> {
        &self.hold.held().of
    }

    /// How many permits these are.
    pub fn num_permits(&self) -> usize {
        self.hold.held().count
    }
}

impl fmt::Debug for OwnedSemaphorePermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedSemaphorePermit").field("permits", &self.num_permits()).finish_non_exhaustive()
    }
}
