//! A pool of connections: a semaphore limits how many there are, a read-write lock keeps addresses that were looked up,
//! and a notification tells that one has come back.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::sync::{
    AcquireError, Mutex, Notify, OwnedSemaphorePermit, RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore,
};

const LIMIT: usize = 4;

struct Pool {
    slots: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
    addresses: RwLock<HashMap<String, u32>>,
    returned: Notify,
    opened: AtomicUsize,
    looked_up: AtomicUsize,
    /// How many are in use, and how many have been at a time.
    in_use: AtomicUsize,
    peak: AtomicUsize,
}

struct Connection {
    requests: usize,
}

/// A connection that goes back to its pool.
struct Pooled {
    connection: Option<Connection>,
    address: u32,
    pool: Arc<Pool>,
    _slot: OwnedSemaphorePermit,
}

impl Pool {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            slots: Arc::new(Semaphore::new(LIMIT)),
            idle: Mutex::const_new(Vec::new()),
            addresses: RwLock::new(HashMap::new()),
            returned: Notify::new(),
            opened: AtomicUsize::new(0),
            looked_up: AtomicUsize::new(0),
            in_use: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        })
    }

    /// The address of a host, which is looked up once. The guard is given to show that the map does not change meanwhile.
    async fn address(&self, host: &str) -> RwLockReadGuard<'_, u32> {
        let known = self.addresses.read().await;
        let known = match RwLockReadGuard::try_map(known, |addresses| addresses.get(host)) {
            Ok(address) => return address,
            Err(known) => known,
        };
        drop(known);
        let mut addresses = self.addresses.write().await;
        if !addresses.contains_key(host) {
            self.looked_up.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_millis(5)).await;
            addresses.insert(host.to_owned(), host.len() as u32);
        }
        RwLockReadGuard::map(RwLockWriteGuard::downgrade(addresses), |addresses| &addresses[host])
    }

    async fn get(self: &Arc<Self>, host: &str) -> Result<Pooled, AcquireError> {
        let slot = self.slots.clone().acquire_owned().await?;
        let address = *self.address(host).await;
        let connection = match self.idle.lock().await.pop() {
            Some(connection) => connection,
            None => {
                self.opened.fetch_add(1, Ordering::Relaxed);
                Connection { requests: 0 }
            }
        };
        let in_use = self.in_use.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak.fetch_max(in_use, Ordering::Relaxed);
        Ok(Pooled { connection: Some(connection), address, pool: self.clone(), _slot: slot })
    }

    /// Gives out nothing more, and waits until all that was given out is back.
    async fn drain(&self) -> usize {
        self.slots.close();
        loop {
            let returned = self.returned.notified();
            if self.in_use.load(Ordering::Acquire) == 0 {
                break;
            }
            returned.await;
        }
        self.idle.lock().await.iter().map(|connection| connection.requests).sum()
    }
}

impl Pooled {
    async fn request(&mut self) -> u32 {
        sleep(Duration::from_millis(10)).await;
        self.connection.as_mut().expect("it is here until it goes back").requests += 1;
        self.address
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        // Nobody keeps this lock across an `.await` that lasts.
        if let (Some(connection), Ok(mut idle)) = (self.connection.take(), self.pool.idle.try_lock()) {
            idle.push(connection);
        }
        self.pool.in_use.fetch_sub(1, Ordering::Release);
        self.pool.returned.notify_waiters();
    }
}

#[tokio::test(start_paused = true)]
async fn a_pool_keeps_its_limit_and_loses_nothing() {
    let pool = Pool::new();
    let tasks = (0..64).map(|n| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let host = ["one", "three", "seventeen"][n % 3];
            let mut connection = pool.get(host).await.expect("the pool is open");
            assert_eq!(connection.request().await, host.len() as u32);
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(pool.peak.load(Ordering::Relaxed), LIMIT);
    assert_eq!(pool.opened.load(Ordering::Relaxed), LIMIT);
    assert_eq!(pool.looked_up.load(Ordering::Relaxed), 3);
    assert_eq!(pool.slots.available_permits(), LIMIT);
    assert_eq!(pool.drain().await, 64);
}

#[tokio::test(start_paused = true)]
async fn those_who_lose_patience_leave_no_slot_behind() {
    let pool = Pool::new();
    let held = [pool.get("a").await, pool.get("a").await, pool.get("a").await, pool.get("a").await];
    for _ in 0..16 {
        assert!(timeout(Duration::from_millis(1), pool.get("a")).await.is_err());
    }
    drop(held);
    assert_eq!(pool.slots.available_permits(), LIMIT);
    assert_eq!(pool.get("a").await.unwrap().request().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_is_drained_waits_for_what_is_out_and_refuses_the_rest() {
    let pool = Pool::new();
    let mut busy = pool.get("busy").await.unwrap();
    let works = tokio::spawn(async move { busy.request().await });
    assert_eq!(pool.drain().await, 1);
    assert_eq!(works.await.unwrap(), 4);
    assert_eq!(pool.get("late").await.err().map(|error| error.to_string()).as_deref(), Some("semaphore closed"));
}
