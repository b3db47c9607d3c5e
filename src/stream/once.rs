//! `once`: what a future gives, as a stream of one item.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

use super::{Stream, shell};
use crate::internal::pin_project::pin_project;

pin_project! {
    /// A future, until it has given its output.
    struct One<Fut> {
        #[pin]
        future: Option<Fut>,
    }
}

impl<Fut: Future> Stream for One<Fut> {
    type Item = Fut::Output;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Fut::Output>> {
        let mut future = self.project().future;
        let Some(running) = future.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let output = ready!(running.poll(cx));
        future.set(None);
        Poll::Ready(Some(output))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let items = usize::from(self.future.is_some());
        (items, Some(items))
    }
}

shell::named_stream! {
    /// The stream of [`once()`].
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    Once<Fut> is One<Fut>;
    new(future: Fut) = One { future: Some(future) };
    impl[Fut: Future] Stream<Item = Fut::Output>;
}

/// A stream of one item, the output of a future.
///
/// # Cancel safety
///
/// It is as cancel safe as the future.
///
/// # Examples
///
/// ```
/// use anywhen::prelude::*;
/// use anywhen::stream;
///
/// # anywhen::rt::Std.block_on(async {
/// let greeting = stream::once(async { "hello" }).chain(stream::iter(["and", "goodbye"]));
/// assert_eq!(greeting.collect::<Vec<_>>().await, ["hello", "and", "goodbye"]);
/// # });
/// ```
#[inline]
pub fn once<Fut: Future>(future: Fut) -> Once<Fut> {
    Once::new(future)
}
