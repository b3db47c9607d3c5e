//! The signals, between the tasks of each runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use anywhen::future::yield_now;
use anywhen::rt::Runtime;
use anywhen::sync::{Barrier, CancellationToken, Condvar, Event, Mutex, Notify, OnceCell, SetOnce, WaitGroup};
use anywhen::task;
use anywhen::testing::runtime_matrix;

runtime_matrix! {
    notify_one_loses_no_work,
    notify_waiters_reaches_all,
    a_notification_outlives_aborted_waiters,
    a_barrier_keeps_rounds_apart,
    one_initialiser_runs_though_others_are_aborted,
    a_set_once_reaches_all,
    a_wait_group_waits_for_all_that_were_begun,
    a_condvar_hands_work_over,
    an_event_lets_everybody_go,
    a_token_stops_a_tree_of_tasks,
}

async fn notify_one_loses_no_work<R: Runtime>(rt: R) {
    let (notify, work, done) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let (notify, work, done) = (Arc::clone(&notify), Arc::clone(&work), Arc::clone(&done));
            task::spawn_on(&rt, async move {
                loop {
                    while work.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok() {
                        done.fetch_add(1, SeqCst);
                    }
                    if done.load(SeqCst) == 200 {
                        // The others are to see it too.
                        notify.notify_one();
                        return;
                    }
                    notify.notified().await;
                }
            })
        })
        .collect();
    for n in 0..200 {
        work.fetch_add(1, SeqCst);
        notify.notify_one();
        if n % 7 == 0 {
            yield_now().await;
        }
    }
    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(work.load(SeqCst), 0);
}

async fn notify_waiters_reaches_all<R: Runtime>(rt: R) {
    let notify = Arc::new(Notify::new());
    for _ in 0..20 {
        // Made here, so that they wait though their tasks may not have begun.
        let tasks: Vec<_> =
            (0..40).map(|_| Arc::clone(&notify).notified_owned()).map(|wait| task::spawn_on(&rt, wait)).collect();
        yield_now().await;
        notify.notify_waiters();
        for task in tasks {
            task.await.unwrap();
        }
    }
}

async fn a_notification_outlives_aborted_waiters<R: Runtime>(rt: R) {
    let notify = Arc::new(Notify::new());
    for _ in 0..30 {
        let tasks: Vec<_> = (0..4).map(|_| task::spawn_on(&rt, Arc::clone(&notify).notified_owned())).collect();
        yield_now().await;
        notify.notify_one();
        for task in &tasks {
            task.abort();
        }
        let mut notified = 0;
        for task in tasks {
            notified += usize::from(task.await.is_ok());
        }
        if notified == 0 {
            notify.notified().await;
        }
    }
}

async fn an_event_lets_everybody_go<R: Runtime>(rt: R) {
    let event = Arc::new(Event::new());
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let event = Arc::clone(&event);
            task::spawn_on(&rt, async move { event.wait().await })
        })
        .collect();
    yield_now().await;
    event.set();
    for task in tasks {
        task.await.unwrap();
    }
}

async fn a_barrier_keeps_rounds_apart<R: Runtime>(rt: R) {
    const N: usize = 8;
    let (barrier, arrived) = (Arc::new(Barrier::new(N)), Arc::new(AtomicUsize::new(0)));
    let tasks: Vec<_> = (0..N)
        .map(|_| {
            let (barrier, arrived) = (Arc::clone(&barrier), Arc::clone(&arrived));
            task::spawn_on(&rt, async move {
                let mut led = 0;
                for round in 1..=30 {
                    arrived.fetch_add(1, SeqCst);
                    led += usize::from(barrier.wait().await.is_leader());
                    assert!(arrived.load(SeqCst) >= round * N);
                    barrier.wait().await;
                }
                led
            })
        })
        .collect();
    let mut led = 0;
    for task in tasks {
        led += task.await.unwrap();
    }
    assert_eq!(led, 30);
}

