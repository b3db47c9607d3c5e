//! `join`, in each of its forms: what holds for one holds for all.

use std::future::{Ready, ready};

use anywhen::future::{FusedFuture, LocalBoxFuture, join_all, join3, join4, join5, maybe_done, traits};
use anywhen::prelude::*;
use anywhen::testing::{TestTask, assert_pending, assert_ready};

use crate::probe::{Dropped, DroppedOutput, Polled, Probe, Token, panic_of, probes};

type Make = fn([Probe; 3]) -> LocalBoxFuture<'static, [Token; 3]>;

/// Every way to join three futures.
const FORMS: [(&str, Make); 7] = [
    ("tuple", |[a, b, c]| Box::pin(async { <[Token; 3]>::from((a, b, c).join().await) })),
    ("array", |children| Box::pin(children.join())),
    ("vector", |children| Box::pin(Vec::from(children).join().map(all))),
    ("join_all", |children| Box::pin(join_all(children).map(all))),
    ("function", |[a, b, c]| Box::pin(async { <[Token; 3]>::from(join3(a, b, c).await) })),
    ("macro", |[a, b, c]| Box::pin(async { <[Token; 3]>::from(anywhen::join!(a, b, c)) })),
    ("biased macro", |[a, b, c]| Box::pin(async { <[Token; 3]>::from(anywhen::join!(biased; a, b, c)) })),
];

fn all(tokens: Vec<Token>) -> [Token; 3] {
    tokens.try_into().expect("three outputs")
}

/// The sorted rest of a log: the macro rotates the order of polls.
fn sorted(mut events: Vec<crate::probe::Event>) -> Vec<crate::probe::Event> {
    events.sort_by_key(|event| format!("{event:?}"));
    events
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
            let outputs = assert_ready!(task.poll());
            assert_eq!(outputs.map(|token| token.number()), [0, 1, 2], "{form}");
        }
    }
}

#[test]
fn a_poll_polls_every_unfinished_child_once() {
    for (form, make) in FORMS {
        let (children, controls, log) = probes();
        let mut task = TestTask::new(make(children));
        for control in &controls {
            control.wake_itself();
        }
        assert_pending!(task.poll());
        assert_eq!(task.wakes(), 3, "{form}");
        assert_eq!(log.take(), [Polled(0), Polled(1), Polled(2)], "{form}");

        controls[1].release();
        assert_pending!(task.poll());
        assert_eq!(sorted(log.take()), [Dropped(1), Polled(0), Polled(1), Polled(2)], "{form}");

        assert_pending!(task.poll());
        assert_eq!(sorted(log.take()), [Polled(0), Polled(2)], "{form}");
    }
}

#[test]
fn a_child_is_dropped_as_soon_as_it_is_done() {
    for (form, make) in FORMS {
        let (children, controls, log) = probes();
        controls[0].release();
        let mut task = TestTask::new(make(children));
        assert_pending!(task.poll());
        assert_eq!(log.take(), [Polled(0), Dropped(0), Polled(1), Polled(2)], "{form}");
        drop(task);
        assert_eq!(log.take(), [DroppedOutput(0), Dropped(1), Dropped(2)], "{form}");
    }
}

#[test]
fn when_dropped_early_it_drops_children_and_outputs_once_and_in_order() {
    for (form, make) in FORMS {
        for polls in 0..4 {
            let (children, controls, log) = probes();
            let mut task = TestTask::new(make(children));
            for control in &controls[..polls] {
                assert_pending!(task.poll());
                control.release();
            }
            if polls == 3 {
                assert!(task.poll().is_ready(), "{form}");
            } else {
                assert_pending!(task.poll());
            }
            log.take();
            drop(task);
            let expected = [
                vec![Dropped(0), Dropped(1), Dropped(2)],
                vec![DroppedOutput(0), Dropped(1), Dropped(2)],
                vec![DroppedOutput(0), DroppedOutput(1), Dropped(2)],
                vec![],
            ];
            assert_eq!(log.take(), expected[polls], "{form} after {polls} releases");
        }
    }
}

#[test]
fn it_may_be_dropped_before_it_is_polled() {
    for (form, make) in FORMS {
        let (children, _controls, log) = probes();
        drop(make(children));
        assert_eq!(log.take(), [Dropped(0), Dropped(1), Dropped(2)], "{form}");
    }
}

#[test]
fn a_panic_of_a_child_passes_and_drops_the_others() {
    for (form, make) in FORMS {
        for position in 0..3 {
            let (children, controls, log) = probes();
            let mut task = TestTask::new(make(children));
            controls[0].release();
            controls[position].panic();
            assert_eq!(panic_of(|| task.poll()), format!("child {position} panics"), "{form}");
            let mut gone = log.take();
            gone.retain(|event| !matches!(event, Polled(_)));
            let expected = match position {
                0 => vec![Dropped(0), Dropped(1), Dropped(2)],
                // The first was done by then.
                _ => vec![Dropped(0), DroppedOutput(0), Dropped(1), Dropped(2)],
            };
            assert_eq!(gone, expected, "{form}");
            drop(task);
            assert_eq!(log.take(), [], "{form}");
        }
    }
}

