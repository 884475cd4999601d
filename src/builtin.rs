//! The packs that come with logveil, as tables that `build.rs` writes from `patterns/`.

use std::borrow::Cow;

use crate::pack::{Boundary, Class, Confidence, Encoding, Pack, Rule, Text, Texts};

const NO_TEXT: Text = Cow::Borrowed("");
const NO_TEXTS: Texts = Cow::Borrowed(&[]);

include!(concat!(env!("OUT_DIR"), "/packs.rs"));
