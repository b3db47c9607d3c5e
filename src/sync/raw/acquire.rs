//! The future that waits for permits, and the shape that all typed ones share.

#![allow(unsafe_code, reason = "the queue links the waiter inside of the pinned future")]

use core::cell::UnsafeCell;
use core::marker::PhantomPinned;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

use crate::internal::live::polled_after_completion;
use crate::internal::watch::{self, Wait};

use super::wait::Queued;
use super::{Outcome, RawSemaphore, Refusal, Waiter};
use crate::sync::observe::{Ending, Site, WaitNote};

/// What a [`RawAcquire`] keeps hold of, and hands on to the guard: a reference to or an `Arc` of something with permits.
pub(crate) trait Owner {
    /// Whether it goes to the front of the queue, see [`RawSemaphore::try_acquire_in_front`].
    const IN_FRONT: bool = false;

    fn raw(&self) -> &RawSemaphore;

    /// The first attempt, which may fail for no reason; a mutex has a shorter one.
    #[inline]
    fn acquire_fast(&self, want: usize) -> bool {
        self.raw().acquire_fast(want)
    }
}

impl Owner for &RawSemaphore {
    #[inline]
    fn raw(&self) -> &RawSemaphore {
        self
    }
}

/// Waits for `want` permits of `owner`'s.
///
/// Nothing is written to `waiter` until it must queue, and what is written before costs next to nothing where the first
/// poll succeeds. The fields keep their order for that: a byte that is set behind `waiter`, where Rust would put `phase`,
/// has the compiler fill all of `waiter` with zeros, and two locks in a row wait for those.
#[repr(C)]
pub(crate) struct RawAcquire<S: Owner> {
    /// `None` once it has given its answer.
    owner: Option<S>,
    want: usize,
    phase: Phase,
    waiter: UnsafeCell<MaybeUninit<Waiter>>,
    note: WaitNote,
    /// The queue holds pointers to `waiter`.
    _pinned: PhantomPinned,
}

/// A plain byte, and written after the permits are had: so the optimiser knows it where the first poll succeeds, and
/// leaves out what `Drop` would do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Not in the queue.
    Fresh,
    /// `waiter` is initialised and was linked, and the answer has not been given.
    Queued,
    /// The answer has been given.
    Done,
}

// SAFETY: `waiter` is the part that is not `Send` and `Sync` by itself. The queue's lock and the atomic outcome guard it
// against whoever serves the queue; for the owner it is a plain field, reached through `&mut self` alone.
unsafe impl<S: Owner + Send> Send for RawAcquire<S> {}
// SAFETY: as above; `&RawAcquire` gives access to nothing but `is_terminated`.
unsafe impl<S: Owner + Sync> Sync for RawAcquire<S> {}

impl<S: Owner> RawAcquire<S> {
    /// The permits are asked for at `site`.
    #[inline]
    pub(crate) fn new(owner: S, want: usize, site: Site) -> Self {
        Self {
            owner: Some(owner),
            want,
            phase: Phase::Fresh,
            waiter: UnsafeCell::new(MaybeUninit::uninit()),
            note: WaitNote::new(site),
            _pinned: PhantomPinned,
        }
    }

    /// Waits. The answer is the owner, with the number of permits that it now holds and where they were asked for, or the
    /// reason why it has none.
    ///
    /// # Panics
    ///
    /// If it has given its answer already; `name` is what the user calls it.
    #[inline]
    pub(crate) fn poll(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        name: &'static str,
    ) -> Poll<Result<(S, usize, Site), Refusal>> {
        // SAFETY: nothing is moved out but `owner`, which is not pinned structurally.
        let this = unsafe { self.get_unchecked_mut() };
        let (want, site) = (this.want, this.note.site());
        if this.phase == Phase::Fresh {
            if let Some(owner) = this.owner.take() {
                if owner.acquire_fast(want) {
                    this.phase = Phase::Done;
                    return Poll::Ready(Ok((owner, want, site)));
                }
                this.owner = Some(owner);
            }
        }
        // SAFETY: it was pinned when it came in, and has not been moved.
        let answer = unsafe { Pin::new_unchecked(this) }.poll_slow(cx, name);
        answer.map_ok(|owner| (owner, want, site))
    }

