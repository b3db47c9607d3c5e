//! Who waits, as seen from outside: whoever is let go has to be gone before time goes on.

use std::collections::BTreeSet;
use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use anywhen::time::{self, Duration};

use super::open;

/// By number.
#[derive(Default)]
pub(super) struct Roll {
    waiting: StdMutex<BTreeSet<u32>>,
    next: AtomicU32,
}

impl Roll {
    /// Waits for it, and is on the roll from its first poll to its end, or until it is dropped.
    pub(super) async fn call<F: Future>(&self, future: F) -> F::Output {
        struct Entry<'a>(&'a Roll, u32);

        impl Drop for Entry<'_> {
            fn drop(&mut self) {
                open(&self.0.waiting).remove(&self.1);
            }
        }

        let entry = Entry(self, self.next.fetch_add(1, Relaxed));
        open(&self.waiting).insert(entry.1);
        future.await
    }

    /// Lets go all who wait, and fails if one of them is still there when time goes on.
    pub(super) async fn dismiss(&self, let_go: impl FnOnce()) {
        let waiting = open(&self.waiting).clone();
        let_go();
        // It does so when nobody else can run.
        time::sleep(Duration::from_nanos(1)).await;
        assert!(waiting.is_disjoint(&open(&self.waiting)), "somebody was forgotten");
    }
}
