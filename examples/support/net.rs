//! TCP on whichever runtime runs the example: each has sockets of its own, registered with its own reactor, and they
//! meet in the traits of futures-io. `Std` has no reactor, so it borrows async-io's, which brings its own thread.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};

use futures_io::{AsyncRead, AsyncWrite};

/// A runtime's own TCP sockets.
pub trait Net: Clone + Send + Sync + 'static {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// A socket that accepts connections.
    type Listener: Send + Sync + 'static;

    /// Connects to `address`, with Nagle's algorithm off: the examples write whole messages.
    fn connect(&self, address: SocketAddr) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Hands a bound listener over to the runtime. `std` binds it, so its options can be set on the way.
    fn listen(&self, listener: TcpListener) -> io::Result<Self::Listener>;

    /// Waits for the next connection.
    fn accept(listener: &Self::Listener) -> impl Future<Output = io::Result<(Self::Stream, SocketAddr)>> + Send;
}

/// async-io's sockets: those of smol, and the obvious ones for `Std`.
macro_rules! net_from_async_io {
    ($runtime:ty) => {
        impl Net for $runtime {
            type Stream = async_io::Async<std::net::TcpStream>;
            type Listener = async_io::Async<TcpListener>;

            async fn connect(&self, address: SocketAddr) -> io::Result<Self::Stream> {
                let stream = async_io::Async::<std::net::TcpStream>::connect(address).await?;
                stream.get_ref().set_nodelay(true)?;
                Ok(stream)
            }

            fn listen(&self, listener: TcpListener) -> io::Result<Self::Listener> {
                async_io::Async::new(listener)
            }

            async fn accept(listener: &Self::Listener) -> io::Result<(Self::Stream, SocketAddr)> {
                listener.accept().await
            }
        }
    };
}

net_from_async_io!(anywhen::rt::Std);
#[cfg(feature = "smol")]
net_from_async_io!(anywhen::rt::Smol);

#[cfg(feature = "async-std")]
impl Net for anywhen::rt::AsyncStd {
    type Stream = async_std::net::TcpStream;
    type Listener = async_std::net::TcpListener;

    async fn connect(&self, address: SocketAddr) -> io::Result<Self::Stream> {
        let stream = async_std::net::TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    fn listen(&self, listener: TcpListener) -> io::Result<Self::Listener> {
        Ok(listener.into())
    }

    async fn accept(listener: &Self::Listener) -> io::Result<(Self::Stream, SocketAddr)> {
        listener.accept().await
    }
}

#[cfg(feature = "tokio")]
pub use on_tokio::TokioStream;

#[cfg(feature = "tokio")]
mod on_tokio {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use anywhen::rt::Tokio;
    use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
    use tokio::net;

    use super::*;

    /// tokio's `TcpStream` under the traits of futures-io.
    #[derive(Debug)]
    pub struct TokioStream(net::TcpStream);

    impl TokioStream {
        /// Connects, with Nagle's algorithm off.
        pub async fn connect(address: SocketAddr) -> io::Result<Self> {
            let stream = net::TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            Ok(Self(stream))
        }
    }

    impl AsyncRead for TokioStream {
        fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
            let mut buf = ReadBuf::new(buf);
            ready!(Pin::new(&mut self.0).poll_read(cx, &mut buf))?;
            Poll::Ready(Ok(buf.filled().len()))
        }
    }

    impl AsyncWrite for TokioStream {
        fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.0).poll_write(cx, buf)
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_flush(cx)
        }

        fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_shutdown(cx)
        }
    }

    impl Net for Tokio {
        type Stream = TokioStream;
        type Listener = net::TcpListener;

        async fn connect(&self, address: SocketAddr) -> io::Result<Self::Stream> {
            TokioStream::connect(address).await
        }

        fn listen(&self, listener: TcpListener) -> io::Result<Self::Listener> {
            listener.set_nonblocking(true)?;
            net::TcpListener::from_std(listener)
        }

        async fn accept(listener: &Self::Listener) -> io::Result<(Self::Stream, SocketAddr)> {
            let (stream, address) = listener.accept().await?;
            Ok((TokioStream(stream), address))
        }
    }
}
