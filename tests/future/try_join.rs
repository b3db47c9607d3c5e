//! `try_join`, in each of its forms: the first error, and otherwise as `join`.

use std::future::{Ready, ready};

use anywhen::future::{
    FusedFuture, LocalBoxFuture, TryFuture, maybe_done, try_join, try_join_all, try_join3, try_join4, try_join5,
};
use anywhen::prelude::*;
use anywhen::testing::{TestTask, assert_pending, assert_ready};

use crate::probe::{Dropped, DroppedOutput, Polled, Token, TryProbe, panic_of, probes};

type Make = fn([TryProbe; 3]) -> LocalBoxFuture<'static, Result<[Token; 3], Token>>;

/// Every way to join three futures that may fail.
const FORMS: [(&str, Make); 7] = [
    ("tuple", |[a, b, c]| Box::pin(async { (a, b, c).try_join().await.map(<[Token; 3]>::from) })),
    ("array", |children| Box::pin(children.try_join())),
    ("vector", |children| Box::pin(Vec::from(children).try_join().map(|result| result.map(all)))),
    ("try_join_all", |children| Box::pin(try_join_all(children).map(|result| result.map(all)))),
    ("function", |[a, b, c]| Box::pin(async { try_join3(a, b, c).await.map(<[Token; 3]>::from) })),
    ("macro", |[a, b, c]| Box::pin(async { anywhen::try_join!(a, b, c).map(<[Token; 3]>::from) })),
    ("biased macro", |[a, b, c]| Box::pin(async { anywhen::try_join!(biased; a, b, c).map(<[Token; 3]>::from) })),
];

fn all(tokens: Vec<Token>) -> [Token; 3] {
    tokens.try_into().expect("three outputs")
}

#[test]
fn outputs_are_in_the_order_of_the_children_whatever_their_end() {
    for (form, make) in FORMS {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let (children, controls, _log) = probes();
            let mut task = TestTask::new(make(children));
            for number in order {
                assert_pending!(task.poll());
                controls[number].release();
                assert_eq!(task.wakes(), 1, "{form}");
            }
            let outputs = assert_ready!(task.poll()).unwrap();
            assert_eq!(outputs.map(|token| token.number()), [0, 1, 2], "{form}");
        }
    }
}

#[test]
fn the_first_error_comes_in_its_own_poll_and_drops_the_rest_before() {
    for (form, make) in FORMS {
        for position in 0..3 {
            let (children, controls, log) = probes();
            let mut task = TestTask::new(make(children));
            let done = (position + 1) % 3;
            controls[done].release();
            assert_pending!(task.poll());
            log.take();
            controls[position].fail();
            let result = assert_ready!(task.poll());
            let mut gone = log.take();
            gone.retain(|event| !matches!(event, Polled(_)));
            gone.sort_by_key(|event| format!("{event:?}"));
            let mut expected = vec![DroppedOutput(done)];
            expected.extend((0..3).filter(|&number| number != done).map(Dropped));
            expected.sort_by_key(|event| format!("{event:?}"));
            assert_eq!(gone, expected, "{form}: all but the error is gone before that is given");
            assert_eq!(result.unwrap_err().number(), position, "{form}");
            drop(task);
            assert_eq!(log.take(), [DroppedOutput(position)], "{form}");
        }
    }
}

#[test]
fn children_after_the_one_that_fails_are_not_polled() {
    for (form, make) in FORMS {
        let (children, controls, log) = probes();
        controls[1].fail();
        let mut task = TestTask::new(make(children));
        assert_eq!(assert_ready!(task.poll()).unwrap_err().number(), 1, "{form}");
        assert!(!log.take().contains(&Polled(2)), "{form}");
    }
}

#[test]
fn of_errors_in_one_poll_the_first_in_order_is_given() {
    for (form, make) in FORMS {
        let (children, controls, _log) = probes();
        controls[1].fail();
        controls[2].fail();
        let mut task = TestTask::new(make(children));
        assert_eq!(assert_ready!(task.poll()).unwrap_err().number(), 1, "{form}");
    }
}

