//! What every adapter owes its tasks, and what our handles make of it.

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use anywhen::rt::{Handle, Runtime};
use anywhen::task;
use anywhen::testing::runtime_matrix;

runtime_matrix! {
    a_task_runs_and_gives_its_output,
    a_task_runs_without_being_awaited,
    tasks_spawn_tasks,
    ten_thousand_tasks_all_run,
    a_task_that_wakes_itself_goes_on,
    a_wake_from_another_thread_arrives,
    a_panic_reaches_the_joiner_and_spares_the_runtime,
    abort_drops_the_future,
    abort_on_drop_aborts,
    a_dropped_handle_detaches,
    blocking_work_runs_beside_tasks,
    blocking_work_gives_its_panic,
    blocking_work_spawns_tasks,
    the_runtime_is_current_in_its_tasks_and_work,
    another_runtime_entered_takes_over_and_gives_back,
    a_type_erased_runtime_is_one_too,
}

/// Something that happens once, for any number of tasks on any runtime to wait for.
#[derive(Clone, Default)]
struct Event(Arc<Mutex<(bool, Vec<Waker>)>>);

impl Event {
    fn set(&self) {
        let wakers = {
            let mut state = self.0.lock().unwrap();
            state.0 = true;
            std::mem::take(&mut state.1)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    fn wait(&self) -> impl Future<Output = ()> + Send + use<> {
        let event = self.clone();
        poll_fn(move |cx| {
            let mut state = event.0.lock().unwrap();
            if state.0 {
                return Poll::Ready(());
            }
            state.1.push(cx.waker().clone());
            Poll::Pending
        })
    }
}

/// Happens when it is dropped.
struct OnDrop(Event);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.set();
    }
}

async fn a_task_runs_and_gives_its_output<R: Runtime>(rt: R) {
    let text = String::from("moved in");
    let task = task::spawn_on(&rt, async move { text.len() });
    assert_eq!(task.await.unwrap(), 8);
}

async fn a_task_runs_without_being_awaited<R: Runtime>(rt: R) {
    let (started, go) = (Event::default(), Event::default());
    let task = task::spawn_on(&rt, {
        let (started, go) = (started.clone(), go.clone());
        async move {
            started.set();
            go.wait().await;
            7
        }
    });
    started.wait().await;
    assert!(!task.is_finished());
    go.set();
    assert_eq!(task.await.unwrap(), 7);
}

/// Sums 1..=n with a task for each number, each spawned by the one before.
fn sum<R: Runtime>(rt: R, n: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move {
        match n {
            0 => 0,
            n => n + task::spawn_on(&rt.clone(), sum(rt, n - 1)).await.unwrap(),
        }
    })
}

async fn tasks_spawn_tasks<R: Runtime>(rt: R) {
    assert_eq!(sum(rt, 50).await, 1275);
}

async fn ten_thousand_tasks_all_run<R: Runtime>(rt: R) {
    let ran = Arc::new(AtomicUsize::new(0));
    let go = Event::default();
    let tasks: Vec<_> = (0..10_000)
        .map(|n| {
            let (ran, go) = (ran.clone(), go.clone());
            task::spawn_on(&rt, async move {
                go.wait().await;
                ran.fetch_add(1, SeqCst);
                n
            })
        })
        .collect();
    go.set();
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap(), n);
    }
    assert_eq!(ran.load(SeqCst), 10_000);
}

async fn a_task_that_wakes_itself_goes_on<R: Runtime>(rt: R) {
    let mut left = 1000;
    let task = task::spawn_on(
        &rt,
        poll_fn(move |cx| {
            left -= 1;
            cx.waker().wake_by_ref();
            if left == 0 { Poll::Ready("done") } else { Poll::Pending }
        }),
    );
    assert_eq!(task.await.unwrap(), "done");
}

async fn a_wake_from_another_thread_arrives<R: Runtime>(rt: R) {
    for _ in 0..100 {
        let event = Event::default();
        let task = task::spawn_on(&rt, event.wait());
        let thread = std::thread::spawn(move || event.set());
        task.await.unwrap();
        thread.join().unwrap();
    }
}

async fn a_panic_reaches_the_joiner_and_spares_the_runtime<R: Runtime>(rt: R) {
    for round in 0..20 {
        let error = task::spawn_on(&rt, async move { assert!(round > 20, "expected to fail") }).await.unwrap_err();
        assert!(error.is_panic());
        assert!(error.to_string().contains("expected to fail"), "{error}");
    }
    assert_eq!(task::spawn_on(&rt, async { 7 }).await.unwrap(), 7);
}

