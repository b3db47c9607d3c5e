//! Ctrl-C as something to await, on every runtime: async-signal brings its own wake-up.

use std::io;

/// The user's wish to stop: SIGINT, or SIGTERM from a supervisor. Once made, the process no longer dies of them.
#[derive(Debug)]
pub struct CtrlC {
    #[cfg(unix)]
    signals: async_signal::Signals,
}

#[cfg(unix)]
impl CtrlC {
    pub fn new() -> io::Result<Self> {
        use async_signal::{Signal, Signals};
        Ok(Self { signals: Signals::new([Signal::Int, Signal::Term])? })
    }

    /// Waits for the next signal.
    pub async fn pressed(&self) {
        use futures_lite::StreamExt as _;
        match (&self.signals).next().await {
            Some(Ok(_)) => {}
            // Without signals the program still runs to its end.
            Some(Err(_)) | None => std::future::pending().await,
        }
    }
}

#[cfg(not(unix))]
impl CtrlC {
    pub fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Never: the process ends in the platform's own way.
    pub async fn pressed(&self) {
        std::future::pending().await
    }
}
