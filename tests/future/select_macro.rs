//! `select!`: who is polled and dropped when, what may be written, and where handlers run.

// The expansions must not trip over these in a user's crate, however strict that is.
#![deny(unreachable_code)]
#![forbid(unused_variables, unused_mut, unused_assignments, unreachable_patterns, unused_macros, unused_qualifications)]

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::{IntoFuture, Pending, Ready, pending, ready};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Mutex;

use anywhen::future::yield_now;
use anywhen::prelude::*;
use anywhen::select;
use anywhen::testing::{Sim, TestTask, assert_pending, assert_ready};

use crate::probe::{Dropped, DroppedOutput, Event, Polled, panic_of, probes};

fn now<F: Future>(future: F) -> F::Output {
    future.now_or_never().expect("ready at once")
}

fn polls(events: Vec<Event>) -> Vec<usize> {
    events.into_iter().filter_map(|event| if let Polled(number) = event { Some(number) } else { None }).collect()
}

#[test]
fn the_first_to_match_wins_and_all_futures_are_dropped_before_its_handler_runs() {
    for winner in 0..3 {
        let ([a, b, c], controls, log) = probes::<3, false>();
        let events = log.clone();
        let mut task = TestTask::new(async {
            let handled = |number: usize| (number, events.take());
            select! {
                token = a => (handled(0), token),
                token = b => (handled(1), token),
                token = c => (handled(2), token),
            }
        });
        assert_pending!(task.poll());
        assert_eq!(polls(log.take()).len(), 3);
        controls[winner].release();
        assert_eq!(task.wakes(), 1);
        let ((branch, mut before), token) = assert_ready!(task.poll());
        before.retain(|event| !matches!(event, Polled(_)));
        assert_eq!((branch, before), (winner, vec![Dropped(0), Dropped(1), Dropped(2)]));
        assert_eq!(token.number(), winner);
        assert_eq!(log.take(), []);
    }
}

#[test]
fn an_output_that_does_not_match_is_dropped_and_its_branch_is_not_polled_again() {
    let ([a, b], controls, log) = probes::<2, true>();
    let mut task = TestTask::new(async {
        select! {
            biased;
            Ok(token) = a => token,
            Ok(token) = b => token,
        }
    });
    controls[0].fail();
    assert_pending!(task.poll());
    assert_eq!(log.take(), [Polled(0), DroppedOutput(0), Polled(1)]);
    assert_pending!(task.poll());
    assert_eq!(log.take(), [Polled(1)]);
    controls[1].release();
    assert_eq!(assert_ready!(task.poll()).number(), 1);
    assert_eq!(log.take(), [Polled(1), Dropped(0), Dropped(1), DroppedOutput(1)]);
}

#[test]
fn else_runs_when_nothing_is_left_and_all_futures_are_gone() {
    let ([a, b], controls, log) = probes::<2, true>();
    let events = log.clone();
    let mut task = TestTask::new(async {
        select! {
            biased;
            Ok(_) = a => unreachable!("it fails"),
            Ok(_) = b => unreachable!("it fails"),
            else => events.take(),
        }
    });
    controls[1].fail();
    assert_pending!(task.poll());
    log.take();
    controls[0].fail();
    assert_eq!(assert_ready!(task.poll()), [Polled(0), DroppedOutput(0), Dropped(0), Dropped(1)]);
}

#[test]
fn a_branch_whose_condition_is_false_is_made_and_not_polled() {
    let ([a, b, c], controls, log) = probes::<3, false>();
    let made = RefCell::new(Vec::new());
    let note = |what: &'static str| made.borrow_mut().push(what);
    let mut task = TestTask::new(async {
        select! {
            biased;
            _ = { note("a"); a }, if { note("if a"); false } => "a",
            _ = { note("b"); b } => "b",
            _ = { note("c"); c }, if { note("if c"); true } => "c",
        }
    });
    for control in &controls[..1] {
        control.release();
    }
    assert_pending!(task.poll());
    assert_eq!(made.take(), ["if a", "if c", "a", "b", "c"]);
    assert_pending!(task.poll());
    assert_eq!(log.take(), [Polled(1), Polled(2), Polled(1), Polled(2)]);
    controls[2].release();
    assert_eq!(assert_ready!(task.poll()), "c");
    assert_eq!(log.take(), [Polled(1), Polled(2), Dropped(0), Dropped(1), Dropped(2), DroppedOutput(2)]);
    assert_eq!(made.take(), [""; 0], "conditions and futures are evaluated once");
}

