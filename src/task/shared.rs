//! What a task shares with its handles: three bits, a place for the outcome, and two wakers.
//!
//! Three parties meet here. The **runner** is whatever the runtime was handed, the one owner of the future or closure.
//! The **joiner** is the [`JoinHandle`](super::JoinHandle), one at most. **Aborters** are any number of threads.
//!
//! | bit | set by | means |
//! |---|---|---|
//! | `HELD` | set at first, cleared by the joiner if it goes without the outcome | somebody wants the outcome |
//! | `DONE` | the runner, once, last of all | the outcome is in place, what was run is dropped |
//! | `ABORT` | aborters | the runner shall stop when it next looks |
//!
//! Who owns `outcome`:
//!
//! * Until `DONE`, the runner. It writes once, then sets the bit.
//! * From then on the joiner, if `HELD` was set at that moment; else the runner, which drops it.
//!
//! Both bits change by read-modify-writes on one word, so the runner and a joiner that goes agree on who was first.
//!
//! The waits follow the pattern of [`AtomicWaker`]: the joiner registers and then looks for `DONE`; the runner registers
//! (with the runtime's waker, when its future is pending) and then looks for `ABORT`. The runner takes its waker out
//! when it is done: that waker may hold the runtime's task, which holds the runner, which holds this.

#![allow(unsafe_code, reason = "the place for the outcome changes its owner by the bits beside it")]

use core::task::{Poll, Waker};

use super::JoinError;
use crate::internal::atomic_waker::AtomicWaker;
use crate::internal::shim::UnsafeCell;
use crate::internal::shim::atomic::AtomicU8;
use crate::internal::shim::atomic::Ordering::{AcqRel, Acquire, Release};
use crate::internal::unwind::quietly;
#[cfg(feature = "testing")]
use crate::internal::watch;

/// How a task ended.
pub(super) type Outcome<T> = Result<T, JoinError>;

const HELD: u8 = 1;
const DONE: u8 = 2;
const ABORT: u8 = 4;

pub(super) struct Shared<T> {
    state: AtomicU8,
    outcome: UnsafeCell<Option<Outcome<T>>>,
    /// Who awaits the handle.
    joiner: AtomicWaker,
    /// The runtime's waker for the runner.
    runner: AtomicWaker,
}

// SAFETY: `outcome` is touched by one party at a time, as told above, and moves from the runner's thread to the
// joiner's, for which `T: Send` is enough: no two threads ever refer to the same `T`.
unsafe impl<T: Send> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    pub(super) fn new() -> Self {
        Self {
            state: AtomicU8::new(HELD),
            outcome: UnsafeCell::new(None),
            joiner: AtomicWaker::new(),
            runner: AtomicWaker::new(),
        }
    }

    /// Tells this task from all others that are alive, to the test executor.
    pub(super) fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    /// For the runner: whether it shall stop.
    pub(super) fn is_aborted(&self) -> bool {
        // ORDERING: Acquire, so that what the aborter did before is seen by the destructors that follow.
        self.state.load(Acquire) & ABORT != 0
    }

    /// For the runner, whose future is pending: has an abort wake `waker`. Says whether it shall stop at once.
    pub(super) fn register_runner(&self, waker: &Waker) -> bool {
        self.runner.register(waker);
        self.is_aborted()
    }

    /// For the runner, which has dropped what it ran: this is the end. `registered` says whether its waker is here.
    ///
    /// # Safety
    ///
    /// To be called once, by the runner alone.
    pub(super) unsafe fn complete(&self, outcome: Outcome<T>, registered: bool) {
        #[cfg(feature = "testing")]
        if let Some(error) = outcome.as_ref().err().filter(|error| error.is_panic()) {
            watch::panicked(self.address(), || alloc::string::ToString::to_string(error));
        }
        // SAFETY: `DONE` is not set, as this is called once: the runner owns the place. It was empty: nothing is dropped.
        self.outcome.with_mut(|place| unsafe { *place = Some(outcome) });
        // ORDERING: Release hands the outcome to the joiner. If that has gone, it has left nothing for us to see.
        let before = self.state.fetch_or(DONE, Release);
        if registered {
            quietly(|| drop(self.runner.take()));
        }
        if before & HELD != 0 {
            quietly(|| self.joiner.wake());
        } else {
            // SAFETY: nobody held the handle when `DONE` was set: the place is still the runner's.
            let outcome = unsafe { self.take_outcome() };
            quietly(|| drop(outcome));
        }
    }

    /// For the joiner: the outcome, or `waker` will be woken.
    ///
    /// # Safety
    ///
    /// To be called by the joiner alone, and after it gave `Ready` no more.
    pub(super) unsafe fn poll_join(&self, waker: &Waker) -> Poll<Outcome<T>> {
        if !self.is_done() {
            self.joiner.register(waker);
            if !self.is_done() {
                return Poll::Pending;
            }
            // Too late to be woken, perhaps: then the waker is not left behind.
            drop(self.joiner.take());
        }
        // SAFETY: `DONE` is set, and the joiner, which is us, holds the handle: the place is ours.
        let outcome = unsafe { self.take_outcome() }.expect("the outcome is taken once");
        #[cfg(feature = "testing")]
        if outcome.as_ref().is_err_and(JoinError::is_panic) {
            watch::observed(self.address());
        }
        Poll::Ready(outcome)
    }

    /// For the joiner: it goes without the outcome.
    ///
    /// # Safety
    ///
    /// To be called by the joiner alone, as the last of its calls.
    pub(super) unsafe fn release(&self) {
        // ORDERING: Acquire, if the runner was first, takes the outcome over. Release, if we are, puts all we did before
        // whatever the runner does with it.
        let before = self.state.fetch_and(!HELD, AcqRel);
        quietly(|| drop(self.joiner.take()));
        if before & DONE != 0 {
            // SAFETY: `DONE` was set while the handle was held: the place is the joiner's.
            let outcome = unsafe { self.take_outcome() };
            quietly(|| drop(outcome));
        }
    }

    /// # Safety
    ///
    /// The caller owns the place.
    unsafe fn take_outcome(&self) -> Option<Outcome<T>> {
        // SAFETY: the caller owns the place.
        self.outcome.with_mut(|place| unsafe { (*place).take() })
    }
}

