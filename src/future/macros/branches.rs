//! What the macros' expansions await: the futures of the branches, and a closure that goes over them once at each
//! poll.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use crate::future::select::{Fair, Order};
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// The branches of a macro, in a tuple that never moves, and one pass over them.
    ///
    /// They belong to this future and not to the closure, which could not keep them pinned.
    ///
    /// # Cancel safety
    ///
    /// As the macro says.
    #[must_use = "futures do nothing unless polled"]
    pub struct Branches<B, P> {
        #[pin]
        branches: Live<B>,
        pass: P,
    }
}

/// Puts branches and their pass together. All branches are dropped when a pass gives a value, and before that is
/// given.
#[inline]
pub fn branches<B, P, T>(branches: B, pass: P) -> Branches<B, P>
where
    P: FnMut(Pin<&mut B>, &mut Context<'_>) -> Poll<T>,
{
    Branches { branches: Live::new(branches), pass }
}

impl<B, P, T> Future for Branches<B, P>
where
    P: FnMut(Pin<&mut B>, &mut Context<'_>) -> Poll<T>,
{
    type Output = T;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.project();
        let pass = this.pass;
        this.branches.poll("Branches", |branches| pass(branches, cx))
    }
}

impl<B, P, T> FusedFuture for Branches<B, P>
where
    P: FnMut(Pin<&mut B>, &mut Context<'_>) -> Poll<T>,
{
    fn is_terminated(&self) -> bool {
        self.branches.is_over()
    }
}

impl<B, P> fmt::Debug for Branches<B, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.branches.debug("Branches", f)
    }
}

/// The branch at which a pass of `select!` over `count` of them begins, unless it is biased.
#[inline]
pub fn start(count: usize) -> usize {
    Fair::start(count)
}

/// The panic of a `select!` without `else` that has nothing left to wait for.
///
/// # Panics
///
/// Always.
#[cold]
#[inline(never)]
#[track_caller]
pub fn all_disabled() -> ! {
    panic!("all branches are disabled and there is no else branch")
}
