//! `merge`, in each of its forms.

use std::cell::{Cell, OnceCell};
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use anywhen::future::yield_now;
use anywhen::prelude::*;
use anywhen::stream::container::{Biased, Merge};
use anywhen::stream::{self, FusedStream, LocalBoxStream, Stream, traits};
use anywhen::testing::{CountingAlloc, TestTask, assert_pending, assert_ready_eq};

use crate::source::{Control, Source, all, panic_of, source};

/// More than are scanned.
const MANY: usize = 100;

type Make = fn([Source<usize>; 3]) -> LocalBoxStream<'static, usize>;

/// Every way to merge three streams. In the last ones, they are among many, the others of which wait for good.
const FORMS: [(&str, Make); 8] = [
    ("tuple", |[a, b, c]| Box::pin((a, b, c).merge())),
    ("array", |streams| Box::pin(streams.merge())),
    ("vector", |streams| Box::pin(Vec::from(streams).merge())),
    ("vector of many", |streams| Box::pin(among_many(streams).merge())),
    ("biased tuple", |[a, b, c]| Box::pin((a, b, c).merge().biased())),
    ("biased array", |streams| Box::pin(streams.merge().biased())),
    ("biased vector", |streams| Box::pin(Vec::from(streams).merge().biased())),
    ("biased vector of many", |streams| Box::pin(among_many(streams).merge().biased())),
];

/// The streams at the beginning, in the middle and at the end of many that have ended.
fn among_many(streams: [Source<usize>; 3]) -> Vec<LocalBoxStream<'static, usize>> {
    let mut many = (3..MANY).map(|_| Box::pin(stream::empty()) as LocalBoxStream<'_, _>).collect::<Vec<_>>();
    for (place, stream) in [0, 70, MANY - 1].into_iter().zip(streams) {
        many.insert(place, Box::pin(stream));
    }
    many
}

fn sources<const N: usize, T>() -> ([Source<T>; N], [Control<T>; N]) {
    let mut controls = Vec::new();
    let streams = std::array::from_fn(|_| {
        let (stream, control) = source();
        controls.push(control);
        stream
    });
    (streams, controls.try_into().ok().expect("as many"))
}

#[test]
fn items_come_as_they_are_given_and_the_end_when_all_have_ended() {
    for (form, make) in FORMS {
        for first in 0..3 {
            let (streams, controls) = sources();
            let mut task = TestTask::new(make(streams));
            assert_pending!(task.poll_next());
            for n in (first..first + 3).map(|n| n % 3) {
                for item in [n, n + 10] {
                    controls[n].give(item);
                    assert_eq!(task.wakes(), 1, "{form}");
                    assert_ready_eq!(task.poll_next(), Some(item));
                    assert_pending!(task.poll_next());
                    assert_eq!(task.wakes(), 0, "{form} wakes itself");
                }
                controls[n].give(20);
                controls[n].end();
                assert_ready_eq!(task.poll_next(), Some(20));
                let poll = task.poll_next();
                assert!(controls[n].is_alone(), "{form} keeps a stream that has ended");
                if controls.iter().all(Control::is_alone) {
                    assert_eq!(poll, Poll::Ready(None), "{form}");
                } else {
                    // futures-rs#2635
                    assert_eq!(poll, Poll::Pending, "{form} ends though others wait");
                }
            }
            assert_ready_eq!(task.poll_next(), None);
        }
    }
}

#[test]
fn all_may_end_in_one_poll() {
    for (form, make) in FORMS {
        let (streams, controls) = sources();
        controls.iter().for_each(Control::end);
        let mut task = TestTask::new(make(streams));
        assert_eq!(task.poll_next(), Poll::Ready(None), "{form}");
        assert!(controls.iter().all(Control::is_alone), "{form}");
    }
}

#[test]
fn of_nothing_it_ends_at_once() {
    let nothing = || -> [stream::Pending<u8>; 0] { [] };
    let mut task = TestTask::new(nothing().merge());
    assert!(!task.future().is_terminated());
    assert_eq!(task.future().size_hint(), (0, Some(0)));
    assert_ready_eq!(task.poll_next(), None);
    assert!(task.future().is_terminated());
    assert_ready_eq!(TestTask::new(nothing().merge().biased()).poll_next(), None);
    assert_ready_eq!(TestTask::new(Vec::from(nothing()).merge()).poll_next(), None);
}

