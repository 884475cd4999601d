//! The policy: which packs, from which confidence on, and what happens to what is found.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::action::{Action, Mask};
use crate::error::Error;
use crate::pack::{Class, Confidence};

/// Which packs and rules are in force, the threshold, and the action per class and rule.
///
/// The default masks everything that the built-in packs find at `medium` confidence and above.
///
/// ```
/// let policy = logveil::Policy::parse("example", r#"
///     min_confidence = "medium"
///     [actions]
///     contact = "remove"
///     bank = { mask = { last = 4 } }
///     [rules.bearer-token]
///     action = "replace"
/// "#)?;
/// let redactor = logveil::Redactor::builder().policy(policy).build()?;
/// # Ok::<(), logveil::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub(crate) name: String,
    file: File,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    packs: Option<Vec<String>>,
    min_confidence: Confidence,
    actions: Actions,
    rules: BTreeMap<String, RulePolicy>,
    hash: Hash,
    limits: Limits,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Actions {
    default: Option<Choice>,
    secret: Option<Choice>,
    bank: Option<Choice>,
    identity: Option<Choice>,
    contact: Option<Choice>,
    health: Option<Choice>,
    network: Option<Choice>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RulePolicy {
    enabled: Option<bool>,
    action: Option<Choice>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Hash {
    key_id: String,
}

impl Default for Hash {
    fn default() -> Self {
        Hash { key_id: "k1".to_owned() }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Limits {
    line: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { line: 1 << 20 }
    }
}

/// `"replace"` or `{ mask = { last = 4 } }`.
#[derive(Clone, Copy, Debug)]
struct Choice(Action);

impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Name(String),
            Table(Table),
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            mask: Mask,
        }
        let written = Written::deserialize(deserializer).map_err(|_| {
            D::Error::custom("no such action (replace, mask, hash, remove, keep, or { mask = { first = n, last = n, domain = true } })")
        })?;
        match written {
            Written::Name(name) => Action::parse(&name).map(Choice).map_err(|error| D::Error::custom(error.to_string())),
            Written::Table(table) => Ok(Choice(Action::Mask(table.mask))),
        }
    }
}

impl Policy {
    /// Shortest line limit: pieces of a longer line overlap, and must be longer than what they overlap by.
    pub(crate) const SHORTEST_LIMIT: usize = 128 << 10;

    /// Parses the text of a policy file. `name` is what errors call it.
    ///
    /// # Errors
    /// When it is not TOML, or has a key or an action that does not exist. Whether its packs and rules exist is
    /// judged when a redactor is built.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let place = |error: Error| error.at(format!("policy {name}"));
        let file: File = toml::from_str(text).map_err(|error| place(Error::toml(text, &error)))?;
        if file.limits.line < Self::SHORTEST_LIMIT {
            return Err(place(Error::new(format!("limits.line is below {}", Self::SHORTEST_LIMIT))));
        }
        crate::action::check_key_id(&file.hash.key_id).map_err(place)?;
        Ok(Policy { name: name.to_owned(), file })
    }

    /// Masks from this confidence upwards.
    pub fn min_confidence(mut self, confidence: Confidence) -> Self {
        self.file.min_confidence = confidence;
        self
    }

    /// One action for everything, instead of those of classes and rules.
    pub fn action(mut self, action: Action) -> Self {
        self.file.actions = Actions { default: Some(Choice(action)), ..Actions::default() };
        self.file.rules.values_mut().for_each(|rule| rule.action = None);
        self
    }

    pub(crate) fn threshold(&self) -> Confidence {
        self.file.min_confidence
    }

    /// The built-in packs to use, or `None` for all.
    pub(crate) fn packs(&self) -> Option<&[String]> {
        self.file.packs.as_deref()
    }

    /// Ids of the rules that the policy speaks of.
    pub(crate) fn rule_ids(&self) -> impl Iterator<Item = &str> {
        self.file.rules.keys().map(String::as_str)
    }

    pub(crate) fn enables(&self, rule: &str) -> bool {
        self.file.rules.get(rule).and_then(|rule| rule.enabled).unwrap_or(true)
    }

    /// The rule's action, else its class's, else the default.
    pub(crate) fn action_for(&self, rule: &str, class: Class) -> Action {
        let actions = &self.file.actions;
        let of_class = match class {
            Class::Secret => actions.secret,
            Class::Bank => actions.bank,
            Class::Identity => actions.identity,
            Class::Contact => actions.contact,
            Class::Health => actions.health,
            Class::Network => actions.network,
        };
        let of_rule = self.file.rules.get(rule).and_then(|rule| rule.action);
        of_rule.or(of_class).or(actions.default).map(|choice| choice.0).unwrap_or_default()
    }

    /// The name of the key that hashes are made with.
    pub fn hash_key_id(&self) -> &str {
        &self.file.hash.key_id
    }

    pub(crate) fn line_limit(&self) -> usize {
        self.file.limits.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_goes_before_its_class_and_a_class_before_the_default() {
        let policy = Policy::parse(
            "p",
            "[actions]\ndefault = 'keep'\nbank = { mask = { last = 4 } }\n[rules.iban]\naction = 'remove'\nenabled = false",
        )
        .unwrap();
        assert_eq!(policy.action_for("iban", Class::Bank), Action::Remove);
        assert_eq!(policy.action_for("card", Class::Bank), Action::Mask(Mask { last: 4, ..Mask::default() }));
        assert_eq!(policy.action_for("email", Class::Contact), Action::Keep);
        assert!(!policy.enables("iban") && policy.enables("card"));
    }

    #[test]
    fn what_is_not_understood_is_refused_without_quoting_values() {
        for (text, says) in [
            ("mni_confidence = 'low'", "unknown field"),
            ("min_confidence = 'hunter2'", "line 1"),
            ("packs = 'hunter2'", "sequence"),
            ("[actions]\nbank = 'hunter2'", "no such action"),
            ("[actions]\nbank = { mask = { lats = 4 } }", "no such action"),
            ("[limits]\nline = 5", "below"),
            ("[hash]\nkey_id = 'hunter2 x'", "key id"),
            ("[rules.x]\nenabeld = true", "unknown field"),
        ] {
            let error = Policy::parse("p", text).unwrap_err().to_string();
            assert!(error.contains(says) && error.starts_with("policy p: "), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
