//! Law 4: nothing is polled without need. A future that waits does not wake itself; an event wakes its task once, and one
//! poll then suffices; no poll polls a child twice, or one that is done. Tuples and arrays poll exactly their unfinished
//! children, whatever their number.

use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::task::Poll;

use anywhen::testing::{CountingWaker, TestTask};

use crate::forms::{
    Made, Visitor, fair_races, large_joins, large_races, ordered_joins, ordered_races, rotating_joins, settles,
};
use crate::probe::{Event, Log, Probe, probes};
use crate::registry;
use crate::stage::{Entry, Planted, Stage, Verdict, judge, panic_of};

fn law(mut stage: Stage<'_>, variant: usize) -> Verdict {
    if stage.wakes_itself {
        return Verdict::Done;
    }
    let (count, polled, most) = (CountingWaker::new(), stage.child_polls.clone(), stage.most_polls);
    let waker = count.waker();
    let poll = |stage: &mut Stage<'_>| {
        let before = polled.load(Ordering::Relaxed);
        let poll = stage.poll(&waker);
        let polls = polled.load(Ordering::Relaxed) - before;
        assert!(polls <= most, "one poll polls the child {polls} times");
        poll
    };

    // As many polls without need as the variant says.
    for _ in 0..=variant {
        assert_eq!(poll(&mut stage).is_ready(), stage.at_once);
        assert_eq!(count.wakes(), 0, "it wakes itself while it waits");
        if stage.at_once {
            return Verdict::Done;
        }
    }
    stage.release();
    assert_eq!(count.wakes(), 1, "one event, and so many wakes");
    assert_eq!(poll(&mut stage), Poll::Ready(()), "one poll does not suffice");
    assert_eq!(count.wakes(), 1, "it wakes a task that it has nothing more to say to");
    stage.finish();
    Verdict::after(variant, 4)
}

#[test]
fn nothing_is_polled_or_woken_without_need() {
    judge(&registry::all(), law);
}

/// Who was polled since the last time, in the order of their numbers.
fn polled(log: &Log) -> Vec<usize> {
    let numbers = log.take().into_iter();
    let mut numbers =
        numbers.filter_map(|event| if let Event::Poll(n) = event { Some(n) } else { None }).collect::<Vec<_>>();
    numbers.sort_unstable();
    numbers
}

/// All children are polled once at each poll until they are done, and nobody is polled then.
struct JoinsPollTheUnfinished;

impl Visitor for JoinsPollTheUnfinished {
    fn visit<const N: usize, const MAY_FAIL: bool>(&mut self, name: &str, make: fn([Probe<MAY_FAIL>; N]) -> Made) {
        let (children, controls, log) = probes();
        let mut task = TestTask::new(make(children));
        let mut unfinished = (0..N).collect::<Vec<_>>();
        for _ in 0..3 {
            assert!(task.poll().is_pending());
            assert_eq!(polled(&log), unfinished, "{name}");
        }
        // Thirteen is prime to all sizes here: the children end in an order that is none.
        for n in (0..N).map(|n| (13 * n + 3) % N) {
            controls[n].release();
            assert_eq!(task.wakes(), 1, "{name}");
            let poll = task.poll();
            assert_eq!(polled(&log), unfinished, "{name}");
            unfinished.retain(|unfinished| *unfinished != n);
            assert_eq!(poll.is_ready(), unfinished.is_empty(), "{name}");
            assert_eq!(task.wakes(), 0, "{name}");
        }
    }
}

/// All children are polled once at each poll, until there is a winner; behind that one nobody is polled.
struct RacesPollUpToTheWinner {
    in_order: bool,
}

impl Visitor for RacesPollUpToTheWinner {
    fn visit<const N: usize, const MAY_FAIL: bool>(&mut self, name: &str, make: fn([Probe<MAY_FAIL>; N]) -> Made) {
        for winner in 0..N {
            let (children, controls, log) = probes();
            let mut task = TestTask::new(make(children));
            for _ in 0..2 {
                assert!(task.poll().is_pending());
                assert_eq!(polled(&log), (0..N).collect::<Vec<_>>(), "{name}");
            }
            controls[winner].release();
            assert_eq!(task.wakes(), 1, "{name}");
            assert!(task.poll().is_ready());
            let polled = polled(&log);
            assert!(polled.contains(&winner), "{name}");
            // From the start, wherever that is, they are polled in a circle; sorted, and with the winner last.
            let expected = if self.in_order { winner + 1 } else { polled.len() };
            let mut circle = (0..expected).map(|n| (winner + N - n) % N).collect::<Vec<_>>();
            circle.sort_unstable();
            assert_eq!(polled, circle, "{name}");
        }
    }
}

/// The first poll polls everybody, and the next one the first of them, which gets a waker of its own. From then on who is
/// polled was woken.
struct PollsTheWoken {
    joins: bool,
}

