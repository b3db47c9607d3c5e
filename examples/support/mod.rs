//! What every example needs and none should repeat: a runtime chosen by name, sockets that belong to it, hyper on those
//! sockets, and Ctrl-C. An example says `#[path = "../support/mod.rs"] mod support;`, writes its body once, as a
//! [`Program`] over any `R: Runtime + Net`, and leaves the rest to [`Choice::run`].

mod ctrl_c;
mod hyper_io;
mod net;
mod runtime;

pub use ctrl_c::CtrlC;
pub use hyper_io::HyperIo;
pub use net::Net;
#[cfg(feature = "tokio")]
pub use net::TokioStream;
pub use runtime::{Choice, Program};
