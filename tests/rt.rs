//! What is particular to one runtime. What all have in common is in `tests/conformance`.

#![cfg(feature = "std")]

use std::future::poll_fn;
use std::panic::catch_unwind;
use std::sync::mpsc::channel;
use std::task::Poll;
use std::thread;

use anywhen::rt::{Handle, Runtime, Spawn, Std};
use anywhen::task;

fn thread_name() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

#[test]
fn without_a_current_runtime_tasks_run_on_the_builtin_pools() {
    assert!(Handle::try_current().is_none());
    let names = [task::spawn(async { thread_name() }), task::spawn_blocking(thread_name)];
    let names = names.map(|task| Std.block_on(task).unwrap());
    assert_eq!(names, ["anywhen-worker", "anywhen-block"]);
}

#[test]
fn block_on_nests_and_needs_neither_send_nor_static() {
    let local = std::rc::Rc::new(5);
    let borrowed = &local;
    let sum = Std.block_on(async {
        let inner = Std.block_on(async { Std.block_on(async { **borrowed }) + **borrowed });
        inner + task::spawn(async { 1 }).await.unwrap()
    });
    assert_eq!(sum, 11);
}

#[test]
fn block_on_leaves_the_thread_as_it_was_when_its_future_panics() {
    let panic = catch_unwind(|| Std.block_on(async { panic!("expected to fail") }));
    assert!(panic.is_err());
    assert!(Handle::try_current().is_none());
    assert_eq!(Std.block_on(async { 7 }), 7);
}

#[test]
fn a_foreign_task_that_panics_costs_the_pool_no_thread() {
    let (sender, receiver) = channel();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    for _ in 0..threads * 4 {
        Std.spawn_task(Box::pin(async { panic!("expected to fail") }));
        Std.spawn_work(Box::new(|| panic!("expected to fail")));
    }
    for _ in 0..threads * 4 {
        let sender = sender.clone();
        Std.spawn_task(Box::pin(async move { sender.send(()).unwrap() }));
    }
    drop(sender);
    assert_eq!(receiver.iter().count(), threads * 4);
}

