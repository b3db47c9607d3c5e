//! The way down: which of the children were woken, one by one.

#![allow(unsafe_code, reason = "words lie in the block")]

use super::super::shim::atomic::{AtomicUsize, Ordering};
use super::block::{BITS, Block, root_bit};
use super::{ReadySet, look};

/// Where a walk over the woken children has got to.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Children of the current group that are still to come, and which group it is.
    children: usize,
    group: usize,
    /// Groups that are still to be looked into, and which group the first bit is for: those of the current word, or all.
    groups: usize,
    first: usize,
    /// If there are words: bits of the root that are still to be looked into, and the next word of the run of the last one, or zero
    /// if that was the last of it.
    root: usize,
    word: usize,
}

impl Walk {
    /// One that is over.
    pub(crate) const fn new() -> Self {
        Self { children: 0, group: 0, groups: 0, first: 0, root: 0, word: 0 }
    }

    /// Passes over the child, which has gone, if it has not come yet.
    #[inline]
    pub(crate) fn forget(&mut self, child: usize) {
        if self.group == child / BITS {
            self.children &= !(1 << (child % BITS));
        }
    }
}

impl ReadySet {
    /// Begins a walk over those that were woken up to now. The walk before that must be over.
    #[inline]
    pub(crate) fn begin(&self) -> Walk {
        let summary = self.block().take_summary();
        if self.block().words == 0 {
            Walk { groups: summary, ..Walk::new() }
        } else {
            Walk { root: summary, ..Walk::new() }
        }
    }

    /// The next child of a walk. The walk begins at the child `turn`; that is, at each level bits are taken from its own upwards,
    /// and round.
    ///
    /// Each child comes once in a walk at most, whatever happens meanwhile. One that goes before it has come is to be
    /// [forgotten](Walk::forget).
    #[inline(always)]
    pub(crate) fn next(&mut self, walk: &mut Walk, turn: usize) -> Option<usize> {
        loop {
            if let Some(child) = take_bit(&mut walk.children, turn) {
                return Some(walk.group * BITS + child);
            } else if let Some(group) = take_bit(&mut walk.groups, turn / BITS) {
                walk.group = walk.first + group;
                walk.children = self.group(walk.group).take();
            } else if walk.root | walk.word == 0 {
                return None;
            } else {
                self.next_word(walk, turn);
            }
        }
    }

    /// Goes on with the next word in which there is something, or with the last of a run. There is a word to go on with.
    #[inline(always)]
    fn next_word(&self, walk: &mut Walk, turn: usize) {
        let block = self.block();
        let mut number = walk.word;
        if number == 0 {
            let bit = take_bit(&mut walk.root, (turn / BITS / BITS) >> block.run);
            number = bit.unwrap_or_default() << block.run;
        }
        loop {
            let (word, next) = (self.word(number), number + 1);
            let is_last = next % (1 << block.run) == 0 || next == block.words;
            let is_empty = look(word) == 0;
            if is_last || !is_empty {
                walk.word = if is_last { 0 } else { next };
                // ORDERING: as in `Group::take`.
                walk.groups = if is_empty { 0 } else { word.swap(0, Ordering::Acquire) };
                walk.first = number * BITS;
                return;
            }
            number = next;
        }
    }

    #[inline]
    fn word(&self, number: usize) -> &AtomicUsize {
        debug_assert!(number < self.block().words);
        // SAFETY: there is one, and it lives as long as the set.
        unsafe { Block::word(self.block, self.block().groups, number).as_ref() }
    }

    /// Has those that have not come in the walk come in the next one; the parent is not told, as with [`mark`](Self::mark). That
    /// is the end of the walk.
    pub(crate) fn put_back(&mut self, walk: &mut Walk) {
        let Walk { children, group, groups, first, root, word } = core::mem::take(walk);
        let block = self.block();
        if children != 0 {
            let group = self.group(group);
            if group.marked.replace(group.marked.get() | children) == 0 {
                group.mark_first();
            }
        }
        let mut bits = root;
        if block.words == 0 {
            bits = groups;
        } else if groups != 0 {
            // ORDERING: see `Group::wake`.
            self.word(first / BITS).fetch_or(groups, Ordering::AcqRel);
            bits |= 1 << ((first / BITS) >> block.run);
        }
        if word != 0 {
            bits |= 1 << (word >> block.run);
        }
        if bits != 0 {
            // ORDERING: as in `Group::mark_first`.
            block.root.fetch_or(bits * root_bit(0), Ordering::Release);
        }
    }
}

/// Takes one of the bits: the lowest from that of `turn` on, or else the lowest.
#[inline(always)]
fn take_bit(bits: &mut usize, turn: usize) -> Option<usize> {
    if *bits == 0 {
        return None;
    }
    let turn = turn as u32 % BITS as u32;
    let bit = (bits.rotate_right(turn).trailing_zeros() + turn) % usize::BITS;
    *bits &= !(1 << bit);
    Some(bit as usize)
}
