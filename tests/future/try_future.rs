//! `TryFutureExt`, and the small ones: `OptionFuture`, `PollImmediate`, `IntoStream` and their like.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Future, Ready, pending, poll_fn, ready};
use std::pin::pin;
use std::task::Poll;

use anywhen::future::{
    FusedFuture, OptionFuture, TryFutureExt as _, always_ready, err, ok, poll_immediate, try_maybe_done, yield_now,
};
use anywhen::prelude::*;
use anywhen::testing::{TestTask, assert_pending, assert_ready_eq};
use futures_core::Stream;
use futures_core::stream::FusedStream;

use crate::probe::{Control, Dropped, Log, Polled, Token, TryProbe, panic_of, probes};

/// What it gives, given an `Ok` and given an `Err`.
fn both<F: Future>(make: impl Fn(Ready<Result<u8, u8>>) -> F) -> [F::Output; 2] {
    [Ok(1), Err(2)].map(|result| make(ready(result)).now_or_never().expect("ready at once"))
}

#[test]
fn values_and_errors_go_where_they_should() {
    assert_eq!(both(|future| future.map_ok(|n| n + 10)), [Ok(11), Err(2)]);
    assert_eq!(both(|future| future.map_err(|n| n + 10)), [Ok(1), Err(12)]);
    assert_eq!(both(|future| future.map_ok_or_else(|e| e + 10, |n| n + 20)), [21, 12]);
    assert_eq!(both(|future| future.unwrap_or_else(|e| e + 10)), [1, 12]);
    assert_eq!(both(|future| future.ok_into::<u32>()), [Ok(1_u32), Err(2_u8)]);
    assert_eq!(both(|future| future.err_into::<u32>()), [Ok(1_u8), Err(2_u32)]);
    assert_eq!(both(|future| future.and_then(|n| ok(n + 10))), [Ok(11), Err(2)]);
    assert_eq!(both(|future| future.and_then(|n| err::<u8, _>(n + 10))), [Err(11), Err(2)]);
    assert_eq!(both(|future| future.or_else(|e| ok::<_, &str>(e + 10))), [Ok(1), Ok(12)]);
    assert_eq!(both(|future| future.or_else(|_| err("both"))), [Ok(1), Err("both")]);
    assert_eq!(both(|future| future.map_ok(ok).try_flatten()), [Ok(1), Err(2)]);
    assert_eq!(both(|future| future.map_ok(err::<u8, _>).try_flatten()), [Err(1), Err(2)]);
    assert_eq!(both(anywhen::future::TryFutureExt::into_future), [Ok(1), Err(2)]);
    assert_eq!(both(|mut future| poll_fn(move |cx| future.try_poll_unpin(cx))), [Ok(1), Err(2)]);

    assert_eq!(ready(1_u8).map_into::<u32>().now_or_never(), Some(1));
    assert_eq!(ready(1).unit_error().now_or_never(), Some(Ok(1)));
    assert_eq!(ready(1).never_error().now_or_never(), Some(Ok::<_, Infallible>(1)));
}

#[test]
fn inspections_see_what_they_are_for() {
    let seen = Cell::new(0);
    let see = |n: &u8| seen.set(seen.get() * 10 + n);
    assert_eq!(both(|future| future.inspect_ok(see)), [Ok(1), Err(2)]);
    assert_eq!(seen.take(), 1);
    assert_eq!(both(|future| future.inspect_err(see)), [Ok(1), Err(2)]);
    assert_eq!(seen.take(), 2);
}

fn child() -> (impl Future<Output = Result<usize, usize>>, Control, Log) {
    let ([child], [control], log) = probes::<1, true>();
    let child: TryProbe = child;
    let numbers = |result: Result<Token, Token>| result.map(|token| token.number()).map_err(|token| token.number());
    (child.map(numbers), control, log)
}

#[test]
fn the_first_future_is_dropped_before_the_second_is_polled() {
    let (first, control, log) = child();
    let seen = log.clone();
    let mut task = TestTask::new(first.and_then(|_| {
        poll_fn(move |_| {
            let before = seen.take();
            assert!(before.contains(&Dropped(0)), "{before:?}");
            Poll::Ready(Ok(1))
        })
    }));
    assert_pending!(task.poll());
    assert_eq!(log.take(), [Polled(0)]);
    control.release();
    assert_ready_eq!(task.poll(), Ok(1));
}

