//! How many futures and streams go on at a time, and what they may cost together.

use std::cell::Cell;
use std::future::{pending, ready};
use std::pin::pin;
use std::task::Poll;

use anywhen::assert_pending;
use anywhen::prelude::*;
use anywhen::stream::{self, Drive};
use anywhen::sync::Notify;
use anywhen::testing::{CountingAlloc, TestTask};

#[test]
fn no_more_streams_are_under_way_than_may_be() {
    let (begun, next) = (Cell::new(0), Notify::new());
    let streams = stream::iter(0..4).map(|number| {
        begun.set(begun.get() + 1);
        stream::iter([number]).then(|number| next.notified().map(move |()| number))
    });
    let mut task = TestTask::new(streams.flatten_unordered(2));
    for number in 0..4 {
        assert_pending!(task.poll_next());
        assert_eq!(begun.get(), 4.min(number + 2));
        next.notify_one();
        assert_eq!(task.poll_next(), Poll::Ready(Some(number)));
    }
    assert_eq!(task.poll_next(), Poll::Ready(None));
}

#[test]
fn streams_of_nothing_make_room_at_once() {
    let mut task = TestTask::new(stream::iter([[0; 0]; 5]).map(stream::iter).flatten_unordered(2));
    assert_eq!(task.poll_next(), Poll::Ready(None));
}

#[test]
fn what_is_under_way_costs_no_more_than_it_may_or_is_alone() {
    macro_rules! check {
        ($($buffer:ident)+) => {$({
            let next = Notify::new();
            let jobs = stream::iter([2, 1, 2, 9, 1]).map(|cost| (cost, next.notified().map(move |()| cost)));
            let mut task = TestTask::new(jobs.$buffer(4));
            for (cost, in_use) in [(2, 3), (1, 3), (2, 2), (9, 9), (1, 1)] {
                assert_pending!(task.poll_next());
                assert_eq!(task.future().in_use(), in_use, "{}: {cost}", stringify!($buffer));
                next.notify_one();
                assert_eq!(task.poll_next(), Poll::Ready(Some(cost)));
            }
            assert_eq!(task.poll_next(), Poll::Ready(None));
        })+};
    }
    check!(buffered_weighted buffer_unordered_weighted);
}

#[test]
fn a_limit_in_bytes_is_not_taken_for_a_number_of_futures() {
    macro_rules! check {
        ($($buffer:ident)+) => {$({
            // A future of a kilobyte, and a limit of a gigabyte.
            let jobs = stream::iter([1000, 2000]).map(|cost| (cost, ready([0_u8; 1024])));
            let mut task = TestTask::new(jobs.$buffer(1 << 30));
            let seen = CountingAlloc::count(|| assert!(task.poll_next().is_ready()));
            assert!(seen.bytes < 64 * 1024, "{}: {seen:?}", stringify!($buffer));
        })+};
    }
    check!(buffered_weighted buffer_unordered_weighted);
}

#[test]
fn an_output_that_nobody_has_taken_has_its_place() {
    macro_rules! check {
        ($($buffer:ident)+) => {$({
            let begun = Cell::new(0);
            let futures = stream::iter(0..5).map(|number| {
                begun.set(begun.get() + 1);
                ready(number)
            });
            let mut buffer = pin!(futures.$buffer(2));
            let mut task = TestTask::new(buffer.drive(pending::<()>()));
            assert_pending!(task.poll());
            assert_pending!(task.poll());
            assert_eq!(begun.get(), 2, stringify!($buffer));
        })+};
    }
    check!(buffered buffer_unordered);
}

#[test]
fn a_buffer_that_has_room_for_more_is_polled_on() {
    macro_rules! check {
        ($($buffer:ident)+) => {$({
            let begun = Cell::new(0);
            let futures = stream::iter(0..300).map(|_| {
                begun.set(begun.get() + 1);
                pending::<()>()
            });
            let mut task = TestTask::new(futures.$buffer(1000));
            assert_pending!(task.poll_next());
            assert!(begun.get() < 300, "one poll takes not all: {}", stringify!($buffer));
            while task.is_woken() {
                assert_pending!(task.poll_next());
            }
            assert_eq!(begun.get(), 300, stringify!($buffer));
        })+};
    }
    check!(buffered buffer_unordered);
}
