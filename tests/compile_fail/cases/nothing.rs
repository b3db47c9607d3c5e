//! Races of nothing. They are refused when they are put to use, after everything else has been found right.

use std::future::Ready;

use anywhen::prelude::*;

#[cfg(wrong)]
const NUMBER: usize = 0;
#[cfg(not(wrong))]
const NUMBER: usize = 1;

pub fn a_race(of: [Ready<u8>; NUMBER]) {
    drop(of.race()); //~ in the crate: evaluation panicked: a race of nothing would never end
}

pub fn a_race_for_success(of: [Ready<Result<u8, u8>>; NUMBER]) {
    drop(of.race_ok()); //~ in the crate: evaluation panicked: a race of nothing would never end
}

pub fn a_select(of: [Ready<u16>; NUMBER]) {
    drop(of.select()); //~ in the crate: evaluation panicked: a race of nothing would never end
}
