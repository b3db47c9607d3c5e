//! Cancellation tokens: children that come and go, and trees that are cancelled.

use core::future::Future;
use core::hint::black_box;
use core::pin::pin;
use std::sync::OnceLock;

use anywhen::sync::CancellationToken as Ours;
use tokio_util::sync::CancellationToken as Theirs;

use crate::harness::{Goal, Work, ours, peer, ready, repeat};

macro_rules! child {
    ($Token:ty) => {
        |times| {
            let root = <$Token>::new();
            let root = black_box(&root);
            repeat(times, |_| drop(black_box(root.child_token())));
        }
    };
}

pub(crate) const CHILD: Work = Work {
    name: "CancellationToken: child made and dropped",
    subjects: &[
        ours("anywhen", Goal::instructions(350).and_allocations(1), child!(Ours)),
        peer("tokio-util", child!(Theirs)),
    ],
    note: "The goal was 350. 421 are spent: malloc and free take 126, copying the node into its block 29, and the three locks (the parent's twice, the child's own once) about 25 each.",
};

/// The siblings are made once in a process.
macro_rules! child_of_many {
    ($Token:ty) => {
        |times| {
            static FAMILY: OnceLock<($Token, Vec<$Token>)> = OnceLock::new();
            let family = FAMILY.get_or_init(|| {
                let root = <$Token>::new();
                let children = (0..1_000_000).map(|_| root.child_token()).collect();
                (root, children)
            });
            let root = black_box(&family.0);
            repeat(times, |_| drop(black_box(root.child_token())));
        }
    };
}

pub(crate) const CHILD_OF_MANY: Work = Work {
    name: "CancellationToken: child made and dropped, among 1,000,000",
    subjects: &[
        ours("anywhen", Goal::instructions(350).and_allocations(1), child_of_many!(Ours)),
        peer("tokio-util", child_of_many!(Theirs)),
    ],
    note: "As without siblings.",
};

macro_rules! asked {
    ($Token:ty) => {
        |times| {
            let token = <$Token>::new();
            let token = black_box(&token);
            repeat(times, |_| token.is_cancelled());
        }
    };
}

pub(crate) const ASKED: Work = Work {
    name: "CancellationToken: is_cancelled",
    subjects: &[ours("anywhen", Goal::instructions(10), asked!(Ours)), peer("tokio-util", asked!(Theirs))],
    note: "",
};

/// A child, somebody who waits for it, and a cancel.
macro_rules! waited_for {
    ($Token:ty) => {
        |times| {
            let root = <$Token>::new();
            let root = black_box(&root);
            repeat(times, |cx| {
                let token = root.child_token();
                let mut waits = pin!(token.cancelled());
                assert!(waits.as_mut().poll(cx).is_pending());
                token.cancel();
                ready!(cx, waits);
            });
        }
    };
}

pub(crate) const WAITED_FOR: Work = Work {
    name: "CancellationToken: child made, waited for, cancelled, dropped",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS.and_allocations(1), waited_for!(Ours)),
        peer("tokio-util", waited_for!(Theirs)),
    ],
    note: "",
};

/// A tree is cancelled once, so it is made each time.
macro_rules! cancelled {
    ($Token:ty) => {
        |times| {
            let mut children = Vec::with_capacity(1000);
            repeat(times, |_| {
                let root = <$Token>::new();
                children.extend((0..1000).map(|_| root.child_token()));
                root.cancel();
                children.clear();
            });
        }
    };
}

pub(crate) const CANCELLED_WITH_1000: Work = Work {
    name: "CancellationToken: made with 1000 children, cancelled, dropped",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS.and_allocations(1001), cancelled!(Ours)),
        peer("tokio-util", cancelled!(Theirs)),
    ],
    note: "The walk takes five locks for each child, one or two at a time, where tokio-util holds the parent's throughout.",
};
