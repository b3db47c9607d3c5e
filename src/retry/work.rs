//! What a [`Retry`](super::Retry) does again and again.
//!
//! [`Work`] is begun, and an attempt at it is under way; of a [`Task`] that is a future. An [`Operation`] is both, and what
//! most retries are of. The other kinds are made by its siblings, and are here to be named where a retry is stored:
//!
//! | made by | work | the retry is |
//! |---|---|---|
//! | [`retry()`](super::retry()) | the operation itself | a future |
//! | [`retry_with`](super::retry_with) | [`Carried`] | a future, which gives the context back |
//! | [`retry_mut`](super::retry_mut) | [`Lent`] | a future |
//! | [`blocking_retry`](super::blocking_retry) | [`Blocking`] | [called](super::Retry::call) |
//! | [`retry_stream`](super::retry_stream) | [`Streams`] | a stream |
//!
//! ```
//! use std::future::{Ready, ready};
//!
//! use anywhen::retry::work::Carried;
//! use anywhen::retry::{Retry, retry_with};
//!
//! type Fetch = Retry<Carried<String, fn(String) -> Ready<(String, Result<usize, ()>)>>>;
//!
//! fn fetch(context: String) -> Fetch {
//!     retry_with(context, |text| {
//!         let length = text.len();
//!         ready((text, Ok(length)))
//!     })
//! }
//! # assert_eq!(anywhen::rt::Std.block_on(fetch("page".into())), ("page".into(), Ok(4)));
//! ```

use core::future::Future;

use super::Operation;
pub use super::blocking::Blocking;
pub use super::context::{Carried, Lent};
pub use super::streams::{Connect, Resume, Streams};

/// Shows that it is the machine that calls: one attempt at a time, and the one before is gone.
#[doc(hidden)]
#[derive(Debug)]
pub struct Driven(pub(super) ());

/// What can be tried again, whatever that takes. Every [`Operation`] is; the others come from the functions of
/// [`retry`](super). It is there to bound generic code, and not implemented by hand.
pub trait Work {
    /// What comes of it when it succeeds.
    type Value;
    /// What comes of it when it fails.
    type Error;
    /// What is under way during an attempt.
    type Attempt;

    /// Begins an attempt.
    #[doc(hidden)]
    fn begin(&mut self, by: Driven) -> Self::Attempt;
}

/// Work whose attempts are futures: a [`Retry`](super::Retry) of it is one, too.
pub trait Task: Work<Attempt: Future> {
    /// What the retry gives in the end, where an attempt alone would give `R`.
    type End<R>;
    /// Whether another attempt can be made when one is dropped half-way.
    const CAN_BE_CUT: bool = true;

    /// An attempt has given this.
    #[doc(hidden)]
    fn settle(
        &mut self,
        by: Driven,
        output: <Self::Attempt as Future>::Output,
    ) -> Result<Self::Value, <Self as Work>::Error>;

    /// It is over.
    #[doc(hidden)]
    fn end<R>(&mut self, by: Driven, result: R) -> Self::End<R>;
}

impl<Op: Operation> Work for Op {
    type Value = Op::Output;
    type Error = Op::Error;
    type Attempt = Op::Future;

    #[inline]
    fn begin(&mut self, _: Driven) -> Op::Future {
        self.attempt()
    }
}

impl<Op: Operation> Task for Op {
    type End<R> = R;

    #[inline]
    fn settle(&mut self, _: Driven, output: Result<Op::Output, Op::Error>) -> Result<Op::Output, Op::Error> {
        output
    }

    #[inline]
    fn end<R>(&mut self, _: Driven, result: R) -> R {
        result
    }
}
