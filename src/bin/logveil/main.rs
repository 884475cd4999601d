//! The command line: masks stdin or files to stdout.

mod args;
mod diff;
mod explain;
mod failure;
mod import;
mod keys;
mod payloads;
mod pipes;
mod policy;
mod reveal;
mod rules;
mod run;
mod setup;
mod signals;

use std::io::{self, Write};
use std::panic;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

fn main() -> ExitCode {
    // What a panic says may quote the text that it was at.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" in {}, line {}", place.file(), place.line()));
        let _ = writeln!(io::stderr(), "logveil: internal fault{}", place.unwrap_or_default());
    }));
    let args = Args::parse();
    let outcome = match args.command {
        None => run::mask(&args.mask),
        Some(Command::Rules(command)) => rules::run(command),
        Some(Command::Policy(command)) => policy::run(command),
        Some(Command::Explain(args)) => explain::run(&args),
        Some(Command::Diff(args)) => diff::run(&args),
        Some(Command::Reveal { files, keys }) => reveal::run(&files, &keys),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}
