//! What waits in a wheel: an entry that lives in the future which waits, and the protocol between its owner, who polls
//! and drops that future, and the driver, who fires it from another thread.
//!
//! | phase | meaning | who may leave it |
//! |---|---|---|
//! | `IDLE` | in no wheel; no waker | the owner |
//! | `WAITING` | in the wheel (unless its deadline never comes); `waker` is set | owner or driver, under the wheel's lock |
//! | `PUT_OFF` | the same, and the owner has moved the deadline to a later one since it was last looked at | the same |
//! | `FIRED` | in no wheel; the driver has taken the waker | the owner |
//!
//! The phase is written under the wheel's lock, or by the owner while the driver does not know the entry, and read by
//! the owner without it. So a poll that finds nothing changed takes no lock, and neither does dropping an entry that
//! has fired.
//!
//! One step of a waiting entry needs no lock: that its owner [puts it off](Entry::put_off). The owner writes the later
//! deadline, then exchanges the phase for `PUT_OFF`. The entry stays where it lies, which is too early, and which it has a
//! note of. The driver, who comes there, fires it only by exchanging `WAITING` for `FIRED`; where it finds `PUT_OFF` it makes
//! that `WAITING`, reads the deadline, and places the entry anew. Both exchange the same word, so that either the driver
//! sees the later deadline, or the owner sees that it has fired.

#![allow(unsafe_code, reason = "the intrusive half of the wheel")]

use core::cell::Cell;
use core::marker::PhantomPinned;
use core::mem::MaybeUninit;
use core::ptr;
use core::task::Waker;

use crate::internal::shim::UnsafeCell;
use crate::internal::shim::atomic::{AtomicU8, Ordering};

use self::deadline::Deadline;

/// In no wheel.
const IDLE: u8 = 0;
/// In the wheel, with a waker.
const WAITING: u8 = 1;
/// The same, with a deadline that is later than what it was placed by.
const PUT_OFF: u8 = 2;
/// The deadline has come.
const FIRED: u8 = 3;

/// In no list. It may wait all the same: for a deadline that never comes.
pub(super) const NOWHERE: u16 = u16::MAX;
/// In the list of those that are due.
pub(super) const DUE: u16 = u16::MAX - 1;

/// The wheel's node, to be kept pinned inside the future that waits.
pub(crate) struct Entry {
    phase: AtomicU8,
    /// In which list it is linked; written by the driver, under the lock.
    pub(super) place: Cell<u16>,
    /// How much later the deadline is than what was asked for; the owner's own.
    slack: Cell<u32>,
    /// Written by the owner only, read by both.
    deadline: Deadline,
    /// The neighbours in a circular list; meaningful while linked, and touched under the lock only.
    pub(super) next: Cell<*const Entry>,
    pub(super) prev: Cell<*const Entry>,
    /// Initialised while `WAITING`. The driver only ever *reads* it out, so that the owner can compare it with another
    /// waker at the same time, without the lock.
    waker: UnsafeCell<MaybeUninit<Waker>>,
    /// The wheel points here.
    _pinned: PhantomPinned,
}

/// To loom, the end of a cell is no access to it. It is to the driver, which must have let go of the entry by then.
#[cfg(anywhen_loom)]
impl Drop for Entry {
    fn drop(&mut self) {
        self.waker.with_mut(|_| ());
    }
}

// SAFETY: an entry is a waker (`Send + Sync`) and plain data; the wheel that points to it is reached under its lock.
unsafe impl Send for Entry {}
// SAFETY: through a shared reference the safe methods only read: `phase` is atomic, and `deadline`, if it is not, and `slack`
// are written with exclusive access to the entry, as the contracts of the unsafe methods ask.
unsafe impl Sync for Entry {}

impl Entry {
    super::super::shim::const_unless_loom! {
        #[inline]
        pub(crate) fn new(deadline: u64, slack: u32) -> Self {
            Self {
                phase: AtomicU8::new(IDLE),
                place: Cell::new(NOWHERE),
                slack: Cell::new(slack),
                deadline: Deadline::new(deadline),
                next: Cell::new(ptr::null()),
                prev: Cell::new(ptr::null()),
                waker: UnsafeCell::new(MaybeUninit::uninit()),
                _pinned: PhantomPinned,
            }
        }
    }

