use std::collections::VecDeque;
use std::mem;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

/// Each `set` lets one `wait` end: one that waits now, or else the next.
#[derive(Default)]
pub struct Signal {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    set: bool,
    /// Who waits, each under a number of its own.
    waiters: VecDeque<(u64, Waker)>,
    next: u64,
}

pub struct Wait<'a> {
    signal: &'a Signal,
    /// Its number, from the first `Pending` to the end.
    id: Option<u64>,
}

impl Signal {
    pub fn set(&self) {
        let mut state = self.state.lock().unwrap();
        state.set = true;
        let first = state.waiters.pop_front();
        drop(state);
        if let Some((_, waker)) = first {
            waker.wake();
        }
    }

    pub fn is_set(&self) -> bool {
        self.state.lock().unwrap().set
    }

    pub fn wait(&self) -> Wait<'_> {
        Wait { signal: self, id: None }
    }
}

impl State {
    /// Takes a waiter out of the queue, if it is there.
    fn remove(&mut self, id: u64) -> Option<(u64, Waker)> {
        let place = self.waiters.iter().position(|waiter| waiter.0 == id)?;
        self.waiters.remove(place)
    }
}

impl Future for Wait<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone(); // a waker is foreign code: never under the lock
        let mut state = self.signal.state.lock().unwrap();
        let old = self.id.and_then(|id| state.remove(id));
        if mem::take(&mut state.set) {
            drop(state);
            self.id = None;
            return Poll::Ready(());
        }
        let id = self.id.unwrap_or(state.next);
        if self.id.is_none() {
            state.next += 1;
        }
        state.waiters.push_back((id, waker));
        drop(state);
        drop(old);
        self.id = Some(id);
        Poll::Pending
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let Some(id) = self.id else { return };
        let mut state = self.signal.state.lock().unwrap();
        let own = state.remove(id);
        // It may have been woken for a signal that it will not take: that goes to the next.
        let next = if state.set { state.waiters.pop_front() } else { None };
        drop(state);
        drop(own);
        if let Some((_, waker)) = next {
            waker.wake();
        }
    }
}
