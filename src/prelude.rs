//! The extension traits, and nothing else.
//!
//! Traits are exported anonymously, so that they bring their methods into scope without claiming a name. The methods have the
//! names of those of futures, futures-lite and tokio-stream: in a module that imports these as well, calls are ambiguous.

pub use crate::future::traits::{Join as _, Race as _, RaceOk as _, Select as _, Settle as _, TryJoin as _};
pub use crate::future::{FutureExt as _, TryFutureExt as _};
#[cfg(feature = "std")]
pub use crate::retry::PolicyExt as _;
#[cfg(feature = "alloc")]
pub use crate::stream::Drive as _;
pub use crate::stream::traits::Merge as _;
pub use crate::stream::{StreamExt as _, TryStreamExt as _};
