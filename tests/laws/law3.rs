//! Law 3: cancel safety. Every future is dropped after its k-th poll for every k, before what it waits for has happened
//! and after it, and nothing is lost.

use std::cell::Cell;
use std::task::Poll;

use anywhen::testing::CountingWaker;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::arena::{self, Arena, Progress};
use crate::registry;
use crate::stage::{Entry, Gate, Planted, Stage, Verdict, judge, panic_of};
use crate::toy::{self, Fault};

/// Even variants are dropped while waiting, odd ones after the release.
fn law(mut stage: Stage<'_>, variant: usize) -> Verdict {
    let (polls, released) = (variant / 2, variant % 2 == 1);
    let count = CountingWaker::new();
    let waker = count.waker();
    let mut ready = false;
    for poll in 0..polls {
        // Two polls find it waiting, the others come after the release.
        if released && poll == 2 {
            stage.release();
        }
        if stage.poll(&waker) == Poll::Ready(()) {
            ready = true;
            break;
        }
    }
    if released {
        stage.release();
    }
    let lends_waker = stage.lends_waker;
    stage.finish();
    assert!(count.live() == 1 || lends_waker, "a waker was kept after {polls} polls");
    if (released && ready) || variant > 20 { Verdict::Done } else { Verdict::More }
}

#[test]
fn nothing_is_lost_wherever_a_future_is_dropped() {
    judge(&registry::all(), law);
}

#[test]
fn a_loss_is_caught() {
    let leaky: Entry = |body| {
        let (gate, permits) = (Gate::default(), Cell::new(1));
        let takes_and_forgets = async {
            permits.set(0);
            gate.leaf().await;
            permits.set(1);
        };
        let check = || assert_eq!(permits.get(), 1, "a permit is lost");
        body(Stage::new(Planted::new(takes_and_forgets), gate.opener()).check(check));
    };
    let message = panic_of(|| judge(&[leaky], law)).expect("should be caught");
    assert!(message.contains("a permit is lost"), "{message}");
}

/// What may happen in an arena, to whom.
#[derive(Clone, Copy, Debug)]
enum Act {
    Poll(usize),
    PollWithAnotherWaker(usize),
    /// Before its first poll, while it waits, after its grant, or with what it was given.
    Leave(usize),
    LetGo,
    Serve,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => any::<usize>().prop_map(Act::Poll),
        1 => any::<usize>().prop_map(Act::PollWithAnotherWaker),
        4 => any::<usize>().prop_map(Act::Leave),
        2 => Just(Act::LetGo),
        1 => Just(Act::Serve),
    ]
}

/// Whoever leaves, and whenever, the others are served.
fn law_of_crowds(make: &dyn Fn() -> Arena) {
    for progress in [Progress::Fresh, Progress::Waiting, Progress::Woken, Progress::Served] {
        for who in make().positions() {
            leave_at(make(), who, progress);
        }
    }
    // What fails is to be made a test of its own, by name.
    let config = ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&(any::<bool>(), vec(act(), 1..60)), |(all_wait, acts)| {
        let mut arena = make();
        let crowd = arena.crowd();
        if all_wait {
            arena.poll_all();
        }
        for act in acts {
            match act {
                Act::Poll(who) => drop(arena.poll(who % crowd)),
                Act::PollWithAnotherWaker(who) => drop(arena.poll_with_another_waker(who % crowd)),
                Act::Leave(who) => arena.leave(who % crowd),
                Act::LetGo => drop(arena.let_go()),
                Act::Serve => drop(arena.serve()),
            }
        }
        arena.finish();
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

/// `who` leaves when it has come so far, and everybody else was polled before.
fn leave_at(mut arena: Arena, who: usize, progress: Progress) {
    for other in (0..arena.crowd()).filter(|&other| other != who || progress != Progress::Fresh) {
        arena.poll(other);
    }
    let comes_to_be_served = matches!(progress, Progress::Woken | Progress::Served);
    while comes_to_be_served && arena.progress(who) == Progress::Waiting && arena.let_go() {
        // Those in front of it pass on what they were given, or it would never be its turn.
        for other in (0..arena.crowd()).filter(|&other| other != who) {
            if arena.progress(other) == Progress::Woken {
                arena.poll(other);
                arena.leave(other);
            }
        }
    }
    if progress == Progress::Served {
        arena.poll(who);
    }
    assert_eq!(arena.progress(who), progress, "waiter {who} never comes so far");
    arena.leave(who);
    arena.finish();
}

#[test]
fn nothing_is_lost_whoever_leaves_a_primitive() {
    arena::judge(&registry::primitives(), law_of_crowds);
}

#[test]
fn a_primitive_that_loses_or_forgets_is_caught() {
    toy::assert_caught(
        law_of_crowds,
        &[
            (Fault::LosesTheGrantOfWhoLeaves, "a permit is lost"),
            (Fault::KeepsWhoLeavesInTheQueue, "a permit is lost"),
            (Fault::ServesOneBatch, "was never served"),
        ],
    );
}
