//! `OnceCell` and `SetOnce`, polled by hand.
#![cfg(any(feature = "std", feature = "critical-section"))]

#[path = "support/hand.rs"]
mod hand;

use std::cell::Cell;
use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use anywhen::sync::{OnceCell, SetError, SetOnce, SetOnceError};

use hand::{TestTask, assert_pending, assert_ready};

#[test]
fn the_first_computes_it_and_the_others_wait() {
    let cell = OnceCell::new();
    let open = Cell::new(false);
    let mut first = TestTask::new(cell.get_or_init(|| async {
        std::future::poll_fn(|_| if open.get() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }).await;
        1
    }));
    assert_pending!(first.poll());
    let mut others = [(); 40].map(|()| TestTask::new(cell.get_or_init(|| async { unreachable!() })));
    for task in &mut others {
        assert_pending!(task.poll());
    }
    assert_eq!(cell.set(2), Err(SetError::InitializingError(2)));
    assert_eq!(cell.get(), None);
    open.set(true);
    assert_eq!(*assert_ready!(first.poll()), 1);
    for task in &mut others {
        assert_eq!(task.wakes(), 1);
        assert_eq!(*assert_ready!(task.poll()), 1);
    }
    assert_eq!(cell.set(2), Err(SetError::AlreadyInitializedError(2)));
}

#[test]
fn when_one_fails_the_next_tries_its_own() {
    let cell = OnceCell::new();
    let fails = Rc::new(Cell::new(false));
    let mut first = TestTask::new(cell.get_or_try_init(|| {
        let fails = Rc::clone(&fails);
        std::future::poll_fn(move |_| match fails.get() {
            true => std::task::Poll::Ready(Err::<u32, _>("no")),
            false => std::task::Poll::Pending,
        })
    }));
    assert_pending!(first.poll());
    let mut second = TestTask::new(cell.get_or_try_init(|| ready(Ok::<_, ()>(2))));
    let mut third = TestTask::new(cell.get_or_try_init(|| ready(Ok::<_, ()>(3))));
    assert_pending!(second.poll());
    assert_pending!(third.poll());
    fails.set(true);
    assert_eq!(first.poll(), std::task::Poll::Ready(Err("no")));
    assert_eq!((second.wakes(), third.wakes()), (1, 0));
    assert_eq!(second.poll(), std::task::Poll::Ready(Ok(&2)));
    assert_eq!(third.wakes(), 1);
    assert_eq!(third.poll(), std::task::Poll::Ready(Ok(&2)));
    // What is there is not computed again, and a closure that was not needed is dropped.
    assert_eq!(Rc::strong_count(&fails), 1);
}

#[test]
fn an_initialiser_that_panics_or_is_dropped_lets_the_next_one_try() {
    #[derive(Debug)]
    enum How {
        DropsRunning,
        DropsGranted,
        PanicsInTheClosure,
        PanicsInTheFuture,
    }

    for how in [How::DropsRunning, How::DropsGranted, How::PanicsInTheClosure, How::PanicsInTheFuture] {
        let cell = OnceCell::new();
        let mut first = TestTask::new(cell.get_or_init(pending::<u32>));
        assert_pending!(first.poll());
        let mut second = TestTask::new(cell.get_or_init(|| {
            assert!(!matches!(how, How::PanicsInTheClosure), "in the closure");
            async {
                assert!(!matches!(how, How::PanicsInTheFuture), "in the future");
                pending().await
            }
        }));
        assert_pending!(second.poll());
        let mut third = TestTask::new(cell.get_or_init(|| ready(3)));
        assert_pending!(third.poll());

        drop(first);
        assert_eq!((second.wakes(), third.wakes()), (1, 0), "{how:?}");
        match how {
            How::DropsGranted => drop(second),
            How::DropsRunning => {
                assert_pending!(second.poll());
                assert_eq!(third.wakes(), 0, "{how:?}");
                drop(second);
            }
            _ => assert!(catch_unwind(AssertUnwindSafe(|| second.poll().is_ready())).is_err(), "{how:?}"),
        }
        assert_eq!(third.wakes(), 1, "{how:?}");
        assert_eq!(*assert_ready!(third.poll()), 3, "{how:?}");
    }
}

#[cfg(feature = "testing")]
#[test]
fn dropping_it_at_any_poll_leaves_the_cell_usable() {
    let cell = OnceCell::new();
    let polls = anywhen::testing::cancel_at_every_poll(
        || async {
            let slow = cell.get_or_try_init(|| async {
                anywhen::future::yield_now().await;
                anywhen::future::yield_now().await;
                Err::<(), _>(())
            });
            slow.await.unwrap_err();
        },
        |k| {
            assert!(!cell.initialized());
            let mut init = TestTask::new(cell.get_or_try_init(|| ready(Err(()))));
            assert!(init.poll().is_ready(), "nobody can initialise it after a cancel at poll {k}");
        },
    );
    assert!(polls > 2);
}

