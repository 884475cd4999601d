//! Rules as written → rules as matched. Every mistake in a pack surfaces here, with the rule's id and a reason.

use std::collections::HashMap;
use std::ops::Index;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_syntax::hir::Hir;

use super::anchor::{Anchor, ByteSet, anchor, elements, tail, window};
use super::block::Block;
use super::digits::Shape;
use super::words::Phrase;
use crate::check::{self, Validator};
use crate::error::Error;
use crate::pack::{Boundary, Class, Confidence, Pack, Rule as Written};

/// The longest match of a pattern without its last class run. Pieces of long lines overlap by more than this.
pub(crate) const LONGEST: usize = 16 * 1024;

/// Every rule of a scanner, in pack order.
pub(crate) struct Rules {
    rules: Vec<Rule>,
    by_id: HashMap<String, u16>,
    /// The rules of keys, by the last letter that a key must have to be one of theirs.
    keys_by_letter: HashMap<u8, Vec<u16>>,
}

/// A rule, compiled.
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) class: Class,
    pub(crate) confidence: Confidence,
    pub(crate) boundary: Boundary,
    pub(crate) check: Option<&'static Validator>,
    pub(crate) near: Vec<Phrase>,
    pub(crate) raise_near: Vec<Phrase>,
    /// The class that a pattern without a longest match ends with.
    pub(crate) tail: Option<ByteSet>,
    pub(crate) shape: RuleShape,
}

/// The four shapes of rules.
pub(crate) enum RuleShape {
    Pattern(Pattern),
    Digits(Vec<Shape>),
    Keys { keys: Vec<Phrase>, not_keys: Vec<NotKey>, value: ValueKind },
    Block(Block),
}

/// A pattern and where to look for it.
pub(crate) struct Pattern {
    pub(crate) regex: Regex,
    /// Index of the group `secret`, or 0 for the whole match.
    pub(crate) group: usize,
    pub(crate) anchor: Anchor,
    /// What the first bytes of a match may be: cheaper to ask than the regex.
    pub(crate) window: Vec<ByteSet>,
}

impl Pattern {
    /// Could a match begin at `start`, by its first bytes?
    pub(crate) fn may_begin(&self, line: &[u8], start: usize) -> bool {
        let text = &line[start..];
        text.len() >= self.window.len() && self.window.iter().zip(text).all(|(set, &byte)| set.contains(byte))
    }
}

/// A whole key that is not one.
pub(crate) enum NotKey {
    Exactly(Vec<u8>),
    Words(Phrase),
}

/// What the value beside a key must be.
pub(crate) enum ValueKind {
    Any,
    Token,
    Pattern { regex: Regex, group: usize },
}

impl Index<u16> for Rules {
    type Output = Rule;

    fn index(&self, index: u16) -> &Rule {
        &self.rules[usize::from(index)]
    }
}

impl Rules {
    pub(crate) fn new(packs: &[Pack]) -> Result<Self, Error> {
        let mut rules = Vec::new();
        let mut by_id = HashMap::new();
        for pack in packs {
            for written in pack.rules() {
                let place = |error: Error| error.at(format!("rule {}", written.id)).at(format!("pack {}", pack.name()));
                let index = u16::try_from(rules.len()).map_err(|_| Error::new("too many rules"))?;
                rules.push(Rule::new(written).map_err(place)?);
                if by_id.insert(written.id.to_string(), index).is_some() {
                    return Err(place(Error::new("a rule of this id exists already").remedy("give one of the two another id")));
                }
            }
        }
        let mut keys_by_letter: HashMap<u8, Vec<u16>> = HashMap::new();
        for (index, rule) in (0..).zip(&rules) {
            let RuleShape::Keys { keys, .. } = &rule.shape else { continue };
            for phrase in keys {
                let list = keys_by_letter.entry(phrase.last_letter()).or_default();
                if list.last() != Some(&index) {
                    list.push(index);
                }
            }
        }
        Ok(Rules { rules, by_id, keys_by_letter })
    }

    /// The rules of keys that a key whose last letter is this one may match, in pack order.
    pub(crate) fn for_key_ending_in(&self, letter: u8) -> impl Iterator<Item = (u16, &Rule)> {
        let list = self.keys_by_letter.get(&letter.to_ascii_lowercase());
        list.into_iter().flatten().map(|&index| (index, &self[index]))
    }

    pub(crate) fn len(&self) -> usize {
        self.rules.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u16, &Rule)> {
        (0..).zip(&self.rules)
    }

    pub(crate) fn index_of(&self, id: &str) -> Option<u16> {
        self.by_id.get(id).copied()
    }
}

impl Rule {
    fn new(written: &Written) -> Result<Self, Error> {
        let id_is_fine =
            |id: &str| id.len() <= 64 && !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !id_is_fine(&written.id) {
            return Err(Error::new("an id is 1 to 64 lower-case letters, digits and dashes"));
        }
        let check = match &written.check {
            None => None,
            Some(name) => Some(check::find(name).ok_or_else(|| Error::new(format!("no check is called {name:?}")))?),
        };
        let near = phrases("near", &written.near)?;
        let (shape, tail) = shape(written, check.is_some(), &near)?;
        Ok(Rule {
            id: written.id.to_string(),
            class: written.class,
            confidence: written.confidence,
            boundary: written.boundary,
            check,
            near,
            raise_near: phrases("raise_near", &written.raise_near)?,
            tail,
            shape,
        })
    }

