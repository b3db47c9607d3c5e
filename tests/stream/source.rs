//! A source that the test steers.

use std::any::Any;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use anywhen::stream::Stream;

/// What a source does next.
enum Next<T> {
    Give(T),
    End,
    Panic,
}

struct State<T> {
    next: VecDeque<Next<T>>,
    waker: Option<Waker>,
    polls: usize,
}

/// Steers a source.
pub(crate) struct Control<T>(Rc<RefCell<State<T>>>);

impl<T> Control<T> {
    fn then(&self, next: Next<T>) {
        let mut state = self.0.borrow_mut();
        state.next.push_back(next);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(crate) fn give(&self, item: T) {
        self.then(Next::Give(item));
    }

    pub(crate) fn end(&self) {
        self.then(Next::End);
    }

    pub(crate) fn panic(&self) {
        self.then(Next::Panic);
    }

    /// How often the source was polled.
    pub(crate) fn polls(&self) -> usize {
        self.0.borrow().polls
    }

    /// Whether the source is gone.
    pub(crate) fn is_alone(&self) -> bool {
        Rc::strong_count(&self.0) == 1
    }
}

/// A stream that gives what it is told to.
pub(crate) struct Source<T> {
    state: Rc<RefCell<State<T>>>,
    over: bool,
}

impl<T> Stream for Source<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        assert!(!self.over, "a source was polled after its end");
        let mut state = self.state.borrow_mut();
        state.polls += 1;
        let next = state.next.pop_front();
        if next.is_none() {
            state.waker = Some(cx.waker().clone());
        }
        drop(state);
        match next {
            None => Poll::Pending,
            Some(Next::Give(item)) => Poll::Ready(Some(item)),
            Some(Next::End) => {
                self.over = true;
                Poll::Ready(None)
            }
            Some(Next::Panic) => {
                self.over = true;
                panic!("the source panics")
            }
        }
    }
}

/// A source, and what steers it.
pub(crate) fn source<T>() -> (Source<T>, Control<T>) {
    let state = Rc::new(RefCell::new(State { next: VecDeque::new(), waker: None, polls: 0 }));
    (Source { state: Rc::clone(&state), over: false }, Control(state))
}

/// Runs `f`, which must panic, and gives the message.
pub(crate) fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let payload: Box<dyn Any + Send> = catch_unwind(AssertUnwindSafe(f)).err().expect("should panic");
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast::<&str>().expect("a message")).to_owned(),
    }
}

/// All that a stream gives which is never pending, but to let others have a turn.
pub(crate) fn all<St: Stream>(items: St) -> Vec<St::Item> {
    anywhen::rt::Std.block_on(anywhen::stream::StreamExt::collect(items))
}
