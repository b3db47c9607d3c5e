//! A panic of a child, of its destructor or of a closure reaches whoever awaits, ends the future, and leaks nothing.

use std::future::{Future, Ready, pending, poll_fn, ready};
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anywhen::future::{FutureExt, lazy};
use anywhen::prelude::*;
use anywhen::retry::retry;
use anywhen::rt::Std;
use anywhen::stream;
use anywhen::task::{spawn, spawn_blocking};
use anywhen::testing::CountingWaker;
use anywhen::time::Duration;

use crate::registry;
use crate::stage::{After, Entry, Planted, Stage, Subject, Verdict, judge, message_of, panic_of};

/// The child panics at its first poll, after waiting, or when it is dropped early or at its end.
fn law_of_children(mut stage: Stage<'_>, variant: usize) -> Verdict {
    let (Some(child), true) = (stage.child.clone(), stage.blow.is_some()) else { return Verdict::Done };
    let count = CountingWaker::new();
    let waker = count.waker();
    let mut panics = Vec::new();
    if variant > 0 {
        assert!(stage.poll(&waker).is_pending() || stage.at_once);
    }
    let waits = variant > 0 && !stage.at_once;
    match variant {
        0 | 1 => (stage.blow.as_mut().unwrap())(),
        2 => child.blow_at_the_end(),
        _ => {
            child.blow_at_the_end();
            panics.extend(panic_of(|| stage.release()));
        }
    }
    if variant == 0 || (waits && variant != 2) {
        let mut poll = Poll::Pending;
        let panic = panic_of(|| poll = stage.poll(&waker));
        // It comes out of the poll, or the poll gives it as a value: nobody is left waiting.
        assert!(panic.is_some() || poll.is_ready(), "a panic is lost, and whoever awaits it waits for ever");
        assert!(stage.after == After::Stays || stage.future.as_ref().unwrap().is_terminated(), "not terminated");
        panics.extend(panic);
    }
    panics.extend(panic_of(|| stage.future = None));
    panics.extend(panic_of(|| stage.release()));
    let expected = if variant < 2 { "the leaf blows" } else { "the leaf's end blows" };
    assert!(panics.len() <= 1 && panics.iter().all(|panic| panic == expected), "{panics:?}");
    assert_eq!(child.leaves(), 0, "the child is leaked");
    drop(waker);
    stage.finish();
    assert_eq!(count.live(), 0, "a waker is leaked");
    Verdict::after(variant, 4)
}

#[test]
fn a_child_that_panics_reaches_whoever_awaits_and_leaks_nothing() {
    judge(&registry::all(), law_of_children);
}

#[test]
fn a_child_that_is_lost_in_a_panic_is_caught() {
    let leaks: Entry = |body| {
        body(Stage::over(|leaf| {
            let mut leaf = ManuallyDrop::new(Box::pin(leaf));
            Planted::new(poll_fn(move |cx| Future::poll(leaf.as_mut(), cx)))
        }));
    };
    let message = panic_of(|| judge(&[leaks], law_of_children)).expect("should be caught");
    assert!(message.contains("not terminated") || message.contains("the child is leaked"), "{message}");

    let swallows: Entry = |body| {
        body(Stage::over(|leaf| {
            let mut leaf = Box::pin(leaf);
            Planted::new(poll_fn(move |cx| {
                let mut poll = Poll::Pending;
                let _panic = panic_of(|| poll = Future::poll(leaf.as_mut(), cx));
                poll
            }))
        }));
    };
    let message = panic_of(|| judge(&[swallows], law_of_children)).expect("should be caught");
    assert!(message.contains("a panic is lost"), "{message}");
}

/// A closure's own, of which none may be left.
type Held = Arc<()>;