    /// The pattern that a match begins with, if the rule has one.
    pub(crate) fn pattern(&self) -> Option<&Pattern> {
        match &self.shape {
            RuleShape::Pattern(pattern) | RuleShape::Block(Block { begin: pattern, .. }) => Some(pattern),
            _ => None,
        }
    }

    pub(crate) fn block(&self) -> Option<&Block> {
        match &self.shape {
            RuleShape::Block(block) => Some(block),
            _ => None,
        }
    }
}

fn phrases(field: &str, texts: &[impl AsRef<str>]) -> Result<Vec<Phrase>, Error> {
    texts
        .iter()
        .map(|text| Phrase::parse(text.as_ref()).ok_or_else(|| Error::new(format!("{field} holds a text without a word"))))
        .collect()
}

/// Exactly one shape, and only the fields that go with it.
fn shape(written: &Written, checked: bool, near: &[Phrase]) -> Result<(RuleShape, Option<ByteSet>), Error> {
    let shapes =
        [written.pattern.is_some(), !written.digits.is_empty(), !written.keys.is_empty(), written.begin.is_some() || written.end.is_some()];
    if shapes.iter().filter(|&&given| given).count() != 1 {
        return Err(Error::new("a rule has exactly one of `pattern`, `digits`, `keys`, `begin` with `end`"));
    }
    if written.keys.is_empty() && (written.value.is_some() || !written.not_keys.is_empty()) {
        return Err(Error::new("`value` and `not_keys` go with `keys`"));
    }
    if let Some(pattern) = &written.pattern {
        let (pattern, tail) = Pattern::new(pattern, checked, near)?;
        return Ok((RuleShape::Pattern(pattern), tail));
    }
    if !written.digits.is_empty() {
        if !checked && near.is_empty() {
            return Err(Error::new("digits without a check would match any number")
                .remedy("add `check`, or `near` words that must stand beside it"));
        }
        let shapes = written.digits.iter().map(|text| Shape::parse(text)).collect::<Result<_, _>>()?;
        return Ok((RuleShape::Digits(shapes), None));
    }
    if !written.keys.is_empty() {
        let value = match written.value.as_deref() {
            None | Some("any") => ValueKind::Any,
            Some("token") => ValueKind::Token,
            Some(pattern) => {
                let (regex, group, _) = regex(pattern)?;
                ValueKind::Pattern { regex, group }
            }
        };
        let not_keys = written.not_keys.iter().map(|text| NotKey::parse(text)).collect::<Result<_, _>>()?;
        return Ok((RuleShape::Keys { keys: phrases("keys", &written.keys)?, not_keys, value }, None));
    }
    match (&written.begin, &written.end) {
        (Some(begin), Some(end)) => {
            let (begin, _) = Pattern::new(begin, checked, near)?;
            let (end, _, end_hir) = regex(end)?;
            if end_hir.properties().maximum_len().is_none_or(|longest| longest > LONGEST) {
                return Err(Error::new("`end` has no longest match"));
            }
            Ok((RuleShape::Block(Block { begin, end }), None))
        }
        _ => Err(Error::new("a block needs both `begin` and `end`")),
    }
}

impl NotKey {
    /// Is this what the whole key says?
    pub(crate) fn is(&self, key: &[u8]) -> bool {
        match self {
            NotKey::Exactly(text) => key == text,
            NotKey::Words(phrase) => phrase.is_all_of(key),
        }
    }

    fn parse(text: &str) -> Result<Self, Error> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Ok(NotKey::Exactly(text.as_bytes().to_vec()));
        }
        Phrase::parse(text).map(NotKey::Words).ok_or_else(|| Error::new("not_keys holds a text without a word"))
    }
}

impl Pattern {
    fn new(text: &str, checked: bool, near: &[Phrase]) -> Result<(Self, Option<ByteSet>), Error> {
        let (regex, group, hir) = regex(text)?;
        let elements = elements(&hir);
        let tail = tail(&elements)?;
        let longest = hir.properties().maximum_len();
        let anchor = anchor(&elements, longest, checked, near)?;
        Ok((Pattern { regex, group, anchor, window: window(&hir) }, tail))
    }
}

/// Parses and compiles a pattern; answers also the index of its group `secret`.
fn regex(text: &str) -> Result<(Regex, usize, Hir), Error> {
    let hir = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(text)
        .map_err(|error| Error::new(format!("the pattern does not compile: {}", reason(&error))))?;
    if !hir.properties().look_set().is_empty() {
        return Err(Error::new("the pattern looks around itself (`^`, `$`, `\\b`)")
            .remedy("boundaries are the engine's: leave them out, or set `boundary`"));
    }
    if hir.properties().minimum_len() == Some(0) {
        return Err(Error::new("the pattern matches the empty text"));
    }
    let regex = Regex::builder()
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .configure(
            Regex::config()
                .utf8_empty(false)
                .nfa_size_limit(Some(10 << 20))
                .hybrid_cache_capacity(256 << 10)
                .onepass_size_limit(Some(256 << 10)),
        )
        .build_from_hir(&hir)
        .map_err(|_| Error::new("the pattern is too large").remedy("shorten its counted repetitions"))?;
    let group = regex.group_info().to_index(regex_automata::PatternID::ZERO, "secret").unwrap_or(0);
    Ok((regex, group, hir))
}

/// What the parser says, without the lines that it draws below the pattern.
fn reason(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string().lines().next().unwrap_or_default().to_owned(),
    }
}
