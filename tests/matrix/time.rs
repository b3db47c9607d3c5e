//! What virtual time gives under every runtime. What an adapter owes as a timer, `runtime_conformance!` asks; of the
//! built-in clock too, which is the timer of every handle.

use std::future::{pending, poll_fn};
use std::sync::{Arc, Mutex};

use anywhen::future::yield_now;
use anywhen::rt::Runtime;
use anywhen::task;
use anywhen::testing::runtime_matrix;
use anywhen::time::{Deadline, DelayQueue, Duration, Instant, interval, sleep, timeout};

runtime_matrix! {
    in virtual time:
    an_hour_takes_no_time_and_is_an_hour,
    a_timeout_elapses_only_in_virtual_time,
    blocking_work_holds_time,
    an_interval_ticks_without_drift,
    a_queue_that_tasks_share_gives_each_item_at_its_time,
    a_deadline_is_the_same_for_a_task_and_what_it_spawns,
}

const TICK: Duration = Duration::from_millis(3);
const HOUR: Duration = Duration::from_secs(3600);

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

async fn a_queue_that_tasks_share_gives_each_item_at_its_time<R: Runtime>(rt: R) {
    let start = Instant::now();
    let queue = Arc::new(Mutex::new(DelayQueue::new()));
    let mut never = Some(queue.lock().unwrap().insert(0, Duration::MAX));
    let puts = (1..=4_u32).map(|n| {
        let queue = Arc::clone(&queue);
        // Each before the one that the other task waits for.
        let put = async move {
            sleep(TICK * n).await;
            queue.lock().unwrap().insert(n, HOUR - TICK * 2 * n);
        };
        task::spawn_on(&rt, put)
    });
    let puts = puts.collect::<Vec<_>>();
    let mut order = Vec::new();
    while let Some(expired) = poll_fn(|cx| queue.lock().unwrap().poll_expired(cx)).await {
        assert_eq!(expired.deadline(), Instant::now());
        order.push((expired.into_inner(), start.elapsed()));
        if order.len() == 4 {
            never.take().into_iter().for_each(|key| _ = queue.lock().unwrap().remove(&key));
        }
    }
    assert_eq!(order, [4, 3, 2, 1].map(|n| (n, HOUR - TICK * n)));
    for put in puts {
        put.await.unwrap();
    }
}

async fn a_deadline_is_the_same_for_a_task_and_what_it_spawns<R: Runtime>(rt: R) {
    let start = Instant::now();
    let deadline = Deadline::after(HOUR);
    let there = task::spawn_on(&rt, async move {
        sleep(TICK).await;
        assert!(deadline.timeout(pending::<()>()).await.is_err());
        (deadline.is_expired(), Instant::now())
    });
    deadline.sleep(Duration::MAX).await;
    assert_eq!((deadline.is_expired(), Instant::now()), (true, start + HOUR));
    assert_eq!(there.await.unwrap(), (true, start + HOUR));
}
