//! Who holds and who waits, in the whole process.
//!
//! Each hold and each wait has a [`Record`] here while it lasts. Its owner keeps the [`Place`] of it, a number, and hands that
//! back. The records are spread over shards by the lock that they are of, so that all of one lock are under one internal
//! lock, and few locks of the user's meet there. The first places of a shard are there from the start; where there are
//! more than those at a time, room for twice as many is made, outside of the internal lock, and kept.

#![allow(unsafe_code, reason = "it looks at waiters of pinned futures")]

use alloc::vec::Vec;
use core::mem;
use core::panic::Location;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::internal::wait_list::{Outcome, Waiter};
use crate::sync::observe::Label;

/// What is known of one who holds or waits.
#[derive(Clone, Copy)]
pub(crate) struct Record {
    /// The [`Key::id`] of what it is of.
    pub(crate) lock: usize,
    pub(crate) label: Label,
    pub(crate) site: &'static Location<'static>,
    pub(crate) since: Instant,
    pub(crate) role: Role,
}

#[derive(Clone, Copy)]
pub(crate) enum Role {
    Holds {
        mode: &'static str,
        permits: usize,
    },
    Waits {
        future: &'static str,
        want: usize,
        /// Alive for as long as the record is there.
        waiter: NonNull<Waiter>,
    },
}

impl Role {
    /// Whether there is something to it: one may hold no permits.
    fn is_told(self) -> bool {
        !matches!(self, Self::Holds { permits: 0, .. })
    }

    /// Whether it waits, and has been granted what it waits for: its task is to be polled.
    fn is_granted(self) -> bool {
        match self {
            Self::Holds { .. } => false,
            // SAFETY: the record is there, or the caller could not have it and be under the shard's lock.
            Self::Waits { waiter, .. } => unsafe { waiter.as_ref() }.outcome() == Outcome::Granted,
        }
    }
}

/// A record as it was when it was looked at, and whether its waiter had been granted what it waits for.
pub(super) type Seen = (Record, bool);

/// Which record it is, of one lock.
#[derive(Clone, Copy)]
pub(crate) struct Place(u32);

/// What a lock has to be known by, and that there are records of it.
pub(crate) struct Key {
    /// Given at the first use; 0 before.
    id: AtomicUsize,
    /// How many records there are. Only its last look at this, alone, relies on it.
    records: AtomicUsize,
}

impl Key {
    pub(crate) const fn new() -> Self {
        Self { id: AtomicUsize::new(0), records: AtomicUsize::new(0) }
    }

    /// A number that no other has.
    pub(crate) fn id(&self) -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(1);

        // ORDERING: Relaxed, here and below, as for any mere number.
        match self.id.load(Ordering::Relaxed) {
            0 => {
                let new = NEXT.fetch_add(1, Ordering::Relaxed);
                let known = self.id.compare_exchange(0, new, Ordering::Relaxed, Ordering::Relaxed);
                known.map_or_else(|id| id, |_| new)
            }
            id => id,
        }
    }

    pub(crate) fn enter(&self, record: Record) -> Place {
        self.records.fetch_add(1, Ordering::Relaxed);
        let mut room = Vec::new();
        loop {
            match with(shard(record.lock), |shard| shard.enter(record, &mut room)) {
                Ok(place) => return Place(place),
                Err(more) => room = Vec::with_capacity(more),
            }
        }
    }

    /// Changes the role in which it is there.
    pub(crate) fn change(&self, place: Place, role: Role) {
        with(shard(self.id()), |shard| {
            if let Slot::Taken(record) = shard.slot(place.0) {
                record.role = role;
            }
        });
    }

    pub(crate) fn leave(&self, place: Place) {
        with(shard(self.id()), |shard| shard.leave(place.0));
        self.records.fetch_sub(1, Ordering::Relaxed);
    }

    /// All records of this one.
    pub(super) fn seen(&self) -> Vec<Seen> {
        let id = self.id();
        let mut seen = see(shard(id));
        seen.retain(|(record, _)| record.lock == id);
        seen
    }
}

