//! Law 5: no hidden allocation. Waiting, being woken, completing and being dropped allocate nothing; nor does making a
//! future, unless its documentation says so.
//!
//! The whole life of the common ones, as users write them, is counted in `tests/allocations.rs`.

use anywhen::sync::Semaphore;
use anywhen::testing::{CountingAlloc, CountingWaker};

use crate::arena::{self, Arena};
use crate::registry;
use crate::stage::{Entry, Gate, Planted, Stage, Verdict, judge, panic_of};
use crate::toy::{self, Fault};

fn law(mut stage: Stage<'_>, variant: usize) -> Verdict {
    let (first, second) = (CountingWaker::new().waker(), CountingWaker::new().waker());
    let (cost, documented) = (stage.cost, stage.documented_cost);
    assert!(cost.allocs + cost.reallocs == documented || stage.foreign, "making it costs {cost:?}");
    let cancelled = variant == 1;
    let mut ready = false;
    let seen = CountingAlloc::count(|| {
        for waker in [&first, &first, &second] {
            ready = ready || stage.poll(waker).is_ready();
        }
        if !cancelled {
            stage.release();
            for _ in 0..10 {
                ready = ready || stage.poll(&second).is_ready();
            }
        }
        stage.future = None;
    });
    assert!(ready || cancelled, "released, and still pending after ten polls");
    assert!(seen.is_zero() || stage.foreign, "waiting allocates: {seen:?}");
    stage.finish();
    Verdict::after(variant, 2)
}

#[test]
fn waiting_allocates_nothing() {
    judge(&registry::all(), law);
}

#[test]
fn a_hidden_allocation_is_caught() {
    let allocates: Entry = |body| {
        let gate = Gate::default();
        let mut leaf = Box::pin(gate.leaf());
        let boxes = std::future::poll_fn(move |cx| {
            std::hint::black_box(Box::new(0_u8));
            leaf.as_mut().poll(cx)
        });
        body(Stage::new(Planted::new(boxes), gate.opener()));
    };
    let message = panic_of(|| judge(&[allocates], law)).expect("should be caught");
    assert!(message.contains("waiting allocates"), "{message}");

    let boxed_when_made: Entry = |body| body(Stage::over(Planted::new));
    let message = panic_of(|| judge(&[boxed_when_made], law)).expect("should be caught");
    assert!(message.contains("making it costs"), "{message}");
}

/// All wait, change their wakers, are let go, served and gone.
fn law_of_crowds(make: &dyn Fn() -> Arena) {
    for cancelled in [false, true] {
        let mut arena = make();
        let seen = CountingAlloc::count(|| {
            arena.poll_all();
            (0..arena.crowd()).for_each(|who| drop(arena.poll_with_another_waker(who)));
            if cancelled {
                (0..arena.crowd()).step_by(2).for_each(|who| arena.leave(who));
            }
            arena.serve();
            while arena.let_go() {
                arena.serve();
            }
            (0..arena.crowd()).for_each(|who| arena.leave(who));
        });
        assert!(seen.is_zero(), "waiting allocates: {seen:?}");
        arena.finish();
    }
}

/// The feature `diagnostics` keeps books, which grow when more wait than ever did before, whoever they are. That is its own
/// affair; here it has all the room that it will need.
fn open_the_books() {
    for _ in 0..64 {
        let semaphore = Semaphore::new(1024);
        let held: Vec<_> = (0..1024).map(|_| semaphore.try_acquire().unwrap()).collect();
        drop(held);
    }
}

#[test]
fn waiting_for_a_primitive_allocates_nothing() {
    open_the_books();
    arena::judge(&registry::primitives(), law_of_crowds);
}

#[test]
fn a_primitive_that_allocates_is_caught() {
    toy::assert_caught(law_of_crowds, &[(Fault::Allocates, "waiting allocates")]);
}
