//! Where a race begins.

use crate::internal::rng;

/// Each poll begins at a child drawn at random from a cheap generator of the thread's.
///
/// This is how [`Race`](crate::future::container::Race) and [`Select`](crate::future::container::Select) are made, and
/// [`Merge`](crate::stream::container::Merge) of streams. (A rotation kept in the future would begin every fresh future at its first child, and so starve the others in a loop.)
#[derive(Debug, Clone, Copy)]
pub struct Fair;

/// Each poll begins at the first child; see [`Race::biased`](crate::future::container::Race::biased).
#[derive(Debug, Clone, Copy)]
pub struct Biased;

/// Chooses the child at which a poll begins.
pub trait Order {
    /// Whether it is the first child, always.
    const BIASED: bool;

    /// A number below `count`, which is not zero.
    fn start(count: usize) -> usize;
}

impl Order for Fair {
    const BIASED: bool = false;

    #[inline]
    fn start(count: usize) -> usize {
        if count == 1 { 0 } else { rng::below(u32::try_from(count).unwrap_or(u32::MAX)) as usize }
    }
}

impl Order for Biased {
    const BIASED: bool = true;

    #[inline]
    fn start(_: usize) -> usize {
        0
    }
}
