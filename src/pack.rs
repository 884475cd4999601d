//! Rules as they are written: one TOML file is a [`Pack`], one `[[rule]]` stanza is a [`Rule`].
//!
//! Nothing is interpreted here beyond the TOML itself; `scan::compile` turns rules into a scanner and is where
//! every other error surfaces. `build.rs` shares this file to turn the built-in packs into tables.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Text of a rule: borrowed from the tables that `build.rs` makes, or owned when it was parsed.
pub(crate) type Text = Cow<'static, str>;
/// A list of such texts.
pub(crate) type Texts = Cow<'static, [Text]>;

/// What kind of data a rule finds. Actions can be set per class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Class {
    /// Credentials: keys, tokens, passwords.
    Secret,
    /// Cards, accounts, routing.
    Bank,
    /// Numbers that a state gives to a person.
    Identity,
    /// E-mail addresses, phone numbers, postal addresses.
    Contact,
    /// Medical record and insurance numbers.
    Health,
    /// IP and MAC addresses and the like.
    Network,
}

impl Class {
    /// Every class, in the order of declaration.
    pub const ALL: [Class; 6] = [Class::Secret, Class::Bank, Class::Identity, Class::Contact, Class::Health, Class::Network];

    /// The name that packs and policies use.
    pub fn name(self) -> &'static str {
        match self {
            Class::Secret => "secret",
            Class::Bank => "bank",
            Class::Identity => "identity",
            Class::Contact => "contact",
            Class::Health => "health",
            Class::Network => "network",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How sure a finding is. A policy masks from its threshold (`medium` by default) upwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Could as well be something else.
    Low,
    /// Probably what the rule says.
    #[default]
    Medium,
    /// Hardly anything else looks like this.
    High,
}

impl Confidence {
    /// The name that packs and policies use.
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// At which ends of a match the engine asks for a boundary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[doc(hidden)]
pub enum Boundary {
    #[default]
    Both,
    Left,
    None,
    /// Both, and not where a URL has user and host.
    Address,
    /// Both, and not where a longer number goes on: behind a digit and a dot or dash, or with a `+` behind a word.
    Number,
    /// Both, and not where a longer address goes on: more groups, joined as those of the match are.
    Host,
}

/// What a match must be decoded by for something to be found in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[doc(hidden)]
pub enum Encoding {
    Base64,
}

/// One `[[rule]]` stanza, as written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rule {
    /// Name of the rule: lower-case letters, digits and dashes. It appears in replacements and reports.
    pub id: Text,
    /// One line for people: what the rule finds.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub about: Text,
    /// What kind of data it is.
    pub class: Class,

    /// Shape 1: a regular expression for a token that looks like itself; `(?<secret>…)` marks a part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Text>,
    /// The pattern matches text in this encoding (`base64`), which counts only if something is found in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[doc(hidden)]
    pub encoding: Option<Encoding>,
    /// Shape 2: numbers, as runs (`13..19` digits, `9`) or groups (`3-2-4`).
    #[serde(default, skip_serializing_if = "is_empty")]
    pub digits: Texts,
    /// The digits that such a number begins with, if not any: `2`, `756`.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub lead: Texts,
    /// Shape 3: last words of a key whose value is secret.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub keys: Texts,
    /// Whole keys that look right and are not.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub not_keys: Texts,
    /// What the value beside the key must be: `any`, `token` or a pattern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Text>,
    /// Shape 4: the pattern that begins a block of lines …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begin: Option<Text>,
    /// … and the one that ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Text>,

    /// Name of the validator that a match must face.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Text>,
    /// How sure a match is before check and context.
    #[serde(default)]
    pub confidence: Confidence,
    /// Where a boundary is asked for (`both`, `left`, `none`, `address`, `number`, `host`).
    #[serde(default, skip_serializing_if = "is_default")]
    #[doc(hidden)]
    pub boundary: Boundary,
    /// Words of which one must stand nearby.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub near: Texts,
    /// Words that raise the confidence when one stands nearby.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub raise_near: Texts,
    /// Keys that lower the confidence of their values.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub lower_keys: Texts,
    /// The rule is in force only where a policy names it, whatever the policy's threshold.
    #[serde(default, skip_serializing_if = "is_false")]
    pub on_request: bool,

    /// Where the format is documented.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub reference: Text,
    /// Texts in which exactly what stands between « and » must be masked.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub examples: Texts,
    /// Texts in which nothing may be masked.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub counterexamples: Texts,
    /// Rules that may claim this rule's examples instead of it.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub also: Texts,
    /// Which of the rules of the built-in packs it is, if it is one as `build.rs` has written it.
    #[serde(skip)]
    pub(crate) number: Option<u16>,
}

fn is_empty(texts: &Texts) -> bool {
    texts.is_empty()
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_default(boundary: &Boundary) -> bool {
    *boundary == Boundary::default()
}

/// A file of rules.
#[derive(Clone, Debug)]
pub struct Pack {
    pub(crate) name: Text,
    pub(crate) rules: Cow<'static, [Rule]>,
}

/// The file itself; the pack's name is not in it but is that of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Rule>,
}

impl Pack {
    /// Parses the text of a pack. `name` is what errors and policies call it, usually the file's stem.
    ///
    /// # Errors
    /// When the text is not TOML or has keys that a rule does not know. Patterns, checks and anchors are
    /// judged when a redactor is built.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let file: File = toml::from_str(text).map_err(|error| Error::toml(text, &error).at(format!("pack {name}")))?;
        if file.rule.is_empty() {
            return Err(Error::new("no rules in it").at(format!("pack {name}")).remedy("a pack is a list of [[rule]] stanzas"));
        }
        Ok(Pack { name: Cow::Owned(name.to_owned()), rules: Cow::Owned(file.rule) })
    }

    /// The pack's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its rules, in the order of the file.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
}
