#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod action;
mod builtin;
mod check;
mod error;
mod example;

mod pack;
mod policy;
mod redact;
mod scan;
mod stream;

pub use action::{Action, Mask};
pub use error::Error;
pub use example::{ExampleFailure, test_pack};
pub use pack::{Class, Confidence, Pack, Rule};
pub use policy::Policy;
pub use redact::{Redactor, RedactorBuilder, Stats};
#[doc(hidden)]
pub use scan::Strategy;
pub use scan::{Cache, Finding, Span};
pub use stream::{Filter, StreamState};
