//! Layers one around the other, and what their order means; and what is done in place of what has failed.
#![cfg(feature = "testing")]

#[path = "support/tries.rs"]
mod tries;

use std::cell::{Cell, RefCell};
use std::future::{Future, Ready, pending, poll_fn, ready};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anywhen::retry::hedge::{After, AnyError};
use anywhen::retry::pipeline::{Call, Fallbacks, Gates, Hedges, Identity, Retries, Stack, Timeouts};
use anywhen::retry::{
    Budget, Bulkhead, CallError, CircuitBreaker, CircuitState, Fallback, HedgePolicy, Layer, Operation, Outcome,
    Pipeline, Policy, Refused, fallback,
};
use anywhen::rt::Std;
use anywhen::testing::CountingAlloc;
use anywhen::time::error::Elapsed;
use anywhen::time::{self, Clock, Duration, Instant, VirtualClock};
use anywhen::{assert_ready_eq, task};
use futures_core::FusedFuture;

use tries::{EACH_SECOND, MILLI, SECOND, run};

#[global_allocator]
static ALLOC: CountingAlloc = CountingAlloc::new();

type Error = CallError<&'static str>;

/// Fails, and counts how often.
fn down(calls: &Cell<u32>) -> impl Operation<Output = u32, Error = Error> + Clone {
    || {
        calls.set(calls.get() + 1);
        ready(Err(CallError::Failed("down")))
    }
}

#[test]
fn a_pipeline_of_nothing_is_the_operation() {
    let calls = Cell::new(0);
    assert_eq!(run(Pipeline::new().call(down(&calls))).0, Err(CallError::Failed("down")));
    assert_eq!(calls.get(), 1);
}

#[test]
fn a_breaker_is_told_what_the_gates_inside_turn_away_and_a_function_may_say_what_that_means() {
    let of_the_server = |result: &Result<_, Error>| match result {
        Ok(_) => Outcome::Success,
        Err(CallError::Refused(_)) => Outcome::Ignored,
        Err(_) => Outcome::Failure,
    };
    let (told_all, told_less) = (CircuitBreaker::new(), CircuitBreaker::new());
    let places = Bulkhead::new(1, 0);
    let _taken = places.try_acquire().unwrap();
    for _ in 0..5 {
        let (all, less) = (Pipeline::new().gate(&told_all), Pipeline::new().gate_classified(&told_less, of_the_server));
        let call = || ready(Ok::<_, Error>(1));
        assert_eq!(run(all.gate(&places).call(call)).0, Err(Refused::BulkheadFull.into()));
        assert_eq!(run(less.gate(&places).call(call)).0, Err(Refused::BulkheadFull.into()));
    }
    assert_eq!((told_all.state(), told_less.state()), (CircuitState::Open, CircuitState::Closed));
    assert_eq!((told_all.metrics().failures, told_less.metrics().failures), (5, 0));

    let calls = Cell::new(0);
    let pipeline = Pipeline::new().gate_classified(&told_less, of_the_server);
    assert_eq!(run(pipeline.call(down(&calls))).0, Err(CallError::Failed("down")));
    assert_eq!(told_less.metrics().failures, 1);
}

#[test]
fn nothing_is_begun_before_the_first_poll() {
    let calls = Cell::new(0);
    let breaker = CircuitBreaker::new().consecutive_failures(1);
    drop(Pipeline::new().call(down(&calls)));
    drop(Pipeline::new().retry(EACH_SECOND).gate(&breaker).timeout(SECOND).call(down(&calls)));
    drop(Pipeline::new().gate(&breaker).hedge(HedgePolicy::new()).call(down(&calls)));
    assert_eq!(calls.get(), 0);
}

/// The breaker opens at the second failure, for ten seconds.
fn breaker() -> CircuitBreaker {
    CircuitBreaker::new().consecutive_failures(2).open_for(SECOND * 10)
}

#[test]
fn a_retry_outside_of_the_breaker_meets_it_with_each_attempt() {
    let (calls, breaker) = (Cell::new(0), breaker());
    let (result, took) = run(Pipeline::new().retry(EACH_SECOND).gate(&breaker).call(down(&calls)));
    // Four attempts, of which the breaker let two through.
    assert!(matches!(result, Err(CallError::Refused(Refused::CircuitOpen { .. }))), "{result:?}");
    assert_eq!((calls.get(), took), (2, SECOND * 3));
}

#[test]
fn a_retry_inside_of_the_breaker_is_one_call_to_it() {
    let (calls, breaker) = (Cell::new(0), breaker());
    let pipeline = Pipeline::new().gate(&breaker).retry(EACH_SECOND);
    let ((), took) = run(async {
        for _ in 0..2 {
            assert_eq!(pipeline.call(down(&calls)).await, Err(CallError::Failed("down")));
        }
        let refused = pipeline.call(down(&calls)).await;
        assert!(matches!(refused, Err(CallError::Refused(Refused::CircuitOpen { .. }))), "{refused:?}");
    });
    assert_eq!((calls.get(), took), (8, SECOND * 6));
}

