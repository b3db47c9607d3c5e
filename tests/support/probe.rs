//! Children that are steered and watched from outside.

#![allow(dead_code, reason = "each test binary that includes this file uses a part of it")]

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomPinned;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// What happens to a child, or to the output it gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// The child of that number was polled.
    Poll(usize),
    /// It was dropped.
    Drop(usize),
    /// Its output was dropped.
    DropOutput(usize),
}

pub(crate) use Event::{Drop as Dropped, DropOutput as DroppedOutput, Poll as Polled};

/// What happened to all children of one join or race, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Rc<RefCell<Vec<Event>>>);

impl Log {
    fn push(&self, event: Event) {
        self.0.borrow_mut().push(event);
    }

    /// What happened since the last time.
    pub(crate) fn take(&self) -> Vec<Event> {
        self.0.take()
    }
}

/// What a child gives: its number, and a record of when it is dropped.
pub(crate) struct Token {
    number: usize,
    log: Log,
}

impl Token {
    pub(crate) fn number(&self) -> usize {
        self.number
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.log.push(DroppedOutput(self.number));
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.number)
    }
}

/// What a child does when it is polled next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Pend,
    WakeAndPend,
    Succeed,
    Fail,
    Panic,
}

/// What a child shares with its control.
struct Shared {
    next: Cell<Next>,
    waker: RefCell<Option<Waker>>,
    panics_on_drop: Cell<bool>,
}

/// A child that gives a [`Token`] when it is released, and `Result<Token, Token>` if it is one that may fail. It panics
/// if it is moved once polled, or polled after its end.
pub(crate) struct Probe<const MAY_FAIL: bool = false> {
    number: usize,
    log: Log,
    shared: Rc<Shared>,
    /// Where it was when it was first polled.
    address: Cell<*const Self>,
    over: Cell<bool>,
    _pinned: PhantomPinned,
}

/// A child that may fail.
pub(crate) type TryProbe = Probe<true>;

impl<const MAY_FAIL: bool> Probe<MAY_FAIL> {
    fn step(&self, cx: &mut Context<'_>) -> Poll<Result<Token, Token>> {
        self.address.set(self);
        assert!(!self.over.get(), "child {} was polled after its end", self.number);
        self.log.push(Polled(self.number));
        let next = self.shared.next.replace(Next::Pend);
        if matches!(next, Next::Pend | Next::WakeAndPend) {
            self.shared.waker.replace(Some(cx.waker().clone()));
            if next == Next::WakeAndPend {
                cx.waker().wake_by_ref();
            }
            return Poll::Pending;
        }
        self.over.set(true);
        let token = || Token { number: self.number, log: self.log.clone() };
        Poll::Ready(match next {
            Next::Fail => Err(token()),
            Next::Panic => panic!("child {} panics", self.number),
            _ => Ok(token()),
        })
    }

    fn check_address(&self) {
        let first = self.address.get();
        assert!(first.is_null() || ptr::eq(first, self), "child {} was moved", self.number);
    }
}

impl Future for Probe<false> {
    type Output = Token;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Token> {
        self.check_address();
        self.step(cx).map(|result| result.expect("only a `TryProbe` can fail"))
    }
}

impl Future for Probe<true> {
    type Output = Result<Token, Token>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Token, Token>> {
        self.check_address();
        self.step(cx)
    }
}

impl<const MAY_FAIL: bool> Drop for Probe<MAY_FAIL> {
    fn drop(&mut self) {
        self.check_address();
        self.log.push(Dropped(self.number));
        if self.shared.panics_on_drop.get() {
            panic!("child {} panics when dropped", self.number);
        }
    }
}

impl<const MAY_FAIL: bool> fmt::Debug for Probe<MAY_FAIL> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Probe({})", self.number)
    }
}

/// The other end of a child.
pub(crate) struct Control(Rc<Shared>);

impl Control {
    fn then(&self, next: Next) {
        self.0.next.set(next);
        let waker = self.0.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Makes the child ready, and wakes whoever waits for it.
    pub(crate) fn release(&self) {
        self.then(Next::Succeed);
    }

    /// Makes the child fail at its next poll, and wakes whoever waits for it.
    pub(crate) fn fail(&self) {
        self.then(Next::Fail);
    }

    /// Makes the child panic at its next poll, and wakes whoever waits for it.
    pub(crate) fn panic(&self) {
        self.then(Next::Panic);
    }

    /// Makes the child's next poll wake the task and pend.
    pub(crate) fn wake_itself(&self) {
        self.0.next.set(Next::WakeAndPend);
    }

    /// Wakes whoever waits for the child, for nothing.
    pub(crate) fn wake(&self) {
        let waker = self.0.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Makes the child panic when it is dropped.
    pub(crate) fn panic_on_drop(&self) {
        self.0.panics_on_drop.set(true);
    }
}

/// Children numbered from 0, their controls, and the log of what happens to them.
pub(crate) fn probes<const N: usize, const MAY_FAIL: bool>() -> ([Probe<MAY_FAIL>; N], [Control; N], Log) {
    let log = Log::default();
    let controls = std::array::from_fn(|_| {
        Control(Rc::new(Shared {
            next: Cell::new(Next::Pend),
            waker: RefCell::new(None),
            panics_on_drop: Cell::new(false),
        }))
    });
    let children = std::array::from_fn(|number| {
        let control: &Control = &controls[number];
        Probe {
            number,
            log: log.clone(),
            shared: Rc::clone(&control.0),
            address: Cell::new(ptr::null()),
            over: Cell::new(false),
            _pinned: PhantomPinned,
        }
    });
    (children, controls, log)
}

/// Runs `f`, which must panic, and gives the message.
pub(crate) fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let payload: Box<dyn Any + Send> = catch_unwind(AssertUnwindSafe(f)).err().expect("should panic");
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast::<&str>().expect("a message")).to_owned(),
    }
}
