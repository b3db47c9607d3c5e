//! `Event`, polled by hand.
#![cfg(any(feature = "std", feature = "critical-section"))]

#[path = "support/hand.rs"]
mod hand;

use std::sync::Arc;

use anywhen::sync::Event;

use hand::{TestTask, assert_pending, assert_ready};

#[test]
fn it_is_set_until_it_is_reset() {
    let event = Event::new();
    let mut early = TestTask::new(event.wait());
    assert_pending!(early.poll());
    event.set();
    event.set();
    assert!(event.is_set());
    assert_eq!(early.wakes(), 1);
    for _ in 0..3 {
        assert_ready!(TestTask::new(event.wait()).poll());
    }
    event.reset();
    assert!(!event.is_set());
    assert_pending!(TestTask::new(event.wait()).poll());
    assert_ready!(early.poll());
    assert_ready!(early.poll());
}

#[test]
fn it_stays_set_when_those_who_waited_have_gone() {
    let event = Event::new();
    let mut early = TestTask::new(event.wait());
    assert_pending!(early.poll());
    event.set();
    assert_ready!(early.poll());
    assert!(event.is_set());
    assert_ready!(TestTask::new(event.wait()).poll());
}

#[test]
fn who_waited_goes_though_it_is_reset_at_once() {
    let event = Event::new();
    let mut waits = [(); 40].map(|()| TestTask::new(event.wait()));
    for task in &mut waits {
        assert_pending!(task.poll());
    }
    let mut not_polled = TestTask::new(event.wait());
    event.set();
    event.reset();
    for task in &mut waits {
        assert_eq!(task.wakes(), 1);
        assert_ready!(task.poll());
    }
    assert_pending!(not_polled.poll());
}

#[test]
fn a_wait_that_is_dropped_is_gone() {
    let event = Arc::new(Event::new());
    let mut stays = TestTask::new(event.wait());
    let mut goes = TestTask::new(event.wait());
    assert_pending!(goes.poll());
    assert_pending!(stays.poll());
    let count = goes.count().clone();
    drop(goes);
    event.set();
    assert_eq!((count.wakes(), stays.wakes()), (0, 1));
    assert_ready!(stays.poll());
    assert_eq!(format!("{event:?}"), "Event { is_set: true, waiters: 0 }");
}
