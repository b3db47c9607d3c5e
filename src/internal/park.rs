//! A thread that waits to be woken: a flag, and the thread's own parking place.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::cell::Cell;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Waker;
use core::time::Duration;
use std::thread::{self, Thread};

/// A thread, and whether it has been woken since it last looked.
///
/// The flag, not the thread's token, is what counts: code that runs on the thread in between may use up the token with a
/// `park` of its own, and `unpark` may be called by anybody.
pub(crate) struct Parker {
    woken: AtomicBool,
    thread: Thread,
}

impl Parker {
    /// A parker for this thread.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { woken: AtomicBool::new(false), thread: thread::current() })
    }

    /// The thread whose parker it is.
    pub(crate) fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Takes the flag down, and says whether it was up.
    pub(crate) fn take(&self) -> bool {
        // ORDERING: Acquire, so that what was done before the wake is seen after it.
        self.woken.swap(false, Ordering::Acquire)
    }

    /// Waits until the flag is up or `timeout` is over (`None`: for ever), or for no reason at all. To be called on the
    /// parker's own thread.
    pub(crate) fn park(&self, timeout: Option<Duration>) {
        // Between this look and the parking, a wake leaves its token, and the parking returns at once.
        if self.woken.load(Ordering::Relaxed) {
            return;
        }
        match timeout {
            None => thread::park(),
            Some(timeout) => thread::park_timeout(timeout),
        }
    }

    /// Puts the flag up and ends the waiting.
    pub(crate) fn unpark(&self) {
        // ORDERING: Release, see `take`.
        if !self.woken.swap(true, Ordering::Release) {
            self.thread.unpark();
        }
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.unpark();
    }
}

std::thread_local! {
    /// This thread's parker and its waker, kept from one use to the next. Taken out while in use.
    static CACHED: Cell<Option<(Arc<Parker>, Waker)>> = const { Cell::new(None) };
}

/// Runs `f` with a parker for this thread and the waker that unparks it.
///
/// They are cached, so this allocates once a thread. A call within a call finds them in use and makes fresh ones.
pub(crate) fn with_parker<R>(f: impl FnOnce(&Arc<Parker>, &Waker) -> R) -> R {
    let cached = CACHED.try_with(Cell::take);
    let (parker, waker) = cached.ok().flatten().unwrap_or_else(|| {
        let parker = Parker::new();
        let waker = Waker::from(Arc::clone(&parker));
        (parker, waker)
    });
    let in_use = InUse(Some((parker, waker)));
    let (parker, waker) = in_use.0.as_ref().expect("put there in the line above");
    f(parker, waker)
}

/// Puts a parker back into the cache, be it because `f` unwinds.
struct InUse(Option<(Arc<Parker>, Waker)>);

impl Drop for InUse {
    fn drop(&mut self) {
        // A thread that is about to end has no cache any more.
        let parker = self.0.take();
        let _ = CACHED.try_with(|cached| cached.replace(parker));
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_wake_before_the_wait_ends_it() {
        with_parker(|parker, waker| {
            waker.wake_by_ref();
            parker.park(None);
            assert!(parker.take());
            assert!(!parker.take());
        });
    }

    #[test]
    fn parkers_are_cached_and_nested_ones_are_fresh() {
        let outer = with_parker(|outer, _| {
            with_parker(|inner, _| assert!(!Arc::ptr_eq(outer, inner)));
            Arc::as_ptr(outer)
        });
        let _ = outer;
        let first = with_parker(|parker, _| Arc::as_ptr(parker));
        assert_eq!(first, with_parker(|parker, _| Arc::as_ptr(parker)));
    }
}
