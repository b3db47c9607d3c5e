//! Law 5: no hidden allocation, from making a future to dropping it.
//!
//! The law's own suite counts what waiting costs, for every public future; here the whole life of the common ones is
//! counted, as a user writes them, on an executor that allocates nothing itself.

#![cfg(feature = "testing")]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anywhen::testing::{CountingAlloc, assert_pending, assert_ready, assert_ready_ok};

#[global_allocator]
static ALLOC: CountingAlloc = CountingAlloc::new();

/// Asserts that `f` allocates nothing.
fn assert_free(f: impl FnOnce()) {
    let seen = CountingAlloc::count(f);
    assert!(seen.is_zero(), "{seen:?}");
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

mod future {
    use std::future::{pending, ready};

    use anywhen::future::{self, Either, FutureExt};
    use anywhen::prelude::*;

    use super::*;

    /// Pending once, then ready.
    fn later<T>(value: T) -> impl Future<Output = T> {
        future::yield_now().map(|()| value)
    }

    /// Polls to the end, which is not far.
    fn run<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        for _ in 0..10 {
            if let Poll::Ready(output) = poll(future.as_mut()) {
                return output;
            }
        }
        panic!("still pending after ten polls");
    }

    #[test]
    fn joining_tuples_and_arrays() {
        assert_free(|| {
            assert_eq!(run((later(1), ready("two"), later('3')).join()), (1, "two", '3'));
            assert_eq!(run([1, 2, 3].map(later).join()), [1, 2, 3]);
            assert_eq!(run((later(Ok::<_, ()>(1)), later(Ok(2))).try_join()), Ok((1, 2)));
            assert_eq!(run([Ok(1), Err(2), Err(3)].map(later).try_join()), Err(2));
            assert_eq!(run(future::join5(later(1), later(2), later(3), later(4), later(5))), (1, 2, 3, 4, 5));
        });
    }

    #[test]
    fn sharing_costs_one_block_and_many_clones_a_few() {
        let made = |clones: usize| {
            let mut handles = Vec::with_capacity(clones);
            let seen = CountingAlloc::count(|| {
                let shared = later(1).shared();
                handles.extend((1..clones).map(|_| shared.clone()));
                handles.push(shared);
            });
            assert_free(|| {
                assert!(poll(std::pin::Pin::new(&mut handles[0])).is_pending());
                assert!(handles.iter_mut().all(|shared| run(shared) == 1));
                handles.clear();
            });
            seen.allocs + seen.reallocs
        };
        assert_eq!([1, 2, 4].map(made), [1, 1, 1]);
        assert_eq!(made(5), 2);
        assert!(made(1000) <= 10, "{}", made(1000));
    }

    #[test]
    fn aborting_costs_one_block_and_many_registrations_a_few() {
        let made = |registrations: usize| {
            let mut futures = Vec::with_capacity(registrations);
            let seen = CountingAlloc::count(|| {
                let (first, handle) = future::abortable(pending::<()>());
                let more = (1..registrations).map(|_| future::Abortable::new(pending(), handle.registration()));
                futures.extend(more);
                futures.push(first);
            });
            seen.allocs + seen.reallocs
        };
        assert_eq!([1, 4].map(made), [1, 1]);
        assert!(made(1000) <= 10, "{}", made(1000));
    }

    #[test]
    fn joining_with_macros() {
        assert_free(|| {
            assert_eq!(run(async { anywhen::join!(later(1), ready(2), later(3)) }), (1, 2, 3));
            assert_eq!(run(async { anywhen::try_join!(later(Ok::<_, ()>(1)), later(Err::<u8, _>(()))) }), Err(()));
        });
    }

    #[test]
    fn racing_and_selecting() {
        assert_free(|| {
            assert_eq!(run((pending(), later(2), pending()).race()), 2);
            assert_eq!(run([later(1)].race().biased()), 1);
            assert_eq!(run((pending::<u8>(), later("two")).select()), Either::Right("two"));
            let winner = pin!(later(1));
            assert!(matches!(run(future::select(winner, pending::<u8>())), Either::Left((1, _))));
        });
    }

    #[test]
    fn adapting_one_future() {
        assert_free(|| {
            let chain = later(1).map(|n| n + 1).then(|n| later(n * 2)).inspect(|n| assert_eq!(*n, 4)).fuse();
            assert_eq!(run(chain.catch_unwind()).ok(), Some(4));
            assert_eq!(run(later(later(1)).flatten().left_future::<std::future::Ready<u8>>()), 1);
            assert_eq!(run(future::poll_once(pending::<()>())), None);
        });
    }
}

mod retry {
    use std::future::{pending, ready};

