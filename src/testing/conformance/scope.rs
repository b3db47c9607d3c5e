//! What tasks and work find around them: their runtime, and the clock they were spawned on.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::pending;
use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use crate::rt::{BoxTask, BoxWork, Handle, Runtime, Spawn};
use crate::task;
use crate::time::{Duration, Instant, VirtualClock, sleep, sleep_until};

const HOUR: Duration = Duration::from_secs(3600);

pub(super) async fn the_runtime_is_current_in_its_tasks_and_work<R: Runtime>(rt: R) {
    let current = || Handle::try_current().is_some();
    let nested = task::spawn_on(&rt, async move { task::spawn(async move { current() }).await.unwrap() && current() });
    assert!(nested.await.unwrap());
    assert!(task::spawn_blocking_on(&rt, current).await.unwrap());
    let task = task::spawn_blocking_on(&rt, || task::spawn(async { 7 })).await.unwrap();
    assert_eq!(task.await.unwrap(), 7);
}

pub(super) async fn entering_it_takes_over_and_gives_back<R: Runtime>(rt: R) {
    /// Takes tasks, and does not run them.
    struct Idle(Arc<AtomicUsize>);
    impl Spawn for Idle {
        fn spawn_task(&self, _: BoxTask) {
            self.0.fetch_add(1, SeqCst);
        }
        fn spawn_work(&self, _: BoxWork) {}
    }

    let taken = Arc::new(AtomicUsize::new(0));
    let idle = Handle::new(Idle(Arc::clone(&taken)));
    let (lost, task, lost_too) = {
        let _idle = idle.enter();
        let lost = task::spawn(async {});
        let task = {
            let _entered = rt.enter();
            task::spawn(async { 7 })
        };
        (lost, task, task::spawn(async {}))
    };
    assert_eq!(taken.load(SeqCst), 2);
    assert_eq!(task.await.unwrap(), 7);
    for lost in [lost, lost_too] {
        assert!(lost.await.unwrap_err().is_cancelled());
    }
}

pub(super) async fn its_handle_is_a_runtime_too<R: Runtime>(rt: R) {
    // Through a function, so that it is checked to be a `Runtime`.
    async fn spawns<R: Runtime>(rt: R) {
        assert_eq!(task::spawn_on(&rt, async { 7 }).await.unwrap(), 7);
        assert_eq!(task::spawn_blocking_on(&rt, || 7).await.unwrap(), 7);
        rt.sleep(Duration::from_millis(1)).await;
    }
    spawns(rt.handle()).await;
    spawns(rt.handle().handle()).await;
}

pub(super) async fn tasks_inherit_the_clock_they_were_spawned_on<R: Runtime>(rt: R) {
    let in_scope = async {
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
    };
    VirtualClock::new().scope(in_scope).await;
}

pub(super) async fn each_task_wakes_at_its_own_virtual_instant<R: Runtime>(rt: R) {
    let in_scope = async {
        let start = Instant::now();
        let tasks = (1..=100_u32).map(|n| {
            let wait = HOUR * (n * 37 % 101);
            task::spawn_on(&rt, async move {
                sleep_until(start + wait).await;
                assert_eq!(Instant::now() - start, wait);
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        assert_eq!(Instant::now() - start, HOUR * 100);
    };
    VirtualClock::new().scope(in_scope).await;
}

pub(super) async fn an_aborted_task_does_not_hold_virtual_time<R: Runtime>(rt: R) {
    let in_scope = async {
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
    };
    VirtualClock::new().scope(in_scope).await;
}
