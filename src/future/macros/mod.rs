//! `join!`, `try_join!` and `select!`, with tokio's syntax.
//!
//! A macro evaluates its expressions into a tuple and awaits [`Branches`] over it: a future that owns the tuple, keeps
//! it pinned, and calls the macro's closure at each poll, which goes over the branches once. What the expansions name
//! beyond that is in the hidden module `support`.

mod branches;
mod join;
mod select;

pub use self::branches::{Branches, all_disabled, branches, start};
