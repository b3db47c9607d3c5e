//! `join!` and `try_join!` as macros: where they may stand, what their expressions may be, how they rotate. What they
//! do as joins is shown beside the other forms, in `join` and `try_join`.

#![deny(unreachable_code)]

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::{Pending, pending, poll_fn, ready};
use std::rc::Rc;
use std::sync::Mutex;
use std::task::Poll;

use anywhen::future::{maybe_done, yield_now};
use anywhen::prelude::*;
use anywhen::testing::{TestTask, assert_pending, assert_ready};
use anywhen::{join, try_join};

use crate::probe::{Event, Polled, panic_of, probes};

fn is_send<T: Send>(future: T) -> T {
    future
}

#[test]
fn any_number_of_branches_is_taken() {
    async fn run() {
        join!();
        join!(biased;);
        assert_eq!(try_join!(), Ok::<(), ()>(()));
        assert_eq!(try_join!(biased;), Ok::<(), ()>(()));
        assert_eq!(join!(ready(1)), (1,));
        assert_eq!(join!(ready(1),), (1,));
        assert_eq!(join!(biased; ready(1), ready(2),), (1, 2));
        assert_eq!(try_join!(ready(Ok::<_, ()>(1)),), Ok((1,)));
        assert_eq!(try_join!(biased; ready(Ok::<_, ()>(1)), ready(Ok("2")),), Ok((1, "2")));
    }
    run().now_or_never().unwrap();
}

#[test]
fn a_hundred_branches_are_taken_within_the_default_recursion_limit() {
    let n = Cell::new(0);
    let f = || {
        n.set(n.get() + 1);
        yield_now()
    };
    let hundred = async {
        #[rustfmt::skip]
        let _units = join!(
            f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(),
            f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(),
            f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(),
            f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(),
            f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(),
        );
    };
    let mut task = TestTask::new(hundred);
    assert_pending!(task.poll());
    assert_ready!(task.poll());
    assert_eq!(n.get(), 100);
}

#[test]
fn branches_borrow_what_is_around_them() {
    let text = String::from("abc");
    let mut counts = (0, 0);
    let (left, right) = (&mut counts.0, &mut counts.1);
    let run = async {
        let local = text.clone();
        join!(
            async {
                yield_now().await;
                *left += text.len();
            },
            async {
                *right += local.len();
                yield_now().await;
            },
        );
    };
    let mut task = TestTask::new(run);
    assert_pending!(task.poll());
    assert_ready!(task.poll());
    drop(task);
    assert_eq!(counts, (3, 3));
}

#[test]
fn expressions_may_return_early() {
    async fn parse(text: &str) -> Result<(u8, u8), std::num::ParseIntError> {
        Ok(join!(ready(text.parse()?), ready(1)))
    }
    assert_eq!(parse("2").now_or_never(), Some(Ok((2, 1))));
    assert!(parse("two").now_or_never().unwrap().is_err());

    // What was made before is dropped.
    let value = Rc::new(());
    let run = async {
        let held = Rc::clone(&value);
        let _pair = join!(async move { drop(held) }, ready(None::<u8>?));
        Some(())
    };
    assert_eq!(run.now_or_never(), Some(None));
    assert_eq!(Rc::strong_count(&value), 1);
}

#[test]
fn an_error_does_not_return_from_the_enclosing_function() {
    async fn run() -> Result<u8, &'static str> {
        assert_eq!(try_join!(ready(Err::<(), _>("first")), pending::<Result<(), _>>()), Err("first"));
        let (one, ()) = try_join!(ready(Ok::<_, &str>(1)), ready(Ok(())))?;
        Ok(one)
    }
    assert_eq!(run().now_or_never(), Some(Ok(1)));
}

#[test]
fn they_nest_and_stand_in_closures() {
    let nested = async {
        let inner = async || join!(yield_now(), ready(1)).1;
        let ((one, two), three) = join!(async { join!(inner(), ready(2)) }, async { join!(inner()).0 + 2 });
        join!(ready(one), ready(two), ready(three), async { try_join!(ready(Ok::<_, ()>(4))).unwrap().0 })
    };
    let mut task = TestTask::new(nested);
    assert_eq!(assert_ready!(task.run_until_stalled()), (1, 2, 3, 4));

    let closure = |n: u8| async move { join!(ready(n), ready(n + 1)) };
    assert_eq!(closure(1).now_or_never(), Some((1, 2)));
}

#[test]
fn names_around_them_are_not_captured() {
    let run = async {
        let (slot, slots, rotation, pass, pending, biased) = (1, 2, 3, 4, 5, ready(6));
        join!(biased, ready(slot), ready(slots), ready(rotation), ready(pass), async move { pending })
    };
    assert_eq!(run.now_or_never(), Some((6, 1, 2, 3, 4, 5)));
}

