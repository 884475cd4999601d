//! The policy: which packs, from which confidence on, what is left alone, and what happens to what is found.

mod allow;
mod excerpt;
mod fields;
mod file;
mod layers;
mod names;
mod origin;
mod profile;
#[cfg(test)]
mod schema;
mod show;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::action::Action;
use crate::alias;
use crate::error::Error;
use crate::fields::{FieldAction, Fields};
use crate::pack::{Boundary, Class, Confidence, Pack, Rule, Text};
pub(crate) use allow::Allow;
use file::{Actions, Choice, File};
pub use layers::Layers;
use names::rules_of;
use origin::{Layer, Origins};

/// Which packs and rules are in force, the threshold, what is left alone, and the action per class and rule.
///
/// The default masks everything that the built-in packs find at `medium` confidence and above.
///
/// Wherever the id of a rule may stand, so may the name that Amazon CloudWatch Logs has for what it finds, such as
/// `EmailAddress` or `BankAccountNumber-GB`; see [`Policy::aliases`].
///
/// ```
/// let policy = logveil::Policy::parse("example", r#"
///     min_confidence = "medium"
///     sensitive_keys = ["internal note"]
///     [actions]
///     contact = "remove"
///     bank = { mask = { last = 4 } }
///     [rules.bearer-token]
///     action = "replace"
///     [allow]
///     values = ["noreply@example.com"]
/// "#)?;
/// let redactor = logveil::Redactor::builder().policy(policy).build()?;
/// # Ok::<(), logveil::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Policy {
    /// What a fault is in that no setting is known for.
    layer: Layer,
    /// What the layers set together, with aliases resolved into rules.
    file: File,
    /// The rules that `only` lets be.
    only: Option<BTreeSet<String>>,
    origins: Origins,
    /// The profile that it stands on, if it names one.
    profile: Option<&'static str>,
    allow: Option<Arc<Allow>>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            layer: Layer::File(String::new()),
            file: File::default(),
            only: None,
            origins: Origins::default(),
            profile: None,
            allow: None,
        }
    }
}

impl Policy {
    /// Shortest line limit: pieces of a longer line overlap, and must be longer than what they overlap by.
    pub(crate) const SHORTEST_LIMIT: usize = 128 << 10;

    /// The rule of the policy's own keys, whose values are masked.
    pub(crate) const SENSITIVE: &str = "sensitive-key";

    /// The rule of the keys beside which nothing is masked. Its matches are never findings.
    pub(crate) const ALLOWED: &str = "allowed-key";

    /// The rule of the fields that are masked.
    pub(crate) const FIELD: &str = "field";

    /// The rule of the fields that are dropped.
    pub(crate) const FIELD_DROP: &str = "field-drop";

    /// All of these.
    pub(crate) const RESERVED: [&str; 4] = [Self::SENSITIVE, Self::ALLOWED, Self::FIELD, Self::FIELD_DROP];