    #[cold]
    #[inline(never)]
    fn poll_slow(mut self: Pin<&mut Self>, cx: &mut Context<'_>, name: &'static str) -> Poll<Result<S, Refusal>> {
        if self.phase == Phase::Done {
            polled_after_completion(name);
        }
        let Poll::Ready(answer) = self.as_mut().poll_queued(cx) else {
            self.as_mut().note_wait(name);
            watch::waits(|| Wait::Permits { future: name, of: self.raw_address(), want: self.want });
            return Poll::Pending;
        };
        // SAFETY: as in `poll`.
        let this = unsafe { self.get_unchecked_mut() };
        this.phase = Phase::Done;
        if let Some(owner) = &this.owner {
            let back = GiveBack(owner.raw(), if answer.is_ok() { this.want } else { 0 });
            this.note.tell_the_end(owner.raw().identity(), Ending::from(answer));
            core::mem::forget(back);
        }
        match (this.owner.take(), answer) {
            (Some(owner), Ok(())) => Poll::Ready(Ok(owner)),
            (_, Err(refusal)) => Poll::Ready(Err(refusal)),
            (None, Ok(())) => unreachable!("the owner stays until the answer"),
        }
    }

    /// Notes that it waits, after each poll that finds it so; that it is in the queue is so by then.
    #[inline]
    fn note_wait(self: Pin<&mut Self>, name: &'static str) {
        // SAFETY: nothing is moved.
        let this = unsafe { self.get_unchecked_mut() };
        // It is there, and if nobody watches, nobody asks.
        if let Some(owner) = &this.owner {
            let raw = owner.raw();
            // SAFETY: `waiter` is pinned, and `poll_queued` and `leave` take the note back before they drop it.
            unsafe { this.note.waits(raw.identity(), name, this.want, waiter_ptr(&this.waiter), || raw.waiters()) };
        }
    }

    fn poll_queued(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        // SAFETY: nothing is moved.
        let this = unsafe { self.get_unchecked_mut() };
        let Some(owner) = &this.owner else { unreachable!("`poll_slow` has checked") };
        let raw = owner.raw();
        let waiter = waiter_ptr(&this.waiter);
        if this.phase == Phase::Fresh {
            raw.wait_a_moment();
            let had =
                if S::IN_FRONT { raw.try_acquire_in_front(this.want) } else { raw.try_acquire(this.want).is_ok() };
            if had {
                return Poll::Ready(Ok(()));
            }
            // The waker is cloned here, outside of the lock.
            // SAFETY: nobody else knows of `waiter` yet.
            unsafe {
                let new = Waiter::new(this.want, cx.waker().clone());
                waiter.write(if S::IN_FRONT { new.cutting_in() } else { new });
            }
            // SAFETY: `waiter` is fresh. `self` is pinned, and does not go away without `Drop`, which cancels.
            let queued = unsafe { raw.acquire_or_queue(this.want, waiter) };
            let answer = match queued {
                Queued::Waiting => {
                    this.phase = Phase::Queued;
                    return Poll::Pending;
                }
                Queued::Behind => {
                    this.phase = Phase::Queued;
                    // It wakes others, and one of those wakers may unwind: after the phase is set.
                    raw.reserve();
                    return Poll::Pending;
                }
                Queued::Acquired => Ok(()),
                Queued::Refused(refusal) => Err(refusal),
            };
            let back = GiveBack(raw, if answer.is_ok() { this.want } else { 0 });
            // SAFETY: initialised above, and not linked.
            unsafe { waiter.drop_in_place() };
            core::mem::forget(back);
            return Poll::Ready(answer);
        }
        // SAFETY: initialised when it was queued.
        let outcome = unsafe { waiter.as_ref() }.outcome();
        let answer = match outcome {
            Outcome::Granted => Ok(()),
            Outcome::Closed => Err(Refusal::Closed),
            // Whoever gives an outcome meanwhile has woken the old waker or the new one, so that this task is polled again
            // if it does not answer now.
            // SAFETY: it was linked, and wants this.
            Outcome::Waiting => match unsafe { raw.poll_waiting(this.want, waiter, cx.waker()) } {
                Outcome::Waiting => return Poll::Pending,
                Outcome::Granted => Ok(()),
                Outcome::Closed => Err(Refusal::Closed),
            },
        };
        this.phase = Phase::Fresh;
        this.note.leaves(raw.identity());
        // SAFETY: it has an outcome, so it is unlinked and ours alone.
        unsafe { waiter.drop_in_place() };
        Poll::Ready(answer)
    }