async fn one_initialiser_runs_though_others_are_aborted<R: Runtime>(rt: R) {
    for _ in 0..20 {
        let (cell, running) = (Arc::new(OnceCell::new()), Arc::new(AtomicUsize::new(0)));
        let tasks: Vec<_> = (0..10)
            .map(|n| {
                let (cell, running) = (Arc::clone(&cell), Arc::clone(&running));
                task::spawn_on(&rt, async move {
                    let init = async || {
                        assert_eq!(running.fetch_add(1, SeqCst), 0, "two at a time");
                        let _ends = CountDown(&running);
                        for _ in 0..3 {
                            yield_now().await;
                        }
                        if n % 3 == 0 { Err(()) } else { Ok(n) }
                    };
                    cell.get_or_try_init(init).await.copied()
                })
            })
            .collect();
        yield_now().await;
        for task in tasks.iter().take(4) {
            task.abort();
        }
        let mut values = Vec::new();
        for task in tasks {
            values.extend(task.await.ok().and_then(Result::ok));
        }
        let value = *cell.get().expect("four of those that were let run would not fail");
        assert!(values.iter().all(|&got| got == value));
    }
}

struct CountDown<'a>(&'a AtomicUsize);

impl Drop for CountDown<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

async fn a_set_once_reaches_all<R: Runtime>(rt: R) {
    let cell = Arc::new(SetOnce::new());
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let cell = Arc::clone(&cell);
            task::spawn_on(&rt, async move { *cell.wait().await })
        })
        .collect();
    yield_now().await;
    cell.set(7).unwrap();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 7);
    }
}

async fn a_wait_group_waits_for_all_that_were_begun<R: Runtime>(rt: R) {
    let (group, done) = (Arc::new(WaitGroup::new()), Arc::new(AtomicUsize::new(0)));
    for round in 1..=20 {
        for n in 0..10 {
            let (token, done, spawner) = (Arc::clone(&group).token_owned(), Arc::clone(&done), n % 2 == 0);
            let task = task::spawn_on(&rt, async move {
                if spawner {
                    yield_now().await;
                }
                done.fetch_add(1, SeqCst);
                drop(token);
            });
            drop(task);
        }
        group.wait().await;
        assert_eq!(done.load(SeqCst), round * 10);
    }
}

/// A queue of bounded length: producers and consumers wait for one another.
async fn a_condvar_hands_work_over<R: Runtime>(rt: R) {
    struct Queue {
        items: Mutex<Vec<usize>>,
        changed: Condvar,
    }

    let queue = Arc::new(Queue { items: Mutex::new(Vec::new()), changed: Condvar::new() });
    let producers: Vec<_> = (0..4)
        .map(|n| {
            let queue = Arc::clone(&queue);
            task::spawn_on(&rt, async move {
                for item in 0..50 {
                    let full = |items: &mut Vec<_>| items.len() >= 3;
                    let mut items = queue.changed.wait_while(queue.items.lock().await, full).await;
                    items.push(n * 50 + item);
                    queue.changed.notify_all();
                }
            })
        })
        .collect();
    let consumers: Vec<_> = (0..4)
        .map(|_| {
            let queue = Arc::clone(&queue);
            task::spawn_on(&rt, async move {
                let mut sum = 0;
                for _ in 0..50 {
                    let mut items = queue.items.lock().await;
                    while items.is_empty() {
                        items = queue.changed.wait(items).await;
                    }
                    sum += items.pop().unwrap();
                    queue.changed.notify_all();
                }
                sum
            })
        })
        .collect();
    for producer in producers {
        producer.await.unwrap();
    }
    let mut sum = 0;
    for consumer in consumers {
        sum += consumer.await.unwrap();
    }
    assert_eq!(sum, (0..200).sum());
}

async fn a_token_stops_a_tree_of_tasks<R: Runtime>(rt: R) {
    for _ in 0..10 {
        let root = CancellationToken::new();
        let groups: Vec<_> = (0..4).map(|_| root.child_token()).collect();
        let tasks: Vec<_> = (0..40)
            .map(|n| {
                let token = groups[n % 4].child_token();
                task::spawn_on(&rt, async move {
                    let turns = std::iter::repeat(()).map(|()| yield_now());
                    if n % 2 == 0 {
                        for turn in turns {
                            token.run_until_cancelled(turn).await?;
                        }
                    } else {
                        token.cancelled().await;
                    }
                    token.reason()
                })
            })
            .collect();
        yield_now().await;
        groups[0].cancel_with("one group");
        drop(groups);
        yield_now().await;
        root.cancel_with("all");
        for (n, task) in tasks.into_iter().enumerate() {
            let reason = task.await.unwrap().map(|reason| reason.to_string());
            let expected = if n % 4 == 0 { "one group" } else { "all" };
            assert_eq!(reason.as_deref(), if n % 2 == 0 { None } else { Some(expected) });
        }
    }
}
