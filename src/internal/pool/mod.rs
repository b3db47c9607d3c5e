//! Children that come and go, of which those are polled that were woken.
//!
//! The children lie in slots, and slots in chunks, of which each has twice the room of the one before. A chunk is one buffer,
//! so that nothing moves once it was put there, and a [`ReadySet`](super::ready_set::ReadySet). So there are O(log N) blocks for as
//! many as there ever were at once; from then on, slots are used again, and nothing is allocated.
//!
//! # Foreign code
//!
//! A child that ends is struck off the books first, and then dropped where it is. So whatever panics, be it a child or its
//! destructor, the books are straight. Whoever puts a child in, or takes one out, is handed the waker of the task that waits for
//! that, if one does: it is woken where nothing is borrowed any longer.

#![allow(unsafe_code, reason = "children are pinned in buffers that are partly initialised")]

mod cell;
mod chunk;
mod iter;
mod keyed;
#[cfg(all(test, anywhen_loom))]
mod models;
mod pass;

use alloc::vec::Vec;
use core::fmt;
use core::mem::ManuallyDrop;
use core::pin::Pin;
use core::task::Waker;

pub(crate) use self::cell::PoolCell;
use self::chunk::{Chunk, Place};
use self::iter::Cursor;
pub(crate) use self::iter::{IntoIter, PinMut, PinRef};
pub(crate) use self::keyed::keyed_set;
pub(crate) use self::pass::Visit;
use super::ready_set::Walk;

/// No free slot.
const NONE: u32 = u32::MAX;

/// What of an index is the place in the chunk; above is the number of the chunk.
const OFFSET_BITS: u32 = 27;

/// How many chunks there may be.
const CHUNKS: usize = 1 << (u32::BITS - OFFSET_BITS);

/// How many slots there can be at all. The last number of a chunk is not used, so that no index is [`NONE`].
const MOST: usize = (CHUNKS - 1) << OFFSET_BITS;

/// The chunk of an index, and the place in there.
#[inline]
const fn place(index: u32) -> (usize, usize) {
    ((index >> OFFSET_BITS) as usize, (index & ((1 << OFFSET_BITS) - 1)) as usize)
}

/// The other way round.
#[inline]
const fn index(chunk: usize, offset: usize) -> u32 {
    (chunk as u32) << OFFSET_BITS | offset as u32
}

/// Which child of a pool. It is nobody else's, also when the child has gone: not before its slot has been filled for two
/// thousand million times more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    index: u32,
    generation: u32,
}

/// Children that come and go.
pub(crate) struct Pool<T> {
    chunks: Vec<Chunk<T>>,
    /// The first chunk is for `1 << shift`.
    shift: u32,
    len: usize,
    /// The index of the first slot that was never used. Those before it have been opened.
    fresh: u32,
    /// The index behind its chunk.
    end: u32,
    /// The first of the free slots among those before, or `NONE`.
    free: u32,
    /// How many chunks know of the task that the first one knows; those that do not are told at the next poll.
    attended: usize,
    /// The chunk in which the walk is.
    current: usize,
    walk: Walk,
    /// Counts the passes.
    pass: u32,
    /// Whether the task was woken in this pass because of a child that has had its turn.
    told: bool,
    /// Whether the last poll gave nothing, so that there may be a task that waits to be woken.
    waits: bool,
    /// Whether the last poll found that there was nobody left, or lost the last one because of a panic. Not while there are children.
    ended: bool,
}

// Children are pinned by their buffers, wherever this is.
impl<T> Unpin for Pool<T> {}

/// A task's waker, to be woken once nothing is borrowed.
pub(crate) type Alarm = Option<ManuallyDrop<Waker>>;

/// Wakes whoever waits.
#[inline]
pub(crate) fn sound(alarm: Alarm) {
    if let Some(waker) = alarm {
        #[cfg(any(feature = "std", feature = "critical-section"))]
        super::lock::assert_none_held();
        waker.wake_by_ref();
    }
}

impl<T> Pool<T> {
    /// The smallest first chunk takes about four kilobytes.
    const SHIFT: u32 = {
        let slots = 4096 / size_of::<chunk::Slot<T>>();
        if cfg!(anywhen_loom) {
            0
        } else if slots < 4 {
            2
        } else if slots > 64 {
            6
        } else {
            slots.ilog2()
        }
    };

    /// Nothing is allocated until there is a child.
    #[inline]
    pub(crate) const fn new() -> Self {
        Self::with_shift(Self::SHIFT)
    }

