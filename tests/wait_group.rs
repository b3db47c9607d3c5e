//! `WaitGroup`, polled by hand.
#![cfg(all(feature = "alloc", any(feature = "std", feature = "critical-section")))]

#[path = "support/hand.rs"]
mod hand;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use anywhen::sync::WaitGroup;

use hand::{TestTask, assert_pending, assert_ready};

#[test]
fn the_last_token_lets_all_go_who_wait() {
    static GROUP: WaitGroup = WaitGroup::new();
    assert_ready!(TestTask::new(GROUP.wait()).poll());
    let (first, second) = (GROUP.token(), GROUP.token());
    let mut waits = [(); 40].map(|()| TestTask::new(GROUP.wait()));
    for task in &mut waits {
        assert_pending!(task.poll());
    }
    drop(first);
    let third = second.clone();
    drop(second);
    assert_eq!(GROUP.len(), 1);
    for task in &mut waits {
        assert_eq!(task.wakes(), 0);
        assert_pending!(task.poll());
    }
    drop(third);
    assert!(GROUP.is_empty());
    // It is over, though there is a new one.
    let _new = GROUP.token();
    for task in &mut waits {
        assert_eq!(task.wakes(), 1);
        assert_ready!(task.poll());
        assert_ready!(task.poll());
    }
    assert_pending!(TestTask::new(GROUP.wait()).poll());
}

#[test]
fn tokens_go_with_panics_and_keep_the_group_alive() {
    let group = Arc::new(WaitGroup::new());
    let token = Arc::clone(&group).token_owned();
    let mut task = TestTask::new({
        let group = Arc::clone(&group);
        async move { group.wait().await }
    });
    assert_pending!(task.poll());
    drop(group);
    let copy = token.clone();
    let outcome = catch_unwind(AssertUnwindSafe(move || {
        let _token = token;
        panic!("at work");
    }));
    assert!(outcome.is_err());
    assert_eq!(format!("{copy:?}"), "OwnedWaitGroupToken(WaitGroup { tokens: 1, waiters: 1 })");
    drop(copy);
    assert_ready!(task.poll());
}

#[test]
fn a_wait_that_is_dropped_changes_nothing() {
    let group = WaitGroup::new();
    let token = group.token();
    let mut wait = TestTask::new(group.wait());
    assert_pending!(wait.poll());
    drop(wait);
    assert_eq!(format!("{token:?}"), "WaitGroupToken(WaitGroup { tokens: 1, waiters: 0 })");
    drop(token);
    assert!(group.is_empty());
}
