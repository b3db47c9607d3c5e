//! The test kit, tested: what it counts is right, and what it is to catch is caught.

#![cfg(feature = "testing")]
#![allow(clippy::waker_clone_wake, reason = "the clone is what is observed")]

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use anywhen::testing::{
    Allocations, CountingAlloc, CountingWaker, TestTask, WakerEvent, assert_elapsed, assert_err, assert_ok,
    assert_pending, assert_ready, assert_ready_eq, assert_ready_err, assert_ready_ok, cancel_at_every_poll,
};

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

/// A future that wakes itself `times` times and is then ready.
async fn yields(times: usize) {
    let mut left = times;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

mod task {
    use super::*;

    #[test]
    fn wakes_are_those_since_the_last_poll_began() {
        let stored = Arc::new(Mutex::new(None::<Waker>));
        let store = Arc::clone(&stored);
        let mut task = TestTask::new(poll_fn(move |cx| {
            *store.lock().unwrap() = Some(cx.waker().clone());
            Poll::<()>::Pending
        }));
        assert!(!task.is_woken());
        assert_pending!(task.poll());
        assert_eq!((task.wakes(), task.polls()), (0, 1));

        stored.lock().unwrap().as_ref().unwrap().wake_by_ref();
        stored.lock().unwrap().take().unwrap().wake();
        assert_eq!(task.wakes(), 2);
        assert!(task.is_woken());

        assert_pending!(task.poll());
        assert_eq!((task.wakes(), task.polls()), (0, 2));
        assert_eq!(task.count().wakes(), 2);
    }

    #[test]
    fn a_wake_within_the_poll_counts() {
        let mut task = TestTask::new(yields(1));
        assert_pending!(task.poll());
        assert_eq!(task.wakes(), 1);
        assert_ready!(task.poll());
        assert_eq!(task.wakes(), 0);
    }

    #[test]
    fn polls_clone_and_drop_no_waker() {
        let mut task = TestTask::new(pending::<()>());
        for _ in 0..3 {
            assert_pending!(task.poll());
        }
        assert_eq!((task.count().clones(), task.count().drops(), task.count().live()), (0, 0, 0));
    }

    #[test]
    fn changing_wakers_make_a_future_that_keeps_the_first_one_look_unwoken() {
        let stored = RefCell::new(None::<Waker>);
        let mut task = TestTask::new(poll_fn(|cx| {
            stored.borrow_mut().get_or_insert_with(|| cx.waker().clone());
            Poll::<()>::Pending
        }))
        .changing_wakers();
        assert_pending!(task.poll());
        stored.borrow().as_ref().unwrap().wake_by_ref();
        assert!(task.is_woken());
        assert_pending!(task.poll());
        stored.borrow().as_ref().unwrap().wake_by_ref();
        assert!(!task.is_woken());
    }

    #[test]
    fn runs_until_stalled_or_ready() {
        let mut stalls = TestTask::new(async {
            yields(2).await;
            pending::<()>().await;
        });
        assert_pending!(stalls.run_until_stalled());
        assert_eq!(stalls.polls(), 3);

        let mut ends = TestTask::new(yields(2));
        assert_ready!(ends.run_until_stalled());
        assert_eq!(ends.polls(), 3);

        let mut spins = TestTask::new(yields(usize::MAX));
        assert!(panic_of(|| spins.run_until_stalled()).contains("still pending"));
    }

    #[test]
    fn a_dropped_future_is_gone_and_the_counts_stay() {
        let value = Arc::new(());
        let held = Arc::clone(&value);
        let mut task = TestTask::new(async move {
            let _held = held;
            pending::<()>().await;
        });
        assert_pending!(task.poll());
        assert_eq!(Arc::strong_count(&value), 2);
        task.drop_future();
        task.drop_future();
        assert_eq!(Arc::strong_count(&value), 1);
        assert_eq!(task.polls(), 1);
        assert!(panic_of(|| task.poll()).contains("dropped"));
    }

    #[test]
    fn counts_the_clones_of_its_waker() {
        let stored = RefCell::new(Vec::new());
        let mut task = TestTask::new(poll_fn(|cx| {
            stored.borrow_mut().push(cx.waker().clone());
            Poll::<()>::Pending
        }));
        assert_eq!(task.waker_clones(), 0);
        assert_pending!(task.poll());
        assert_pending!(task.poll());
        assert_eq!(task.waker_clones(), 2);
        stored.borrow_mut().pop();
        assert_eq!(task.waker_clones(), 1);
        task.drop_future();
        assert_eq!(task.waker_clones(), 1);
    }

    #[test]
    fn polls_with_a_waker_that_it_is_given() {
        let count = CountingWaker::panicking(WakerEvent::Clone);
        count.waker().wake();
        let mut task = TestTask::with_waker(poll_fn(|cx| Poll::Ready(cx.waker().clone())), count);
        // What happened before does not count.
        assert_eq!(task.wakes(), 0);
        assert!(panic_of(|| task.poll()).contains("Clone"));
        task.count().disarm();
        assert_ready!(task.poll()).wake();
        assert_eq!((task.wakes(), task.polls()), (1, 2));
    }

    #[test]
    fn what_it_does_itself_to_a_waker_is_not_counted_and_runs_no_hook() {
        let count = CountingWaker::panicking(WakerEvent::Drop);
        let mut task = TestTask::with_waker(ready(7), count.clone());
        assert_eq!(assert_ready!(task.poll()), 7);
        drop(task);
        assert_eq!((count.clones(), count.drops(), count.live()), (0, 0, 0));
    }

    #[test]
    fn does_one_poll_with_a_closure() {
        let mut task = TestTask::new(41).changing_wakers();
        let first = task.enter(|cx, _| cx.waker().clone());
        let second = task.enter(|cx, mut number| {
            *number += 1;
            cx.waker().clone()
        });
        assert!(!first.will_wake(&second));
        assert_eq!((*task.future(), task.polls()), (42, 2));
        second.wake();
        assert!(task.is_woken());
    }

    #[test]
    fn a_poll_after_completion_reaches_the_future() {
        let mut task = TestTask::new(ready(1));
        assert_ready_eq!(task.poll(), 1);
        assert!(panic_of(|| task.poll()).contains("after completion"));
    }
}

mod assertions {
    use super::*;

    #[test]
    fn failures_say_what_was_found_and_the_callers_message() {
        let pending = Poll::<Result<u8, u8>>::Pending;
        assert_eq!(panic_of(|| assert_ready!(pending)), "pending, but should be ready");
        assert_eq!(panic_of(|| assert_ready!(pending, "round {}", 2)), "pending, but should be ready: round 2");
        assert_eq!(panic_of(|| assert_ready_ok!(pending, "round {}", 2)), "pending, but should be ready: round 2");
        assert_eq!(panic_of(|| assert_pending!(Poll::Ready(3))), "ready with 3, but should be pending");
        assert_eq!(panic_of(|| assert_pending!(Poll::Ready(3), "here")), "ready with 3, but should be pending: here");
        assert_eq!(panic_of(|| assert_ready_ok!(Poll::Ready(Err::<u8, _>(4)))), "ready with Err(4), but should be Ok");
        assert_eq!(panic_of(|| assert_ready_err!(Poll::Ready(Ok::<_, u8>(5)))), "ready with Ok(5), but should be Err");
        assert!(panic_of(|| assert_ready_eq!(Poll::Ready(5), 6)).contains("left: 5"));
    }

    #[test]
    fn results_are_taken_apart_or_shown() {
        assert_eq!(assert_ok!(Ok::<_, u8>(1)), 1);
        assert_eq!(assert_err!(Err::<u8, _>(2), "with a message"), 2);
        assert_eq!(panic_of(|| assert_ok!(Err::<u8, _>(3))), "Err(3), but should be Ok");
        assert_eq!(panic_of(|| assert_ok!(Err::<u8, _>(3), "round {}", 2)), "Err(3), but should be Ok: round 2");
        assert_eq!(panic_of(|| assert_err!(Ok::<_, u8>(4))), "Ok(4), but should be Err");
        assert_eq!(panic_of(|| assert_err!(Ok::<_, u8>(4), "here")), "Ok(4), but should be Err: here");
    }

    #[test]
    fn time_that_has_passed_is_exact_to_the_millisecond() {
        struct Passed(Duration);
        impl Passed {
            fn elapsed(&self) -> Duration {
                self.0
            }
        }
        let second = Duration::from_secs(1);
        assert_elapsed!(Passed(second), second);
        assert_elapsed!(Passed(second + Duration::from_millis(1)), second);
        assert_elapsed!(Passed(Duration::MAX), Duration::MAX);
        assert_eq!(
            panic_of(|| assert_elapsed!(Passed(second - Duration::from_nanos(1)), second)),
            "999.999999ms elapsed, but should be 1s to 1.001s"
        );
        assert!(
            panic_of(|| assert_elapsed!(Passed(second + Duration::from_micros(1001)), second)).contains("1.001001s")
        );
    }

    #[test]
    fn they_give_what_they_find() {
        let poll = Poll::Ready(Ok::<_, ()>(5));
        assert_eq!(assert_ready!(poll), Ok(5));
        assert_eq!(assert_ready_ok!(poll), 5);
        assert_eq!(assert_ready_err!(Poll::Ready(Err::<(), _>(6)), "with a message"), 6);
        assert_ready_eq!(poll, Ok(5), "with a message");
    }
}

mod waker {
    use super::*;

    #[test]
    fn counts_wakes_clones_drops_and_the_living() {
        let count = CountingWaker::new();
        let waker = count.waker();
        let clone = waker.clone();
        assert_eq!((count.live(), count.clones()), (2, 1));
        clone.wake();
        assert_eq!((count.live(), count.wakes(), count.drops()), (1, 1, 0));
        drop(waker);
        assert_eq!((count.live(), count.wakes(), count.drops()), (0, 1, 1));
    }

    #[test]
    fn wakers_of_one_handle_will_wake_each_other_and_no_others() {
        let (a, b) = (CountingWaker::new(), CountingWaker::new());
        assert!(a.waker().will_wake(&a.waker().clone()));
        assert!(!a.waker().will_wake(&b.waker()));
    }

    #[test]
    fn a_hook_runs_at_each_event_but_not_for_what_it_does_itself() {
        let events = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&events);
        let inner = Arc::new(Mutex::new(None::<Waker>));
        let touched = Arc::clone(&inner);
        let count = CountingWaker::hooked(move |event| {
            log.lock().unwrap().push(event);
            let guard = touched.lock().unwrap();
            if let Some(waker) = guard.as_ref() {
                waker.clone().wake();
            }
        });
        *inner.lock().unwrap() = Some(count.waker());

        let waker = count.waker();
        waker.clone().wake();
        waker.wake_by_ref();
        drop(waker);
        use WakerEvent::{Clone, Drop, Wake};
        assert_eq!(*events.lock().unwrap(), [Clone, Wake, Wake, Drop]);
        assert_eq!((count.clones(), count.wakes(), count.drops()), (1 + 4, 2 + 4, 1));

        count.disarm();
        count.waker().wake();
        assert_eq!(events.lock().unwrap().len(), 4);
    }

    #[test]
    fn a_panicking_waker_panics_at_its_event_only_and_leaks_nothing() {
        for event in WakerEvent::ALL {
            let count = CountingWaker::panicking(event);
            let waker = count.waker();
            let panics = |f: &dyn Fn()| catch_unwind(AssertUnwindSafe(f)).is_err();
            let second = Cell::new(Some(count.waker()));
            assert_eq!(panics(&|| waker.wake_by_ref()), event == WakerEvent::Wake);
            assert_eq!(panics(&|| second.take().unwrap().wake()), event == WakerEvent::Wake);
            let clone = Cell::new(None);
            assert_eq!(panics(&|| clone.set(Some(waker.clone()))), event == WakerEvent::Clone);
            assert_eq!(panics(&|| drop(clone.take())), event == WakerEvent::Drop);
            assert_eq!(count.live(), 1, "{event:?}");
            count.disarm();
            drop(waker);
            assert_eq!(count.live(), 0, "{event:?}");
        }
    }

    #[test]
    fn a_panicking_waker_spares_a_thread_that_unwinds() {
        let count = CountingWaker::panicking(WakerEvent::Drop);
        let waker = count.waker();
        let message = panic_of(|| {
            let _waker = waker;
            panic!("the first");
        });
        assert_eq!((message.as_str(), count.drops()), ("the first", 1));
    }

    #[test]
    fn wakers_do_not_allocate() {
        let hits = Arc::new(AtomicUsize::new(0));
        let hit = Arc::clone(&hits);
        let count = CountingWaker::hooked(move |_| {
            hit.fetch_add(1, Ordering::Relaxed);
        });
        let seen = CountingAlloc::count(|| count.waker().clone().wake());
        assert!(seen.is_zero(), "{seen:?}");
        assert_eq!(hits.load(Ordering::Relaxed), 3);
    }
}

