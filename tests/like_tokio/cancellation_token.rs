//! `CancellationToken` beside tokio-util's: who waits, guards that are dropped or disarmed, and futures that are run until
//! the token is cancelled. (`tests/token_trees.rs` has larger trees, and their reasons.)

use std::cell::Cell;
use std::future::poll_fn;
use std::task::Poll;

use anywhen::sync as ours;
use proptest::prelude::*;
use tokio_util::sync as theirs;

use super::{Boxed, Pair, SLOTS, programs, slot, unfinished};

#[derive(Clone, Copy, Debug)]
enum Op {
    /// A child, or a clone, of the token in one slot, in another.
    Child(usize, usize),
    Clone(usize, usize),
    /// A new token, where there was another.
    New(usize),
    Cancel(usize),
    Guard(usize, usize),
    DropGuard(usize),
    Disarm(usize, usize),
    Wait(usize, usize),
    WaitOwned(usize, usize),
    Run(usize, usize),
    RunOwned(usize, usize),
    /// What is run in the slot is to be ready when it is polled next.
    Finish(usize),
    Poll(usize),
    Drop(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let pair = || (slot(), slot());
    prop_oneof![
        4 => pair().prop_map(|(of, to)| Op::Child(of, to)),
        2 => pair().prop_map(|(of, to)| Op::Clone(of, to)),
        2 => slot().prop_map(Op::New),
        1 => slot().prop_map(Op::Cancel),
        1 => pair().prop_map(|(of, to)| Op::Guard(of, to)),
        1 => slot().prop_map(Op::DropGuard),
        1 => pair().prop_map(|(of, to)| Op::Disarm(of, to)),
        2 => pair().prop_map(|(of, to)| Op::Wait(of, to)),
        1 => pair().prop_map(|(of, to)| Op::WaitOwned(of, to)),
        2 => pair().prop_map(|(of, to)| Op::Run(of, to)),
        1 => pair().prop_map(|(of, to)| Op::RunOwned(of, to)),
        2 => slot().prop_map(Op::Finish),
        12 => slot().prop_map(Op::Poll),
        3 => slot().prop_map(Op::Drop),
    ]
}

type Outcome<'a> = Boxed<'a, Option<usize>>;

/// A future of a token of either kind.
macro_rules! waits {
    ($token:expr) => {{
        let token = $token.clone();
        Box::pin(async move {
            token.cancelled().await;
            None
        }) as Outcome<'_>
    }};
}

macro_rules! runs {
    ($token:expr, $run:expr) => {{
        let (token, run) = ($token.clone(), $run);
        Box::pin(async move { token.run_until_cancelled(run).await }) as Outcome<'_>
    }};
}

fn run((): (), program: Vec<Op>) {
    let token = || (ours::CancellationToken::new(), theirs::CancellationToken::new());
    // What is run in each slot is ready when it has a value.
    let values = [const { Cell::new(None) }; SLOTS];
    let run = |n: usize| {
        let value: &Cell<Option<usize>> = &values[n];
        poll_fn(move |_| value.get().map_or(Poll::Pending, Poll::Ready))
    };
    let mut tokens = [(); SLOTS].map(|()| token());
    let mut guards = [const { None }; SLOTS];
    let mut slots = [const { None::<Pair<Outcome<'_>, Outcome<'_>>> }; SLOTS];
    for (at, op) in program.into_iter().enumerate() {
        match op {
            Op::Child(of, to) => tokens[to] = (tokens[of].0.child_token(), tokens[of].1.child_token()),
            Op::Clone(of, to) => tokens[to] = tokens[of].clone(),
            Op::New(n) => tokens[n] = token(),
            Op::Cancel(n) => {
                tokens[n].0.cancel();
                tokens[n].1.cancel();
            }
            Op::Guard(of, to) => {
                let (ours, theirs) = tokens[of].clone();
                guards[to] = Some((ours.drop_guard(), theirs.drop_guard()));
            }
            Op::DropGuard(n) => guards[n] = None,
            Op::Disarm(of, to) => {
                if let Some((ours, theirs)) = guards[of].take() {
                    tokens[to] = (ours.disarm(), theirs.disarm());
                }
            }
            Op::Wait(of, to) => slots[to] = Some(Pair::new(to, waits!(tokens[of].0), waits!(tokens[of].1))),
            Op::WaitOwned(of, to) => {
                let (ours, theirs) = tokens[of].clone();
                let ours = async { ours.cancelled_owned().await };
                let theirs = async { theirs.cancelled_owned().await };
                let (ours, theirs) = (async { (ours.await, None).1 }, async { (theirs.await, None).1 });
                slots[to] = Some(Pair::new(to, Box::pin(ours), Box::pin(theirs)));
            }
            Op::Run(of, to) => {
                values[to].set(None);
                slots[to] = Some(Pair::new(to, runs!(tokens[of].0, run(to)), runs!(tokens[of].1, run(to))));
            }
            Op::RunOwned(of, to) => {
                values[to].set(None);
                let (ours, theirs) = tokens[of].clone();
                let (ours, theirs) =
                    (ours.run_until_cancelled_owned(run(to)), theirs.run_until_cancelled_owned(run(to)));
                slots[to] = Some(Pair::new(to, Box::pin(ours), Box::pin(theirs)));
            }
            Op::Finish(n) => values[n].set(Some(at)),
            Op::Poll(n) => {
                if let Some((ours, theirs)) = unfinished(&mut slots[n]).and_then(Pair::poll) {
                    assert_eq!(ours, theirs);
                }
            }
            Op::Drop(n) => slots[n] = None,
        }
        for (ours, theirs) in &tokens {
            assert_eq!(ours.is_cancelled(), theirs.is_cancelled());
        }
        slots.iter().flatten().for_each(Pair::compare_wakes);
    }
}

#[test]
fn cancellation_token() {
    programs("cancellation_token", Just(()), op(), run);
}
