//! A pack's own examples: what stands between « and » must be masked, no more and no less.
//!
//! Bodies such as `{alnum:36}` are generated, always the same, so that no file holds a text that looks like a live
//! token; where the rule names a check that can complete a body, its check characters are made right.

use std::fmt;
use std::path::Path;

use crate::check;
use crate::error::Error;
use crate::pack::{Confidence, Pack, Rule};
use crate::policy::Policy;
use crate::redact::Redactor;
use crate::scan::{Cache, Span};
use crate::stream::StreamState;

/// An example that a rule does not keep.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExampleFailure {
    /// The rule's id.
    pub rule: String,
    /// Which of its examples or counterexamples, from 1, and in which surroundings.
    pub example: String,
    /// What was expected and what came.
    pub reason: String,
}

impl fmt::Display for ExampleFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.rule, self.example, self.reason)
    }
}

/// Runs the examples and counterexamples of a pack against the built-in packs and the pack itself, at threshold `low`.
///
/// Rules on request are in force for the examples of such rules of the pack alone, all of these together.
///
/// A pack that has the name of a built-in one, as the stem of a path or by itself, takes its place.
///
/// Each example is tried in eight surroundings: alone, in a JSON string behind `\n`, behind `\u003d`, percent-encoded,
/// behind an ANSI colour, in quotes, and at both edges of a tile of 8 KiB.
///
/// # Errors
/// When the pack does not compile, or an example cannot be read (a « without a », an unknown generator).
pub fn test_pack(pack: &Pack) -> Result<Vec<ExampleFailure>, Error> {
    let stem = Path::new(pack.name()).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let policy = Policy::default().min_confidence(Confidence::Low);
    let of = |policy| Redactor::builder().policy(policy).in_place_of(stem, pack.clone()).build();
    let redactor = of(policy.clone())?;
    let on_request: Vec<&str> = pack.rules().iter().filter(|rule| rule.on_request).map(|rule| rule.id.as_ref()).collect();
    let asked = if on_request.is_empty() { None } else { Some(of(policy.asking_for(on_request))?) };
    let mut failures = Vec::new();
    for rule in pack.rules() {
        let place = |error: Error| error.at(format!("rule {}", rule.id)).at(format!("pack {}", pack.name()));
        let redactor = asked.as_ref().filter(|_| rule.on_request).unwrap_or(&redactor);
        test_rule(redactor, rule, &mut failures).map_err(place)?;
    }
    Ok(failures)
}

fn test_rule(redactor: &Redactor, rule: &Rule, failures: &mut Vec<ExampleFailure>) -> Result<(), Error> {
    let mut fail = |example: String, reason: String| failures.push(ExampleFailure { rule: rule.id.to_string(), example, reason });
    if rule.examples.is_empty() || rule.counterexamples.is_empty() {
        fail("examples".to_owned(), "a rule has examples and counterexamples".to_owned());
    }
    for (number, text) in (1..).zip(rule.examples.iter()) {
        let example = Example::parse(text, rule, number)?;
        for surroundings in Surroundings::ALL {
            let wrapped = surroundings.wrap(&example);
            if let Err(reason) = holds(redactor, rule, &wrapped) {
                fail(format!("example {number} {}", surroundings.name()), reason);
            }
        }
    }
    for (number, text) in (1..).zip(rule.counterexamples.iter()) {
        let example = Example::parse(text, rule, number)?;
        let touched = masked(redactor, &example.text);
        if let Some((span, id)) = touched.first() {
            fail(format!("counterexample {number}"), format!("{id} masks bytes {}..{}", span.start, span.end));
        }
    }
    Ok(())
}

/// Are exactly the marked bytes masked, under a label that the rule allows?
fn holds(redactor: &Redactor, rule: &Rule, example: &Example) -> Result<(), String> {
    let touched = masked(redactor, &example.text);
    let spans: Vec<Span> = touched.iter().map(|(span, _)| *span).collect();
    if spans != example.marked {
        let show = |spans: &[Span]| spans.iter().map(|span| format!("{}..{}", span.start, span.end)).collect::<Vec<_>>().join(", ");
        let by = touched.iter().map(|(_, id)| id.as_str()).collect::<Vec<_>>().join(", ");
        return Err(format!("bytes {} should be masked, but {} are (by {by})", show(&example.marked), show(&spans)));
    }
    match touched.iter().find(|(_, id)| *id != rule.id && !rule.also.iter().any(|also| also == id)) {
        Some((_, id)) => Err(format!("{id} claims it; if it may, name it in `also`")),
        None => Ok(()),
    }
}

