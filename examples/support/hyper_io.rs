//! hyper on a futures-io stream. hyper brings its own two I/O traits so as not to choose a runtime; this is the bridge.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};
use hyper::rt::{Read, ReadBufCursor, Write};

/// A futures-io stream as hyper wants it.
#[derive(Debug)]
pub struct HyperIo<S> {
    stream: S,
    /// hyper reads into memory that nobody has initialised; filling it from here costs a copy and no unsafe code.
    buffer: Box<[u8]>,
}

impl<S> HyperIo<S> {
    /// As much as hyper asks for in its first read.
    const BUFFER: usize = 8 * 1024;

    pub fn new(stream: S) -> Self {
        Self { stream, buffer: vec![0; Self::BUFFER].into() }
    }
}

impl<S: AsyncRead + Unpin> Read for HyperIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, buffer } = &mut *self;
        let room = buffer.len().min(cursor.remaining());
        let read = ready!(Pin::new(stream).poll_read(cx, &mut buffer[..room]))?;
        cursor.put_slice(&buffer[..read]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Write for HyperIo<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(cx)
    }
}
