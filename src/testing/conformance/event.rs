//! What the cases wait for: something that happens, on whatever thread.

use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::future::{Future, poll_fn};
use core::task::{Poll, Waker};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Something that happens, for any number of tasks on any runtime to wait for.
#[derive(Clone, Default)]
pub(super) struct Event(Arc<State>);

#[derive(Default)]
struct State {
    /// How often it has happened, and who waits for the first time.
    times: Mutex<(usize, Vec<Waker>)>,
}

impl State {
    fn lock(&self) -> MutexGuard<'_, (usize, Vec<Waker>)> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Event {
    pub(super) fn set(&self) {
        self.0.wake_by_ref();
    }

    /// How often it has happened.
    pub(super) fn times(&self) -> usize {
        self.0.lock().0
    }

    pub(super) fn wait(&self) -> impl Future<Output = ()> + Send + use<> {
        let state = Arc::clone(&self.0);
        poll_fn(move |cx| {
            let waker = cx.waker().clone();
            let mut state = state.lock();
            if state.0 > 0 {
                return Poll::Ready(());
            }
            state.1.push(waker);
            Poll::Pending
        })
    }

    /// A waker that sets it.
    pub(super) fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.0))
    }
}

impl Wake for State {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let wakers = {
            let mut state = self.lock();
            state.0 += 1;
            core::mem::take(&mut state.1)
        };
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// Sets an event when it is dropped.
pub(super) struct OnDrop(pub(super) Event);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.set();
    }
}
