//! Barriers and groups: arrivals, withdrawals, and tokens that come and go.

use std::boxed::Box;
use std::sync::Arc;

use loom::future::block_on;
use loom::thread;

use super::{PREEMPTIONS, assert_idle, poll_once, spawn};
use crate::internal::shim::model;
use crate::sync::{Barrier, WaitGroup};

#[test]
fn the_last_arrival_races_a_withdrawal() {
    model("barrier: the last of 2 arrives while the first withdraws", PREEMPTIONS, || {
        let barrier = Arc::new(Barrier::new(2));
        let other = {
            let barrier = Arc::clone(&barrier);
            thread::spawn(move || poll_once(Box::pin(barrier.wait()).as_mut()).is_ready())
        };
        let mut wait = Box::pin(barrier.wait());
        let led = poll_once(wait.as_mut()).is_ready();
        let other_led = other.join().unwrap();
        assert!(!(led && other_led));
        if !led {
            // The other has withdrawn before this one arrived, or has led both through.
            let result = poll_once(wait.as_mut());
            assert_eq!(result.is_ready(), other_led);
            assert_eq!(barrier.signal.waiters(), usize::from(!other_led));
        }
        drop(wait);
        assert_idle(&barrier.signal);
    });
}

#[test]
fn everybody_goes_and_one_leads() {
    struct Shared {
        barrier: Barrier,
        values: [loom::cell::UnsafeCell<u32>; 2],
    }
    // SAFETY: each value is written before its thread arrives, and read after the barrier; loom checks that.
    unsafe impl Sync for Shared {}
    // SAFETY: as above.
    unsafe impl Send for Shared {}

    fn meet(shared: &Shared, own: usize) -> bool {
        // SAFETY: see above.
        shared.values[own].with_mut(|value| unsafe { *value = 1 });
        let leads = block_on(shared.barrier.wait()).is_leader();
        for value in &shared.values {
            // SAFETY: see above.
            assert_eq!(value.with(|value| unsafe { *value }), 1);
        }
        leads
    }

    model("barrier: what was done before is seen after", PREEMPTIONS, || {
        let values = [(); 2].map(|()| loom::cell::UnsafeCell::new(0));
        let shared = Arc::new(Shared { barrier: Barrier::new(2), values });
        let other = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || meet(&shared, 1))
        };
        let leads = meet(&shared, 0);
        assert!(leads != other.join().unwrap());
        assert_idle(&shared.barrier.signal);
    });
}

#[test]
fn the_last_of_two_tokens_lets_both_waiters_go() {
    model("wait group: two tokens dropped, two waits", PREEMPTIONS, || {
        let group = Arc::new(WaitGroup::new());
        let (first, second) = (Arc::clone(&group).token_owned(), Arc::clone(&group).token_owned());
        let drops = thread::spawn(move || drop(first));
        let waits = spawn(&group, |group| block_on(group.wait()));
        drop(second);
        block_on(group.wait());
        drops.join().unwrap();
        waits.join().unwrap();
        assert!(group.is_empty());
        assert_idle(&group.signal);
    });
}

#[test]
fn a_wait_group_is_not_over_before_it_is() {
    model("wait group: a wait that comes after the last token went and a new one came", PREEMPTIONS, || {
        let group = Arc::new(WaitGroup::new());
        let early = spawn(&group, |group| {
            let _token = group.token();
        });
        let token = group.token();
        let mut wait = Box::pin(group.wait());
        // It begins while this token is there, so it cannot be over.
        assert!(poll_once(wait.as_mut()).is_pending());
        early.join().unwrap();
        assert!(poll_once(wait.as_mut()).is_pending());
        drop(token);
        assert!(poll_once(wait.as_mut()).is_ready());
        assert_idle(&group.signal);
    });

    model("wait group: two groups of waiters and tokens", PREEMPTIONS, || {
        let group = Arc::new(WaitGroup::new());
        let token = group.token();
        let waits = spawn(&group, |group| {
            let _over = poll_once(Box::pin(group.wait()).as_mut());
        });
        let renews = spawn(&group, |group| {
            let token = group.token();
            let over = poll_once(Box::pin(group.wait()).as_mut()).is_ready();
            assert!(!over, "the token was there all the time");
            drop(token);
        });
        drop(token);
        waits.join().unwrap();
        renews.join().unwrap();
        assert!(group.is_empty());
        assert_idle(&group.signal);
    });
}
