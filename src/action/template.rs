//! What [`Action::Template`](super::Action::Template) writes.

use std::fmt;

use crate::error::Error;
use crate::pack::Class;

/// A text in which `{rule}` and `{class}` stand for the rule and the class of a finding: `[MASKED:{class}:{rule}]`.
///
/// It begins with `[` and ends with `]`, so that a later pass knows it again; between them stand letters, digits and
/// `_`, `-`, `.`, `:`. At most 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Template {
    text: [u8; LONGEST],
    length: u8,
}

const LONGEST: usize = 64;

/// What stands for something else.
const RULE: &str = "{rule}";
const CLASS: &str = "{class}";

/// What a template begins with behind its bracket, so that it can be looked for.
const BEGINNING: usize = 3;

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// When it is not of the form above, does not begin with three letters or digits, or looks like the token of a key
    /// (`[secret:k1:…]`).
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |what: &str| Err(Error::new(what).remedy("such as \"[MASKED:{rule}]\" or \"[{class}:{rule}]\""));
        let Some(inner) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) else {
            return refuse("a template begins with `[` and ends with `]`: only so is it known again");
        };
        if text.len() > LONGEST {
            return refuse("a template has at most 64 bytes");
        }
        let plain = inner.replace(RULE, "").replace(CLASS, "");
        if !plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte)) {
            return refuse("a template holds {rule}, {class}, letters, digits and `_`, `-`, `.`, `:`");
        }
        let literal = inner.split('{').next().unwrap_or_default();
        let begins_with_class = inner.starts_with("{class}:");
        let begins_with_word = literal.len() >= BEGINNING && literal.bytes().take(BEGINNING).all(|byte| byte.is_ascii_alphanumeric());
        if !begins_with_class && !begins_with_word {
            return refuse("a template begins with three letters or digits, or with {class}:");
        }
        let of_class = begins_with_class || Class::ALL.iter().any(|class| literal.split(':').next() == Some(class.name()));
        if of_class && inner.matches(':').count() > 1 {
            return refuse("a template must not look like what `hash` and `encrypt` write");
        }
        let mut template = Template { text: [0; LONGEST], length: text.len() as u8 };
        template.text[..text.len()].copy_from_slice(text.as_bytes());
        Ok(template)
    }

    /// The template as it is written.
    pub fn as_str(&self) -> &str {
        // It was made of a text.
        std::str::from_utf8(&self.text[..usize::from(self.length)]).unwrap_or_default()
    }

    /// Appends the text for a finding.
    pub(super) fn write(&self, rule: &str, class: Class, out: &mut Vec<u8>) {
        let mut rest = self.as_str();
        while let Some(at) = rest.find('{') {
            out.extend_from_slice(&rest.as_bytes()[..at]);
            let (value, length) = if rest[at..].starts_with(RULE) { (rule, RULE.len()) } else { (class.name(), CLASS.len()) };
            out.extend_from_slice(value.as_bytes());
            rest = &rest[at + length..];
        }
        out.extend_from_slice(rest.as_bytes());
    }

    /// What every text begins with that it makes.
    pub(super) fn beginnings(&self) -> Vec<String> {
        let literal = self.as_str().split('{').next().unwrap_or_default();
        if literal == "[" { Class::ALL.iter().map(|class| format!("[{class}:")).collect() } else { vec![literal.to_owned()] }
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({:?})", self.as_str())
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_template_writes() {
        for (text, written) in [
            ("[REDACTED:{rule}]", "[REDACTED:us-ssn]"),
            ("[{class}:{rule}]", "[identity:us-ssn]"),
            ("[MASKED.{class}.{rule}-x]", "[MASKED.identity.us-ssn-x]"),
            ("[MASKED]", "[MASKED]"),
        ] {
            let template = Template::parse(text).unwrap();
            let mut out = Vec::new();
            template.write("us-ssn", Class::Identity, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), written);
            assert_eq!(template.to_string(), text);
            assert!(template.beginnings().iter().any(|beginning| written.starts_with(beginning)));
        }
    }

    #[test]
    fn what_would_not_be_known_again_is_no_template() {
        for text in [
            "",
            "<{rule}>",
            "[{rule}]",
            "[a:{rule}]",
            "[MASKED {rule}]",
            "[MASKED:{value}]",
            "[MASKED:{rule]",
            "[MASKED\"]",
            "[MASKED]]",
            "[{class}{rule}]",
            "[{class}:k1:{rule}]",
            "[secret:k1:{rule}]",
            "[---]",
            &format!("[{}]", "x".repeat(63)),
        ] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}
