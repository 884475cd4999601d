//! The arguments, as clap reads them.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Masks secrets and personal data in logs.
///
/// Reads FILEs, or standard input, and writes the same bytes to standard output with every token, password, e-mail
/// address, card or bank number replaced by what it was: `[REDACTED:github-pat]`. Lines come out as they come in;
/// a complete line is never held back.
#[derive(Parser)]
#[command(name = "logveil", version, max_term_width = 100, args_conflicts_with_subcommands = true, after_long_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub mask: Mask,
}

const EXAMPLES: &str = "\
Examples:
  app | logveil                            mask what a program writes
  logveil --stats app.log > masked.log     mask a file, count findings per rule on stderr
  logveil --action keep --findings f.ndjson app.log > /dev/null
                                           a dry run: where things are, nothing changed
  logveil --fail-on-findings < app.log > /dev/null && echo clean
  logveil policy init > logveil.toml       a policy to start from; use it with --policy

Exit status: 0 done; 1 reading or writing failed; 2 bad usage, pack or policy; 3 findings, with
--fail-on-findings.";

#[derive(Parser)]
pub struct Mask {
    /// Files to mask, one after the other; standard input if there are none
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub rules: RuleChoice,
    /// Print counts per rule to standard error at the end, as text or as JSON
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    pub stats: Option<StatsFormat>,
    /// Write a line of JSON for each finding: its rule and place, never its value
    #[arg(long, value_name = "FILE")]
    pub findings: Option<PathBuf>,
    /// Exit with 3 if there was any finding
    #[arg(long)]
    pub fail_on_findings: bool,
}

/// Which rules are in force and what they do.
#[derive(Parser)]
pub struct RuleChoice {
    /// Policy file; see `logveil policy init`
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// A pack of your own rules, beside the built-in ones; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub packs: Vec<PathBuf>,
    /// Mask from this confidence upwards [default: medium, or what the policy says]
    #[arg(long, value_name = "LEVEL")]
    pub min_confidence: Option<Level>,
    /// Do this with every finding, whatever the policy says
    #[arg(long, value_name = "ACTION")]
    pub action: Option<ActionName>,
    /// File that holds the key of the action `hash`; else the variable LOGVEIL_HASH_KEY
    #[arg(long, value_name = "FILE")]
    pub hash_key_file: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Level {
    /// Could as well be something else
    Low,
    /// Probably what the rule says
    Medium,
    /// Hardly anything else looks like this
    High,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ActionName {
    /// [REDACTED:rule-id] in its place
    Replace,
    /// Stars of the same length
    Mask,
    /// A keyed hash: the same value gives the same letters
    Hash,
    /// Nothing in its place
    Remove,
    /// Report and count, change nothing
    Keep,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum StatsFormat {
    Text,
    Json,
}

#[derive(Subcommand)]
pub enum Command {
    /// The rules in force: list them, show one, test a pack's own examples
    #[command(subcommand)]
    Rules(Rules),
    /// Policy files: check one, or write one to start from
    #[command(subcommand)]
    Policy(PolicyCommand),
}

#[derive(Subcommand)]
pub enum Rules {
    /// One line for each rule: id, pack, class, confidence, what it finds
    List {
        /// Packs of your own to list too
        #[arg(long, value_name = "FILE")]
        packs: Vec<PathBuf>,
    },
    /// One rule as it is written
    Show {
        /// The rule's id
        id: String,
        /// Packs of your own to look in too
        #[arg(long, value_name = "FILE")]
        packs: Vec<PathBuf>,
    },
    /// Run the examples of packs, each in eight surroundings; the built-in packs if none is given
    Test {
        /// Pack files
        #[arg(value_name = "FILE")]
        packs: Vec<PathBuf>,
    },
}

#[derive(Subcommand)]
pub enum PolicyCommand {
    /// Check a policy file, with the packs that it will be used with
    Check {
        /// The policy file
        file: PathBuf,
        /// Packs of your own that the policy speaks of
        #[arg(long, value_name = "FILE")]
        packs: Vec<PathBuf>,
    },
    /// Print a policy to start from, every setting explained
    Init,
}
