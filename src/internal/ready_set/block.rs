//! The block that a set and its wakers share: where everything lies in it, and how a wake goes up in it.

#![allow(unsafe_code, reason = "one counted block behind many wakers")]

use alloc::alloc::{alloc, dealloc, handle_alloc_error};
use core::alloc::Layout;
use core::cell::Cell;
use core::ptr::NonNull;
use core::task::Waker;

#[cfg(any(feature = "std", feature = "critical-section"))]
use super::super::lock;
use super::super::shim::UnsafeCell;
use super::super::shim::atomic::{AtomicUsize, Ordering, fence};
use super::{look, take};

/// Children of a group, and groups of a word; small under loom, so that models get to every level with few of them.
pub(super) const BITS: usize = if cfg!(anywhen_loom) { 2 } else { usize::BITS as usize };

/// Half of the root tells of what is below it.
const HALF: u32 = usize::BITS / 2;

/// How many bits these are. Where there are words, each is for a run of them, so that these suffice however many there are.
pub(super) const ROOT_BITS: usize = if cfg!(anywhen_loom) { 2 } else { HALF as usize };

/// Bit: nobody may become a reader of the parent's waker.
const LOCKED: usize = 1 << (HALF - 1);
/// Bit, set together with `LOCKED` and for ever: the set is gone, and the last reader drops the parent's waker.
const GONE: usize = 1 << (HALF - 2);
/// The count of the readers of the parent's waker.
const READERS: usize = GONE - 1;

#[repr(C)]
pub(super) struct Block {
    /// The set itself, and its wakers.
    pub(super) refs: AtomicUsize,
    /// From above: a bit for each group or for each run of words, `LOCKED`, `GONE`, and `READERS`.
    pub(super) root: AtomicUsize,
    /// Read by readers; written by the set while there are none and can be none, or by the last reader once it is `GONE`.
    pub(super) parent: UnsafeCell<Option<Waker>>,
    /// How many groups there are.
    pub(super) groups: usize,
    /// How many words; none where the root has a bit for each group.
    pub(super) words: usize,
    /// A bit of the root is for `1 << run` words.
    pub(super) run: u32,
    /// The block begins so far behind the beginning of its memory.
    skipped: u32,
}

/// Up to `BITS` children. `repr(align)` leaves the low bits of its address to the number of a child.
#[repr(C, align(64))]
pub(super) struct Group {
    /// Who was woken.
    woken: AtomicUsize,
    /// Who is there. For the owner of the set alone.
    pub(super) there: Cell<usize>,
    /// Who is as good as woken. Likewise.
    pub(super) marked: Cell<usize>,
    pub(super) block: NonNull<Block>,
    /// The group's word, if there are words, and its bit there.
    word: Option<NonNull<AtomicUsize>>,
    word_bit: usize,
    /// The bit of the root.
    root_bit: usize,
}

/// The part of a waker's address that is the number of the child in its group.
pub(super) const CHILD: usize = align_of::<Group>() - 1;
const _: () = assert!(BITS <= CHILD + 1);

/// What every allocator gives without looking for it. Memory that is aligned for groups costs glibc's five times as much as
/// memory in which the block can be put where they are.
const CHEAP_ALIGN: usize = 2 * size_of::<usize>();

/// Where the groups begin in the block. The words are behind them.
const GROUPS: usize = size_of::<Block>().next_multiple_of(align_of::<Group>());

/// The bit of the root for a group, or for a run of words.
pub(super) const fn root_bit(number: usize) -> usize {
    1 << (HALF as usize + number)
}

/// The bits of the root that tell of what is below, from the lowest on.
#[inline]
const fn summary(root: usize) -> usize {
    root >> HALF
}

impl Block {
    /// The layout of the memory in which a block finds its place, and how many words it has.
    fn layout(groups: usize) -> (Layout, usize) {
        let words = if groups > ROOT_BITS { groups.div_ceil(BITS) } else { 0 };
        let layout = || {
            let (layout, first_group) = Layout::new::<Self>().extend(Layout::array::<Group>(groups).ok()?).ok()?;
            let (layout, first_word) = layout.extend(Layout::array::<AtomicUsize>(words).ok()?).ok()?;
            debug_assert!(first_group == GROUPS && first_word == Self::word_offset(groups));
            let room = layout.size().checked_add(layout.align() - CHEAP_ALIGN)?;
            Some((Layout::from_size_align(room, CHEAP_ALIGN).ok()?, words))
        };
        layout().expect("capacity overflow")
    }

