//! What an adapter owes work that blocks.

use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::Mutex;
use std::sync::mpsc::channel;

use super::event::Event;
use crate::rt::Runtime;
use crate::task;

pub(super) async fn work_gives_its_output<R: Runtime>(rt: R) {
    assert_eq!(task::spawn_blocking_on(&rt, || 7).await.unwrap(), 7);
}

pub(super) async fn work_blocks_while_tasks_run<R: Runtime>(rt: R) {
    let (sender, receiver) = channel();
    let sum = task::spawn_blocking_on(&rt, move || receiver.iter().sum::<i32>());
    let tasks = (0..4).map(|n| {
        let sender = sender.clone();
        task::spawn_on(&rt, async move { sender.send(n).unwrap() })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    drop(sender);
    assert_eq!(sum.await.unwrap(), 6);
}

/// Tasks should not block, but where they do, it is not on the threads that the work needs.
pub(super) async fn work_runs_while_all_tasks_block<R: Runtime>(rt: R) {
    let (sender, receiver) = channel();
    let receiver = Arc::new(Mutex::new(receiver));
    let tasks = (0..32).map(|_| {
        let receiver = Arc::clone(&receiver);
        task::spawn_on(&rt, async move { receiver.lock().unwrap().recv().unwrap() })
    });
    let tasks: Vec<_> = tasks.collect();
    let work = task::spawn_blocking_on(&rt, move || {
        for n in 0..32 {
            sender.send(n).unwrap();
        }
    });
    let mut sum = 0;
    for task in tasks {
        sum += task.await.unwrap();
    }
    work.await.unwrap();
    assert_eq!(sum, 496);
}

pub(super) async fn work_spawns_tasks<R: Runtime>(rt: R) {
    let inner = rt.clone();
    let task = task::spawn_blocking_on(&rt, move || task::spawn_on(&inner, async { 7 })).await.unwrap();
    assert_eq!(task.await.unwrap(), 7);
}

pub(super) async fn a_panic_of_work_reaches_the_handle_and_spares_the_threads<R: Runtime>(rt: R) {
    for round in 0..20 {
        let error = task::spawn_blocking_on(&rt, move || assert!(round > 20, "expected to fail")).await.unwrap_err();
        assert!(error.is_panic());
        assert!(error.to_string().contains("expected to fail"), "{error}");
    }
    assert_eq!(task::spawn_blocking_on(&rt, || 7).await.unwrap(), 7);
}

/// Whether it had begun by then is up to the threads, but the handle tells which.
pub(super) async fn work_that_is_aborted_before_it_starts_does_not_run<R: Runtime>(rt: R) {
    for _ in 0..100 {
        let ran = Arc::new(AtomicBool::new(false));
        let runs = Arc::clone(&ran);
        let work = task::spawn_blocking_on(&rt, move || runs.store(true, SeqCst));
        work.abort();
        let outcome = work.await;
        assert_eq!(outcome.is_ok(), ran.load(SeqCst), "{outcome:?}");
    }
}

pub(super) async fn work_whose_handle_is_dropped_goes_on<R: Runtime>(rt: R) {
    let done = Event::default();
    let ends = done.clone();
    drop(task::spawn_blocking_on(&rt, move || ends.set()));
    done.wait().await;
}
