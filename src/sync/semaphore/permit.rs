//! Permits: what a semaphore gives out, and gets back when they are dropped.

use core::fmt;

use super::{Permits, Semaphore};
use crate::sync::hold::Hold;

/// Some permits of a [`Semaphore`]; dropping it gives them back.
#[must_use = "the permits go back as soon as this is dropped"]
pub struct SemaphorePermit<'a> {
    hold: Hold<Permits<&'a Semaphore>>,
}

impl<'a> SemaphorePermit<'a> {
    /// The caller has taken `permits`, and gives them to what is made here.
    #[inline]
    pub(super) fn new(semaphore: &'a Semaphore, permits: usize) -> Self {
        Self { hold: Hold::new(Permits { of: semaphore, count: permits }) }
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
        self.hold.held_mut().count = 0;
    }

    /// Takes the permits of `other` over.
    ///
    /// # Panics
    ///
    /// If they are of another semaphore.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        let (ours, theirs) = (self.hold.held_mut(), other.hold.held_mut());
        assert!(core::ptr::eq(ours.of, theirs.of), "merging permits from different semaphore instances");
        ours.count += core::mem::take(&mut theirs.count);
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
        let held = self.hold.held_mut();
        held.split(n).map(|n| Self::new(held.of, n))
    }

    /// How many permits these are.
    pub fn num_permits(&self) -> usize {
        self.hold.held().count
    }
}

impl fmt::Debug for SemaphorePermit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SemaphorePermit").field("permits", &self.num_permits()).finish_non_exhaustive()
    }
}
