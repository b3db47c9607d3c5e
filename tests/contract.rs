//! `ContractChecker`: every breach is caught where one is planted, and futures that are right are never accused.

#![cfg(feature = "testing")]
#![allow(clippy::waker_clone_wake, reason = "the clone is what is observed")]

use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use anywhen::testing::{
    Breach, ContractChecker, ContractReport, TestTask, WakerEvent, assert_pending, assert_ready, assert_ready_eq,
};
use futures_core::Stream;

/// Runs `f`, which must panic, and gives the message.
fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).err().expect("should panic");
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast::<&str>().expect("a message")).to_owned(),
    }
}

/// Puts a future on trial, in hand.
fn on_trial<F: Future>(future: F) -> (TestTask<ContractChecker<F>>, ContractReport) {
    let report = ContractReport::new();
    (TestTask::new(ContractChecker::new(future).named("it").report_to(&report)), report)
}

/// The line that a report has for a breach on this thread.
fn line(poll: usize, breach: &str) -> String {
    format!("`it` at poll {poll}, on thread `{}`: {breach}", thread::current().name().unwrap())
}

fn lines(report: &ContractReport) -> Vec<String> {
    report.findings().iter().map(ToString::to_string).collect()
}

/// A place for a waker, and what it waits for.
#[derive(Clone, Default)]
struct Event(Arc<(AtomicBool, Mutex<Vec<Waker>>)>);

impl Event {
    fn is_set(&self) -> bool {
        self.0.0.load(Ordering::SeqCst)
    }

    fn wakers(&self) -> std::sync::MutexGuard<'_, Vec<Waker>> {
        self.0.1.lock().unwrap()
    }

    /// Sets it and takes the wakers out, which are to be woken.
    fn set(&self) -> Vec<Waker> {
        self.0.0.store(true, Ordering::SeqCst);
        std::mem::take(&mut *self.wakers())
    }
}

/// A future that waits for an event as it should: with the latest waker, and no longer than it lives.
struct Wait(Event);

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let new = cx.waker().clone();
        let mut wakers = self.0.wakers();
        let old = std::mem::replace(&mut *wakers, vec![new]);
        drop(wakers);
        drop(old);
        if self.0.is_set() {
            let mine = std::mem::take(&mut *self.0.wakers());
            drop(mine);
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mine = std::mem::take(&mut *self.0.wakers());
        drop(mine);
    }
}

mod planted {
    use super::*;

    #[test]
    fn pending_without_a_live_waker() {
        let (mut task, report) = on_trial(poll_fn(|cx| {
            // Looks at it, and does not keep it.
            drop(cx.waker().clone());
            Poll::<()>::Pending
        }));
        assert_pending!(task.poll());
        let what = "pending without a live waker: it keeps no clone of its waker and has not woken it";
        assert_eq!(lines(&report), [line(1, what)]);
        assert_eq!(report.breaches(), [Breach::PendingWithoutWaker]);
    }

    #[test]
    fn pending_without_a_waker_once_the_one_before_was_woken() {
        let event = Event::default();
        let (mut task, report) = on_trial(poll_fn(|cx| {
            if !event.is_set() {
                event.wakers().push(cx.waker().clone());
            }
            Poll::<()>::Pending
        }));
        assert_pending!(task.poll());
        event.set().into_iter().for_each(Waker::wake);
        assert_pending!(task.poll());
        assert_eq!(report.breaches(), [Breach::PendingWithoutWaker]);
    }

    #[test]
    fn a_waker_of_an_earlier_poll_kept_instead_of_the_latest() {
        let event = Event::default();
        let (mut task, report) = on_trial(poll_fn(|cx| {
            let mut wakers = event.wakers();
            if wakers.is_empty() {
                wakers.push(cx.waker().clone());
            }
            if event.is_set() { Poll::Ready(()) } else { Poll::Pending }
        }));
        assert_pending!(task.poll());
        assert!(report.breaches().is_empty());
        assert_pending!(task.poll());
        assert_pending!(task.poll());
        let what = "waker of an earlier poll used: it relies on the one of poll 1 instead of the latest";
        assert_eq!(lines(&report), [line(2, what), line(3, what)]);
    }

