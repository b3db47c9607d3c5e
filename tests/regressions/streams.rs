//! Streams and what is made of them.
//!
//! | scenario | shown by |
//! |---|---|
//! | a stream that is always ready is worked off in one poll (futures-rs#1957), and its task never hears that it was cancelled (tokio#7462) | `a_stream_that_passes_items_over`, `a_future_of_what_all_items_come_to` and the others of law 11; [`a_cancelled_task_over_a_stream_that_is_always_ready_ends`] |
//! | the length of chunks is that of their items (futures-rs#2610) | `lengths_are_exact_where_they_can_be`, `lengths_count_what_there_is_of_a_chunk` in `tests/stream` |
//! | a length leaves out what an adapter adds (tokio#3901) | `what_streams_say_of_their_length_is_true`, a law |
//! | chunks of items without a size are never full (futures-rs#1475) | [`chunks_of_items_without_a_size_are_full_in_time`] |
//! | a chunk takes room for all that it might hold (futures-rs#2661) | [`a_ready_chunk_takes_no_more_room_than_it_needs`] |
//! | a zip polls the one on after the end of the other (futures-rs#2895) | [`a_zip_is_over_when_either_is`]; `a_zip_polls_both_and_loses_nothing_of_the_first` in `tests/stream` |
//! | a merge ends when one side has, though the other is pending (futures-rs#2635) | `items_come_as_they_are_given_and_the_end_when_all_have_ended` in `tests/stream` |
//! | what a merge of no streams does is not said (futures-concurrency) | `of_nothing_it_ends_at_once` in `tests/stream` |
//! | a stream says that it is terminated and has yet to say `None` (futures-rs#1977) | `streams_stay_at_their_end`, a law |
//! | a set that was empty for a while stays so behind an adapter (futures-rs#2678) | [`a_source_that_is_lent_can_come_to_life_again`] |
//! | a timeout of a stream fires once only, and the docs do not say so (tokio#2566) | `a_source_that_is_late_is_told_of_once`, `an_interval_goes_on_about_a_source_that_is_late`, `timeouts_tell_of_what_is_late` in `tests/stream` |
//! | a next that is dropped loses an item | `the_next_item_comes_to_whoever_asks` in `tests/stream` |

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::ready;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use anywhen::prelude::*;
use anywhen::stream::{self, FusedStream, Stream};
use anywhen::sync::CancellationToken;
use anywhen::testing::{CountingAlloc, TestTask};
use anywhen::{assert_pending, assert_ready_eq};

/// futures-rs#1957, tokio#7462
#[test]
fn a_cancelled_task_over_a_stream_that_is_always_ready_ends() {
    let token = CancellationToken::new();
    let mut task = TestTask::new(token.run_until_cancelled(stream::repeat(1).for_each(|_| ready(()))));
    for _ in 0..3 {
        assert_pending!(task.poll());
        assert!(task.is_woken());
    }
    token.cancel();
    assert_ready_eq!(task.poll(), None);
}

/// futures-rs#1475
#[test]
fn chunks_of_items_without_a_size_are_full_in_time() {
    let mut task = TestTask::new(stream::repeat(()).take(5).chunks(3).map(|chunk| chunk.len()));
    assert_ready_eq!(task.poll_next(), Some(3));
    assert_ready_eq!(task.poll_next(), Some(2));
    assert_ready_eq!(task.poll_next(), None);
}

/// futures-rs#2661
#[test]
fn a_ready_chunk_takes_no_more_room_than_it_needs() {
    let mut given = false;
    let one_at_a_time = stream::poll_fn(move |_| {
        given = !given;
        if given { Poll::Ready(Some([0_u8; 1000])) } else { Poll::Pending }
    });
    let mut task = TestTask::new(one_at_a_time.ready_chunks(1_000_000));
    let seen = CountingAlloc::count(|| assert!(task.poll_next().is_ready()));
    assert!(seen.bytes < 10_000, "{seen:?}");
}

/// futures-rs#2895
#[test]
fn a_zip_is_over_when_either_is() {
    let mut task = TestTask::new(stream::iter([17, 19]).zip(stream::iter([17])));
    assert_ready_eq!(task.poll_next(), Some((17, 17)));
    assert!(!task.future().is_terminated());
    assert_ready_eq!(task.poll_next(), None);
    assert!(task.future().is_terminated());
    assert_ready_eq!(task.poll_next(), None);
}

/// A stream that is at its end whenever there is nothing in it, as a set of futures is.
struct Set(Rc<RefCell<VecDeque<u8>>>);

impl Stream for Set {
    type Item = u8;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u8>> {
        Poll::Ready(self.0.borrow_mut().pop_front())
    }
}

/// futures-rs#2678
#[test]
fn a_source_that_is_lent_can_come_to_life_again() {
    let queue = Rc::new(RefCell::new(VecDeque::from([1])));
    let mut set = Set(Rc::clone(&queue));
    let mut task = TestTask::new(async {
        {
            let mut first = pin!(set.by_ref().peekable());
            assert_eq!(first.next().await, Some(1));
            assert_eq!(first.as_mut().peek().await, None);
        }
        queue.borrow_mut().push_back(2);
        let mut second = pin!(set.by_ref().peekable());
        assert_eq!(second.as_mut().peek().await, Some(&2));
    });
    assert_ready_eq!(task.poll(), ());
}
