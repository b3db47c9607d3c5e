//! Law 11: bounded work per poll. What goes on by itself as long as nothing makes it wait stops after 128 rounds, wakes
//! itself, and goes on in its next poll: a source that is always ready cannot starve its task.
//!
//! A pass that polls each child once is no such loop; that it polls none twice is law 4. Which functions loop is read off
//! the sources.

mod streams;

use std::cell::Cell;
use std::future::{Future, Ready, pending, poll_fn, ready};
use std::pin::{Pin, pin};
use std::task::Poll;

use anywhen::future::yield_now;
use anywhen::prelude::*;
use anywhen::retry::{Backoff, Constant, Linear, Operation, Policy, retry, retry_stream, retry_with};
use anywhen::stream;
use anywhen::testing::TestTask;
use anywhen::time::error::Elapsed;
use anywhen::time::{Clock, Duration, Instant, Timer};

use crate::stage::panic_of;
use crate::support::source::{self, Source, Token, group};

/// The rounds of one poll.
const ROUNDS: u32 = 128;

/// How many rounds the subjects have to go in all.
const ALL: u32 = 3 * ROUNDS + 5;

/// Polls what goes on by itself for `ALL` rounds, which it counts.
fn yields_in_time<F: Future>(make: impl FnOnce(&'static Cell<u32>) -> F) {
    let rounds: &'static Cell<u32> = Box::leak(Box::default());
    let mut task = TestTask::new(make(rounds));
    for poll in 1..4 {
        assert!(task.poll().is_pending(), "no turn for others after {} rounds", rounds.get());
        assert_eq!(rounds.get(), poll * ROUNDS, "the rounds of {poll} polls");
        assert_eq!(task.wakes(), 1, "it stops, and does not wake itself to go on");
    }
    assert!(task.poll().is_ready(), "not done after {} rounds", rounds.get());
    assert_eq!((rounds.get(), task.wakes()), (ALL, 0));
}

/// Fails at once until all rounds are done.
fn fails(rounds: &Cell<u32>) -> impl Operation<Output = (), Error = Elapsed> {
    move || ready(if count(rounds) < ALL { Err(elapsed()) } else { Ok(()) })
}

/// Counts a round.
fn count(rounds: &Cell<u32>) -> u32 {
    rounds.set(rounds.get() + 1);
    rounds.get()
}

fn elapsed() -> Elapsed {
    let mut timeout = pin!(anywhen::time::timeout(Duration::ZERO, pending::<()>()));
    match timeout.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        Poll::Ready(Err(elapsed)) => elapsed,
        _ => unreachable!("a zero timeout is up at once"),
    }
}

/// Retries for ever, without a delay.
fn at_once() -> Policy<impl Backoff> {
    Policy::of(Constant::new(Duration::ZERO)).max_attempts(u32::MAX)
}

/// A timer whose sleeps are over when they begin.
#[derive(Clone)]
struct InNoTime;

impl Timer for InNoTime {
    type Sleep = Ready<()>;

    fn now(&self) -> Instant {
        Clock::system().now()
    }

    fn sleep_until(&self, _: Instant) -> Ready<()> {
        ready(())
    }

    fn reset(mut sleep: Pin<&mut Ready<()>>, _: Instant) {
        sleep.set(ready(()));
    }
}

#[test]
fn a_retry_of_what_fails_at_once() {
    yields_in_time(|rounds| retry(fails(rounds)).policy(at_once()));
    yields_in_time(|rounds| {
        retry(fails(rounds)).backoff(Linear::new(Duration::ZERO, Duration::ZERO)).max_attempts(ALL)
    });
    yields_in_time(|rounds| retry(fails(rounds)).backoff(std::iter::repeat_n(Duration::ZERO, ALL as usize)));
}

