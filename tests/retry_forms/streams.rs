//! Streams that are made anew.

use std::cell::{Cell, RefCell};

use std::io;
use std::rc::Rc;

use anywhen::prelude::*;
use anywhen::retry::{Counters, StopReason, retry_stream, retry_stream_with};
use anywhen::stream::{self, BoxStream};
use anywhen::testing::{TestTask, cancel_at_every_poll};
use anywhen::time::{self, Duration, Instant, VirtualClock};
use anywhen::{assert_pending, assert_ready_eq, task};
use futures_core::stream::FusedStream;

use super::tries::{AT_ONCE, EACH_SECOND, MINUTE, SECOND, panic_of, run};

type Item = Result<u32, &'static str>;

/// Gives these streams, one after the other, and then those that fail at once; and counts them.
fn streams(made: &Cell<usize>, of: Vec<Vec<Item>>) -> impl FnMut() -> stream::Iter<std::vec::IntoIter<Item>> {
    move || {
        let items = of.get(made.get()).cloned().unwrap_or_else(|| vec![Err("refused")]);
        made.set(made.get() + 1);
        stream::iter(items)
    }
}

#[test]
fn what_fails_is_made_anew_after_the_delay_and_the_errors_are_not_given() {
    let made = Cell::new(0);
    let of = vec![vec![Ok(1), Ok(2), Err("reset")], vec![Err("refused")], vec![Ok(3)]];
    let (items, elapsed) = run(retry_stream(streams(&made, of)).policy(EACH_SECOND).collect::<Vec<_>>());
    assert_eq!((items, made.get(), elapsed), (vec![Ok(1), Ok(2), Ok(3)], 3, SECOND * 2));
}

#[test]
fn the_last_error_is_the_last_item() {
    let made = Cell::new(0);
    let (items, elapsed) =
        run(retry_stream(streams(&made, vec![vec![Ok(1), Err("reset")]])).policy(EACH_SECOND).collect::<Vec<_>>());
    // With the first item the policy has begun anew.
    assert_eq!((items, made.get(), elapsed), (vec![Ok(1), Err("refused")], 4, SECOND * 3));
    let made = Cell::new(0);
    let stream = retry_stream(streams(&made, vec![])).policy(EACH_SECOND).detailed();
    let (items, _) = run(stream.collect::<Vec<_>>());
    let error = items[0].as_ref().unwrap_err();
    assert_eq!((error.attempts, error.reason, error.elapsed), (4, StopReason::MaxAttempts, SECOND * 3));
}

#[test]
fn conditions_choose_the_errors() {
    let made = Cell::new(0);
    let of = vec![vec![Err("reset")], vec![Ok(1), Err("gone"), Ok(2)]];
    let (items, _) = run(retry_stream(streams(&made, of)).when(|error| *error != "gone").collect::<Vec<_>>());
    assert_eq!((items, made.get()), (vec![Ok(1), Err("gone")], 2));
}

#[test]
fn each_item_lets_the_policy_begin_anew() {
    let made = Cell::new(0);
    let of = (0..20).map(|n| vec![Ok(n), Err("reset")]).collect();
    let (items, elapsed) = run(retry_stream(streams(&made, of)).policy(EACH_SECOND).collect::<Vec<_>>());
    assert_eq!((items.len(), made.get(), elapsed), (21, 23, SECOND * 22));
}

#[test]
fn a_stream_that_must_have_run_for_a_while_does_not_get_by_with_an_item() {
    for (runs, made_in_all) in [(SECOND * 9, 4), (SECOND * 10, 9)] {
        let made = Cell::new(0);
        let connect = || {
            made.set(made.get() + 1);
            let n = made.get();
            let runs = if n < 7 { runs } else { Duration::ZERO };
            let end = async move {
                time::sleep(runs).await;
                Err("reset")
            };
            stream::iter([Ok(n)]).chain(stream::once(end)).boxed()
        };
        let stream = retry_stream(connect).policy(EACH_SECOND).reset_after(SECOND * 10);
        let (items, _) = run(stream.collect::<Vec<_>>());
        // Those that ran long enough, and after the last of them three more.
        assert_eq!(made.get(), made_in_all, "{runs:?}");
        assert_eq!(items.len(), made_in_all + 1);
    }
}

