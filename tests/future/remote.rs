//! `remote_handle` and `on_drop`: who hears of the end of a future.

use std::cell::RefCell;
use std::future::{pending, poll_fn, ready};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use anywhen::future::{FusedFuture, yield_now};
use anywhen::prelude::*;
use anywhen::testing::{TestTask, assert_pending, assert_ready_eq};

use crate::probe::{Dropped, DroppedOutput, Polled, panic_of, probes};

#[test]
fn the_output_comes_out_of_the_handle() {
    let (remote, handle) = yield_now().map(|()| 1).remote_handle();
    let (mut remote, mut handle) = (TestTask::new(remote), TestTask::new(handle));
    assert_pending!(handle.poll());
    assert_pending!(remote.poll());
    assert_eq!(handle.wakes(), 0);
    assert_ready_eq!(remote.poll(), ());
    assert_eq!(handle.wakes(), 1);
    assert_ready_eq!(handle.poll(), 1);
    assert_eq!(remote.wakes(), 0, "it is done, and nobody wakes it");
    assert!(handle.future().is_terminated() && remote.future().is_terminated());
    assert_eq!(panic_of(|| handle.poll()), "`RemoteHandle` polled after completion");
    assert_eq!(panic_of(|| remote.poll()), "`Remote` polled after completion");
}

#[test]
fn what_the_future_held_is_free_when_the_handle_is_ready() {
    let ([child], [control], log) = probes::<1, false>();
    let (remote, handle) = child.remote_handle();
    let (mut remote, mut handle) = (TestTask::new(remote), TestTask::new(handle));
    control.release();
    assert_pending!(handle.poll());
    assert_ready_eq!(remote.poll(), ());
    assert_eq!(log.take(), [Polled(0), Dropped(0)]);
    drop(handle.poll());
    assert_eq!(log.take(), [DroppedOutput(0)]);
}

#[test]
fn dropping_the_handle_cancels_the_future() {
    let ([child], [control], log) = probes::<1, false>();
    let (remote, handle) = child.remote_handle();
    let mut remote = TestTask::new(remote);
    assert_pending!(remote.poll());
    drop(handle);
    assert_eq!(remote.wakes(), 1);
    control.release();
    assert_ready_eq!(remote.poll(), ());
    assert_eq!(log.take(), [Polled(0), Dropped(0)], "it is not polled again");
}

#[test]
fn forgetting_the_handle_lets_the_future_run_and_drops_its_output() {
    let ([child], [control], log) = probes::<1, false>();
    let (remote, handle) = child.remote_handle();
    let mut remote = TestTask::new(remote);
    assert_pending!(remote.poll());
    handle.forget();
    assert_eq!(remote.wakes(), 0);
    control.release();
    assert_ready_eq!(remote.poll(), ());
    assert_eq!(log.take(), [Polled(0), Polled(0), Dropped(0), DroppedOutput(0)]);
}

#[test]
fn a_panic_comes_out_of_the_handle() {
    let ([child], [control], log) = probes::<1, false>();
    let (remote, handle) = child.remote_handle();
    let (mut remote, mut handle) = (TestTask::new(remote), TestTask::new(handle));
    assert_pending!(handle.poll());
    control.panic();
    assert_ready_eq!(remote.poll(), ());
    assert_eq!(log.take(), [Polled(0), Dropped(0)]);
    assert_eq!(panic_of(|| handle.poll()), "child 0 panics");
    assert!(handle.future().is_terminated());
}

#[test]
fn a_handle_whose_future_was_dropped_panics_instead_of_waiting_for_ever() {
    let (remote, handle) = pending::<()>().remote_handle();
    let mut handle = TestTask::new(handle);
    assert_pending!(handle.poll());
    drop(remote);
    assert_eq!(handle.wakes(), 1);
    assert_eq!(panic_of(|| handle.poll()), "the `Remote` of a `RemoteHandle` was dropped before it was done");
}

#[test]
fn an_output_that_nobody_takes_is_dropped_with_the_handle() {
    let alive = Rc::new(());
    let (remote, handle) = ready(Rc::clone(&alive)).remote_handle();
    assert_eq!(remote.now_or_never(), Some(()));
    assert_eq!(Rc::strong_count(&alive), 2);
    drop(handle);
    assert_eq!(Rc::strong_count(&alive), 1);
}

#[test]
fn on_drop_is_called_when_the_future_is_gone_and_only_if_it_was_not_done() {
    let log = Rc::new(RefCell::new(Vec::new()));
    struct Logs(Rc<RefCell<Vec<&'static str>>>);
    impl Drop for Logs {
        fn drop(&mut self) {
            self.0.borrow_mut().push("future");
        }
    }
    let future = |ready: bool| {
        let (held, log) = (Logs(Rc::clone(&log)), Rc::clone(&log));
        let future = poll_fn(move |_| {
            let _held = &held;
            if ready { Poll::Ready(1) } else { Poll::Pending }
        });
        future.on_drop(move || log.borrow_mut().push("function"))
    };
    drop(future(true));
    assert_eq!(log.take(), ["future", "function"], "never polled");

    let mut task = TestTask::new(future(false));
    assert_pending!(task.poll());
    drop(task);
    assert_eq!(log.take(), ["future", "function"], "pending");

    let mut task = TestTask::new(future(true));
    assert_ready_eq!(task.poll(), 1);
    assert_eq!(panic_of(|| task.poll()), "`OnDrop` polled after completion");
    drop(task);
    assert_eq!(log.take(), ["future"], "done");
}

#[test]
fn a_panic_is_no_cancellation() {
    let mut called = false;
    {
        let mut future = pin!(poll_fn(|_| -> Poll<()> { panic!("on purpose") }).on_drop(|| called = true));
        assert_eq!(panic_of(|| future.as_mut().now_or_never()), "on purpose");
        assert!(future.is_terminated());
    }
    assert!(!called);
}

#[test]
fn on_drop_is_called_even_if_the_destructor_of_the_future_panics() {
    let ([child], [control], _) = probes::<1, false>();
    control.panic_on_drop();
    let mut called = false;
    let future = child.on_drop(|| called = true);
    assert_eq!(panic_of(|| drop(future)), "child 0 panics when dropped");
    assert!(called);
}
