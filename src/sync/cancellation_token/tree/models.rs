//! loom models: a tree that is cancelled, and whose nodes come, go and move up, at the same time.

use std::string::ToString;
use std::sync::{Arc, Weak};

use loom::future::block_on;
use loom::thread;

use super::{Handle, Node};
use crate::internal::shim::model;
use crate::sync::CancellationToken;

/// How often the scheduler may interrupt a thread that could go on.
const PREEMPTIONS: usize = 3;

fn spawn(body: impl FnOnce() + 'static) -> thread::JoinHandle<()> {
    thread::spawn(body)
}

/// So many, each the child of the one before.
fn chain<const N: usize>() -> [Handle; N] {
    let mut last = None::<Handle>;
    core::array::from_fn(|_| {
        let handle = last.as_ref().map_or_else(Handle::new, Handle::child);
        last.insert(handle).clone()
    })
}

fn weak(handle: &Handle) -> Weak<Node> {
    Arc::downgrade(&handle.0)
}

fn is_gone(node: &Weak<Node>) -> bool {
    node.strong_count() == 0
}

fn is_child(child: &Handle, parent: &Handle) -> bool {
    let found = child.0.family.with(|family| family.parent.clone());
    found.is_some_and(|found| Arc::ptr_eq(&found, &parent.0))
}

fn assert_cancelled(handles: &[&Handle]) {
    assert!(handles.iter().all(|handle| handle.0.is_cancelled()));
}

#[test]
fn a_child_that_is_made_during_a_cancel_is_cancelled() {
    model("token: a child is made, cancel", PREEMPTIONS, || {
        let root = CancellationToken::new();
        let makes = spawn({
            let root = root.clone();
            move || {
                let child = root.child_token();
                // For the same reason, if it is seen to be.
                assert!(!child.is_cancelled() || child.reason().is_some() && root.is_cancelled());
                if !child.is_cancelled() {
                    block_on(child.cancelled());
                }
                assert!(child.reason().is_some());
            }
        });
        root.cancel_with("why");
        makes.join().unwrap();
    });
}

#[test]
fn who_is_seen_to_be_cancelled_has_its_reason_and_a_cancelled_parent() {
    model("token: cancel with a reason, others look", PREEMPTIONS, || {
        let root = CancellationToken::new();
        let child = root.child_token();
        let looks = spawn({
            let (root, child) = (root.clone(), child.clone());
            move || {
                if child.is_cancelled() {
                    assert_eq!(child.reason().unwrap().to_string(), "why");
                    assert!(root.is_cancelled());
                }
            }
        });
        root.cancel_with("why");
        assert!(child.is_cancelled());
        looks.join().unwrap();
    });
}

#[test]
fn who_begins_to_wait_during_a_cancel_is_woken() {
    model("token: a wait begins, cancel of the parent", PREEMPTIONS, || {
        let root = CancellationToken::new();
        let child = root.child_token();
        let cancels = spawn(move || root.cancel());
        block_on(child.cancelled());
        cancels.join().unwrap();
    });
}

#[test]
fn a_wait_that_is_dropped_with_the_last_handle_during_a_cancel_leaves_nothing() {
    model("token: a wait and the last handle go, cancel of the parent", PREEMPTIONS, || {
        let root = CancellationToken::new();
        let child = root.child_token();
        let node = weak(&child.handle);
        let cancels = spawn({
            let root = root.clone();
            move || root.cancel()
        });
        let mut wait = std::boxed::Box::pin(child.cancelled_owned());
        let waker = core::task::Waker::noop();
        let _ready = wait.as_mut().poll(&mut core::task::Context::from_waker(waker));
        drop(wait);
        cancels.join().unwrap();
        assert!(is_gone(&node));
    });
}

#[test]
fn a_node_in_between_is_dropped_during_a_cancel() {
    model("token: the one in between goes, cancel of the first", PREEMPTIONS, || {
        let [root, between, last] = chain();
        let node = weak(&between);
        let drops = spawn(move || drop(between));
        root.cancel(None);
        assert_cancelled(&[&root, &last]);
        drops.join().unwrap();
        assert!(is_gone(&node));
    });
}

