//! The functions `select` and `try_select`, which hand the loser back.

use std::future::{Pending, Ready, pending, ready};
use std::pin::Pin;

use anywhen::future::{Either, FusedFuture, TryFuture, select, try_select};
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
