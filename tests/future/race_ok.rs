//! `race_ok`, in each of its forms: the first that does not fail, or every error.

use std::convert::Infallible;
use std::future::{pending, poll_fn, ready};
use std::task::Poll;

use anywhen::future::container::{Biased, RaceOk};
use anywhen::future::{FusedFuture, LocalBoxFuture, TryFuture, maybe_done, traits};
use anywhen::prelude::*;
use anywhen::testing::{TestTask, assert_pending, assert_ready};

use crate::probe::{Dropped, DroppedOutput, Event, Polled, Token, TryProbe, panic_of, probes};

type Make = fn([TryProbe; 3]) -> LocalBoxFuture<'static, Result<Token, [Token; 3]>>;

/// Every way to wait for the first of three futures that does not fail.
const FORMS: [(&str, Make); 6] = [
    ("tuple", |[a, b, c]| Box::pin((a, b, c).race_ok().map(|result| result.map_err(<[Token; 3]>::from)))),
    ("array", |children| Box::pin(children.race_ok())),
    ("vector", |children| Box::pin(Vec::from(children).race_ok().map(|result| result.map_err(all)))),
    ("biased tuple", |[a, b, c]| {
        Box::pin((a, b, c).race_ok().biased().map(|result| result.map_err(<[Token; 3]>::from)))
    }),
    ("biased array", |children| Box::pin(children.race_ok().biased())),
    ("biased vector", |children| Box::pin(Vec::from(children).race_ok().biased().map(|result| result.map_err(all)))),
];

fn all(tokens: Vec<Token>) -> [Token; 3] {
    tokens.try_into().expect("three errors")
}

fn polls(events: Vec<Event>) -> Vec<usize> {
    events.into_iter().filter_map(|event| if let Polled(number) = event { Some(number) } else { None }).collect()
}

/// What was dropped, in order.
fn gone(mut events: Vec<Event>) -> Vec<Event> {
    events.retain(|event| !matches!(event, Polled(_)));
    events
}

#[test]
fn the_first_success_wins_and_everything_else_is_gone_before_it_is_given() {
    for (form, make) in FORMS {
        for winner in 0..3 {
            let (children, controls, log) = probes();
            let mut task = TestTask::new(make(children));
            let failed = (winner + 1) % 3;
            controls[failed].fail();
            assert_pending!(task.poll());
            assert_eq!(gone(log.take()), [Dropped(failed)], "{form}: its error is kept");
            controls[winner].release();
            assert_eq!(task.wakes(), 1, "{form}");
            let token = assert_ready!(task.poll()).unwrap();
            // The winner goes when it is done, and the others in order.
            let mut expected = vec![Dropped(winner)];
            expected.extend(
                (0..3).filter(|&n| n != winner).map(|n| if n == failed { DroppedOutput(n) } else { Dropped(n) }),
            );
            assert_eq!(gone(log.take()), expected, "{form}");
            assert_eq!(token.number(), winner, "{form}");
            drop((task, token));
            assert_eq!(log.take(), [DroppedOutput(winner)], "{form}");
        }
    }
}

#[test]
fn when_all_fail_every_error_is_given_in_the_order_of_the_children() {
    for (form, make) in FORMS {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let (children, controls, log) = probes();
            let mut task = TestTask::new(make(children));
            for number in order {
                assert_pending!(task.poll());
                controls[number].fail();
                assert_eq!(task.wakes(), 1, "{form}");
            }
            let errors = assert_ready!(task.poll()).unwrap_err();
            assert_eq!(errors.each_ref().map(Token::number), [0, 1, 2], "{form}");
            assert_eq!(gone(log.take()), order.map(Dropped), "{form}");
            drop((task, errors));
            assert_eq!(log.take(), [0, 1, 2].map(DroppedOutput), "{form}");
        }
    }
}

#[test]
fn children_that_have_failed_are_not_polled_again() {
    for (form, make) in FORMS {
        let (children, controls, log) = probes();
        let mut task = TestTask::new(make(children));
        controls[1].fail();
        assert_pending!(task.poll());
        log.take();
        for _ in 0..20 {
            assert_pending!(task.poll());
            let mut polled = polls(log.take());
            polled.sort_unstable();
            assert_eq!(polled, [0, 2], "{form}");
        }
    }
}

#[test]
fn biased_forms_begin_at_the_first_child_and_others_anywhere() {
    for (form, make) in FORMS {
        let mut won = [0u32; 3];
        for _ in 0..1200 {
            let (children, controls, _log) = probes();
            controls.iter().for_each(|control| control.release());
            won[assert_ready!(TestTask::new(make(children)).poll()).unwrap().number()] += 1;
        }
        if form.starts_with("biased") {
            assert_eq!(won, [1200, 0, 0], "{form}");
        } else {
            // Six standard deviations to each side.
            assert!(won.iter().all(|won| (302..=498).contains(won)), "{form}: {won:?}");
        }
    }
}

#[test]
fn one_race_begins_anew_at_each_poll() {
    let (children, _controls, log) = probes::<3, true>();
    let mut task = TestTask::new(children.race_ok());
    let mut begins = [0u32; 3];
    for _ in 0..3000 {
        assert_pending!(task.poll());
        begins[polls(log.take())[0]] += 1;
    }
    assert!(begins.iter().all(|begun| (800..=1200).contains(begun)), "{begins:?}");
}

