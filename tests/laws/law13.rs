//! Law 13: bad input is refused early. What would hang or make no sense panics where it is said, with the documented
//! message and in the caller's name, and not at some later poll. A zero to which others give a meaning keeps it.

use std::cell::RefCell;
use std::future::{Ready, pending, ready};
use std::panic::{self, Location};
use std::pin::Pin;
use std::sync::{Arc, Once};
use std::task::{Context, Waker};
use std::time::Duration;

use anywhen::future::{select_all, select_ok};
use anywhen::prelude::*;
use anywhen::retry::{
    AdaptiveLimit, Budget, Bulkhead, CircuitBreaker, Constant, Decorrelated, Exponential, Fibonacci, HedgePolicy,
    Jitter, Latencies, Linear, Policy, RateLimiter, Retry, Smooth, fallback, hedge, retry,
};
use anywhen::rt::Std;
use anywhen::sync::{
    Barrier, BoundedMutex, BoundedSemaphore, Fairness, OwnedSemaphorePermit, RwLock, Semaphore, SemaphorePermit,
};
use anywhen::time::delay_queue::Key;
use anywhen::time::{
    Clock, DelayQueue, Instant, Timer, VirtualClock, interval, interval_at, interval_at_on, interval_on, timeout,
};
use anywhen::{stream, task};

use crate::stage::panic_of;
use crate::support::function::{Function, gaps, public_functions};
use crate::support::source::{self, Source};

/// What is made is of no interest: it is not to be made.
fn made<T>(_: T) {}

/// A function, an input that it does not take, and how its message goes.
struct Refusal {
    function: &'static str,
    call: fn(),
    message: &'static str,
}

const fn refuses(function: &'static str, call: fn(), message: &'static str) -> Refusal {
    Refusal { function, call, message }
}

const ZERO: Duration = Duration::ZERO;
const SECOND: Duration = Duration::from_secs(1);
const NANO: Duration = Duration::from_nanos(1);

const STALE: &str = "invalid key: its item is not in the queue any more";
const PERIOD: &str = "`period` must be non-zero";
const FIRST: &str = "the first delay of a growing backoff must not be zero";
const MAXIMUM: &str = "the maximum of a backoff must not be below its first delay";
const FACTOR: &str = "the factor of a backoff must be a number from 1 to 2^32";
const ATTEMPTS: &str = "a policy must allow one attempt at least";
const SHARE: &str = "the share of a proportional jitter must be from 0 to 1";
const RATE: &str = "the failure rate of a circuit breaker must be above 0, and at most 1";
const CALLS: &str = "a circuit breaker can remember from 1 to 1024 calls";
const NEVER: &str = "a circuit breaker that remembers fewer calls than it waits for would never open";
const RATIO: &str = "the ratio of a budget must be from 0 to 10,000";
const FLOOR: &str = "the floor of a budget must be from 0 to 10,000 a second";
const WINDOW: &str = "a window must be even, and 64 at least";
const PERCENTILE: &str = "the share of a percentile must be from 0 to 1";
const NO_RATE: &str = "a rate of nothing would never let anything through";
const NO_TIME: &str = "the period of a rate must not be zero";
const NO_CALLS: &str = "a limit of no calls would never let anything through";
const BETWEEN: &str = "a limit must begin between its least and its largest";
const LEFT: &str = "what is left of a limit must be a share between 0 and 1";
const PERMITS: &str = "a semaphore may not have more than MAX_PERMITS permits";
const NO_READERS: &str = "a RwLock may not be created with 0 readers";
const READERS: &str = "a RwLock may not be created with more than u32::MAX >> 3 readers";
const ADDED: &str = "number of added permits would overflow MAX_PERMITS";
const CHUNKS: &str = "the capacity of chunks must not be zero";
const MERGED: &str = "merging permits from different semaphore instances";

const NO_FUTURES: &str = "a buffer for no futures would never give anything";
const NO_ROOM: &str = "a buffer without room would never give anything";

/// Calls something with a key whose item has gone, and whose place another item has.
fn stale(call: fn(&mut DelayQueue<u8>, &Key)) {
    let mut queue = DelayQueue::new();
    let key = queue.insert(1, SECOND);
    queue.clear();
    queue.insert(2, SECOND);
    call(&mut queue, &key);
}