#[test]
fn a_panic_of_a_destructor_passes_and_loses_nothing_else() {
    for (form, make) in FORMS {
        let (children, controls, log) = probes();
        let mut task = TestTask::new(make(children));
        controls[1].release();
        controls[1].panic_on_drop();
        assert_eq!(panic_of(|| task.poll()), "child 1 panics when dropped", "{form}");
        drop(task);
        let all = sorted(log.take());
        assert_eq!(all, [Dropped(0), Dropped(1), Dropped(2), DroppedOutput(1), Polled(0), Polled(1)], "{form}");
    }
}

#[test]
fn children_wake_the_waker_of_the_latest_poll() {
    for (form, make) in FORMS {
        let (children, controls, _log) = probes();
        let mut task = TestTask::new(make(children)).changing_wakers();
        assert_pending!(task.poll());
        for control in &controls {
            assert_pending!(task.poll());
            control.release();
            assert_eq!(task.wakes(), 1, "{form}");
        }
        assert!(task.poll().is_ready(), "{form}");
    }
}

#[test]
fn it_is_over_after_its_end_and_after_a_panic() {
    let mut task = TestTask::new((ready(1), ready(2)).join());
    assert!(!task.future().is_terminated());
    assert_eq!(assert_ready!(task.poll()), (1, 2));
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`Join` polled after completion");

    let ([a, b], controls, _log) = probes::<2, false>();
    let mut task = TestTask::new((a, b).join());
    controls[1].panic();
    assert_eq!(panic_of(|| task.poll()), "child 1 panics");
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`Join` polled after completion");
}

#[test]
fn the_join_of_no_futures_is_ready() {
    let none: [Ready<u8>; 0] = [];
    let mut task = TestTask::new(none.join());
    assert!(!task.future().is_terminated());
    assert_eq!(assert_ready!(task.poll()), []);
    assert!(task.future().is_terminated());
}

#[test]
fn every_size_keeps_its_order() {
    fn boxed<T: 'static>(value: T) -> LocalBoxFuture<'static, T> {
        ready(value).boxed_local()
    }
    assert_eq!(join4(ready(1), ready("2"), ready(3), ready('4')).now_or_never(), Some((1, "2", 3, '4')));
    assert_eq!(join5(ready(1), ready("2"), ready(3), ready('4'), ready(5)).now_or_never(), Some((1, "2", 3, '4', 5)));
    let twelve = (boxed(1), boxed("2"), ready(3), boxed(4u8), boxed(5), ready(6), ready(7), ready(8), ready(9));
    let (a, b, c, d, e, f, g, h, i) = twelve;
    let twelve = (a, b, c, d, e, f, g, h, i, ready(10), ready("11"), ready(12));
    assert_eq!(twelve.join().now_or_never(), Some((1, "2", 3, 4, 5, 6, 7, 8, 9, 10, "11", 12)));
    assert_eq!(std::array::from_fn::<_, 100, _>(ready).join().now_or_never(), Some(std::array::from_fn(|n| n)));
}

#[test]
fn what_becomes_a_future_can_be_joined() {
    struct Number(u8);
    impl IntoFuture for Number {
        type Output = u8;
        type IntoFuture = Ready<u8>;
        fn into_future(self) -> Ready<u8> {
            ready(self.0)
        }
    }
    assert_eq!((Number(1), ready(2)).join().now_or_never(), Some((1, 2)));
    assert_eq!([Number(1), Number(2)].join().now_or_never(), Some([1, 2]));
}

#[test]
fn the_trait_can_be_a_bound() {
    fn generic<C: traits::Join>(children: C) -> Option<C::Output> {
        children.join().now_or_never()
    }
    assert_eq!(generic((ready(1), ready(2))), Some((1, 2)));
    assert_eq!(generic([ready(1), ready(2)]), Some([1, 2]));
}

#[test]
fn slices_of_strings_still_join() {
    assert_eq!(["a", "b"].join("-"), "a-b");
    assert_eq!(Vec::from(["a", "b"]).join("-"), "a-b");
}

#[test]
fn it_takes_a_slot_for_each_child_and_nothing_more() {
    async fn child(bytes: &[u8; 64]) -> u8 {
        let copy = *bytes;
        ready(()).await;
        copy[0]
    }
    let bytes = [1; 64];
    let slot = size_of_val(&maybe_done(child(&bytes)));
    assert!(slot <= size_of_val(&child(&bytes)) + size_of::<usize>());
    assert_eq!(size_of_val(&(child(&bytes), child(&bytes)).join()), 2 * slot);
    assert_eq!(size_of_val(&[(); 8].map(|()| child(&bytes)).join()), 8 * slot);
    assert_eq!(size_of_val(&join3(child(&bytes), child(&bytes), child(&bytes))), 3 * slot);
}
