//! What works on one future, and beside it on its clones, its handle or its closure.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anywhen::future::{
    AbortHandle, Abortable, BoxFuture, FusedFuture, OptionFuture, TryFutureExt, WeakShared, abortable, always_ready,
    poll_immediate, try_maybe_done,
};
use anywhen::prelude::*;
use anywhen::sync::Event;
use futures_core::Stream;
use futures_core::stream::FusedStream;

use super::primitives::once;
use super::sync::pass_through;
use crate::arena::{Arena, Seat, Setting};
use crate::stage::{After, Entry, Gate, Leaf, Stage};

fn fails(leaf: Leaf) -> impl FusedFuture<Output = Result<u8, u8>> {
    leaf.map(|()| Err(1))
}

fn succeeds(leaf: Leaf) -> impl FusedFuture<Output = Result<u8, u8>> {
    leaf.map(|()| Ok(1))
}

pub(super) const ENTRIES: &[Entry] = &[
    |body| body(Stage::over(|leaf| leaf.map_into::<()>())),
    |body| body(Stage::over(|leaf| leaf.unit_error())),
    |body| body(Stage::over(|leaf| leaf.never_error())),
    |body| body(Stage::over(|leaf| leaf.on_drop(|| ()))),
    |body| body(Stage::over(|leaf| succeeds(leaf).map_ok(|n| n + 1))),
    |body| body(Stage::over(|leaf| fails(leaf).map_err(|n| n + 1))),
    |body| body(Stage::over(|leaf| fails(leaf).map_ok_or_else(|n| n + 1, |n| n))),
    |body| body(Stage::over(|leaf| fails(leaf).unwrap_or_else(|n| n + 1))),
    |body| body(Stage::over(|leaf| succeeds(leaf).ok_into::<u32>())),
    |body| body(Stage::over(|leaf| fails(leaf).err_into::<u32>())),
    |body| body(Stage::over(|leaf| succeeds(leaf).inspect_ok(|_| ()))),
    |body| body(Stage::over(|leaf| fails(leaf).inspect_err(|_| ()))),
    |body| body(Stage::over(|leaf| succeeds(leaf).and_then(|n| ready(Ok(n))))),
    |body| body(Stage::over(|leaf| fails(leaf).and_then(|n: u8| ready(Ok(n))))),
    |body| body(Stage::over(|leaf| ready(Ok(1)).and_then(|_: u8| succeeds(leaf)))),
    |body| body(Stage::over(|leaf| fails(leaf).or_else(|n| ready(Ok::<_, ()>(n))))),
    |body| body(Stage::over(|leaf| ready(Err(1)).or_else(|_: u8| succeeds(leaf)))),
    |body| body(Stage::over(|leaf| leaf.map(|()| Ok(ready(Ok::<u8, u8>(1)))).try_flatten())),
    |body| body(Stage::over(|leaf| ready(Ok(fails(leaf))).try_flatten())),
    // What it does when it is done is what its child does.
    |body| {
        let child = |leaf| TryFutureExt::into_future(succeeds(leaf));
        body(Stage::over(child).panics_as("Map"));
    },
    |body| body(Stage::over(|leaf| try_maybe_done(succeeds(leaf))).after(After::Stays)),
    |body| body(Stage::over(|leaf| try_maybe_done(fails(leaf)))),
    |body| body(Stage::over(|leaf| OptionFuture::from(Some(leaf)))),
    |body| body(Stage::over(poll_immediate).at_once().after(After::Stays)),
    |body| body(stream(poll_immediate).at_once()),
    |body| body(Stage::made(|| always_ready(|| 1), || ()).at_once().after(After::Stays)),
    |body| body(stream(|leaf| leaf.into_stream())),
    |body| body(stream(|leaf| ready(leaf.into_stream()).flatten_stream())),
    |body| body(stream(|leaf| leaf.map(|()| ready(1).into_stream()).flatten_stream())),
    |body| {
        body(stream(|leaf| ready(Ok::<_, u8>(succeeds(leaf).into_stream())).try_flatten_stream()));
    },
    |body| {
        body(stream(|leaf| fails(leaf).map_ok(|n| ready(Ok::<u8, u8>(n)).into_stream()).try_flatten_stream()));
    },
    |body| body(Stage::over(|leaf| leaf.shared()).costs(1)),
    |body| {
        body(
            Stage::over(|leaf| {
                let shared = leaf.shared();
                let other = shared.clone();
                drop(shared);
                other
            })
            .costs(1),
        );
    },
    |body| body(Stage::over(|leaf| abortable(leaf).0).costs(1)),
    |body| {
        let (future, handle) = Gate::default().leaf().abortable();
        body(Stage::new(future, move || handle.abort()));
    },
    |body| {
        body(
            stream(|leaf| {
                let (_, registration) = AbortHandle::new_pair();
                Abortable::new(leaf.into_stream(), registration)
            })
            .costs(1),
        );
    },
    |body| {
        // A panic is the handle's affair, so that is there, and awaited when all is over.
        let mut kept = None;
        let stage = Stage::over(|leaf| {
            let (remote, handle) = leaf.remote_handle();
            kept = Some(handle);
            remote
        });
        let handle = kept.expect("just made");
        let mut stage = stage.costs(1);
        let mut check = stage.check;
        stage.blow = None;
        stage.check = Box::new(move || {
            let _still_there = &handle;
            check();
        });
        body(stage);
    },
    |body| {
        let gate = Gate::default();
        let (remote, handle) = gate.leaf().remote_handle();
        let (mut remote, mut open) = (Some(Box::pin(remote)), gate.opener());
        let release = move || {
            open();
            if let Some(mut remote) = remote.take() {
                assert!(remote.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
            }
        };
        body(Stage::new(handle, release).check(move || assert_eq!(gate.leaves(), 0, "the child is still there")));
    },
    // It is cancelled by its handle.
    |body| {
        let (remote, handle) = Gate::default().leaf().remote_handle();
        let mut handle = Some(handle);
        body(Stage::new(remote, move || drop(handle.take())));
    },
];

/// A stream is on the stage as the future of its next item. It has none when it is over, where a future panics, so that it
/// also has none after a panic is shown elsewhere.
fn stream<'a, S: FusedStream + Unpin + 'a>(make: impl FnOnce(Leaf) -> S) -> Stage<'a> {
    let stage = Stage::over(|leaf| Next(make(leaf))).named::<S>().after(After::Stays);
    Stage { blow: None, ..stage }
}

/// The next item of a stream.
struct Next<S>(S);

impl<S: Stream + Unpin> Future for Next<S> {
    type Output = Option<S::Item>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        Pin::new(&mut self.0).poll_next(cx)
    }
}

impl<S: FusedStream + Unpin> FusedFuture for Next<S> {
    fn is_terminated(&self) -> bool {
        self.0.is_terminated()
    }
}

pub(super) const SETTINGS: &[Setting] = &[shared];

/// Clones of one future, of which there is a weak handle, too.
fn shared(crowd: usize) -> Arena {
    let event = Arc::new(Event::new());
    let waits = Arc::clone(&event);
    let shared = async move { waits.wait().await }.boxed().shared();
    let weak = shared.downgrade().expect("it is not over");
    let touched = weak.clone();
    let wait = move |_: usize, seat: Seat| {
        let shared = shared.clone();
        async move {
            shared.await;
            seat.keep(()).await;
        }
    };
    Arena::new::<WeakShared<BoxFuture<'_, ()>>, _>("clones", crowd, wait)
        .release(once(move || event.set()))
        .touch(move || {
            if let Some(shared) = touched.upgrade() {
                pass_through(shared);
            }
        })
        .check(move || assert!(weak.upgrade().is_none(), "a clone is left"))
}
