//! What works on one future: `FutureExt` and its like.

use std::cell::Cell;
use std::future::{Pending, Ready, poll_fn, ready};
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use anywhen::future::{Either, Fuse, FusedFuture, lazy, maybe_done, poll_once, yield_now};
use anywhen::prelude::*;
use anywhen::testing::{TestTask, assert_pending, assert_ready};
use futures_core::Stream;
use futures_core::stream::FusedStream;

use crate::probe::{Dropped, DroppedOutput, Polled, panic_of, probes};

/// A probe's number as output, so that outputs can be compared.
fn number(token: crate::probe::Token) -> usize {
    token.number()
}

/// Polls a future to its end and beyond.
fn is_over_at_its_end<F: FusedFuture>(future: F, name: &str) {
    let mut task = TestTask::new(future);
    assert!(!task.future().is_terminated());
    while task.poll().is_pending() {
        assert!(!task.future().is_terminated());
    }
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), format!("`{name}` polled after completion"));
}

#[test]
fn each_is_over_at_its_end() {
    is_over_at_its_end(ready(1).map(|n| n + 1), "Map");
    is_over_at_its_end(ready(1).inspect(|_| ()), "Inspect");
    is_over_at_its_end(yield_now().then(|()| yield_now()), "Then");
    is_over_at_its_end(ready(yield_now()).flatten(), "Flatten");
    is_over_at_its_end(ready(1).catch_unwind(), "CatchUnwind");
    is_over_at_its_end(poll_once(ready(1)), "PollOnce");
    is_over_at_its_end(yield_now(), "YieldNow");
    is_over_at_its_end(lazy(|_| 1), "Lazy");
}

#[test]
fn a_panic_is_their_end() {
    fn panics<F: FusedFuture>(future: F, name: &str) {
        let mut task = TestTask::new(future);
        assert_eq!(panic_of(|| task.poll()), "on purpose");
        assert!(task.future().is_terminated());
        assert_eq!(panic_of(|| task.poll()), format!("`{name}` polled after completion"));
    }
    let boom = || poll_fn(|_| -> Poll<u8> { panic!("on purpose") });
    panics(boom().map(|n| n), "Map");
    panics(ready(1).map(|_| panic!("on purpose")), "Map");
    panics(boom().inspect(|_| ()), "Inspect");
    panics(ready(1).inspect(|_| panic!("on purpose")), "Inspect");
    panics(boom().then(ready), "Then");
    panics(ready(1).then(|_| -> Ready<()> { panic!("on purpose") }), "Then");
    panics(ready(1).then(|_| boom()), "Then");
    panics(ready(boom()).flatten(), "Flatten");
    panics(poll_once(boom()), "PollOnce");
    panics(lazy(|_| panic!("on purpose")), "Lazy");
    panics(maybe_done(boom()), "MaybeDone");
}

#[test]
fn map_drops_the_future_before_it_calls_the_function() {
    let ([child], [control], log) = probes::<1, false>();
    let seen = log.clone();
    let mut task = TestTask::new(child.map(|token| (seen.take(), token)));
    assert_pending!(task.poll());
    control.release();
    let (before, token) = assert_ready!(task.poll());
    assert_eq!(before, [Polled(0), Polled(0), Dropped(0)]);
    drop(token);
    assert_eq!(log.take(), [DroppedOutput(0)]);
}

#[test]
fn then_makes_the_second_when_the_first_is_done_and_polls_it_at_once() {
    let ([first, second], [one, two], log) = probes::<2, false>();
    let mut task = TestTask::new(first.then(|_token| second).map(number));
    assert_pending!(task.poll());
    assert_eq!(log.take(), [Polled(0)]);
    one.release();
    assert_pending!(task.poll());
    assert_eq!(log.take(), [Polled(0), Dropped(0), DroppedOutput(0), Polled(1)]);
    two.release();
    assert_eq!(assert_ready!(task.poll()), 1);
    assert_eq!(log.take(), [Polled(1), Dropped(1), DroppedOutput(1)]);
}

#[test]
fn dropped_early_they_drop_their_future_once() {
    let ([a, b, c, d], _controls, log) = probes::<4, false>();
    let futures = (a.map(number), b.inspect(|_| ()).map(number), c.then(ready).map(number), d.fuse().map(number));
    let mut task = TestTask::new(futures.join());
    assert_pending!(task.poll());
    log.take();
    drop(task);
    assert_eq!(log.take(), [Dropped(0), Dropped(1), Dropped(2), Dropped(3)]);
}

#[test]
fn a_fuse_pends_after_its_end_and_after_a_panic() {
    let ([child], [control], log) = probes::<1, false>();
    let mut task = TestTask::new(child.fuse());
    assert_pending!(task.poll());
    assert!(!task.future().is_terminated());
    control.release();
    let token = assert_ready!(task.poll());
    assert_eq!(log.take(), [Polled(0), Polled(0), Dropped(0)]);
    assert!(task.future().is_terminated());
    assert_pending!(task.poll());
    drop(token);

    let ([child], [control], log) = probes::<1, false>();
    let mut task = TestTask::new(child.fuse());
    control.panic();
    panic_of(|| task.poll());
    assert_eq!(log.take(), [Polled(0), Dropped(0)]);
    assert!(task.future().is_terminated());
    assert_pending!(task.poll());

    let mut idle = TestTask::new(Fuse::<Ready<u8>>::terminated());
    assert!(idle.future().is_terminated());
    assert_pending!(idle.poll());
}

