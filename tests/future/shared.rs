//! `shared`: clones that are polled by different tasks, and who is woken when.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn, ready};
use std::hash::{DefaultHasher, Hasher};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

use anywhen::future::{FusedFuture, Shared, yield_now};
use anywhen::prelude::*;
use anywhen::testing::{CountingWaker, TestTask, assert_pending, assert_ready_eq};

use crate::probe::{Control, Dropped, Log, Polled, Probe, Token, panic_of, probes};

const PANICKED: &str = "the future in a `Shared` panicked";

/// A future that gives a number, so that its output can be cloned.
fn shared() -> (Shared<impl Future<Output = usize>>, Control, Log) {
    let ([child], [control], log) = probes::<1, false>();
    (child.map(|token: Token| token.number()).shared(), control, log)
}

/// An output that counts its clones.
struct Counts(Rc<Cell<usize>>);

impl Clone for Counts {
    fn clone(&self) -> Self {
        self.0.set(self.0.get() + 1);
        Self(Rc::clone(&self.0))
    }
}

#[test]
fn all_but_the_last_clone_give_a_clone_of_the_output() {
    let clones = Rc::new(Cell::new(0));
    let first = ready(Counts(Rc::clone(&clones))).shared();
    let (second, third) = (first.clone(), first.clone());
    for shared in [third, first, second] {
        assert!(shared.now_or_never().is_some());
    }
    assert_eq!((clones.get(), Rc::strong_count(&clones)), (2, 1));
}

#[test]
fn a_clone_that_is_dropped_makes_another_one_the_last() {
    let clones = Rc::new(Cell::new(0));
    let first = ready(Counts(Rc::clone(&clones))).shared();
    let second = first.clone();
    assert!(first.peek().is_none());
    drop(second.clone().now_or_never());
    assert_eq!(clones.get(), 1);
    assert!(first.peek().is_some());
    drop(second);
    assert!(first.now_or_never().is_some());
    assert_eq!(clones.get(), 1, "the last one needs no clone");
}

#[test]
fn the_future_is_polled_when_it_was_woken_and_not_for_each_clone() {
    let (shared, control, log) = shared();
    let mut tasks = [shared.clone(), shared.clone(), shared].map(TestTask::new);
    for _ in 0..2 {
        tasks.iter_mut().for_each(|task| assert_pending!(task.poll()));
    }
    assert_eq!(log.take(), [Polled(0)]);
    control.release();
    tasks.iter_mut().rev().for_each(|task| assert_ready_eq!(task.poll(), 0));
    assert_eq!(log.take()[0], Polled(0));
}

#[test]
fn a_wake_wakes_all_who_wait_once_and_any_of_them_can_go_on() {
    for first in 0..3 {
        let (shared, control, _) = shared();
        let mut tasks = [shared.clone(), shared.clone(), shared].map(TestTask::new);
        tasks.iter_mut().for_each(|task| assert_pending!(task.poll()));
        control.release();
        assert_eq!(tasks.each_ref().map(TestTask::wakes), [1; 3]);
        assert_ready_eq!(tasks[first].poll(), 0);
        let others = (0..3).filter(|n| *n != first).collect::<Vec<_>>();
        others.iter().for_each(|n| assert_eq!(tasks[*n].wakes(), 1, "that it is done is no news"));
        others.iter().for_each(|n| assert_ready_eq!(tasks[*n].poll(), 0));
    }
}

#[test]
fn more_clones_than_a_batch_of_wakers_holds_are_all_woken() {
    let (shared, control, _) = shared();
    let mut tasks = (0..100).map(|_| TestTask::new(shared.clone())).collect::<Vec<_>>();
    tasks.iter_mut().for_each(|task| assert_pending!(task.poll()));
    control.release();
    assert!(tasks.iter().all(|task| task.wakes() == 1));
    tasks.iter_mut().for_each(|task| assert_ready_eq!(task.poll(), 0));
}