/// What is masked in a text, with the rule that labels it. Spans are those of the text, across its lines.
fn masked(redactor: &Redactor, text: &[u8]) -> Vec<(Span, String)> {
    let line_starts: Vec<usize> = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|at| at + 1)).collect();
    let mut found = Vec::new();
    let (mut state, mut cache, mut out) = (StreamState::default(), Cache::default(), Vec::new());
    redactor.redact_with(text, &mut state, &mut cache, &mut out, |finding| {
        let start = line_starts[finding.line as usize - 1];
        found.push((Span { start: start + finding.span.start, end: start + finding.span.end }, finding.rule.to_owned()));
    });
    found
}

/// A text and the parts of it that must be masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Example {
    pub(crate) text: Vec<u8>,
    pub(crate) marked: Vec<Span>,
}

impl Example {
    /// Reads « », generates bodies, and completes marked text where the rule's check can. A marked text of several
    /// lines is a mark on each of them.
    pub(crate) fn parse(text: &str, rule: &Rule, number: u64) -> Result<Self, Error> {
        let complete = rule.check.as_deref().and_then(check::find).and_then(|validator| validator.complete);
        let mut example = Example::default();
        let mut numbers = Numbers::new(&rule.id, number);
        let mut rest = text;
        while let Some((before, marked)) = rest.split_once('«') {
            let (marked, after) = marked.split_once('»').ok_or_else(|| Error::new(format!("example {number} has a « without a »")))?;
            example.text.extend(generate(before, &mut numbers)?);
            let mut secret = generate(marked, &mut numbers)?;
            if let Some(complete) = complete.filter(|_| marked.contains('{')) {
                complete(&mut secret);
            }
            let mut start = example.text.len();
            for line in secret.split(|&byte| byte == b'\n') {
                if !line.is_empty() {
                    example.marked.push(Span { start, end: start + line.len() });
                }
                start += line.len() + 1;
            }
            example.text.extend(secret);
            rest = after;
        }
        example.text.extend(generate(rest, &mut numbers)?);
        Ok(example)
    }

    /// The example rewritten byte by byte, with something around it.
    fn rewritten(&self, before: &str, after: &str, rewrite: impl Fn(u8, &mut Vec<u8>)) -> Example {
        let mut text = before.as_bytes().to_vec();
        let mut places = Vec::with_capacity(self.text.len() + 1);
        for &byte in &self.text {
            places.push(text.len());
            rewrite(byte, &mut text);
        }
        places.push(text.len());
        text.extend_from_slice(after.as_bytes());
        let marked = self.marked.iter().map(|span| Span { start: places[span.start], end: places[span.end] }).collect();
        Example { text, marked }
    }

    /// Spans that a rewritten line break has brought together.
    fn joined(mut self, original: &[u8], gap: usize) -> Example {
        if original.contains(&b'\n') {
            let mut joined: Vec<Span> = Vec::new();
            for span in self.marked {
                match joined.last_mut() {
                    Some(last) if span.start <= last.end + gap => last.end = span.end,
                    _ => joined.push(span),
                }
            }
            self.marked = joined;
        }
        self
    }
}

/// Replaces each `{kind:n}`.
fn generate(text: &str, numbers: &mut Numbers) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.extend_from_slice(before.as_bytes());
        let generator = after.split_once('}').and_then(|(inner, after)| {
            let (kind, length) = inner.split_once(':')?;
            (kind.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !kind.is_empty()).then_some((
                kind,
                length.parse::<usize>().ok()?,
                after,
            ))
        });
        match generator {
            Some((kind, length, after)) => {
                let alphabet = alphabet(kind).ok_or_else(|| Error::new(format!("no generator is called {kind:?}")))?;
                out.extend((0..length).map(|_| alphabet[numbers.below(alphabet.len())]));
                rest = after;
            }
            None => {
                out.push(b'{');
                rest = after;
            }
        }
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

