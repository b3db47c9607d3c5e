//! A future that may not be there: [`OptionFuture`].

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// A future that may not be there, and then gives `None`; made of an `Option`.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Panics
    ///
    /// Polling panics once `Some` has been given, or the future has panicked. Without a future it gives `None` again and
    /// again.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::OptionFuture;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let wanted = false;
    /// let lookup = OptionFuture::from(wanted.then(|| async { 1 }));
    /// assert_eq!(lookup.await, None);
    /// # });
    /// ```
    #[must_use = "futures do nothing unless polled"]
    #[derive(Clone)]
    pub struct OptionFuture<F> {
        #[pin]
        future: Option<Live<F>>,
    }
}

impl<F> Default for OptionFuture<F> {
    fn default() -> Self {
        Self { future: None }
    }
}

impl<F> From<Option<F>> for OptionFuture<F> {
    fn from(future: Option<F>) -> Self {
        Self { future: future.map(Live::new) }
    }
}

impl<F> From<OptionFuture<F>> for Option<F> {
    /// The future, unless there was none, or it is done.
    fn from(future: OptionFuture<F>) -> Self {
        future.future?.into_state()
    }
}

impl<F: Future> Future for OptionFuture<F> {
    type Output = Option<F::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().future.as_pin_mut() {
            Some(future) => future.poll("OptionFuture", |future| future.poll(cx)).map(Some),
            None => Poll::Ready(None),
        }
    }
}

impl<F: Future> FusedFuture for OptionFuture<F> {
    fn is_terminated(&self) -> bool {
        self.future.as_ref().is_none_or(Live::is_over)
    }
}

impl<F> fmt::Debug for OptionFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.future {
            Some(future) => future.debug("OptionFuture", f),
            None => f.write_str("OptionFuture(None)"),
        }
    }
}
