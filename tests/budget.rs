//! The budget that retries and hedges share: what goes in, what comes out, and never more than that.
#![cfg(feature = "testing")]

use std::cell::Cell;
use std::future::Pending;
use std::panic::catch_unwind;
use std::pin::Pin;
use std::sync::Barrier;
use std::thread;

use anywhen::retry::Budget;
use anywhen::time::{Duration, Instant, Timer, VirtualClock};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

fn withdraw_all<T: Timer>(budget: &Budget<T>) -> u32 {
    let mut taken = 0;
    while budget.try_withdraw() {
        taken += 1;
    }
    taken
}

/// A time that is set by hand, also back, and that counts how often it is asked for.
#[derive(Clone, Default)]
struct Dial<'a>(Option<&'a Cell<Instant>>, Option<&'a Cell<u32>>);

impl Timer for Dial<'_> {
    type Sleep = Pending<()>;

    fn now(&self) -> Instant {
        if let Some(asked) = self.1 {
            asked.set(asked.get() + 1);
        }
        self.0.expect("a time that is not needed was asked for").get()
    }

    fn sleep_until(&self, _: Instant) -> Pending<()> {
        unreachable!("a budget does not sleep")
    }

    fn reset(_: Pin<&mut Pending<()>>, _: Instant) {}
}

#[test]
fn it_starts_full_and_then_gives_the_share_of_calls() {
    let budget = Budget::new(0.2);
    assert_eq!(withdraw_all(&budget), 100);
    for calls in 1..=50 {
        budget.deposit();
        assert_eq!(budget.try_withdraw(), calls % 5 == 0, "{calls}");
    }
    assert_eq!((budget.deposited(), budget.withdrawn(), budget.refused()), (50, 110, 41));
}

#[test]
fn a_ratio_above_one_gives_several_for_each_call() {
    let budget = Budget::new(2.5).with_capacity(10);
    withdraw_all(&budget);
    budget.deposit();
    assert_eq!(withdraw_all(&budget), 2);
    budget.deposit();
    assert_eq!(withdraw_all(&budget), 3);
}

#[test]
fn without_a_floor_nobody_asks_for_the_time() {
    let budget = Budget::new(0.1).on(Dial::default());
    budget.deposit();
    assert!(budget.try_withdraw());
    assert_eq!(budget.level(), 99);
}

#[test]
fn calls_do_not_ask_for_the_time() {
    let (now, asked) = (Cell::new(Instant::from_nanos(1)), Cell::new(0));
    let budget = Budget::new(0.1).with_floor(1.0).on(Dial(Some(&now), Some(&asked)));
    for _ in 0..1000 {
        budget.deposit();
    }
    assert_eq!(asked.get(), 0);
    assert!(budget.try_withdraw());
    assert_eq!(asked.get(), 1);
}

/// A million tokens have come in, and room is for seven: one look at the clock, and seven it is.
#[test]
fn a_year_of_idleness_costs_what_a_moment_costs() {
    const YEAR: Duration = Duration::from_secs(365 * 86_400);
    let (now, asked) = (Cell::new(Instant::from_nanos(1 << 40)), Cell::new(0));
    let budget = Budget::new(0.1).with_floor(10_000.0).with_capacity(7).on(Dial(Some(&now), Some(&asked)));
    assert_eq!(withdraw_all(&budget), 7);
    for years in [1, 100, 290] {
        now.set(now.get() + YEAR * years);
        asked.set(0);
        assert!(budget.try_withdraw());
        assert_eq!(asked.get(), 1, "{years} years");
        assert_eq!(withdraw_all(&budget), 6, "{years} years");
    }
}

#[test]
fn the_floor_is_exact_however_often_it_is_asked_for() {
    let time = VirtualClock::manual();
    let budget = Budget::new(0.0).with_floor(3.0).with_capacity(1000).on(time.clock());
    withdraw_all(&budget);
    // A hundred seconds in steps of which none is worth a ten-thousandth of a token.
    let mut taken = 0;
    for _ in 0..100_000 {
        time.advance(Duration::from_millis(1));
        taken += u32::from(budget.try_withdraw());
    }
    assert_eq!(taken, 300);
}

#[test]
fn a_clock_that_is_set_back_does_not_stop_the_floor() {
    let now = Cell::new(Instant::from_nanos(0) + SECOND * 1_000_000);
    let budget = Budget::new(1.0).with_floor(1.0).with_capacity(5).on(Dial(Some(&now), None));
    assert_eq!(withdraw_all(&budget), 5);
    now.set(Instant::from_nanos(0) + SECOND);
    assert!(!budget.try_withdraw(), "nothing is earned by that");
    budget.deposit();
    assert!(budget.try_withdraw(), "and calls are counted on");
    now.set(now.get() + SECOND);
    assert!(budget.try_withdraw());
    assert!(!budget.try_withdraw());
}

#[test]
fn a_time_that_never_comes_fills_it() {
    let now = Cell::new(Instant::from_nanos(0));
    let budget = Budget::new(0.0).with_floor(10_000.0).with_capacity(u32::MAX).on(Dial(Some(&now), None));
    assert_eq!(budget.level(), u32::MAX);
    assert!(budget.try_withdraw());
    assert_eq!(budget.level(), u32::MAX - 1);
    now.set(Instant::FAR_FUTURE);
    assert_eq!(budget.level(), u32::MAX);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for wrong in [-0.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 10_000.1] {
        catch_unwind(|| Budget::new(wrong)).expect_err("a ratio");
        catch_unwind(|| Budget::new(0.1).with_floor(wrong)).expect_err("a floor");
    }
    catch_unwind(|| Budget::new(0.1).with_capacity(0)).expect_err("no room");
    let _ = Budget::new(10_000.0).with_floor(10_000.0).with_capacity(u32::MAX);
    let _ = Budget::new(-0.0).with_floor(-0.0);
}