#[test]
fn a_retry_with_everything_added() {
    yields_in_time(|rounds| retry(fails(rounds)).policy(at_once()).when(|_| true).detailed());
    yields_in_time(|rounds| retry(fails(rounds)).policy(at_once()).on_retry(|_| ()).max_elapsed(Duration::MAX));
    yields_in_time(|rounds| retry(fails(rounds)).policy(at_once()).attempt_timeout(Duration::MAX));
    let long = Duration::from_secs(1);
    yields_in_time(|rounds| {
        retry(fails(rounds)).policy(at_once().backoff(Constant::new(long))).delay_from(|_| Some(Duration::ZERO))
    });
}

#[test]
fn a_retry_of_what_succeeds_and_is_to_be_done_again() {
    yields_in_time(|rounds| {
        let op = || ready(Ok::<_, ()>(count(rounds)));
        retry(op).policy(at_once()).when_result(|result| result.is_ok_and(|round| round < ALL))
    });
}

#[test]
fn a_retry_of_what_takes_too_long_at_once() {
    yields_in_time(|rounds| {
        let op = || {
            let last = count(rounds) == ALL;
            poll_fn(move |_| if last { Poll::Ready(Ok::<_, Elapsed>(())) } else { Poll::Pending })
        };
        retry(op).policy(at_once()).attempt_timeout(Duration::ZERO)
    });
}

#[test]
fn a_retry_whose_delays_are_over_when_they_begin() {
    let second = Duration::from_secs(1);
    yields_in_time(|rounds| retry(fails(rounds)).on(InNoTime).policy(at_once().backoff(Constant::new(second))));
}

#[test]
fn a_stream_that_is_made_anew_and_fails_at_once() {
    let at_its_end = |rounds: &'static Cell<u32>| {
        let connect = move || stream::iter((count(rounds) < ALL).then_some(Err::<(), _>(())));
        async move { pin!(retry_stream(connect).policy(at_once())).next().await }
    };
    yields_in_time(at_its_end);
}

#[test]
fn a_retry_with_a_context() {
    yields_in_time(|rounds| {
        let op = move |()| ready(((), if count(rounds) < ALL { Err(()) } else { Ok(()) }));
        retry_with((), op).policy(at_once())
    });
}

#[test]
fn a_retry_of_retries() {
    yields_in_time(|rounds| retry(move || retry(fails(rounds)).policy(at_once())));
}

#[test]
fn a_retry_that_waits_now_and_then_begins_to_count_anew() {
    let rounds = Cell::new(0);
    let op = || {
        let round = count(&rounds);
        async move {
            if round == 100 {
                yield_now().await;
            }
            if round < 200 { Err(()) } else { Ok(()) }
        }
    };
    let mut task = TestTask::new(retry(op).policy(at_once()));
    assert!(task.poll().is_pending());
    assert_eq!(rounds.get(), 100);
    assert!(task.poll().is_ready());
}

/// The loops in functions that poll, and what bounds them.
const LOOPS: &[(&str, &str)] = &[
    (
        "retry/gate/limiter/acquire.rs: poll_in_line",
        "what is there when it has slept is taken, unless the rate was changed",
    ),
    ("retry/hedge/run.rs: poll_on", "each attempt once"),
    ("retry/run.rs: poll_on", "128 attempts"),
    ("retry/streams.rs: poll_next", "128 streams"),
    ("stream/chunks.rs: poll_next", "128 items"),
    ("stream/flatten.rs: poll_next", "128 streams"),
    ("stream/gather.rs: poll_next", "128 items"),
    ("stream/steps.rs: poll_next", "128 items"),
    ("future/join/array.rs: poll_slots", "each child once"),
    ("future/try_join/array.rs: poll_slots", "each child once"),
    ("future/select/array.rs: poll_first", "each child once"),
    ("future/select/tuple.rs: poll_first", "each child once"),
    ("internal/slots/mod.rs: poll_few", "each child once"),
    ("internal/slots/mod.rs: poll_first", "each child once"),
    ("internal/slots/mod.rs: poll_woken", "each child once"),
    ("future/race_ok/array.rs: poll_slots", "each child once"),
    ("future/race_ok/tuple.rs: poll_slots", "each child once"),
    ("future/settle/array.rs: poll_slots", "each child once"),
    ("future/macros/join.rs: __join", "each child once"),
    ("future/macros/select.rs: __select", "each child once"),
    ("stream/crowd.rs: poll", "128 items of the source, and each child once"),
    ("stream/merge/scan.rs: poll_first", "each stream once"),
    ("stream/merge/vec.rs: poll_woken", "each stream once"),
    ("stream/map_of_streams.rs: poll_next_many", "128 items"),
    ("sync/condvar/wait.rs: poll", "a wait that has just been made is pending; what is woken then locks, once"),
    ("sync/once_cell/init.rs: poll", "it waits, then runs, and that is all"),
];