    #[test]
    fn a_waker_of_an_earlier_poll_woken_although_the_latest_is_kept() {
        for late in [false, true] {
            let event = Event::default();
            let (mut task, report) = on_trial(poll_fn(|cx| {
                if event.is_set() {
                    return Poll::Ready(());
                }
                event.wakers().push(cx.waker().clone());
                Poll::Pending
            }));
            assert_pending!(task.poll());
            assert_pending!(task.poll());
            // First come, first served, and once: the oldest is woken and the others forgotten.
            let mut wakers = event.set();
            wakers.remove(0).wake();
            if !late {
                wakers.clear();
            }
            let _poll = task.poll();
            drop(wakers);
            let stale = Breach::StaleWaker { poll: 1 };
            let expected = if late { vec![stale] } else { vec![Breach::WakerDropped, stale] };
            assert_eq!(report.breaches(), expected, "late: {late}");
        }
    }

    #[test]
    fn the_last_waker_dropped_while_pending() {
        let event = Event::default();
        let (mut task, report) = on_trial(Wait(event.clone()));
        assert_pending!(task.poll());
        event.wakers().clear();
        let what = "waker dropped while pending: the last clone of the latest one is gone, and was not woken";
        assert_eq!(lines(&report), [line(1, what)]);
    }

    #[test]
    fn a_wake_after_completion() {
        let event = Event::default();
        let (mut task, report) = on_trial(poll_fn(|cx| {
            event.wakers().push(cx.waker().clone());
            Poll::Ready(1)
        }));
        assert_ready_eq!(task.poll(), 1);
        event.set().pop().unwrap().wake();
        assert_eq!(lines(&report), [line(1, "wake after completion: by a waker of poll 1")]);
    }

    /// It may have been on its way when the future was completed by somebody else, and that is no fault of anybody's.
    #[test]
    fn a_wake_after_completion_by_another_thread_counts_a_second_later() {
        let event = Event::default();
        let (mut task, report) = on_trial(poll_fn(|cx| {
            *event.wakers() = vec![cx.waker().clone(), cx.waker().clone()];
            Poll::Ready(1)
        }));
        assert_ready_eq!(task.poll(), 1);
        let mut wakers = event.set();
        let (soon, late) = (wakers.pop().unwrap(), wakers.pop().unwrap());
        thread::spawn(|| soon.wake()).join().unwrap();
        assert!(report.breaches().is_empty(), "{report}");
        // The second has to pass in real time; nothing else waits for it.
        thread::sleep(Duration::from_millis(1100));
        thread::spawn(|| late.wake()).join().unwrap();
        assert_eq!(report.breaches(), [Breach::WakeAfterCompletion { poll: 1 }]);
    }

    #[test]
    fn a_waker_kept_when_the_future_is_gone() {
        let event = Event::default();
        let (mut task, report) = on_trial(poll_fn(|cx| {
            event.wakers().push(cx.waker().clone());
            Poll::<()>::Pending
        }));
        assert_pending!(task.poll());
        assert_pending!(task.poll());
        drop(task);
        assert_eq!(lines(&report), [line(2, "wakers kept after the end: 2 still exist")]);
        // Said once.
        assert_eq!(report.breaches().len(), 1);
        event.wakers().clear();
    }

