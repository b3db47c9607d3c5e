//! Which of many children were woken, and the wakers that tell.
//!
//! A future over many others that hands its own waker to all of them cannot know who was woken, and polls everybody. With
//! a [`ReadySet`] each child is polled with a waker of its own, and only those are polled that were woken. All wakers of a
//! set live in one block of memory, which is counted, since wakers outlive futures.
//!
//! # The block
//!
//! ```text
//! Block            root      who wakes the parent, and a bit for each run of words
//! words            word      a bit for each group of 64 children
//! groups, aligned  group     a bit for each child
//! ```
//!
//! A bit is set where somebody below it was woken since it was last looked at. A child's waker sets the child's bit; if that
//! is the first of its group, the group's in its word; if that is the first there, the word's in the root; and if that is the
//! first there, it wakes the parent. So a child that is woken twice before it is looked at costs one atomic operation the second
//! time, and a crowd that is woken at once wakes the parent once. The parent goes the other way: it clears a bit, and *then*
//! looks at what is below it. Whoever comes in between finds the bit clear and sets it again; so nobody is overlooked, and the
//! worst is a look at a group in which nobody was woken.
//!
//! What a waker points to is the address of its group plus the number of the child in it. Groups are aligned to 64
//! bytes, so that the two can be told apart, and a waker needs no memory of its own.
//!
//! # The parent's waker
//!
//! It lies in the block, and is changed where it is, whenever the parent is polled with another. Whoever sets the first bit
//! of the root counts itself as a *reader* of that waker in the same atomic operation. The parent changes it only while
//! there are no readers, and keeps others from becoming readers meanwhile: those need not wake anybody, since the parent is
//! about to look. If there is a reader, the old waker is being woken at this moment by somebody. The parent then
//! keeps it, wakes itself, and tries again at its next poll. Nobody ever waits for anybody.

#![allow(unsafe_code, reason = "one counted block behind many wakers")]

#[cfg(all(test, anywhen_loom))]
mod models;

use alloc::alloc::{alloc, dealloc, handle_alloc_error};
use core::alloc::Layout;
use core::cell::Cell;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;
use core::task::{RawWaker, RawWakerVTable, Waker};

#[cfg(any(feature = "std", feature = "critical-section"))]
use super::lock;
use super::shim::UnsafeCell;
use super::shim::atomic::{AtomicUsize, Ordering, fence};

/// Children of a group, and groups of a word; small under loom, so that models get to every level with few of them.
const BITS: usize = if cfg!(anywhen_loom) { 2 } else { usize::BITS as usize };

/// How many bits of the root tell of words. Each is for a run of them, so that these suffice however many there are.
const ROOT_BITS: usize = if cfg!(anywhen_loom) { 2 } else { usize::BITS as usize / 2 };

/// The bits of the root that tell of words.
const SUMMARY: usize = (1 << ROOT_BITS) - 1;
/// Bit: nobody may become a reader of the parent's waker.
const LOCKED: usize = 1 << ROOT_BITS;
/// Bit, set together with `LOCKED` and for ever: the set is gone, and the last reader drops the parent's waker.
const GONE: usize = LOCKED << 1;
/// One reader of the parent's waker. The count is all that is above.
const READER: usize = GONE << 1;

/// Set of children, numbered from 0, of which each has a waker and is looked at when it was woken.
///
/// Which of the numbers are in use is up to the owner, who tells it with [`enter`](Self::enter) and [`leave`](Self::leave).
pub(crate) struct ReadySet {
    block: NonNull<Block>,
    /// The first group of the block.
    groups: NonNull<Group>,
}

/// Where a walk over the woken children has got to.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Bits of the root that are still to be looked into.
    root: usize,
    /// The words of the current bit of the root that are still to be looked into.
    words: core::ops::Range<usize>,
    /// Bits of the current word likewise, and which word it is.
    word: usize,
    word_number: usize,
    /// Bits of the current group likewise, and which group it is.
    group: usize,
    group_number: usize,
}

