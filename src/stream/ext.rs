//! The methods of a single stream: [`StreamExt`].

use super::{Fuse, Next, Stream};

/// Methods on every stream.
///
/// They come into scope with the [prelude](crate::prelude). Names and meanings are those of futures' trait of the same
/// name.
pub trait StreamExt: Stream {
    /// Waits for the next item; gives `None` when there are no more.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing: the item comes to the next call.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::pin;
    ///
    /// use anywhen::future::FutureExt;
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut stream = pin!(futures_lite::stream::iter([1, 2]).fuse());
    /// assert_eq!(stream.next().await, Some(1));
    /// assert_eq!(stream.next().await, Some(2));
    /// assert_eq!(stream.next().await, None);
    /// # });
    /// ```
    #[inline]
    fn next(&mut self) -> Next<'_, Self>
    where
        Self: Unpin,
    {
        Next::new(self)
    }

    /// Makes it stay at `None` once it has ended, instead of panicking or worse when polled again.
    ///
    /// The streams of this crate do so by themselves.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream::FusedStream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut fused = futures_lite::stream::empty::<u8>().fuse();
    /// assert_eq!(fused.next().await, None);
    /// assert!(fused.is_terminated());
    /// # });
    /// ```
    #[inline]
    fn fuse(self) -> Fuse<Self>
    where
        Self: Sized,
    {
        Fuse::new(self)
    }
}

impl<St: Stream + ?Sized> StreamExt for St {}
