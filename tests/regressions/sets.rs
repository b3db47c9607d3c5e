//! Sets that grow, and streams that keep a number of futures going.
//!
//! | scenario | test |
//! |---|---|
//! | futures-rs#2863: a child's destructor panics inside the set while it is queued | `a_destructor_that_panics_leaves_the_set_whole` |
//! | futures-rs#2529: `clear` while wakers of the children live | `wakers_outlive_what_is_cleared` |
//! | futures-rs#3005: a half-consumed `IntoIter` leaks | `what_is_left_of_an_iterator_is_dropped` |
//! | futures-rs#1006: a wake between push and first poll | `a_wake_before_the_first_poll_is_not_lost` |
//! | futures-rs#2664: the order after `push_front` | `what_is_pushed_to_the_front_comes_first` |
//! | futures-rs#2961: `buffer_unordered(10)` starts one future in its first poll | `buffers_are_filled_by_the_first_poll` |
//! | futures-rs#2387: futures lie still while the consumer awaits | `a_driven_buffer_goes_on_meanwhile` |
//! | futures-rs#1957, P: all ready items are taken in one poll | `one_poll_takes_a_bounded_number_of_items` |
//! | futures-rs#2725: nested `flatten_unordered` keeps a stale waker | `nested_sets_wake_the_latest_task` |
//! | tokio#8215: `next_many` over its limit | `next_many_keeps_its_limit` |
//! | tokio#3901: `size_hint` forgets outputs that are there already | `what_is_done_counts_as_to_come` |
//! | libp2p#4865: an entry is replaced, and what is ready is not seen | `a_replaced_stream_is_polled_at_once` |
//! | iroh#4325: a push to a set that has given `None` wakes nobody | `a_push_wakes_whoever_has_seen_the_end` |
//! | unicycle#5: an all-pending set wakes itself for ever | `nobody_is_woken_while_all_wait` |
//! | P futures-buffered: a panicking child leaves its slot occupied, so the set never ends | `a_child_that_panics_is_gone` |
//! | P futures-buffered #10, #13: a slot is filled again while a stale waker fires | `a_stale_waker_has_the_newcomer_polled_once_more_at_most`, and the models of the pool |
//! | P FutureGroup: a stale key removes another future | `a_stale_key_finds_nobody` |
//! | P FutureGroup: filling the first slot again and again starves a second future | `a_slot_that_is_filled_again_starves_nobody` |
//! | futures-concurrency#182, #187, #188, #222: growth moves a child that was polled | `children_never_move` |
//! | futures-rs#2047, #2333, #2551: a child that wakes itself is polled twice in a pass, or for ever | `a_child_that_wakes_itself_is_polled_once_a_poll` |
//! | rust#102737, futures-rs#3003, #2788, #2054: wrong `Send` and `Sync` of sets and iterators | `tests/auto_traits` |
//! | a future that is pushed into a set while it is gone through is come across in place of another | `all_are_come_across_whoever_is_pushed_meanwhile` |
//! | futures-rs#2939, #2876, #2348: `buffered(0)` hangs | `what_makes_no_sense_is_refused_where_it_is_said` |

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anywhen::future::{BoxFuture, FutureExt, FutureGroup, FuturesOrdered, FuturesUnordered, LocalBoxFuture, yield_now};
use anywhen::prelude::*;
use anywhen::stream::{Drive, SelectAll, StreamGroup, StreamMap, select_all};
use anywhen::testing::{CountingWaker, TestTask};
use futures_core::{FusedStream, Stream};
use futures_lite::stream::{iter, once, poll_fn as stream_of};

/// What a child does, steered from outside, and what is known of it.
#[derive(Clone, Default)]
struct Child(Rc<State>);

#[derive(Default)]
struct State {
    ready: Cell<bool>,
    panics: Cell<bool>,
    wakes_itself: Cell<bool>,
    panics_on_drop: Cell<bool>,
    polls: Cell<usize>,
    drops: Cell<usize>,
    waker: RefCell<Option<Waker>>,
}

impl Child {
    fn release(&self) {
        self.0.ready.set(true);
        self.wake();
    }

