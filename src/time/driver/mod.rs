//! Who drives the system's wheel: looks at it when a deadline has come, and wakes.
//!
//! There are two candidates. A `block_on` of ours that has nothing to do is parked anyway, and may as well wait for the
//! next deadline; it is the *parked* driver, one at a time. And there is one *thread*, started when it is first needed,
//! which serves while nobody is parked.
//!
//! The one invariant is that **somebody looks at the wheel no later than the earliest deadline**. It is kept by calling
//! the driver (unparking it, or starting the thread) whenever a deadline is registered that is earlier than what the
//! driver sleeps for, and when a parked driver leaves. The books on that are in `rota.rs`.
//!
//! Two things soften it, because what timers cost is threads that wake up: while a parked driver is away, the thread may be
//! late by a *grace*, once or twice (see there); and a thread that has just fired something does not sleep for less than its
//! [`REST`], so that a crowd of deadlines makes a batch.
//!
//! One registration is spared the call, for the time being: where the waker is that of a `block_on` of ours on this very
//! thread. That one is polling, nobody else has to see the timer fire, and it looks at the wheel itself before it parks.
//! If it is woken before it could, and polls again, the call is made up for: it may be busy for ever.
//!
//! A call is no more than an `unpark`, whose token lasts until the driver parks: between the look that decided until when
//! to park and the parking, no foreign code runs that could use the token up. That is why whoever has fired something
//! looks again.

#![allow(unsafe_code, reason = "it hands entries on to the wheel")]

mod rota;

use core::cell::Cell;
use core::future::Future;
use core::pin::pin;
use core::ptr;
use core::task::{Context, Poll, RawWakerVTable, Waker};
use std::io;
use std::thread::{self, Thread};

use self::rota::{Call, Rota};
use super::{Duration, Instant};
use crate::internal::lock::Lock;
use crate::internal::park::{Parker, with_parker};
use crate::internal::wake_batch::WakeBatch;
use crate::internal::wheel::{Entry, NEVER, Wheel};

#[cfg(not(anywhen_loom))]
static DRIVER: Lock<Driver> = Lock::new(Driver::new());
// loom's locks live in models only, and no model uses the system's clock.
#[cfg(anywhen_loom)]
static DRIVER: std::sync::LazyLock<Lock<Driver>> = std::sync::LazyLock::new(|| Lock::new(Driver::new()));

struct Driver {
    wheel: Wheel,
    rota: Rota<Handle>,
}

/// What a driver is called by.
#[derive(Clone)]
struct Handle(Thread);

impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        self.0.id() == other.0.id()
    }
}

impl Driver {
    const fn new() -> Self {
        Self { wheel: Wheel::new(0), rota: Rota::new() }
    }

    /// Does what `f` says of who is to look, given when somebody has to.
    fn with_next<R>(&mut self, f: impl FnOnce(&mut Rota<Handle>, u64) -> R) -> R {
        let next = self.wheel.next_deadline().unwrap_or(NEVER);
        f(&mut self.rota, next)
    }
}

impl Call<Handle> {
    /// Fails if the thread cannot be started. Then nobody has been called, and the next call tries again.
    fn make(self) -> io::Result<()> {
        match self {
            Self::Nobody => Ok(()),
            Self::Unpark(handle) => {
                handle.0.unpark();
                Ok(())
            }
            Self::Start => start_thread(),
        }
    }

    /// Makes it for an entry that waits. If that fails, the entry waits no more, so that it is not taken to be waited for.
    ///
    /// # Safety
    ///
    /// That of [`Wheel::remove`].
    #[inline]
    unsafe fn make_for(self, entry: &Entry) {
        match self {
            Self::Nobody => {}
            // SAFETY: the caller's promise.
            call => unsafe { call.make_or_withdraw(entry) },
        }
    }

    /// # Safety
    ///
    /// That of [`Wheel::remove`].
    #[cold]
    #[inline(never)]
    unsafe fn make_or_withdraw(self, entry: &Entry) {
        if let Err(error) = self.make() {
            // SAFETY: the caller's promise.
            drop(unsafe { remove(entry) });
            panic!("cannot start the timer thread: {error}");
        }
    }
}

/// Lets an entry wait; gives the waker back if its deadline has come.
///
/// # Safety
///
/// That of [`Wheel::insert`].
#[inline]
pub(super) unsafe fn register(entry: &Entry, waker: Waker) -> Result<(), Waker> {
    let spared = spare(&waker);
    let (result, call) = DRIVER.with(|driver| {
        // SAFETY: the caller's promise.
        let result = unsafe { driver.wheel.insert(entry, waker) };
        let call = if result.is_ok() && !spared { driver.rota.call_for(entry.deadline()) } else { Call::Nobody };
        (result, call)
    });
    // SAFETY: it has been inserted, or else there is no call.
    unsafe { call.make_for(entry) };
    result
}

/// Takes an entry out, and gives its waker, unless it has fired.
///
/// # Safety
///
/// That of [`Wheel::remove`].
#[inline(never)]
pub(super) unsafe fn remove(entry: &Entry) -> Option<Waker> {
    // SAFETY: the caller's promise.
    DRIVER.with(|driver| unsafe { driver.wheel.remove(entry) })
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
        (old, driver.rota.call_for(entry.deadline()))
    });
    // SAFETY: the caller's promise.
    unsafe { call.make_for(entry) };
    old
}

