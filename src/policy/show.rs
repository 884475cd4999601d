//! A policy as TOML, with the place that each setting comes from.

use std::collections::BTreeMap;
use std::fmt::Write;

use toml::{Table, Value};

use super::Policy;
use super::file::{Choice, RulePolicy};
use crate::action::{Action, Mask};
use crate::pack::{Class, Confidence};

impl Policy {
    /// The policy in force, as a file that parses to the same. Behind each setting stands where it comes from:
    /// `# logveil.toml:12`, `# profile pci`, `# default`.
    ///
    /// The allow lists are part of it, with what they hold.
    pub fn to_toml(&self) -> String {
        let file = &self.file;
        let mut text = Lines { policy: self, text: String::new() };
        if let Some(profile) = self.profile {
            _ = writeln!(text.text, "# Stands on profile = \"{profile}\", which is written out here.");
        }
        let list = |names: &Vec<String>| Value::from(names.clone());
        file.packs.iter().for_each(|packs| text.setting("", "packs", list(packs)));
        file.only.iter().for_each(|only| text.setting("", "only", list(only)));
        text.setting("", "min_confidence", name_of(file.min_confidence.unwrap_or_default()));
        if !file.sensitive_keys.is_empty() {
            text.setting("", "sensitive_keys", list(&file.sensitive_keys));
        }

        text.table("actions");
        text.setting("actions.", "default", action(file.actions.default.unwrap_or(Choice(Action::Replace))));
        for class in Class::ALL {
            file.actions.of(class).into_iter().for_each(|choice| text.setting("actions.", class.name(), action(choice)));
        }
        for (class, setting) in &file.classes {
            if let Some(confidence) = setting.min_confidence {
                text.table(&format!("classes.{class}"));
                text.setting(&format!("classes.{class}."), "min_confidence", name_of(confidence));
            }
        }
        // An entry that says nothing more asks for the rule, unless `only` does.
        let says = |rule: &RulePolicy| *rule != RulePolicy::default() || self.only.is_none();
        for (id, rule) in file.rules.iter().filter(|(_, rule)| says(rule)) {
            text.table(&format!("rules.{}", key(id)));
            let path = format!("rules.{id}.");
            rule.enabled.into_iter().for_each(|enabled| text.setting(&path, "enabled", enabled.into()));
            rule.action.into_iter().for_each(|choice| text.setting(&path, "action", action(choice)));
            rule.min_confidence.into_iter().for_each(|confidence| text.setting(&path, "min_confidence", name_of(confidence)));
        }
        let allow = &file.allow;
        let lists = [("values", &allow.values), ("patterns", &allow.patterns), ("keys", &allow.keys), ("log_groups", &allow.log_groups)];
        if lists.iter().any(|(_, texts)| !texts.is_empty()) {
            text.table("allow");
            for (name, texts) in lists.into_iter().filter(|(_, texts)| !texts.is_empty()) {
                text.setting("allow.", name, list(texts));
            }
        }
        if !file.fields.0.is_empty() {
            text.table("fields");
            for (path, action) in &file.fields.0 {
                text.setting("fields.", path, action.name().into());
            }
        }
        let keys = [("write", &file.keys.write), ("file", &file.keys.file)];
        if keys.iter().any(|(_, value)| value.is_some()) {
            text.table("keys");
            for (name, value) in keys.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))) {
                text.setting("keys.", name, value.into());
            }
        }
        text.table("limits");
        text.setting("limits.", "line", (self.line_limit() as i64).into());
        if !file.rule.is_empty() {
            // Serialised as a pack is, which cannot fail for what was parsed.
            let rules = BTreeMap::from([("rule", &file.rule)]);
            _ = write!(text.text, "\n# {}\n{}", self.origins.text("rule"), toml::to_string(&rules).unwrap_or_default());
        }
        text.text
    }
}

struct Lines<'p> {
    policy: &'p Policy,
    text: String,
}

impl Lines<'_> {
    fn table(&mut self, name: &str) {
        _ = writeln!(self.text, "\n[{name}]");
    }

    fn setting(&mut self, path: &str, name: &str, value: Value) {
        let origin = self.policy.origins.text(&format!("{path}{name}"));
        _ = writeln!(self.text, "{} = {value} # {origin}", key(name));
    }
}

fn name_of(confidence: Confidence) -> Value {
    confidence.name().into()
}

/// An action as it is written.
fn action(choice: Choice) -> Value {
    let table = |name: &str, value: Value| Value::Table(Table::from_iter([(name.to_owned(), value)]));
    match choice.0 {
        Action::Template(template) => table("replace", template.as_str().into()),
        Action::Mask(mask) if mask != Mask::default() => table(
            "mask",
            Value::Table(Table::from_iter([
                ("first".to_owned(), (mask.first as i64).into()),
                ("last".to_owned(), (mask.last as i64).into()),
                ("domain".to_owned(), mask.domain.into()),
            ])),
        ),
        action => action.name().into(),
    }
}

/// A key as TOML has it: in quotes where it is not a bare one. A value may have quotes that a key may not.
fn key(text: &str) -> String {
    let written = Table::from_iter([(text.to_owned(), Value::from(true))]).to_string();
    written.trim_end().strip_suffix(" = true").unwrap_or_default().to_owned()
}