/// Where a function that polls, or a macro whose expansion does, has a loop: the file and the name.
fn loops(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.top() != "testing") {
        let tokens = &source.tokens;
        for at in 0..tokens.len() {
            let polls = |name: &str| name.starts_with("poll");
            let name = match tokens[at..] {
                [ref word, ref name, ..] if word.is("fn") && name.ident().is_some_and(polls) => name.ident(),
                [ref word, ref bang, ref name, ..] if word.is("macro_rules") && bang.is("!") => {
                    let body = &tokens[at + 3..at + 3 + group(&tokens[at + 3..])];
                    body.iter().any(|token| token.is("branches")).then(|| name.ident()).flatten()
                }
                _ => None,
            };
            let Some(name) = name else { continue };
            let rest = &tokens[at..];
            // The body is the first group in braces; a function of a trait may have none.
            let Some(open) = rest.iter().position(|token| token.is("{") || token.is(";")) else { continue };
            if rest[open].is(";") {
                continue;
            }
            let body = &rest[open..open + group(&rest[open..])];
            let is_loop = |(at, token): (usize, &Token)| {
                // `for<'a>` and `impl X for Y` are none.
                let is_for = || body[at..].iter().take_while(|token| !token.is("{")).any(|token| token.is("in"));
                token.is("loop") || token.is("while") || token.is("for") && is_for()
            };
            if body.iter().enumerate().any(is_loop) {
                found.push(format!("{}: {name}", source.path.display()));
            }
        }
    }
    found
}

#[test]
fn every_loop_in_a_poll_is_bounded() {
    let (found, known) = (loops(&source::library()), LOOPS.iter().map(|(at, _)| *at).collect::<Vec<_>>());
    let unknown = found.iter().filter(|at| !known.contains(&at.as_str())).collect::<Vec<_>>();
    assert!(unknown.is_empty(), "what bounds these loops, and which test above shows it? {unknown:?}");
    let stale = known.iter().filter(|at| !found.iter().any(|found| found == *at)).collect::<Vec<_>>();
    assert!(stale.is_empty(), "no loop is there any more: {stale:?}");
}

#[test]
fn work_without_a_bound_is_caught() {
    let all_at_once = |rounds: &'static Cell<u32>| async move { while count(rounds) < ALL {} };
    let message = panic_of(|| yields_in_time(all_at_once)).expect("should be caught");
    assert!(message.contains("no turn for others"), "{message}");

    let forgets_to_wake = |rounds: &'static Cell<u32>| {
        poll_fn(move |_| {
            rounds.set(rounds.get() + ROUNDS);
            Poll::<()>::Pending
        })
    };
    let message = panic_of(|| yields_in_time(forgets_to_wake)).expect("should be caught");
    assert!(message.contains("does not wake itself"), "{message}");

    let text = "impl Future for Drain { fn poll(self) -> Poll<()> { while let Some(x) = self.next() {} } }
        fn poll_one(self) where for<'a> F: Fn(&'a u8) { impl Drop for End { fn f() {} } } fn drain() { loop {} }
        trait Own { fn poll_own(&self); }
        macro_rules! drain { () => { branches((), |(), cx| loop {}) } }";
    let found = loops(&[Source::planted("stream/drain.rs", text)]);
    assert_eq!(found, ["stream/drain.rs: poll", "stream/drain.rs: drain"]);
}
