//! A destructor that panics while a result is given: that of the future that is done, of an error that is not the result, of a
//! function that is not called. The panic comes out of the poll, and what was to be given is dropped, not leaked.

use std::cell::RefCell;
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use anywhen::future::{self, FutureExt, Shared, TryFutureExt};
use anywhen::testing::TestTask;

/// Something that is counted.
type Counted = Rc<()>;

/// Its destructor panics.
struct Fragile(#[allow(dead_code, reason = "counted")] Counted);

impl Drop for Fragile {
    fn drop(&mut self) {
        panic!("fragile");
    }
}

/// Is ready at once, and panics when it is dropped.
struct FragileFuture<T>(Option<T>, #[allow(dead_code, reason = "dropped")] Fragile);

impl<T> Unpin for FragileFuture<T> {}

impl<T> Future for FragileFuture<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        Poll::Ready(self.0.take().expect("polled once"))
    }
}

/// Polls a future that is ready at once, which must panic; what it was made of is to be gone then.
fn leaks_nothing<F: Future>(make: impl FnOnce(&Counted) -> F) {
    let all = Rc::new(());
    let mut task = TestTask::new(make(&all));
    let poll = catch_unwind(AssertUnwindSafe(|| drop(task.poll())));
    let message = poll.expect_err("the destructor's panic comes out");
    assert_eq!(message.downcast_ref::<&str>(), Some(&"fragile"));
    drop(task);
    assert_eq!(Rc::strong_count(&all), 1, "something was leaked");
}

#[test]
fn select_whose_winner_panics_when_it_is_dropped() {
    let fragile = |all: &Counted| FragileFuture(Some(all.clone()), Fragile(all.clone()));
    let loser = |all: &Counted| {
        pending::<()>().map({
            let all = all.clone();
            move |()| drop(all)
        })
    };
    leaks_nothing(|all| future::select(fragile(all), Box::pin(loser(all))));
    leaks_nothing(|all| future::select(Box::pin(loser(all)), fragile(all)));
}

#[test]
fn try_select_whose_winner_panics_when_it_is_dropped() {
    let loser = |all: &Counted| {
        Box::pin(pending::<Result<(), ()>>().map_ok({
            let all = all.clone();
            move |()| drop(all)
        }))
    };
    for fails in [false, true] {
        let fragile = |all: &Counted| {
            let result = if fails { Err(all.clone()) } else { Ok(all.clone()) };
            FragileFuture(Some(result), Fragile(all.clone()))
        };
        leaks_nothing(|all| future::try_select(fragile(all), loser(all)));
        leaks_nothing(|all| future::try_select(loser(all), fragile(all)));
    }
}

#[test]
fn select_ok_with_an_error_that_panics_when_it_is_dropped() {
    leaks_nothing(|all| {
        let rest = Box::pin(pending().map({
            let all = all.clone();
            move |()| {
                drop(all);
                Ok(Rc::new(()))
            }
        })) as Pin<Box<dyn Future<Output = _>>>;
        future::select_ok([
            Box::pin(ready(Err(Fragile(all.clone())))) as Pin<Box<dyn Future<Output = Result<Counted, Fragile>>>>,
            Box::pin(ready(Ok(all.clone()))),
            rest,
        ])
    });
}

#[test]
fn a_function_that_is_not_called_and_panics_when_it_is_dropped() {
    fn fragile<A, B, F: FnOnce(A) -> B>(all: &Counted, function: F) -> impl FnOnce(A) -> B + use<A, B, F> {
        let fragile = Fragile(all.clone());
        move |value| {
            let _fragile = &fragile;
            function(value)
        }
    }
    fn look<A>(all: &Counted) -> impl FnOnce(&A) + use<A> {
        let fragile = Fragile(all.clone());
        move |_| drop(fragile)
    }
    let ok = |all: &Counted| ready(Ok::<_, Counted>(all.clone()));
    let err = |all: &Counted| ready(Err::<Counted, _>(all.clone()));
    leaks_nothing(|all| err(all).map_ok(fragile(all, |value| value)));
    leaks_nothing(|all| ok(all).map_err(fragile(all, |error| error)));
    leaks_nothing(|all| ok(all).unwrap_or_else(fragile(all, |error| error)));
    leaks_nothing(|all| ok(all).map_ok_or_else(fragile(all, |error| error), |value| value));
    leaks_nothing(|all| err(all).map_ok_or_else(|error| error, fragile(all, |value| value)));
    leaks_nothing(|all| err(all).inspect_ok(look(all)));
    leaks_nothing(|all| ok(all).inspect_err(look(all)));
    leaks_nothing(|all| err(all).and_then(fragile(all, |value| ready(Ok(value)))));
    leaks_nothing(|all| ok(all).or_else(fragile(all, |error| ready(Err::<_, Counted>(error)))));
}

#[test]
fn shared_whose_last_output_panics_when_it_is_dropped() {
    type Others = Rc<RefCell<Vec<Shared<future::Ready<Output>>>>>;

    /// Makes whoever is given a clone the last one who has the original, which panics when it is dropped.
    struct Output {
        counted: Counted,
        others: Others,
        fragile: bool,
    }

    impl Clone for Output {
        fn clone(&self) -> Self {
            drop(self.others.take());
            Self { counted: self.counted.clone(), others: Others::default(), fragile: false }
        }
    }

    impl Drop for Output {
        fn drop(&mut self) {
            assert!(!self.fragile, "fragile");
        }
    }

    leaks_nothing(|all| {
        let others = Others::default();
        let shared = ready(Output { counted: all.clone(), others: Rc::clone(&others), fragile: true }).shared();
        others.borrow_mut().push(shared.clone());
        shared
    });
}
