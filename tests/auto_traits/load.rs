//! What bounds the load that retries make, and what is built on that: budgets, hedges, fallbacks, pipelines.

use std::future::Ready;

use anywhen::retry::hedge::{After, AfterPercentile, AnyError, Counting, OnHedge, Silent, Unlimited};
use anywhen::retry::strategy::With;
use anywhen::retry::{Budget, Hedge, HedgeCounters, HedgeEvent, HedgePolicy, Latencies};

use super::*;

type Attempt<T> = fn() -> Ready<Result<T, T>>;

pin!(Budget: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Hedge<Attempt<Plain>>: Send Sync - - -);
pin!(HedgePolicy: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(HedgeCounters: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(HedgeEvent<'_, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Latencies: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(After: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(AfterPercentile<&Latencies>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(AnyError: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Counting<&HedgeCounters>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(OnHedge<fn()>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Silent: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Unlimited: Send Sync Unpin UnwindSafe RefUnwindSafe);

covariant! {
    'x Budget<&'x u8>;
    'x HedgePolicy<&'x u8, &'x u8, &'x u8, &'x u8>;
    'x HedgeEvent<'x, &'x u8>;
    'x AfterPercentile<&'x Latencies>;
    'x Counting<&'x HedgeCounters>;
    'x OnHedge<&'x u8>;
}

// A budget is what its timer is.
is!(Budget<OnlySend>: Send, Unpin);
is_not!(Budget<OnlySend>: Sync);
is_not!(Budget<OnlySync>: Send);

// The whole is what its operation, attempts and additions are; a sleep is part of it, so it stays where it is.
is!(Hedge<Attempt<OnlySend>>: Send);
is_not!(Hedge<Attempt<Neither>>: Send, Sync);
is!(Hedge<Attempt<Plain>, HedgePolicy<AfterPercentile<&'static Latencies>, &'static Budget>>: Send, Sync);
is_not!(Hedge<Attempt<Plain>, HedgePolicy<After, Unlimited, Neither>>: Send, Sync);
is!(HedgePolicy<After, Unlimited, AnyError, With<Silent, OnHedge<OnlySend>>>: Send, Unpin);
is_not!(HedgePolicy<After, Unlimited, AnyError, With<Silent, OnHedge<Neither>>>: Send, Sync);
is!(HedgePolicy: Copy);
is_not!(HedgeEvent<'_, OnlySend>: Send, Sync);
