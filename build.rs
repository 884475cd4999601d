//! Turns `patterns/*.toml` into tables, so that no TOML, pattern or word is parsed when a program starts: `packs.rs` has the rules as
//! written, `patterns.rs` what their patterns say, `needles.rs` their phrases, and what patterns and phrases are found by; worked
//! out by the code that does it for the packs of users.
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
    mod boundary;
    pub(crate) mod byte_set;
    mod lower;
    pub(crate) mod needle;
    mod span;
    pub(crate) mod steps;
    pub(crate) mod ways;
    mod window;
    pub(crate) mod words;

    use span::Span;
}

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use pack::{Pack, Rule, Text};
use scan::analysis::{self, Analysis, Search};
use scan::anchor::{Anchor, Lead, Literal};
use scan::byte_set::ByteSet;
use scan::needle::{Fixed, Needle, Told, spell};
use scan::steps::{Count, Step};
use scan::ways::{Chooser, FoundBy, NUMBERS, PATTERNS};
use scan::words::{self, Kind, Phrase};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    println!("cargo::rerun-if-changed=patterns");
    println!("cargo::rerun-if-changed=src/scan/windows.tsv");
    for shared in ["error", "pack"] {
        println!("cargo::rerun-if-changed=src/{shared}.rs");
    }
    for shared in ["analysis", "anchor", "boundary", "byte_set", "lower", "needle", "span", "steps", "ways", "window", "words"] {
        println!("cargo::rerun-if-changed=src/scan/{shared}.rs");
    }
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut files: Vec<PathBuf> =
        fs::read_dir(root.join("patterns"))?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();

    let mut tables = String::from("pub(crate) static PACKS: &[Pack] = &[\n");
    let mut numbers = 0..;
    let mut sources = String::from("pub(crate) static SOURCES: &[(&str, &str)] = &[\n");
    let mut patterns = BTreeMap::new();
    let mut packs = Vec::new();
    for path in &files {
        let name = path.file_stem().and_then(|stem| stem.to_str()).ok_or("a pack's file name is not UTF-8")?;
        let pack = Pack::parse(name, &fs::read_to_string(path)?).map_err(|error| error.to_string())?;
        write_pack(&mut tables, &pack, &mut numbers)?;
        for rule in pack.rules() {
            analyse(rule, &mut patterns).map_err(|error| error.at(format!("rule {}", rule.id)).to_string())?;
        }
        writeln!(sources, "    ({name:?}, include_str!({:?})),", absolute(path)?)?;
        packs.push(pack);
    }
    tables.push_str("];\n");
    sources.push_str("];\n");
    fs::write(out.join("packs.rs"), tables)?;
    fs::write(out.join("sources.rs"), sources)?;
    let windows = windows(&fs::read_to_string(root.join("src/scan/windows.tsv"))?)?;
    let found_by = FoundBys::new(&packs, &patterns, &windows)?;
    fs::write(out.join("patterns.rs"), pattern_table(&mut patterns, &found_by))?;
    fs::write(out.join("needles.rs"), found_by.tables() + &window_table(&windows))?;
    Ok(())
}

/// What was measured of a needle: where its window begins, its bucket, how often it stands in logs. By its hash.
type Windows = BTreeMap<u64, (u8, Option<u8>, u32)>;

/// What is known of the needles of the built-in packs, from `src/scan/windows.tsv`.
fn windows(text: &str) -> Result<Windows, Failure> {
    let mut rows = Windows::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [hash, at, bucket, hits, _] = fields[..] else {
            return Err(format!("src/scan/windows.tsv: a line has not five fields: {line}").into());
        };
        let bucket = if bucket == "-" { None } else { Some(bucket.parse::<u8>()?) };
        rows.insert(u64::from_str_radix(hash, 16)?, (at.parse::<u8>()?, bucket, hits.parse::<u32>()?));
    }
    Ok(rows)
}

fn window_table(windows: &Windows) -> String {
    let row = |(hash, (at, bucket, hits)): (&u64, &(u8, Option<u8>, u32))| {
        format!("    Measured {{ hash: {hash}, at: {at}, bucket: {bucket:?}, hits: {hits} }},\n")
    };
    format!("/// By their hashes.\nstatic MEASURED: &[Measured] = &[\n{}];\n", windows.iter().map(row).collect::<String>())
}

/// What the phrases and patterns of the built-in packs are found by.
struct FoundBys {
    /// Every phrase, by its text.
    phrases: BTreeMap<String, Phrase>,
    /// The texts of the phrases of each rule: keys, words near it, those that raise its confidence, keys that lower it.
    of_rules: Vec<[Vec<String>; 4]>,
    /// The places of its patterns among those of all rules.
    patterns: Vec<[Option<usize>; 3]>,
    /// How those are found that are keys, and those that stand near something.
    ways: BTreeMap<(String, Kind), Vec<FoundBy>>,
    /// The needles that have a place, with that place, ordered by their hashes: some long ones have the same.
    needles: Vec<(Needle, u8, u8)>,
}

