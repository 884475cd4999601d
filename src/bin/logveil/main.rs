//! The command line: masks stdin or files to stdout.

mod args;
mod failure;
mod import;
mod pipes;
mod policy;
mod rules;
mod run;
mod setup;
mod signals;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = match args.command {
        None => run::mask(&args.mask),
        Some(Command::Rules(command)) => rules::run(command),
        Some(Command::Policy(command)) => policy::run(command),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}
