//! A hierarchical timing wheel over 64-bit nanoseconds: which entry is due, and when the next one will be.
//!
//! Deadlines are numbers of eleven digits in base 64, and level `n` of the wheel has a slot for each value of digit `n`.
//! An entry lies at the level of the highest digit in which its deadline differs from the wheel's *position*, in the
//! slot of its own digit there. From that follow the properties that the rest uses:
//!
//! * Everything at a level comes before everything at the levels above, and a slot before the slots after it. So the
//!   next entry is in the lowest occupied level's first occupied slot, which two bit masks find.
//! * A slot of level 0 holds one deadline. Nothing is rounded, and nothing needs sorting.
//! * Where an entry lies depends on its deadline and the position alone. So entries with equal deadlines share a slot
//!   and keep the order of their insertion.
//!
//! An entry that was [put off](Entry::put_off) while it waits lies too early: where the deadline that it had before belongs.
//! When that comes it is placed anew. Each entry has a note of where it lies, so that it can be removed all the same.
//!
//! When the first slot's time comes, the position moves to that slot's earliest deadline and its entries are placed
//! anew, further down (they *cascade*): at most ten times in an entry's life, once where it is alone in its slot. The
//! position never passes a deadline that has not been fired, nor an instant that was not reported to
//! [`expire`](Wheel::expire).
//!
//! Insertion and removal are O(1). The scheme is Varghese and Lauck's ("Hashed and hierarchical timing wheels", 1987,
//! scheme 7), addressed by the highest differing digit as tokio's is.
//!
//! The wheel is only a data structure: it has no lock and knows no clock, nor who drives it. Whoever has one keeps it in a
//! [`Lock`](super::lock::Lock), and that is the lock that the safety contracts speak of.

#![allow(unsafe_code, reason = "the intrusive half of the wheel")]

mod entry;
mod list;
#[cfg(all(test, anywhen_loom))]
mod models;
#[cfg(all(test, not(anywhen_loom)))]
mod tests;

use core::num::NonZero;
use core::task::Waker;

use self::entry::{DUE, NOWHERE};
use self::list::List;
use super::wake_batch::WakeBatch;

pub(crate) use self::entry::Entry;

/// The deadline that never comes. An entry with it waits, in case it gets another, but is in no slot.
pub(crate) const NEVER: u64 = u64::MAX;

/// Bits of one digit.
const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
/// Enough digits for 64 bits.
const LEVELS: usize = 11;

/// Entries whose deadlines agree with the position above this level, and with each other in this digit too.
#[derive(Debug)]
struct Slot {
    entries: List,
    /// No later than any deadline here, and equal to the earliest unless that entry has been removed or put off. Meaningful
    /// while the slot is occupied. All zeros when not, so that a wheel in a `static` takes no room in the binary.
    earliest: u64,
}

#[derive(Debug)]
struct Level {
    /// Bit `i` is set while `slots[i]` has entries.
    occupied: u64,
    slots: [Slot; SLOTS],
}

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Wheel {
    position: u64,
    /// Bit `n` is set while level `n` has entries.
    occupied: u32,
    /// Entries whose deadline the position has reached, in the order in which they fire; some may have been put off since.
    due: List,
    levels: [Level; LEVELS],
}

// SAFETY: the wheel only points to entries, which are `Send` and `Sync`, and which it touches with `&mut self` alone.
unsafe impl Send for Wheel {}

impl Wheel {
    /// A wheel at `position`, before which no deadline is accepted.
    pub(crate) const fn new(position: u64) -> Self {
        const SLOT: Slot = Slot { entries: List::EMPTY, earliest: 0 };
        const LEVEL: Level = Level { occupied: 0, slots: [SLOT; SLOTS] };
        Self { position, occupied: 0, due: List::EMPTY, levels: [LEVEL; LEVELS] }
    }

