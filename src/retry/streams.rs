//! Streams that are made anew when they fail: to the machine a stream is an attempt, whose items go by.
//!
//! The result of such an attempt is an error, or `Ok(())` if the stream has ended. So conditions, hooks and policy mean
//! what they mean for a future, and there is no second vocabulary.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use futures_core::stream::{FusedStream, Stream, TryStream};

use super::run::Run;
use super::strategy::{Decide, Strategy};
use super::work::{Driven, Work};
use super::{Policy, Retry};
use crate::internal::budget::Budget;
use crate::time::{Clock, Instant, Timer};

/// A stream that is made anew, after the policy's delay, whenever it fails: `connect` makes one.
///
/// It gives the items. An error that is retried is not given: [`on_retry`](Retry::on_retry) hears of it. One that is not,
/// because a condition or the policy says so, is the last item. The methods of [`Retry`] say the rest; call them before the
/// first poll. To them a stream is an attempt, which ends with an error, or with `Ok(())`:
///
/// | to | say |
/// |---|---|
/// | connect again at the end of the stream, too | [`when_result`](Retry::when_result)`(\|_\| true)` |
/// | take a silence for a failure | [`attempt_timeout`](Retry::attempt_timeout): the time without an item |
/// | be patient with a stream that has worked | nothing: with an item the policy begins anew |
/// | be patient only if it has worked for a while | [`reset_after`](Retry::reset_after) |
///
/// To an [observer](Retry::observe) a run has succeeded when the policy begins anew after failures, and the next begins then. So
/// [`Counters::successes`](super::Counters::successes) tells how often it got over failures, and one more if it ended well.
///
/// Where connecting takes time and may fail, make a stream of that:
/// [`try_flatten_stream`](crate::future::TryFutureExt::try_flatten_stream). To go on where the last stream broke off, take
/// [`retry_stream_with`].
///
/// # Errors
///
/// The stream gives the last error, as it is or [`detailed`](Retry::detailed), as its last item.
///
/// # Cancel safety
///
/// Dropping it drops the stream that is under way. Dropping a `next` loses nothing.
///
/// # Fairness
///
/// Where streams fail at once and delays are zero, the task yields after 128 of them.
///
/// # Allocation
///
/// None.
///
/// # Examples
///
/// ```
/// use anywhen::prelude::*;
/// use anywhen::retry::retry_stream;
/// use anywhen::stream;
/// use anywhen::time::VirtualClock;
///
/// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
/// let mut connections = [vec![Ok(1), Err("reset")], vec![Err("refused")], vec![Ok(2), Ok(3)]].into_iter();
/// let items = retry_stream(|| stream::iter(connections.next().unwrap()));
/// assert_eq!(items.collect::<Vec<_>>().await, [Ok(1), Ok(2), Ok(3)]);
/// # }));
/// ```
pub fn retry_stream<F, St>(connect: F) -> Retry<Streams<F>>
where
    F: FnMut() -> St,
    St: TryStream,
{
    Retry::new(Streams::new(connect), Policy::new(), Clock::default())
}

/// As [`retry_stream`], from where the last stream broke off: `connect` is told the position, and `advance` moves it on
/// with each item before that is given.
///
/// # Errors
///
/// The stream gives the last error, as it is or [`detailed`](Retry::detailed), as its last item.
///
/// # Cancel safety
///
/// Dropping it drops the stream that is under way, and the position. Dropping a `next` loses nothing.
///
/// # Fairness
///
/// Where streams fail at once and delays are zero, the task yields after 128 of them.
///
/// # Allocation
///
/// None.
///
/// # Examples
///
/// Events that are numbered, as those of a server that is told the last one:
///
/// ```
/// use anywhen::prelude::*;
/// use anywhen::retry::retry_stream_with;
/// use anywhen::stream;
/// use anywhen::time::VirtualClock;
///
/// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
/// // Breaks off after two events, each time.
/// let subscribe = |last: u32| stream::iter([Ok(last + 1), Ok(last + 2), Err("reset")]);
/// let events = retry_stream_with(0, |last| subscribe(*last), |last, event| *last = *event);
/// assert_eq!(events.take(5).collect::<Vec<_>>().await, [1, 2, 3, 4, 5].map(Ok));
/// # }));
/// ```
pub fn retry_stream_with<S, F, A, St>(position: S, connect: F, advance: A) -> Retry<Streams<Resume<S, F, A>>>
where
    F: FnMut(&S) -> St,
    A: FnMut(&mut S, &St::Ok),
    St: TryStream,
{
    Retry::new(Streams::new(Resume { position, connect, advance }), Policy::new(), Clock::default())
}

/// Makes streams; from [`retry_stream`] and [`retry_stream_with`].
#[derive(Clone, Copy, Debug)]
pub struct Streams<C> {
    connect: C,
    /// How long a stream must have run for the policy to begin anew; if it is not said, an item is enough.
    reset_after: Option<Duration>,
    /// When the present one was made, where that is said.
    made: Option<Instant>,
    is_over: bool,
}

impl<C> Streams<C> {
    const fn new(connect: C) -> Self {
        Self { connect, reset_after: None, made: None, is_over: false }
    }
}

/// How a stream is made anew: every `FnMut() -> impl TryStream`, and [`Resume`]. Not implemented by hand.
pub trait Connect {
    /// What is made.
    type Stream: TryStream;

    /// Makes one.
    fn connect(&mut self) -> Self::Stream;

    /// An item goes by.
    #[inline]
    fn passes(&mut self, _: &<Self::Stream as TryStream>::Ok) {}
}

