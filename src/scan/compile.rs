//! Rules as written → rules as matched. Every mistake in a pack surfaces here, with the rule's id and a reason.

use std::borrow::Cow;
use std::ops::Index;

use foldhash::{HashMap, HashMapExt};

use super::analysis::{self, Analysis, Search};
use super::anchor::{Anchor, LONGEST, Lead};
use super::block::Block;
use super::boundary;
use super::byte_set::ByteSet;
use super::digits::Shape;
use super::kernel::Sieve;
use super::matcher::{self, Matcher};
use super::steps::{self, Steps};
use super::tables::{self, Field, OfRule};
use super::words::{self, Phrase};
use crate::check::{self, Validator};
use crate::error::Error;
use crate::pack::{Boundary, Class, Confidence, Pack, Rule as Written, Text};

/// Every rule of a scanner, in pack order.
pub(crate) struct Rules {
    rules: Vec<Rule>,
    by_id: HashMap<Text, u16>,
    any_encoded: bool,
}

/// A rule, compiled.
pub(crate) struct Rule {
    pub(crate) id: Text,
    pub(crate) class: Class,
    pub(crate) confidence: Confidence,
    pub(crate) boundary: Boundary,
    pub(crate) check: Option<&'static Validator>,
    pub(crate) near: Phrases,
    pub(crate) raise_near: Phrases,
    pub(crate) lower_keys: Phrases,
    /// The class that a pattern without a longest match ends with.
    pub(crate) tail: Option<ByteSet>,
    pub(crate) shape: RuleShape,
    /// Whether a match is encoded text, which counts only if something is found in it.
    pub(crate) encoded: bool,
    begins_word: bool,
}

/// The four shapes of rules.
pub(crate) enum RuleShape {
    Pattern(Pattern),
    Digits(Vec<Shape>),
    Keys { keys: Phrases, not_keys: Vec<NotKey>, value: ValueKind },
    Block(Block),
}

/// A pattern and where to look for it.
pub(crate) struct Pattern {
    pub(crate) matcher: Matcher,
    pub(crate) anchor: Anchor,
    /// What the first bytes of a match may be: cheaper to ask than the matcher.
    pub(crate) window: Cow<'static, [ByteSet]>,
    pub(crate) lead: Lead,
    /// Whether what gives the places where it may begin has looked at the first bytes there, of starts 16, of needles 18.
    is_told: bool,
    /// What stands from the anchor on, when the start of a match is not known from it.
    from_anchor: Option<Steps>,
    /// A byte that every match holds behind its first ones, and that is rare in logs; and how long a match is at most.
    rare: Option<(u8, usize)>,
    longest: Option<usize>,
    /// What the value behind a match must be, if the pattern is what stands before one.
    pub(crate) value: Option<Box<ValueKind>>,
}

impl Pattern {
    /// Could a match begin at `start`, by its first bytes, and by one behind them?
    pub(crate) fn may_begin(&self, line: &[u8], start: usize) -> bool {
        let text = &line[start..];
        let fits = || text.len() >= self.window.len() && self.window.iter().zip(text).all(|(set, &byte)| set.contains(byte));
        (self.is_told || fits()) && self.rare.is_none_or(|(rare, longest)| memchr::memchr(rare, &text[..text.len().min(longest)]).is_some())
    }

    /// Could a match hold the anchor literal that stands at `at`, by what follows there? It spares trying each start.
    pub(crate) fn may_hold(&self, line: &[u8], at: usize) -> bool {
        self.from_anchor.as_ref().is_none_or(|steps| steps::walk(steps, line, at).is_some())
    }
}

/// The phrases of keys, or of the text around something.
#[derive(Debug)]
pub(crate) enum Phrases {
    /// Of a rule of the built-in packs: their places in a table.
    Known(&'static [u16]),
    Own(Vec<Phrase>),
}

/// A whole key that is not one.
pub(crate) enum NotKey {
    Exactly(Vec<u8>),
    Words(Phrase),
}

/// What the value beside a key must be.
pub(crate) enum ValueKind {
    /// Whatever stands there, a remark, a placeholder or a literal as well.
    Everything,
    Any,
    Token,
    Secret,
    Credential,
    Pattern(Matcher),
}

impl Index<u16> for Rules {
    type Output = Rule;

