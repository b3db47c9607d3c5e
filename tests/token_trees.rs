//! Trees of `CancellationToken`s: large ones, what they cost, and random ones beside a plain model and beside tokio-util's.
#![cfg(feature = "testing")]

use std::collections::HashSet;
use std::thread;

use anywhen::assert_pending;
use anywhen::sync::CancellationToken;
use anywhen::testing::{CountingAlloc, CountingWaker, TestTask, WakerEvent};
use proptest::prelude::*;

#[global_allocator]
static ALLOC: CountingAlloc = CountingAlloc::new();

/// Asserts that `f` gives back all that it allocates, and says how many blocks that was.
fn blocks(f: impl FnOnce()) -> u64 {
    let seen = CountingAlloc::count(f);
    assert_eq!((seen.allocs, seen.reallocs), (seen.frees, 0), "{seen:?}");
    seen.allocs
}

/// Runs `f` on a thread that has no room for recursion.
fn with_small_stack(f: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(128 * 1024).spawn(f).unwrap().join().unwrap();
}

#[test]
fn a_token_is_one_block_and_nothing_else_is() {
    assert_eq!(blocks(|| drop(CancellationToken::new())), 1);
    // Those features note who waits, which takes room.
    if cfg!(not(any(feature = "diagnostics", feature = "tracing"))) {
        assert_eq!(CountingAlloc::count(|| drop(CancellationToken::new())).bytes, 152, "docs/sizes.md says so");
    }
    let root = CancellationToken::new();
    assert_eq!(blocks(|| drop(root.child_token())), 1);
    let children = [(); 100].map(|()| root.child_token());
    let mut waits = children.each_ref().map(|child| TestTask::new(child.cancelled()));
    assert_eq!(
        blocks(|| {
            drop(root.clone());
            waits.iter_mut().for_each(|wait| assert_pending!(wait.poll()));
            root.cancel();
            assert!(root.reason().is_none());
        }),
        0
    );
}

#[test]
fn a_million_children_are_cancelled() {
    let root = CancellationToken::new();
    let children: Vec<_> = (0..1_000_000).map(|_| root.child_token()).collect();
    root.cancel();
    assert!(children.iter().all(CancellationToken::is_cancelled));
}

#[test]
fn a_million_children_come_and_go_in_any_order() {
    let root = CancellationToken::new();
    let mut children: Vec<_> = (0..1_000_000).map(|_| root.child_token()).collect();
    // Every second one; the rest from the back; from the front.
    let mut n = 0;
    children.retain(|_| {
        n += 1;
        n % 2 == 0
    });
    children.truncate(250_000);
    drop(children);
    let seen = CountingAlloc::count(|| drop(root));
    assert_eq!(seen.frees, 1, "the root has kept some");
}

const DEEP: usize = 100_000;

/// A chain, the root first.
fn chain() -> Vec<CancellationToken> {
    let mut chain = vec![CancellationToken::new()];
    for n in 1..DEEP {
        chain.push(chain[n - 1].child_token());
    }
    chain
}

#[test]
fn a_deep_chain_is_cancelled_without_recursion() {
    with_small_stack(|| {
        let chain = chain();
        chain[0].cancel_with("all");
        assert!(chain.iter().all(|token| token.reason().unwrap().to_string() == "all"));
    });
}

#[test]
fn a_deep_chain_is_dropped_without_recursion_from_either_end() {
    with_small_stack(|| {
        // From the top: each takes the place of its parent.
        drop(chain());
        // From the bottom.
        let mut tokens = chain();
        while tokens.pop().is_some() {}
        // All but the last, from the bottom, so that the last one holds all the others; then that one.
        let mut tokens = chain();
        let last = tokens.pop();
        while tokens.pop().is_some() {}
        drop(last);
        // The same, cancelled.
        let mut tokens = chain();
        tokens[0].cancel();
        let last = tokens.pop();
        while tokens.pop().is_some() {}
        drop(last);
    });
}

#[test]
fn who_is_left_of_a_deep_chain_is_cancelled_with_the_root() {
    let mut tokens = chain();
    let last = tokens.pop().unwrap();
    tokens.truncate(1);
    assert!(!last.is_cancelled());
    tokens[0].cancel();
    assert!(last.is_cancelled());
}