/// A stream for buffers.
fn items<T>() -> futures_lite::stream::Pending<T> {
    futures_lite::stream::pending()
}

type Fut = Ready<Result<(), ()>>;
const NOTHING: &str = "a race of nothing would never end";

const TOO_MANY: usize = Semaphore::MAX_PERMITS + 1;

fn fallback_once_polled() {
    let mut future = fallback(ready(Ok::<(), ()>(())), |()| ready(Ok(())));
    assert!(Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop())).is_ready());
    made(future.when(|()| true));
}

const TABLE: &[Refusal] = &[
    refuses("stream::StreamExt::buffered", || made(items::<Fut>().buffered(0)), NO_FUTURES),
    refuses("stream::StreamExt::buffer_unordered", || made(items::<Fut>().buffer_unordered(0)), NO_FUTURES),
    refuses("stream::StreamExt::map_concurrent", || made(items::<()>().map_concurrent(0, ready)), NO_FUTURES),
    refuses("stream::TryStreamExt::try_buffered", || made(items::<Result<Fut, ()>>().try_buffered(0)), NO_FUTURES),
    refuses(
        "stream::TryStreamExt::try_buffer_unordered",
        || made(items::<Result<Fut, ()>>().try_buffer_unordered(0)),
        NO_FUTURES,
    ),
    refuses("stream::StreamExt::buffered_weighted", || made(items::<(usize, Fut)>().buffered_weighted(0)), NO_ROOM),
    refuses(
        "stream::StreamExt::buffer_unordered_weighted",
        || made(items::<(usize, Fut)>().buffer_unordered_weighted(0)),
        NO_ROOM,
    ),
    refuses("time::interval", || made(interval(ZERO)), PERIOD),
    refuses("time::interval_at", || made(interval_at(Instant::FAR_FUTURE, ZERO)), PERIOD),
    refuses("time::interval_on", || made(interval_on(Clock::system(), ZERO)), PERIOD),
    refuses("time::interval_at_on", || made(interval_at_on(Clock::system(), Instant::now(), ZERO)), PERIOD),
    refuses("time::DelayQueue::remove", || stale(|queue, key| made(queue.remove(key))), STALE),
    refuses("time::DelayQueue::reset", || stale(|queue, key| queue.reset(key, SECOND)), STALE),
    refuses("time::DelayQueue::reset_at", || stale(|queue, key| queue.reset_at(key, Instant::FAR_FUTURE)), STALE),
    refuses("time::DelayQueue::deadline", || stale(|queue, key| made(queue.deadline(key))), STALE),
    refuses("retry::Exponential::new", || made(Exponential::new(ZERO, 2.0)), FIRST),
    refuses("retry::Exponential::new", || made(Exponential::new(SECOND, 0.999)), FACTOR),
    refuses("retry::Exponential::new", || made(Exponential::new(SECOND, 4_294_967_297.0)), FACTOR),
    refuses("retry::Exponential::new", || made(Exponential::new(SECOND, f64::NAN)), FACTOR),
    refuses("retry::Exponential::new", || made(Exponential::new(SECOND, f64::INFINITY)), FACTOR),
    refuses("retry::Exponential::new", || made(Exponential::new(SECOND, -2.0)), FACTOR),
    refuses("retry::Exponential::with_max", || made(Exponential::new(SECOND, 2.0).with_max(SECOND - NANO)), MAXIMUM),
    refuses("retry::Fibonacci::new", || made(Fibonacci::new(ZERO)), FIRST),
    refuses("retry::Fibonacci::with_max", || made(Fibonacci::new(SECOND).with_max(ZERO)), MAXIMUM),
    refuses("retry::Linear::with_max", || made(Linear::new(SECOND, ZERO).with_max(SECOND - NANO)), MAXIMUM),
    refuses("retry::Decorrelated::new", || made(Decorrelated::new(ZERO, SECOND)), FIRST),
    refuses("retry::Decorrelated::new", || made(Decorrelated::new(SECOND, SECOND - NANO)), MAXIMUM),
    refuses("retry::Smooth::new", || made(Smooth::new(ZERO)), FIRST),
    refuses("retry::Smooth::with_max", || made(Smooth::new(SECOND).with_max(SECOND - NANO)), MAXIMUM),
    refuses("retry::Policy::max_attempts", || made(Policy::new().max_attempts(0)), ATTEMPTS),
    refuses("retry::Policy::jitter", || made(Policy::new().jitter(Jitter::Proportional(1.001))), SHARE),
    refuses("retry::Policy::jitter", || made(Policy::new().jitter(Jitter::Proportional(-0.001))), SHARE),
    refuses("retry::Policy::jitter", || made(Policy::new().jitter(Jitter::Proportional(f64::NAN))), SHARE),
    refuses("retry::Retry::max_attempts", || made(once().max_attempts(0)), ATTEMPTS),
    refuses("retry::Retry::jitter", || made(once().jitter(Jitter::Proportional(2.0))), SHARE),
    refuses(
        "retry::Retry::delay_from_within",
        || made(once().delay_from_within(SECOND, ZERO, |()| None)),
        "the floor of a delay must not be above its ceiling",
    ),
    refuses(
        "retry::PolicyExt::delay_from_within",
        || made(Policy::new().delay_from_within(SECOND, ZERO, |()| None::<Duration>)),
        "the floor of a delay must not be above its ceiling",
    ),
    refuses(
        "retry::CircuitBreaker::consecutive_failures",
        || made(CircuitBreaker::new().consecutive_failures(0)),
        "a circuit breaker must stand one call at least",
    ),
    refuses(
        "retry::CircuitBreaker::failure_rate_of_calls",
        || made(CircuitBreaker::new().failure_rate_of_calls(0.0, 10)),
        RATE,
    ),
    refuses(
        "retry::CircuitBreaker::failure_rate_of_calls",
        || made(CircuitBreaker::new().failure_rate_of_calls(1.001, 10)),
        RATE,
    ),
    refuses(
        "retry::CircuitBreaker::failure_rate_of_calls",
        || made(CircuitBreaker::new().failure_rate_of_calls(f64::NAN, 10)),
        RATE,
    ),
    refuses(
        "retry::CircuitBreaker::failure_rate_of_calls",
        || made(CircuitBreaker::new().failure_rate_of_calls(0.5, 0)),
        CALLS,
    ),
    refuses(
        "retry::CircuitBreaker::failure_rate_of_calls",
        || made(CircuitBreaker::new().failure_rate_of_calls(0.5, 1025)),
        CALLS,
    ),
    refuses(
        "retry::CircuitBreaker::failure_rate_of_calls",
        || made(CircuitBreaker::new().min_calls(11).failure_rate_of_calls(0.5, 10)),
        NEVER,
    ),
    refuses(
        "retry::CircuitBreaker::failure_rate_over",
        || made(CircuitBreaker::new().failure_rate_over(-0.5, SECOND)),
        RATE,
    ),
    refuses(
        "retry::CircuitBreaker::failure_rate_over",
        || made(CircuitBreaker::new().failure_rate_over(f64::INFINITY, SECOND)),
        RATE,
    ),
    refuses(
        "retry::CircuitBreaker::failure_rate_over",
        || made(CircuitBreaker::new().failure_rate_over(0.5, ZERO)),
        "the period of a failure rate must not be zero",
    ),
    refuses(
        "retry::CircuitBreaker::min_calls",
        || made(CircuitBreaker::new().min_calls(0)),
        "a failure rate is of one call at least",
    ),
    refuses(
        "retry::CircuitBreaker::min_calls",
        || made(CircuitBreaker::new().failure_rate_of_calls(0.5, 10).min_calls(11)),
        NEVER,
    ),
    refuses(
        "retry::CircuitBreaker::open_for",
        || made(CircuitBreaker::new().open_for(ZERO)),
        "a circuit breaker must stay open for some time",
    ),
    refuses(
        "retry::CircuitBreaker::probes",
        || made(CircuitBreaker::new().probes(0)),
        "a half-open circuit must let one call try at least",
    ),
    refuses(
        "retry::CircuitBreaker::successes_to_close",
        || made(CircuitBreaker::new().successes_to_close(0)),
        "a half-open circuit is closed by one success at least",
    ),
    refuses(
        "retry::CircuitBreaker::slow_call",
        || made(CircuitBreaker::new().slow_call(ZERO)),
        "every call takes longer than no time",
    ),
    refuses("retry::Budget::new", || made(Budget::new(f64::NAN)), RATIO),
    refuses("retry::Budget::new", || made(Budget::new(-0.001)), RATIO),
    refuses("retry::Budget::new", || made(Budget::new(f64::INFINITY)), RATIO),
    refuses("retry::Budget::with_floor", || made(Budget::new(0.1).with_floor(f64::NAN)), FLOOR),
    refuses("retry::Budget::with_floor", || made(Budget::new(0.1).with_floor(-1.0)), FLOOR),
    refuses("retry::Budget::with_floor", || made(Budget::new(0.1).with_floor(10_000.1)), FLOOR),
    refuses(
        "retry::Budget::with_capacity",
        || made(Budget::new(0.1).with_capacity(0)),
        "a budget must have room for a token",
    ),
    refuses("retry::Fallback::when", fallback_once_polled, "a `Fallback` cannot be changed once it has been polled"),
    refuses("retry::Latencies::with_window", || made(Latencies::with_window(62)), WINDOW),
    refuses("retry::Latencies::with_window", || made(Latencies::with_window(65)), WINDOW),
    refuses("retry::Latencies::percentile", || made(Latencies::new().percentile(f64::NAN)), PERCENTILE),
    refuses("retry::Latencies::percentile", || made(Latencies::new().percentile(95.0)), PERCENTILE),
    refuses(
        "retry::HedgePolicy::after_percentile",
        || made(HedgePolicy::new().after_percentile(&Latencies::new(), -0.1)),
        PERCENTILE,
    ),
    refuses(
        "retry::Hedge::after_percentile",
        || made(hedge(|| ready(Ok::<(), ()>(()))).after_percentile(&Latencies::new(), 1.1)),
        PERCENTILE,
    ),
    refuses("retry::RateLimiter::new", || made(RateLimiter::new(0, SECOND)), NO_RATE),
    refuses("retry::RateLimiter::new", || made(RateLimiter::new(1, ZERO)), NO_TIME),
    refuses(
        "retry::RateLimiter::burst",
        || made(RateLimiter::new(1, SECOND).burst(0)),
        "a burst of nothing would never let anything through",
    ),
    refuses("retry::RateLimiter::set_rate", || RateLimiter::new(1, SECOND).set_rate(0, SECOND), NO_RATE),
    refuses("retry::RateLimiter::set_rate", || RateLimiter::new(1, SECOND).set_rate(1, ZERO), NO_TIME),
    refuses(
        "retry::Bulkhead::new",
        || made(Bulkhead::new(0, 1)),
        "a bulkhead without places would never let anything through",
    ),
    refuses("retry::Bulkhead::new", || made(Bulkhead::new(TOO_MANY, 1)), PERMITS),
    refuses("retry::AdaptiveLimit::new", || made(AdaptiveLimit::new(0, 1)), NO_CALLS),
    refuses("retry::AdaptiveLimit::new", || made(AdaptiveLimit::new(TOO_MANY, 1)), PERMITS),
    refuses("retry::AdaptiveLimit::within", || made(AdaptiveLimit::new(5, 1).within(0, 9)), NO_CALLS),
    refuses("retry::AdaptiveLimit::within", || made(AdaptiveLimit::new(5, 1).within(6, 9)), BETWEEN),
    refuses("retry::AdaptiveLimit::within", || made(AdaptiveLimit::new(5, 1).within(1, 4)), BETWEEN),
    refuses("retry::AdaptiveLimit::within", || made(AdaptiveLimit::new(5, 1).within(1, TOO_MANY)), PERMITS),
    refuses("retry::AdaptiveLimit::decrease", || made(AdaptiveLimit::new(5, 1).decrease(0.0)), LEFT),
    refuses("retry::AdaptiveLimit::decrease", || made(AdaptiveLimit::new(5, 1).decrease(1.0)), LEFT),
    refuses("retry::AdaptiveLimit::decrease", || made(AdaptiveLimit::new(5, 1).decrease(f64::NAN)), LEFT),
    refuses(
        "retry::AdaptiveLimit::slow_call",
        || made(AdaptiveLimit::new(5, 1).slow_call(ZERO)),
        "every call takes longer than no time",
    ),
    refuses("sync::Semaphore::new", || made(Semaphore::new(TOO_MANY)), PERMITS),
    refuses("sync::Semaphore::new", || made(Semaphore::new(usize::MAX)), PERMITS),
    refuses("sync::Semaphore::const_new", || made(Semaphore::const_new(TOO_MANY)), PERMITS),
    refuses("sync::Semaphore::with_fairness", || made(Semaphore::with_fairness(TOO_MANY, Fairness::Unfair)), PERMITS),
    refuses(
        "sync::BoundedSemaphore::with_fairness",
        || made(BoundedSemaphore::with_fairness(TOO_MANY, 1, Fairness::Eventual)),
        PERMITS,
    ),
    refuses("sync::BoundedSemaphore::new", || made(BoundedSemaphore::new(TOO_MANY, 1)), PERMITS),
    refuses("sync::Semaphore::add_permits", || Semaphore::new(1).add_permits(TOO_MANY - 1), ADDED),
    refuses("sync::Semaphore::add_permits", || Semaphore::new(1).add_permits(usize::MAX), ADDED),
    refuses("sync::BoundedSemaphore::add_permits", || BoundedSemaphore::new(1, 1).add_permits(TOO_MANY - 1), ADDED),
    refuses("sync::RwLock::with_max_readers", || made(RwLock::with_max_readers((), 0)), NO_READERS),
    refuses("sync::RwLock::with_max_readers", || made(RwLock::with_max_readers((), 1 + (u32::MAX >> 3))), READERS),
    refuses("sync::RwLock::const_with_max_readers", || made(RwLock::const_with_max_readers((), 0)), NO_READERS),
    refuses("sync::RwLock::const_with_max_readers", || made(RwLock::const_with_max_readers((), u32::MAX)), READERS),
    refuses("sync::SemaphorePermit::merge", merge, MERGED),
    refuses("sync::OwnedSemaphorePermit::merge", merge_owned, MERGED),
    refuses("stream::StreamExt::chunks", || made(stream::iter([1]).chunks(0)), CHUNKS),
    refuses("stream::StreamExt::ready_chunks", || made(stream::iter([1]).ready_chunks(0)), CHUNKS),
    refuses("stream::StreamExt::chunks_timeout", || made(stream::iter([1]).chunks_timeout(0, SECOND)), CHUNKS),
    refuses(
        "stream::StreamExt::chunks_timeout_on",
        || made(stream::iter([1]).chunks_timeout_on(Clock::system(), 0, SECOND)),
        CHUNKS,
    ),
    refuses("stream::StreamExt::sample", || made(stream::iter([1]).sample(ZERO)), PERIOD),
    refuses("stream::StreamExt::sample_on", || made(stream::iter([1]).sample_on(Clock::system(), ZERO)), PERIOD),
    refuses("stream::TryStreamExt::try_chunks", || made(stream::iter([Ok::<_, ()>(1)]).try_chunks(0)), CHUNKS),
    refuses(
        "stream::TryStreamExt::try_ready_chunks",
        || made(stream::iter([Ok::<_, ()>(1)]).try_ready_chunks(0)),
        CHUNKS,
    ),
    refuses("task::JoinError::into_panic", into_panic, "`JoinError` reason is not a panic."),
    refuses("future::Race::race", || made(Vec::<Ready<u8>>::new().race()), NOTHING),
    refuses("future::Select::select", || made(Vec::<Ready<u8>>::new().select()), NOTHING),
    refuses("future::RaceOk::race_ok", || made(Vec::<Ready<Result<u8, ()>>>::new().race_ok()), NOTHING),
    refuses("future::RaceOkChildren::into_slots", || made(Vec::<Ready<Result<u8, ()>>>::new().race_ok()), NOTHING),
    refuses("future::SelectChildren::into_state", || made(Vec::<Ready<u8>>::new().race().biased()), NOTHING),
    refuses("future::select_all", || made(select_all([(); 0].map(ready))), "`select_all` of nothing would never end"),
    refuses(
        "future::select_ok",
        || made(select_ok([(); 0].map(|()| ready(Ok::<(), ()>(()))))),
        "`select_ok` of nothing would never end",
    ),
    #[cfg(feature = "tokio")]
    refuses("rt::Tokio::current", || made(anywhen::rt::Tokio::current()), "there is no reactor running"),
    #[cfg(feature = "tokio")]
    refuses("rt::Tokio::block_on", block_on_in_tokio, "Cannot start a runtime from within a runtime"),
];

