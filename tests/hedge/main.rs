//! Hedges: by hand, in virtual time, and beside a model that reckons instead of waiting.
#![cfg(feature = "testing")]

mod deadline;
mod latencies;
mod model;
#[path = "../support/tries.rs"]
mod tries;

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anywhen::prelude::*;
use anywhen::retry::hedge::{After, AfterPercentile};
use anywhen::retry::{Budget, CallError, Hedge, HedgeCounters, HedgePolicy, Latencies, Operation, hedge};
use anywhen::rt::Std;
use anywhen::testing::TestTask;
use anywhen::time::{self, Duration, Instant, VirtualClock};
use anywhen::{assert_pending, assert_ready_eq, task};
use futures_core::FusedFuture;
use proptest::prelude::*;

use tries::{MILLI, SECOND, Script, Untouched, elapsed, millis, run, scripted};

/// An error that can say that it took too long.
type Failed = CallError<u32>;

/// A scripted operation with such an error.
fn timely<'a>(
    script: &'a [Script],
    begun: &'a RefCell<Vec<Duration>>,
) -> impl Operation<Output = u32, Error = Failed> + 'a {
    let mut op = scripted(script, begun);
    move || op.attempt().map_err(CallError::Failed)
}

/// Counts those of its kind that are there.
struct Counted(Rc<Cell<u32>>);

