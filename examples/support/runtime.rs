//! A runtime by name: what `--runtime` takes, which of them this build contains, and how a program is run on one.

use std::fmt;
use std::future::Future;
use std::io;
use std::str::FromStr;

use anywhen::rt;

use super::net::Net;

/// The runtimes an example runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// No runtime at all: `rt::Std`, with sockets from async-io.
    Std,
    /// tokio, everything on the calling thread.
    Tokio,
    /// tokio with its pool of threads.
    TokioMt,
    /// smol's global executor.
    Smol,
    /// async-std; discontinued, for programs that still run on it.
    AsyncStd,
}

/// A program that runs on any runtime: its body is written once.
pub trait Program {
    /// What the program comes to.
    type Output;

    /// The body. `rt` spawns, tells the time and connects.
    fn run<R: rt::Runtime + Net>(self, rt: R) -> impl Future<Output = Self::Output>;
}

impl Choice {
    /// All of them, compiled in or not.
    pub const ALL: [Self; 5] = [Self::Std, Self::Tokio, Self::TokioMt, Self::Smol, Self::AsyncStd];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Std => "std",
            Self::Tokio => "tokio",
            Self::TokioMt => "tokio-mt",
            Self::Smol => "smol",
            Self::AsyncStd => "async-std",
        }
    }

    /// The feature of `anywhen` that brings it, unless it is always there.
    const fn feature(self) -> Option<&'static str> {
        match self {
            Self::Std => None,
            Self::Tokio | Self::TokioMt => Some("tokio"),
            Self::Smol => Some("smol"),
            Self::AsyncStd => Some("async-std"),
        }
    }

    /// Whether this build contains it.
    pub const fn is_compiled_in(self) -> bool {
        match self {
            Self::Std => true,
            Self::Tokio | Self::TokioMt => cfg!(feature = "tokio"),
            Self::Smol => cfg!(feature = "smol"),
            Self::AsyncStd => cfg!(feature = "async-std"),
        }
    }

    /// Those that this build contains.
    pub fn compiled_in() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|choice| choice.is_compiled_in())
    }

    /// Runs `program` to its end on this runtime, on the calling thread.
    ///
    /// # Errors
    ///
    /// Those of starting the runtime, and `Unsupported` if it is not compiled in (parsing refuses such a name before).
    pub fn run<P: Program>(self, program: P) -> io::Result<P::Output> {
        match self {
            Self::Std => Ok(rt::Std.block_on(program.run(rt::Std))),
            #[cfg(feature = "tokio")]
            Self::Tokio => on_tokio(tokio::runtime::Builder::new_current_thread(), program),
            #[cfg(feature = "tokio")]
            Self::TokioMt => on_tokio(tokio::runtime::Builder::new_multi_thread(), program),
            #[cfg(feature = "smol")]
            Self::Smol => Ok(rt::Smol.block_on(program.run(rt::Smol))),
            #[cfg(feature = "async-std")]
            Self::AsyncStd => Ok(rt::AsyncStd.block_on(program.run(rt::AsyncStd))),
            #[allow(unreachable_patterns, reason = "with every feature on, nothing is left")]
            _ => Err(io::Error::new(io::ErrorKind::Unsupported, self.missing())),
        }
    }

    fn missing(self) -> String {
        let feature = self.feature().unwrap_or("std");
        format!("runtime `{self}` is not compiled in; add `--features {feature}` to the cargo command")
    }
}

#[cfg(feature = "tokio")]
fn on_tokio<P: Program>(mut builder: tokio::runtime::Builder, program: P) -> io::Result<P::Output> {
    let runtime = builder.enable_all().build()?;
    let rt = rt::Tokio::new(runtime.handle().clone());
    Ok(runtime.block_on(program.run(rt)))
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let Some(choice) = Self::ALL.into_iter().find(|choice| choice.name() == name) else {
            let names = Self::ALL.map(Self::name).join(", ");
            return Err(format!("unknown runtime `{name}`; there are {names}"));
        };
        if choice.is_compiled_in() { Ok(choice) } else { Err(choice.missing()) }
    }
}
