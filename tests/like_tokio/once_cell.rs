//! `OnceCell`, whose initialisers succeed, fail and are dropped as the program says.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};

use proptest::prelude::*;

use super::{Boxed, Pair, SLOTS, programs, slot, unfinished};

#[derive(Clone, Copy, Debug)]
enum Op {
    Init(usize),
    TryInit(usize),
    Poll(usize),
    Drop(usize),
    Script(usize, Step),
    Set,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait,
    Succeed,
    Fail,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => slot().prop_map(Op::Init),
        4 => slot().prop_map(Op::TryInit),
        12 => slot().prop_map(Op::Poll),
        4 => slot().prop_map(Op::Drop),
        1 => slot().prop_map(|n| Op::Script(n, Step::Succeed)),
        4 => slot().prop_map(|n| Op::Script(n, Step::Fail)),
        1 => Just(Op::Set),
    ]
}

/// An initialiser that does as its script says when it is polled; `FALLIBLE` or not, in which case it waits.
struct Initialiser<'a, const FALLIBLE: bool> {
    script: &'a Cell<Step>,
    value: usize,
}

impl Future for Initialiser<'_, true> {
    type Output = Result<usize, ()>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match self.script.get() {
            Step::Wait => Poll::Pending,
            Step::Succeed => Poll::Ready(Ok(self.value)),
            Step::Fail => Poll::Ready(Err(())),
        }
    }
}

impl Future for Initialiser<'_, false> {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<usize> {
        match self.script.get() {
            Step::Succeed => Poll::Ready(self.value),
            Step::Wait | Step::Fail => Poll::Pending,
        }
    }
}

type Value<'a> = Result<&'a usize, ()>;

fn run(value: Option<usize>, program: Vec<Op>) {
    let (ours, theirs) = (anywhen::sync::OnceCell::new_with(value), tokio::sync::OnceCell::new_with(value));
    {
        // What the initialisers of each slot are to do next.
        let script = [const { Cell::new(Step::Wait) }; SLOTS];
        let mut slots = [const { None::<Pair<Boxed<'_, Value<'_>>, Boxed<'_, Value<'_>>>> }; SLOTS];
        for (value, op) in program.into_iter().enumerate() {
            match op {
                Op::Init(n) => {
                    slots[n] = None;
                    script[n].set(Step::Wait);
                    let script = &script[n];
                    let init = move || Initialiser::<false> { script, value };
                    let (ours, theirs) = (ours.get_or_init(init), theirs.get_or_init(init));
                    slots[n] =
                        Some(Pair::new(n, Box::pin(async { Ok(ours.await) }), Box::pin(async { Ok(theirs.await) })));
                }
                Op::TryInit(n) => {
                    slots[n] = None;
                    script[n].set(Step::Wait);
                    let script = &script[n];
                    let init = move || Initialiser::<true> { script, value };
                    let (ours, theirs) = (ours.get_or_try_init(init), theirs.get_or_try_init(init));
                    slots[n] = Some(Pair::new(n, Box::pin(ours), Box::pin(theirs)));
                }
                Op::Drop(n) => slots[n] = None,
                Op::Script(n, step) => script[n].set(step),
                Op::Poll(n) => {
                    if let Some((ours, theirs)) = unfinished(&mut slots[n]).and_then(Pair::poll) {
                        assert_eq!(ours, theirs);
                    }
                }
                Op::Set => {
                    let (ours, theirs) = (ours.set(value), theirs.set(value));
                    assert_eq!(ours.is_ok(), theirs.is_ok());
                    if let (Err(ours), Err(theirs)) = (ours, theirs) {
                        assert_eq!(ours.is_initializing_err(), theirs.is_initializing_err());
                        assert_eq!(ours.is_already_init_err(), theirs.is_already_init_err());
                    }
                }
            }
            assert_eq!((ours.get(), ours.initialized()), (theirs.get(), theirs.initialized()));
            slots.iter().flatten().for_each(Pair::compare_wakes);
        }
    }
    assert_eq!(ours.into_inner(), theirs.into_inner());
}

#[test]
fn once_cell() {
    programs("once_cell", prop::option::weighted(0.1, Just(1000)), op(), run);
}
