//! From arguments to a redactor: reads the files that they name.

use std::path::Path;
use std::{env, fs};

use logveil::{Action, Confidence, Pack, Policy, Redactor};

use crate::args::{ActionName, Level, RuleChoice};
use crate::failure::Failure;

const HASH_KEY_VARIABLE: &str = "LOGVEIL_HASH_KEY";

pub fn redactor(choice: &RuleChoice) -> Result<Redactor, Failure> {
    let mut policy = choice.policy.as_deref().map_or_else(|| Ok(Policy::default()), policy)?;
    if let Some(level) = choice.min_confidence {
        policy = policy.min_confidence(level.into());
    }
    if let Some(action) = choice.action {
        policy = policy.action(action.into());
    }
    let packs = choice.packs.iter().map(|path| pack(path)).collect::<Result<Vec<_>, _>>()?;
    let key = hash_key(choice.hash_key_file.as_deref())?;
    build(&policy, &packs, key.as_deref()).map_err(|error| {
        // Only the front end knows where its key would have come from.
        let needs_key = key.is_none() && build(&policy, &packs, Some(&ANY_KEY)).is_ok();
        let remedy = if needs_key { format!("; use --hash-key-file or the variable {HASH_KEY_VARIABLE}") } else { String::new() };
        Failure::Usage(format!("{error}{remedy}"))
    })
}

/// Stands in for a key where only the rest is judged.
const ANY_KEY: [u8; 32] = [0; 32];

/// Whether policy and packs go together, with whatever key there will be.
pub fn check(policy: &Policy, packs: &[Pack]) -> Result<(), Failure> {
    build(policy, packs, Some(&ANY_KEY))?;
    Ok(())
}

fn build(policy: &Policy, packs: &[Pack], key: Option<&[u8]>) -> Result<Redactor, logveil::Error> {
    let builder = Redactor::builder().policy(policy.clone());
    let builder = packs.iter().cloned().fold(builder, |builder, pack| builder.pack(pack));
    key.into_iter().fold(builder, |builder, key| builder.hash_key(key)).build()
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

fn hash_key(file: Option<&Path>) -> Result<Option<Vec<u8>>, Failure> {
    match file {
        Some(path) => {
            let key = fs::read(path).map_err(|error| Failure::reading(path.display(), &error))?;
            Ok(Some(key.trim_ascii().to_vec()))
        }
        None => Ok(env::var_os(HASH_KEY_VARIABLE).filter(|key| !key.is_empty()).map(|key| key.into_encoded_bytes())),
    }
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
            ActionName::Remove => Action::Remove,
            ActionName::Keep => Action::Keep,
        }
    }
}
