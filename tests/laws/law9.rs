//! Law 9: wakers change, polls are spurious. The latest waker is woken, once; one that would wake the same task is not
//! cloned again; a poll without a wake changes nothing; and none is kept when all is over.

use std::task::Poll;

use anywhen::testing::CountingWaker;

use crate::arena::{self, Arena};
use crate::registry;
use crate::stage::{Entry, Gate, Planted, Stage, Verdict, judge, panic_of};
use crate::toy::{self, Fault};

fn law(mut stage: Stage<'_>, variant: usize) -> Verdict {
    let (first, second) = (CountingWaker::new(), CountingWaker::new());
    let (old, new) = (first.waker(), second.waker());

    assert_eq!(stage.poll(&old), Poll::Pending);
    let clones = first.clones();
    if variant > 0 {
        for _ in 0..3 {
            assert_eq!(stage.poll(&old), Poll::Pending, "a spurious poll completed it");
        }
        assert!(first.clones() == clones || stage.foreign, "a waker that will wake the same task was cloned");
    }
    assert_eq!(stage.poll(&new), Poll::Pending);
    let clones = second.clones();
    assert_eq!(stage.poll(&new), Poll::Pending);
    assert!(second.clones() == clones || stage.foreign, "a waker that will wake the same task was cloned");
    assert_eq!(first.live(), 1, "a waker that was replaced is kept");
    assert_eq!((first.wakes(), second.wakes()), (0, 0), "woken before anything happened");

    stage.release();
    assert_eq!((first.wakes(), second.wakes()), (0, 1), "one event should wake the latest waker, once");

    let mut polls = 0;
    while stage.poll(&new).is_pending() {
        polls += 1;
        assert!(polls < 10, "released, and still pending after ten polls");
    }
    let lends_waker = stage.lends_waker;
    stage.finish();
    assert_eq!(first.live(), 1, "a waker was kept");
    assert!(second.live() == 1 || lends_waker, "a waker was kept");
    Verdict::after(variant, 2)
}

/// For a future that wakes itself at once, as a yield does: the waker it was given, once.
fn law_of_yields(mut stage: Stage<'_>, _: usize) -> Verdict {
    let count = CountingWaker::new();
    let waker = count.waker();
    assert_eq!(stage.poll(&waker), Poll::Pending);
    assert_eq!(count.wakes(), 1);
    stage.finish();
    assert_eq!(count.live(), 1);
    Verdict::Done
}

fn either_law(stage: Stage<'_>, variant: usize) -> Verdict {
    match (stage.at_once, stage.wakes_itself) {
        (true, _) => Verdict::Done,
        (_, true) => law_of_yields(stage, variant),
        _ => law(stage, variant),
    }
}

#[test]
fn the_latest_waker_is_woken_and_spurious_polls_change_nothing() {
    judge(&registry::all(), either_law);
}

#[test]
fn a_stale_waker_is_caught() {
    let stale: Entry = |body| {
        let gate = Gate::default();
        let mut leaf = Box::pin(gate.leaf());
        let mut first = None;
        let keeps = std::future::poll_fn(move |cx| {
            let waker = first.get_or_insert_with(|| cx.waker().clone());
            leaf.as_mut().poll(&mut std::task::Context::from_waker(waker))
        });
        body(Stage::new(Planted::new(keeps), gate.opener()));
    };
    let message = panic_of(|| judge(&[stale], either_law)).expect("should be caught");
    assert!(message.contains("a waker that was replaced is kept"), "{message}");
}

/// Some wait with the waker that they came with, some with another: that one is woken, once, and only to be served.
fn law_of_crowds(make: &dyn Fn() -> Arena) {
    for changing in [|_| true, |who| who % 2 == 0, |who| who % 3 == 2] as [fn(usize) -> bool; 3] {
        let mut arena = make();
        arena.poll_all();
        for who in (0..arena.crowd()).filter(|&who| changing(who)) {
            arena.poll_with_another_waker(who);
            assert_eq!(arena.counts(who)[1].live(), 1, "a waker that was replaced is kept");
        }
        let clones = |arena: &Arena| (0..arena.crowd()).map(|who| arena.counts(who)[0].clones()).collect::<Vec<_>>();
        let before = clones(&arena);
        for _ in 0..3 {
            arena.poll_all();
        }
        assert_eq!(clones(&arena), before, "a waker that will wake the same task was cloned");

        let wakes = |count: &CountingWaker| count.wakes();
        let all =
            |arena: &Arena| (0..arena.crowd()).map(|who| arena.counts(who).each_ref().map(wakes)).collect::<Vec<_>>();
        assert_eq!(all(&arena), vec![[0, 0]; arena.crowd()], "woken before anything happened");
        while arena.let_go() {
            assert_eq!(arena.serve(), 0, "woken, and not served");
        }
        assert_eq!(all(&arena), vec![[1, 0]; arena.crowd()], "one event should wake the latest waker, once");
        arena.finish();
    }
}

#[test]
fn the_latest_waker_of_each_that_waits_is_woken() {
    arena::judge(&registry::primitives(), law_of_crowds);
}

#[test]
fn a_primitive_that_wakes_the_wrong_ones_is_caught() {
    toy::assert_caught(
        law_of_crowds,
        &[
            (Fault::WakesWhoCameWithFirst, "a waker that was replaced is kept"),
            (Fault::ClonesAtEachPoll, "a waker that will wake the same task was cloned"),
            (Fault::WakesAll, "woken, and not served"),
            (Fault::KeepsWakers, "a waker of waiter 0 was kept"),
        ],
    );
}
