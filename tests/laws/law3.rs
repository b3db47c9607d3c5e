//! Law 3: cancel safety. Every future is dropped after its k-th poll for every k, before what it waits for has happened
//! and after it, and nothing is lost.

use std::cell::Cell;
use std::task::Poll;

use anywhen::testing::CountingWaker;

use crate::registry;
use crate::stage::{Entry, Gate, Planted, Stage, Verdict, judge, panic_of};

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
    stage.finish();
    assert_eq!(count.live(), 1, "a waker was kept after {polls} polls");
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
