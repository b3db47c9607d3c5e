//! Streams. Each waits for a source that the suites have give items, end or panic.

use anywhen::prelude::*;

use crate::streams::{StreamEntry, StreamStage};

pub(super) const ENTRIES: &[StreamEntry] = &[|body| body(StreamStage::over(|leaf| leaf.fuse()))];