/// A future with a closure that panics.
type Closure = (&'static str, fn(Held) -> Pin<Box<dyn Subject>>);

fn blow<T>(_held: &Held) -> T {
    panic!("the closure blows")
}

fn fails(held: &Held) -> impl FnMut() -> Ready<Result<Held, Held>> + use<> {
    let held = Arc::clone(held);
    move || ready(Err(Arc::clone(&held)))
}

/// Two items to look at.
fn items(held: &Held) -> impl stream::Stream<Item = Held> + use<> {
    stream::iter([Arc::clone(held), Arc::clone(held)])
}

const CLOSURES: &[Closure] = &[
    ("map", |held| Box::pin(ready(()).map(move |()| blow::<()>(&held)))),
    ("then", |held| Box::pin(ready(()).then(move |()| blow::<Ready<()>>(&held)))),
    ("inspect", |held| Box::pin(ready(Arc::clone(&held)).inspect(move |_| blow(&held)))),
    ("lazy", |held| Box::pin(lazy(move |_| blow::<()>(&held)))),
    ("retry: the operation", |held| Box::pin(retry(move || blow::<Ready<Result<(), ()>>>(&held)))),
    ("retry: an attempt", |held| {
        Box::pin(retry(move || {
            let held = Arc::clone(&held);
            async move { blow::<Result<(), ()>>(&held) }
        }))
    }),
    ("retry: when", |held| Box::pin(retry(fails(&held)).when(move |_| blow(&held)))),
    ("retry: when_result", |held| Box::pin(retry(fails(&held)).when_result(move |_| blow(&held)))),
    ("retry: delay_from", |held| Box::pin(retry(fails(&held)).delay_from(move |_| blow(&held)))),
    ("retry: on_retry", |held| Box::pin(retry(fails(&held)).on_retry(move |_| blow(&held)))),
    ("retry: a delay", |held| {
        let (op, held) = (fails(&held), Some(held));
        Box::pin(retry(op).backoff(std::iter::repeat_with(move || blow(held.as_ref().unwrap()))))
    }),
    ("join beside others", |held| {
        let other = Arc::clone(&held);
        Box::pin((ready(other), ready(()).map(move |()| blow::<()>(&held)), pending::<()>()).join())
    }),
    ("race beside others", |held| {
        let other = Arc::clone(&held);
        Box::pin((pending::<()>().map(move |()| drop(other)), ready(()).map(move |()| blow::<()>(&held))).race())
    }),
    ("stream: map", |held| Box::pin(items(&held).map(move |_| blow::<()>(&held)).count())),
    ("stream: then", |held| Box::pin(items(&held).then(move |_| blow::<Ready<()>>(&held)).count())),
    ("stream: filter", |held| Box::pin(items(&held).filter(move |_| blow::<Ready<bool>>(&held)).count())),
    ("stream: a filter's future", |held| {
        let says = move |_: &Held| {
            let held = Arc::clone(&held);
            ready(()).map(move |()| blow::<bool>(&held))
        };
        Box::pin(items(&Held::default()).filter(says).count())
    }),
    ("stream: chunks, one of which has begun", |held| {
        let other = Arc::clone(&held);
        let second = items(&other).map(move |_| blow::<Held>(&held));
        Box::pin(items(&other).chain(second).chunks(10).count())
    }),
    ("stream: fold", |held| Box::pin(items(&held).fold(0, move |_, _| blow::<Ready<u8>>(&held)))),
    ("stream: try_for_each", |held| {
        Box::pin(items(&held).map(Ok::<_, ()>).try_for_each(move |_| blow::<Ready<Result<(), ()>>>(&held)))
    }),
    ("stream: unfold", |held| {
        let begin = Arc::clone(&held);
        Box::pin(stream::unfold(begin, move |_| blow::<Ready<Option<((), Held)>>>(&held)).count())
    }),
    ("timeout", |held| Box::pin(lazy(move |_| blow::<()>(&held)).timeout(Duration::from_secs(1)))),
];

/// Each closure whose panic does not go as it should, as a line for the reader.
fn wrong(closures: &[Closure]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, make) in closures {
        let held = Held::default();
        let mut future = make(Arc::clone(&held));
        let panic = panic_of(|| {
            let _poll = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        });
        if panic.as_deref() != Some("the closure blows") {
            found.push(format!("{name}: does not reach whoever polls"));
        }
        if !future.is_terminated() {
            found.push(format!("{name}: goes on after a panic"));
        }
        drop(future);
        if Arc::strong_count(&held) > 1 {
            found.push(format!("{name}: leaks"));
        }
    }
    found
}

#[test]
fn a_closure_that_panics_reaches_whoever_awaits_and_leaks_nothing() {
    let found = wrong(CLOSURES);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn work_that_panics_reaches_its_handle() {
    let held = Held::default();
    let (in_task, in_work) = (Arc::clone(&held), Arc::clone(&held));
    let panics = [spawn(async move { blow::<()>(&in_task) }), spawn_blocking(move || blow::<()>(&in_work))];
    for handle in panics {
        let payload = Std.block_on(handle).unwrap_err().into_panic();
        assert_eq!(message_of(payload), "the closure blows");
    }
    // The runtime lets go of a task when it has told of its end.
    while Arc::strong_count(&held) > 1 {
        std::thread::yield_now();
    }
}

#[test]
fn a_closure_that_is_lost_in_a_panic_is_caught() {
    const PLANTED: &[Closure] = &[
        ("forgets", |held| {
            Box::pin(Planted::new(poll_fn(move |_| {
                std::mem::forget(Arc::clone(&held));
                blow::<Poll<()>>(&held)
            })))
        }),
        ("swallows", |held| {
            Box::pin(Planted::new(poll_fn(move |_| {
                let _panic = panic_of(|| blow(&held));
                Poll::Ready(())
            })))
        }),
    ];
    let expected = ["forgets: goes on after a panic", "forgets: leaks", "swallows: does not reach whoever polls"];
    assert_eq!(wrong(PLANTED), expected);
}
