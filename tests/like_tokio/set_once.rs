//! `SetOnce`: waits that are made, polled and dropped before it is set, and after.

use proptest::prelude::*;

use super::{Pair, SLOTS, programs, slot, unfinished};

#[derive(Clone, Copy, Debug)]
enum Op {
    Wait(usize),
    Poll(usize),
    Drop(usize),
    Set,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => slot().prop_map(Op::Wait),
        12 => slot().prop_map(Op::Poll),
        4 => slot().prop_map(Op::Drop),
        1 => Just(Op::Set),
    ]
}

fn run(value: Option<usize>, program: Vec<Op>) {
    let (ours, theirs) = (anywhen::sync::SetOnce::new_with(value), tokio::sync::SetOnce::new_with(value));
    {
        let mut slots = [const { None }; SLOTS];
        for (at, op) in program.into_iter().enumerate() {
            match op {
                Op::Wait(n) => slots[n] = Some(Pair::new(n, ours.wait(), theirs.wait())),
                Op::Drop(n) => slots[n] = None,
                Op::Poll(n) => {
                    if let Some((ours, theirs)) = unfinished(&mut slots[n]).and_then(Pair::poll) {
                        assert_eq!(ours, theirs);
                    }
                }
                Op::Set => {
                    let (ours, theirs) = (ours.set(at), theirs.set(at));
                    assert_eq!(ours.map_err(|error| error.0), theirs.map_err(|error| error.0));
                }
            }
            assert_eq!((ours.get(), ours.initialized()), (theirs.get(), theirs.initialized()));
            slots.iter().flatten().for_each(Pair::compare_wakes);
        }
    }
    assert_eq!(ours.into_inner(), theirs.into_inner());
}

#[test]
fn set_once() {
    programs("set_once", prop::option::weighted(0.1, Just(1000)), op(), run);
}