#[test]
fn with_all_branches_disabled_and_no_else_it_panics() {
    let message = "all branches are disabled and there is no else branch";
    assert_eq!(
        panic_of(|| now(async {
            select! { _ = pending::<()>(), if false => {} }
        })),
        message
    );
    assert_eq!(
        panic_of(|| now(async {
            select! { Some(()) = ready(None) => {} }
        })),
        message
    );
    let both = async {
        select! { biased; Some(()) = ready(None) => {} _ = pending::<()>(), if false => {} }
    };
    assert_eq!(panic_of(|| now(both)), message);
}

#[test]
fn handlers_may_end_with_a_comma_or_a_block_or_the_macro() {
    now(async {
        assert_eq!(select! { x = ready(1) => x }, 1);
        assert_eq!(select! { x = ready(1) => x, }, 1);
        assert_eq!(select! { x = ready(1) => { x } }, 1);
        assert_eq!(select! { x = ready(1) => { x }, }, 1);
        assert_eq!(select! { x = ready(1), if true => x }, 1);
        assert_eq!(select! { biased; x = ready(1) => x, _ = ready(2) => 0 }, 1);
        assert_eq!(select! { biased; x = ready(1) => { x } _ = ready(2) => { 0 } }, 1);
        assert_eq!(select! { biased; x = ready(1) => { x }, _ = ready(2), if true => { 0 }, }, 1);
        assert_eq!(select! { biased; x = ready(1), if true => { x } _ = ready(2) => 0, else => 3 }, 1);
        assert_eq!(select! { x = ready(1), if false => x, else => 3, }, 3);
        assert_eq!(select! { x = ready(1), if false => { x } else => { 3 } }, 3);
        assert_eq!(select! { x = ready(1), if false => { x }, else => { 3 }, }, 3);
        assert_eq!(select! { else => 3 }, 3);
        assert_eq!(select! { biased; else => 3, }, 3);
        let grades = select! { n = ready(2) => if n > 1 { "good" } else { "bad" }, _ = pending::<()>() => "none" };
        assert_eq!(grades, "good");
        let grades = select! { n = ready(Some(2)) => match n { Some(2) => "two", _ => "other" }, };
        assert_eq!(grades, "two");
        assert_eq!(select! { x = ready(1) => { x }.max(2), _ = pending::<()>() => 0 }, 2);
    });
}

#[test]
fn patterns_are_those_of_match() {
    #[derive(Debug)]
    struct Pair {
        left: String,
        right: u8,
    }
    const SEVEN: u8 = 7;
    let pair = || ready(Pair { left: String::from("a"), right: 7 });
    now(async {
        let text = select! { Pair { mut left, .. } = pair() => { left.push('b'); left } };
        assert_eq!(text, "ab");
        let length = select! { Pair { ref left, right: SEVEN } = pair() => left.len() };
        assert_eq!(length, 1);
        let text = select! { Pair { ref mut left, right: 0..=9 } = pair() => { left.push('c'); left.clone() } };
        assert_eq!(text, "ac");
        let whole = select! { whole @ Pair { right: 5 | 7, .. } = pair() => whole.left };
        assert_eq!(whole, "a");
        let first = select! { [first, 1] | [2, first] = ready([2, 1]) => first };
        assert_eq!(first, 2);
        let inner = select! { (Some(x), _) | (None, x) = ready((None, 3)) => x };
        assert_eq!(inner, 3);
        let boxed = select! { &Some(mut n) = ready(&Some(1)) => { n += 1; n } };
        assert_eq!(boxed, 2);
        let borrowed = String::from("text");
        let same = select! { "text" = ready(borrowed.as_str()) => true, else => false };
        assert!(same);
        let mut output = String::new();
        select! { out = ready(&mut output) => out.push('d') }
        assert_eq!(output, "d");
        let other = select! { Pair { right: 0, .. } = pair() => "zero", else => "another" };
        assert_eq!(other, "another");
    });
}

