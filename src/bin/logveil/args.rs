//! The arguments, as clap reads them.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use clap::{Parser, Subcommand, ValueEnum};

/// Masks secrets and personal data in logs.
///
/// Reads FILEs, or standard input, and writes the same bytes to standard output. Only what a rule finds is changed:
/// a token, a password, a card number or an e-mail address becomes the name of its rule, as in `[REDACTED:email]`.
/// A complete line is never held back, so logveil can stand in a pipe behind a running program.
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
  logveil --input cloudwatch --output messages logs.gz
                                           what Firehose has delivered from CloudWatch Logs
  logveil policy init > logveil.toml       a policy to start from; use it with --policy

Exit status: 0 done; 1 reading, writing or decoding failed; 2 bad usage, pack or policy; 3 findings,
with --fail-on-findings.";

const PACK: &str = r#"A pack is a TOML file of rules. Each rule brings examples, in which « and » stand around what must be masked:

  [[rule]]
  id = "acme-token"
  about = "Token of the Acme gateway"
  class = "secret"
  pattern = 'acme_[0-9a-z]{20}'
  examples = ["using «acme_{lower:20}» now"]
  counterexamples = ["acme_short"]

Test it with `logveil rules test FILE`, use it with `logveil --packs FILE`."#;

const POLICY: &str = "\
To start:
  logveil policy init > logveil.toml       then change what you need
  logveil policy check logveil.toml
  logveil --policy logveil.toml app.log

From a data protection policy of Amazon CloudWatch Logs:
  aws logs get-data-protection-policy --log-group-identifier NAME \\
    --query policyDocument --output text |
    logveil policy import --pack custom.toml - > logveil.toml
  logveil --policy logveil.toml --packs custom.toml app.log

From a configuration of gitleaks:
  logveil policy import --pack custom.toml .gitleaks.toml > logveil.toml";

const DIFF: &str = "\
Examples:
  logveil diff --policy old.toml --policy new.toml app.log
  logveil diff --packs-before acme-1.toml --packs-after acme-2.toml app.log

Each line says where, what becomes of it before, and what after:
  app.log:12:24-31: assigned-password replace -> assigned-password mask

Without --key-file and LOGVEIL_KEYS a key is made up where one is needed.";

const REVEAL: &str = "\
A key file holds a line `id:key` for each key. The first one writes; the others still reveal what they have written:
  (umask 077; echo \"k1:$(openssl rand -hex 32)\" > logveil.keys)
  logveil --action encrypt --key-file logveil.keys app.log > masked.log
  logveil reveal --key-file logveil.keys masked.log";

#[derive(Parser)]
pub struct Mask {
    /// Files to mask, one after the other; standard input if there are none
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub rules: RuleChoice,
    /// At the end, print counts per rule to standard error, as text or as JSON
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    pub stats: Option<StatsFormat>,
    /// Write a line of JSON to FILE for each finding: its rule and place, never its value
    #[arg(long, value_name = "FILE")]
    pub findings: Option<PathBuf>,
    /// Exit with status 3 if there was any finding
    #[arg(long)]
    pub fail_on_findings: bool,
    /// Threads that mask, or `auto` for as many as there are processors; what comes out is the same
    #[arg(long, value_name = "N", default_value = "1", value_parser = threads)]
    pub threads: usize,
    #[command(flatten)]
    pub envelope: Envelope,
}

/// What the logs are wrapped in.
#[derive(Parser)]
pub struct Envelope {
    /// What is read
    #[arg(long, value_name = "FORMAT", default_value = "lines")]
    pub input: Input,
    /// With `--input cloudwatch`: what is written
    #[arg(long, value_name = "FORM", default_value = "same")]
    pub output: Output,
    /// With `--input cloudwatch`: how hard to compress what is masked, from 0 to 9 [default: 6]
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(u32).range(0..=9))]
    pub gzip_level: Option<u32>,
    /// With `--input cloudwatch`: the most MiB that a payload or a file of gzip may hold [default: 256]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=16384))]
    pub max_inflated: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Input {
    /// Lines of text
    Lines,
    /// Payloads of CloudWatch Logs, as gzip or JSON, one after the other; what is none of them, as lines
    #[value(name = "cloudwatch")]
    CloudWatch,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Output {
    /// Payloads, as they came
    Same,
    /// A line of JSON for each event
    Events,
    /// The messages alone
    Messages,
}

/// Each thread has buffers of its own, so there must be an end.
const MOST_THREADS: usize = 256;

fn threads(text: &str) -> Result<usize, String> {
    if text == "auto" {
        return Ok(thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_THREADS));
    }
    let count = text.parse().ok().filter(|count| (1..=MOST_THREADS).contains(count));
    count.ok_or_else(|| format!("a number from 1 to {MOST_THREADS}, or auto"))
}

/// Which rules are in force and what they do.
#[derive(Parser)]
pub struct RuleChoice {
    #[command(flatten)]
    pub policy: PolicyChoice,
    /// A pack of your own rules, used beside the built-in ones; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub packs: Vec<PathBuf>,
    #[command(flatten)]
    pub keys: KeyChoice,
}

