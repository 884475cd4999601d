//! The corpus of `tests/data`: log lines in which it is marked what must be masked, and how well a redactor does on them.

#![allow(dead_code, reason = "each test and example that includes this module uses a part of it")]

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::{fs, io};

use logveil::Redactor;

/// A stream of one or a few lines.
pub struct Case {
    /// Its file and line, for people.
    pub place: String,
    pub kind: String,
    pub text: Vec<u8>,
    pub marked: Vec<Range<usize>>,
}

/// How well the cases of a kind come out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    pub cases: usize,
    /// Cases that come out just as they should.
    pub right: usize,
    pub secrets: usize,
    /// Secrets of which something is masked, and of which no long run is left.
    pub touched: usize,
    pub gone: usize,
    /// Bytes beside secrets, and how many of them stay.
    pub beside: usize,
    pub kept: usize,
}

impl Score {
    pub fn add(&mut self, other: Score) {
        self.cases += other.cases;
        self.right += other.right;
        self.secrets += other.secrets;
        self.touched += other.touched;
        self.gone += other.gone;
        self.beside += other.beside;
        self.kept += other.kept;
    }
}

/// The cases of every file of a folder.
pub fn cases(folder: &Path) -> io::Result<Vec<Case>> {
    let mut files: Vec<_> = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut kind = String::new();
        for (number, line) in (1..).zip(fs::read_to_string(&path)?.lines()) {
            if let Some(next) = line.strip_prefix("## kind: ") {
                kind = next.trim().to_owned();
            } else if !line.is_empty() && !line.starts_with("# ") {
                cases.push(Case::parse(line, &kind, format!("{name}:{number}")));
            }
        }
    }
    Ok(cases)
}

impl Case {
    fn parse(line: &str, kind: &str, place: String) -> Self {
        let mut case = Case { place, kind: kind.to_owned(), text: Vec::new(), marked: Vec::new() };
        // Each case has bodies of its own, and always the same ones.
        let mut random =
            Random(case.place.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)));
        let mut rest = line;
        while let Some(letter) = rest.chars().next() {
            if let Some((alphabet, count, length)) = body(rest) {
                case.text.extend((0..count).map(|_| random.one_of(alphabet)));
                rest = &rest[length..];
                continue;
            }
            match letter {
                '«' => case.marked.push(case.text.len()..case.text.len()),
                '»' => case.marked.iter_mut().next_back().into_iter().for_each(|marked| marked.end = case.text.len()),
                '⏎' => case.text.push(b'\n'),
                _ => case.text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
            }
            rest = &rest[letter.len_utf8()..];
        }
        case
    }

    /// Which bytes a redactor masks.
    pub fn masked(&self, redactor: &Redactor) -> Vec<bool> {
        let starts: Vec<usize> = std::iter::once(0).chain((1..=self.text.len()).filter(|&at| self.text[at - 1] == b'\n')).collect();
        let mut masked = vec![false; self.text.len()];
        let mut filter = redactor.filter().on_finding(|finding| {
            let start = starts[finding.line as usize - 1];
            masked[start + finding.span.start..start + finding.span.end].fill(true);
        });
        filter.push(&self.text, &mut Vec::new());
        filter.finish(&mut Vec::new());
        drop(filter);
        masked
    }

    /// How well it comes out when these bytes are masked.
    pub fn score(&self, masked: &[bool]) -> Score {
        let is_secret = |at: usize| self.marked.iter().any(|marked| marked.contains(&at));
        let beside: Vec<usize> = (0..self.text.len()).filter(|&at| !is_secret(at) && self.text[at] != b'\n').collect();
        // What is left of a secret: its longest run, which counts when it is longer than a third of it and four bytes.
        let left = |marked: &Range<usize>| {
            let longest = masked[marked.clone()].split(|&masked| masked).map(<[bool]>::len).max().unwrap_or(0);
            longest > (marked.len() / 3).max(4).min(marked.len() - 1)
        };
        let gone = self.marked.iter().filter(|marked| !left(marked)).count();
        let kept = beside.iter().filter(|&&at| !masked[at]).count();
        let whole = self.marked.iter().all(|marked| marked.clone().all(|at| masked[at] || self.text[at] == b'\n'));
        Score {
            cases: 1,
            right: usize::from(whole && kept == beside.len()),
            secrets: self.marked.len(),
            touched: self.marked.iter().filter(|marked| masked[(*marked).clone()].iter().any(|&masked| masked)).count(),
            gone,
            beside: if self.marked.is_empty() { 0 } else { beside.len() },
            kept: if self.marked.is_empty() { 0 } else { kept },
        }
    }

    /// Whether it holds nothing that must be masked.
    pub fn is_negative(&self) -> bool {
        self.marked.is_empty()
    }
}

/// The scores of all cases by kind.
pub fn by_kind(cases: &[Case], redactor: &Redactor) -> BTreeMap<String, Score> {
    let mut kinds: BTreeMap<String, Score> = BTreeMap::new();
    for case in cases {
        kinds.entry(case.kind.clone()).or_default().add(case.score(&case.masked(redactor)));
    }
    kinds
}

/// `{alnum:36}` at the beginning of a text: its letters, how many, and how long the text is that says so.
fn body(text: &str) -> Option<(&'static [u8], usize, usize)> {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let (name, rest) = text.strip_prefix('{')?.split_once(':')?;
    let (count, _) = rest.split_once('}')?;
    let alphabet: &[u8] = match name {
        "alnum" => LETTERS,
        "hex" => b"0123456789abcdef",
        "HEX" => b"0123456789ABCDEF",
        "b64" => b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/",
        "b64url" => b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
        "digits" => b"0123456789",
        "lower" => &LETTERS[..26],
        "upper" => &LETTERS[26..52],
        "base32" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "base58" => b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
        _ => return None,
    };
    Some((alphabet, count.parse().ok()?, name.len() + count.len() + 3))
}

/// xorshift.
struct Random(u64);

impl Random {
    fn one_of(&mut self, letters: &[u8]) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        letters[(self.0 >> 33) as usize % letters.len()]
    }
}
