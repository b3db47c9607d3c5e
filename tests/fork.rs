//! Timers in a process that was forked before the first timer waited, as one that puts itself into the background is.

#![cfg(all(unix, feature = "std"))]
#![allow(unsafe_code, reason = "there is no other way to fork")]

use std::process::{Command, exit};

use anywhen::rt::Std;
use anywhen::time::{self, Duration, Instant};

const MILLI: Duration = Duration::from_millis(1);

/// Both ways to be served: by the one who waits, and by the thread.
fn timers_work() -> bool {
    let began = Instant::now();
    Std.block_on(time::sleep(MILLI));
    futures_lite::future::block_on(time::sleep(MILLI));
    began.elapsed() >= 2 * MILLI
}

#[test]
fn parent_and_child_have_timers_after_a_fork_before_the_first() {
    const MARK: &str = "ANYWHEN_TEST_ALONE";
    if std::env::var_os(MARK).is_none() {
        // Where no other test has threads.
        let mut command = Command::new(std::env::current_exe().unwrap());
        let output =
            command.args(["--exact", "parent_and_child_have_timers_after_a_fork_before_the_first"]).env(MARK, "");
        let output = output.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    // A sleep that does not wait yet goes along.
    let before = time::sleep(MILLI);
    // SAFETY: the test harness' other thread waits for this one, and the child neither returns to it nor prints.
    match unsafe { libc::fork() } {
        0 => {
            futures_lite::future::block_on(before);
            exit(i32::from(!timers_work()));
        }
        child => {
            assert!(child > 0);
            assert!(timers_work());
            let mut status = 0;
            // SAFETY: `status` is there.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "the child: {status:x}");
        }
    }
}