#[test]
fn expressions_are_evaluated_in_order_and_at_once() {
    let order = RefCell::new(Vec::new());
    let note = |n| {
        order.borrow_mut().push(n);
        ready(n)
    };
    let run = async {
        join!(note(1), pending::<()>(), note(2));
    };
    assert_eq!(run.now_or_never(), None);
    assert_eq!(order.take(), [1, 2]);
}

#[test]
fn they_are_send_when_their_branches_are_and_temporaries_do_not_last() {
    let mutex = Mutex::new(1);
    let run = is_send(async {
        // The guard is not `Send`; it ends before the first `.await`.
        let first = join!(ready(*mutex.lock().unwrap()), yield_now()).0;
        let second = try_join!(ready(Ok::<_, ()>(*mutex.lock().unwrap())), async {
            yield_now().await;
            // Nor is it locked any more.
            Ok(mutex.try_lock().is_ok())
        });
        (first, second)
    });
    let mut task = TestTask::new(run);
    assert_eq!(assert_ready!(task.run_until_stalled()), (1, Ok((1, true))));
}

#[test]
fn outputs_without_values_do_not_warn() {
    async fn never() -> Infallible {
        pending().await
    }
    let all = async {
        let _both: (Infallible, u8) = join!(never(), ready(1));
        let _both: Result<(Infallible, u8), Infallible> = try_join!(async { Ok(never().await) }, ready(Ok(1)));
    };
    assert_eq!(all.now_or_never(), None);
}

fn polls(events: Vec<Event>) -> Vec<usize> {
    events.into_iter().filter_map(|event| if let Polled(number) = event { Some(number) } else { None }).collect()
}

#[test]
fn who_is_first_rotates_from_poll_to_poll() {
    let ([a, b, c], _controls, log) = probes::<3, false>();
    let mut task = TestTask::new(async { join!(a, b, c) });
    for expected in [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]] {
        assert_pending!(task.poll());
        assert_eq!(polls(log.take()), expected);
    }

    let ([a, b, c], controls, log) = probes::<3, true>();
    let mut task = TestTask::new(async { try_join!(a, b, c) });
    assert_pending!(task.poll());
    assert_eq!(polls(log.take()), [0, 1, 2]);
    controls[1].release();
    // The one that is done keeps its place in the circle.
    for expected in [&[1, 2, 0][..], &[2, 0], &[0, 2], &[2, 0], &[2, 0], &[0, 2]] {
        assert_pending!(task.poll());
        assert_eq!(polls(log.take()), expected);
    }
}

#[test]
fn biased_forms_poll_in_order() {
    let ([a, b, c], _controls, log) = probes::<3, false>();
    let mut task = TestTask::new(async { join!(biased; a, b, c) });
    for _ in 0..4 {
        assert_pending!(task.poll());
        assert_eq!(polls(log.take()), [0, 1, 2]);
    }
}

#[test]
fn a_branch_that_uses_up_a_shared_budget_does_not_starve_the_others() {
    // As tokio's: each poll of the task grants some units, and who finds none left wakes the task and waits.
    let budget = Cell::new(0);
    let spend = async |units: usize| {
        for _ in 0..units {
            poll_fn(|cx| {
                if budget.get() == 0 {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                budget.set(budget.get() - 1);
                Poll::Ready(())
            })
            .await;
        }
    };
    let last_is_done = Cell::new(false);
    let mut task = TestTask::new(async {
        join!(spend(usize::MAX), spend(usize::MAX), async {
            spend(20).await;
            last_is_done.set(true);
        });
    });
    for _ in 0..30 {
        budget.set(8);
        assert_pending!(task.poll());
    }
    assert!(last_is_done.get());
}

#[test]
fn they_cannot_be_polled_again_after_a_panic() {
    let ([a, b], controls, _log) = probes::<2, false>();
    let mut task = TestTask::new(async { join!(a, b) });
    controls[0].panic();
    assert_eq!(panic_of(|| task.poll()), "child 0 panics");
    assert!(panic_of(|| task.poll()).contains("`async fn` resumed after panicking"));
}

#[test]
fn they_take_a_slot_for_each_branch_and_a_few_words() {
    let child = || async {
        let kept = [1u8; 256];
        yield_now().await;
        kept[0]
    };
    let slot = size_of_val(&maybe_done(child()));
    let words = 6 * size_of::<usize>();
    // Not captured, or each child would be there twice.
    assert!(size_of_val(&async { join!(child(), child(), child()) }) <= 3 * slot + words);
    assert!(
        size_of_val(&async { join!(pending::<()>(), pending::<()>()) }) <= 2 * size_of::<Pending<()>>() + 2 + words
    );
}
