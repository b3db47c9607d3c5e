//! `DelayQueue`, into which items are put, that are moved and taken out, while a task waits for it and while none does; in virtual
//! time here, and in the paused time of a runtime there.

use std::cell::RefCell;
use std::future::poll_fn;
use std::task::Poll;

use anywhen::time::delay_queue::Key;
use anywhen::time::{DelayQueue, Duration, VirtualClock};
use proptest::prelude::*;
use tokio::time::{self, Instant};
use tokio_util::time::{DelayQueue as Theirs, delay_queue};

use super::hand::TestTask;
use super::programs;

#[derive(Clone, Copy, Debug)]
enum Op {
    Insert(Duration),
    /// So long after the start.
    InsertAt(Duration),
    Remove(usize),
    TryRemove(usize),
    Reset(usize, Duration),
    ResetAt(usize, Duration),
    Drain,
    Pass(Duration),
    Clear,
    Compact,
    Shrink,
}

fn millis(most: u64) -> impl Strategy<Value = Duration> {
    (0..=most).prop_map(Duration::from_millis)
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => millis(30).prop_map(Op::Insert),
        2 => millis(200).prop_map(Op::InsertAt),
        2 => millis(100_000_000).prop_map(Op::Insert),
        2 => any::<usize>().prop_map(Op::Remove),
        1 => any::<usize>().prop_map(Op::TryRemove),
        3 => (any::<usize>(), millis(30)).prop_map(|(which, after)| Op::Reset(which, after)),
        2 => (any::<usize>(), millis(200)).prop_map(|(which, at)| Op::ResetAt(which, at)),
        8 => Just(Op::Drain),
        5 => millis(12).prop_map(Op::Pass),
        1 => millis(100_000_000).prop_map(Op::Pass),
        1 => Just(Op::Clear),
        1 => Just(Op::Compact),
        1 => Just(Op::Shrink),
    ]
}

async fn run_paused(program: Vec<Op>) {
    let clock = VirtualClock::manual();
    let (start, their_start) = (clock.now(), Instant::now());
    let (ours, theirs) = (RefCell::new(DelayQueue::new_on(clock.clock())), RefCell::new(Theirs::new()));
    let mut our_task = TestTask::new(poll_fn(|cx| ours.borrow_mut().poll_expired(cx)));
    let mut their_task = TestTask::new(poll_fn(|cx| theirs.borrow_mut().poll_expired(cx)));
    let mut live: Vec<(u32, Key, delay_queue::Key)> = Vec::new();
    let mut names = 0..;
    for op in program {
        let picked = |which: usize| if live.is_empty() { None } else { Some(which % live.len()) };
        match op {
            Op::Insert(after) => {
                let name = names.next().expect("numbers do not end");
                let keys = (ours.borrow_mut().insert(name, after), theirs.borrow_mut().insert(name, after));
                live.push((name, keys.0, keys.1));
            }
            Op::InsertAt(at) => {
                let name = names.next().expect("numbers do not end");
                let our_key = ours.borrow_mut().insert_at(name, start + at);
                live.push((name, our_key, theirs.borrow_mut().insert_at(name, their_start + at)));
            }
            Op::Remove(which) => {
                if let Some((name, key, their_key)) = picked(which).map(|at| live.swap_remove(at)) {
                    let removed = (ours.borrow_mut().remove(&key), theirs.borrow_mut().remove(&their_key));
                    assert_eq!((removed.0.into_inner(), removed.1.into_inner()), (name, name));
                }
            }
            Op::TryRemove(which) => {
                if let Some((name, key, their_key)) = picked(which).map(|at| live.swap_remove(at)) {
                    let removed = (ours.borrow_mut().try_remove(&key), theirs.borrow_mut().try_remove(&their_key));
                    assert_eq!(removed.0.map(|it| it.into_inner()), Some(name));
                    assert_eq!(removed.1.map(|it| it.into_inner()), Some(name));
                    assert!(ours.borrow_mut().try_remove(&key).is_none());
                    assert!(theirs.borrow_mut().try_remove(&their_key).is_none());
                }
            }
            Op::Reset(which, after) => {
                if let Some(at) = picked(which) {
                    ours.borrow_mut().reset(&live[at].1, after);
                    theirs.borrow_mut().reset(&live[at].2, after);
                }
            }
            Op::ResetAt(which, to) => {
                if let Some(at) = picked(which) {
                    ours.borrow_mut().reset_at(&live[at].1, start + to);
                    theirs.borrow_mut().reset_at(&live[at].2, their_start + to);
                }
            }
            Op::Drain => {
                // Those that are due, in whatever order, and why there are no more.
                let (mut due, mut theirs_due) = (Vec::new(), Vec::new());
                let end = loop {
                    match our_task.poll() {
                        Poll::Ready(Some(expired)) => due.push(expired.into_inner()),
                        Poll::Ready(None) => break true,
                        Poll::Pending => break false,
                    }
                };
                let their_end = loop {
                    match their_task.poll() {
                        Poll::Ready(Some(expired)) => theirs_due.push(expired.into_inner()),
                        Poll::Ready(None) => break true,
                        Poll::Pending => break false,
                    }
                };
                live.retain(|(name, ..)| !due.contains(name));
                due.sort_unstable();
                theirs_due.sort_unstable();
                assert_eq!((due, end), (theirs_due, their_end), "due, and whether there are no more, here and there");
            }
            Op::Pass(duration) => {
                clock.advance(duration);
                time::advance(duration).await;
            }
            Op::Clear => {
                ours.borrow_mut().clear();
                theirs.borrow_mut().clear();
                live.clear();
            }
            Op::Compact => {
                ours.borrow_mut().compact();
                theirs.borrow_mut().compact();
            }
            Op::Shrink => {
                ours.borrow_mut().shrink_to_fit();
                theirs.borrow_mut().shrink_to_fit();
            }
        }
        let (ours, theirs) = (ours.borrow(), theirs.borrow());
        assert_eq!((ours.len(), ours.is_empty()), (theirs.len(), theirs.is_empty()));
        assert_eq!(ours.peek().is_some(), theirs.peek().is_some());
        for (_, key, their_key) in &live {
            // Of what has passed, it has the present.
            let (at, their_at) = (ours.deadline(key) - start, theirs.deadline(their_key) - their_start);
            assert!(
                at == their_at || at < their_at && their_at <= their_start.elapsed(),
                "{at:?} here, {their_at:?} there"
            );
        }
        // Ours need not be woken so soon, but where there is something to say both are.
        assert!(!our_task.is_woken() || their_task.is_woken());
    }
}

#[test]
fn delay_queue() {
    programs("delay queue", Just(()), op(), |(), program| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(run_paused(program));
    });
}
