//! What a subscriber of `tracing` is told of locks and signals: waits that begin and how they end, with no internal lock held;
//! and of retries.

#![cfg(all(feature = "tracing", feature = "testing"))]

use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex as StdMutex};

use anywhen::retry::{Attempts, Budget, Constant, Policy, Retry, blocking_retry, retry};
use anywhen::rt::Std;
use anywhen::sync::{BoundedSemaphore, Event, Mutex, Notify, Semaphore};
use anywhen::testing::{TestTask, assert_pending, assert_ready};
use anywhen::time::{Duration, VirtualClock};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Metadata, Subscriber, subscriber};

/// Hands each event to a closure: its level, and its fields as text.
struct Listener<F>(F);

impl<F: Fn(Level, &str) + 'static> Subscriber for Listener<F> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        ["anywhen::sync", "anywhen::retry"].contains(&metadata.target())
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        (self.0)(*event.metadata().level(), &fields.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// `name=value` for each field, in their order; the message as it is. What differs from run to run is left out.
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let separator = if self.0.is_empty() { "" } else { " " };
        match field.name() {
            "message" => write!(self.0, "{separator}{value:?}"),
            "waited" => write!(self.0, "{separator}waited"),
            name => write!(self.0, "{separator}{name}={value:?}"),
        }
        .unwrap();
    }
}

