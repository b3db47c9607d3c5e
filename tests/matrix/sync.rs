//! The locks, contended by the tasks of each runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use anywhen::future::yield_now;
use anywhen::rt::Runtime;
use anywhen::sync::{BoundedAcquireError, BoundedSemaphore, Fairness, Mutex, RwLock, Semaphore};
use anywhen::task;
use anywhen::testing::runtime_matrix;

runtime_matrix! {
    a_mutex_excludes_across_awaits,
    a_mutex_loses_nothing_to_aborted_waiters,
    a_semaphore_limits_how_many_run,
    large_and_small_requests_all_get_through,
    closing_ends_every_wait,
    a_full_queue_refuses,
    a_blocking_thread_and_tasks_share_a_mutex,
    readers_see_what_writers_left,
    upgrades_lose_no_update,
    a_rwlock_loses_nothing_to_aborted_waiters,
}

async fn a_mutex_excludes_across_awaits<R: Runtime>(rt: R) {
    let count = Arc::new(Mutex::new(0));
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let count = Arc::clone(&count);
            task::spawn_on(&rt, async move {
                for _ in 0..50 {
                    let mut count = count.lock().await;
                    let before = *count;
                    yield_now().await;
                    *count = before + 1;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*count.lock().await, 16 * 50);
}

async fn a_mutex_loses_nothing_to_aborted_waiters<R: Runtime>(rt: R) {
    let mutex = Arc::new(Mutex::new(()));
    for round in 0..50 {
        let guard = mutex.lock().await;
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let mutex = Arc::clone(&mutex);
                task::spawn_on(&rt, async move {
                    let _guard = mutex.lock().await;
                    yield_now().await;
                })
            })
            .collect();
        if round % 2 == 0 {
            yield_now().await;
        }
        drop(guard);
        for (n, task) in tasks.iter().enumerate() {
            if n % 3 != 0 {
                task.abort();
            }
        }
        for (n, task) in tasks.into_iter().enumerate() {
            let outcome = task.await;
            assert!(outcome.is_ok() || n % 3 != 0);
        }
        assert!(mutex.try_lock().is_ok(), "the lock went with a task that was aborted");
    }
}