    use anywhen::retry::{Constant, retry};
    use anywhen::time::{Duration, VirtualClock, error::Elapsed};

    use super::*;

    #[test]
    fn succeeding_at_once() {
        assert_free(|| assert_eq!(assert_ready!(poll(pin!(retry(|| ready(Ok::<_, ()>(1)))))), Ok(1)));
    }

    #[test]
    fn failing_waiting_and_failing_for_good() {
        let time = VirtualClock::new();
        assert_free(|| {
            let mut calls = 0;
            let op = || {
                calls += 1;
                ready(Err::<(), _>(calls))
            };
            let second = Duration::from_secs(1);
            let retry = retry(op).on(time.clock()).backoff(Constant::new(second)).max_attempts(3).when(|_| true);
            let mut retry = pin!(retry.on_retry(|event| assert!(event.delay() <= second)).detailed());
            while poll(retry.as_mut()).is_pending() {
                time.advance(second);
            }
            assert_eq!(calls, 3);
        });
    }

    #[test]
    fn an_attempt_that_takes_too_long() {
        let time = VirtualClock::new();
        assert_free(|| {
            let limit = Duration::from_secs(1);
            let retry = retry(pending::<Result<(), Elapsed>>).on(time.clock()).max_attempts(1).attempt_timeout(limit);
            let mut retry = pin!(retry);
            assert_pending!(poll(retry.as_mut()));
            time.advance(limit);
            assert!(assert_ready!(poll(retry)).is_err());
        });
    }
}

mod hedge {
    use std::future::{pending, ready};

    use anywhen::retry::{Budget, HedgeCounters, Latencies, hedge};
    use anywhen::time::{Duration, VirtualClock};

    use super::*;

    #[test]
    fn succeeding_at_once() {
        assert_free(|| assert_eq!(assert_ready!(poll(pin!(hedge(|| ready(Ok::<_, ()>(1)))))), Ok(1)));
    }

    #[test]
    fn four_attempts_beside_each_other() {
        let time = VirtualClock::new();
        assert_free(|| {
            let (budget, latencies, counters) = (Budget::new(0.1), Latencies::new(), HedgeCounters::new());
            let second = Duration::from_secs(1);
            for _ in 0..2_048 {
                latencies.record(second);
            }
            let hedge = hedge(pending::<Result<(), ()>>).on(time.clock()).after_percentile(&latencies, 0.5);
            let mut hedge = pin!(hedge.max_hedges::<3>().budget(&budget).counters(&counters));
            while counters.started() < 3 {
                assert_pending!(poll(hedge.as_mut()));
                time.advance(second * 2);
            }
            assert_eq!((budget.withdrawn(), latencies.len()), (3, 1_024));
        });
    }
}

mod sync {
    use anywhen::sync::{Mutex, RwLock, Semaphore};

    use super::*;

    #[test]
    fn locking_a_mutex_with_and_without_waiting() {
        assert_free(|| {
            let mutex = Mutex::new(1);
            let guard = assert_ready!(poll(pin!(mutex.lock())));
            let (mut first, mut second) = (pin!(mutex.lock()), pin!(mutex.lock()));
            assert_pending!(poll(first.as_mut()));
            assert_pending!(poll(second.as_mut()));
            drop(guard);
            drop(assert_ready!(poll(first)));
            assert_eq!(*assert_ready!(poll(second)), 1);
        });
    }

    #[test]
    fn locking_an_owned_mutex() {
        let mutex = Arc::new(Mutex::new(1));
        assert_free(|| {
            let guard = assert_ready!(poll(pin!(Arc::clone(&mutex).lock_owned())));
            let mut waiting = pin!(Arc::clone(&mutex).lock_owned());
            assert_pending!(poll(waiting.as_mut()));
            drop(guard);
            assert_eq!(*assert_ready!(poll(waiting)), 1);
        });
    }

    #[test]
    fn reading_writing_and_what_lies_between() {
        let lock = Arc::new(RwLock::new(1));
        assert_free(|| {
            let reader = assert_ready!(poll(pin!(lock.read())));
            let (mut write, mut read) = (pin!(lock.write()), pin!(Arc::clone(&lock).read_owned()));
            assert_pending!(poll(write.as_mut()));
            assert_pending!(poll(read.as_mut()));
            drop(reader);
            let upgradable = assert_ready!(poll(write)).downgrade_to_upgradable();
            let reader = assert_ready!(poll(read));
            let mut upgrade = pin!(upgradable.upgrade());
            assert_pending!(poll(upgrade.as_mut()));
            drop(reader);
            *assert_ready!(poll(upgrade)) += 1;
            drop(assert_ready!(poll(pin!(lock.write()))));
        });
    }

