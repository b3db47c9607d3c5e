//! `Notify`, whose futures are made, enabled, polled and dropped while one, the last, or all are notified.

use std::pin::Pin;
use std::sync::Arc;

use anywhen::sync::futures::{Notified, OwnedNotified};
use proptest::prelude::*;
use tokio::sync::futures as theirs;

use super::{Pair, SLOTS, programs, slot};

#[derive(Clone, Copy, Debug)]
enum Op {
    Make(usize),
    MakeOwned(usize),
    Poll(usize),
    Enable(usize),
    Drop(usize),
    One,
    Last,
    Waiters,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => slot().prop_map(Op::Make),
        1 => slot().prop_map(Op::MakeOwned),
        6 => slot().prop_map(Op::Poll),
        1 => slot().prop_map(Op::Enable),
        2 => slot().prop_map(Op::Drop),
        2 => Just(Op::One),
        1 => Just(Op::Last),
        1 => Just(Op::Waiters),
    ]
}

trait Enable: Future<Output = ()> {
    fn enable(self: Pin<&mut Self>) -> bool;
}

macro_rules! enable {
    ($($future:ty)*) => {$(
        impl Enable for $future {
            fn enable(self: Pin<&mut Self>) -> bool {
                <$future>::enable(self)
            }
        }
    )*};
}

enable!(Notified<'_> OwnedNotified theirs::Notified<'_> theirs::OwnedNotified);

type Either<'a> = Pin<Box<dyn Enable + 'a>>;

fn run((): (), program: Vec<Op>) {
    let (ours, theirs) = (Arc::new(anywhen::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let mut slots = [const { None::<Pair<Either<'_>, Either<'_>>> }; SLOTS];
    for op in program {
        match op {
            Op::Make(n) => slots[n] = Some(Pair::new(n, Box::pin(ours.notified()), Box::pin(theirs.notified()))),
            Op::MakeOwned(n) => {
                let (ours, theirs) = (Arc::clone(&ours).notified_owned(), Arc::clone(&theirs).notified_owned());
                slots[n] = Some(Pair::new(n, Box::pin(ours), Box::pin(theirs)));
            }
            Op::Drop(n) => slots[n] = None,
            Op::Poll(n) => {
                // After completion too: both stay ready.
                let _ready = slots[n].as_mut().and_then(Pair::poll);
            }
            Op::Enable(n) => {
                if let Some(pair) = &mut slots[n] {
                    let enabled = pair.ours.future_mut().as_deref_mut().enable();
                    assert_eq!(enabled, pair.theirs.future_mut().as_deref_mut().enable(), "enabled here, and there");
                }
            }
            Op::One => {
                ours.notify_one();
                theirs.notify_one();
            }
            Op::Last => {
                ours.notify_last();
                theirs.notify_last();
            }
            Op::Waiters => {
                ours.notify_waiters();
                theirs.notify_waiters();
            }
        }
        slots.iter().flatten().for_each(Pair::compare_wakes);
    }
}

#[test]
fn notify() {
    programs("notify", Just(()), op(), run);
}
