//! Turns `patterns/*.toml` into tables, so that nothing is parsed when a program starts: `packs.rs` has the rules as
//! written, `patterns.rs` what their patterns say, worked out by the code that does it for the packs of users.
//!
//! Prose and examples stay behind; the command line embeds the files themselves for `rules show` and `rules test`.

#[path = "src/error.rs"]
#[allow(dead_code)]
mod error;
#[path = "src/pack.rs"]
#[allow(dead_code)]
mod pack;
#[path = "src/scan"]
#[allow(dead_code)]
mod scan {
    pub(crate) mod analysis;
    pub(crate) mod anchor;
    pub(crate) mod byte_set;
    mod lower;
    pub(crate) mod steps;
}

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use pack::{Pack, Rule, Text};
use scan::analysis::{self, Analysis, Search};
use scan::anchor::{Anchor, Lead, Literal};
use scan::byte_set::ByteSet;
use scan::steps::{Count, Step};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    println!("cargo::rerun-if-changed=patterns");
    println!("cargo::rerun-if-changed=src/scan/windows.tsv");
    for shared in ["error", "pack", "scan/analysis", "scan/anchor", "scan/byte_set", "scan/lower", "scan/steps"] {
        println!("cargo::rerun-if-changed=src/{shared}.rs");
    }
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut files: Vec<PathBuf> =
        fs::read_dir(root.join("patterns"))?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();

    let mut tables = String::from("pub(crate) static PACKS: &[Pack] = &[\n");
    let mut sources = String::from("pub(crate) static SOURCES: &[(&str, &str)] = &[\n");
    let mut patterns = BTreeMap::new();
    for path in &files {
        let name = path.file_stem().and_then(|stem| stem.to_str()).ok_or("a pack's file name is not UTF-8")?;
        let pack = Pack::parse(name, &fs::read_to_string(path)?).map_err(|error| error.to_string())?;
        write_pack(&mut tables, &pack)?;
        for rule in pack.rules() {
            analyse(rule, &mut patterns).map_err(|error| error.at(format!("rule {}", rule.id)).to_string())?;
        }
        writeln!(sources, "    ({name:?}, include_str!({:?})),", absolute(path)?)?;
    }
    tables.push_str("];\n");
    sources.push_str("];\n");
    fs::write(out.join("packs.rs"), tables)?;
    fs::write(out.join("sources.rs"), sources)?;
    fs::write(out.join("windows.rs"), windows(&fs::read_to_string(root.join("src/scan/windows.tsv"))?)?)?;
    fs::write(out.join("patterns.rs"), pattern_table(&patterns))?;
    Ok(())
}

/// What is known of the needles of the built-in packs, from `src/scan/windows.tsv`.
fn windows(text: &str) -> Result<String, Failure> {
    let mut rows = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [hash, at, bucket, hits, _] = fields[..] else {
            return Err(format!("src/scan/windows.tsv: a line has not five fields: {line}").into());
        };
        let bucket = if bucket == "-" { None } else { Some(bucket.parse::<u8>()?) };
        rows.push((u64::from_str_radix(hash, 16)?, at.parse::<u8>()?, bucket, hits.parse::<u32>()?));
    }
    rows.sort_unstable();
    let row = |(hash, at, bucket, hits)| format!("    Known {{ hash: {hash}, at: {at}, bucket: {bucket:?}, hits: {hits} }},\n");
    Ok(format!("/// By their hashes.\nstatic KNOWN: &[Known] = &[\n{}];\n", rows.into_iter().map(row).collect::<String>()))
}

fn absolute(path: &Path) -> Result<String, Failure> {
    Ok(path.to_str().ok_or("a path is not UTF-8")?.to_owned())
}

fn write_pack(out: &mut String, pack: &Pack) -> std::fmt::Result {
    writeln!(out, "Pack {{ name: Cow::Borrowed({:?}), rules: Cow::Borrowed(&[", pack.name())?;
    pack.rules().iter().try_for_each(|rule| write_rule(out, rule))?;
    out.push_str("]) },\n");
    Ok(())
}

fn write_rule(out: &mut String, rule: &Rule) -> std::fmt::Result {
    let text = |text: &Text| format!("Cow::Borrowed({text:?})");
    let optional = |value: &Option<Text>| value.as_ref().map_or("None".to_owned(), |value| format!("Some({})", text(value)));
    let texts = |values: &[Text]| format!("Cow::Borrowed(&[{}])", values.iter().map(text).collect::<Vec<_>>().join(", "));
    writeln!(out, "Rule {{ id: {}, about: NO_TEXT, class: Class::{:?},", text(&rule.id), rule.class)?;
    let encoding = rule.encoding.map_or("None".to_owned(), |encoding| format!("Some(Encoding::{encoding:?})"));
    writeln!(out, "encoding: {encoding},")?;
    writeln!(out, "pattern: {}, digits: {}, lead: {},", optional(&rule.pattern), texts(&rule.digits), texts(&rule.lead))?;
    writeln!(out, "keys: {}, not_keys: {}, value: {},", texts(&rule.keys), texts(&rule.not_keys), optional(&rule.value))?;
    writeln!(out, "begin: {}, end: {},", optional(&rule.begin), optional(&rule.end))?;
    writeln!(
        out,
        "check: {}, confidence: Confidence::{:?}, boundary: Boundary::{:?},",
        optional(&rule.check),
        rule.confidence,
        rule.boundary
    )?;
    writeln!(out, "near: {}, raise_near: {}, lower_keys: {},", texts(&rule.near), texts(&rule.raise_near), texts(&rule.lower_keys))?;
    writeln!(out, "on_request: {},", rule.on_request)?;
    writeln!(out, "reference: NO_TEXT, examples: NO_TEXTS, counterexamples: NO_TEXTS, also: NO_TEXTS }},")
}