#[test]
fn an_error_of_the_first_ends_it_at_once_and_a_second_is_never_made() {
    let (first, control, log) = child();
    let mut task = TestTask::new(first.and_then(|_| -> Ready<Result<u8, usize>> { unreachable!("it failed") }));
    assert_pending!(task.poll());
    control.fail();
    assert_ready_eq!(task.poll(), Err(0));
    assert!(log.take().contains(&Dropped(0)));
    assert!(task.future().is_terminated());
}

#[test]
fn each_is_over_at_its_end_and_at_a_panic() {
    fn over<F: FusedFuture>(future: F, name: &str) {
        let mut task = TestTask::new(future);
        assert!(!task.future().is_terminated());
        assert!(task.poll().is_ready());
        assert!(task.future().is_terminated());
        assert_eq!(panic_of(|| task.poll()), format!("`{name}` polled after completion"));
    }
    fn panics<F: FusedFuture>(future: F, name: &str) {
        let mut task = TestTask::new(future);
        assert_eq!(panic_of(|| task.poll()), "on purpose");
        assert!(task.future().is_terminated());
        assert_eq!(panic_of(|| task.poll()), format!("`{name}` polled after completion"));
    }
    fn boom<T>() -> T {
        panic!("on purpose")
    }
    type Tried = Ready<Result<u8, u8>>;
    let (fine, bad) = (|| ok::<u8, u8>(1), || err::<u8, u8>(1));
    over(fine().map_ok(|n| n), "MapOk");
    over(bad().map_err(|n| n), "MapErr");
    over(bad().and_then(ok::<u8, u8>), "AndThen");
    over(fine().or_else(err::<u8, u8>), "OrElse");
    over(ok::<_, u8>(bad()).try_flatten(), "TryFlatten");
    over(OptionFuture::from(Some(ready(1))), "OptionFuture");
    over(poll_immediate(ready(1)), "PollImmediate");
    over(try_maybe_done(bad()), "TryMaybeDone");
    panics(fine().map_ok(|_| boom::<u8>()), "MapOk");
    panics(bad().map_err(|_| boom::<u8>()), "MapErr");
    panics(bad().map_ok_or_else(|_| boom::<u8>(), |n| n), "MapOkOrElse");
    panics(bad().unwrap_or_else(|_| boom()), "UnwrapOrElse");
    panics(fine().inspect_ok(|_| boom()), "InspectOk");
    panics(bad().inspect_err(|_| boom()), "InspectErr");
    panics(fine().and_then(|_| boom::<Tried>()), "AndThen");
    panics(fine().and_then(|_| poll_fn(|_| boom::<Poll<Result<u8, u8>>>())), "AndThen");
    panics(bad().or_else(|_| boom::<Tried>()), "OrElse");
    panics(try_maybe_done(poll_fn(|_| boom::<Poll<Result<u8, u8>>>())), "TryMaybeDone");
    panics(OptionFuture::from(Some(poll_fn(|_| boom::<Poll<u8>>()))), "OptionFuture");
    panics(poll_immediate(poll_fn(|_| boom::<Poll<u8>>())), "PollImmediate");
}

#[test]
fn no_future_is_no_wait() {
    let mut none = OptionFuture::from(None::<Ready<u8>>);
    assert!(none.is_terminated());
    for _ in 0..2 {
        assert_eq!((&mut none).now_or_never(), Some(None));
    }
    assert_eq!(OptionFuture::<Ready<u8>>::default().now_or_never(), Some(None));

    let mut some = OptionFuture::from(Some(ready(1)));
    assert!(!some.is_terminated());
    assert_eq!((&mut some).now_or_never(), Some(Some(1)));
    assert!(Option::<Ready<u8>>::from(some).is_none());
    assert!(Option::<Ready<u8>>::from(OptionFuture::from(Some(ready(1)))).is_some());
}

#[test]
fn what_is_polled_immediately_can_be_polled_on() {
    let mut task = TestTask::new(poll_immediate(yield_now()));
    assert_ready_eq!(task.poll(), None);
    assert!(!FusedFuture::is_terminated(task.future()));
    assert_ready_eq!(task.poll(), Some(()));

    let mut stream = pin!(poll_immediate(yield_now()));
    let mut task = TestTask::new(());
    let mut next = || task.enter(|cx, _| stream.as_mut().poll_next(cx));
    assert_eq!(
        [next(), next(), next(), next()],
        [Poll::Ready(Some(Poll::Pending)), Poll::Ready(Some(Poll::Ready(()))), Poll::Ready(None), Poll::Ready(None)]
    );
}

