//! The policy: which packs, from which confidence on, and what happens to what is found.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::action::{Action, Mask, Template};
use crate::alias;
use crate::error::Error;
use crate::pack::{Class, Confidence};

/// Which packs and rules are in force, the threshold, and the action per class and rule.
///
/// The default masks everything that the built-in packs find at `medium` confidence and above.
///
/// Wherever the id of a rule may stand, so may the name that Amazon CloudWatch Logs has for what it finds, such as
/// `EmailAddress` or `BankAccountNumber-GB`; see [`Policy::aliases`].
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
    /// The file, with aliases resolved into rules.
    file: File,
    /// The rules that `only` lets be.
    only: Option<BTreeSet<String>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    packs: Option<Vec<String>>,
    only: Option<Vec<String>>,
    min_confidence: Confidence,
    actions: Actions,
    rules: BTreeMap<String, RulePolicy>,
    keys: Keys,
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

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RulePolicy {
    enabled: Option<bool>,
    action: Option<Choice>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Keys {
    /// The id of the key that writes, if it is not the first one that is given.
    write: Option<String>,
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
#[derive(Clone, Copy, Debug, PartialEq)]
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
        #[serde(rename_all = "lowercase")]
        enum Table {
            Mask(Mask),
            Replace(String),
        }
        let written = Written::deserialize(deserializer).map_err(|_| {
            D::Error::custom(
                "no such action (replace, mask, hash, encrypt, remove, keep, { mask = { first = n, last = n, domain = true } }, \
                 or { replace = \"[MASKED:{rule}]\" })",
            )
        })?;
        let action = match written {
            Written::Name(name) => Action::parse(&name),
            Written::Table(Table::Mask(mask)) => Ok(Action::Mask(mask)),
            Written::Table(Table::Replace(text)) => Template::parse(&text).map(Action::Template),
        };
        action.map(Choice).map_err(|error| D::Error::custom(error.to_string()))
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
        let mut file: File = toml::from_str(text).map_err(|error| place(Error::toml(text, &error)))?;
        if file.limits.line < Self::SHORTEST_LIMIT {
            return Err(place(Error::new(format!("limits.line is below {}", Self::SHORTEST_LIMIT))));
        }
        file.keys.write.as_deref().map_or(Ok(()), crate::action::check_key_id).map_err(|error| place(error.at("keys.write")))?;
        check_only(&file).map_err(place)?;
        file.rules = resolve(file.rules, file.only.as_deref().unwrap_or_default()).map_err(place)?;
        let only = file.only.as_ref().map(|names| names.iter().flat_map(|name| rules_of(name)).map(str::to_owned).collect());
        Ok(Policy { name: name.to_owned(), file, only })
    }

    /// The names of Amazon CloudWatch Logs that a policy may use for rules, each with the ids that it stands for.
    pub fn aliases() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
        alias::ALIASES.iter().copied()
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

    /// What `only` names, each with its rules, or nothing if all rules are in force.
    pub(crate) fn only(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        self.file.only.iter().flatten().map(|name| (name.as_str(), rules_of(name)))
    }

    pub(crate) fn enables(&self, rule: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(rule)) && self.file.rules.get(rule).and_then(|rule| rule.enabled).unwrap_or(true)
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

    /// The id of the key that writes, if the policy names one.
    pub(crate) fn writing_key(&self) -> Option<&str> {
        self.file.keys.write.as_deref()
    }

    pub(crate) fn line_limit(&self) -> usize {
        self.file.limits.line
    }
}

/// The rules that a name stands for: those of an alias, else the one of this id.
fn rules_of(name: &str) -> Vec<&str> {
    alias::rules(name).map_or_else(|| vec![name], <[_]>::to_vec)
}

fn check_only(file: &File) -> Result<(), Error> {
    match &file.only {
        Some(names) if names.is_empty() => {
            Err(Error::new("`only` is empty, so nothing would be masked").remedy("name rules, or leave it out for all of them"))
        }
        Some(_) if file.packs.is_some() => Err(Error::new("`packs` and `only` both choose the rules").remedy("leave one of them out")),
        _ => Ok(()),
    }
}

