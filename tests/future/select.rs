//! The functions `select`, `try_select`, `select_all` and `select_ok`, which hand the losers back.

use std::future::{Pending, Ready, pending, ready};
use std::pin::Pin;
use std::task::{Context, Waker};

use anywhen::future::{Either, FusedFuture, TryFuture, select, select_all, select_ok, try_select};
use anywhen::prelude::*;
use anywhen::testing::{TestTask, assert_pending, assert_ready};

use crate::probe::{Dropped, Polled, Probe, TryProbe, panic_of, probes};

fn boxed<const N: usize, const TRY: bool>(children: [Probe<TRY>; N]) -> [Pin<Box<Probe<TRY>>>; N] {
    children.map(Box::pin)
}

#[test]
fn the_left_is_polled_first_and_the_loser_comes_back_untouched() {
    let (children, controls, log) = probes::<2, false>();
    let [left, right] = boxed(children);
    let mut task = TestTask::new(select(left, right));
    assert_pending!(task.poll());
    assert_eq!(log.take(), [Polled(0), Polled(1)]);
    controls[0].release();
    controls[1].release();
    let Either::Left((token, loser)) = assert_ready!(task.poll()) else { panic!("the right won") };
    // The winner is dropped, the loser was not polled and is not.
    assert_eq!(log.take(), [Polled(0), Dropped(0)]);
    assert_eq!(token.number(), 0);
    assert_eq!(loser.now_or_never().unwrap().number(), 1);
}

#[test]
fn the_right_wins_when_the_left_is_pending() {
    let (children, controls, _log) = probes::<2, false>();
    let [left, right] = boxed(children);
    controls[1].release();
    match select(left, right).now_or_never() {
        Some(Either::Right((token, mut loser))) => {
            assert_eq!(token.number(), 1);
            controls[0].release();
            assert_eq!((&mut loser).now_or_never().unwrap().number(), 0);
        }
        _ => panic!("the right should win"),
    }
}

#[test]
fn a_try_select_tells_success_from_failure_on_either_side() {
    for position in 0..2 {
        for fails in [false, true] {
            let (children, controls, _log) = probes::<2, true>();
            let [left, right] = boxed::<2, true>(children);
            let mut task = TestTask::new(try_select(left, right));
            assert_pending!(task.poll());
            if fails {
                controls[position].fail()
            } else {
                controls[position].release()
            }
            let result = assert_ready!(task.poll());
            assert_eq!(result.is_err(), fails);
            let (Ok(either) | Err(either)) = result;
            let left_won = matches!(either, Either::Left(_));
            let (token, _loser): (_, Pin<Box<TryProbe>>) = either.into_inner();
            assert_eq!((token.number(), left_won), (position, position == 0));
        }
    }
}

#[test]
fn they_are_over_after_their_end_and_after_a_panic() {
    let mut task = TestTask::new(select(ready(1), pending::<()>()));
    assert!(!task.future().is_terminated());
    assert!(task.poll().is_ready());
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`Select` polled after completion");

    let mut task = TestTask::new(try_select(ready(Ok::<u8, u8>(1)), pending::<Result<u8, u8>>()));
    assert!(!task.future().is_terminated());
    assert!(task.poll().is_ready());
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`TrySelect` polled after completion");

    let (children, controls, log) = probes::<2, false>();
    let [left, right] = boxed(children);
    let mut task = TestTask::new(select(left, right));
    controls[1].panic();
    assert_eq!(panic_of(|| task.poll()), "child 1 panics");
    assert!(task.future().is_terminated());
    assert_eq!(log.take(), [Polled(0), Polled(1), Dropped(0), Dropped(1)]);
    assert_eq!(panic_of(|| task.poll()), "`Select` polled after completion");
}

#[test]
fn try_select_takes_what_is_only_known_to_be_a_try_future() {
    fn left_is_ok<A: TryFuture + Unpin, B: TryFuture + Unpin>(a: A, b: B) -> bool {
        matches!(try_select(a, b).now_or_never(), Some(Ok(Either::Left(_))))
    }
    assert!(left_is_ok(ready(Ok::<u8, ()>(1)), pending::<Result<u8, u8>>()));
}

#[test]
fn the_loser_can_be_selected_again() {
    let mut slow: Pending<u8> = pending();
    for n in 0..3 {
        let fast: Ready<u8> = ready(n);
        match select(fast, &mut slow).now_or_never() {
            Some(Either::Left((won, _))) => assert_eq!(won, n),
            _ => panic!("the fast one should win"),
        }
    }
}

/// Who comes back.
fn numbers(rest: Vec<Pin<Box<Probe>>>) -> Vec<String> {
    rest.iter().map(|child| format!("{child:?}")).collect()
}

