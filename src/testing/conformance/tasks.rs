//! What an adapter owes the tasks that it is given.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::{Future, pending, poll_fn};
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use core::task::Poll;
use std::sync::mpsc::channel;
use std::thread;

use super::event::{Event, OnDrop};
use crate::future::yield_now;
use crate::rt::Runtime;
use crate::task::{self, JoinHandle};

pub(super) async fn a_task_gives_its_output<R: Runtime>(rt: R) {
    let text = String::from("moved in");
    assert_eq!(task::spawn_on(&rt, async move { text.len() }).await.unwrap(), 8);
}

pub(super) async fn a_task_runs_without_being_awaited<R: Runtime>(rt: R) {
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

pub(super) async fn two_tasks_take_turns<R: Runtime>(rt: R) {
    let turns: Arc<Vec<Event>> = Arc::new((0..200).map(|_| Event::default()).collect());
    let player = |first: usize| {
        let turns = Arc::clone(&turns);
        async move {
            for turn in (first..turns.len()).step_by(2) {
                if turn > 0 {
                    turns[turn - 1].wait().await;
                }
                turns[turn].set();
            }
        }
    };
    for task in [1, 0].map(|first| task::spawn_on(&rt, player(first))) {
        task.await.unwrap();
    }
}

pub(super) async fn a_task_that_is_always_ready_lets_others_run<R: Runtime>(rt: R) {
    let done = Event::default();
    let busy: Vec<_> = (0..8)
        .map(|_| {
            let done = done.clone();
            task::spawn_on(&rt, async move {
                while done.times() == 0 {
                    yield_now().await;
                }
            })
        })
        .collect();
    let ends = done.clone();
    task::spawn_on(&rt, async move { ends.set() }).await.unwrap();
    for task in busy {
        task.await.unwrap();
    }
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

pub(super) async fn tasks_spawn_tasks<R: Runtime>(rt: R) {
    assert_eq!(sum(rt, 50).await, 1275);
}

pub(super) async fn a_thousand_tasks_run<R: Runtime>(rt: R) {
    let ran = Arc::new(AtomicUsize::new(0));
    let go = Event::default();
    let tasks = (0..1000).map(|n| {
        let (ran, go) = (Arc::clone(&ran), go.clone());
        task::spawn_on(&rt, async move {
            go.wait().await;
            ran.fetch_add(1, SeqCst);
            n
        })
    });
    let tasks: Vec<_> = tasks.collect();
    go.set();
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap(), n);
    }
    assert_eq!(ran.load(SeqCst), 1000);
}

pub(super) async fn a_task_that_wakes_itself_goes_on<R: Runtime>(rt: R) {
    let mut left = 1000;
    let counts_down = poll_fn(move |cx| {
        left -= 1;
        cx.waker().wake_by_ref();
        if left == 0 { Poll::Ready("done") } else { Poll::Pending }
    });
    assert_eq!(task::spawn_on(&rt, counts_down).await.unwrap(), "done");
}

pub(super) async fn a_wake_from_another_thread_arrives<R: Runtime>(rt: R) {
    for _ in 0..100 {
        let event = Event::default();
        let task = task::spawn_on(&rt, event.wait());
        let thread = thread::spawn(move || event.set());
        task.await.unwrap();
        thread.join().unwrap();
    }
}

/// The wake comes while the task is being polled, so that there is no other poll which would see what it announces.
pub(super) async fn a_wake_during_a_poll_arrives<R: Runtime>(rt: R) {
    let mut woken = false;
    let waits = poll_fn(move |cx| {
        if woken {
            return Poll::Ready(());
        }
        woken = true;
        let waker = cx.waker().clone();
        thread::spawn(move || waker.wake()).join().unwrap();
        Poll::Pending
    });
    task::spawn_on(&rt, waits).await.unwrap();
}

pub(super) async fn a_wake_after_the_end_does_no_harm<R: Runtime>(rt: R) {
    for _ in 0..20 {
        let task = task::spawn_on(&rt, poll_fn(|cx| Poll::Ready([cx.waker().clone(), cx.waker().clone()])));
        let [one, other] = task.await.unwrap();
        one.wake_by_ref();
        let thread = thread::spawn(move || other.wake());
        one.wake();
        thread.join().unwrap();
    }
    assert_eq!(task::spawn_on(&rt, async { 7 }).await.unwrap(), 7);
}

