//! The future that waits for a signal, and the shape that all typed ones share.

#![allow(unsafe_code, reason = "the queue links the waiter inside of the pinned future")]

use core::cell::UnsafeCell;
use core::marker::PhantomPinned;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Poll, Waker};

use super::{Entered, Outcome, Source, Waiter};
use crate::internal::live::polled_after_completion;
use crate::internal::watch::{self, Wait};
use crate::sync::observe::{Ending, Site, WaitNote};

/// How the waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It never began.
    Passed,
    /// Everybody who waited was let go.
    Released,
    /// This one was let go, out of all who waited: whoever gets this answer and has no use for it calls
    /// [`Source::pass_on`].
    Granted {
        /// Whether it was the last in the queue rather than the first.
        from_back: bool,
    },
}

/// Waits for what `source` says.
///
/// Nothing is written to `waiter` until it must queue, and the fields keep their order, for the same reasons as in
/// [`RawAcquire`](crate::sync::raw::RawAcquire).
#[repr(C)]
pub(crate) struct RawWait<S: Source> {
    source: S,
    phase: Phase,
    waiter: UnsafeCell<MaybeUninit<Waiter>>,
    note: WaitNote,
    /// The queue holds pointers to `waiter`.
    _pinned: PhantomPinned,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Not in the queue.
    Fresh,
    /// `waiter` is initialised and was linked, and the answer has not been given.
    Queued,
    /// The answer has been given.
    Done,
}

// SAFETY: `waiter` is the part that is not `Send` and `Sync` by itself. The queue's lock and the atomic outcome guard it
// against whoever serves the queue; for the owner it is a plain field, reached through `&mut self` alone.
unsafe impl<S: Source + Send> Send for RawWait<S> {}
// SAFETY: as above; `&RawWait` gives access to the source, and to whether it is done.
unsafe impl<S: Source + Sync> Sync for RawWait<S> {}

impl<S: Source> RawWait<S> {
    /// The wait is asked for at `site`.
    #[inline]
    pub(crate) fn new(source: S, site: Site) -> Self {
        Self {
            source,
            phase: Phase::Fresh,
            waiter: UnsafeCell::new(MaybeUninit::uninit()),
            note: WaitNote::new(site),
            _pinned: PhantomPinned,
        }
    }

    pub(crate) fn source(&self) -> &S {
        &self.source
    }

    #[inline]
    pub(crate) fn site(&self) -> Site {
        self.note.site()
    }

    #[inline]
    pub(crate) fn is_terminated(&self) -> bool {
        self.phase == Phase::Done
    }

    /// Waits once.
    ///
    /// # Panics
    ///
    /// If it has given its answer already; `name` is what the user calls it.
    #[inline]
    pub(crate) fn poll(self: Pin<&mut Self>, waker: &Waker, name: &'static str) -> Poll<Answer> {
        if self.phase == Phase::Done {
            polled_after_completion(name);
        }
        self.poll_and_note(waker, name)
    }

    /// Waits for a lasting state: it stays ready.
    #[inline]
    pub(crate) fn poll_lasting(self: Pin<&mut Self>, waker: &Waker, name: &'static str) -> Poll<()> {
        if self.phase == Phase::Done {
            return Poll::Ready(());
        }
        self.poll_and_note(waker, name).map(|_| ())
    }

    /// Queues without a waker, so that nobody is woken. Says whether the wait is over.
    #[inline]
    pub(crate) fn enable(self: Pin<&mut Self>, name: &'static str) -> bool {
        self.phase == Phase::Done || self.poll_unless_done(None, name).is_ready()
    }

    #[inline]
    fn poll_and_note(mut self: Pin<&mut Self>, waker: &Waker, name: &'static str) -> Poll<Answer> {
        let answer = self.as_mut().poll_unless_done(Some(waker), name);
        if answer.is_pending() {
            watch::waits(|| {
                let of = core::ptr::from_ref(self.source.signal()).addr();
                Wait::Permits { future: name, of, want: 1 }
            });
        }
        answer
    }