async fn abort_drops_the_future<R: Runtime>(rt: R) {
    let (started, dropped) = (Event::default(), Event::default());
    let task = task::spawn_on(&rt, {
        let (started, guard) = (started.clone(), OnDrop(dropped.clone()));
        async move {
            let _guard = guard;
            started.set();
            pending::<()>().await;
        }
    });
    started.wait().await;
    task.abort();
    dropped.wait().await;
    assert!(task.await.unwrap_err().is_cancelled());
}

async fn abort_on_drop_aborts<R: Runtime>(rt: R) {
    let (started, dropped) = (Event::default(), Event::default());
    let task = task::spawn_on(&rt, {
        let (started, guard) = (started.clone(), OnDrop(dropped.clone()));
        async move {
            let _guard = guard;
            started.set();
            pending::<()>().await;
        }
    })
    .abort_on_drop();
    started.wait().await;
    drop(task);
    dropped.wait().await;
}

async fn a_dropped_handle_detaches<R: Runtime>(rt: R) {
    let (go, done) = (Event::default(), Event::default());
    drop(task::spawn_on(&rt, {
        let (go, done) = (go.clone(), done.clone());
        async move {
            go.wait().await;
            done.set();
        }
    }));
    go.set();
    done.wait().await;
    // Blocking work too.
    let done = Event::default();
    drop(task::spawn_blocking_on(&rt, {
        let done = done.clone();
        move || done.set()
    }));
    done.wait().await;
}

async fn blocking_work_runs_beside_tasks<R: Runtime>(rt: R) {
    // The work blocks its thread until tasks have run; with a tokio of one thread, that is this one.
    let (sender, receiver) = std::sync::mpsc::channel();
    let work: Vec<_> = (0..4).map(|n| (n, sender.clone())).collect();
    let receive = task::spawn_blocking_on(&rt, move || receiver.iter().sum::<i32>());
    drop(sender);
    let work: Vec<_> =
        work.into_iter().map(|(n, sender)| task::spawn_on(&rt, async move { sender.send(n).unwrap() })).collect();
    for task in work {
        task.await.unwrap();
    }
    assert_eq!(receive.await.unwrap(), 6);
}

async fn blocking_work_gives_its_panic<R: Runtime>(rt: R) {
    let error = task::spawn_blocking_on(&rt, || -> () { panic!("expected to fail") }).await.unwrap_err();
    assert!(error.is_panic());
    assert_eq!(task::spawn_blocking_on(&rt, || 7).await.unwrap(), 7);
}

async fn blocking_work_spawns_tasks<R: Runtime>(rt: R) {
    let task = task::spawn_blocking_on(&rt, || task::spawn(async { 7 })).await.unwrap();
    assert_eq!(task.await.unwrap(), 7);
}

async fn the_runtime_is_current_in_its_tasks_and_work<R: Runtime>(rt: R) {
    assert!(Handle::try_current().is_some(), "entered by `block_on` or the task");
    let inner = task::spawn_on(&rt, async { task::spawn(async { Handle::try_current().is_some() }).await.unwrap() });
    assert!(inner.await.unwrap());
    assert!(task::spawn_blocking_on(&rt, || Handle::try_current().is_some()).await.unwrap());
}

async fn another_runtime_entered_takes_over_and_gives_back<R: Runtime>(rt: R) {
    use anywhen::rt::{BoxTask, BoxWork, Spawn};

    /// Takes tasks, and does not run them.
    struct Idle(Arc<AtomicUsize>);
    impl Spawn for Idle {
        fn spawn_task(&self, _: BoxTask) {
            self.0.fetch_add(1, SeqCst);
        }
        fn spawn_work(&self, _: BoxWork) {}
    }

    let taken = Arc::new(AtomicUsize::new(0));
    let idle = Handle::new(Idle(taken.clone()));
    let task = {
        let _entered = idle.enter();
        let lost = task::spawn(async {});
        assert_eq!(taken.load(SeqCst), 1);
        let _nested = rt.enter();
        (lost, task::spawn(async { 7 }))
    };
    assert!(task.0.await.unwrap_err().is_cancelled());
    assert_eq!(task.1.await.unwrap(), 7);
    assert_eq!(taken.load(SeqCst), 1);
    assert_eq!(task::spawn(async { 7 }).await.unwrap(), 7);
}

async fn a_type_erased_runtime_is_one_too<R: Runtime>(rt: R) {
    // Through a function, so that it is checked to be a `Runtime`.
    async fn spawns<R: Runtime>(rt: R) {
        assert_eq!(task::spawn_on(&rt, async { 7 }).await.unwrap(), 7);
    }
    spawns(rt.handle()).await;
    spawns(Handle::current()).await;
}
