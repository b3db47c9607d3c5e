//! Children that follow a script, and what is seen of them.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;

/// How a child ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Succeeds,
    Fails,
    Panics,
}

/// What a child is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script {
    pub(crate) ending: Ending,
    /// Whether it is ready at its first poll.
    pub(crate) at_once: bool,
    /// How often it wakes itself, and is pending, before it is anything else.
    pub(crate) turns: u8,
}

/// Children, of whom most succeed.
pub(crate) fn scripts(count: std::ops::Range<usize>, fails: u32, panics: u32) -> impl Strategy<Value = Vec<Script>> {
    let ending = prop_oneof![
        24 => Just(Ending::Succeeds),
        fails => Just(Ending::Fails),
        panics => Just(Ending::Panics),
    ];
    let script = (ending, prop::bool::weighted(0.3), 0..3_u8);
    prop::collection::vec(script.prop_map(|(ending, at_once, turns)| Script { ending, at_once, turns }), count)
}

/// What was dropped: a child, or what it gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dropped {
    Child(usize),
    Output(usize),
}

/// All children of one side.
pub(crate) struct Family {
    states: Rc<Vec<State>>,
    dropped: Rc<RefCell<Vec<Dropped>>>,
}

struct State {
    script: Script,
    turns: Cell<u8>,
    ready: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Family {
    pub(crate) fn new(scripts: &[Script]) -> Self {
        let state = |script: &Script| State {
            script: *script,
            turns: Cell::new(script.turns),
            ready: Cell::new(script.at_once),
            waker: RefCell::new(None),
        };
        Self { states: Rc::new(scripts.iter().map(state).collect()), dropped: Rc::default() }
    }

    pub(crate) fn children(&self) -> Vec<Child> {
        let child =
            |number| Child { number, states: Rc::clone(&self.states), dropped: Rc::clone(&self.dropped), over: false };
        (0..self.states.len()).map(child).collect()
    }

    /// Makes a child ready, and wakes whoever waits for it. The number is taken modulo that of the children.
    pub(crate) fn release(&self, number: usize) {
        let state = &self.states[number % self.states.len()];
        state.ready.set(true);
        self.wake(number);
    }

    /// Wakes whoever waits for a child, for nothing.
    pub(crate) fn wake(&self, number: usize) {
        let waker = self.states[number % self.states.len()].waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(crate) fn release_all(&self) {
        (0..self.states.len()).for_each(|number| self.release(number));
    }

    /// What was dropped since the last time.
    pub(crate) fn dropped(&self) -> Vec<Dropped> {
        self.dropped.take()
    }
}

/// What a child gives.
pub(crate) struct Token {
    pub(crate) number: usize,
    dropped: Rc<RefCell<Vec<Dropped>>>,
}

impl Drop for Token {
    fn drop(&mut self) {
        self.dropped.borrow_mut().push(Dropped::Output(self.number));
    }
}

/// A child.
pub(crate) struct Child {
    pub(crate) number: usize,
    states: Rc<Vec<State>>,
    dropped: Rc<RefCell<Vec<Dropped>>>,
    over: bool,
}

impl Future for Child {
    type Output = Result<Token, Token>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(!self.over, "child {} was polled after its end", self.number);
        let state = &self.states[self.number];
        if state.turns.get() > 0 {
            state.turns.set(state.turns.get() - 1);
            *state.waker.borrow_mut() = Some(cx.waker().clone());
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if !state.ready.get() {
            *state.waker.borrow_mut() = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let token = Token { number: self.number, dropped: Rc::clone(&self.dropped) };
        let ending = state.script.ending;
        self.over = true;
        match ending {
            Ending::Succeeds => Poll::Ready(Ok(token)),
            Ending::Fails => Poll::Ready(Err(token)),
            Ending::Panics => panic!("child {} panics", self.number),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.dropped.borrow_mut().push(Dropped::Child(self.number));
    }
}
