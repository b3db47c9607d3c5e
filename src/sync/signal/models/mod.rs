//! loom models: what threads may do to each other through one signal.
//!
//! Each ends by checking that nothing is lost or left over, and that nobody is left in the queue.

mod condvar;
mod meeting;
mod notify;
mod once;

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::boxed::Box;
use std::sync::Arc;

use loom::thread;

use super::{Signal, WAITERS};
use crate::sync::Notify;

/// How often the scheduler may interrupt a thread that could go on.
const PREEMPTIONS: usize = 3;

/// Polls once, in a task that has its own waker each time.
fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    struct Nobody;
    impl std::task::Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }
    future.poll(&mut Context::from_waker(&Arc::new(Nobody).into()))
}

fn assert_idle(signal: &Signal) {
    assert_eq!(signal.waiters(), 0);
    assert_eq!(signal.word() & WAITERS, 0);
}

/// Takes the permit, if there is one.
fn take_permit(notify: &Notify) -> bool {
    poll_once(Box::pin(notify.notified()).as_mut()).is_ready()
}

fn spawn<T: 'static>(shared: &Arc<T>, body: impl FnOnce(Arc<T>) + 'static) -> thread::JoinHandle<()> {
    let shared = Arc::clone(shared);
    thread::spawn(move || body(shared))
}
