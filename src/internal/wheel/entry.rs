//! What waits in a wheel: an entry that lives in the future which waits, and the protocol between its owner, who polls
//! and drops that future, and the driver, who fires it from another thread.
//!
//! | phase | meaning | who may leave it |
//! |---|---|---|
//! | `IDLE` | in no wheel; no waker | the owner |
//! | `WAITING` | in the wheel (unless its deadline never comes); `waker` is set | owner or driver, under the wheel's lock |
//! | `FIRED` | in no wheel; the driver has taken the waker | the owner |
//!
//! The phase is written under the wheel's lock, or by the owner while the driver does not know the entry, and read by
//! the owner without it. So a poll that finds nothing changed takes no lock, and neither does dropping an entry that
//! has fired.

#![allow(unsafe_code, reason = "the intrusive half of the wheel")]

use core::cell::Cell;
use core::marker::PhantomPinned;
use core::mem::MaybeUninit;
use core::ptr;
use core::task::Waker;

use crate::internal::shim::UnsafeCell;
use crate::internal::shim::atomic::{AtomicU8, Ordering};

/// In no wheel.
const IDLE: u8 = 0;
/// In the wheel, with a waker.
const WAITING: u8 = 1;
/// The deadline has come.
const FIRED: u8 = 2;

/// The wheel's node, to be kept pinned inside the future that waits.
pub(crate) struct Entry {
    phase: AtomicU8,
    /// Written by the owner only, and under the lock if `WAITING`; read by both.
    deadline: Cell<u64>,
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
// SAFETY: through a shared reference the safe methods only read: `phase` is atomic, and `deadline` is written with
// exclusive access to the entry, as the contracts of the unsafe methods ask.
unsafe impl Sync for Entry {}

impl Entry {
    super::super::shim::const_unless_loom! {
        #[inline]
        pub(crate) fn new(deadline: u64) -> Self {
            Self {
                phase: AtomicU8::new(IDLE),
                deadline: Cell::new(deadline),
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
        // ORDERING: `WAITING` is always the owner's own store. Acquire is for the other answer, as in `is_fired`.
        self.phase.load(Ordering::Acquire) == WAITING
    }

    /// Whether firing will wake `waker`'s task.
    ///
    /// # Safety
    ///
    /// The caller is the owner, and the entry has been `WAITING` since it last changed it.
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
    /// The caller is the owner, and the entry is not `WAITING`.
    #[inline]
    pub(crate) unsafe fn set_fired(&self, fired: bool) {
        // ORDERING: Relaxed; the driver does not look at an entry that it does not hold.
        self.phase.store(if fired { FIRED } else { IDLE }, Ordering::Relaxed);
    }

    /// Gives it another deadline.
    ///
    /// # Safety
    ///
    /// The caller is the owner, and the entry is not linked: either it is not `WAITING`, or the caller holds the lock
    /// and has taken it out.
    #[inline]
    pub(crate) unsafe fn set_deadline(&self, deadline: u64) {
        self.deadline.set(deadline);
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

    /// `WAITING` to `IDLE`; gives the waker back, to be dropped once the lock is released.
    ///
    /// # Safety
    ///
    /// The caller is the owner and holds the lock, and the entry is `WAITING` and not linked.
    #[inline]
    pub(super) unsafe fn stop(&self) -> Waker {
        self.phase.store(IDLE, Ordering::Relaxed);
        // SAFETY: it was `WAITING`, so the cell is initialised; now it counts as empty.
        self.waker.with(|cell| unsafe { (*cell).assume_init_read() })
    }

    /// Puts another waker in the place of the present one, which is given back to be dropped outside the lock.
    ///
    /// # Safety
    ///
    /// The caller is the owner and holds the lock, and the entry is `WAITING`.
    pub(super) unsafe fn swap(&self, waker: Waker) -> Waker {
        // SAFETY: `WAITING`, so initialised; the driver reads the cell under the lock only, which we hold.
        self.waker.with_mut(|cell| unsafe { core::mem::replace((*cell).assume_init_mut(), waker) })
    }

    /// `WAITING` to `FIRED`; the entry may be gone when this returns.
    ///
    /// # Safety
    ///
    /// The caller holds the lock, and the entry is `WAITING` and not linked. `this` is valid until the phase is
    /// written, and not used after.
    #[inline]
    pub(super) unsafe fn fire(this: *const Self) -> Waker {
        // SAFETY: alive, because an owner that sees `WAITING` takes the lock before it lets go of the entry.
        let phase = unsafe { &(*this).phase };
        // SAFETY: as above; `WAITING`, so initialised, and from now on it counts as empty.
        let waker = unsafe { (*this).waker.with(|cell| (*cell).assume_init_read()) };
        // ORDERING: Release, paired with the Acquire of `is_fired` and `is_waiting`: an owner that sees `FIRED` frees
        // the entry without the lock, so everything done with it here must happen before that.
        phase.store(FIRED, Ordering::Release);
        waker
    }
}
