//! `CancellationToken`, polled by hand: one token, a few children, guards, reasons, and futures that run until it is
//! cancelled. Large trees, and what they cost, are in `tests/token_trees.rs`.
#![cfg(all(feature = "alloc", any(feature = "std", feature = "critical-section")))]

#[path = "support/hand.rs"]
mod hand;

use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::future::{pending, poll_fn, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::Poll;

use anywhen::sync::{CancelReason, CancellationToken};

use hand::{TestTask, assert_pending, assert_ready, assert_ready_eq};

#[test]
fn everybody_who_waits_is_woken_once_and_it_stays_cancelled() {
    let token = CancellationToken::new();
    let clone = token.clone();
    let mut waits = [(); 40].map(|()| TestTask::new(clone.cancelled()));
    let mut owned = TestTask::new(token.clone().cancelled_owned());
    let mut not_polled = TestTask::new(token.cancelled());
    for task in &mut waits {
        assert_pending!(task.poll());
    }
    assert_pending!(owned.poll());
    assert!(!token.is_cancelled());
    token.cancel();
    token.cancel();
    assert!(token.is_cancelled() && clone.is_cancelled());
    for task in &mut waits {
        assert_eq!(task.wakes(), 1);
        assert_ready!(task.poll());
        assert_ready!(task.poll());
    }
    assert_eq!(owned.wakes(), 1);
    assert_ready!(owned.poll());
    assert_ready!(not_polled.poll());
    assert_ready!(TestTask::new(token.cancelled()).poll());
}

#[test]
fn a_wait_that_is_dropped_is_gone() {
    let token = CancellationToken::default();
    let mut goes = TestTask::new(token.cancelled());
    assert_pending!(goes.poll());
    assert_eq!(format!("{token:?}"), "CancellationToken { is_cancelled: false, waiters: 1 }");
    let count = goes.count().clone();
    drop(goes);
    token.cancel();
    assert_eq!(count.wakes(), 0);
    assert_eq!(format!("{token:?}"), "CancellationToken { is_cancelled: true, waiters: 0 }");
}

#[test]
fn an_owned_wait_is_enough_to_keep_the_token_in_the_tree() {
    let root = CancellationToken::new();
    let mut wait = TestTask::new(root.child_token().child_token().cancelled_owned());
    assert_pending!(wait.poll());
    root.cancel();
    assert_eq!(wait.wakes(), 1);
    assert_ready!(wait.poll());
}

#[test]
fn a_child_is_cancelled_with_its_parent_and_can_be_cancelled_alone() {
    let root = CancellationToken::new();
    let [left, right] = [root.child_token(), root.child_token()];
    let below = left.child_token();
    let mut waits = [&root, &left, &right, &below].map(|token| TestTask::new(token.cancelled()));
    for wait in &mut waits {
        assert_pending!(wait.poll());
    }
    left.cancel();
    assert_eq!(waits.each_ref().map(TestTask::wakes), [0, 1, 0, 1]);
    assert_eq!([&root, &left, &right, &below].map(CancellationToken::is_cancelled), [false, true, false, true]);
    root.cancel();
    assert_eq!(waits.each_ref().map(TestTask::wakes), [1; 4]);
    for wait in &mut waits {
        assert_ready!(wait.poll());
    }
}

#[test]
fn a_child_of_a_cancelled_token_is_cancelled_from_the_start() {
    let root = CancellationToken::new();
    root.cancel_with("over");
    let below = root.child_token().child_token();
    drop(root);
    assert!(below.is_cancelled());
    assert_eq!(below.reason().unwrap().to_string(), "over");
    assert_ready!(TestTask::new(below.cancelled()).poll());
}

#[test]
fn tokens_in_between_may_be_dropped() {
    // The one between, the first one, or both, before and after there is a third.
    for (drop_root, drop_between) in [(false, true), (true, false), (true, true)] {
        let root = CancellationToken::new();
        let canceller = if drop_root { None } else { Some(root.clone()) };
        let between = root.child_token();
        let below = between.child_token();
        let sibling = between.child_token();
        drop(root);
        let between = if drop_between { None } else { Some(between) };
        drop(sibling);
        let last = below.child_token();
        if let Some(canceller) = canceller.as_ref().or(between.as_ref()) {
            canceller.cancel();
            assert!(below.is_cancelled() && last.is_cancelled());
        } else {
            assert!(!below.is_cancelled() && !last.is_cancelled());
            below.cancel();
            assert!(last.is_cancelled());
        }
    }
}

#[cfg(feature = "testing")]
#[test]
fn parents_come_first_then_elder_children_with_all_of_theirs() {
    use anywhen::testing::{CountingWaker, TestTask, WakerEvent};

    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let wait = |name: &'static str, token: &CancellationToken| {
        let order = Arc::clone(&order);
        let waker = CountingWaker::hooked(move |event| {
            if event == WakerEvent::Wake {
                order.lock().unwrap().push(name);
            }
        });
        let mut task = TestTask::with_waker(token.clone().cancelled_owned(), waker);
        assert_pending!(task.poll());
        task
    };
    let root = CancellationToken::new();
    let [elder, gone, younger] = [(); 3].map(|()| root.child_token());
    let of_gone = [(); 2].map(|()| gone.child_token());
    let of_elder = elder.child_token();
    let _waits = [
        wait("younger", &younger),
        wait("second of gone", &of_gone[1]),
        wait("of elder", &of_elder),
        wait("elder", &elder),
        wait("root", &root),
        wait("root again", &root),
    ];
    drop(gone);
    // The other one takes the place that its parent had.
    drop(of_gone);
    root.cancel();
    assert_eq!(*order.lock().unwrap(), ["root", "root again", "elder", "of elder", "second of gone", "younger"]);
}