#[test]
fn a_token_that_is_replaced_by_its_child_for_ever_does_not_grow() {
    let root = CancellationToken::new();
    // A window of so many generations is alive at a time; nothing else may stay.
    for window in 1..5 {
        let mut tokens = std::array::from_fn::<_, 5, _>(|_| root.child_token());
        for n in 0..100_000 {
            tokens[(n + 1) % window] = tokens[n % window].child_token();
        }
        let seen = CountingAlloc::count(|| drop(tokens));
        assert!(seen.frees <= 10, "{} blocks are left of a window of {window}", seen.frees);
    }
    // With a sibling that goes at once, before or after the parent.
    let mut token = root.child_token();
    for n in 0..100_000 {
        let (child, sibling) = (token.child_token(), token.child_token());
        if n % 2 == 0 {
            drop(sibling);
            token = child;
        } else {
            token = child;
            drop(sibling);
        }
    }
    let last = token.child_token();
    root.cancel();
    assert!(last.is_cancelled());
    let seen = CountingAlloc::count(|| drop((token, last)));
    assert!(seen.frees <= 3, "{} blocks are left", seen.frees);
}

#[test]
fn a_waker_that_panics_keeps_nobody_from_being_cancelled_and_woken() {
    let root = CancellationToken::new();
    let left = root.child_token();
    let tokens = [root.clone(), left.child_token(), left.child_token(), root.child_token()];
    for bad in 0..tokens.len() {
        let root = CancellationToken::new();
        let left = root.child_token();
        let tokens = [root.clone(), left.child_token(), left.child_token(), root.child_token()];
        let mut waits = tokens.each_ref().map(|token| {
            let panics = *token == tokens[bad];
            let count = if panics { CountingWaker::panicking(WakerEvent::Wake) } else { CountingWaker::new() };
            TestTask::with_waker(token.cancelled(), count)
        });
        waits.iter_mut().for_each(|wait| assert_pending!(wait.poll()));
        std::panic::catch_unwind(|| root.cancel()).unwrap_err();
        assert!(tokens.iter().all(CancellationToken::is_cancelled));
        assert_eq!(waits.each_ref().map(TestTask::wakes), [1; 4]);
    }
}

/// tokio#8556, compio#1044
#[test]
fn a_waker_may_do_anything_to_the_tree() {
    let root = CancellationToken::new();
    let [left, right] = [root.child_token(), root.child_token()];
    let below = left.child_token();
    let tokens = [&root, &left, &right, &below].map(Clone::clone);
    let meddle = move || {
        for token in &tokens {
            let child = token.child_token();
            let _seen = (token.is_cancelled(), token.reason());
            token.cancel();
            drop(token.clone());
            child.cancel();
        }
    };
    let meddle = std::sync::Arc::new(meddle);
    let mut waits = [&root, &left, &right, &below].map(|token| {
        let meddle = std::sync::Arc::clone(&meddle);
        let waker = CountingWaker::hooked(move |_| meddle());
        TestTask::with_waker(token.cancelled(), waker)
    });
    // Cloning the waker meddles already.
    waits.iter_mut().for_each(|wait| _ = wait.poll());
    root.cancel();
    assert!(below.is_cancelled());
}

mod random {
    use super::*;

    const SLOTS: usize = 8;

    #[derive(Clone, Copy, Debug)]
    enum Op {
        New(usize),
        Clone(usize, usize),
        Child(usize, usize),
        Drop(usize),
        Cancel(usize),
        CancelWith(usize),
        Wait(usize, usize),
        Leave(usize),
    }

    fn op() -> impl Strategy<Value = Op> {
        let slot = || 0..SLOTS;
        prop_oneof![
            1 => slot().prop_map(Op::New),
            2 => (slot(), slot()).prop_map(|(of, to)| Op::Clone(of, to)),
            8 => (slot(), slot()).prop_map(|(of, to)| Op::Child(of, to)),
            6 => slot().prop_map(Op::Drop),
            1 => slot().prop_map(Op::Cancel),
            1 => slot().prop_map(Op::CancelWith),
            3 => (slot(), slot()).prop_map(|(of, to)| Op::Wait(of, to)),
            2 => slot().prop_map(Op::Leave),
        ]
    }

    fn programs() -> impl Strategy<Value = Vec<Op>> {
        prop::collection::vec(op(), 1..100)
    }

    /// What a token should be: which is its parent, whether it is cancelled, and by which step with a reason.
    #[derive(Clone, Copy)]
    struct Model {
        parent: Option<usize>,
        cancelled: Option<Option<usize>>,
    }

    fn cancel(nodes: &mut [Model], of: usize, reason: Option<usize>) {
        if nodes[of].cancelled.is_none() {
            nodes[of].cancelled = Some(reason);
            for child in 0..nodes.len() {
                if nodes[child].parent == Some(of) {
                    cancel(nodes, child, reason);
                }
            }
        }
    }