#[test]
fn handlers_reach_the_loop_and_the_function_around_the_macro() {
    async fn run(text: &str) -> Result<(u32, u32), std::num::ParseIntError> {
        let (mut turns, mut sum) = (0, 0);
        let result = 'outer: loop {
            for n in 0.. {
                turns += 1;
                select! {
                    biased;
                    1 = ready(n) => continue,
                    3 = ready(n) => break 'outer sum,
                    n = async { n } => {
                        sum += text.parse::<u32>()?;
                        if n == 2 && sum > 100 {
                            yield_now().await;
                            return Ok((0, sum));
                        }
                    }
                }
            }
        };
        Ok((turns, result))
    }
    let run = |text| {
        let mut task = TestTask::new(run(text));
        assert_ready!(task.run_until_stalled())
    };
    assert_eq!(run("5"), Ok((4, 10)));
    assert_eq!(run("60"), Ok((0, 120)));
    assert!(run("sixty").is_err());
}

#[test]
fn futures_and_conditions_may_wait_and_return_early() {
    async fn flag(value: bool) -> bool {
        yield_now().await;
        value
    }
    async fn run(text: &str) -> Result<u8, std::num::ParseIntError> {
        Ok(select! {
            n = ready(text.parse()?), if flag(true).await => n,
            n = { yield_now().await; ready(8) }, if flag(false).await => n,
        })
    }
    assert_eq!(assert_ready!(TestTask::new(run("7")).run_until_stalled()), Ok(7));
    assert!(assert_ready!(TestTask::new(run("seven")).run_until_stalled()).is_err());
}

#[test]
fn sixty_four_branches_are_taken_within_the_default_recursion_limit() {
    fn at(branch: usize, winner: usize) -> impl Future<Output = usize> {
        std::future::poll_fn(
            move |_| {
                if branch == winner { std::task::Poll::Ready(branch) } else { std::task::Poll::Pending }
            },
        )
    }
    for winner in 0..64 {
        let mut next = 0;
        let mut branch = || {
            next += 1;
            at(next - 1, winner)
        };
        let won = now(async {
            #[rustfmt::skip]
            let won = select! {
                n = branch() => n, n = branch() => n, n = branch() => { n } n = branch() => { n } n = branch() => n,
                n = branch() => n, n = branch() => n, n = branch() => { n } n = branch() => { n } n = branch() => n,
                n = branch() => n, n = branch() => n, n = branch() => { n } n = branch() => { n } n = branch() => n,
                n = branch() => n, n = branch() => n, n = branch() => { n } n = branch() => { n } n = branch() => n,
                n = branch() => n, n = branch() => n, n = branch() => { n } n = branch() => { n } n = branch() => n,
                n = branch() => n, n = branch() => n, n = branch() => { n } n = branch() => { n } n = branch() => n,
                n = branch() => n, n = branch() => n, n = branch() => { n } n = branch() => { n } n = branch() => n,
                n = branch() => n, n = branch() => n, n = branch() => { n } n = branch() => { n } n = branch() => n,
                n = branch() => n, n = branch() => n, n = branch() => { n } n = branch() => { n } n = branch() => n,
                n = branch() => n, n = branch() => n, n = branch() => { n } n = branch() => { n } n = branch() => n,
                n = branch() => n, n = branch() => n, n = branch() => { n } n = branch() => { n } n = branch() => n,
                n = branch() => n, n = branch() => n, n = branch() => { n } n = branch() => { n } n = branch() => n,
                n = branch() => n, n = branch() => n, n = branch() => { n } n = branch(), if true => n, else => 64,
            };
            won
        });
        assert_eq!(won, winner);
        assert_eq!(next, 64);
    }
}

