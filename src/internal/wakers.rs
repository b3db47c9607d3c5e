//! The wakers of those who wait for one thing, by place: for futures that may be moved while they wait.
//!
//! A [`WaitList`](super::wait_list::WaitList) keeps its nodes in the futures that wait, which then must not move. Where a
//! future has to be `Unpin` whatever it waits for, its waker is kept here instead. Whoever may come to wait
//! [enters](Wakers::enter) and is given a place, and has it until it [leaves](Wakers::leave). So what a table of wakers
//! costs is paid by those who enter, and waiting itself never allocates. The first few places are part of the table; for
//! more there is one block, which is replaced by one of more than twice the size when it is full.

use alloc::vec::Vec;
use core::mem;
use core::task::Waker;

use super::lock::Lock;
use super::wake_batch::WakeBatch;

/// How many places are there from the start; one under loom, so that models reach the case of a table that grows.
const FEW: usize = if cfg!(anywhen_loom) { 1 } else { 4 };

/// A table of wakers.
///
/// The pattern, which makes no wake go missing:
///
/// * Who waits calls [`register`](Self::register), *then* looks whether what it waits for has happened.
/// * The other side makes it happen, *then* calls [`wake_all`](Self::wake_all).
///
/// The lock inside orders the two: a registration that `wake_all` does not find comes after it, and then the look that
/// follows sees what happened before it.
pub(crate) struct Wakers(Lock<Table>);

struct Table {
    few: [Slot; FEW],
    more: Vec<Slot>,
    /// The first of the free places, each of which knows the next. The last one is followed by the place that comes to be
    /// when the table grows.
    free: usize,
}

enum Slot {
    /// Nobody's; with the next that is free.
    Free(usize),
    /// Somebody's who does not wait, or has been woken.
    Idle,
    /// Somebody's who waits.
    Waiting(Waker),
}

impl Wakers {
    pub(crate) fn new() -> Self {
        let few = core::array::from_fn(|place| Slot::Free(place + 1));
        Self(Lock::new(Table { few, more: Vec::new(), free: 0 }))
    }

    /// Takes a place. Allocates if there is none left.
    pub(crate) fn enter(&self) -> usize {
        // The larger block is made, and the smaller one freed, with the lock released.
        let mut spare = Vec::new();
        loop {
            let taken = self.0.with(|table| table.take_place(&mut spare));
            match taken {
                Ok(place) => return place,
                Err(full) => spare = Vec::with_capacity(2 * full),
            }
        }
    }

    /// Gives a place back; with the waker that is there, for the caller to drop when it suits.
    #[must_use = "a waker may panic when it is dropped"]
    pub(crate) fn leave(&self, place: usize) -> Option<Waker> {
        let slot = self.0.with(|table| {
            let next = mem::replace(&mut table.free, place);
            mem::replace(table.slot(place), Slot::Free(next))
        });
        slot.into_waker()
    }

    /// Keeps the place, and takes the waker back out of it, for the caller to drop when it suits.
    #[must_use = "a waker may panic when it is dropped"]
    pub(crate) fn withdraw(&self, place: usize) -> Option<Waker> {
        self.0.with(|table| mem::replace(table.slot(place), Slot::Idle)).into_waker()
    }

    /// Sees to it that the next [`wake_all`](Self::wake_all) wakes `waker`, for the one who has this place.
    pub(crate) fn register(&self, place: usize, waker: &Waker) {
        // Comparing two wakers compares their pointers; no foreign code.
        let known = |slot: &Slot| matches!(slot, Slot::Waiting(old) if old.will_wake(waker));
        if self.0.with(|table| known(table.slot(place))) {
            return;
        }
        let new = Slot::Waiting(waker.clone());
        let old = self.0.with(|table| mem::replace(table.slot(place), new));
        drop(old);
    }

    /// Wakes all who are registered, each once, and forgets their wakers. They keep their places.
    ///
    /// Who registers while others are being woken may or may not be woken with them.
    pub(crate) fn wake_all(&self) {
        let mut place = 0;
        WakeBatch::in_rounds(|batch| {
            self.0.with(|table| {
                let end = table.len();
                while place < end && !batch.is_full() {
                    let slot = table.slot(place);
                    if matches!(slot, Slot::Waiting(_)) {
                        if let Some(waker) = mem::replace(slot, Slot::Idle).into_waker() {
                            batch.push(waker);
                        }
                    }
                    place += 1;
                }
                place < end
            })
        });
    }
}