#[test]
fn the_end_is_the_end_unless_it_is_to_be_retried() {
    let made = Cell::new(0);
    let of = || vec![vec![Ok(1)], vec![Ok(2)], vec![], vec![Ok(3)], vec![], vec![], vec![], vec![]];
    assert_eq!(run(retry_stream(streams(&made, of())).collect::<Vec<_>>()).0, [Ok(1)]);
    made.set(0);
    let stream = retry_stream(streams(&made, of())).policy(EACH_SECOND).when_result(|_| true);
    // Ends when the policy has had enough of ends.
    assert_eq!(run(stream.collect::<Vec<_>>()), (vec![Ok(1), Ok(2), Ok(3)], SECOND * 6));
    assert_eq!(made.get(), 7);
}

#[test]
fn the_position_is_carried_on() {
    let asked = RefCell::new(vec![]);
    let connect = |last: &u32| {
        asked.borrow_mut().push(*last);
        let last = *last;
        stream::iter((last + 1..=last + 3).map(Ok).chain([Err("reset")]))
    };
    let numbers = retry_stream_with(0, connect, |last, item| *last = *item).policy(EACH_SECOND);
    let (items, elapsed) = run(numbers.take(8).collect::<Vec<_>>());
    assert_eq!((items, elapsed), ((1..=8).map(Ok).collect(), SECOND * 2));
    assert_eq!(*asked.borrow(), [0, 3, 6]);
}

#[test]
fn a_silence_can_be_a_failure() {
    let made = Cell::new(0);
    let connect = || {
        made.set(made.get() + 1);
        let n = made.get();
        // An item every second, and after three of them silence.
        stream::iter(0..4)
            .then(move |k| async move {
                time::sleep(if k < 3 { SECOND } else { MINUTE }).await;
                io::Result::Ok((n, k))
            })
            .boxed()
    };
    let stream = || retry_stream(connect).policy(EACH_SECOND).attempt_timeout(SECOND * 2);
    // Each item ends a silence, also where it is not enough for the policy to begin anew.
    for stream in [stream(), stream().reset_after(MINUTE)] {
        made.set(0);
        let (items, elapsed) = run(stream.take(6).map(Result::unwrap).collect::<Vec<_>>());
        assert_eq!(items, [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]);
        assert_eq!(elapsed, SECOND * (3 + 2 + 1 + 3));
    }
}

#[test]
fn hooks_and_observers_are_told() {
    let (made, counters, told) = (Cell::new(0), Counters::new(), RefCell::new(vec![]));
    let of = vec![vec![Err("first")], vec![Ok(1), Err("second")], vec![Ok(2)]];
    let stream = retry_stream(streams(&made, of))
        .policy(EACH_SECOND)
        .delay_from(|error| (*error == "second").then_some(MINUTE))
        .on_retry(|event| told.borrow_mut().push((event.attempts(), *event.error().unwrap(), event.delay())))
        .observe(&counters);
    let (items, elapsed) = run(stream.collect::<Vec<_>>());
    assert_eq!((items.len(), elapsed), (2, SECOND + MINUTE));
    assert_eq!(*told.borrow(), [(1, "first", SECOND), (1, "second", MINUTE)]);
    // With an item after failures, one run has succeeded and the next has begun.
    assert_eq!((counters.runs(), counters.attempts(), counters.successes(), counters.gave_up()), (3, 5, 3, 0));
}