    /// When it is to fire.
    #[inline]
    pub(crate) fn deadline(&self) -> u64 {
        self.deadline.get()
    }

    /// What was asked for, of which the deadline is so much later.
    #[inline]
    pub(crate) fn asked(&self) -> u64 {
        self.deadline() - u64::from(self.slack.get())
    }

    /// Whether it has fired.
    #[inline]
    pub(crate) fn is_fired(&self) -> bool {
        // ORDERING: Acquire, paired with the Release in `fire`: the driver's last access to the entry happens before
        // whatever the owner does next, such as freeing it.
        self.phase.load(Ordering::Acquire) == FIRED
    }

    /// Whether it is neither waiting nor fired; only its owner changes that.
    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        // ORDERING: `IDLE` is always the owner's own store. Acquire is for the other answer, as in `is_fired`.
        self.phase.load(Ordering::Acquire) == IDLE
    }

    /// Whether it waits, or did a moment ago: then only the lock can tell.
    #[inline]
    pub(crate) fn is_waiting(&self) -> bool {
        // ORDERING: `WAITING` and `PUT_OFF` follow from the owner's own stores. Acquire is for the other answer, as in
        // `is_fired`.
        matches!(self.phase.load(Ordering::Acquire), WAITING | PUT_OFF)
    }

    /// Whether firing will wake `waker`'s task.
    ///
    /// # Safety
    ///
    /// The caller is the owner, and the entry has been waiting since it last changed it.
    #[inline]
    pub(crate) unsafe fn will_wake(&self, waker: &Waker) -> bool {
        // SAFETY: the cell was initialised by this owner, and only this owner writes it. The driver may fire the entry
        // right now, but it does no more than read the cell, and so do we: `will_wake` compares two pointers and does
        // not follow them, so that it does not matter whether that waker is still alive. If it is not, it has just
        // been woken, which is all that is asked.
        self.waker.with(|cell| unsafe { (*cell).assume_init_ref().will_wake(waker) })
    }

    /// Sets it back, or forward, to a phase in which the driver does not know it.
    ///
    /// # Safety
    ///
    /// The caller is the owner, and the entry does not wait.
    #[inline]
    pub(crate) unsafe fn set_fired(&self, fired: bool) {
        // ORDERING: Relaxed; the driver does not look at an entry that it does not hold.
        self.phase.store(if fired { FIRED } else { IDLE }, Ordering::Relaxed);
    }

    /// Gives it another deadline, later by `slack` than what was asked for.
    ///
    /// # Safety
    ///
    /// The caller is the owner, and the entry does not wait.
    #[inline]
    pub(crate) unsafe fn set_deadline(&self, deadline: u64, slack: u32) {
        self.deadline.set(deadline);
        self.slack.set(slack);
    }

    /// Gives a waiting entry a later deadline, without the lock. Says whether it still waits, for that one then; else it has
    /// fired meanwhile, is idle now, and has that deadline all the same.
    ///
    /// What it is later than may be the same instant. Of equal deadlines, one that was put off may fire in any order.
    ///
    /// # Safety
    ///
    /// The caller is the owner, the entry waits or did a moment ago, and is not put off to an earlier deadline.
    #[cfg(target_has_atomic = "64")]
    #[inline]
    pub(crate) unsafe fn put_off(&self, deadline: u64, slack: u32) -> bool {
        self.deadline.set(deadline);
        self.slack.set(slack);
        // ORDERING: Release, paired with the Acquire in `fire`: who sees `PUT_OFF` sees the deadline. Acquire is for `FIRED`,
        // as in `is_fired`.
        if self.phase.swap(PUT_OFF, Ordering::AcqRel) == FIRED {
            // The driver has let go of it.
            self.phase.store(IDLE, Ordering::Relaxed);
            return false;
        }
        true
    }

    /// `IDLE` or `FIRED` to `WAITING`.
    ///
    /// # Safety
    ///
    /// The caller is the owner and holds the lock.
    #[inline]
    pub(super) unsafe fn start(&self, waker: Waker) {
        // SAFETY: not `WAITING`, so the cell is the owner's and holds nothing.
        self.waker.with_mut(|cell| unsafe { (*cell).write(waker) });
        // ORDERING: Relaxed; the driver is told by the lock.
        self.phase.store(WAITING, Ordering::Relaxed);
    }

    /// From waiting to `IDLE`; gives the waker back, to be dropped once the lock is released.
    ///
    /// # Safety
    ///
    /// The caller is the owner and holds the lock, and the entry waits and is not linked.
    #[inline]
    pub(super) unsafe fn stop(&self) -> Waker {
        self.phase.store(IDLE, Ordering::Relaxed);
        // SAFETY: it waited, so the cell is initialised; now it counts as empty.
        self.waker.with(|cell| unsafe { (*cell).assume_init_read() })
    }

    /// Puts another waker in the place of the present one, which is given back to be dropped outside the lock.
    ///
    /// # Safety
    ///
    /// The caller is the owner and holds the lock, and the entry waits.
    pub(super) unsafe fn swap(&self, waker: Waker) -> Waker {
        // SAFETY: it waits, so initialised; the driver reads the cell under the lock only, which we hold.
        self.waker.with_mut(|cell| unsafe { core::mem::replace((*cell).assume_init_mut(), waker) })
    }

    /// `WAITING` to `FIRED`, if the deadline is no later than `position`; the entry may be gone when this returns. Gives the
    /// deadline of one that was put off further than that, which waits on, and is in no list.
    ///
    /// # Safety
    ///
    /// The caller holds the lock, and the entry waits and is not linked. `this` is valid until the phase is written, and not
    /// used after.
    #[inline]
    pub(super) unsafe fn fire(this: *const Self, position: u64) -> Result<Waker, u64> {
        // SAFETY: alive, because an owner that sees it wait takes the lock before it lets go of the entry.
        let phase = unsafe { &(*this).phase };
        // SAFETY: as above. It waits, so initialised. Only if it is fired, what was read out counts, and the cell as empty.
        let waker = unsafe { (*this).waker.with(|cell| cell.read()) };
        loop {
            // ORDERING: Release, paired with the Acquire of `is_fired` and `is_waiting`: an owner that sees `FIRED` frees
            // the entry without the lock, so everything done with it here must happen before that.
            if phase.compare_exchange(WAITING, FIRED, Ordering::Release, Ordering::Relaxed).is_ok() {
                // SAFETY: see above.
                return Ok(unsafe { waker.assume_init() });
            }
            // It was put off, which is the only thing that an owner does without the lock.
            // ORDERING: Acquire, see `put_off`.
            phase.swap(WAITING, Ordering::Acquire);
            // SAFETY: as above; it has not been fired.
            let deadline = unsafe { (*this).deadline() };
            if deadline > position {
                return Err(deadline);
            }
        }
    }
}