/// The settings of each rule, where some are given by an alias. Those that the rule's own entry gives go before.
///
/// An alias that `only` names and nothing is said of wants its rules as they are.
fn resolve(mut written: BTreeMap<String, RulePolicy>, only: &[String]) -> Result<BTreeMap<String, RulePolicy>, Error> {
    only.iter().for_each(|name| _ = written.entry(name.clone()).or_default());
    let (aliases, mut rules): (BTreeMap<_, _>, BTreeMap<_, _>) = written.into_iter().partition(|(name, _)| alias::rules(name).is_some());
    let own = rules.clone();
    let mut set_by: BTreeMap<&str, &str> = BTreeMap::new();
    for (alias, setting) in &aliases {
        for rule in rules_of(alias) {
            let own = own.get(rule).copied().unwrap_or_default();
            let wanted = RulePolicy { enabled: own.enabled.or(setting.enabled), action: own.action.or(setting.action) };
            let known = rules.insert(rule.to_owned(), wanted);
            if let Some(other) = set_by.insert(rule, alias)
                && known != Some(wanted)
            {
                return Err(Error::new(format!("{other:?} and {alias:?} both stand for the rule {rule:?} and disagree about it"))
                    .remedy(format!("say what holds under [rules.{rule}]")));
            }
        }
    }
    Ok(rules)
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
    fn an_alias_sets_its_rules_and_a_rule_goes_before_it() {
        let policy = Policy::parse(
            "p",
            "[rules.EmailAddress]\naction = 'remove'\n[rules.email-quoted]\naction = 'keep'\n[rules.email-by-key]\nenabled = false",
        )
        .unwrap();
        assert_eq!(policy.action_for("email", Class::Contact), Action::Remove);
        assert_eq!(policy.action_for("email-quoted", Class::Contact), Action::Keep);
        assert_eq!(policy.action_for("email-by-key", Class::Contact), Action::Remove);
        assert!(policy.enables("email") && !policy.enables("email-by-key"));
    }

    #[test]
    fn aliases_that_share_a_rule_must_agree_unless_it_says_itself() {
        let policy = |german: &str, rule: &str| {
            Policy::parse("p", &format!("[rules.PhoneNumber-GB]\naction = 'remove'\n[rules.PhoneNumber-DE]\n{german}\n{rule}"))
        };
        assert!(policy("action = 'remove'", "").is_ok());
        for german in ["action = 'keep'", "enabled = false", ""] {
            let error = policy(german, "").unwrap_err().to_string();
            assert!(error.contains("\"PhoneNumber-DE\" and \"PhoneNumber-GB\" both stand for the rule \"phone-by-key\""), "{error}");
            assert!(error.ends_with("(say what holds under [rules.phone-by-key])"), "{error}");
        }
        let named = "only = ['PhoneNumber-GB', 'PhoneNumber-BR']\n[rules.PhoneNumber-BR]\naction = 'keep'";
        assert!(Policy::parse("p", named).unwrap_err().to_string().contains("disagree about it"));
        let rules: String = alias::rules("PhoneNumber-GB").unwrap().iter().map(|id| format!("[rules.{id}]\naction = 'mask'\n")).collect();
        let policy = policy("action = 'keep'", &rules).unwrap();
        assert_eq!(policy.action_for("phone-by-key", Class::Contact), Action::Mask(Mask::default()));
    }

    #[test]
    fn only_what_is_named_is_in_force() {
        let policy = Policy::parse("p", "only = ['EmailAddress', 'iban']\n[rules.email-by-key]\nenabled = false").unwrap();
        assert!(policy.enables("email") && policy.enables("iban") && !policy.enables("email-by-key") && !policy.enables("payment-card"));
        assert!(Policy::parse("p", "only = []").unwrap_err().to_string().contains("nothing would be masked"));
        assert!(Policy::parse("p", "only = ['iban']\npacks = ['bank']").unwrap_err().to_string().contains("leave one of them out"));
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
            ("[keys]\nwrite = 'hunter2 x'", "key id"),
            ("[actions]\nbank = { replace = '<hunter2>' }", "a template begins with `[`"),
            ("[actions]\nbank = { mask = {}, replace = '[hunter2]' }", "no such action"),
            ("[rules.x]\nenabeld = true", "unknown field"),
        ] {
            let error = Policy::parse("p", text).unwrap_err().to_string();
            assert!(error.contains(says) && error.starts_with("policy p: "), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