    fn wake(&self) {
        let waker = self.0.waker.borrow().clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn future(&self, number: usize) -> Steered {
        Steered { child: self.clone(), number, address: Cell::new(0), _pinned: std::marker::PhantomPinned }
    }
}

/// Gives its number when it is released. It notices when it is moved.
struct Steered {
    child: Child,
    number: usize,
    address: Cell<usize>,
    _pinned: std::marker::PhantomPinned,
}

impl Steered {
    fn check(&self) {
        let now = std::ptr::from_ref(self).addr();
        let before = self.address.get();
        assert!(before == 0 || before == now, "moved");
    }
}

impl Future for Steered {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        self.check();
        self.address.set(std::ptr::from_ref(&*self).addr());
        let state = &self.child.0;
        state.polls.set(state.polls.get() + 1);
        assert!(!state.panics.get(), "child {} panics", self.number);
        if state.ready.get() {
            return Poll::Ready(self.number);
        }
        *state.waker.borrow_mut() = Some(cx.waker().clone());
        if state.wakes_itself.get() {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Steered {
    fn drop(&mut self) {
        self.check();
        self.child.0.drops.set(self.child.0.drops.get() + 1);
        assert!(!self.child.0.panics_on_drop.get(), "child {} panics when dropped", self.number);
    }
}

fn children<const N: usize>() -> [Child; N] {
    std::array::from_fn(|_| Child::default())
}

fn set_of(children: &[Child]) -> TestTask<FuturesUnordered<Steered>> {
    TestTask::new(children.iter().enumerate().map(|(number, child)| child.future(number)).collect())
}

fn panics<R>(f: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

const NONE: Poll<Option<usize>> = Poll::Ready(None);

fn some(number: usize) -> Poll<Option<usize>> {
    Poll::Ready(Some(number))
}

/// futures-rs#2863
#[test]
fn a_destructor_that_panics_leaves_the_set_whole() {
    let all = children::<3>();
    let mut set = set_of(&all);
    assert!(set.poll_next().is_pending());
    all[1].0.panics_on_drop.set(true);
    all.iter().for_each(Child::release);
    let mut given = Vec::new();
    let mut panicked = 0;
    loop {
        let mut poll = NONE;
        if panics(|| poll = set.poll_next()) {
            panicked += 1;
        } else if let Poll::Ready(Some(number)) = poll {
            given.push(number);
        } else {
            assert_eq!(poll, NONE);
            break;
        }
    }
    assert_eq!((given, panicked), (vec![0, 2], 1));
    assert!(all.iter().all(|child| child.0.drops.get() == 1));

    let all = children::<5>();
    let mut set = set_of(&all);
    all[1].0.panics_on_drop.set(true);
    assert!(panics(|| set.future_mut().clear()));
    assert!(set.future().is_empty());
    assert!(all.iter().all(|child| child.0.drops.get() == 1));
    set.future().push(children::<1>()[0].future(7));
    assert!(set.poll_next().is_pending());
}

/// futures-rs#2529
#[test]
fn wakers_outlive_what_is_cleared() {
    let all = children::<3>();
    let mut set = set_of(&all);
    assert!(set.poll_next().is_pending());
    set.future_mut().clear();
    // Its waker points to a slot in which there is nobody.
    all[0].wake();
    assert_eq!(set.poll_next(), NONE);
    let next = Child::default();
    set.future().push(next.future(9));
    all.iter().for_each(Child::wake);
    assert!(set.poll_next().is_pending());
    assert_eq!(next.0.polls.get(), 1);
    drop(set);
    all.iter().for_each(Child::wake);
    next.wake();
}

/// futures-rs#3005
#[test]
fn what_is_left_of_an_iterator_is_dropped() {
    let dropped = Rc::new(());
    let set = (0..100).map(|_| ready(Rc::clone(&dropped))).collect::<FuturesUnordered<_>>();
    let mut rest = set.into_iter();
    assert_eq!(rest.len(), 100);
    drop(rest.next());
    drop(rest.nth(40));
    assert_eq!((rest.len(), Rc::strong_count(&dropped)), (58, 59));
    drop(rest);
    assert_eq!(Rc::strong_count(&dropped), 1);
}

/// futures-rs#1006
#[test]
fn a_wake_before_the_first_poll_is_not_lost() {
    let all = children::<2>();
    let mut set = TestTask::new(FuturesUnordered::new());
    set.future().push(all[0].future(0));
    assert!(set.poll_next().is_pending());
    set.future().push(all[1].future(1));
    assert!(set.is_woken(), "there is somebody to be polled");
    // This one is woken, too, and the task knows already.
    all[0].release();
    assert_eq!(set.wakes(), 1);
    assert_eq!(set.poll_next(), some(0));
    all[1].release();
    assert_eq!(set.poll_next(), some(1));
    assert_eq!(set.poll_next(), NONE);
}

/// futures-rs#2664
#[test]
fn what_is_pushed_to_the_front_comes_first() {
    let mut queue = FuturesOrdered::new();
    queue.push_back(ready(3));
    queue.push_back(ready(4));
    queue.push_front(ready(2));
    queue.push_front(ready(1));
    queue.push_back(ready(5));
    let mut task = TestTask::new(queue);
    assert_eq!(task.poll_next(), some(1));
    // What was done early does not overtake what is put before it.
    task.future_mut().push_front(ready(0));
    for number in [0, 2, 3, 4, 5] {
        assert_eq!(task.poll_next(), some(number));
    }
    assert_eq!(task.poll_next(), NONE);
}

/// futures-rs#2961
#[test]
fn buffers_are_filled_by_the_first_poll() {
    let started = &Cell::new(0);
    let source = || {
        futures_lite::StreamExt::map(futures_lite::stream::repeat(()), move |()| {
            poll_fn(move |_| {
                started.set(started.get() + 1);
                Poll::<()>::Pending
            })
        })
    };
    let streams: [(&str, anywhen::stream::LocalBoxStream<'_, ()>); 2] =
        [("unordered", Box::pin(source().buffer_unordered(10))), ("ordered", Box::pin(source().buffered(10)))];
    for (name, stream) in streams {
        started.set(0);
        let mut task = TestTask::new(stream);
        assert!(task.poll_next().is_pending());
        assert_eq!(started.get(), 10, "{name}");
        assert!(!task.is_woken(), "{name}: it is full");
        assert!(task.poll_next().is_pending());
        assert_eq!(started.get(), 10, "{name}: nobody was woken");
    }
}

/// futures-rs#2387
#[test]
fn a_driven_buffer_goes_on_meanwhile() {
    fn goes_on(name: &str, make: impl Fn(Vec<Steered>) -> Pin<Box<dyn Drive<Item = usize>>>) {
        let all = children::<5>();
        let mut buffer = make(all.iter().enumerate().map(|(number, child)| child.future(number)).collect());
        let handler = Child::default();
        {
            let mut task = TestTask::new(Box::pin(buffer.drive(handler.future(9))));
            assert!(task.poll().is_pending());
            assert_eq!(all.each_ref().map(|child| child.0.polls.get()), [1, 1, 1, 0, 0], "{name}");
            all[1].release();
            assert!(task.is_woken(), "{name}");
            assert!(task.poll().is_pending());
            assert_eq!(all[1].0.drops.get(), 1, "{name}: it is done");
            assert_eq!(all[3].0.polls.get(), 0, "{name}: what was not taken counts");
            handler.release();
            assert_eq!(task.poll(), Poll::Ready(9), "{name}");
        }
        all[0].release();
        let mut task = TestTask::new(buffer);
        let given = [task.poll_next(), task.poll_next()];
        assert!(given == [some(1), some(0)] || given == [some(0), some(1)], "{name}: {given:?}");
        assert!(task.poll_next().is_pending());
        all.iter().for_each(Child::release);
        let mut rest = Vec::new();
        while let Poll::Ready(Some(number)) = task.poll_next() {
            rest.push(number);
        }
        rest.sort_unstable();
        assert_eq!(rest, [2, 3, 4], "{name}");
    }

    goes_on("unordered", |futures| Box::pin(iter(futures).buffer_unordered(3)));
    goes_on("ordered", |futures| Box::pin(iter(futures).buffered(3)));
    let weighed = |futures: Vec<Steered>| iter(futures.into_iter().map(|future| (2, future)).collect::<Vec<_>>());
    goes_on("weighted", |futures| Box::pin(weighed(futures).buffered_weighted(6)));
    goes_on("weighted, unordered", |futures| Box::pin(weighed(futures).buffer_unordered_weighted(6)));
}

/// futures-rs#1957
#[test]
fn one_poll_takes_a_bounded_number_of_items() {
    let taken = &Cell::new(0);
    let source = || {
        stream_of(move |_| {
            taken.set(taken.get() + 1);
            Poll::Ready(Some(()))
        })
    };
    let forms: [(&str, LocalBoxFuture<'_, ()>); 4] = [
        ("for_each_concurrent", source().for_each_concurrent(None, |()| ready(())).boxed_local()),
        ("limited", source().for_each_concurrent(2, |()| ready(())).boxed_local()),
        (
            "try_for_each_concurrent",
            futures_lite::StreamExt::map(source(), Ok::<(), ()>)
                .try_for_each_concurrent(0, |()| ready(Ok(())))
                .map(drop)
                .boxed_local(),
        ),
        (
            "flatten_unordered",
            async {
                let nothing = futures_lite::StreamExt::map(source(), |()| futures_lite::stream::empty::<()>());
                nothing.flatten_unordered(None).next().await;
            }
            .boxed_local(),
        ),
    ];
    for (name, future) in forms {
        let mut task = TestTask::new(future);
        for _ in 0..4 {
            taken.set(0);
            assert!(task.poll().is_pending());
            assert!((1..=128).contains(&taken.get()), "{name}: {} items", taken.get());
            assert!(task.is_woken(), "{name}");
            assert_eq!(task.wakes(), 1, "{name}: once a poll");
        }
    }
}

/// futures-rs#2725
#[test]
fn nested_sets_wake_the_latest_task() {
    let child = Child::default();
    let inner = once(once(futures_lite::stream::once_future(child.future(5))).flatten_unordered(None));
    let mut outer = Box::pin(inner.flatten_unordered(None));
    let (first, second) = (CountingWaker::new(), CountingWaker::new());
    for count in [&first, &second] {
        let waker = count.waker();
        assert!(outer.as_mut().poll_next(&mut Context::from_waker(&waker)).is_pending());
    }
    child.release();
    assert_eq!((first.wakes(), second.wakes(), first.live()), (0, 1, 0));
    let waker = second.waker();
    assert_eq!(outer.as_mut().poll_next(&mut Context::from_waker(&waker)), some(5));
}

/// tokio#8215
#[test]
fn next_many_keeps_its_limit() {
    let mut map = (0..5).map(|key| (key, iter(0..3))).collect::<StreamMap<_, _>>();
    let mut items = vec![(9, 9)];
    for _ in 0..3 {
        assert_eq!(map.next_many(&mut items, 4).now_or_never(), Some(4));
    }
    assert_eq!(map.next_many(&mut items, 4).now_or_never(), Some(3));
    assert_eq!((items.len(), map.next_many(&mut items, 4).now_or_never()), (16, Some(0)));
    let mut endless = StreamMap::from_iter([((), futures_lite::stream::repeat(1))]);
    let mut items = Vec::new();
    assert_eq!(endless.next_many(&mut items, usize::MAX).now_or_never(), Some(128));
}

/// tokio#3901
#[test]
fn what_is_done_counts_as_to_come() {
    let all = children::<3>();
    let mut queue =
        TestTask::new(all.iter().enumerate().map(|(n, child)| child.future(n)).collect::<FuturesOrdered<_>>());
    all[1].release();
    assert!(queue.poll_next().is_pending());
    assert_eq!(queue.future().size_hint(), (3, Some(3)));
    all[0].release();
    assert_eq!(queue.poll_next(), some(0));
    assert_eq!(queue.future().size_hint(), (2, Some(2)));
    assert_eq!(queue.poll_next(), some(1));
    assert_eq!(queue.future().len(), 1);
}

/// libp2p#4865
#[test]
fn a_replaced_stream_is_polled_at_once() {
    let mut map = TestTask::new(StreamMap::new());
    let never = || futures_lite::StreamExt::boxed(futures_lite::stream::pending());
    map.future_mut().insert(1, never());
    assert!(map.poll_next().is_pending());
    assert!(map.future_mut().insert(1, futures_lite::StreamExt::boxed(once(7))).is_some());
    assert!(map.is_woken());
    assert_eq!(map.poll_next(), Poll::Ready(Some((1, 7))));
    // Changed where it is.
    map.future_mut().insert(2, never());
    assert!(map.poll_next().is_pending());
    map.future_mut().values_mut().for_each(|stream| *stream = futures_lite::StreamExt::boxed(once(8)));
    assert_eq!(map.poll_next(), Poll::Ready(Some((2, 8))));
    assert_eq!(map.poll_next(), Poll::Ready(None));
}

/// iroh#4325
#[test]
fn a_push_wakes_whoever_has_seen_the_end() {
    // Never filled, and filled before.
    let mut set = TestTask::new(FuturesUnordered::new());
    for round in 0..3 {
        assert_eq!(set.poll_next(), NONE);
        assert!(set.future().is_terminated());
        set.future().push(ready(round));
        assert!(set.is_woken(), "round {round}");
        assert!(!set.future().is_terminated());
        assert_eq!(set.poll_next(), some(round));
    }

    let mut streams = TestTask::new(SelectAll::new());
    assert_eq!(streams.poll_next(), NONE);
    streams.future_mut().push(once(1));
    assert!(streams.is_woken());
    assert_eq!(streams.poll_next(), some(1));

    let mut group = TestTask::new(FutureGroup::new());
    assert_eq!(group.poll_next(), NONE);
    group.future_mut().insert(ready(1));
    assert!(group.is_woken());
}

/// unicycle#5
#[test]
fn nobody_is_woken_while_all_wait() {
    let all = children::<100>();
    let mut set = set_of(&all);
    for _ in 0..5 {
        assert!(set.poll_next().is_pending());
    }
    assert_eq!(set.wakes(), 0);
    assert!(all.iter().all(|child| child.0.polls.get() == 1), "polled without need");
}

#[test]
fn a_child_that_panics_is_gone() {
    let all = children::<3>();
    let mut set = set_of(&all);
    assert!(set.poll_next().is_pending());
    all[1].0.panics.set(true);
    all[1].wake();
    assert!(panics(|| set.poll_next()));
    assert_eq!((set.future().len(), all[1].0.drops.get()), (2, 1));
    all.iter().for_each(Child::release);
    assert_eq!([set.poll_next(), set.poll_next(), set.poll_next()], [some(0), some(2), NONE]);

    // Whose turn it is next does not wait for it.
    let all = children::<3>();
    let mut queue =
        TestTask::new(all.iter().enumerate().map(|(n, child)| child.future(n)).collect::<FuturesOrdered<_>>());
    all[2].release();
    assert!(queue.poll_next().is_pending());
    for child in &all[..2] {
        child.0.panics.set(true);
        child.wake();
        assert!(panics(|| queue.poll_next()));
    }
    assert_eq!(queue.future().len(), 1);
    assert_eq!([queue.poll_next(), queue.poll_next()], [some(2), NONE]);

    // What it cost is free again.
    let all = children::<2>();
    let jobs = all.iter().enumerate().map(|(n, child)| (5, child.future(n))).collect::<Vec<_>>();
    let mut buffer = TestTask::new(iter(jobs).buffer_unordered_weighted(5));
    assert!(buffer.poll_next().is_pending());
    all[0].0.panics.set(true);
    all[0].wake();
    assert!(panics(|| buffer.poll_next()));
    all[1].release();
    assert_eq!([buffer.poll_next(), buffer.poll_next()], [some(1), NONE]);
}

#[test]
fn a_stale_waker_has_the_newcomer_polled_once_more_at_most() {
    let all = children::<2>();
    let mut set = set_of(&all[..1]);
    assert!(set.poll_next().is_pending());
    let stale = all[0].0.waker.borrow().clone().unwrap();
    all[0].release();
    assert_eq!(set.poll_next(), some(0));
    set.future().push(all[1].future(1));
    for _ in 0..10 {
        stale.wake_by_ref();
    }
    assert!(set.poll_next().is_pending());
    assert_eq!(all[1].0.polls.get(), 1);
    stale.wake_by_ref();
    assert!(set.poll_next().is_pending());
    assert_eq!(all[1].0.polls.get(), 2);
    all[1].release();
    assert_eq!([set.poll_next(), set.poll_next()], [some(1), NONE]);
}

#[test]
fn a_stale_key_finds_nobody() {
    let mut group = FutureGroup::new();
    let first = group.insert(pending::<()>());
    assert!(group.remove(first));
    let second = group.insert(pending());
    assert_ne!(first, second);
    assert!(!group.contains_key(first) && group.get(first).is_none() && !group.remove(first));
    assert!(group.take_out(first).is_none() && group.contains_key(second));
    assert_eq!(group.len(), 1);
    assert!(group.take_out(second).is_some() && group.is_empty());
}

#[test]
fn a_full_group_refuses_and_hands_back() {
    assert!(panics(|| FutureGroup::<std::future::Ready<()>>::bounded(0)));
    let mut group = FutureGroup::bounded(2);
    let keys = [1, 2].map(|number| group.insert(ready(number)));
    assert!(group.is_full());
    assert_eq!(group.try_insert(ready(3)).unwrap_err().into_inner(), 3);
    assert!(panics(|| group.insert(ready(4))));
    assert_eq!((group.len(), group.next().now_or_never()), (2, Some(Some(1))));
    assert!(group.try_insert(ready(5)).is_ok() && group.is_full());
    assert!(group.remove(keys[1]) && !group.is_full());
}

#[test]
fn a_slot_that_is_filled_again_starves_nobody() {
    // In one chunk, and in several.
    for waiting in [1, 5, 200] {
        let group = FutureGroup::new();
        let mut task = TestTask::new(group);
        task.future_mut().insert(ready(0).boxed());
        task.future_mut().extend((1..=waiting).map(|number| ready(number).boxed()));
        let mut seen = 0;
        for _ in 0..=2 * waiting + 1 {
            match task.poll_next() {
                Poll::Ready(Some(0)) => task.future_mut().extend([ready(0).boxed()]),
                Poll::Ready(Some(_)) => seen += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(seen, waiting);
    }

    // The same with streams that always have something.
    let endless = |number: usize| futures_lite::stream::repeat(number);
    let mut all = TestTask::new(select_all((0..100).map(endless)));
    let mut turns = [0; 100];
    for _ in 0..1000 {
        let Poll::Ready(Some(number)) = all.poll_next() else { panic!("it always has something") };
        turns[number] += 1;
    }
    assert!(turns.iter().all(|turns| *turns == 10), "{turns:?}");
    let mut group = TestTask::new((0..3).map(endless).collect::<StreamGroup<_>>());
    let order = (0..6).map(|_| group.poll_next()).collect::<Vec<_>>();
    assert_eq!(order, [0, 1, 2, 0, 1, 2].map(some));
}

#[test]
fn children_never_move() {
    let mut all = Vec::new();
    let mut task = TestTask::new(FuturesUnordered::new());
    for number in 0..1000 {
        let child = Child::default();
        task.future().push(child.future(number));
        all.push(child);
        // Every one is polled before the set grows further.
        assert!(task.poll_next().is_pending());
        if number % 7 == 3 {
            all[number / 2].release();
            let _given = task.poll_next();
        }
    }
    let mut moved = task;
    assert!(moved.poll_next().is_pending());
    all.iter().for_each(Child::release);
    while moved.poll_next().is_ready_some() {}
    assert!(all.iter().all(|child| child.0.drops.get() == 1));
}

/// Whether a poll of a stream has given an item.
trait IsReadySome {
    fn is_ready_some(&self) -> bool;
}

impl<T> IsReadySome for Poll<Option<T>> {
    fn is_ready_some(&self) -> bool {
        matches!(self, Poll::Ready(Some(_)))
    }
}

#[test]
fn a_child_that_wakes_itself_is_polled_once_a_poll() {
    let all = children::<100>();
    all[3].0.wakes_itself.set(true);
    all[99].0.wakes_itself.set(true);
    let mut set = set_of(&all);
    for poll in 1..5 {
        assert!(set.poll_next().is_pending());
        assert!(set.is_woken());
        assert_eq!((all[3].0.polls.get(), all[99].0.polls.get(), all[4].0.polls.get()), (poll, poll, 1));
        assert_eq!(set.wakes(), 1);
    }
    // In a poll that ends a walk, and begins another.
    all[10].release();
    all[11].release();
    assert!(set.poll_next().is_ready_some());
    let before = (all[3].0.polls.get(), all[99].0.polls.get());
    assert!(set.poll_next().is_ready_some());
    assert!(set.poll_next().is_pending());
    let (low, high) = (all[3].0.polls.get() - before.0, all[99].0.polls.get() - before.1);
    assert!(low <= 2 && high <= 2, "in two polls, {low} and {high}");
    assert!(set.is_woken());

    // While others come and go in the same poll.
    let busy = &Cell::new(0);
    let items = iter((0..50).map(|number| number == 0));
    let mut each = TestTask::new(Box::pin(items.for_each_concurrent(2, |is_first| {
        poll_fn(move |cx| {
            if is_first {
                busy.set(busy.get() + 1);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(())
        })
    })));
    for polls in 1..4 {
        assert!(each.poll().is_pending());
        assert_eq!(busy.get(), polls);
    }
}

#[test]
fn wakes_of_other_threads_arrive() {
    let (send, receive): (Vec<_>, Vec<_>) = (0..300)
        .map(|number| {
            let notify = Arc::new(anywhen::sync::Notify::new());
            let waits = Arc::clone(&notify);
            (notify, async move {
                waits.notified().await;
                number
            })
        })
        .unzip();
    let threads = send
        .chunks(100)
        .map(<[_]>::to_vec)
        .map(|notifies| std::thread::spawn(move || notifies.iter().for_each(|notify| notify.notify_one())));
    let threads = threads.collect::<Vec<_>>();
    let mut numbers = anywhen::rt::Std.block_on(async {
        let mut set = receive.into_iter().map(FutureExt::boxed).collect::<FuturesUnordered<BoxFuture<'_, _>>>();
        let mut numbers = Vec::new();
        while let Some(number) = set.next().await {
            numbers.push(number);
            yield_now().await;
        }
        numbers
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..300));
}

thread_local! {
    /// A set that a waker pushes to.
    static SET: FuturesUnordered<BoxFuture<'static, usize>> = const { FuturesUnordered::new() };
}

#[test]
fn a_waker_may_push_to_the_set_that_wakes_it() {
    let pushes = |happened| {
        if happened == anywhen::testing::WakerEvent::Wake {
            SET.with(|set| (0..100).for_each(|number| set.push(ready(number).boxed())));
        }
    };
    SET.with(|set| {
        set.push(pending().boxed());
        assert_eq!(set.iter().count(), 1);
    });
    let waker = CountingWaker::hooked(pushes).waker();
    // Somebody else may own the set; here it is lent by being pinned where it lies.
    let set = FuturesUnordered::new();
    let mut set = Box::pin(set);
    assert_eq!(set.as_mut().poll_next(&mut Context::from_waker(&waker)), NONE);
    set.push(ready(1).boxed());
    assert_eq!(SET.with(FuturesUnordered::len), 101);
}

#[test]
fn the_last_one_that_is_removed_wakes_whoever_waits() {
    let mut group = TestTask::new(FutureGroup::new());
    let key = group.future_mut().insert(pending::<usize>());
    assert!(group.poll_next().is_pending());
    assert!(group.future_mut().remove(key));
    assert!(group.is_woken());
    assert_eq!(group.poll_next(), NONE);
}

#[test]
fn all_are_come_across_whoever_is_pushed_meanwhile() {
    let number = |number: u8| if number == 1 { ready(1).left_future() } else { pending().right_future() };
    let mut task = TestTask::new((0..4).map(number).collect::<FuturesUnordered<_>>());
    // Room in between.
    assert_eq!(task.poll_next(), Poll::Ready(Some(1)));
    let set = task.future();
    let there = set.iter().map(std::ptr::from_ref).collect::<Vec<_>>();
    let (mut iter, mut seen) = (set.iter(), Vec::new());
    for child in iter.by_ref() {
        seen.push(std::ptr::from_ref(child));
        if seen.len() < 3 {
            set.push(number(9));
        }
    }
    assert!(there.iter().all(|child| seen.contains(child)), "{} of {}", seen.len(), there.len());
    // Of those that came, the one that was put in between.
    assert_eq!((there.len(), seen.len(), set.len(), iter.len()), (3, 4, 5, 0));
}
