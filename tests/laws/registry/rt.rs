//! The sleeps of runtimes. tokio's paused time can be moved by hand; async-io's reactor tells the real time, so its sleep
//! is not here, see `complete`.

use crate::stage::Entry;

#[cfg(not(feature = "tokio"))]
pub(super) const ENTRIES: &[Entry] = &[];

#[cfg(feature = "tokio")]
pub(super) const ENTRIES: &[Entry] = &[tokio::sleep, tokio::reset_sleep];

#[cfg(feature = "tokio")]
mod tokio {
    use anywhen::rt::{Tokio, TokioSleep};
    use anywhen::time::{Duration, Timer};
    use tokio::runtime;

    use crate::stage::{After, Stage};

    const PERIOD: Duration = Duration::from_millis(10);

    /// A runtime whose clock stands still until it is advanced.
    fn paused() -> (runtime::Runtime, Tokio) {
        let runtime = runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let rt = Tokio::new(runtime.handle().clone());
        (runtime, rt)
    }

    pub(super) fn sleep(body: &mut dyn FnMut(Stage<'_>)) {
        let (runtime, rt) = paused();
        let mut left = Some(PERIOD * 2);
        let release = || {
            if let Some(time) = left.take() {
                runtime.block_on(tokio::time::advance(time));
            }
        };
        let sleep = rt.sleep_until(rt.now() + PERIOD);
        body(Stage::new(sleep, release).after(After::Stays).foreign());
    }

    pub(super) fn reset_sleep(body: &mut dyn FnMut(Stage<'_>)) {
        let (runtime, rt) = paused();
        let mut left = Some(PERIOD * 3);
        let release = || {
            if let Some(time) = left.take() {
                runtime.block_on(tokio::time::advance(time));
            }
        };
        let mut sleep = Box::pin(rt.sleep_until(rt.now()));
        Tokio::reset(sleep.as_mut(), rt.now() + PERIOD * 2);
        let stage = Stage::new(sleep, release).named::<TokioSleep>();
        body(stage.after(After::Stays).foreign());
    }
}