/// What the policy is made of.
#[derive(Parser)]
pub struct PolicyChoice {
    /// Policy file; see `logveil policy init` [default: the variable LOGVEIL_POLICY]
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Profile to stand on; see `logveil policy profiles` [default: what LOGVEIL_PROFILE or the policy says]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Change findings of this confidence and above [default: what the policy says, or medium]
    #[arg(long, value_name = "LEVEL")]
    pub min_confidence: Option<Level>,
    /// What to do with every finding [default: what the policy says, or replace]
    #[arg(long, value_name = "ACTION")]
    pub action: Option<ActionName>,
}

/// Where keys come from.
#[derive(Parser)]
pub struct KeyChoice {
    /// File with the keys of `hash` and `encrypt`, a line `id:key` for each, the one that writes first [default: the
    /// variable LOGVEIL_KEYS]
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
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
    /// Write [REDACTED:rule-id] in its place
    Replace,
    /// Write stars in its place, as many as it had bytes
    Mask,
    /// Write a keyed hash in its place, the same letters for the same value
    Hash,
    /// Write it encrypted in its place; `logveil reveal` undoes that with the key
    Encrypt,
    /// Write nothing in its place; what is the whole value of a field goes with its key
    Remove,
    /// Count and report it, but leave it as it is
    Keep,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum StatsFormat {
    Text,
    Json,
}

#[derive(Subcommand)]
pub enum Command {
    /// Rules: list them, show one, test a pack of your own
    #[command(subcommand, after_help = PACK)]
    Rules(Rules),
    /// Policy files, which say what is masked and how: print one, check one, import one
    #[command(subcommand, after_help = POLICY)]
    Policy(PolicyCommand),
    /// Say of each line which rules looked at what, and why it is masked or not; values are never shown
    Explain(Explain),
    /// List what two policies, or two versions of a pack, make of the same logs differently; values are never shown
    #[command(after_help = DIFF)]
    Diff(Diff),
    /// Put what the action `encrypt` has encrypted back in its place, with the key
    ///
    /// Reads FILEs, or standard input, and writes the same bytes to standard output, with the values that the keys at hand
    /// have encrypted. A token that was changed, or whose key is not at hand, stays as it is; standard error says where, and
    /// the exit status is 1.
    #[command(after_help = REVEAL)]
    Reveal {
        /// Files to read, one after the other; standard input if there are none
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        keys: KeyChoice,
    },
}

#[derive(Parser)]
pub struct Explain {
    /// The file to explain; standard input if there is none
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// This line alone, from 1
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub line: Option<u64>,
    /// What this rule says, and no other
    #[arg(long, value_name = "ID")]
    pub rule: Option<String>,
    /// Also of places that are not at all what a rule looks for
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub rules: RuleChoice,
}

#[derive(Parser)]
pub struct Diff {
    /// The logs to compare on, one after the other; standard input if there are none
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Policy file: the one before, and again the one after. Given once, it is compared with the default policy
    #[arg(long, value_name = "FILE")]
    pub policy: Vec<PathBuf>,
    /// A pack of your own rules, on both sides; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub packs: Vec<PathBuf>,
    /// A pack on the side before alone
    #[arg(long, value_name = "FILE")]
    pub packs_before: Vec<PathBuf>,
    /// A pack on the side after alone
    #[arg(long, value_name = "FILE")]
    pub packs_after: Vec<PathBuf>,
    /// List so many changes; all are counted
    #[arg(long, value_name = "NUMBER", default_value = "100")]
    pub limit: usize,
    #[command(flatten)]
    pub keys: KeyChoice,
}

#[derive(Subcommand)]
pub enum Rules {
    /// Print a line for each rule: id, pack, class, confidence, what it finds
    List {
        /// Packs of your own to list too
        #[arg(long, value_name = "FILE")]
        packs: Vec<PathBuf>,
    },
    /// Print one rule as it is written
    Show {
        /// The rule's id
        id: String,
        /// Packs of your own to look in too
        #[arg(long, value_name = "FILE")]
        packs: Vec<PathBuf>,
    },
    /// Print the names of CloudWatch that policies may use, each with the rules that it stands for
    Aliases,
    /// Run the examples that packs bring along, in quotes, JSON, URLs and the like
    Test {
        /// Packs of your own; without any, the built-in packs are tested
        #[arg(value_name = "FILE")]
        packs: Vec<PathBuf>,
    },
}

#[derive(Subcommand)]
pub enum PolicyCommand {
    /// Print a policy to start from, with every setting explained
    Init,
    /// Print the policy in force as a file, and where each setting comes from
    Show {
        #[command(flatten)]
        policy: PolicyChoice,
    },
    /// Print the profiles that a policy may stand on
    Profiles,
    /// Print the JSON Schema of policies, by which editors complete and check them
    Schema,
    /// Check a policy file, together with the packs that it will be used with
    Check {
        /// The policy file
        file: PathBuf,
        /// Packs of your own that the policy speaks of
        #[arg(long, value_name = "FILE")]
        packs: Vec<PathBuf>,
    },
    /// Print what a data protection policy of Amazon CloudWatch Logs, or a configuration of gitleaks, says, as a policy
    ///
    /// The policy masks what the document names, and nothing else. What could not be expressed is told on standard
    /// error and in the policy, and makes the exit status 1; the policy is printed all the same.
    Import {
        /// The document (JSON of CloudWatch, or TOML of gitleaks), or - for standard input
        file: PathBuf,
        /// Where to write a pack with the rules that the document defines itself; use it with --packs
        #[arg(long, value_name = "FILE")]
        pack: Option<PathBuf>,
    },
}