    fn index(&self, index: u16) -> &Rule {
        &self.rules[usize::from(index)]
    }
}

impl Rules {
    pub(crate) fn new(packs: &[Pack]) -> Result<Self, Error> {
        let count = packs.iter().map(|pack| pack.rules().len()).sum();
        let mut rules = Vec::with_capacity(count);
        let mut by_id = HashMap::with_capacity(count);
        let checks = check::all().map(|validator| (validator.name, validator)).collect();
        for pack in packs {
            for written in pack.rules() {
                let place = |error: Error| error.at(format!("rule {}", written.id)).at(format!("pack {}", pack.name()));
                let index = u16::try_from(rules.len()).map_err(|_| Error::new("too many rules"))?;
                rules.push(Rule::new(written, &checks).map_err(place)?);
                if by_id.insert(written.id.clone(), index).is_some() {
                    return Err(place(Error::new("a rule of this id exists already").remedy("give one of the two another id")));
                }
            }
        }
        let any_encoded = rules.iter().any(|rule| rule.encoded);
        Ok(Rules { rules, by_id, any_encoded })
    }

    pub(crate) fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether a rule finds encoded text.
    pub(crate) fn any_encoded(&self) -> bool {
        self.any_encoded
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u16, &Rule)> {
        (0..).zip(&self.rules)
    }

    pub(crate) fn index_of(&self, id: &str) -> Option<u16> {
        self.by_id.get(id).copied()
    }
}

impl Rule {
    fn new(written: &Written, checks: &HashMap<&str, &'static Validator>) -> Result<Self, Error> {
        let id_is_fine =
            |id: &str| id.len() <= 64 && !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !id_is_fine(&written.id) {
            return Err(Error::new("an id is 1 to 64 lower-case letters, digits and dashes"));
        }
        let check = match &written.check {
            None => None,
            Some(name) => Some(*checks.get(&**name).ok_or_else(|| Error::new(format!("no check is called {name:?}")))?),
        };
        let known = tables::of_rule(written.number);
        let near = Phrases::new("near", &written.near, known.map(|known| known.near))?;
        let (shape, tail) = shape(written, check.is_some(), &near, known)?;
        let first_is_word = match &shape {
            RuleShape::Pattern(Pattern { window, .. }) => window.first().is_some_and(|set| set.iter().all(boundary::is_word)),
            RuleShape::Digits(_) => true,
            _ => false,
        };
        let is_run = matches!(&shape, RuleShape::Pattern(Pattern { anchor: Anchor::RunStart, .. }));
        if is_run && first_is_word && written.boundary == Boundary::None {
            return Err(Error::new("the pattern is found by its digits, and these only where a word begins")
                .remedy("it needs a literal of three bytes, or a boundary other than \"none\""));
        }
        Ok(Rule {
            begins_word: first_is_word && written.boundary != Boundary::None,
            id: written.id.clone(),
            class: written.class,
            confidence: written.confidence,
            boundary: written.boundary,
            check,
            near,
            raise_near: Phrases::new("raise_near", &written.raise_near, known.map(|known| known.raise_near))?,
            lower_keys: Phrases::new("lower_keys", &written.lower_keys, known.map(|known| known.lower_keys))?,
            tail,
            shape,
            encoded: written.encoding.is_some(),
        })
    }

    /// The pattern that a match begins with, if the rule has one.
    pub(crate) fn pattern(&self) -> Option<&Pattern> {
        match &self.shape {
            RuleShape::Pattern(pattern) | RuleShape::Block(Block { begin: pattern, .. }) => Some(pattern),
            _ => None,
        }
    }

    /// The phrases of keys, if the rule has some.
    pub(crate) fn keys(&self) -> &Phrases {
        match &self.shape {
            RuleShape::Keys { keys, .. } => keys,
            _ => &Phrases::Known(&[]),
        }
    }

    /// Is it found by its words, in digits that a time or a part of a UUID could be taken for?
    pub(crate) fn skips_times(&self) -> bool {
        let is_number = matches!(self.class, Class::Bank | Class::Identity | Class::Contact | Class::Health);
        is_number && !self.near.is_empty() && matches!(self.shape, RuleShape::Pattern(_) | RuleShape::Digits(_))
    }

    /// Whether it masks the values of its keys whatever they are.
    pub(crate) fn masks_everything(&self) -> bool {
        matches!(self.shape, RuleShape::Keys { value: ValueKind::Everything, .. })
    }

    /// Whether a match must end where a word ends.
    pub(crate) fn ends_word(&self) -> bool {
        matches!(self.boundary, Boundary::Both | Boundary::Address | Boundary::Number | Boundary::Host)
    }