    /// Which semaphore it is, for reports.
    fn raw_address(&self) -> usize {
        self.owner.as_ref().map_or(0, |owner| core::ptr::from_ref(owner.raw()).addr())
    }

    #[inline]
    pub(crate) fn is_terminated(&self) -> bool {
        self.phase == Phase::Done
    }
}

impl<S: Owner> Drop for RawAcquire<S> {
    #[inline]
    fn drop(&mut self) {
        if self.phase == Phase::Queued {
            leave(self);
        }
    }
}

impl From<Result<(), Refusal>> for Ending {
    fn from(answer: Result<(), Refusal>) -> Self {
        match answer {
            Ok(()) => Self::Had,
            Err(Refusal::QueueFull) => Self::QueueFull,
            Err(Refusal::Closed | Refusal::NoPermits) => Self::Closed,
        }
    }
}

/// Gives permits back if foreign code unwinds before the one that took them has answered; forgotten otherwise.
struct GiveBack<'a>(&'a RawSemaphore, usize);

impl Drop for GiveBack<'_> {
    fn drop(&mut self) {
        self.0.release(self.1);
    }
}

#[cold]
#[inline(never)]
fn leave<S: Owner>(acquire: &mut RawAcquire<S>) {
    /// Drops the waiter even if waking or dropping somebody's waker unwinds.
    struct DropWaiter(NonNull<Waiter>);

    impl Drop for DropWaiter {
        fn drop(&mut self) {
            // SAFETY: made below, after which the waiter is initialised, unlinked, and not used again.
            unsafe { self.0.drop_in_place() };
        }
    }

    let Some(owner) = &acquire.owner else { unreachable!("the owner stays until the answer") };
    let raw = owner.raw();
    acquire.note.leaves(raw.identity());
    let waiter = DropWaiter(waiter_ptr(&acquire.waiter));
    // SAFETY: the phase says that it was linked. `cancel` unlinks it before it runs anything that can unwind.
    unsafe { raw.cancel(acquire.want, waiter.0) };
    drop(waiter);
    acquire.note.tell_the_end(raw.identity(), Ending::GivenUp);
}

fn waiter_ptr(cell: &UnsafeCell<MaybeUninit<Waiter>>) -> NonNull<Waiter> {
    // SAFETY: a cell's pointer is not null.
    unsafe { NonNull::new_unchecked(cell.get().cast()) }
}

/// Declares a typed future over a [`RawAcquire`]: the struct, `Future`, `FusedFuture` and `Debug`.
///
/// It is a macro because the futures are of different types, and each is to have its own name and docs; what it
/// declares holds no logic but the two closures that turn the answer into the typed output.
macro_rules! acquire_future {
    (
        $(#[$meta:meta])*
        $name:ident [$($param:tt)*] [$($arg:tt)*] of $owner:ty => $output:ty;
        granted: $granted:expr;
        refused: $refused:expr;
    ) => {
        $crate::internal::pin_project::pin_project! {
            $(#[$meta])*
            #[must_use = "futures do nothing unless polled"]
            pub struct $name <$($param)*> {
                #[pin]
                acquire: $crate::sync::raw::RawAcquire<$owner>,
            }
        }

        impl<$($param)*> $name <$($arg)*> {
            #[inline]
            fn new(owner: $owner, want: usize, site: $crate::sync::observe::Site) -> Self {
                Self { acquire: $crate::sync::raw::RawAcquire::new(owner, want, site) }
            }
        }

        impl<$($param)*> core::future::Future for $name <$($arg)*> {
            type Output = $output;

            #[inline]
            fn poll(
                self: core::pin::Pin<&mut Self>,
                cx: &mut core::task::Context<'_>,
            ) -> core::task::Poll<$output> {
                self.project().acquire.poll(cx, stringify!($name)).map(|answer| match answer {
                    Ok((owner, want, site)) => $granted(owner, want, site),
                    Err(refusal) => $refused(refusal),
                })
            }
        }

        impl<$($param)*> futures_core::FusedFuture for $name <$($arg)*> {
            fn is_terminated(&self) -> bool {
                self.acquire.is_terminated()
            }
        }

        impl<$($param)*> core::fmt::Debug for $name <$($arg)*> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}
pub(crate) use acquire_future;
