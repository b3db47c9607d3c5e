//! The combinators over what each runtime's tasks wake.

use anywhen::future::{Either, yield_now};
use anywhen::prelude::*;
use anywhen::rt::Runtime;
use anywhen::task;
use anywhen::testing::runtime_matrix;

runtime_matrix! {
    join_gathers_the_outputs_of_tasks,
    try_join_ends_at_the_first_error,
    race_and_select_give_the_first,
    join_in_a_task_is_woken_by_every_child,
}

async fn join_gathers_the_outputs_of_tasks<R: Runtime>(rt: R) {
    let work = |n: u32| {
        task::spawn_on(&rt, async move {
            for _ in 0..n {
                yield_now().await;
            }
            n
        })
    };
    let (a, b, c) = (work(3), work(1), work(2)).join().await;
    assert_eq!((a.unwrap(), b.unwrap(), c.unwrap()), (3, 1, 2));
    let many = [5, 0, 4, 1, 3, 2].map(work).join().await.map(Result::unwrap);
    assert_eq!(many, [5, 0, 4, 1, 3, 2]);
}

async fn try_join_ends_at_the_first_error<R: Runtime>(rt: R) {
    let fails = task::spawn_on(&rt, async { Err::<(), _>(404) }).map(Result::unwrap);
    let never = std::future::pending::<Result<(), i32>>();
    assert_eq!((never, fails).try_join().await, Err(404));
}

async fn race_and_select_give_the_first<R: Runtime>(rt: R) {
    let task = task::spawn_on(&rt, async { 7 }).map(Result::unwrap);
    assert_eq!((std::future::pending(), task).race().await, 7);
    let task = task::spawn_on(&rt, async { 7u64 }).map(Result::unwrap);
    assert_eq!((std::future::pending::<()>(), task).select().await, Either::Right(7));
}

async fn join_in_a_task_is_woken_by_every_child<R: Runtime>(rt: R) {
    let inner = rt.clone();
    let whole = task::spawn_on(&rt, async move {
        let children: [_; 12] = std::array::from_fn(|n| task::spawn_on(&inner, async move { n }).map(Result::unwrap));
        children.join().await.iter().sum::<usize>()
    });
    assert_eq!(whole.await.unwrap(), 66);
}
