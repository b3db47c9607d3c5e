//! `settle`, in each of its forms: all to the end, and then the outputs or the first error.

use std::future::{Ready, ready};
use std::rc::Rc;

use anywhen::future::{FusedFuture, LocalBoxFuture, TryFuture, maybe_done, traits};
use anywhen::prelude::*;
use anywhen::testing::{TestTask, assert_pending, assert_ready};

use crate::probe::{Dropped, DroppedOutput, Event, Polled, Token, TryProbe, panic_of, probes};

type Make = fn([TryProbe; 3]) -> LocalBoxFuture<'static, Result<[Token; 3], Token>>;

/// Every way to wait for the ends of three futures that may fail.
const FORMS: [(&str, Make); 3] = [
    ("tuple", |[a, b, c]| Box::pin((a, b, c).settle().map(|result| result.map(<[Token; 3]>::from)))),
    ("array", |children| Box::pin(children.settle())),
    ("vector", |children| Box::pin(Vec::from(children).settle().map(|result| result.map(all)))),
];

fn all(tokens: Vec<Token>) -> [Token; 3] {
    tokens.try_into().expect("three outputs")
}

const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// What was dropped, in order.
fn gone(mut events: Vec<Event>) -> Vec<Event> {
    events.retain(|event| !matches!(event, Polled(_)));
    events
}

#[test]
fn outputs_are_in_the_order_of_the_children_whatever_their_end() {
    for (form, make) in FORMS {
        for order in ORDERS {
            let (children, controls, log) = probes();
            let mut task = TestTask::new(make(children));
            for number in order {
                assert_pending!(task.poll());
                controls[number].release();
                assert_eq!(task.wakes(), 1, "{form}");
            }
            let outputs = assert_ready!(task.poll()).unwrap();
            assert_eq!(outputs.each_ref().map(Token::number), [0, 1, 2], "{form}");
            assert_eq!(gone(log.take()), order.map(Dropped), "{form}: each goes when it is done");
        }
    }
}

#[test]
fn all_run_to_the_end_and_the_error_is_the_first_in_time() {
    for (form, make) in FORMS {
        for order in ORDERS {
            for fail in [[true, false, false], [true, true, false], [true, true, true], [false, true, true]] {
                let (children, controls, log) = probes();
                let mut task = TestTask::new(make(children));
                for (number, fails) in order.into_iter().zip(fail) {
                    assert_pending!(task.poll());
                    if fails {
                        controls[number].fail()
                    } else {
                        controls[number].release()
                    }
                    assert_eq!(task.wakes(), 1, "{form}");
                }
                let error = assert_ready!(task.poll()).unwrap_err();
                let first = if fail[0] { order[0] } else { order[1] };
                assert_eq!(error.number(), first, "{form} {order:?} {fail:?}");
                // Before it is given, everything else is gone.
                let mut expected = order.map(Dropped).to_vec();
                expected.extend((0..3).filter(|&number| number != first).map(DroppedOutput));
                assert_eq!(gone(log.take()), expected, "{form}");
                drop((task, error));
                assert_eq!(log.take(), [DroppedOutput(first)], "{form}");
            }
        }
    }
}

#[test]
fn of_errors_in_one_poll_the_first_in_order_is_given() {
    for (form, make) in FORMS {
        let (children, controls, _log) = probes();
        let mut task = TestTask::new(make(children));
        controls[2].fail();
        controls[1].fail();
        assert_pending!(task.poll());
        controls[0].fail();
        assert_eq!(assert_ready!(task.poll()).unwrap_err().number(), 1, "{form}");
    }
}

#[test]
fn a_poll_polls_every_unfinished_child_once_and_in_order() {
    for (form, make) in FORMS {
        let (children, controls, log) = probes();
        let mut task = TestTask::new(make(children));
        assert_pending!(task.poll());
        assert_eq!(log.take(), [0, 1, 2].map(Polled), "{form}");
        controls[1].fail();
        assert_pending!(task.poll());
        assert_eq!(log.take(), [Polled(0), Polled(1), Dropped(1), Polled(2)], "{form}");
        for _ in 0..3 {
            for control in [&controls[0], &controls[2]] {
                control.wake_itself();
            }
            assert_pending!(task.poll());
            assert_eq!(log.take(), [0, 2].map(Polled), "{form}");
        }
    }
}

