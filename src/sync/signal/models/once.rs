//! Cells: one value, seen whole, and no initialiser stands in the way when it is gone.

use std::boxed::Box;
use std::sync::Arc;

use loom::future::block_on;
use loom::thread;

use super::{PREEMPTIONS, assert_idle, poll_once, spawn};
use crate::internal::shim::model;
use crate::sync::{OnceCell, SetOnce};

#[test]
fn an_initialiser_that_is_cancelled_lets_the_next_one_try() {
    model("once cell: an initialiser is cancelled, another waits", PREEMPTIONS, || {
        let cell = Arc::new(OnceCell::new());
        let cancels = spawn(&cell, |cell| {
            let mut init = Box::pin(cell.get_or_init(core::future::pending));
            let _value = poll_once(init.as_mut());
        });
        let waits = spawn(&cell, |cell| assert_eq!(*block_on(cell.get_or_init(|| core::future::ready(1))), 1));
        let mut init = Box::pin(cell.get_or_init(|| core::future::ready(1)));
        let first = poll_once(init.as_mut()).is_ready();
        // Whoever is granted the right and does not use it hands it on.
        drop(init);
        cancels.join().unwrap();
        waits.join().unwrap();
        assert!(!first || cell.initialized());
        assert_eq!(cell.get(), Some(&1));
        assert_idle(&cell.once.signal);
    });
}

#[test]
fn what_was_done_before_the_value_is_set_is_seen_with_it() {
    struct Value(loom::cell::UnsafeCell<u32>);
    // SAFETY: written before it is set, and read after it was got; loom checks that.
    unsafe impl Sync for Value {}
    // SAFETY: as above.
    unsafe impl Send for Value {}

    fn read(value: &Value) -> u32 {
        // SAFETY: see above.
        value.0.with(|value| unsafe { *value })
    }

    fn value() -> Value {
        let value = Value(loom::cell::UnsafeCell::new(0));
        // SAFETY: nobody else knows of it yet.
        value.0.with_mut(|value| unsafe { *value = 1 });
        value
    }

    model("set once: two set, one waits, one gets", PREEMPTIONS, || {
        let cell = Arc::new(SetOnce::new());
        let waits = spawn(&cell, |cell| assert_eq!(read(block_on(cell.wait())), 1));
        let sets = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || cell.set(value()).is_ok())
        };
        if let Some(value) = cell.get() {
            assert_eq!(read(value), 1);
        }
        let set = cell.set(value()).is_ok();
        waits.join().unwrap();
        assert!(set != sets.join().unwrap());
        assert_idle(&cell.once.signal);
    });

    model("once cell: two initialise, one sets", PREEMPTIONS, || {
        let cell = Arc::new(OnceCell::new());
        let init = || async { value() };
        let waits = spawn(&cell, move |cell| assert_eq!(read(block_on(cell.get_or_init(init))), 1));
        let sets = spawn(&cell, |cell| drop(cell.set(value())));
        assert_eq!(read(block_on(cell.get_or_init(init))), 1);
        waits.join().unwrap();
        sets.join().unwrap();
        assert_idle(&cell.once.signal);
    });
}
