//! Joins, races and selects.
//!
//! | scenario | shown by |
//! |---|---|
//! | an error waits for earlier members when there are more than 30 (futures-rs#2866) | [`the_error_of_the_last_of_many_does_not_wait_for_the_others`] |
//! | 31 children cost much more than 30 (next.js#97601; P futures-util) | [`nothing_changes_above_thirty_children`] |
//! | an error makes `try_join` drop an output that is not there (futures-concurrency#155) | `try_join::the_first_error_comes_in_its_own_poll_and_drops_the_rest_before` in `tests/future` |
//! | a finished child is polled again (futures-concurrency#135) | the probes of `tests/future`, which refuse that in every test; `join::a_poll_polls_every_unfinished_child_once` |
//! | a pinned child is moved (futures-concurrency#182, #187, #188, #222) | the same probes, which record their address |
//! | what a join or a race of nothing means | `join::the_join_of_no_futures_is_ready`, `try_join::of_no_futures_it_is_ready`; that the race and the select of nothing are refused is in `nothing.rs` of `tests/compile_fail` |
//! | a different waker on every poll (futures-concurrency#66) | `join` and `race::children_wake_the_waker_of_the_latest_poll`; law 9 |
//! | polled again after all children have failed, it gives what was never there (P futures-concurrency, futures-buffered) | `try_join::it_is_over_after_success_error_and_panic`, `race_ok::it_is_over_after_success_failure_and_panic`; law 6 |
//! | dropped early or ended by an error, it leaks outputs (P futures-buffered) | `join` and `try_join::when_dropped_early_it_drops_children_and_outputs_once_and_in_order`; `race_ok::dropped_early_it_drops_children_and_errors_once_and_in_order`, `settle::dropped_early_it_drops_children_outputs_and_errors_once_and_in_order` |
//! | a child that panics leaves the whole without an end (P futures-buffered) | `a_panic_of_a_child_passes_and_drops_the_others` of `join`, `try_join`, `race`, `race_ok` and `settle` |
//! | a join macro borrows self-referential children anew at each poll (futures-rs#2649, tokio#5087) | [`self_referential_children_are_pinned_once`], which Miri would object to |
//! | a self-waking child is polled twice in a pass, or for ever (futures-rs#2047, #2333, #2551, tokio#2390) | `join::a_poll_polls_every_unfinished_child_once`, `race::a_poll_polls_every_child_once` |
//! | a branch of `select!` that is disabled is evaluated all the same (tokio#2582): so it is here, and stated | `select_macro::a_branch_whose_condition_is_false_is_made_and_not_polled` |
//! | `join!` starves its later children under a budget (tokio#4612) | `macros::a_branch_that_uses_up_a_shared_budget_does_not_starve_the_others` |
//! | wrong `Send` and `Sync` (futures-rs#3003, #2788, #2054) | `tests/auto_traits.rs`; `threads.rs` of `tests/compile_fail`; `macros::they_are_send_when_their_branches_are_and_temporaries_do_not_last` |
//! | a future over futures that borrow is not general enough to be `Send` (rust#102737) | [`joins_of_borrowing_futures_are_send`] |

use std::cell::Cell;
use std::future::{pending, poll_fn, ready};
use std::rc::Rc;
use std::task::Poll;

use anywhen::future::{LocalBoxFuture, yield_now};
use anywhen::prelude::*;
use anywhen::testing::{CountingAlloc, CountingWaker, TestTask};
use anywhen::{assert_pending, assert_ready, assert_ready_eq};

/// futures-rs#2866
#[test]
fn the_error_of_the_last_of_many_does_not_wait_for_the_others() {
    fn check<const N: usize>() {
        let (alive, fails) = (Rc::new(()), Rc::new(Cell::new(false)));
        let children = std::array::from_fn::<_, N, _>(|number| {
            let (alive, fails) = (Rc::clone(&alive), Rc::clone(&fails));
            poll_fn(move |_| {
                let _alive = &alive;
                if number == N - 1 && fails.get() { Poll::Ready(Err::<(), _>(number)) } else { Poll::Pending }
            })
        });
        let mut task = TestTask::new(children.try_join());
        assert_pending!(task.poll());
        fails.set(true);
        assert_ready_eq!(task.poll(), Err(N - 1));
        assert_eq!(Rc::strong_count(&alive), 1, "the others are dropped");
    }
    check::<30>();
    check::<31>();
    check::<100>();
}

