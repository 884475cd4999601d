//! Writes what the fuzzers begin with: `seeds FOLDER` makes a file for each example of the built-in packs, in a folder
//! for each target, and a dictionary of the texts that their rules look for.
//!
//! Bodies such as `{alnum:36}` are made up, always the same. Check digits are not made right: that the fuzzer breaks and
//! mends other parts is enough.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use logveil::{Pack, Rule};
use regex_syntax::hir::{Hir, HirKind};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).ok_or("which folder?")?;
    let folder = Path::new(&folder);
    let mut words = BTreeSet::new();
    let mut seeds = Vec::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../patterns"))? {
        let path = entry?.path();
        let pack = Pack::parse(&path.display().to_string(), &fs::read_to_string(&path)?)?;
        for rule in pack.rules() {
            collect_words(rule, &mut words)?;
            let texts = rule.examples.iter().chain(rule.counterexamples.iter());
            seeds.extend((0..).zip(texts).map(|(number, text)| (format!("{}-{number}", rule.id), generate(text))));
        }
    }
    // The five bytes with which `cuts` begins: not a long line, reads of two lengths.
    for (target, head) in [("fast_equals_reference", &b""[..]), ("cuts", b"\x01\0\0\x06\x0b")] {
        let corpus = folder.join("corpus").join(target);
        fs::create_dir_all(&corpus)?;
        seeds.iter().try_for_each(|(name, text)| fs::write(corpus.join(name), [head, text.as_bytes()].concat()))?;
    }
    fs::write(folder.join("dictionary"), dictionary(&words)?)?;
    println!("{} seeds, {} words", seeds.len(), words.len());
    Ok(())
}

/// The texts in a rule's patterns, its keys and its context.
fn collect_words(rule: &Rule, words: &mut BTreeSet<Vec<u8>>) -> Result<(), Box<dyn Error>> {
    for pattern in [&rule.pattern, &rule.begin, &rule.end].into_iter().flatten() {
        collect_literals(&regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern)?, words);
    }
    let phrases = [&rule.keys, &rule.near, &rule.raise_near, &rule.lower_keys];
    words.extend(phrases.iter().flat_map(|phrases| phrases.iter()).map(|phrase| phrase.as_bytes().to_vec()));
    Ok(())
}

fn collect_literals(hir: &Hir, words: &mut BTreeSet<Vec<u8>>) {
    match hir.kind() {
        HirKind::Literal(literal) => drop(words.insert(literal.0.to_vec())),
        HirKind::Repetition(repetition) => collect_literals(&repetition.sub, words),
        HirKind::Capture(capture) => collect_literals(&capture.sub, words),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().for_each(|part| collect_literals(part, words)),
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => {}
    }
}

/// As libFuzzer reads it.
fn dictionary(words: &BTreeSet<Vec<u8>>) -> Result<String, std::fmt::Error> {
    const SYNTAX: [&[u8]; 14] = [
        b"=",
        b"\":\"",
        b"\\\":\\\"",
        b"%3D",
        b"%22",
        b"\\u003d",
        b"\\x22",
        b"\\n",
        b"\x1b[31m",
        b"://u:",
        b"@",
        b"{\"",
        b"': [",
        b"-----",
    ];
    let mut text = String::new();
    for word in words.iter().map(Vec::as_slice).filter(|word| word.len() > 1).chain(SYNTAX) {
        text.push('"');
        for &byte in word {
            match byte {
                b'"' | b'\\' => write!(text, "\\{}", char::from(byte))?,
                b' '..=b'~' => text.push(char::from(byte)),
                _ => write!(text, "\\x{byte:02X}")?,
            }
        }
        text.push_str("\"\n");
    }
    Ok(text)
}

/// An example without its marks, each `{kind:n}` replaced by n letters of that kind.
fn generate(example: &str) -> String {
    let mut out = String::new();
    let mut rest = example;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let body = after.split_once('}').and_then(|(body, after)| {
            let (kind, length) = body.split_once(':')?;
            Some((alphabet(kind)?, length.parse::<usize>().ok()?, after))
        });
        if let Some((alphabet, length, after)) = body {
            // A step that has no divisor in common with the lengths of the alphabets goes through all of them.
            out.extend((0..length).map(|at| char::from(alphabet[(at * 47 + length) % alphabet.len()])));
            rest = after;
        } else {
            out.push('{');
            rest = after;
        }
    }
    out.push_str(rest);
    out.replace(['«', '»'], "")
}

fn alphabet(kind: &str) -> Option<&'static [u8]> {
    const ALL: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    Some(match kind {
        "lower" => &ALL[..26],
        "upper" => &ALL[26..52],
        "alpha" => &ALL[..52],
        "alnum" | "base62" | "b64" => &ALL[..62],
        "digits" => &ALL[52..62],
        "b64url" => ALL,
        "hex" => b"0123456789abcdef",
        "HEX" => b"0123456789ABCDEF",
        "base32" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        _ => return None,
    })
}