#[repr(C)]
struct Block {
    /// The set itself, and its wakers.
    refs: AtomicUsize,
    /// `SUMMARY`, `LOCKED`, `GONE`, and the count of readers.
    root: AtomicUsize,
    /// Read by readers; written by the set while there are none and can be none, or by the last reader once it is `GONE`.
    parent: UnsafeCell<Option<Waker>>,
    /// How many groups follow behind the words.
    groups: usize,
    /// A bit of the root is for `1 << run` words.
    run: u32,
}

/// Up to `BITS` children. `repr(align)` leaves the low bits of its address to the number of a child.
#[repr(C, align(64))]
struct Group {
    /// Who was woken.
    woken: AtomicUsize,
    /// Which numbers are in use. For the owner of the set alone.
    entered: Cell<usize>,
    /// Who is as good as woken. Likewise.
    marked: Cell<usize>,
    block: NonNull<Block>,
    /// Which group it is.
    number: usize,
}

/// The part of a waker's address that is the number of the child in its group.
const CHILD: usize = align_of::<Group>() - 1;
const _: () = assert!(BITS <= CHILD + 1);

// SAFETY: what wakers share is atomic, or guarded as `Block` says; wakers may be sent and shared. `entered` is written by
// methods that take `&mut self` alone.
unsafe impl Send for ReadySet {}
// SAFETY: as above; `&self` gives access to atomics, and to what is only written through `&mut self`.
unsafe impl Sync for ReadySet {}

impl Block {
    /// Where the words and the groups lie behind the block, and the layout of all.
    fn layout(groups: usize) -> (Layout, usize, usize) {
        let layout = || {
            let words = Layout::array::<AtomicUsize>(groups.div_ceil(BITS)).ok()?;
            let (layout, words) = Layout::new::<Self>().extend(words).ok()?;
            let (layout, groups) = layout.extend(Layout::array::<Group>(groups).ok()?).ok()?;
            Some((layout, words, groups))
        };
        layout().expect("capacity overflow")
    }

    /// # Safety
    ///
    /// `this` is a live block, and `number` that of one of its words.
    #[inline]
    unsafe fn word<'a>(this: NonNull<Self>, number: usize) -> &'a AtomicUsize {
        const OFFSET: usize = size_of::<Block>().next_multiple_of(align_of::<AtomicUsize>());
        // SAFETY: `layout` puts the words there; the caller says that there is one with that number.
        unsafe { this.byte_add(OFFSET).cast::<AtomicUsize>().add(number).as_ref() }
    }

    /// Adds a bit of the summary, and wakes the parent if it is the only one.
    ///
    /// # Safety
    ///
    /// `this` is a live block, and stays so until this returns or unwinds.
    unsafe fn notify(this: NonNull<Self>, bit: usize) {
        /// A reader that leaves, also when the parent's waker panics.
        struct Reader<'a>(&'a Block);

        impl Drop for Reader<'_> {
            fn drop(&mut self) {
                // ORDERING: Release, so that whoever changes the parent's waker next does so after our use of it; Acquire
                // for when that is us.
                let before = self.0.root.fetch_sub(READER, Ordering::AcqRel);
                if before & GONE != 0 && before < 2 * READER {
                    // SAFETY: the set is gone, we were the last reader, and as it is `LOCKED` there will be no other.
                    drop(self.0.parent.with_mut(|parent| unsafe { (*parent).take() }));
                }
            }
        }

        // SAFETY: the caller says so.
        let block = unsafe { this.as_ref() };
        let mut root = block.root.load(Ordering::Relaxed);
        let reads = loop {
            let reads = root & (SUMMARY | LOCKED) == 0;
            let next = (root | bit) + if reads { READER } else { 0 };
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

    /// Gives up one of those who keep the block.
    ///
    /// # Safety
    ///
    /// The caller is one of them, and does not use the block again.
    unsafe fn release(this: NonNull<Self>) {
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
            let groups = this.as_ref().groups;
            let (layout, words, first) = Self::layout(groups);
            // Nothing but loom's atomics has a destructor.
            for number in 0..groups.div_ceil(BITS) {
                this.byte_add(words).cast::<AtomicUsize>().add(number).drop_in_place();
            }
            for number in 0..groups {
                this.byte_add(first).cast::<Group>().add(number).drop_in_place();
            }
            this.drop_in_place();
            dealloc(this.as_ptr().cast(), layout);
        }
    }
}

