//! A policy as it is written, and how one goes over another.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::fields::FieldPaths;
#[cfg(test)]
use super::schema;
use crate::action::{Action, Mask, Template};
use crate::pack::{Class, Confidence, Rule};

/// What one layer sets. What it does not set is left to the layers below.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    /// The profile that the policy stands on.
    #[cfg_attr(test, schemars(schema_with = "schema::profile"))]
    pub(super) profile: Option<String>,
    /// The built-in packs to use; all of them if it is left out. Not together with `only`.
    pub(super) packs: Option<Vec<String>>,
    /// These rules and no others.
    pub(super) only: Option<Vec<String>>,
    /// Masks findings of this confidence and above.
    pub(super) min_confidence: Option<Confidence>,
    /// What happens to findings: for all, and for each class.
    pub(super) actions: Actions,
    /// What holds for each class.
    #[cfg_attr(test, schemars(with = "schema::ByClass"))]
    pub(super) classes: BTreeMap<Class, ClassPolicy>,
    /// What holds for single rules, by id or by the name that CloudWatch Logs has for what they find.
    pub(super) rules: BTreeMap<String, RulePolicy>,
    /// Keys whose value is masked whatever it is, as their words: `internal note`.
    pub(super) sensitive_keys: Vec<String>,
    /// What is left alone although a rule finds it.
    pub(super) allow: AllowLists,
    /// What happens to fields of JSON, by path: `mask`, `drop` or `keep`. In a path `*` stands for one name or element, and
    /// `**` for any number of them.
    pub(super) fields: FieldPaths,
    /// Rules of your own, as in a pack.
    pub(super) rule: Vec<Rule>,
    /// The keys of `hash` and `encrypt`.
    pub(super) keys: Keys,
    /// How much is looked at in one piece.
    pub(super) limits: Limits,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct Actions {
    /// For what neither rule nor class says anything of.
    pub(super) default: Option<Choice>,
    pub(super) secret: Option<Choice>,
    pub(super) bank: Option<Choice>,
    pub(super) identity: Option<Choice>,
    pub(super) contact: Option<Choice>,
    pub(super) health: Option<Choice>,
    pub(super) network: Option<Choice>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct ClassPolicy {
    /// Masks findings of the class from this confidence upwards.
    pub(super) min_confidence: Option<Confidence>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct RulePolicy {
    /// Whether the rule is in force.
    pub(super) enabled: Option<bool>,
    /// What happens to what the rule finds.
    pub(super) action: Option<Choice>,
    /// Masks what the rule finds from this confidence upwards.
    pub(super) min_confidence: Option<Confidence>,
}

/// What is left alone. It may hold secrets, so it is not shown.
#[derive(Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct AllowLists {
    /// Findings that are this text, byte for byte.
    pub(super) values: Vec<String>,
    /// Findings that this regular expression matches as a whole.
    pub(super) patterns: Vec<String>,
    /// Findings with which the value beside such a key begins.
    pub(super) keys: Vec<String>,
    /// Payloads of these log groups of CloudWatch Logs, in which `*` stands for anything.
    pub(super) log_groups: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct Keys {
    /// The id of the key that writes, if it is not the first one that is given.
    pub(super) write: Option<String>,
    /// The file that holds the keys, where neither option nor variable of the command line names some. A relative path begins
    /// at the folder of the policy.
    pub(super) file: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct Limits {
    /// A longer line is looked at in overlapping pieces, of this many bytes.
    #[cfg_attr(test, schemars(range(min = 131_072)))]
    pub(super) line: Option<usize>,
}

/// `"replace"` or `{ mask = { last = 4 } }`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Choice(pub(super) Action);

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

impl File {
    /// Puts a later layer over this one: what it sets goes before, and its lists of what is allowed, of sensitive keys and
    /// of rules are added.
    pub(super) fn put_over(&mut self, later: File) {
        set(&mut self.profile, later.profile);
        // Both choose the rules, so the later choice is the one.
        if later.packs.is_some() || later.only.is_some() {
            (self.packs, self.only) = (later.packs, later.only);
        }
        set(&mut self.min_confidence, later.min_confidence);
        self.actions.put_over(later.actions);
        for (class, setting) in later.classes {
            set(&mut self.classes.entry(class).or_default().min_confidence, setting.min_confidence);
        }
        for (id, setting) in later.rules {
            let rule = self.rules.entry(id).or_default();
            set(&mut rule.enabled, setting.enabled);
            set(&mut rule.action, setting.action);
            set(&mut rule.min_confidence, setting.min_confidence);
        }
        add(&mut self.sensitive_keys, later.sensitive_keys);
        add(&mut self.allow.values, later.allow.values);
        add(&mut self.allow.patterns, later.allow.patterns);
        add(&mut self.allow.keys, later.allow.keys);
        add(&mut self.allow.log_groups, later.allow.log_groups);
        self.fields.0.extend(later.fields.0);
        self.rule.extend(later.rule);
        set(&mut self.keys.write, later.keys.write);
        set(&mut self.keys.file, later.keys.file);
        set(&mut self.limits.line, later.limits.line);
    }
}

impl Actions {
    fn put_over(&mut self, later: Actions) {
        set(&mut self.default, later.default);
        for class in Class::ALL {
            set(self.of_mut(class), later.of(class));
        }
    }

    /// The action of a class.
    pub(super) fn of(&self, class: Class) -> Option<Choice> {
        let mut actions = *self;
        *actions.of_mut(class)
    }

    fn of_mut(&mut self, class: Class) -> &mut Option<Choice> {
        match class {
            Class::Secret => &mut self.secret,
            Class::Bank => &mut self.bank,
            Class::Identity => &mut self.identity,
            Class::Contact => &mut self.contact,
            Class::Health => &mut self.health,
            Class::Network => &mut self.network,
        }
    }
}

fn set<T>(setting: &mut Option<T>, later: Option<T>) {
    if later.is_some() {
        *setting = later;
    }
}

fn add(list: &mut Vec<String>, later: Vec<String>) {
    for text in later {
        if !list.contains(&text) {
            list.push(text);
        }
    }
}

impl fmt::Debug for AllowLists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AllowLists")
            .field("values", &self.values.len())
            .field("patterns", &self.patterns.len())
            .field("keys", &self.keys.len())
            .field("log_groups", &self.log_groups.len())
            .finish()
    }
}