/// What can be done to a task of any output.
pub(super) trait Abort {
    fn abort(&self);
    fn is_done(&self) -> bool;
}

impl<T> Abort for Shared<T> {
    fn abort(&self) {
        // ORDERING: Release, so that the runner's destructors see what the aborter did before. The wake is found by a
        // runner that registers later, or finds one that has.
        let before = self.state.fetch_or(ABORT, Release);
        if before & (DONE | ABORT) == 0 {
            self.runner.wake();
        }
    }

    fn is_done(&self) -> bool {
        // ORDERING: Acquire, so that the outcome and all effects of the task are seen by whoever sees that it is done.
        self.state.load(Acquire) & DONE != 0
    }
}

#[cfg(all(test, anywhen_loom))]
mod models {
    use alloc::boxed::Box;
    use alloc::sync::Arc;
    use alloc::task::Wake;
    use alloc::vec::Vec;
    use core::pin::Pin;
    use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use core::task::Context;

    use loom::thread;

    use super::*;
    use crate::internal::shim::model;
    use crate::rt::{Handle, Runtime, Std};
    use crate::task::run::Run;
    use crate::task::{AbortHandle, JoinHandle};

    /// Counts what happens to it: wakes if it is a waker, drops if it is a value.
    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    struct Value(Arc<Count>);

    impl Drop for Value {
        fn drop(&mut self) {
            self.0.0.fetch_add(1, SeqCst);
        }
    }

