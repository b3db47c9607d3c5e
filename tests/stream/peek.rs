//! Looking at an item before it is taken.

use std::pin::{Pin, pin};

use anywhen::prelude::*;
use anywhen::stream::{self, FusedStream, Stream};
use anywhen::testing::{TestTask, assert_pending, assert_ready, assert_ready_eq};

use crate::source::{panic_of, source};

#[test]
fn an_item_that_was_looked_at_comes_next() {
    let (items, control) = source();
    let mut task = TestTask::new(items.peekable());
    assert_pending!(task.enter(|cx, items| items.poll_peek(cx).map(|item| item.copied())));
    control.give(1);
    for _ in 0..2 {
        assert_ready_eq!(task.enter(|cx, items| items.poll_peek(cx).map(|item| item.copied())), Some(1));
    }
    assert_eq!(task.future().size_hint(), (1, None));
    assert_ready!(task.enter(|cx, items| items.poll_peek_mut(cx).map(|item| *item.unwrap() += 1)));
    control.end();
    assert_ready_eq!(task.poll_next(), Some(2));
    assert_ready_eq!(task.enter(|cx, items| items.poll_peek(cx).map(|item| item.copied())), None);
    assert!(task.future().is_terminated());
}

#[test]
fn an_item_is_taken_on_a_condition() {
    let mut task = TestTask::new(async {
        let mut numbers = pin!(stream::iter([1, 2, 3]).peekable());
        assert_eq!(numbers.as_mut().next_if(|n| *n == 2).await, None);
        assert_eq!(numbers.as_mut().next_if(|n| *n == 1).await, Some(1));
        assert_eq!(numbers.as_mut().next_if_eq(&1).await, None);
        assert_eq!(numbers.as_mut().next_if_eq(&2).await, Some(2));
        *numbers.as_mut().peek_mut().await.unwrap() = 30;
        assert_eq!(numbers.as_mut().peek().await, Some(&30));
        assert_eq!(numbers.next().await, Some(30));
        assert_eq!(numbers.as_mut().peek().await, None);
        assert_eq!(numbers.as_mut().next_if(|_| true).await, None);
    });
    assert_ready!(task.poll());
}

#[test]
fn an_item_at_which_a_condition_panics_stays() {
    let mut numbers = stream::iter([1]).peekable();
    let mut numbers = Pin::new(&mut numbers);
    let panics = numbers.as_mut().next_if(|_| panic!("on purpose"));
    assert_eq!(panic_of(|| panics.now_or_never()), "on purpose");
    assert_eq!(numbers.next().now_or_never(), Some(Some(1)));
}
