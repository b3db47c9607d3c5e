//! One stream into another.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::marker::PhantomPinned;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use anywhen::prelude::*;
use anywhen::stream::{self, FusedStream, Stream};
use anywhen::testing::{TestTask, assert_pending, assert_ready, assert_ready_eq};

use crate::source::{all, panic_of, source};

#[test]
fn items_are_made_one_after_the_other_and_in_order() {
    let (items, control) = source();
    let made = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&made);
    let mut task = TestTask::new(items.then(move |n: u8| {
        log.borrow_mut().push(n);
        let mut polled = false;
        poll_fn(move |cx| {
            if std::mem::replace(&mut polled, true) {
                return Poll::Ready(n * 10);
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    }));
    control.give(1);
    control.give(2);
    assert_pending!(task.poll_next());
    assert_eq!(*made.borrow(), [1], "the second is not begun before the first is done");
    assert_eq!(control.polls(), 1, "the source is not polled while a future is");
    assert_ready_eq!(task.poll_next(), Some(10));
    assert_pending!(task.poll_next());
    assert_ready_eq!(task.poll_next(), Some(20));
}

#[test]
fn a_filter_gives_what_its_future_wants_when_that_is_known() {
    let (items, control) = source();
    let answer = Rc::new(Cell::new(None));
    let asked = Rc::clone(&answer);
    let mut task = TestTask::new(items.filter(move |_| {
        let asked = Rc::clone(&asked);
        poll_fn(move |_| asked.take().map_or(Poll::Pending, Poll::Ready))
    }));
    control.give(1);
    assert_pending!(task.poll_next());
    assert_eq!(task.future().size_hint(), (0, None));
    answer.set(Some(false));
    assert_pending!(task.poll_next());
    control.give(2);
    assert!(task.is_woken());
    answer.set(Some(true));
    assert_ready_eq!(task.poll_next(), Some(2));
}

#[test]
fn what_ends_early_lets_go_of_its_source() {
    let (items, control) = source();
    let mut task = TestTask::new(items.take_while(|n| ready(*n < 3)));
    for n in [1, 3, 2] {
        control.give(n);
    }
    assert_ready_eq!(task.poll_next(), Some(1));
    assert_ready_eq!(task.poll_next(), None);
    assert!(control.is_alone(), "the source is dropped");
    assert!(task.future().is_terminated());
    assert_ready_eq!(task.poll_next(), None);

    let (items, control) = source();
    let mut task = TestTask::new(items.scan(0, |sum, n| {
        *sum += n;
        ready((*sum < 5).then_some(*sum))
    }));
    for n in [1, 2, 3] {
        control.give(n);
    }
    assert_ready_eq!(task.poll_next(), Some(1));
    assert_ready_eq!(task.poll_next(), Some(3));
    assert_ready_eq!(task.poll_next(), None);
    assert!(control.is_alone(), "the source is dropped");
}

#[test]
fn take_does_not_ask_for_more_than_it_wants() {
    let (items, control) = source();
    let mut task = TestTask::new(items.take(2));
    control.give(1);
    control.give(2);
    assert_ready_eq!(task.poll_next(), Some(1));
    assert_ready_eq!(task.poll_next(), Some(2));
    assert_eq!(task.future().size_hint(), (0, Some(0)));
    assert_ready_eq!(task.poll_next(), None);
    assert_eq!(control.polls(), 2);

    let (items, control) = source::<u8>();
    assert_ready_eq!(TestTask::new(items.take(0)).poll_next(), None);
    assert_eq!(control.polls(), 0);
}

#[test]
fn a_stream_that_is_lent_can_be_had_back() {
    let mut numbers = stream::iter(1..);
    assert_eq!(all(numbers.by_ref().take(2)), [1, 2]);
    assert_eq!(all(numbers.by_ref().skip(1).take(1)), [4]);
    assert_eq!(all(numbers.take_while(|n| ready(*n < 7))), [5, 6]);
}

#[test]
fn lengths_are_exact_where_they_can_be() {
    let five = || stream::iter(0..5);
    assert_eq!(five().size_hint(), (5, Some(5)));
    assert_eq!(five().map(|n| n).size_hint(), (5, Some(5)));
    assert_eq!(five().then(ready).size_hint(), (5, Some(5)));
    assert_eq!(five().enumerate().inspect(|_| ()).fuse().size_hint(), (5, Some(5)));
    assert_eq!(five().skip(2).size_hint(), (3, Some(3)));
    assert_eq!(five().take(2).size_hint(), (2, Some(2)));
    assert_eq!(five().take(9).size_hint(), (5, Some(5)));
    assert_eq!(five().chain(five()).size_hint(), (10, Some(10)));
    assert_eq!(five().zip(stream::iter(0..3)).size_hint(), (3, Some(3)));
    assert_eq!(five().zip(stream::repeat(1)).size_hint(), (5, Some(5)));
    assert_eq!(five().chunks(2).size_hint(), (3, Some(3)));
    assert_eq!(five().ready_chunks(2).size_hint(), (3, Some(5)));
    assert_eq!(five().filter(|_| ready(true)).size_hint(), (0, Some(5)));
    assert_eq!(five().take_until(pending::<()>()).size_hint(), (0, Some(5)), "the future may stop it");
    assert_eq!(five().cycle().size_hint(), (usize::MAX, None));
    assert_eq!(stream::empty::<u8>().size_hint(), (0, Some(0)));
    assert_eq!(stream::once(ready(1)).size_hint(), (1, Some(1)));
    assert_eq!(stream::repeat(1).size_hint(), (usize::MAX, None));
    assert_eq!(stream::repeat(1).chain(stream::repeat(1)).size_hint(), (usize::MAX, None));
    assert_eq!(stream::repeat(1).take(3).size_hint(), (3, Some(3)));
    assert_eq!(stream::repeat(1).peekable().size_hint(), (usize::MAX, None));

    // One is under way.
    let mut then = TestTask::new(five().then(|n| poll_fn(move |_| if n < 9 { Poll::Pending } else { Poll::Ready(n) })));
    assert_pending!(then.poll_next());
    assert_eq!(then.future().size_hint(), (5, Some(5)));
    let (other, _control) = source::<u8>();
    let mut zip = TestTask::new(five().zip(other));
    assert_pending!(zip.poll_next());
    assert_eq!(zip.future().size_hint(), (0, Some(5)));
}

#[test]
fn a_function_that_panics_ends_the_stream() {
    type Case = (&'static str, Pin<Box<dyn FusedStream<Item = u8>>>);
    fn blow<T>() -> T {
        panic!("on purpose")
    }
    let numbers = || stream::iter([1_u8, 2]);
    let cases: Vec<Case> = vec![
        ("map", Box::pin(numbers().map(|_| blow()))),
        ("inspect", Box::pin(numbers().inspect(|_| blow()))),
        ("then", Box::pin(numbers().then(|_| async { blow() }))),
        ("then, making it", Box::pin(numbers().then(|_| -> std::future::Ready<u8> { blow() }))),
        ("filter", Box::pin(numbers().filter(|_| async { blow() }))),
        ("filter_map", Box::pin(numbers().filter_map(|_| async { blow() }))),
        ("scan", Box::pin(numbers().scan((), |(), _| async { blow() }))),
        ("take_while", Box::pin(numbers().take_while(|_| async { blow() }))),
        ("skip_while", Box::pin(numbers().skip_while(|_| async { blow() }))),
        ("take_until", Box::pin(numbers().take_until(async { blow::<()>() }))),
        ("flat_map", Box::pin(numbers().flat_map(|_| -> stream::Empty<u8> { blow() }))),
        ("repeat_with", Box::pin(stream::repeat_with(blow))),
        ("poll_fn", Box::pin(stream::poll_fn(|_| blow()))),
        ("unfold", Box::pin(stream::unfold((), |()| async { blow() }))),
        ("once", Box::pin(stream::once(async { blow() }))),
        ("iter", Box::pin(stream::iter([1].into_iter().map(|_| blow())))),
    ];
    for (name, stream) in cases {
        let mut task = TestTask::new(stream);
        assert_eq!(panic_of(|| task.poll_next()), "on purpose", "{name}");
        assert!(task.future().is_terminated(), "{name}");
        assert_eq!(task.poll_next(), Poll::Ready(None), "{name}");
    }
}

#[test]
fn a_panic_that_is_caught_is_the_last_item() {
    let (items, control) = source();
    let mut task = TestTask::new(std::panic::AssertUnwindSafe(items).catch_unwind());
    control.give(1);
    control.panic();
    assert_eq!(assert_ready!(task.poll_next()).unwrap().unwrap(), 1);
    let panic = assert_ready!(task.poll_next()).unwrap().unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"the source panics"));
    assert!(control.is_alone(), "the source is dropped");
    assert!(task.future().is_terminated());
    assert!(assert_ready!(task.poll_next()).is_none());
}

#[test]
fn an_unfolding_gives_its_state_from_one_future_to_the_next() {
    let mut task = TestTask::new(stream::unfold(vec![1, 2], |mut left: Vec<u8>| async move {
        let item = left.pop()?;
        Some((item, left))
    }));
    assert_ready_eq!(task.poll_next(), Some(2));
    assert_ready_eq!(task.poll_next(), Some(1));
    assert_ready_eq!(task.poll_next(), None);
    assert!(task.future().is_terminated());
}

#[test]
fn streams_that_need_not_be_pinned_are_not() {
    let mut numbers = stream::iter([1, 2, 3]).map(|n| n + 1).take(2);
    let mut next = pin!(numbers.next());
    assert_eq!(next.as_mut().now_or_never(), Some(Some(2)));
    assert_eq!(panic_of(|| next.as_mut().now_or_never()), "`Next` polled after completion");
}

#[test]
fn a_function_that_is_polled_may_hold_what_must_not_move() {
    let mut left = 2;
    let held = PhantomPinned;
    let mut stream = stream::poll_fn(move |_| {
        let _held = &held;
        left -= 1;
        Poll::Ready((left > 0).then_some(left))
    });
    assert_eq!(stream.next().now_or_never(), Some(Some(1)));
    assert_eq!(stream.next().now_or_never(), Some(None));
}