impl Group {
    /// # Safety
    ///
    /// `this` is a group of a live block, which stays so until this returns or unwinds.
    #[inline]
    unsafe fn wake(this: NonNull<Self>, child: usize) {
        // SAFETY: the caller says so.
        let group = unsafe { this.as_ref() };
        // ORDERING: AcqRel in all three: Release, so that the walk that takes the bit sees what happened before the wake,
        // and, going down, all bits below. Whoever finds a bit leaves it to the one who set it to go on upwards, or to the walk.
        if group.woken.fetch_or(1 << child, Ordering::AcqRel) != 0 {
            return;
        }
        // SAFETY: as the caller says.
        unsafe {
            if let Some(bit) = Self::announce(this) {
                Block::notify(group.block, bit);
            }
        }
    }

    /// Sets the bit of the group, and gives the one of the root that is left to set.
    ///
    /// # Safety
    ///
    /// `this` is a group of a live block.
    #[inline]
    unsafe fn announce(this: NonNull<Self>) -> Option<usize> {
        // SAFETY: the caller says so.
        let group = unsafe { this.as_ref() };
        let word_number = group.number / BITS;
        // SAFETY: there is a word for every group.
        let word = unsafe { Block::word(group.block, word_number) };
        // ORDERING: see `wake`.
        if word.fetch_or(1 << (group.number % BITS), Ordering::AcqRel) != 0 {
            return None;
        }
        // SAFETY: the caller keeps the block alive.
        Some(1 << (word_number >> unsafe { group.block.as_ref() }.run))
    }

    /// Takes who was woken or marked, of those who are there.
    #[inline]
    fn take(&self) -> usize {
        // ORDERING: Acquire, with `wake`: what happened before a wake is seen by the poll that follows from it. Relaxed, for
        // looking whether there is anything: whoever was announced by the bit that led here is seen by that.
        let woken = match look(&self.woken) {
            0 => 0,
            _ => self.woken.swap(0, Ordering::Acquire),
        };
        (woken | self.marked.take()) & self.entered.get()
    }
}

impl ReadySet {
    /// For children with numbers below `children`, of which there must be one. One allocation.
    ///
    /// # Panics
    ///
    /// If that many do not fit into memory.
    pub(crate) fn new(children: usize) -> Self {
        debug_assert!(children > 0);
        let groups = children.div_ceil(BITS);
        let (layout, words, first) = Block::layout(groups);
        let word_count = groups.div_ceil(BITS);
        let run = word_count.div_ceil(ROOT_BITS).next_power_of_two().trailing_zeros();
        // SAFETY: the layout is not of size zero.
        let Some(block) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        let block = block.cast::<Block>();
        // SAFETY: the layout has room for all that is written, where it is written.
        unsafe {
            block.write(Block {
                refs: AtomicUsize::new(1),
                root: AtomicUsize::new(0),
                parent: UnsafeCell::new(None),
                groups,
                run,
            });
            for number in 0..word_count {
                block.byte_add(words).cast::<AtomicUsize>().add(number).write(AtomicUsize::new(0));
            }
            for number in 0..groups {
                let group =
                    Group { woken: AtomicUsize::new(0), entered: Cell::new(0), marked: Cell::new(0), block, number };
                block.byte_add(first).cast::<Group>().add(number).write(group);
            }
        }
        // SAFETY: that is where the groups are.
        Self { block, groups: unsafe { block.byte_add(first) }.cast() }
    }

