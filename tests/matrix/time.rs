//! What virtual time gives under every runtime. What an adapter owes as a timer, `runtime_conformance!` asks; of the
//! built-in clock too, which is the timer of every handle.

use std::future::pending;

use anywhen::future::yield_now;
use anywhen::rt::Runtime;
use anywhen::task;
use anywhen::testing::runtime_matrix;
use anywhen::time::{Duration, Instant, interval, sleep, timeout};

runtime_matrix! {
    in virtual time:
    an_hour_takes_no_time_and_is_an_hour,
    a_timeout_elapses_only_in_virtual_time,
    blocking_work_holds_time,
    an_interval_ticks_without_drift,
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
