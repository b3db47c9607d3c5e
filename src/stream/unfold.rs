//! `unfold` and `try_unfold`: a future makes of a state an item and the next state.

use core::convert;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::future::TryFuture;

use super::{Stream, shell};
use crate::future::IntoFuture;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// A function that makes futures of states.
    struct Unfolding<T, F, Fut> {
        function: F,
        // One of the two, unless it is over.
        state: Option<T>,
        #[pin]
        running: Option<Fut>,
    }
}

impl<T, F, Fut> Unfolding<T, F, Fut> {
    #[inline]
    const fn new(state: T, function: F) -> Self {
        Self { function, state: Some(state), running: None }
    }

    /// What came of a state; `None` if there is none. What the function makes is turned into what is run.
    #[inline]
    fn poll_step<Made>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        run: impl FnOnce(Made) -> Fut,
    ) -> Poll<Option<Fut::Output>>
    where
        F: FnMut(T) -> Made,
        Fut: Future,
    {
        let mut this = self.project();
        if let Some(state) = this.state.take() {
            this.running.set(Some(run((this.function)(state))));
        }
        let Some(running) = this.running.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let output = ready!(running.poll(cx));
        this.running.set(None);
        Poll::Ready(Some(output))
    }
}

impl<T, Item, F: FnMut(T) -> Fut, Fut: Future<Output = Option<(Item, T)>>> Stream for Unfolding<T, F, Fut> {
    type Item = Item;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        let step = ready!(self.as_mut().poll_step(cx, convert::identity)).flatten();
        Poll::Ready(step.map(|(item, state)| {
            *self.project().state = Some(state);
            item
        }))
    }
}

shell::named_stream! {
    /// The stream of [`unfold()`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future that is running, and the state that it has.
    Unfold<T, F, Fut> is Unfolding<T, F, Fut>;
    new(state: T, function: F) = Unfolding::new(state, function);
    impl[T, F: FnMut(T) -> Fut, Fut: Future<Output = Option<(Item, T)>>, Item] Stream<Item = Item>;
}

/// A stream of what futures make of a state, one after the other: each gives an item and the next state, or `None` for the
/// end.
///
/// # Cancel safety
///
/// Dropping the stream drops the future that is running, and the state that it has. Dropping a
/// [`next`](super::StreamExt::next) does not.
///
/// # Examples
///
/// ```
/// use anywhen::prelude::*;
/// use anywhen::stream;
///
/// # anywhen::rt::Std.block_on(async {
/// let powers = stream::unfold(1, |n| async move { (n < 100).then_some((n, n * 3)) });
/// assert_eq!(powers.collect::<Vec<_>>().await, [1, 3, 9, 27, 81]);
/// # });
/// ```
#[inline]
pub fn unfold<T, F, Fut, Item>(state: T, function: F) -> Unfold<T, F, Fut>
where
    F: FnMut(T) -> Fut,
    Fut: Future<Output = Option<(Item, T)>>,
{
    Unfold::new(state, function)
}

pin_project! {
    /// The same with futures that may fail.
    struct TryUnfolding<T, F, Fut> {
        #[pin]
        unfolding: Unfolding<T, F, IntoFuture<Fut>>,
    }
}

impl<T, Item, F, Fut> Stream for TryUnfolding<T, F, Fut>
where
    F: FnMut(T) -> Fut,
    Fut: TryFuture<Ok = Option<(Item, T)>>,
{
    type Item = Result<Item, Fut::Error>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut unfolding = self.project().unfolding;
        let Some(step) = ready!(unfolding.as_mut().poll_step(cx, IntoFuture::new)) else { return Poll::Ready(None) };
        Poll::Ready(
            step.map(|step| {
                step.map(|(item, state)| {
                    *unfolding.project().state = Some(state);
                    item
                })
            })
            .transpose(),
        )
    }
}

shell::named_stream! {
    /// The stream of [`try_unfold()`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future that is running, and the state that it has.
    TryUnfold<T, F, Fut> is TryUnfolding<T, F, Fut>;
    new(state: T, function: F) = TryUnfolding { unfolding: Unfolding::new(state, function) };
    impl[T, F: FnMut(T) -> Fut, Fut: TryFuture<Ok = Option<(Item, T)>>, Item] Stream<Item = Result<Item, Fut::Error>>;
}

/// A stream of what futures make of a state, one after the other, until one of them fails: each gives an item and the next
/// state, `None` for the end, or an error, which is the last item.
///
/// # Cancel safety
///
/// Dropping the stream drops the future that is running, and the state that it has. Dropping a
/// [`next`](super::StreamExt::next) does not.
///
/// # Examples
///
/// ```
/// use anywhen::prelude::*;
/// use anywhen::stream;
///
/// # anywhen::rt::Std.block_on(async {
/// let countdown = stream::try_unfold(3, |n| async move {
///     if n == 0 { Err("lift off") } else { Ok(Some((n, n - 1))) }
/// });
/// assert_eq!(countdown.collect::<Vec<_>>().await, [Ok(3), Ok(2), Ok(1), Err("lift off")]);
/// # });
/// ```
#[inline]
pub fn try_unfold<T, F, Fut, Item>(state: T, function: F) -> TryUnfold<T, F, Fut>
where
    F: FnMut(T) -> Fut,
    Fut: TryFuture<Ok = Option<(Item, T)>>,
{
    TryUnfold::new(state, function)
}