    #[inline]
    fn block(&self) -> &Block {
        // SAFETY: the set keeps the block alive.
        unsafe { self.block.as_ref() }
    }

    #[inline]
    fn group(&self, number: usize) -> NonNull<Group> {
        debug_assert!(number < self.block().groups);
        // SAFETY: there is one, as whoever is entered has been told.
        unsafe { self.groups.add(number) }
    }

    #[inline]
    fn entered(&self, number: usize) -> &Cell<usize> {
        // SAFETY: the set keeps its groups alive.
        unsafe { &self.group(number).as_ref().entered }
    }

    /// Takes the number into use.
    #[inline]
    pub(crate) fn enter(&mut self, child: usize) {
        let entered = self.entered(child / BITS);
        entered.set(entered.get() | 1 << (child % BITS));
    }

    /// The child of that number is no longer there; wakers of it that are still about wake nobody.
    #[inline]
    pub(crate) fn leave(&mut self, child: usize) {
        let entered = self.entered(child / BITS);
        entered.set(entered.get() & !(1 << (child % BITS)));
    }

    /// Whether the number is in use.
    #[inline]
    pub(crate) fn is_entered(&self, child: usize) -> bool {
        self.entered(child / BITS).get() & 1 << (child % BITS) != 0
    }

    /// As if the child had been woken. Wakes the parent, if it waits and that is news to it.
    #[inline]
    pub(crate) fn wake(&self, child: usize) {
        // SAFETY: the set keeps the block alive.
        unsafe { Group::wake(self.group(child / BITS), child % BITS) };
    }

    /// As if the child had been woken; but the parent is not told. To be called while it is polled, or by whoever tells it.
    #[inline]
    pub(crate) fn mark(&mut self, child: usize) {
        let group = self.group(child / BITS);
        // SAFETY: the set keeps its groups alive.
        let marked = unsafe { &group.as_ref().marked };
        let before = marked.get();
        marked.set(before | 1 << (child % BITS));
        if before == 0 {
            self.announce(group);
        }
    }

    /// The first of a group is marked.
    #[inline(never)]
    fn announce(&self, group: NonNull<Group>) {
        // SAFETY: the set keeps the block alive.
        if let Some(bit) = unsafe { Group::announce(group) } {
            // ORDERING: Release, with `begin`. Whoever finds the bit leaves it to us to tell the parent.
            self.block().root.fetch_or(bit, Ordering::Release);
        }
    }

    /// Has those that have not come in the walk come in the next one; the parent is not told, as with [`mark`](Self::mark). That
    /// is the end of the walk.
    pub(crate) fn put_back(&mut self, walk: &mut Walk) {
        let Walk { mut root, words, word, word_number, group, group_number } = core::mem::replace(walk, Walk::new());
        let run = self.block().run;
        if group != 0 {
            let this = self.group(group_number);
            // SAFETY: the set keeps its groups alive.
            let marked = unsafe { &this.as_ref().marked };
            if marked.replace(marked.get() | group) == 0 {
                self.announce(this);
            }
        }
        if word != 0 {
            // SAFETY: the walk has been there.
            // ORDERING: see `Group::wake`.
            unsafe { Block::word(self.block, word_number) }.fetch_or(word, Ordering::AcqRel);
            root |= 1 << (word_number >> run);
        }
        if !words.is_empty() {
            root |= 1 << (words.start >> run);
        }
        if root != 0 {
            // ORDERING: as in `announce`.
            self.block().root.fetch_or(root, Ordering::Release);
        }
    }

    /// The parent's waker, to be lent while the set is there and [`set_parent`](Self::set_parent) is not called.
    pub(crate) fn parent(&self) -> Option<ManuallyDrop<Waker>> {
        self.block().parent.with(|parent| {
            // SAFETY: only `set_parent` and `drop` write it while the set is there, and they have it exclusively. The copy is
            // neither dropped, nor used for longer than the caller may.
            unsafe { parent.read() }.map(ManuallyDrop::new)
        })
    }

