//! Where each setting of a policy comes from.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::excerpt::{Part, Shown};
use crate::error::{Error, Excerpt};

/// A layer of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// A text of TOML with this name.
    File(String),
    /// A profile that comes with logveil.
    Profile(String),
    /// Something else that sets a single thing: `environment LOGVEIL_ACTION`, `option --action`.
    Other(String),
}

/// A place where a setting was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    layer: Layer,
    line: Option<usize>,
    /// The line, if it may be shown.
    excerpt: Option<Excerpt>,
}

impl Origin {
    /// A place in a text.
    fn within(layer: &Layer, text: &Shown<'_>, path: &str, at: Range<usize>) -> Self {
        let part = Part::of(path);
        let excerpt = layer.file().and_then(|name| text.excerpt(name, at.clone(), part));
        Origin { layer: layer.clone(), line: Some(text.line_at(at.start)), excerpt }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.layer, self.line) {
            (Layer::File(name), Some(line)) => write!(f, "{name}:{line}"),
            (Layer::File(name), None) => f.write_str(name),
            (Layer::Profile(name), _) => write!(f, "profile {name}"),
            (Layer::Other(text), _) => f.write_str(text),
        }
    }
}

impl Layer {
    /// The name of the file, if it is one that the user has.
    pub(super) fn file(&self) -> Option<&str> {
        match self {
            Layer::File(name) => Some(name),
            _ => None,
        }
    }

    /// Puts a fault in its place in this layer.
    pub(super) fn place(&self, error: Error) -> Error {
        match self {
            Layer::File(name) if name.is_empty() => error,
            Layer::File(name) => error.at(format!("policy {name}")),
            Layer::Profile(name) => error.at(format!("profile {name}")),
            Layer::Other(text) => error.at(text.clone()),
        }
    }
}

/// The places of settings, by their paths (`rules.iban.action`, `allow.patterns.2`).
#[derive(Clone, Default)]
pub(super) struct Origins(BTreeMap<String, Vec<Origin>>);

/// Lists to which later layers add.
const ADDED: [&str; 6] = ["sensitive_keys", "allow.values", "allow.patterns", "allow.keys", "allow.log_groups", "rule"];

impl Origins {
    /// Notes where the settings of this text stand. One that is no TOML has none.
    pub(super) fn add(&mut self, layer: &Layer, text: &str) {
        let Ok(table) = DeTable::parse(text) else { return };
        let text = Shown::of(text);
        for (key, value) in table.get_ref() {
            self.add_value(layer, &text, key.get_ref(), key.span(), value.get_ref());
        }
    }

    fn add_value(&mut self, layer: &Layer, text: &Shown<'_>, path: &str, at: Range<usize>, value: &DeValue<'_>) {
        self.set(path, Origin::within(layer, text, path, at));
        match value {
            DeValue::Table(table) => {
                for (key, value) in table {
                    self.add_value(layer, text, &format!("{path}.{}", key.get_ref()), key.span(), value.get_ref());
                }
            }
            DeValue::Array(items) => {
                for item in items {
                    // A text, or a rule, by its id.
                    let table = item.get_ref().as_table();
                    let id = table.and_then(|table| table.get("id")).and_then(|id| id.get_ref().as_str());
                    if let Some(item_text) = item.get_ref().as_str().or(id) {
                        self.set(&format!("{path}={item_text}"), Origin::within(layer, text, path, item.span()));
                    }
                }
            }
            _ => {}
        }
    }

    /// Notes a setting that is no part of a text.
    pub(super) fn set_by(&mut self, path: &str, layer: &Layer) {
        self.set(path, Origin { layer: layer.clone(), line: None, excerpt: None });
    }

    fn set(&mut self, path: &str, origin: Origin) {
        let known = self.0.entry(path.to_owned()).or_default();
        if !ADDED.contains(&path) {
            known.clear();
        }
        known.push(origin);
    }

    /// Forgets what was said of the settings below this path.
    pub(super) fn forget(&mut self, prefix: &str) {
        self.0.retain(|path, _| !path.starts_with(prefix));
    }

    /// Notes that the settings of one rule come from where those of an alias do, as far as it has none of its own.
    pub(super) fn copy(&mut self, alias: &str, rule: &str) {
        for setting in ["", ".enabled", ".action", ".min_confidence"] {
            if let Some(origins) = self.0.get(&format!("{alias}{setting}")).cloned() {
                self.0.entry(format!("{rule}{setting}")).or_insert(origins);
            }
        }
    }

    /// Whether a setting was made anywhere.
    pub(super) fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// Where a setting comes from, in words that a comment may hold: the name of a file may have a line feed.
    pub(super) fn text(&self, path: &str) -> String {
        let Some(origins) = self.0.get(path) else { return "default".to_owned() };
        let text = origins.iter().map(Origin::to_string).collect::<Vec<_>>().join(", ");
        text.replace(char::is_control, "\u{fffd}")
    }

    /// Puts a fault where the setting was made; else where `otherwise` says.
    pub(super) fn place(&self, path: &str, otherwise: &Layer, error: Error) -> Error {
        match self.0.get(path).and_then(|origins| origins.last()) {
            Some(Origin { layer, line: Some(line), excerpt }) => layer.place(error.at(format!("line {line}"))).excerpted(excerpt.clone()),
            Some(Origin { layer, line: None, .. }) => layer.place(error),
            None => otherwise.place(error),
        }
    }
}

impl fmt::Debug for Origins {
    /// Says how many there are: paths hold what is allowed, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origins").field("places", &self.0.len()).finish_non_exhaustive()
    }
}
