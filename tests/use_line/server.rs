//! A server that is shut down gracefully: a token for all of it, a child of that for each connection, and a semaphore whose
//! permits are the connections that are still open.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use super::sync::Semaphore;
use super::token::{CancellationToken, DropGuard};

const CONNECTIONS: u32 = 8;

/// One request, and where the answer goes. A connection is a channel of those.
type Request = (u32, oneshot::Sender<u32>);

#[derive(Default)]
struct Counts {
    answered: AtomicUsize,
    cut_off: AtomicUsize,
}

struct Server {
    shutdown: CancellationToken,
    open: Arc<Semaphore>,
    counts: Arc<Counts>,
}

impl Server {
    /// Serves until the guard is dropped.
    fn start(mut listener: mpsc::Receiver<mpsc::Receiver<Request>>) -> (Arc<Self>, DropGuard) {
        let server = Arc::new(Self {
            shutdown: CancellationToken::new(),
            open: Arc::new(Semaphore::new(CONNECTIONS as usize)),
            counts: Arc::default(),
        });
        let guard = server.shutdown.clone().drop_guard();
        let accepts = server.clone();
        tokio::spawn(async move {
            while let Some(Some(connection)) = accepts.shutdown.run_until_cancelled(listener.recv()).await {
                let slot = accepts.open.clone().acquire_owned().await.expect("it is never closed");
                let (token, counts) = (accepts.shutdown.child_token(), accepts.counts.clone());
                tokio::spawn(async move {
                    Self::serve(connection, token, &counts).await;
                    drop(slot);
                });
            }
        });
        (server, guard)
    }

    /// A request that has begun is finished; one that lasts too long closes its connection, and no other.
    async fn serve(mut connection: mpsc::Receiver<Request>, token: CancellationToken, counts: &Counts) {
        loop {
            let (number, answer) = tokio::select! {
                biased;
                () = token.cancelled() => break,
                request = connection.recv() => match request {
                    Some(request) => request,
                    None => return,
                },
            };
            let patience = token.child_token();
            let watch = patience.clone();
            let watchdog = tokio::spawn(async move {
                sleep(Duration::from_millis(100)).await;
                watch.cancel();
            });
            let worked = patience.run_until_cancelled_owned(sleep(Duration::from_millis(u64::from(number)))).await;
            watchdog.abort();
            match worked {
                Some(()) => {
                    counts.answered.fetch_add(1, Ordering::Relaxed);
                    let _ = answer.send(number + 1);
                }
                None => token.cancel(),
            }
        }
        counts.cut_off.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until every connection is closed.
    async fn closed(&self) {
        drop(self.open.acquire_many(CONNECTIONS).await);
    }
}

async fn connect(listener: &mpsc::Sender<mpsc::Receiver<Request>>) -> mpsc::Sender<Request> {
    let (client, connection) = mpsc::channel(1);
    listener.send(connection).await.unwrap();
    client
}

async fn ask(client: &mpsc::Sender<Request>, number: u32) -> Option<u32> {
    let (answer, answered) = oneshot::channel();
    client.send((number, answer)).await.ok()?;
    answered.await.ok()
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_cut_off_leaves_the_others() {
    let (listener, accepted) = mpsc::channel(1);
    let (server, _guard) = Server::start(accepted);
    let (slow, quick) = (connect(&listener).await, connect(&listener).await);
    assert_eq!(ask(&slow, 500).await, None);
    assert_eq!(ask(&slow, 1).await, None);
    assert_eq!(ask(&quick, 1).await, Some(2));
    assert!(!server.shutdown.is_cancelled());
    assert_eq!(server.counts.cut_off.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_reaches_all_and_is_waited_for() {
    let (listener, accepted) = mpsc::channel(1);
    let (server, guard) = Server::start(accepted);
    let mut clients = Vec::new();
    for n in 0..CONNECTIONS {
        let client = connect(&listener).await;
        assert_eq!(ask(&client, n).await, Some(n + 1));
        clients.push(client);
    }
    drop(guard);
    server.closed().await;
    assert!(server.shutdown.child_token().is_cancelled());
    assert_eq!(server.counts.answered.load(Ordering::Relaxed), CONNECTIONS as usize);
    assert_eq!(server.counts.cut_off.load(Ordering::Relaxed), CONNECTIONS as usize);
    assert_eq!(ask(&clients[0], 1).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_is_disarmed_shuts_nothing_down() {
    let (listener, accepted) = mpsc::channel(1);
    let (server, guard) = Server::start(accepted);
    let token = guard.disarm();
    assert!(!server.shutdown.is_cancelled());
    assert_eq!(ask(&connect(&listener).await, 1).await, Some(2));
    token.cancel();
    token.cancelled().await;
    server.closed().await;
    assert!(listener.send(mpsc::channel(1).1).await.is_err());
}
