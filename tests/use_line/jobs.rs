//! A queue of jobs: workers that start together behind a barrier, limits that are loaded by whoever needs them first,
//! results that are shown through mapped guards, and a summary that is set once.

use std::collections::{BTreeMap, VecDeque};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::sleep;

use super::sync::{
    Barrier, MappedMutexGuard, Mutex, MutexGuard, Notify, OnceCell, OwnedMappedMutexGuard, OwnedMutexGuard, SetError,
    SetOnce,
};

const WORKERS: usize = 4;

struct Jobs {
    state: Arc<Mutex<State>>,
    filled: Notify,
    start: Barrier,
    limits: OnceCell<Limits>,
    loads: AtomicUsize,
    summary: SetOnce<u32>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<u32>,
    closed: bool,
    results: BTreeMap<u32, u32>,
}

#[derive(Debug, PartialEq)]
struct Limits {
    largest: u32,
}

impl Jobs {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Arc::default(),
            filled: Notify::const_new(),
            start: Barrier::new(WORKERS),
            limits: OnceCell::const_new(),
            loads: AtomicUsize::new(0),
            summary: SetOnce::new(),
        })
    }

    /// Loading fails at the first attempt.
    async fn limits(&self) -> &Limits {
        loop {
            let loaded = self.limits.get_or_try_init(|| async {
                sleep(Duration::from_millis(3)).await;
                match self.loads.fetch_add(1, Ordering::Relaxed) {
                    0 => Err("not yet"),
                    _ => Ok(Limits { largest: 1000 }),
                }
            });
            if let Ok(limits) = loaded.await {
                return limits;
            }
        }
    }

    async fn push(&self, job: u32) {
        self.state.lock().await.waiting.push_back(job);
        self.filled.notify_one();
    }

    async fn close(&self) {
        self.state.lock().await.closed = true;
        self.filled.notify_waiters();
    }

    /// The next job; nothing when there will be none any more.
    async fn next(&self) -> Option<u32> {
        loop {
            let mut filled = pin!(self.filled.notified());
            filled.as_mut().enable();
            {
                let mut state = self.state.lock().await;
                if let Some(job) = state.waiting.pop_front() {
                    return Some(job);
                }
                if state.closed {
                    return None;
                }
            }
            filled.await;
        }
    }

    async fn work(self: Arc<Self>) -> bool {
        let leads = self.start.wait().await.is_leader();
        while let Some(job) = self.next().await {
            assert!(job <= self.limits().await.largest);
            sleep(Duration::from_millis(u64::from(job % 7))).await;
            let results = self.results_owned().await;
            assert_eq!(Self::record(results, job), None, "{job} was done twice");
        }
        leads
    }

    /// A guard that borrows nothing, and shows no more than the results.
    async fn results_owned(&self) -> OwnedMappedMutexGuard<State, BTreeMap<u32, u32>> {
        OwnedMutexGuard::map(self.state.clone().lock_owned().await, |state| &mut state.results)
    }

    async fn results(&self) -> MappedMutexGuard<'_, BTreeMap<u32, u32>> {
        MutexGuard::map(self.state.lock().await, |state| &mut state.results)
    }

    fn record(mut results: OwnedMappedMutexGuard<State, BTreeMap<u32, u32>>, job: u32) -> Option<u32> {
        results.insert(job, job * job)
    }
}

#[tokio::test(start_paused = true)]
async fn each_job_is_done_once_and_all_are_summed_up() {
    let jobs = Jobs::new();
    let workers: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(jobs.clone().work())).collect();
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let jobs = jobs.clone();
            tokio::spawn(async move { *jobs.summary.wait().await })
        })
        .collect();
    for job in 0..100 {
        jobs.push(job).await;
        if job % 9 == 0 {
            sleep(Duration::from_millis(2)).await;
        }
    }
    jobs.close().await;
    let mut leaders = 0;
    for worker in workers {
        leaders += usize::from(worker.await.unwrap());
    }
    assert_eq!(leaders, 1);
    assert_eq!(jobs.loads.load(Ordering::Relaxed), 2);
    assert_eq!(jobs.limits.set(Limits { largest: 1 }), Err(SetError::AlreadyInitializedError(Limits { largest: 1 })));
    let sum = jobs.results().await.values().sum();
    assert_eq!((jobs.results().await.len(), sum), (100, (0..100).map(|job| job * job).sum()));
    jobs.summary.set(sum).unwrap();
    assert!(jobs.summary.set(0).is_err());
    for reader in readers {
        assert_eq!(reader.await.unwrap(), sum);
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_aborted_leaves_its_jobs_to_the_others() {
    let jobs = Jobs::new();
    let workers: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(jobs.clone().work())).collect();
    // All wait for work now, and one of them is gone before it has any.
    sleep(Duration::from_millis(1)).await;
    workers[0].abort();
    for job in 0..20 {
        jobs.push(job).await;
    }
    jobs.close().await;
    for (n, worker) in workers.into_iter().enumerate() {
        assert_eq!(worker.await.is_err(), n == 0);
    }
    assert_eq!(jobs.results().await.len(), 20);
}

#[test]
fn a_thread_without_a_runtime_can_look() {
    let state = Arc::new(Mutex::new(State::default()));
    state.blocking_lock().waiting.push_back(1);
    let waiting = OwnedMutexGuard::map(state.clone().blocking_lock_owned(), |state| &mut state.waiting);
    assert_eq!(waiting.len(), 1);
    assert!(state.try_lock().is_err());
}
