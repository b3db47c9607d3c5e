//! `abortable`: what a handle ends, and what it leaves alone.

use std::cell::RefCell;
use std::future::{pending, poll_fn, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use anywhen::future::{AbortHandle, Abortable, Aborted, FusedFuture, abortable, yield_now};
use anywhen::prelude::*;
use anywhen::stream;
use anywhen::testing::{TestTask, assert_pending, assert_ready, assert_ready_eq};
use futures_core::Stream;
use futures_core::stream::FusedStream;

use crate::probe::{Dropped, Polled, panic_of, probes};

#[test]
fn what_is_not_aborted_gives_its_output() {
    let (future, handle) = abortable(yield_now());
    let mut task = TestTask::new(future);
    assert_pending!(task.poll());
    assert_ready_eq!(task.poll(), Ok(()));
    handle.abort();
    assert_eq!(task.wakes(), 0, "it is done, and nobody wakes it");
    assert!(task.future().is_terminated() && task.future().is_aborted());
    assert_eq!(panic_of(|| task.poll()), "`Abortable` polled after completion");
}

#[test]
fn an_abort_wakes_and_ends_it_without_another_poll() {
    let ([child], [_control], log) = probes::<1, false>();
    let (future, handle) = abortable(child);
    let mut task = TestTask::new(future);
    assert_pending!(task.poll());
    handle.abort();
    handle.clone().abort();
    assert_eq!(task.wakes(), 1);
    assert_eq!(log.take(), [Polled(0)]);
    assert_eq!(assert_ready!(task.poll()).unwrap_err(), Aborted);
    assert_eq!(log.take(), [Dropped(0)], "it is dropped there, and not polled");
}

#[test]
fn what_is_aborted_before_its_first_poll_is_never_polled() {
    let ([child], [_control], log) = probes::<1, false>();
    let (future, handle) = child.abortable();
    handle.abort();
    assert!(handle.is_aborted() && future.is_aborted());
    assert_eq!(TestTask::new(future).poll().map(|result| result.unwrap_err()), Poll::Ready(Aborted));
    assert_eq!(log.take(), [Dropped(0)]);
}

#[test]
fn a_task_may_abort_itself() {
    let (handle, registration) = AbortHandle::new_pair();
    let aborts = poll_fn(move |_| {
        handle.abort();
        Poll::<()>::Pending
    });
    let mut task = TestTask::new(Abortable::new(aborts, registration));
    assert_ready_eq!(task.poll(), Err(Aborted));
    assert_eq!(task.wakes(), 0);

    let (handle, registration) = AbortHandle::new_pair();
    let is_done = poll_fn(move |_| {
        handle.abort();
        Poll::Ready(1)
    });
    assert_eq!(Abortable::new(is_done, registration).now_or_never(), Some(Ok(1)), "what is done is done");
}

#[test]
fn one_handle_aborts_many_and_what_is_bound_later() {
    let (handle, first) = AbortHandle::new_pair();
    let registrations = std::iter::once(first).chain((0..50).map(|_| handle.registration()));
    let mut tasks = registrations
        .map(|registration| TestTask::new(Abortable::new(pending::<()>(), registration)))
        .collect::<Vec<_>>();
    tasks.iter_mut().for_each(|task| assert_pending!(task.poll()));
    // Some go before.
    tasks.drain(10..20);
    handle.abort();
    assert!(tasks.iter().all(|task| task.wakes() == 1));
    tasks.iter_mut().for_each(|task| assert_ready_eq!(task.poll(), Err(Aborted)));
    assert_eq!(Abortable::new(ready(1), handle.registration()).now_or_never(), Some(Err(Aborted)));
}

#[test]
fn registrations_know_their_handle_and_handles_may_go() {
    let (handle, registration) = AbortHandle::new_pair();
    let again = registration.handle();
    drop(handle);
    let mut task = TestTask::new(Abortable::new(pending::<()>(), registration));
    assert_pending!(task.poll());
    assert_eq!(task.wakes(), 0);
    drop(again.registration());
    again.abort();
    assert_ready_eq!(task.poll(), Err(Aborted));

    let (future, handle) = abortable(pending::<()>());
    drop(handle);
    let mut task = TestTask::new(future);
    assert_pending!(task.poll());
    assert!(!task.future().is_aborted());
}

#[test]
fn a_panic_is_its_end() {
    let (future, handle) = abortable(poll_fn(|_| -> Poll<u8> { panic!("on purpose") }));
    let mut task = TestTask::new(future);
    assert_eq!(panic_of(|| task.poll()), "on purpose");
    assert!(task.future().is_terminated());
    handle.abort();
    assert_eq!(panic_of(|| task.poll()), "`Abortable` polled after completion");
}

/// A stream whose items are put in by hand.
#[derive(Clone, Default)]
struct ByHand(Rc<RefCell<Vec<u8>>>);

impl Stream for ByHand {
    type Item = u8;

    fn poll_next(self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<Option<u8>> {
        self.0.borrow_mut().pop().map_or(Poll::Pending, |item| Poll::Ready(Some(item)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (7, Some(9))
    }
}

#[test]
fn a_stream_ends_when_it_is_aborted() {
    let source = ByHand::default();
    let (handle, registration) = AbortHandle::new_pair();
    let mut task = TestTask::new(Abortable::new(source.clone(), registration));
    let next = |task: &mut TestTask<Abortable<ByHand>>| task.enter(|cx, stream| stream.poll_next(cx));
    assert_eq!(task.future().size_hint(), (0, Some(9)));
    source.0.borrow_mut().push(1);
    assert_eq!(next(&mut task), Poll::Ready(Some(1)));
    assert_eq!(next(&mut task), Poll::Pending);
    handle.abort();
    assert_eq!(task.wakes(), 1);
    source.0.borrow_mut().push(2);
    for _ in 0..2 {
        assert_eq!(next(&mut task), Poll::Ready(None));
    }
    assert!(FusedStream::is_terminated(task.future()));
    assert_eq!(task.future().size_hint(), (0, Some(0)));
    assert_eq!(Rc::strong_count(&source.0), 1, "it is dropped when it has ended");
}

#[test]
fn what_was_aborted_is_told() {
    let (future, handle) = abortable(pending::<()>());
    assert_eq!(
        format!("{handle:?} {future:?}"),
        "AbortHandle { is_aborted: false } Abortable { is_terminated: false, .. }"
    );
    handle.abort();
    let (_, registration) = AbortHandle::new_pair();
    assert_eq!(
        format!("{handle:?} {registration:?}"),
        "AbortHandle { is_aborted: true } AbortRegistration { is_aborted: false }"
    );
    assert_eq!(Aborted.to_string(), "aborted");
}

#[test]
fn a_stream_is_ended_by_its_handle_and_wakes_who_waits() {
    let (stream, handle) = stream::abortable(stream::pending::<()>());
    let mut task = TestTask::new(stream);
    assert_pending!(task.poll_next());
    handle.abort();
    assert_eq!(task.wakes(), 1);
    assert_ready_eq!(task.poll_next(), None);
}

#[test]
fn a_clone_waits_for_itself_and_is_aborted_with_the_other() {
    let (future, handle) = abortable(pending::<()>());
    let mut tasks = [TestTask::new(future.clone()), TestTask::new(future)];
    tasks.iter_mut().for_each(|task| assert_pending!(task.poll()));
    handle.abort();
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        assert_ready_eq!(task.poll(), Err(Aborted));
    }

    let (future, _handle) = abortable(ready(1));
    let mut task = TestTask::new(future);
    assert_ready_eq!(task.poll(), Ok(1));
    assert!(task.future().clone().is_terminated(), "that of one that is over is over");
}
