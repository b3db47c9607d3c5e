//! The macros where there is no `std` and no allocator: they need nothing but `core`. These tests run with every set of
//! features.

#![no_std]
#![forbid(unsafe_code)]

use core::future::{pending, ready};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use anywhen::{join, select, try_join};

fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn joins_give_what_their_branches_give() {
    assert_eq!(poll_once(async { join!(ready(1), ready("two"), async { 3 }) }), Poll::Ready((1, "two", 3)));
    assert_eq!(poll_once(async { join!(biased; ready(1), pending::<()>()) }), Poll::Pending);
    assert_eq!(poll_once(async { try_join!(ready(Ok(1)), ready(Err::<u8, _>("no"))) }), Poll::Ready(Err("no")));
}

#[test]
fn selects_give_what_the_first_handler_gives() {
    let first = |wanted: u8| async move {
        select! {
            Some(n) = ready(None) => n,
            n = ready(wanted), if wanted > 1 => n,
            () = pending(), if wanted == 1 => 1,
            else => 0,
        }
    };
    assert_eq!(poll_once(first(0)), Poll::Ready(0));
    assert_eq!(poll_once(first(1)), Poll::Pending);
    assert_eq!(poll_once(first(2)), Poll::Ready(2));
    assert_eq!(
        poll_once(async {
            select! { biased; n = ready(1) => n, n = ready(2) => n }
        }),
        Poll::Ready(1)
    );
}

#[test]
fn selects_reach_every_branch() {
    let mut won = [0; 2];
    for _ in 0..1000 {
        let winner = poll_once(async {
            select! { _ = ready(()) => 0, _ = ready(()) => 1 }
        });
        let Poll::Ready(winner) = winner else { unreachable!("both are ready") };
        won[winner] += 1;
    }
    assert!(won.iter().all(|won| (350..=650).contains(won)), "{won:?}");
}
