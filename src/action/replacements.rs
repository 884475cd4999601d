//! Writes what stands in the place of a finding, and knows it again.

use foldhash::{HashSet, HashSetExt};

use super::keys::{KeyRing, Keys};
use super::token::{Form, Token};
use super::{Action, Template};
use crate::error::Error;
use crate::pack::{Class, Text};
use crate::scan::Span;

/// What every default replacement begins with.
const OPEN: &[u8] = b"[REDACTED:";

/// Writes replacements and knows them again.
///
/// `[REDACTED:id]` with an id that exists, what a template of the policy makes of such a rule, or `[class:key-id:letters]`
/// whose letters prove themselves under one of the keys at hand. Whatever else looks like one may hide a value and is
/// text like any other.
#[derive(Debug, Default)]
pub(crate) struct Replacements {
    /// Ids of rules, for `[REDACTED:id]`.
    ids: HashSet<Text>,
    /// Those of templates, by their text.
    texts: HashSet<Vec<u8>>,
    /// The longest of them.
    longest: usize,
    keys: Option<KeyRing>,
}

/// A finding that is to be replaced.
#[derive(Clone, Copy)]
pub(crate) struct Replaced<'r> {
    pub(crate) rule: &'r str,
    pub(crate) class: Class,
    pub(crate) form: Form,
}

impl Replacements {
    /// Those of these rules, templates and keys; `write` is the id of the key that writes, where it is not the first.
    pub(crate) fn new(
        rules: impl Iterator<Item = (Text, Class)>,
        templates: &[Template],
        keys: Option<&Keys>,
        write: Option<&str>,
    ) -> Result<Self, Error> {
        let (mut ids, mut texts) = (HashSet::new(), HashSet::new());
        for (rule, class) in rules {
            for template in templates {
                let mut text = Vec::new();
                template.write(&rule, class, &mut text);
                texts.insert(text);
            }
            ids.insert(rule);
        }
        let defaults = ids.iter().map(|id| OPEN.len() + id.len() + 1);
        let longest = defaults.chain(texts.iter().map(Vec::len)).max().unwrap_or(0);
        Ok(Replacements { ids, texts, longest, keys: keys.map(|keys| keys.derive(write)).transpose()? })
    }

    /// What every replacement begins with: one of these.
    pub(crate) fn beginnings(templates: &[Template]) -> Vec<String> {
        let tokens = Class::ALL.into_iter().map(|class| format!("[{class}:"));
        let default = std::iter::once(String::from_utf8_lossy(OPEN).into_owned());
        let mut beginnings: Vec<String> = tokens.chain(default).chain(templates.iter().flat_map(Template::beginnings)).collect();
        beginnings.sort_unstable();
        beginnings.dedup();
        beginnings
    }

    /// Appends where earlier replacements stand.
    pub(crate) fn find(&self, line: &[u8], out: &mut Vec<Span>) {
        for start in memchr::memchr_iter(b'[', line) {
            if let Some(length) = self.length(&line[start..]) {
                out.push(Span { start, end: start + length });
            }
        }
    }

    /// The length of the replacement that `text` begins with.
    fn length(&self, text: &[u8]) -> Option<usize> {
        let close = text.iter().take(self.longest).position(|&byte| byte == b']');
        if let Some(close) = close
            && (self.texts.contains(&text[..=close]) || self.is_default(&text[..close]))
        {
            return Some(close + 1);
        }
        let keys = self.keys.as_ref()?;
        Token::at(text).filter(|token| token.is_ours(keys)).map(|token| token.len())
    }

    /// Is this a default replacement, less the bracket that closes it?
    fn is_default(&self, text: &[u8]) -> bool {
        let id = text.strip_prefix(OPEN).and_then(|id| str::from_utf8(id).ok());
        id.is_some_and(|id| self.ids.contains(id))
    }

