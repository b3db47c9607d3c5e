//! The futures that are joined, raced and limited in time: as little as a future can be.

use core::future::Future;
use core::hint::black_box;
use core::pin::Pin;
use core::task::{Context, Poll};

/// Ready at its first poll. That it is so can be seen by the optimiser, what it gives cannot.
#[derive(Debug)]
pub(crate) struct Ready(pub(crate) u64);

impl Future for Ready {
    type Output = u64;

    #[inline]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        Poll::Ready(black_box(self.0))
    }
}

/// Ready at its second poll; it wakes its task at the first.
#[derive(Debug)]
pub(crate) struct Later {
    value: u64,
    polled: bool,
}

impl Later {
    #[inline]
    pub(crate) fn new(value: u64) -> Self {
        Self { value, polled: false }
    }
}

impl Future for Later {
    type Output = u64;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        if black_box(self.polled) {
            Poll::Ready(black_box(self.value))
        } else {
            self.polled = true;
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    }
}

/// The outputs of several futures as one number: adding them up costs less than keeping them.
pub(crate) trait Total {
    fn total(self) -> u64;
}

impl Total for u64 {
    #[inline]
    fn total(self) -> u64 {
        self
    }
}

impl<const N: usize> Total for [u64; N] {
    #[inline]
    fn total(self) -> u64 {
        self.iter().sum()
    }
}

impl Total for (u64, u64) {
    #[inline]
    fn total(self) -> u64 {
        self.0 + self.1
    }
}

impl Total for (u64, u64, u64, u64, u64, u64, u64, u64) {
    #[inline]
    fn total(self) -> u64 {
        self.0 + self.1 + self.2 + self.3 + self.4 + self.5 + self.6 + self.7
    }
}

/// Runs a combination of futures that are ready at once.
macro_rules! at_once {
    ($future:expr) => {
        |times| {
            $crate::harness::repeat(times, |cx| {
                let outputs = $crate::harness::ready!(cx, $future);
                $crate::work::child::Total::total(outputs)
            })
        }
    };
}
pub(crate) use at_once;

/// Runs a combination of futures that are ready at the second poll.
macro_rules! later {
    ($future:expr) => {
        |times| {
            $crate::harness::repeat(times, |cx| {
                let outputs = $crate::harness::ready_later!(cx, $future);
                $crate::work::child::Total::total(outputs)
            })
        }
    };
}
pub(crate) use later;

/// Two futures or eight: as a tuple, as an array, in the macro of that path, or awaited one after the other.
macro_rules! children {
    (2 $new:path => $($how:tt)*) => { $crate::work::child::children!(@ [$($how)*] $new; 1, 2) };
    (8 $new:path => $($how:tt)*) => { $crate::work::child::children!(@ [$($how)*] $new; 1, 2, 3, 4, 5, 6, 7, 8) };
    (@ [tuple] $new:path; $($value:expr),*) => { ($($new($value),)*) };
    (@ [array] $new:path; $($value:expr),*) => { [$($new($value)),*] };
    (@ [in turn] $new:path; $($value:expr),*) => { async { ($($new($value).await,)*) } };
    (@ [macro $first:ident :: $last:ident] $new:path; $($value:expr),*) => { async { $first::$last!($($new($value)),*) } };
}
pub(crate) use children;
