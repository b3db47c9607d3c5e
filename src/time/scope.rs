//! The future that runs inside of a clock's scope.
//!
//! For the system's clock that is all it does, and for one whose time somebody else moves. For any other virtual one it
//! also tells the clock whether there is anything left to do before time may go on. A scope is *runnable* from when it is
//! made until its first poll ends with `Pending`, and from each wake until the poll after that does. To see wakes, it
//! polls its future with a waker of its own.
//!
//! | phase | counted as runnable | a wake makes it |
//! |---|---|---|
//! | `IDLE` | no | `WOKEN`, and counts it |
//! | `WOKEN` | yes | nothing |
//! | `POLLING`, or being dropped | yes | `WOKEN` |
//! | `DONE` | no | nothing |
//!
//! The count goes up before the executor hears of the wake, so that there is no moment at which a task has been woken
//! and time could still go on.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use futures_core::FusedFuture;

use super::clock::{Setting, Source};
use super::virtual_time::{Scopes, Shared};
use crate::internal::atomic_waker::AtomicWaker;
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;
use crate::internal::shim::atomic::{AtomicU8, Ordering};

const IDLE: u8 = 0;
const WOKEN: u8 = 1;
const POLLING: u8 = 2;
const DONE: u8 = 3;

pin_project! {
    /// Runs a future inside of a clock's scope; from [`Clock::scope`](super::Clock::scope) and
    /// [`VirtualClock::scope`](super::VirtualClock::scope).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future.
    ///
    /// # Allocation
    ///
    /// None for the system's clock. One for a virtual one whose time goes on by itself.
    #[must_use = "futures do nothing unless polled"]
    pub struct Scope<F> {
        #[pin]
        future: Live<F>,
        setting: Setting,
        // Goes after the future: only then the scope counts as done.
        task: Option<Task>,
    }

    impl<F> PinnedDrop for Scope<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // It counts as runnable until all of it is gone: what the future lets go of first, a guard that held time, say,
            // must not move time to where another part of it still waits.
            if let Some(task) = this.task {
                task.state.begin();
            }
            // What is dropped in the scope runs in it, too.
            this.setting.enter(|| this.future.set(Live::over()));
        }
    }
}

impl<F: Future> Scope<F> {
    pub(super) fn new(setting: Setting, future: F) -> Self {
        let task = match &setting.source {
            Source::System => None,
            Source::Virtual(shared) => shared.counts_scopes().then(|| Task::new(Arc::clone(shared))),
        };
        Self { future: Live::new(future), setting, task }
    }
}

impl<F: Future> Future for Scope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let (future, setting) = (this.future, &*this.setting);
        let poll = |cx: &mut Context<'_>| setting.enter(|| future.poll("Scope", |future| future.poll(cx)));
        match this.task {
            None => poll(cx),
            Some(task) => task.poll(cx, poll),
        }
    }
}

impl<F: Future> FusedFuture for Scope<F> {
    fn is_terminated(&self) -> bool {
        self.future.is_over()
    }
}

impl<F> fmt::Debug for Scope<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.future.debug("Scope", f)
    }
}

/// The scope's share in a virtual clock; dropping it ends that.
pub(super) struct Task {
    state: Arc<State>,
    waker: Waker,
}

struct State {
    clock: Arc<Shared>,
    /// Changed under the clock's lock, together with its counts.
    phase: AtomicU8,
    /// Who polls the scope.
    outer: AtomicWaker,
}

impl State {
    /// Changes the phase, and whatever `change` says of the counts. It is given the phase, and gives the next.
    fn update(&self, change: impl FnOnce(u8, &mut Scopes) -> u8) {
        // ORDERING: the clock's lock orders all accesses.
        self.clock.update(|scopes| {
            let phase = change(self.phase.load(Ordering::Relaxed), scopes);
            self.phase.store(phase, Ordering::Relaxed);
        });
    }

    /// The future runs: it is being polled, or dropped.
    fn begin(&self) {
        self.update(|phase, scopes| {
            // Nobody woke it.
            scopes.runnable += usize::from(phase == IDLE);
            if phase == DONE { DONE } else { POLLING }
        });
    }

    /// The scope will not be polled any more.
    fn end(&self) {
        self.update(|phase, scopes| {
            scopes.alive -= usize::from(phase != DONE);
            scopes.runnable -= usize::from(matches!(phase, WOKEN | POLLING));
            DONE
        });
    }
}

impl Task {
    pub(super) fn new(clock: Arc<Shared>) -> Self {
        clock.update(|scopes| {
            scopes.alive += 1;
            scopes.runnable += 1;
        });
        let state = Arc::new(State { clock, phase: AtomicU8::new(WOKEN), outer: AtomicWaker::new() });
        let waker = Waker::from(Arc::clone(&state));
        Self { state, waker }
    }

    pub(super) fn poll<T>(&self, cx: &mut Context<'_>, poll: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        /// Ends the scope, unless it is forgotten because the poll ended with `Pending`.
        struct End<'a>(&'a State);

        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.end();
            }
        }

        let state = &*self.state;
        // Before the phase changes: a wake that finds the phase `POLLING` wakes the one who is here now.
        state.outer.register(cx.waker());
        state.begin();
        let end = End(state);
        let result = poll(&mut Context::from_waker(&self.waker));
        if result.is_pending() {
            core::mem::forget(end);
            state.update(|phase, scopes| {
                scopes.runnable -= usize::from(phase == POLLING);
                if phase == POLLING { IDLE } else { phase }
            });
        }
        result
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.state.end();
        // It may keep the executor's task alive, and with it whatever keeps us.
        drop(self.state.outer.take());
    }
}

impl Wake for State {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.update(|phase, scopes| {
            scopes.runnable += usize::from(phase == IDLE);
            if matches!(phase, IDLE | POLLING) { WOKEN } else { phase }
        });
        // Whatever the phase was. If it has been woken already, that wake may still be on its way to the executor, and
        // this one must not return before a wake that comes after what it announces has been delivered.
        self.outer.wake();
    }
}
