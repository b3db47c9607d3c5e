//! Streams over time, in the time of each runtime and in virtual time.

use std::pin::pin;

use anywhen::prelude::*;
use anywhen::rt::Runtime;
use anywhen::stream;
use anywhen::task;
use anywhen::testing::runtime_matrix;
use anywhen::time::{Duration, Instant, interval_at, interval_on, sleep};

runtime_matrix! {
    a_silent_source_is_told_of_by_the_runtimes_own_timer,
    items_keep_their_distance_by_the_runtimes_own_timer,
    what_is_held_back_is_given_by_the_runtimes_own_timer,
    a_busy_source_is_sampled_in_a_task,
}

runtime_matrix! {
    in virtual time:
    a_day_of_items_takes_no_time,
}

const TICK: Duration = Duration::from_millis(2);

async fn a_silent_source_is_told_of_by_the_runtimes_own_timer<R: Runtime>(rt: R) {
    let start = rt.now();
    let mut once = pin!(stream::once(async { 1 }).chain(stream::pending()).timeout_on(rt.clone(), TICK));
    assert_eq!(once.next().await, Some(Ok(1)));
    assert!(once.next().await.unwrap().is_err());
    assert!(rt.now() - start >= TICK);

    let mut repeating = stream::pending::<u8>().timeout_repeating(interval_on(rt.clone(), TICK)).take(3);
    let start = rt.now();
    while let Some(item) = repeating.next().await {
        assert!(item.is_err());
    }
    assert!(rt.now() - start >= TICK, "the first tick came at once, and then two");
}

async fn items_keep_their_distance_by_the_runtimes_own_timer<R: Runtime>(rt: R) {
    let start = rt.now();
    assert_eq!(stream::iter(0..4).throttle_on(rt.clone(), TICK).collect::<Vec<_>>().await, [0, 1, 2, 3]);
    assert!(rt.now() - start >= 3 * TICK);
}

async fn what_is_held_back_is_given_by_the_runtimes_own_timer<R: Runtime>(rt: R) {
    let start = rt.now();
    let burst = || stream::iter(0..5).chain(stream::pending());
    assert_eq!(pin!(burst().debounce_on(rt.clone(), TICK)).next().await, Some(4));
    assert_eq!(pin!(burst().sample_on(rt.clone(), TICK)).next().await, Some(4));
    let chunk = pin!(burst().chunks_timeout_on(rt.clone(), 10, TICK)).next().await;
    assert_eq!(chunk, Some(vec![0, 1, 2, 3, 4]));
    assert!(rt.now() - start >= 3 * TICK);
}

async fn a_busy_source_is_sampled_in_a_task<R: Runtime>(rt: R) {
    let start = rt.now();
    let timer = rt.clone();
    let busy = stream::iter(0..).then(move |n| timer.sleep(TICK / 20).map(move |()| n));
    let samples = busy.sample_on(rt.clone(), TICK).take(3).count();
    assert_eq!(task::spawn_on(&rt, samples).await.unwrap(), 3);
    assert!(rt.now() - start >= 3 * TICK);
}

async fn a_day_of_items_takes_no_time<R: Runtime>(_: R) {
    let (start, began) = (Instant::now(), std::time::Instant::now());
    let hours = |n: u32| Duration::from_secs(3600) * n;
    let hourly = || stream::iter(0..24).then(move |n| sleep(hours(1)).map(move |()| n));
    assert_eq!(hourly().throttle(hours(2)).count().await, 24);
    assert_eq!(hourly().debounce(hours(2)).collect::<Vec<_>>().await, [23]);
    assert_eq!(hourly().sample(hours(8)).collect::<Vec<_>>().await, [7, 15, 23]);
    assert_eq!(
        hourly().chunks_timeout(10, hours(4)).map(|chunk| chunk.len()).collect::<Vec<_>>().await,
        [5, 5, 5, 5, 4]
    );
    let late = interval_at(Instant::now() + hours(1) / 2, hours(1) / 2);
    assert_eq!(hourly().timeout_repeating(late).filter(|item| std::future::ready(item.is_err())).count().await, 24);
    // Each item is asked for when the two hours after the one before are over, and then takes another.
    assert_eq!(start.elapsed(), hours(24 * 3 + 4 * 24));
    assert!(began.elapsed() < hours(1));
}
