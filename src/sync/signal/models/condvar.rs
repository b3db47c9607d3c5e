//! A condition, its lock and its notifications.

use std::boxed::Box;
use std::sync::Arc;

use loom::future::block_on;
use loom::thread;

use super::{PREEMPTIONS, assert_idle, poll_once, spawn};
use crate::internal::shim::model;
use crate::sync::{Condvar, Mutex};

#[test]
fn a_condition_that_changes_while_the_wait_begins_is_not_missed() {
    model("condvar: wait_while races a change and notify_one", PREEMPTIONS, || {
        let shared = Arc::new((Mutex::new(false), Condvar::new()));
        let changes = spawn(&shared, |shared| {
            *block_on(shared.0.lock()) = true;
            shared.1.notify_one();
        });
        let guard = block_on(shared.0.lock());
        assert!(*block_on(shared.1.wait_while(guard, |changed| !*changed)));
        changes.join().unwrap();
        assert_idle(&shared.1.signal);
    });
}

#[test]
fn a_cancelled_wait_passes_its_notification_on() {
    model("condvar: notify_one races cancel, another waits", PREEMPTIONS, || {
        let shared = Arc::new((Mutex::new(()), Condvar::new()));
        let mut first = Box::pin(shared.1.wait(shared.0.try_lock().unwrap()));
        assert!(poll_once(first.as_mut()).is_pending());
        let second = {
            let shared = Arc::clone(&shared);
            let mut second = Box::pin(async move { drop(shared.1.wait(shared.0.lock().await).await) });
            assert!(poll_once(second.as_mut()).is_pending());
            second
        };
        let waits = thread::spawn(move || block_on(second));
        let notifies = spawn(&shared, |shared| shared.1.notify_one());
        // Waiting, notified, or on its way to the lock.
        let got = poll_once(first.as_mut()).is_ready();
        drop(first);
        notifies.join().unwrap();
        if got {
            shared.1.notify_one();
        }
        waits.join().unwrap();
        assert!(shared.0.try_lock().is_ok());
        assert_idle(&shared.1.signal);
    });
}