#[test]
fn a_time_limit_outside_is_for_the_whole_and_inside_for_each_attempt() {
    let hangs = || pending::<Result<u32, Error>>();
    let (result, took) = run(Pipeline::new().timeout(SECOND * 3 / 2).retry(EACH_SECOND).timeout(SECOND).call(hangs));
    assert_eq!((result, took), (Err(elapsed()), SECOND * 3 / 2));
    let (result, took) = run(Pipeline::new().retry(EACH_SECOND).timeout(SECOND).call(hangs));
    assert_eq!((result, took), (Err(elapsed()), SECOND * 7));
}

fn elapsed() -> Error {
    let elapsed: Result<(), Elapsed> = run(time::timeout(Duration::ZERO, pending())).0;
    elapsed.unwrap_err().into()
}

#[test]
fn a_fallback_outside_is_for_what_all_attempts_could_not_do() {
    let calls = Cell::new(0);
    let (result, _) = run(Pipeline::new().fallback(|_: Error| ready(Ok(7))).retry(EACH_SECOND).call(down(&calls)));
    assert_eq!((result, calls.get()), (Ok(7), 4));
    let (result, _) = run(Pipeline::new().retry(EACH_SECOND).fallback(|_: Error| ready(Ok(7))).call(down(&calls)));
    assert_eq!((result, calls.get()), (Ok(7), 5));
}

#[test]
fn a_fallback_for_some_errors_leaves_the_others() {
    let opens = CircuitBreaker::new().consecutive_failures(1).open_for(SECOND);
    let calls = Cell::new(0);
    let is_refused = |error: &Error| matches!(error, CallError::Refused(_));
    let pipeline = Pipeline::new().fallback_when(is_refused, |_| ready(Ok(7))).gate(&opens);
    assert_eq!(run(pipeline.call(down(&calls))).0, Err(CallError::Failed("down")));
    assert_eq!(run(pipeline.call(down(&calls))).0, Ok(7));
    assert_eq!(calls.get(), 1);
}

/// Of 44 attempts that would be made, eleven are, the two that the budget begins with, and the one that ten calls earn.
#[test]
fn layers_share_what_they_borrow() {
    let (calls, budget) = (Cell::new(0), Budget::new(0.1).with_capacity(2));
    let pipeline = Pipeline::new().hedge(HedgePolicy::new().budget(&budget).max_hedges::<3>());
    for _ in 0..11 {
        assert_eq!(run(pipeline.call(down(&calls))).0, Err(CallError::Failed("down")));
    }
    assert_eq!((calls.get(), budget.withdrawn()), (14, 3));
}

#[test]
fn every_attempt_of_an_outer_layer_begins_the_inner_ones_anew() {
    let calls = Cell::new(0);
    let pipeline = Pipeline::new().retry(EACH_SECOND).hedge(HedgePolicy::new()).retry(EACH_SECOND);
    let (_, took) = run(pipeline.call(down(&calls)));
    assert_eq!((calls.get(), took), (4 * 2 * 4, (SECOND * 3 + MILLI * 100) * 4 + SECOND * 3));
}

#[test]
fn all_layers_together_take_what_is_due() {
    let attempts = RefCell::new(Vec::new());
    let slow_then_fast = || {
        let number = attempts.borrow().len();
        attempts.borrow_mut().push(Instant::now());
        async move {
            time::sleep(if number % 2 == 0 { SECOND * 5 } else { MILLI * 10 }).await;
            if number < 3 { Err(io::Error::other("down")) } else { Ok(number) }
        }
    };
    let breaker = CircuitBreaker::new();
    let pipeline = Pipeline::new()
        .fallback(|_: io::Error| ready(Ok(0)))
        .retry(EACH_SECOND)
        .gate(&breaker)
        .hedge(HedgePolicy::new().after(MILLI * 50))
        .timeout(MILLI * 200);
    let (result, took) = run(pipeline.call(slow_then_fast));
    // The first try: an attempt that is too slow (200 ms), and one beside it that fails at 60 ms. The second likewise, but that
    // succeeds.
    assert_eq!(result.unwrap(), 3);
    assert_eq!(took, MILLI * 200 + SECOND + MILLI * 60);
    assert_eq!(attempts.borrow().len(), 4);
}

/// Each layer, and the whole, in a struct with a written type.
#[test]
fn every_layer_can_be_named_and_stored() {
    type Op = fn() -> Ready<Result<u32, Error>>;
    type Layers = Stack<
        Stack<
            Stack<
                Stack<
                    Stack<Identity, Fallbacks<fn(Error) -> Ready<Result<u32, Error>>, AnyError>>,
                    Retries<&'static Policy, Clock>,
                >,
                Gates<Arc<CircuitBreaker>, AnyError>,
            >,
            Hedges<HedgePolicy<After, &'static Budget>, Clock>,
        >,
        Timeouts<Clock>,
    >;
    struct Client {
        pipeline: Pipeline<Layers>,
        call: Option<Call<Layers, Op>>,
    }
    static POLICY: Policy = Policy::new();
    static BUDGET: Budget = Budget::new(0.1);
    let other: fn(Error) -> _ = |_| ready(Ok(0));
    let pipeline = Pipeline::new()
        .fallback(other)
        .retry(&POLICY)
        .gate(Arc::new(CircuitBreaker::new()))
        .hedge(HedgePolicy::new().budget(&BUDGET))
        .timeout(SECOND);
    let op: Op = || ready(Ok(1));
    let mut client = Client { call: Some(pipeline.call(op)), pipeline };
    assert_eq!(Std.block_on(client.call.take().unwrap()), Ok(1));
    // And it can be sent elsewhere, since all its parts can.
    let spawned = Std.block_on(async { task::spawn(client.pipeline.clone().call(op)).await.unwrap() });
    assert_eq!(spawned, Ok(1));
}