#[test]
fn what_is_always_ready_is_so_each_time() {
    let calls = Cell::new(0);
    let mut future = always_ready(|| calls.set(calls.get() + 1));
    for call in 1..4 {
        assert_eq!((&mut future).now_or_never(), Some(()));
        assert_eq!(calls.get(), call);
    }
}

#[test]
fn a_slot_keeps_a_value_and_hands_an_error_out() {
    let mut slot = pin!(try_maybe_done(ok::<_, u8>(1)));
    assert_eq!(slot.as_mut().take_output(), None);
    for _ in 0..2 {
        assert_eq!(slot.as_mut().now_or_never(), Some(Ok(())));
    }
    assert_eq!(slot.as_mut().output_mut(), Some(&mut 1));
    assert_eq!(slot.as_mut().take_output(), Some(1));
    assert_eq!(slot.as_mut().take_output(), None);
    assert_eq!(panic_of(|| slot.as_mut().now_or_never()), "`TryMaybeDone` polled after completion");

    let (child, control, log) = child();
    let mut task = TestTask::new(try_maybe_done(child));
    control.fail();
    assert_ready_eq!(task.poll(), Err(0));
    assert!(log.take().contains(&Dropped(0)), "nothing is left");
}

/// All items, and `None` twice.
fn items<S: FusedStream>(stream: S) -> Vec<S::Item> {
    let mut task = TestTask::new(stream);
    let mut found = Vec::new();
    loop {
        let hint = task.future().size_hint();
        match task.enter(|cx, stream| stream.poll_next(cx)) {
            Poll::Ready(Some(item)) => {
                assert!(hint.1.is_none_or(|most| most > 0), "an item more than it said");
                found.push(item);
            }
            Poll::Ready(None) => break,
            Poll::Pending => assert_eq!(task.wakes(), 1),
        }
    }
    assert!(task.future().is_terminated());
    assert_eq!(task.future().size_hint(), (0, Some(0)));
    assert!(matches!(task.enter(|cx, stream| stream.poll_next(cx)), Poll::Ready(None)));
    found
}

#[test]
fn a_future_is_a_stream_of_one_item_or_of_those_of_its_stream() {
    assert_eq!(ready(1).into_stream().size_hint(), (1, Some(1)));
    assert_eq!(items(yield_now().map(|()| 1).into_stream()), [1]);
    assert_eq!(items(yield_now().map(|()| ready(1).into_stream()).flatten_stream()), [1]);
    assert_eq!(items(ready(yield_now().into_stream()).flatten_stream()), [()]);

    let stream = || ok::<_, u8>(1).into_stream();
    assert_eq!(items(yield_now().map(|()| Ok(stream())).try_flatten_stream()), [Ok(1)]);
    assert_eq!(items(yield_now().map(|()| if false { Ok(stream()) } else { Err(2) }).try_flatten_stream()), [Err(2)]);
}

#[test]
fn a_stream_that_panicked_has_no_more_items() {
    fn ends<S: FusedStream>(stream: S) {
        let mut task = TestTask::new(stream);
        assert_eq!(panic_of(|| task.enter(|cx, stream| stream.poll_next(cx)).is_ready()), "on purpose");
        assert!(task.future().is_terminated());
        assert!(matches!(task.enter(|cx, stream| stream.poll_next(cx)), Poll::Ready(None)));
    }
    let boom = || poll_fn(|_| -> Poll<u8> { panic!("on purpose") });
    ends(boom().into_stream());
    ends(boom().map(|n| ready(n).into_stream()).flatten_stream());
    ends(ready(boom().into_stream()).flatten_stream());
    ends(poll_immediate(boom()));
    ends(ok::<_, ()>(boom().map(Ok::<_, ()>).into_stream()).try_flatten_stream());
}

#[test]
fn nothing_is_ready_that_is_not() {
    assert_eq!(pending::<Result<u8, u8>>().and_then(ok).now_or_never(), None);
    assert_eq!(ok(pending::<Result<u8, u8>>()).try_flatten().now_or_never(), None);
}
