//! The call through a gate, with a gate that writes down what it is told.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn, ready};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use anywhen::retry::{CallError, Gate, Gated, Outcome, Pass, Refused};
use anywhen::testing::TestTask;
use anywhen::time::Duration;

/// What the gate lives through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Asked,
    Called,
    CallDropped,
    Settled(Outcome),
    GivenUp,
}

use Event::*;

#[derive(Default)]
struct Log {
    events: RefCell<Vec<Event>>,
    /// What admissions give; `None` while they wait.
    answer: Cell<Option<Result<(), Refused>>>,
}

impl Log {
    fn open() -> Self {
        Self { answer: Cell::new(Some(Ok(()))), ..Self::default() }
    }

    fn note(&self, event: Event) {
        self.events.borrow_mut().push(event);
    }

    fn take(&self) -> Vec<Event> {
        self.events.take()
    }

    /// A call that notes that it is polled and dropped.
    fn call<T>(&self, poll: impl Fn() -> Poll<T>) -> impl Future<Output = T> {
        let held = Held(self);
        poll_fn(move |_| {
            let _ = &held;
            self.note(Called);
            poll()
        })
    }
}

struct Held<'a>(&'a Log);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.note(CallDropped);
    }
}

struct Admission<'a>(&'a Log);

struct Noted<'a>(&'a Log, bool);

impl<'a> Gate for &'a Log {
    type Admission = Admission<'a>;
    type Pass = Noted<'a>;

    fn admit(&self) -> Admission<'a> {
        self.note(Asked);
        Admission(self)
    }
}

impl<'a> Future for Admission<'a> {
    type Output = Result<Noted<'a>, Refused>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.answer.get().map_or(Poll::Pending, |answer| Poll::Ready(answer.map(|()| Noted(self.0, false))))
    }
}

impl Pass for Noted<'_> {
    fn settle(mut self, outcome: Outcome) {
        self.1 = true;
        self.0.note(Settled(outcome));
    }
}

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        if !self.1 {
            self.0.note(GivenUp);
        }
    }
}

type Answer = Result<u8, CallError<&'static str>>;

#[test]
fn it_waits_to_be_let_through_then_calls_and_settles_when_the_call_is_gone() {
    let log = Log::default();
    let done = Cell::new(false);
    let mut task = TestTask::new(Gated::new(
        &log,
        log.call(|| match done.get() {
            true => Poll::Ready(Answer::Ok(1)),
            false => Poll::Pending,
        }),
    ));
    assert_eq!(log.take(), []);
    assert!(task.poll().is_pending());
    assert!(task.poll().is_pending());
    assert_eq!(log.take(), [Asked]);
    log.answer.set(Some(Ok(())));
    assert!(task.poll().is_pending());
    assert_eq!(log.take(), [Called]);
    done.set(true);
    assert_eq!(task.poll(), Poll::Ready(Ok(1)));
    assert_eq!(log.take(), [Called, CallDropped, Settled(Outcome::Success)]);
}

#[test]
fn a_call_that_is_turned_away_is_not_polled() {
    let log = Log::default();
    log.answer.set(Some(Err(Refused::BulkheadFull)));
    let mut task = TestTask::new(Gated::new(&log, log.call(|| Poll::Ready(Answer::Ok(1)))));
    assert_eq!(task.poll(), Poll::Ready(Err(CallError::Refused(Refused::BulkheadFull))));
    assert_eq!(log.take(), [Asked, CallDropped]);
}

#[test]
fn one_that_is_dropped_is_given_up_at_whatever_poll() {
    for (polls, expected) in [(0, vec![CallDropped]), (1, vec![Asked, Called, CallDropped, GivenUp])] {
        let log = Log::open();
        let mut task = TestTask::new(Gated::new(&log, log.call(|| Poll::<Answer>::Pending)));
        for _ in 0..polls {
            assert!(task.poll().is_pending());
        }
        drop(task);
        assert_eq!(log.take(), expected);
    }
}

#[test]
fn a_panic_of_the_call_is_a_failure_and_goes_on() {
    let log = Log::open();
    let mut task = TestTask::new(Gated::new(&log, log.call(|| -> Poll<Answer> { panic!("broken") })));
    let panic = catch_unwind(AssertUnwindSafe(|| task.poll())).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"broken"));
    assert_eq!(log.take(), [Asked, Called, Settled(Outcome::Failure), CallDropped]);
}