    /// For so many children, all of whom are there; there must be one. One allocation.
    ///
    /// # Panics
    ///
    /// If that many do not fit into memory.
    pub(super) fn new(children: usize) -> NonNull<Self> {
        debug_assert!(children > 0);
        let groups = children.div_ceil(BITS);
        let (layout, words) = Self::layout(groups);
        let run = words.div_ceil(ROOT_BITS).next_power_of_two().trailing_zeros();
        // SAFETY: the layout is not of size zero.
        let Some(memory) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        let skipped = memory.as_ptr().addr().wrapping_neg() % align_of::<Group>();
        // SAFETY: memory and groups are aligned to `CHEAP_ALIGN`, so that this is at most what the layout has for it.
        let block = unsafe { memory.add(skipped) }.cast::<Self>();
        // SAFETY: the layout has room for all that is written, where it is written.
        unsafe {
            block.write(Self {
                refs: AtomicUsize::new(1),
                root: AtomicUsize::new(0),
                parent: UnsafeCell::new(None),
                groups,
                words,
                run,
                skipped: skipped as u32,
            });
            for number in 0..words {
                Self::word(block, groups, number).write(AtomicUsize::new(0));
            }
            for number in 0..groups {
                let word = number / BITS;
                let there = (children - number * BITS).min(BITS);
                Self::group(block, number).write(Group {
                    woken: AtomicUsize::new(0),
                    there: Cell::new(usize::MAX >> (usize::BITS as usize - there)),
                    marked: Cell::new(0),
                    block,
                    word: if words == 0 { None } else { Some(Self::word(block, groups, word)) },
                    word_bit: 1 << (number % BITS),
                    root_bit: root_bit(if words == 0 { number } else { word >> run }),
                });
            }
        }
        block
    }

    /// Where a group is.
    ///
    /// # Safety
    ///
    /// `this` is a block with room for so many groups.
    #[inline]
    pub(super) unsafe fn group(this: NonNull<Self>, number: usize) -> NonNull<Group> {
        // SAFETY: `layout` puts the groups there.
        unsafe { this.byte_add(GROUPS).cast::<Group>().add(number) }
    }

    /// What the waker of a child points to: the address of its group plus its number in there.
    ///
    /// # Safety
    ///
    /// `this` is a block with room for so many children.
    #[inline]
    pub(super) unsafe fn child(this: NonNull<Self>, child: usize) -> NonNull<()> {
        const SIZE: usize = size_of::<Group>();
        // Where a group has a child for each of its bytes, there is nothing to take apart.
        let offset = if BITS == SIZE { child } else { child / BITS * SIZE + child % BITS };
        // SAFETY: it is within the groups, see `layout`.
        unsafe { this.byte_add(GROUPS + offset) }.cast()
    }

    #[inline]
    const fn word_offset(groups: usize) -> usize {
        GROUPS + groups * size_of::<Group>()
    }

    /// Where a word is, in a block of so many groups.
    ///
    /// # Safety
    ///
    /// `this` is such a block, with room for so many words.
    #[inline]
    pub(super) unsafe fn word(this: NonNull<Self>, groups: usize, number: usize) -> NonNull<AtomicUsize> {
        // SAFETY: `layout` puts the words there.
        unsafe { this.byte_add(Self::word_offset(groups)).cast::<AtomicUsize>().add(number) }
    }

    /// Whether there may be something below. Relaxed will do: whoever sets a bit that is not seen yet tells the parent.
    #[inline]
    pub(super) fn is_woken(&self) -> bool {
        summary(look(&self.root)) != 0
    }

    /// Takes the bits of the root that tell of what is below.
    #[inline]
    pub(super) fn take_summary(&self) -> usize {
        // ORDERING: Acquire, with `notify`.
        if self.is_woken() { summary(self.root.fetch_and((1 << HALF) - 1, Ordering::Acquire)) } else { 0 }
    }

    /// Sets a bit of the root, and wakes the parent if it is the only one.
    ///
    /// # Safety
    ///
    /// `this` is a live block, and stays so until this returns or unwinds.
    #[inline]
    unsafe fn notify(this: NonNull<Self>, bit: usize) {
        // SAFETY: the caller says so.
        let block = unsafe { this.as_ref() };
        let mut root = block.root.load(Ordering::Relaxed);
        let reads = loop {
            let reads = root < LOCKED;
            let next = (root | bit) + usize::from(reads);
            // ORDERING: Release, so that the walk that finds the bit sees the bits below it, and what happened before the wake.
            // Acquire, so that a reader sees the parent's waker as it was put there.
            match block.root.compare_exchange_weak(root, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => break reads,
                Err(now) => root = now,
            }
        };
        if reads {
            let reader = Reader(block);
            #[cfg(any(feature = "std", feature = "critical-section"))]
            lock::assert_none_held();
            reader.0.parent.with(|parent| {
                // SAFETY: while there is a reader nobody writes.
                if let Some(parent) = unsafe { &*parent } {
                    parent.wake_by_ref();
                }
            });
        }
    }

