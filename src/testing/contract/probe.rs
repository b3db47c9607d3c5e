//! Is a lock held while a waker runs? This crate's own locks are counted; of others, the user's probes tell.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::cell::Cell;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use crate::internal::lock;
use crate::testing::WakerEvent;

/// The name of the locks of this crate.
const INTERNAL: &str = "an internal lock of anywhen";

/// A way to find out whether a lock is held.
pub(super) struct LockProbe {
    name: String,
    kind: Kind,
}

enum Kind {
    /// It is asked.
    Look(Box<dyn Fn() -> bool + Send + Sync>),
    /// A call that needs the lock, made on another thread, does not come back.
    Reenter {
        call: Arc<dyn Fn() + Send + Sync>,
        bound: Duration,
        /// At which events a call hung: there is no need to have more threads hang.
        hung: [AtomicBool; WakerEvent::ALL.len()],
    },
}

std::thread_local! {
    /// Whether this thread is within a probe: what that does to wakers is not probed, or it would never end.
    static PROBING: Cell<bool> = const { Cell::new(false) };
}

impl LockProbe {
    pub(super) fn look(name: String, is_locked: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { name, kind: Kind::Look(Box::new(is_locked)) }
    }

    pub(super) fn reenter(name: String, bound: Duration, call: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            name,
            kind: Kind::Reenter {
                call: Arc::new(call),
                bound,
                hung: [const { AtomicBool::new(false) }; WakerEvent::ALL.len()],
            },
        }
    }

    fn finds_it_locked(&self, event: WakerEvent) -> bool {
        match &self.kind {
            Kind::Look(is_locked) => is_locked(),
            Kind::Reenter { call, bound, hung } => {
                let hung = &hung[event as usize];
                if hung.load(Ordering::Relaxed) {
                    return false;
                }
                let (done, wait) = mpsc::channel::<()>();
                let call = Arc::clone(call);
                thread::spawn(move || {
                    // Dropped at the end, be it a return or a panic.
                    let _done = done;
                    let _probing = Probing::begin();
                    call();
                });
                let hangs = wait.recv_timeout(*bound) == Err(RecvTimeoutError::Timeout);
                hangs && !hung.swap(true, Ordering::Relaxed)
            }
        }
    }
}

/// The names of the locks that are held now, as `event` happens to a waker, as far as that can be told.
pub(super) fn held_locks(event: WakerEvent, probes: &[LockProbe], mut found: impl FnMut(&str)) {
    let Some(_probing) = Probing::begin() else { return };
    if lock::is_any_held() {
        found(INTERNAL);
    }
    for probe in probes {
        if probe.finds_it_locked(event) {
            found(&probe.name);
        }
    }
}

/// The stay in a probe, ended by return or by panic.
struct Probing(());

impl Probing {
    fn begin() -> Option<Self> {
        // Not `then_some`: one that is made is dropped, which ends the stay.
        (!PROBING.replace(true)).then(|| Self(()))
    }
}

impl Drop for Probing {
    fn drop(&mut self) {
        PROBING.set(false);
    }
}
