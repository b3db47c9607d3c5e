//! Verbs over futures: join them, race them, turn what they give into something else.
//!
//! | wait for | like outputs | unlike outputs | stop early |
//! |---|---|---|---|
//! | all | `.join()` | `.join()`, [`join!`](crate::join!) | `.try_join()`, [`try_join!`](crate::try_join!) at the first error |
//! | all, and then the first error | `.settle()` | `.settle()` | never |
//! | the first | `.race()` | `.select()`, [`select!`](crate::select!) | by nature |
//! | the first that does not fail | `.race_ok()` | [`select!`](crate::select!), with patterns | by nature |
//!
//! Each verb speaks three dialects over one mechanism. The *methods* are on tuples of 2 to 12 futures, on arrays and on
//! `Vec`s, and come with the [prelude](crate::prelude); their futures are in [`container`]. The *functions* [`join()`],
//! [`try_join()`], [`select()`] and their siblings, [`join_all`] among them, are those of the crate futures, and hand losers
//! back where those do. The *macros* are tokio's. Tuples, arrays and macros allocate nothing.
//!
//! Tuples and arrays are scanned: each wake polls every child that is not done. That is the fastest there is for a
//! few, and costs O(N) a wake. Of a `Vec` with more than 30, and of the sets that grow ([`FuturesUnordered`],
//! [`FuturesOrdered`], [`FutureGroup`]), only those are polled that were woken. The `guide` has two tables that say which to
//! take when, and what it costs.
//!
//! What works on one future is in [`FutureExt`], and in [`TryFutureExt`] if its output is a `Result`. What is the same in
//! the standard library is re-exported from there.

#[cfg(all(feature = "alloc", any(feature = "std", feature = "critical-section")))]
mod abortable;
mod and_then;
mod apply;
#[cfg(feature = "std")]
mod catch_unwind;
mod chain;
mod children;
mod either;
mod either_n;
mod ext;
mod flatten;
mod fuse;
#[cfg(feature = "alloc")]
mod group;
#[cfg(feature = "std")]
pub mod guide;
mod inspect;
mod into_future;
mod into_stream;
mod join;
mod lazy;
mod macros;
mod map;
mod map_ok;
mod maybe_done;
mod on_drop;
mod option;
#[cfg(feature = "alloc")]
mod ordered;
mod poll_immediate;
mod poll_once;
mod race;
mod race_ok;
mod ready;
#[cfg(feature = "std")]
mod remote;
mod rotation;
mod select;
mod settle;
#[cfg(all(feature = "alloc", any(feature = "std", feature = "critical-section")))]
mod shared;
mod slot;
mod try_ext;
mod try_join;
mod tuple;
#[cfg(feature = "alloc")]
mod unordered;
mod yield_now;

pub use core::future::{Future, Pending, PollFn, Ready, pending, poll_fn, ready};

pub use futures_core::{FusedFuture, TryFuture};

#[cfg(all(feature = "alloc", any(feature = "std", feature = "critical-section")))]
pub use self::abortable::{AbortHandle, AbortRegistration, Abortable, Aborted, abortable};
pub use self::and_then::{AndThen, OrElse, TryFlatten};
#[cfg(feature = "std")]
pub use self::catch_unwind::CatchUnwind;
pub use self::either::Either;
pub use self::either_n::{Either3, Either4, Either5, Either6, Either7, Either8, Either9, Either10, Either11, Either12};
pub use self::ext::FutureExt;
#[cfg(feature = "alloc")]
pub use self::ext::{BoxFuture, LocalBoxFuture};
pub use self::flatten::{Flatten, Then};
pub use self::fuse::Fuse;
#[cfg(feature = "alloc")]
pub use self::group::FutureGroup;
pub use self::inspect::{Inspect, InspectErr, InspectOk};
pub use self::into_future::IntoFuture;
pub use self::into_stream::{FlattenStream, IntoStream, TryFlattenStream};
pub use self::join::function::{Join, Join3, Join4, Join5, join, join3, join4, join5};
#[cfg(feature = "alloc")]
pub use self::join::function::{JoinAll, join_all};
pub use self::lazy::{Lazy, lazy};
pub use self::map::{Map, MapInto, NeverError, UnitError};
pub use self::map_ok::{ErrInto, MapErr, MapOk, MapOkOrElse, OkInto, UnwrapOrElse};
pub use self::maybe_done::{MaybeDone, TryMaybeDone, maybe_done, try_maybe_done};
pub use self::on_drop::OnDrop;
pub use self::option::OptionFuture;
#[cfg(feature = "alloc")]
pub use self::ordered::FuturesOrdered;
pub use self::poll_immediate::{PollImmediate, poll_immediate};
pub use self::poll_once::{PollOnce, poll_once};
pub use self::ready::{AlwaysReady, always_ready, err, ok};
#[cfg(feature = "std")]
pub use self::remote::{Remote, RemoteHandle};
pub(crate) use self::select::Order;
#[cfg(feature = "alloc")]
pub use self::select::all::{SelectAll, SelectOk, select_all, select_ok};
pub use self::select::function::{Select, TrySelect, select, try_select};
#[cfg(all(feature = "alloc", any(feature = "std", feature = "critical-section")))]
pub use self::shared::{Shared, WeakShared};
pub use self::try_ext::TryFutureExt;
pub use self::try_join::function::{TryJoin, TryJoin3, TryJoin4, TryJoin5, try_join, try_join3, try_join4, try_join5};
#[cfg(feature = "alloc")]
pub use self::try_join::function::{TryJoinAll, try_join_all};
#[cfg(feature = "alloc")]
pub use self::unordered::FuturesUnordered;
pub use self::yield_now::{YieldNow, yield_now};

/// The keys of a [`FutureGroup`], and its keyed form.
#[cfg(feature = "alloc")]
pub mod future_group {
    pub use super::group::{FutureGroup, Key, Keyed};
}

/// The iterators of [`FuturesUnordered`].
#[cfg(feature = "alloc")]
pub mod futures_unordered {
    pub use super::unordered::{FuturesUnordered, IntoIter, Iter, IterMut, IterPinMut, IterPinRef};
}

/// The futures of the methods, each generic over the collection it was called on.
pub mod container {
    pub use super::join::Join;
    pub use super::race::Race;
    pub use super::race_ok::RaceOk;
    pub use super::select::{Biased, Fair, Select};
    pub use super::settle::Settle;
    pub use super::try_join::TryJoin;
}

/// The traits that give collections of futures their methods, to be named in bounds.
///
/// For calling the methods, use the [prelude](crate::prelude).
pub mod traits {
    pub use super::children::IntoChildren;
    pub use super::join::method::Join;
    pub use super::race::method::Race;
    pub use super::race_ok::method::RaceOk;
    pub use super::select::method::Select;
    pub use super::settle::method::Settle;
    pub use super::try_join::method::TryJoin;
}

/// What the macros' expansions name. Not part of the interface.
#[doc(hidden)]
pub mod support {
    pub use core::future::{Future, IntoFuture};
    pub use core::pin::Pin;
    pub use core::result::Result;
    pub use core::task::Poll;

    pub use super::macros::{Branches, all_disabled, branches, start};
    pub use super::maybe_done::maybe_done;
    pub use super::rotation::Rotation;
    pub use super::slot::{poll, take, take_ok, try_poll};
}
