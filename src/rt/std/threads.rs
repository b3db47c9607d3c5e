//! Threads that take jobs from one queue, started when there is a job and nobody idle to take it.
//!
//! Both pools of [`Std`](super::Std) are one of these: tasks run on as many threads as the machine has processors,
//! which stay; blocking work runs on up to 512, each of which ends after ten seconds without work.
//!
//! The books are kept by whoever pushes: a push claims one idle thread by counting it out of `idle` and into `called`,
//! so that several pushes in a row claim several threads before the first of them runs. A thread that wakes looks for a
//! call, not for a job: it may find the queue empty (a busy thread was faster), and is idle again.

use alloc::collections::VecDeque;
use core::mem;
use core::time::Duration;
use std::io;
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::internal::unwind::quietly;

/// What a thread of the pool runs. A panic ends the job, never the thread.
pub(super) trait Job: Send + 'static {
    fn run(self);
}

pub(super) struct Threads<J> {
    /// What the threads are called in debuggers and panics; Linux shows 15 bytes.
    name: &'static str,
    /// How many threads there are at most; asked for once.
    limit: LazyLock<usize>,
    /// How long an idle thread stays; `None` for ever.
    linger: Option<Duration>,
    state: Mutex<State<J>>,
    calls: Condvar,
}

struct State<J> {
    queue: VecDeque<J>,
    /// Threads that exist or are being started.
    threads: usize,
    /// Threads that wait and have not been called.
    idle: usize,
    /// Threads that have been called and have not woken yet.
    called: usize,
}

impl<J: Job> Threads<J> {
    pub(super) const fn new(name: &'static str, limit: fn() -> usize, linger: Option<Duration>) -> Self {
        let state = State { queue: VecDeque::new(), threads: 0, idle: 0, called: 0 };
        Self { name, limit: LazyLock::new(limit), linger, state: Mutex::new(state), calls: Condvar::new() }
    }

    /// Has `job` run on one of the threads, in the order of the pushes.
    ///
    /// # Panics
    ///
    /// If there is no thread and none can be started. The jobs that are queued by then are dropped.
    pub(super) fn push(&'static self, job: J) {
        self.push_with(job, || thread::Builder::new().name(self.name.into()).spawn(|| self.work()).map(drop));
    }

    fn push_with(&self, job: J, start: impl FnOnce() -> io::Result<()>) {
        let mut state = self.lock();
        state.queue.push_back(job);
        if state.idle > 0 {
            state.idle -= 1;
            state.called += 1;
            drop(state);
            self.calls.notify_one();
        } else if state.threads < *self.limit {
            state.threads += 1;
            drop(state);
            if let Err(error) = start() {
                self.not_started(&error);
            }
        }
    }

    /// A thread could not be started. That is bad luck while there are others, who will get to the job.
    #[cold]
    fn not_started(&self, error: &io::Error) {
        let mut state = self.lock();
        state.threads -= 1;
        if state.threads > 0 {
            return;
        }
        // Nobody would ever take these. Tasks that are dropped are seen as cancelled.
        let orphans = mem::take(&mut state.queue);
        drop(state);
        drop(orphans);
        panic!("cannot start the first thread of the pool `{}`: {error}", self.name);
    }

