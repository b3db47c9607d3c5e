//! Beside futures-util: the adapters of either over the streams of the other, and with the same results.

use std::cell::Cell;
use std::future::ready;

use anywhen::rt::Std;
use anywhen::stream::{self as ours, Stream};
use futures_util::stream as theirs;

/// Two pipelines that are written alike, one with our methods and one with theirs, over any streams.
macro_rules! pipelines {
    ($($name:ident($items:ident) -> $Item:ty = $pipeline:expr;)+) => {
        mod with_ours {
            use anywhen::prelude::*;
            use super::*;
            $(pub(super) fn $name($items: impl Stream<Item = u32>) -> Vec<$Item> { Std.block_on($pipeline) })+
        }
        mod with_theirs {
            use futures_util::{StreamExt, TryStreamExt};
            use super::*;
            $(pub(super) fn $name($items: impl Stream<Item = u32>) -> Vec<$Item> { Std.block_on($pipeline) })+
        }
        #[test]
        fn adapters_of_either_give_the_same_over_streams_of_either() {
            for length in [0, 1, 2, 3, 7, 20, 200, 1000] {
                $(
                    let expected = with_theirs::$name(theirs::iter(0..length));
                    assert_eq!(with_ours::$name(ours::iter(0..length)), expected, "{}", stringify!($name));
                    assert_eq!(with_ours::$name(theirs::iter(0..length)), expected, "{}", stringify!($name));
                    assert_eq!(with_theirs::$name(ours::iter(0..length)), expected, "{}", stringify!($name));
                )+
            }
        }
    };
}

/// Every third is an error.
fn tried(n: u32) -> Result<u32, u32> {
    if n % 3 == 2 { Err(n) } else { Ok(n) }
}

pipelines! {
    map(items) -> u32 = items.map(|n| n * 2).collect();
    then(items) -> u32 = items.then(|n| ready(n * 2)).collect();
    filter(items) -> u32 = items.filter(|n| ready(n % 3 == 1)).collect();
    filter_map(items) -> u32 = items.filter_map(|n| ready((n % 3 == 1).then_some(n * 2))).collect();
    enumerate(items) -> (usize, u32) = items.skip(1).enumerate().collect();
    scan(items) -> u32 = items
        .scan(0, |sum, n| {
            *sum += n;
            ready((*sum < 100).then_some(*sum))
        })
        .collect();
    take(items) -> u32 = items.take(3).collect();
    take_while(items) -> u32 = items.take_while(|n| ready(*n != 5)).collect();
    skip(items) -> u32 = items.skip(3).collect();
    skip_while(items) -> u32 = items.skip_while(|n| ready(*n < 5)).collect();
    chain(items) -> u32 = items.chain(ours::iter([1, 2])).collect();
    zip(items) -> (u32, u32) = items.zip(theirs::iter(5..15)).collect();
    flatten(items) -> u32 = items.map(|n| theirs::iter(0..n % 3)).flatten().collect();
    flat_map(items) -> u32 = items.flat_map(|n| ours::iter(0..n % 3)).collect();
    chunks(items) -> Vec<u32> = items.chunks(3).collect();
    ready_chunks(items) -> Vec<u32> = items.ready_chunks(3).collect();
    peekable(items) -> u32 = async {
        let mut items = Box::pin(items.peekable());
        let mut seen = Vec::new();
        while let Some(n) = items.as_mut().next_if(|n| *n < 5).await {
            seen.push(n);
        }
        seen.extend(items.as_mut().peek().await.copied());
        seen.extend(items.collect::<Vec<_>>().await);
        seen
    };
    fold(items) -> u32 = items.fold(Vec::new(), |mut all, n| {
        all.push(n);
        ready(all)
    });
    for_each(items) -> u32 = async {
        let sum = Cell::new(0);
        let add = |n| {
            sum.set(sum.get() + n);
            ready(())
        };
        items.for_each(add).await;
        vec![sum.get()]
    };
    count(items) -> usize = async { vec![items.count().await] };
    any_and_all(items) -> bool = async {
        let items = items.collect::<Vec<_>>().await;
        let any = ours::iter(items.clone()).any(|n| ready(n == 3)).await;
        vec![any, theirs::iter(items).all(|n| ready(n < 7)).await]
    };
    concat(items) -> u32 = items.map(|n| vec![n, n]).concat();
    unzip(items) -> u32 = async {
        let (mut left, right): (Vec<_>, Vec<_>) = items.map(|n| (n, n + 1)).unzip().await;
        left.extend(right);
        left
    };
    map_ok(items) -> Result<u32, u32> = items.map(tried).map_ok(|n| n * 2).map_err(|n| n * 3).collect();
    and_then(items) -> Result<u32, u32> = items.map(tried).and_then(|n| ready(tried(n + 1))).collect();
    or_else(items) -> Result<u32, ()> = items.map(tried).or_else(|n| ready(tried(n + 1).map_err(drop))).collect();
    try_filter(items) -> Result<u32, u32> = items.map(tried).try_filter(|n| ready(n % 2 == 0)).collect();
    try_filter_map(items) -> Result<u32, u32> = items.map(tried).try_filter_map(|n| ready(tried(n + 1).map(Some))).collect();
    try_take_while(items) -> Result<u32, u32> = items.map(tried).try_take_while(|n| ready(Ok(*n < 7))).collect();
    try_skip_while(items) -> Result<u32, u32> = items.map(tried).try_skip_while(|n| ready(Ok(*n < 7))).collect();
    try_flatten(items) -> Result<u32, u32> = items
        .map(tried)
        .map_ok(|n| ours::iter([tried(n), tried(n + 1)]))
        .try_flatten()
        .collect();
    try_collect(items) -> Result<Vec<u32>, u32> = async { vec![items.map(tried).try_collect().await] };
    try_fold(items) -> Result<u32, u32> = async {
        vec![items.map(tried).try_fold(0, |sum, n| ready(if sum < 1 { Ok(sum + n) } else { Err(sum) })).await]
    };
    try_chunks(items) -> (Vec<u32>, bool) = async {
        let chunks = items.map(tried).try_chunks(4).map(|chunk| match chunk {
            Ok(chunk) => (chunk, true),
            Err(error) => (error.0, false),
        });
        chunks.collect().await
    };
}

#[test]
fn lengths_are_at_least_as_exact_as_theirs() {
    fn check(ours: &impl Stream, theirs: &impl Stream, name: &str) {
        let ((least, most), (their_least, their_most)) = (ours.size_hint(), theirs.size_hint());
        assert!(least >= their_least, "{name}: {least} and {their_least}");
        assert!(most.is_some_and(|most| their_most.is_none_or(|theirs| most <= theirs)), "{name}");
    }
    macro_rules! both {
        ($($method:ident($($argument:expr),*);)+) => {$(
            check(
                &anywhen::stream::StreamExt::$method(ours::iter(0..10_u32), $($argument),*),
                &futures_util::StreamExt::$method(theirs::iter(0..10_u32), $($argument),*),
                stringify!($method),
            );
        )+};
    }
    both! {
        map(|n| n);
        then(ready);
        filter(|_| ready(true));
        take(3);
        skip(3);
        skip_while(|_| ready(true));
        take_while(|_| ready(true));
        enumerate();
        chain(ours::iter(0..3));
        zip(ours::iter(0..3));
        chunks(3);
        ready_chunks(3);
        peekable();
        fuse();
    }
}