#[test]
fn a_call_allocates_nothing() {
    let breaker = CircuitBreaker::new();
    let time = VirtualClock::new();
    let pipeline = Pipeline::new()
        .fallback(|_: Error| ready(Ok(0)))
        .retry_on(time.clock(), EACH_SECOND)
        .gate(&breaker)
        .hedge_on(time.clock(), HedgePolicy::new().after(MILLI))
        .timeout_on(time.clock(), SECOND);
    let cost = CountingAlloc::count(|| {
        let tried = Cell::new(0);
        // It is slow, is hedged, takes too long all the same, and is tried again; then it fails and is made good.
        let op = || {
            tried.set(tried.get() + 1);
            let result = if tried.get() < 3 { None } else { Some(Err(CallError::Failed("down"))) };
            async move {
                match result {
                    Some(result) => result,
                    None => pending().await,
                }
            }
        };
        let mut call = pin!(pipeline.call(op));
        let mut poll = || call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        while poll().is_pending() {
            time.advance(MILLI * 100);
        }
        assert_eq!(tried.get(), 2 + 3 * 2);
    });
    assert_eq!(cost.allocs, 0);
}

#[test]
fn a_call_that_is_over_says_so() {
    let mut call = pin!(Pipeline::new().retry(Policy::new()).call(|| ready(Ok::<u32, Error>(1))));
    assert!(!call.is_terminated());
    assert_ready_eq!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())), Ok(1));
    assert!(call.is_terminated());
}

#[test]
fn a_pipeline_is_a_layer() {
    let calls = Cell::new(0);
    let inner = Pipeline::new().retry(EACH_SECOND);
    fn twice<Op: Operation + Clone, L: Layer<Op>>(layer: &L, op: &Op) -> (L::Operation, L::Operation) {
        (layer.layer(op.clone()), layer.layer(op.clone()))
    }
    let (mut first, mut second) = twice(&inner, &down(&calls));
    let _ = (run(first.attempt()), run(second.attempt()), run(first.attempt()));
    assert_eq!(calls.get(), 12);
    let _ = run(Pipeline::new().fallback(|_: Error| ready(Ok(0))).layer(inner).call(down(&calls)));
    assert_eq!(calls.get(), 16);
}

mod fallbacks {
    use super::*;

    #[test]
    fn what_succeeds_needs_none() {
        let future =
            fallback(ready(Ok::<_, ()>(1)), |()| -> Ready<Result<i32, ()>> { unreachable!("it did not fail") });
        assert_eq!(Std.block_on(future), Ok(1));
    }

    #[test]
    fn the_error_of_the_other_is_given() {
        let future = fallback(ready(Err::<(), _>(1)), |first| async move { Err(first + 1) });
        assert_eq!(Std.block_on(future), Err(2));
    }

    #[test]
    fn the_first_is_gone_before_the_other_is_made() {
        struct Noted<'a>(&'a Cell<bool>);
        impl Drop for Noted<'_> {
            fn drop(&mut self) {
                self.0.set(true);
            }
        }
        let gone = Cell::new(false);
        let noted = Noted(&gone);
        // Not an async block, which lets go of what it has when it ends.
        let first = poll_fn(move |_| {
            let _noted = &noted;
            Poll::Ready(Err::<u8, _>(()))
        });
        let other = |()| {
            assert!(gone.get());
            ready(Ok(1))
        };
        let asked = Cell::new(false);
        let condition = |(): &()| {
            asked.set(gone.get());
            true
        };
        assert_eq!(Std.block_on(fallback(first, other).when(condition)), Ok(1));
        assert!(asked.get());
    }

    #[test]
    fn it_can_be_named() {
        type Given = Ready<Result<u8, u8>>;
        type Other = fn(u8) -> Given;
        let other: Other = |error| ready(Ok(error));
        let named: Fallback<Given, Other, Given> = fallback(ready(Err(3)), other);
        assert_eq!(Std.block_on(named), Ok(3));
    }

    #[test]
    fn once_it_is_over_it_is_neither_polled_nor_changed() {
        let mut future = fallback(ready(Err(1)), |error| ready(Ok::<_, i32>(error)));
        let mut poll = || pin!(&mut future).poll(&mut Context::from_waker(Waker::noop()));
        assert_ready_eq!(poll(), Ok(1));
        catch_unwind(AssertUnwindSafe(|| poll().is_ready())).expect_err("it is over");
        catch_unwind(AssertUnwindSafe(|| future.when(|_| true))).expect_err("it is over");
    }
}
