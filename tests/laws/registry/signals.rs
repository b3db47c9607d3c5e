//! Futures that wait for something to happen. A waker that calls back signals nothing, but joins and leaves the queue.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use anywhen::sync::condvar::CondvarWait;
use anywhen::sync::{
    Barrier, CancellationToken, Condvar, Event, Mutex, MutexGuard, Notify, OnceCell, SetOnce, WaitGroup,
};

use super::sync::pass_through;
use crate::stage::{After, Entry, Gate, Stage};

pub(super) const ENTRIES: &[Entry] = &[
    notified,
    notified_by_all,
    notified_owned,
    event,
    barrier,
    set_once,
    get_or_init,
    get_or_try_init,
    get_behind_another,
    wait_group,
    condvar,
    condvar_under_the_lock,
    condvar_owned,
    condvar_while,
    cancelled,
    cancelled_with_its_parent,
    runs_until_it_is_ready,
    runs_until_it_is_cancelled,
    runs_owned_until_it_is_ready,
    runs_owned_until_it_is_cancelled,
];

fn touch_notify(notify: &Arc<Notify>) -> impl Fn() + Send + Sync + use<> {
    let notify = Arc::clone(notify);
    move || {
        // Those behind, so that no notification is taken.
        pass_through(Arc::clone(&notify).notified_owned());
        notify.notify_waiters();
    }
}

/// A notification is neither lost nor doubled.
fn check_notify(notify: &Notify) {
    notify.notify_one();
    pass_through(notify.notified());
    assert!(format!("{notify:?}").contains("permit: false, waiters: 0"), "{notify:?}");
}

