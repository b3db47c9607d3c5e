//! The `load_test` example as its users meet it: a process with arguments, an exit code and two streams. Servers with
//! every kind of bad manners live in this file; most scenarios run on every runtime that is compiled in.
//!
//! `cargo test` builds the example; after `cargo test --test load_test` alone it must be there already.

#![cfg(feature = "std")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

/// The runtimes this build should contain.
fn runtimes() -> Vec<&'static str> {
    let mut names = vec!["std"];
    if cfg!(feature = "tokio") {
        names.extend(["tokio", "tokio-mt"]);
    }
    if cfg!(feature = "smol") {
        names.push("smol");
    }
    if cfg!(feature = "async-std") {
        names.push("async-std");
    }
    names
}

fn load_test() -> Command {
    // This test is target/<profile>/deps/load_test-<hash>, the example target/<profile>/examples/load_test.
    let mut path = std::env::current_exe().expect("a test knows where it is");
    path.pop();
    path.set_file_name("examples");
    path.push(format!("load_test{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "{} is not built; run `cargo build --example load_test` first", path.display());
    Command::new(path)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("output is UTF-8")
}

/// What `--json` says of a run; that every field is there is part of the test.
#[derive(Debug, Deserialize)]
struct Run {
    runtime: String,
    ended: String,
    elapsed_s: f64,
    started: u64,
    succeeded: u64,
    failed: u64,
    cut_off: u64,
    requests_per_s: f64,
    bytes: u64,
    retries: u64,
    hedges: u64,
    hedges_won: u64,
    timeouts: u64,
    latency_ms: BTreeMap<String, Option<f64>>,
    statuses: BTreeMap<String, u64>,
    attempt_errors: BTreeMap<String, u64>,
    failures: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize)]
struct Report {
    runs: Vec<Run>,
}

impl Run {
    /// Nothing is lost: each request has an outcome, and each attempt too, unless it was cut off.
    fn check_books(&self) {
        assert_eq!(self.succeeded + self.failed + self.cut_off, self.started, "{self:#?}");
        assert_eq!(self.failures.values().sum::<u64>(), self.failed, "{self:#?}");
        assert_eq!(self.timeouts, count(&self.attempt_errors, "timeout"), "{self:#?}");
        let responses: u64 = self.statuses.values().sum();
        let errors: u64 = self.attempt_errors.values().sum();
        let refusals = self.attempt_errors.iter().filter(|(kind, _)| kind.starts_with("status "));
        let refusals: u64 = refusals.map(|(_, count)| count).sum();
        assert_eq!(responses - refusals, self.succeeded, "{self:#?}");
        let begun = self.started + self.retries + self.hedges;
        let ended = self.succeeded + errors;
        // Of an attempt and its hedge one is dropped, unless both fail.
        assert!(ended <= begun && begun <= ended + self.cut_off + self.hedges, "{self:#?}");
        assert!(self.hedges_won <= self.hedges, "{self:#?}");
        assert!(self.elapsed_s > 0.0 && self.requests_per_s >= 0.0, "{self:#?}");
        let latencies = ["p50", "p90", "p99", "p99.9", "max"].map(|name| self.latency_ms[name]);
        assert!(latencies.is_sorted(), "{self:#?}");
        assert_eq!(latencies[0].is_some(), self.succeeded > 0, "{self:#?}");
    }
}

fn count(map: &BTreeMap<String, u64>, key: &str) -> u64 {
    map.get(key).copied().unwrap_or(0)
}

fn parse(output: &Output) -> Vec<Run> {
    let report: Report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}\n{}", text(&output.stdout), text(&output.stderr)));
    report.runs.iter().for_each(Run::check_books);
    report.runs
}

/// Runs with `arguments` on every runtime, in one process; the books are checked and must name every runtime in order.
fn run_on_all(arguments: &[&str], code: i32) -> Vec<Run> {
    let output = load_test().args(["--runtime", "all", "--json", "-"]).args(arguments).output().expect("it starts");
    let runs = parse(&output);
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
    assert_eq!(runs.iter().map(|run| run.runtime.as_str()).collect::<Vec<_>>(), runtimes());
    runs
}

