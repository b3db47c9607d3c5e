//! `abortable`, of a stream.

use super::Stream;
use crate::future::{AbortHandle, Abortable};

/// Makes a stream that the handle ends, wherever that is.
///
/// One that somebody waits for is woken by that. To end many with one handle, see [`AbortHandle`]; for an end that a future brings
/// about, [`take_until`](super::StreamExt::take_until).
///
/// # Cancel safety
///
/// It is as cancel safe as the stream; aborting is the same as dropping.
///
/// # Allocation
///
/// One block, that the two have in common.
///
/// # Examples
///
/// ```
/// use anywhen::prelude::*;
/// use anywhen::stream;
///
/// # anywhen::rt::Std.block_on(async {
/// let (mut numbers, handle) = stream::abortable(stream::iter(1..));
/// assert_eq!(numbers.next().await, Some(1));
/// handle.abort();
/// assert_eq!(numbers.next().await, None);
/// # });
/// ```
pub fn abortable<St: Stream>(stream: St) -> (Abortable<St>, AbortHandle) {
    let (handle, registration) = AbortHandle::new_pair();
    (Abortable::new(stream, registration), handle)
}
