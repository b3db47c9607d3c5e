//! Law 6: after `Ready`. A future that gave its value panics with its name when it is polled again; one that tells of a
//! lasting state goes on telling. A child's panic counts as completion. `FusedFuture` says the same.

use std::task::Poll;

use anywhen::testing::CountingWaker;

use crate::registry;
use crate::stage::{After, Entry, Gate, Planted, Stage, Verdict, judge, panic_of};

/// Polls on after the end, twice, for the second time may differ.
fn poll_on(stage: &mut Stage<'_>, after: After) {
    let waker = CountingWaker::new().waker();
    for _ in 0..2 {
        assert!(stage.future.as_ref().unwrap().is_terminated() || after == After::Stays, "done, and not terminated");
        let mut poll = None;
        let panic = panic_of(|| poll = Some(stage.poll(&waker)));
        match after {
            After::Panics => assert_eq!(panic, Some(format!("`{}` polled after completion", stage.panics_as))),
            After::Stays => assert_eq!((poll, panic), (Some(Poll::Ready(())), None)),
            After::Pends => assert_eq!((poll, panic), (Some(Poll::Pending), None)),
        }
    }
}

fn law(mut stage: Stage<'_>, variant: usize) -> Verdict {
    let waker = CountingWaker::new().waker();
    assert!(!stage.future.as_ref().unwrap().is_terminated(), "terminated before the first poll");
    if stage.at_once {
        assert_eq!(stage.poll(&waker), Poll::Ready(()));
        let after = stage.after;
        poll_on(&mut stage, after);
        return Verdict::Done;
    }
    assert_eq!(stage.poll(&waker), Poll::Pending);
    assert!(!stage.future.as_ref().unwrap().is_terminated(), "terminated while it waits");

    let verdict = if stage.blow.is_some() { Verdict::after(variant, 2) } else { Verdict::Done };
    if variant == 0 {
        stage.release();
        let mut polls = 0;
        while stage.poll(&waker).is_pending() {
            polls += 1;
            assert!(polls < 10, "released, and still pending after ten polls");
        }
        let after = stage.after;
        poll_on(&mut stage, after);
    } else {
        (stage.blow.as_mut().unwrap())();
        // Those that catch the panic give it as their value; either way it is over.
        let _panic = panic_of(|| {
            let _poll = stage.poll(&waker);
        });
        let after = if stage.after == After::Stays { After::Panics } else { stage.after };
        poll_on(&mut stage, after);
    }
    stage.finish();
    verdict
}

#[test]
fn a_future_that_is_done_says_so() {
    judge(&registry::all(), law);
}

#[test]
fn a_second_value_is_caught() {
    let twice: Entry = |body| {
        let gate = Gate::default();
        let (mut leaf, mut done) = (Box::pin(gate.leaf()), false);
        let gives_again = std::future::poll_fn(move |cx| {
            done = done || leaf.as_mut().poll(cx).is_ready();
            if done { Poll::Ready(()) } else { Poll::Pending }
        });
        body(Stage::new(Planted::new(gives_again), gate.opener()));
    };
    let message = panic_of(|| judge(&[twice], law)).expect("should be caught");
    assert!(message.contains("`Planted` polled after completion"), "{message}");
}