#[test]
fn who_has_not_been_polled_is_not_waited_for() {
    let (shared, control, _) = shared();
    let (mut idle, mut keen) = (TestTask::new(shared.clone()), TestTask::new(shared));
    assert_pending!(idle.poll());
    assert_pending!(keen.poll());
    control.release();
    // `idle` is woken, and its task has something else to do.
    assert_eq!(idle.wakes(), 1);
    assert_ready_eq!(keen.poll(), 0);
}

#[test]
fn when_who_polled_is_dropped_the_others_are_still_woken() {
    let (shared, control, log) = shared();
    let (mut polled, mut waits) = (TestTask::new(shared.clone()), TestTask::new(shared));
    assert_pending!(polled.poll());
    assert_pending!(waits.poll());
    drop(polled);
    assert_eq!(log.take(), [Polled(0)], "the future goes on");
    control.release();
    assert_eq!(waits.wakes(), 1);
    assert_ready_eq!(waits.poll(), 0);
}

#[test]
fn when_who_was_woken_is_dropped_the_others_were_woken_too() {
    let (shared, control, _) = shared();
    let (mut woken, mut waits) = (TestTask::new(shared.clone()), TestTask::new(shared));
    assert_pending!(woken.poll());
    assert_pending!(waits.poll());
    control.release();
    drop(woken);
    assert_eq!(waits.wakes(), 1);
    assert_ready_eq!(waits.poll(), 0);
}

/// A future that does something in its first poll, and is ready in its second.
fn in_its_first_poll(action: impl FnOnce(&Waker) + 'static) -> impl Future<Output = ()> {
    let mut action = Some(action);
    poll_fn(move |cx| match action.take() {
        Some(action) => {
            action(cx.waker());
            Poll::Pending
        }
        None => Poll::Ready(()),
    })
}

type Slot<T> = Rc<RefCell<Option<T>>>;

#[test]
fn who_comes_in_mid_poll_after_a_wake_is_woken_at_the_end_of_the_poll() {
    let late = Slot::<TestTask<Shared<anywhen::future::LocalBoxFuture<'static, ()>>>>::default();
    let polls_late = Rc::clone(&late);
    let future = in_its_first_poll(move |waker| {
        waker.wake_by_ref();
        assert_pending!(polls_late.borrow_mut().as_mut().unwrap().poll());
    });
    let shared = future.boxed_local().shared();
    *late.borrow_mut() = Some(TestTask::new(shared.clone()));
    let mut first = TestTask::new(shared);
    assert_pending!(first.poll());
    drop(first);
    let mut late = late.take().unwrap();
    assert_eq!(late.wakes(), 1);
    assert_ready_eq!(late.poll(), ());
}

#[test]
fn a_future_that_wakes_itself_is_polled_once_a_poll() {
    let (shared, control, log) = shared();
    let mut task = TestTask::new(shared);
    for _ in 0..3 {
        control.wake_itself();
        assert_pending!(task.poll());
        assert_eq!((task.wakes(), log.take()), (1, vec![Polled(0)]));
    }
}

#[test]
fn the_task_that_is_given_the_output_is_not_woken() {
    let wakes_and_is_ready = poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::Ready(())
    });
    let mut task = TestTask::new(wakes_and_is_ready.shared());
    assert_ready_eq!(task.poll(), ());
    assert_eq!(task.wakes(), 0);

    let mut task = TestTask::new(yield_now().shared());
    assert_pending!(task.poll());
    assert_ready_eq!(task.poll(), ());
    assert_eq!(task.wakes(), 0);
}

#[test]
fn a_panic_reaches_all_clones_and_drops_the_future() {
    let (shared, control, log) = shared();
    let (mut first, mut second) = (TestTask::new(shared.clone()), TestTask::new(shared.clone()));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    control.panic();
    assert_eq!(panic_of(|| first.poll()), "child 0 panics");
    assert_eq!(log.take(), [Polled(0), Polled(0), Dropped(0)]);
    assert!(first.future().is_terminated());
    assert_eq!(second.wakes(), 1);
    assert_eq!(panic_of(|| second.poll()), PANICKED);
    assert_eq!(shared.peek(), None);
    assert_eq!(panic_of(|| shared.clone().now_or_never()), PANICKED);
    assert_eq!(panic_of(|| shared.downgrade().unwrap().upgrade().unwrap().now_or_never()), PANICKED);
    assert_eq!(panic_of(|| first.poll()), "`Shared` polled after completion");
}