#[test]
fn clones_are_equal_and_children_are_not() {
    let token = CancellationToken::new();
    let all = [token.clone(), token.clone(), token.child_token(), CancellationToken::new()];
    assert_eq!(all[0], token);
    assert!(all[2..].iter().all(|other| *other != token));
    assert_eq!(all.into_iter().collect::<HashSet<_>>().len(), 3);
}

mod reasons {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Full(u32);

    impl fmt::Display for Full {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{} are too many", self.0)
        }
    }

    impl Error for Full {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&fmt::Error)
        }
    }

    #[test]
    fn it_shows_itself_as_the_error_that_was_given() {
        let token = CancellationToken::new();
        assert!(token.reason().is_none());
        token.cancel_with(Full(7));
        let reason: CancelReason = token.reason().unwrap();
        assert_eq!(reason.downcast_ref::<Full>(), Some(&Full(7)));
        assert!(reason.downcast_ref::<fmt::Error>().is_none());
        assert_eq!((format!("{reason}"), format!("{reason:?}")), ("7 are too many".into(), "Full(7)".into()));
        assert!(reason.source().unwrap().is::<fmt::Error>());
    }

    #[test]
    fn the_first_one_stands_and_none_is_one_too() {
        let token = CancellationToken::new();
        token.cancel_with("first");
        token.cancel_with("second".to_owned());
        token.cancel();
        assert_eq!(token.reason().unwrap().to_string(), "first");

        let token = CancellationToken::new();
        token.cancel();
        token.cancel_with("late");
        assert!(token.reason().is_none());
    }

    #[test]
    fn descendants_have_that_of_the_ancestor_that_cancelled_them() {
        let root = CancellationToken::new();
        let [left, right] = [root.child_token(), root.child_token()];
        let [below_left, below_right] = [left.child_token(), right.child_token()];
        left.cancel_with("left");
        root.cancel_with("root");
        let reasons =
            [&root, &left, &right, &below_left, &below_right].map(|token| token.reason().unwrap().to_string());
        assert_eq!(reasons, ["root", "left", "root", "left", "root"]);
    }

    #[test]
    fn a_reason_can_be_handed_on_and_stays_what_it_is() {
        let [one, other] = [(); 2].map(|()| CancellationToken::new());
        one.cancel_with(Full(1));
        other.cancel_with(one.reason().unwrap());
        assert_eq!(other.reason().unwrap().downcast_ref(), Some(&Full(1)));
    }

    /// Uses the token when it is dropped.
    struct Meddles(CancellationToken, Arc<AtomicUsize>);

    impl fmt::Debug for Meddles {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Meddles")
        }
    }

    impl fmt::Display for Meddles {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Meddles")
        }
    }

    impl Error for Meddles {}

    impl Drop for Meddles {
        fn drop(&mut self) {
            self.1.fetch_add(1, Relaxed);
            let _reason = self.0.reason();
            self.0.child_token().cancel();
            self.0.cancel();
        }
    }

    #[test]
    fn dropping_one_may_use_the_tree_that_it_was_in() {
        let drops = Arc::new(AtomicUsize::new(0));
        let root = CancellationToken::new();
        let meddles = || Meddles(root.clone(), Arc::clone(&drops));
        let child = root.child_token();
        let below = child.child_token();
        child.cancel_with(meddles());
        // Not taken.
        child.cancel_with(meddles());
        assert_eq!(drops.load(Relaxed), 1);
        drop(child);
        assert_eq!(drops.load(Relaxed), 1, "the grandchild has it too");
        drop(below);
        assert_eq!(drops.load(Relaxed), 2);
    }

    #[cfg(feature = "testing")]
    #[test]
    fn one_that_panics_when_it_is_not_taken_keeps_nobody_from_being_cancelled() {
        use anywhen::testing::{CountingWaker, TestTask, WakerEvent};

        struct Explodes;

        impl fmt::Debug for Explodes {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("Explodes")
            }
        }

        impl fmt::Display for Explodes {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("Explodes")
            }
        }

        impl Error for Explodes {}

        impl Drop for Explodes {
            fn drop(&mut self) {
                if !std::thread::panicking() {
                    panic!("a reason that panics");
                }
            }
        }

        let root = CancellationToken::new();
        let children = [(); 3].map(|()| root.child_token());
        // So that it is the second reason, while there still are children.
        let mut first = TestTask::with_waker(root.clone().cancelled_owned(), {
            let root = root.clone();
            CountingWaker::hooked(move |event| {
                if event == WakerEvent::Wake {
                    root.cancel_with(Explodes);
                }
            })
        });
        assert_pending!(first.poll());
        let thrown = std::panic::catch_unwind(|| root.cancel_with("first")).unwrap_err();
        assert_eq!(thrown.downcast_ref(), Some(&"a reason that panics"));
        for child in &children {
            assert_eq!(child.reason().unwrap().to_string(), "first");
        }
    }
}

