//! What our handles make of the tasks of each runtime. What an adapter owes its tasks, `runtime_conformance!` asks.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use anywhen::rt::Runtime;
use anywhen::sync::Semaphore;
use anywhen::task;
use anywhen::testing::runtime_matrix;

runtime_matrix! {
    ten_thousand_tasks_all_run,
    abort_on_drop_aborts,
}

async fn ten_thousand_tasks_all_run<R: Runtime>(rt: R) {
    let ran = Arc::new(AtomicUsize::new(0));
    let go = Arc::new(Semaphore::new(0));
    let tasks: Vec<_> = (0..10_000)
        .map(|n| {
            let (ran, go) = (Arc::clone(&ran), Arc::clone(&go));
            task::spawn_on(&rt, async move {
                go.acquire().await.unwrap().forget();
                ran.fetch_add(1, SeqCst);
                n
            })
        })
        .collect();
    go.add_permits(10_000);
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap(), n);
    }
    assert_eq!(ran.load(SeqCst), 10_000);
}

async fn abort_on_drop_aborts<R: Runtime>(rt: R) {
    /// Gives a permit when it is dropped.
    struct OnDrop(Arc<Semaphore>);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.0.add_permits(1);
        }
    }

    let (started, dropped) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let task = task::spawn_on(&rt, {
        let (started, guard) = (Arc::clone(&started), OnDrop(Arc::clone(&dropped)));
        async move {
            let _guard = guard;
            started.add_permits(1);
            pending::<()>().await;
        }
    })
    .abort_on_drop();
    started.acquire().await.unwrap().forget();
    drop(task);
    dropped.acquire().await.unwrap().forget();
}
