//! `debounce`: an item when nothing newer has come for a while.

use super::gather::{Gather, Since};
use super::{Stream, shell};
use crate::time::{Clock, Duration, Timer};

shell::named_stream! {
    /// The stream of [`StreamExt::debounce`](super::StreamExt::debounce).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the item that it holds.
    Debounce<St, T = Clock> where [St: Stream, T: Timer] is Gather<St, Option<St::Item>, Since<T>>;
    new(stream: St, timer: T, duration: Duration) =
        Gather::new(stream, None, Since::last(timer, duration));
    impl[St: Stream, T: Timer] Stream<Item = St::Item>;
}