fn alphabet(kind: &str) -> Option<&'static [u8]> {
    const ALL: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+/";
    Some(match kind {
        "lower" => &ALL[..26],
        "upper" => &ALL[26..52],
        "alpha" => &ALL[..52],
        "alnum" | "base62" => &ALL[..62],
        "digits" => &ALL[52..62],
        "b64url" => &ALL[..64],
        "b64" => b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/",
        "hex" => b"0123456789abcdef",
        "HEX" => b"0123456789ABCDEF",
        "base32" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "base58" => b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
        "bech32" => b"qpzry9x8gf2tvdw0s3jn54khce6mua7l",
        "BECH32" => b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
        _ => return None,
    })
}

/// Numbers that depend on the rule and the example alone (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn new(rule: &str, number: u64) -> Self {
        Numbers(rule.bytes().fold(number, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte))))
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

/// Where an example is put, since a secret seldom comes alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surroundings {
    Alone,
    JsonNewline,
    JsonEquals,
    Percent,
    Ansi,
    Quoted,
    TileStart,
    TileEnd,
}

impl Surroundings {
    pub(crate) const ALL: [Surroundings; 8] = [
        Surroundings::Alone,
        Surroundings::JsonNewline,
        Surroundings::JsonEquals,
        Surroundings::Percent,
        Surroundings::Ansi,
        Surroundings::Quoted,
        Surroundings::TileStart,
        Surroundings::TileEnd,
    ];

    /// Whether little is put around the example.
    #[cfg(test)]
    pub(crate) fn is_short(self) -> bool {
        !matches!(self, Surroundings::TileStart | Surroundings::TileEnd)
    }

    fn name(self) -> &'static str {
        match self {
            Surroundings::Alone => "alone",
            Surroundings::JsonNewline => "in a JSON string behind \\n",
            Surroundings::JsonEquals => "in a JSON string behind \\u003d",
            Surroundings::Percent => "percent-encoded",
            Surroundings::Ansi => "behind an ANSI colour",
            Surroundings::Quoted => "in quotes",
            Surroundings::TileStart => "across the start of a tile",
            Surroundings::TileEnd => "across the end of a tile",
        }
    }

    pub(crate) fn wrap(self, example: &Example) -> Example {
        const TILE: usize = 8192;
        let as_is = |byte: u8, out: &mut Vec<u8>| out.push(byte);
        let padded = |length: usize| example.rewritten(&"x ".repeat(length.div_ceil(2))[length % 2..], " x", as_is);
        match self {
            Surroundings::Alone => example.clone(),
            Surroundings::JsonNewline => example.rewritten("{\"msg\":\"a\\n", "\",\"n\":1}", json_escaped).joined(&example.text, 2),
            Surroundings::JsonEquals => example.rewritten("{\"msg\":\"a\\u003d", "\\u0026n=1\"}", json_escaped).joined(&example.text, 2),
            Surroundings::Percent => example.rewritten("GET /?q=", "&n=1", percent_encoded).joined(&example.text, 3),
            Surroundings::Ansi => example.rewritten("\x1b[1;31m", "\x1b[0m", as_is),
            Surroundings::Quoted => {
                let quote = ["\"", "'", "`"].into_iter().find(|quote| !example.text.contains(&quote.as_bytes()[0])).unwrap_or(" ");
                example.rewritten(quote, quote, as_is)
            }
            Surroundings::TileStart => padded(TILE - 1 - example.marked.first().map_or(0, |span| span.start)),
            Surroundings::TileEnd => padded(TILE + 1 - example.marked.last().map_or(0, |span| span.end).min(TILE)),
        }
    }
}

fn json_escaped(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' | b'\\' => out.extend([b'\\', byte]),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        _ => out.push(byte),
    }
}

/// As form encoders do it: everything but unreserved bytes (RFC 3986, section 2.3).
fn percent_encoded(byte: u8, out: &mut Vec<u8>) {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        out.push(byte);
    } else {
        out.extend_from_slice(format!("%{byte:02X}").as_bytes());
    }
}

/// The matches of a scanner in one line, sorted: what the two scanners must agree on.
#[cfg(test)]
pub(crate) fn matches_of(redactor: &Redactor, line: &[u8], cache: &mut Cache) -> Vec<crate::scan::Match> {
    redactor.find(line, cache);
    let mut matches = cache.matches.clone();
    matches.sort_unstable_by_key(|found| (found.span, found.rule, found.confidence));
    matches.dedup();
    matches
}