#[test]
fn a_future_that_panicked_is_dropped_while_there_are_clones() {
    let alive = Rc::new(());
    let in_it = Rc::clone(&alive);
    let future = poll_fn(move |_| -> Poll<()> {
        let _in_it = &in_it;
        panic!("on purpose");
    });
    let shared = future.shared();
    assert_eq!(panic_of(|| shared.clone().now_or_never()), "on purpose");
    assert_eq!(Rc::strong_count(&alive), 1);
    assert_eq!(panic_of(|| shared.now_or_never()), PANICKED);
}

#[test]
fn who_comes_in_mid_poll_is_woken_by_a_panic() {
    let late = Slot::<TestTask<Shared<anywhen::future::LocalBoxFuture<'static, ()>>>>::default();
    let polls_late = Rc::clone(&late);
    let future = poll_fn(move |_| -> Poll<()> {
        assert_pending!(polls_late.borrow_mut().as_mut().unwrap().poll());
        panic!("on purpose");
    });
    let shared = future.boxed_local().shared();
    *late.borrow_mut() = Some(TestTask::new(shared.clone()));
    assert_eq!(panic_of(|| TestTask::new(shared).poll()), "on purpose");
    let mut late = late.take().unwrap();
    assert_eq!(late.wakes(), 1);
    assert_eq!(panic_of(|| late.poll()), PANICKED);
}

#[test]
fn what_is_polled_while_its_thread_unwinds_is_as_good_as_any() {
    struct PollsWhenDropped<F: Future>(Shared<F>)
    where
        F::Output: Clone;
    impl<F: Future<Output: Clone>> Drop for PollsWhenDropped<F> {
        fn drop(&mut self) {
            let _ready = Pin::new(&mut self.0).poll(&mut Context::from_waker(Waker::noop())).is_ready();
        }
    }
    for first in [ready(1).left_future(), poll_fn(|_| Poll::Pending).right_future()] {
        let ready_at_once = matches!(first, anywhen::future::Either::Left(_));
        let shared = first.shared();
        let polls = PollsWhenDropped(shared.clone());
        let panic = panic_of(move || {
            let _polls = polls;
            panic!("on purpose")
        });
        assert_eq!(panic, "on purpose");
        assert_eq!(shared.now_or_never(), ready_at_once.then_some(1));
    }
}

#[test]
fn a_destructor_that_panics_costs_nobody_else_the_output() {
    let (shared, control, _) = shared();
    control.panic_on_drop();
    let (mut first, mut second) = (TestTask::new(shared.clone()), TestTask::new(shared));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    control.release();
    // `map` drops its future before it calls its function, so it is without an output that the panic leaves it.
    assert_eq!(panic_of(|| first.poll()), "child 0 panics when dropped");
    assert_eq!(panic_of(|| second.poll()), PANICKED);

    struct PanicsAtTheEnd;
    impl Drop for PanicsAtTheEnd {
        fn drop(&mut self) {
            panic!("the end panics");
        }
    }
    impl Future for PanicsAtTheEnd {
        type Output = u8;
        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u8> {
            Poll::Ready(1)
        }
    }
    let shared = PanicsAtTheEnd.shared();
    assert_eq!(panic_of(|| shared.clone().now_or_never()), "the end panics");
    assert_eq!(shared.peek(), Some(&1));
    assert_eq!(shared.now_or_never(), Some(1));
}

#[test]
fn an_output_that_panics_when_cloned_costs_one_clone() {
    #[derive(Debug)]
    struct PanicsOnce(Arc<AtomicUsize>);
    impl Clone for PanicsOnce {
        fn clone(&self) -> Self {
            assert!(self.0.fetch_add(1, SeqCst) > 0, "the clone panics");
            Self(Arc::clone(&self.0))
        }
    }
    let clones = Arc::default();
    let shared = ready(PanicsOnce(Arc::clone(&clones))).shared();
    assert_eq!(panic_of(|| shared.clone().now_or_never()), "the clone panics");
    assert!(shared.clone().now_or_never().is_some());
    drop(shared.now_or_never());
    assert_eq!(Arc::strong_count(&clones), 1);
}