    /// Parses the text of a policy file. `name` is what errors call it. Of a profile that it names the settings stand
    /// below its own; for more layers see [`Layers`].
    ///
    /// # Errors
    /// When it is not TOML, or has a key or an action that does not exist, or allows everything. Whether its packs and
    /// rules exist is judged when a redactor is built.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        Layers::default().file(name, text)?.build()
    }

    fn of(layer: Layer, mut file: File, origins: Origins, profile: Option<&'static str>) -> Result<Self, Error> {
        let place = |path: &str, error: Error| origins.place(path, &layer, error);
        if file.limits.line.is_some_and(|line| line < Self::SHORTEST_LIMIT) {
            return Err(place(
                "limits.line",
                Error::new(format!("limits.line is below {}", Self::SHORTEST_LIMIT)).remedy("raise it, or leave it out"),
            ));
        }
        let write = file.keys.write.as_deref();
        write.map_or(Ok(()), crate::action::check_key_id).map_err(|error| place("keys.write", error.at("keys.write")))?;
        if file.keys.file.as_ref().is_some_and(String::is_empty) {
            return Err(place("keys.file", Error::new("keys.file names no file").remedy("name one, or take it out")));
        }
        check_only(&file).map_err(|error| place("only", error))?;
        let mut origins = origins.clone();
        for alias in file.rules.keys().filter(|name| alias::rules(name).is_some()) {
            rules_of(alias).into_iter().for_each(|rule| origins.copy(&format!("rules.{alias}"), &format!("rules.{rule}")));
        }
        file.rules = names::resolve(file.rules, file.only.as_deref().unwrap_or_default()).map_err(|error| place("rules", error))?;
        if file.sensitive_keys.iter().any(|key| key.trim().is_empty()) {
            return Err(place("sensitive_keys", Error::new("an empty text in sensitive_keys").remedy("take it out")));
        }
        for (name, keys) in [("sensitive_keys", &file.sensitive_keys), ("allow.keys", &file.allow.keys)] {
            if let Some(key) = keys.iter().find(|key| !is_key(key)) {
                let error =
                    Error::new(format!("{name} holds what is no key")).remedy("a key is its words, of letters and digits: no pattern");
                return Err(place(&format!("{name}={key}"), error));
            }
        }
        let only = file.only.as_ref().map(|names| names.iter().flat_map(|name| rules_of(name)).map(str::to_owned).collect());
        let allow = Allow::new(&file.allow).map_err(|(path, error)| place(&path, error))?;
        let is_empty = !allow.has_values() && file.allow.keys.is_empty() && file.allow.log_groups.is_empty();
        let allow = (!is_empty).then(|| Arc::new(allow));
        Fields::new(&file.fields.0).map_err(|(path, error)| place(&format!("fields.{path}"), error.at(format!("fields, {path:?}"))))?;
        Ok(Policy { layer, file, only, origins, profile, allow })
    }

    /// The names of Amazon CloudWatch Logs that a policy may use for rules, each with the ids that it stands for.
    pub fn aliases() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
        alias::ALIASES.iter().copied()
    }

    /// The profiles that a policy may stand on, each with what it is for.
    pub fn profiles() -> impl Iterator<Item = (&'static str, &'static str)> {
        profile::PROFILES.iter().map(|&(name, text)| (name, profile::about(text)))
    }

    /// One threshold for everything, instead of those of classes and rules: masks from this confidence upwards.
    pub fn min_confidence(self, confidence: Confidence) -> Self {
        self.min_confidence_by(confidence, &Layer::Other("program".to_owned()))
    }

    fn min_confidence_by(mut self, confidence: Confidence, layer: &Layer) -> Self {
        self.file.min_confidence = Some(confidence);
        self.file.classes.clear();
        self.file.rules.values_mut().for_each(|rule| rule.min_confidence = None);
        self.origins.forget("classes.");
        self.origins.set_by("min_confidence", layer);
        self
    }

    /// One action for everything, instead of those of classes and rules.
    pub fn action(self, action: Action) -> Self {
        self.action_by(action, &Layer::Other("program".to_owned()))
    }

    fn action_by(mut self, action: Action, layer: &Layer) -> Self {
        self.file.actions = Actions { default: Some(Choice(action)), ..Actions::default() };
        self.file.rules.values_mut().for_each(|rule| rule.action = None);
        self.origins.forget("actions.");
        self.origins.set_by("actions.default", layer);
        self
    }

    /// The rule's threshold, else its class's, else the one for all.
    pub(crate) fn threshold(&self, rule: &str, class: Class) -> Confidence {
        let of_rule = self.file.rules.get(rule).and_then(|rule| rule.min_confidence);
        let of_class = self.file.classes.get(&class).and_then(|class| class.min_confidence);
        of_rule.or(of_class).or(self.file.min_confidence).unwrap_or_default()
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

    /// Whether a rule is in force that need not be asked for. What the policy brings itself is, whatever `only` says.
    pub(crate) fn enables(&self, rule: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(rule) || self.brings(rule))
            && self.file.rules.get(rule).and_then(|rule| rule.enabled).unwrap_or(true)
    }

    /// Whether it names a rule: in `only`, by an entry of its own or that of an alias, or since it brings the rule itself.
    /// A rule on request is in force only then.
    pub(crate) fn asks_for(&self, rule: &str) -> bool {
        self.only.as_ref().is_some_and(|only| only.contains(rule)) || self.file.rules.contains_key(rule) || self.brings(rule)
    }

    fn brings(&self, rule: &str) -> bool {
        Self::RESERVED.contains(&rule) || self.file.rule.iter().any(|own| own.id == rule)
    }

    /// The same policy, which names these rules too.
    pub(crate) fn asking_for<'r>(mut self, rules: impl IntoIterator<Item = &'r str>) -> Self {
        rules.into_iter().for_each(|rule| _ = self.file.rules.entry(rule.to_owned()).or_default());
        self
    }

    /// The rule's action, else its class's, else the default.
    pub(crate) fn action_for(&self, rule: &str, class: Class) -> Action {
        let of_rule = self.file.rules.get(rule).and_then(|rule| rule.action);
        let action = of_rule.or(self.file.actions.of(class)).or(self.file.actions.default).map(|choice| choice.0).unwrap_or_default();
        // Where secrets stay, as in a dry run, fields do; else to drop one is to remove it.
        if rule == Self::FIELD_DROP && of_rule.is_none() && action != Action::Keep { Action::Remove } else { action }
    }

    /// What happens to the fields of JSON that the policy speaks of, by their paths, where its rule is in force.
    pub(crate) fn fields(&self) -> BTreeMap<String, FieldAction> {
        let rule = |action| if action == FieldAction::Drop { Self::FIELD_DROP } else { Self::FIELD };
        let is_on = |action| action == FieldAction::Keep || self.enables(rule(action));
        self.file.fields.0.iter().filter(|&(_, &action)| is_on(action)).map(|(path, &action)| (path.clone(), action)).collect()
    }

    /// The file that the policy says its keys are in, for whoever reads files: the library reads none. A relative path
    /// begins at the folder of the policy.
    pub fn key_file(&self) -> Option<&str> {
        self.file.keys.file.as_deref()
    }

    /// Where the policy names that file, for whoever cannot read it: `policy logveil.toml: line 3`.
    pub fn key_file_place(&self) -> Option<String> {
        let place = self.place("keys.file", Error::new("")).to_string();
        self.key_file().map(|_| place.trim_end_matches([':', ' ']).to_owned())
    }

    /// The id of the key that writes, if the policy names one.
    pub(crate) fn writing_key(&self) -> Option<&str> {
        self.file.keys.write.as_deref()
    }

    pub(crate) fn line_limit(&self) -> usize {
        self.file.limits.line.unwrap_or(1 << 20)
    }

    /// What is left alone, if anything is.
    pub(crate) fn allow(&self) -> Option<&Arc<Allow>> {
        self.allow.as_ref()
    }

    /// The rules that the policy brings itself, as a pack, if it has any.
    pub(crate) fn own_rules(&self) -> Option<Pack> {
        let mut rules = self.file.rule.clone();
        let keys = [(Self::SENSITIVE, &self.file.sensitive_keys), (Self::ALLOWED, &self.file.allow.keys)];
        rules.extend(keys.into_iter().filter(|(_, keys)| !keys.is_empty()).map(|(id, keys)| {
            // Somebody has named the key: neither prose nor what looks like a placeholder is left in doubt.
            let value = if id == Self::SENSITIVE { "everything" } else { "any" };
            Rule { value: Some(Cow::Borrowed(value)), ..of_keys(id, keys) }
        }));
        if !self.file.fields.0.is_empty() {
            rules.extend([Self::FIELD, Self::FIELD_DROP].map(|id| Rule {
                about: Cow::Borrowed("Field of JSON that the policy names"),
                // It is found by its path; a rule has a pattern all the same.
                pattern: Some(Cow::Owned(format!(r"\x00logveil {id}\x00"))),
                value: None,
                boundary: Boundary::None,
                ..of_keys(id, &[])
            }));
        }
        (!rules.is_empty()).then_some(Pack { name: Cow::Borrowed("of the policy"), rules: Cow::Owned(rules) })
    }

    /// The rules that are written in it.
    pub(crate) fn written_rules(&self) -> &[Rule] {
        &self.file.rule
    }

    /// Puts a fault of a rule's name in the place where it is named.
    pub(crate) fn place_rule(&self, id: &str, error: Error) -> Error {
        let path = format!("rules.{id}");
        self.place(if self.origins.has(&path) { path } else { format!("only={id}") }.as_str(), error)
    }

    /// Puts a fault of a rule that the policy brings in the place where it is written.
    pub(crate) fn place_own_rule(&self, id: &str, error: Error) -> Error {
        let path = match id {
            Self::SENSITIVE if !self.file.sensitive_keys.is_empty() => "sensitive_keys".to_owned(),
            Self::ALLOWED if !self.file.allow.keys.is_empty() => "allow.keys".to_owned(),
            id => format!("rule={id}"),
        };
        self.place(&path, error)
    }

    /// Puts a fault of the action that a rule has in the place where that is set.
    pub(crate) fn place_action(&self, id: &str, class: Class, error: Error) -> Error {
        let paths = [format!("rules.{id}.action"), format!("actions.{}", class.name()), "actions.default".to_owned()];
        self.place(paths.iter().find(|path| self.origins.has(path)).map_or("", String::as_str), error)
    }

    /// Puts a fault of all rules that are in force in the place where these are chosen.
    pub(crate) fn place_choice(&self, error: Error) -> Error {
        let path = match (&self.file.only, &self.file.packs) {
            (Some(_), _) => "only",
            (None, Some(_)) => "packs",
            (None, None) => "rules",
        };
        self.place(path, error)
    }

    /// Puts a fault of a setting, by its path, in its place.
    pub(crate) fn place(&self, path: &str, error: Error) -> Error {
        self.origins.place(path, &self.layer, error)
    }
}