/// Takes the patterns of a rule apart, by text.
fn analyse(rule: &Rule, patterns: &mut BTreeMap<String, Analysis>) -> Result<(), error::Error> {
    let searched = [&rule.pattern, &rule.begin].map(|text| (text, true));
    for (text, is_searched) in searched.into_iter().chain([(&rule.value, false), (&rule.end, false)]) {
        let Some(text) = text.as_deref().filter(|text| !["everything", "any", "token", "secret", "credential"].contains(text)) else {
            continue;
        };
        if patterns.get(text).is_none_or(|known| is_searched && known.search.is_none()) {
            let analysis = Analysis::of(text, &analysis::parse(text)?, is_searched)?;
            patterns.insert(text.to_owned(), analysis);
        }
    }
    Ok(())
}

/// The source of a table of patterns; their sets, each written once, come first.
fn pattern_table(patterns: &BTreeMap<String, Analysis>) -> String {
    let mut sets = Sets::default();
    let rows: String = patterns.values().map(|analysis| sets.analysis(analysis) + ",\n").collect();
    let sets: String = sets.0.iter().map(|set| format!("{set:?},\n")).collect();
    format!("const SETS: &[ByteSet] = &[\n{sets}];\n\nstatic PATTERNS: &[Analysis] = &[\n{rows}];\n")
}

/// Writes what was worked out of a pattern as Rust.
#[derive(Default)]
struct Sets(Vec<ByteSet>);

impl Sets {
    fn set(&mut self, set: &ByteSet) -> String {
        let index = self.0.iter().position(|known| known == set).unwrap_or_else(|| {
            self.0.push(*set);
            self.0.len() - 1
        });
        format!("SETS[{index}]")
    }

    fn analysis(&mut self, analysis: &Analysis) -> String {
        let Analysis { text, longest, grouped, steps, search } = analysis;
        let steps = option(steps.as_ref(), |steps| self.steps(steps));
        let search = option(search.as_ref(), |search| self.search(search));
        format!("Analysis {{ text: Cow::Borrowed({text:?}), longest: {longest:?}, grouped: {grouped}, steps: {steps}, search: {search} }}")
    }

    fn search(&mut self, search: &Search) -> String {
        let Search { anchor, from_anchor, window, lead, tail } = search;
        let anchor = option(anchor.as_ref(), |anchor| self.anchor(anchor));
        let from_anchor = option(from_anchor.as_ref(), |steps| self.steps(steps));
        let window = list(window.iter(), |set| self.set(set));
        let Lead { least, most, behind } = lead;
        let lead = format!("Lead {{ least: {least}, most: {most}, behind: {} }}", self.set(behind));
        let tail = option(tail.as_ref(), |set| self.set(set));
        format!("Search {{ anchor: {anchor}, from_anchor: {from_anchor}, window: {window}, lead: {lead}, tail: {tail} }}")
    }

    fn anchor(&mut self, anchor: &Anchor) -> String {
        match anchor {
            Anchor::Literals(literals) => {
                let literal = |Literal { places, offset, before }: &Literal| {
                    let places = list(places.iter(), |set| self.set(set));
                    let before = self.set(before);
                    format!("Literal {{ places: {places}, offset: {offset:?}, before: {before} }}")
                };
                format!("Anchor::Literals({})", list(literals.iter(), literal))
            }
            Anchor::RunStart => "Anchor::RunStart".to_owned(),
            Anchor::Near { longest } => format!("Anchor::Near {{ longest: {longest} }}"),
        }
    }

    fn steps(&mut self, steps: &[Step]) -> String {
        list(steps.iter(), |step| self.step(step))
    }

    fn step(&mut self, step: &Step) -> String {
        match step {
            Step::Literal(text) => format!("Step::Literal({})", bytes(text)),
            Step::Class(set) => format!("Step::Class({})", self.set(set)),
            Step::Run { set, count } => format!("Step::Run {{ set: {}, count: {} }}", self.set(set), times(count)),
            Step::Choice(arms) => format!("Step::Choice({})", list(arms.iter(), |arm| self.steps(arm))),
            Step::Repeat { steps, count } => format!("Step::Repeat {{ steps: {}, count: {} }}", self.steps(steps), times(count)),
            Step::SecretStart => "Step::SecretStart".to_owned(),
            Step::SecretEnd => "Step::SecretEnd".to_owned(),
        }
    }
}

fn times(Count { least, most, gives_back }: &Count) -> String {
    format!("Count {{ least: {least}, most: {most}, gives_back: {gives_back} }}")
}

fn option<T>(value: Option<T>, write: impl FnOnce(T) -> String) -> String {
    value.map_or("None".to_owned(), |value| format!("Some({})", write(value)))
}

fn list<T>(values: impl Iterator<Item = T>, write: impl FnMut(T) -> String) -> String {
    format!("Cow::Borrowed(&[{}])", values.map(write).collect::<Vec<_>>().join(", "))
}

fn bytes(text: &[u8]) -> String {
    format!("Cow::Borrowed(b\"{}\")", text.escape_ascii())
}
