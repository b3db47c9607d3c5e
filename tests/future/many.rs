//! Vectors with more children than are polled at each wake: those that are woken are found, whoever wakes them, and
//! whatever ends it leaves nothing behind.

use std::cell::{Cell, RefCell};
use std::future::{Future, Ready, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};

use anywhen::future::{FutureGroup, FuturesUnordered, join_all, select_all, try_join_all, yield_now};
use anywhen::prelude::*;
use anywhen::testing::{CountingAlloc, CountingWaker, TestTask, WakerEvent, assert_pending, assert_ready};

use crate::probe::{Dropped, DroppedOutput, Polled, panic_of, probes};

const N: usize = 150;

/// The numbers up to `N` in an order that is none.
fn shuffled() -> impl Iterator<Item = usize> {
    (0..N).map(|n| (67 * n + 31) % N)
}

#[test]
fn whoever_is_woken_is_found_in_whatever_order() {
    let (children, controls, log) = probes::<N, false>();
    let mut task = TestTask::new(join_all(children));
    assert_pending!(task.poll());
    assert_eq!(log.take(), (0..N).map(Polled).collect::<Vec<_>>());
    assert_pending!(task.poll());
    assert_eq!(log.take(), [Polled(0)], "it has a waker of its own from now on");
    for (round, n) in shuffled().enumerate() {
        controls[n].release();
        assert_eq!(task.wakes(), 1);
        let poll = task.poll();
        assert_eq!(log.take(), [Polled(n), Dropped(n)]);
        assert_eq!(poll.is_ready(), round + 1 == N);
        if let Poll::Ready(outputs) = poll {
            assert!(outputs.iter().map(|token| token.number()).eq(0..N));
        }
    }
}

#[test]
fn a_task_that_comes_with_another_waker_at_each_poll_polls_nobody_for_it() {
    let (children, controls, log) = probes::<N, false>();
    let mut join = pin!(join_all(children));
    let mut old = CountingWaker::new();
    for _ in 0..2 {
        assert_pending!(join.as_mut().poll(&mut Context::from_waker(&old.waker())));
    }
    log.take();
    for n in shuffled().take(N - 1) {
        let new = CountingWaker::new();
        let (waker, before) = (new.waker(), old.wakes());
        let seen = CountingAlloc::count(|| assert_pending!(join.as_mut().poll(&mut Context::from_waker(&waker))));
        assert!(seen.is_zero(), "{seen:?}");
        assert_eq!(log.take(), []);
        assert_eq!(old.live(), 0, "the waker of an earlier poll is kept");
        controls[n].release();
        assert_eq!((old.wakes() - before, new.wakes()), (0, 1));
        assert_pending!(join.as_mut().poll(&mut Context::from_waker(&waker)));
        assert_eq!(log.take(), [Polled(n), Dropped(n)]);
        old = new;
    }
}

#[test]
fn dropped_early_it_drops_children_and_outputs_once_and_in_order() {
    let (children, controls, log) = probes::<N, false>();
    let mut task = TestTask::new(join_all(children));
    assert_pending!(task.poll());
    for n in [3, 64, 100] {
        controls[n].release();
    }
    assert_pending!(task.poll());
    log.take();
    drop(task);
    let expected = (0..N).map(|n| if [3, 64, 100].contains(&n) { DroppedOutput(n) } else { Dropped(n) });
    assert_eq!(log.take(), expected.collect::<Vec<_>>());
}

#[test]
fn dropped_unpolled_it_drops_the_children() {
    let (children, _controls, log) = probes::<N, false>();
    drop(join_all(children));
    assert_eq!(log.take(), (0..N).map(Dropped).collect::<Vec<_>>());
}

#[test]
fn an_error_comes_at_once_and_leaves_nothing() {
    let (children, controls, log) = probes::<N, true>();
    let mut task = TestTask::new(try_join_all(children));
    assert_pending!(task.poll());
    controls[7].release();
    controls[140].fail();
    log.take();
    let error = assert_ready!(task.poll()).map(drop).expect_err("one has failed");
    assert_eq!(error.number(), 140);
    let mut gone = log.take();
    gone.retain(|event| !matches!(event, Polled(_)));
    assert_eq!(gone.len(), N + 1, "all children, and the output of the one that was done");
    drop((task, error));
    assert_eq!(log.take(), [DroppedOutput(140)]);
}

