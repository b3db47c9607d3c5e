//! A place for one waker, that one task fills and any thread empties.
//!
//! The idea is that of `futures`' `AtomicWaker`: nobody ever waits for the slot. Whoever finds it taken leaves the work
//! to the one who has it: a `take` that meets a registration marks the state, and the registration then wakes. What is
//! different is that only moves and a comparison of pointers happen while the slot is taken. The waker is cloned before
//! and the old one dropped after, so a waker whose `clone`, `wake` or `drop` panics or comes back here finds the slot
//! free (in tokio#3689 a panicking `clone` left it taken for ever).

#![allow(unsafe_code, reason = "the slot is guarded by the state beside it")]

use core::fmt;
use core::task::Waker;

use super::lock;
use super::shim::atomic::AtomicU8;
use super::shim::atomic::Ordering::{AcqRel, Acquire};
use super::shim::{UnsafeCell, const_unless_loom};

/// Nobody is in the slot.
const FREE: u8 = 0;
/// Bit: a registration is in the slot.
const REGISTERING: u8 = 1;
/// Bit: a wake has come. Set alone, its `take` is in the slot; together with `REGISTERING`, the registration is, and
/// owes the wake.
const WAKING: u8 = 2;

/// A slot for the waker of one task.
///
/// The pattern, which makes no wake go missing:
///
/// * The task calls [`register`](Self::register), *then* looks whether what it waits for has happened.
/// * The other side makes it happen, *then* calls [`wake`](Self::wake).
pub(crate) struct AtomicWaker {
    state: AtomicU8,
    slot: UnsafeCell<Option<Waker>>,
}

// SAFETY: `slot` is only touched by the thread that moved `state` from `FREE` to `REGISTERING` or to `WAKING`, until it
// moves it back; a waker may be used and dropped on any thread.
unsafe impl Sync for AtomicWaker {}

impl AtomicWaker {
    const_unless_loom! {
        pub(crate) fn new() -> Self {
            Self { state: AtomicU8::new(FREE), slot: UnsafeCell::new(None) }
        }
    }

    /// Sees to it that the next [`wake`](Self::wake) wakes `waker`. Only one task may register at a time; that is
    /// whoever has the one future, handle or task that waits here.
    ///
    /// A wake that comes during the call wakes either `waker` or the one before it; the caller looks at what it waits
    /// for after this call, and so misses nothing.
    pub(crate) fn register(&self, waker: &Waker) {
        // Comparing two wakers compares their pointers; no foreign code.
        match self.with_slot(|slot| slot.as_ref().is_some_and(|old| old.will_wake(waker))) {
            Some(true) => return,
            Some(false) => {
                let mut new = Some(waker.clone());
                if self.with_slot(|slot| core::mem::swap(slot, &mut new)).is_some() {
                    // `new` is the old one by now, and goes with the slot free.
                    return;
                }
            }
            None => {}
        }
        // A wake is taking the old waker out at this very moment. It may be too late for what it announces to be seen
        // by a look that follows, and too early for it to find this waker: the wake is passed on.
        waker.wake_by_ref();
    }

    /// Wakes the registered task, if there is one, and forgets its waker.
    pub(crate) fn wake(&self) {
        if let Some(waker) = self.take() {
            lock::assert_none_held();
            waker.wake();
        }
    }

    /// Takes the waker out. `None` also when someone else is about to wake it on our behalf.
    pub(crate) fn take(&self) -> Option<Waker> {
        // ORDERING: AcqRel. Acquire takes over the slot as the last one left it. Release publishes what the caller did
        // before, to the registration that takes over our wake, or that comes after us.
        match self.state.fetch_or(WAKING, AcqRel) {
            FREE => {
                // SAFETY: we moved the state from `FREE` to `WAKING`, so the slot is ours until we clear the bit.
                let waker = self.slot.with_mut(|slot| unsafe { (*slot).take() });
                // ORDERING: Release gives the slot back. A read-modify-write, so that a registration that follows
                // synchronises with every `take` that found our bit and left, too.
                self.state.fetch_and(!WAKING, AcqRel);
                waker
            }
            // Either another `take` is here, which wakes the same task, or a registration is, which will.
            _ => None,
        }
    }

    /// Gives `f` the slot as the registering task; `None` if a wake has it.
    ///
    /// `f` runs no foreign code: it moves wakers and compares them.
    fn with_slot<R>(&self, f: impl FnOnce(&mut Option<Waker>) -> R) -> Option<R> {
        // ORDERING: Acquire takes over the slot, and what the wakers before us published.
        self.state.compare_exchange(FREE, REGISTERING, Acquire, Acquire).ok()?;
        // SAFETY: we moved the state from `FREE` to `REGISTERING`, so the slot is ours until we clear the bit.
        let result = self.slot.with_mut(|slot| f(unsafe { &mut *slot }));
        // ORDERING: Release gives the slot back; Acquire shows us what a wake that came meanwhile announces.
        if self.state.compare_exchange(REGISTERING, FREE, AcqRel, Acquire).is_err() {
            // A wake came and left its work to us. The slot is still ours, now under both bits.
            // SAFETY: as above; nobody enters while a bit is set.
            let waker = self.slot.with_mut(|slot| unsafe { (*slot).take() });
            self.state.swap(FREE, AcqRel);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
        Some(result)
    }
}

impl fmt::Debug for AtomicWaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtomicWaker")
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