/// What is told while `f` runs, each with its level, and without the place.
fn told(f: impl FnOnce()) -> Vec<String> {
    let events = Arc::new(StdMutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let listener = Listener(move |level: Level, text: &str| {
        // Retries have none.
        let Some((before, after)) = text.split_once(" file=") else {
            return heard.lock().unwrap().push(format!("{level} {text}"));
        };
        let (_, after) = after.split_once(" line=").expect("a place");
        let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
        heard.lock().unwrap().push(format!("{level} {before}{after}"));
    });
    subscriber::with_default(listener, f);
    std::mem::take(&mut *events.lock().unwrap())
}

#[test]
fn a_wait_begins_and_ends() {
    let mutex = Mutex::new(()).named("log");
    let guard = mutex.try_lock().unwrap();
    let mut waits = TestTask::new(mutex.lock());
    let begins = told(|| assert_pending!(waits.poll()));
    assert_eq!(begins, [r#"TRACE a wait begins lock="Mutex" name="log" future="Lock" want=1 waiters=1"#]);
    assert!(told(|| assert_pending!(waits.poll())).is_empty());
    assert!(told(|| drop(guard)).is_empty());
    let ends = told(|| drop(assert_ready!(waits.poll())));
    assert_eq!(ends, [r#"TRACE a wait ends lock="Mutex" name="log" future="Lock" want=1 waited"#]);
}

#[test]
fn what_need_not_wait_tells_nothing() {
    let (mutex, notify) = (Mutex::new(()), Notify::new());
    let events = told(|| {
        drop(assert_ready!(TestTask::new(mutex.lock()).poll()));
        drop(mutex.try_lock());
        notify.notify_one();
        assert_ready!(TestTask::new(notify.notified()).poll());
        drop(mutex.lock());
    });
    assert_eq!(events, [""; 0]);
}

#[test]
fn a_wait_is_given_up() {
    let semaphore = Semaphore::new(1);
    let events = told(|| {
        let mut first = TestTask::new(semaphore.acquire_many(2));
        assert_pending!(first.poll());
        let mut second = TestTask::new(semaphore.acquire());
        assert_pending!(second.poll());
        drop(first);
        drop(assert_ready!(second.poll()));
    });
    let expected = [
        r#"TRACE a wait begins lock="Semaphore" future="Acquire" want=2 waiters=1"#,
        r#"TRACE a wait begins lock="Semaphore" future="Acquire" want=1 waiters=2"#,
        r#"TRACE a wait is given up lock="Semaphore" future="Acquire" want=2 waited"#,
        r#"TRACE a wait ends lock="Semaphore" future="Acquire" want=1 waited"#,
    ];
    assert_eq!(events, expected);
}

#[test]
fn refusals_are_louder() {
    let slots = BoundedSemaphore::new(0, 1).named("slots");
    let mut waits = TestTask::new(slots.acquire());
    let mut refused = TestTask::new(slots.acquire());
    let events = told(|| {
        assert_pending!(waits.poll());
        assert_ready!(refused.poll()).unwrap_err();
        slots.close();
        assert_ready!(waits.poll()).unwrap_err();
        assert_ready!(TestTask::new(slots.acquire()).poll()).unwrap_err();
    });
    let slots = r#"lock="BoundedSemaphore" name="slots""#;
    let expected = [
        format!(r#"TRACE a wait begins {slots} future="BoundedAcquire" want=1 waiters=1"#),
        format!("DEBUG refused: the queue of waiters is full {slots}"),
        format!(r#"DEBUG refused: closed {slots} future="BoundedAcquire" want=1 waited"#),
        format!("DEBUG refused: closed {slots}"),
    ];
    assert_eq!(events, expected);
}

#[test]
fn signals_tell_too() {
    let event = Event::new();
    let mut waits = TestTask::new(event.wait());
    let mut gives_up = TestTask::new(event.wait());
    let events = told(|| {
        assert_pending!(waits.poll());
        assert_pending!(gives_up.poll());
        drop(gives_up);
        event.set();
        assert_ready!(waits.poll());
    });
    let expected = [
        r#"TRACE a wait begins lock="Event" future="EventWait" want=1 waiters=1"#,
        r#"TRACE a wait begins lock="Event" future="EventWait" want=1 waiters=2"#,
        r#"TRACE a wait is given up lock="Event" future="EventWait" want=1 waited"#,
        r#"TRACE a wait ends lock="Event" future="EventWait" want=1 waited"#,
    ];
    assert_eq!(events, expected);
}

#[test]
fn the_place_is_the_users() {
    let mutex = Mutex::new(());
    let _guard = mutex.try_lock().unwrap();
    let (future, line) = (mutex.lock(), line!());
    let place = format!(" file={:?} line={line}", file!());
    let listener = Listener(move |_: Level, text: &str| assert!(text.ends_with(&place), "{text}"));
    subscriber::with_default(listener, || assert_pending!(TestTask::new(future).poll()));
}

#[test]
fn a_subscriber_may_use_what_it_is_told_about() {
    let semaphore = Arc::new(Semaphore::new(1));
    let used = Arc::clone(&semaphore);
    let listener = Listener(move |_: Level, _: &str| {
        assert!(used.waiters() <= 1);
        used.add_permits(1);
        #[cfg(feature = "diagnostics")]
        assert!(used.report().waiters().len() <= 1);
    });
    let mut waits = TestTask::new(semaphore.acquire_many(4));
    subscriber::with_default(listener, || {
        // One was there, and the event brings another.
        assert_pending!(waits.poll());
        semaphore.add_permits(2);
        let permits = assert_ready!(waits.poll()).unwrap();
        assert_eq!(permits.num_permits(), 4);
    });
    // The event at the end brought one more, and the four have come back.
    assert_eq!(semaphore.available_permits(), 5);
}

/// A subscriber that panics at events with that message.
fn panicking(message: &'static str) -> Listener<impl Fn(Level, &str)> {
    Listener(move |_: Level, text: &str| assert!(!text.starts_with(message), "told"))
}

/// Runs `f` with such a subscriber, and says whether it panicked.
fn panics(message: &'static str, f: impl FnOnce()) -> bool {
    let run = || subscriber::with_default(panicking(message), f);
    catch_unwind(AssertUnwindSafe(run)).is_err()
}

#[test]
fn a_subscriber_that_panics_as_a_wait_begins_leaves_it_waiting() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    let mut waits = TestTask::new(mutex.lock());
    assert!(panics("a wait begins", || drop(waits.poll())));
    assert_eq!(mutex.waiters(), 1);
    drop(guard);
    drop(assert_ready!(waits.poll()));
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn a_subscriber_that_panics_as_a_wait_ends_keeps_no_permits() {
    let semaphore = Semaphore::new(0);
    let mut waits = TestTask::new(semaphore.acquire_many(2));
    assert_pending!(waits.poll());
    let mut next = TestTask::new(semaphore.acquire());
    assert_pending!(next.poll());
    semaphore.add_permits(2);
    assert!(panics("a wait ends", || drop(waits.poll())));
    // They went to the next one.
    drop(assert_ready!(next.poll()));
    assert_eq!((semaphore.available_permits(), semaphore.waiters()), (2, 0));
    drop(waits);
    assert_eq!(semaphore.available_permits(), 2);
}

#[test]
fn a_subscriber_that_panics_as_a_wait_ends_keeps_no_notification() {
    let notify = Notify::new();
    let mut first = TestTask::new(notify.notified());
    assert_pending!(first.poll());
    let mut second = TestTask::new(notify.notified());
    assert_pending!(second.poll());
    notify.notify_one();
    assert!(panics("a wait ends", || assert_ready!(first.poll())));
    assert_ready!(second.poll());

    // From the back, to the one at the back.
    let mut waits = [(); 3].map(|()| TestTask::new(notify.notified()));
    waits.iter_mut().for_each(|wait| assert_pending!(wait.poll()));
    notify.notify_last();
    assert!(panics("a wait ends", || assert_ready!(waits[2].poll())));
    assert_pending!(waits[0].poll());
    assert_ready!(waits[1].poll());
}

#[test]
fn a_subscriber_that_panics_as_a_wait_is_given_up_leaves_the_queue_whole() {
    let semaphore = Semaphore::new(1);
    let mut gives_up = TestTask::new(semaphore.acquire_many(2));
    assert_pending!(gives_up.poll());
    let mut next = TestTask::new(semaphore.acquire());
    assert_pending!(next.poll());
    assert!(panics("a wait is given up", || drop(gives_up)));
    drop(assert_ready!(next.poll()));
    assert_eq!((semaphore.available_permits(), semaphore.waiters()), (1, 0));
}

/// Runs a retry in virtual time, of an operation that has these results.
fn retried(
    results: &'static [Result<u8, u8>],
    adjust: impl FnOnce(Retry<Op, Policy<Constant>>) -> Retry<Op, Policy<Constant>>,
) {
    let mut results = results.iter().copied();
    let op: Op = Box::new(move || std::future::ready(results.next().unwrap()));
    let each_second = retry(op).policy(Policy::of(Constant::new(Duration::from_secs(1))));
    let _ = Std.block_on(VirtualClock::new().scope(adjust(each_second)));
}

type Op = Box<dyn FnMut() -> std::future::Ready<Result<u8, u8>>>;

#[test]
fn a_retry_tells_of_failures_and_how_it_ended_after_them() {
    assert_eq!(told(|| retried(&[Ok(1)], |retry| retry)), [""; 0], "what succeeds at once tells nothing");
    let succeeds = told(|| retried(&[Err(1), Err(2), Ok(3)], |retry| retry));
    let expected = [
        "DEBUG an attempt failed attempts=1 delay=1s",
        "DEBUG an attempt failed attempts=2 delay=1s",
        "DEBUG succeeded in the end attempts=3 slept=2s",
    ];
    assert_eq!(succeeds, expected);
    let gives_up = told(|| retried(&[Err(1), Err(2)], |retry| retry.max_attempts(2)));
    let expected = [
        "DEBUG an attempt failed attempts=1 delay=1s",
        "WARN gave up attempts=2 slept=1s reason=all attempts have been made",
    ];
    assert_eq!(gives_up, expected);
}

#[test]
fn a_retry_on_a_budget_tells_what_is_left_of_it() {
    static BUDGET: Budget = Budget::new(0.0).with_capacity(1);
    let mut results = [Err(1), Err(2), Ok(3)].into_iter();
    let op = move || std::future::ready::<Result<u8, u8>>(results.next().unwrap());
    let each_second = retry(op).policy(Policy::of(Constant::new(Duration::from_secs(1)))).budget(&BUDGET);
    let events = told(|| {
        assert_eq!(Std.block_on(VirtualClock::new().scope(each_second)), Err(2));
    });
    let expected = [
        "DEBUG asked the budget granted=true left=0",
        "DEBUG an attempt failed attempts=1 delay=1s",
        "DEBUG asked the budget granted=false left=0",
        "WARN gave up attempts=2 slept=1s reason=the budget for retries is used up",
    ];
    assert_eq!(events, expected);
}

#[test]
fn what_cannot_be_retried_is_told_more_quietly() {
    let op = || std::future::ready(Err::<(), _>(404));
    let events = told(|| {
        assert_ready!(TestTask::new(retry(op).when(|_| false)).poll()).unwrap_err();
    });
    assert_eq!(events, ["DEBUG gave up attempts=1 slept=0ns reason=it cannot be retried"]);
}

#[test]
fn loops_and_threads_tell_the_same() {
    let slept = |_| ();
    let events = told(|| {
        let retry = blocking_retry(|| Err::<(), _>(())).backoff(Constant::new(Duration::from_secs(1)));
        retry.max_attempts(2).sleep_with(slept).call().unwrap_err();
    });
    assert_eq!(events.len(), 2, "{events:?}");
    let events = told(|| {
        let mut attempts = Attempts::new(Policy::new().max_attempts(1));
        assert_ready!(TestTask::new(attempts.failed(())).poll()).unwrap_err();
    });
    assert_eq!(events, ["WARN gave up attempts=1 slept=0ns reason=all attempts have been made"]);
}
