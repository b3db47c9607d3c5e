//! Retry storms, in virtual time: what clients do to a server that cannot serve all of them, or none for a while.
//!
//! [`contention`] is the experiment of Marc Brooker's article, with our backoffs and jitters; [`outage`] is ten thousand
//! clients whose server is down for a minute. Both are the same in every run: what is random is drawn from seeds. [`plot`]
//! draws them.

mod contention;
mod outage;
mod plot;

use std::error::Error;
use std::process::ExitCode;

/// The argument that asks for all this.
pub(crate) const DRIVER: &str = "--storm";

/// `[--svg FOLDER]`
pub(crate) fn drive(mut args: impl Iterator<Item = String>) -> ExitCode {
    let mut folder = None;
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--svg" => folder = args.next(),
            _ => {
                eprintln!("{}", crate::USAGE);
                return ExitCode::FAILURE;
            }
        }
    }
    match run(folder.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: Option<&str>) -> Result<(), Box<dyn Error>> {
    let contention = contention::measure();
    contention::print(&contention);
    println!();
    let outage = outage::measure();
    outage::print(&outage);
    let Some(folder) = folder else { return Ok(()) };
    std::fs::create_dir_all(folder)?;
    contention::draw(folder, &contention)?;
    outage::draw(folder, &outage)
}

/// A small generator (Sebastiano Vigna's SplitMix64), so that the runs depend on nothing but their seeds.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Normal, near enough: the sum of twelve.
    fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        mean + deviation * ((0..12).map(|_| self.share()).sum::<f64>() - 6.0)
    }
}
