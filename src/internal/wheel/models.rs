//! loom models of what the owner of an entry does without the lock: seeing that it has fired, and putting it off.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::task::Wake;
use core::pin::Pin;
use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use loom::thread;

use super::{Entry, Wheel};
use crate::internal::lock::Lock;
use crate::internal::shim::model;
use crate::internal::wake_batch::WakeBatch;

const PREEMPTIONS: usize = 3;

/// How often it was woken. Not modelled: it orders nothing.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A wheel, and the owner of an entry in it.
struct Owner {
    wheel: Arc<Lock<Wheel>>,
    entry: Pin<Box<Entry>>,
    count: Arc<Count>,
}

impl Owner {
    /// Its entry waits until then.
    fn new(deadline: u64) -> Self {
        let owner = Self {
            wheel: Arc::new(Lock::new(Wheel::new(0))),
            entry: Box::pin(Entry::new(deadline, 0)),
            count: Arc::default(),
        };
        owner.insert();
        owner
    }

    fn insert(&self) {
        let waker = Arc::clone(&self.count).into();
        // SAFETY: the entry is pinned, does not wait, and is removed, or has fired, before it dies.
        assert!(self.wheel.with(|wheel| unsafe { wheel.insert(&self.entry, waker) }).is_ok());
    }

    fn put_off(&self, deadline: u64) -> bool {
        // SAFETY: it waits, or did, for something earlier.
        unsafe { self.entry.put_off(deadline, 0) }
    }

    /// Whether it has not fired before.
    fn remove(&self) -> bool {
        // SAFETY: it was inserted there.
        self.wheel.with(|wheel| unsafe { wheel.remove(&self.entry) }).is_some()
    }

    /// Has another thread bring time to an instant, and to the next.
    fn expires<const N: usize>(&self, at: [u64; N]) -> thread::JoinHandle<()> {
        let wheel = Arc::clone(&self.wheel);
        thread::spawn(move || at.iter().for_each(|&now| expire(&wheel, now)))
    }

    fn wakes(&self) -> usize {
        self.count.0.load(SeqCst)
    }
}

fn expire(wheel: &Lock<Wheel>, now: u64) {
    let mut batch = WakeBatch::new();
    while wheel.with(|wheel| wheel.expire(now, &mut batch)) {
        batch.wake();
    }
    batch.wake();
}

#[test]
fn an_entry_that_is_put_off_while_it_fires_does_the_one_or_the_other() {
    model("wheel: put off against fire", PREEMPTIONS, || {
        let owner = Owner::new(1);
        let other = owner.expires([1]);
        let waits = owner.put_off(2);
        assert_eq!(owner.entry.is_waiting(), waits);
        other.join().unwrap();
        assert_eq!(owner.wakes(), usize::from(!waits));
        assert_eq!((owner.entry.is_waiting(), owner.entry.is_idle()), (waits, !waits));
        // It is in the wheel, where the later deadline belongs, or not at all.
        assert_eq!(owner.wheel.with(|wheel| wheel.next_deadline()), waits.then_some(2));
        expire(&owner.wheel, 2);
        assert_eq!(owner.wakes(), 1);
        assert_eq!(owner.entry.is_fired(), waits);
        assert_eq!(Arc::strong_count(&owner.count), 1);
    });
}

#[test]
fn an_entry_that_is_put_off_again_and_again_fires_once() {
    model("wheel: put off twice against fire twice", PREEMPTIONS, || {
        let owner = Owner::new(1);
        let other = owner.expires([1, 2]);
        let waits = owner.put_off(2) && owner.put_off(3);
        other.join().unwrap();
        assert_eq!(owner.wakes(), usize::from(!waits));
        expire(&owner.wheel, 3);
        assert_eq!(owner.wakes(), 1);
        assert_eq!(Arc::strong_count(&owner.count), 1);
    });
}

#[test]
fn an_entry_that_was_put_off_and_is_removed_while_it_fires_is_let_go() {
    model("wheel: put off and remove against fire", PREEMPTIONS, || {
        let owner = Owner::new(1);
        let other = owner.expires([1, 2]);
        let removed = owner.put_off(2) && owner.remove();
        // The other thread may still be at work: it has let go of the entry, which is all that counts.
        let Owner { wheel, entry, count } = owner;
        assert!(removed || !entry.is_waiting());
        drop(entry);
        other.join().unwrap();
        assert_eq!(count.0.load(SeqCst), usize::from(!removed));
        assert_eq!(wheel.with(|wheel| wheel.next_deadline()), None);
        assert_eq!(Arc::strong_count(&count), 1);
    });
}

#[test]
fn an_entry_that_was_put_off_and_is_reset_to_an_earlier_deadline_fires_then() {
    model("wheel: put off and reset against fire", PREEMPTIONS, || {
        let owner = Owner::new(1);
        let other = owner.expires([1]);
        let waits = owner.put_off(9) && owner.remove();
        if waits {
            // SAFETY: it does not wait.
            unsafe { owner.entry.set_deadline(5, 0) };
            owner.insert();
        }
        other.join().unwrap();
        assert_eq!(owner.wakes(), usize::from(!waits));
        expire(&owner.wheel, 4);
        assert_eq!((owner.wakes(), owner.entry.is_waiting()), (usize::from(!waits), waits));
        expire(&owner.wheel, 5);
        assert_eq!(owner.wakes(), 1);
        assert_eq!(Arc::strong_count(&owner.count), 1);
    });
}

#[test]
fn what_was_put_off_among_others_keeps_nobody_from_firing() {
    // Three of one deadline: more than a batch, so that the lock is released in the middle.
    model("wheel: put off against a batch that fires", PREEMPTIONS, || {
        let owner = Owner::new(1);
        let others: [_; 2] = core::array::from_fn(|_| Box::pin(Entry::new(1, 0)));
        let count = Arc::new(Count::default());
        for entry in &others {
            let waker = Arc::clone(&count).into();
            // SAFETY: the entries are pinned, and have fired before they die.
            assert!(owner.wheel.with(|wheel| unsafe { wheel.insert(entry, waker) }).is_ok());
        }
        let other = owner.expires([1]);
        let waits = owner.put_off(2);
        other.join().unwrap();
        assert!(others.iter().all(|entry| entry.is_fired()));
        assert_eq!((count.0.load(SeqCst), owner.wakes()), (2, usize::from(!waits)));
        assert_eq!(owner.remove(), waits);
    });
}
