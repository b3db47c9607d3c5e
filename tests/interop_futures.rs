//! Our futures in the combinators of futures, and theirs in ours: nothing but the traits of `futures_core` is between the
//! two, and each keeps its own contract with the other inside.

#![cfg(feature = "std")]

use std::convert::Infallible;
use std::future::{Future, pending, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use anywhen::future as ours;
use anywhen::rt::Std;
use futures_core::{FusedFuture, Stream};
use futures_util::future as theirs;

/// Polls it until it is ready, and says how often that was.
fn polls<F: Future>(future: F) -> (F::Output, usize) {
    let (mut future, mut cx) = (pin!(future), Context::from_waker(Waker::noop()));
    for polls in 1..100 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return (output, polls);
        }
    }
    panic!("pending after a hundred polls");
}

/// The first items of a stream, and whether that is all.
fn items<S: Stream>(stream: S) -> Vec<S::Item> {
    let (mut stream, mut cx) = (pin!(stream), Context::from_waker(Waker::noop()));
    let mut found = Vec::new();
    for _ in 0..100 {
        match stream.as_mut().poll_next(&mut cx) {
            Poll::Ready(Some(item)) => found.push(item),
            Poll::Ready(None) => return found,
            Poll::Pending => {}
        }
    }
    panic!("no end after a hundred polls");
}

mod ours_in_theirs {
    use futures_util::{FutureExt, StreamExt, TryFutureExt};

    use super::*;

    #[test]
    fn combinators_of_one() {
        let later = || ours::yield_now();
        assert_eq!(polls(FutureExt::map(later(), |()| 1)), (1, 2));
        assert_eq!(polls(FutureExt::then(later(), |()| later())), ((), 3));
        assert_eq!(polls(FutureExt::fuse(ours::FutureExt::map(later(), |()| 1))), (1, 2));
        assert_eq!(polls(FutureExt::catch_unwind(later())).0.unwrap(), ());
        assert_eq!(polls(TryFutureExt::map_ok(ours::ok::<_, ()>(1), |n| n + 1)), (Ok(2), 1));
        assert_eq!(polls(TryFutureExt::and_then(ours::ok::<_, ()>(1), |n| ours::ok(n + 1))), (Ok(2), 1));
        assert_eq!(polls(TryFutureExt::or_else(ours::err::<u8, _>(1), |n| ours::err::<u8, _>(n + 1))), (Err(2), 1));
    }

    #[test]
    fn shared_in_shared() {
        let shared = FutureExt::shared(ours::FutureExt::shared(ours::yield_now()));
        let other = shared.clone();
        assert_eq!(polls(async { theirs::join(shared, other).await }), (((), ()), 2));
    }

    #[test]
    fn abortable_in_abortable() {
        let (inner, abort) = ours::abortable(pending::<()>());
        let (outer, _abort) = theirs::abortable(inner);
        abort.abort();
        assert_eq!(polls(outer).0, Ok(Err(ours::Aborted)));

        let (inner, _abort) = ours::abortable(pending::<()>());
        let (outer, abort) = theirs::abortable(inner);
        abort.abort();
        assert_eq!(polls(outer).0.unwrap_err(), theirs::Aborted);
    }

    #[test]
    fn what_is_over_says_so_to_their_select() {
        fn is_over(future: &impl FusedFuture) -> bool {
            future.is_terminated()
        }
        let mut shared = ours::FutureExt::shared(ready(1));
        let mut waits = ours::OptionFuture::from(Some(pending::<()>()));
        assert!(!is_over(&shared) && !is_over(&waits));
        match polls(theirs::select(&mut shared, &mut waits)).0 {
            theirs::Either::Left((one, _)) => assert_eq!(one, 1),
            theirs::Either::Right(_) => unreachable!("it is pending"),
        }
        assert!(is_over(&shared) && !is_over(&waits));
    }

    #[test]
    fn streams() {
        let stream = StreamExt::map(ours::FutureExt::into_stream(ours::yield_now()), |()| 1);
        assert_eq!(items(StreamExt::chain(stream, ours::FutureExt::into_stream(ready(2)))), [1, 2]);
        let nested = ours::FutureExt::flatten_stream(ready(futures_util::stream::iter(0..5)));
        assert_eq!(items(StreamExt::skip(nested, 3)), [3, 4]);
        let (abort, registration) = ours::AbortHandle::new_pair();
        let stream = ours::Abortable::new(futures_util::stream::repeat(1), registration);
        let until = StreamExt::enumerate(stream).map(|(n, _)| {
            if n == 2 {
                abort.abort();
            }
            n
        });
        assert_eq!(items(until), [0, 1, 2]);
    }
}

mod theirs_in_ours {
    use anywhen::future::{FutureExt, TryFutureExt};

    use super::*;

    /// Pending once.
    fn later() -> impl Future<Output = ()> {
        let mut pending = true;
        theirs::poll_fn(move |cx| {
            if std::mem::take(&mut pending) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(())
        })
    }