mod alloc {
    use std::hint::black_box;

    use super::*;

    #[test]
    fn counts_blocks_bytes_growth_and_frees() {
        let mut kept = Vec::<u8>::new();
        let seen = CountingAlloc::count(|| {
            kept.reserve_exact(10);
            kept.resize(10, 0);
            kept.reserve_exact(30);
            drop(black_box(vec![0_u32; 5]));
        });
        assert_eq!((seen.allocs, seen.reallocs, seen.frees, seen.bytes), (2, 1, 1, 10 + 30 + 20));
        assert!(!seen.is_zero());

        let freed = CountingAlloc::count(|| drop(kept));
        assert!(freed.is_zero());
        assert_eq!(freed.frees, 1);
    }

    #[test]
    fn counts_this_thread_only() {
        let worker = thread::spawn(|| {
            for size in 0..10_000 {
                drop(black_box(Vec::<u8>::with_capacity(size)));
            }
        });
        let seen = CountingAlloc::count(|| while !worker.is_finished() {});
        worker.join().unwrap();
        assert_eq!(seen, Allocations::default());
    }

    #[test]
    fn counts_nest() {
        let mut inner = Allocations::default();
        let outer = CountingAlloc::count(|| {
            drop(black_box(Box::new(1)));
            inner = CountingAlloc::count(|| drop(black_box(Box::new(2))));
        });
        assert_eq!((outer.allocs, inner.allocs), (2, 1));
    }
}

