//! `Faulty`: what is planted happens, when and where it should, and without it nothing changes.

#![cfg(feature = "testing")]

use std::cell::{Cell, RefCell};
use std::future::{poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use anywhen::future::{FusedFuture, join};
use anywhen::prelude::*;
use anywhen::testing::{
    Breach, ContractChecker, ContractReport, CountingAlloc, Faulty, TestTask, assert_pending, assert_ready_eq,
    cancel_at_every_poll,
};
use futures_core::Stream;

#[global_allocator]
static ALLOC: CountingAlloc = CountingAlloc::new();

/// Runs `f`, which must panic, and gives the message.
fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).err().expect("should panic");
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast::<&str>().expect("a message")).to_owned(),
    }
}

/// Is ready at the poll of that number, and says how often it was polled.
fn ready_at<'a>(number: usize, polls: &'a Cell<usize>) -> impl Future<Output = usize> + 'a {
    poll_fn(move |cx| {
        polls.set(polls.get() + 1);
        if polls.get() >= number {
            return Poll::Ready(polls.get());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

#[test]
fn without_a_fault_nothing_changes() {
    let polls = Cell::new(0);
    let mut task = TestTask::new(Faulty::new(ready_at(3, &polls)));
    let seen = CountingAlloc::count(|| {
        assert_pending!(task.poll());
        assert_pending!(task.poll());
        assert_ready_eq!(task.poll(), 3);
    });
    assert!(seen.is_zero(), "{seen:?}");
    assert_eq!((task.count().clones(), task.future().polls()), (0, 3));

    let fused = Faulty::new(ready(1).fuse());
    assert!(!fused.is_terminated());
    let mut fused = TestTask::new(fused);
    assert_ready_eq!(fused.poll(), 1);
    assert!(fused.future().is_terminated());
    assert_pending!(fused.poll());
}

#[test]
fn spurious_polls_come_on_top_until_it_is_ready() {
    let polls = Cell::new(0);
    let mut task = TestTask::new(Faulty::new(ready_at(5, &polls)).spurious_polls(2));
    assert_pending!(task.poll());
    assert_eq!(polls.get(), 3);
    assert_ready_eq!(task.poll(), 5);
    assert_eq!(task.future().polls(), 2);
}

#[test]
fn random_pending_wakes_the_task_and_comes_as_often_as_it_should() {
    let mut delayed = 0;
    for _ in 0..1000 {
        let mut task = TestTask::new(Faulty::new(ready(1)).random_pending(0.25));
        match task.poll() {
            Poll::Ready(one) => assert_eq!(one, 1),
            Poll::Pending => {
                delayed += 1;
                assert_eq!(task.wakes(), 1);
                assert_ready_eq!(task.run_until_stalled(), 1);
            }
        }
    }
    assert!((150..350).contains(&delayed), "{delayed} of 1000");
    assert_ready_eq!(TestTask::new(Faulty::new(ready(1)).random_pending(0.0)).poll(), 1);
    for never_ready in [1.0, -0.1, f64::NAN, f64::INFINITY] {
        assert!(panic_of(|| Faulty::new(ready(1)).random_pending(never_ready)).contains("a probability"));
    }
}

#[test]
fn changing_wakers_are_new_at_every_poll_and_old_ones_lead_nowhere() {
    let wakers = RefCell::new(Vec::<Waker>::new());
    let keeps = poll_fn(|cx| {
        wakers.borrow_mut().push(cx.waker().clone());
        Poll::<()>::Pending
    });
    let mut task = TestTask::new(Faulty::new(keeps).changing_wakers());
    for _ in 0..3 {
        assert_pending!(task.poll());
    }
    let kept = wakers.borrow();
    assert!(!kept[0].will_wake(&kept[1]) && !kept[1].will_wake(&kept[2]));
    kept[0].wake_by_ref();
    let clone = kept[1].clone();
    clone.wake();
    assert!(!task.is_woken());
    kept[2].wake_by_ref();
    assert_eq!(task.wakes(), 1);
    drop(task);
    drop(kept);

    // Once it is ready, it keeps none itself.
    let polls = Cell::new(0);
    let mut done = TestTask::new(Faulty::new(ready_at(2, &polls)).changing_wakers());
    assert_pending!(done.poll());
    assert_eq!(done.waker_clones(), 1);
    assert_ready_eq!(done.poll(), 2);
    assert_eq!(done.waker_clones(), 0);
}

#[test]
fn it_panics_at_the_poll_that_was_planted_and_no_other() {
    let polls = Cell::new(0);
    let mut task = TestTask::new(Faulty::new(ready_at(9, &polls)).panic_at(2));
    assert_pending!(task.poll());
    assert_eq!(panic_of(|| task.poll()), "a planted panic: at poll 2");
    assert_eq!(polls.get(), 1);
    assert_pending!(task.poll());
    assert!(panic_of(|| Faulty::new(ready(1)).panic_at(0)).contains("counted from 1"));
}

#[test]
fn it_panics_when_dropped_and_what_it_holds_is_dropped_too() {
    let held = Rc::new(());
    let inside = Rc::clone(&held);
    let faulty = Faulty::new(async move { drop(inside) }).panic_in_drop();
    assert_eq!(panic_of(|| drop(faulty)), "a planted panic: in drop");
    assert_eq!(Rc::strong_count(&held), 1);

    // A second panic would end the process.
    let message = panic_of(|| {
        let _faulty = Faulty::new(ready(1)).panic_in_drop();
        panic!("the first");
    });
    assert_eq!(message, "the first");
}

#[test]
fn a_move_is_noticed_at_the_next_poll_and_at_the_drop() {
    let (polls, mut cx) = (Cell::new(0), Context::from_waker(Waker::noop()));
    let mut first = Box::new(Faulty::new(ready_at(9, &polls)).address_check());
    assert!(pinned(&mut *first).poll(&mut cx).is_pending());
    let mut second = Box::new(*first);
    let message = panic_of(|| pinned(&mut *second).poll(&mut cx));
    assert!(message.starts_with("moved after being pinned: polled at 0x"), "{message}");
    assert!(message.contains("then polled at 0x"), "{message}");
    assert_eq!(polls.get(), 1);
    let message = panic_of(|| drop(second));
    assert!(message.contains("then dropped at 0x"), "{message}");

    // To be moved before the first poll, or never to be polled, is no fault.
    let third = Box::new(Faulty::new(ready_at(1, &polls)).address_check());
    let mut fourth = Box::new(*third);
    assert!(pinned(&mut *fourth).poll(&mut cx).is_ready());
    drop(fourth);
    let fifth = Box::new(Faulty::new(ready_at(1, &polls)).address_check());
    drop(Box::new(*fifth));

    // Nor is it looked for where that is not planted.
    polls.set(0);
    let mut sixth = Box::new(Faulty::new(ready_at(9, &polls)));
    assert!(pinned(&mut *sixth).poll(&mut cx).is_pending());
    let mut seventh = Box::new(*sixth);
    assert!(pinned(&mut *seventh).poll(&mut cx).is_pending());
}

#[allow(unsafe_code, reason = "the fault to be caught")]
fn pinned<F>(future: &mut F) -> Pin<&mut F> {
    // SAFETY: the promise that it stays is broken, which is the fault. The future is one that may be moved.
    unsafe { Pin::new_unchecked(future) }
}

#[test]
fn streams_are_treated_alike() {
    /// Counts down to nothing, and is pending before each item.
    struct Countdown(usize, bool);

    impl Stream for Countdown {
        type Item = usize;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>> {
            self.1 = !self.1;
            if self.1 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(self.0.checked_sub(1).inspect(|&left| self.0 = left))
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            (self.0, Some(self.0))
        }
    }

    let mut task = TestTask::new(Faulty::new(Countdown(2, false)).spurious_polls(1).panic_at(3));
    assert_eq!(task.future().size_hint(), (2, Some(2)));
    assert_ready_eq!(task.poll_next(), Some(1));
    assert_ready_eq!(task.poll_next(), Some(0));
    assert_eq!(panic_of(|| task.poll_next()), "a planted panic: at poll 3");
    assert_ready_eq!(task.poll_next(), None);
}

/// With the checker around and inside of it: the faults that are planted are no breaches.
#[test]
fn planted_faults_break_no_contract() {
    for _ in 0..100 {
        let report = ContractReport::new();
        let child = |polls| {
            let inner = ContractChecker::new(ready_at(5, polls)).report_to(&report);
            let faulty = Faulty::new(inner).spurious_polls(2).random_pending(0.3).changing_wakers().address_check();
            ContractChecker::new(faulty).report_to(&report)
        };
        let (left, right) = (Cell::new(0), Cell::new(0));
        let mut task = TestTask::new(join(child(&left), child(&right)));
        assert_ready_eq!(task.run_until_stalled(), (5, 5));
        drop(task);
        report.assert_clean();
    }
}

#[test]
fn a_combinator_that_polls_on_after_a_panic_is_caught() {
    let report = ContractReport::new();
    let mut child = Box::pin(ContractChecker::new(Faulty::new(ready(1)).panic_at(1)).report_to(&report));
    let mut careless = TestTask::new(poll_fn(move |cx| {
        // As if a panic of a child were nothing to it.
        catch_unwind(AssertUnwindSafe(|| child.as_mut().poll(cx))).unwrap_or(Poll::Pending)
    }));
    assert_pending!(careless.poll());
    assert_pending!(careless.poll());
    assert_eq!(report.breaches(), [Breach::PolledAfterReady]);
}

#[test]
fn every_cancellation_is_tried_with_every_number_of_extra_polls() {
    for extra in 0..4 {
        let made = Cell::new(0);
        let polls = Cell::new(0);
        let make = || {
            made.set(made.get() + 1);
            polls.set(0);
            Faulty::new(ready_at(6, &polls)).spurious_polls(extra)
        };
        let needed = cancel_at_every_poll(make, |_| ());
        assert_eq!(needed, 6_usize.div_ceil(extra + 1));
    }
}