/// A server of this file: a thread a connection, each handed to `manners`.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn start(manners: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let address = listener.local_addr().expect("a bound address");
        let connections = Arc::new(AtomicUsize::new(0));
        let (manners, accepted) = (Arc::new(manners), Arc::clone(&connections));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                accepted.fetch_add(1, Ordering::SeqCst);
                let manners = Arc::clone(&manners);
                thread::spawn(move || manners(stream));
            }
        });
        Self { address, connections }
    }

    /// Answers every request of every connection with `response`.
    fn always(response: &'static [u8]) -> Self {
        Self::start(move |mut stream| while read_request(&mut stream) && stream.write_all(response).is_ok() {})
    }

    /// Takes requests and never answers.
    fn silent() -> Self {
        Self::start(|mut stream| while read_request(&mut stream) {})
    }

    fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Reads one request to its end; false once the client has closed.
fn read_request(stream: &mut TcpStream) -> bool {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => request.push(byte[0]),
            _ => return false,
        }
    }
    true
}

const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

#[test]
fn against_its_own_flaky_server_it_ends_well_on_every_runtime() {
    for run in run_on_all(&["--requests", "60", "--timeout", "200ms", "--seed", "7"], 0) {
        assert_eq!((run.started, run.cut_off, run.ended.as_str()), (60, 0, "complete"));
        assert!(run.succeeded >= 55, "{run:#?}");
    }
}

#[test]
fn one_seed_gives_the_same_faults_on_every_runtime() {
    let runs = run_on_all(&["--requests", "80", "--timeout", "2s", "--retries", "0", "--seed", "11"], 0);
    let faults: Vec<_> = runs.into_iter().map(|run| (run.statuses, run.attempt_errors)).collect();
    assert!(faults.iter().all(|fault| *fault == faults[0]), "{faults:#?}");
    for kind in ["status 503", "timeout", "connection reset"] {
        assert!(count(&faults[0].1, kind) > 0, "every mood was met: {:#?}", faults[0]);
    }
}

#[test]
fn bad_arguments_are_refused_in_one_line_with_code_2() {
    let cases: &[(&[&str], &str)] = &[
        (&["--runtime", "rayon"], "unknown runtime `rayon`"),
        (&["--runtime", "std,"], "unknown runtime ``"),
        (&["--concurrency", "0"], "0 is not in 1..=100000"),
        (&["--concurrency", "-3"], "-3 is not in 1..=100000"),
        (&["--concurrency", "many"], "many"),
        (&["--requests", "0"], "0 is not in 1.."),
        (&["--duration", "-2s"], "a duration cannot be negative"),
        (&["--duration", "0s"], "a duration of zero"),
        (&["--timeout", "0ms"], "a duration of zero"),
        (&["--timeout", "5"], "units"),
        (&["--timeout", "5 parsecs"], "units"),
        (&["--timeout", "soon"], "not a duration"),
        (&["--timeout", "999999999999999999999h"], "that long"),
        (&["--drain", "-1ms"], "a duration cannot be negative"),
        (&["--rate", "0"], "a rate lies between"),
        (&["--rate", "-5"], "a rate lies between"),
        (&["--rate", "NaN"], "a rate lies between"),
        (&["--rate", "inf"], "a rate lies between"),
        (&["--hedge", "100"], "from 50 to below 100"),
        (&["--hedge", "NaN"], "from 50 to below 100"),
        (&["--budget", "-0.1"], "a budget lies between"),
        (&["--budget", "NaN"], "a budget lies between"),
        (&["--url", "https://localhost/"], "https is not supported"),
        (&["--url", "localhost:80"], "http://"),
        (&["--url", "/path"], "http://"),
        (&["--url", "http://"], "not a URL"),
        (&["--url", "http://localhost:99999/"], "port"),
        (&["--url", "http://me:secret@localhost/"], "a user name in a URL is not supported"),
        (&["--url", "http://no-such-host.invalid/"], "cannot resolve `no-such-host.invalid`"),
        (&["--json", "/no/such/directory/x.json"], "cannot write /no/such/directory/x.json"),
        (&["--plot", "/no/such/directory/x.svg"], "cannot write /no/such/directory/x.svg"),
        (&["--frobnicate"], "--frobnicate"),
    ];
    for (arguments, complaint) in cases {
        refused(arguments, complaint);
    }
    if cfg!(feature = "tokio") {
        refused(&["--runtime", "tokio-direct"], "`--runtime tokio-direct` needs a --url");
        let hedging = ["--runtime", "tokio-direct", "--url", "http://127.0.0.1:1/", "--hedge", "95"];
        refused(&hedging, "`--runtime tokio-direct` cannot --hedge");
    }
    for (name, feature) in [("tokio", "tokio"), ("tokio-mt", "tokio"), ("smol", "smol"), ("async-std", "async-std")] {
        if !runtimes().contains(&name) {
            refused(&["--runtime", name], &format!("runtime `{name}` is not compiled in; add `--features {feature}`"));
        }
    }
}

