//! What several test binaries share.

pub(crate) mod function;
pub(crate) mod source;
pub(crate) mod surface;
mod tokens;
