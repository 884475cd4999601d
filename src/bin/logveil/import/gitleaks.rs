//! A configuration of gitleaks (TOML) → a policy and a pack.
//!
//! <https://github.com/gitleaks/gitleaks#configuration>

mod pattern;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::custom::{bounded, free_id, is_rule};
use super::{Imported, comment};
use crate::failure::Failure;
use pattern::Translated;

/// What a table holds beyond what is known of it.
type Rest = BTreeMap<String, IgnoredAny>;

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    title: String,
    #[serde(default, rename = "description")]
    _description: IgnoredAny,
    #[serde(default, rename = "minVersion")]
    _min_version: IgnoredAny,
    #[serde(default)]
    extend: Extend,
    #[serde(default)]
    rules: Vec<Rule>,
    allowlist: Option<Allowlist>,
    #[serde(default)]
    allowlists: Vec<Allowlist>,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Extend {
    use_default: bool,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    #[serde(default)]
    id: String,
    #[serde(default)]
    description: String,
    regex: Option<String>,
    path: Option<IgnoredAny>,
    #[serde(default)]
    secret_group: usize,
    entropy: Option<f64>,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default, rename = "tags")]
    _tags: IgnoredAny,
    allowlist: Option<IgnoredAny>,
    #[serde(default)]
    allowlists: Vec<IgnoredAny>,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Allowlist {
    #[serde(default, rename = "description")]
    _description: IgnoredAny,
    #[serde(default)]
    condition: String,
    #[serde(default)]
    regex_target: String,
    #[serde(default)]
    regexes: Vec<String>,
    #[serde(default)]
    stopwords: Vec<String>,
    #[serde(default)]
    target_rules: Vec<IgnoredAny>,
    /// `paths` and `commits` are of repositories.
    #[serde(flatten)]
    rest: Rest,
}

/// What a configuration says, in the words of a policy and a pack.
struct Import {
    title: String,
    /// Whether the rules that gitleaks brings along are in force too.
    extends_default: bool,
    /// Ids and stanzas.
    rules: Vec<(String, String)>,
    allowed: Vec<String>,
    lost: Vec<String>,
}

/// The policy and the pack for a configuration. Errors never quote it.
pub fn import(name: &str, text: &str, pack: Option<&Path>) -> Result<Imported, Failure> {
    let config: Config = toml::from_str(text).map_err(|error| {
        let line =
            error.span().map_or(1, |span| 1 + text.as_bytes()[..span.start.min(text.len())].iter().filter(|&&byte| byte == b'\n').count());
        Failure::Usage(format!("{name}: line {line}: neither a data protection policy (JSON) nor a configuration of gitleaks (TOML)"))
    })?;
    let Some(pack) = pack else {
        return Err(Failure::Usage("the rules of gitleaks need a pack of their own (say with --pack FILE where to write it)".to_owned()));
    };
    let mut import = Import {
        title: config.title,
        extends_default: config.extend.use_default,
        rules: Vec::new(),
        allowed: Vec::new(),
        lost: Vec::new(),
    };
    import.lose_rest("the configuration", &config.rest);
    import.lose_rest("extend", &config.extend.rest);
    config.rules.iter().for_each(|rule| import.add_rule(rule, &pack.display().to_string()));
    config.allowlist.iter().chain(&config.allowlists).zip(1..).for_each(|(list, number)| import.add_allowlist(list, number));
    if import.rules.is_empty() && !import.extends_default {
        let lost = import.lost.iter().map(|lost| format!("\n  {lost}")).collect::<String>();
        return Err(Failure::Usage(format!("{name}: none of its rules can be one{lost}")));
    }
    Ok(Imported { policy: import.policy(pack), pack: (!import.rules.is_empty()).then(|| import.pack()), lost: import.lost })
}

impl Import {
    fn add_rule(&mut self, rule: &Rule, pack: &str) {
        let place = format!("the rule {:?}", rule.id);
        self.lose_rest(&place, &rule.rest);
        let Some(regex) = &rule.regex else {
            return self.lose(format!("{place} is NOT masked: it looks at paths alone"));
        };
        let lost = match translated(rule, regex, pack, &self.rules) {
            Ok((id, stanza, lost)) => {
                self.rules.push((id, stanza));
                lost
            }
            Err(error) => return self.lose(format!("{place} is NOT masked: {error}")),
        };
        let has_allowlist = rule.allowlist.is_some() || !rule.allowlists.is_empty();
        let asks_entropy = rule.entropy.is_some_and(|entropy| entropy > 0.0);
        for (is_asked, what) in [
            (rule.path.is_some(), "its path; it is looked for everywhere"),
            (asks_entropy, "its entropy; values of any are masked"),
            (has_allowlist, "its own allow list; what it allows is masked"),
        ] {
            if is_asked {
                self.lose(format!("{place}: {what}"));
            }
        }
        lost.into_iter().for_each(|lost| self.lose(format!("{place}: {lost}")));
    }

