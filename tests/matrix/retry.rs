//! Retries, in the time of each runtime and in virtual time.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use anywhen::prelude::*;
use anywhen::retry::{Constant, Exponential, Jitter, Policy, retry, retry_mut, retry_stream_with};
use anywhen::rt::Runtime;
use anywhen::stream;
use anywhen::task;
use anywhen::testing::runtime_matrix;
use anywhen::time::{Duration, Instant};

runtime_matrix! {
    a_retry_sleeps_on_the_runtimes_own_timer,
    attempts_are_limited_by_the_runtimes_own_timer,
    a_retry_runs_in_a_task,
    a_loop_and_a_context_run_in_a_task,
    a_stream_is_made_anew_in_a_task,
}

runtime_matrix! {
    in virtual time:
    retries_for_an_hour_take_no_time,
    a_hundred_clients_back_off_side_by_side,
}

async fn a_retry_sleeps_on_the_runtimes_own_timer<R: Runtime>(rt: R) {
    let mut attempts = 0;
    let start = rt.now();
    let op = || {
        attempts += 1;
        std::future::ready(if attempts < 3 { Err("not yet") } else { Ok(attempts) })
    };
    let delay = Duration::from_millis(1);
    let result = retry(op).backoff(Constant::new(delay)).jitter(Jitter::None).on(rt.clone()).await;
    assert_eq!(result, Ok(3));
    assert!(rt.now() - start >= 2 * delay);
}

async fn attempts_are_limited_by_the_runtimes_own_timer<R: Runtime>(rt: R) {
    let mut attempts = 0;
    let start = rt.now();
    let limit = Duration::from_millis(1);
    let op = || {
        attempts += 1;
        let hangs = attempts < 3;
        async move { if hangs { std::future::pending().await } else { io::Result::Ok("done") } }
    };
    let retry = retry(op).backoff(Constant::new(Duration::ZERO)).attempt_timeout(limit).on(rt.clone());
    assert_eq!(retry.await.unwrap(), "done");
    assert!(rt.now() - start >= 2 * limit);
}

async fn a_retry_runs_in_a_task<R: Runtime>(rt: R) {
    let attempts = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&attempts);
    let task = task::spawn_on(&rt, async move {
        let op = || async { if count.fetch_add(1, SeqCst) < 2 { Err(()) } else { Ok(()) } };
        retry(op).backoff(Constant::new(Duration::from_micros(100))).await
    });
    assert_eq!(task.await.unwrap(), Ok(()));
    assert_eq!(attempts.load(SeqCst), 3);
}

async fn a_loop_and_a_context_run_in_a_task<R: Runtime>(rt: R) {
    async fn push(log: &mut Vec<u8>) -> Result<usize, usize> {
        log.push(0);
        if log.len() < 3 { Err(log.len()) } else { Ok(log.len()) }
    }

    const POLICY: Policy<Constant> = Policy::of(Constant::new(Duration::from_micros(100)));
    let looped = task::spawn_on(&rt, async {
        let (mut log, mut attempts) = (vec![], POLICY.attempts());
        loop {
            match push(&mut log).await {
                Ok(length) => break Ok(length),
                Err(error) => attempts.failed(error).await?,
            }
        }
    });
    let lent = task::spawn_on(&rt, async {
        let mut log = vec![];
        retry_mut(&mut log, push).policy(&POLICY).await
    });
    assert_eq!((looped.await.unwrap(), lent.await.unwrap()), (Ok::<_, usize>(3), Ok(3)));
}

async fn a_stream_is_made_anew_in_a_task<R: Runtime>(rt: R) {
    let connect = |last: &u32| stream::iter([Ok(last + 1), Ok(last + 2), Err("reset")]);
    let numbers = retry_stream_with(0, connect, |last, number| *last = *number)
        .backoff(Constant::new(Duration::from_micros(100)))
        .on(rt.clone());
    let task = task::spawn_on(&rt, numbers.take(7).map(Result::unwrap).collect::<Vec<_>>());
    assert_eq!(task.await.unwrap(), [1, 2, 3, 4, 5, 6, 7]);
}

/// Under 200 ms each; the best of some rounds, because the machine may be busy with other tests.
async fn retries_for_an_hour_take_no_time<R: Runtime>(rt: R) {
    let limit = Duration::from_millis(200);
    let mut best = Duration::MAX;
    for _ in 0..20 {
        let real = std::time::Instant::now();
        an_hour_of_retries(&rt).await;
        best = best.min(real.elapsed());
        if best < limit {
            return;
        }
    }
    panic!("an hour took {best:?}");
}

/// Attempts that hang until their limit, and delays in between, for an hour.
async fn an_hour_of_retries<R: Runtime>(rt: &R) {
    let (second, hour) = (Duration::from_secs(1), Duration::from_secs(3600));
    let start = Instant::now();
    let task = task::spawn_on(rt, async move {
        retry(std::future::pending::<io::Result<()>>)
            .backoff(Exponential::new(second / 10, 2.0).with_max(10 * second))
            .max_attempts(u32::MAX)
            .max_elapsed(hour)
            .attempt_timeout(second)
            .detailed()
            .await
    });
    let error = task.await.unwrap().unwrap_err();
    assert_eq!(error.error.kind(), io::ErrorKind::TimedOut);
    assert!(error.attempts > 300, "{error}");
    // The last attempt was begun within the hour, and the delay after it would have ended beyond it.
    assert!((hour - 10 * second..=hour + second).contains(&error.elapsed), "{error}");
    assert_eq!(start.elapsed(), error.elapsed);
}

/// In tasks, on as many threads as the runtime has. Each sees its own delays to the nanosecond.
async fn a_hundred_clients_back_off_side_by_side<R: Runtime>(rt: R) {
    let client = |seed| async move {
        let policy = Policy::new().max_attempts(10).seed(seed);
        let (start, mut expected) = (Instant::now(), Duration::ZERO);
        let failed = retry(|| async { Err::<(), _>(()) }).policy(policy).on_retry(|event| {
            assert_eq!(event.elapsed(), expected);
            expected += event.delay();
        });
        assert_eq!(failed.await, Err(()));
        assert_eq!(start.elapsed(), expected);
    };
    let clients: Vec<_> = (0..100).map(|seed| task::spawn_on(&rt, client(seed))).collect();
    for client in clients {
        client.await.unwrap();
    }
}