type Op = fn() -> Ready<Result<(), ()>>;

fn once() -> Retry<Op> {
    retry(|| ready(Ok(())))
}

fn merge() {
    let (mine, other) = (Semaphore::new(1), Semaphore::new(1));
    let mut permit: SemaphorePermit<'_> = mine.try_acquire().unwrap();
    permit.merge(other.try_acquire().unwrap());
}

fn merge_owned() {
    let one = || -> OwnedSemaphorePermit { Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap() };
    one().merge(one());
}

fn into_panic() {
    let handle = task::spawn(pending::<()>());
    handle.abort();
    drop(Std.block_on(handle).unwrap_err().into_panic());
}

#[cfg(feature = "tokio")]
fn block_on_in_tokio() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let rt = anywhen::rt::Tokio::new(runtime.handle().clone());
    runtime.block_on(async { rt.block_on(ready(())) });
}

/// Functions whose `# Panics` section is of something else.
const OTHERS: &[(&str, &str)] = &[
    ("future::all_disabled", "hidden; it is how `select!` panics, which is in tests/future"),
    ("rt::Std::block_on", "passes on what the future does"),
    ("rt::Smol::block_on", "passes on what the future does"),
    ("rt::AsyncStd::block_on", "passes on what the future does"),
    ("task::spawn", "the system refuses a thread"),
    ("task::spawn_on", "the system refuses a thread"),
    ("task::spawn_blocking", "the system refuses a thread"),
    ("task::spawn_blocking_on", "the system refuses a thread"),
    ("time::DelayQueue::insert", "there are more items than most memories hold"),
    ("time::DelayQueue::insert_at", "there are more items than most memories hold"),
    ("sync::WaitGroup::token", "there are more of them than memory holds"),
    ("sync::WaitGroup::token_owned", "there are more of them than memory holds"),
    #[cfg(not(feature = "tokio"))]
    ("rt::Tokio::current", "not built"),
    #[cfg(not(feature = "tokio"))]
    ("rt::Tokio::block_on", "not built"),
];

