//! Several streams into one.

use std::future::pending;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Context;

use anywhen::prelude::*;
use anywhen::stream::{self, FusedStream, Stream, StreamMap};
use anywhen::testing::{CountingWaker, TestTask, WakerEvent, assert_pending, assert_ready_eq};

use crate::source::{all, panic_of, source};

#[test]
fn a_chain_drops_the_first_before_it_begins_with_the_second() {
    let ((first, control), (second, other)) = (source(), source());
    let mut task = TestTask::new(first.chain(second));
    control.give(1);
    other.give(3);
    assert_ready_eq!(task.poll_next(), Some(1));
    assert_pending!(task.poll_next());
    assert_eq!(other.polls(), 0, "the second waits for its turn");
    control.end();
    assert!(task.is_woken());
    assert_ready_eq!(task.poll_next(), Some(3));
    assert!(control.is_alone());
    other.end();
    assert_ready_eq!(task.poll_next(), None);
}

#[test]
fn a_zip_polls_both_and_loses_nothing_of_the_first() {
    let ((first, control), (second, other)) = (source(), source());
    let mut task = TestTask::new(first.zip(second));
    other.give('a');
    assert_pending!(task.poll_next());
    assert_pending!(task.poll_next());
    assert_eq!((control.polls(), other.polls()), (2, 1), "who has an item is not asked for another");
    control.give(1);
    assert_ready_eq!(task.poll_next(), Some((1, 'a')));
    control.end();
    other.give('b');
    assert_ready_eq!(task.poll_next(), None);
    assert_eq!(other.polls(), 1, "there is no use for its next item");
    assert!(control.is_alone() && other.is_alone());

    // The second ends, and the first has an item.
    let ((first, control), (second, other)) = (source::<u8>(), source::<u8>());
    let mut task = TestTask::new(first.zip(second));
    control.give(1);
    assert_pending!(task.poll_next());
    other.end();
    assert!(task.is_woken());
    assert_ready_eq!(task.poll_next(), None);
}

#[test]
fn nested_streams_are_given_one_after_the_other() {
    let ((outer, control), (first, inner)) = (source(), source());
    let mut task = TestTask::new(outer.flatten());
    assert_pending!(task.poll_next());
    control.give(first);
    assert_pending!(task.poll_next());
    inner.give(1);
    assert!(task.is_woken());
    assert_ready_eq!(task.poll_next(), Some(1));
    inner.end();
    control.end();
    assert_ready_eq!(task.poll_next(), None);
    assert!(inner.is_alone() && control.is_alone());

    let nested = stream::iter([0, 2, 0, 1]).flat_map(|n| stream::iter(0..n));
    assert_eq!(all(nested), [0, 1, 0]);
}

#[test]
fn a_map_has_one_stream_for_a_key_whatever_panics() {
    // The waker that is told of the new stream.
    let count = CountingWaker::panicking(WakerEvent::Wake);
    let waker = count.waker();
    let mut map = StreamMap::from_iter([(1, stream::pending::<()>())]);
    assert!(Pin::new(&mut map).poll_next(&mut Context::from_waker(&waker)).is_pending());
    panic_of(|| map.insert(1, stream::pending()));
    count.disarm();
    assert_eq!(map.len(), 1);

    // The destructor of the key whose stream is given back.
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Fragile;

    impl Drop for Fragile {
        fn drop(&mut self) {
            panic!("fragile");
        }
    }

    let counted = Rc::new(());
    let stream = || stream::repeat(counted.clone());
    let look = ManuallyDrop::new(Fragile);
    let mut map = StreamMap::from_iter([(Fragile, stream())]);
    assert_eq!(panic_of(|| map.insert(Fragile, stream())), "fragile");
    assert_eq!((map.len(), Rc::strong_count(&counted)), (1, 2));
    assert_eq!(panic_of(|| map.remove(&*look)), "fragile");
    assert_eq!((map.len(), Rc::strong_count(&counted)), (0, 1));
}

#[test]
fn what_looks_through_a_map_may_go_to_another_thread() {
    fn goes<T: Send>(them: T) -> T {
        them
    }
    let map = StreamMap::from_iter([(1, stream::pending::<()>())]);
    assert_eq!((goes(map.iter()).count(), goes(map.values()).count()), (1, 1));
    assert!(goes(map.keys()).eq([&1]));
}

#[test]
fn a_cycle_of_nothing_ends() {
    assert_eq!(all(stream::iter([1, 2]).cycle().take(5)), [1, 2, 1, 2, 1]);
    let mut task = TestTask::new(stream::empty::<u8>().cycle());
    assert_eq!(task.future().size_hint(), (0, Some(0)));
    assert_ready_eq!(task.poll_next(), None);
    assert!(task.future().is_terminated());
}

#[test]
fn a_future_stops_a_stream_and_its_output_can_be_had() {
    let ((items, control), (stops, stop)) = (source(), source());
    let mut task = TestTask::new(items.take_until(stops.into_future().map(|(reason, _)| reason)));
    control.give(1);
    assert_ready_eq!(task.poll_next(), Some(1));
    assert_pending!(task.poll_next());
    control.give(2);
    stop.give("enough");
    // The future is asked first.
    assert_ready_eq!(task.poll_next(), None);
    assert!(control.is_alone() && task.future().is_terminated() && task.future().is_stopped());
    assert_eq!(task.future_mut().get_mut().take_result(), Some(Some("enough")));
    assert_eq!(task.future_mut().get_mut().take_result(), None);
}

#[test]
fn a_stream_that_ends_by_itself_was_not_stopped() {
    let (items, control) = source::<u8>();
    let mut task = TestTask::new(items.take_until(pending::<()>()));
    control.end();
    assert_ready_eq!(task.poll_next(), None);
    assert!(!task.future().is_stopped());
    assert_eq!(task.future_mut().get_mut().take_result(), None);
    assert!(task.future_mut().get_mut().take_future().is_none());
}

#[test]
fn a_stream_goes_on_when_what_would_stop_it_is_taken_out() {
    let mut numbers = stream::iter([1, 2]).take_until(std::future::ready("stop"));
    assert_eq!(Pin::new(&mut numbers).size_hint(), (0, Some(2)));
    assert!(numbers.take_future().is_some());
    assert_eq!(Pin::new(&mut numbers).size_hint(), (2, Some(2)));
    assert_eq!(all(numbers), [1, 2]);
}

#[test]
fn two_branches_give_one_type() {
    let numbers =
        |up: bool| if up { stream::iter(0..3).left_stream() } else { stream::repeat(7).take(2).right_stream() };
    assert_eq!(all(numbers(true)), [0, 1, 2]);
    assert_eq!(all(numbers(false)), [7, 7]);
}