    /// Appends what stands in place of `value`.
    pub(crate) fn write(&self, action: Action, replaced: Replaced<'_>, value: &[u8], out: &mut Vec<u8>) {
        let Replaced { rule, class, form } = replaced;
        let key = self.keys.as_ref().and_then(KeyRing::writing);
        match (action, key) {
            (Action::Template(template), _) => template.write(rule, class, out),
            (Action::Mask(mask), _) => mask.write(class, value, out),
            (Action::Remove, _) => {}
            (Action::Keep, _) => out.extend_from_slice(value),
            (Action::Hash, Some(key)) => key.write_hash(class, value, out),
            (Action::Encrypt, Some(key)) if key.write_encrypted(class, form, value, out) => {}
            // A key that is missing is refused when the redactor is built; were it not, this would still hide.
            (Action::Replace | Action::Hash | Action::Encrypt, _) => write_default(rule, out),
        }
    }
}

fn write_default(rule: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(OPEN);
    out.extend_from_slice(rule.as_bytes());
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(replacements: &Replacements, action: Action, value: &str) -> String {
        let mut out = Vec::new();
        let replaced = Replaced { rule: "some-rule", class: Class::Contact, form: Form::default() };
        replacements.write(action, replaced, value.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    fn template() -> Template {
        Template::parse("[MASKED:{class}.{rule}]").unwrap()
    }

    fn keyed(keys: &Keys) -> Replacements {
        Replacements::new([("some-rule".into(), Class::Contact)].into_iter(), &[template()], Some(keys), None).unwrap()
    }

    fn key(byte: u8) -> Keys {
        Keys::new("k1", &[byte; 32]).unwrap()
    }

    #[test]
    fn what_is_written_is_known_again_and_what_is_forged_is_not() {
        let ours = keyed(&key(7));
        let mut spans = Vec::new();
        for action in [Action::Replace, Action::Hash, Action::Encrypt, Action::Template(template())] {
            let text = format!("a {} b", written(&ours, action, "bob@example.com"));
            spans.clear();
            ours.find(text.as_bytes(), &mut spans);
            assert_eq!(spans, [Span { start: 2, end: text.len() - 2 }], "{text}");
        }
        spans.clear();
        let encrypted = written(&ours, Action::Encrypt, "x");
        for forged in [
            "[REDACTED:hunter2]",
            "[contact:k1:abcdefghijklmnop]",
            "[REDACTED:",
            "[REDACTED:some-rule",
            "[contact:k1:abc]",
            "[contact:k1:]",
            "[MASKED:contact.hunter2]",
            "[MASKED:secret.some-rule]",
            &format!("[contact:k1:{}]", "abcdefghijklmnop".repeat(4)),
            &encrypted[..encrypted.len() - 1],
            &encrypted.replace("contact", "secret"),
            &encrypted.replace("k1", "k2"),
        ] {
            ours.find(forged.as_bytes(), &mut spans);
            assert!(spans.is_empty(), "{forged}");
        }
        for action in [Action::Hash, Action::Encrypt] {
            keyed(&key(8)).find(written(&ours, action, "x").as_bytes(), &mut spans);
            assert!(spans.is_empty());
        }
    }

    #[test]
    fn older_keys_are_known_and_do_not_write() {
        let (old, new) = (keyed(&key(7)), keyed(&Keys::new("k2", &[8; 32]).unwrap().with_older("k1", &[7; 32]).unwrap()));
        for action in [Action::Hash, Action::Encrypt] {
            let mut spans = Vec::new();
            new.find(written(&old, action, "x").as_bytes(), &mut spans);
            new.find(written(&new, action, "x").as_bytes(), &mut spans);
            assert_eq!(spans.len(), 2);
            assert!(written(&new, action, "x").starts_with("[contact:k2:"));
        }
    }

    #[test]
    fn a_token_depends_on_value_and_key_alone() {
        for action in [Action::Hash, Action::Encrypt] {
            let token = |byte: u8, value: &str| written(&keyed(&key(byte)), action, value);
            assert_eq!(token(7, "x"), token(7, "x"));
            assert_ne!(token(7, "x"), token(7, "y"));
            assert_ne!(token(7, "x"), token(8, "x"));
        }
    }
}
