//! Items with keys, in the order of their deadlines.
//!
//! The items lie in slots, which they do not leave. Beside those is a heap of their deadlines, four children to a node: a node
//! is 16 bytes, so all children of one lie in a cache line or two, and half as many lines are touched on the way down as in a
//! heap of two. Each slot knows its node's place in the heap, so that any item can be taken out or moved in O(log n).
//!
//! Every item that is put in gets the next number. The number is in its key, so a key leads to its item and to nothing else,
//! whatever becomes of the slot; and it breaks ties, so that items that are due at the same instant come in the order in
//! which they were put in or moved there.

use alloc::vec::Vec;
use core::fmt;

use crate::time::Instant;

/// Which item of a [`DelayQueue`](super::DelayQueue).
///
/// Once its item has gone it leads to nothing, and never to another item of that queue. It means nothing to another queue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    index: u32,
    number: u64,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.number)
    }
}

/// Where an item is, or can be.
struct Slot<T> {
    /// What the key has; of one that was there if this is free.
    number: u64,
    /// What breaks ties: the number, or a later one if the item was moved.
    rank: u64,
    /// Where its node is in the heap; of a free slot, which is the next free one.
    place: u32,
    value: Option<T>,
}

/// An item's deadline, in the heap.
#[derive(Clone, Copy)]
struct Node {
    deadline: Instant,
    index: u32,
}

/// Items with keys. As many nodes are in the heap as slots have a value, and these are each other's.
pub(super) struct Store<T> {
    slots: Vec<Slot<T>>,
    heap: Vec<Node>,
    /// The first free slot, or `NONE`.
    free: u32,
    /// The number of the next item, or of the next move.
    next: u64,
}

/// No slot.
const NONE: u32 = u32::MAX;

/// How many children a node has.
const WIDTH: usize = 4;