#[test]
fn a_panic_of_a_child_drops_the_others_and_what_they_gave() {
    // In the first poll, before and after the first child that waits; and in a later one.
    for (panics, later) in [(0, false), (1, false), (149, false), (70, true)] {
        let (children, controls, log) = probes::<N, false>();
        for n in [0, 40, 149] {
            controls[n].release();
        }
        let mut task = TestTask::new(join_all(children));
        if later {
            assert_pending!(task.poll());
        }
        controls[panics].panic();
        assert_eq!(panic_of(|| task.poll()), format!("child {panics} panics"));
        let events = log.take();
        for n in 0..N {
            let count = |wanted| events.iter().filter(|event| **event == wanted).count();
            assert_eq!(count(Dropped(n)), 1, "child {n} of {panics}");
            let gave = [0, 40, 149].contains(&n) && n != panics && (later || n < panics);
            assert_eq!(count(DroppedOutput(n)), usize::from(gave), "output {n} of {panics}");
        }
        assert_eq!(panic_of(|| task.poll()), "`Join` polled after completion");
    }
}

#[test]
fn a_panic_of_a_destructor_leaks_nothing() {
    for panics in [0, 64, 149] {
        for later in [false, true] {
            let (children, controls, log) = probes::<N, false>();
            let mut task = TestTask::new(join_all(children));
            if later {
                assert_pending!(task.poll());
            }
            controls.iter().for_each(|control| control.release());
            controls[panics].panic_on_drop();
            assert_eq!(panic_of(|| task.poll()), format!("child {panics} panics when dropped"));
            let events = log.take();
            for n in 0..N {
                let count = |wanted| events.iter().filter(|event| **event == wanted).count();
                assert_eq!(count(Dropped(n)), 1, "child {n}");
                assert_eq!(count(DroppedOutput(n)), usize::from(n <= panics), "output {n}");
            }
        }
        // And where the whole is dropped.
        let (children, controls, log) = probes::<N, false>();
        let mut task = TestTask::new(join_all(children));
        assert_pending!(task.poll());
        controls[panics].panic_on_drop();
        log.take();
        assert_eq!(panic_of(|| drop(task)), format!("child {panics} panics when dropped"));
        assert_eq!(log.take(), (0..N).map(Dropped).collect::<Vec<_>>());
    }
}

