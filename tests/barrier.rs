//! `Barrier`, polled by hand.
#![cfg(any(feature = "std", feature = "critical-section"))]

#[path = "support/hand.rs"]
mod hand;

use anywhen::sync::Barrier;
use anywhen::sync::barrier::BarrierWait;

use hand::{TestTask, assert_pending, assert_ready};

fn arrived(barrier: &Barrier) -> TestTask<BarrierWait<'_>> {
    let mut task = TestTask::new(barrier.wait());
    assert_pending!(task.poll());
    task
}

#[test]
fn the_last_to_arrive_leads_and_takes_the_others_along() {
    let barrier = Barrier::new(100);
    for _ in 0..3 {
        let mut waiting: Vec<_> = (0..99).map(|_| arrived(&barrier)).collect();
        let mut last = TestTask::new(barrier.wait());
        assert!(assert_ready!(last.poll()).is_leader());
        for task in &mut waiting {
            assert_eq!(task.wakes(), 1);
            assert!(!assert_ready!(task.poll()).is_leader());
        }
    }
}

#[test]
fn a_barrier_of_none_or_one_is_open() {
    static NONE: Barrier = Barrier::new(0);
    for barrier in [&NONE, &Barrier::new(1)] {
        for _ in 0..3 {
            assert!(assert_ready!(TestTask::new(barrier.wait()).poll()).is_leader());
        }
    }
}

#[test]
fn a_wait_that_is_dropped_withdraws_its_arrival() {
    let barrier = Barrier::new(3);
    let (mut stays, goes) = (arrived(&barrier), arrived(&barrier));
    drop(goes);
    assert_eq!(format!("{barrier:?}"), "Barrier { n: 3, arrived: 1 }");
    let mut second = arrived(&barrier);
    assert_pending!(stays.poll());
    assert!(assert_ready!(TestTask::new(barrier.wait()).poll()).is_leader());
    assert_ready!(stays.poll());
    assert_ready!(second.poll());
}

#[test]
fn a_wait_that_is_dropped_after_the_barrier_opened_keeps_nobody() {
    let barrier = Barrier::new(3);
    let (mut stays, goes) = (arrived(&barrier), arrived(&barrier));
    assert_ready!(TestTask::new(barrier.wait()).poll());
    drop(goes);
    let next = arrived(&barrier);
    assert!(!assert_ready!(stays.poll()).is_leader());
    assert_eq!(format!("{barrier:?}"), "Barrier { n: 3, arrived: 1 }");
    drop(next);
}

#[test]
fn a_wait_that_was_never_polled_has_not_arrived() {
    let barrier = Barrier::new(2);
    let made = barrier.wait();
    drop(arrived(&barrier));
    drop(made);
    assert_eq!(format!("{barrier:?}"), "Barrier { n: 2, arrived: 0 }");
}