#[test]
fn a_foreign_task_of_the_pool_that_nothing_can_wake_is_dropped() {
    struct Tells(std::sync::mpsc::Sender<()>);
    impl Drop for Tells {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let (sender, receiver) = channel();
    let tells = Tells(sender);
    Std.spawn_task(Box::pin(async move {
        let _tells = tells;
        std::future::pending::<()>().await;
    }));
    receiver.recv().expect("told by the destructor");
}

#[test]
fn wakes_of_a_task_that_is_done_do_nothing() {
    let (sender, receiver) = channel();
    let task = task::spawn(poll_fn(move |cx| {
        sender.send(cx.waker().clone()).unwrap();
        Poll::Ready(())
    }));
    Std.block_on(task).unwrap();
    let waker = receiver.recv().unwrap();
    waker.wake_by_ref();
    waker.wake();
    assert!(receiver.recv().is_err());
}

#[test]
fn a_guard_makes_a_runtime_current_on_its_thread_only() {
    let _entered = Std.enter();
    assert!(Handle::try_current().is_some());
    assert!(thread::spawn(|| Handle::try_current().is_none()).join().unwrap());
}

#[test]
fn entering_while_the_thread_ends_is_harmless() {
    struct Late;
    impl Drop for Late {
        fn drop(&mut self) {
            let _entered = Std.enter();
            drop(Handle::current());
        }
    }
    std::thread_local!(static LATE: Late = const { Late });
    thread::spawn(|| {
        LATE.with(|_| ());
        let _entered = Std.enter();
    })
    .join()
    .unwrap();
    // The other order of making, and so of destruction.
    thread::spawn(|| {
        drop(Std.enter());
        LATE.with(|_| ());
    })
    .join()
    .unwrap();
}

#[cfg(feature = "tokio")]
mod tokio_adapter {
    use std::panic::AssertUnwindSafe;
    use std::pin::{Pin, pin};
    use std::task::{Context, Waker};

    use anywhen::prelude::*;
    use anywhen::rt::Tokio;
    use anywhen::time::{self, Clock, Deadline, DelayQueue, Duration, Instant, Timer};
    use tokio::runtime::Builder;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn it_works_from_outside_of_the_runtime() {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
        let rt = Tokio::from(runtime.handle().clone());
        let deadline = rt.now() + Duration::from_millis(2);
        let mut sleep = pin!(rt.sleep_until(Instant::FAR_FUTURE));
        Tokio::reset(sleep.as_mut(), deadline);
        // Our `block_on`, so that there is no context of tokio's even while it is polled.
        Std.block_on(sleep);
        assert!(rt.now() >= deadline);
        assert!(Std.block_on(task::spawn_on(&rt, async { Tokio::try_current().is_ok() })).unwrap());
        assert!(Tokio::try_current().is_err());
    }

    #[test]
    fn a_paused_clock_is_followed() {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let rt = Tokio::new(runtime.handle().clone());
        let began = std::time::Instant::now();
        let start = rt.now();
        runtime.block_on(async {
            rt.sleep_until(start + HOUR).await;
            assert_eq!(rt.now() - start, HOUR);
            tokio::time::advance(HOUR).await;
            assert_eq!(rt.now() - start, 2 * HOUR);
        });
        assert_eq!(rt.now() - start, 2 * HOUR, "from outside too");
        assert!(began.elapsed() < HOUR);
    }

    /// By whatever is made on its timer.
    #[test]
    fn a_paused_clock_moves_intervals_queues_and_deadlines() {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let rt = Tokio::current();
            let start = rt.now();
            let deadline = Deadline::after_on(&rt, 3 * HOUR);
            let mut queue = DelayQueue::new_on(rt.clone());
            queue.insert(2, 2 * HOUR);
            queue.insert(1, HOUR);
            for hours in 1..=2 {
                assert_eq!(queue.next().await.unwrap().into_inner(), hours);
                assert_eq!(rt.now() - start, HOUR * hours);
            }
            let mut interval = time::interval_on(rt.clone(), HOUR / 2);
            for n in 0..3 {
                assert_eq!(interval.tick().await - start, 2 * HOUR + HOUR / 2 * n);
            }
            assert!(deadline.is_expired_on(&rt));
            assert!(!Deadline::from(deadline.instant()).is_expired(), "the built-in clock does not know");
        });
    }

    #[test]
    fn a_paused_clock_does_not_run_towards_never() {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let rt = Tokio::new(runtime.handle().clone());
        runtime.block_on(async {
            let start = rt.now();
            let mut made = pin!(rt.sleep_until(Instant::FAR_FUTURE));
            let mut reset = pin!(rt.sleep_until(start + HOUR));
            assert!(poll_once(made.as_mut()).is_pending());
            assert!(poll_once(reset.as_mut()).is_pending());
            Tokio::reset(reset.as_mut(), Instant::FAR_FUTURE);
            // Idle, tokio advances to the next timer. There is none, so time stands still until the thread comes back.
            let waited = task::spawn_blocking_on(&rt, || thread::sleep(Duration::from_millis(5)));
            waited.await.unwrap();
            let (sender, receiver) = tokio::sync::oneshot::channel();
            let foreign = thread::spawn(move || {
                thread::sleep(Duration::from_millis(5));
                sender.send(()).unwrap();
            });
            receiver.await.unwrap();
            foreign.join().unwrap();
            assert_eq!(rt.now(), start);
            assert!(poll_once(made).is_pending() && poll_once(reset).is_pending());
        });
    }

    #[test]
    fn a_runtime_without_time_is_refused_when_a_sleep_is_made() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let rt = Tokio::new(runtime.handle().clone());
        let now = rt.now();
        assert!(catch_unwind(AssertUnwindSafe(|| rt.sleep_until(now))).is_err());
        // The built-in clock needs nothing.
        runtime.block_on(async {
            let clock = Clock::system();
            clock.sleep_until(clock.now() + Duration::from_millis(1)).await;
        });
    }

    #[test]
    fn a_runtime_that_is_shut_down_cancels() {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
        let rt = Tokio::new(runtime.handle().clone());
        let waiting = task::spawn_on(&rt, std::future::pending::<()>());
        drop(runtime);
        assert!(Std.block_on(waiting).unwrap_err().is_cancelled());
        assert!(Std.block_on(task::spawn_on(&rt, async {})).unwrap_err().is_cancelled());
        assert!(Std.block_on(task::spawn_blocking_on(&rt, || ())).unwrap_err().is_cancelled());
    }
}
