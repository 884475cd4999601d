//! `logveil policy`: files that say what is masked and how.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use logveil::Redactor;

use crate::args::PolicyCommand;
use crate::failure::Failure;
use crate::setup;

const INIT: &str = include_str!("init.toml");

pub fn run(command: PolicyCommand) -> Result<ExitCode, Failure> {
    let text = match command {
        PolicyCommand::Init => INIT.to_owned(),
        PolicyCommand::Check { file, packs } => check(&file, &packs)?,
    };
    io::stdout().write_all(text.as_bytes()).map_err(|error| Failure::writing("stdout", &error))?;
    Ok(ExitCode::SUCCESS)
}

fn check(file: &Path, packs: &[PathBuf]) -> Result<String, Failure> {
    // The check needs no real key: whether there is one is known only where the policy is used.
    const ANY_KEY: [u8; 32] = [0; 32];
    let mut builder = Redactor::builder().policy(setup::policy(file)?).hash_key(&ANY_KEY);
    for path in packs {
        builder = builder.pack(setup::pack(path)?);
    }
    builder.build()?;
    Ok(format!("{}: fine\n", file.display()))
}