#[test]
fn dropped_early_it_drops_children_and_errors_once_and_in_order() {
    for (form, make) in FORMS {
        for failed in 0..3 {
            let (children, controls, log) = probes();
            let mut task = TestTask::new(make(children));
            for control in &controls[..failed] {
                control.fail();
            }
            assert_pending!(task.poll());
            log.take();
            drop(task);
            let expected = (0..3).map(|n| if n < failed { DroppedOutput(n) } else { Dropped(n) }).collect::<Vec<_>>();
            assert_eq!(log.take(), expected, "{form} after {failed} failures");
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
            assert_pending!(task.poll());
            controls[position].panic();
            assert_eq!(panic_of(|| task.poll()), format!("child {position} panics"), "{form}");
            assert_eq!(gone(log.take()), [Dropped(0), DroppedOutput(0), Dropped(1), Dropped(2)], "{form}");
            drop(task);
            assert_eq!(log.take(), [], "{form}");
        }
    }
}

#[test]
fn a_panic_of_a_loser_that_is_dropped_loses_nothing_else() {
    for (form, make) in FORMS {
        let (children, controls, log) = probes();
        let mut task = TestTask::new(make(children));
        controls[2].fail();
        assert_pending!(task.poll());
        log.take();
        controls[0].release();
        controls[1].panic_on_drop();
        assert_eq!(panic_of(|| task.poll()), "child 1 panics when dropped", "{form}");
        drop(task);
        let mut gone = gone(log.take());
        gone.sort_by_key(|event| format!("{event:?}"));
        assert_eq!(gone, [Dropped(0), Dropped(1), DroppedOutput(0), DroppedOutput(2)], "{form}");
    }
}

#[test]
fn children_wake_the_waker_of_the_latest_poll() {
    for (form, make) in FORMS {
        let (children, controls, _log) = probes();
        let mut task = TestTask::new(make(children)).changing_wakers();
        for _ in 0..3 {
            assert_pending!(task.poll());
        }
        controls[2].release();
        assert_eq!(task.wakes(), 1, "{form}");
        assert_eq!(assert_ready!(task.poll()).unwrap().number(), 2, "{form}");
    }
}

#[test]
fn it_is_over_after_success_failure_and_panic() {
    let mut task = TestTask::new((ready(Ok::<_, ()>(1)), ready(Err(2))).race_ok());
    assert!(!task.future().is_terminated());
    assert_eq!(assert_ready!(task.poll()), Ok(1));
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`RaceOk` polled after completion");

    let mut task = TestTask::new([ready(Err::<(), _>("no"))].race_ok());
    assert_eq!(assert_ready!(task.poll()), Err(["no"]));
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`RaceOk` polled after completion");

    let ([a, b], controls, _log) = probes::<2, true>();
    let mut task = TestTask::new((a, b).race_ok().biased());
    controls[0].panic();
    assert_eq!(panic_of(|| task.poll()), "child 0 panics");
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`RaceOk` polled after completion");
}

#[test]
fn one_of_twelve_wins_or_all_errors_are_in_their_places() {
    fn at(number: usize, winner: usize) -> impl Future<Output = Result<usize, usize>> {
        poll_fn(move |_| Poll::Ready(if number == winner { Ok(number) } else { Err(number) }))
    }
    for w in 0..13 {
        let all = (at(0, w), at(1, w), at(2, w), at(3, w), at(4, w), at(5, w), at(6, w), at(7, w), at(8, w), at(9, w));
        let (a, b, c, d, e, f, g, h, i, j) = all;
        let result = (a, b, c, d, e, f, g, h, i, j, at(10, w), at(11, w)).race_ok().now_or_never().unwrap();
        assert_eq!(result, if w < 12 { Ok(w) } else { Err((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)) });
    }
}

#[test]
fn errors_and_futures_may_be_of_different_types() {
    let never = pending::<Result<u8, Infallible>>();
    let result = (ready(Err("text")), never, async { Ok::<_, u32>(3) }).race_ok().now_or_never().unwrap();
    assert_eq!(result, Ok(3));
    let result = (ready(Err::<u8, _>("text")), async { Err(3) }).race_ok().now_or_never().unwrap();
    assert_eq!(result, Err(("text", 3)));
}

#[test]
fn the_types_have_names_and_the_trait_can_be_a_bound() {
    fn generic<C: traits::RaceOk>(children: C) -> Option<Result<C::Output, C::Error>> {
        children.race_ok().now_or_never()
    }
    assert_eq!(generic([ready(Err::<u8, _>(1))]), Some(Err([1])));
    fn any<A: TryFuture, B: TryFuture<Ok = A::Ok>>(a: A, b: B) -> Option<A::Ok> {
        (a, b).race_ok().now_or_never()?.ok()
    }
    assert_eq!(any(ready(Ok::<_, ()>(1)), ready(Err::<u8, u8>(2))), Some(1));
    struct Stored {
        race: RaceOk<[std::future::Ready<Result<u8, ()>>; 2], Biased>,
    }
    let stored = Stored { race: [ready(Err(())), ready(Ok(2))].race_ok().biased() };
    assert_eq!(stored.race.now_or_never(), Some(Ok(2)));
}

#[test]
fn it_takes_a_slot_for_each_child_and_nothing_more() {
    async fn child(bytes: &[u8; 64]) -> Result<u8, u8> {
        let copy = *bytes;
        ready(()).await;
        Ok(copy[0])
    }
    let bytes = [1; 64];
    let slot = size_of_val(&maybe_done(child(&bytes)));
    assert_eq!(size_of_val(&(child(&bytes), child(&bytes)).race_ok()), 2 * slot);
    assert_eq!(size_of_val(&[(); 8].map(|()| child(&bytes)).race_ok().biased()), 8 * slot);
}
