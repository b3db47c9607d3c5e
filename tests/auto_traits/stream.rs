//! The types of `anywhen::stream`. What they take from their parameters is what the fields have: a stream, a future that
//! is awaited for an item, an item that is held meanwhile, a closure.

use std::marker::PhantomPinned;

use anywhen::stream::{Fuse, Next};

use super::*;

pin!(Fuse<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Next<'_, Plain>: Send Sync Unpin - RefUnwindSafe);

covariant! {
    'x Fuse<&'x Plain>;
    'x Next<'x, Plain>;
}

is_not!(Fuse<Neither>: Send, Sync);
is_not!(Fuse<PhantomPinned>: Unpin);
is!(Next<'_, OnlySend>: Send);
is_not!(Next<'_, OnlySync>: Send);
