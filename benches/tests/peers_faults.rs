//! The test kit finds faults that published crates have today, in the versions of the lock file.
//!
//! Each test puts a future of a peer on trial, asserts what the kit says, and prints it; `docs/peers-faults.md` is the
//! table of it. When a peer mends a fault its test here fails, and the row goes. Nothing here hangs: what might is run
//! on a thread of its own, with a bound.
//!
//! `cargo test -p anywhen-benches --test peers_faults -- --nocapture` shows the reports.

use std::future::{Future, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use anywhen::testing::{
    Breach, ContractChecker, ContractReport, CountingWaker, TestTask, WakerEvent, assert_pending, assert_ready,
};

/// How long a call that needs a lock may take, which takes a microsecond where the lock is free.
const HELD: Duration = Duration::from_secs(2);

/// Runs a scenario on a thread of its own, which may take a minute.
fn bounded(scenario: impl FnOnce() + Send + 'static) {
    let (done, wait) = mpsc::channel();
    let name = thread::current().name().unwrap_or("a scenario").to_owned();
    let run = thread::Builder::new().name(name.clone()).spawn(move || {
        let result = catch_unwind(AssertUnwindSafe(scenario));
        done.send(result).unwrap();
    });
    run.unwrap();
    match wait.recv_timeout(Duration::from_secs(60)) {
        Ok(Ok(())) => {}
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(_) => panic!("{name} hangs"),
    }
}

/// Prints what the kit says.
fn show(what: impl std::fmt::Display) {
    eprintln!("{}: {what}", thread::current().name().unwrap_or_default());
}

/// Polls a future once, with a waker that does nothing, and drops it.
fn poll_once(future: impl Future) {
    let _poll = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
}

fn under(event: WakerEvent, lock: &str) -> Breach {
    Breach::WakerUnderLock { event, lock: lock.into() }
}

/// Wakers that children have left.
type Left = Arc<Mutex<Vec<Waker>>>;

/// A child that waits for ever, and leaves its waker.
fn leaves_its_waker(left: &Left) -> impl Future<Output = ()> + use<> {
    let left = Arc::clone(left);
    poll_fn(move |cx| {
        let waker = cx.waker().clone();
        left.lock().unwrap().push(waker);
        Poll::Pending
    })
}

#[test]
fn async_lock_mutex_wakes_under_a_lock() {
    bounded(|| {
        let (mutex, report) = (Arc::new(async_lock::Mutex::new(())), ContractReport::new());
        let held = mutex.try_lock().unwrap();
        let used = Arc::clone(&mutex);
        let lock = ContractChecker::new(mutex.lock())
            .named("async_lock::Mutex::lock")
            .reentry_probe("the mutex's list of listeners", HELD, move || poll_once(used.lock()))
            .report_to(&report);
        let mut task = TestTask::new(lock);
        assert_pending!(task.poll());
        drop(held);
        show(&report);
        let list = "the mutex's list of listeners";
        assert_eq!(report.breaches(), [under(WakerEvent::Clone, list), under(WakerEvent::Wake, list)]);
    });
}

#[test]
fn tokio_barrier_wakes_under_a_lock() {
    bounded(|| {
        let (barrier, report) = (Arc::new(tokio::sync::Barrier::new(2)), ContractReport::new());
        let (used, last) = (Arc::clone(&barrier), Arc::new(AtomicBool::new(false)));
        let comes = Arc::clone(&last);
        // All that can be done with a barrier is to arrive there, which must not be done too early.
        let arrive = move || {
            if comes.load(Ordering::SeqCst) {
                poll_once(used.wait());
            }
        };
        let wait = ContractChecker::new(barrier.wait())
            .named("tokio::sync::Barrier::wait")
            .reentry_probe("the barrier's state", HELD, arrive)
            .report_to(&report);
        let mut task = TestTask::new(wait);
        assert_pending!(task.poll());
        last.store(true, Ordering::SeqCst);
        poll_once(barrier.wait());
        show(&report);
        assert!(report.breaches().contains(&under(WakerEvent::Wake, "the barrier's state")));
    });
}

#[test]
fn tokio_semaphore_clones_a_waker_under_a_lock() {
    bounded(|| {
        let (semaphore, report) = (Arc::new(tokio::sync::Semaphore::new(0)), ContractReport::new());
        let used = Arc::clone(&semaphore);
        let acquire = ContractChecker::new(semaphore.acquire())
            .named("tokio::sync::Semaphore::acquire")
            .reentry_probe("the semaphore's queue", HELD, move || poll_once(used.acquire()))
            .report_to(&report);
        let mut task = TestTask::new(acquire);
        assert_pending!(task.poll());
        show(&report);
        assert_eq!(report.breaches(), [under(WakerEvent::Clone, "the semaphore's queue")]);
    });
}

#[test]
fn asyncband_semaphore_clones_a_waker_under_a_lock() {
    bounded(|| {
        let (semaphore, report) = (Arc::new(asyncband::semaphore::Semaphore::new(0)), ContractReport::new());
        let used = Arc::clone(&semaphore);
        let acquire = ContractChecker::new(semaphore.acquire(1))
            .named("asyncband::Semaphore::acquire")
            .reentry_probe("the semaphore's queue", HELD, move || poll_once(used.acquire(1)))
            .report_to(&report);
        let mut task = TestTask::new(acquire);
        assert_pending!(task.poll());
        show(&report);
        assert_eq!(report.breaches(), [under(WakerEvent::Clone, "the semaphore's queue")]);
    });
}

#[test]
fn futures_concurrency_join_touches_wakers_under_a_lock() {
    use futures_concurrency::future::Join;

    bounded(|| {
        for at_poll in [true, false] {
            let (left, report) = (Left::default(), ContractReport::new());
            let used = Arc::clone(&left);
            // What a child's event does, on another thread.
            let sibling_wakes = move || {
                let waker = used.lock().unwrap().last().cloned();
                if let Some(waker) = waker {
                    waker.wake();
                }
            };
            let join = ContractChecker::new([leaves_its_waker(&left), leaves_its_waker(&left)].join())
                .named("futures_concurrency [_; 2]::join")
                .reentry_probe("the readiness of the children", HELD, sibling_wakes)
                .report_to(&report);
            let mut task = TestTask::new(join);
            assert_pending!(task.poll());
            let event = if at_poll {
                // The waker of the task has changed.
                assert_pending!(task.poll());
                WakerEvent::Clone
            } else {
                let first = left.lock().unwrap()[0].clone();
                first.wake();
                WakerEvent::Wake
            };
            show(&report);
            assert!(report.breaches().contains(&under(event, "the readiness of the children")));
            drop(task);
        }
    });
}

#[test]
fn futures_concurrency_race_ok_gives_a_second_value() {
    use futures_concurrency::future::RaceOk;

    bounded(|| {
        let report = ContractReport::new();
        let child = || {
            // Fails, and never again: polled on it is pending, as many futures are.
            let mut failed = false;
            poll_fn(move |_| if std::mem::replace(&mut failed, true) { Poll::Pending } else { Poll::Ready(Err(())) })
        };
        // The errors that it gives the second time are not initialised, so here they are of no size.
        let race = ContractChecker::new([child(), child()].race_ok()).named("futures_concurrency [_; 2]::race_ok");
        let mut task = TestTask::new(race.poll_on().report_to(&report));
        for _ in 0..2 {
            let all_errors: Result<(), _> = assert_ready!(task.poll());
            assert!(all_errors.is_err());
        }
        show(&report);
        assert_eq!(report.breaches(), [Breach::SecondValue]);
    });
}

#[test]
fn futures_util_abortable_wakes_after_completion() {
    bounded(|| {
        let report = ContractReport::new();
        let (handle, registration) = futures_util::future::AbortHandle::new_pair();
        let (gate, open) = tokio::sync::oneshot::channel::<()>();
        let abortable = futures_util::future::Abortable::new(open, registration);
        let mut task = TestTask::new(ContractChecker::new(abortable).named("Abortable").report_to(&report));
        assert_pending!(task.poll());
        gate.send(()).unwrap();
        assert_ready!(task.poll()).unwrap().unwrap();
        drop(task);
        handle.abort();
        show(&report);
        assert!(matches!(report.breaches()[..], [Breach::WakeAfterCompletion { .. }, ..]));
    });
}

#[test]
fn backon_retry_polls_a_finished_child() {
    use backon::{ConstantBuilder, Retryable};

    bounded(|| {
        let report = ContractReport::new();
        let attempt = || ContractChecker::new(ready(Ok::<_, ()>(1))).named("the attempt").report_to(&report);
        let mut task = TestTask::new(attempt.retry(ConstantBuilder::default()).sleep(tokio::time::sleep));
        assert_ready!(task.poll()).unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| task.poll())).is_err());
        show(&report);
        assert_eq!(report.breaches(), [Breach::PolledAfterReady]);
    });
}

