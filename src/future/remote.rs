//! `remote_handle`: a future that runs in one place, and its output in another.

use alloc::sync::Arc;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::panic::resume_unwind;

use futures_core::FusedFuture;

use crate::internal::atomic_waker::AtomicWaker;
use crate::internal::live::Live;
use crate::internal::lock::Lock;
use crate::internal::pin_project::pin_project;
use crate::internal::shim::atomic::AtomicBool;
use crate::internal::shim::atomic::Ordering::{Acquire, Release};
use crate::internal::unwind::{self, Payload};

/// What the two ends have in common.
struct Link<T> {
    /// What the future gave, on its way.
    output: Lock<Option<Result<T, Payload>>>,
    /// The far end is gone: the output has been sent, or will never be.
    remote_gone: AtomicBool,
    /// The near end is gone, and wanted the future to stop.
    handle_gone: AtomicBool,
    /// The task of the near end.
    to_handle: AtomicWaker,
    /// The task of the far end.
    to_remote: AtomicWaker,
}

pin_project! {
    /// The future of [`FutureExt::remote_handle`](super::FutureExt::remote_handle) that does the work, to be spawned.
    ///
    /// It is ready when the work is done, and its output with the [`RemoteHandle`]; or when that was dropped. A panic of the
    /// future goes to the handle, too.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future. The handle then panics when it is awaited.
    ///
    /// # Panics
    ///
    /// Polling panics once it has been ready.
    #[must_use = "futures do nothing unless polled"]
    pub struct Remote<F: Future> {
        #[pin]
        far: Live<Far<F>>,
    }
}

pin_project! {
    struct Far<F: Future> {
        // Dropped first: what it holds is free when the handle is woken.
        #[pin]
        future: F,
        end: FarEnd<F::Output>,
    }
}

struct FarEnd<T>(Arc<Link<T>>);

impl<T> Drop for FarEnd<T> {
    fn drop(&mut self) {
        // ORDERING: Release; who sees it sees the output.
        self.0.remote_gone.store(true, Release);
        // Dropped last, because it may panic.
        let _own = self.0.to_remote.take();
        self.0.to_handle.wake();
    }
}

/// The end of [`FutureExt::remote_handle`](super::FutureExt::remote_handle) at which the output comes out.
///
/// It cancels the [`Remote`] when it is dropped: that is dropped when it is polled next, for which it is woken. See
/// [`forget`](Self::forget).
///
/// # Cancel safety
///
/// Dropping it cancels the work. Waiting through `&mut` can be cancelled and begun again.
///
/// # Panics
///
/// Polling panics with the panic of the future, if that panicked; if the [`Remote`] was dropped before it was done; and once
/// the output has been given.
#[must_use = "dropping a remote handle cancels the work"]
pub struct RemoteHandle<T> {
    near: Live<NearEnd<T>>,
}

struct NearEnd<T> {
    link: Arc<Link<T>>,
    forgotten: bool,
}

impl<T> Drop for NearEnd<T> {
    fn drop(&mut self) {
        // Dropped last, because it may panic.
        let _own = self.link.to_handle.take();
        if !self.forgotten {
            // ORDERING: Release and Acquire, for a flag that stands for nothing but itself; the waker orders the rest.
            self.link.handle_gone.store(true, Release);
            self.link.to_remote.wake();
        }
    }
}

/// The two ends of `future`.
pub(super) fn remote<F: Future>(future: F) -> (Remote<F>, RemoteHandle<F::Output>) {
    let link = Arc::new(Link {
        output: Lock::new(None),
        remote_gone: AtomicBool::new(false),
        handle_gone: AtomicBool::new(false),
        to_handle: AtomicWaker::new(),
        to_remote: AtomicWaker::new(),
    });
    let near = NearEnd { link: Arc::clone(&link), forgotten: false };
    let far = Far { future, end: FarEnd(link) };
    (Remote { far: Live::new(far) }, RemoteHandle { near: Live::new(near) })
}

