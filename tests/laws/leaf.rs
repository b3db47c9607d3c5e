//! The leaf that the tests open by hand, make panic, or have call back, and what steers it. There is one that is a future,
//! and one that is a stream: it gives an item whenever it is told to, and ends when its gate opens.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Waker};
use std::thread;

use futures_core::{FusedFuture, FusedStream, Stream};

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
    /// Items that a stream has not given yet.
    items: AtomicUsize,
    /// How many it has given, and how many of those are still there.
    given: AtomicUsize,
    tokens: AtomicUsize,
    /// How many it will give in all, if it says so.
    announced: OnceLock<usize>,
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

    /// Makes a stream. Only the one polled last is woken.
    pub(crate) fn stream(&self) -> LeafStream {
        self.0.leaves.fetch_add(1, Ordering::SeqCst);
        LeafStream { gate: self.clone(), done: false }
    }

    /// Has the stream give one more item.
    pub(crate) fn give(&self) {
        self.0.items.fetch_add(1, Ordering::SeqCst);
        self.wake();
    }

    /// Has the stream say how many items it will give in all.
    pub(crate) fn announce(&self, total: usize) {
        self.0.announced.set(total).expect("said once");
    }

    /// How many of the items that were given are still there.
    pub(crate) fn tokens(&self) -> usize {
        self.0.tokens.load(Ordering::SeqCst)
    }

    fn set(&self, state: u8) {
        self.0.state.store(state, Ordering::SeqCst);
        self.wake();
    }

    fn wake(&self) {
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

    /// A poll of a leaf: an item if it is a stream that has one, or the end, of which it makes a note in `done`.
    fn poll(&self, done: &mut bool, is_stream: bool, cx: &Context<'_>) -> Poll<Option<Token>> {
        self.0.polls.fetch_add(1, Ordering::Relaxed);
        self.0.hook.call();
        if is_stream && self.0.items.load(Ordering::SeqCst) > 0 {
            self.0.items.fetch_sub(1, Ordering::SeqCst);
            self.0.tokens.fetch_add(1, Ordering::SeqCst);
            let number = self.0.given.fetch_add(1, Ordering::SeqCst);
            return Poll::Ready(Some(Token { number, gate: self.clone() }));
        }
        match self.0.state.load(Ordering::SeqCst) {
            OPEN => {
                *done = true;
                return Poll::Ready(None);
            }
            BLOWN => {
                *done = true;
                panic!("the leaf blows");
            }
            _ => {}
        }
        let stored = self.0.waker.lock().unwrap();
        if !stored.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            drop(stored);
            let new = cx.waker().clone();
            let old = self.0.waker.lock().unwrap().replace(new);
            drop(old);
        }
        Poll::Pending
    }

    /// A leaf is gone.
    fn gone(&self) {
        self.0.leaves.fetch_sub(1, Ordering::SeqCst);
        // As a well-behaved leaf does, it takes its waker with it.
        let waker = self.0.waker.lock().unwrap().take();
        drop(waker);
        self.0.hook.call();
        if self.0.end_blows.swap(false, Ordering::SeqCst) && !thread::panicking() {
            panic!("the leaf's end blows");
        }
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
        let Self { gate, done } = &mut *self;
        assert!(!*done, "`Leaf` polled after completion");
        gate.poll(done, false, cx).map(drop)
    }
}

impl FusedFuture for Leaf {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl Drop for Leaf {
    fn drop(&mut self) {
        self.gate.gone();
    }
}

/// A stream that gives what its gate says, and keeps the contract to the letter. Who polls it after its end hears of it.
#[derive(Debug)]
pub(crate) struct LeafStream {
    gate: Gate,
    done: bool,
}

impl Stream for LeafStream {
    type Item = Token;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Token>> {
        let Self { gate, done } = &mut *self;
        assert!(!*done, "`LeafStream` polled after its end");
        gate.poll(done, true, cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let gate = &self.gate.0;
        match gate.announced.get() {
            _ if self.done => (0, Some(0)),
            Some(total) => {
                let left = total - gate.given.load(Ordering::SeqCst);
                (left, Some(left))
            }
            None => (0, None),
        }
    }
}

impl FusedStream for LeafStream {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl Clone for LeafStream {
    fn clone(&self) -> Self {
        self.gate.stream()
    }
}

impl Drop for LeafStream {
    fn drop(&mut self) {
        self.gate.gone();
    }
}

/// An item of a [`LeafStream`], numbered from 0. None may be leaked.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) number: usize,
    gate: Gate,
}

impl Clone for Token {
    fn clone(&self) -> Self {
        self.gate.0.tokens.fetch_add(1, Ordering::SeqCst);
        Self { number: self.number, gate: self.gate.clone() }
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.gate.0.tokens.fetch_sub(1, Ordering::SeqCst);
    }
}
