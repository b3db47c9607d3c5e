//! `race`, in each of its forms, and what `select` shares with it.

use std::future::{pending, ready};

use anywhen::future::container::{Biased, Race};
use anywhen::future::{Either, FusedFuture, LocalBoxFuture, traits};
use anywhen::prelude::*;
use anywhen::testing::{TestTask, assert_pending, assert_ready};

use crate::probe::{Dropped, DroppedOutput, Event, Polled, Probe, Token, panic_of, probes};

type Make = fn([Probe; 3]) -> LocalBoxFuture<'static, Token>;

/// Every way to wait for the first of three futures and drop the others.
const FORMS: [(&str, Make); 12] = [
    ("race of a tuple", |[a, b, c]| Box::pin((a, b, c).race())),
    ("race of an array", |children| Box::pin(children.race())),
    ("race of a vector", |children| Box::pin(Vec::from(children).race())),
    ("select of a vector", |children| Box::pin(Vec::from(children).select().map(|(token, _)| token))),
    ("biased race of a vector", |children| Box::pin(Vec::from(children).race().biased())),
    ("biased select of a vector", |children| Box::pin(Vec::from(children).select().biased().map(|(token, _)| token))),
    ("biased race of a tuple", |[a, b, c]| Box::pin((a, b, c).race().biased())),
    ("biased race of an array", |children| Box::pin(children.race().biased())),
    ("select of a tuple", |[a, b, c]| Box::pin((a, b, c).select().map(|either| either.into_inner()))),
    ("select of an array", |children| Box::pin(children.select().map(|(token, _)| token))),
    ("biased select of a tuple", |[a, b, c]| Box::pin((a, b, c).select().biased().map(|either| either.into_inner()))),
    ("biased select of an array", |children| Box::pin(children.select().biased().map(|(token, _)| token))),
];

/// Those in which every poll begins at the first child.
fn biased() -> impl Iterator<Item = (&'static str, Make)> {
    FORMS.into_iter().filter(|(form, _)| form.starts_with("biased"))
}

fn polls(events: Vec<Event>) -> Vec<usize> {
    events.into_iter().filter_map(|event| if let Polled(number) = event { Some(number) } else { None }).collect()
}

#[test]
fn the_first_wins_and_all_children_are_gone_before_its_output_is_given() {
    for (form, make) in FORMS {
        for winner in 0..3 {
            let (children, controls, log) = probes();
            let mut task = TestTask::new(make(children));
            assert_pending!(task.poll());
            log.take();
            controls[winner].release();
            assert_eq!(task.wakes(), 1, "{form}");
            let token = assert_ready!(task.poll());
            let mut gone = log.take();
            gone.retain(|event| !matches!(event, Polled(_)));
            assert_eq!(gone, [Dropped(0), Dropped(1), Dropped(2)], "{form}");
            assert_eq!(token.number(), winner, "{form}");
            drop(task);
            drop(token);
            assert_eq!(log.take(), [DroppedOutput(winner)], "{form}");
        }
    }
}

#[test]
fn a_poll_polls_every_child_once() {
    for (form, make) in FORMS {
        let (children, controls, log) = probes();
        let mut task = TestTask::new(make(children));
        for _ in 0..20 {
            for control in &controls {
                control.wake_itself();
            }
            assert_pending!(task.poll());
            assert_eq!(task.wakes(), 3, "{form}");
            let mut polled = polls(log.take());
            polled.sort_unstable();
            assert_eq!(polled, [0, 1, 2], "{form}");
        }
    }
}

#[test]
fn biased_forms_begin_at_the_first_child() {
    for (form, make) in biased() {
        for _ in 0..20 {
            let (children, controls, log) = probes();
            controls[1].release();
            controls[2].release();
            let mut task = TestTask::new(make(children));
            assert_eq!(assert_ready!(task.poll()).number(), 1, "{form}");
            assert_eq!(polls(log.take()), [0, 1], "{form}");
        }
    }
}

#[test]
fn other_forms_begin_anywhere_and_go_round() {
    for (form, make) in FORMS.into_iter().filter(|(form, _)| !form.starts_with("biased")) {
        let mut begins = [0u32; 3];
        for _ in 0..3000 {
            let (children, _controls, log) = probes();
            let mut task = TestTask::new(make(children));
            assert_pending!(task.poll());
            let polled = polls(log.take());
            begins[polled[0]] += 1;
            assert_eq!(polled, [polled[0], (polled[0] + 1) % 3, (polled[0] + 2) % 3], "{form}");
        }
        // Eight standard deviations to each side.
        assert!(begins.iter().all(|begun| (800..=1200).contains(begun)), "{form}: {begins:?}");
    }
}

