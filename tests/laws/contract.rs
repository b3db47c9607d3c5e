//! The contract between a future and whoever polls it, by the test kit's own checker: every future here keeps it,
//! with a new waker at each poll, spurious polls, and a waker that uses what the future waits for while it runs.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use anywhen::testing::{Breach, ContractChecker, ContractReport, CountingWaker, TestTask};

use crate::registry;
use crate::stage::{After, Entry, Gate, Planted, Stage, Verdict, judge, panic_of};

/// Polls on trial: dropped while it waits, dropped once it is released, and polled to its end.
fn law(mut stage: Stage<'_>, variant: usize) -> Verdict {
    if stage.at_once && stage.after == After::Stays && stage.child.is_some() {
        // It is ready with "not yet": its child is still there, and wakes whoever asked.
        return Verdict::Done;
    }
    let report = ContractReport::new();
    let mut future = stage.future.take().expect("not dropped");
    let touch = Arc::clone(&stage.touch);
    let lends_waker = stage.lends_waker;
    let checked = ContractChecker::new(poll_fn(move |cx| future.as_mut().poll(cx)))
        .named(&stage.name)
        .reentry_probe("what it waits for", Duration::from_secs(10), move || touch())
        .poll_on()
        .allow(move |breach| lends_waker && matches!(breach, Breach::WakerKept { .. }))
        .report_to(&report);
    let mut task = TestTask::with_waker(checked, CountingWaker::new());

    // The touch of a probe may be what it waits for, so whether a poll is pending is not asserted.
    let mut ready = false;
    for _ in 0..3 {
        ready = ready || task.poll().is_ready();
    }
    if variant > 0 {
        stage.release();
    }
    if variant > 1 {
        for _ in 0..10 {
            ready = ready || task.poll().is_ready();
        }
        assert!(ready, "released, and still pending after ten polls");
        if stage.after == After::Panics {
            assert!(panic_of(|| assert!(task.poll().is_pending())).is_some());
        }
    }
    drop(task);
    stage.finish();
    report.assert_clean();
    Verdict::after(variant, 3)
}

#[test]
fn every_future_keeps_the_contract() {
    judge(&registry::all(), law);
}

#[test]
fn a_breach_is_caught() {
    let forgets_its_waker: Entry = |body| {
        let gate = Gate::default();
        let mut leaf = Box::pin(gate.leaf());
        let mut polls = 0;
        let future = poll_fn(move |cx| {
            polls += 1;
            if polls == 2 { Poll::Pending } else { leaf.as_mut().poll(cx) }
        });
        body(Stage::new(Planted::new(future), gate.opener()));
    };
    let message = panic_of(|| judge(&[forgets_its_waker], law)).expect("should be caught");
    assert!(message.contains(&Breach::StaleWaker { poll: 1 }.to_string()), "{message}");
}
