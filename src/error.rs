//! The one error type: where it went wrong, what is wrong, what to do. Never a value from a log or a policy.

use std::fmt;
use std::ops::Range;

/// Why a pack, a policy or a redactor could not be built.
///
/// Its text names the place (a file, a rule), the reason and, where there is one, the remedy. It never holds
/// text from a log, an allow list or a key.
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    place: Vec<String>,
    what: String,
    remedy: Option<String>,
    excerpt: Option<Excerpt>,
}

/// The line of a policy in which something is wrong, without what may be secret in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Excerpt {
    /// What the policy is called: its file.
    pub name: String,
    /// The number of the line, from 1.
    pub line: usize,
    /// The line. Comments are left out of it, and `…` stands for values that are not for every eye.
    pub text: String,
    /// The bytes of `text` that are meant.
    pub span: Range<usize>,
}

impl Error {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Error(Box::new(Inner { place: Vec::new(), what: what.into(), remedy: None, excerpt: None }))
    }

    /// Adds an enclosing place: the rule first, then the file that holds it.
    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.0.place.insert(0, place.into());
        self
    }

    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// Adds the line that is meant, if it may be shown.
    pub(crate) fn excerpted(mut self, excerpt: Option<Excerpt>) -> Self {
        self.0.excerpt = excerpt;
        self
    }

    /// The line of the policy that is meant; nothing where the fault is elsewhere, or the line may hold a secret, as those of
    /// allow lists and keys may. The text of the error has the number of the line all the same.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        self.0.excerpt.as_ref()
    }

    /// An error of the TOML parser, without the source lines that the parser would quote.
    pub(crate) fn toml(text: &str, error: &toml::de::Error) -> Self {
        let line = error.span().map(|span| 1 + text.as_bytes()[..span.start.min(text.len())].iter().filter(|&&byte| byte == b'\n').count());
        let what = without_value(error.message());
        match line {
            Some(line) => Error::new(what).at(format!("line {line}")),
            None => Error::new(what),
        }
    }
}

/// serde says ``invalid type: string "the value", expected …`` or ``unknown variant `the value`, expected …``: keep what
/// was expected, drop what was there.
fn without_value(message: &str) -> String {
    let quotes_input = ["invalid type", "invalid value", "unknown variant"].iter().any(|head| message.starts_with(head));
    match message.rfind("expected ") {
        Some(at) if quotes_input => format!("wrong kind of value, {}", &message[at..]),
        _ if quotes_input => "wrong kind of value".to_owned(),
        _ => message.lines().next().unwrap_or_default().to_owned(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in &self.0.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.0.what)?;
        match &self.0.remedy {
            Some(remedy) => write!(f, " ({remedy})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl std::error::Error for Error {}
