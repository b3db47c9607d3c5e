//! Streams, and futures over them, that look at many items within one poll.

use std::cell::Cell;
use std::future::ready;

use anywhen::prelude::*;
use anywhen::stream::{self, Stream};

use super::{ALL, ROUNDS, count, yields_in_time};
use crate::stage::panic_of;

/// Gives the numbers of rounds, all of them at once.
fn rounds_of(rounds: &'static Cell<u32>) -> impl Stream<Item = u32> {
    stream::repeat_with(move || count(rounds)).take(ALL as usize)
}

/// The same as what has succeeded, for the compiler's eyes in a way that it may fail.
fn tries_of(rounds: &'static Cell<u32>) -> impl Stream<Item = Result<u32, u32>> {
    rounds_of(rounds).map(Ok)
}

/// Waits for the first item.
fn first<St: Stream>(items: St) -> impl Future<Output = ()> {
    Box::pin(items).into_future().map(drop)
}

#[test]
fn a_stream_that_passes_items_over() {
    yields_in_time(|rounds| first(rounds_of(rounds).filter(|round| ready(*round == ALL))));
    yields_in_time(|rounds| first(rounds_of(rounds).filter_map(|round| ready((round == ALL).then_some(())))));
    yields_in_time(|rounds| first(rounds_of(rounds).skip(ALL as usize - 1)));
    yields_in_time(|rounds| first(rounds_of(rounds).skip_while(|round| ready(*round < ALL))));
    yields_in_time(|rounds| first(rounds_of(rounds).map(|round| stream::iter((round == ALL).then_some(()))).flatten()));
    yields_in_time(|rounds| first(rounds_of(rounds).flat_map(|round| stream::iter((round == ALL).then_some(())))));
}

#[test]
fn a_stream_of_chunks() {
    yields_in_time(|rounds| first(rounds_of(rounds).chunks(ALL as usize)));
    yields_in_time(|rounds| first(rounds_of(rounds).chunks(usize::MAX)));
    yields_in_time(|rounds| first(rounds_of(rounds).ready_chunks(ALL as usize)));
    yields_in_time(|rounds| first(tries_of(rounds).try_chunks(ALL as usize)));
    yields_in_time(|rounds| first(tries_of(rounds).try_ready_chunks(ALL as usize)));
}

#[test]
fn a_stream_over_time() {
    let never = std::time::Duration::MAX;
    yields_in_time(|rounds| first(rounds_of(rounds).debounce(never)));
    yields_in_time(|rounds| first(rounds_of(rounds).debounce(std::time::Duration::ZERO)));
    yields_in_time(|rounds| first(rounds_of(rounds).sample(never)));
    yields_in_time(|rounds| first(rounds_of(rounds).chunks_timeout(ALL as usize, never)));
}

#[test]
fn a_future_of_what_all_items_come_to() {
    yields_in_time(|rounds| rounds_of(rounds).collect::<Vec<_>>());
    yields_in_time(|rounds| rounds_of(rounds).map(|round| (round, ())).unzip::<_, _, Vec<_>, Vec<_>>());
    yields_in_time(|rounds| rounds_of(rounds).map(|round| vec![round]).concat());
    yields_in_time(|rounds| rounds_of(rounds).count());
    yields_in_time(|rounds| rounds_of(rounds).fold(0, |sum, round| ready(sum + round)));
    yields_in_time(|rounds| rounds_of(rounds).for_each(|_| ready(())));
    yields_in_time(|rounds| rounds_of(rounds).any(|round| ready(round == ALL)));
    yields_in_time(|rounds| rounds_of(rounds).all(|round| ready(round < ALL)));
}

#[test]
fn what_has_succeeded_is_no_different() {
    yields_in_time(|rounds| first(tries_of(rounds).try_filter(|round| ready(*round == ALL))));
    yields_in_time(|rounds| first(tries_of(rounds).try_filter_map(|round| ready(Ok((round == ALL).then_some(()))))));
    yields_in_time(|rounds| first(tries_of(rounds).try_skip_while(|round| ready(Ok(*round < ALL)))));
    yields_in_time(|rounds| {
        let inner = |round| stream::iter((round == ALL).then_some(Ok::<_, u32>(())));
        first(tries_of(rounds).map_ok(inner).try_flatten())
    });
    yields_in_time(|rounds| tries_of(rounds).try_collect::<Vec<_>>());
    yields_in_time(|rounds| tries_of(rounds).map_ok(|round| vec![round]).try_concat());
    yields_in_time(|rounds| tries_of(rounds).try_fold(0, |sum, round| ready(Ok(sum + round))));
    yields_in_time(|rounds| tries_of(rounds).try_for_each(|_| ready(Ok(()))));
    yields_in_time(|rounds| tries_of(rounds).try_any(|round| ready(round == ALL)));
    yields_in_time(|rounds| tries_of(rounds).try_all(|round| ready(round < ALL)));
}

#[test]
fn what_gives_an_item_has_begun_anew() {
    let rounds: &'static Cell<u32> = Box::leak(Box::default());
    let mut halves = anywhen::testing::TestTask::new(rounds_of(rounds).filter(|round| ready(round % ROUNDS == 0)));
    for item in 1..4 {
        assert!(halves.poll_next().is_ready(), "{ROUNDS} rounds are not too many");
        assert_eq!(rounds.get(), item * ROUNDS);
    }
}

#[test]
fn a_stream_without_a_bound_is_caught() {
    let drains = |rounds| {
        let mut items = Box::pin(rounds_of(rounds));
        std::future::poll_fn(move |cx| {
            while items.as_mut().poll_next(cx).map(|item| item.is_some()) == std::task::Poll::Ready(true) {}
            std::task::Poll::Ready(())
        })
    };
    let message = panic_of(|| yields_in_time(drains)).expect("should be caught");
    assert!(message.contains("no turn for others"), "{message}");
}