#[test]
fn the_last_of_a_chain_is_dropped_during_a_cancel() {
    model("token: the last one goes, cancel of the first", PREEMPTIONS, || {
        let [root, between, last] = chain();
        let nodes = [weak(&between), weak(&last)];
        drop(between);
        let drops = spawn(move || drop(last));
        root.cancel(None);
        drops.join().unwrap();
        assert!(nodes.iter().all(is_gone));
        assert!(root.0.family.with(|family| family.children.is_empty()));
    });
}

#[test]
fn two_cancel_the_same_tree_and_neither_returns_too_early() {
    model("token: two cancel the same one", PREEMPTIONS, || {
        let [root, between, last] = chain();
        let other = spawn({
            let (root, last) = (root.clone(), last.clone());
            move || {
                root.cancel(None);
                assert_cancelled(&[&last]);
            }
        });
        root.cancel(None);
        assert_cancelled(&[&between, &last]);
        other.join().unwrap();
    });
}

#[test]
fn an_ancestor_is_cancelled_while_a_descendant_is() {
    model("token: cancel of the first and of the second", PREEMPTIONS, || {
        let [root, between, last] = chain();
        let other = spawn({
            let (between, last) = (between.clone(), last.clone());
            move || {
                between.cancel(None);
                assert_cancelled(&[&last]);
            }
        });
        root.cancel(None);
        assert_cancelled(&[&between, &last]);
        other.join().unwrap();
    });
}

#[test]
fn whoever_is_left_moves_up_whichever_of_two_goes_first() {
    model("token: a node and a child of it go, the other child is left", PREEMPTIONS, || {
        let [root, between, left] = chain();
        let stays = between.child();
        let nodes = [weak(&between), weak(&left)];
        let drops = spawn(move || drop(between));
        drop(left);
        drops.join().unwrap();
        assert!(nodes.iter().all(is_gone));
        assert!(is_child(&stays, &root));
        root.cancel(None);
        assert_cancelled(&[&stays]);
    });
}

#[test]
fn two_nodes_in_a_row_go_at_the_same_time() {
    model("token: the second and the third go, the last one is left", PREEMPTIONS, || {
        let [root, second, third, last] = chain();
        let nodes = [weak(&second), weak(&third)];
        let drops = spawn(move || drop(second));
        drop(third);
        drops.join().unwrap();
        assert!(nodes.iter().all(is_gone));
        assert!(is_child(&last, &root));
    });
}

#[test]
fn the_first_goes_while_the_second_does() {
    model("token: the root and its child go, the last one is left", PREEMPTIONS, || {
        let [root, second, last] = chain();
        let nodes = [weak(&root), weak(&second)];
        let drops = spawn(move || drop(root));
        drop(second);
        drops.join().unwrap();
        assert!(nodes.iter().all(is_gone));
        assert!(last.0.family.with(|family| family.parent.is_none()));
    });
}

#[test]
fn a_child_is_made_while_its_parent_moves_up_and_all_are_cancelled() {
    model("token: children are made and go, their grandparent goes; then cancel", PREEMPTIONS, || {
        let [root, between, last] = chain();
        let makes = spawn({
            let last = last.clone();
            move || {
                let child = last.child();
                drop(last);
                assert!(!child.0.is_cancelled());
                child.cancel(None);
            }
        });
        let child = last.child();
        drop(between);
        makes.join().unwrap();
        assert!(is_child(&last, &root) && is_child(&child, &last));
        root.cancel(None);
        assert_cancelled(&[&last, &child]);
    });
}

#[test]
fn a_node_moves_up_while_its_old_and_its_new_parent_are_cancelled() {
    model("token: cancel of the first, cancel and drop of the second", 2, || {
        let [root, between, last] = chain();
        let other = spawn({
            let last = last.clone();
            move || {
                between.cancel(None);
                assert_cancelled(&[&last]);
                drop(between);
            }
        });
        root.cancel(None);
        assert_cancelled(&[&last]);
        other.join().unwrap();
        assert!(root.0.family.with(|family| family.children.is_empty()));
    });
}
