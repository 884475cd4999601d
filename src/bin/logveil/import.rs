//! `logveil policy import`: a data protection policy of Amazon CloudWatch Logs, or a configuration of gitleaks → a policy,
//! and a pack for the rules that it defines itself.
//!
//! Where the two differ, more is masked rather than less, and the difference is told.

mod custom;
mod document;
mod gitleaks;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use logveil::Policy;

use crate::failure::{Failure, INCOMPLETE};
use crate::setup;
use custom::CustomRule;
use document::{Document, Rest, Statement};

const VERSION: &str = "2021-06-01";

pub fn run(file: &Path, pack: Option<&Path>) -> Result<ExitCode, Failure> {
    let from_stdin = file == Path::new("-");
    let name = if from_stdin { "stdin".to_owned() } else { file.display().to_string() };
    let text =
        if from_stdin { io::read_to_string(io::stdin()).map_err(|error| Failure::reading(&name, &error))? } else { setup::text(file)? };
    // A data protection policy is an object of JSON, which no TOML begins like.
    let imported = if text.trim_start().starts_with('{') {
        Import::new(&Document::parse(&name, &text)?, &name, pack)?.imported(pack)
    } else {
        gitleaks::import(&name, &text, pack)?
    };
    if let (Some(path), Some(text)) = (pack, &imported.pack) {
        // To write it would be to overwrite the document.
        if path.canonicalize().is_ok_and(|path| file.canonicalize().is_ok_and(|file| file == path)) {
            return Err(Failure::Usage(format!("{name} is to be read: the pack needs a file of its own")));
        }
        fs::write(path, text).map_err(|error| Failure::Io(format!("cannot write {}: {error}", path.display())))?;
    }
    io::stdout().write_all(imported.policy.as_bytes()).map_err(|error| Failure::writing("stdout", &error))?;
    // Nothing is left to do if stderr is closed: the policy says the same.
    imported.lost.iter().for_each(|lost| _ = writeln!(io::stderr(), "logveil: not expressed: {lost}"));
    Ok(if imported.lost.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
}

/// What comes of an import.
struct Imported {
    policy: String,
    pack: Option<String>,
    /// What could not be expressed.
    lost: Vec<String>,
}

/// What a data protection policy says, in the words of a policy.
#[derive(Default)]
struct Import {
    /// What the document is called.
    name: String,
    /// What is masked: aliases, and rules of the pack.
    masked: BTreeSet<String>,
    /// What is audited and not masked.
    audited: BTreeSet<String>,
    /// The custom data identifiers that are in use.
    custom: Vec<CustomRule>,
    /// Where CloudWatch sent what it found.
    destinations: BTreeSet<String>,
    /// What could not be expressed.
    lost: Vec<String>,
}

impl Import {
    fn new(document: &Document, file: &str, pack: Option<&Path>) -> Result<Self, Failure> {
        let mut import = Import { name: document.name.clone(), ..Import::default() };
        if let Some(version) = document.version.as_ref().filter(|version| *version != VERSION) {
            import.lose(format!("Version {version:?} is not {VERSION}, the one that is known"));
        }
        import.lose_rest("the document", &document.rest);
        import.lose_rest("Configuration", &document.configuration.rest);
        let customs = import.customs(document, pack)?;
        for (number, statement) in (1..).zip(&document.statement) {
            import.add(&format!("statement {number} {:?}", statement.sid), statement, &customs);
        }
        import.audited = &import.audited - &import.masked;
        if import.masked.is_empty() && import.audited.is_empty() {
            let lost = import.lost.iter().map(|lost| format!("\n  {lost}")).collect::<String>();
            return Err(Failure::Usage(format!("{file}: it names nothing that a rule could find{lost}")));
        }
        import.lose_shared();
        Ok(import)
    }

    /// The custom data identifiers in use, by their names, with the rule of each that can be one.
    fn customs<'d>(&mut self, document: &'d Document, pack: Option<&Path>) -> Result<Vec<(&'d str, Option<String>)>, Failure> {
        let defined = &document.configuration.custom_data_identifier;
        let mut customs = Vec::new();
        for custom in defined.iter().filter(|custom| document.statement.iter().any(|it| it.data_identifier.contains(&custom.name))) {
            let Some(pack) = pack else {
                return Err(Failure::Usage(format!(
                    "the custom data identifier {:?} needs a rule of its own (say with --pack FILE where to write a pack of them)",
                    custom.name
                )));
            };
            self.lose_rest(&format!("the custom data identifier {:?}", custom.name), &custom.rest);
            let rule = CustomRule::new(custom, &pack.display().to_string(), &self.custom);
            match &rule {
                Ok(rule) => rule.lost.iter().for_each(|lost| self.lose(format!("{:?}: {lost}", custom.name))),
                Err(error) => self.lose(format!("{:?} is NOT masked: {error}", custom.name)),
            }
            customs.push((custom.name.as_str(), rule.as_ref().ok().map(|rule| rule.id.clone())));
            self.custom.extend(rule);
        }
        Ok(customs)
    }

    fn add(&mut self, place: &str, statement: &Statement, customs: &[(&str, Option<String>)]) {
        let operation = &statement.operation;
        self.lose_rest(place, &statement.rest);
        for name in operation.rest.keys() {
            self.lose(format!("{place}: the operation {name:?} is not known; what it names is masked"));
        }
        if let Some(audit) = &operation.audit {
            self.lose_rest(place, &audit.rest);
            self.destinations.extend(audit.findings_destination.iter().map(|(kind, place)| format!("{kind} {place}")));
        }
        if let Some(deidentify) = &operation.deidentify {
            self.lose_rest(place, &deidentify.rest);
            self.lose_rest(place, &deidentify.mask_config);
        }
        let only_audits = operation.audit.is_some() && operation.deidentify.is_none() && operation.rest.is_empty();
        for identifier in &statement.data_identifier {
            let wanted = if only_audits { &mut self.audited } else { &mut self.masked };
            // Several may have one name. Why one has no rule is told already.
            let mut named = customs.iter().filter(|(name, _)| name == identifier).peekable();
            if named.peek().is_some() {
                wanted.extend(named.filter_map(|(_, rule)| rule.clone()));
            } else if !rules_of(managed(identifier)).is_empty() {
                wanted.insert(managed(identifier).to_owned());
            } else {
                self.lose(format!("{:?} is NOT masked: no data identifier of this name is known", managed(identifier)));
            }
        }
    }

    /// What is only audited is masked all the same by a rule that it shares with what is masked.
    fn lose_shared(&mut self) {
        let shared: Vec<String> = self.audited.iter().filter(|name| self.kept(name).len() < rules_of_any(name).len()).cloned().collect();
        for name in shared {
            self.lose(format!("{name:?} is to be audited only, but shares rules with what is masked, and these mask"));
        }
    }

    /// The rules of a name that is audited that stand for nothing that is masked.
    fn kept<'n>(&self, name: &'n str) -> Vec<&'n str> {
        let masked: BTreeSet<&str> = self.masked.iter().flat_map(|name| rules_of_any(name)).collect();
        rules_of_any(name).into_iter().filter(|rule| !masked.contains(rule)).collect()
    }

    /// What stands for those rules in a policy: the name itself, if they are all of its own.
    fn entries<'n>(&self, name: &'n str) -> Vec<&'n str> {
        let kept = self.kept(name);
        if kept.len() == rules_of_any(name).len() { vec![name] } else { kept }
    }

    fn lose(&mut self, what: String) {
        if !self.lost.contains(&what) {
            self.lost.push(what);
        }
    }

    fn lose_rest(&mut self, place: &str, rest: &Rest) {
        rest.keys().for_each(|key| self.lose(format!("{place}: {key:?} is left out")));
    }

    fn imported(self, pack: Option<&Path>) -> Imported {
        Imported { policy: self.policy(pack), pack: (!self.custom.is_empty()).then(|| self.pack()), lost: self.lost }
    }

    fn pack(&self) -> String {
        let mut text = format!(
            "# The custom data identifiers of the data protection policy {}, made by `logveil policy import`.\n",
            quoted(&self.name)
        );
        text.push_str("# They have no examples yet; `logveil rules test` asks for some.\n");
        self.custom.iter().for_each(|rule| text.extend(["\n", &rule.stanza]));
        text
    }

    fn policy(&self, pack: Option<&Path>) -> String {
        let mut text =
            format!("# The data protection policy {} of Amazon CloudWatch Logs, made by `logveil policy import`.\n", quoted(&self.name));
        if let Some(path) = pack.filter(|_| !self.custom.is_empty()) {
            text.push_str(&comment(&format!("Use it with --packs {}, which holds the custom data identifiers.", path.display())));
        }
        for destination in &self.destinations {
            text.push_str(&comment(&format!("Findings went to {destination}; here --findings FILE and --stats tell of them.")));
        }
        self.lost.iter().for_each(|lost| text.push_str(&comment(&format!("NOT EXPRESSED: {lost}"))));
        text.push_str("\n# These rules are in force, and no others.\nonly = [\n");
        self.masked.union(&self.audited).for_each(|name| _ = writeln!(text, "    {name:?},"));
        text.push_str("]\n\n# CloudWatch knows no confidence: what is named is masked.\nmin_confidence = \"low\"\n");
        text.push_str(
            "\n# Stars, as CloudWatch writes them; \"replace\" would write the name of the rule.\n[actions]\ndefault = \"mask\"\n",
        );
        let entries: BTreeSet<&str> = self.audited.iter().flat_map(|name| self.entries(name)).collect();
        entries.iter().for_each(|entry| _ = write!(text, "\n# Audited, not masked.\n[rules.{entry}]\naction = \"keep\"\n"));
        text
    }
}

/// The name in the ARN of a managed data identifier, or a name as it stands.
fn managed(identifier: &str) -> &str {
    match identifier.split_once(":data-identifier/") {
        Some((head, name)) if head.starts_with("arn:") && head.contains(":dataprotection:") => name,
        _ => identifier,
    }
}

/// The rules of an alias; none, if it is none.
fn rules_of(name: &str) -> &'static [&'static str] {
    Policy::aliases().find(|(alias, _)| *alias == name).map_or(&[], |(_, rules)| rules)
}

/// The rules of an alias, or the rule of the pack that is called so.
fn rules_of_any(name: &str) -> Vec<&str> {
    match rules_of(name) {
        [] => vec![name],
        rules => rules.to_vec(),
    }
}

/// A line of comment. Nothing of the document may end it.
fn comment(text: &str) -> String {
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    format!("# {text}\n")
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}
