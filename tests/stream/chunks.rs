//! Several items at once.

use std::pin::Pin;
use std::task::{Context, Poll};

use anywhen::prelude::*;
use anywhen::stream::{self, FusedStream, Stream, TryChunksError, TryReadyChunksError};
use anywhen::testing::{CountingAlloc, TestTask, assert_pending, assert_ready, assert_ready_eq};

use crate::source::{all, panic_of, source};

#[global_allocator]
static ALLOC: CountingAlloc = CountingAlloc::new();

#[test]
fn chunks_wait_until_they_are_full() {
    let (items, control) = source();
    let mut task = TestTask::new(items.chunks(2));
    control.give(1);
    assert_pending!(task.poll_next());
    control.give(2);
    assert_ready_eq!(task.poll_next(), Some(vec![1, 2]));
    control.give(3);
    assert_pending!(task.poll_next());
    control.end();
    assert_ready_eq!(task.poll_next(), Some(vec![3]));
    assert!(!task.future().is_terminated());
    assert_ready_eq!(task.poll_next(), None);
    assert!(task.future().is_terminated());
}

#[test]
fn ready_chunks_wait_for_nothing() {
    let (items, control) = source();
    let mut task = TestTask::new(items.ready_chunks(2));
    assert_pending!(task.poll_next());
    control.give(1);
    assert_ready_eq!(task.poll_next(), Some(vec![1]));
    (2..5).for_each(|n| control.give(n));
    assert_ready_eq!(task.poll_next(), Some(vec![2, 3]));
    control.end();
    assert_ready_eq!(task.poll_next(), Some(vec![4]));
    assert_ready_eq!(task.poll_next(), None);
}

#[test]
fn a_large_ready_chunk_is_filled_over_several_polls() {
    let mut task = TestTask::new(stream::iter(0..300).ready_chunks(1000));
    for _ in 0..2 {
        assert_pending!(task.poll_next());
        assert!(task.is_woken());
    }
    assert_eq!(assert_ready!(task.poll_next()).unwrap().len(), 300);
    assert_ready_eq!(task.poll_next(), None);
}

#[test]
fn an_error_comes_with_the_items_before_it() {
    let items = [Ok(1), Ok(2), Ok(3), Err("no"), Err("again"), Ok(4)];
    let chunks = all(stream::iter(items).try_chunks(2));
    let error = |items, error| Err(TryChunksError(items, error));
    assert_eq!(chunks, [Ok(vec![1, 2]), error(vec![3], "no"), error(vec![], "again"), Ok(vec![4])]);

    let chunks = all(stream::iter(items).try_ready_chunks(2));
    let error = |items, error| Err(TryReadyChunksError(items, error));
    assert_eq!(chunks, [Ok(vec![1, 2]), error(vec![3], "no"), error(vec![], "again"), Ok(vec![4])]);

    let (items, control) = source::<Result<u8, ()>>();
    let mut task = TestTask::new(items.try_ready_chunks(9));
    control.give(Ok(1));
    assert_ready_eq!(task.poll_next(), Some(Ok(vec![1])));
}

#[test]
fn the_error_reads_like_that_of_the_source() {
    let error = TryChunksError(vec![1], "no such file");
    assert_eq!((format!("{error}"), format!("{error:?}")), ("no such file".into(), "\"no such file\"".into()));
    let error: Box<dyn std::error::Error> = Box::new(TryReadyChunksError(vec![1], "no such file".to_owned()));
    assert_eq!(error.to_string(), "no such file");
}

#[test]
fn each_chunk_is_one_allocation() {
    for capacity in [1, 7, 1000] {
        let mut task = TestTask::new(stream::repeat(1_u8).chunks(capacity));
        let seen =
            CountingAlloc::count(|| while task.poll_next().map(|chunk| chunk.map(std::mem::forget)).is_pending() {});
        assert_eq!((seen.allocs, seen.reallocs), (1, 0), "{capacity}: {seen:?}");
    }
    // What is never full takes the room that it needs.
    let mut task = TestTask::new(stream::iter([1, 2]).chunks(usize::MAX));
    assert_ready_eq!(task.poll_next(), Some(vec![1, 2]));
    assert_eq!(task.future().size_hint(), (0, Some(0)));
}

#[test]
fn lengths_count_what_there_is_of_a_chunk() {
    let (head, control) = source();
    let mut task = TestTask::new(head.chain(stream::iter(0..4)).chunks(3));
    control.give(0);
    control.give(0);
    assert_pending!(task.poll_next());
    assert_eq!(task.future().size_hint(), (2, None));
    control.end();
    assert_ready_eq!(task.poll_next(), Some(vec![0, 0, 0]));
    assert_eq!(task.future().size_hint(), (1, Some(1)));
}

#[test]
fn lengths_that_do_not_fit_are_not_known() {
    /// Gives items, and says that there are as many as can be said.
    struct Many(usize);

    impl Stream for Many {
        type Item = usize;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<usize>> {
            match self.0.checked_sub(1) {
                Some(left) => {
                    self.0 = left;
                    Poll::Ready(Some(left))
                }
                None => Poll::Pending,
            }
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, Some(usize::MAX))
        }
    }

    let mut task = TestTask::new(Many(2).chunks(3));
    assert_eq!(task.future().size_hint(), (usize::MAX / 3, Some(usize::MAX / 3)));
    assert_pending!(task.poll_next());
    // One more than could be said of the items, and so of the chunks.
    assert_eq!(task.future().size_hint(), (usize::MAX / 3, None));
}

#[test]
fn a_chunk_of_nothing_is_refused() {
    let message = "the capacity of chunks must not be zero";
    assert_eq!(panic_of(|| stream::iter([1]).chunks(0)), message);
    assert_eq!(panic_of(|| stream::iter([1]).ready_chunks(0)), message);
}
