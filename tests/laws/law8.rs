//! Law 8: panics leave things whole. A waker that panics when it is woken, cloned or dropped costs its own future at
//! most: what the future waits for can be used afterwards, and no waker is leaked.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::Poll;

use anywhen::testing::{CountingWaker, WakerEvent};

use crate::registry;
use crate::stage::{Entry, Planted, Stage, Verdict, judge, panic_of};

fn law(mut stage: Stage<'_>, variant: usize) -> Verdict {
    let event = WakerEvent::ALL[variant / 2];
    let count = CountingWaker::panicking(event);
    let other = CountingWaker::new();
    let (waker, calm) = (count.waker(), other.waker());
    let _panic = panic_of(|| {
        let _poll = stage.poll(&waker);
    });
    if variant % 2 == 0 {
        // Where the waker's drop panics, this is the place.
        let _panic = panic_of(|| {
            let _poll = stage.poll(&calm);
        });
    }
    let _panic = panic_of(|| stage.release());
    let _panic = panic_of(|| stage.future = None);
    count.disarm();
    stage.finish();
    assert_eq!(count.live(), 1, "a waker that panics at its {event:?} was leaked");
    assert_eq!(other.live(), 1, "a waker beside one that panics at its {event:?} was leaked");
    Verdict::after(variant, 2 * WakerEvent::ALL.len())
}

#[test]
fn a_waker_that_panics_leaves_things_whole() {
    judge(&registry::all(), law);
}

#[test]
fn a_panic_that_leaves_something_half_done_is_caught() {
    let forgets: Entry = |body| {
        let busy = Cell::new(false);
        let future = poll_fn(|cx| {
            busy.set(true);
            drop(cx.waker().clone());
            busy.set(false);
            Poll::<()>::Pending
        });
        let check = || assert!(!busy.get(), "busy for ever");
        body(Stage::new(Planted::new(future), || ()).check(check));
    };
    let message = panic_of(|| judge(&[forgets], law)).expect("should be caught");
    assert!(message.contains("busy for ever"), "{message}");
}