mod cancel {
    use super::*;

    #[test]
    fn every_number_of_polls_is_tried_and_the_end_too() {
        let mut checked = Vec::new();
        let polls = cancel_at_every_poll(|| yields(3), |polls| checked.push(polls));
        assert_eq!((polls, checked), (4, vec![0, 1, 2, 3, 4]));
    }

    #[test]
    fn a_future_that_is_woken_later_is_dropped_before_and_after_the_wake() {
        let (made, dropped_woken) = (Cell::new(0), Cell::new(0));
        struct Delayed<'a>(Arc<Mutex<(bool, Option<Waker>)>>, &'a Cell<u32>);
        impl Future for Delayed<'_> {
            type Output = ();
            fn poll(self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<()> {
                let mut state = self.0.lock().unwrap();
                if state.0 {
                    return Poll::Ready(());
                }
                state.1 = Some(cx.waker().clone());
                let shared = Arc::clone(&self.0);
                thread::spawn(move || {
                    thread::sleep(Duration::from_millis(50));
                    let waker = {
                        let mut state = shared.lock().unwrap();
                        state.0 = true;
                        state.1.take()
                    };
                    waker.unwrap().wake();
                });
                Poll::Pending
            }
        }
        impl Drop for Delayed<'_> {
            fn drop(&mut self) {
                if self.0.lock().unwrap().0 {
                    self.1.set(self.1.get() + 1);
                }
            }
        }
        let make = || {
            made.set(made.get() + 1);
            Delayed(Arc::default(), &dropped_woken)
        };
        let mut checks = 0;
        assert_eq!(cancel_at_every_poll(make, |_| checks += 1), 2);
        // After no poll, after one, after one and the wake, and at the end.
        assert_eq!((made.get(), checks, dropped_woken.get()), (4, 4, 2));
    }

    /// Another thread's, which is in the hook of another waker meanwhile.
    #[test]
    fn a_wake_out_of_a_hook_arrives_at_once() {
        let start = std::time::Instant::now();
        let made = || {
            let (done, mut is_asked) = (Arc::new(AtomicUsize::new(0)), false);
            poll_fn(move |cx| {
                let (waker, set) = (cx.waker().clone(), Arc::clone(&done));
                if !std::mem::replace(&mut is_asked, true) {
                    let passes_on = CountingWaker::hooked(move |event| {
                        if event == WakerEvent::Wake {
                            thread::sleep(Duration::from_millis(50));
                            set.store(1, Ordering::SeqCst);
                            waker.wake_by_ref();
                        }
                    });
                    thread::spawn(move || passes_on.waker().wake_by_ref());
                }
                if done.load(Ordering::SeqCst) == 1 { Poll::Ready(()) } else { Poll::Pending }
            })
        };
        cancel_at_every_poll(made, |_| ());
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }

    #[test]
    fn a_loss_is_caught() {
        let free = Cell::new(true);
        let leaky = || async {
            free.set(false);
            yields(1).await;
            free.set(true);
        };
        let message = panic_of(|| cancel_at_every_poll(leaky, |polls| assert!(free.get(), "after {polls}")));
        assert_eq!(message, "after 1");
    }
}
