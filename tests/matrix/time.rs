//! What every adapter owes as a timer, and what the built-in clock gives under every runtime.

use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use anywhen::future::yield_now;
use anywhen::rt::Runtime;
use anywhen::task;
use anywhen::testing::runtime_matrix;
use anywhen::time::{Clock, Duration, Instant, Timer, interval, sleep, sleep_until, timeout};

runtime_matrix! {
    the_adapters_timer_keeps_the_contract,
    the_builtin_clock_keeps_the_contract,
    the_adapters_sleeps_move_between_tasks,
    the_builtin_clocks_sleeps_move_between_tasks,
    a_thousand_sleeps_each_wake_their_task,
}

runtime_matrix! {
    in virtual time:
    an_hour_takes_no_time_and_is_an_hour,
    tasks_live_on_the_clock_they_were_spawned_on,
    each_task_wakes_at_its_own_instant,
    a_timeout_elapses_only_in_virtual_time,
    blocking_work_holds_time,
    an_interval_ticks_without_drift,
    an_aborted_task_does_not_hold_time,
}

const TICK: Duration = Duration::from_millis(3);
const HOUR: Duration = Duration::from_secs(3600);

async fn the_adapters_timer_keeps_the_contract<R: Runtime>(rt: R) {
    contract(rt).await;
}

async fn the_builtin_clock_keeps_the_contract<R: Runtime>(_: R) {
    contract(Clock::system()).await;
    contract(Clock::default()).await;
}

async fn the_adapters_sleeps_move_between_tasks<R: Runtime>(rt: R) {
    moved_and_reset_by_another_task(rt.clone(), rt).await;
}

async fn the_builtin_clocks_sleeps_move_between_tasks<R: Runtime>(rt: R) {
    moved_and_reset_by_another_task(rt, Clock::system()).await;
}

#[derive(Default)]
struct CountWakes(AtomicUsize);

impl Wake for CountWakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// The clauses of [`Timer`], one after the other.
async fn contract<T: Timer>(timer: T) {
    // Time does not go backwards, and what is past is ready at once.
    let start = timer.now();
    assert!(timer.now() >= start);
    for past in [start, Instant::from_nanos(0), start - HOUR] {
        timer.sleep_until(past).await;
    }

    // Never early; ready for ever after.
    for deadline in [Duration::from_micros(1), Duration::from_micros(1500), TICK].map(|wait| timer.now() + wait) {
        let mut sleep = pin!(timer.sleep_until(deadline));
        sleep.as_mut().await;
        assert!(timer.now() >= deadline);
        for _ in 0..300 {
            assert!(poll_once(sleep.as_mut()).is_ready());
        }
    }

    // Never means never, and so does what is centuries away.
    for far in [Instant::FAR_FUTURE, timer.now() + HOUR * 24 * 365 * 100, Instant::from_nanos(u64::MAX - 1)] {
        let mut sleep = pin!(timer.sleep_until(far));
        assert!(poll_once(sleep.as_mut()).is_pending());
        timer.sleep_until(timer.now() + TICK).await;
        assert!(poll_once(sleep.as_mut()).is_pending());
        // Back from there.
        let soon = timer.now() + TICK;
        T::reset(sleep.as_mut(), soon);
        sleep.await;
        assert!(timer.now() >= soon);
    }

    // Reset before the first poll, while waiting, to the past, after completion, and to never.
    let mut sleep = pin!(timer.sleep_until(timer.now() + HOUR));
    T::reset(sleep.as_mut(), timer.now() + TICK);
    sleep.as_mut().await;
    let soon = timer.now() + TICK;
    T::reset(sleep.as_mut(), timer.now() + HOUR);
    assert!(poll_once(sleep.as_mut()).is_pending());
    T::reset(sleep.as_mut(), soon);
    sleep.as_mut().await;
    assert!(timer.now() >= soon);
    T::reset(sleep.as_mut(), timer.now() + HOUR);
    assert!(poll_once(sleep.as_mut()).is_pending());
    T::reset(sleep.as_mut(), start);
    sleep.as_mut().await;
    T::reset(sleep.as_mut(), Instant::FAR_FUTURE);
    assert!(poll_once(sleep.as_mut()).is_pending());
    T::reset(sleep.as_mut(), timer.now());
    sleep.as_mut().await;

    // A later deadline than the one that was registered is kept.
    let mut sleep = pin!(timer.sleep_until(timer.now() + TICK));
    assert!(poll_once(sleep.as_mut()).is_pending());
    let later = timer.now() + TICK * 4;
    T::reset(sleep.as_mut(), later);
    sleep.await;
    assert!(timer.now() >= later);

    // The latest waker is woken, and a sleep that is dropped wakes nobody.
    let (old, new, dropped) = (Arc::default(), Arc::default(), Arc::default());
    let poll_with = |sleep: Pin<&mut T::Sleep>, wakes: &Arc<CountWakes>| {
        let waker = Waker::from(wakes.clone());
        assert!(sleep.poll(&mut Context::from_waker(&waker)).is_pending());
    };
    let soon = timer.now() + TICK * 2;
    let mut sleep = pin!(timer.sleep_until(soon));
    poll_with(sleep.as_mut(), &old);
    poll_with(sleep.as_mut(), &new);
    {
        let sleep = pin!(timer.sleep_until(soon));
        poll_with(sleep, &dropped);
    }
    let mut last = pin!(timer.sleep_until(soon + TICK));
    poll_fn(|cx| last.as_mut().poll(cx)).await;
    assert!(poll_once(sleep.as_mut()).is_ready());
    assert_eq!(old.0.load(SeqCst), 0);
    assert!(new.0.load(SeqCst) > 0);
    assert_eq!(dropped.0.load(SeqCst), 0);
}