#[test]
fn results_are_told_apart_by_whoever_knows() {
    let outcome = |result: Answer, how: fn(&Log, Answer) -> Answer| {
        let log = Log::open();
        assert_eq!(how(&log, result), result);
        let events = log.take();
        assert_eq!(events.len(), 2);
        events[1]
    };
    fn poll<F: Future>(call: F) -> F::Output {
        match TestTask::new(call).poll() {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("it waits for nothing"),
        }
    }
    const LOST: Answer = Err(CallError::Failed("lost"));
    const WRONG: Answer = Err(CallError::Failed("wrong"));
    let any: fn(&Log, Answer) -> Answer = |log, result| poll(Gated::new(log, ready(result)));
    assert_eq!(outcome(Ok(1), any), Settled(Outcome::Success));
    assert_eq!(outcome(LOST, any), Settled(Outcome::Failure));

    let lost: fn(&Log, Answer) -> Answer =
        |log, result| poll(Gated::new(log, ready(result)).failure_when(|error| *error == CallError::Failed("lost")));
    assert_eq!(outcome(Ok(1), lost), Settled(Outcome::Success));
    assert_eq!(outcome(LOST, lost), Settled(Outcome::Failure));
    assert_eq!(outcome(WRONG, lost), Settled(Outcome::Success));

    let by_result: fn(&Log, Answer) -> Answer = |log, result| {
        poll(Gated::new(log, ready(result)).classify(|result: &Answer| match result {
            Ok(0) => Outcome::Failure,
            Ok(_) => Outcome::Success,
            Err(_) => Outcome::Ignored,
        }))
    };
    assert_eq!(outcome(Ok(0), by_result), Settled(Outcome::Failure));
    assert_eq!(outcome(Ok(1), by_result), Settled(Outcome::Success));
    assert_eq!(outcome(LOST, by_result), Settled(Outcome::Ignored));
}

#[test]
fn who_classifies_can_be_said_while_it_is_under_way() {
    let log = Log::open();
    let done = Cell::new(false);
    let poll = || if done.get() { Poll::Ready(Answer::Err(CallError::Failed("late"))) } else { Poll::Pending };
    let mut call = Gated::new(&log, Box::pin(log.call(poll)));
    // All of it is `Unpin`, so it may be moved while it is under way.
    assert!(TestTask::new(&mut call).poll().is_pending());
    done.set(true);
    let mut task = TestTask::new(call.failure_when(|_| false));
    assert_eq!(task.poll(), Poll::Ready(Err(CallError::Failed("late"))));
    assert_eq!(log.take(), [Asked, Called, Called, CallDropped, Settled(Outcome::Success)]);
}

#[test]
fn refusals_read_well_and_say_when_to_come_back() {
    const SECOND: Duration = Duration::from_secs(1);
    let open = |retry_after| Refused::CircuitOpen { retry_after };
    assert_eq!(open(SECOND).to_string(), "the circuit is open; retry after 1.0s");
    assert_eq!(open(Duration::ZERO).to_string(), "the circuit is open");
    assert_eq!(open(Duration::MAX).to_string(), "the circuit is open");
    let limited = |retry_after| Refused::RateLimited { retry_after };
    assert_eq!(limited(SECOND / 4).to_string(), "the rate limit is reached; retry after 250.0ms");
    assert_eq!(Refused::BulkheadFull.to_string(), "too many calls are under way");
    assert_eq!(Refused::OverLimit.to_string(), "the concurrency limit is reached");
    assert_eq!([SECOND, Duration::ZERO, Duration::MAX].map(|d| open(d).retry_after()), [Some(SECOND), None, None]);

    let error = io::Error::from(limited(SECOND));
    assert_eq!((error.kind(), error.to_string()), (io::ErrorKind::ResourceBusy, limited(SECOND).to_string()));
    assert_eq!(error.get_ref().and_then(|inner| inner.downcast_ref()), Some(&limited(SECOND)));

    let failed = CallError::Failed(io::Error::other("no route"));
    assert_eq!(failed.to_string(), "no route");
    assert_eq!(CallError::<io::Error>::from(Refused::OverLimit).to_string(), "the concurrency limit is reached");
}
