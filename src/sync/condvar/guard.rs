//! The guards that a wait can give up and take again.

#[cfg(feature = "alloc")]
use alloc::sync::Arc;
use core::future::Future;

use crate::sync::mutex::{Lock, Mutex, MutexGuard};
#[cfg(feature = "alloc")]
use crate::sync::mutex::{LockOwned, OwnedMutexGuard};
use crate::sync::observe::Site;

/// A guard that a [`Condvar`](super::Condvar) can give up and take again: that of a [`Mutex`], borrowed or owned.
///
/// It cannot be implemented elsewhere.
pub trait CondvarGuard: sealed::Relock {}

impl<G: sealed::Relock> CondvarGuard for G {}

mod sealed {
    use super::{Future, Site};

    /// How to take a guard again.
    pub trait Relock: Sized {
        type Mutex: Clone;
        type Lock: Future<Output = Self>;

        fn mutex(&self) -> Self::Mutex;
        fn lock(mutex: Self::Mutex, site: Site) -> Self::Lock;
    }
}

impl<'a, T: ?Sized> sealed::Relock for MutexGuard<'a, T> {
    type Mutex = &'a Mutex<T>;
    type Lock = Lock<'a, T>;

    #[inline]
    fn mutex(&self) -> Self::Mutex {
        MutexGuard::mutex(self)
    }

    #[inline]
    fn lock(mutex: Self::Mutex, site: Site) -> Self::Lock {
        mutex.lock_for(site)
    }
}

#[cfg(feature = "alloc")]
impl<T: ?Sized> sealed::Relock for OwnedMutexGuard<T> {
    type Mutex = Arc<Mutex<T>>;
    type Lock = LockOwned<T>;

    #[inline]
    fn mutex(&self) -> Self::Mutex {
        Arc::clone(OwnedMutexGuard::mutex(self))
    }

    #[inline]
    fn lock(mutex: Self::Mutex, site: Site) -> Self::Lock {
        mutex.lock_owned_for(site)
    }
}
