//! A queue that fills up and is drained: what many who wait cost.

use core::future::Future;
use core::pin::Pin;
use core::task::Context;

use crate::harness::{ready, repeat};

/// How many wait: as many as ours wakes at a time.
const WAITERS: usize = 32;

/// So many times: `hold`, have all the waiters wait, let go of what was held, and drop in turn what each of them gets.
///
/// They wait in places that are allocated once.
pub(crate) fn drained<H, F: Future>(times: u64, mut hold: impl FnMut(&mut Context<'_>) -> H, wait: impl Fn() -> F) {
    let mut waiters: Vec<Pin<Box<Option<F>>>> = (0..WAITERS).map(|_| Box::pin(None)).collect();
    repeat(times, |cx| {
        let held = hold(cx);
        for waiter in &mut waiters {
            waiter.set(Some(wait()));
            assert!(in_place(waiter).poll(cx).is_pending());
        }
        drop(held);
        for waiter in &mut waiters {
            drop(ready!(cx, in_place(waiter)));
            waiter.set(None);
        }
    });
}

fn in_place<F>(waiter: &mut Pin<Box<Option<F>>>) -> Pin<&mut F> {
    waiter.as_mut().as_pin_mut().expect("it was set")
}