#[test]
fn when_dropped_early_it_drops_children_and_outputs_once_and_in_order() {
    for (form, make) in FORMS {
        for released in 0..3 {
            let (children, controls, log) = probes();
            let mut task = TestTask::new(make(children));
            for control in &controls[..released] {
                assert_pending!(task.poll());
                control.release();
            }
            assert_pending!(task.poll());
            log.take();
            drop(task);
            let expected = (0..3).map(|n| if n < released { DroppedOutput(n) } else { Dropped(n) }).collect::<Vec<_>>();
            assert_eq!(log.take(), expected, "{form} after {released} releases");
        }
    }
}

#[test]
fn a_panic_of_a_child_passes_and_drops_the_others() {
    for (form, make) in FORMS {
        for position in 1..3 {
            let (children, controls, log) = probes();
            let mut task = TestTask::new(make(children));
            controls[0].release();
            controls[position].panic();
            assert_eq!(panic_of(|| task.poll()), format!("child {position} panics"), "{form}");
            let mut gone = log.take();
            gone.retain(|event| !matches!(event, Polled(_)));
            assert_eq!(gone, [Dropped(0), DroppedOutput(0), Dropped(1), Dropped(2)], "{form}");
        }
    }
}

#[test]
fn a_panic_of_a_sibling_that_is_dropped_for_an_error_loses_nothing_else() {
    for (form, make) in FORMS {
        let (children, controls, log) = probes();
        let mut task = TestTask::new(make(children));
        controls[0].fail();
        controls[1].panic_on_drop();
        assert_eq!(panic_of(|| task.poll()), "child 1 panics when dropped", "{form}");
        drop(task);
        let mut all = log.take();
        all.sort_by_key(|event| format!("{event:?}"));
        assert_eq!(all, [Dropped(0), Dropped(1), Dropped(2), DroppedOutput(0), Polled(0)], "{form}");
    }
}

#[test]
fn it_is_over_after_success_error_and_panic() {
    let mut task = TestTask::new((ready(Ok::<_, ()>(1)), ready(Ok(2))).try_join());
    assert!(!task.future().is_terminated());
    assert_eq!(assert_ready!(task.poll()), Ok((1, 2)));
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`TryJoin` polled after completion");

    let mut task = TestTask::new([ready(Ok(1)), ready(Err("no"))].try_join());
    assert_eq!(assert_ready!(task.poll()), Err("no"));
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`TryJoin` polled after completion");

    let ([a, b], controls, _log) = probes::<2, true>();
    let mut task = TestTask::new((a, b).try_join());
    controls[0].panic();
    assert_eq!(panic_of(|| task.poll()), "child 0 panics");
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`TryJoin` polled after completion");
}

#[test]
fn of_no_futures_it_is_ready() {
    let none: [Ready<Result<u8, u8>>; 0] = [];
    assert_eq!(none.try_join().now_or_never(), Some(Ok([])));
}

#[test]
fn every_function_keeps_its_order() {
    fn ok<T>(value: T) -> Ready<Result<T, ()>> {
        ready(Ok(value))
    }
    assert_eq!(try_join(ok(1), ok("2")).now_or_never(), Some(Ok((1, "2"))));
    assert_eq!(try_join4(ok(1), ok("2"), ok(3), ok('4')).now_or_never(), Some(Ok((1, "2", 3, '4'))));
    assert_eq!(try_join5(ok(1), ok("2"), ok(3), ok('4'), ok(5)).now_or_never(), Some(Ok((1, "2", 3, '4', 5))));
}

#[test]
fn the_function_takes_what_is_only_known_to_be_a_try_future() {
    fn second<A: TryFuture, B: TryFuture<Error = A::Error>>(a: A, b: B) -> Option<B::Ok> {
        let (_, second) = try_join(a, b).now_or_never()?.ok()?;
        Some(second)
    }
    assert_eq!(second(ready(Ok::<_, ()>(1)), ready(Ok(2))), Some(2));
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
    assert_eq!(size_of_val(&(child(&bytes), child(&bytes)).try_join()), 2 * slot);
    assert_eq!(size_of_val(&[(); 8].map(|()| child(&bytes)).try_join()), 8 * slot);
}
