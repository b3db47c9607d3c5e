//! A future and a function that is to be called once with its output: what `map`, `inspect` and `then` have in common.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::internal::live::Live;

pin_project! {
    /// A future, and a function for its output.
    pub(super) struct Apply<F, G> {
        #[pin]
        future: Live<F>,
        // Is there until the future has given its output.
        function: Option<G>,
    }
}

impl<F, G> Apply<F, G> {
    #[inline]
    pub(super) fn new(future: F, function: G) -> Self {
        Self { future: Live::new(future), function: Some(function) }
    }

    /// Whether the function has been handed out, or the future has panicked.
    pub(super) fn is_over(&self) -> bool {
        self.future.is_over()
    }

    /// The `Debug` of the future called `name` that this is part of.
    pub(super) fn debug(&self, name: &'static str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.future.debug(name, f)
    }
}

impl<F: Future, G> Apply<F, G> {
    /// Polls the future; when it is done it is dropped, and its output and the function are handed out. `name` is that
    /// of the future this is part of.
    #[inline]
    pub(super) fn poll(self: Pin<&mut Self>, name: &'static str, cx: &mut Context<'_>) -> Poll<(F::Output, G)> {
        let this = self.project();
        this.future.poll(name, |future| future.poll(cx)).map(|output| match this.function.take() {
            Some(function) => (output, function),
            None => unreachable!("the function goes when the future does"),
        })
    }
}