    fn add_allowlist(&mut self, list: &Allowlist, number: usize) {
        let place = format!("allow list {number}");
        for key in list.rest.keys() {
            self.lose(format!("{place}: {key:?}, which logs have not; what it allows is masked"));
        }
        let several = [!list.regexes.is_empty(), !list.stopwords.is_empty(), !list.rest.is_empty()].iter().filter(|it| **it).count();
        let reason = if !list.target_rules.is_empty() {
            Some("it is for some rules alone")
        } else if list.condition.eq_ignore_ascii_case("and") && several > 1 {
            Some("it asks for several things at once")
        } else if !list.regexes.is_empty() && !["", "secret"].contains(&list.regex_target.as_str()) {
            Some("it looks at what stands around a value")
        } else {
            None
        };
        if let Some(reason) = reason {
            return self.lose(format!("{place}: {reason}; what it allows is masked"));
        }
        for (regex, number) in list.regexes.iter().zip(1..) {
            match pattern::allowed(regex).filter(|pattern| may_be_allowed(pattern)) {
                Some(pattern) => self.allowed.push(pattern),
                None => self.lose(format!("{place}: its regular expression {number}; what it allows is masked")),
            }
        }
        for (word, number) in list.stopwords.iter().zip(1..).filter(|(word, _)| !word.is_empty()) {
            let pattern = pattern::containing(word);
            if may_be_allowed(&pattern) {
                self.allowed.push(pattern);
            } else {
                self.lose(format!("{place}: its stop word {number}, which too much contains; what it allows is masked"));
            }
        }
    }

    fn lose(&mut self, what: String) {
        self.lost.push(what);
    }

    fn lose_rest(&mut self, place: &str, rest: &Rest) {
        rest.keys().for_each(|key| self.lost.push(format!("{place}: {key:?} is left out")));
    }

    fn pack(&self) -> String {
        let mut text = format!("# The rules of the gitleaks configuration {:?}, made by `logveil policy import`.\n", self.title);
        text.push_str("# They have no examples yet; `logveil rules test` asks for some.\n");
        self.rules.iter().for_each(|(_, stanza)| text.extend(["\n", stanza]));
        text
    }

    fn policy(&self, pack: &Path) -> String {
        let mut text = format!("# The gitleaks configuration {:?}, made by `logveil policy import`.\n", self.title);
        if !self.rules.is_empty() {
            text.push_str(&comment(&format!("Use it with --packs {}, which holds its rules.", pack.display())));
        }
        self.lost.iter().for_each(|lost| text.push_str(&comment(&format!("NOT EXPRESSED: {lost}"))));
        if self.extends_default {
            text.push_str("\n# In place of the rules that gitleaks brings along, those of logveil are in force too.\n");
        } else {
            text.push_str("\n# These rules are in force, and no others.\nonly = [\n");
            self.rules.iter().for_each(|(id, _)| _ = writeln!(text, "    {id:?},"));
            text.push_str("]\n");
        }
        if !self.allowed.is_empty() {
            text.push_str("\n# Values that are not masked. Each of these must match the whole of one.\n[allow]\npatterns = [\n");
            self.allowed.iter().for_each(|pattern| _ = writeln!(text, "    {},", toml::Value::from(pattern.as_str())));
            text.push_str("]\n");
        }
        text
    }
}

/// Whether a policy takes it: one that lets nearly everything be it refuses.
fn may_be_allowed(pattern: &str) -> bool {
    let policy = format!("[allow]\npatterns = [{}]", toml::Value::from(pattern));
    logveil::Policy::parse("allow list", &policy).is_ok()
}

/// The id and the stanza for a rule, and what of it they leave out; or why it cannot be one.
fn translated(rule: &Rule, regex: &str, pack: &str, taken: &[(String, String)]) -> Result<(String, String, Vec<String>), String> {
    let Translated { pattern, boundary, lost } = pattern::translate(regex, rule.secret_group)?;
    let id = free_id(&rule.id, |id| taken.iter().any(|(known, _)| known == id));
    let text = |text: &str| toml::Value::from(text).to_string();
    let about = if rule.description.is_empty() { &rule.id } else { &rule.description };
    let stanza = |pattern: &str, more: &str| {
        format!(
            "[[rule]]\nid = {}\nabout = {}\nclass = \"secret\"\npattern = {}\nboundary = \"{boundary}\"\nconfidence = \"high\"\n{more}",
            text(&id),
            text(about),
            text(pattern),
        )
    };
    // Without a literal it may still be found by the words that gitleaks asks for.
    let keywords: Vec<toml::Value> = rule.keywords.iter().map(|word| toml::Value::from(word.to_ascii_lowercase())).collect();
    let near = if keywords.is_empty() { None } else { Some(format!("near = {}\n", toml::Value::from(keywords))) };
    let bounded = bounded(&pattern);
    let mut first_error = None;
    for (pattern, is_bounded) in [(&pattern, false), (&bounded, true)] {
        for near in [None, near.as_ref()] {
            let stanza = stanza(pattern, near.map_or("", String::as_str));
            match is_rule(pack, &stanza) {
                Ok(()) => {
                    let notes = [
                        is_bounded.then_some("repetitions before its end are followed 200 times at most"),
                        near.is_some().then_some("it is found only within 40 bytes of one of its keywords"),
                    ];
                    let lost = lost.iter().copied().chain(notes.into_iter().flatten()).map(str::to_owned).collect();
                    return Ok((id, stanza, lost));
                }
                Err(error) => _ = first_error.get_or_insert(error.to_string()),
            }
        }
    }
    Err(first_error.unwrap_or_default())
}
