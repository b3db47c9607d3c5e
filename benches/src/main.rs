//! anywhen beside its peers.
fn main() {}
