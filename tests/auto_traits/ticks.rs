//! The streams that time gives all by itself.

use anywhen::time::IntervalStream;

use super::*;

// As the interval in it, which keeps its sleep in a box.
pin!(IntervalStream: Send Sync Unpin - -);