    /// Puts another waker of the parent in the place of the one that is there, unless that is being woken right now. Gives back
    /// the one that is not needed.
    ///
    /// # Safety
    ///
    /// The caller is the owner of the set, and has it exclusively.
    ///
    /// # Errors
    ///
    /// If it is being woken right now.
    pub(super) unsafe fn replace_parent(&self, new: Option<Waker>) -> Result<Option<Waker>, Option<Waker>> {
        let mut root = self.root.load(Ordering::Relaxed);
        loop {
            if root & READERS != 0 {
                return Err(new);
            }
            // ORDERING: Acquire: what readers did with the old one is over.
            match self.root.compare_exchange_weak(root, root | LOCKED, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => break,
                Err(now) => root = now,
            }
        }
        // SAFETY: there is no reader, and there can be none before the bit is cleared.
        let old = self.parent.with_mut(|parent| core::mem::replace(unsafe { &mut *parent }, new));
        // ORDERING: Release shows readers the new one. Who was woken meanwhile has woken nobody, and is found by the next walk.
        self.root.fetch_and(!LOCKED, Ordering::Release);
        Ok(old)
    }

    /// The set goes: nobody becomes a reader any more. Gives the parent's waker, unless it is left to the last reader.
    ///
    /// # Safety
    ///
    /// The caller is the owner of the set, and has it exclusively; it calls this once, and does not look for the parent again.
    pub(super) unsafe fn close(&self) -> Option<Waker> {
        // ORDERING: Acquire, for if there is no reader.
        if self.root.fetch_or(LOCKED | GONE, Ordering::AcqRel) & READERS != 0 {
            return None;
        }
        // SAFETY: there is no reader, and never will be.
        self.parent.with_mut(|parent| unsafe { (*parent).take() })
    }

    /// Gives up one of those who keep the block.
    ///
    /// # Safety
    ///
    /// The caller is one of them, and does not use the block again.
    #[inline]
    pub(super) unsafe fn release(this: NonNull<Self>) {
        // SAFETY: the caller keeps it alive up to here.
        let block = unsafe { this.as_ref() };
        // ORDERING: as in `Arc`: each use of the block comes before its end.
        if block.refs.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            // SAFETY: nobody else is left.
            unsafe { Self::free(this) };
        }
    }

    /// # Safety
    ///
    /// Nobody uses the block any longer.
    #[cold]
    unsafe fn free(this: NonNull<Self>) {
        // SAFETY: the block is alive until it is deallocated, with the layout it was allocated with. The parent's waker was
        // taken out when the set went: nobody was a reader then, or the last one has taken it.
        unsafe {
            let (groups, skipped) = (this.as_ref().groups, this.as_ref().skipped as usize);
            let (layout, words) = Self::layout(groups);
            // Nothing but loom's atomics has a destructor.
            for number in 0..words {
                Self::word(this, groups, number).drop_in_place();
            }
            for number in 0..groups {
                Self::group(this, number).drop_in_place();
            }
            this.drop_in_place();
            dealloc(this.as_ptr().cast::<u8>().sub(skipped), layout);
        }
    }
}

/// A reader that leaves, also when the parent's waker panics.
struct Reader<'a>(&'a Block);

impl Drop for Reader<'_> {
    #[inline]
    fn drop(&mut self) {
        // ORDERING: Release, so that whoever changes the parent's waker next does so after our use of it; Acquire for when that
        // is us.
        let before = self.0.root.fetch_sub(1, Ordering::AcqRel);
        if before & (GONE | READERS) == GONE | 1 {
            // SAFETY: the set is gone, we were the last reader, and as it is `LOCKED` there will be no other.
            drop(self.0.parent.with_mut(|parent| unsafe { (*parent).take() }));
        }
    }
}

impl Group {
    /// # Safety
    ///
    /// `this` is a group of a live block, which stays so until this returns or unwinds.
    #[inline]
    pub(super) unsafe fn wake(this: NonNull<Self>, child: usize) {
        // SAFETY: the caller says so.
        let group = unsafe { this.as_ref() };
        // ORDERING: AcqRel here and further up: Release, so that the walk that takes the bit sees what happened before the wake,
        // and, going down, all bits below. Whoever finds a bit leaves it to the one who set it to go on upwards, or to the walk.
        if group.woken.fetch_or(1 << child, Ordering::AcqRel) == 0 && group.announce() {
            // SAFETY: as the caller says.
            unsafe { Block::notify(group.block, group.root_bit) };
        }
    }

    /// The first of the group is marked; the parent is not told.
    #[inline(never)]
    pub(super) fn mark_first(&self) {
        if self.announce() {
            // SAFETY: groups live as long as their block.
            let block = unsafe { self.block.as_ref() };
            // ORDERING: Release, with `take_summary`. Whoever finds the bit leaves it to us to tell the parent.
            block.root.fetch_or(self.root_bit, Ordering::Release);
        }
    }

    /// Sets the bit of the group in its word, and says whether the one in the root is left to set.
    #[inline]
    fn announce(&self) -> bool {
        // SAFETY: words live as long as the groups.
        // ORDERING: see `wake`.
        self.word.is_none_or(|word| unsafe { word.as_ref() }.fetch_or(self.word_bit, Ordering::AcqRel) == 0)
    }

    /// Takes who was woken or marked, of those who are there.
    #[inline]
    pub(super) fn take(&self) -> usize {
        (take(&self.woken) | self.marked.take()) & self.there.get()
    }
}
