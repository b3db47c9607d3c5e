//! What bounds the load that retries make, and what is built on that: budgets, hedges, fallbacks, pipelines.

use std::future::Ready;

use anywhen::retry::hedge::{After, AfterPercentile, AnyError, Counting, OnHedge, Silent, Unlimited};
use anywhen::retry::pipeline::{
    Call, Fallbacks, Gates, Hedges, Identity, Layered, Limited, Once, Retries, Stack, Timeouts,
};
use anywhen::retry::strategy::{Until, With};
use anywhen::retry::{Budget, Fallback, Hedge, HedgeCounters, HedgeEvent, HedgePolicy, Latencies, Pipeline};
use anywhen::time::Clock;

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
pin!(Counting<&HedgeCounters>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(OnHedge<fn()>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Silent: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Unlimited: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Fallback<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Pipeline: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Identity: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Stack<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Layered<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Retries<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Hedges<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Gates<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Timeouts<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Fallbacks<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Once<Attempt<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Call<Identity, Attempt<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Limited<Plain, Clock>: Send Sync - - -);

covariant! {
    'x Budget<&'x u8>;
    'x HedgePolicy<&'x u8, &'x u8, &'x u8, &'x u8>;
    'x HedgeEvent<'x, &'x u8>;
    'x AfterPercentile<&'x Latencies>;
    'x Counting<&'x HedgeCounters>;
    'x OnHedge<&'x u8>;
    'x Fallback<&'x u8, &'x u8, &'x u8, &'x u8>;
    'x Pipeline<&'x u8>;
    'x Stack<&'x u8, &'x u8>;
    'x Layered<&'x u8, &'x u8>;
    'x Retries<&'x u8, &'x u8>;
    'x Hedges<&'x u8, &'x u8>;
    'x Gates<&'x u8, &'x u8>;
    'x Timeouts<&'x u8>;
    'x Fallbacks<&'x u8, &'x u8>;
    'x Limited<&'x u8, Clock>;
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
is!(HedgePolicy<After, Unlimited, AnyError, With<Silent, Until>>: Send, Sync, Unpin, Copy);
is!(HedgePolicy: Copy);
is_not!(HedgeEvent<'_, OnlySend>: Send, Sync);

is!(Fallback<OnlySend, OnlySend, OnlySend>: Send);
is_not!(Fallback<Neither, Plain, Plain>: Send, Sync);
is_not!(Fallback<Plain, Neither, Plain>: Send, Sync);
is_not!(Fallback<Plain, Plain, Neither>: Send, Sync);
is!(Once<Attempt<OnlySend>>: Send);
is_not!(Once<Attempt<Neither>>: Send, Sync);
is!(Limited<OnlySend, Clock>: Send);
is_not!(Limited<Neither, Clock>: Send, Sync);
is!(Pipeline: Copy);
is_not!(Pipeline<Stack<Identity, Neither>>: Send, Sync);

#[cfg(feature = "tower")]
mod service {
    use anywhen::retry::{PipelineService, ServiceAttempt, ServiceCall};
    use tower::util::ServiceFn;

    use super::*;

    type Calls<T> = ServiceFn<fn(T) -> Ready<Result<T, T>>>;

    pin!(PipelineService<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(ServiceCall<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(ServiceAttempt<Calls<Plain>, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);

    covariant! {
        'x PipelineService<&'x u8, &'x u8>;
        'x ServiceCall<&'x u8, &'x u8>;
    }

    is_not!(ServiceCall<Neither, Plain>: Send, Sync);
    is_not!(ServiceCall<Plain, Neither>: Send, Sync);
    is!(ServiceAttempt<Calls<OnlySend>, OnlySend>: Send);
    is_not!(ServiceAttempt<Calls<Neither>, Neither>: Send, Sync);
}
