//! Sets of futures that grow, and streams that keep a number of futures going.

use core::pin::pin;
use core::task::{Context, Poll};

use futures_util::stream::Stream;

use super::child::Ready;
use crate::harness::{Goal, Work, ours, peer, repeat};

/// Takes everything that a stream gives, which is all ready.
#[inline(always)]
fn drain<S: Stream<Item = u64>>(cx: &mut Context<'_>, stream: S) -> u64 {
    let mut stream = pin!(stream);
    let mut total = 0;
    while let Poll::Ready(Some(item)) = stream.as_mut().poll_next(cx) {
        total += item;
    }
    total
}

/// So many futures put in, all ready, and taken out; per future.
macro_rules! push_and_drain {
    ($count:literal, |$set:ident| $new:expr, |$future:ident| $push:expr) => {
        |times| {
            let mut number = 0;
            repeat(times.div_ceil($count), |cx| {
                let mut $set = $new;
                for _ in 0..$count {
                    number += 1;
                    let $future = Ready(number);
                    $push;
                }
                drain(cx, &mut $set)
            })
        }
    };
}

macro_rules! sets {
    ($count:literal, $goal:expr) => {
        &[
            ours(
                "anywhen",
                $goal,
                push_and_drain!($count, |set| anywhen::future::FuturesUnordered::new(), |future| set.push(future)),
            ),
            peer(
                "futures-util",
                push_and_drain!($count, |set| futures_util::stream::FuturesUnordered::new(), |future| set.push(future)),
            ),
            peer(
                "futures-buffered",
                push_and_drain!($count, |set| futures_buffered::FuturesUnordered::new(), |future| set.push(future)),
            ),
            peer(
                "unicycle",
                push_and_drain!($count, |set| unicycle::FuturesUnordered::new(), |future| set.push(future)),
            ),
            peer(
                "futures-concurrency",
                push_and_drain!($count, |set| futures_concurrency::future::FutureGroup::new(), |future| {
                    set.insert(future);
                }),
            ),
        ]
    };
}

/// A thousand futures, all ready, through a buffer that keeps 64 going; per future.
macro_rules! through {
    (|$source:ident| $buffered:expr) => {
        |times| {
            repeat(times.div_ceil(1000), |cx| {
                let $source = futures_lite::stream::iter((0..1000).map(Ready));
                drain(cx, $buffered)
            })
        }
    };
}

pub(crate) const BUFFERED_64: Work = Work {
    name: "buffer of 64, unordered, 1000 ready, per future",
    subjects: &[
        ours(
            "anywhen",
            Goal::instructions(120).and_allocations(1),
            through!(|source| anywhen::stream::StreamExt::buffer_unordered(source, 64)),
        ),
        peer("futures-util", through!(|source| futures_util::StreamExt::buffer_unordered(source, 64))),
        peer(
            "futures-buffered",
            through!(|source| futures_buffered::BufferedStreamExt::buffered_unordered(source, 64)),
        ),
    ],
    note: "",
};

pub(crate) const ORDERED_64: Work = Work {
    name: "buffer of 64, ordered, 1000 ready, per future",
    subjects: &[
        ours(
            "anywhen",
            Goal::ZERO_ALLOCATIONS.and_allocations(1),
            through!(|source| anywhen::stream::StreamExt::buffered(source, 64)),
        ),
        peer("futures-util", through!(|source| futures_util::StreamExt::buffered(source, 64))),
        peer("futures-buffered", through!(|source| futures_buffered::BufferedStreamExt::buffered_ordered(source, 64))),
    ],
    note: "",
};

const GOAL: Goal = Goal::instructions(110).and_allocations(1);

pub(crate) const PUSHED_10: Work = Work {
    name: "unordered set, 10 pushed and drained, per future",
    subjects: sets!(10, Goal::ZERO_ALLOCATIONS.and_allocations(1)),
    note: "",
};

pub(crate) const PUSHED_1000: Work =
    Work { name: "unordered set, 1000 pushed and drained, per future", subjects: sets!(1000, GOAL), note: "" };
