//! `Interval`, whose ticks are taken late, and that is reset while a task waits for it and while none does; in virtual time
//! here, and in the paused time of a runtime there.

use std::future::poll_fn;
use std::pin::Pin;

use anywhen::time::{self, Duration, Instant, Interval, MissedTickBehavior, VirtualClock};
use proptest::prelude::*;
use tokio::time as theirs;

use super::{Pair, programs};

#[derive(Clone, Copy, Debug)]
enum Op {
    Poll,
    /// Somebody else waits from now on.
    Drop,
    /// Polls until it is pending, or often.
    Drain,
    Pass(Duration),
    Behave(MissedTickBehavior),
    Reset,
    Immediately,
    After(Duration),
    /// So long after the start.
    At(Duration),
}

/// What of tokio's time is the same here: whole milliseconds.
fn millis(most: u64) -> impl Strategy<Value = Duration> {
    (0..=most).prop_map(Duration::from_millis)
}

fn behavior() -> impl Strategy<Value = MissedTickBehavior> {
    prop_oneof![Just(MissedTickBehavior::Burst), Just(MissedTickBehavior::Delay), Just(MissedTickBehavior::Skip)]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => Just(Op::Poll),
        1 => Just(Op::Drop),
        1 => Just(Op::Drain),
        6 => millis(12).prop_map(Op::Pass),
        2 => millis(70).prop_map(Op::Pass),
        1 => behavior().prop_map(Op::Behave),
        1 => Just(Op::Reset),
        1 => Just(Op::Immediately),
        1 => millis(40).prop_map(Op::After),
        1 => millis(400).prop_map(Op::At),
    ]
}

fn like(behavior: MissedTickBehavior) -> theirs::MissedTickBehavior {
    match behavior {
        MissedTickBehavior::Burst => theirs::MissedTickBehavior::Burst,
        MissedTickBehavior::Delay => theirs::MissedTickBehavior::Delay,
        MissedTickBehavior::Skip => theirs::MissedTickBehavior::Skip,
    }
}

type Ticks<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

async fn run_paused(start_at: Duration, period: Duration, program: Vec<Op>) {
    let time = VirtualClock::manual();
    let (start, their_start) = (time.now(), theirs::Instant::now());
    let mut ours = std::cell::RefCell::new(time::interval_at_on(time.clock(), start + start_at, period));
    let mut theirs = std::cell::RefCell::new(theirs::interval_at(their_start + start_at, period));
    fn pair<'a>(
        ours: &'a std::cell::RefCell<Interval>,
        theirs: &'a std::cell::RefCell<theirs::Interval>,
    ) -> Pair<Ticks<'a, Instant>, Ticks<'a, theirs::Instant>> {
        let ours = Box::pin(poll_fn(move |cx| ours.borrow_mut().poll_tick(cx)));
        let theirs = Box::pin(poll_fn(move |cx| theirs.borrow_mut().poll_tick(cx)));
        Pair::new(0, ours, theirs)
    }
    assert_eq!((ours.get_mut().period(), theirs.get_mut().period()), (period, period));
    let mut task = pair(&ours, &theirs);
    for op in program {
        let take = |task: &mut Pair<Ticks<'_, Instant>, Ticks<'_, theirs::Instant>>| {
            let given = task.poll();
            if let Some((ours, theirs)) = given {
                assert_eq!(ours - start, theirs - their_start, "the tick here, and there");
            }
            given.is_some()
        };
        match op {
            Op::Poll => drop(take(&mut task)),
            Op::Drop => task = pair(&ours, &theirs),
            Op::Drain => {
                for _ in 0..20 {
                    if !take(&mut task) {
                        break;
                    }
                }
            }
            Op::Pass(duration) => {
                time.advance(duration);
                theirs::advance(duration).await;
            }
            Op::Behave(behavior) => {
                ours.borrow_mut().set_missed_tick_behavior(behavior);
                theirs.borrow_mut().set_missed_tick_behavior(like(behavior));
            }
            Op::Reset => {
                ours.borrow_mut().reset();
                theirs.borrow_mut().reset();
            }
            Op::Immediately => {
                ours.borrow_mut().reset_immediately();
                theirs.borrow_mut().reset_immediately();
            }
            Op::After(duration) => {
                ours.borrow_mut().reset_after(duration);
                theirs.borrow_mut().reset_after(duration);
            }
            Op::At(duration) => {
                ours.borrow_mut().reset_at(start + duration);
                theirs.borrow_mut().reset_at(their_start + duration);
            }
        }
        assert_eq!(time.now() - start, their_start.elapsed());
        task.compare_wakes();
    }
}

#[test]
fn interval() {
    let start = (millis(30), millis(15).prop_map(|period| period + Duration::from_millis(1)));
    programs("interval", start, op(), |(start, period), program| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(run_paused(start, period, program));
    });
}
