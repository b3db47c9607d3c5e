//! Verbs over streams: take their items, turn them into others, put streams together.
//!
//! A [`Stream`] gives items one after the other, and may make whoever wants the next one wait. What works on one stream is
//! in [`StreamExt`], and comes with the [prelude](crate::prelude).
//!
//! | you want | verbs |
//! |---|---|
//! | the next item | [`next`](StreamExt::next) |
//! | to poll on after the end | [`fuse`](StreamExt::fuse) |
//!
//! # What streams here have in common
//!
//! - *After the end* they stay at `None`, all of them, and say so through [`FusedStream`]. What they were made of is dropped
//!   when they end. A panic, be it of the source or of a closure, is an end, too.
//! - *Cancel safety.* A stream is not lost when the future that waits for its next item is dropped: the item comes to the
//!   next call. What dropping the stream itself loses is said with each.
//! - *Bounded work.* What looks at many items within one poll stops after 128, wakes its task, and goes on in the next poll.
//!   So a source that is always ready starves nobody; and `Pending` need not mean that the source has nothing more.

mod ext;
mod fuse;
mod next;

pub use futures_core::stream::{FusedStream, Stream, TryStream};

pub use self::ext::StreamExt;
pub use self::fuse::Fuse;
pub use self::next::Next;
