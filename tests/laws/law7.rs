//! Law 7: fairness is stated, and as stated. A race begins at a child drawn at random, each as likely as the others, and
//! its biased form and the functions of futures at the first; queues are first come, first served. In the deterministic
//! executor every choice follows its seed.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::{Context, Poll};

use anywhen::future::poll_once;
use anywhen::prelude::*;
use anywhen::retry::{Jitter, Policy};
use anywhen::sync::{BoundedMutex, BoundedSemaphore, Mutex, Semaphore};
use anywhen::testing::{CountingWaker, Sim, TestTask, WakerEvent};
use anywhen::time::{Duration, Timer, VirtualClock};

use crate::forms::{Made, Visitor, fair_races, ordered_joins, ordered_races, rotating_joins, settles};
use crate::probe::{Event, Log, Probe, probes};
use crate::stage::panic_of;
use crate::support::source::{self, Source};

/// Who was polled since the last time, in that order.
fn polled(log: &Log) -> Vec<usize> {
    let numbers = log.take().into_iter();
    numbers.filter_map(|event| if let Event::Poll(n) = event { Some(n) } else { None }).collect()
}

/// The children in a circle that begins at `first`.
fn circle(first: usize, count: usize) -> Vec<usize> {
    (first..first + count).map(|n| n % count).collect()
}

/// Panics if these numbers of draws do not look drawn evenly: the chi-square is far from what it would then be.
fn assert_even(name: &str, draws: &[u32]) {
    let expected = f64::from(draws.iter().sum::<u32>()) / draws.len() as f64;
    let chi_square = draws.iter().map(|&drawn| (f64::from(drawn) - expected).powi(2) / expected).sum::<f64>();
    let freedom = draws.len() as f64 - 1.0;
    let bound = freedom + 5.0 * (2.0 * freedom).sqrt() + 10.0;
    assert!(chi_square < bound, "{name} is not drawn evenly, chi-square {chi_square:.0} of {bound:.0}: {draws:?}");
}

/// Fresh futures begin anywhere, each of their polls does, and all go on in a circle.
struct BeginAnywhere;

impl Visitor for BeginAnywhere {
    fn visit<const N: usize, const MAY_FAIL: bool>(&mut self, name: &str, make: fn([Probe<MAY_FAIL>; N]) -> Made) {
        let (mut fresh, mut old) = ([0; N], [0; N]);
        let (children, _controls, old_log) = probes();
        let mut old_task = TestTask::new(make(children));
        for _ in 0..600.max(20 * N) {
            let (children, _controls, log) = probes();
            assert!(TestTask::new(make(children)).poll().is_pending());
            assert!(old_task.poll().is_pending());
            for (log, draws) in [(log, &mut fresh), (old_log.clone(), &mut old)] {
                let polled = polled(&log);
                assert_eq!(polled, circle(polled[0], N), "{name}");
                draws[polled[0]] += 1;
            }
        }
        assert_even(name, &fresh);
        assert_even(name, &old);
    }
}

/// Polls begin at the first child, or each as many further on as `STEP` says.
struct BeginInTurn<const STEP: usize>;

impl<const STEP: usize> Visitor for BeginInTurn<STEP> {
    fn visit<const N: usize, const MAY_FAIL: bool>(&mut self, name: &str, make: fn([Probe<MAY_FAIL>; N]) -> Made) {
        let (children, _controls, log) = probes();
        let mut task = TestTask::new(make(children));
        for poll in 0..3 * N {
            assert!(task.poll().is_pending());
            assert_eq!(polled(&log), circle(STEP * poll % N, N), "{name} at its poll {poll}");
        }
    }
}

#[test]
fn races_begin_at_a_child_drawn_at_random() {
    Sim::new(7).block_on(async { fair_races(&mut BeginAnywhere) });
}

#[test]
fn biased_forms_and_functions_begin_at_the_first_child() {
    ordered_races(&mut BeginInTurn::<0>);
    ordered_joins(&mut BeginInTurn::<0>);
    settles(&mut BeginInTurn::<0>);
}

#[test]
fn macros_take_turns() {
    rotating_joins(&mut BeginInTurn::<1>);
}

/// Everything that is drawn at random in the crate, a few times.
async fn choices() -> (Vec<usize>, Vec<Duration>) {
    let races = (0..50).map(|_| poll_once([0, 1, 2, 3, 4, 5, 6].map(std::future::ready).race()));
    let mut winners = Vec::new();
    for race in races {
        winners.extend(race.await);
    }
    let mut schedule = Policy::new().jitter(Jitter::Full).max_attempts(u32::MAX).schedule();
    let delays = (0..50).map(|_| schedule.after_failure(Duration::ZERO, None).unwrap()).collect();
    (winners, delays)
}

#[test]
fn choices_follow_the_seed() {
    let with_seed = |seed| Sim::new(seed).block_on(choices());
    assert_eq!(with_seed(7), with_seed(7));
    let (seven, eight) = (with_seed(7), with_seed(8));
    assert!(seven.0 != eight.0 && seven.1 != eight.1);
    // And nothing else does: outside they differ from run to run.
    let outside = || anywhen::rt::Std.block_on(choices());
    assert_ne!(outside(), outside());
}