fn refused(arguments: &[&str], complaint: &str) {
    let output = load_test().args(arguments).output().expect("it starts");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(said.starts_with("error: ") && said.contains(complaint), "{arguments:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?}: {}", text(&output.stdout));
}

#[test]
fn nobody_listening_is_reported_request_by_request() {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    for run in run_on_all(&["--url", &format!("http://{address}"), "--requests", "30", "--retries", "1"], 1) {
        assert_eq!((run.started, run.failed, run.retries), (30, 30, 30), "{run:#?}");
        let (kind, count) = run.failures.first_key_value().expect("one kind of failure");
        assert!(kind.starts_with("connect: ") && *count == 30, "{run:#?}");
    }
}

#[test]
fn garbage_is_called_garbage_and_not_retried() {
    let server = Server::always(b"220 mail.example.com ESMTP ready\r\n\r\n");
    for run in run_on_all(&["--url", &server.url(), "--requests", "20"], 1) {
        assert_eq!((run.failed, run.retries), (20, 0), "{run:#?}");
        assert_eq!(count(&run.failures, "not HTTP/1.1"), 20, "{run:#?}");
    }
}

#[test]
fn a_body_cut_short_is_a_failure() {
    let server = Server::start(|mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nhello");
    });
    for run in run_on_all(&["--url", &server.url(), "--requests", "20", "--retries", "0"], 1) {
        assert_eq!((run.failed, count(&run.failures, "closed early")), (20, 20), "{run:#?}");
    }
}

