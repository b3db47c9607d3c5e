//! Locks and semaphores.
//!
//! | scenario | shown by |
//! |---|---|
//! | something that is checked before queueing lets a newcomer pass the queue (tokio#8365, #8371) | `nobody_overtakes_a_waiter` in `tests/mutex.rs`, `against_a_model` in `tests/semaphore.rs` |
//! | foreign code that panics while a permit is acquired loses it (tokio#8542) | law 8, where that code is a waker's clone, of any that wait |
//! | a waker is woken, cloned or dropped under a lock, and calls back (tokio#4129, #5429, #5578, #8529, #8556, #8558; asyncband#125; P event-listener, async-lock, maitake) | law 2, over crowds too, `Semaphore::close` included |
//! | the same where many are served at once, and the waker cancels others of them | [`a_waker_that_cancels_the_others_of_its_batch_loses_no_permit`] |
//! | a waker that panics breaks the count of the notified, and later ones are lost (P event-listener; tokio#3689, #5154) | [`wakers_that_panic_cost_neither_their_batch_nor_what_comes_after`]; law 8; `internal::atomic_waker` |
//! | forgetting permits opens a closed semaphore again (tokio#8021) | `semaphore::forgetting_permits_does_not_reopen_a_closed_semaphore` |
//! | a limit of zero (tokio#8076) | `mutex::a_bounded_mutex_gives_owned_guards`, whose queue has no room; law 13 for a lock with no readers |
//! | too many permits corrupt the count (tokio#3644, asyncband#144) | `semaphore::too_many_permits_are_refused_and_change_nothing` |
//! | a release wakes more than it serves, so that wakes grow with the square (tokio#5923) | `mutex::waiters_are_served_in_the_order_of_their_first_poll`, which looks at every waiter after every release; law 9, over crowds: who is woken is served |
//! | `will_wake` is tested the wrong way round (tokio#4497, thingbuf#20) | law 9 |
//! | a waiter at the front that gives up leaves those behind it waiting for what is there (futures-intrusive#61, embassy#6964, shuttle#167) | law 3, over crowds; `semaphore::when_the_waiter_at_the_front_gives_up_those_behind_are_served_at_once`; the model `a_waiter_behind_a_cancelled_large_one_is_served`; `rwlock::readers_behind_a_writer_that_gives_up_go_on_at_once` |
//! | a free lock is written by the slow path, and allocates (P async-lock `RwLock`) | `reading_writing_and_what_lies_between` in allocations; law 5 |
//! | an owned acquire spins instead of waiting (async-lock#42) | law 9: no wake before the release |
//! | a guard is `Send` or `Sync` where its value is not (async-lock#50, tokio#4359, futures-rs#2239, asyncband#121) | `tests/auto_traits.rs`; `threads.rs` of `tests/compile_fail` |
//! | a guard lets its value's lifetime shrink (asyncband#122) | `variance.rs` of `tests/compile_fail` |
//! | a waiter that is woken and then dropped panics (asyncband#41), or keeps what it was given (bb8#67) | `mutex::a_granted_lock_that_is_dropped_goes_to_the_next`; law 3, over crowds too |
//! | a compare-exchange that fails for no reason counts as an answer (asyncband#126) | [`a_weak_compare_exchange_is_always_tried_again`] |
//! | a granted future that is never polled again blocks all others ("futurelock": async-lock#91, tokio#6450, omicron#9259) | `a_futurelock_holds_up_everybody_at_once_or_later_or_never` in fairness |
//! | a reader that tries, fails and undoes it races a writer that leaves (maitake#560) | nobody undoes anything; the model `a_reader_and_a_writer_exclude_each_other` |
//! | the model was run with too few preemptions to see the race (maitake#560) | `.ci/run` runs them with 3, `.ci/long` with 5 |

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use anywhen::sync::Semaphore;
use anywhen::sync::semaphore::AcquireOwned;
use anywhen::testing::{CountingWaker, TestTask, WakerEvent, watched};
use anywhen::{assert_pending, assert_ready_ok};

use crate::support::source;

/// More than a batch of wakers holds, thrice.
const MANY: usize = 100;

fn poll(future: Pin<&mut AcquireOwned>, waker: &CountingWaker) -> Poll<bool> {
    future.poll(&mut Context::from_waker(&waker.waker())).map(|permit| permit.is_ok())
}

