//! The way down: which of the children were woken, one by one.

#![allow(unsafe_code, reason = "words lie in the block")]

use super::super::shim::atomic::{AtomicUsize, Ordering};
use super::block::{BITS, Block, root_bit};
use super::{ReadySet, take};

/// Where a walk over the woken children has got to.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Children of the current group that are still to come, and the first of the group, whoever that is.
    children: usize,
    base: usize,
    /// Groups that are still to be looked into, and which group the first bit is for: those of the current word, or all.
    groups: usize,
    first: usize,
    /// If there are words: bits of the root that are still to be looked into, and the words of the run of the last one that are.
    root: usize,
    word: usize,
    behind: usize,
}

impl Walk {
    /// One that is over.
    pub(crate) const fn new() -> Self {
        Self { children: 0, base: 0, groups: 0, first: 0, root: 0, word: 0, behind: 0 }
    }

    /// Whether none but those of the current group are still to come.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.groups | self.root == 0 && self.word == self.behind
    }

    /// The next child of the current group; see [`ReadySet::next`].
    #[inline(always)]
    pub(crate) fn next_of_group(&mut self, turn: usize) -> Option<usize> {
        Some(self.base + take_bit(&mut self.children, turn)?)
    }

    /// Passes over the child, which has gone, if it has not come yet.
    #[inline]
    pub(crate) fn forget(&mut self, child: usize) {
        if child / BITS * BITS == self.base {
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
            if let Some(child) = walk.next_of_group(turn) {
                return Some(child);
            }
            if !self.next_group(walk, turn) {
                return None;
            }
        }
    }

    /// Goes on with the next group of which somebody was woken, if there is one. Of the current one nobody is left.
    #[inline(always)]
    pub(crate) fn next_group(&mut self, walk: &mut Walk, turn: usize) -> bool {
        loop {
            if let Some(group) = take_bit(&mut walk.groups, turn / BITS) {
                let number = walk.first + group;
                walk.base = number * BITS;
                walk.children = self.group(number).take();
                if walk.children != 0 {
                    return true;
                }
            } else if walk.is_over() {
                return false;
            } else {
                self.next_word(walk, turn);
            }
        }
    }

    /// Goes on with the next word in which there is something, or with the last of a run. There is a word to go on with.
    #[inline(always)]
    fn next_word(&self, walk: &mut Walk, turn: usize) {
        let block = self.block();
        if walk.word == walk.behind {
            let bit = take_bit(&mut walk.root, (turn / BITS / BITS) >> block.run);
            walk.word = bit.unwrap_or_default() << block.run;
            walk.behind = (walk.word + (1 << block.run)).min(block.words);
        }
        loop {
            walk.groups = take(self.word(walk.word));
            walk.first = walk.word * BITS;
            walk.word += 1;
            if walk.groups != 0 || walk.word == walk.behind {
                return;
            }
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
        let Walk { children, base, groups, first, root, word, behind } = core::mem::take(walk);
        let block = self.block();
        if children != 0 {
            let group = self.group(base / BITS);
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
        if word != behind {
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