    #[test]
    fn a_waker_touched_under_a_lock_that_can_be_asked() {
        let event = Event::default();
        let probed = event.clone();
        let report = ContractReport::new();
        let future = ContractChecker::new(poll_fn(|cx| {
            *event.wakers() = vec![cx.waker().clone()];
            Poll::<()>::Pending
        }));
        let probe = move || probed.0.1.try_lock().is_err();
        let mut task = TestTask::new(future.lock_probe("the list", probe).report_to(&report));
        let under = |event| Breach::WakerUnderLock { event, lock: "the list".into() };

        // The assignment evaluates the right side first, so the clone is made before the lock is taken.
        assert_pending!(task.poll());
        assert!(report.breaches().is_empty());
        assert_pending!(task.poll());
        assert_eq!(report.breaches(), [under(WakerEvent::Drop)]);
        event.wakers()[0].wake_by_ref();
        assert_eq!(report.breaches()[1..], [under(WakerEvent::Wake)]);
        let cloned = event.wakers()[0].clone();
        assert_eq!(report.breaches()[2..], [under(WakerEvent::Clone)]);
        assert!(report.to_string().contains("waker dropped under a lock: the list"));
        assert!(report.to_string().contains("waker woken under a lock: the list"));
        assert!(report.to_string().contains("waker cloned under a lock: the list"));
        drop(cloned);
        event.set().clear();
    }

    #[test]
    fn a_waker_touched_under_a_lock_that_can_only_be_tried() {
        let event = Event::default();
        let used = event.clone();
        let report = ContractReport::new();
        let future = ContractChecker::new(Wait(event.clone())).report_to(&report);
        let future = future.reentry_probe("the list", Duration::from_millis(300), move || drop(used.wakers()));
        let mut task = TestTask::new(future);
        assert_pending!(task.poll());
        assert_pending!(task.poll());
        assert!(report.breaches().is_empty(), "{report}");
        let wakers = event.wakers();
        wakers[0].wake_by_ref();
        wakers[0].wake_by_ref();
        drop(wakers);
        // One thread that hangs is enough.
        assert_eq!(report.breaches(), [Breach::WakerUnderLock { event: WakerEvent::Wake, lock: "the list".into() }]);
    }