#[test]
fn a_poll_polls_up_to_the_first_that_has_an_item() {
    for (form, make) in FORMS {
        let (streams, controls) = sources();
        let mut task = TestTask::new(make(streams));
        for control in &controls {
            (0..3).for_each(|_| control.give(1));
        }
        for round in 1..=3 {
            assert_ready_eq!(task.poll_next(), Some(1));
            assert_eq!(controls.iter().map(Control::polls).sum::<usize>(), round, "{form}");
        }
    }
}

#[test]
fn biased_forms_prefer_the_first_in_every_poll() {
    for (form, make) in FORMS.into_iter().filter(|(form, _)| form.starts_with("biased")) {
        let (streams, controls) = sources();
        let mut task = TestTask::new(make(streams));
        for (n, control) in controls.iter().enumerate() {
            (0..3).for_each(|_| control.give(n));
        }
        for expected in [0, 0, 0, 1] {
            assert_eq!(task.poll_next(), Poll::Ready(Some(expected)), "{form}");
        }
        controls[0].give(7);
        for expected in [7, 1, 1, 2, 2, 2] {
            assert_eq!(task.poll_next(), Poll::Ready(Some(expected)), "{form}");
        }
        assert_pending!(task.poll_next());
        assert_eq!(task.wakes(), 0, "{form}");
    }
}

#[test]
fn every_poll_begins_anywhere_also_when_some_have_ended() {
    const ROUNDS: u32 = 3000;
    for (form, make) in FORMS.into_iter().filter(|(form, _)| !form.starts_with("biased")) {
        for ended in [None, Some(0), Some(1), Some(2)] {
            let (streams, controls) = sources();
            let mut task = TestTask::new(make(streams));
            let mut draws = [0_u32; 3];
            for (n, control) in controls.iter().enumerate() {
                if Some(n) == ended {
                    control.end();
                } else {
                    (0..ROUNDS).for_each(|_| control.give(n));
                }
            }
            for _ in 0..ROUNDS {
                match task.poll_next() {
                    Poll::Ready(Some(n)) => draws[n] += 1,
                    other => panic!("{form} gives {other:?}"),
                }
            }
            let left = if ended.is_some() { 2 } else { 3 };
            for (n, draws) in draws.into_iter().enumerate() {
                let expected = if Some(n) == ended { 0 } else { ROUNDS / left };
                // More than six standard deviations.
                assert!(draws.abs_diff(expected) < 200, "{form}: {n} gave {draws} of {ROUNDS}");
            }
        }
    }
}

#[test]
fn of_many_those_that_have_items_take_turns() {
    let mut task = TestTask::new((0..MANY).map(stream::repeat).collect::<Vec<_>>().merge());
    let mut rounds = vec![0; MANY];
    for given in 0..10 * MANY {
        let Poll::Ready(Some(n)) = task.poll_next() else { panic!("they always have an item") };
        rounds[n] += 1;
        assert_eq!(rounds[n], given / MANY + 1, "one has two turns in a round");
    }
}

#[test]
fn of_many_only_those_are_polled_that_were_woken() {
    for count in [31, 64, 65, 100, 5000] {
        for biased in [false, true] {
            let (streams, controls): (Vec<_>, Vec<_>) = (0..count).map(|_| source()).unzip();
            let polls = || controls.iter().map(Control::polls).sum::<usize>();
            let merge: LocalBoxStream<'_, _> =
                if biased { Box::pin(streams.merge().biased()) } else { Box::pin(streams.merge()) };
            let mut task = TestTask::new(merge);
            assert_pending!(task.poll_next());
            assert_eq!(polls(), count);
            for n in (0..50).map(|n| (67 * n + 31) % count) {
                let before = polls();
                controls[n].give(n);
                assert_eq!(task.wakes(), 1);
                assert_ready_eq!(task.poll_next(), Some(n));
                assert_pending!(task.poll_next());
                assert_eq!(polls() - before, 2, "for its item, and to see that there is no other");
                assert_eq!(task.wakes(), 0);
            }
            // Several at once, of which one ends.
            let before = polls();
            for n in [30, 2, 17] {
                controls[n].give(n);
            }
            controls[11].end();
            let mut items = [(); 3].map(|()| match task.poll_next() {
                Poll::Ready(Some(item)) => item,
                other => panic!("gives {other:?}"),
            });
            if !biased {
                items.sort_unstable();
            }
            assert_eq!(items, [2, 17, 30]);
            assert_pending!(task.poll_next());
            assert!(controls[11].is_alone());
            assert_eq!(polls() - before, 7);
        }
    }
}

