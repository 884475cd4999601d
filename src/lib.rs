#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod action;
mod alias;
mod builtin;
mod check;
#[cfg(feature = "envelope")]
pub mod envelope;
mod error;
mod example;
mod fields;
mod live;
mod pack;
mod policy;
mod redact;
mod scan;
mod stream;

pub use action::{Action, Keys, Mask, Refusal, Refused, Revealed, Revealer, Template};
pub use check::Verdict;
pub use error::{Error, Excerpt};
pub use example::{ExampleFailure, test_pack};
pub use live::LiveRedactor;
pub use pack::{Class, Confidence, Pack, Rule};
pub use policy::{Layers, Policy};
pub use redact::{Candidate, Decision, Redactor, RedactorBuilder, Stats};
#[cfg(feature = "counters")]
pub use scan::Counters;
pub use scan::{Cache, Finding, Reason, Span};
#[doc(hidden)]
pub use scan::{Kernel, Strategy};
pub use stream::{Filter, ParallelFilter, StreamState};

/// The text of `src/scan/windows.tsv` for these sample logs, and how many places and needles each KB of them has.
///
/// # Errors
/// When a built-in pack is wrong.
#[cfg(feature = "training")]
#[doc(hidden)]
pub fn train(samples: &[Vec<u8>]) -> Result<(String, (f64, f64)), Error> {
    scan::train(builtin::PACKS, samples)
}