/// next.js#97601
#[test]
fn nothing_changes_above_thirty_children() {
    fn check<const N: usize>() {
        let polls = Cell::new(0);
        let count = CountingWaker::new();
        let waker = count.waker();
        let mut cx = std::task::Context::from_waker(&waker);
        let seen = CountingAlloc::count(|| {
            let child = |number| {
                let polls = &polls;
                poll_fn(move |_| {
                    polls.set(polls.get() + 1);
                    Poll::Ready(number)
                })
            };
            let mut join = std::pin::pin!(std::array::from_fn::<_, N, _>(child).join());
            assert_eq!(join.as_mut().poll(&mut cx), Poll::Ready(std::array::from_fn(|number| number)));
        });
        assert_eq!(polls.get(), N, "each child is polled once");
        assert!(seen.is_zero(), "{seen:?}");
        assert_eq!(count.clones(), 0);
    }
    check::<30>();
    check::<31>();
    check::<100>();
}

/// futures-rs#2649, tokio#5087
#[test]
fn self_referential_children_are_pinned_once() {
    /// Counts through a reference into itself, over a number of polls.
    async fn child(polls: usize) -> usize {
        let mut count = 0;
        let inside = &mut count;
        for _ in 0..polls {
            *inside += 1;
            yield_now().await;
        }
        *inside
    }
    async fn fallible(polls: usize) -> Result<usize, ()> {
        Ok(child(polls).await)
    }
    let forms: [(&str, LocalBoxFuture<'_, [usize; 3]>); 9] = [
        (
            "select!",
            Box::pin(async {
                let (mut a, mut b) = (std::pin::pin!(child(3)), None);
                loop {
                    anywhen::select! {
                        biased;
                        three = &mut a, if b.is_some() => break [three, 1, b.unwrap_or(0)],
                        n = child(2), if b.is_none() => b = Some(n),
                        Err(()) = fallible(1) => unreachable!("it does not fail"),
                    }
                }
            }),
        ),
        ("race_ok", Box::pin(async { [fallible(3), fallible(3)].race_ok().await.map(|n| [n, 1, 2]).unwrap() })),
        ("settle", Box::pin(async { (fallible(3), fallible(1), fallible(2)).settle().await.unwrap().into() })),
        ("join!", Box::pin(async { anywhen::join!(child(3), child(1), child(2)).into() })),
        ("try_join!", Box::pin(async { anywhen::try_join!(fallible(3), fallible(1), fallible(2)).unwrap().into() })),
        ("tuple", Box::pin(async { (child(3), child(1), child(2)).join().await.into() })),
        ("array", Box::pin(async { [child(3), child(1), child(2)].join().await })),
        ("try_join", Box::pin(async { [fallible(3), fallible(1), fallible(2)].try_join().await.unwrap() })),
        ("race", Box::pin(async { (child(2).map(|n| [3, 1, n]), pending()).race().await })),
    ];
    for (form, future) in forms {
        let mut task = TestTask::new(future);
        assert_eq!(assert_ready!(task.run_until_stalled()), [3, 1, 2], "{form}");
    }
}

/// rust#102737
#[test]
fn joins_of_borrowing_futures_are_send() {
    fn send<F: Future + Send>(future: F) -> F {
        future
    }
    async fn length(text: &str) -> usize {
        yield_now().await;
        text.len()
    }
    let mut task = TestTask::new(send(async {
        let texts = [String::from("a"), String::from("bc")];
        let lengths = texts.each_ref().map(|text| async move { length(text).await });
        let [a, b] = lengths.join().await;
        let first = texts.each_ref().map(|text| length(text)).race().await;
        let (c, ()) = anywhen::join!(length(&texts[0]), ready(()));
        (a, b, first > 0, c)
    }));
    assert_eq!(assert_ready!(task.run_until_stalled()), (1, 2, true, 1));
}