impl<T> RemoteHandle<T> {
    /// Drops the handle, and lets the [`Remote`] run to its end. Its output is dropped there.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut ran = false;
    /// let (remote, handle) = async { ran = true }.remote_handle();
    /// handle.forget();
    /// remote.await;
    /// assert!(ran);
    /// # });
    /// ```
    pub fn forget(self) {
        if let Some(mut near) = self.near.into_state() {
            near.forgotten = true;
        }
    }
}

impl<F: Future> Future for Remote<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().far.poll("Remote", |far| {
            let far = far.project();
            let link = &far.end.0;
            let is_cancelled = || link.handle_gone.load(Acquire);
            if is_cancelled() {
                return Poll::Ready(());
            }
            // A future that panicked is dropped at once, as `Live` does it.
            let output = match unwind::catch(|| far.future.poll(cx)) {
                Ok(Poll::Ready(output)) => Ok(output),
                Ok(Poll::Pending) => {
                    link.to_remote.register(cx.waker());
                    return if is_cancelled() { Poll::Ready(()) } else { Poll::Pending };
                }
                Err(payload) => Err(payload),
            };
            link.output.with(|place| *place = Some(output));
            Poll::Ready(())
        })
    }
}

impl<F: Future> FusedFuture for Remote<F> {
    fn is_terminated(&self) -> bool {
        self.far.is_over()
    }
}

impl<F: Future> fmt::Debug for Remote<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.far.debug("Remote", f)
    }
}

impl<T> Future for RemoteHandle<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let result = Pin::new(&mut self.near).poll("RemoteHandle", |near| {
            let link = &near.link;
            link.to_handle.register(cx.waker());
            // ORDERING: Acquire; what the far end sent before it went is seen.
            if link.remote_gone.load(Acquire) { Poll::Ready(link.output.with(Option::take)) } else { Poll::Pending }
        });
        result.map(|result| match result {
            Some(Ok(output)) => output,
            Some(Err(payload)) => resume_unwind(payload),
            None => panic!("the `Remote` of a `RemoteHandle` was dropped before it was done"),
        })
    }
}

impl<T> FusedFuture for RemoteHandle<T> {
    fn is_terminated(&self) -> bool {
        self.near.is_over()
    }
}

impl<T> fmt::Debug for RemoteHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.near.debug("RemoteHandle", f)
    }
}

#[cfg(all(test, anywhen_loom))]
mod models {
    use alloc::boxed::Box;
    use alloc::task::Wake;
    use core::future::{pending, ready};
    use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use loom::thread;

    use super::*;
    use crate::internal::shim::model;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    fn poll<F: Future>(future: Pin<&mut F>, count: &Arc<Count>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(&Arc::clone(count).into()))
    }

    #[test]
    fn the_output_is_there_or_wakes() {
        model("remote: completion against poll of the handle", 3, || {
            let (remote, mut handle) = remote(ready(1));
            let mut remote = Box::pin(remote);
            let other = thread::spawn(move || {
                let count = Arc::default();
                assert!(poll(remote.as_mut(), &count).is_ready());
            });
            let count = Arc::<Count>::default();
            let first = poll(Pin::new(&mut handle), &count);
            other.join().unwrap();
            match first {
                Poll::Ready(output) => assert_eq!(output, 1),
                Poll::Pending => {
                    assert_eq!(count.0.load(SeqCst), 1, "left waiting, and nobody wakes it");
                    assert_eq!(poll(Pin::new(&mut handle), &count), Poll::Ready(1));
                }
            }
            drop(handle);
            assert_eq!(Arc::strong_count(&count), 1, "no waker is left behind");
        });
    }

    #[test]
    fn a_cancellation_is_seen_or_wakes() {
        model("remote: drop of the handle against poll", 3, || {
            let (remote, handle) = remote(pending::<()>());
            let mut remote = Box::pin(remote);
            let other = thread::spawn(move || drop(handle));
            let count = Arc::<Count>::default();
            let first = poll(remote.as_mut(), &count);
            other.join().unwrap();
            if first.is_pending() {
                assert_eq!(count.0.load(SeqCst), 1, "left waiting, and nobody wakes it");
                assert!(poll(remote.as_mut(), &count).is_ready());
            }
            drop(remote);
            assert_eq!(Arc::strong_count(&count), 1, "no waker is left behind");
        });
    }
}
