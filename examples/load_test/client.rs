//! An HTTP/1.1 client with a pool of kept-alive connections. A connection is driven by whoever uses it, beside the
//! exchange and in the same task, so a dropped request takes its connection along and nothing outlives its owner.

use std::future::{Future, pending};
use std::io;
use std::sync::{Mutex, PoisonError};

use anywhen::prelude::*;
use futures_io::{AsyncRead, AsyncWrite};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1;

use crate::failure::Failure;
use crate::support::{HyperIo, Net};
use crate::tally::Answer;
use crate::target::Target;

/// A connection in its two halves, as hyper has it.
pub struct Connection<S: AsyncRead + AsyncWrite + Unpin> {
    sender: http1::SendRequest<Empty<Bytes>>,
    /// Moves the bytes while it is polled. Gone once the peer has closed.
    driver: Option<http1::Connection<HyperIo<S>, Empty<Bytes>>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Connection<S> {
    pub async fn new(stream: S) -> Result<Self, Failure> {
        let (sender, driver) = http1::handshake(HyperIo::new(stream)).await?;
        Ok(Self { sender, driver: Some(driver) })
    }

    /// Whether it can carry another request.
    pub fn is_open(&self) -> bool {
        self.driver.is_some() && !self.sender.is_closed()
    }

    /// The exchange, and what must run beside it and never ends by itself.
    pub fn halves<T>(
        &mut self,
        target: &Target,
    ) -> (impl Future<Output = hyper::Result<Result<Answer, Failure>>> + Send, impl Future<Output = T> + Send) {
        let Self { sender, driver } = self;
        let drive = async move {
            if let Some(running) = driver {
                let _ = running.await;
            }
            // Only by being dropped does it tell the exchange that it has ended.
            *driver = None;
            pending().await
        };
        (exchange(sender, target), drive)
    }
}

/// A client of one server.
pub struct Client<N: Net> {
    net: N,
    target: Target,
    /// Connections nobody uses. The one used last is used next, so that few are kept when few are needed.
    idle: Mutex<Vec<Connection<N::Stream>>>,
}

impl<N: Net> Client<N> {
    pub fn new(net: N, target: Target) -> Self {
        Self { net, target, idle: Mutex::default() }
    }

    /// Sends the request and reads the response to its end.
    ///
    /// Dropping it closes the connection it used.
    pub async fn get(&self) -> Result<Answer, Failure> {
        loop {
            let (mut connection, fresh) = match self.take_idle() {
                Some(connection) => (connection, false),
                None => (self.connect().await?, true),
            };
            match connection.halves(&self.target).race().biased().await {
                // The peer closed the connection while it lay idle, and has not seen the request.
                Err(error) if !fresh && error.is_canceled() => {}
                Err(error) => return Err(error.into()),
                Ok(result) => {
                    self.put_idle(connection);
                    return result;
                }
            }
        }
    }

    async fn connect(&self) -> Result<Connection<N::Stream>, Failure> {
        let mut refused = io::ErrorKind::AddrNotAvailable.into();
        for &address in &self.target.addresses {
            match self.net.connect(address).await {
                Ok(stream) => return Connection::new(stream).await,
                Err(error) => refused = error,
            }
        }
        Err(Failure::to_connect(&refused))
    }

    fn take_idle(&self) -> Option<Connection<N::Stream>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn put_idle(&self, connection: Connection<N::Stream>) {
        if connection.is_open() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

/// One request and its response. The outer error is the connection's, the inner one a response that says no.
async fn exchange(
    sender: &mut http1::SendRequest<Empty<Bytes>>,
    target: &Target,
) -> hyper::Result<Result<Answer, Failure>> {
    sender.ready().await?;
    let response = sender.send_request(target.request()).await?;
    let status = response.status();
    let refusal = (status.as_u16() >= 400).then(|| Failure::from_status(status, response.headers()));
    let mut body = response.into_body();
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        bytes += frame?.data_ref().map_or(0, |data| data.len() as u64);
    }
    Ok(match refusal {
        None => Ok(Answer { status, bytes }),
        Some(failure) => Err(failure),
    })
}