    const fn with_shift(shift: u32) -> Self {
        Self {
            chunks: Vec::new(),
            shift,
            len: 0,
            fresh: 0,
            end: 0,
            free: NONE,
            attended: 0,
            current: 0,
            walk: Walk::new(),
            pass: 0,
            told: false,
            waits: false,
            ended: false,
        }
    }

    /// A pool that has, once there is a child, room for this many in one chunk, or, beyond some thousands, in few.
    pub(crate) fn for_up_to(children: usize) -> Self {
        const MOST: usize = 1 << 12;
        Self::with_shift(children.clamp(1, MOST).next_power_of_two().trailing_zeros())
    }

    /// A pool that has room for this many already, in one chunk.
    ///
    /// # Panics
    ///
    /// If that many do not fit into memory.
    pub(crate) fn with_capacity(children: usize) -> Self {
        if children == 0 {
            return Self::new();
        }
        let mut pool = Self::with_shift(children.min(1 << OFFSET_BITS).next_power_of_two().trailing_zeros());
        pool.reserve(children);
        pool
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Whether it is known to whoever polls that there is nothing to wait for, until a child is put in.
    #[inline]
    pub(crate) fn is_terminated(&self) -> bool {
        self.ended
    }

    pub(crate) fn capacity(&self) -> usize {
        self.chunks.iter().map(Chunk::capacity).sum()
    }

    /// Makes room for so many more than there are.
    ///
    /// # Panics
    ///
    /// If that many do not fit into memory.
    pub(crate) fn reserve(&mut self, more: usize) {
        let wanted = self.len.checked_add(more).expect("capacity overflow");
        // Seen here, not when most of the memory has gone.
        assert!(wanted <= MOST, "capacity overflow");
        while self.capacity() < wanted {
            self.grow();
        }
    }

    #[cold]
    fn grow(&mut self) {
        let number = self.chunks.len();
        // See `MOST`.
        assert!(number < CHUNKS - 1, "capacity overflow");
        self.chunks.reserve(1);
        self.chunks.push(Chunk::new(1 << (self.shift + number as u32).min(OFFSET_BITS)));
    }

    /// Goes on with the chunk behind that which is full.
    #[cold]
    fn next_chunk(&mut self) {
        let number = self.fresh.checked_sub(1).map_or(0, |last| place(last).0 + 1);
        if number == self.chunks.len() {
            self.grow();
        }
        self.fresh = index(number, 0);
        self.end = self.fresh + self.chunks[number].capacity() as u32;
    }

    /// A chunk that there is.
    #[inline]
    fn chunk(&mut self, number: usize) -> &mut Chunk<T> {
        debug_assert!(number < self.chunks.len());
        // SAFETY: numbers are those of indices, which are made for slots that there are, or have been compared with the length.
        unsafe { self.chunks.get_unchecked_mut(number) }
    }

    /// Whether the slot has ever been used.
    #[inline]
    fn is_opened(&self, chunk: usize, offset: usize) -> bool {
        self.chunks.get(chunk).is_some_and(|there| offset < there.capacity() && index(chunk, offset) < self.fresh)
    }

    /// Puts in a child, which will be polled. Whoever waits is to be woken: see [`alarm`](Self::alarm).
    ///
    /// # Panics
    ///
    /// If there is no memory for so many.
    #[inline]
    pub(crate) fn insert(&mut self, child: T) -> Key {
        let is_fresh = self.free == NONE;
        if is_fresh && self.fresh == self.end {
            self.next_chunk();
        }
        let index = if is_fresh { self.fresh } else { self.free };
        let (number, offset) = place(index);
        let before = self.pass.wrapping_sub(1);
        // SAFETY: it has been opened, or is now.
        let slot = unsafe { self.chunk(number).slot(offset) };
        let generation = if is_fresh {
            self.fresh += 1;
            slot.open(child, before)
        } else {
            self.free = slot.link();
            slot.put(child, before)
        };
        self.len += 1;
        self.ended = false;
        self.chunk(number).set.mark(offset);
        Key { index, generation }
    }

    /// Puts in a child during a poll, which will poll it.
    #[inline]
    pub(crate) fn insert_to_poll(&mut self, child: T) {
        self.waits = false;
        self.insert(child);
    }

    /// Whoever waits, once: to be woken where nothing is borrowed any longer.
    #[inline]
    pub(crate) fn alarm(&mut self) -> Alarm {
        if self.waits { self.raise_alarm() } else { None }
    }

    /// All chunks know of the same task; but those that are newer than the poll know of none.
    #[cold]
    fn raise_alarm(&mut self) -> Alarm {
        self.waits = false;
        self.chunks.first().and_then(|chunk| chunk.set.parent())
    }

    /// Where the child of a key is, if it is there.
    #[inline]
    fn find(&self, key: Key) -> Option<Place<T>> {
        let (chunk, offset) = place(key.index);
        if !self.is_opened(chunk, offset) {
            return None;
        }
        // SAFETY: it is one of those that have been opened.
        let slot = unsafe { self.chunks[chunk].slot(offset) };
        (slot.generation() == key.generation && slot.is_taken()).then_some(slot)
    }

    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        // SAFETY: it is there, and shared as long as we are.
        self.find(key).map(|slot| unsafe { slot.child().as_ref() })
    }