    #[test]
    fn acquiring_permits_with_and_without_waiting() {
        let semaphore = Arc::new(Semaphore::new(3));
        assert_free(|| {
            let permits = assert_ready_ok!(poll(pin!(semaphore.acquire_many(3))));
            let (mut one, mut two) = (pin!(semaphore.acquire()), pin!(Arc::clone(&semaphore).acquire_many_owned(2)));
            assert_pending!(poll(one.as_mut()));
            assert_pending!(poll(two.as_mut()));
            drop(permits);
            drop(assert_ready_ok!(poll(one)));
            drop(assert_ready_ok!(poll(two)));
        });
    }
}

mod time {
    use std::future::{pending, ready};

    use anywhen::time::{self, Duration, Timer, VirtualClock, error::Elapsed};

    use super::*;

    #[test]
    fn sleeping_on_the_built_in_clock() {
        // Whatever the clock sets up for the process, and starts a thread with, is there afterwards.
        assert_pending!(poll(pin!(time::sleep(Duration::from_secs(3600)))));
        assert_free(|| {
            let mut sleep = pin!(time::sleep(Duration::from_secs(3600)));
            assert_pending!(poll(sleep.as_mut()));
            let deadline = sleep.deadline() + Duration::from_secs(1);
            sleep.as_mut().reset(deadline);
            assert_pending!(poll(sleep.as_mut()));
            assert_ready!(poll(pin!(time::sleep(Duration::ZERO))));
        });
    }

    #[test]
    fn a_burst_of_timers_from_the_first_to_the_last() {
        // Nothing is allocated for them, so nothing can be left over: neither by those that end nor by those that do not.
        const MANY: usize = 100_000;
        assert_pending!(poll(pin!(time::sleep(Duration::from_secs(3600)))));
        let virtual_time = VirtualClock::new();
        for clock in [time::Clock::system(), virtual_time.clock()] {
            let after = |n| Box::pin(clock.sleep(n * Duration::from_secs(1)));
            let mut all: Vec<_> = (1..=MANY as u32).map(after).collect();
            assert_free(|| {
                for sleep in &mut all {
                    assert_pending!(poll(sleep.as_mut()));
                }
                virtual_time.advance(Duration::from_secs(MANY as u64 / 2));
            });
            let ended = all.iter().filter(|sleep| sleep.is_elapsed()).count();
            assert_eq!(ended, if clock.is_virtual() { MANY / 2 } else { 0 });
            let seen = CountingAlloc::count(|| drop(all));
            assert_eq!((seen.allocs, seen.reallocs, seen.frees), (0, 0, MANY as u64 + 1), "the sleeps, and the vector");
        }
    }

    #[test]
    fn sleeping_until_the_end_in_virtual_time() {
        let time = VirtualClock::new();
        assert_free(|| {
            let mut sleep = pin!(time.clock().sleep_until(time.now() + Duration::from_secs(1)));
            assert_pending!(poll(sleep.as_mut()));
            time.advance(Duration::from_secs(1));
            assert_ready!(poll(sleep));
        });
    }

    #[test]
    fn timing_out_and_not() {
        assert_pending!(poll(pin!(time::sleep(Duration::from_secs(3600)))));
        let virtual_time = VirtualClock::new();
        assert_free(|| {
            let limit = Duration::from_secs(1);
            assert_eq!(assert_ready!(poll(pin!(time::timeout(limit, ready(1))))), Ok(1));
            assert_pending!(poll(pin!(time::timeout(limit, pending::<()>()))));
            assert!(assert_ready!(poll(pin!(time::timeout(Duration::ZERO, pending::<()>())))).is_err());

            let mut late = pin!(time::timeout_on(virtual_time.clock(), limit, pending::<()>()));
            assert_pending!(poll(late.as_mut()));
            virtual_time.advance(limit);
            assert!(matches!(assert_ready!(poll(late)), Err(Elapsed { .. })));
        });
    }

    #[test]
    #[cfg(feature = "tokio")]
    fn sleeping_and_timing_out_on_tokios_clock() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let rt = anywhen::rt::Tokio::new(runtime.handle().clone());
        let hour = Duration::from_secs(3600);
        // tokio's wheel has its levels from the start; a first sleep brings its thread-locals.
        assert_pending!(poll(pin!(rt.sleep_until(rt.now() + hour))));
        assert_free(|| {
            assert_pending!(poll(pin!(rt.sleep_until(rt.now() + hour))));
            assert_pending!(poll(pin!(time::timeout_on(rt.clone(), hour, pending::<()>()))));
        });
    }
}