#[test]
fn nobody_jumps_the_queue_when_the_right_is_handed_on() {
    let cell = OnceCell::new();
    let mut first = TestTask::new(cell.get_or_init(pending));
    assert_pending!(first.poll());
    let mut second = TestTask::new(cell.get_or_init(|| ready(2)));
    assert_pending!(second.poll());
    drop(first);
    assert!(cell.set(9).unwrap_err().is_initializing_err());
    let mut late = TestTask::new(cell.get_or_init(|| ready(9)));
    assert_pending!(late.poll());
    assert_eq!(*assert_ready!(second.poll()), 2);
    assert_eq!(*assert_ready!(late.poll()), 2);
}

#[test]
fn the_value_is_owned_dropped_and_given_back() {
    let value = Arc::new(());
    let count = || Arc::strong_count(&value);
    let cell = OnceCell::from(Arc::clone(&value));
    assert_eq!(count(), 2);
    drop(cell);
    assert_eq!(count(), 1);

    let mut cell = OnceCell::new_with(Some(Arc::clone(&value)));
    assert!(cell.get_mut().is_some());
    assert!(cell.take().is_some());
    assert!(cell.take().is_none() && cell.get_mut().is_none());
    assert_eq!(count(), 1);
    assert!(cell.set(Arc::clone(&value)).is_ok());
    let copy = cell.clone();
    assert_eq!(cell, copy);
    assert_eq!(count(), 3);
    assert!(cell.into_inner().is_some());
    drop(copy);
    assert_eq!(count(), 1);
    assert_eq!(OnceCell::<u8>::new_with(None).into_inner(), None);

    let cell = SetOnce::new_with(Some(Arc::clone(&value)));
    assert_eq!((cell.clone(), count()), (cell, 2 + 1));
    assert_eq!(count(), 1);
    assert!(SetOnce::from(Arc::clone(&value)).into_inner().is_some());
    assert_eq!(SetOnce::<u8>::default().into_inner(), None);
}

#[test]
fn setting_it_lets_all_go_who_wait() {
    static CELL: SetOnce<u32> = SetOnce::const_new();
    let mut waits = [(); 40].map(|()| TestTask::new(CELL.wait()));
    for task in &mut waits {
        assert_pending!(task.poll());
    }
    assert_eq!(CELL.set(1), Ok(()));
    assert_eq!(CELL.set(2), Err(SetOnceError(2)));
    for task in &mut waits {
        assert_eq!(task.wakes(), 1);
        assert_eq!(*assert_ready!(task.poll()), 1);
    }
    assert_eq!(*assert_ready!(TestTask::new(CELL.wait()).poll()), 1);
    assert!(CELL.initialized());
}

#[test]
fn what_they_are_is_told() {
    assert_eq!(format!("{:?}", OnceCell::from(1)), "OnceCell { value: Some(1) }");
    assert_eq!(format!("{:?}", SetOnce::<u8>::new()), "SetOnce { value: None }");
    assert_eq!(SetError::InitializingError(1).to_string(), "the cell is being initialized");
    assert_eq!(SetError::AlreadyInitializedError(1).to_string(), "the cell was initialized already");
    assert_eq!(SetOnceError(1).to_string(), "the cell was set already");
}

#[cfg(feature = "testing")]
#[test]
fn a_waker_that_panics_does_not_keep_the_right_to_initialise() {
    use anywhen::testing::{CountingWaker, WakerEvent};
    use std::sync::atomic::{AtomicBool, Ordering};
    let cell = Arc::new(OnceCell::new());
    let first = Arc::new(std::sync::Mutex::new(Some(Box::pin({
        let cell = Arc::clone(&cell);
        async move { *cell.get_or_init(pending::<u32>).await }
    }))));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(first.lock().unwrap().as_mut().unwrap().as_mut().poll(&mut cx).is_pending());
    let (gone, once) = (Arc::clone(&first), AtomicBool::new(false));
    let bad = CountingWaker::hooked(move |event| match event {
        // The initialiser goes away just before the other one would queue.
        WakerEvent::Clone if !once.swap(true, Ordering::Relaxed) => drop(gone.lock().unwrap().take()),
        WakerEvent::Drop if !std::thread::panicking() => panic!("a waker that panics"),
        _ => {}
    });
    let waker = std::mem::ManuallyDrop::new(bad.waker());
    let polled = catch_unwind(AssertUnwindSafe(|| {
        let mut asks = std::pin::pin!(cell.get_or_init(async || 1));
        asks.as_mut().poll(&mut std::task::Context::from_waker(&waker)).map(|value| *value)
    }));
    assert!(polled.is_err());
    assert_eq!(cell.set(2), Ok(()));
}