    /// The waker of a child, to be lent while the set is there.
    #[inline]
    pub(crate) fn waker(&self, child: usize) -> ManuallyDrop<Waker> {
        let data = self.group(child / BITS).as_ptr().map_addr(|address| address + child % BITS);
        // SAFETY: the functions of the table take this apart again. It does not count, and so must not be dropped.
        ManuallyDrop::new(unsafe { Waker::from_raw(RawWaker::new(data.cast(), &TABLE)) })
    }

    /// Has `parent` woken from now on when a child is. To be called at each poll, before [`begin`](Self::begin).
    ///
    /// Where it is another than before, it is cloned, and the old one dropped.
    #[inline]
    pub(crate) fn set_parent(&mut self, parent: &Waker) {
        // SAFETY: only the set writes it while it is there, and we have it exclusively.
        let same = self.block().parent.with(|old| unsafe { &*old }.as_ref().is_some_and(|old| old.will_wake(parent)));
        if !same {
            self.replace_parent(parent);
        }
    }

    #[cold]
    fn replace_parent(&mut self, parent: &Waker) {
        let block = self.block();
        let new = Some(parent.clone());
        let mut root = block.root.load(Ordering::Relaxed);
        loop {
            if root >= READER {
                // Somebody is waking the old one right now. Whoever comes next would wake it, too; so this poll is not
                // the last one of this waker.
                drop(new);
                return parent.wake_by_ref();
            }
            // ORDERING: Acquire: what readers did with the old one is over.
            match block.root.compare_exchange_weak(root, root | LOCKED, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => break,
                Err(now) => root = now,
            }
        }
        // SAFETY: there is no reader, and there can be none before the bit is cleared.
        let old = block.parent.with_mut(|parent| core::mem::replace(unsafe { &mut *parent }, new));
        // ORDERING: Release shows readers the new one. Who was woken meanwhile has woken nobody, and is found by `begin`.
        block.root.fetch_and(!LOCKED, Ordering::Release);
        drop(old);
    }

    /// Begins a walk over those that were woken up to now. The walk before that must be over.
    #[inline]
    pub(crate) fn begin(&self) -> Walk {
        let root = &self.block().root;
        // ORDERING: Relaxed: whoever sets a bit that is not seen yet tells the parent. Acquire, with `notify`.
        let root = match look(root) & SUMMARY {
            0 => 0,
            _ => root.fetch_and(!SUMMARY, Ordering::Acquire) & SUMMARY,
        };
        Walk { root, ..Walk::new() }
    }

    /// The next child of a walk. At each level, bits are taken from `turn` upwards, and round.
    ///
    /// Each child comes once in a walk at most, whatever happens meanwhile. One that goes before it has come is to be
    /// [forgotten](Walk::forget).
    #[inline]
    pub(crate) fn next(&mut self, walk: &mut Walk, turn: u32) -> Option<usize> {
        loop {
            if let Some(child) = take_bit(&mut walk.group, turn) {
                return Some(walk.group_number * BITS + child);
            } else if let Some(group) = take_bit(&mut walk.word, turn) {
                walk.group_number = walk.word_number * BITS + group;
                // SAFETY: groups are alive as long as the set is.
                walk.group = unsafe { self.group(walk.group_number).as_ref() }.take();
            } else if let Some(number) = walk.words.next() {
                walk.word_number = number;
                // SAFETY: there is such a word, see below.
                let word = unsafe { Block::word(self.block, number) };
                // ORDERING: as in `Group::take`. Of a run, most are empty.
                walk.word = if look(word) == 0 { 0 } else { word.swap(0, Ordering::Acquire) };
            } else {
                let bit = take_bit(&mut walk.root, turn)?;
                let (run, words) = (self.block().run, self.block().groups.div_ceil(BITS));
                walk.words = (bit << run)..((bit + 1) << run).min(words);
            }
        }
    }
}

