//! A waker under observation: it counts what is done to it, and can call back or panic when it is done.
//!
//! `std`'s `Wake` sees wakes only. What a clone and a drop of a waker can do (run an executor's code, take its locks,
//! panic) is where objects that touch wakers under a lock break, so this one is built on the raw table.

#![allow(unsafe_code, reason = "a waker that observes its clones and drops needs a raw table")]

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::cell::Cell;
use core::fmt;
use core::mem::ManuallyDrop;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::task::{RawWaker, RawWakerVTable, Waker};

/// Something that is done to a waker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WakerEvent {
    /// It is woken, by value or by reference.
    Wake,
    /// It is cloned.
    Clone,
    /// It is dropped without being woken.
    Drop,
}

impl WakerEvent {
    /// All of them, for tests that go through each.
    pub const ALL: [Self; 3] = [Self::Wake, Self::Clone, Self::Drop];
}

/// A waker that counts what is done to it and, if wanted, runs a hook or panics when it is done.
///
/// This is the handle; [`waker`](Self::waker) makes the [`Waker`]s, which share its counts. Wakers of one handle
/// [`will_wake`](Waker::will_wake) each other, those of two do not. Use [`TestTask`](super::TestTask) where all you
/// want is to poll a future and see whether it was woken.
///
/// # Allocation
///
/// One, when it is made (two with a hook). Its wakers are cloned, woken and dropped without allocating.
///
/// # Examples
///
/// ```
/// use anywhen::testing::CountingWaker;
///
/// let count = CountingWaker::new();
/// let waker = count.waker();
/// waker.clone().wake();
/// waker.wake_by_ref();
/// assert_eq!((count.wakes(), count.clones(), count.drops()), (2, 1, 0));
/// assert_eq!(count.live(), 1);
/// ```
#[derive(Clone)]
pub struct CountingWaker {
    probe: Arc<Probe>,
}

/// What a handle and its wakers share. The counts are independent of each other and order nothing, hence `Relaxed`.
struct Probe {
    wakes: AtomicUsize,
    clones: AtomicUsize,
    drops: AtomicUsize,
    /// Wakers in existence.
    live: AtomicUsize,
    disarmed: AtomicBool,
    hook: Option<Hook>,
}

type Hook = Box<dyn Fn(Act) + Send + Sync>;

/// What is done to a waker, and what [`WakerEvent`] does not tell: whether the waker is gone after it.
#[derive(Clone, Copy)]
pub(super) struct Act {
    pub(super) event: WakerEvent,
    pub(super) consumes: bool,
}

std::thread_local! {
    /// Whether a hook is running on this thread: what it does to wakers runs no hook, or it would never end.
    static IN_HOOK: Cell<bool> = const { Cell::new(false) };
}

impl CountingWaker {
    /// A waker that counts, and does nothing else.
    #[allow(clippy::new_without_default, reason = "a waker has no default; `new` makes a distinct one")]
    pub fn new() -> Self {
        Self::with(None)
    }

    /// A waker that calls `hook` whenever something is done to it.
    ///
    /// The hook runs on the thread that does it, after it has been counted: before the clone exists, and while the
    /// waker that is dropped or woken still does. Let it call into the object under test: an object that wakes, clones
    /// or drops wakers under a lock of its own deadlocks there. What the hook itself does to wakers, of this
    /// handle or another, is counted, but runs no hook.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use anywhen::testing::{CountingWaker, WakerEvent};
    ///
    /// let events = Arc::new(Mutex::new(Vec::new()));
    /// let log = Arc::clone(&events);
    /// let count = CountingWaker::hooked(move |event| log.lock().unwrap().push(event));
    ///
    /// count.waker().clone().wake();
    /// assert_eq!(*events.lock().unwrap(), [WakerEvent::Clone, WakerEvent::Wake, WakerEvent::Drop]);
    /// ```
    pub fn hooked(hook: impl Fn(WakerEvent) + Send + Sync + 'static) -> Self {
        Self::observed(move |act| {
            if !IN_HOOK.replace(true) {
                let _leave = LeaveHook;
                hook(act.event);
            }
        })
    }

    /// As [`hooked`](Self::hooked), but for an observer that wants to see all there is, within hooks too.
    pub(super) fn observed(observer: impl Fn(Act) + Send + Sync + 'static) -> Self {
        Self::with(Some(Box::new(observer)))
    }

    /// A waker that panics whenever `event` happens to it, until it is [disarmed](Self::disarm).
    ///
    /// It does not panic on a thread that is unwinding already, where a second panic would abort the process.
    ///
    /// # Panics
    ///
    /// Never; its wakers do.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::panic::catch_unwind;
    /// use anywhen::testing::{CountingWaker, WakerEvent};
    ///
    /// let waker = CountingWaker::panicking(WakerEvent::Wake).waker();
    /// assert!(catch_unwind(|| waker.wake()).is_err());
    /// ```
    pub fn panicking(event: WakerEvent) -> Self {
        Self::hooked(move |happened| {
            if happened == event && !std::thread::panicking() {
                panic!("a waker that panics: {event:?}");
            }
        })
    }

