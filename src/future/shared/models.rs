//! Clones that are polled and dropped on different threads, while the future is woken.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::pin::Pin;
use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use core::task::{Context, Poll};

use loom::thread;

use super::{Shared, WeakShared};
use crate::internal::atomic_waker::AtomicWaker;
use crate::internal::shim::atomic::{AtomicBool, Ordering::Relaxed};
use crate::internal::shim::model;

/// Counts wakes.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// An output that knows how many of its kind there are.
struct Value(Arc<AtomicUsize>);

impl Value {
    fn new(alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, SeqCst);
        Self(Arc::clone(alive))
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        Self::new(&self.0)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// Is opened once. Relaxed, so that `Shared` alone has to order what is read.
struct Gate {
    open: AtomicBool,
    waker: AtomicWaker,
}

impl Gate {
    fn new() -> Arc<Self> {
        Arc::new(Self { open: AtomicBool::new(false), waker: AtomicWaker::new() })
    }

    fn open(&self) {
        self.open.store(true, Relaxed);
        self.waker.wake();
    }
}

/// A future that is ready when the gate is open, and keeps the contract.
struct Leaf {
    gate: Arc<Gate>,
    value: Option<Value>,
}

impl Future for Leaf {
    type Output = Value;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Value> {
        self.gate.waker.register(cx.waker());
        if self.gate.open.load(Relaxed) { Poll::Ready(self.value.take().unwrap()) } else { Poll::Pending }
    }
}

impl Drop for Leaf {
    fn drop(&mut self) {
        drop(self.gate.waker.take());
    }
}

fn leaf(alive: &Arc<AtomicUsize>) -> (Arc<Gate>, Shared<Leaf>) {
    let gate = Gate::new();
    let value = Some(Value::new(alive));
    (Arc::clone(&gate), Shared::new(Leaf { gate, value }))
}

fn poll<F: Future<Output: Clone>>(shared: &mut Shared<F>, count: &Arc<Count>) -> Poll<F::Output> {
    Pin::new(shared).poll(&mut Context::from_waker(&Arc::clone(count).into()))
}

/// Polls like an executor: again only after a wake. If it is left waiting, gives how often it had been woken before its
/// last poll.
fn drive<F: Future<Output: Clone>>(shared: &mut Shared<F>, count: &Arc<Count>) -> Result<F::Output, usize> {
    loop {
        let wakes = count.0.load(SeqCst);
        if let Poll::Ready(output) = poll(shared, count) {
            return Ok(output);
        }
        if count.0.load(SeqCst) == wakes {
            return Err(wakes);
        }
        thread::yield_now();
    }
}

/// What is left waiting has been woken since, and is ready then.
fn finish<F: Future<Output: Clone>>(left: Result<F::Output, usize>, mut shared: Shared<F>, count: &Arc<Count>) {
    if let Err(wakes) = left {
        assert!(count.0.load(SeqCst) > wakes, "left waiting, and nobody wakes it");
        assert!(drive(&mut shared, count).is_ok());
    }
}

#[test]
fn both_are_ready_whoever_polls() {
    model("shared: two clones polled, and a wake", 3, || {
        let alive = Arc::default();
        let (gate, mut a) = leaf(&alive);
        let mut b = a.clone();
        let (for_a, for_b) = (Arc::<Count>::default(), Arc::<Count>::default());
        let other = thread::spawn({
            let for_b = Arc::clone(&for_b);
            move || (drive(&mut b, &for_b), b)
        });
        let opener = thread::spawn(move || gate.open());
        let left = drive(&mut a, &for_a);
        opener.join().unwrap();
        // One may be left waiting until the other, who has been woken, has polled.
        let (left_b, b) = other.join().unwrap();
        finish(left, a, &for_a);
        finish(left_b, b, &for_b);
        assert_eq!(alive.load(SeqCst), 0);
        assert_eq!((Arc::strong_count(&for_a), Arc::strong_count(&for_b)), (1, 1), "no waker is left behind");
    });
}

#[test]
fn a_future_that_wakes_itself_is_polled_on() {
    model("shared: two clones of a future that wakes itself", 3, || {
        let mut a = Shared::new(crate::future::yield_now());
        let mut b = a.clone();
        let (for_a, for_b) = (Arc::<Count>::default(), Arc::<Count>::default());
        let other = thread::spawn({
            let for_b = Arc::clone(&for_b);
            move || (drive(&mut b, &for_b), b)
        });
        let left = drive(&mut a, &for_a);
        let (left_b, b) = other.join().unwrap();
        finish(left, a, &for_a);
        finish(left_b, b, &for_b);
    });
}

#[test]
fn who_waits_goes_on_when_who_polled_is_dropped() {
    model("shared: who polled is dropped against a wake", 3, || {
        let alive = Arc::default();
        let (gate, mut a) = leaf(&alive);
        let mut b = a.clone();
        let (for_a, for_b) = (Arc::<Count>::default(), Arc::<Count>::default());
        assert!(poll(&mut a, &for_a).is_pending());
        assert!(poll(&mut b, &for_b).is_pending());
        let dropper = thread::spawn(move || drop(a));
        gate.open();
        dropper.join().unwrap();
        finish(Err(0), b, &for_b);
        assert_eq!(alive.load(SeqCst), 0);
    });
}

/// futures-rs#2706: A polls, is woken in mid-poll, and dropped; B registers meanwhile.
#[test]
fn a_wake_in_mid_poll_reaches_who_registers_meanwhile() {
    model("shared: a wake in mid-poll, then a drop", 3, || {
        let alive = Arc::default();
        let (gate, mut a) = leaf(&alive);
        let mut b = a.clone();
        let (for_a, for_b) = (Arc::<Count>::default(), Arc::<Count>::default());
        let first = thread::spawn(move || {
            drop(poll(&mut a, &for_a));
            drop(a);
        });
        let opener = thread::spawn(move || gate.open());
        let left = drive(&mut b, &for_b);
        first.join().unwrap();
        opener.join().unwrap();
        finish(left, b, &for_b);
        assert_eq!(alive.load(SeqCst), 0);
    });
}

#[test]
fn the_last_clone_dropped_against_completion_leaks_nothing() {
    model("shared: the last clones are ready, dropped and peeked at", 3, || {
        let alive = Arc::default();
        let (gate, mut a) = leaf(&alive);
        gate.open();
        let (b, c) = (a.clone(), a.clone());
        let dropper = thread::spawn(move || drop(b));
        let peeker = thread::spawn(move || drop(c.peek().cloned()));
        assert!(poll(&mut a, &Arc::default()).is_ready());
        dropper.join().unwrap();
        peeker.join().unwrap();
        assert_eq!(alive.load(SeqCst), 0);
    });
}

#[test]
fn an_upgrade_is_whole_or_comes_too_late() {
    model("shared: an upgrade against the last clone", 3, || {
        let alive = Arc::default();
        let (gate, mut a) = leaf(&alive);
        gate.open();
        let weak: WeakShared<_> = a.downgrade().unwrap();
        let other = thread::spawn(move || {
            if let Some(mut b) = weak.upgrade() {
                let _value = drive(&mut b, &Arc::default());
            }
        });
        let count = Arc::default();
        let left = drive(&mut a, &count);
        other.join().unwrap();
        finish(left, a, &count);
        assert_eq!(alive.load(SeqCst), 0);
    });
}

#[test]
fn a_wake_outlives_all_clones() {
    model("shared: a wake against the drop of the last clone", 3, || {
        let alive = Arc::default();
        let (gate, mut a) = leaf(&alive);
        assert!(poll(&mut a, &Arc::default()).is_pending());
        let opener = thread::spawn(move || gate.open());
        drop(a);
        assert_eq!(alive.load(SeqCst), 0);
        opener.join().unwrap();
    });
}
