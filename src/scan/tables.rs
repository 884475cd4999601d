//! The patterns of the built-in packs, taken apart by `build.rs`. A pattern of the same text is the same pattern,
//! whatever pack it stands in.

use std::borrow::Cow;

use super::analysis::{Analysis, Search};
use super::anchor::{Anchor, Lead, Literal};
use super::byte_set::ByteSet;
use super::steps::{Count, Step};

include!(concat!(env!("OUT_DIR"), "/patterns.rs"));

/// What is known of the pattern with this text.
pub(super) fn find(text: &str) -> Option<&'static Analysis> {
    PATTERNS.binary_search_by(|known| known.text.as_ref().cmp(text)).ok().map(|at| &PATTERNS[at])
}

#[cfg(test)]
pub(super) fn texts() -> impl Iterator<Item = &'static str> {
    PATTERNS.iter().map(|known| known.text.as_ref())
}
