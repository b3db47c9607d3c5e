//! Signals: notifications, events, barriers, cells and condition variables.
//!
//! | scenario | shown by |
//! |---|---|
//! | a `Notified` that `notify_waiters` completes takes the permit that was meant for another (tokio#7996) | `notify::who_is_notified_by_a_broadcast_leaves_the_permit` |
//! | one `notify_waiters` completes two waits in a row (tokio#5396) | `notify::one_broadcast_does_not_complete_two_waits_in_a_row` |
//! | it is not atomic where there are more waiters than fit a batch (tokio#5458) | `notify::in_the_middle_of_a_broadcast_everybody_has_been_notified`; the model `in_the_middle_of_a_broadcast_waiters_come_and_go` |
//! | the time it takes grows with the square of the waiters (tokio#5923) | [`a_broadcast_takes_time_in_proportion_to_its_waiters`] |
//! | a waker that panics keeps the others from being woken, or loses later notifications (tokio#3689, #5154; P event-listener) | `notify::wakers_that_panic_do_not_keep_a_broadcast_from_the_rest`; law 8 |
//! | a waker that calls back deadlocks it (P tokio Barrier, P event-listener) | law 2, `Barrier` included |
//! | a wait at a barrier that is dropped stays counted (tokio, asyncband) | `barrier::a_wait_that_is_dropped_withdraws_its_arrival` |
//! | a condition variable unlocks before it is in the queue, and misses a notification (asyncband#70, #73) | `condvar::it_waits_before_it_unlocks`; the model `a_condition_that_changes_while_the_wait_begins_is_not_missed` |
//! | a notification goes with a future that was notified and then dropped | `notify::a_notified_that_is_dropped_passes_it_on_from_the_same_end`, `condvar::a_notification_that_is_not_used_is_passed_on`, and the models |
//! | an initialiser that panics or is cancelled leaves the cell shut | `once_cell::an_initialiser_that_panics_or_is_dropped_lets_the_next_one_try` |
//! | that what tokio's do is done, beyond these | `tests/like_tokio/` |

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake};

use anywhen::sync::Notify;

/// tokio#5923, and any other way to touch more waiters than one wakes: whoever is woken waits again at once.
#[test]
fn a_broadcast_takes_time_in_proportion_to_its_waiters() {
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    // Were it quadratic, this would take minutes.
    const WAITERS: usize = 200_000;

    let (notify, count) = (Notify::new(), Arc::new(Count(AtomicUsize::new(0))));
    let waker = Arc::clone(&count).into();
    let mut cx = Context::from_waker(&waker);
    let mut waiting: Vec<_> = (0..WAITERS).map(|_| Box::pin(notify.notified())).collect();
    for notified in &mut waiting {
        assert!(notified.as_mut().poll(&mut cx).is_pending());
    }
    for round in 1..=3 {
        notify.notify_waiters();
        assert_eq!(count.0.load(Ordering::Relaxed), round * WAITERS);
        for notified in &mut waiting {
            assert!(notified.as_mut().poll(&mut cx).is_ready());
            notified.set(notify.notified());
            assert!(notified.as_mut().poll(&mut cx).is_pending());
        }
    }
    // From the wrong end, too.
    while let Some(notified) = waiting.pop() {
        drop(notified);
    }
}
