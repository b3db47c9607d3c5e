//! What `--runtime` takes: one runtime, several in turn, or `all`.

use std::fmt;
use std::str::FromStr;

use crate::support::Choice;

/// One pass over the whole load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// With anywhen, on this runtime.
    On(Choice),
    /// The same loop with tokio's own primitives on the same kind of tokio; what the first kind is measured against.
    #[cfg(feature = "tokio")]
    Direct(Choice),
}

#[cfg(feature = "tokio")]
const DIRECT: [Run; 2] = [Run::Direct(Choice::Tokio), Run::Direct(Choice::TokioMt)];

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(choice) => choice.fmt(f),
            #[cfg(feature = "tokio")]
            Self::Direct(choice) => write!(f, "{choice}-direct"),
        }
    }
}

impl FromStr for Run {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        #[cfg(feature = "tokio")]
        if let Some(run) = DIRECT.into_iter().find(|run| run.to_string() == name) {
            return Ok(run);
        }
        name.parse().map(Self::On)
    }
}

/// The passes to make, in order.
#[derive(Clone, Debug)]
pub struct Runs(pub Vec<Run>);

impl FromStr for Runs {
    type Err = String;

    fn from_str(names: &str) -> Result<Self, String> {
        let mut runs = Vec::new();
        for name in names.split(',') {
            match name {
                "all" => runs.extend(Choice::compiled_in().map(Run::On)),
                name => runs.push(name.parse()?),
            }
        }
        Ok(Self(runs))
    }
}