#[test]
fn names_around_it_are_not_captured() {
    struct Poll;
    #[derive(Clone, Copy)]
    struct Pin;
    enum Out {
        Ready,
    }
    let run = async {
        let (output, futures, future, disabled, matched, count, index, cx) = (1, 2, 3, 4, 5, 6, 7, 8);
        let _ = (Poll, Out::Ready);
        select! {
            disabled = ready(output), if disabled == 4 && matched == 5 => (disabled, futures, future, count, index, cx, Pin),
            matched = ready(output), if disabled == 4 => (matched, futures, future, count, index, cx, Pin),
        }
    };
    let (a, b, c, d, e, f, Pin) = now(run);
    assert_eq!((a, b, c, d, e, f), (1, 2, 3, 6, 7, 8));
}

#[test]
fn it_nests_and_stands_in_closures_and_macros() {
    macro_rules! first {
        ($a:expr, $b:expr) => {
            select! { x = $a => x, x = $b => x }
        };
    }
    let never = pending::<u8>;
    let nested = async {
        let inner = async |n: u8| select! { x = ready(n) => x, x = never() => x };
        select! {
            x = async { select! { y = inner(1) => y + 1, _ = never() => 0 } } => {
                select! { _ = never() => 0, y = inner(x) => first!(ready(y + 1), never()) }
            }
            _ = never() => 0,
        }
    };
    assert_eq!(now(nested), 3);
    let closure = |n: u8| async move { first!(never(), ready(n)) };
    assert_eq!(now(closure(4)), 4);
}

#[test]
fn a_future_by_reference_outlives_it() {
    let mut task = TestTask::new(async {
        let mut slow = pin!(async {
            yield_now().await;
            yield_now().await;
            7
        });
        let mut turns = 0;
        loop {
            select! {
                biased;
                seven = &mut slow => break (seven, turns),
                () = yield_now() => turns += 1,
            }
        }
    });
    assert_eq!(assert_ready!(task.run_until_stalled()), (7, 1));
}

#[test]
fn temporaries_that_are_borrowed_live_as_long_as_the_futures() {
    let mut task = TestTask::new(async {
        // The future is a temporary, of which the branch is a reference.
        select! { x = &mut Box::pin(async { yield_now().await; 1 }) => x, x = &mut pending() => x }
    });
    assert_eq!(assert_ready!(task.run_until_stalled()), 1);
}

#[test]
fn what_becomes_a_future_is_a_branch() {
    struct Request(u8);
    impl IntoFuture for Request {
        type Output = u8;
        type IntoFuture = Ready<u8>;

        fn into_future(self) -> Ready<u8> {
            ready(self.0)
        }
    }
    assert_eq!(
        now(async {
            select! { x = Request(1) => x, _ = pending::<()>() => 0 }
        }),
        1
    );
    assert_eq!(now(async { anywhen::join!(Request(1), ready(2)) }), (1, 2));
    assert_eq!(now(async { anywhen::try_join!(ready(Ok::<_, ()>(1)), ready(Ok(2))) }), Ok((1, 2)));
}

#[test]
fn an_output_that_is_not_bound_is_kept_while_the_handler_runs() {
    let value = Rc::new(());
    let count = now(async {
        select! { _ = ready(Rc::clone(&value)) => Rc::strong_count(&value) }
    });
    assert_eq!((count, Rc::strong_count(&value)), (2, 1));
}

#[test]
fn it_is_send_when_its_branches_are_and_temporaries_of_conditions_do_not_last() {
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    let mutex = Mutex::new(true);
    let mut task = TestTask::new(is_send(async {
        select! {
            _ = yield_now(), if *mutex.lock().unwrap() => mutex.try_lock().is_ok(),
            _ = pending::<()>(), if !*mutex.lock().unwrap() => false,
        }
    }));
    assert!(assert_ready!(task.run_until_stalled()));
}

#[test]
fn outputs_without_values_do_not_warn() {
    async fn never() -> Infallible {
        pending().await
    }
    async fn diverges() -> ! {
        pending().await
    }
    let run = async {
        let one = select! {
            x = never() => match x {},
            _ = diverges() => 0,
            x = diverges(), if true => x,
            one = ready(1) => one,
        };
        assert_eq!(one, 1);
        anywhen::join!(diverges(), never(), ready(1), diverges());
    };
    assert_eq!(run.now_or_never(), None);
}

