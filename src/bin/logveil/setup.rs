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
    let mut builder = Redactor::builder().policy(policy);
    for path in &choice.packs {
        builder = builder.pack(pack(path)?);
    }
    if let Some(key) = hash_key(choice.hash_key_file.as_deref())? {
        builder = builder.hash_key(&key);
    }
    Ok(builder.build()?)
}

pub fn policy(path: &Path) -> Result<Policy, Failure> {
    Ok(Policy::parse(&path.display().to_string(), &text(path)?)?)
}

/// A pack from a file; errors call it by its path.
pub fn pack(path: &Path) -> Result<Pack, Failure> {
    Ok(Pack::parse(&path.display().to_string(), &text(path)?)?)
}

fn text(path: &Path) -> Result<String, Failure> {
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
