//! Two and eight futures, until all are done.

use anywhen::prelude::*;

use super::child::{Later, Ready, at_once, children, later};
use crate::harness::{Goal, Work, ours, peer};

pub(crate) const TWO: Work = Work {
    name: "join of 2, ready at once",
    subjects: &[
        ours("anywhen, tuple", Goal::instructions(7), at_once!(children!(2 Ready => tuple).join())),
        ours("anywhen, array", Goal::instructions(7), at_once!(children!(2 Ready => array).join())),
        ours("anywhen, function", Goal::instructions(7), at_once!(anywhen::future::join(Ready(1), Ready(2)))),
        ours("anywhen, macro", Goal::instructions(7), at_once!(children!(2 Ready => macro anywhen::join))),
        peer("one after the other", at_once!(children!(2 Ready => in turn))),
        peer("futures-util, function", at_once!(futures_util::future::join(Ready(1), Ready(2)))),
        peer("futures-util, macro", at_once!(children!(2 Ready => macro futures_util::join))),
        peer("futures-lite", at_once!(futures_lite::future::zip(Ready(1), Ready(2)))),
        peer(
            "futures-concurrency, tuple",
            at_once!(futures_concurrency::future::Join::join(children!(2 Ready => tuple))),
        ),
        peer(
            "futures-concurrency, array",
            at_once!(futures_concurrency::future::Join::join(children!(2 Ready => array))),
        ),
        peer("tokio, macro", at_once!(children!(2 Ready => macro tokio::join))),
    ],
    note: "",
};

pub(crate) const EIGHT: Work = Work {
    name: "join of 8, ready at once",
    subjects: &[
        ours("anywhen, tuple", Goal::instructions(20), at_once!(children!(8 Ready => tuple).join())),
        ours("anywhen, array", Goal::instructions(20), at_once!(children!(8 Ready => array).join())),
        ours("anywhen, macro", Goal::instructions(20), at_once!(children!(8 Ready => macro anywhen::join))),
        peer("one after the other", at_once!(children!(8 Ready => in turn))),
        peer("futures-util, macro", at_once!(children!(8 Ready => macro futures_util::join))),
        peer(
            "futures-concurrency, tuple",
            at_once!(futures_concurrency::future::Join::join(children!(8 Ready => tuple))),
        ),
        peer(
            "futures-concurrency, array",
            at_once!(futures_concurrency::future::Join::join(children!(8 Ready => array))),
        ),
        peer("tokio, macro", at_once!(children!(8 Ready => macro tokio::join))),
    ],
    note: "",
};

pub(crate) const EIGHT_LATER: Work = Work {
    name: "join of 8, ready at the second poll",
    subjects: &[
        ours("anywhen, tuple", Goal::ZERO_ALLOCATIONS, later!(children!(8 Later::new => tuple).join())),
        ours("anywhen, array", Goal::ZERO_ALLOCATIONS, later!(children!(8 Later::new => array).join())),
        ours("anywhen, macro", Goal::ZERO_ALLOCATIONS, later!(children!(8 Later::new => macro anywhen::join))),
        peer("futures-util, macro", later!(children!(8 Later::new => macro futures_util::join))),
        peer(
            "futures-concurrency, tuple",
            later!(futures_concurrency::future::Join::join(children!(8 Later::new => tuple))),
        ),
        peer(
            "futures-concurrency, array",
            later!(futures_concurrency::future::Join::join(children!(8 Later::new => array))),
        ),
        peer("tokio, macro", later!(children!(8 Later::new => macro tokio::join))),
    ],
    note: "Each child wakes its task once, at its first poll.",
};