    /// Somebody who waits, for our token and for tokio-util's.
    struct Wait {
        node: usize,
        ours: TestTask<anywhen::sync::WaitForCancellationFutureOwned>,
        theirs: TestTask<tokio_util::sync::WaitForCancellationFutureOwned>,
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: ProptestConfig::default().cases.max(1_000),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn trees_are_as_the_model_says_and_as_those_of_tokio(program in programs()) {
            type Theirs = tokio_util::sync::CancellationToken;
            let mut nodes = Vec::<Model>::new();
            let mut slots = [const { None::<(usize, CancellationToken, Theirs)> }; SLOTS];
            let mut waits = [const { None::<Wait> }; SLOTS];
            for (step, op) in program.into_iter().enumerate() {
                match op {
                    Op::New(to) => {
                        slots[to] = Some((nodes.len(), CancellationToken::new(), Theirs::new()));
                        nodes.push(Model { parent: None, cancelled: None });
                    }
                    Op::Clone(of, to) => slots[to] = slots[of].clone(),
                    Op::Child(of, to) => {
                        if let Some((parent, ours, theirs)) = &slots[of] {
                            let child = (nodes.len(), ours.child_token(), theirs.child_token());
                            nodes.push(Model { parent: Some(*parent), ..nodes[*parent] });
                            slots[to] = Some(child);
                        }
                    }
                    Op::Drop(of) => slots[of] = None,
                    Op::Cancel(of) => {
                        if let Some((node, ours, theirs)) = &slots[of] {
                            cancel(&mut nodes, *node, None);
                            ours.cancel();
                            theirs.cancel();
                        }
                    }
                    Op::CancelWith(of) => {
                        if let Some((node, ours, theirs)) = &slots[of] {
                            cancel(&mut nodes, *node, Some(step));
                            ours.cancel_with(step.to_string());
                            theirs.cancel();
                        }
                    }
                    Op::Wait(of, to) => {
                        if let Some((node, ours, theirs)) = slots[of].clone() {
                            let ours = TestTask::new(ours.cancelled_owned());
                            let theirs = TestTask::new(theirs.cancelled_owned());
                            let mut wait = Wait { node, ours, theirs };
                            prop_assert_eq!(wait.ours.poll(), wait.theirs.poll());
                            waits[to] = Some(wait);
                        }
                    }
                    Op::Leave(of) => waits[of] = None,
                }
                for (node, ours, theirs) in slots.iter().flatten() {
                    let expected = nodes[*node].cancelled;
                    prop_assert_eq!(ours.is_cancelled(), expected.is_some());
                    prop_assert_eq!(theirs.is_cancelled(), expected.is_some());
                    let reason = ours.reason().map(|reason| reason.to_string());
                    prop_assert_eq!(reason, expected.flatten().map(|step| step.to_string()));
                }
                for wait in waits.iter_mut().flatten() {
                    let cancelled = nodes[wait.node].cancelled.is_some();
                    // One that was there before the cancel is woken once, a later one not at all.
                    prop_assert_eq!(wait.ours.wakes(), wait.theirs.wakes());
                    prop_assert_eq!(wait.ours.poll().is_ready(), cancelled);
                    prop_assert_eq!(wait.theirs.poll().is_ready(), cancelled);
                }
            }
        }

        #[test]
        fn there_are_at_most_twice_as_many_nodes_as_tokens_and_in_the_end_none(program in programs()) {
            let mut slots = [const { None::<CancellationToken> }; SLOTS];
            let held = CountingAlloc::count(|| for op in &program {
                match *op {
                    Op::New(to) => slots[to] = Some(CancellationToken::new()),
                    Op::Clone(of, to) => slots[to] = slots[of].clone(),
                    Op::Child(of, to) => {
                        if let Some(child) = slots[of].as_ref().map(CancellationToken::child_token) {
                            slots[to] = Some(child);
                        }
                    }
                    Op::Drop(of) => slots[of] = None,
                    Op::Cancel(_) | Op::CancelWith(_) | Op::Wait(..) | Op::Leave(_) => {}
                }
            });
            let tokens = slots.iter().flatten().collect::<HashSet<_>>().len() as u64;
            let nodes = held.allocs - held.frees;
            prop_assert!(nodes <= 2 * tokens, "{} nodes for {} tokens", nodes, tokens);
            let freed = CountingAlloc::count(|| drop(slots));
            prop_assert_eq!(freed.frees, nodes);
        }
    }
}
