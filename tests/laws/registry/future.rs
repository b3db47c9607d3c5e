//! Combinators. Each waits for a leaf that the suites open or make panic, beside children that are ready or never are.

use std::future::{pending, ready};

use anywhen::future::{
    Either, FutureExt, join_all, lazy, maybe_done, poll_once, select, select_all, select_ok, try_select, yield_now,
};
use anywhen::prelude::*;

use crate::stage::{After, Entry, Leaf, Stage};

pub(super) const ENTRIES: &[Entry] = &[
    |body| body(Stage::over(|leaf| (ready(1), leaf, ready("two")).join())),
    |body| body(Stage::over(|leaf| (leaf, ready(1)).join())),
    |body| body(Stage::over(|leaf| [leaf].join())),
    |body| body(Stage::over(|leaf| (leaf.map(Ok::<(), ()>), ready(Ok::<u8, ()>(1))).try_join())),
    |body| body(Stage::over(|leaf| (pending::<Result<u8, ()>>(), leaf.map(Err::<(), ()>)).try_join())),
    |body| body(Stage::over(|leaf| [leaf.map(Ok::<(), ()>)].try_join())),
    |body| body(Stage::over(|leaf| (pending(), leaf, pending()).race())),
    |body| body(Stage::over(|leaf| (leaf, pending()).race().biased())),
    |body| body(Stage::over(|leaf| [leaf].race())),
    |body| {
        body(Stage::over(|leaf| {
            (pending::<Result<(), ()>>(), leaf.map(Ok::<(), ()>), ready(Err::<(), u8>(1))).race_ok()
        }))
    },
    |body| body(Stage::over(|leaf| (ready(Err::<(), u8>(1)), leaf.map(Err::<(), ()>)).race_ok().biased())),
    |body| body(Stage::over(|leaf| [leaf.map(Err::<(), ()>)].race_ok())),
    |body| body(Stage::over(|leaf| (pending::<u8>(), leaf, pending::<&str>()).select())),
    |body| body(Stage::over(|leaf| (leaf, pending::<u8>()).select().biased())),
    |body| body(Stage::over(|leaf| [leaf].select())),
    |body| body(Stage::over(|leaf| select(leaf, pending::<u8>()))),
    |body| body(Stage::over(|leaf| select(pending::<u8>(), leaf))),
    |body| body(Stage::over(|leaf| try_select(pending::<Result<u8, ()>>(), leaf.map(Ok::<(), ()>)))),
    |body| body(Stage::over(|leaf| try_select(leaf.map(Err::<(), ()>), pending::<Result<u8, ()>>()))),
    |body| body(Stage::over(|leaf| (ready(Err::<u8, u8>(1)), leaf.map(Ok::<(), u8>)).settle())),
    |body| body(Stage::over(|leaf| (leaf.map(Err::<u8, ()>), ready(Err::<u8, ()>(())), ready(Ok(1))).settle())),
    |body| body(Stage::over(|leaf| [leaf.map(Ok::<(), ()>)].settle())),
    |body| body(Stage::over(|leaf| vec![leaf].join()).costs(1)),
    |body| body(Stage::over(|leaf| join_all([leaf])).costs(1)),
    |body| body(Stage::over(|leaf| vec![leaf.map(Ok::<(), ()>)].try_join()).costs(1)),
    |body| body(Stage::over(|leaf| vec![pending().right_future(), leaf.left_future()].race()).costs(1)),
    |body| body(Stage::over(|leaf| vec![leaf.left_future(), pending().right_future()].select().biased()).costs(1)),
    |body| body(Stage::over(|leaf| select_all([leaf])).costs(1)),
    |body| body(Stage::over(|leaf| vec![leaf.map(Ok::<(), ()>)].race_ok()).costs(1)),
    |body| body(Stage::over(|leaf| vec![leaf.map(Err::<(), ()>)].race_ok().biased()).costs(1)),
    |body| body(Stage::over(|leaf| vec![leaf.map(Ok::<(), ()>)].settle()).costs(2)),
    |body| body(Stage::over(|leaf| vec![leaf.map(Err::<(), ()>)].settle()).costs(2)),
    |body| body(Stage::over(|leaf| select_ok([leaf.map(Ok::<(), ()>)])).costs(1)),
    |body| body(Stage::over(|leaf| select_ok([leaf.map(Err::<(), ()>)])).costs(1)),
    |body| body(Stage::over(|leaf| leaf.map(|()| 1))),
    |body| body(Stage::over(|leaf| leaf.then(|()| ready(1)))),
    |body| body(Stage::over(|leaf| ready(1).then(|_| leaf))),
    |body| body(Stage::over(|leaf| leaf.map(|()| ready(1)).flatten())),
    |body| body(Stage::over(|leaf| ready(leaf).flatten())),
    |body| body(Stage::over(|leaf| leaf.inspect(|()| ()))),
    |body| body(Stage::over(|leaf| leaf.catch_unwind())),
    // What they do when they are done is what their child does.
    |body| body(Stage::over(|leaf| leaf.left_future::<Leaf>()).panics_as("Leaf")),
    |body| body(Stage::over(Either::<Leaf, Leaf>::Right).panics_as("Leaf")),
    |body| body(Stage::over(|leaf| leaf.fuse()).after(After::Pends)),
    |body| body(Stage::over(maybe_done).after(After::Stays)),
    |body| body(Stage::made(yield_now, || ()).wakes_itself()),
    |body| body(Stage::over(poll_once).at_once()),
    |body| body(Stage::made(|| lazy(|_| 1), || ()).at_once()),
];
