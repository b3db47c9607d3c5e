//! Who drives the system's wheel: looks at it when a deadline has come, and wakes.
//!
//! There are two candidates. A `block_on` of ours that has nothing to do is parked anyway, and may as well wait for the
//! next deadline; it is the *parked* driver, one at a time. And there is one *thread*, started when it is first needed,
//! which serves while nobody is parked.
//!
//! The state says of each until when it sleeps: it looks at the wheel at that instant, or earlier if it is called. The
//! one invariant is that **somebody looks at the wheel no later than the earliest deadline**, and it is kept by calling
//! the driver (unparking it, or starting the thread) whenever a deadline is registered that is earlier than what the
//! driver sleeps for, and whenever a parked driver leaves. A driver that has been called counts as looking at once, so
//! that it is not called twice.
//!
//! One registration is spared the call: where the waker is that of a `block_on` of ours on this very thread. That one is
//! polling, and will look at the wheel itself before it parks.

#![allow(unsafe_code, reason = "it hands entries on to the wheel")]

use alloc::sync::Arc;
use core::cell::RefCell;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::thread;

use super::Instant;
use crate::internal::lock::Lock;
use crate::internal::park::{Parker, with_parker};
use crate::internal::unwind::quietly;
use crate::internal::wake_batch::WakeBatch;
use crate::internal::wheel::{Entry, NEVER, Wheel};

#[cfg(not(anywhen_loom))]
static DRIVER: Lock<Driver> = Lock::new(Driver::new());
// loom's locks live in models only, and no model uses the system's clock.
#[cfg(anywhen_loom)]
static DRIVER: std::sync::LazyLock<Lock<Driver>> = std::sync::LazyLock::new(|| Lock::new(Driver::new()));

struct Driver {
    wheel: Wheel,
    thread: Thread,
    /// Until when the thread sleeps; 0 while it is about to look.
    thread_until: u64,
    /// The parked driver, if there is one.
    parked: Option<Arc<Parker>>,
    /// Until when that sleeps; 0 while it is about to look.
    parked_until: u64,
}

enum Thread {
    /// Nobody has needed it yet, or it could not be started.
    None,
    /// It will look as soon as it runs.
    Starting,
    Running(Arc<Parker>),
}

/// What is to be done, once the lock is released, to have somebody look at the wheel.
enum Call {
    Nobody,
    Unpark(Arc<Parker>),
    Start,
}

impl Driver {
    const fn new() -> Self {
        Self { wheel: Wheel::new(0), thread: Thread::None, thread_until: NEVER, parked: None, parked_until: NEVER }
    }

    /// Sees to it that somebody looks at the wheel no later than at `deadline`.
    fn call_for(&mut self, deadline: u64) -> Call {
        if let Some(parker) = &self.parked {
            if deadline >= self.parked_until {
                return Call::Nobody;
            }
            self.parked_until = 0;
            return Call::Unpark(Arc::clone(parker));
        }
        if deadline >= self.thread_until {
            return Call::Nobody;
        }
        match &self.thread {
            Thread::None => {
                self.thread = Thread::Starting;
                self.thread_until = 0;
                Call::Start
            }
            Thread::Starting => Call::Nobody,
            Thread::Running(parker) => {
                self.thread_until = 0;
                Call::Unpark(Arc::clone(parker))
            }
        }
    }

    /// The same for the earliest deadline there is.
    fn call_for_next(&mut self) -> Call {
        match self.wheel.next_deadline() {
            Some(next) => self.call_for(next),
            None => Call::Nobody,
        }
    }
}

impl Call {
    fn make(self) {
        match self {
            Self::Nobody => {}
            Self::Unpark(parker) => parker.unpark(),
            Self::Start => start_thread(),
        }
    }
}

/// For an entry's owner: reaches the wheel.
pub(super) fn with_wheel<R>(f: impl FnOnce(&mut Wheel) -> R) -> R {
    DRIVER.with(|driver| f(&mut driver.wheel))
}

/// Lets an entry wait; gives the waker back if its deadline has come.
///
/// # Safety
///
/// That of [`Wheel::insert`].
pub(super) unsafe fn register(entry: &Entry, waker: Waker) -> Result<(), Waker> {
    let spared = is_ours(&waker);
    let (result, call) = DRIVER.with(|driver| {
        // SAFETY: the caller's promise.
        let result = unsafe { driver.wheel.insert(entry, waker) };
        let call = if result.is_ok() && !spared { driver.call_for(entry.deadline()) } else { Call::Nobody };
        (result, call)
    });
    call.make();
    result
}