/// P event-listener; tokio#3689, #5154
#[test]
fn wakers_that_panic_cost_neither_their_batch_nor_what_comes_after() {
    #[derive(Debug, PartialEq)]
    enum Way {
        Release,
        Close,
        /// The waiter at the front wants more than there is, and gives up.
        GiveUp,
    }

    for way in [Way::Release, Way::Close, Way::GiveUp] {
        let semaphore = Arc::new(Semaphore::new(if way == Way::GiveUp { MANY } else { 0 }));
        let mut front = TestTask::new(semaphore.acquire_many(MANY as u32 + 1));
        if way == Way::GiveUp {
            assert_pending!(front.poll());
        }
        let mut waiters: Vec<_> = (0..MANY)
            .map(|n| {
                let panics = [0, 1, 31, 32, MANY - 1].contains(&n);
                let waker = if panics { CountingWaker::panicking(WakerEvent::Wake) } else { CountingWaker::new() };
                (Box::pin(Arc::clone(&semaphore).acquire_owned()), waker)
            })
            .collect();
        for (future, waker) in &mut waiters {
            assert!(poll(future.as_mut(), waker).is_pending());
        }

        let outcome = catch_unwind(AssertUnwindSafe(|| match way {
            Way::Release => semaphore.add_permits(MANY),
            Way::Close => semaphore.close(),
            Way::GiveUp => front.drop_future(),
        }));
        assert!(outcome.is_err(), "{way:?}: a panic is not swallowed");
        let granted = way != Way::Close;
        for (n, (future, waker)) in waiters.iter_mut().enumerate() {
            assert_eq!(waker.wakes(), 1, "{way:?}: waiter {n}");
            // The permit is dropped at once.
            assert_eq!(poll(future.as_mut(), waker), Poll::Ready(granted), "{way:?}: waiter {n}");
            assert_eq!(waker.live(), 0, "{way:?}: waiter {n}");
        }

        if granted {
            assert_eq!(semaphore.available_permits(), MANY, "{way:?}");
            let mut later = TestTask::new(semaphore.acquire_many(MANY as u32 + 1));
            assert_pending!(later.poll());
            semaphore.add_permits(1);
            assert_eq!(later.wakes(), 1, "{way:?}");
            drop(assert_ready_ok!(later.poll()));
        }
    }
}

/// tokio#8556, asyncband#41
#[test]
fn a_waker_that_cancels_the_others_of_its_batch_loses_no_permit() {
    let semaphore = Arc::new(Semaphore::new(0));
    let waiters = Arc::new(Mutex::new(Vec::new()));
    let cancels = CountingWaker::hooked({
        let waiters = Arc::clone(&waiters);
        move |event| {
            if event == WakerEvent::Wake {
                // All of them: those that are served already, those that are next, and the one that is being woken.
                drop(std::mem::take(&mut *waiters.lock().unwrap()));
            }
        }
    });
    let others = CountingWaker::new();
    for n in 0..MANY {
        let mut future = Box::pin(Arc::clone(&semaphore).acquire_owned());
        assert!(poll(future.as_mut(), if n == 0 { &cancels } else { &others }).is_pending());
        waiters.lock().unwrap().push(future);
    }
    watched("a waker that cancels the others of its batch", {
        let semaphore = Arc::clone(&semaphore);
        move || semaphore.add_permits(MANY)
    });
    assert_eq!(semaphore.available_permits(), MANY);
    assert_eq!(others.live(), 0);
    assert_eq!(Arc::strong_count(&semaphore), 1);
}

/// asyncband#126
#[test]
fn a_weak_compare_exchange_is_always_tried_again() {
    let mut seen = 0;
    for source in source::library() {
        // For each open brace, whether it is that of a loop, which may have a condition.
        let (mut open, mut begins) = (Vec::new(), false);
        for token in &source.tokens {
            if token.is("loop") || token.is("while") {
                begins = true;
            } else if token.is("{") {
                open.push(std::mem::take(&mut begins));
            } else if token.is("}") {
                open.pop();
            } else if token.is("compare_exchange_weak") {
                assert!(open.contains(&true), "{}: not in a loop", source.place(token.line));
                seen += 1;
            }
        }
    }
    assert!(seen > 0, "there are none to be seen");
}
