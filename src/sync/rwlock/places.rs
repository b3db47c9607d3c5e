//! A read-write lock without its value: places, and who takes how many.
//!
//! There are as many places as there may be readers. A reader takes one, and a writer takes all, so that it is alone. Who
//! reads and may want to write later takes more than half: there is room for one of that kind, and for readers beside it.
//! The rest is the semaphore's: a writer waits for places as anybody waits for many permits, and those who come after it
//! queue behind it.
//!
//! | | places of N | beside it |
//! |---|---|---|
//! | [`One`] | 1 | readers, one upgradable reader |
//! | [`Most`] | N / 2 + 1 | readers |
//! | [`All`] | N | nobody |
//!
//! Each is what its future waits for, and then what its guard holds. To go from more to less is to give back the difference;
//! nobody who needs more than that gets in meanwhile. To go from [`Most`] to [`All`] is to wait for the rest at the front of
//! the queue.

use crate::sync::hold::{Held, Hold};
use crate::sync::observe::{Site, Told};
use crate::sync::raw::{Owner, RawSemaphore};
use crate::sync::{Fairness, TryLockError};

/// As many readers as tokio's lock has at most, and ours, too.
pub(super) const MAX_READERS: u32 = u32::MAX >> 3;

/// See the file's head.
pub(super) struct Places {
    raw: RawSemaphore,
    all: usize,
}

impl Places {
    crate::internal::shim::const_unless_loom! {
        /// `readers` of them, where those who wait are overtaken as often as `fairness` says.
        ///
        /// # Panics
        ///
        /// If there are none, or more than [`MAX_READERS`].
        #[track_caller]
        pub(super) fn new(readers: u32, fairness: Fairness) -> Self {
            assert!(readers != 0, "a RwLock may not be created with 0 readers");
            assert!(readers <= MAX_READERS, "a RwLock may not be created with more than u32::MAX >> 3 readers");
            let all = readers as usize;
            Self { raw: RawSemaphore::new("RwLock", all, usize::MAX, fairness), all }
        }
    }

    pub(super) fn raw(&self) -> &RawSemaphore {
        &self.raw
    }

    pub(super) const fn set_name(&mut self, name: &'static str) {
        self.raw.set_name(name);
    }

    pub(super) fn all(&self) -> usize {
        self.all
    }

    /// Two times this is more than there is.
    pub(super) fn most(&self) -> usize {
        self.all / 2 + 1
    }

    pub(super) fn rest(&self) -> usize {
        self.all - self.most()
    }
}

/// What leads to the places: a reference, or an `Arc` of the lock.
pub(super) trait HasPlaces {
    fn places(&self) -> &Places;
}

impl HasPlaces for &Places {
    #[inline]
    fn places(&self) -> &Places {
        self
    }
}

/// The place of a reader.
pub(super) struct One<L>(pub(super) L);

/// More than half of the places, those of an upgradable reader.
pub(super) struct Most<L>(pub(super) L);

/// All places, those of a writer.
pub(super) struct All<L>(pub(super) L);

impl<L: HasPlaces> One<L> {
    /// Takes it if it is there for anybody.
    #[inline]
    pub(super) fn try_take(self, site: Site) -> Result<Hold<Self>, TryLockError> {
        if self.raw().try_acquire(1).is_ok() { Ok(Hold::new(self, site)) } else { Err(TryLockError(())) }
    }
}

impl<L: HasPlaces> Most<L> {
    /// Takes them if they are there for anybody.
    #[inline]
    pub(super) fn try_take(self, site: Site) -> Result<Hold<Self>, TryLockError> {
        let most = self.0.places().most();
        if self.raw().try_acquire(most).is_ok() { Ok(Hold::new(self, site)) } else { Err(TryLockError(())) }
    }
}

impl<L: HasPlaces> All<L> {
    /// Takes them if they are there for anybody.
    #[inline]
    pub(super) fn try_take(self, site: Site) -> Result<Hold<Self>, TryLockError> {
        let all = self.0.places().all;
        if self.raw().try_acquire_all(all) { Ok(Hold::new(self, site)) } else { Err(TryLockError(())) }
    }
}

impl<L: HasPlaces> Owner for One<L> {
    #[inline]
    fn raw(&self) -> &RawSemaphore {
        self.0.places().raw()
    }
}

impl<L: HasPlaces> Held for One<L> {
    #[inline]
    fn give_back(&mut self) {
        self.raw().release(1);
    }

    #[inline]
    fn told(&self) -> Option<Told<'_>> {
        Some(Told { of: self.raw().identity(), mode: "read", permits: 1 })
    }
}

impl<L: HasPlaces> Owner for Most<L> {
    #[inline]
    fn raw(&self) -> &RawSemaphore {
        self.0.places().raw()
    }
}

impl<L: HasPlaces> Held for Most<L> {
    #[inline]
    fn give_back(&mut self) {
        self.raw().release(self.0.places().most());
    }

    #[inline]
    fn told(&self) -> Option<Told<'_>> {
        Some(Told { of: self.raw().identity(), mode: "upgradable read", permits: self.0.places().most() })
    }
}

impl<L: HasPlaces> Owner for All<L> {
    #[inline]
    fn raw(&self) -> &RawSemaphore {
        self.0.places().raw()
    }

    #[inline]
    fn acquire_fast(&self, all: usize) -> bool {
        self.raw().acquire_all_fast(all)
    }
}

impl<L: HasPlaces> Held for All<L> {
    #[inline]
    fn give_back(&mut self) {
        self.raw().release_all(self.0.places().all());
    }

    #[inline]
    fn told(&self) -> Option<Told<'_>> {
        Some(Told { of: self.raw().identity(), mode: "write", permits: self.0.places().all() })
    }
}

/// Waits for the rest. Nobody who waits can be served while it holds the most, but readers who could be served are not let
/// past a writer that came before them. So it goes in front of them all, and takes what is saved up for the writer.
impl<L: HasPlaces> Owner for Hold<Most<L>> {
    const IN_FRONT: bool = true;

    #[inline]
    fn raw(&self) -> &RawSemaphore {
        self.held().raw()
    }
}

impl<L: HasPlaces> Hold<Most<L>> {
    /// The caller has taken the rest.
    #[inline]
    pub(super) fn with_the_rest(self) -> Hold<All<L>> {
        self.map(|most| All(most.0))
    }

    /// Takes the rest if it is there, though somebody may wait for it.
    #[inline]
    pub(super) fn try_upgrade(self) -> Result<Hold<All<L>>, Self> {
        let places = self.held().0.places();
        if places.raw.try_acquire_in_front(places.rest()) { Ok(self.with_the_rest()) } else { Err(self) }
    }

    /// Keeps one place.
    #[inline]
    pub(super) fn downgrade(self) -> Hold<One<L>> {
        // Wakers may unwind: by then the hold is of what is left.
        let hold = self.map(|most| One(most.0));
        let places = hold.held().0.places();
        places.raw.release(places.most() - 1);
        hold
    }
}

impl<L: HasPlaces> Hold<All<L>> {
    /// Keeps one place.
    #[inline]
    pub(super) fn downgrade(self) -> Hold<One<L>> {
        // As above.
        let hold = self.map(|all| One(all.0));
        let places = hold.held().0.places();
        places.raw.release(places.all - 1);
        hold
    }

    /// Keeps the most.
    #[inline]
    pub(super) fn downgrade_to_most(self) -> Hold<Most<L>> {
        // As above.
        let hold = self.map(|all| Most(all.0));
        let places = hold.held().0.places();
        places.raw.release(places.rest());
        hold
    }
}
