//! Turns `patterns/*.toml` into tables, so that nothing is parsed when a program starts.
//!
//! Prose and examples stay behind; the command line embeds the files themselves for `rules show` and `rules test`.

#[path = "src/error.rs"]
#[allow(dead_code)]
mod error;
#[path = "src/pack.rs"]
#[allow(dead_code)]
mod pack;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use pack::{Pack, Rule, Text};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    println!("cargo::rerun-if-changed=patterns");
    println!("cargo::rerun-if-changed=src/pack.rs");
    println!("cargo::rerun-if-changed=src/error.rs");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut files: Vec<PathBuf> =
        fs::read_dir(root.join("patterns"))?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();

    let mut tables = String::from("pub(crate) static PACKS: &[Pack] = &[\n");
    let mut sources = String::from("pub(crate) static SOURCES: &[(&str, &str)] = &[\n");
    for path in &files {
        let name = path.file_stem().and_then(|stem| stem.to_str()).ok_or("a pack's file name is not UTF-8")?;
        let pack = Pack::parse(name, &fs::read_to_string(path)?).map_err(|error| error.to_string())?;
        write_pack(&mut tables, &pack)?;
        writeln!(sources, "    ({name:?}, include_str!({:?})),", absolute(path)?)?;
    }
    tables.push_str("];\n");
    sources.push_str("];\n");
    fs::write(out.join("packs.rs"), tables)?;
    fs::write(out.join("sources.rs"), sources)?;
    Ok(())
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
    writeln!(out, "pattern: {}, digits: {},", optional(&rule.pattern), texts(&rule.digits))?;
    writeln!(out, "keys: {}, not_keys: {}, value: {},", texts(&rule.keys), texts(&rule.not_keys), optional(&rule.value))?;
    writeln!(out, "begin: {}, end: {},", optional(&rule.begin), optional(&rule.end))?;
    writeln!(
        out,
        "check: {}, confidence: Confidence::{:?}, boundary: Boundary::{:?},",
        optional(&rule.check),
        rule.confidence,
        rule.boundary
    )?;
    writeln!(out, "near: {}, raise_near: {},", texts(&rule.near), texts(&rule.raise_near))?;
    writeln!(out, "reference: NO_TEXT, examples: NO_TEXTS, counterexamples: NO_TEXTS, also: NO_TEXTS }},")
}