    /// The life of a thread.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            while let Some(job) = state.queue.pop_front() {
                drop(state);
                quietly(|| job.run());
                state = self.lock();
            }
            state.idle += 1;
            while state.called == 0 {
                let waited;
                (state, waited) = self.wait(state);
                if waited && state.called == 0 {
                    state.idle -= 1;
                    state.threads -= 1;
                    return;
                }
            }
            state.called -= 1;
        }
    }

    /// Waits for a call, and says whether it has waited for as long as it may.
    fn wait<'a>(&self, state: MutexGuard<'a, State<J>>) -> (MutexGuard<'a, State<J>>, bool) {
        match self.linger {
            None => (self.calls.wait(state).unwrap_or_else(PoisonError::into_inner), false),
            Some(linger) => {
                let (state, result) = self.calls.wait_timeout(state, linger).unwrap_or_else(PoisonError::into_inner);
                (state, result.timed_out())
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use alloc::boxed::Box;
    use std::sync::mpsc::{Sender, channel};

    use super::*;
    use crate::internal::unwind::catch;
    use crate::rt::BoxWork;

    /// Says which thread ran it, then does as it is told.
    struct Report(Sender<thread::ThreadId>, fn());

    impl Job for Report {
        fn run(self) {
            self.0.send(thread::current().id()).unwrap();
            self.1();
        }
    }

    fn idle<J: Job>(threads: &Threads<J>, count: usize) {
        while threads.lock().idle != count {
            thread::yield_now();
        }
    }

    #[test]
    fn threads_are_reused_and_survive_panics() {
        static THREADS: Threads<Report> = Threads::new("reused", || 4, None);
        let (sender, receiver) = channel();
        THREADS.push(Report(sender.clone(), || panic!("this job fails")));
        let first = receiver.recv().unwrap();
        idle(&THREADS, 1);
        THREADS.push(Report(sender, || ()));
        assert_eq!(receiver.recv().unwrap(), first);
        assert_eq!(THREADS.lock().threads, 1);
    }

    #[test]
    fn there_are_never_more_threads_than_the_limit() {
        static THREADS: Threads<Report> = Threads::new("limited", || 2, None);
        let (sender, receiver) = channel();
        for _ in 0..100 {
            THREADS.push(Report(sender.clone(), thread::yield_now));
        }
        drop(sender);
        let used: std::collections::HashSet<_> = receiver.iter().collect();
        assert!(used.len() <= 2);
        assert!(THREADS.lock().threads <= 2);
    }

    #[test]
    fn a_thread_that_was_called_is_not_counted_on_again() {
        static THREADS: Threads<BoxWork> = Threads::new("busy", || 2, None);
        THREADS.push(Box::new(|| ()));
        idle(&THREADS, 1);
        // The first of these keeps the one thread busy until the second has run.
        let ((sender, receiver), (answer, answered)) = (channel(), channel());
        THREADS.push(Box::new(move || answer.send(receiver.recv_timeout(Duration::from_secs(20))).unwrap()));
        THREADS.push(Box::new(move || sender.send(()).unwrap()));
        assert_eq!(answered.recv().unwrap(), Ok(()));
        assert_eq!(THREADS.lock().threads, 2);
    }

    #[test]
    fn an_idle_thread_ends_after_its_time() {
        static THREADS: Threads<Report> = Threads::new("lingering", || 1, Some(Duration::from_millis(1)));
        let (sender, receiver) = channel();
        THREADS.push(Report(sender.clone(), || ()));
        receiver.recv().unwrap();
        while THREADS.lock().threads > 0 {
            thread::yield_now();
        }
        THREADS.push(Report(sender, || ()));
        receiver.recv().unwrap();
    }

    #[test]
    fn a_thread_that_does_not_start_matters_only_if_it_is_the_first() {
        static THREADS: Threads<Report> = Threads::new("unstartable", || 2, None);
        let fails = || Err(io::Error::from(io::ErrorKind::OutOfMemory));
        let (sender, receiver) = channel();
        let job = Report(sender.clone(), || ());
        assert!(catch(|| THREADS.push_with(job, fails)).is_err());
        assert!(THREADS.lock().queue.is_empty(), "what nobody would run is dropped");

        THREADS.push(Report(sender.clone(), || ()));
        let only = receiver.recv().unwrap();
        idle(&THREADS, 1);
        // Claim the one idle thread and push another job: the second thread fails to start, the first runs both.
        THREADS.push(Report(sender.clone(), || ()));
        THREADS.push_with(Report(sender, || ()), fails);
        assert_eq!((receiver.recv().unwrap(), receiver.recv().unwrap()), (only, only));
    }
}