/// Where a panic does not name its caller's line: in the depths of handing permits over.
const BLAMES_ANOTHER: &[&str] = &["sync::Semaphore::add_permits", "sync::BoundedSemaphore::add_permits"];

/// The functions whose documentation says that they panic.
fn panicking(sources: &[Source]) -> Vec<Function<'_>> {
    // The kit fails tests by panicking: that is what it is for. What is internal is not for users.
    let sources = sources.iter().filter(|source| !["testing", "internal"].contains(&source.top()));
    let functions = sources.flat_map(public_functions);
    functions.filter(|function| function.section("# Panics").is_some_and(|text| !of_law_6(&text))).collect()
}

/// Whether a section is of what a future does when it is polled too often, which is law 6.
fn of_law_6(section: &str) -> bool {
    section.starts_with("If the future is polled after it has given")
}

thread_local! {
    static PANICKED_IN: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Notes, thread by thread, which file a panic blames.
fn note_files() {
    static NOTED: Once = Once::new();
    NOTED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICKED_IN.set(info.location().map(Location::file).map(str::to_owned));
            before(info);
        }));
    });
}

/// Each refusal that does not go as it should, as a line for the reader.
fn wrong(table: &[Refusal]) -> Vec<String> {
    note_files();
    let mut found = Vec::new();
    for Refusal { function, call, message } in table {
        let what = match panic_of(call) {
            None => "takes it".to_owned(),
            Some(other) if !other.starts_with(message) => format!("panics otherwise: {other}"),
            _ => match PANICKED_IN.take() {
                Some(file) if file.ends_with(file!()) || BLAMES_ANOTHER.contains(function) => continue,
                file => format!("blames {file:?} and not its caller"),
            },
        };
        found.push(format!("{function}: {what}"));
    }
    found
}

