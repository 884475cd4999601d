//! What went wrong, and the exit code that says so.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

/// Findings were made and `--fail-on-findings` was given.
pub const FINDINGS: u8 = 3;
/// `policy import` could not express everything; what it could was written.
pub const INCOMPLETE: u8 = 1;

pub enum Failure {
    /// Reading or writing failed: exit 1.
    Io(String),
    /// Bad usage, pack or policy: exit 2.
    Usage(String),
    /// The reader of our output has gone: exit 0, quietly.
    OutputClosed,
}

impl Failure {
    pub fn reading(what: impl Display, error: &io::Error) -> Self {
        Failure::Io(format!("cannot read {what}: {error}"))
    }

    pub fn writing(what: impl Display, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::OutputClosed;
        }
        Failure::Io(format!("cannot write {what}: {error}"))
    }

    pub fn report(self) -> ExitCode {
        let (text, code) = match self {
            Failure::OutputClosed => return ExitCode::SUCCESS,
            Failure::Io(text) => (text, 1),
            Failure::Usage(text) => (text, 2),
        };
        // Nothing is left to do if stderr is closed too.
        let _ = writeln!(io::stderr(), "logveil: {text}");
        ExitCode::from(code)
    }
}

impl From<logveil::Error> for Failure {
    fn from(error: logveil::Error) -> Self {
        Failure::Usage(error.to_string())
    }
}