/// Whoever came first is served first, one at a time, and nobody overtakes.
///
/// One that is ready gives something that makes room for the next when it is dropped.
fn served_in_order<F: Future>(name: &str, wait: impl Fn() -> F) {
    let ready = |task: &mut TestTask<F>| match task.poll() {
        Poll::Ready(held) => held,
        Poll::Pending => panic!("{name}: not served in its turn"),
    };
    let mut held = Some(ready(&mut TestTask::new(wait())));
    let mut waiting = (0..20).map(|_| TestTask::new(wait())).collect::<Vec<_>>();
    for task in &mut waiting {
        assert!(task.poll().is_pending(), "{name}");
    }
    while !waiting.is_empty() {
        drop(held.take());
        let woken = waiting.iter().map(TestTask::is_woken).collect::<Vec<_>>();
        assert!(woken[0] && !woken[1..].contains(&true), "{name}: out of turn, {woken:?}");
        // Whoever comes now stands behind the others, and leaves again.
        assert!(TestTask::new(wait()).poll().is_pending(), "{name}: overtaken");
        held = Some(ready(&mut waiting.remove(0)));
    }
}

#[test]
fn queues_serve_in_the_order_of_the_first_polls() {
    let mutex = Arc::new(Mutex::new(()));
    served_in_order("Mutex::lock", || mutex.lock());
    served_in_order("Mutex::lock_owned", || Arc::clone(&mutex).lock_owned());
    let bounded = Arc::new(BoundedMutex::new((), 30));
    served_in_order("BoundedMutex::lock", || bounded.lock());
    served_in_order("BoundedMutex::lock_owned", || Arc::clone(&bounded).lock_owned());
    let semaphore = Arc::new(Semaphore::new(3));
    served_in_order("Semaphore::acquire_many", || semaphore.acquire_many(3));
    served_in_order("Semaphore::acquire_many_owned", || Arc::clone(&semaphore).acquire_many_owned(2));
    let bounded = Arc::new(BoundedSemaphore::new(1, 30));
    served_in_order("BoundedSemaphore::acquire", || bounded.acquire());
    served_in_order("BoundedSemaphore::acquire_owned", || Arc::clone(&bounded).acquire_owned());
}

#[test]
fn timers_of_one_instant_fire_in_the_order_of_their_first_polls() {
    let (time, order) = (VirtualClock::new(), Arc::new(std::sync::Mutex::new(Vec::new())));
    let deadline = time.now() + Duration::from_secs(1);
    let mut sleeps = [3, 1, 4, 0, 2].map(|n| (n, Box::pin(time.clock().sleep_until(deadline))));
    sleeps.sort_by_key(|(n, _)| *n);
    for (n, sleep) in &mut sleeps {
        let (n, order) = (*n, Arc::clone(&order));
        let waker = CountingWaker::hooked(move |event| {
            if event == WakerEvent::Wake {
                order.lock().unwrap().push(n);
            }
        });
        assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker.waker())).is_pending());
    }
    time.advance(Duration::from_secs(1));
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
}

/// What a file has to do with that makes a choice among several.
const CHOOSERS: &[&str] = &[
    "Order",
    "Rotation",
    "SelectChildren",
    "JoinChildren",
    "TryJoinChildren",
    "RaceOkChildren",
    "SettleChildren",
    "MergeChildren",
    "RawSemaphore",
];

/// Files that have to do with a choice which another states.
const STATED_ELSEWHERE: &[(&str, &str)] = &[
    ("future/mod.rs", "re-exports"),
    ("future/macros/branches.rs", "hidden; the macro states it"),
    ("future/rotation.rs", "hidden; the macros state it"),
    ("future/select/order.rs", "the two orders themselves"),
    ("future/join/function.rs", "the joins of tuples, by another name"),
    ("future/try_join/function.rs", "the joins of tuples, by another name"),
    ("sync/raw/mod.rs", "internal"),
    ("sync/raw/acquire.rs", "internal"),
    ("sync/mutex/owned.rs", "the queue of `Mutex`"),
    ("sync/mutex/mapped.rs", "guards; the queue of `Mutex`"),
    ("sync/semaphore/owned.rs", "the queue of `Semaphore`"),
];

/// Public types, functions and macros that choose and do not say how.
fn silent(sources: &[Source]) -> Vec<String> {
    let chooses = |source: &&Source| {
        let names =
            |words: &[&str]| source.tokens.iter().any(|token| token.ident().is_some_and(|name| words.contains(&name)));
        // In the test kit the order of tasks is what is under test.
        source.top() != "testing" && names(CHOOSERS) && (!source.public.is_empty() || names(&["macro_export"]))
    };
    let stated = |source: &&Source| {
        source.text.contains("# Fairness") || STATED_ELSEWHERE.iter().any(|(path, _)| source.path.ends_with(path))
    };
    let silent = sources.iter().filter(chooses).filter(|source| !stated(source));
    silent.map(|source| format!("{}: chooses, and has no `# Fairness`", source.place(1))).collect()
}

#[test]
fn what_chooses_says_how() {
    let found = silent(&source::library());
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn unfairness_is_caught() {
    let always_first = |[a, b]: [Probe; 2]| -> Made { Box::pin(async { drop((a, b).race().biased().await) }) };
    let message = panic_of(|| BeginAnywhere.visit("first", always_first)).expect("should be caught");
    assert!(message.contains("first is not drawn evenly"), "{message}");

    // Without a queue whoever comes in time has it, and nobody is told.
    let mutex = Mutex::new(());
    let grabs = || poll_fn(|_| mutex.try_lock().map_or(Poll::Pending, Poll::Ready));
    let message = panic_of(|| served_in_order("grabs", grabs)).expect("should be caught");
    assert!(message.contains("grabs: out of turn"), "{message}");

    let planted = [Source::planted("sync/door.rs", "pub struct Door { queue: RawSemaphore }")];
    assert_eq!(silent(&planted), ["src/sync/door.rs:1: chooses, and has no `# Fairness`"]);
}