pub(super) async fn tasks_are_spawned_from_other_threads<R: Runtime>(rt: R) {
    let (sender, receiver) = channel();
    let threads = (0..4).map(|n| {
        let (rt, sender) = (rt.clone(), sender.clone());
        thread::spawn(move || {
            for k in 0..25 {
                sender.send(task::spawn_on(&rt, async move { n * 25 + k })).unwrap();
            }
        })
    });
    for thread in threads.collect::<Vec<_>>() {
        thread.join().unwrap();
    }
    drop(sender);
    let mut sum = 0;
    for task in receiver {
        sum += task.await.unwrap();
    }
    assert_eq!(sum, 4950);
}

pub(super) async fn a_panic_reaches_the_handle_and_spares_the_runtime<R: Runtime>(rt: R) {
    for round in 0..20 {
        let error = task::spawn_on(&rt, async move { assert!(round > 20, "expected to fail") }).await.unwrap_err();
        assert!(error.is_panic());
        assert!(error.to_string().contains("expected to fail"), "{error}");
    }
    assert_eq!(task::spawn_on(&rt, async { 7 }).await.unwrap(), 7);
}

/// A task that says that it has begun, and waits for ever. The second event happens when it is dropped.
fn waits_for_ever<R: Runtime>(rt: &R) -> (JoinHandle<()>, Event, Event) {
    let (started, dropped) = (Event::default(), Event::default());
    let (starts, guard) = (started.clone(), OnDrop(dropped.clone()));
    let task = task::spawn_on(rt, async move {
        let _guard = guard;
        starts.set();
        pending::<()>().await;
    });
    (task, started, dropped)
}

pub(super) async fn a_task_is_aborted_before_it_runs<R: Runtime>(rt: R) {
    for _ in 0..50 {
        let (task, _, dropped) = waits_for_ever(&rt);
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(dropped.times(), 1, "the future is not gone");
    }
}

pub(super) async fn a_task_is_aborted_while_it_waits<R: Runtime>(rt: R) {
    for _ in 0..50 {
        let (task, started, dropped) = waits_for_ever(&rt);
        started.wait().await;
        task.abort();
        // Whether or not anybody asks for the outcome.
        dropped.wait().await;
        assert!(task.await.unwrap_err().is_cancelled());
    }
}

pub(super) async fn a_task_is_aborted_while_it_is_polled<R: Runtime>(rt: R) {
    let (send, receive) = channel::<task::AbortHandle>();
    let given = Event::default();
    let wait = given.wait();
    let task = task::spawn_on(&rt, async move {
        wait.await;
        receive.recv().unwrap().abort();
        pending::<()>().await;
    });
    send.send(task.abort_handle()).unwrap();
    given.set();
    assert!(task.await.unwrap_err().is_cancelled());
}

pub(super) async fn a_task_that_has_ended_cannot_be_aborted<R: Runtime>(rt: R) {
    let task = task::spawn_on(&rt, async { 7 });
    while !task.is_finished() {
        yield_now().await;
    }
    task.abort();
    assert_eq!(task.await.unwrap(), 7);
}

pub(super) async fn a_task_whose_handle_is_dropped_goes_on<R: Runtime>(rt: R) {
    let (go, done) = (Event::default(), Event::default());
    let (waits, ends) = (go.wait(), done.clone());
    drop(task::spawn_on(&rt, async move {
        waits.await;
        ends.set();
    }));
    go.set();
    done.wait().await;
}

pub(super) async fn a_future_is_gone_when_its_handle_is_ready<R: Runtime>(rt: R) {
    for _ in 0..100 {
        let gone = Arc::new(AtomicBool::new(false));
        /// As slow as destructors come.
        struct Slow(Arc<AtomicBool>);
        impl Drop for Slow {
            fn drop(&mut self) {
                thread::yield_now();
                self.0.store(true, SeqCst);
            }
        }
        let slow = Slow(Arc::clone(&gone));
        let task = poll_fn(move |_| {
            let _held = &slow;
            Poll::Ready(())
        });
        task::spawn_on(&rt, task).await.unwrap();
        assert!(gone.load(SeqCst));
    }
}

pub(super) async fn a_panic_of_a_destructor_reaches_the_handle<R: Runtime>(rt: R) {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("expected to fail");
        }
    }
    let task = poll_fn({
        let bomb = Bomb;
        move |_| {
            let _held = &bomb;
            Poll::Ready(())
        }
    });
    assert!(task::spawn_on(&rt, task).await.unwrap_err().is_panic());
    assert_eq!(task::spawn_on(&rt, async { 7 }).await.unwrap(), 7);
}