#[test]
fn bodies_of_stated_length_and_in_chunks_are_read_to_the_end() {
    let sized = Server::always(HELLO);
    let chunked =
        Server::always(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n");
    for server in [sized, chunked] {
        for run in run_on_all(&["--url", &server.url(), "--requests", "40"], 0) {
            assert_eq!((run.succeeded, run.bytes, count(&run.statuses, "200")), (40, 200, 40), "{run:#?}");
        }
    }
}

#[test]
fn connections_are_kept_and_used_again() {
    let server = Server::always(HELLO);
    let runs = run_on_all(&["--url", &server.url(), "--requests", "200", "--concurrency", "4"], 0);
    assert!(runs.iter().all(|run| run.succeeded == 200), "{runs:#?}");
    assert!(server.connections() <= 4 * runs.len(), "{} connections", server.connections());
}

#[test]
fn a_server_that_closes_after_each_response_costs_no_failures() {
    let stated: &[u8] = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello";
    let until_closed: &[u8] = b"HTTP/1.0 200 OK\r\n\r\nhello";
    for response in [stated, until_closed] {
        let server = Server::start(move |mut stream| {
            read_request(&mut stream);
            let _ = stream.write_all(response);
        });
        for run in run_on_all(&["--url", &server.url(), "--requests", "50", "--retries", "0"], 0) {
            assert_eq!((run.succeeded, run.bytes), (50, 250), "{run:#?}");
        }
    }
}

#[test]
fn what_hangs_is_asked_again_beside_it() {
    for runtime in runtimes() {
        let asked = AtomicUsize::new(0);
        let server = Server::start(move |mut stream| {
            // Every fiftieth request is not answered until the client hangs up. The first are: they say what is slow.
            while read_request(&mut stream) && (asked.fetch_add(1, Ordering::SeqCst) + 1) % 50 != 0 {
                if stream.write_all(HELLO).is_err() {
                    return;
                }
            }
            let _ = stream.read(&mut [0]);
        });
        let output = load_test()
            .args(["--url", &server.url(), "--requests", "400", "--concurrency", "1", "--retries", "0"])
            .args(["--hedge", "90", "--timeout", "60s", "--json", "-", "--runtime", runtime])
            .output()
            .expect("it starts");
        let run = &parse(&output)[0];
        assert_eq!((run.succeeded, run.timeouts), (400, 0), "{run:#?}");
        assert!(run.hedges_won >= 1, "{run:#?}");
    }
}

#[test]
fn all_requests_share_one_budget() {
    let server = Server::always(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");
    let arguments = ["--url", &server.url(), "--requests", "400", "--retries", "3", "--budget", "0.1"];
    for run in run_on_all(&arguments, 1) {
        // 100 to begin with, and one for ten requests.
        assert!((100..=140).contains(&run.retries), "{run:#?}");
        assert_eq!((run.failed, count(&run.statuses, "503")), (400, 400 + run.retries), "{run:#?}");
    }
}

#[test]
fn a_server_that_dies_halfway_ends_with_an_accurate_report() {
    for runtime in runtimes() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let url = format!("http://{}", listener.local_addr().expect("a bound address"));
        // One connection: it answers 100 requests, then it and the listener are closed at once.
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("the client comes");
            for _ in 0..100 {
                assert!(read_request(&mut stream), "the client goes on");
                stream.write_all(HELLO).expect("the client listens");
            }
        });
        let output = load_test()
            .args(["--url", &url, "--requests", "300", "--concurrency", "1", "--retries", "1", "--json", "-"])
            .args(["--runtime", runtime])
            .output()
            .expect("it starts");
        server.join().expect("the server did its part");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let run = &parse(&output)[0];
        assert_eq!((run.started, run.succeeded, run.failed), (300, 100, 200), "{run:#?}");
    }
}

