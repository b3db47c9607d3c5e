//! An HTTP/1.1 client with a pool of kept-alive connections. A connection is driven by whoever uses it, beside the
//! exchange and in the same task, so a dropped request takes its connection along and nothing outlives its owner.

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

/// The two halves of a connection in hyper: one sends requests, the other moves the bytes while it is polled.
pub struct Connection<S: AsyncRead + AsyncWrite + Unpin> {
    pub sender: http1::SendRequest<Empty<Bytes>>,
    pub driver: http1::Connection<HyperIo<S>, Empty<Bytes>>,
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
            let Connection { sender, driver } = &mut connection;
            // The driver ends when the peer closes; what it has received by then is still to be read.
            let drive = async {
                let _ = driver.await;
                std::future::pending().await
            };
            match (exchange(sender, &self.target), drive).race().biased().await {
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
        let mut refused = Failure::Connect(std::io::ErrorKind::AddrNotAvailable);
        for &address in &self.target.addresses {
            match self.net.connect(address).await {
                Ok(stream) => {
                    let (sender, driver) = http1::handshake(HyperIo::new(stream)).await?;
                    return Ok(Connection { sender, driver });
                }
                Err(error) => refused = Failure::Connect(error.kind()),
            }
        }
        Err(refused)
    }

    fn take_idle(&self) -> Option<Connection<N::Stream>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn put_idle(&self, connection: Connection<N::Stream>) {
        if !connection.sender.is_closed() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

/// One request and its response. The outer error is the connection's, the inner one a response that says no.
pub async fn exchange(
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
