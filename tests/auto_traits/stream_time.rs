//! The streams over time. They wait for a source and a sleep, and hold an item, or a chunk of them, meanwhile.

use std::marker::PhantomPinned;

use anywhen::stream::{ChunksTimeout, Debounce, Iter, Sample, Throttle, Timeout, TimeoutRepeating};

use super::*;

type Items<T> = Iter<std::option::IntoIter<T>>;

pin!(Timeout<Plain>: Send Sync - - -);
pin!(TimeoutRepeating<Plain>: Send Sync Unpin - -);
pin!(Throttle<Plain>: Send Sync - - -);
pin!(Debounce<Items<Plain>>: Send Sync - - -);
pin!(Sample<Items<Plain>>: Send Sync - - -);
pin!(ChunksTimeout<Items<Plain>>: Send Sync - - -);

covariant! {
    'x Timeout<&'x Plain>;
    'x TimeoutRepeating<&'x Plain>;
    'x Throttle<&'x Plain>;
}

is!(Timeout<OnlySend>: Send);
is_not!(Timeout<OnlySend>: Sync);
is_not!(Timeout<OnlySync>: Send);
is!(TimeoutRepeating<OnlySend>: Send);
is_not!(TimeoutRepeating<OnlySend>: Sync);
is_not!(TimeoutRepeating<OnlySync>: Send);
is_not!(TimeoutRepeating<PhantomPinned>: Unpin);
is!(Throttle<OnlySend>: Send);
is_not!(Throttle<OnlySend>: Sync);
is_not!(Throttle<OnlySync>: Send);

// What they hold is the source's, and so are its traits.
is!(Debounce<Items<OnlySend>>: Send);
is_not!(Debounce<Items<OnlySend>>: Sync);
is_not!(Debounce<Items<OnlySync>>: Send);
is!(Sample<Items<OnlySend>>: Send);
is_not!(Sample<Items<OnlySend>>: Sync);
is_not!(Sample<Items<OnlySync>>: Send);
is!(ChunksTimeout<Items<OnlySend>>: Send);
is_not!(ChunksTimeout<Items<OnlySend>>: Sync);
is_not!(ChunksTimeout<Items<OnlySync>>: Send);
