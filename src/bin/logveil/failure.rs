//! What went wrong, and the exit code that says so.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use logveil::Excerpt;

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

    /// A bad pack or policy, with the line that is meant where there is one to show. `more` goes on from what the error says.
    pub fn wrong(error: &logveil::Error, more: &str) -> Self {
        let excerpt = error.excerpt().map(|excerpt| format!("\n{}", marked(excerpt)));
        Failure::Usage(format!("{error}{more}{}", excerpt.unwrap_or_default()))
    }

    /// Says where it was, before what it says.
    pub fn at(self, place: &str) -> Self {
        match self {
            Failure::Io(text) => Failure::Io(format!("{place}: {text}")),
            Failure::Usage(text) => Failure::Usage(format!("{place}: {text}")),
            Failure::OutputClosed => Failure::OutputClosed,
        }
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
        Failure::wrong(&error, "")
    }
}

/// The line, as far as it may be shown, with its number and a caret below what is meant.
fn marked(excerpt: &Excerpt) -> String {
    let mark = AnnotationKind::Primary.span(excerpt.span.clone());
    let line = Snippet::source(&excerpt.text).path(&excerpt.name).line_start(excerpt.line).annotation(mark);
    Renderer::plain().render(&[Group::with_level(Level::ERROR).element(line)])
}
