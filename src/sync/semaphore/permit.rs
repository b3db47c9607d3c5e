//! Permits: what a semaphore gives out, and gets back when they are dropped.

use core::fmt;

use super::{Permits, Semaphore};
use crate::sync::hold::Hold;
use crate::sync::observe::Site;

/// Some permits of a [`Semaphore`]; dropping it gives them back.
#[must_use = "the permits go back as soon as this is dropped"]
pub struct SemaphorePermit<'a> {
    hold: Hold<Permits<&'a Semaphore>>,
}

impl<'a> SemaphorePermit<'a> {
    /// The caller has taken `permits`, and gives them to what is made here.
    #[inline]
    pub(super) fn new(semaphore: &'a Semaphore, permits: usize, site: Site) -> Self {
        Self { hold: Hold::new(Permits { of: semaphore, count: permits }, site) }
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
        self.hold.change(|held| held.count = 0);
    }

    /// Takes the permits of `other` over.
    ///
    /// # Panics
    ///
    /// If they are of another semaphore.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        let same = core::ptr::eq(self.hold.held().of, other.hold.held().of);
        assert!(same, "merging permits from different semaphore instances");
        let theirs = other.hold.change(|theirs| core::mem::take(&mut theirs.count));
        self.hold.change(|ours| ours.count += theirs);
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
    #[track_caller]
    pub fn split(&mut self, n: usize) -> Option<Self> {
        let site = Site::here();
        self.hold.change(|held| held.split(n)).map(|n| Self::new(self.hold.held().of, n, site))
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