    /// Whether every match begins with a word byte, which must not continue a word.
    pub(crate) fn begins_word(&self) -> bool {
        self.begins_word
    }

    /// Whether to match it is so little work that it may be done twice, and at every place.
    pub(crate) fn is_short(&self) -> bool {
        const SHORT: usize = 512;
        match &self.shape {
            RuleShape::Pattern(pattern) => pattern.longest.is_some_and(|longest| longest <= SHORT),
            RuleShape::Digits(_) => true,
            RuleShape::Keys { .. } | RuleShape::Block(_) => false,
        }
    }

    /// The surest that a match of it can be.
    pub(crate) fn surest(&self) -> Confidence {
        match self.confidence as u8 + u8::from(self.check.is_some()) + u8::from(!self.raise_near.is_empty()) {
            0 => Confidence::Low,
            1 => Confidence::Medium,
            _ => Confidence::High,
        }
    }

    pub(crate) fn block(&self) -> Option<&Block> {
        match &self.shape {
            RuleShape::Block(block) => Some(block),
            _ => None,
        }
    }
}

impl Phrases {
    /// Those that a field holds, unless `known` has them taken apart already.
    fn new(field: &str, texts: &[Text], known: Option<&'static [u16]>) -> Result<Self, Error> {
        if let Some(known) = known {
            return Ok(Phrases::Known(known));
        }
        let all = words::phrases(texts.iter().map(AsRef::as_ref));
        let all = all.ok_or_else(|| Error::new(format!("{field} holds a text without a word")))?;
        Ok(Phrases::Own(all.into_iter().map(|(_, phrase)| phrase).collect()))
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Phrases::Known(known) => known.len(),
            Phrases::Own(own) => own.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Phrase> {
        (0..self.len()).map(|index| &self[index])
    }
}

impl Index<usize> for Phrases {
    type Output = Phrase;