#[test]
fn what_makes_no_sense_is_refused_where_it_is_said() {
    let found = wrong(TABLE);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_function_that_says_it_panics_is_in_the_table() {
    let table = TABLE.iter().map(|row| row.function).chain(OTHERS.iter().map(|(name, _)| *name)).collect::<Vec<_>>();
    let sources = source::library();
    let found = gaps(&panicking(&sources), &table);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_zero_that_has_a_meaning_keeps_it() {
    // Semaphores and queues of nothing: as tokio's.
    assert!(Semaphore::new(0).try_acquire().is_err());
    assert!(Semaphore::new(0).try_acquire_many(0).is_ok());
    assert!(Std.block_on(Semaphore::new(0).acquire_many(0)).is_ok());
    assert_eq!(Semaphore::new(0).forget_permits(0), 0);
    Semaphore::new(0).add_permits(0);
    assert!(Semaphore::new(1).try_acquire().unwrap().split(0).is_some());
    assert!(BoundedSemaphore::new(1, 0).try_acquire().is_ok());
    assert!(BoundedMutex::new((), 0).try_lock().is_ok());
    assert!(Std.block_on(Barrier::new(0).wait()).is_leader());

    // No time at all is a time.
    let time = VirtualClock::new();
    time.advance(ZERO);
    Std.block_on(time.clock().sleep(ZERO));
    Std.block_on(time.clock().sleep_until(Instant::from_nanos(0)));
    assert!(Std.block_on(timeout(ZERO, ready(()))).is_ok());
    assert!(Std.block_on(timeout(ZERO, pending::<()>())).is_err());
    let mut ticks = interval_on(time.clock(), SECOND);
    ticks.reset_after(ZERO);
    assert_eq!(Std.block_on(ticks.tick()), time.now());

    // No retries, no delay, no time: one attempt.
    let fails = || retry(|| ready(Err::<(), _>(())));
    let attempts = |result: Result<(), anywhen::retry::RetryError<()>>| result.unwrap_err().attempts;
    assert_eq!(attempts(Std.block_on(fails().max_retries(0).detailed())), 1);
    assert_eq!(attempts(Std.block_on(fails().backoff(Constant::new(SECOND)).max_elapsed(ZERO).detailed())), 1);
    assert_eq!(attempts(Std.block_on(fails().backoff(Constant::new(SECOND)).max_slept(ZERO).detailed())), 1);
    assert_eq!(attempts(Std.block_on(fails().backoff(Constant::new(ZERO)).max_attempts(3).detailed())), 3);
    assert_eq!(attempts(Std.block_on(fails().backoff(Linear::new(ZERO, ZERO)).max_attempts(3).detailed())), 3);
    assert_eq!(attempts(Std.block_on(fails().backoff([].into_iter()).detailed())), 1);
    let none = || retry(pending::<Result<(), anywhen::time::error::Elapsed>>).max_attempts(1);
    assert!(Std.block_on(none().attempt_timeout(ZERO)).is_err());
    let share = Jitter::Proportional(0.0);
    assert_eq!(
        attempts(Std.block_on(fails().backoff(Constant::new(ZERO)).jitter(share).max_attempts(2).detailed())),
        2
    );
}

#[test]
fn a_refusal_that_comes_late_or_with_other_words_is_caught() {
    let found = wrong(&[
        refuses("late", || made(async { panic!("at the first poll") }), "at once"),
        refuses("other words", || panic!("no"), "at once"),
        refuses("not the caller", || made("x".repeat(usize::MAX)), "capacity overflow"),
    ]);
    assert_eq!(found[0], "late: takes it");
    assert_eq!(found[1], "other words: panics otherwise: no");
    assert!(found[2].starts_with("not the caller: blames Some("), "{found:?}");

    let text = "impl Nap {
/// # Panics\n///\n/// If it is zero.\npub fn new() {}
pub fn other() {}
        /// # Panics\n///\n/// If the future is polled after it has given its result.\npub fn wait() {} }";
    let planted = [Source::planted("time/nap.rs", text)];
    assert_eq!(
        gaps(&panicking(&planted), &["time::Gone::new"]),
        [
            "src/time/nap.rs:5: time::Nap::new is not in the table",
            "time::Gone::new is in the table, and no function is called that"
        ]
    );
}