    struct Count(AtomicUsize);

    impl Count {
        fn new() -> Arc<Self> {
            Arc::new(Self(AtomicUsize::new(0)))
        }

        fn wakes(&self) -> usize {
            self.0.load(SeqCst)
        }
    }

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    struct Shared {
        waker: AtomicWaker,
        happened: [AtomicBool; 2],
    }

    fn shared() -> Arc<Shared> {
        Arc::new(Shared { waker: AtomicWaker::new(), happened: [AtomicBool::new(false), AtomicBool::new(false)] })
    }

    /// The other side of the pattern. Relaxed, so that the slot alone orders it.
    fn happen(shared: &Shared, event: usize) {
        shared.happened[event].store(true, Relaxed);
        shared.waker.wake();
    }

    #[test]
    fn a_wake_is_seen_or_wakes() {
        model("atomic_waker: register against wake", 3, || {
            let shared = shared();
            let other = thread::spawn({
                let shared = Arc::clone(&shared);
                move || happen(&shared, 0)
            });
            let count = Count::new();
            shared.waker.register(&Arc::clone(&count).into());
            let seen = shared.happened[0].load(Relaxed);
            other.join().unwrap();
            assert!(seen || count.wakes() > 0);
        });
    }

    #[test]
    fn the_latest_waker_is_woken() {
        model("atomic_waker: changing the waker against wake", 3, || {
            let shared = shared();
            let (old, new) = (Count::new(), Count::new());
            shared.waker.register(&Arc::clone(&old).into());
            let other = thread::spawn({
                let shared = Arc::clone(&shared);
                move || happen(&shared, 0)
            });
            shared.waker.register(&Arc::clone(&new).into());
            let seen = shared.happened[0].load(Relaxed);
            other.join().unwrap();
            assert!(seen || new.wakes() > 0);
            assert!(old.wakes() + new.wakes() <= 2);
            // Nothing is kept: the wakers die with their owners.
            assert!(shared.waker.take().is_none() || seen);
        });
    }

    #[test]
    fn of_two_wakes_none_goes_missing() {
        model("atomic_waker: two wakes against register", 3, || {
            let shared = shared();
            let others = [0, 1].map(|event| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || happen(&shared, event))
            });
            // A task: registers, looks, and does it again only if it was woken since it began to.
            let count = Count::new();
            let waker = Arc::clone(&count).into();
            let (seen, wakes) = loop {
                let wakes = count.wakes();
                shared.waker.register(&waker);
                let seen = shared.happened.iter().filter(|happened| happened.load(Relaxed)).count();
                if seen == 2 || count.wakes() == wakes {
                    break (seen, wakes);
                }
                thread::yield_now();
            };
            for other in others {
                other.join().unwrap();
            }
            assert!(seen == 2 || count.wakes() > wakes);
        });
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use core::task::{RawWaker, RawWakerVTable};

    use super::*;
    use crate::internal::unwind::catch;

    /// A waker of which everything panics that `data` says: 1 clone, 2 wake, 4 drop.
    fn panicking(what: usize) -> Waker {
        static VTABLE: RawWakerVTable = RawWakerVTable::new(
            |data| {
                assert!(data as usize & 1 == 0, "clone");
                RawWaker::new(data, &VTABLE)
            },
            |data| assert!(data as usize & 2 == 0, "wake"),
            |data| assert!(data as usize & 2 == 0, "wake"),
            |data| assert!(data as usize & 4 == 0, "drop"),
        );
        // SAFETY: the functions do not touch the pointer, which is a number.
        unsafe { Waker::from_raw(RawWaker::new(core::ptr::without_provenance(what), &VTABLE)) }
    }

    fn panics(f: impl FnOnce()) -> bool {
        catch(f).is_err()
    }

    #[test]
    fn a_panicking_waker_leaves_the_slot_usable() {
        let slot = AtomicWaker::new();
        assert!(panics(|| slot.register(&panicking(1))));
        slot.register(&panicking(2));
        assert!(panics(|| slot.wake()));
        let fragile = panicking(4);
        slot.register(&fragile);
        // Not `Waker::noop()`, whose clones need not be known as such: their tables are constants, without an address.
        let calm = panicking(0);
        assert!(panics(|| slot.register(&calm)));
        core::mem::forget(fragile);
        assert!(slot.take().is_some_and(|waker| waker.will_wake(&calm)));
        assert!(slot.take().is_none());
    }
}
