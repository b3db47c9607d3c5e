//! Two and eight futures, until one is done.

use anywhen::prelude::*;

use super::child::{Later, Ready, at_once, children, later};
use crate::harness::{Goal, Work, ours, peer};

/// A `select!`, whose branches give what their futures gave.
macro_rules! select {
    ($of:ident [$($option:tt)*] $($value:expr),*) => {
        select!($of [$($option)*] Ready: $($value),*)
    };
    ($of:ident [$($option:tt)*] $new:path: $($value:expr),*) => {
        async { $of::select! { $($option)* $(value = $new($value) => value),* } }
    };
    (futures_util $macro:ident, $($name:ident $value:expr),*) => {
        async {
            $(let mut $name = Ready($value).fuse();)*
            futures_util::$macro! { $(value = $name => value),* }
        }
    };
}

const RANDOM: &str = "Where ours begins is drawn at random, unless it is biased. A tuple then has to jump to the child that was \
                      drawn, which no processor foresees; an array only counts. futures-concurrency begins at the first.";

pub(crate) const TWO: Work = Work {
    name: "race of 2, ready at once",
    subjects: &[
        ours("anywhen, tuple", Goal::instructions(18), at_once!(children!(2 Ready => tuple).race())),
        ours("anywhen, array", Goal::instructions(18), at_once!(children!(2 Ready => array).race())),
        ours("anywhen, tuple, biased", Goal::instructions(14), at_once!(children!(2 Ready => tuple).race().biased())),
        ours("anywhen, array, biased", Goal::instructions(14), at_once!(children!(2 Ready => array).race().biased())),
        ours("anywhen, macro", Goal::instructions(30), at_once!(select!(anywhen [] 1, 2))),
        ours("anywhen, macro, biased", Goal::instructions(14), at_once!(select!(anywhen [biased;] 1, 2))),
        peer("futures-lite race", at_once!(futures_lite::future::race(Ready(1), Ready(2)))),
        peer("futures-lite or, biased", at_once!(futures_lite::future::or(Ready(1), Ready(2)))),
        peer(
            "futures-concurrency, tuple",
            at_once!(futures_concurrency::future::Race::race(children!(2 Ready => tuple))),
        ),
        peer(
            "futures-concurrency, array",
            at_once!(futures_concurrency::future::Race::race(children!(2 Ready => array))),
        ),
        peer(
            "futures-util select, biased",
            at_once!(futures_util::future::select(Ready(1), Ready(2)).map(|first| first.factor_first().0)),
        ),
        peer("futures-util, macro", at_once!(select!(futures_util select, a 1, b 2))),
        peer("futures-util, macro, biased", at_once!(select!(futures_util select_biased, a 1, b 2))),
        peer("tokio, macro", at_once!(select!(tokio [] 1, 2))),
        peer("tokio, macro, biased", at_once!(select!(tokio [biased;] 1, 2))),
    ],
    note: RANDOM,
};

pub(crate) const EIGHT: Work = Work {
    name: "race of 8, ready at once",
    subjects: &[
        ours("anywhen, tuple", Goal::instructions(60), at_once!(children!(8 Ready => tuple).race())),
        ours("anywhen, array", Goal::instructions(60), at_once!(children!(8 Ready => array).race())),
        ours("anywhen, tuple, biased", Goal::instructions(50), at_once!(children!(8 Ready => tuple).race().biased())),
        ours("anywhen, array, biased", Goal::instructions(50), at_once!(children!(8 Ready => array).race().biased())),
        ours("anywhen, macro", Goal::instructions(60), at_once!(select!(anywhen [] 1, 2, 3, 4, 5, 6, 7, 8))),
        ours(
            "anywhen, macro, biased",
            Goal::instructions(50),
            at_once!(select!(anywhen [biased;] 1, 2, 3, 4, 5, 6, 7, 8)),
        ),
        peer(
            "futures-concurrency, tuple",
            at_once!(futures_concurrency::future::Race::race(children!(8 Ready => tuple))),
        ),
        peer(
            "futures-concurrency, array",
            at_once!(futures_concurrency::future::Race::race(children!(8 Ready => array))),
        ),
        peer("futures-util, macro", at_once!(select!(futures_util select, a 1, b 2, c 3, d 4, e 5, f 6, g 7, h 8))),
        peer(
            "futures-util, macro, biased",
            at_once!(select!(futures_util select_biased, a 1, b 2, c 3, d 4, e 5, f 6, g 7, h 8)),
        ),
        peer("tokio, macro", at_once!(select!(tokio [] 1, 2, 3, 4, 5, 6, 7, 8))),
        peer("tokio, macro, biased", at_once!(select!(tokio [biased;] 1, 2, 3, 4, 5, 6, 7, 8))),
    ],
    note: RANDOM,
};

pub(crate) const EIGHT_LATER: Work = Work {
    name: "race of 8, ready at the second poll",
    subjects: &[
        ours("anywhen, tuple", Goal::ZERO_ALLOCATIONS, later!(children!(8 Later::new => tuple).race())),
        ours("anywhen, array", Goal::ZERO_ALLOCATIONS, later!(children!(8 Later::new => array).race())),
        ours("anywhen, macro", Goal::ZERO_ALLOCATIONS, later!(select!(anywhen [] Later::new: 1, 2, 3, 4, 5, 6, 7, 8))),
        peer(
            "futures-concurrency, tuple",
            later!(futures_concurrency::future::Race::race(children!(8 Later::new => tuple))),
        ),
        peer(
            "futures-concurrency, array",
            later!(futures_concurrency::future::Race::race(children!(8 Later::new => array))),
        ),
        peer("tokio, macro", later!(select!(tokio [] Later::new: 1, 2, 3, 4, 5, 6, 7, 8))),
    ],
    note: "Each child wakes its task once, at its first poll.",
};