#[test]
fn it_is_over_once_it_has_given_its_output() {
    let shared = ready(1).shared();
    let mut task = TestTask::new(shared.clone());
    assert!(!task.future().is_terminated());
    assert_ready_eq!(task.poll(), 1);
    let mut over = task.future().clone();
    assert!(task.future().is_terminated() && over.is_terminated());
    assert_eq!((over.peek(), over.strong_count(), over.weak_count()), (None, None, None));
    assert!(over.downgrade().is_none() && !over.ptr_eq(&over) && !over.ptr_eq(&shared));
    assert_eq!(
        panic_of(|| over.poll_unpin(&mut Context::from_waker(Waker::noop()))),
        "`Shared` polled after completion"
    );
}

#[test]
fn handles_are_counted_and_known_by_their_address() {
    let (first, other) = (ready(1).shared(), ready(1).shared());
    let (second, weak) = (first.clone(), first.downgrade().unwrap());
    assert_eq!((first.strong_count(), first.weak_count()), (Some(2), Some(1)));
    let weaks = [weak.clone(), weak];
    assert_eq!(first.weak_count(), Some(2));
    drop(weaks);
    assert_eq!((first.strong_count(), first.weak_count()), (Some(2), Some(0)));

    let hash = |shared: &Shared<_>| {
        let mut hasher = DefaultHasher::new();
        shared.ptr_hash(&mut hasher);
        hasher.finish()
    };
    assert!(first.ptr_eq(&second) && !first.ptr_eq(&other));
    assert_eq!(hash(&first), hash(&second));
    assert_ne!(hash(&first), hash(&other));
    drop(second);
    assert_eq!(first.strong_count(), Some(1));
}

#[test]
fn weak_handles_keep_nothing_and_wakers_neither() {
    let (shared, control, log) = shared();
    let weak = shared.downgrade().unwrap();
    let mut task = TestTask::new(weak.upgrade().unwrap());
    drop(shared);
    assert_pending!(task.poll());
    log.take();
    // The child keeps the waker that it was polled with.
    drop(task);
    assert_eq!(log.take(), [Dropped(0)]);
    assert!(weak.upgrade().is_none());
    control.release();
}

#[test]
fn a_future_that_keeps_its_own_waker_is_dropped_with_the_last_clone() {
    let alive = Rc::new(());
    let (in_it, mut kept) = (Rc::clone(&alive), Vec::new());
    let future = poll_fn(move |cx| -> Poll<()> {
        let _in_it = &in_it;
        kept.push(cx.waker().clone());
        Poll::Pending
    });
    let shared = future.shared();
    assert_eq!(shared.clone().now_or_never(), None);
    drop(shared);
    assert_eq!(Rc::strong_count(&alive), 1);
}

#[test]
fn a_waker_may_outlive_what_the_future_borrowed() {
    let mut kept = None;
    {
        let local = Cell::new(0);
        let future = poll_fn(|cx| -> Poll<()> {
            local.set(local.get() + 1);
            kept = Some(cx.waker().clone());
            Poll::Pending
        });
        assert_eq!(future.shared().now_or_never(), None);
        assert_eq!(local.get(), 1);
    }
    let waker = kept.unwrap();
    waker.wake_by_ref();
    drop(waker.clone());
    waker.wake();
}

#[test]
fn handles_move_between_polls_and_the_future_does_not() {
    let ([child], [control], _) = probes::<1, false>();
    let child: Probe = child;
    let shared = child.map(|token: Token| token.number()).shared();
    let mut handles = vec![shared.clone(), shared];
    let count = CountingWaker::new();
    for _ in 0..3 {
        for handle in &mut handles {
            assert_pending!(handle.poll_unpin(&mut Context::from_waker(&count.waker())));
        }
        handles.insert(0, handles[1].clone());
        handles.reverse();
    }
    control.release();
    for mut handle in handles {
        assert_ready_eq!(handle.poll_unpin(&mut Context::from_waker(&count.waker())), 0);
    }
}
