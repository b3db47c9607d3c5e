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
    waiter: Option<Waker>,
}

pub struct Wait<'a> {
    signal: &'a Signal,
}

impl Signal {
    pub fn set(&self) {
        let mut state = self.state.lock().unwrap();
        state.set = true;
        if let Some(waiter) = state.waiter.take() {
            waiter.wake();
        }
    }

    pub fn is_set(&self) -> bool {
        self.state.lock().unwrap().set
    }

    pub fn wait(&self) -> Wait<'_> {
        Wait { signal: self }
    }
}

impl Future for Wait<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.signal.state.lock().unwrap();
        if mem::take(&mut state.set) {
            return Poll::Ready(());
        }
        state.waiter.get_or_insert_with(|| cx.waker().clone());
        Poll::Pending
    }
}
