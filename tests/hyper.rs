//! Timers as hyper's: that they keep its contract, and that a server's timeout fires by them, under every runtime.
#![cfg(all(feature = "hyper", feature = "testing"))]

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::pin::Pin;
use std::task::{Context, Poll};

use anywhen::rt::{self, HyperTimer, Runtime};
use anywhen::testing::{CountingAlloc, TestTask, runtime_matrix};
use anywhen::time::{Clock, Duration, Instant, Timer, VirtualClock};
use anywhen::{assert_pending, assert_ready};
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::rt::{Read, ReadBufCursor, Timer as _, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_io::HyperIo;

#[allow(unreachable_pub, reason = "the examples' own")]
#[path = "../examples/support/hyper_io.rs"]
mod hyper_io;

#[global_allocator]
static ALLOC: CountingAlloc = CountingAlloc::new();

const MILLI: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

/// A connection on which nothing ever comes.
struct Silent;

impl Read for Silent {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl Write for Silent {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Serves one connection, whose client may take `limit` to send the head of a request.
async fn serve(
    io: impl Read + Write + Unpin + 'static,
    timer: impl hyper::rt::Timer + Send + Sync + 'static,
    limit: Duration,
) -> hyper::Result<()> {
    let answer = |_: Request<Incoming>| async { Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())) };
    let connection =
        http1::Builder::new().timer(timer).header_read_timeout(limit).serve_connection(io, service_fn(answer));
    connection.await
}

runtime_matrix! {
    in virtual time:
    a_silent_client_has_its_hour_and_no_more,
}

async fn a_silent_client_has_its_hour_and_no_more<R: Runtime>(_: R) {
    let start = Instant::now();
    for hours in 1..=3 {
        let error = serve(Silent, HyperTimer::default(), HOUR).await.unwrap_err();
        assert!(error.is_timeout(), "{error}");
        assert_eq!(start.elapsed(), HOUR * hours);
    }
}

/// By a runtime's own timer, in real time.
async fn times_out(timer: impl Timer<Sleep: Send + Sync + 'static> + Send + Sync + 'static) {
    let start = timer.now();
    let error = serve(Silent, HyperTimer::new(timer.clone()), 20 * MILLI).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(timer.now() - start >= 20 * MILLI);
}

#[test]
fn a_server_times_out_by_the_timer_of_whatever_runtime() {
    rt::Std.block_on(times_out(rt::Std));
    #[cfg(feature = "smol")]
    rt::Smol.block_on(times_out(rt::Smol));
    #[cfg(feature = "async-std")]
    rt::AsyncStd.block_on(times_out(rt::AsyncStd));
    #[cfg(feature = "tokio")]
    {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
        let tokio = rt::Tokio::new(runtime.handle().clone());
        tokio.block_on(times_out(tokio.clone()));
    }
}

/// With a socket, and a client that is there and says nothing; then one that says what it has to.
#[cfg(feature = "smol")]
#[test]
fn a_server_on_smol_gives_up_a_client_that_says_nothing() {
    use std::io::{Read as _, Write as _};

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let connect = || TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let accepted = || HyperIo::new(async_io::Async::new(listener.accept().unwrap().0).unwrap());

    let mut client = connect();
    let error = rt::Smol.block_on(serve(accepted(), HyperTimer::new(rt::Smol), 20 * MILLI)).unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(client.read_to_end(&mut Vec::new()).unwrap(), 0, "closed without a word");

    let mut client = connect();
    client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    rt::Smol.block_on(serve(accepted(), HyperTimer::new(rt::Smol), HOUR)).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[test]
fn sleeps_last_as_long_as_hyper_says() {
    let time = VirtualClock::manual();
    let timer = HyperTimer::new(time.clock());
    let start = timer.now();
    assert_eq!(Instant::from(start), time.now());
    let mut sleeps = [timer.sleep(5 * MILLI), timer.sleep_until(start + 5 * MILLI)].map(TestTask::new);
    sleeps.iter_mut().for_each(|sleep| assert_pending!(sleep.poll()));
    time.advance(5 * MILLI - Duration::from_nanos(1));
    sleeps.iter_mut().for_each(|sleep| assert_pending!(sleep.poll()));
    time.advance(Duration::from_nanos(1));
    sleeps.iter_mut().for_each(|sleep| assert_ready!(sleep.poll()));
    assert_eq!(timer.now(), start + 5 * MILLI);
    assert_pending!(TestTask::new(timer.sleep(Duration::MAX)).poll());
}

#[test]
fn a_sleep_is_reset_in_place_and_a_foreign_one_is_replaced() {
    struct Foreign;

    impl Future for Foreign {
        type Output = ();

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            panic!("it should have been replaced");
        }
    }

    impl hyper::rt::Sleep for Foreign {}

    let time = VirtualClock::manual();
    let timer = HyperTimer::<Clock>::new(time.clock());
    let mut sleep = timer.sleep(MILLI);
    let poll = {
        let waker = std::task::Waker::noop();
        move |sleep: &mut Pin<Box<dyn hyper::rt::Sleep>>| sleep.as_mut().poll(&mut Context::from_waker(waker))
    };
    assert_pending!(poll(&mut sleep));
    let later = timer.now() + 3 * MILLI;
    let seen = CountingAlloc::count(|| timer.reset(&mut sleep, later));
    assert!(seen.is_zero(), "{seen:?}");
    time.advance(2 * MILLI);
    assert_pending!(poll(&mut sleep));
    time.advance(MILLI);
    assert_ready!(poll(&mut sleep));

    let mut foreign: Pin<Box<dyn hyper::rt::Sleep>> = Box::pin(Foreign);
    timer.reset(&mut foreign, timer.now() + MILLI);
    assert_pending!(poll(&mut foreign));
    time.advance(MILLI);
    assert_ready!(poll(&mut foreign));
}