    fn index(&self, index: usize) -> &Phrase {
        match self {
            Phrases::Known(known) => &tables::PHRASES[usize::from(known[index])],
            Phrases::Own(own) => &own[index],
        }
    }
}

/// Exactly one shape, and only the fields that go with it.
fn shape(written: &Written, checked: bool, near: &Phrases, known: Option<&'static OfRule>) -> Result<(RuleShape, Option<ByteSet>), Error> {
    let shapes =
        [written.pattern.is_some(), !written.digits.is_empty(), !written.keys.is_empty(), written.begin.is_some() || written.end.is_some()];
    if shapes.iter().filter(|&&given| given).count() != 1 {
        return Err(Error::new("a rule has exactly one of `pattern`, `digits`, `keys`, `begin` with `end`"));
    }
    if written.keys.is_empty() && !written.not_keys.is_empty() {
        return Err(Error::new("`not_keys` goes with `keys`"));
    }
    if written.keys.is_empty() && written.pattern.is_none() && written.value.is_some() {
        return Err(Error::new("`value` goes with `keys` or `pattern`"));
    }
    if written.pattern.is_none() && written.encoding.is_some() {
        return Err(Error::new("`encoding` goes with `pattern`"));
    }
    if written.digits.is_empty() && !written.lead.is_empty() {
        return Err(Error::new("`lead` goes with `digits`"));
    }
    if let Some(pattern) = &written.pattern {
        let (mut pattern, tail) = Pattern::new(pattern, checked, near, known)?;
        pattern.value = written.value.as_deref().map(|value| ValueKind::parse(value, known).map(Box::new)).transpose()?;
        if pattern.value.is_some() && pattern.longest.is_none() {
            return Err(Error::new("a pattern before a `value` has a longest match").remedy("bound its last repetition"));
        }
        return Ok((RuleShape::Pattern(pattern), tail));
    }
    if !written.digits.is_empty() {
        if !checked && near.is_empty() {
            return Err(Error::new("digits without a check would match any number")
                .remedy("add `check`, or `near` words that must stand beside it"));
        }
        let shapes = written.digits.iter().map(|text| Shape::parse(text, &written.lead)).collect::<Result<_, _>>()?;
        return Ok((RuleShape::Digits(shapes), None));
    }
    if !written.keys.is_empty() {
        let value = ValueKind::parse(written.value.as_deref().unwrap_or("any"), known)?;
        let not_keys = written.not_keys.iter().map(|text| NotKey::parse(text)).collect::<Result<_, _>>()?;
        let keys = Phrases::new("keys", &written.keys, known.map(|known| known.keys))?;
        return Ok((RuleShape::Keys { keys, not_keys, value }, None));
    }
    match (&written.begin, &written.end) {
        (Some(begin), Some(end)) => {
            let (begin, _) = Pattern::new(begin, checked, near, known)?;
            let end = analysed(end, Field::End, known)?;
            if end.longest.is_none_or(|longest| longest > LONGEST) {
                return Err(Error::new("`end` has no longest match"));
            }
            Ok((RuleShape::Block(Block { begin, end: Matcher::new(&end).definition }), None))
        }
        _ => Err(Error::new("a block needs both `begin` and `end`")),
    }
}

impl ValueKind {
    fn parse(text: &str, known: Option<&'static OfRule>) -> Result<Self, Error> {
        Ok(match text {
            "everything" => ValueKind::Everything,
            "any" => ValueKind::Any,
            "token" => ValueKind::Token,
            "secret" => ValueKind::Secret,
            "credential" => ValueKind::Credential,
            pattern => ValueKind::Pattern(Matcher::new(analysed(pattern, Field::Value, known)?.as_ref())),
        })
    }
}

impl NotKey {
    /// Is this what the whole key says, which holds so many letters?
    pub(crate) fn is(&self, key: &[u8], letters: usize) -> bool {
        match self {
            NotKey::Exactly(text) => key == text,
            NotKey::Words(phrase) => phrase.is_all_of(key, letters),
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
    fn new(text: &str, checked: bool, near: &Phrases, known: Option<&'static OfRule>) -> Result<(Self, Option<ByteSet>), Error> {
        let analysis = analysed(text, Field::Begin, known)?;
        let matcher = Matcher::new(&analysis);
        let longest = analysis.longest;
        let rare = analysis.steps.as_deref().and_then(steps::rare_byte);
        let Some(Search { anchor, from_anchor, window, lead, tail }) = analysis.into_owned().search else {
            return Err(Error::new("the pattern cannot be looked for"));
        };
        let anchor = match anchor {
            None if checked && near.is_empty() && is_of_groups(&window) => Anchor::RunStart,
            Some(Anchor::RunStart) if !checked => anchor_nearby(longest, near)?,
            found => found.map_or_else(|| anchor_nearby(longest, near), Ok)?,
        };
        let is_told = match &anchor {
            Anchor::Literals(literals) => literals.iter().all(|literal| literal.offset == (0, 0)),
            Anchor::RunStart | Anchor::Near { .. } => true,
        };
        // Looked for at each place where a match may begin, it must not be looked for far, nor where an anchor gives many.
        let rare = rare.zip(longest).filter(|_| from_anchor.is_none());
        Ok((Pattern { matcher, anchor, window, lead, is_told, from_anchor, rare, longest, value: None }, tail))
    }
}

/// Whether so many places between digits and letters have neither that what stands there is told by them, as in
/// `00:00:5e:00:53:01`.
fn is_of_groups(window: &[ByteSet]) -> bool {
    const TOLD: usize = 4;
    let separators = || window.iter().take(Sieve::PLACES).filter(|set| !set.any(boundary::is_word));
    window.first().is_some_and(|set| set.iter().all(|byte| byte.is_ascii_alphanumeric())) && separators().count() >= TOLD
}

/// The anchor of a pattern that says too little of itself: a word nearby.
fn anchor_nearby(longest: Option<usize>, near: &Phrases) -> Result<Anchor, Error> {
    let words_are_long = near.iter().all(|phrase| phrase.most_letters() >= 4);
    match longest {
        Some(longest) if !near.is_empty() && words_are_long => Ok(Anchor::Near { longest }),
        _ => Err(Error::new("the pattern has no anchor: it would have to be tried at every byte")
            .remedy("it needs a literal of three bytes, a digit behind a known number of other bytes and a `check`, or `near` words of four letters with a bounded length")),
    }
}

/// Takes the pattern of a field apart, unless that was done when logveil was built.
fn analysed(text: &str, field: Field, known: Option<&'static OfRule>) -> Result<Cow<'static, Analysis>, Error> {
    let is_searched = matches!(field, Field::Begin);
    let known = known.map_or_else(|| tables::find(text), |known| known.pattern(field));
    if let Some(known) = known.filter(|known| known.search.is_some() || !is_searched) {
        return Ok(Cow::Borrowed(known));
    }
    let hir = analysis::parse(text)?;
    matcher::check_size(&hir)?;
    Analysis::of(text, &hir, is_searched).map(Cow::Owned)
}