#[test]
fn dropped_early_it_drops_children_outputs_and_errors_once_and_in_order() {
    for (form, make) in FORMS {
        for done in 0..3 {
            let (children, controls, log) = probes();
            let mut task = TestTask::new(make(children));
            for (number, control) in controls[..done].iter().enumerate() {
                if number == 0 { control.fail() } else { control.release() }
            }
            assert_pending!(task.poll());
            log.take();
            drop(task);
            let expected = (0..3).map(|n| if n < done { DroppedOutput(n) } else { Dropped(n) }).collect::<Vec<_>>();
            assert_eq!(log.take(), expected, "{form} with {done} done");
        }
    }
}

#[test]
fn a_panic_of_a_child_passes_and_drops_the_others() {
    for (form, make) in FORMS {
        for position in 1..3 {
            let (children, controls, log) = probes();
            let mut task = TestTask::new(make(children));
            controls[0].fail();
            controls[position].panic();
            assert_eq!(panic_of(|| task.poll()), format!("child {position} panics"), "{form}");
            assert_eq!(gone(log.take()), [Dropped(0), DroppedOutput(0), Dropped(1), Dropped(2)], "{form}");
            drop(task);
            assert_eq!(log.take(), [], "{form}");
        }
    }
}

#[test]
fn children_wake_the_waker_of_the_latest_poll() {
    for (form, make) in FORMS {
        let (children, controls, _log) = probes();
        let mut task = TestTask::new(make(children)).changing_wakers();
        for control in &controls {
            for _ in 0..3 {
                assert_pending!(task.poll());
            }
            control.release();
            assert_eq!(task.wakes(), 1, "{form}");
        }
        assert!(assert_ready!(task.poll()).is_ok(), "{form}");
    }
}

#[test]
fn it_is_over_after_success_error_and_panic() {
    let mut task = TestTask::new((ready(Ok::<_, ()>(1)), ready(Ok(2))).settle());
    assert!(!task.future().is_terminated());
    assert_eq!(assert_ready!(task.poll()), Ok((1, 2)));
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`Settle` polled after completion");

    let mut task = TestTask::new([ready(Ok(1)), ready(Err("no"))].settle());
    assert_eq!(assert_ready!(task.poll()), Err("no"));
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`Settle` polled after completion");

    let ([a, b], controls, _log) = probes::<2, true>();
    let mut task = TestTask::new((a, b).settle());
    controls[0].panic();
    assert_eq!(panic_of(|| task.poll()), "child 0 panics");
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`Settle` polled after completion");
}

#[test]
fn of_no_futures_it_is_ready() {
    let none: [Ready<Result<u8, u8>>; 0] = [];
    assert_eq!(none.settle().now_or_never(), Some(Ok([])));
}

#[test]
fn all_twelve_places_of_a_tuple_are_taken() {
    for fails in 0..13 {
        let at = |number| ready(if number == fails { Err(number) } else { Ok(number) });
        let all = (at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7), at(8), at(9), at(10), at(11));
        let expected = if fails < 12 { Err(fails) } else { Ok((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)) };
        assert_eq!(all.settle().now_or_never(), Some(expected));
    }
}

#[test]
fn outputs_may_be_of_different_types_and_the_trait_can_be_a_bound() {
    fn generic<C: traits::Settle>(children: C) -> Option<Result<C::Output, C::Error>> {
        children.settle().now_or_never()
    }
    assert_eq!(generic((ready(Ok::<_, ()>(1)), ready(Ok("two")))), Some(Ok((1, "two"))));
    fn second<A: TryFuture, B: TryFuture<Error = A::Error>>(a: A, b: B) -> Option<B::Ok> {
        Some((a, b).settle().now_or_never()?.ok()?.1)
    }
    assert_eq!(second(ready(Ok::<_, ()>(1)), ready(Ok(2))), Some(2));
}

#[test]
fn it_takes_a_slot_for_each_child_and_a_word_or_two() {
    async fn child(bytes: &[u8; 64]) -> Result<u8, u8> {
        let copy = *bytes;
        ready(()).await;
        Ok(copy[0])
    }
    let bytes = [1; 64];
    let slot = size_of_val(&maybe_done(child(&bytes)));
    let words = 2 * size_of::<usize>();
    assert!(size_of_val(&(child(&bytes), child(&bytes)).settle()) <= 2 * slot + words);
    assert!(size_of_val(&[(); 8].map(|()| child(&bytes)).settle()) <= 8 * slot + words);
}

#[test]
fn the_error_does_not_leak_where_an_output_panics_when_it_is_dropped() {
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("an output panics when dropped");
        }
    }

    let error = Rc::new(());
    let children = vec![ready(Ok(Bomb)), ready(Err(Rc::clone(&error)))];
    let mut task = TestTask::new(children.settle());
    assert_eq!(panic_of(|| task.poll()), "an output panics when dropped");
    assert_eq!(Rc::strong_count(&error), 1);
}