#[test]
fn one_race_begins_anew_at_each_poll() {
    let (children, _controls, log) = probes::<3, false>();
    let mut task = TestTask::new(children.race());
    let mut begins = [0u32; 3];
    for _ in 0..3000 {
        assert_pending!(task.poll());
        begins[polls(log.take())[0]] += 1;
    }
    assert!(begins.iter().all(|begun| (800..=1200).contains(begun)), "{begins:?}");
}

#[test]
fn when_dropped_early_it_drops_its_children_once_and_in_order() {
    for (form, make) in FORMS {
        for polls in 0..3 {
            let (children, _controls, log) = probes();
            let mut task = TestTask::new(make(children));
            for _ in 0..polls {
                assert_pending!(task.poll());
            }
            log.take();
            drop(task);
            assert_eq!(log.take(), [Dropped(0), Dropped(1), Dropped(2)], "{form}");
        }
    }
}

#[test]
fn a_panic_of_a_child_passes_and_drops_the_others() {
    for (form, make) in FORMS {
        for position in 0..3 {
            let (children, controls, log) = probes();
            let mut task = TestTask::new(make(children));
            assert_pending!(task.poll());
            controls[position].panic();
            log.take();
            assert_eq!(panic_of(|| task.poll()), format!("child {position} panics"), "{form}");
            let mut gone = log.take();
            gone.retain(|event| !matches!(event, Polled(_)));
            assert_eq!(gone, [Dropped(0), Dropped(1), Dropped(2)], "{form}");
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
        controls[0].release();
        controls[1].panic_on_drop();
        assert_eq!(panic_of(|| task.poll()), "child 1 panics when dropped", "{form}");
        drop(task);
        let mut gone = log.take();
        gone.retain(|event| !matches!(event, Polled(_)));
        assert_eq!(gone, [Dropped(0), Dropped(1), Dropped(2), DroppedOutput(0)], "{form}");
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
        assert_eq!(assert_ready!(task.poll()).number(), 2, "{form}");
    }
}

#[test]
fn it_is_over_after_its_end_and_after_a_panic() {
    let mut task = TestTask::new((ready(1), ready(1)).race());
    assert!(!task.future().is_terminated());
    assert_eq!(assert_ready!(task.poll()), 1);
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`Race` polled after completion");

    let mut task = TestTask::new([ready(1)].select());
    assert!(!task.future().is_terminated());
    assert_eq!(assert_ready!(task.poll()), (1, 0));
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`Select` polled after completion");

    let (children, controls, _log) = probes::<2, false>();
    let mut task = TestTask::new(children.race());
    controls[0].panic();
    assert_eq!(panic_of(|| task.poll()), "child 0 panics");
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`Race` polled after completion");
}

#[test]
fn one_of_twelve_wins() {
    fn never() -> LocalBoxFuture<'static, usize> {
        pending().boxed_local()
    }
    for winner in 0..12 {
        let mut children = [(); 12].map(|()| never());
        children[winner] = ready(winner).boxed_local();
        let [a, b, c, d, e, f, g, h, i, j, k, l] = children;
        assert_eq!((a, b, c, d, e, f, g, h, i, j, k, l).race().now_or_never(), Some(winner));
    }
}

#[test]
fn futures_of_one_output_and_different_types_can_race() {
    let never = pending::<u8>();
    assert_eq!((async { 1 }, never, std::future::poll_fn(|_| std::task::Poll::Pending)).race().now_or_never(), Some(1));
}

#[test]
fn the_types_have_names_and_the_trait_can_be_a_bound() {
    fn generic<C: traits::Race>(children: C) -> Option<C::Output> {
        children.race().now_or_never()
    }
    assert_eq!(generic((ready(1), ready(1))), Some(1));
    struct Stored {
        race: Race<(std::future::Ready<u8>, std::future::Pending<u8>), Biased>,
    }
    let stored = Stored { race: (ready(1), pending()).race().biased() };
    assert_eq!(stored.race.now_or_never(), Some(1));
}

#[test]
fn it_takes_no_more_than_its_children_and_a_word() {
    let word = size_of::<usize>();
    let child = || async {
        let kept = [1u8; 64];
        ready(()).await;
        kept[0]
    };
    let one = size_of_val(&child());
    assert!(size_of_val(&(child(), child()).race()) <= 2 * one + word);
    assert!(size_of_val(&[(); 8].map(|()| child()).race().biased()) <= 8 * one + word);
    assert!(size_of_val(&(child(), child()).select()) <= 2 * one + word);
}

#[test]
fn a_select_says_which_child_won() {
    let never = || pending::<()>();
    assert_eq!((ready(1), never()).select().now_or_never(), Some(Either::Left(1)));
    assert_eq!((never(), ready(1)).select().now_or_never(), Some(Either::Right(1)));
    for index in 0..5 {
        let (children, controls, _log) = probes::<5, false>();
        controls[index].release();
        let (token, winner) = children.select().now_or_never().unwrap();
        assert_eq!((token.number(), winner), (index, index));
    }
}