/// Where the machine has atomics of 64 bits, an owner may change the deadline while the driver reads it.
#[cfg(target_has_atomic = "64")]
mod deadline {
    use crate::internal::shim::atomic::{AtomicU64, Ordering};

    pub(super) struct Deadline(AtomicU64);

    impl Deadline {
        crate::internal::shim::const_unless_loom! {
            #[inline]
            pub(super) fn new(deadline: u64) -> Self {
                Self(AtomicU64::new(deadline))
            }
        }

        #[inline]
        pub(super) fn get(&self) -> u64 {
            // ORDERING: Relaxed; that a driver sees one that was put off is up to the phase, or else it comes back for it.
            self.0.load(Ordering::Relaxed)
        }

        #[inline]
        pub(super) fn set(&self, deadline: u64) {
            self.0.store(deadline, Ordering::Relaxed);
        }
    }
}

#[cfg(not(target_has_atomic = "64"))]
mod deadline {
    use core::cell::Cell;

    pub(super) struct Deadline(Cell<u64>);

    impl Deadline {
        #[inline]
        pub(super) const fn new(deadline: u64) -> Self {
            Self(Cell::new(deadline))
        }

        #[inline]
        pub(super) fn get(&self) -> u64 {
            self.0.get()
        }

        #[inline]
        pub(super) fn set(&self, deadline: u64) {
            self.0.set(deadline);
        }
    }
}