    type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn start<F>(future: F) -> (JoinHandle<F::Output>, Task)
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let shared = Arc::new(Shared::new());
        let run = Run::new(future, shared.clone(), Handle::from_static(&Std));
        (JoinHandle::new(shared), Box::pin(run))
    }

    /// Polls like an executor: again only after a wake. If the task is left waiting, gives how often it had been woken
    /// before its last poll.
    fn drive(task: &mut Task, count: &Arc<Count>) -> Result<(), usize> {
        let waker = Arc::clone(count).into();
        loop {
            let wakes = count.0.load(SeqCst);
            if task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                return Ok(());
            }
            if count.0.load(SeqCst) == wakes {
                return Err(wakes);
            }
            thread::yield_now();
        }
    }

    #[test]
    fn the_output_reaches_a_joiner_that_waits_or_looks() {
        model("task: complete against poll of the handle", 3, || {
            let drops = Arc::new(Count::default());
            let value = Value(drops.clone());
            let (mut handle, mut run) = start(async move { value });
            let runner = thread::spawn(move || drive(&mut run, &Arc::default()).unwrap());
            let joiner = Arc::new(Count::default());
            let waker = joiner.clone().into();
            let mut cx = Context::from_waker(&waker);
            let first = Pin::new(&mut handle).poll(&mut cx);
            runner.join().unwrap();
            match first {
                Poll::Ready(output) => drop(output.unwrap()),
                Poll::Pending => {
                    assert_eq!(joiner.0.load(SeqCst), 1);
                    assert!(Pin::new(&mut handle).poll(&mut cx).is_ready());
                }
            }
            assert_eq!(Arc::strong_count(&joiner), 2, "a handle that gave its output keeps no waker");
            drop(handle);
            drop(waker);
            assert_eq!(drops.0.load(SeqCst), 1);
            assert_eq!(Arc::strong_count(&joiner), 1, "no waker is left behind");
        });
    }

    #[test]
    fn the_output_is_dropped_once_whoever_goes_first() {
        model("task: complete against drop of the handle", 3, || {
            let drops = Arc::new(Count::default());
            let value = Value(drops.clone());
            let (mut handle, mut run) = start(async move { value });
            let joiner = Arc::new(Count::default());
            let waker = joiner.clone().into();
            let runner = thread::spawn(move || drive(&mut run, &Arc::default()).unwrap());
            let polled = Pin::new(&mut handle).poll(&mut Context::from_waker(&waker));
            drop(handle);
            drop(polled);
            runner.join().unwrap();
            drop(waker);
            assert_eq!(drops.0.load(SeqCst), 1);
            assert_eq!(Arc::strong_count(&joiner), 1, "no waker is left behind");
        });
    }

    /// Polls a task that never ends by itself on one thread while `aborters` threads abort it.
    fn abort_against_poll(aborters: usize) {
        let drops = Arc::new(Count::default());
        let value = Value(drops.clone());
        let (mut handle, mut run) = start(async move {
            let _value = value;
            core::future::pending::<()>().await;
        });
        let wakes = Arc::new(Count::default());
        let threads: Vec<_> = (0..aborters)
            .map(|_| {
                let abort: AbortHandle = handle.abort_handle();
                thread::spawn(move || abort.abort())
            })
            .collect();
        let ended = drive(&mut run, &wakes);
        for thread in threads {
            thread.join().unwrap();
        }
        if let Err(before) = ended {
            assert!(wakes.0.load(SeqCst) > before, "the abort was not heard");
            drive(&mut run, &wakes).unwrap();
        }
        assert_eq!(drops.0.load(SeqCst), 1);
        let waker = Waker::noop();
        let Poll::Ready(Err(error)) = Pin::new(&mut handle).poll(&mut Context::from_waker(waker)) else {
            panic!("aborted tasks are done");
        };
        assert!(error.is_cancelled());
        drop(run);
        assert_eq!(Arc::strong_count(&wakes), 1, "the runtime's waker is let go");
    }

    #[test]
    fn an_abort_is_always_heard() {
        model("task: abort against poll", 3, || abort_against_poll(1));
        model("task: two aborts against poll", 2, || abort_against_poll(2));
    }

    #[test]
    fn a_task_that_is_aborted_as_it_completes_ends_once() {
        model("task: complete against abort and drop of the handle", 2, || {
            let drops = Arc::new(Count::default());
            let value = Value(drops.clone());
            let (handle, mut run) = start(async move { value });
            let abort = handle.abort_handle();
            let aborter = thread::spawn(move || {
                abort.abort();
                drop(handle);
            });
            drive(&mut run, &Arc::default()).unwrap();
            aborter.join().unwrap();
            assert_eq!(drops.0.load(SeqCst), 1);
        });
    }

    #[test]
    fn a_task_that_the_runtime_drops_is_cancelled() {
        model("task: drop by the runtime against poll of the handle", 3, || {
            let (mut handle, run) = start(core::future::pending::<()>());
            let runtime = thread::spawn(move || {
                let _entered = Std.enter();
                drop(run);
            });
            let joiner = Arc::new(Count::default());
            let waker = joiner.clone().into();
            let mut cx = Context::from_waker(&waker);
            let first = Pin::new(&mut handle).poll(&mut cx);
            runtime.join().unwrap();
            let last = if first.is_ready() { first } else { Pin::new(&mut handle).poll(&mut cx) };
            assert!(matches!(last, Poll::Ready(Err(error)) if error.is_cancelled()));
        });
    }
}