/// Gives a waiting entry another waker; the one that is not needed comes back.
///
/// # Safety
///
/// That of [`Wheel::replace_waker`].
pub(super) unsafe fn replace_waker(entry: &Entry, waker: Waker) -> Waker {
    let (old, call) = DRIVER.with(|driver| {
        // SAFETY: the caller's promise.
        let old = unsafe { driver.wheel.replace_waker(entry, waker) };
        // The call may have been spared for the waker before. If the entry has fired, this calls for nothing at worst.
        (old, driver.call_for(entry.deadline()))
    });
    call.make();
    old
}

/// Looks at the wheel until nothing is due, and wakes what was. Each look's result is decided by `after`, under the lock
/// of the last of them.
fn look<R>(mut after: impl FnMut(&mut Driver) -> R) -> R {
    let mut batch = WakeBatch::new();
    loop {
        let now = DRIVER.with(|driver| driver.wheel.next_deadline()).map(|_| Instant::now_system().as_nanos());
        let result = DRIVER.with(|driver| match now {
            Some(now) if driver.wheel.expire(now, &mut batch) => None,
            _ => Some(after(driver)),
        });
        // Whose waker it is that panics, this thread has nothing to do with it. The rest are woken all the same.
        quietly(|| batch.wake());
        if let Some(result) = result {
            return result;
        }
    }
}

/// How long to sleep until `until`.
fn timeout(until: u64) -> Option<core::time::Duration> {
    (until != NEVER).then(|| Instant::from_nanos(until) - Instant::now_system())
}

#[cold]
fn start_thread() {
    let started = thread::Builder::new().name("anywhen-timer".into()).spawn(run_thread);
    if let Err(error) = started {
        // The next registration tries again.
        DRIVER.with(|driver| {
            driver.thread = Thread::None;
            driver.thread_until = NEVER;
        });
        panic!("cannot start the timer thread: {error}");
    }
}

fn run_thread() {
    let parker = Parker::new();
    DRIVER.with(|driver| driver.thread = Thread::Running(Arc::clone(&parker)));
    loop {
        let until = look(|driver| {
            // A parked driver sees to the wheel, and calls us when it leaves.
            let next = if driver.parked.is_some() { None } else { driver.wheel.next_deadline() };
            driver.thread_until = next.unwrap_or(NEVER);
            driver.thread_until
        });
        if !parker.take() {
            parker.park(timeout(until));
        }
    }
}

std::thread_local! {
    /// The wakers of the `block_on`s that are polling on this thread; the last is the innermost.
    static OURS: RefCell<alloc::vec::Vec<Waker>> = const { RefCell::new(alloc::vec::Vec::new()) };
}

/// Whether `waker` is that of the innermost `block_on` on this thread, which is polling.
fn is_ours(waker: &Waker) -> bool {
    OURS.try_with(|ours| ours.borrow().last().is_some_and(|ours| ours.will_wake(waker))).unwrap_or(false)
}

/// Runs a future on this thread, which parks, and drives the system's wheel, while there is nothing to do.
///
/// Calls may nest.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    /// Takes the waker out again, be it because the future unwinds.
    struct Leave;

    impl Drop for Leave {
        fn drop(&mut self) {
            let _ = OURS.try_with(|ours| ours.borrow_mut().pop());
        }
    }

    let mut future = pin!(future);
    with_parker(|parker, waker| {
        let _ = OURS.try_with(|ours| ours.borrow_mut().push(waker.clone()));
        let _leave = Leave;
        let mut cx = Context::from_waker(waker);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            park(parker);
        }
    })
}

/// Waits until `parker` is woken, and drives the wheel meanwhile unless somebody else who is parked does.
fn park(parker: &Arc<Parker>) {
    /// Gives the role up, and calls whoever has to take it over.
    struct Leave<'a>(&'a Arc<Parker>);

    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            let call = DRIVER.with(|driver| {
                if !driver.parked.as_ref().is_some_and(|parked| Arc::ptr_eq(parked, self.0)) {
                    return Call::Nobody;
                }
                driver.parked = None;
                driver.call_for_next()
            });
            call.make();
        }
    }

    if parker.take() {
        return;
    }
    let _leave = Leave(parker);
    loop {
        let (until, call) = look(|driver| {
            if driver.parked.as_ref().is_some_and(|parked| !Arc::ptr_eq(parked, parker)) {
                // What we registered ourselves was not called for.
                return (NEVER, driver.call_for_next());
            }
            if driver.parked.is_none() {
                driver.parked = Some(Arc::clone(parker));
            }
            driver.parked_until = driver.wheel.next_deadline().unwrap_or(NEVER);
            (driver.parked_until, Call::Nobody)
        });
        call.make();
        if parker.take() {
            return;
        }
        parker.park(timeout(until));
        if parker.take() {
            return;
        }
    }
}