/// Whether this is a key as a policy writes it: its words, with what may stand between them.
fn is_key(text: &str) -> bool {
    let text = text.trim();
    // Marks of many scripts are no letters, and no word is without them.
    let is_of_word = |char: char| char.is_ascii_alphanumeric() || !(char.is_ascii() || char.is_whitespace() || char.is_control());
    let ends = [text.chars().next(), text.chars().next_back()];
    ends.iter().all(|end| end.is_some_and(is_of_word)) && text.chars().all(|char| is_of_word(char) || " _./'-".contains(char))
}

/// A rule that finds the values beside these keys.
fn of_keys(id: &'static str, keys: &[String]) -> Rule {
    const NONE: &[Text] = &[];
    Rule {
        id: Cow::Borrowed(id),
        about: Cow::Borrowed("Value beside a key of the policy"),
        class: Class::Secret,
        pattern: None,
        encoding: None,
        digits: Cow::Borrowed(NONE),
        lead: Cow::Borrowed(NONE),
        keys: keys.iter().map(|key| Cow::Owned(key.clone())).collect(),
        not_keys: Cow::Borrowed(NONE),
        value: Some(Cow::Borrowed("any")),
        begin: None,
        end: None,
        check: None,
        confidence: Confidence::High,
        boundary: Boundary::Both,
        near: Cow::Borrowed(NONE),
        raise_near: Cow::Borrowed(NONE),
        lower_keys: Cow::Borrowed(NONE),
        on_request: false,
        reference: Cow::Borrowed(""),
        examples: Cow::Borrowed(NONE),
        counterexamples: Cow::Borrowed(NONE),
        also: Cow::Borrowed(NONE),
        number: None,
    }
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

#[cfg(test)]
mod tests;
