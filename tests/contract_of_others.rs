//! `ContractChecker` around futures that are not ours, and right: it accuses none of them.
//!
//! What it finds in those that are wrong is in `benches/`. Two things that others do with good reason are breaches all the
//! same; the docs say how to let them, and here is what they are.

#![cfg(feature = "testing")]

use std::future::Future;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use anywhen::future::{Either, select};
use anywhen::sync::Semaphore;
use anywhen::testing::{Breach, ContractChecker, ContractReport, TestTask, assert_pending};
use tokio::runtime::Builder;
use tokio::sync::{Mutex, Notify, broadcast, mpsc, oneshot, watch};
use tokio::task::{JoinSet, yield_now};
use tokio::time::{sleep, timeout};

const SHORT: Duration = Duration::from_micros(100);

fn checked<F: Future>(future: F, report: &ContractReport) -> ContractChecker<F> {
    ContractChecker::new(future).report_to(report)
}

#[test]
fn what_tokio_has_to_wait_for_among_threads() {
    /// What eight tasks wait for, and cancel waiting for, side by side.
    #[derive(Clone)]
    struct Shared {
        mutex: Arc<Mutex<u32>>,
        notify: Arc<Notify>,
        broadcast: broadcast::Sender<u32>,
        watch: Arc<watch::Sender<u32>>,
        report: ContractReport,
    }

    async fn play(shared: Shared, first: u32) {
        let Shared { mutex, notify, broadcast, watch, report } = shared;
        let (mut heard, mut watched) = (broadcast.subscribe(), watch.subscribe());
        for round in 0..160 {
            match (first + round) % 8 {
                0 => *checked(mutex.lock(), &report).await += 1,
                1 => drop(checked(timeout(SHORT, notify.notified()), &report).await),
                2 => notify.notify_waiters(),
                3 => drop(checked(timeout(SHORT, heard.recv()), &report).await),
                4 => drop(broadcast.send(round)),
                5 => drop(checked(timeout(SHORT, watched.changed()), &report).await),
                6 => watch.send_modify(|value| *value += 1),
                _ => {
                    let any = async {
                        tokio::select! {
                            () = sleep(SHORT) => {}
                            _ = mutex.lock() => {}
                            () = notify.notified() => {}
                        }
                    };
                    checked(any, &report).await;
                }
            }
        }
    }

    let report = ContractReport::new();
    Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap().block_on(async {
        let shared = Shared {
            mutex: Arc::default(),
            notify: Arc::default(),
            broadcast: broadcast::channel(4).0,
            watch: Arc::new(watch::channel(0).0),
            report: report.clone(),
        };
        let tasks = (0..8).map(|first| tokio::spawn(checked(play(shared.clone(), first), &report)));
        for task in tasks.collect::<Vec<_>>() {
            checked(task, &report).await.unwrap();
        }
    });
    report.assert_clean();
    assert!(report.counts().completed > 600, "{:?}", report.counts());
}

#[test]
fn channels_and_sets_that_use_up_their_budget() {
    let report = ContractReport::new();
    Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
        let (sender, receiver) = oneshot::channel();
        let (items, mut received) = mpsc::channel(1);
        let task = tokio::spawn(async move {
            yield_now().await;
            sender.send(1).unwrap();
            for item in 0..1000 {
                items.send(item).await.unwrap();
            }
        });
        checked(receiver, &report).await.unwrap();
        checked(async { while received.recv().await.is_some() {} }, &report).await;
        checked(task, &report).await.unwrap();

        let (items, mut received) = mpsc::unbounded_channel();
        (0..10_000).for_each(|item| items.send(item).unwrap());
        drop(items);
        checked(async { while received.recv().await.is_some() {} }, &report).await;

        let mut set = JoinSet::new();
        for number in 0..100 {
            set.spawn(checked(sleep(Duration::from_micros(number % 7 * 100)), &report));
        }
        checked(async { while set.join_next().await.is_some() {} }, &report).await;
    });
    report.assert_clean();
}

#[test]
fn what_borrows_the_place_where_it_waits_leaves_its_waker_there() {
    let (_sender, mut receiver) = mpsc::channel::<u8>(1);
    let report = ContractReport::new();
    assert_pending!(TestTask::new(checked(receiver.recv(), &report)).poll());
    assert_eq!(report.breaches(), [Breach::WakerKept { clones: 1 }]);

    let report = ContractReport::new();
    let allowed = checked(receiver.recv(), &report).allow(|breach| matches!(breach, Breach::WakerKept { .. }));
    assert_pending!(TestTask::new(allowed).poll());
    report.assert_clean();
}

#[test]
fn what_hands_back_a_loser_gives_its_waker_away_with_it() {
    for allow in [false, true] {
        let (left, right) = (Semaphore::new(0), Semaphore::new(0));
        let report = ContractReport::new();
        let both = checked(select(Box::pin(left.acquire()), Box::pin(right.acquire())), &report)
            .allow(move |breach| allow && matches!(breach, Breach::WakeAfterCompletion { .. }));
        let mut task = TestTask::new(both);
        assert_pending!(task.poll());
        left.add_permits(1);
        let Poll::Ready(Either::Left((_permit, loser))) = task.poll() else { panic!("the left has its permit") };
        right.add_permits(1);
        drop(loser);
        let expected = if allow { vec![] } else { vec![Breach::WakeAfterCompletion { poll: 1 }] };
        assert_eq!(report.breaches(), expected);
    }
}
