//! Whose turn it is first, in `join!` and `try_join!`.

/// Where each pass over a number of branches begins: one branch further than the last, and then round.
#[derive(Debug)]
pub struct Rotation {
    first: usize,
}

impl Rotation {
    /// A rotation that begins at the first branch.
    #[inline]
    #[expect(clippy::new_without_default, reason = "only the macros' expansions make one")]
    pub const fn new() -> Self {
        Self { first: 0 }
    }

    /// The next pass over the `count` branches, which is the same number each time.
    #[inline]
    pub const fn pass(&mut self, count: usize) -> Pass {
        let first = self.first;
        self.first = if first + 1 < count { first + 1 } else { 0 };
        Pass { to_skip: first, to_poll: count }
    }
}

/// One pass: the branches are gone through in a circle, and have their turn once the first few have been skipped.
#[derive(Debug)]
pub struct Pass {
    to_skip: usize,
    to_poll: usize,
}

impl Pass {
    /// Whether every branch has had its turn.
    #[inline]
    pub const fn is_over(&self) -> bool {
        self.to_poll == 0
    }

    /// Goes to the next branch, and tells whether it has its turn.
    #[inline]
    pub const fn is_next(&mut self) -> bool {
        if self.to_skip > 0 {
            self.to_skip -= 1;
            return false;
        }
        self.to_poll -= 1;
        true
    }
}
