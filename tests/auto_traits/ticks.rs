//! The streams that time gives all by itself, and what a queue gives.

use anywhen::time::delay_queue::{Expired, Key};
use anywhen::time::{DelayQueue, IntervalStream};

use super::*;

// As the interval in it, which keeps its sleep in a box.
pin!(IntervalStream: Send Sync Unpin - -);
pin!(DelayQueue<Plain>: Send Sync Unpin - -);
pin!(Expired<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Key: Send Sync Unpin UnwindSafe RefUnwindSafe);

covariant! {
    'x DelayQueue<&'x Plain>;
    'x Expired<&'x Plain>;
}

// They hold items, and give them out by `&` and by value.
is!(DelayQueue<OnlySend>: Send);
is_not!(DelayQueue<OnlySend>: Sync);
is!(DelayQueue<OnlySync>: Sync);
is_not!(DelayQueue<OnlySync>: Send);
is!(Expired<OnlySend>: Send);
is_not!(Expired<OnlySend>: Sync);
is!(Expired<OnlySync>: Sync);
is_not!(Expired<OnlySync>: Send);
is!(DelayQueue<std::marker::PhantomPinned>: Unpin);
is!(Key: Copy, std::hash::Hash, Ord);
