//! The leaf that the tests open by hand, make panic, or have call back, and what steers it.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Waker};
use std::thread;

use futures_core::FusedFuture;

const OPEN: u8 = 1;
const BLOWN: u8 = 2;

/// Opens leaves: futures that wait until the test says go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<GateState>);

#[derive(Debug, Default)]
struct GateState {
    state: AtomicU8,
    waker: Mutex<Option<Waker>>,
    polls: Arc<AtomicUsize>,
    leaves: AtomicUsize,
    /// Whether the next leaf that is dropped panics.
    end_blows: AtomicBool,
    hook: Hook,
}

/// What leaves call, as a child's own code would.
#[derive(Default)]
struct Hook(OnceLock<AssertUnwindSafe<Arc<dyn Fn() + Send + Sync>>>);

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hook").finish()
    }
}

impl Hook {
    fn call(&self) {
        if let Some(hook) = self.0.get() {
            hook();
        }
    }
}

impl Gate {
    /// Makes a leaf. Only the one polled last is woken, so an entry waits for one.
    pub(crate) fn leaf(&self) -> Leaf {
        self.0.leaves.fetch_add(1, Ordering::SeqCst);
        Leaf { gate: self.clone(), done: false }
    }

    /// Has its leaves call `hook` whenever they are polled, and when they are dropped.
    pub(crate) fn hook(&self, hook: Arc<dyn Fn() + Send + Sync>) {
        assert!(self.0.hook.0.set(AssertUnwindSafe(hook)).is_ok(), "one hook");
    }

    /// Has the next leaf panic that is dropped.
    pub(crate) fn blow_at_the_end(&self) {
        self.0.end_blows.store(true, Ordering::SeqCst);
    }

    pub(crate) fn opener(&self) -> impl FnMut() + use<> {
        let gate = self.clone();
        move || gate.set(OPEN)
    }

    /// What makes the leaf panic at its next poll.
    pub(crate) fn fuse(&self) -> impl Fn() + use<> {
        let gate = self.clone();
        move || gate.set(BLOWN)
    }

    fn set(&self, state: u8) {
        self.0.state.store(state, Ordering::SeqCst);
        let waker = self.0.waker.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// How often its leaves were polled.
    pub(crate) fn polls(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.0.polls)
    }

    /// How many leaves there are.
    pub(crate) fn leaves(&self) -> usize {
        self.0.leaves.load(Ordering::SeqCst)
    }
}

/// A future that waits until its gate opens, and keeps the contract to the letter.
#[derive(Debug)]
pub(crate) struct Leaf {
    gate: Gate,
    done: bool,
}

impl Future for Leaf {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        assert!(!self.done, "`Leaf` polled after completion");
        self.gate.0.polls.fetch_add(1, Ordering::Relaxed);
        self.gate.0.hook.call();
        let look = |leaf: &mut Self| match leaf.gate.0.state.load(Ordering::SeqCst) {
            OPEN => {
                leaf.done = true;
                true
            }
            BLOWN => {
                leaf.done = true;
                panic!("the leaf blows");
            }
            _ => false,
        };
        if look(&mut self) {
            return Poll::Ready(());
        }
        let stored = self.gate.0.waker.lock().unwrap();
        if !stored.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            drop(stored);
            let new = cx.waker().clone();
            let old = self.gate.0.waker.lock().unwrap().replace(new);
            drop(old);
        }
        Poll::Pending
    }
}

impl FusedFuture for Leaf {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl Drop for Leaf {
    fn drop(&mut self) {
        self.gate.0.leaves.fetch_sub(1, Ordering::SeqCst);
        // As a well-behaved leaf does, it takes its waker with it.
        let waker = self.gate.0.waker.lock().unwrap().take();
        drop(waker);
        self.gate.0.hook.call();
        if self.gate.0.end_blows.swap(false, Ordering::SeqCst) && !thread::panicking() {
            panic!("the leaf's end blows");
        }
    }
}