#[test]
fn a_maybe_done_stays_ready_until_its_output_is_taken() {
    let ([child], [control], log) = probes::<1, false>();
    let mut task = TestTask::new(maybe_done(child));
    assert_pending!(task.poll());
    assert!(!task.future().is_terminated());
    assert!(task.future_mut().output_mut().is_none());
    assert!(task.future_mut().take_output().is_none());
    control.release();
    assert_ready!(task.poll());
    assert_eq!(log.take(), [Polled(0), Polled(0), Dropped(0)]);
    assert!(task.future().is_terminated());
    assert_ready!(task.poll());
    assert_eq!(task.future_mut().output_mut().unwrap().number(), 0);
    assert_eq!(task.future_mut().take_output().unwrap().number(), 0);
    assert!(task.future_mut().take_output().is_none());
    assert!(task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`MaybeDone` polled after completion");
}

#[test]
fn a_maybe_done_drops_a_future_that_panics() {
    let ([child], [control], log) = probes::<1, false>();
    let mut task = TestTask::new(maybe_done(child));
    control.panic();
    panic_of(|| task.poll());
    assert_eq!(log.take(), [Polled(0), Dropped(0)]);
    assert!(task.future().is_terminated());
}

#[test]
fn a_panic_is_caught_and_the_future_is_gone() {
    let ([child], [control], log) = probes::<1, false>();
    let mut task = TestTask::new(AssertUnwindSafe(child).catch_unwind());
    assert_pending!(task.poll());
    control.panic();
    let payload = assert_ready!(task.poll()).unwrap_err();
    assert_eq!(*payload.downcast::<String>().unwrap(), "child 0 panics");
    assert_eq!(log.take(), [Polled(0), Polled(0), Dropped(0)]);
}

#[test]
fn yield_now_wakes_its_task_once_and_is_ready_then() {
    let mut task = TestTask::new(yield_now());
    assert_pending!(task.poll());
    assert_eq!(task.wakes(), 1);
    assert_ready!(task.poll());
    assert_eq!(task.wakes(), 0);
}

#[test]
fn poll_once_uses_the_waker_of_the_task() {
    let mut later = yield_now();
    let mut task = TestTask::new(async { poll_once(&mut later).await.is_none() });
    assert!(assert_ready!(task.poll()));
    assert!(task.is_woken());
}

#[test]
fn now_or_never_drops_a_future_that_is_pending() {
    let ([child], _controls, log) = probes::<1, false>();
    assert!(child.now_or_never().is_none());
    assert_eq!(log.take(), [Polled(0), Dropped(0)]);
}

#[test]
fn lazy_calls_its_function_at_the_first_poll() {
    let called = Cell::new(false);
    let future = lazy(|_| called.set(true));
    assert!(!called.get());
    future.now_or_never().unwrap();
    assert!(called.get());
}

#[test]
fn boxed_futures_of_different_types_are_one() {
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    let both = [is_send(ready(1).boxed()), async { 2 }.boxed()];
    assert_eq!(both.join().now_or_never(), Some([1, 2]));
    let local = Rc::new(3);
    assert_eq!(async move { *local }.boxed_local().now_or_never(), Some(3));
    let mut boxed = ready(4).boxed_local();
    assert_eq!(poll_fn(|cx| boxed.poll_unpin(cx)).now_or_never(), Some(4));
}

#[test]
fn an_either_is_the_side_it_holds() {
    type Side = Either<Fuse<Ready<u8>>, Fuse<Pending<u8>>>;
    let mut left = pin!(Side::Left(ready(1).fuse()));
    assert!(!left.is_terminated());
    assert_eq!(left.as_mut().now_or_never(), Some(1));
    assert!(left.is_terminated());
    let right = Side::Right(Fuse::terminated());
    assert!(right.is_terminated());
    assert_eq!(right.now_or_never(), None);
}

#[test]
fn an_either_of_streams_is_a_stream() {
    struct Count(u8);
    impl Stream for Count {
        type Item = u8;
        fn poll_next(mut self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<Option<u8>> {
            self.0 = self.0.saturating_sub(1);
            Poll::Ready((self.0 > 0).then_some(self.0))
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (0, Some(usize::from(self.0)))
        }
    }
    impl FusedStream for Count {
        fn is_terminated(&self) -> bool {
            self.0 == 0
        }
    }
    for mut either in [Either::Left(Count(2)), Either::Right(Count(2))] {
        let mut either: Pin<&mut Either<Count, Count>> = Pin::new(&mut either);
        let mut next = || poll_fn(|cx| either.as_mut().poll_next(cx)).now_or_never().unwrap();
        assert_eq!((next(), next()), (Some(1), None));
        assert_eq!(either.size_hint(), (0, Some(0)));
        assert!(FusedStream::is_terminated(&*either));
    }
}

#[test]
fn debug_tells_whether_it_is_over() {
    let mut map = ready(1).map(|n| n);
    assert_eq!(format!("{map:?}"), "Map { is_terminated: false, .. }");
    map.poll_unpin(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_ready();
    assert_eq!(format!("{map:?}"), "Map { is_terminated: true, .. }");
    assert_eq!(format!("{:?}", (ready(1), ready(2)).join()), "Join { is_terminated: false, .. }");
    assert_eq!(format!("{:?}", maybe_done(yield_now())), "Future(YieldNow(New))");
}