impl Visitor for PollsTheWoken {
    fn visit<const N: usize, const MAY_FAIL: bool>(&mut self, name: &str, make: fn([Probe<MAY_FAIL>; N]) -> Made) {
        let (children, controls, log) = probes();
        let mut task = TestTask::new(make(children));
        assert!(task.poll().is_pending());
        assert_eq!(polled(&log), (0..N).collect::<Vec<_>>(), "{name}");
        assert!(task.poll().is_pending());
        assert_eq!(polled(&log).len(), 1, "{name}");
        for _ in 0..3 {
            assert!(task.poll().is_pending());
            assert_eq!(polled(&log), [], "{name}: it was not woken");
        }
        // Several at once wake the task once.
        let (last, some) = (N - 1, [N / 2, 3, 1]);
        some.iter().for_each(|n| controls[*n].wake_itself());
        some.iter().for_each(|n| controls[*n].wake());
        assert_eq!(task.wakes(), 1, "{name}");
        assert!(task.poll().is_pending());
        assert_eq!(polled(&log), [1, 3, N / 2], "{name}");
        assert_eq!(task.wakes(), 1, "{name}: who wakes itself is polled again, but later");
        assert!(task.poll().is_pending());
        assert_eq!(polled(&log), [1, 3, N / 2], "{name}");
        if self.joins {
            for n in (0..N).filter(|n| *n != last) {
                controls[n].release();
                assert_eq!(task.wakes(), 1, "{name}");
                assert!(task.poll().is_pending(), "{name}");
                assert_eq!(polled(&log), [n], "{name}");
            }
        }
        controls[last].release();
        assert_eq!(task.wakes(), 1, "{name}");
        assert!(task.poll().is_ready(), "{name}");
        assert_eq!(polled(&log), [last], "{name}");
    }
}

#[test]
fn of_many_only_the_woken_are_polled() {
    large_joins(&mut PollsTheWoken { joins: true });
    large_races(&mut PollsTheWoken { joins: false });
}

#[test]
fn joins_poll_the_unfinished_once() {
    ordered_joins(&mut JoinsPollTheUnfinished);
    settles(&mut JoinsPollTheUnfinished);
    rotating_joins(&mut JoinsPollTheUnfinished);
}

#[test]
fn races_poll_up_to_the_winner() {
    ordered_races(&mut RacesPollUpToTheWinner { in_order: true });
    fair_races(&mut RacesPollUpToTheWinner { in_order: false });
}

#[test]
fn a_failure_ends_the_polling() {
    struct Fails;
    impl Visitor for Fails {
        fn visit<const N: usize, const MAY_FAIL: bool>(&mut self, name: &str, make: fn([Probe<MAY_FAIL>; N]) -> Made) {
            for fails in (0..N).filter(|_| MAY_FAIL) {
                let (children, controls, log) = probes();
                let mut task = TestTask::new(make(children));
                assert!(task.poll().is_pending());
                log.take();
                controls[fails].fail();
                assert!(task.poll().is_ready(), "{name}");
                assert_eq!(polled(&log), (0..=fails).collect::<Vec<_>>(), "{name}");
            }
        }
    }
    ordered_joins(&mut Fails);
}

/// A child that fails is done, and the others go on as if nothing had happened.
struct FailuresChangeNothing;

impl Visitor for FailuresChangeNothing {
    fn visit<const N: usize, const MAY_FAIL: bool>(&mut self, name: &str, make: fn([Probe<MAY_FAIL>; N]) -> Made) {
        // What a failure decides is another test's.
        if !MAY_FAIL || name.starts_with("try_select") {
            return;
        }
        let (children, controls, log) = probes();
        let mut task = TestTask::new(make(children));
        assert!(task.poll().is_pending());
        log.take();
        for (n, control) in controls.iter().enumerate() {
            control.fail();
            assert_eq!(task.poll().is_ready(), n == N - 1, "{name}");
            assert_eq!(polled(&log), (n..N).collect::<Vec<_>>(), "{name}");
        }
    }
}

#[test]
fn a_failure_that_does_not_decide_changes_nothing() {
    settles(&mut FailuresChangeNothing);
    fair_races(&mut FailuresChangeNothing);
    ordered_races(&mut FailuresChangeNothing);
}

#[test]
fn busy_polls_and_polls_in_vain_are_caught() {
    let busy: Entry = |body| {
        let wakes = poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        body(Stage::new(Planted::new(wakes), || ()));
    };
    let message = panic_of(|| judge(&[busy], law)).expect("should be caught");
    assert!(message.contains("it wakes itself while it waits"), "{message}");

    let twice: Entry = |body| {
        body(Stage::over(|leaf| {
            let mut leaf = Box::pin(leaf);
            Planted::new(poll_fn(move |cx| {
                let _in_vain = leaf.as_mut().poll(cx);
                leaf.as_mut().poll(cx)
            }))
        }));
    };
    let message = panic_of(|| judge(&[twice], law)).expect("should be caught");
    assert!(message.contains("polls the child 2 times"), "{message}");

    let polls_one_only = |[a, b]: [Probe; 2]| -> Made {
        let (mut a, mut b) = (Box::pin(a), Box::pin(b));
        Box::pin(poll_fn(move |cx| {
            let _later = &mut b;
            a.as_mut().poll(cx).map(drop)
        }))
    };
    let message = panic_of(|| JoinsPollTheUnfinished.visit("one only", polls_one_only)).expect("should be caught");
    assert!(message.contains("one only"), "{message}");
}