    pub(crate) fn get_pin_mut(&mut self, key: Key) -> Option<Pin<&mut T>> {
        // SAFETY: it is there, and pinned: it is dropped before its place is used again, or freed.
        self.find(key).map(|slot| unsafe { Pin::new_unchecked(slot.child().as_mut()) })
    }

    /// Strikes off the books the child that is in the slot of that index. It is still where it was.
    #[inline]
    fn vacate(&mut self, index: u32, slot: Place<T>) {
        slot.vacate(core::mem::replace(&mut self.free, index));
        self.len -= 1;
    }

    /// As [`vacate`](Self::vacate), where it may be that it is about to be polled, or that it was the last one.
    fn withdraw(&mut self, index: u32, slot: Place<T>) -> Alarm {
        let (chunk, offset) = place(index);
        if chunk == self.current {
            self.walk.forget(offset);
        }
        self.vacate(index, slot);
        // Whoever waits is to see that there is nobody left.
        if self.len == 0 { self.alarm() } else { None }
    }

    /// Drops a child, if it is there.
    pub(crate) fn remove(&mut self, key: Key) -> bool {
        let Some(slot) = self.find(key) else { return false };
        let _sound = Sound(self.withdraw(key.index, slot));
        // SAFETY: it is there, and dropped once, where it is.
        unsafe { slot.child().drop_in_place() };
        true
    }

    /// Takes out a child, if it is there.
    pub(crate) fn take(&mut self, key: Key) -> Option<T>
    where
        T: Unpin,
    {
        let slot = self.find(key)?;
        let alarm = self.withdraw(key.index, slot);
        // SAFETY: it was there, may be moved, and is read once.
        let child = unsafe { slot.child().read() };
        sound(alarm);
        Some(child)
    }

    /// Drops all children, also where one of their destructors panics. The room stays.
    pub(crate) fn clear(&mut self) {
        self.ended = false;
        /// Goes on after a panic.
        struct Clear<'a, T>(&'a mut Pool<T>, Cursor);

        impl<T> Clear<'_, T> {
            fn run(&mut self) {
                while let Some(key) = self.1.next(self.0) {
                    self.0.remove(key);
                }
            }
        }

        impl<T> Drop for Clear<'_, T> {
            fn drop(&mut self) {
                self.run();
            }
        }

        let cursor = self.cursor();
        Clear(self, cursor).run();
    }

    /// Has all children polled by the next poll. Whoever is handed out is to be woken.
    pub(crate) fn mark_all(&mut self) -> Alarm {
        let mut cursor = self.cursor();
        while let Some(key) = cursor.next(self) {
            let (chunk, offset) = place(key.index);
            self.chunks[chunk].set.mark(offset);
        }
        self.alarm()
    }

    /// The keys of the children that are there, in the order of their slots.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> {
        let mut cursor = self.cursor();
        core::iter::from_fn(move || cursor.next(self))
    }

    /// The sum of what is said of each child.
    pub(crate) fn sum(&self, of: impl Fn(&T) -> usize) -> usize {
        self.keys().filter_map(|key| self.get(key)).map(of).sum()
    }

    /// Begins to go through the children that are there, in the order of their slots.
    fn cursor(&self) -> Cursor {
        Cursor { next: (0, 0), left: self.len }
    }
}

/// Wakes when it is dropped, also where that is because of a panic.
struct Sound(Alarm);

impl Drop for Sound {
    fn drop(&mut self) {
        sound(self.0.take());
    }
}

impl<T> Drop for Pool<T> {
    fn drop(&mut self) {
        // There is nobody to tell.
        self.waits = false;
        self.clear();
    }
}

impl<T> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("len", &self.len).finish_non_exhaustive()
    }
}
