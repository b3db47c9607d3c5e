//! Why a token was cancelled.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::error::Error;
use core::fmt;

/// Why a [`CancellationToken`](super::CancellationToken) was cancelled; from [`reason`](super::CancellationToken::reason).
///
/// It shows itself as the error or the text that was given, and is cloned without being copied.
///
/// # Examples
///
/// ```
/// use anywhen::sync::CancellationToken;
///
/// let token = CancellationToken::new();
/// token.cancel_with("the server shuts down");
/// assert_eq!(token.reason().unwrap().to_string(), "the server shuts down");
/// ```
#[derive(Clone)]
pub struct CancelReason(Arc<dyn Error + Send + Sync>);

impl CancelReason {
    pub(super) fn new(error: Box<dyn Error + Send + Sync>) -> Self {
        match error.downcast::<Self>() {
            Ok(reason) => *reason,
            Err(error) => Self(error.into()),
        }
    }

    /// The error that was given, if it is an `E`.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::CancellationToken;
    /// use anywhen::time::error::Elapsed;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let token = CancellationToken::new();
    /// let late = anywhen::time::timeout(std::time::Duration::ZERO, std::future::pending::<()>()).await;
    /// token.cancel_with(late.unwrap_err());
    /// assert!(token.reason().unwrap().downcast_ref::<Elapsed>().is_some());
    /// # });
    /// ```
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }
}

impl Error for CancelReason {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl fmt::Display for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