    #[test]
    fn a_wake_storm() {
        let (mut task, report) = on_trial(poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        }));
        for _ in 0..999 {
            assert_pending!(task.poll());
        }
        assert!(report.breaches().is_empty());
        for _ in 0..100 {
            assert_pending!(task.poll());
        }
        assert_eq!(lines(&report), [line(1000, "wake storm: it woke itself in 1000 polls in a row without progress")]);
    }

    #[test]
    fn a_poll_that_blocks() {
        let report = ContractReport::new();
        let bound = Duration::from_millis(5);
        let blocks = async { thread::sleep(Duration::from_millis(6)) };
        let checked = ContractChecker::new(blocks).poll_bound(bound).report_to(&report);
        assert_ready!(TestTask::new(checked).poll());
        match &report.breaches()[..] {
            [Breach::PollBlocked { took, bound: told }] => assert!(*took > bound && *told == bound),
            other => panic!("{other:?}"),
        }
        assert!(report.to_string().contains("poll that blocks: it took "));
    }

    /// What a container that grows may do to its children by mistake.
    #[test]
    fn moved_after_being_pinned() {
        let report = ContractReport::new();
        let mut cx = Context::from_waker(Waker::noop());
        let mut first = Box::new(ContractChecker::new(yields(2)).named("it").report_to(&report));
        assert!(pinned(&mut *first).poll(&mut cx).is_pending());
        let first_at = (&raw const *first).addr();
        let mut second = Box::new(*first);
        assert!(pinned(&mut *second).poll(&mut cx).is_pending());
        assert!(pinned(&mut *second).poll(&mut cx).is_ready());
        let second_at = (&raw const *second).addr();
        let third = Box::new(*second);
        let third_at = (&raw const *third).addr();
        drop(third);

        let polled = Breach::MovedAfterPin { from: first_at, to: second_at, dropped: false };
        let dropped = Breach::MovedAfterPin { from: second_at, to: third_at, dropped: true };
        assert_eq!(report.breaches(), [polled, dropped]);
        let what = format!("moved after being pinned: polled at {second_at:#x}, then dropped at {third_at:#x}");
        assert_eq!(lines(&report)[1], line(3, &what));
    }

    #[test]
    fn moved_after_its_end_and_polled_there() {
        let report = ContractReport::new();
        let mut cx = Context::from_waker(Waker::noop());
        let mut first = Box::new(ContractChecker::new(poll_fn(|_| Poll::Ready(1))).poll_on().report_to(&report));
        assert!(pinned(&mut *first).poll(&mut cx).is_ready());
        let from = (&raw const *first).addr();
        let mut second = Box::new(*first);
        let to = (&raw const *second).addr();
        assert!(pinned(&mut *second).poll(&mut cx).is_ready());
        drop(second);
        assert_eq!(report.breaches(), [Breach::MovedAfterPin { from, to, dropped: false }, Breach::SecondValue]);
    }

    #[allow(unsafe_code, reason = "the fault to be caught")]
    fn pinned<F>(future: &mut F) -> Pin<&mut F> {
        // SAFETY: the promise that it stays is broken, which is the fault. The future is one that may be moved.
        unsafe { Pin::new_unchecked(future) }
    }

    #[test]
    fn polled_after_ready_by_the_code_around() {
        let (mut task, report) = on_trial(ready(1));
        assert_ready!(task.poll());
        assert_eq!(panic_of(|| task.poll()), "`ContractChecker` polled after completion");
        assert_eq!(lines(&report), [line(2, "polled after ready: it was over, and whoever owns it polled on")]);
    }

    #[test]
    fn polled_after_a_panic() {
        let (mut task, report) = on_trial(poll_fn(|_| -> Poll<()> { panic!("of its own") }));
        assert_eq!(panic_of(|| task.poll()), "of its own");
        assert!(report.breaches().is_empty());
        assert_eq!(panic_of(|| task.poll()), "`ContractChecker` polled after completion");
        assert_eq!(report.breaches(), [Breach::PolledAfterReady]);
    }

    #[test]
    fn a_second_value() {
        let report = ContractReport::new();
        let future = ContractChecker::new(poll_fn(|_| Poll::Ready(1))).named("it").poll_on().report_to(&report);
        let mut task = TestTask::new(future);
        assert_ready!(task.poll());
        assert_ready!(task.poll());
        assert_eq!(lines(&report), [line(2, "second value: it was over, and gave a value once more")]);

        let report = ContractReport::new();
        let mut right = TestTask::new(ContractChecker::new(ready(1)).poll_on().report_to(&report));
        assert_ready!(right.poll());
        assert!(panic_of(|| right.poll()).contains("`Ready` polled after completion"));
        assert!(report.breaches().is_empty());
    }
}

