//! Crowds that wait for something to happen: for one each, for all at once, or for a right that is handed on.

use std::future::{Future, pending, ready};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};

use anywhen::sync::{Barrier, CancellationToken, Condvar, Event, Mutex, Notify, OnceCell, SetOnce, WaitGroup};

use super::primitives::{once, one_by_one};
use super::sync::pass_through;
use crate::arena::{Arena, Seat, Setting};

pub(super) const SETTINGS: &[Setting] = &[
    notified_one_by_one,
    notified_from_the_back,
    notified_at_once,
    event,
    barrier,
    set_once,
    get_or_init,
    get_or_try_init,
    wait_group,
    condvar,
    cancelled,
    cancelled_with_their_parent,
];

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Does it so many times: what happens while nobody waits may not be kept.
fn times(mut left: usize, mut release: impl FnMut() + 'static) -> impl FnMut() -> bool + 'static {
    move || {
        let more = left > 0;
        if more {
            left -= 1;
            release();
        }
        more
    }
}

/// A crowd that waits to be notified.
fn notified(how: &str, crowd: usize, notify: &Arc<Notify>) -> Arena {
    let (waited, touched, idle) = (Arc::clone(notify), Arc::clone(notify), Arc::clone(notify));
    let wait = move |_: usize, seat: Seat| {
        let notified = Arc::clone(&waited).notified_owned();
        async move {
            notified.await;
            seat.keep(()).await;
        }
    };
    let touch = move || {
        if poll(pin!(touched.notified())) {
            // It was meant for another.
            touched.notify_one();
        }
    };
    let check = move || assert!(format!("{idle:?}").ends_with("waiters: 0 }"), "{idle:?}");
    Arena::new::<Notify, _>(how, crowd, wait).touch(touch).check(check)
}

fn notified_one_by_one(crowd: usize) -> Arena {
    let notify = Arc::new(Notify::new());
    notified("notify_one", crowd, &notify).release(times(2 * crowd + 2, move || notify.notify_one()))
}

fn notified_from_the_back(crowd: usize) -> Arena {
    let notify = Arc::new(Notify::new());
    notified("notify_last", crowd, &notify).release(times(2 * crowd + 2, move || notify.notify_last()))
}

fn notified_at_once(crowd: usize) -> Arena {
    let notify = Arc::new(Notify::new());
    notified("notify_waiters", crowd, &notify).release(times(2, move || notify.notify_waiters()))
}

fn event(crowd: usize) -> Arena {
    let event = Arc::new(Event::new());
    let (waited, touched, idle) = (Arc::clone(&event), Arc::clone(&event), Arc::clone(&event));
    let wait = move |_: usize, seat: Seat| {
        let event = Arc::clone(&waited);
        async move {
            event.wait().await;
            seat.keep(()).await;
        }
    };
    Arena::new::<Event, _>("wait", crowd, wait)
        .release(once(move || event.set()))
        .touch(move || pass_through(touched.wait()))
        .check(move || assert_eq!(format!("{idle:?}"), "Event { is_set: true, waiters: 0 }"))
}

/// One more than the crowd is needed.
fn barrier(crowd: usize) -> Arena {
    let barrier = Arc::new(Barrier::new(crowd + 1));
    let begun = Arc::new(AtomicUsize::new(0));
    let (waited, touched, idle) = (Arc::clone(&barrier), Arc::clone(&barrier), Arc::clone(&barrier));
    let counted = Arc::clone(&begun);
    let wait = move |_: usize, seat: Seat| {
        let (barrier, begun) = (Arc::clone(&waited), Arc::clone(&counted));
        async move {
            begun.fetch_add(1, Ordering::SeqCst);
            seat.keep(barrier.wait().await).await;
        }
    };
    let mut released = 0;
    let release = move || {
        arrive(&barrier, crowd + 1);
        let before = std::mem::replace(&mut released, begun.load(Ordering::SeqCst));
        before < released
    };
    Arena::new::<Barrier, _>("wait", crowd, wait)
        .release(release)
        // It must not arrive: it could be the last.
        .touch(move || drop(touched.wait()))
        .check(move || assert!(format!("{idle:?}").ends_with("arrived: 0 }"), "{idle:?}"))
}

/// Arrives as often as it takes, for whoever of the crowd has left, and withdraws where it was too often.
fn arrive(barrier: &Barrier, most: usize) {
    let mut wait = pin!(barrier.wait());
    if !poll(wait.as_mut()) && most > 1 {
        arrive(barrier, most - 1);
    }
}

fn set_once(crowd: usize) -> Arena {
    let cell = Arc::new(SetOnce::new());
    let (waited, touched, idle) = (Arc::clone(&cell), Arc::clone(&cell), Arc::clone(&cell));
    let wait = move |_: usize, seat: Seat| {
        let cell = Arc::clone(&waited);
        async move { seat.keep(*cell.wait().await).await }
    };
    Arena::new::<SetOnce<u8>, _>("wait", crowd, wait)
        .release(once(move || assert_eq!(cell.set(1), Ok(()))))
        .touch(move || pass_through(touched.wait()))
        .check(move || assert_eq!(idle.get(), Some(&1)))
}

/// The first initialiser is dropped; the second makes the value, for all of them.
fn get_or_init(crowd: usize) -> Arena {
    let cell = Arc::new(OnceCell::new());
    let (waited, touched) = (Arc::clone(&cell), Arc::clone(&cell));
    let wait = move |who: usize, seat: Seat| {
        let cell = Arc::clone(&waited);
        async move { seat.keep(*cell.get_or_init(|| ready(who)).await).await }
    };
    Arena::new::<OnceCell<usize>, _>("get_or_init", crowd, wait)
        .release(one_by_one(vec![stuck(Arc::clone(&cell))]))
        .touch(move || pass_through(touched.get_or_init(pending)))
        .check(move || assert!(poll(pin!(cell.get_or_init(|| ready(0))))))
}

/// An initialiser that never ends. It is running.
fn stuck(cell: Arc<OnceCell<usize>>) -> Pin<Box<impl Future<Output = ()>>> {
    let mut stuck = Box::pin(async move {
        cell.get_or_init(pending).await;
    });
    assert!(!poll(stuck.as_mut()));
    stuck
}

/// All initialisers fail, one after the other.
fn get_or_try_init(crowd: usize) -> Arena {
    let cell = Arc::new(OnceCell::new());
    let (waited, touched) = (Arc::clone(&cell), Arc::clone(&cell));
    let wait = move |who: usize, seat: Seat| {
        let cell = Arc::clone(&waited);
        async move { seat.keep(cell.get_or_try_init(|| ready(Err(who))).await.copied()).await }
    };
    Arena::new::<OnceCell<usize>, _>("get_or_try_init", crowd, wait)
        .release(one_by_one(vec![stuck(Arc::clone(&cell))]))
        .touch(move || pass_through(touched.get_or_try_init(|| ready(Err(())))))
        .check(move || assert_eq!(cell.set(0), Ok(())))
}

fn wait_group(crowd: usize) -> Arena {
    let group = Arc::new(WaitGroup::new());
    let (waited, touched, idle) = (Arc::clone(&group), Arc::clone(&group), Arc::clone(&group));
    let wait = move |_: usize, seat: Seat| {
        let group = Arc::clone(&waited);
        async move {
            group.wait().await;
            seat.keep(()).await;
        }
    };
    let token = group.token_owned();
    let touch = move || {
        drop(touched.token());
        pass_through(touched.wait());
    };
    Arena::new::<WaitGroup, _>("wait", crowd, wait)
        .release(one_by_one(vec![token.clone(), token.clone(), token]))
        .touch(touch)
        .check(move || assert_eq!(format!("{idle:?}"), "WaitGroup { tokens: 0, waiters: 0 }"))
}

fn condvar(crowd: usize) -> Arena {
    let pair = Arc::new((Mutex::new(()), Condvar::new()));
    let (waited, touched, idle) = (Arc::clone(&pair), Arc::clone(&pair), Arc::clone(&pair));
    let wait = move |_: usize, seat: Seat| {
        let pair = Arc::clone(&waited);
        async move {
            let guard = pair.0.lock().await;
            seat.keep(pair.1.wait(guard).await).await;
        }
    };
    let touch = move || {
        if let Ok(guard) = touched.0.try_lock() {
            pass_through(touched.1.wait(guard));
        }
    };
    let check = move || {
        assert!(idle.0.try_lock().is_ok(), "still locked");
        assert_eq!(format!("{:?}", idle.1), "Condvar { waiters: 0 }");
    };
    Arena::new::<Condvar, _>("wait", crowd, wait)
        .release(times(2 * crowd + 2, move || pair.1.notify_one()))
        .one_at_a_time()
        .touch(touch)
        .check(check)
}

/// A crowd that waits for `token_of(n)`, under `root` or the same.
fn tokens(how: &str, crowd: usize, root: &CancellationToken, token_of: impl Fn(usize) -> CancellationToken) -> Arena {
    let (cancelled, touched) = (root.clone(), root.clone());
    let waited: Vec<_> = (0..crowd).map(token_of).collect();
    let idle = waited.clone();
    let wait = move |n: usize, seat: Seat| {
        let token = waited[n].clone();
        async move {
            token.cancelled().await;
            seat.keep(()).await;
        }
    };
    Arena::new::<CancellationToken, _>(how, crowd, wait)
        .release(once(move || cancelled.cancel()))
        .touch(move || {
            pass_through(touched.child_token().cancelled_owned());
            touched.child_token().cancel();
        })
        .check(move || assert!(idle.iter().all(|token| token.is_cancelled() && token.waiters() == 0)))
}

fn cancelled(crowd: usize) -> Arena {
    let root = CancellationToken::new();
    tokens("cancelled", crowd, &root, |_| root.clone())
}

/// A token for each, some below others.
fn cancelled_with_their_parent(crowd: usize) -> Arena {
    let root = CancellationToken::new();
    let between = root.child_token();
    tokens("cancelled, with the parent", crowd, &root, |n| match n % 3 {
        0 => root.child_token(),
        1 => between.child_token(),
        _ => between.child_token().child_token(),
    })
}