mod guards {
    use super::*;

    #[test]
    fn a_guard_cancels_when_it_is_dropped() {
        let token = CancellationToken::new();
        let guard = token.clone().drop_guard();
        assert_eq!(*guard.token(), token);
        assert_eq!(format!("{guard:?}"), format!("DropGuard({token:?})"));
        assert!(!token.is_cancelled());
        drop(guard);
        assert!(token.is_cancelled());

        let token = CancellationToken::new();
        let child = token.child_token();
        let guard = token.drop_guard_ref();
        assert_eq!(*guard.token(), token);
        assert_eq!(format!("{guard:?}"), format!("DropGuardRef({token:?})"));
        drop(guard);
        assert!(token.is_cancelled() && child.is_cancelled());
    }

    #[test]
    fn a_guard_cancels_when_its_owner_panics() {
        let token = CancellationToken::new();
        let guarded = token.clone();
        std::panic::catch_unwind(move || {
            let _guard = guarded.drop_guard();
            panic!("on purpose");
        })
        .unwrap_err();
        assert!(token.is_cancelled());
    }

    #[test]
    fn a_disarmed_guard_gives_the_token_back_and_does_not_cancel() {
        let token = CancellationToken::new();
        assert_eq!(token.clone().drop_guard().disarm(), token);
        assert_eq!(*token.drop_guard_ref().disarm(), token);
        assert!(!token.is_cancelled());

        // Others are not affected.
        let (one, other) = (token.drop_guard_ref(), token.drop_guard_ref());
        one.disarm();
        drop(other);
        assert!(token.is_cancelled());
    }
}

mod run_until_cancelled {
    use super::*;

    #[test]
    fn it_gives_the_output_or_none() {
        let token = CancellationToken::new();
        assert_ready_eq!(TestTask::new(token.run_until_cancelled(ready(1))).poll(), Some(1));
        let mut waits = TestTask::new(token.run_until_cancelled(pending::<()>()));
        let mut owned = TestTask::new(token.clone().run_until_cancelled_owned(pending::<()>()));
        assert_pending!(waits.poll());
        assert_pending!(owned.poll());
        token.cancel();
        assert_eq!((waits.wakes(), owned.wakes()), (1, 1));
        assert_ready_eq!(waits.poll(), None);
        assert_ready_eq!(owned.poll(), None);
    }

    #[test]
    fn a_token_that_is_cancelled_keeps_the_future_from_being_polled() {
        let token = CancellationToken::new();
        let never = || poll_fn(|_| -> Poll<()> { panic!("polled") });
        let (mut run, mut owned) = (
            TestTask::new(token.run_until_cancelled(never())),
            TestTask::new(token.clone().run_until_cancelled_owned(never())),
        );
        // Between the call and the first poll.
        token.cancel();
        assert_ready_eq!(run.poll(), None);
        assert_ready_eq!(owned.poll(), None);
    }

    #[test]
    fn afterwards_the_future_comes_first() {
        let token = CancellationToken::new();
        let mut polls = 0;
        let second = poll_fn(|_| {
            polls += 1;
            if polls == 2 { Poll::Ready(polls) } else { Poll::Pending }
        });
        let mut run = TestTask::new(token.run_until_cancelled(second));
        assert_pending!(run.poll());
        token.cancel();
        assert_ready_eq!(run.poll(), Some(2));
    }

    #[test]
    fn the_future_is_dropped_as_soon_as_it_is_cancelled() {
        let (token, alive) = (CancellationToken::new(), Arc::new(()));
        let held = Arc::clone(&alive);
        let mut run = TestTask::new(token.run_until_cancelled(async move {
            pending::<()>().await;
            drop(held);
        }));
        assert_pending!(run.poll());
        token.cancel();
        assert_ready_eq!(run.poll(), None);
        assert_eq!(Arc::strong_count(&alive), 1);
    }
}
