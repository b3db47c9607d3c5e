//! Wakes race with children that come, with polls, and with the end of the pool. Under loom the first chunk is for one child, so
//! that each of a few children has a chunk of its own.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use core::task::Context;
use std::vec::Vec;

use loom::thread;

use super::*;
use crate::internal::shim::atomic::{AtomicBool, Ordering::Relaxed};
use crate::internal::shim::model;

/// A task, of which is known how often it was woken and how many wakers of it there are.
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A pool, the task that polls it, and the waker that each child was polled with last. Children are numbers.
struct Polled {
    pool: Pool<usize>,
    task: Arc<Count>,
    wakers: Vec<Option<Waker>>,
}

impl Polled {
    fn new(children: usize) -> Self {
        let mut pool = Pool::new();
        for child in 0..children {
            pool.insert(child);
        }
        let mut polled = Self { pool, task: Arc::new(Count(AtomicUsize::new(0))), wakers: Vec::new() };
        assert_eq!(polled.poll().len(), children);
        polled
    }

    fn wakes(&self) -> usize {
        self.task.0.load(SeqCst)
    }

    /// Who is polled. All wait.
    fn poll(&mut self) -> Vec<usize> {
        let waker = Waker::from(Arc::clone(&self.task));
        let (mut seen, wakers) = (Vec::new(), &mut self.wakers);
        let poll = self.pool.poll(&mut Context::from_waker(&waker), |_, child, cx| {
            seen.push(*child);
            wakers.resize_with(wakers.len().max(*child + 1), || None);
            wakers[*child] = Some(cx.waker().clone());
            Visit::<()>::Waits
        });
        assert_eq!(poll.is_pending(), self.pool.len() > 0);
        seen
    }

    fn waker(&self, child: usize) -> Waker {
        self.wakers[child].clone().unwrap()
    }
}

#[test]
fn a_wake_finds_its_child_in_whichever_chunk() {
    model("pool: wakes in two chunks, a poll", 3, || {
        let mut polled = Polled::new(2);
        let happened = Arc::new(AtomicBool::new(false));
        let threads = [0, 1].map(|child| {
            let (waker, happened) = (polled.waker(child), Arc::clone(&happened));
            thread::spawn(move || {
                happened.store(true, Relaxed);
                waker.wake();
            })
        });
        let mut seen = polled.poll();
        assert!(seen.is_empty() || happened.load(Relaxed), "found before what it was woken for");
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(seen.len() == 2 || polled.wakes() > 0, "nobody told the task");
        seen.extend(polled.poll());
        seen.sort_unstable();
        assert_eq!(seen, [0, 1], "each is found once");
    });
}

#[test]
fn a_wake_and_a_newcomer_are_both_found() {
    model("pool: a wake, a newcomer", 3, || {
        let mut polled = Polled::new(1);
        let waker = polled.waker(0);
        let thread = thread::spawn(move || waker.wake());
        polled.pool.insert(1);
        sound(polled.pool.alarm());
        assert!(polled.wakes() > 0, "nobody told the task of the newcomer");
        let mut seen = polled.poll();
        assert!(seen.contains(&1));
        let wakes = polled.wakes();
        thread.join().unwrap();
        if !seen.contains(&0) {
            assert!(polled.wakes() > wakes, "nobody told the task of the wake");
            seen.extend(polled.poll());
        }
        seen.sort_unstable();
        assert_eq!(seen, [0, 1]);
    });
}

#[test]
fn a_slot_is_filled_again_while_a_stale_waker_fires() {
    model("pool: a slot is filled again, a stale waker", 3, || {
        let mut polled = Polled::new(1);
        let key = polled.pool.keys().next().unwrap();
        let stale = polled.waker(0);
        let thread = thread::spawn(move || stale.wake());
        assert!(polled.pool.remove(key));
        sound(polled.pool.alarm());
        let other = polled.pool.insert(1);
        sound(polled.pool.alarm());
        assert_eq!(other.index, key.index);
        let mut seen = polled.poll();
        thread.join().unwrap();
        seen.extend(polled.poll());
        assert!(seen == [1] || seen == [1, 1], "polled {seen:?}");
        assert!(!polled.pool.remove(key) && polled.pool.remove(other));
    });
}

#[test]
fn another_task_polls_while_a_child_is_woken() {
    model("pool: another task polls, a wake", 3, || {
        let mut polled = Polled::new(2);
        let (first, second) = (polled.waker(0), polled.waker(1));
        let thread = thread::spawn(move || second.wake());
        polled.task = Arc::new(Count(AtomicUsize::new(0)));
        let mut seen = polled.poll();
        thread.join().unwrap();
        assert!(!seen.is_empty() || polled.wakes() > 0, "nobody told the task that waits now");
        seen.extend(polled.poll());
        assert_eq!(seen, [1]);
        // Whatever came of the first poll, all chunks know of the task by now.
        let wakes = polled.wakes();
        first.wake();
        assert!(polled.wakes() > wakes, "another task was told");
        assert_eq!(polled.poll(), [0]);
    });
}

#[test]
fn the_pool_goes_while_a_child_is_woken() {
    model("pool: the end, a last wake", 3, || {
        let mut polled = Polled::new(2);
        let threads = [0, 1].map(|child| {
            let waker = polled.waker(child);
            thread::spawn(move || waker.wake())
        });
        polled.wakers.clear();
        let Polled { pool, task, .. } = polled;
        drop(pool);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(Arc::strong_count(&task), 1, "a waker of the task is kept");
    });
}