impl Drop for Key {
    /// The records of guards and futures that were forgotten, and whose owners will never come, go with the lock.
    fn drop(&mut self) {
        if *self.records.get_mut() > 0 {
            let id = *self.id.get_mut();
            with(shard(id), |shard| {
                for place in 0..shard.fresh {
                    if matches!(shard.slot(place), Slot::Taken(record) if record.lock == id) {
                        shard.leave(place);
                    }
                }
            });
        }
    }
}

/// All records that there are.
pub(super) fn seen() -> Vec<Seen> {
    SHARDS.iter().flat_map(see).collect()
}

/// How many places a shard has from the start.
const FIRST: usize = 64;

/// No place.
const NONE: u32 = u32::MAX;

/// `std`'s mutex and no `internal::lock`, which cannot be a static where loom plays it. What is done under it copies plain
/// values, and follows pointers to atomics.
static SHARDS: [Mutex<Shard>; 16] = [const { Mutex::new(Shard::new()) }; 16];

/// The shard of a lock.
fn shard(id: usize) -> &'static Mutex<Shard> {
    &SHARDS[id % SHARDS.len()]
}

fn with<R>(shard: &Mutex<Shard>, f: impl FnOnce(&mut Shard) -> R) -> R {
    f(&mut shard.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A copy of what is there. Room for it is made outside of the lock.
fn see(shard: &Mutex<Shard>) -> Vec<Seen> {
    let mut seen = Vec::new();
    loop {
        let missing = with(shard, |shard| {
            if seen.capacity() < shard.taken {
                return Some(shard.taken);
            }
            for place in 0..shard.fresh {
                match *shard.slot(place) {
                    Slot::Taken(record) if record.role.is_told() => seen.push((record, record.role.is_granted())),
                    _ => {}
                }
            }
            None
        });
        match missing {
            Some(more) => seen = Vec::with_capacity(more),
            None => return seen,
        }
    }
}

struct Shard {
    first: [Slot; FIRST],
    more: Vec<Slot>,
    /// The first of the places that were given back.
    free: u32,
    /// From here on, no place has been used yet.
    fresh: u32,
    /// How many are in use.
    taken: usize,
}

#[derive(Clone, Copy)]
enum Slot {
    Taken(Record),
    /// The next one that was given back.
    Free(u32),
}

// SAFETY: the pointers in the records are only followed to an atomic, while what they lead to is alive.
unsafe impl Send for Shard {}

impl Shard {
    const fn new() -> Self {
        Self { first: [Slot::Free(NONE); FIRST], more: Vec::new(), free: NONE, fresh: 0, taken: 0 }
    }

    fn slot(&mut self, place: u32) -> &mut Slot {
        let place = place as usize;
        if place < FIRST { &mut self.first[place] } else { &mut self.more[place - FIRST] }
    }

    /// Says for how many there has to be `room`, if there is no place left. What `room` is afterwards is for the caller to
    /// drop.
    fn enter(&mut self, record: Record, room: &mut Vec<Slot>) -> Result<u32, usize> {
        if self.free != NONE {
            let place = self.free;
            if let Slot::Free(next) = mem::replace(self.slot(place), Slot::Taken(record)) {
                self.free = next;
            }
            self.taken += 1;
            return Ok(place);
        }
        let place = self.fresh;
        if (place as usize) < FIRST {
            self.first[place as usize] = Slot::Taken(record);
        } else {
            if self.more.len() == self.more.capacity() {
                // Somebody else may have made room meanwhile, and have filled it.
                if room.capacity() <= self.more.len() {
                    return Err(FIRST + 2 * self.more.len());
                }
                room.append(&mut self.more);
                mem::swap(room, &mut self.more);
            }
            self.more.push(Slot::Taken(record));
        }
        self.fresh += 1;
        self.taken += 1;
        Ok(place)
    }

    fn leave(&mut self, place: u32) {
        *self.slot(place) = Slot::Free(self.free);
        self.free = place;
        self.taken -= 1;
    }
}