impl Slot {
    fn into_waker(self) -> Option<Waker> {
        match self {
            Self::Waiting(waker) => Some(waker),
            Self::Free(_) | Self::Idle => None,
        }
    }
}

impl Table {
    fn len(&self) -> usize {
        FEW + self.more.len()
    }

    fn slot(&mut self, place: usize) -> &mut Slot {
        match place.checked_sub(FEW) {
            None => &mut self.few[place],
            Some(place) => &mut self.more[place],
        }
    }

    /// Takes the first free place, in `spare` if there is none and that is larger than what there is; it then has the block
    /// that is not needed any more. If there is no place, says how many there are.
    fn take_place(&mut self, spare: &mut Vec<Slot>) -> Result<usize, usize> {
        if self.free == self.len() {
            if spare.capacity() <= self.more.len() {
                return Err(self.len());
            }
            spare.append(&mut self.more);
            spare.extend((spare.len()..spare.capacity()).map(|index| Slot::Free(FEW + index + 1)));
            mem::swap(spare, &mut self.more);
        }
        let place = self.free;
        if let Slot::Free(next) = mem::replace(self.slot(place), Slot::Idle) {
            self.free = next;
        }
        Ok(place)
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use alloc::sync::Arc;
    use alloc::task::Wake;
    use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    #[test]
    fn each_who_is_registered_is_woken_once_whatever_their_number() {
        for crowd in [1, FEW, FEW + 1, 100] {
            let wakers = Wakers::new();
            let counts = (0..crowd).map(|_| Arc::<Count>::default()).collect::<Vec<_>>();
            let places = counts.iter().map(|_| wakers.enter()).collect::<Vec<_>>();
            assert_eq!(places, (0..crowd).collect::<Vec<_>>());
            for (place, count) in places.iter().zip(&counts) {
                wakers.register(*place, &Arc::clone(count).into());
            }
            wakers.wake_all();
            wakers.wake_all();
            assert!(counts.iter().all(|count| count.0.load(SeqCst) == 1 && Arc::strong_count(count) == 1));
        }
    }

    #[test]
    fn places_are_used_again_before_the_table_grows() {
        let wakers = Wakers::new();
        for _ in 0..FEW + 1 {
            wakers.enter();
        }
        let block = wakers.0.with(|table| table.more.capacity());
        for _ in 0..10 * block {
            assert!(wakers.leave(2).is_none());
            assert!(wakers.leave(FEW).is_none());
            assert_eq!([wakers.enter(), wakers.enter()], [FEW, 2]);
        }
        assert_eq!(wakers.0.with(|table| table.more.capacity()), block);
    }

    #[test]
    fn who_leaves_takes_its_waker_along() {
        let wakers = Wakers::new();
        let count = Arc::<Count>::default();
        let (first, second) = (wakers.enter(), wakers.enter());
        wakers.register(first, &Arc::clone(&count).into());
        wakers.register(second, Waker::noop());
        assert!(wakers.leave(first).is_some());
        wakers.wake_all();
        assert_eq!(count.0.load(SeqCst), 0);
    }
}

#[cfg(all(test, anywhen_loom))]
mod models {
    use alloc::sync::Arc;
    use alloc::task::Wake;
    use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use loom::thread;

    use super::*;
    use crate::internal::shim::atomic::{AtomicBool, Ordering::Relaxed};
    use crate::internal::shim::model;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    #[test]
    fn a_wake_is_seen_or_wakes_while_the_table_grows() {
        model("wakers: register and enter against wake_all", 3, || {
            let shared = Arc::new((Wakers::new(), AtomicBool::new(false)));
            let place = shared.0.enter();
            let waker = thread::spawn({
                let shared = Arc::clone(&shared);
                move || {
                    shared.1.store(true, Relaxed);
                    shared.0.wake_all();
                }
            });
            let other = thread::spawn({
                let shared = Arc::clone(&shared);
                move || {
                    let place = shared.0.enter();
                    drop(shared.0.leave(place));
                }
            });
            let count = Arc::<Count>::default();
            shared.0.register(place, &Arc::clone(&count).into());
            let seen = shared.1.load(Relaxed);
            waker.join().unwrap();
            other.join().unwrap();
            assert!(seen || count.0.load(SeqCst) == 1);
            drop(shared.0.leave(place));
            assert_eq!(Arc::strong_count(&count), 1);
        });
    }
}