#[test]
fn it_says_what_its_terms_are_and_how_much_is_left_and_asks_nobody_for_that() {
    let now = Cell::new(Instant::from_nanos(0));
    let asked = Cell::new(0);
    let budget = Budget::new(0.25).with_floor(2.0).with_capacity(9).on(Dial(Some(&now), Some(&asked)));
    let terms = "ratio: 0.25, floor: 2.0, capacity: 9, ..";
    assert_eq!(format!("{budget:?}"), format!("Budget {{ level: 9, {terms} }}"));
    assert!(budget.try_withdraw() && budget.try_withdraw());
    assert_eq!(format!("{budget:?}"), format!("Budget {{ level: 7, {terms} }}"));
    (0..5).for_each(|_| budget.deposit());
    assert_eq!((format!("{budget:?}"), asked.get()), (format!("Budget {{ level: 8, {terms} }}"), 2));
}

/// Every thread calls, and tries whatever it can get each time. What is out and what is left is what went in.
#[test]
fn many_threads_share_it_to_the_last_token() {
    static BUDGET: Budget = Budget::new(0.3).with_capacity(1_000_000);
    const THREADS: u32 = 8;
    const CALLS: u32 = 20_000;
    let begin = Barrier::new(THREADS as usize);
    let thread = || {
        begin.wait();
        (0..CALLS)
            .map(|_| {
                BUDGET.deposit();
                u32::from(BUDGET.try_withdraw()) + u32::from(BUDGET.try_withdraw())
            })
            .sum::<u32>()
    };
    let before = 1_000_000 - 100;
    for _ in 0..before {
        assert!(BUDGET.try_withdraw());
    }
    let taken: u32 = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(thread)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let earned = THREADS * CALLS * 3 / 10;
    assert_eq!(taken + BUDGET.level(), 100 + earned);
    assert_eq!(BUDGET.deposited(), u64::from(THREADS * CALLS));
    assert_eq!(BUDGET.withdrawn(), u64::from(before + taken));
    assert!(taken >= earned, "there was always somebody who would have taken it");
}

/// Time passes in one thread while others take what the floor gives.
#[test]
fn many_threads_do_not_get_more_than_the_floor() {
    const SECONDS: u32 = 300;
    let time = VirtualClock::manual();
    let budget = Budget::new(0.0).with_floor(10.0).with_capacity(1_000_000).on(time.clock());
    for _ in 0..1_000_000 {
        assert!(budget.try_withdraw());
    }
    let taken: u32 = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..20_000).map(|_| u32::from(budget.try_withdraw())).sum::<u32>()))
            .collect();
        for _ in 0..SECONDS * 1000 {
            time.advance(Duration::from_millis(1));
        }
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(taken + budget.level(), 10 * SECONDS);
}

#[derive(Clone, Debug)]
enum Step {
    Call,
    Retry,
    Wait(u64),
}

fn steps(most_wait: u64) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Call),
        4 => Just(Step::Retry),
        1 => (0..most_wait).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..400)
}

proptest! {
    /// In steps of a millisecond, and with tenths of a token for a call and for a second, everything is a whole number of
    /// ten-thousandths, and the naive account is exact.
    #[test]
    fn it_is_as_the_naive_account_says(
        (ratio, floor, capacity) in (0..30_u32, 0..50_u32, 1..20_u32),
        steps in steps(2_000),
    ) {
        let now = Cell::new(Instant::from_nanos(123_000_000));
        let budget = Budget::new(f64::from(ratio) / 10.0).with_floor(f64::from(floor) / 10.0).with_capacity(capacity);
        let budget = budget.on(Dial(Some(&now), None));
        let most = u64::from(capacity) * 10_000;
        let mut level = most;
        for step in steps {
            match step {
                Step::Call => {
                    budget.deposit();
                    level = most.min(level + u64::from(ratio) * 1_000);
                }
                Step::Wait(millis) => {
                    now.set(now.get() + Duration::from_millis(millis));
                    level = most.min(level + u64::from(floor) * millis);
                }
                Step::Retry => {
                    let there_is = level >= 10_000;
                    prop_assert_eq!(budget.try_withdraw(), there_is);
                    level -= if there_is { 10_000 } else { 0 };
                }
            }
            prop_assert_eq!(u64::from(budget.level()), level / 10_000);
        }
    }

    /// Whatever the numbers are: never more than there is room for at the start and has come in since.
    #[test]
    fn no_more_comes_out_than_went_in(
        (ratio, floor, capacity) in (0.0..3.0, 0.0..50.0, 1..20_u32),
        steps in steps(3_000_000_000),
    ) {
        let start = Instant::from_nanos(987_654_321);
        let now = Cell::new(start);
        let budget = Budget::new(ratio).with_floor(floor).with_capacity(capacity).on(Dial(Some(&now), None));
        for step in steps {
            match step {
                Step::Call => budget.deposit(),
                Step::Wait(nanos) => now.set(now.get() + Duration::from_nanos(nanos)),
                Step::Retry => _ = budget.try_withdraw(),
            }
        }
        // Rounding: half a ten-thousandth for each call and each second, and one for the moment.
        let half = 0.000_05;
        let seconds = (now.get() - start).as_secs_f64();
        let most = f64::from(capacity)
            + budget.deposited() as f64 * (ratio + half)
            + seconds * (floor + half)
            + 2.0 * half;
        prop_assert!(budget.withdrawn() as f64 <= most, "{} of {most}", budget.withdrawn());
    }
}
