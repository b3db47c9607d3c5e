//! Retries that share a budget.

use std::cell::Cell;
use std::future::ready;
use std::sync::Arc;

use anywhen::prelude::*;
use anywhen::retry::{Budget, Constant, Counters, StopReason, blocking_retry, hedge, retry, retry_stream};
use anywhen::stream;
use anywhen::time::{Duration, Instant};

use super::tries::{AT_ONCE, EACH_SECOND, SECOND, fails, run};

#[test]
fn each_retry_costs_a_token_and_without_one_the_last_result_comes_back() {
    let (calls, budget) = (Cell::new(0), Budget::new(0.0).with_capacity(5));
    let once = || retry(fails(&calls)).policy(EACH_SECOND).budget(&budget).detailed();
    let (error, elapsed) = run(once());
    let error = error.unwrap_err();
    assert_eq!((error.reason, error.attempts, elapsed), (StopReason::MaxAttempts, 4, SECOND * 3));
    let (error, elapsed) = run(once());
    let error = error.unwrap_err();
    assert_eq!((error.reason, error.attempts, elapsed), (StopReason::BudgetExhausted, 3, SECOND * 2));
    let (error, elapsed) = run(once());
    let error = error.unwrap_err();
    assert_eq!((error.reason, error.attempts, elapsed), (StopReason::BudgetExhausted, 1, Duration::ZERO));
    assert_eq!((budget.deposited(), budget.withdrawn(), budget.refused()), (3, 5, 2));
}

#[test]
fn a_token_is_taken_only_for_a_retry_that_is_made() {
    let (calls, budget) = (Cell::new(0), Budget::new(0.0));
    let once = || retry(fails(&calls)).policy(EACH_SECOND).budget(&budget);
    run(once().when(|_| false)).0.unwrap_err();
    run(once().max_attempts(1)).0.unwrap_err();
    run(once().max_elapsed(SECOND / 2)).0.unwrap_err();
    run(once().deadline(Instant::from_nanos(0))).0.unwrap_err();
    run(retry(|| ready(Ok::<_, ()>(1))).budget(&budget)).0.unwrap();
    assert_eq!((budget.deposited(), budget.withdrawn(), budget.refused()), (5, 0, 0));
}

#[test]
fn an_outage_is_not_multiplied() {
    let (calls, budget, counters) = (Cell::new(0), Budget::new(0.1).with_capacity(10), Counters::new());
    for _ in 0..1000 {
        let once = retry(fails(&calls)).policy(AT_ONCE).budget(&budget).observe(&counters);
        run(once).0.unwrap_err();
    }
    // A tenth more than without retries, and what had been saved; the first call had found the budget full.
    assert_eq!(calls.get(), 1000 + 99 + 10);
    assert_eq!((counters.runs(), counters.attempts()), (1000, 1109));
    assert!(counters.gave_up_for(StopReason::BudgetExhausted) > 900);
}

#[test]
fn it_can_be_shared_in_an_arc_and_by_every_form() {
    let budget = Arc::new(Budget::new(0.0).with_capacity(6));
    let calls = Cell::new(0);
    run(retry(fails(&calls)).policy(AT_ONCE.max_attempts(2)).budget(Arc::clone(&budget))).0.unwrap_err();
    assert_eq!(budget.level(), 5);
    let op = || Err::<(), _>(());
    blocking_retry(op).policy(AT_ONCE.max_attempts(3)).budget(&*budget).call().unwrap_err();
    assert_eq!(budget.level(), 3);
    run(async {
        let mut attempts = AT_ONCE.attempts().budget(Arc::clone(&budget));
        attempts.failed(()).await.unwrap();
        drop(attempts);
        let stream = retry_stream(|| stream::iter([Err::<(), _>(())])).policy(AT_ONCE).budget(Arc::clone(&budget));
        let items = stream.collect::<Vec<_>>().await;
        assert_eq!(items, [Err(())]);
    });
    assert_eq!((budget.level(), budget.deposited(), budget.refused()), (0, 4, 1));
}

#[test]
fn of_several_budgets_each_has_its_say() {
    for swapped in [false, true] {
        let (small, large) = (Budget::new(0.0).with_capacity(1), Budget::new(0.0).with_capacity(9));
        let (one, other) = if swapped { (&large, &small) } else { (&small, &large) };
        let calls = Cell::new(0);
        run(retry(fails(&calls)).policy(AT_ONCE).budget(one).budget(other)).0.unwrap_err();
        assert_eq!(calls.get(), 2);
    }
}

/// Else a budget for one server, once it is exhausted, would drain the one that all servers share.
#[test]
fn a_budget_keeps_its_token_where_another_refuses() {
    for swapped in [false, true] {
        let (spent, full) = (Budget::new(0.0).with_capacity(1), Budget::new(0.0).with_capacity(9));
        assert!(spent.try_withdraw());
        let (one, other) = if swapped { (&full, &spent) } else { (&spent, &full) };
        let calls = Cell::new(0);
        let both = || retry(fails(&calls)).policy(AT_ONCE).budget(one).budget(other);
        run(both()).0.unwrap_err();
        run(both().detailed()).0.unwrap_err();
        let policy = AT_ONCE.budget(one);
        run(retry(fails(&calls)).policy(&policy).budget(other)).0.unwrap_err();
        // Of three, those before the one that refuses.
        let third = Budget::new(0.0);
        run(both().budget(&third)).0.unwrap_err();
        run(retry(fails(&calls)).policy(AT_ONCE).budget(&third).budget(one).budget(other)).0.unwrap_err();
        assert_eq!(calls.get(), 5);
        assert_eq!((full.level(), full.withdrawn(), full.refused()), (9, 0, 0));
        assert_eq!((third.level(), third.withdrawn()), (100, 0));
    }
}

#[test]
fn a_retry_and_the_hedges_within_it_deposit_both() {
    let (calls, budget) = (Cell::new(0), Budget::new(0.1).with_capacity(1));
    for _ in 0..10_000 {
        let once = || hedge(fails(&calls)).budget(&budget);
        run(retry(once).policy(AT_ONCE.max_attempts(100)).budget(&budget)).0.unwrap_err();
    }
    // What the docs of a hedge's budget say, and what each has by itself would be.
    assert!((11_112..=12_223).contains(&calls.get()), "{}", calls.get());
}

#[test]
fn what_a_borrowed_policy_was_given_stays_when_its_backoff_is_changed() {
    let (calls, budget) = (Cell::new(0), Budget::new(0.0).with_capacity(1));
    let policy = EACH_SECOND.budget(&budget);
    run(retry(fails(&calls)).policy(&policy).backoff(Constant::new(Duration::ZERO))).0.unwrap_err();
    assert_eq!((calls.get(), budget.level()), (2, 0));
}
