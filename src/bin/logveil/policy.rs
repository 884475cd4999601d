//! `logveil policy`: files that say what is masked and how.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use logveil::Policy;

use crate::args::PolicyCommand;
use crate::failure::Failure;
use crate::{import, setup};

const INIT: &str = include_str!("init.toml");
const SCHEMA: &str = include_str!("../../../docs/logveil.schema.json");

pub fn run(command: PolicyCommand) -> Result<ExitCode, Failure> {
    let text = match command {
        PolicyCommand::Init => INIT.to_owned(),
        PolicyCommand::Show { policy } => setup::layered(&policy)?.to_toml(),
        PolicyCommand::Profiles => Policy::profiles().map(|(name, about)| format!("{name:<14}{about}\n")).collect(),
        PolicyCommand::Schema => SCHEMA.to_owned(),
        PolicyCommand::Check { file, packs } => check(&file, &packs)?,
        PolicyCommand::Import { file, pack } => return import::run(&file, pack.as_deref()),
    };
    io::stdout().write_all(text.as_bytes()).map_err(|error| Failure::writing("stdout", &error))?;
    Ok(ExitCode::SUCCESS)
}

fn check(file: &Path, packs: &[PathBuf]) -> Result<String, Failure> {
    let packs = packs.iter().map(|path| setup::pack(path)).collect::<Result<Vec<_>, _>>()?;
    setup::check(&setup::policy(file)?, &packs)?;
    Ok(format!("{}: fine\n", file.display()))
}