#[test]
fn an_error_status_is_a_failure_and_only_a_passing_one_is_retried() {
    let missing = Server::always(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    for run in run_on_all(&["--url", &missing.url(), "--requests", "10", "--retries", "2"], 1) {
        assert_eq!((run.failed, run.retries, count(&run.statuses, "404")), (10, 0, 10), "{run:#?}");
    }
    let broken = Server::always(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
    for run in run_on_all(&["--url", &broken.url(), "--requests", "10", "--retries", "2"], 1) {
        assert_eq!((run.failed, run.retries, count(&run.statuses, "502")), (10, 20, 30), "{run:#?}");
        assert_eq!(count(&run.failures, "status 502"), 10, "{run:#?}");
    }
}

#[test]
fn retry_after_is_waited_for() {
    // Each run comes with one connection, whose first request is refused.
    let server = Server::start(|mut stream| {
        let mut response: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n";
        while read_request(&mut stream) && stream.write_all(response).is_ok() {
            response = HELLO;
        }
    });
    let runs = run_on_all(&["--url", &server.url(), "--requests", "3", "--concurrency", "1", "--timeout", "9s"], 0);
    assert_eq!(server.connections(), runs.len());
    for run in runs {
        assert_eq!((run.succeeded, run.retries, count(&run.statuses, "429")), (3, 1, 1), "{run:#?}");
        assert!(run.elapsed_s >= 1.0, "{run:#?}");
    }
}

#[test]
fn a_silent_server_costs_a_timeout_each() {
    let server = Server::silent();
    let arguments = ["--url", &server.url(), "--requests", "12", "--timeout", "50ms", "--retries", "1"];
    for run in run_on_all(&arguments, 1) {
        assert_eq!((run.failed, run.timeouts, run.retries), (12, 24, 12), "{run:#?}");
        assert!(run.elapsed_s >= 0.2, "ten requests, then two, of two attempts each: {run:#?}");
    }
}

#[test]
fn rate_spaces_the_requests() {
    let server = Server::always(HELLO);
    for run in run_on_all(&["--url", &server.url(), "--requests", "21", "--rate", "100"], 0) {
        assert_eq!(run.succeeded, 21, "{run:#?}");
        assert!(run.elapsed_s >= 0.2, "twenty intervals of 10 ms: {run:#?}");
    }
}

#[test]
fn duration_ends_the_run_and_not_the_requests() {
    let server = Server::always(HELLO);
    for run in run_on_all(&["--url", &server.url(), "--duration", "300ms", "--concurrency", "2"], 0) {
        assert_eq!((run.ended.as_str(), run.failed, run.cut_off), ("time up", 0, 0), "{run:#?}");
        assert!(run.elapsed_s >= 0.3 && run.succeeded > 20, "{run:#?}");
    }
    for run in run_on_all(&["--url", &server.url(), "--duration", "60s", "--requests", "7"], 0) {
        assert_eq!((run.ended.as_str(), run.succeeded), ("complete", 7), "{run:#?}");
        assert!(run.elapsed_s < 30.0, "{run:#?}");
    }
}

#[test]
fn what_outlives_the_drain_is_cut_off_and_said_so() {
    let server = Server::silent();
    let arguments = ["--url", &server.url(), "--duration", "300ms", "--drain", "50ms", "--timeout", "60s"];
    for run in run_on_all(&arguments, 1) {
        assert_eq!((run.ended.as_str(), run.started, run.cut_off), ("time up", 10, 10), "{run:#?}");
        assert!(run.elapsed_s < 30.0, "{run:#?}");
    }
}

#[test]
fn a_plot_is_an_svg_with_a_panel_a_run() {
    let server = Server::always(HELLO);
    let path = std::env::temp_dir().join(format!("anywhen-load-test-{}.svg", std::process::id()));
    let name = path.to_str().expect("a UTF-8 path");
    run_on_all(&["--url", &server.url(), "--requests", "50", "--plot", name], 0);
    let svg = std::fs::read_to_string(&path).expect("the plot was written");
    let _ = std::fs::remove_file(&path);
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    for runtime in runtimes() {
        assert!(svg.contains(&format!("{runtime}: 50 of 50 succeeded")), "{runtime}");
    }
}

#[test]
fn the_summary_goes_to_standard_output_and_no_bar_to_a_pipe() {
    let server = Server::always(HELLO);
    let output = load_test().args(["--url", &server.url(), "--requests", "5"]).output().expect("it starts");
    let said = text(&output.stdout);
    for label in ["requests", "succeeded", "p50", "p99.9", "responses by status", "  200"] {
        assert!(said.contains(label), "no {label:?} in:\n{said}");
    }
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
}

#[cfg(unix)]
#[test]
fn ctrl_c_drains_reports_and_exits_with_0() {
    for runtime in runtimes() {
        // Each connection is answered three times and then left waiting for ever.
        let (fell_silent, silences) = mpsc::channel();
        let fell_silent = Mutex::new(fell_silent);
        let server = Server::start(move |mut stream| {
            for _ in 0..3 {
                read_request(&mut stream);
                let _ = stream.write_all(HELLO);
            }
            read_request(&mut stream);
            let _ = fell_silent.lock().expect("nobody panics with it").send(());
            read_request(&mut stream);
        });
        let child = load_test()
            .args(["--url", &server.url(), "--duration", "99s", "--timeout", "99s", "--drain", "100ms"])
            .args(["--concurrency", "4", "--json", "-", "--runtime", runtime])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        for _ in 0..4 {
            silences.recv_timeout(Duration::from_secs(30)).expect("four connections fall silent");
        }
        let pressed = Instant::now();
        let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
        assert!(kill.success());
        let output = child.wait_with_output().expect("it ends");
        assert!(pressed.elapsed() < Duration::from_secs(30), "{runtime} hung");
        assert_eq!(output.status.code(), Some(0), "{runtime}: {}", text(&output.stderr));
        let run = &parse(&output)[0];
        assert_eq!(run.ended, "interrupted", "{run:#?}");
        assert_eq!((run.started, run.succeeded, run.cut_off), (16, 12, 4), "{run:#?}");
    }
}