async fn a_semaphore_limits_how_many_run<R: Runtime>(rt: R) {
    let slots = Arc::new(Semaphore::new(3));
    let running = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..60)
        .map(|_| {
            let (slots, running) = (Arc::clone(&slots), Arc::clone(&running));
            task::spawn_on(&rt, async move {
                let _slot = slots.acquire().await.unwrap();
                assert!(running.fetch_add(1, SeqCst) < 3);
                yield_now().await;
                running.fetch_sub(1, SeqCst);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(slots.available_permits(), 3);
}

async fn large_and_small_requests_all_get_through<R: Runtime>(rt: R) {
    let permits = Arc::new(Semaphore::new(5));
    let tasks: Vec<_> = (0..60u32)
        .map(|n| {
            let permits = Arc::clone(&permits);
            task::spawn_on(&rt, async move {
                for _ in 0..10 {
                    let permit = Arc::clone(&permits).acquire_many_owned(n % 5 + 1).await.unwrap();
                    yield_now().await;
                    drop(permit);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(permits.available_permits(), 5);
}

async fn closing_ends_every_wait<R: Runtime>(rt: R) {
    let semaphore = Arc::new(Semaphore::new(0));
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let semaphore = Arc::clone(&semaphore);
            task::spawn_on(&rt, async move { semaphore.acquire().await.is_err() })
        })
        .collect();
    yield_now().await;
    semaphore.close();
    for task in tasks {
        assert!(task.await.unwrap());
    }
}

async fn a_full_queue_refuses<R: Runtime>(rt: R) {
    let semaphore = Arc::new(BoundedSemaphore::new(1, 4));
    let held = semaphore.acquire().await.unwrap();
    let (refused, served) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let (semaphore, refused, served) = (Arc::clone(&semaphore), Arc::clone(&refused), Arc::clone(&served));
            task::spawn_on(&rt, async move {
                match semaphore.acquire().await {
                    Ok(_) => served.fetch_add(1, SeqCst),
                    Err(BoundedAcquireError::QueueFull) => refused.fetch_add(1, SeqCst),
                    Err(error) => panic!("{error}"),
                };
            })
        })
        .collect();
    // Nobody is served while the permit is held, so that six of ten find no room.
    while refused.load(SeqCst) < 6 {
        yield_now().await;
    }
    drop(held);
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!((refused.load(SeqCst), served.load(SeqCst)), (6, 4));
}

async fn a_blocking_thread_and_tasks_share_a_mutex<R: Runtime>(rt: R) {
    let count = Arc::new(Mutex::new(0));
    let blocking = task::spawn_blocking_on(&rt, {
        let count = Arc::clone(&count);
        move || {
            for _ in 0..200 {
                *count.blocking_lock() += 1;
            }
        }
    });
    let task = task::spawn_on(&rt, {
        let count = Arc::clone(&count);
        async move {
            for _ in 0..200 {
                *count.lock().await += 1;
            }
        }
    });
    blocking.await.unwrap();
    task.await.unwrap();
    assert_eq!(*count.lock().await, 400);
}

async fn readers_see_what_writers_left<R: Runtime>(rt: R) {
    let pair = Arc::new(RwLock::new((0, 0)));
    let tasks: Vec<_> = (0..16)
        .map(|n| {
            let pair = Arc::clone(&pair);
            task::spawn_on(&rt, async move {
                for _ in 0..50 {
                    if n % 4 == 0 {
                        let mut pair = pair.write().await;
                        pair.0 += 1;
                        yield_now().await;
                        pair.1 += 1;
                    } else {
                        let pair = pair.read().await;
                        let before = pair.0;
                        yield_now().await;
                        assert_eq!(*pair, (before, before));
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*pair.read().await, (200, 200));
}

async fn upgrades_lose_no_update<R: Runtime>(rt: R) {
    for fairness in [Fairness::Fifo, Fairness::Eventual, Fairness::Unfair] {
        let count = Arc::new(RwLock::with_fairness(0, fairness));
        let tasks: Vec<_> = (0..12)
            .map(|n| {
                let count = Arc::clone(&count);
                task::spawn_on(&rt, async move {
                    for _ in 0..30 {
                        if n % 3 == 0 {
                            let _count = count.read().await;
                            yield_now().await;
                            continue;
                        }
                        let before = Arc::clone(&count).upgradable_read_owned().await;
                        let next = *before + 1;
                        yield_now().await;
                        *before.upgrade().await = next;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*count.read().await, 8 * 30);
    }
}

async fn a_rwlock_loses_nothing_to_aborted_waiters<R: Runtime>(rt: R) {
    let lock = Arc::new(RwLock::new(()));
    for round in 0..30 {
        let guard = lock.upgradable_read().await;
        let tasks: Vec<_> = (0..9)
            .map(|n| {
                let lock = Arc::clone(&lock);
                task::spawn_on(&rt, async move {
                    match n % 3 {
                        0 => drop(lock.write().await.downgrade()),
                        1 => drop(lock.upgradable_read().await.upgrade().await),
                        _ => drop(lock.read().await),
                    }
                })
            })
            .collect();
        if round % 2 == 0 {
            yield_now().await;
        }
        drop(guard.upgrade().await);
        for (n, task) in tasks.iter().enumerate() {
            if n % 4 != 0 {
                task.abort();
            }
        }
        for (n, task) in tasks.into_iter().enumerate() {
            let outcome = task.await;
            assert!(outcome.is_ok() || n % 4 != 0);
        }
        assert!(lock.try_write().is_ok(), "the lock went with a task that was aborted");
    }
}