/// smol#149: a sleep that one task has polled is reset and awaited by another.
async fn moved_and_reset_by_another_task<R, T>(rt: R, timer: T)
where
    R: Runtime,
    T: Timer<Sleep: Send> + Send + 'static,
{
    for reset in [false, true] {
        let mut sleep = Box::pin(timer.sleep_until(timer.now() + if reset { HOUR } else { TICK }));
        assert!(poll_once(sleep.as_mut()).is_pending());
        let deadline = timer.now() + TICK;
        task::spawn_on(&rt, async move {
            if reset {
                T::reset(sleep.as_mut(), deadline);
            }
            sleep.await;
        })
        .await
        .unwrap();
        if reset {
            assert!(timer.now() >= deadline);
        }
    }
}

async fn a_thousand_sleeps_each_wake_their_task<R: Runtime>(rt: R) {
    let start = rt.now();
    let tasks: Vec<_> = (0..1000_u32)
        .map(|n| {
            let timer = rt.clone();
            task::spawn_on(&rt, async move {
                let deadline = start + Duration::from_micros(u64::from(n * 7919 % 10_000));
                timer.sleep_until(deadline).await;
                assert!(timer.now() >= deadline);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// Real time that has gone by; what virtual time must not cost.
fn real() -> std::time::Instant {
    std::time::Instant::now()
}

async fn an_hour_takes_no_time_and_is_an_hour<R: Runtime>(_: R) {
    let (began, start) = (real(), Instant::now());
    sleep(HOUR).await;
    assert_eq!(Instant::now() - start, HOUR);
    assert!(began.elapsed() < HOUR / 60);
}

async fn tasks_live_on_the_clock_they_were_spawned_on<R: Runtime>(rt: R) {
    let start = Instant::now();
    let inner = rt.clone();
    let end = task::spawn_on(&rt, async move {
        sleep(HOUR).await;
        let grandchild = task::spawn_on(&inner, async {
            sleep(HOUR).await;
            Instant::now()
        });
        grandchild.await.unwrap()
    });
    assert_eq!(end.await.unwrap() - start, HOUR * 2);
    let now = task::spawn_blocking_on(&rt, Instant::now);
    assert_eq!(now.await.unwrap() - start, HOUR * 2);
}

async fn each_task_wakes_at_its_own_instant<R: Runtime>(rt: R) {
    let start = Instant::now();
    let tasks: Vec<_> = (1..=100_u32)
        .map(|n| {
            let wait = HOUR * (n * 37 % 101);
            task::spawn_on(&rt, async move {
                sleep_until(start + wait).await;
                assert_eq!(Instant::now() - start, wait);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(Instant::now() - start, HOUR * 100);
}

async fn a_timeout_elapses_only_in_virtual_time<R: Runtime>(rt: R) {
    let start = Instant::now();
    assert!(timeout(HOUR, pending::<()>()).await.is_err());
    assert_eq!(Instant::now() - start, HOUR);
    // Tasks that have something to do come before time.
    let busy = task::spawn_on(&rt, async {
        for _ in 0..1000 {
            yield_now().await;
        }
    });
    assert!(timeout(TICK, busy).await.is_ok());
    assert_eq!(Instant::now() - start, HOUR);
}

async fn blocking_work_holds_time<R: Runtime>(rt: R) {
    let start = Instant::now();
    let work = task::spawn_blocking_on(&rt, || std::thread::sleep(Duration::from_millis(20)));
    assert!(timeout(TICK, work).await.is_ok(), "real work against a virtual deadline");
    assert_eq!(Instant::now(), start);
}

async fn an_interval_ticks_without_drift<R: Runtime>(_: R) {
    let start = Instant::now();
    let mut interval = interval(HOUR);
    for n in 0..50 {
        assert_eq!(interval.tick().await - start, HOUR * n);
        assert_eq!(Instant::now() - start, HOUR * n);
        sleep(HOUR / 3).await;
    }
}

async fn an_aborted_task_does_not_hold_time<R: Runtime>(rt: R) {
    let start = Instant::now();
    let task = task::spawn_on(&rt, pending::<()>());
    sleep(HOUR).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    // One that never ran, too.
    let task = task::spawn_on(&rt, pending::<()>());
    task.abort();
    sleep(HOUR).await;
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(Instant::now() - start, HOUR * 2);
}
