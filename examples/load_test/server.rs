//! The built-in server: it answers, but not always, not at once and not well. What the n-th request to arrive meets is
//! drawn from the seed and n alone, so two runs with one seed meet the same moods.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use anywhen::rt::Runtime;
use anywhen::task::{self, AbortOnDrop};
use anywhen::time::sleep;
use fastrand::Rng;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{HeaderValue, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};

use crate::support::{HyperIo, Net};

/// A server that runs until it is dropped.
pub struct FlakyServer {
    pub address: SocketAddr,
    _accepting: AbortOnDrop<()>,
}

impl FlakyServer {
    /// Starts a server on a free loopback port.
    pub fn start<R: Runtime + Net>(rt: &R, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        // Accepted sockets inherit this: to close one resets the connection instead of ending it politely, which is
        // what a crash looks like to the peer.
        socket2::SockRef::from(&listener).set_linger(Some(Duration::ZERO))?;
        let address = listener.local_addr()?;
        let listener = rt.listen(listener)?;
        let accepting = task::spawn_on(rt, accept(rt.clone(), listener, seed)).abort_on_drop();
        Ok(Self { address, _accepting: accepting })
    }
}

async fn accept<R: Runtime + Net>(rt: R, listener: R::Listener, seed: u64) {
    // So that the requests of seed 2 are not those of seed 1 but for the first.
    let seed = Rng::with_seed(seed).u64(..);
    let arrived = Arc::new(AtomicU64::new(0));
    loop {
        let Ok((stream, _)) = R::accept(&listener).await else {
            // Out of descriptors, most likely; some will be closed.
            sleep(Duration::from_millis(10)).await;
            continue;
        };
        let arrived = Arc::clone(&arrived);
        let service = service_fn(move |_: Request<hyper::body::Incoming>| {
            let number = arrived.fetch_add(1, Ordering::Relaxed);
            answer(Rng::with_seed(seed.wrapping_add(number)))
        });
        // The task ends when the client closes the connection.
        task::spawn_on(&rt, async move {
            let _ = http1::Builder::new().serve_connection(HyperIo::new(stream), service).await;
        });
    }
}

/// A crash in the middle of a request: hyper drops the connection.
#[derive(Debug)]
struct Crash;

impl std::fmt::Display for Crash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("crashed on purpose")
    }
}

impl std::error::Error for Crash {}

/// Draws a mood and answers in it.
async fn answer(mut rng: Rng) -> Result<Response<Chunks>, Crash> {
    // Most take a few milliseconds, one in twenty a good deal longer.
    let slow = if rng.u32(..20) == 0 { 60_000 } else { 6_000 };
    sleep(Duration::from_micros(rng.u64(500..slow))).await;
    let mut unavailable = Response::new(Chunks::new(1, "try again\n"));
    *unavailable.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    match rng.u32(..100) {
        0..4 => Ok(unavailable),
        4..6 => {
            unavailable.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            Ok(unavailable)
        }
        6..9 => Err(Crash),
        9..11 => std::future::pending().await,
        11..40 => Ok(Response::new(Chunks::new(rng.u32(2..9), "in pieces, of no stated length\n"))),
        _ => Ok(Response::new(Chunks::new(1, "hello\n"))),
    }
}

/// A body of the same text again and again; of stated length if it is one piece, chunked otherwise.
struct Chunks {
    left: u32,
    text: &'static str,
}

impl Chunks {
    fn new(count: u32, text: &'static str) -> Self {
        Self { left: count, text }
    }
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(self.text.as_bytes())))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        if self.left == 1 { SizeHint::with_exact(self.text.len() as u64) } else { SizeHint::default() }
    }
}