#[test]
fn who_is_woken_between_two_items_is_not_forgotten() {
    for (form, make) in FORMS {
        let (streams, controls) = sources();
        let mut task = TestTask::new(make(streams));
        assert_pending!(task.poll_next());
        controls[0].give(0);
        assert_ready_eq!(task.poll_next(), Some(0));
        // The task does not wait now, and need not be woken; it looks by itself.
        controls[1].give(1);
        controls[2].give(2);
        let mut items = [(); 2].map(|()| task.poll_next());
        if !form.starts_with("biased") {
            items.sort_unstable();
        }
        assert_eq!(items, [Poll::Ready(Some(1)), Poll::Ready(Some(2))], "{form}");
        assert_pending!(task.poll_next());
        controls[1].give(3);
        assert!(task.is_woken(), "{form}");
        assert_ready_eq!(task.poll_next(), Some(3));
    }
}

#[test]
fn of_many_none_is_polled_twice_in_a_poll() {
    let polls = [const { Cell::new(0) }; MANY];
    let streams = polls.iter().enumerate().map(|(n, polls)| {
        let mut has_item = n == 20;
        Box::pin(stream::poll_fn(move |cx| {
            polls.set(polls.get() + 1);
            cx.waker().wake_by_ref();
            if std::mem::take(&mut has_item) { Poll::Ready(Some(n)) } else { Poll::Pending }
        }))
    });
    let mut task = TestTask::new(streams.collect::<Vec<_>>().merge());
    // The next poll has a walk to end, and a new one.
    assert_ready_eq!(task.poll_next(), Some(20));
    for _ in 0..3 {
        polls.iter().for_each(|polls| polls.set(0));
        assert_pending!(task.poll_next());
        assert!(polls.iter().all(|polls| polls.get() == 1), "{polls:?}");
        assert!(task.wakes() > 0, "all want to be polled again");
    }
}

#[test]
fn those_that_wake_themselves_do_not_keep_a_poll_from_ending() {
    let streams = (0..MANY).map(|n| {
        stream::once(async move {
            for _ in 0..n % 5 {
                yield_now().await;
            }
            n
        })
    });
    let mut task = TestTask::new(streams.collect::<Vec<_>>().merge());
    let (mut items, mut polls) = (0, 0);
    loop {
        polls += 1;
        match task.poll_next() {
            Poll::Ready(Some(_)) => items += 1,
            Poll::Ready(None) => break,
            Poll::Pending => assert!(task.is_woken()),
        }
    }
    assert_eq!(items, MANY);
    assert!(polls <= MANY + 5, "{polls}");
}

#[test]
fn a_panic_of_a_stream_is_the_end() {
    for (form, make) in FORMS {
        for later in [false, true] {
            let (streams, controls) = sources();
            let mut task = TestTask::new(make(streams));
            if later {
                assert_pending!(task.poll_next());
                controls[2].give(1);
                assert_ready_eq!(task.poll_next(), Some(1));
            }
            controls[1].panic();
            assert_eq!(panic_of(|| task.poll_next()), "the source panics", "{form}");
            assert!(controls.iter().all(Control::is_alone), "{form}");
            assert_ready_eq!(task.poll_next(), None);
        }
    }
}

/// A stream that panics when it is dropped, after its end or without.
struct Bomb<St>(St);

impl<St: Stream + Unpin> Stream for Bomb<St> {
    type Item = St::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<St::Item>> {
        Pin::new(&mut self.0).poll_next(cx)
    }
}

impl<St> Drop for Bomb<St> {
    fn drop(&mut self) {
        panic!("the bomb goes off");
    }
}

#[test]
fn a_panic_of_a_destructor_leaks_nothing_and_is_the_end() {
    type MakeBoxed = fn(Vec<LocalBoxStream<'static, u8>>) -> LocalBoxStream<'static, u8>;
    let forms: [(usize, MakeBoxed); 3] = [
        (3, |streams| {
            let [a, b, c]: [_; 3] = streams.try_into().ok().unwrap();
            Box::pin((a, b, c).merge())
        }),
        (3, |streams| Box::pin(streams.merge())),
        (MANY, |streams| Box::pin(streams.merge())),
    ];
    for (count, make) in forms {
        let (streams, controls): (Vec<_>, Vec<_>) = (0..count).map(|_| source()).unzip();
        let boxed = streams.into_iter().enumerate().map(|(n, stream)| -> LocalBoxStream<'static, u8> {
            if n == 1 { Box::pin(Bomb(stream)) } else { Box::pin(stream) }
        });
        let mut task = TestTask::new(make(boxed.collect()));
        assert_pending!(task.poll_next());
        controls[1].end();
        assert_eq!(panic_of(|| task.poll_next()), "the bomb goes off");
        assert!(controls.iter().all(Control::is_alone));
        assert_ready_eq!(task.poll_next(), None);
    }
}

