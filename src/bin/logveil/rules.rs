//! `logveil rules`: the rules as they are written.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use logveil::{Pack, Policy, Rule};

use crate::args::Rules;
use crate::failure::Failure;
use crate::setup;

include!(concat!(env!("OUT_DIR"), "/sources.rs"));

pub fn run(command: Rules) -> Result<ExitCode, Failure> {
    match command {
        Rules::List { packs } => list(&packs),
        Rules::Show { id, packs } => show(&id, &packs),
        Rules::Aliases => aliases(),
        Rules::Test { packs } => test(&packs),
    }
}

/// The built-in packs with their prose, and then those of `files`.
fn packs(files: &[PathBuf]) -> Result<Vec<Pack>, Failure> {
    let builtin = SOURCES.iter().map(|(name, text)| Ok(Pack::parse(name, text)?));
    builtin.chain(files.iter().map(|path| setup::pack(path))).collect()
}

fn print(text: &str) -> Result<ExitCode, Failure> {
    io::stdout().write_all(text.as_bytes()).map_err(|error| Failure::writing("stdout", &error))?;
    Ok(ExitCode::SUCCESS)
}

fn list(files: &[PathBuf]) -> Result<ExitCode, Failure> {
    let packs = packs(files)?;
    let line = |pack: &Pack, rule: &Rule| {
        let request = if rule.on_request { "; only where a policy names it" } else { "" };
        format!("{:<32} {:<14} {:<9} {:<7} {}{request}\n", rule.id, pack.name(), rule.class, rule.confidence, rule.about)
    };
    print(&packs.iter().flat_map(|pack| pack.rules().iter().map(move |rule| line(pack, rule))).collect::<String>())
}

fn show(id: &str, files: &[PathBuf]) -> Result<ExitCode, Failure> {
    let packs = packs(files)?;
    let found = packs.iter().find_map(|pack| pack.rules().iter().find(|rule| rule.id == id).map(|rule| (pack, rule)));
    let (pack, rule) = found.ok_or_else(|| Failure::Usage(format!("no rule is called {id:?} (`logveil rules list` names them)")))?;
    let stanza = toml::to_string(rule).map_err(|error| Failure::Usage(error.to_string()))?;
    print(&format!("# pack {}\n[[rule]]\n{stanza}", pack.name()))
}

fn aliases() -> Result<ExitCode, Failure> {
    print(&Policy::aliases().map(|(name, rules)| format!("{name:<36} {}\n", rules.join(" "))).collect::<String>())
}

fn test(files: &[PathBuf]) -> Result<ExitCode, Failure> {
    let packs = if files.is_empty() { packs(&[])? } else { files.iter().map(|path| setup::pack(path)).collect::<Result<_, _>>()? };
    let mut failures = Vec::new();
    for pack in &packs {
        failures.extend(logveil::test_pack(pack)?.iter().map(|failure| format!("pack {}: rule {failure}", pack.name())));
    }
    if !failures.is_empty() {
        return Err(Failure::Usage(format!("{} examples failed\n{}", failures.len(), failures.join("\n"))));
    }
    let rules: usize = packs.iter().map(|pack| pack.rules().len()).sum();
    print(&format!("{rules} rules in {} packs keep their examples\n", packs.len()))
}