impl Walk {
    /// One that is over.
    pub(crate) const fn new() -> Self {
        Self { root: 0, words: 0..0, word: 0, word_number: 0, group: 0, group_number: 0 }
    }

    /// Passes over the child, which has gone, if it has not come yet.
    #[inline]
    pub(crate) fn forget(&mut self, child: usize) {
        if self.group_number == child / BITS {
            self.group &= !(1 << (child % BITS));
        }
    }
}

impl Drop for ReadySet {
    fn drop(&mut self) {
        let block = self.block();
        // ORDERING: Acquire, for if there is no reader.
        let before = block.root.fetch_or(LOCKED | GONE, Ordering::AcqRel);
        let parent = if before < READER {
            // SAFETY: there is no reader, and never will be.
            block.parent.with_mut(|parent| unsafe { (*parent).take() })
        } else {
            None
        };
        // SAFETY: the set is one of those who keep it.
        unsafe { Block::release(self.block) };
        // Last, since it may panic.
        drop(parent);
    }
}

/// What is there at the moment, or was a moment ago.
#[inline]
fn look(bits: &AtomicUsize) -> usize {
    // loom does not run others before a load, as it does before what may change something; it would miss most of what there is.
    if cfg!(anywhen_loom) { bits.fetch_or(0, Ordering::Relaxed) } else { bits.load(Ordering::Relaxed) }
}

/// Takes one of the bits: the lowest from `turn` on, or else the lowest.
#[inline]
pub(crate) fn take_bit(bits: &mut usize, turn: u32) -> Option<usize> {
    if *bits == 0 {
        return None;
    }
    let turn = turn % usize::BITS;
    let bit = (bits.rotate_right(turn).trailing_zeros() + turn) % usize::BITS;
    *bits &= !(1 << bit);
    Some(bit as usize)
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, release);

/// The group and the child of a waker.
///
/// # Safety
///
/// `data` is that of a waker of a set.
#[inline]
unsafe fn take_apart(data: *const ()) -> (NonNull<Group>, usize) {
    let group = data.map_addr(|address| address & !CHILD).cast_mut().cast::<Group>();
    // SAFETY: it is a group's address.
    (unsafe { NonNull::new_unchecked(group) }, data.addr() & CHILD)
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: it is called for a waker, which keeps the block alive.
    let block = unsafe { take_apart(data).0.as_ref().block.as_ref() };
    // ORDERING: Relaxed, as in `Arc`: whoever clones has one already.
    if block.refs.fetch_add(1, Ordering::Relaxed) > isize::MAX as usize {
        too_many_wakers();
    }
    RawWaker::new(data, &TABLE)
}

/// Wakers were forgotten until their number does not fit. There is no going on, as with `Arc`.
#[cold]
fn too_many_wakers() -> ! {
    /// The second panic, which aborts.
    struct Abort;

    impl Drop for Abort {
        fn drop(&mut self) {
            panic!("too many wakers");
        }
    }

    let _abort = Abort;
    panic!("too many wakers");
}

unsafe fn wake(data: *const ()) {
    /// The end of the waker, also where waking panics.
    struct Release(*const ());

    impl Drop for Release {
        fn drop(&mut self) {
            // SAFETY: made once, for the waker that is used up.
            unsafe { release(self.0) };
        }
    }

    let waker = Release(data);
    // SAFETY: the waker is still there.
    unsafe { wake_by_ref(waker.0) };
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: it is called for a waker, which keeps the block alive until this returns.
    unsafe {
        let (group, child) = take_apart(data);
        Group::wake(group, child);
    }
}

unsafe fn release(data: *const ()) {
    // SAFETY: it is called for a waker, whose share this is.
    unsafe { Block::release(take_apart(data).0.as_ref().block) };
}