#[test]
fn dropped_early_it_drops_all_streams() {
    for (form, make) in FORMS {
        for polls in 0..3 {
            let (streams, controls) = sources();
            let mut task = TestTask::new(make(streams));
            controls[1].give(5);
            for _ in 0..polls {
                let _item = task.poll_next();
            }
            drop(task);
            assert!(controls.iter().all(Control::is_alone), "{form}");
        }
    }
}

/// A stream that must not be moved once it has been polled.
struct Stays {
    left: Cell<usize>,
    address: OnceCell<usize>,
    _pinned: PhantomPinned,
}

impl Stays {
    fn new(left: usize) -> Self {
        Self { left: Cell::new(left), address: OnceCell::new(), _pinned: PhantomPinned }
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

impl Stream for Stays {
    type Item = usize;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<usize>> {
        assert_eq!(*self.address.get_or_init(|| self.address()), self.address(), "it was moved");
        let left = self.left.get().checked_sub(1);
        left.inspect(|left| self.left.set(*left));
        Poll::Ready(left)
    }
}

impl Drop for Stays {
    fn drop(&mut self) {
        assert!(self.address.get().is_none_or(|first| *first == self.address()), "it was moved");
    }
}

#[test]
fn streams_never_move() {
    assert_eq!(all((Stays::new(3), Stays::new(1), Stays::new(4)).merge()).len(), 8);
    assert_eq!(all([Stays::new(3), Stays::new(4)].merge()).len(), 7);
    for count in [3, 30, 31, MANY] {
        let streams = (0..count).map(|_| Stays::new(3)).collect::<Vec<_>>();
        assert_eq!(all(streams.merge()).len(), 3 * count);
        // It may be moved itself, where its streams are in a `Vec`.
        let streams = (0..count).map(|_| Stays::new(3)).collect::<Vec<_>>();
        let mut merge = streams.merge();
        assert!(Pin::new(&mut merge).poll_next(&mut Context::from_waker(Waker::noop())).is_ready());
        assert_eq!(all(merge).len(), 3 * count - 1);
    }
}

#[test]
fn its_length_is_the_sum_of_theirs() {
    let mut numbers = (stream::iter([1, 2]), stream::iter([3]), stream::empty()).merge();
    assert_eq!(numbers.size_hint(), (3, Some(3)));
    assert!(matches!(TestTask::new(numbers.next()).poll(), Poll::Ready(Some(_))));
    assert_eq!(numbers.size_hint(), (2, Some(2)));
    assert_eq!([stream::repeat(1), stream::repeat(1)].merge().size_hint(), (usize::MAX, None));
    let many = (0..MANY).map(|n| stream::iter(0..n)).collect::<Vec<_>>();
    assert_eq!(many.merge().size_hint(), (4950, Some(4950)));
    let (unknown, _control) = source::<u8>();
    assert_eq!((unknown, stream::repeat(1).take(2)).merge().size_hint(), (2, None));
}

#[test]
fn the_largest_tuple_has_twelve() {
    let one = stream::once::<std::future::Ready<u8>>;
    let [a, b, c, d, e, f, g, h, i, j, k, l] = std::array::from_fn(|n| one(std::future::ready(n as u8)));
    let mut items = all((a, b, c, d, e, f, g, h, i, j, k, l).merge());
    items.sort_unstable();
    assert!(items.into_iter().eq(0..12));
}

#[test]
fn allocations_do_not_grow_with_the_number() {
    for count in [0, 1, 30, 31, 1000, 10_000] {
        let streams = (0..count).map(|n| stream::iter([n, n])).collect::<Vec<_>>();
        let mut items = 0;
        let seen = CountingAlloc::count(|| {
            let mut merge = streams.merge();
            let mut cx = Context::from_waker(Waker::noop());
            while let Poll::Ready(Some(_)) = Pin::new(&mut merge).poll_next(&mut cx) {
                items += 1;
            }
        });
        assert_eq!(items, 2 * count);
        assert!(seen.allocs + seen.reallocs <= 1 + 2 * u64::from(count > 30), "{seen:?} of {count}");
    }
}

#[test]
fn it_can_be_named() {
    fn generic<C: traits::Merge<Item = u8>>(streams: C) -> Vec<u8> {
        all(streams.merge())
    }
    assert_eq!(generic([stream::iter([1, 2])]), [1, 2]);
    let named: Merge<[stream::Iter<std::ops::Range<u8>>; 1], Biased> = [stream::iter(0..2)].merge().biased();
    assert_eq!(format!("{named:?}"), "Merge { is_terminated: false, .. }");
}