impl FoundBys {
    fn new(packs: &[Pack], patterns: &BTreeMap<String, Analysis>, windows: &Windows) -> Result<Self, Failure> {
        let mut phrases = BTreeMap::new();
        let (mut of_rules, mut numbers) = (Vec::new(), Vec::new());
        let mut wanted = Vec::new();
        for rule in packs.iter().flat_map(Pack::rules) {
            let of = |texts: &[Text]| {
                let all = words::phrases(texts.iter().map(AsRef::as_ref));
                all.ok_or_else(|| format!("rule {}: a text without a word", rule.id))
            };
            let fields = [of(&rule.keys)?, of(&rule.near)?, of(&rule.raise_near)?, of(&rule.lower_keys)?].map(|all| {
                let texts = all.iter().map(|(text, _)| text.clone()).collect::<Vec<String>>();
                phrases.extend(all);
                texts
            });
            let has_literal = |text: &Text| {
                let search = patterns.get(text.as_ref()).and_then(|known| known.search.as_ref());
                matches!(search, Some(Search { anchor: Some(Anchor::Literals(_)), .. }))
            };
            let near = match &rule.pattern {
                None if !rule.digits.is_empty() => Some(NUMBERS),
                Some(pattern) if !has_literal(pattern) => Some(PATTERNS),
                _ => None,
            };
            let [keys, words, ..] = &fields;
            wanted.extend(keys.iter().map(|text| (text.clone(), Kind::Key, 1)));
            wanted.extend(near.into_iter().flat_map(|dearness| words.iter().map(move |text| (text.clone(), Kind::Near, dearness))));
            of_rules.push(fields);
            let place = |text: &Option<Text>| patterns.keys().position(|known| Some(known.as_str()) == text.as_deref());
            numbers.push([place(&rule.pattern).or(place(&rule.begin)), place(&rule.value), place(&rule.end)]);
        }
        // Those of one word first: what they are found by may serve others too.
        wanted.sort_by_key(|(text, ..)| phrases[text].words().len());
        let chooser = Chooser::new(wanted.iter().filter(|(_, kind, _)| *kind == Kind::Key).map(|(text, ..)| &phrases[text]));
        let mut chosen = BTreeSet::new();
        let mut ways = BTreeMap::new();
        for (text, kind, dearness) in wanted {
            let is_known = |(needle, length): &(Needle, usize)| chosen.contains(&(needle.hash(), *length));
            let measured = |needle: &Needle| windows.get(&needle.hash()).map(|(.., hits)| *hits);
            let found_by = chooser.choose(&phrases[&text], kind, dearness, is_known, measured);
            chosen.extend(found_by.iter().map(|found_by| (found_by.text.0.hash(), found_by.text.1)));
            ways.entry((text, kind)).or_insert(found_by);
        }
        let of_phrases = ways.values().flatten().map(|found_by| found_by.text.0.clone());
        let literals = patterns.values().filter_map(|known| match &known.search.as_ref()?.anchor {
            Some(Anchor::Literals(literals)) => Some(literals.iter().filter_map(Needle::of_literal)),
            _ => None,
        });
        let placed = of_phrases.chain(literals.flatten()).filter_map(|needle| match windows.get(&needle.hash())? {
            &(at, Some(bucket), _) => Some((needle, at, bucket)),
            _ => None,
        });
        let mut needles: Vec<_> = placed.collect();
        needles.sort_by_key(|(needle, ..)| (needle.hash(), needle.0.iter().map(|set| set.0).collect::<Vec<_>>()));
        needles.dedup();
        Ok(FoundBys { needles, phrases, of_rules, patterns: numbers, ways })
    }

    /// The number of a needle, if it has a place.
    fn number(&self, needle: &Needle) -> Option<u16> {
        let first = self.needles.partition_point(|(known, ..)| known.hash() < needle.hash());
        let number = first + self.needles[first..].iter().position(|(known, ..)| known == needle)?;
        u16::try_from(number).ok()
    }

