//! `Barrier`, of one generation after the other. Waits are never dropped before it opens: see the table of the differences.

use proptest::prelude::*;

use super::{Pair, SLOTS, programs, slot, unfinished};

#[derive(Clone, Copy, Debug)]
enum Op {
    /// In a slot whose last wait is over.
    Wait(usize),
    Poll(usize),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![slot().prop_map(Op::Wait), slot().prop_map(Op::Poll)]
}

fn run(n: usize, program: Vec<Op>) {
    let (ours, theirs) = (anywhen::sync::Barrier::new(n), tokio::sync::Barrier::new(n));
    let mut slots = [const { None }; SLOTS];
    for op in program {
        match op {
            Op::Wait(n) if unfinished(&mut slots[n]).is_none() => {
                slots[n] = Some(Pair::new(n, ours.wait(), theirs.wait()));
            }
            Op::Wait(n) | Op::Poll(n) => {
                if let Some((ours, theirs)) = unfinished(&mut slots[n]).and_then(Pair::poll) {
                    assert_eq!(ours.is_leader(), theirs.is_leader(), "leads here, and there");
                }
            }
        }
        slots.iter().flatten().for_each(Pair::compare_wakes);
    }
}

#[test]
fn barrier() {
    programs("barrier", 0..SLOTS, op(), run);
}
