//! Hedges that have to be over at a deadline.

use anywhen::time::Deadline;

use super::*;

const DOWN: Failed = CallError::Failed(1);
fn timed_out() -> Result<u32, Failed> {
    Err(elapsed().into())
}

/// Fails at once, and counts how often.
fn down(calls: &Cell<u32>) -> impl Operation<Output = u32, Error = Failed> {
    || {
        calls.set(calls.get() + 1);
        ready(Err(DOWN))
    }
}

#[test]
fn what_is_under_way_is_dropped_and_the_error_says_why() {
    let there = Rc::new(Cell::new(0));
    let hangs = || {
        let mine = Counted::new(&there);
        async move {
            let _mine = mine;
            pending::<Result<u32, Failed>>().await
        }
    };
    let time = VirtualClock::manual();
    let end = time.now() + MILLI * 25;
    let hedge = hedge(hangs).after(MILLI * 10).max_hedges::<9>().deadline(end);
    let mut task = TestTask::new(hedge.on(time.clock()));
    for attempts in 1..=3 {
        assert_pending!(task.poll());
        assert_eq!(there.get(), attempts);
        assert!(time.advance_to_next());
        assert!(task.is_woken());
    }
    assert_eq!(time.now(), end);
    assert_ready_eq!(task.poll(), timed_out());
    assert_eq!(there.get(), 0);
    assert!(!time.advance_to_next(), "a timer was left behind");
}

#[test]
fn what_is_ready_at_the_deadline_is_heard() {
    let begun = RefCell::default();
    let (result, took) =
        run(async { hedge(timely(&[(30, Ok(1))], &begun)).deadline(Instant::now() + MILLI * 30).await });
    assert_eq!((result, took), (Ok(1), MILLI * 30));
}

#[test]
fn none_is_begun_at_the_deadline_and_no_token_is_taken() {
    let (begun, budget) = (RefCell::default(), Budget::new(0.0).with_capacity(5));
    let (result, took) = run(async {
        let hedge = hedge(timely(&[], &begun)).after(MILLI * 10).max_hedges::<5>().budget(&budget);
        hedge.deadline(Instant::now() + MILLI * 20).await
    });
    assert_eq!((result, took), (timed_out(), MILLI * 20));
    assert_eq!((millis(&begun), budget.withdrawn(), budget.refused()), (vec![0, 10], 1, 0));
}

/// As with a retry, whose last error comes back when it is too late for another attempt.
#[test]
fn when_it_is_too_late_the_first_attempt_is_made_and_its_error_is_the_result() {
    let (calls, budget) = (Cell::new(0), Budget::new(0.0).with_capacity(5));
    let (result, took) =
        run(async { hedge(down(&calls)).max_hedges::<3>().budget(&budget).deadline(Instant::now()).await });
    assert_eq!((result, took, calls.get()), (Err(DOWN), Duration::ZERO, 1));
    assert_eq!((budget.withdrawn(), budget.refused()), (0, 0));
}

#[test]
fn when_it_is_too_late_what_is_not_ready_at_once_is_given_up() {
    for delay in [Duration::ZERO, MILLI, Duration::MAX] {
        let begun = RefCell::default();
        let late = async {
            let end = Instant::now();
            time::sleep(SECOND).await;
            hedge(timely(&[], &begun)).after(delay).deadline(end).await
        };
        assert_eq!(run(late), (timed_out(), SECOND));
        assert_eq!(begun.borrow().len(), 1);
    }
}

#[test]
fn it_ends_when_nothing_else_would_wake_it() {
    let begun = RefCell::default();
    let budget = Budget::new(0.0).with_capacity(1);
    assert!(budget.try_withdraw());
    let in_a_second = |hedge: HedgePolicy<_, _>| async move { hedge.deadline(Instant::now() + SECOND) };
    let (result, took) = run(async {
        let refused = in_a_second(HedgePolicy::new().budget(&budget)).await;
        hedge(timely(&[], &begun)).policy(refused).await
    });
    assert_eq!((result, took), (timed_out(), SECOND));
    let latencies = Latencies::new();
    let (result, took) = run(async {
        let no_delay = HedgePolicy::new().after_percentile(&latencies, 0.9).deadline(Instant::now() + SECOND);
        hedge(timely(&[], &begun)).policy(no_delay).await
    });
    assert_eq!((result, took, latencies.len()), (timed_out(), SECOND, 0));
}

#[test]
fn of_several_the_earliest_counts_and_never_is_none() {
    for (first, then) in [(SECOND, MILLI * 5), (MILLI * 5, SECOND), (MILLI * 5, Duration::MAX)] {
        let (result, took) = run(async {
            let hedge = hedge(pending::<Result<u32, Failed>>).deadline(Deadline::after(first));
            hedge.deadline(Deadline::after(then)).await
        });
        assert_eq!((result, took), (timed_out(), MILLI * 5));
    }
    let mut never =
        TestTask::new(hedge(pending::<Result<u32, Failed>>).max_hedges::<0>().on(Untouched).deadline(Deadline::NEVER));
    assert_pending!(never.poll());
}

#[test]
fn what_is_ready_at_once_is_given_whatever_time_it_is() {
    let hedge = hedge(|| ready(Ok::<_, Failed>(1))).on(Untouched).deadline(Instant::from_nanos(0));
    assert_eq!(Std.block_on(hedge), Ok(1));
}
