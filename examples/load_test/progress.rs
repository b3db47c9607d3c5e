//! The bar on standard error, when that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::args::Args;
use crate::tally::Counts;

/// How far the load is.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// How often it is redrawn.
    pub const PERIOD: Duration = Duration::from_millis(100);

    pub fn new(name: &str, args: &Args) -> Self {
        let (bar, template) = match (args.limit(), args.duration) {
            (u64::MAX, _) => (ProgressBar::new_spinner(), "{prefix} {elapsed} {spinner} {pos} requests  {msg}"),
            (limit, _) => (ProgressBar::new(limit), "{prefix} {elapsed} [{bar:40}] {pos}/{len}  {msg}"),
        };
        let style = ProgressStyle::with_template(template).expect("the template is valid");
        bar.set_style(style.progress_chars("=> "));
        bar.set_prefix(name.to_owned());
        Self { bar }
    }

    /// Whether there is nobody to see it.
    pub fn is_hidden(&self) -> bool {
        self.bar.is_hidden()
    }

    pub fn update(&self, counts: &Counts) {
        self.bar.set_position(counts.finished());
        let rate = counts.finished() as f64 / self.bar.elapsed().as_secs_f64().max(1e-3);
        self.bar.set_message(format!("{rate:.0} req/s, {} failed, {} retries", counts.failed, counts.retries));
    }

    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
