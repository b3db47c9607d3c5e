//! The differences that are meant: each is shown on both sides, so that the table at the head of `main.rs` stays true.

use std::task::Poll;

use super::Pair;

#[test]
fn a_wait_for_a_barrier_that_is_dropped_counts_there_only() {
    let (ours, theirs) = (anywhen::sync::Barrier::new(2), tokio::sync::Barrier::new(2));
    assert!(Pair::new(0, ours.wait(), theirs.wait()).poll().is_none());
    let mut second = Pair::new(0, ours.wait(), theirs.wait());
    assert!(second.ours.poll().is_pending());
    assert!(second.theirs.poll().is_ready());
}

#[test]
fn a_permit_that_was_granted_before_the_close_is_refused_there_only() {
    let (ours, theirs) = (anywhen::sync::Semaphore::new(0), tokio::sync::Semaphore::new(0));
    let mut waits = Pair::new(0, ours.acquire(), theirs.acquire());
    assert!(waits.poll().is_none());
    ours.add_permits(1);
    theirs.add_permits(1);
    ours.close();
    theirs.close();
    assert!(matches!(waits.ours.poll(), Poll::Ready(Ok(_))));
    assert!(matches!(waits.theirs.poll(), Poll::Ready(Err(_))));
}

#[test]
fn what_was_saved_up_for_one_who_is_refused_is_kept_there_until_it_hears_of_it() {
    let (ours, theirs) = (anywhen::sync::Semaphore::new(1), tokio::sync::Semaphore::new(1));
    let mut waits = Pair::new(0, ours.acquire_many(2), theirs.acquire_many(2));
    assert!(waits.poll().is_none());
    ours.close();
    theirs.close();
    assert_eq!((ours.available_permits(), theirs.available_permits()), (1, 0));
    assert!(waits.poll().is_some());
    assert_eq!((ours.available_permits(), theirs.available_permits()), (1, 1));
}