#[test]
fn of_many_the_first_comes_with_its_index_and_the_others_as_swap_remove_leaves_them() {
    fn check<const N: usize>() {
        for winner in [0, 1, N / 2, N - 1] {
            let (children, controls, log) = probes::<N, false>();
            let mut task = TestTask::new(select_all(boxed(children)));
            assert_pending!(task.poll());
            log.take();
            controls[winner].release();
            assert_eq!(task.wakes(), 1);
            let (token, index, rest) = assert_ready!(task.poll());
            assert_eq!((token.number(), index, rest.len()), (winner, winner, N - 1));
            assert_eq!(log.take().last(), Some(&Dropped(winner)), "the others are not dropped");
            let mut expected: Vec<_> = (0..N).map(|n| format!("Probe({n})")).collect();
            expected.swap_remove(winner);
            assert_eq!(numbers(rest), expected);
            assert_eq!(log.take().len(), N - 1);
        }
    }
    check::<2>();
    check::<30>();
    check::<31>();
    check::<100>();
}

#[test]
fn the_rest_of_a_select_all_can_be_selected_from_again() {
    let (children, controls, _log) = probes::<40, false>();
    let mut rest = Vec::from(boxed(children));
    for n in (0..40).map(|n| (7 * n + 5) % 40) {
        let mut task = TestTask::new(select_all(rest));
        assert_pending!(task.poll());
        controls[n].release();
        assert_eq!(task.wakes(), 1, "a waker of an earlier select is still in use");
        let (token, _, others) = assert_ready!(task.poll());
        assert_eq!(token.number(), n);
        rest = others;
    }
    assert!(rest.is_empty());
}

#[test]
fn the_first_success_comes_with_those_that_have_neither_failed_nor_succeeded() {
    fn check<const N: usize>() {
        let (children, controls, log) = probes::<N, true>();
        let mut task = TestTask::new(select_ok(boxed::<N, true>(children)));
        assert_pending!(task.poll());
        // Two fail, one after the other, and the error of the first is dropped for that of the second.
        for (n, count) in [(N - 1, 0), (0, 1)] {
            controls[n].fail();
            log.take();
            assert_pending!(task.poll());
            let events = log.take();
            assert!(events.contains(&Dropped(n)));
            assert_eq!(events.iter().filter(|event| matches!(event, crate::probe::DroppedOutput(_))).count(), count);
        }
        controls[1].release();
        let (token, rest) = assert_ready!(task.poll()).expect("one has succeeded");
        assert_eq!((token.number(), rest.len()), (1, N - 3));
        drop(task);
        let left: std::collections::BTreeSet<_> = rest.iter().map(|child| format!("{child:?}")).collect();
        assert_eq!(left, (2..N - 1).map(|n| format!("Probe({n})")).collect());
    }
    check::<4>();
    check::<30>();
    check::<31>();
    check::<100>();
}

#[test]
fn when_all_fail_the_last_error_comes() {
    fn check<const N: usize>() {
        let (children, controls, _log) = probes::<N, true>();
        let mut task = TestTask::new(select_ok(boxed::<N, true>(children)));
        assert_pending!(task.poll());
        for n in (0..N).rev() {
            controls[n].fail();
            let poll = task.poll();
            if n > 0 {
                assert_pending!(poll);
            } else {
                assert_eq!(assert_ready!(poll).expect_err("all have failed").number(), 0);
            }
        }
    }
    check::<1>();
    check::<30>();
    check::<31>();
}

#[test]
fn they_are_over_once_they_have_answered() {
    let mut all = select_all([ready(1)]);
    assert_eq!((&mut all).now_or_never().map(|(one, ..)| one), Some(1));
    assert!(all.is_terminated());
    assert_eq!(panic_of(|| (&mut all).now_or_never()), "`SelectAll` polled after completion");
    let mut ok = select_ok([ready(Err::<(), _>(1))]);
    assert_eq!((&mut ok).now_or_never().map(|result| result.map(drop)), Some(Err(1)));
    assert!(ok.is_terminated());
    assert_eq!(panic_of(|| (&mut ok).now_or_never()), "`SelectOk` polled after completion");
}

#[test]
fn the_futures_of_a_select_all_come_back_however_often_it_was_polled() {
    for count in [1, 30, 31, 200] {
        for polls in 0..3 {
            let mut select = select_all((0..count).map(|n| pending::<()>().map(move |()| n).boxed()));
            for _ in 0..polls {
                assert!(select.poll_unpin(&mut Context::from_waker(Waker::noop())).is_pending());
            }
            let futures = select.into_inner();
            assert_eq!(futures.len(), count);
        }
    }
    let mut select = select_all([ready(1), ready(2)]);
    assert_ready!(select.poll_unpin(&mut Context::from_waker(Waker::noop())));
    assert_eq!(select.into_inner().len(), 0);
}