    #[inline]
    fn poll_unless_done(self: Pin<&mut Self>, waker: Option<&Waker>, name: &'static str) -> Poll<Answer> {
        // SAFETY: nothing is moved out.
        let this = unsafe { self.get_unchecked_mut() };
        match this.phase {
            Phase::Queued => this.poll_queued(waker),
            _ if this.source.signal().try_pass(&this.source) => {
                this.phase = Phase::Done;
                Poll::Ready(Answer::Passed)
            }
            _ => this.enter(waker, name),
        }
    }

    /// The first poll, where it has to wait. `self` is pinned.
    #[cold]
    #[inline(never)]
    fn enter(&mut self, waker: Option<&Waker>, name: &'static str) -> Poll<Answer> {
        let waiter = self.waiter();
        // The waker is cloned here, outside of the lock.
        let waker = waker.unwrap_or(Waker::noop()).clone();
        // SAFETY: nobody else knows of `waiter` yet.
        unsafe { waiter.write(Waiter::new(0, waker)) };
        // SAFETY: `waiter` is fresh. `self` is pinned, and does not go away without `Drop`, which leaves the queue.
        let entered = unsafe { self.source.signal().enter(&self.source, waiter) };
        if let Entered::Waiting = entered {
            self.phase = Phase::Queued;
            let signal = self.source.signal();
            // SAFETY: as above; `leave` and what follows the outcome tell of it before `waiter` goes.
            unsafe { self.note.waits(signal.identity(), name, 1, waiter, || signal.waiters()) };
            return Poll::Pending;
        }
        self.phase = Phase::Done;
        let waiter = DropWaiter(waiter);
        if let Entered::PassedWithAll = entered {
            self.source.signal().wake_leaving();
        }
        let took = matches!(entered, Entered::Passed { took: true });
        let unused = PassOn(&self.source, took.then_some(false));
        drop(waiter);
        core::mem::forget(unused);
        Poll::Ready(Answer::Passed)
    }

    #[inline]
    fn poll_queued(&mut self, waker: Option<&Waker>) -> Poll<Answer> {
        // SAFETY: initialised when it was queued.
        let node = unsafe { self.waiter().as_ref() };
        if node.outcome() == Outcome::Waiting && self.still_waits(waker) {
            return Poll::Pending;
        }
        let answer = match node.outcome() {
            Outcome::Granted => Answer::Granted { from_back: node.granted_from_back() },
            Outcome::Closed | Outcome::Waiting => Answer::Released,
        };
        // Whoever took the waiter out took its waker too, and there is nothing else in it to be dropped.
        self.phase = Phase::Done;
        self.tell_the_end(answer);
        Poll::Ready(answer)
    }

    #[inline]
    fn tell_the_end(&mut self, answer: Answer) {
        let identity = self.source.signal().identity();
        self.note.leaves(identity);
        let from_back = match answer {
            Answer::Granted { from_back } => Some(from_back),
            Answer::Passed | Answer::Released => None,
        };
        let unused = PassOn(&self.source, from_back);
        self.note.tell_the_end(identity, Ending::Had);
        core::mem::forget(unused);
    }

    #[cold]
    #[inline(never)]
    fn still_waits(&self, waker: Option<&Waker>) -> bool {
        // SAFETY: the caller has found it queued, and we own it.
        unsafe { self.source.signal().still_waits(self.waiter(), waker) }
    }

    fn waiter(&self) -> NonNull<Waiter> {
        // SAFETY: a cell's pointer is not null.
        unsafe { NonNull::new_unchecked(self.waiter.get().cast()) }
    }
}

/// Passes on what was taken, or granted from the back or not, if foreign code unwinds; forgotten otherwise.
struct PassOn<'a, S: Source>(&'a S, Option<bool>);

impl<S: Source> Drop for PassOn<'_, S> {
    fn drop(&mut self) {
        if let Some(from_back) = self.1 {
            self.0.pass_on(from_back);
        }
    }
}

/// Drops the waiter of a future that is done with it, whatever unwinds meanwhile. Made only where the waiter is
/// initialised, and not linked or about to be taken out.
struct DropWaiter(NonNull<Waiter>);

