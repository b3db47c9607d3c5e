//! Futures over a stream. Each waits for a stream to end, to give an item, or to panic.

use anywhen::prelude::*;

use crate::stage::{Entry, Gate, Stage};

pub(super) const ENTRIES: &[Entry] = &[|body| {
    let gate = Gate::default();
    let mut stream = gate.stream();
    body(Stage::lent(&gate, || stream.next()));
}];
