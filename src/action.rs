//! What happens to a finding, and the grammar of what stands in its place.

mod keys;
mod mask;
mod replacements;
mod reveal;
mod template;
mod token;

pub use keys::Keys;
pub(crate) use keys::check_key_id;
pub use mask::Mask;
pub(crate) use replacements::{Replaced, Replacements};
pub use reveal::{Refusal, Refused, Revealed, Revealer};
pub use template::Template;
pub(crate) use token::Form;

use crate::error::Error;

/// What is done to the bytes of a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// `[REDACTED:rule-id]` in its place.
    #[default]
    Replace,
    /// A text of your own in its place.
    Template(Template),
    /// Stars in its place, of the same length; see [`Mask`].
    Mask(Mask),
    /// `[class:key-id:letters]`: an HMAC-SHA-256 under a key, the same for the same value of a class, so that a
    /// value can be followed through the logs without being known.
    Hash,
    /// `[class:key-id:letters]`: the value itself, encrypted with AES-SIV, which [`Revealer`] undoes with the key. The same
    /// value of a class gives the same letters, and their number tells its length. A value of more than 4096 bytes
    /// becomes several such tokens.
    Encrypt,
    /// Nothing in its place. What is the whole value of a field goes with its key and a separator, in JSON, logfmt and the
    /// like, so that what is left is as valid as before.
    Remove,
    /// Counted and reported, not changed. Does not uncover what another rule masks.
    Keep,
}

impl Action {
    /// The action with this name and its default settings.
    ///
    /// # Errors
    /// When there is none.
    pub fn parse(name: &str) -> Result<Self, Error> {
        match name {
            "replace" => Ok(Action::Replace),
            "mask" => Ok(Action::Mask(Mask::default())),
            "hash" => Ok(Action::Hash),
            "encrypt" => Ok(Action::Encrypt),
            "remove" => Ok(Action::Remove),
            "keep" => Ok(Action::Keep),
            _ => Err(Error::new("no such action").remedy("replace, mask, hash, encrypt, remove or keep")),
        }
    }

    /// The name that policies use.
    pub fn name(self) -> &'static str {
        match self {
            Action::Replace | Action::Template(_) => "replace",
            Action::Mask(_) => "mask",
            Action::Hash => "hash",
            Action::Encrypt => "encrypt",
            Action::Remove => "remove",
            Action::Keep => "keep",
        }
    }

    /// Whether it needs a key.
    pub(crate) fn needs_key(self) -> bool {
        matches!(self, Action::Hash | Action::Encrypt)
    }
}