    #[test]
    fn combinators_of_one() {
        assert_eq!(polls(later().map(|()| 1)), (1, 2));
        assert_eq!(polls(later().then(|()| later())), ((), 3));
        assert_eq!(polls(theirs::ready(theirs::ready(1)).flatten()), (1, 1));
        assert_eq!(polls(theirs::ok::<_, ()>(1).map_ok(|n| n + 1)), (Ok(2), 1));
        assert_eq!(polls(theirs::ok::<_, ()>(1).and_then(|n| theirs::ok(n + 1))), (Ok(2), 1));
        assert_eq!(polls(theirs::err::<u8, _>(1).or_else(|n| theirs::err::<u8, _>(n + 1))), (Err(2), 1));
        assert_eq!(polls(theirs::ok::<_, ()>(theirs::ok(1)).try_flatten()), (Ok(1), 1));
        assert_eq!(polls(theirs::ready(1).never_error()), (Ok::<_, Infallible>(1), 1));
        assert_eq!(polls(ours::poll_immediate(theirs::pending::<()>())), (None, 1));
        assert_eq!(polls(ours::OptionFuture::from(Some(later()))), (Some(()), 2));
    }

    #[test]
    fn shared_and_abortable() {
        let shared = FutureExt::shared(futures_util::FutureExt::shared(later()));
        assert_eq!(polls(theirs::join(shared.clone(), shared)).0, ((), ()));

        let (inner, abort) = theirs::abortable(theirs::pending::<()>());
        let (outer, _abort) = inner.abortable();
        abort.abort();
        assert_eq!(polls(outer).0, Ok(Err(theirs::Aborted)));
    }

    #[test]
    fn remote() {
        let (remote, handle) = later().map(|()| 1).remote_handle();
        let both = theirs::join(remote, handle);
        assert_eq!(Std.block_on(both), ((), 1));
    }

    #[test]
    fn streams() {
        let stream = || futures_util::stream::iter([1, 2]);
        assert_eq!(items(theirs::ready(stream()).flatten_stream()), [1, 2]);
        let tried = theirs::ok::<_, u8>(futures_util::stream::iter([Ok(1), Err(2)]));
        assert_eq!(items(tried.try_flatten_stream()), [Ok(1), Err(2)]);
        let (_, registration) = ours::AbortHandle::new_pair();
        assert_eq!(items(ours::Abortable::new(stream(), registration)), [1, 2]);
    }
}

/// What a program does that was written for futures, with the `use` line of either.
macro_rules! program {
    ($name:ident: $($futures:tt)*) => {
        #[test]
        fn $name() {
            use $($futures)*::future::{self, AbortHandle, Abortable, Aborted, FutureExt, OptionFuture, Shared, TryFutureExt};

            type Lookup = Shared<future::BoxFuture<'static, Result<u8, &'static str>>>;

            fn lookup(key: u8) -> Lookup {
                let found = future::ready(key).map(|key| if key > 0 { Ok(key) } else { Err("zero") });
                found.boxed().shared()
            }

            async fn twice(mut lookup: Lookup) -> (Result<u8, &'static str>, Option<usize>) {
                let weak = lookup.downgrade().unwrap();
                let (first, second) = future::join(lookup.clone(), weak.upgrade().unwrap()).await;
                assert_eq!(first, second);
                assert_eq!(lookup.peek(), Some(&first));
                let count = lookup.strong_count();
                assert_eq!((&mut lookup).await, first);
                (first, count)
            }

            Std.block_on(async {
                assert_eq!(twice(lookup(1)).await, (Ok(1), Some(1)));
                assert_eq!(twice(lookup(0)).await, (Err("zero"), Some(1)));

                let (handle, registration) = AbortHandle::new_pair();
                let aborted = Abortable::new(future::pending::<()>(), registration);
                handle.abort();
                assert_eq!(aborted.await, Err(Aborted));
                let (future, _handle) = future::abortable(future::lazy(|_| 1));
                assert_eq!(future.await, Ok(1));

                let chain = future::ok::<u8, u8>(1)
                    .map_ok(|n| n + 1)
                    .and_then(|n| future::err::<u8, u8>(n))
                    .map_err(u32::from)
                    .or_else(|n| future::ok::<_, ()>(u8::try_from(n).unwrap() + 1))
                    .inspect_ok(|n| assert_eq!(*n, 3))
                    .unwrap_or_else(|()| 0);
                assert_eq!(chain.await, 3);
                assert_eq!(lookup(2).map_ok_or_else(|_| 0, |n| n + 1).await, 3);
                assert_eq!(future::ok::<_, ()>(future::ok::<u8, ()>(1)).try_flatten().await, Ok(1));
                assert_eq!(future::ok::<u8, u8>(1).ok_into::<u32>().err_into::<u64>().await, Ok(1));
                assert_eq!(future::ready(1_u8).map_into::<u32>().unit_error().await, Ok(1));

                assert_eq!(OptionFuture::from(None::<future::Ready<u8>>).await, None);
                assert_eq!(future::poll_immediate(future::pending::<u8>()).await, None);
                assert_eq!(future::always_ready(|| 1).await, 1);
                assert_eq!(future::ready(1).into_inner(), 1);
                let mut slot = pin!(future::try_maybe_done(future::ok::<_, ()>(1)));
                assert_eq!(slot.as_mut().await, Ok(()));
                assert_eq!(slot.as_mut().take_output(), Some(1));
                assert_eq!(items(future::ready(1).into_stream()), [1]);
            });
        }
    };
}

program!(a_program_runs_on_futures: futures_util);
program!(the_same_program_runs_on_ours: anywhen);