fn notified(body: &mut dyn FnMut(Stage<'_>)) {
    let notify = Arc::new(Notify::new());
    let mut once = true;
    let release = || {
        if std::mem::take(&mut once) {
            notify.notify_one();
        }
    };
    let stage = Stage::new(notify.notified(), release).after(After::Stays);
    body(stage.touch(touch_notify(&notify)).check(|| check_notify(&notify)));
}

fn notified_by_all(body: &mut dyn FnMut(Stage<'_>)) {
    let notify = Arc::new(Notify::new());
    let stage = Stage::new(notify.notified(), || notify.notify_waiters()).after(After::Stays);
    body(stage.touch(touch_notify(&notify)).check(|| check_notify(&notify)));
}

fn notified_owned(body: &mut dyn FnMut(Stage<'_>)) {
    let notify = Arc::new(Notify::new());
    let stage = Stage::new(Arc::clone(&notify).notified_owned(), || notify.notify_last()).after(After::Stays);
    body(stage.touch(touch_notify(&notify)).check(|| check_notify(&notify)));
}

fn event(body: &mut dyn FnMut(Stage<'_>)) {
    let event = Arc::new(Event::new());
    let touched = Arc::clone(&event);
    let touch = move || {
        pass_through(touched.wait());
        touched.reset();
        touched.set();
    };
    let check = || {
        assert!(event.is_set());
        assert!(format!("{event:?}").contains("waiters: 0"), "{event:?}");
    };
    body(Stage::new(event.wait(), || event.set()).after(After::Stays).touch(touch).check(check));
}

/// Two more arrivals are the release.
fn barrier(body: &mut dyn FnMut(Stage<'_>)) {
    let barrier = Arc::new(Barrier::new(3));
    let mut once = true;
    let release = || {
        if std::mem::take(&mut once) {
            let mut second = pin!(barrier.wait());
            let mut cx = Context::from_waker(Waker::noop());
            let _first_is_gone = second.as_mut().poll(&mut cx);
            pass_through(barrier.wait());
        }
    };
    let touched = Arc::clone(&barrier);
    let check = || assert!(format!("{barrier:?}").contains("n: 3"), "{barrier:?}");
    body(Stage::new(barrier.wait(), release).touch(move || pass_through(touched.wait())).check(check));
}

fn set_once(body: &mut dyn FnMut(Stage<'_>)) {
    let cell = Arc::new(SetOnce::new());
    let touched = Arc::clone(&cell);
    let check = || assert_eq!(cell.get(), Some(&1));
    let release = || {
        let _again = cell.set(1);
    };
    let stage = Stage::new(cell.wait(), release);
    body(stage.touch(move || pass_through(touched.wait())).check(check));
}

/// Calls everything of a cell that leaves it empty.
fn touch_cell(cell: &Arc<OnceCell<()>>) -> impl Fn() + Send + Sync + use<> {
    let cell = Arc::clone(cell);
    move || {
        pass_through(cell.get_or_init(pending));
        pass_through(cell.get_or_try_init(|| std::future::ready(Err(()))));
    }
}

/// Whatever came before, somebody can use it.
fn check_cell(cell: &OnceCell<()>) {
    let mut init = pin!(cell.get_or_init(|| std::future::ready(())));
    assert!(init.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready(), "nobody can initialise it");
}

fn get_or_init(body: &mut dyn FnMut(Stage<'_>)) {
    let cell = Arc::new(OnceCell::new());
    let stage = Stage::over(|leaf| cell.get_or_init(move || leaf));
    let mut check_leaf = stage.check;
    let stage = Stage { check: Box::new(|| ()), ..stage };
    let check = || {
        check_leaf();
        check_cell(&cell);
    };
    body(stage.touch(touch_cell(&cell)).check(check));
}

fn get_or_try_init(body: &mut dyn FnMut(Stage<'_>)) {
    let cell = Arc::new(OnceCell::new());
    let gate = Gate::default();
    let leaf = gate.leaf();
    let init = async move || {
        leaf.await;
        Err(())
    };
    let stage = Stage::new(cell.get_or_try_init(init), gate.opener());
    body(stage.touch(touch_cell(&cell)).check(|| check_cell(&cell)));
}

/// Another is at it, and gives up.
fn get_behind_another(body: &mut dyn FnMut(Stage<'_>)) {
    let cell = Arc::new(OnceCell::new());
    let mut first = Some(Box::pin(cell.get_or_init(pending)));
    assert!(first.as_mut().unwrap().as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let stage = Stage::new(cell.get_or_init(|| std::future::ready(())), move || drop(first.take()));
    body(stage.touch(touch_cell(&cell)).check(|| check_cell(&cell)));
}

fn wait_group(body: &mut dyn FnMut(Stage<'_>)) {
    let group = Arc::new(WaitGroup::new());
    let mut token = Some(Arc::clone(&group).token_owned());
    let touched = Arc::clone(&group);
    let touch = move || {
        pass_through(touched.wait());
        drop(touched.token());
    };
    let check = || assert!(format!("{group:?}").contains("tokens: 0, waiters: 0"), "{group:?}");
    body(Stage::new(group.wait(), move || drop(token.take())).after(After::Stays).touch(touch).check(check));
}

/// Calls everything of a condvar that notifies nobody.
fn touch_condvar(pair: &Arc<(Mutex<bool>, Condvar)>) -> impl Fn() + Send + Sync + use<> {
    let pair = Arc::clone(pair);
    move || {
        if let Ok(guard) = pair.0.try_lock() {
            pass_through(pair.1.wait(guard));
        }
    }
}

fn check_condvar(pair: &(Mutex<bool>, Condvar)) {
    assert!(pair.0.try_lock().is_ok(), "still locked");
    assert!(format!("{:?}", pair.1).contains("waiters: 0"), "{:?}", pair.1);
}

fn condvar(body: &mut dyn FnMut(Stage<'_>)) {
    let pair = Arc::new((Mutex::new(false), Condvar::new()));
    let wait = pair.1.wait(pair.0.try_lock().unwrap());
    let stage = Stage::new(wait, || pair.1.notify_one());
    body(stage.touch(touch_condvar(&pair)).check(|| check_condvar(&pair)));
}

/// It has been notified, and waits for the lock.
fn condvar_under_the_lock(body: &mut dyn FnMut(Stage<'_>)) {
    let pair = Arc::new((Mutex::new(false), Condvar::new()));
    let mut wait = Box::pin(pair.1.wait(pair.0.try_lock().unwrap()));
    assert!(wait.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let mut guard = Some(pair.0.try_lock().unwrap());
    pair.1.notify_one();
    let stage = Stage::new(wait, move || drop(guard.take()))
        .named::<CondvarWait<'_, MutexGuard<'_, bool>>>()
        .panics_as("CondvarWait");
    body(stage.touch(touch_condvar(&pair)).check(|| check_condvar(&pair)));
}

fn condvar_owned(body: &mut dyn FnMut(Stage<'_>)) {
    let pair = Arc::new((Mutex::new(false), Condvar::new()));
    let mutex = Arc::new(Mutex::new(()));
    let wait = pair.1.wait(Arc::clone(&mutex).try_lock_owned().unwrap());
    let stage = Stage::new(wait, || pair.1.notify_one());
    let check = || {
        check_condvar(&pair);
        assert!(mutex.try_lock().is_ok(), "still locked");
    };
    body(stage.touch(touch_condvar(&pair)).check(check));
}

fn condvar_while(body: &mut dyn FnMut(Stage<'_>)) {
    let pair = Arc::new((Mutex::new(false), Condvar::new()));
    let wait = pair.1.wait_while(pair.0.try_lock().unwrap(), |done| !*done);
    let release = || {
        // Before the first poll the future has the lock.
        if let Ok(mut done) = pair.0.try_lock() {
            *done = true;
        }
        pair.1.notify_all();
    };
    body(Stage::new(wait, release).touch(touch_condvar(&pair)).check(|| check_condvar(&pair)));
}

/// Calls everything of a token that does not cancel it.
fn touch_token(token: &CancellationToken) -> impl Fn() + Send + Sync + use<> {
    let token = token.clone();
    move || {
        pass_through(token.cancelled());
        let child = token.child_token();
        drop((token.reason(), token.clone()));
        child.child_token().cancel();
    }
}

fn check_token(token: &CancellationToken) {
    assert_eq!(format!("{token:?}"), "CancellationToken { is_cancelled: true, waiters: 0 }");
}

fn cancelled(body: &mut dyn FnMut(Stage<'_>)) {
    let token = CancellationToken::new();
    let stage = Stage::new(token.cancelled(), || token.cancel()).after(After::Stays);
    body(stage.touch(touch_token(&token)).check(|| check_token(&token)));
}

fn cancelled_with_its_parent(body: &mut dyn FnMut(Stage<'_>)) {
    let root = CancellationToken::new();
    let token = root.child_token();
    let stage = Stage::new(token.clone().cancelled_owned(), || root.cancel()).after(After::Stays);
    body(stage.touch(touch_token(&root)).check(|| check_token(&token)));
}

fn runs_until_it_is_ready(body: &mut dyn FnMut(Stage<'_>)) {
    let token = CancellationToken::new();
    let stage = Stage::over(|leaf| token.run_until_cancelled(leaf)).touch(touch_token(&token));
    body(stage);
    assert!(!token.is_cancelled());
    assert_eq!(token.waiters(), 0);
}

fn runs_until_it_is_cancelled(body: &mut dyn FnMut(Stage<'_>)) {
    let token = CancellationToken::new();
    let stage = Stage::new(token.run_until_cancelled(pending::<()>()), || token.cancel());
    body(stage.touch(touch_token(&token)).check(|| check_token(&token)));
}

fn runs_owned_until_it_is_ready(body: &mut dyn FnMut(Stage<'_>)) {
    let token = CancellationToken::new();
    let mine = token.clone();
    body(Stage::over(|leaf| mine.run_until_cancelled_owned(leaf)).touch(touch_token(&token)));
    assert!(!token.is_cancelled());
    assert_eq!(token.waiters(), 0);
}

fn runs_owned_until_it_is_cancelled(body: &mut dyn FnMut(Stage<'_>)) {
    let token = CancellationToken::new();
    let stage = Stage::new(token.clone().run_until_cancelled_owned(pending::<()>()), || token.cancel());
    body(stage.touch(touch_token(&token)).check(|| check_token(&token)));
}