impl<T> Store<T> {
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new(), heap: Vec::new(), free: NONE, next: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.slots.capacity().min(self.heap.capacity())
    }

    pub(super) fn reserve(&mut self, additional: usize) {
        // Free slots are room, too.
        let free = self.slots.len() - self.len();
        self.slots.reserve(additional.saturating_sub(free));
        self.heap.reserve(additional);
    }

    /// The earliest deadline.
    #[inline]
    pub(super) fn first(&self) -> Option<Instant> {
        self.heap.first().map(|node| node.deadline)
    }

    /// The key of the item that comes next.
    pub(super) fn peek(&self) -> Option<Key> {
        let index = self.heap.first()?.index;
        Some(Key { index, number: self.slots[index as usize].number })
    }

    fn slot(&self, key: &Key) -> Option<&Slot<T>> {
        self.slots.get(key.index as usize).filter(|slot| slot.number == key.number && slot.value.is_some())
    }

    pub(super) fn get(&self, key: &Key) -> Option<&T> {
        self.slot(key)?.value.as_ref()
    }

    pub(super) fn get_mut(&mut self, key: &Key) -> Option<&mut T> {
        let slot = self.slots.get_mut(key.index as usize)?;
        if slot.number == key.number { slot.value.as_mut() } else { None }
    }

    pub(super) fn deadline(&self, key: &Key) -> Option<Instant> {
        Some(self.heap[self.slot(key)?.place as usize].deadline)
    }

    fn number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }

    #[track_caller]
    pub(super) fn insert(&mut self, value: T, deadline: Instant) -> Key {
        let place = self.heap.len();
        let number = self.number();
        let slot = Slot { number, rank: number, place: place as u32, value: Some(value) };
        let index = self.free;
        let index = match self.slots.get_mut(index as usize) {
            Some(free) => {
                self.free = free.place;
                *free = slot;
                index
            }
            None => {
                assert!(self.slots.len() < NONE as usize, "a delay queue takes no more than 2^32 - 1 items");
                self.slots.push(slot);
                (self.slots.len() - 1) as u32
            }
        };
        let node = Node { deadline, index };
        self.heap.push(node);
        self.rise(place, node);
        Key { index, number }
    }

    /// Takes the item out that comes next.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<(Key, Instant, T)> {
        if self.heap.is_empty() { None } else { self.take(0) }
    }

    pub(super) fn remove(&mut self, key: &Key) -> Option<(Key, Instant, T)> {
        let place = self.slot(key)?.place;
        self.take(place as usize)
    }

    /// Takes the item out whose node is at a place.
    fn take(&mut self, place: usize) -> Option<(Key, Instant, T)> {
        let Node { deadline, index } = self.heap.swap_remove(place);
        if let Some(&last) = self.heap.get(place) {
            self.settle(place, last);
        }
        let slot = &mut self.slots[index as usize];
        slot.place = self.free;
        self.free = index;
        slot.value.take().map(|value| (Key { index, number: slot.number }, deadline, value))
    }

    /// Moves an item to another deadline, behind all that have the same. Says whether it was there.
    pub(super) fn reset(&mut self, key: &Key, deadline: Instant) -> bool {
        let Some(place) = self.slot(key).map(|slot| slot.place as usize) else { return false };
        self.slots[key.index as usize].rank = self.number();
        self.settle(place, Node { deadline, index: key.index });
        true
    }

    /// Drops all items. There is room for as many as before.
    pub(super) fn clear(&mut self) {
        self.heap.clear();
        self.free = NONE;
        // Goes on with the others where one panics.
        self.slots.clear();
    }

    /// Gives memory back behind the last slot that has an item.
    pub(super) fn compact(&mut self) {
        let used = self.slots.iter().rposition(|slot| slot.value.is_some()).map_or(0, |last| last + 1);
        self.slots.truncate(used);
        self.slots.shrink_to_fit();
        self.heap.shrink_to_fit();
        self.free = NONE;
        // So that the first is filled first, and the last may be given back next time.
        for (index, slot) in self.slots.iter_mut().enumerate().rev().filter(|(_, slot)| slot.value.is_none()) {
            slot.place = self.free;
            self.free = index as u32;
        }
    }

    /// Whether a node comes before another.
    #[inline]
    fn precedes(&self, a: Node, b: Node) -> bool {
        // Deadlines differ, as a rule, and the slots need not be looked at.
        a.deadline < b.deadline
            || a.deadline == b.deadline && self.slots[a.index as usize].rank < self.slots[b.index as usize].rank
    }

    #[inline]
    fn put(&mut self, place: usize, node: Node) {
        self.heap[place] = node;
        self.slots[node.index as usize].place = place as u32;
    }

    /// Puts a node in order that is at a place, or that goes there instead of another.
    fn settle(&mut self, place: usize, node: Node) {
        if place > 0 && self.precedes(node, self.heap[(place - 1) / WIDTH]) {
            self.rise(place, node);
        } else {
            self.sink(place, node);
        }
    }

    /// Puts a node where it belongs: at a place, or above it.
    fn rise(&mut self, mut place: usize, node: Node) {
        while place > 0 {
            let parent = (place - 1) / WIDTH;
            if !self.precedes(node, self.heap[parent]) {
                break;
            }
            self.put(place, self.heap[parent]);
            place = parent;
        }
        self.put(place, node);
    }

    /// Puts a node where it belongs: at a place, or below it.
    fn sink(&mut self, mut place: usize, node: Node) {
        loop {
            let first = place * WIDTH + 1;
            let Some(mut least) = self.heap.get(first).copied() else { break };
            let mut child = first;
            for sibling in first + 1..self.heap.len().min(first + WIDTH) {
                if self.precedes(self.heap[sibling], least) {
                    (least, child) = (self.heap[sibling], sibling);
                }
            }
            if !self.precedes(least, node) {
                break;
            }
            self.put(place, least);
            place = child;
        }
        self.put(place, node);
    }
}