#[test]
fn who_is_done_is_not_polled_when_it_is_woken_again() {
    let (polls, wakers) = ([const { Cell::new(0) }; N], RefCell::new(Vec::new()));
    let child = |n: usize| {
        let (polls, wakers) = (&polls, &wakers);
        poll_fn(move |cx: &mut Context<'_>| {
            polls[n].set(polls[n].get() + 1);
            wakers.borrow_mut().push(cx.waker().clone());
            if n % 2 == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
    };
    let (mut join, mut cx) = (pin!(join_all((0..N).map(child))), Context::from_waker(Waker::noop()));
    assert_pending!(join.as_mut().poll(&mut cx));
    wakers.take().iter().for_each(Waker::wake_by_ref);
    assert_pending!(join.as_mut().poll(&mut cx));
    assert!(polls.iter().enumerate().all(|(n, polls)| polls.get() == 1 + n % 2));
}

#[test]
fn wakers_outlive_the_children_and_the_whole() {
    let (wakers, parent) = (Arc::new(std::sync::Mutex::new(Vec::new())), CountingWaker::new());
    let child = |n: usize| {
        let wakers = Arc::clone(&wakers);
        poll_fn(move |cx: &mut Context<'_>| {
            wakers.lock().unwrap().push(cx.waker().clone());
            if n % 2 == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
    };
    let mut join = Box::pin(join_all((0..N).rev().map(child)));
    assert_pending!(join.as_mut().poll(&mut Context::from_waker(&parent.waker())));
    // But for the first, which was polled with the task's.
    let kept = wakers.lock().unwrap().split_off(1);
    drop(std::mem::take(&mut *wakers.lock().unwrap()));
    // Of children that are done, and of others; several times.
    kept.iter().chain(&kept).for_each(Waker::wake_by_ref);
    assert_eq!(parent.wakes(), 1);
    drop(join);
    assert_eq!(parent.live(), 0, "wakers of children keep that of the task");
    kept.iter().for_each(Waker::wake_by_ref);
    assert_eq!(parent.wakes(), 1);
    kept.into_iter().for_each(Waker::wake);
}

#[test]
fn children_are_woken_from_other_threads() {
    /// What a thread gives to a child, and the waker that the child leaves for it.
    type Place = std::sync::Mutex<(Option<usize>, Option<Waker>)>;
    for _ in 0..20 {
        let places = (0..N).map(|_| Place::default()).collect::<Vec<_>>();
        let children = places.iter().map(|place| {
            poll_fn(move |cx| {
                let new = cx.waker().clone();
                let mut place = place.lock().unwrap();
                match place.0.take() {
                    Some(given) => Poll::Ready(given),
                    None => {
                        place.1 = Some(new);
                        Poll::Pending
                    }
                }
            })
        });
        std::thread::scope(|scope| {
            for part in 0..3 {
                let places = &places;
                scope.spawn(move || {
                    for n in shuffled().filter(|n| n % 3 == part) {
                        let waker = {
                            let mut place = places[n].lock().unwrap();
                            place.0 = Some(n);
                            place.1.take()
                        };
                        if let Some(waker) = waker {
                            waker.wake();
                        }
                    }
                });
            }
            assert!(anywhen::rt::Std.block_on(join_all(children)).into_iter().eq(0..N));
        });
    }
}

#[test]
fn a_waker_of_the_task_that_panics_leaves_it_whole() {
    // Where its drop panics, that is the first child's affair, which is polled with it and then with its own.
    for event in [WakerEvent::Clone, WakerEvent::Wake] {
        let (children, controls, _log) = probes::<N, false>();
        let mut join = Box::pin(join_all(children));
        let (bad, good) = (CountingWaker::panicking(event), CountingWaker::new());
        let mut poll =
            |waker: &Waker| catch_unwind(AssertUnwindSafe(|| join.as_mut().poll(&mut Context::from_waker(waker)))).ok();
        let (bad_waker, good_waker) = (bad.waker(), good.waker());
        if event == WakerEvent::Clone {
            // That poll has unwound, so the join is over.
            assert!(poll(&bad_waker).is_none());
            continue;
        }
        assert!(poll(&bad_waker).is_some_and(|poll| poll.is_pending()));
        let woken = catch_unwind(AssertUnwindSafe(|| controls[70].release()));
        assert!(woken.is_err());
        let replaced = poll(&good_waker);
        assert!(replaced.is_some_and(|poll| poll.is_pending()));
        controls[71].release();
        assert_eq!(good.wakes(), 1);
        assert_eq!(bad.live(), 1, "but for the one here, all are gone");
    }
}

#[test]
fn joins_of_joins_poll_only_the_woken_inside_of_the_woken() {
    let (children, controls, log) = probes::<1600, false>();
    let mut children = children.into_iter();
    let inner = (0..40).map(|_| join_all(children.by_ref().take(40).collect::<Vec<_>>())).collect::<Vec<_>>();
    let mut task = TestTask::new(join_all(inner));
    for _ in 0..2 {
        assert_pending!(task.poll());
    }
    // The first of each has its second poll when its join has.
    controls[1235].release();
    assert_pending!(task.poll());
    log.take();
    controls[1234].release();
    assert_eq!(task.wakes(), 1);
    assert_pending!(task.poll());
    assert_eq!(log.take(), [Polled(1234), Dropped(1234)]);
}

#[test]
fn those_that_wake_themselves_do_not_keep_a_poll_from_ending() {
    let mut task = TestTask::new(join_all((0..N).map(|n| async move {
        for _ in 0..n % 5 {
            yield_now().await;
        }
        n
    })));
    let mut polls = 1;
    while task.poll().is_pending() {
        polls += 1;
        assert!(task.is_woken());
    }
    assert_eq!(polls, 5);
}

#[test]
fn a_race_of_many_that_never_end_waits_quietly() {
    let mut task = TestTask::new((0..N).map(|_| pending::<()>()).collect::<Vec<_>>().race());
    for _ in 0..3 {
        assert_pending!(task.poll());
        assert_eq!(task.wakes(), 0);
    }
}

#[test]
fn allocations_do_not_grow_with_the_number() {
    for count in [1, 30, 31, 1000, 100_000] {
        let waker = CountingWaker::new().waker();
        let run = |pends: bool| {
            CountingAlloc::count(|| {
                let children = (0..count).map(|n| {
                    let mut pended = !pends;
                    poll_fn(move |cx| {
                        if std::mem::replace(&mut pended, true) {
                            return Poll::Ready(n);
                        }
                        cx.waker().wake_by_ref();
                        Poll::Pending
                    })
                });
                let mut join = join_all(children);
                let mut cx = Context::from_waker(&waker);
                while Pin::new(&mut join).poll(&mut cx).is_pending() {}
            })
        };
        let (ready, pends) = (run(false), run(true));
        assert_eq!((ready.allocs, ready.reallocs), (2, 0), "the futures and the outputs, of {count}");
        assert_eq!((pends.allocs, pends.reallocs), (2 + u64::from(count > 30), 0), "of {count}");
    }
}

#[test]
fn a_join_that_is_given_up_hands_out_what_there_is() {
    fn check<const N: usize>() {
        let done = [0, 2, N - 1];
        let (children, controls, log) = probes::<N, false>();
        let mut join = join_all(children);
        let mut task = TestTask::new(&mut join);
        assert_pending!(task.poll());
        done.iter().for_each(|n| controls[*n].release());
        assert_pending!(task.poll());
        drop(task);
        log.take();
        let partial = join.into_partial();
        // Those that are not done are gone, and nothing else is.
        let left = (0..N).filter(|n| !done.contains(n)).map(Dropped).collect::<Vec<_>>();
        assert_eq!(log.take(), left);
        for (n, output) in partial.iter().enumerate() {
            assert_eq!(output.as_ref().map(|token| token.number()), done.contains(&n).then_some(n));
        }
        drop(partial);
        assert_eq!(log.take(), done.map(DroppedOutput));
    }
    check::<5>();
    check::<30>();
    check::<31>();
    check::<100>();

    // Unpolled, and when it is over.
    let (children, _controls, log) = probes::<3, false>();
    assert!(join_all(children).into_partial().iter().all(Option::is_none));
    assert_eq!(log.take(), [Dropped(0), Dropped(1), Dropped(2)]);
    let mut join = join_all([std::future::ready(1)]);
    assert_eq!((&mut join).now_or_never(), Some(vec![1]));
    assert_eq!(join.into_partial(), []);
}

#[test]
fn a_join_that_is_given_up_leaks_nothing_where_a_destructor_panics() {
    let (children, controls, log) = probes::<N, false>();
    let mut join = join_all(children);
    assert_pending!(TestTask::new(&mut join).poll());
    controls[3].release();
    controls[140].release();
    assert_pending!(TestTask::new(&mut join).poll());
    log.take();
    controls[70].panic_on_drop();
    assert_eq!(panic_of(|| join.into_partial()), "child 70 panics when dropped");
    let events = log.take();
    for n in 0..N {
        let (dropped, gave) = (Dropped(n), DroppedOutput(n));
        let is_done = [3, 140].contains(&n);
        assert_eq!(events.iter().filter(|event| **event == dropped).count(), usize::from(!is_done), "child {n}");
        assert_eq!(events.iter().filter(|event| **event == gave).count(), usize::from(is_done), "output {n}");
    }
}

#[test]
fn those_that_a_select_hands_back_do_not_leak_where_the_waker_of_the_task_panics() {
    let (children, controls, log) = probes::<N, false>();
    let mut select = select_all(children.map(Box::pin));
    let is_armed = Arc::new(AtomicBool::new(false));
    let task = CountingWaker::hooked({
        let is_armed = Arc::clone(&is_armed);
        move |event| {
            if event == WakerEvent::Drop && is_armed.swap(false, Relaxed) {
                panic!("the waker of the task panics");
            }
        }
    });
    let waker = task.waker();
    let mut poll = || Pin::new(&mut select).poll(&mut Context::from_waker(&waker)).is_pending();
    assert!(poll() && poll());
    controls[70].release();
    log.take();
    is_armed.store(true, Relaxed);
    assert_eq!(panic_of(poll), "the waker of the task panics");
    let events = log.take();
    for n in 0..N {
        assert_eq!(events.iter().filter(|event| **event == Dropped(n)).count(), 1, "child {n}");
    }
    assert!(events.contains(&DroppedOutput(70)));
}

#[test]
fn more_than_there_can_be_are_refused_before_memory_is_taken() {
    let seen = CountingAlloc::count(|| {
        let message = panic_of(|| FuturesUnordered::<Ready<()>>::with_capacity(usize::MAX));
        assert_eq!(message, "capacity overflow");
        assert_eq!(panic_of(|| FutureGroup::<Ready<()>>::bounded(usize::MAX)), "capacity overflow");
    });
    assert!(seen.bytes < 1 << 20, "{seen:?}");
}

#[test]
fn outputs_for_which_there_can_be_no_room_cost_the_children_their_destructors_not() {
    thread_local! {
        static DROPPED: Cell<usize> = const { Cell::new(0) };
    }

    /// Takes no room itself; of outputs there is room for a few.
    struct Huge;

    impl Future for Huge {
        type Output = [u8; 1 << (usize::BITS - 24)];

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
            Poll::Pending
        }
    }

    impl Drop for Huge {
        fn drop(&mut self) {
            DROPPED.set(DROPPED.get() + 1);
        }
    }

    let count = 1 << 23;
    let children = (0..count).map(|_| Huge).collect::<Vec<_>>();
    assert_eq!(panic_of(|| children.join()), "capacity overflow");
    assert_eq!(DROPPED.get(), count);
}