#[test]
fn a_stream_is_gone_before_anybody_is_asked_about_its_end() {
    let state = Rc::new(());
    let is_gone = || Rc::strong_count(&state) == 1;
    let connect = || {
        let held = Rc::clone(&state);
        stream::iter([Err::<(), _>(1)]).inspect(move |_| _ = &held)
    };
    let stream = retry_stream(connect).policy(EACH_SECOND).when(|_| is_gone()).on_retry(|_| assert!(is_gone()));
    assert_eq!(run(stream.collect::<Vec<_>>()).1, SECOND * 3);
}

#[test]
fn after_128_streams_that_fail_at_once_other_tasks_get_a_turn() {
    let made = Cell::new(0);
    let mut stream = std::pin::pin!(retry_stream(streams(&made, vec![])).policy(AT_ONCE.max_attempts(300)));
    let mut task = TestTask::new(stream.next());
    for expected in [128, 256] {
        assert_pending!(task.poll());
        assert_eq!((made.get(), task.wakes()), (expected, 1));
    }
    assert_ready_eq!(task.poll(), Some(Err("refused")));
}

#[test]
fn it_stays_at_its_end() {
    let made = Cell::new(0);
    let mut stream = std::pin::pin!(retry_stream(streams(&made, vec![])).max_attempts(1));
    assert!(!stream.is_terminated());
    assert_ready_eq!(TestTask::new(stream.next()).poll(), Some(Err("refused")));
    for _ in 0..3 {
        assert_ready_eq!(TestTask::new(stream.next()).poll(), None);
        assert!(stream.is_terminated());
    }
    assert_eq!(made.get(), 1);
}

#[test]
fn whoever_panics_ends_it() {
    let connect = || -> stream::Iter<std::vec::IntoIter<Item>> { panic!("on purpose") };
    let mut stream = std::pin::pin!(retry_stream(connect));
    assert_eq!(panic_of(|| TestTask::new(stream.next()).poll()), "on purpose");
    assert_ready_eq!(TestTask::new(stream.next()).poll(), None);
    let made = Cell::new(0);
    let connect = streams(&made, vec![vec![Ok(1)]]);
    let mut connect = connect;
    let advance = |_: &mut (), _: &u32| panic!("on purpose");
    let mut stream = std::pin::pin!(retry_stream_with((), |()| connect(), advance));
    assert_eq!(panic_of(|| TestTask::new(stream.next()).poll()), "on purpose");
    assert_ready_eq!(TestTask::new(stream.next()).poll(), None);
}

#[test]
fn dropped_at_any_poll_it_leaves_no_timer_behind() {
    let time = VirtualClock::new();
    let make = || {
        let connect = || -> BoxStream<'static, io::Result<u32>> {
            let item = async {
                time::sleep(SECOND).await;
                Ok(1)
            };
            stream::once(item).chain(stream::iter([Err(io::Error::other("reset"))])).boxed()
        };
        let stream = retry_stream(connect).policy(EACH_SECOND).attempt_timeout(MINUTE);
        time.scope(stream.take(3).collect::<Vec<_>>())
    };
    let polls = cancel_at_every_poll(make, |polls| {
        assert!(!time.advance_to_next(), "a timer was left behind after {polls} polls");
    });
    assert!(polls >= 5, "{polls}");
}

#[test]
fn connecting_may_take_time_and_it_can_be_spawned() {
    let (items, elapsed) = run(async {
        let mut calls = 0;
        let connect = move || {
            calls += 1;
            let refused = calls < 3;
            async move {
                time::sleep(SECOND).await;
                if refused { Err("refused") } else { Ok(stream::iter([Ok(1), Ok(2)])) }
            }
            .try_flatten_stream()
        };
        let start = Instant::now();
        let items = task::spawn(retry_stream(connect).policy(EACH_SECOND).collect::<Vec<_>>()).await.unwrap();
        assert_eq!(start.elapsed(), SECOND * 5);
        items
    });
    assert_eq!((items, elapsed), (vec![Ok(1), Ok(2)], SECOND * 5));
}
