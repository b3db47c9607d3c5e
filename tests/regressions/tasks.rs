//! Tasks, their handles, and the adapters of runtimes.
//!
//! | scenario | shown by |
//! |---|---|
//! | a member that was merely cancelled makes the join panic (iroh#4460) | [`a_member_that_was_cancelled_does_not_take_the_join_down`] |
//! | what was spawned becomes awaited one by one, and the tests stay green (opentelemetry#2685) | [`spawned_tasks_are_under_way_together`]; `tasks::a_task_runs_without_being_awaited` in `tests/conformance` |
//! | a waker that reads or drops what it came from deadlocks (compio#1044, tokio#8556) | [`a_waker_may_abort_and_drop_the_handle_that_woke_it`]; law 2 |
//! | one task that panics takes the process down (P moro) | `a_panic_reaches_the_handle_and_spares_the_runtime` of the conformance suite and `rt::a_foreign_task_that_panics_costs_the_pool_no_thread` |
//! | dropping a handle cancels under one runtime and detaches under another, blocking work too (redis-rs#1665, P deadpool-runtime) | `tasks::a_task_whose_handle_is_dropped_goes_on` and `work::work_whose_handle_is_dropped_goes_on` in `tests/conformance`, `task::abort_on_drop_aborts` in `tests/matrix` |
//! | a tree of tokens leaks grandchildren (tokio#4639, #4652) | `token_trees::a_token_that_is_replaced_by_its_child_for_ever_does_not_grow`, and the random trees beside it |
//! | a waker of a child that reads or drops the parent deadlocks (tokio#8556, compio#1044) | `token_trees::a_waker_may_do_anything_to_the_tree`; law 2 |
//! | a cancel is not seen beside something that is always ready (tokio#7462) | [`a_cancel_is_seen_beside_a_stream_that_is_always_ready`] |
//! | what is cancelled keeps what it was given (bb8#67), or wedges the rest (async-graphql#555) | law 3; `mutex::dropping_a_lock_at_any_poll_loses_nothing`; `sync::a_mutex_loses_nothing_to_aborted_waiters` in `tests/matrix` |
//! | a release between the check and the queueing is lost (bb8#122) | the models of `sync::raw` |

use std::future::pending;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::Context;
use std::time::Duration;

use anywhen::prelude::*;
use anywhen::rt::{self, Runtime};
use anywhen::sync::{CancellationToken, Semaphore};
use anywhen::task::{self, JoinHandle};
use anywhen::testing::{CountingWaker, WakerEvent, runtime_matrix, watched};

runtime_matrix! {
    a_member_that_was_cancelled_does_not_take_the_join_down,
    spawned_tasks_are_under_way_together,
}

/// A task that waits for a permit, and passes it on to `out`.
fn passes<R: Runtime>(rt: &R, permits: &Arc<Semaphore>, out: &Arc<Semaphore>) -> JoinHandle<()> {
    let (permits, out) = (Arc::clone(permits), Arc::clone(out));
    task::spawn_on(rt, async move {
        permits.acquire().await.unwrap().forget();
        out.add_permits(1);
    })
}

/// iroh#4460
async fn a_member_that_was_cancelled_does_not_take_the_join_down<R: Runtime>(rt: R) {
    let cancelled = || {
        let task = task::spawn_on(&rt, pending::<()>());
        task.abort();
        task
    };
    let (permits, out) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let passes = || passes(&rt, &permits, &out);
    let panics = task::spawn_on(&rt, async { panic!("on purpose") });
    let release = async { permits.add_permits(1) };
    let (cancelled_one, passed, panicked, ()) = (cancelled(), passes(), panics, release).join().await;
    assert!(cancelled_one.unwrap_err().is_cancelled());
    passed.unwrap();
    assert!(panicked.unwrap_err().is_panic());

    // For `try_join` it is an error as any other, and the others run on without their handles.
    let result = [passes(), cancelled(), passes()].try_join().await;
    assert!(result.unwrap_err().is_cancelled());
    permits.add_permits(2);
    assert!(out.acquire_many(3).await.is_ok());
}

/// opentelemetry#2685
async fn spawned_tasks_are_under_way_together<R: Runtime>(rt: R) {
    // The last lets the one before it go on, and so down to the first, which is awaited first.
    let gates: [_; 4] = std::array::from_fn(|_| Arc::new(Semaphore::new(0)));
    let tasks: [_; 3] = std::array::from_fn(|n| passes(&rt, &gates[n + 1], &gates[n]));
    let (opens, last) = (Arc::new(Semaphore::new(1)), &gates[3]);
    let opener = passes(&rt, &opens, last);
    for task in tasks.into_iter().chain([opener]) {
        task.await.unwrap();
    }
    assert_eq!(gates[0].available_permits(), 1);
}

/// compio#1044, tokio#8556
#[test]
fn a_waker_may_abort_and_drop_the_handle_that_woke_it() {
    watched("a waker that drops the handle that woke it", || {
        let semaphore = Arc::new(Semaphore::new(0));
        let handle = Arc::new(Mutex::new(Some(Box::pin(passes(&rt::Std, &semaphore, &semaphore)))));
        let (send, receive) = channel();
        let (in_waker, send) = (Arc::clone(&handle), Mutex::new(send));
        let waker = CountingWaker::hooked(move |event| {
            if event != WakerEvent::Wake {
                return;
            }
            let handle = in_waker.lock().unwrap().take().expect("woken once");
            let abort = handle.abort_handle();
            abort.abort();
            let finished = handle.is_finished();
            drop(handle);
            drop(abort);
            send.lock().unwrap().send(finished).unwrap();
        });
        {
            let waker = waker.waker();
            let mut handle = handle.lock().unwrap();
            let poll = handle.as_mut().unwrap().as_mut().poll(&mut Context::from_waker(&waker));
            assert!(poll.is_pending());
        }
        semaphore.add_permits(1);
        assert!(receive.recv_timeout(Duration::from_secs(10)).expect("the hook comes to its end"));
        // The pool is none the worse for it.
        assert_eq!(rt::Std.block_on(task::spawn_on(&rt::Std, async { 7 })).unwrap(), 7);
    });
}

/// tokio#7462, as far as it can be had: each item begins with a look at the token.
#[test]
fn a_cancel_is_seen_beside_a_stream_that_is_always_ready() {
    let token = CancellationToken::new();
    let mut items = 0;
    rt::Std.block_on(async {
        while let Some(item) = token.run_until_cancelled(std::future::ready(items + 1)).await {
            items = item;
            if items == 1000 {
                token.cancel();
            }
        }
    });
    assert_eq!(items, 1000);
}
