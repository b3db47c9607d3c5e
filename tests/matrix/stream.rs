//! Streams whose sources are what each runtime's tasks and timers give, and those that yield to it.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use anywhen::prelude::*;
use anywhen::rt::Runtime;
use anywhen::stream;
use anywhen::task;
use anywhen::testing::runtime_matrix;
use anywhen::time::Duration;

runtime_matrix! {
    a_pipeline_goes_through_tasks,
    what_is_always_ready_lets_others_have_a_turn,
    a_timer_stops_a_stream,
}

async fn a_pipeline_goes_through_tasks<R: Runtime>(rt: R) {
    let squares = stream::iter(1..=10_u32)
        .then(|n| task::spawn_on(&rt, async move { n * n }))
        .map(Result::unwrap)
        .filter(|n| ready(n % 2 == 1))
        .chunks(2);
    assert_eq!(squares.collect::<Vec<_>>().await, [vec![1, 9], vec![25, 49], vec![81]]);
}

async fn what_is_always_ready_lets_others_have_a_turn<R: Runtime>(rt: R) {
    // Both tasks wait for one another to have had a turn, and there may be one thread.
    let flag = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&flag);
    let looks = task::spawn_on(&rt, async move { stream::repeat(()).any(|()| ready(seen.load(SeqCst))).await });
    let sets = task::spawn_on(&rt, async move { flag.store(true, SeqCst) });
    sets.await.unwrap();
    assert!(looks.await.unwrap());
}

async fn a_timer_stops_a_stream<R: Runtime>(rt: R) {
    let ticks = stream::unfold(0, |n| rt.sleep(Duration::from_millis(3)).map(move |()| Some((n, n + 1))));
    let stopped = ticks.take_until(rt.sleep(Duration::from_millis(10))).collect::<Vec<_>>().await;
    // Timers never fire early, and real ones may be late.
    assert!([0, 1, 2].starts_with(&stopped), "{stopped:?}");
}