impl<F: FnMut() -> St, St: TryStream> Connect for F {
    type Stream = St;

    #[inline]
    fn connect(&mut self) -> St {
        self()
    }
}

/// Makes streams that go on where the last one broke off; from [`retry_stream_with`].
#[derive(Clone, Copy, Debug)]
pub struct Resume<S, F, A> {
    position: S,
    connect: F,
    advance: A,
}

impl<S, F, A, St> Connect for Resume<S, F, A>
where
    F: FnMut(&S) -> St,
    A: FnMut(&mut S, &St::Ok),
    St: TryStream,
{
    type Stream = St;

    #[inline]
    fn connect(&mut self) -> St {
        (self.connect)(&self.position)
    }

    #[inline]
    fn passes(&mut self, item: &St::Ok) {
        (self.advance)(&mut self.position, item);
    }
}

impl<C: Connect> Work for Streams<C> {
    type Value = ();
    type Error = <C::Stream as TryStream>::Error;
    type Attempt = C::Stream;

    fn begin(&mut self, _: Driven) -> C::Stream {
        self.connect.connect()
    }
}

/// What gives a stream.
impl<C: Connect, P: Strategy, T: Timer> Retry<Streams<C>, P, T> {
    /// Lets the policy begin anew if a stream has run for so long when it fails, instead of with each item.
    ///
    /// For what greets everybody and fails then: with the first item taken for a success, it would be connected to again
    /// and again after the first delay.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::retry::retry_stream;
    /// use anywhen::stream;
    /// use anywhen::time::{Duration, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let greets = retry_stream(|| stream::iter([Ok("hello"), Err("too many connections")]));
    /// let items = greets.reset_after(Duration::from_secs(10)).collect::<Vec<_>>().await;
    /// assert_eq!(items.len(), 5);
    /// assert_eq!(items[4], Err("too many connections"));
    /// # }));
    /// ```
    pub fn reset_after(self, run: Duration) -> Self {
        let (streams, strategy, timer) = self.into_parts();
        Self::new(Streams { reset_after: Some(run), ..streams }, strategy, timer)
    }
}

impl<C, P, T> Stream for Retry<Streams<C>, P, T>
where
    C: Connect,
    P: Decide<(), <C::Stream as TryStream>::Error>,
    T: Timer,
{
    type Item = Item<C, P>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.project().run.poll_next(|run| run.poll_next(cx))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.run.is_over().then_some(0))
    }
}

impl<C, P, T> FusedStream for Retry<Streams<C>, P, T>
where
    C: Connect,
    P: Decide<(), <C::Stream as TryStream>::Error>,
    T: Timer,
{
    fn is_terminated(&self) -> bool {
        self.run.is_over()
    }
}

/// An item of the whole.
type Item<C, P> = Result<
    <<C as Connect>::Stream as TryStream>::Ok,
    <P as Decide<(), <<C as Connect>::Stream as TryStream>::Error>>::Error,
>;

/// What the stream that is under way has given: an item, an error, or its end.
type Given<C> = Result<Option<<<C as Connect>::Stream as TryStream>::Ok>, <<C as Connect>::Stream as TryStream>::Error>;

impl<C, P, T> Run<Streams<C>, P, T, C::Stream, T::Sleep, P::Delays>
where
    C: Connect,
    P: Decide<(), <C::Stream as TryStream>::Error>,
    T: Timer,
{
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item<C, P>>> {
        if self.op().is_over {
            return Poll::Ready(None);
        }
        // Where streams fail at once, others get their turn now and then.
        let mut budget = Budget::new();
        loop {
            ready!(budget.poll_round(cx));
            ready!(self.as_mut().poll_delay(cx));
            let result = match ready!(self.as_mut().poll_item(cx)) {
                Ok(Some(item)) => return Poll::Ready(Some(Ok(item))),
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            if let Some(end) = self.as_mut().broken_off(result) {
                let (op, _) = self.op_and_timer();
                op.is_over = true;
                return Poll::Ready(end.err().map(Err));
            }
        }
    }

    /// Makes a stream, if none is under way, and asks it for an item.
    fn poll_item(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Given<C>> {
        if !self.is_under_way() {
            let (op, timer) = self.as_mut().op_and_timer();
            op.made = op.reset_after.map(|_| timer.now());
        }
        match self.as_mut().under_way().try_poll_next(cx) {
            Poll::Ready(Some(Ok(item))) => {
                let (op, _) = self.as_mut().op_and_timer();
                op.connect.passes(&item);
                let is_enough = op.reset_after.is_none();
                self.has_worked(is_enough);
                Poll::Ready(Ok(Some(item)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Err(error)),
            Poll::Ready(None) => Poll::Ready(Ok(None)),
            Poll::Pending => self.poll_limit(cx).map(Err),
        }
    }

    /// The stream is over: there will be another, or this is the end.
    #[cold]
    fn broken_off(
        mut self: Pin<&mut Self>,
        result: Result<(), <C::Stream as TryStream>::Error>,
    ) -> Option<Result<(), P::Error>> {
        let (op, timer) = self.as_mut().op_and_timer();
        if let (Some(made), Some(run)) = (op.made, op.reset_after) {
            if timer.now() - made >= run {
                self.as_mut().has_worked(true);
            }
        }
        match self.as_mut().judge(&result) {
            false if result.is_ok() => {
                self.succeeded();
                Some(Ok(()))
            }
            again => self.failed(result, again),
        }
    }
}
