//! What is worked out of a pattern's text once: by `build.rs` for the built-in packs, which shares this file and those
//! it uses, and when a scanner is built for all others.

use std::borrow::Cow;

use regex_syntax::hir::{Hir, HirKind};

use super::anchor::{self, Anchor, Lead};
use super::byte_set::ByteSet;
use super::lower;
use super::steps::Steps;
use crate::error::Error;

/// The name of the group that holds the secret.
pub(super) const SECRET: &str = "secret";

/// A pattern, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Analysis {
    pub(crate) text: Cow<'static, str>,
    /// The longest match, if there is one.
    pub(crate) longest: Option<usize>,
    /// Whether a group of it is the secret.
    pub(crate) grouped: bool,
    /// The steps that match it, if it is simple enough.
    pub(crate) steps: Option<Steps>,
    /// Where to look for it, if it is looked for.
    pub(crate) search: Option<Search>,
}

/// Where to look for a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Search {
    /// Literals or the start of a digit run.
    pub(crate) anchor: Option<Anchor>,
    /// Steps of what follows where the anchor stands, if its distance from the start is not known.
    pub(crate) from_anchor: Option<Steps>,
    /// What each of the first bytes of a match may be.
    pub(crate) window: Cow<'static, [ByteSet]>,
    /// The digits that it begins with.
    pub(crate) lead: Lead,
    /// The class that it ends with, if it has no longest match.
    pub(crate) tail: Option<ByteSet>,
}

impl Analysis {
    /// Takes a pattern apart that [`parse`] has read.
    pub(crate) fn of(text: &str, hir: &Hir, is_searched: bool) -> Result<Self, Error> {
        Ok(Analysis {
            text: Cow::Owned(text.to_owned()),
            longest: hir.properties().maximum_len(),
            grouped: has_secret(hir),
            steps: lower::steps(hir),
            search: if is_searched { Some(Search::of(hir)?) } else { None },
        })
    }
}

impl Search {
    fn of(hir: &Hir) -> Result<Self, Error> {
        let elements = anchor::elements(hir);
        let tail = anchor::tail(&elements)?;
        let (anchor, element) = anchor::anchor(&elements).unzip();
        let varies = matches!(&anchor, Some(Anchor::Literals(texts)) if texts.iter().any(|text| text.offset.0 != text.offset.1));
        let from_anchor = element.flatten().filter(|_| varies).and_then(|element| lower::steps_of_elements(&elements[element..]));
        let lead = anchor::lead(&elements);
        Ok(Search { anchor, from_anchor, window: Cow::Owned(anchor::window(hir)), lead, tail })
    }
}

/// Reads a pattern.
pub(crate) fn parse(text: &str) -> Result<Hir, Error> {
    let hir = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(text)
        .map_err(|error| Error::new(format!("the pattern does not compile: {}", reason(&error))))?;
    if !hir.properties().look_set().is_empty() {
        return Err(Error::new("the pattern looks around itself (`^`, `$`, `\\b`)")
            .remedy("boundaries are the engine's: leave them out, or set `boundary`"));
    }
    if hir.properties().minimum_len() == Some(0) {
        return Err(Error::new("the pattern matches the empty text"));
    }
    Ok(hir)
}

/// What the parser says, without the lines that it draws below the pattern.
fn reason(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string().lines().next().unwrap_or_default().to_owned(),
    }
}

fn has_secret(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Capture(capture) => capture.name.as_deref() == Some(SECRET) || has_secret(&capture.sub),
        HirKind::Repetition(repetition) => has_secret(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(has_secret),
        _ => false,
    }
}
