//! Permits: what a semaphore gives out, and gets back when they are dropped.

use core::fmt;

use super::Semaphore;

/// Some permits of a [`Semaphore`]; dropping it gives them back.
#[must_use = "the permits go back as soon as this is dropped"]
pub struct SemaphorePermit<'a> {
    semaphore: &'a Semaphore,
    permits: usize,
}

impl<'a> SemaphorePermit<'a> {
    /// The caller has taken `permits`, and gives them to what is made here.
    #[inline]
    pub(super) fn new(semaphore: &'a Semaphore, permits: usize) -> Self {
        Self { semaphore, permits }
    }

    /// Keeps the permits from going back: the semaphore has that many less from now on.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = anywhen::sync::Semaphore::new(2);
    /// semaphore.try_acquire().unwrap().forget();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    pub fn forget(mut self) {
        self.permits = 0;
    }

    /// Takes the permits of `other` over.
    ///
    /// # Panics
    ///
    /// If they are of another semaphore.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        assert!(core::ptr::eq(self.semaphore, other.semaphore), "merging permits from different semaphore instances");
        self.permits += core::mem::take(&mut other.permits);
    }

    /// Takes `n` of the permits out, or gives `None` and changes nothing if there are less.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = anywhen::sync::Semaphore::new(5);
    /// let mut five = semaphore.try_acquire_many(5).unwrap();
    /// let two = five.split(2).unwrap();
    /// assert_eq!((five.num_permits(), two.num_permits()), (3, 2));
    /// assert!(five.split(4).is_none());
    /// ```
    pub fn split(&mut self, n: usize) -> Option<Self> {
        self.permits = self.permits.checked_sub(n)?;
        Some(Self::new(self.semaphore, n))
    }

    /// How many permits these are.
    pub fn num_permits(&self) -> usize {
        self.permits
    }
}

impl Drop for SemaphorePermit<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.permits != 0 {
            self.semaphore.add_permits(self.permits);
        }
    }
}

impl fmt::Debug for SemaphorePermit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SemaphorePermit").field("permits", &self.permits).finish_non_exhaustive()
    }
}
