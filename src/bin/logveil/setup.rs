//! From arguments to a redactor: reads the files that they name.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use logveil::{Action, Confidence, Keys, Layers, Pack, Policy, Redactor};

use crate::args::{ActionName, KeyChoice, Level, PolicyChoice, RuleChoice};
use crate::failure::Failure;
use crate::keys;

pub fn redactor(choice: &RuleChoice) -> Result<Redactor, Failure> {
    redactor_and_files(choice).map(|(redactor, _)| redactor)
}

/// A redactor, and the files that it was made of, which nobody is to write.
pub fn redactor_and_files(choice: &RuleChoice) -> Result<(Redactor, Vec<PathBuf>), Failure> {
    let policy = layered(&choice.policy)?;
    let paths = packs_of(choice);
    let packs = paths.iter().map(|path| pack(path)).collect::<Result<Vec<_>, _>>()?;
    let file = file_of(&choice.policy).unwrap_or_default();
    let keys = keys::given(&choice.keys)?.map_or_else(|| keys::of_policy(&policy, &file), |keys| Ok(Some(keys)))?;
    let redactor = build(&policy, &packs, keys.clone()).map_err(|error| {
        // Only the front end knows where its keys would have come from.
        let needs_key = keys.is_none() && any_keys().is_ok_and(|any| build(&policy, &packs, Some(any)).is_ok());
        let remedy = if needs_key { format!("; {}, or name a file in the policy (keys.file)", keys::REMEDY) } else { String::new() };
        Failure::wrong(&error, &remedy)
    })?;
    let of_keys = choice.keys.key_file.clone().into_iter().chain(policy.key_file().map(|name| keys::beside(&file, name)));
    Ok((redactor, of_keys.chain(paths).chain([file]).collect()))
}

/// The packs that options or the environment name.
fn packs_of(choice: &RuleChoice) -> Vec<PathBuf> {
    let own = env::var_os("LOGVEIL_PACKS").filter(|_| choice.packs.is_empty()).unwrap_or_default();
    let of_environment = env::split_paths(&own).filter(|path| !path.as_os_str().is_empty());
    choice.packs.iter().cloned().chain(of_environment).collect()
}

fn file_of(choice: &PolicyChoice) -> Option<PathBuf> {
    choice.policy.clone().or_else(|| variable("LOGVEIL_POLICY").map(PathBuf::from))
}

/// The policy of file, environment and options, the later over the earlier.
pub fn layered(choice: &PolicyChoice) -> Result<Policy, Failure> {
    let mut layers = Layers::default();
    if let Some(path) = file_of(choice) {
        layers = layers.file(&path.display().to_string(), &text(&path)?)?;
    }
    if let Some(name) = variable("LOGVEIL_PROFILE") {
        layers = layers.profile("environment LOGVEIL_PROFILE", &name);
    }
    if let Some(level) = named::<Level>("LOGVEIL_MIN_CONFIDENCE")? {
        layers = layers.min_confidence("environment LOGVEIL_MIN_CONFIDENCE", level.into());
    }
    if let Some(action) = named::<ActionName>("LOGVEIL_ACTION")? {
        layers = layers.action("environment LOGVEIL_ACTION", action.into());
    }
    if let Some(name) = &choice.profile {
        layers = layers.profile("option --profile", name);
    }
    if let Some(level) = choice.min_confidence {
        layers = layers.min_confidence("option --min-confidence", level.into());
    }
    if let Some(action) = choice.action {
        layers = layers.action("option --action", action.into());
    }
    Ok(layers.build()?)
}

/// A variable of the environment; an empty one is none.
fn variable(name: &str) -> Option<String> {
    env::var_os(name).filter(|text| !text.is_empty()).map(|text| text.to_string_lossy().into_owned())
}

/// The value that a variable names.
fn named<T: ValueEnum>(variable: &str) -> Result<Option<T>, Failure> {
    let Some(text) = self::variable(variable) else { return Ok(None) };
    T::from_str(&text, false).map(Some).map_err(|_| {
        let names: Vec<String> =
            T::value_variants().iter().filter_map(ValueEnum::to_possible_value).map(|value| value.get_name().to_owned()).collect();
        Failure::Usage(format!("environment {variable}: not one of its values (one of {})", names.join(", ")))
    })
}

/// A redactor that is only compared with another: if no key is given, any will do.
pub fn redactor_to_compare(policy: Option<&Path>, packs: &[PathBuf], choice: &KeyChoice) -> Result<Redactor, Failure> {
    let policy = policy.map_or_else(|| Ok(Policy::default()), self::policy)?;
    let packs = packs.iter().map(|path| pack(path)).collect::<Result<Vec<_>, _>>()?;
    let keys = keys::given(choice)?.map_or_else(any_keys, Ok)?;
    Ok(build(&policy, &packs, Some(keys))?)
}

/// Whether policy and packs go together, with whatever keys there will be.
pub fn check(policy: &Policy, packs: &[Pack]) -> Result<(), Failure> {
    build(policy, packs, Some(any_keys()?))?;
    Ok(())
}

/// Stands in for keys where only the rest is judged: a lone key has whatever id the policy asks for.
fn any_keys() -> Result<Keys, logveil::Error> {
    Keys::parse("0".repeat(32).as_bytes())
}

fn build(policy: &Policy, packs: &[Pack], keys: Option<Keys>) -> Result<Redactor, logveil::Error> {
    let builder = Redactor::builder().policy(policy.clone());
    let builder = packs.iter().cloned().fold(builder, |builder, pack| builder.pack(pack));
    keys.into_iter().fold(builder, |builder, keys| builder.keys(keys)).build()
}

pub fn policy(path: &Path) -> Result<Policy, Failure> {
    Ok(Policy::parse(&path.display().to_string(), &text(path)?)?)
}

/// A pack from a file; errors call it by its path.
pub fn pack(path: &Path) -> Result<Pack, Failure> {
    Ok(Pack::parse(&path.display().to_string(), &text(path)?)?)
}

/// The text of a file.
pub fn text(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::reading(path.display(), &error))?;
    String::from_utf8(bytes).map_err(|_| Failure::Usage(format!("{}: not UTF-8 text", path.display())))
}

impl From<Level> for Confidence {
    fn from(level: Level) -> Self {
        match level {
            Level::Low => Confidence::Low,
            Level::Medium => Confidence::Medium,
            Level::High => Confidence::High,
        }
    }
}

impl From<ActionName> for Action {
    fn from(name: ActionName) -> Self {
        match name {
            ActionName::Replace => Action::Replace,
            ActionName::Mask => Action::Mask(logveil::Mask::default()),
            ActionName::Hash => Action::Hash,
            ActionName::Encrypt => Action::Encrypt,
            ActionName::Remove => Action::Remove,
            ActionName::Keep => Action::Keep,
        }
    }
}
