//! Futures over a stream.

use std::cell::Cell;
use std::future::ready;
use std::pin::Pin;

use anywhen::future::FusedFuture;
use anywhen::prelude::*;
use anywhen::stream::{self, Stream};
use anywhen::testing::{TestTask, assert_pending, assert_ready, assert_ready_eq};

use crate::source::{panic_of, source};

#[test]
fn the_next_item_comes_to_whoever_asks() {
    let (mut items, control) = source();
    let mut task = TestTask::new(async {
        // Dropped while it waits: nothing is lost.
        assert!(anywhen::future::poll_once(items.next()).await.is_none());
        control.give(1);
        assert_eq!(items.next().await, Some(1));
        control.give(2);
        control.end();
        let (second, rest) = items.into_future().await;
        assert_eq!(second, Some(2));
        assert!(rest.into_future().await.0.is_none());
    });
    assert_ready!(task.poll());
}

#[test]
fn a_next_of_a_stream_that_has_ended_is_terminated_from_the_start() {
    let mut numbers = stream::iter([1]);
    assert!(!numbers.next().is_terminated());
    assert!(!numbers.select_next_some().is_terminated());
    assert_eq!(numbers.next().now_or_never(), Some(Some(1)));
    assert_eq!(numbers.next().now_or_never(), Some(None));
    assert!(numbers.next().is_terminated());
    let mut some = numbers.select_next_some();
    assert!(some.is_terminated());
    assert_eq!(panic_of(|| Pin::new(&mut some).now_or_never()), "`SelectNextSome` polled after completion");
}

#[test]
fn select_next_some_wakes_whoever_waits_for_nothing() {
    let (items, control) = source::<u8>();
    let mut items = items.fuse();
    let mut task = TestTask::new(items.select_next_some());
    assert_pending!(task.poll());
    control.end();
    assert_pending!(task.poll());
    assert!(task.is_woken() && task.future().is_terminated());
}

#[test]
fn everything_is_collected_in_order() {
    assert_ready_eq!(TestTask::new(stream::iter(0..5).collect::<Vec<_>>()).poll(), vec![0, 1, 2, 3, 4]);
    assert_ready_eq!(TestTask::new(stream::iter(["a", "b"]).collect::<String>()).poll(), "ab");
    let pairs = stream::iter([(1, 'a'), (2, 'b')]);
    assert_ready_eq!(TestTask::new(pairs.unzip::<_, _, Vec<_>, String>()).poll(), (vec![1, 2], "ab".to_owned()));
    assert_ready_eq!(TestTask::new(stream::iter([vec![1], vec![], vec![2, 3]]).concat()).poll(), vec![1, 2, 3]);
    assert_ready_eq!(TestTask::new(stream::empty::<Vec<u8>>().concat()).poll(), vec![]);
    assert_ready_eq!(TestTask::new(stream::empty::<u8>().count()).poll(), 0);
}

#[test]
fn a_fold_has_one_future_at_a_time() {
    let (items, control) = source();
    let running = Cell::new(0);
    let mut task = TestTask::new(items.fold(String::new(), |sum, item: &str| {
        running.set(running.get() + 1);
        assert_eq!(running.get(), 1);
        let running = &running;
        async move {
            anywhen::future::yield_now().await;
            running.set(running.get() - 1);
            sum + item
        }
    }));
    control.give("a");
    control.give("b");
    control.end();
    assert_eq!(assert_ready!(task.run_until_stalled()), "ab");
}

#[test]
fn what_is_decided_is_not_looked_at_further() {
    let seen = Cell::new(0);
    let numbers = || stream::iter(1..).inspect(|n| seen.set(*n));
    assert_ready_eq!(TestTask::new(numbers().any(|n| ready(n == 3))).poll(), true);
    assert_eq!(seen.get(), 3);
    assert_ready_eq!(TestTask::new(numbers().all(|n| ready(n < 5))).poll(), false);
    assert_eq!(seen.get(), 5);
    assert_ready_eq!(TestTask::new(stream::empty::<u8>().any(|_| ready(true))).poll(), false);
    assert_ready_eq!(TestTask::new(stream::empty::<u8>().all(|_| ready(false))).poll(), true);
}

#[test]
fn a_panic_ends_a_future_and_drops_its_source() {
    let (items, control) = source::<u8>();
    let mut task = TestTask::new(items.for_each(|_| ready(())));
    control.panic();
    assert_eq!(panic_of(|| task.poll()), "the source panics");
    assert!(control.is_alone() && task.future().is_terminated());
    assert_eq!(panic_of(|| task.poll()), "`ForEach` polled after completion");

    let (items, control) = source();
    let mut task = TestTask::new(items.fold(0, |_, _| -> std::future::Ready<u8> { panic!("on purpose") }));
    control.give(1);
    assert_eq!(panic_of(|| task.poll()), "on purpose");
    assert!(control.is_alone() && task.future().is_terminated());
}

#[test]
fn a_boxed_stream_is_a_stream() {
    let (items, control) = source();
    let mut task = TestTask::new(items.boxed_local());
    control.give(1);
    assert_ready_eq!(task.poll_next(), Some(1));
    assert_eq!(task.future().size_hint(), (0, None));
    let mut boxed = stream::iter([1]).boxed();
    assert_eq!(boxed.next().now_or_never(), Some(Some(1)));
}
