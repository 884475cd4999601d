//! The function for AWS Lambda, as Lambda runs it, between emulators and faults.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

mod attacks;
mod blocked;
mod chaos;
mod events;
mod failures;
mod function;
mod mapping;
mod proxy;
mod settings;
mod stream;

/// The function as it was built with these tests.
async fn start(variables: &[(&str, &str)]) -> function::Function {
    function::Function::start_at(Path::new(env!("CARGO_BIN_EXE_logveil-lambda")), variables).await
}