impl Drop for DropWaiter {
    fn drop(&mut self) {
        // SAFETY: by then the waiter is initialised, unlinked, and not used again.
        unsafe { self.0.drop_in_place() };
    }
}

impl<S: Source> Drop for RawWait<S> {
    #[inline]
    fn drop(&mut self) {
        if self.phase == Phase::Queued {
            leave(self);
        }
    }
}

#[cold]
#[inline(never)]
fn leave<S: Source>(wait: &mut RawWait<S>) {
    let identity = wait.source.signal().identity();
    wait.note.leaves(identity);
    let waiter = DropWaiter(wait.waiter());
    // SAFETY: the phase says that it was linked, and it has not been freed.
    let waker = unsafe { wait.source.signal().leave(waiter.0) };
    // SAFETY: as above.
    let node = unsafe { waiter.0.as_ref() };
    // Others first: dropping the waker runs foreign code, which may panic.
    if node.outcome() == Outcome::Granted {
        wait.source.pass_on(node.granted_from_back());
    }
    drop(waker);
    drop(waiter);
    wait.note.tell_the_end(identity, Ending::GivenUp);
}

/// Declares a typed future over a [`RawWait`]: the struct, `Future`, `FusedFuture` and `Debug`.
///
/// It is a macro for the same reason as [`acquire_future`](crate::sync::raw::acquire_future). A `lasting` one stays
/// ready; the others turn the source and the answer into their output, once.
macro_rules! wait_future {
    (
        $(#[$meta:meta])*
        $name:ident [$($param:tt)*] [$($arg:tt)*] of $source:ty => lasting;
    ) => {
        $crate::sync::signal::wait_future! {
            @ $(#[$meta])* $name [$($param)*] [$($arg)*] of $source => ();
            |wait: core::pin::Pin<&mut $crate::sync::signal::RawWait<$source>>, cx: &mut core::task::Context<'_>| {
                wait.poll_lasting(cx.waker(), stringify!($name))
            }
        }
    };
    (
        $(#[$meta:meta])*
        $name:ident [$($param:tt)*] [$($arg:tt)*] of $source:ty => $output:ty;
        $done:expr;
    ) => {
        $crate::sync::signal::wait_future! {
            @ $(#[$meta])* $name [$($param)*] [$($arg)*] of $source => $output;
            |mut wait: core::pin::Pin<&mut $crate::sync::signal::RawWait<$source>>, cx: &mut core::task::Context<'_>| {
                wait.as_mut().poll(cx.waker(), stringify!($name)).map(|answer| $done(wait.source(), answer))
            }
        }
    };
    (
        @ $(#[$meta:meta])*
        $name:ident [$($param:tt)*] [$($arg:tt)*] of $source:ty => $output:ty;
        $poll:expr
    ) => {
        $crate::internal::pin_project::pin_project! {
            $(#[$meta])*
            #[must_use = "futures do nothing unless polled"]
            pub struct $name <$($param)*> {
                #[pin]
                wait: $crate::sync::signal::RawWait<$source>,
            }
        }

        impl<$($param)*> $name <$($arg)*> {
            #[inline]
            fn new(source: $source, site: $crate::sync::observe::Site) -> Self {
                Self { wait: $crate::sync::signal::RawWait::new(source, site) }
            }
        }

        impl<$($param)*> core::future::Future for $name <$($arg)*> {
            type Output = $output;

            #[inline]
            fn poll(
                self: core::pin::Pin<&mut Self>,
                cx: &mut core::task::Context<'_>,
            ) -> core::task::Poll<$output> {
                ($poll)(self.project().wait, cx)
            }
        }

        impl<$($param)*> futures_core::FusedFuture for $name <$($arg)*> {
            fn is_terminated(&self) -> bool {
                self.wait.is_terminated()
            }
        }

        impl<$($param)*> core::fmt::Debug for $name <$($arg)*> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("is_terminated", &self.wait.is_terminated())
                    .finish_non_exhaustive()
            }
        }
    };
}
pub(crate) use wait_future;