#[test]
fn a_poll_begins_anywhere_and_goes_round() {
    let ([a, b, c], _controls, log) = probes::<3, false>();
    let mut task = TestTask::new(async {
        select! { _ = a => {} _ = b => {} _ = c => {} }
    });
    let mut begins = [0u32; 3];
    for _ in 0..3000 {
        assert_pending!(task.poll());
        let polled = polls(log.take());
        begins[polled[0]] += 1;
        assert_eq!(polled, [polled[0], (polled[0] + 1) % 3, (polled[0] + 2) % 3]);
    }
    // Eight standard deviations to each side.
    assert!(begins.iter().all(|begun| (800..=1200).contains(begun)), "{begins:?}");
}

#[test]
fn a_loop_of_fresh_ones_reaches_every_branch_evenly_whatever_the_seed() {
    for seed in 0..50 {
        let won = Sim::new(seed).block_on(async {
            let mut won = [0u32; 2];
            for _ in 0..1000 {
                select! {
                    () = ready(()) => won[0] += 1,
                    () = ready(()) => won[1] += 1,
                }
            }
            won
        });
        // Six standard deviations to each side.
        assert!(won.iter().all(|won| (405..=595).contains(won)), "{seed}: {won:?}");
    }
}

#[test]
fn the_biased_form_polls_in_order_up_to_the_winner() {
    for _ in 0..20 {
        let ([a, b, c], controls, log) = probes::<3, false>();
        let mut task = TestTask::new(async {
            select! { biased; _ = a => 0, _ = b => 1, _ = c => 2 }
        });
        assert_pending!(task.poll());
        assert_eq!(polls(log.take()), [0, 1, 2]);
        controls[1].release();
        controls[2].release();
        assert_eq!(assert_ready!(task.poll()), 1);
        assert_eq!(polls(log.take()), [0, 1]);
    }
}

#[test]
fn dropped_early_it_drops_its_futures_in_order() {
    let ([a, b, c], _controls, log) = probes::<3, false>();
    let mut task = TestTask::new(async {
        select! { _ = a => {} _ = b => {} _ = c, if false => {} }
    });
    assert_pending!(task.poll());
    log.take();
    drop(task);
    assert_eq!(log.take(), [Dropped(0), Dropped(1), Dropped(2)]);
}

#[test]
fn a_panic_of_a_branch_passes_and_drops_the_others() {
    for position in 0..2 {
        let ([a, b], controls, log) = probes::<2, false>();
        let mut task = TestTask::new(async {
            select! { _ = a => {} _ = b => {} }
        });
        controls[position].panic();
        assert_eq!(panic_of(|| task.poll()), format!("child {position} panics"));
        let mut gone = log.take();
        gone.retain(|event| !matches!(event, Polled(_)));
        assert_eq!(gone, [Dropped(0), Dropped(1)]);
        assert!(panic_of(|| task.poll()).contains("`async fn` resumed after panicking"));
    }
}

#[test]
fn a_panic_of_a_loser_that_is_dropped_loses_nothing_else() {
    let ([a, b, c], controls, log) = probes::<3, false>();
    let handled = Cell::new(false);
    let mut task = TestTask::new(async {
        select! { biased; _ = a => handled.set(true), _ = b => {} _ = c => {} }
    });
    controls[0].release();
    controls[1].panic_on_drop();
    assert_eq!(panic_of(|| task.poll()), "child 1 panics when dropped");
    assert_eq!(log.take(), [Polled(0), Dropped(0), Dropped(1), Dropped(2), DroppedOutput(0)]);
    assert!(!handled.get());
}

#[test]
fn it_takes_its_futures_and_a_few_words() {
    let child = || async {
        let kept = [1u8; 256];
        yield_now().await;
        kept[0]
    };
    let words = 4 * size_of::<usize>();
    let one = size_of_val(&child());
    // Not captured, or each future would be there twice.
    assert!(
        size_of_val(&async {
            select! { x = child() => x, x = child() => x, x = child() => x }
        }) <= 3 * one + words
    );
    assert!(
        size_of_val(&async {
            select! { () = pending() => {} () = pending() => {} }
        }) <= 2 * size_of::<Pending<()>>() + words
    );
}