    /// The source of the tables of needles and phrases.
    fn tables(&self) -> String {
        let mut sets = Sets::default();
        let mut out = String::from("pub(super) static NEEDLES: &[Prepared] = &[\n");
        for (needle, at, bucket) in &self.needles {
            let hash = needle.hash();
            let placement = needle.placement((*at).into());
            let mut keys = Vec::new();
            if let Some(width) = placement.width {
                spell(&placement.window[..width], |key| keys.push(key));
            }
            let Told { fixed, open } = Told::new(needle);
            let fixed = fixed.map(|Fixed { fold, mask, value }| format!("Fixed {{ fold: {fold}, mask: {mask}, value: {value} }}"));
            let of_needle: Vec<usize> = needle.0.iter().map(|set| sets.number(set)).collect();
            out += &format!(
                "Prepared {{ hash: {hash}, sets: &{of_needle:?}, at: {at}, bucket: {bucket}, width: {:?}, keys: &{keys:?}, told: Told {{ fixed: [{}], open: {open} }} }},\n",
                placement.width,
                fixed.join(", ")
            );
        }
        out += "];\n";
        out += &sets.table("pub(super) static SETS_OF_NEEDLES");
        out += "pub(super) static PHRASES: &[Phrase] = &[\n";
        for (text, phrase) in &self.phrases {
            let ways = [Kind::Key, Kind::Near].map(|kind| self.ways_of(text, kind).unwrap_or("None".to_owned())).join(", ");
            let Phrase { letters, ends, tail, .. } = phrase;
            let letters = bytes(letters);
            out += &format!("Phrase {{ letters: {letters}, ends: Cow::Borrowed(&{ends:?}), tail: {tail}, ways: [{ways}] }},\n");
        }
        out += "];\nstatic RULES: &[OfRule] = &[\n";
        let numbers: BTreeMap<&str, u16> = self.phrases.keys().map(String::as_str).zip(0..).collect();
        for (fields, patterns) in self.of_rules.iter().zip(&self.patterns) {
            let [keys, near, raise_near, lower_keys] =
                fields.each_ref().map(|texts| texts.iter().map(|text| numbers[text.as_str()]).collect::<Vec<_>>());
            out += &format!(
                "OfRule {{ keys: &{keys:?}, near: &{near:?}, raise_near: &{raise_near:?}, lower_keys: &{lower_keys:?}, patterns: {patterns:?} }},\n"
            );
        }
        out + "];\n"
    }

    /// How a phrase is found, where all of its needles have a place.
    fn ways_of(&self, text: &str, kind: Kind) -> Option<String> {
        let ways = self.ways.get(&(text.to_owned(), kind))?.iter().map(|FoundBy { text: (needle, length), first }| {
            Some(format!("Way {{ needle: {}, length: {length}, first: {first} }}", self.number(needle)?))
        });
        Some(format!("Some(&[{}])", ways.collect::<Option<Vec<_>>>()?.join(", ")))
    }
}

fn absolute(path: &Path) -> Result<String, Failure> {
    Ok(path.to_str().ok_or("a path is not UTF-8")?.to_owned())
}

fn write_pack(out: &mut String, pack: &Pack, numbers: &mut impl Iterator<Item = u16>) -> std::fmt::Result {
    writeln!(out, "Pack {{ name: Cow::Borrowed({:?}), rules: Cow::Borrowed(&[", pack.name())?;
    pack.rules().iter().zip(numbers).try_for_each(|(rule, number)| write_rule(out, rule, number))?;
    out.push_str("]) },\n");
    Ok(())
}

fn write_rule(out: &mut String, rule: &Rule, number: u16) -> std::fmt::Result {
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
    writeln!(out, "on_request: {}, number: Some({number}),", rule.on_request)?;
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
fn pattern_table(patterns: &mut BTreeMap<String, Analysis>, found_by: &FoundBys) -> String {
    let mut sets = Sets::default();
    for search in patterns.values_mut().filter_map(|analysis| analysis.search.as_mut()) {
        if let Some(Anchor::Literals(literals)) = &mut search.anchor {
            let number = |literal: &Literal| Needle::of_literal(literal).and_then(|needle| found_by.number(&needle));
            literals.to_mut().iter_mut().for_each(|literal| literal.needle = number(literal));
        }
    }
    let rows: String = patterns.values().map(|analysis| sets.analysis(analysis) + ",\n").collect();
    format!("{}\nstatic PATTERNS: &[Analysis] = &[\n{rows}];\n", sets.table("const SETS"))
}

/// Writes what was worked out of a pattern as Rust.
#[derive(Default)]
struct Sets(Vec<ByteSet>);

impl Sets {
    fn number(&mut self, set: &ByteSet) -> usize {
        self.0.iter().position(|known| known == set).unwrap_or_else(|| {
            self.0.push(*set);
            self.0.len() - 1
        })
    }

    fn set(&mut self, set: &ByteSet) -> String {
        format!("SETS[{}]", self.number(set))
    }

    fn table(&self, name: &str) -> String {
        let rows: String = self.0.iter().map(|set| format!("{set:?},\n")).collect();
        format!("{name}: &[ByteSet] = &[\n{rows}];\n")
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
                let literal = |Literal { places, offset, before, needle }: &Literal| {
                    let places = list(places.iter(), |set| self.set(set));
                    let before = self.set(before);
                    format!("Literal {{ places: {places}, offset: {offset:?}, before: {before}, needle: {needle:?} }}")
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
