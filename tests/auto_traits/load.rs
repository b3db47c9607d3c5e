//! What bounds the load that retries make, and what is built on that: budgets, hedges, fallbacks, pipelines.

use anywhen::retry::Budget;

use super::*;

pin!(Budget: Send Sync Unpin UnwindSafe RefUnwindSafe);

covariant! {
    'x Budget<&'x u8>;
}

// A budget is what its timer is.
is!(Budget<OnlySend>: Send, Unpin);
is_not!(Budget<OnlySend>: Sync);
is_not!(Budget<OnlySync>: Send);