#[test]
fn async_lock_mutex_forgets_a_waiter_after_a_waker_has_panicked() {
    bounded(|| {
        let mutex = async_lock::Mutex::new(());
        let held = mutex.try_lock().unwrap();
        let panics = CountingWaker::panicking(WakerEvent::Wake);
        let mut first = TestTask::with_waker(mutex.lock(), panics);
        let mut second = TestTask::new(mutex.lock());
        assert_pending!(first.poll());
        assert_pending!(second.poll());
        assert!(catch_unwind(AssertUnwindSafe(|| drop(held))).is_err());
        // Its place in the queue is nobody's now. In debug builds the count underflows with a panic, else silently.
        let _panic = catch_unwind(AssertUnwindSafe(|| drop(first)));
        let (woken, poll) = (second.is_woken(), second.poll().is_ready());
        let free = mutex.try_lock().is_some();
        show(format_args!("the mutex is free: {free}; the next in its queue is woken: {woken}, is ready: {poll}"));
        assert!(free && !woken && !poll);
    });
}

#[test]
fn futures_timer_ends_when_a_waker_panics() {
    bounded(|| {
        let panics = CountingWaker::panicking(WakerEvent::Wake);
        let mut first = TestTask::with_waker(futures_timer::Delay::new(Duration::from_millis(1)), panics.clone());
        assert_pending!(first.poll());
        while panics.wakes() == 0 {
            thread::yield_now();
        }
        // The thread is gone once it has unwound, and with it the timers of the whole process.
        let other = || TestTask::new(futures_timer::Delay::new(Duration::ZERO)).poll().is_ready();
        let message = loop {
            match catch_unwind(AssertUnwindSafe(other)) {
                Ok(_) => thread::yield_now(),
                Err(panic) => break *panic.downcast::<&str>().expect("a message"),
            }
        };
        show(format_args!("another task's timer panics: {message}"));
        assert_eq!(message, "timer has gone away");
    });
}