impl Counted {
    fn new(count: &Rc<Cell<u32>>) -> Self {
        count.set(count.get() + 1);
        Self(Rc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[test]
fn a_slow_attempt_gets_another_beside_it_and_the_faster_is_heard() {
    let begun = RefCell::default();
    let (result, took) = run(hedge(scripted(&[(500, Ok(1)), (30, Ok(2))], &begun)).after(MILLI * 50));
    assert_eq!((result, took), (Ok(2), MILLI * 80));
    assert_eq!(millis(&begun), [0, 50]);
    // The first may still win.
    let begun = RefCell::default();
    let (result, took) = run(hedge(scripted(&[(70, Ok(1)), (30, Ok(2))], &begun)).after(MILLI * 50));
    assert_eq!((result, took), (Ok(1), MILLI * 70));
    assert_eq!(begun.borrow().len(), 2);
}

#[test]
fn without_more_there_is_one_hedge_after_a_tenth_of_a_second() {
    let begun = RefCell::default();
    let (result, took) = run(hedge(scripted(&[(1000, Ok(1))], &begun)));
    assert_eq!((result, took), (Ok(1), SECOND));
    assert_eq!(millis(&begun), [0, 100]);
}

#[test]
fn what_is_faster_than_the_delay_is_done_once() {
    let begun = RefCell::default();
    assert_eq!(run(hedge(scripted(&[(49, Ok(1))], &begun)).after(MILLI * 50)), (Ok(1), MILLI * 49));
    assert_eq!(begun.borrow().len(), 1);
}

/// In the instant in which the delay is over, who is there already is asked first.
#[test]
fn what_is_ready_when_the_delay_is_over_is_done_once() {
    let begun = RefCell::default();
    assert_eq!(run(hedge(scripted(&[(50, Ok(1))], &begun)).after(MILLI * 50)), (Ok(1), MILLI * 50));
    assert_eq!(begun.borrow().len(), 1);
}

#[test]
fn what_is_ready_at_once_costs_neither_a_timer_nor_the_time() {
    let ready_at_once = || hedge(|| ready(Ok::<_, ()>(1))).on(Untouched);
    assert_eq!(Std.block_on(ready_at_once()), Ok(1));
    let latencies = Latencies::new();
    assert_eq!(Std.block_on(ready_at_once().after_percentile(&latencies, 0.5)), Ok(1));
    assert_eq!(latencies.len(), 1);
}

#[test]
fn there_are_no_more_hedges_than_are_allowed() {
    let begun = RefCell::default();
    let (_, took) = run(hedge(scripted(&[(1000, Ok(1))], &begun)).after(MILLI).max_hedges::<3>());
    assert_eq!((millis(&begun), took), (vec![0, 1, 2, 3], SECOND));
    let begun = RefCell::default();
    let _ = run(hedge(scripted(&[(1000, Ok(1))], &begun)).after(MILLI).max_hedges::<0>());
    assert_eq!(begun.borrow().len(), 1);
}

#[test]
fn a_delay_of_nothing_begins_all_in_the_first_poll() {
    let begun = RefCell::default();
    let mut task = TestTask::new(hedge(scripted(&[], &begun)).after(Duration::ZERO).max_hedges::<4>());
    assert_pending!(task.poll());
    assert_eq!(begun.borrow().len(), 5);
    assert!(!task.is_woken());
}

#[test]
fn a_delay_without_end_leaves_only_errors_as_a_reason() {
    let begun = RefCell::default();
    let script = [(1_000_000, Err(1)), (5, Ok(2))];
    let (result, took) = run(hedge(scripted(&script, &begun)).after(Duration::MAX));
    assert_eq!((result, took), (Ok(2), MILLI * 1_000_005));
}

#[test]
fn an_error_begins_the_next_at_once() {
    let begun = RefCell::default();
    let script = [(10, Err(1)), (10, Err(2)), (10, Ok(3))];
    let hedge = hedge(scripted(&script, &begun)).after(MILLI * 50).max_hedges::<2>();
    assert_eq!(run(hedge), (Ok(3), MILLI * 30));
    assert_eq!(millis(&begun), [0, 10, 20]);
}

/// The delay is that of the attempt that was begun last, however it came to that.
#[test]
fn after_an_error_the_delay_begins_anew() {
    let begun = RefCell::default();
    let script = [(40, Err(1)), (1000, Ok(2)), (1000, Ok(3))];
    let hedge = hedge(scripted(&script, &begun)).after(MILLI * 50).max_hedges::<2>();
    assert_eq!(run(hedge), (Ok(2), MILLI * 1040));
    assert_eq!(millis(&begun), [0, 40, 90]);
}

#[test]
fn an_error_when_none_is_left_waits_for_those_under_way() {
    let begun = RefCell::default();
    let script = [(100, Ok(1)), (10, Err(2))];
    assert_eq!(run(hedge(scripted(&script, &begun)).after(MILLI * 50)), (Ok(1), MILLI * 100));
}

#[test]
fn when_all_have_failed_the_last_error_is_given() {
    let begun = RefCell::default();
    let script = [(100, Err(1)), (10, Err(2))];
    assert_eq!(run(hedge(scripted(&script, &begun)).after(MILLI * 50)), (Err(1), MILLI * 100));
    let begun = RefCell::default();
    let script = [(10, Err(1)), (100, Err(2))];
    assert_eq!(run(hedge(scripted(&script, &begun)).after(MILLI * 50)), (Err(2), MILLI * 110));
}

#[test]
fn an_error_that_another_attempt_would_not_mend_is_given_at_once() {
    let begun = RefCell::default();
    let script = [(100, Ok(1)), (10, Err(404))];
    let hedge = hedge(scripted(&script, &begun)).after(MILLI * 50).when(|status| *status >= 500);
    assert_eq!(run(hedge), (Err(404), MILLI * 60));
}

#[test]
fn the_first_result_of_any_kind_can_be_asked_for() {
    let begun = RefCell::default();
    assert_eq!(run(hedge(scripted(&[(10, Err(1))], &begun)).when(|_| false)), (Err(1), MILLI * 10));
    assert_eq!(begun.borrow().len(), 1);
}

#[test]
fn losers_are_gone_when_the_result_is_there() {
    let there = Rc::new(Cell::new(0));
    let calls = Cell::new(0);
    let op = || {
        calls.set(calls.get() + 1);
        let (mine, number) = (Counted::new(&there), calls.get());
        async move {
            let _mine = mine;
            if number == 3 { Ok::<_, ()>(3) } else { pending().await }
        }
    };
    let mut hedge = pin!(hedge(op).after(Duration::ZERO).max_hedges::<3>());
    assert_ready_eq!(hedge.as_mut().poll(&mut Context::from_waker(Waker::noop())), Ok(3));
    assert_eq!((calls.get(), there.get()), (3, 0));
    assert!(hedge.is_terminated());
}

#[test]
fn an_attempt_that_has_failed_is_gone_before_anybody_is_asked_about_it() {
    let there = Rc::new(Cell::new(0));
    let op = || {
        let mine = Counted::new(&there);
        // Not an async block, which lets go of what it has when it ends.
        poll_fn(move |_| {
            let _mine = &mine;
            Poll::Ready(Err::<(), _>("down"))
        })
    };
    let asked = Cell::new(0);
    let hedge = hedge(op).when(|_| {
        asked.set(asked.get() + 1);
        assert_eq!(there.get(), 0);
        true
    });
    assert_eq!(Std.block_on(hedge), Err("down"));
    assert_eq!(asked.get(), 2);
}

/// failsafe-go#141: there, what was under way was cancelled.
#[test]
fn an_exhausted_budget_leaves_what_is_under_way_alone() {
    let budget = Budget::new(0.0).with_capacity(1);
    let begun = RefCell::default();
    let policy = HedgePolicy::new().after(MILLI * 10).max_hedges::<3>().budget(&budget);
    let script = [(1000, Ok(1)), (1000, Ok(2))];
    assert_eq!(run(hedge(scripted(&script, &begun)).policy(policy)), (Ok(1), SECOND));
    assert_eq!(millis(&begun), [0, 10]);
    // It asked once more, and then no more.
    assert_eq!((budget.withdrawn(), budget.refused()), (1, 1));
}

#[test]
fn each_call_deposits_once_and_each_hedge_withdraws_one() {
    let budget = Arc::new(Budget::new(0.5).with_capacity(1));
    assert!(budget.try_withdraw());
    let policy = HedgePolicy::new().budget(Arc::clone(&budget));
    let mut calls = 0;
    for _ in 0..10 {
        let down = || {
            calls += 1;
            ready(Err::<(), _>("down"))
        };
        assert_eq!(Std.block_on(hedge(down).policy(policy.clone())), Err("down"));
    }
    assert_eq!((calls, budget.deposited(), budget.withdrawn()), (15, 10, 6));
}

#[test]
fn an_error_when_none_is_left_takes_no_token() {
    let budget = Budget::new(0.0).with_capacity(5);
    let failing = || ready(Err::<(), _>("down"));
    assert_eq!(Std.block_on(hedge(failing).policy(HedgePolicy::new().budget(&budget))), Err("down"));
    assert_eq!((budget.withdrawn(), budget.refused()), (1, 0));
}

#[test]
fn after_a_refusal_an_error_may_still_ask_again() {
    let budget = Budget::new(0.0).with_floor(10.0).with_capacity(1);
    let begun = RefCell::default();
    let script = [(500, Err(1)), (10, Ok(2))];
    let (result, took) = run(async {
        assert!(budget.try_withdraw());
        hedge(scripted(&script, &begun)).after(MILLI * 10).budget(&budget).await
    });
    assert_eq!((result, took), (Ok(2), MILLI * 510));
}

#[test]
fn the_counters_tell_what_was_begun_and_what_was_of_use() {
    let counters = HedgeCounters::new();
    let policy = HedgePolicy::new().after(MILLI * 50).counters(&counters);
    for (script, expected) in [
        ([(10, Ok(1)), (10, Ok(2))], (0, 0)),
        ([(70, Ok(1)), (30, Ok(2))], (1, 0)),
        ([(200, Ok(1)), (30, Ok(2))], (2, 1)),
        ([(10, Err(1)), (30, Ok(2))], (3, 2)),
        ([(10, Err(1)), (30, Err(2))], (4, 2)),
    ] {
        let _ = run(hedge(scripted(&script, &RefCell::default())).policy(policy));
        assert_eq!((counters.started(), counters.won()), expected);
    }
}

#[test]
fn hooks_are_told_in_order_before_the_attempt_is_begun() {
    let told = RefCell::new(Vec::new());
    let op = || {
        told.borrow_mut().push("attempt".to_owned());
        ready(Err::<(), _>("down"))
    };
    let hedge = hedge(op)
        .on_hedge(|event| told.borrow_mut().push(format!("first {}", event.number())))
        .on_hedge(|event| told.borrow_mut().push(format!("then {:?}", event.error())));
    assert_eq!(Std.block_on(hedge), Err("down"));
    assert_eq!(told.into_inner(), ["attempt", "first 1", "then Some(\"down\")", "attempt"]);
}

#[test]
fn it_can_be_named_stored_and_spawned_with_all_that_was_added() {
    type Op = fn() -> std::future::Ready<Result<u8, u8>>;
    struct Stored {
        hedge: Hedge<Op, HedgePolicy<AfterPercentile<&'static Latencies>, &'static Budget>>,
    }
    static BUDGET: Budget = Budget::new(0.05).with_floor(1.0);
    static LATENCIES: Latencies = Latencies::new();
    let op: Op = || ready(Ok(7));
    let stored = Stored { hedge: hedge(op).budget(&BUDGET).after_percentile(&LATENCIES, 0.95) };
    assert_eq!(Std.block_on(async { task::spawn(stored.hedge).await.unwrap() }), Ok(7));
    let policy: HedgePolicy<After, &Budget> = HedgePolicy::new().budget(&BUDGET);
    let stored: Hedge<Op, HedgePolicy<After, &Budget>> = hedge(op).policy(policy);
    assert_eq!(Std.block_on(stored), Ok(7));
}

#[test]
fn once_polled_it_cannot_be_changed() {
    let mut hedge = hedge(|| ready(Ok::<_, ()>(1))).on(Untouched);
    assert_ready_eq!(Pin::new(&mut hedge).poll(&mut Context::from_waker(Waker::noop())), Ok(1));
    catch_unwind(AssertUnwindSafe(|| hedge.max_hedges::<2>())).expect_err("it has been polled");
}

#[test]
fn a_panic_of_an_attempt_or_a_hook_ends_it_and_drops_the_rest() {
    let there = Rc::new(Cell::new(0));
    let calls = Cell::new(0);
    let op = || {
        calls.set(calls.get() + 1);
        let (mine, number) = (Counted::new(&there), calls.get());
        async move {
            let _mine = mine;
            assert_ne!(number, 3, "the third");
            pending::<Result<(), ()>>().await
        }
    };
    let mut attempt = pin!(hedge(op).after(Duration::ZERO).max_hedges::<2>());
    let mut hook = pin!(hedge(op).after(Duration::ZERO).on_hedge(|_| panic!("the hook")));
    for hedge in [attempt.as_mut() as Pin<&mut dyn FusedFuture<Output = Result<(), ()>>>, hook.as_mut()] {
        let mut hedge = hedge;
        calls.set(0);
        let mut poll = || hedge.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        catch_unwind(AssertUnwindSafe(&mut poll)).expect_err("it panics");
        assert_eq!(there.get(), 0);
        let payload = catch_unwind(AssertUnwindSafe(&mut poll)).expect_err("it is over");
        assert_eq!(payload.downcast_ref::<String>().unwrap(), "`Hedge` polled after completion");
    }
}

#[test]
fn dropped_it_drops_all_attempts_and_leaves_no_timer() {
    let there = Rc::new(Cell::new(0));
    let op = || {
        let mine = Counted::new(&there);
        async move {
            let _mine = mine;
            pending::<Result<(), ()>>().await
        }
    };
    let time = VirtualClock::manual();
    let mut task = TestTask::new(hedge(op).on(time.clock()).after(MILLI).max_hedges::<9>());
    for attempts in 1..=5 {
        assert_pending!(task.poll());
        assert_eq!(there.get(), attempts);
        assert!(time.advance_to_next());
        assert!(task.is_woken());
    }
    drop(task);
    assert_eq!(there.get(), 0);
    assert!(!time.advance_to_next(), "a timer was left behind");
}