/// Looks at the wheel. Wakes what is due, and says `None`: look again, then. Where nothing is due, does what `settle` says
/// under the same lock, given the next deadline.
fn look<R>(settle: impl Fn(&mut Rota<Handle>, u64) -> R) -> Option<R> {
    // An empty wheel does not need to be told what time it is.
    let settled = DRIVER.with(|driver| driver.with_next(|rota, next| (next == NEVER).then(|| settle(rota, next))));
    if settled.is_some() {
        return settled;
    }
    let now = Instant::now_system().as_nanos();
    let mut batch = WakeBatch::new();
    let settled = DRIVER.with(|driver| {
        driver.wheel.expire(now, &mut batch);
        if batch.is_empty() { Some(driver.with_next(&settle)) } else { None }
    });
    // Whose waker it is that panics, this thread has nothing to do with it. The rest are woken all the same.
    batch.wake_quietly();
    settled
}

/// How long to sleep until `until`.
fn timeout(until: u64) -> Option<Duration> {
    (until != NEVER).then(|| Instant::from_nanos(until) - Instant::now_system())
}

#[cold]
fn start_thread() -> io::Result<()> {
    let started = thread::Builder::new().name("anywhen-timer".into()).spawn(run_thread);
    started.map(drop).inspect_err(|_| DRIVER.with(|driver| driver.rota.thread_failed()))
}

/// How long the thread sleeps at least, once it has fired something; unless it is called.
///
/// The kernel's own slack comes on top, 50 µs with Linux. Each time that the thread wakes costs some 10 µs, and half of that
/// the one whom it wakes; a deadline is late by half of the sum, in the middle of a crowd. One that stands alone is not.
const REST: Duration = Duration::from_micros(75);

fn run_thread() {
    let parker = Parker::new();
    DRIVER.with(|driver| driver.rota.thread_runs(Handle(parker.thread().clone())));
    let mut rest = Duration::ZERO;
    loop {
        match look(Rota::thread_sleeps) {
            Some(until) => {
                parker.park(timeout(until).map(|timeout| timeout.max(rest)));
                rest = Duration::ZERO;
            }
            None => rest = REST,
        }
    }
}

/// A waker's identity.
type Ours = (*const (), *const RawWakerVTable);

std::thread_local! {
    /// The waker of the innermost `block_on` on this thread, which is polling.
    static OURS: Cell<Ours> = const { Cell::new((ptr::null(), ptr::null())) };
    /// Whether a call was spared on this thread that has not been made up for.
    static SPARED: Cell<bool> = const { Cell::new(false) };
}

fn identity(waker: &Waker) -> Ours {
    (waker.data(), waker.vtable())
}

/// Whether `waker` is that of the innermost `block_on` on this thread, and no call need be made for it now.
fn spare(waker: &Waker) -> bool {
    let spared = OURS.try_with(|ours| ours.get() == identity(waker)).unwrap_or(false);
    spared && SPARED.try_with(|spared| spared.set(true)).is_ok()
}

/// Runs a future on this thread, which parks, and drives the system's wheel, while there is nothing to do.
///
/// Calls may nest.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    /// Brings back what was before, be it because the future unwinds.
    struct Restore(Ours);

    impl Drop for Restore {
        fn drop(&mut self) {
            let _ = OURS.try_with(|ours| ours.set(self.0));
        }
    }

    let mut future = pin!(future);
    with_parker(|parker, waker| {
        let outer = OURS.try_with(|ours| ours.replace(identity(waker)));
        let _restore = outer.map(Restore);
        let mut cx = Context::from_waker(waker);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            park(parker);
        }
    })
}

/// Waits until `parker` is woken, and drives the wheel meanwhile unless a `block_on` on another thread does.
fn park(parker: &Parker) {
    /// Calls whoever has to drive the wheel from now on, unless it is forgotten.
    struct Leave(Handle);

    impl Drop for Leave {
        fn drop(&mut self) {
            let call = DRIVER.with(|driver| driver.with_next(|rota, next| rota.leaves(&self.0, next)));
            // Where there is no thread to be had, all is as if the poll took longer: whoever leaves is back in a moment, and
            // calls again if not. It is not to fail for the timers of others; who sets one that needs the thread is told.
            let _ = call.make();
        }
    }

    let spared = SPARED.try_with(|spared| spared.replace(false)).unwrap_or(false);
    let woken = parker.take();
    if woken && !spared {
        return;
    }
    let leave = Leave(Handle(parker.thread().clone()));
    if woken {
        return;
    }
    #[cfg(feature = "testing")]
    assert!(
        !crate::internal::watch::must_not_block(),
        "this would block the thread of a `Sim`, and with it whatever could end the waiting: \
         `block_on` and the `blocking_` methods may not wait there; use `.await`"
    );
    loop {
        if let Some((until, call)) = look(|rota, next| rota.parks(&leave.0, next)) {
            // It starts no thread: somebody else is parked.
            let _ = call.make();
            parker.park(timeout(until));
        }
        if parker.take() {
            return;
        }
    }
}