    fn with(hook: Option<Hook>) -> Self {
        let zero = || AtomicUsize::new(0);
        let (wakes, clones, drops, live) = (zero(), zero(), zero(), zero());
        Self { probe: Arc::new(Probe { wakes, clones, drops, live, disarmed: AtomicBool::new(false), hook }) }
    }

    /// Makes a waker. It is not counted as a clone.
    pub fn waker(&self) -> Waker {
        self.probe.live.fetch_add(1, Ordering::Relaxed);
        let data = Arc::into_raw(Arc::clone(&self.probe)).cast::<()>();
        // SAFETY: `data` is the pointer of a `Arc<Probe>` whose reference the waker owns, as `TABLE` wants it, and
        // `Probe` is `Send` and `Sync`.
        unsafe { Waker::from_raw(RawWaker::new(data, &TABLE)) }
    }

    /// Lends a waker to `f`, which is neither counted as living nor dropped afterwards.
    pub(super) fn lend<R>(&self, f: impl FnOnce(&Waker) -> R) -> R {
        let data = Arc::as_ptr(&self.probe).cast::<()>();
        // SAFETY: as in `waker`, but the waker has no reference of its own: it uses that of `self`, which outlives it,
        // and never drops it, hence `ManuallyDrop`. Its clones take references of their own.
        let waker = ManuallyDrop::new(unsafe { Waker::from_raw(RawWaker::new(data, &TABLE)) });
        f(&waker)
    }

    /// How often any of its wakers was woken.
    pub fn wakes(&self) -> usize {
        self.probe.wakes.load(Ordering::Relaxed)
    }

    /// How often any of its wakers was cloned.
    pub fn clones(&self) -> usize {
        self.probe.clones.load(Ordering::Relaxed)
    }

    /// How often one of its wakers was dropped without being woken by value.
    pub fn drops(&self) -> usize {
        self.probe.drops.load(Ordering::Relaxed)
    }

    /// How many of its wakers exist now: what an object keeps after its futures are gone is a leak.
    pub fn live(&self) -> usize {
        self.probe.live.load(Ordering::Relaxed)
    }

    /// Makes it do nothing but count from now on.
    pub fn disarm(&self) {
        self.probe.disarmed.store(true, Ordering::Relaxed);
    }
}

impl Probe {
    /// Counts an event, then runs the hook.
    fn happens(&self, event: WakerEvent, consumes: bool) {
        let count = match event {
            WakerEvent::Wake => &self.wakes,
            WakerEvent::Clone => &self.clones,
            WakerEvent::Drop => &self.drops,
        };
        count.fetch_add(1, Ordering::Relaxed);

        let Some(hook) = &self.hook else { return };
        if !self.disarmed.load(Ordering::Relaxed) {
            hook(Act { event, consumes });
        }
    }
}

/// Ends the stay in a hook, by return or by panic.
struct LeaveHook;

impl Drop for LeaveHook {
    fn drop(&mut self) {
        IN_HOOK.set(false);
    }
}

/// One reference to the probe, given up last whatever the hook does.
struct Reference(Arc<Probe>);

impl Drop for Reference {
    fn drop(&mut self) {
        self.0.live.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The data pointer is that of an `Arc<Probe>`, and each waker owns one reference to it.
static TABLE: RawWakerVTable = RawWakerVTable::new(
    |data| {
        // SAFETY: see `TABLE`; the reference stays the waker's, hence `ManuallyDrop`.
        let probe = ManuallyDrop::new(unsafe { Arc::from_raw(data.cast::<Probe>()) });
        // First the hook, which may panic, and then the clone, which nobody would own after that.
        probe.happens(WakerEvent::Clone, false);
        probe.live.fetch_add(1, Ordering::Relaxed);
        let clone: Arc<Probe> = Arc::clone(&probe);
        RawWaker::new(Arc::into_raw(clone).cast::<()>(), &TABLE)
    },
    |data| {
        // SAFETY: see `TABLE`; the waker is consumed, and its reference with it.
        let reference = Reference(unsafe { Arc::from_raw(data.cast::<Probe>()) });
        reference.0.happens(WakerEvent::Wake, true);
    },
    |data| {
        // SAFETY: see `TABLE`; the reference stays the waker's, hence `ManuallyDrop`.
        let probe = ManuallyDrop::new(unsafe { Arc::from_raw(data.cast::<Probe>()) });
        probe.happens(WakerEvent::Wake, false);
    },
    |data| {
        // SAFETY: see `TABLE`; the waker is dropped, and its reference with it.
        let reference = Reference(unsafe { Arc::from_raw(data.cast::<Probe>()) });
        reference.0.happens(WakerEvent::Drop, true);
    },
);

impl fmt::Debug for CountingWaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountingWaker")
            .field("wakes", &self.wakes())
            .field("clones", &self.clones())
            .field("drops", &self.drops())
            .field("live", &self.live())
            .finish_non_exhaustive()
    }
}
