//! Who puts the children together, and how.

use std::pin::Pin;
use std::task::{Context, Poll};

use anywhen::prelude::*;
use futures_core::Stream;

use super::Course;
use super::table::{Child, Table};

/// One way to put children together.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) verb: &'static str,
    pub(crate) name: &'static str,
    /// The largest size at which it ends within a reasonable time.
    pub(crate) most: usize,
    run: fn(&Table, Children) -> usize,
}

type Children = Box<dyn Iterator<Item = Child>>;

impl Subject {
    pub(crate) fn run(&self, table: &Table, course: Course) {
        std::hint::black_box((self.run)(table, Box::new(table.children(course))));
    }
}

const fn subject(verb: &'static str, name: &'static str, run: fn(&Table, Children) -> usize) -> Subject {
    Subject { verb, name, most: usize::MAX, run }
}

/// Whose cost grows with the square of the size.
const fn up_to(most: usize, subject: Subject) -> Subject {
    Subject { most, ..subject }
}

/// A stream to its end, as a future.
struct Drain<S>(S, usize);

impl<S: Stream + Unpin> Future for Drain<S> {
    type Output = usize;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let this = &mut *self;
        loop {
            match Pin::new(&mut this.0).poll_next(cx) {
                Poll::Ready(Some(_)) => this.1 += 1,
                Poll::Ready(None) => return Poll::Ready(this.1),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// Each as its users would write it.
pub(crate) const ALL: &[Subject] = &[
    subject("join", "anywhen", |table, children| table.drive(anywhen::future::join_all(children)).len()),
    subject("join", "futures-util", |table, children| table.drive(futures_util::future::join_all(children)).len()),
    subject("join", "futures-buffered", |table, children| table.drive(futures_buffered::join_all(children)).len()),
    up_to(
        10_000,
        subject("join", "futures-concurrency", |table, children| {
            table.drive(futures_concurrency::future::Join::join(children.collect::<Vec<_>>())).len()
        }),
    ),
    subject("try_join", "anywhen", |table, children| {
        table.drive(anywhen::future::try_join_all(children)).map_or(0, |all| all.len())
    }),
    subject("try_join", "futures-util", |table, children| {
        table.drive(futures_util::future::try_join_all(children)).map_or(0, |all| all.len())
    }),
    subject("try_join", "futures-buffered", |table, children| {
        table.drive(futures_buffered::try_join_all(children)).map_or(0, |all| all.len())
    }),
    up_to(
        10_000,
        subject("try_join", "futures-concurrency", |table, children| {
            let all = futures_concurrency::future::TryJoin::try_join(children.collect::<Vec<_>>());
            table.drive(all).map_or(0, |all| all.len())
        }),
    ),
    subject("race", "anywhen", |table, children| table.drive(children.collect::<Vec<_>>().race()).unwrap_or(0)),
    subject("race", "anywhen, biased", |table, children| {
        table.drive(children.collect::<Vec<_>>().race().biased()).unwrap_or(0)
    }),
    subject("race", "futures-util select_all", |table, children| {
        table.drive(futures_util::future::select_all(children)).1
    }),
    subject("race", "futures-concurrency", |table, children| {
        table.drive(futures_concurrency::future::Race::race(children.collect::<Vec<_>>())).unwrap_or(0)
    }),
    subject("select", "anywhen", |table, children| table.drive(children.collect::<Vec<_>>().select()).1),
    subject("select", "anywhen select_all", |table, children| table.drive(anywhen::future::select_all(children)).1),
    subject("select", "futures-util select_all", |table, children| {
        table.drive(futures_util::future::select_all(children)).1
    }),
    subject("FuturesUnordered", "anywhen", |table, children| {
        table.drive(Drain(children.collect::<anywhen::future::FuturesUnordered<_>>(), 0))
    }),
    subject("FuturesUnordered", "anywhen FutureGroup", |table, children| {
        table.drive(Drain(children.collect::<anywhen::future::FutureGroup<_>>(), 0))
    }),
    subject("FuturesUnordered", "futures-util", |table, children| {
        table.drive(Drain(children.collect::<futures_util::stream::FuturesUnordered<_>>(), 0))
    }),
    subject("FuturesUnordered", "futures-buffered", |table, children| {
        table.drive(Drain(children.collect::<futures_buffered::FuturesUnordered<_>>(), 0))
    }),
    subject("FuturesUnordered", "futures-buffered, bounded", |table, children| {
        table.drive(Drain(children.collect::<futures_buffered::FuturesUnorderedBounded<_>>(), 0))
    }),
    up_to(
        10_000,
        subject("FuturesUnordered", "futures-concurrency FutureGroup", |table, children| {
            let group = children.collect::<futures_concurrency::future::FutureGroup<_>>();
            table.drive(Drain(group, 0))
        }),
    ),
    subject("FuturesUnordered", "unicycle", |table, children| {
        table.drive(Drain(children.collect::<unicycle::FuturesUnordered<_>>(), 0))
    }),
    subject("buffer_unordered(64)", "anywhen", |table, children| {
        table.drive(Drain(anywhen::stream::iter(children).buffer_unordered(64), 0))
    }),
    subject("buffer_unordered(64)", "futures-util", |table, children| {
        let stream = futures_util::stream::iter(children);
        table.drive(Drain(futures_util::StreamExt::buffer_unordered(stream, 64), 0))
    }),
    subject("buffer_unordered(64)", "futures-buffered", |table, children| {
        use futures_buffered::BufferedStreamExt as _;
        table.drive(Drain(futures_util::stream::iter(children).buffered_unordered(64), 0))
    }),
];
