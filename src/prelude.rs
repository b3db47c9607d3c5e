//! The extension traits, and nothing else.
//!
//! Traits are exported anonymously, so that they bring their methods into scope without claiming a name.