    /// An instant no later than the earliest deadline, or `None` if there are no entries.
    ///
    /// It is the earliest deadline, unless the entry that had it was removed or put off; then calling [`expire`](Self::expire) at
    /// that instant fires nothing, and makes the next answer exact.
    #[inline]
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        if !self.due.is_empty() {
            return Some(self.position);
        }
        self.first().map(|(level, slot)| self.levels[level].slots[slot].earliest)
    }

    /// The earliest deadline, exactly, if no entry here is ever put off. O(the number of entries in one slot).
    pub(crate) fn exact_next_deadline(&mut self) -> Option<u64> {
        if !self.due.is_empty() {
            return Some(self.position);
        }
        let (level, slot) = self.first()?;
        let slot = &mut self.levels[level].slots[slot];
        slot.earliest = slot.entries.deadlines().min()?;
        Some(slot.earliest)
    }

    /// Fires the entries that are due at `now`, in the order of their deadlines and, where these are equal, of their
    /// insertion. Their wakers go into `batch`, to be woken once the lock is released.
    ///
    /// Returns whether the batch was full before all were out. Call again, then.
    pub(crate) fn expire(&mut self, now: u64, batch: &mut WakeBatch) -> bool {
        loop {
            while !self.due.is_empty() {
                if batch.is_full() {
                    return true;
                }
                if let Some(entry) = self.due.pop() {
                    // SAFETY: it was linked, so it waits and is alive; `&mut self` means that the lock is held.
                    match unsafe { Entry::fire(entry, self.position) } {
                        Ok(waker) => batch.push(waker),
                        // SAFETY: as above; it waits on, and has just been taken out.
                        Err(later) => unsafe { self.put(entry, later) },
                    }
                }
            }
            let Some((level, slot)) = self.first() else {
                self.position = self.position.max(now);
                return false;
            };
            if self.levels[level].slots[slot].earliest > now {
                // Keep up with the time where no entry has to move for it, so that later ones start further down.
                if now < self.start_of(level, slot) {
                    self.position = self.position.max(now);
                }
                return false;
            }
            self.cascade(level, slot);
        }
    }

    /// Lets `entry` wait, to have `waker` woken at its deadline. If the position has reached that already, nothing
    /// happens, and the waker comes back.
    ///
    /// # Safety
    ///
    /// The caller is the owner of `entry`, which is pinned, does not wait, and will be [removed](Self::remove) from this
    /// wheel before it dies, unless it has fired.
    #[inline]
    pub(crate) unsafe fn insert(&mut self, entry: &Entry, waker: Waker) -> Result<(), Waker> {
        let deadline = entry.deadline();
        if deadline == NEVER {
            entry.place.set(NOWHERE);
        } else {
            let Some((level, slot)) = place(self.position, deadline) else { return Err(waker) };
            // SAFETY: it does not wait, so it is in no list; the rest is the caller's promise.
            unsafe { self.push(level, slot, entry, deadline) };
        }
        // SAFETY: as above; `&mut self` means that the lock is held.
        unsafe { entry.start(waker) };
        Ok(())
    }

    /// Takes `entry` out, if it still waits; gives its waker back, to be dropped once the lock is released.
    ///
    /// # Safety
    ///
    /// The caller is the owner of `entry`, which was [inserted](Self::insert) here.
    #[inline]
    pub(crate) unsafe fn remove(&mut self, entry: &Entry) -> Option<Waker> {
        if !entry.is_waiting() {
            return None;
        }
        // SAFETY: it waits, and under the lock that means that it is where it has a note of, here.
        unsafe { self.unlink(entry) };
        // SAFETY: it waited, and has just been unlinked.
        Some(unsafe { entry.stop() })
    }

    /// Has `entry`, if it still waits, wake `waker` instead. Gives back the waker that is not needed, to be dropped once
    /// the lock is released.
    ///
    /// # Safety
    ///
    /// As for [`remove`](Self::remove).
    pub(crate) unsafe fn replace_waker(&mut self, entry: &Entry, waker: Waker) -> Waker {
        // SAFETY: the owner's call, under the lock.
        if entry.is_waiting() { unsafe { entry.swap(waker) } } else { waker }
    }

    /// Puts an entry where `deadline` belongs, wherever that is.
    ///
    /// # Safety
    ///
    /// `entry` waits, is in no list, and is taken out before it moves or dies. `deadline` is its own, or was a moment ago.
    unsafe fn put(&mut self, entry: *const Entry, deadline: u64) {
        // SAFETY: it waits, so it is alive.
        let note = unsafe { &(*entry).place };
        match place(self.position, deadline) {
            _ if deadline == NEVER => note.set(NOWHERE),
            // SAFETY: handed on.
            Some((level, slot)) => unsafe { self.push(level, slot, entry, deadline) },
            None => {
                note.set(DUE);
                // SAFETY: handed on.
                unsafe { self.due.push(entry) };
            }
        }
    }

    /// # Safety
    ///
    /// As for [`put`](Self::put), and `level` and `slot` are where `deadline` belongs.
    #[inline]
    unsafe fn push(&mut self, level: usize, slot: usize, entry: *const Entry, deadline: u64) {
        // SAFETY: alive; who holds the lock may write the note.
        unsafe { (*entry).place.set((level * SLOTS + slot) as u16) };
        self.occupied |= 1 << level;
        let level = &mut self.levels[level];
        let bit = 1 << slot;
        let slot = &mut level.slots[slot];
        if level.occupied & bit == 0 || deadline < slot.earliest {
            slot.earliest = deadline;
        }
        level.occupied |= bit;
        // SAFETY: handed on.
        unsafe { slot.entries.push(entry) };
    }

    /// Takes `entry` out of its list, if it is in one.
    ///
    /// # Safety
    ///
    /// `entry` waits in this wheel.
    #[inline]
    unsafe fn unlink(&mut self, entry: &Entry) {
        let place = match entry.place.get() {
            NOWHERE => return,
            // SAFETY: that is where it lies.
            DUE => return unsafe { self.due.remove(entry) },
            place => usize::from(place),
        };
        let (level, slot) = (place / SLOTS, place % SLOTS);
        // SAFETY: as above.
        unsafe { self.levels[level].slots[slot].entries.remove(entry) };
        if self.levels[level].slots[slot].entries.is_empty() {
            self.vacate(level, slot);
        }
    }

    /// Moves the position to the earliest deadline of the first slot, and that slot's entries to their new places.
    fn cascade(&mut self, level: usize, slot: usize) {
        let Slot { entries, earliest } = &mut self.levels[level].slots[slot];
        let mut entries = core::mem::replace(entries, List::EMPTY);
        self.position = *earliest;
        self.vacate(level, slot);
        while let Some(entry) = entries.pop() {
            // SAFETY: it was linked until now, so it is alive; it has just been taken out.
            unsafe { self.put(entry, (*entry).deadline()) };
        }
    }

    /// Notes that a slot has become empty.
    #[inline]
    fn vacate(&mut self, level: usize, slot: usize) {
        self.levels[level].occupied &= !(1 << slot);
        if self.levels[level].occupied == 0 {
            self.occupied &= !(1 << level);
        }
    }

    /// The slot that comes first.
    #[inline]
    fn first(&self) -> Option<(usize, usize)> {
        if self.occupied == 0 {
            return None;
        }
        let level = self.occupied.trailing_zeros() as usize;
        Some((level, self.levels[level].occupied.trailing_zeros() as usize))
    }

    /// The first instant that belongs to an occupied slot.
    fn start_of(&self, level: usize, slot: usize) -> u64 {
        let shift = level as u32 * BITS;
        // The digits above the level are the position's. At the top there are none.
        let above = u64::MAX.checked_shl(shift + BITS).unwrap_or(0);
        (self.position & above) | ((slot as u64) << shift)
    }
}

/// Where an entry with this deadline lies, or `None` if the position has reached it.
#[inline]
fn place(position: u64, deadline: u64) -> Option<(usize, usize)> {
    if deadline <= position {
        return None;
    }
    // As something that is not zero, so that the compiler knows that the level exists.
    let highest_bit = NonZero::new(deadline ^ position)?.ilog2();
    let level = highest_bit / BITS;
    Some((level as usize, (deadline >> (level * BITS)) as usize % SLOTS))
}