/// A future that wakes itself that often. It could be moved.
fn yields(mut times: usize) -> impl Future<Output = ()> {
    poll_fn(move |cx| {
        if times == 0 {
            return Poll::Ready(());
        }
        times -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

mod streams {
    use super::*;

    /// A stream of what a closure says.
    struct PollFn<F>(F);

    impl<T, F: FnMut(&mut Context<'_>) -> Poll<Option<T>> + Unpin> Stream for PollFn<F> {
        type Item = T;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
            (self.0)(cx)
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            (1, Some(3))
        }
    }

    #[test]
    fn items_are_progress_and_the_end_is_the_end() {
        let report = ContractReport::new();
        let mut left = 4;
        let counts = PollFn(move |cx: &mut Context<'_>| {
            left -= 1;
            cx.waker().wake_by_ref();
            match left {
                0 => Poll::Ready(None),
                2 => Poll::Ready(Some(left)),
                _ => Poll::Pending,
            }
        });
        let mut task = TestTask::new(ContractChecker::new(counts).storm_after(2).report_to(&report));
        assert_eq!(task.future().size_hint(), (1, Some(3)));
        assert_pending!(task.poll_next());
        assert_ready_eq!(task.poll_next(), Some(2));
        assert_pending!(task.poll_next());
        assert_ready_eq!(task.poll_next(), None);
        assert!(report.breaches().is_empty(), "{report}");
        assert_ready_eq!(task.poll_next(), None);
        assert_eq!(report.breaches(), [Breach::PolledAfterReady]);
        assert_eq!(report.counts().completed, 1);
    }

    #[test]
    fn an_item_after_the_end_is_a_second_value_and_another_end_is_not() {
        for (second, breaches) in [(Some(1), vec![Breach::SecondValue]), (None, vec![])] {
            let report = ContractReport::new();
            let mut ended = false;
            let stream = PollFn(move |_: &mut Context<'_>| {
                Poll::Ready(if std::mem::replace(&mut ended, true) { second } else { None })
            });
            let mut task = TestTask::new(ContractChecker::new(stream).poll_on().report_to(&report));
            assert_ready_eq!(task.poll_next(), None);
            assert_ready_eq!(task.poll_next(), second);
            assert_eq!(report.breaches(), breaches);
        }
    }

    #[test]
    fn a_stream_that_waits_for_nothing() {
        let report = ContractReport::new();
        let stream = PollFn(|_: &mut Context<'_>| Poll::<Option<()>>::Pending);
        let mut task = TestTask::new(ContractChecker::new(stream).report_to(&report));
        assert_pending!(task.poll_next());
        assert_eq!(report.breaches(), [Breach::PendingWithoutWaker]);
    }
}

mod telling {
    use super::*;

    #[test]
    fn without_a_report_it_panics_at_the_end_of_the_poll() {
        let mut task = TestTask::new(ContractChecker::new(pending::<()>()).named("it"));
        let message = panic_of(|| task.poll());
        assert!(message.starts_with("a breach of the contract of futures:\n  `it` at poll 1"), "{message}");
        // Said once: the drop is silent.
        drop(task);
    }

    #[test]
    fn without_a_report_it_panics_when_dropped() {
        let event = Event::default();
        let mut task = TestTask::new(ContractChecker::new(Wait(event.clone())));
        assert_pending!(task.poll());
        event.wakers().clear();
        let message = panic_of(|| drop(task));
        assert!(message.contains("waker dropped while pending"), "{message}");

        // What is left behind is waited for, and then told.
        let mut task = TestTask::new(ContractChecker::new(poll_fn(|cx| {
            event.wakers().push(cx.waker().clone());
            Poll::<()>::Pending
        })));
        assert_pending!(task.poll());
        let message = panic_of(|| drop(task));
        assert!(message.contains("wakers kept after the end: 1 still exist"), "{message}");
        event.wakers().clear();
    }

    #[test]
    fn it_does_not_panic_while_the_thread_unwinds() {
        let message = panic_of(|| {
            let event = Event::default();
            let mut task = TestTask::new(ContractChecker::new(Wait(event.clone())));
            assert_pending!(task.poll());
            event.wakers().clear();
            panic!("the first");
        });
        assert_eq!(message, "the first");
    }

    #[test]
    fn what_is_allowed_is_not_reported() {
        let report = ContractReport::new();
        let future = ContractChecker::new(pending::<()>()).report_to(&report);
        let mut task = TestTask::new(future.allow(|breach| matches!(breach, Breach::PendingWithoutWaker)));
        assert_pending!(task.poll());
        report.assert_clean();
    }

    #[test]
    fn a_report_lists_all_with_their_names_and_how_many_are_left_out() {
        let report = ContractReport::new();
        assert_eq!(report.to_string(), "no breach of the contract of futures");
        report.assert_clean();
        for name in ["left", "right"] {
            let checked = ContractChecker::new(pending::<()>()).named(name).report_to(&report);
            assert_pending!(TestTask::new(checked).poll());
        }
        let message = panic_of(|| report.assert_clean());
        assert!(message.starts_with("2 breaches of the contract of futures:\n  `left` at poll 1"), "{message}");
        assert!(message.contains("\n  `right` at poll 1"), "{message}");
        assert_eq!(message, report.to_string());

        let mut many = TestTask::new(ContractChecker::new(pending::<()>()).report_to(&report));
        for _ in 0..25 {
            assert_pending!(many.poll());
        }
        assert!(report.to_string().ends_with("\n  and 7 more"), "{report}");
        // Unnamed, it goes by its type.
        assert!(report.findings()[2].name.contains("Pending"));
    }

    #[test]
    fn counts_polls_and_ends() {
        let report = ContractReport::new();
        let event = Event::default();
        let mut waits = TestTask::new(ContractChecker::new(Wait(event.clone())).report_to(&report));
        for _ in 0..3 {
            assert_pending!(waits.poll());
        }
        event.set().into_iter().for_each(Waker::wake);
        assert_ready!(waits.poll());
        drop(waits);
        let mut cancelled = TestTask::new(ContractChecker::new(yields(1)).report_to(&report));
        assert_pending!(cancelled.poll());
        drop(cancelled);
        drop(ContractChecker::new(yields(1)).report_to(&report));
        let counts = report.counts();
        assert_eq!((counts.polls, counts.spurious_polls, counts.completed, counts.cancelled), (5, 2, 1, 1));
        report.assert_clean();
    }

    #[test]
    fn a_finding_names_the_thread() {
        let event = Event::default();
        let (mut task, report) = on_trial(Wait(event.clone()));
        assert_pending!(task.poll());
        let clears = move || event.wakers().clear();
        thread::Builder::new().name("elsewhere".into()).spawn(clears).unwrap().join().unwrap();
        assert_eq!(report.findings()[0].thread, "elsewhere");
        let event = Event::default();
        let (mut task, report) = on_trial(Wait(event.clone()));
        assert_pending!(task.poll());
        thread::spawn(move || event.wakers().clear()).join().unwrap();
        assert!(report.findings()[0].thread.starts_with("ThreadId("));
    }
}

/// Wakers that are late, and futures that have their reasons.
mod tolerated {
    use super::*;

    #[test]
    fn a_waker_that_another_thread_is_about_to_drop() {
        let event = Event::default();
        let (mut task, report) = on_trial(Wait(event.clone()));
        assert_pending!(task.poll());
        let waker = event.set().pop().unwrap();
        waker.wake_by_ref();
        let drops = thread::spawn(move || {
            // The report waits for it. Were it not dropped at all, the report would say so.
            thread::sleep(Duration::from_millis(50));
            drop(waker);
        });
        assert_ready!(task.poll());
        drop(task);
        report.assert_clean();
        drops.join().unwrap();
    }

    #[test]
    fn an_old_waker_that_is_woken_as_well() {
        for (latest_first, all_before_the_poll) in [(false, false), (true, false), (false, true), (true, true)] {
            let event = Event::default();
            let (mut task, report) = on_trial(poll_fn(|cx| {
                if event.is_set() {
                    return Poll::Ready(());
                }
                event.wakers().push(cx.waker().clone());
                Poll::Pending
            }));
            assert_pending!(task.poll());
            assert_pending!(task.poll());
            let mut wakers = event.set();
            if latest_first {
                wakers.reverse();
            }
            let mut wakers = wakers.into_iter();
            wakers.next().unwrap().wake();
            if all_before_the_poll {
                wakers.next().unwrap().wake();
            }
            assert_ready!(task.poll());
            // What another thread has not come to yet, it does now.
            thread::scope(|scope| scope.spawn(|| wakers.for_each(Waker::wake)).join().unwrap());
            drop(task);
            report.assert_clean();
        }
    }

    #[test]
    fn an_old_waker_that_is_dropped_late() {
        let event = Event::default();
        let (mut task, report) = on_trial(poll_fn(|cx| {
            event.wakers().push(cx.waker().clone());
            Poll::<()>::Pending
        }));
        assert_pending!(task.poll());
        assert_pending!(task.poll());
        event.wakers().remove(0);
        assert!(report.breaches().is_empty(), "{report}");
        event.wakers().remove(0);
        assert_eq!(report.breaches(), [Breach::WakerDropped]);
    }

    #[test]
    fn many_polls_that_wake_the_task_with_pauses_between() {
        let report = ContractReport::new();
        let mut polls = 0;
        let kept = Event::default();
        let pauses = poll_fn(|cx| {
            polls += 1;
            let waker = cx.waker();
            match polls % 3 {
                0 => *kept.wakers() = vec![waker.clone()],
                1 => waker.wake_by_ref(),
                // It is woken while it is polled, but not by itself.
                _ => thread::scope(|scope| scope.spawn(|| waker.wake_by_ref()).join().unwrap()),
            }
            Poll::<()>::Pending
        });
        let mut task = TestTask::new(ContractChecker::new(pauses).storm_after(4).report_to(&report));
        for _ in 0..9 {
            assert_pending!(task.poll());
        }
        report.assert_clean();
        drop(task);
        kept.wakers().clear();
    }

    #[test]
    fn a_probe_that_uses_the_waker_itself() {
        let event = Event::default();
        let (used, calls) = (event.clone(), Arc::new(AtomicUsize::new(0)));
        let called = Arc::clone(&calls);
        let wakes = move || {
            called.fetch_add(1, Ordering::SeqCst);
            let waker = used.wakers().first().cloned();
            waker.into_iter().for_each(Waker::wake);
        };
        let report = ContractReport::new();
        let future = ContractChecker::new(Wait(event.clone())).report_to(&report);
        let mut task = TestTask::new(future.reentry_probe("the list", Duration::from_secs(10), wakes));
        assert_pending!(task.poll());
        let first = event.wakers().remove(0);
        let second = first.clone();
        event.wakers().push(second);
        // Here there is one that the call can use.
        drop(first);
        drop(task);
        report.assert_clean();
        // Two clones and two drops; what the calls do is not probed in turn.
        assert_eq!(calls.load(Ordering::SeqCst), 4);
    }

    #[test]
    fn a_wake_before_the_waker_was_kept() {
        let (mut task, report) = on_trial(poll_fn(|cx| {
            cx.waker().clone().wake();
            Poll::<()>::Pending
        }));
        assert_pending!(task.poll());
        report.assert_clean();
    }

    #[test]
    fn a_future_that_is_dropped_after_its_wake() {
        let event = Event::default();
        let (mut task, report) = on_trial(Wait(event.clone()));
        assert_pending!(task.poll());
        let wakers = event.set();
        drop(task);
        wakers.into_iter().for_each(Waker::wake);
        report.assert_clean();
    }

    #[test]
    fn checkers_within_checkers() {
        let event = Event::default();
        let report = ContractReport::new();
        let inner = ContractChecker::new(Wait(event.clone())).report_to(&report);
        let mut task = TestTask::new(ContractChecker::new(inner).report_to(&report));
        assert_pending!(task.poll());
        assert_pending!(task.poll());
        event.set().into_iter().for_each(Waker::wake);
        assert_eq!(task.wakes(), 1);
        assert_ready!(task.poll());
        drop(task);
        report.assert_clean();
        assert_eq!((report.counts().polls, report.counts().spurious_polls), (6, 2));
    }
}

/// Futures of this crate, woken by other threads: nothing that happens to be under way there is taken for a breach.
mod innocent {
    use anywhen::future::{poll_once, yield_now};
    use anywhen::prelude::*;
    use anywhen::retry::{Constant, Policy, retry};
    use anywhen::rt::Std;
    use anywhen::sync::{Mutex, Semaphore};
    use anywhen::task;
    use anywhen::time::{sleep, timeout};

    use super::*;

    const THREADS: usize = 4;
    const ROUNDS: usize = 300;

    /// Runs the same on some threads at once, on `ROUNDS` futures each, and wants no breach.
    fn on_threads<F: Future>(scenario: impl Fn(ContractReport, usize) -> F + Send + Sync) {
        let report = ContractReport::new();
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    Std.block_on(async {
                        for round in 0..ROUNDS {
                            scenario(report.clone(), round).await;
                        }
                    });
                });
            }
        });
        report.assert_clean();
        let counts = report.counts();
        assert!(counts.completed + counts.cancelled >= THREADS * ROUNDS / 2, "{counts:?}");
    }

    fn checked<F: Future>(future: F, report: &ContractReport) -> ContractChecker<F> {
        ContractChecker::new(future).report_to(report)
    }

    #[test]
    fn a_mutex_with_cancels() {
        let mutex = Arc::new(Mutex::new(0));
        on_threads(|report, round| {
            let mutex = Arc::clone(&mutex);
            async move {
                if round % 3 == 0 {
                    let gave_up = (checked(mutex.lock(), &report).map(drop), yield_now()).race();
                    gave_up.await;
                }
                let mut guard = checked(mutex.lock(), &report).await;
                *guard += 1;
                yield_now().await;
            }
        });
        assert_eq!(*mutex.try_lock().unwrap(), THREADS * ROUNDS);
    }

    #[test]
    fn a_semaphore_with_cancels() {
        let semaphore = Arc::new(Semaphore::new(3));
        on_threads(|report, round| {
            let semaphore = Arc::clone(&semaphore);
            async move {
                let many = 1 + round as u32 % 3;
                if round % 4 == 0 {
                    drop(poll_once(checked(semaphore.acquire_many(3), &report)).await);
                }
                let _permits = checked(semaphore.acquire_many(many), &report).await.unwrap();
                yield_now().await;
            }
        });
        assert_eq!(semaphore.available_permits(), 3);
    }

    #[test]
    fn tasks_that_are_awaited_aborted_and_left() {
        on_threads(|report, round| async move {
            let handle = task::spawn_on(&Std, async move {
                yield_now().await;
                round
            });
            match round % 3 {
                0 => assert_eq!(checked(handle, &report).await.unwrap(), round),
                1 => drop(poll_once(checked(handle, &report)).await),
                _ => {
                    let abort = handle.abort_handle();
                    let ended = checked(handle, &report);
                    abort.abort();
                    drop(ended.await);
                }
            }
        });
    }

    #[test]
    fn sleeps_and_timeouts() {
        on_threads(|report, round| async move {
            let short = Duration::from_micros(50);
            match round % 30 {
                0 => checked(sleep(short), &report).await,
                1 => drop(checked(timeout(short, sleep(Duration::from_secs(9))), &report).await),
                _ => drop(poll_once(checked(sleep(short), &report)).await),
            }
        });
    }

    #[test]
    fn combinators_and_their_children() {
        let mutex = Arc::new(Mutex::new(()));
        on_threads(|report, round| {
            let mutex = Arc::clone(&mutex);
            async move {
                let child = || checked(async { drop(checked(mutex.lock(), &report).await) }, &report);
                match round % 4 {
                    0 => drop(checked((child(), yield_now(), child()).join(), &report).await),
                    1 => checked([child(), child(), child()].race(), &report).await,
                    2 => drop(checked((child(), child()).select(), &report).await),
                    _ => {
                        let failing = || async {
                            child().await;
                            Err::<(), ()>(())
                        };
                        let policy = Policy::of(Constant::new(Duration::ZERO)).max_attempts(3);
                        checked(retry(failing).policy(policy), &report).await.unwrap_err();
                    }
                }
            }
        });
    }
}
