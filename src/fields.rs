//! Fields of JSON by their paths: which ones a policy speaks of, and where they stand in a line.
//!
//! A line is looked at if it holds what may be the beginning of a document, and the last name of some path in quotes, or an
//! escape that may hide it. Of a field the place is told, so nothing else in the line is touched.

mod walk;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use regex_automata::Input;
use regex_automata::meta::Regex;

use crate::error::Error;

/// What happens to a field. The greater one goes before, where two paths name the same field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FieldAction {
    /// What is found in its value is left alone.
    Keep,
    /// Its value is masked, whatever it is.
    Mask,
    /// It is taken out.
    Drop,
}

impl FieldAction {
    pub(crate) const ALL: [FieldAction; 3] = [FieldAction::Keep, FieldAction::Mask, FieldAction::Drop];

    /// The name that policies use.
    pub(crate) fn name(self) -> &'static str {
        match self {
            FieldAction::Keep => "keep",
            FieldAction::Mask => "mask",
            FieldAction::Drop => "drop",
        }
    }
}

/// A field in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) action: FieldAction,
    /// Where its key begins; of an element of an array, its value.
    pub(crate) from: usize,
    /// Its value: of a string what stands between the quotes. Where the value does not end, the rest of the line.
    pub(crate) value: Range<usize>,
}

/// The paths of a policy, compiled.
#[derive(Debug)]
pub(crate) struct Fields {
    /// The segments of all paths, each path with its end.
    steps: Vec<Step>,
    /// Where each path begins.
    starts: Vec<usize>,
    /// What a line holds that may hold a field; nothing if any may.
    needles: Option<Regex>,
    /// What happens to what nobody can look into, if a field in it may have to be hidden.
    pub(crate) hides: Option<FieldAction>,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// A member of this name.
    Name(Box<[u8]>),
    /// `*`: any member or element.
    Any,
    /// `**`: any number of them, none included.
    Deep,
    End(FieldAction),
}

impl Fields {
    /// Compiles the paths. An error comes with the path that it is of.
    pub(crate) fn new(paths: &BTreeMap<String, FieldAction>) -> Result<Self, (String, Error)> {
        let mut fields = Fields { steps: Vec::new(), starts: Vec::new(), needles: None, hides: None };
        let mut needles = Some(vec![r"\u".to_owned()]);
        for (path, &action) in paths {
            let place = |error: Error| (path.clone(), error);
            let steps = steps(path).map_err(place)?;
            let names = || steps.iter().filter_map(|step| if let Step::Name(name) = step { Some(name) } else { None });
            if names().next().is_none() && action == FieldAction::Keep {
                return Err(place(Error::new("it would keep whatever is in any field").remedy("name a field in the path")));
            }
            needles = needles.zip(names().next_back()).map(|(mut needles, name)| {
                needles.extend(written(&String::from_utf8_lossy(name)));
                needles
            });
            fields.starts.push(fields.steps.len());
            fields.steps.extend(steps);
            fields.steps.push(Step::End(action));
        }
        let regex = |needles: Vec<String>| {
            let needles: Vec<String> = needles.iter().map(|needle| regex_syntax::escape(needle)).collect();
            let too_many = |_| (String::new(), Error::new("there are too many paths").remedy("leave some of them out"));
            Regex::new(&needles.join("|")).map_err(too_many)
        };
        fields.needles = needles.map(regex).transpose()?;
        fields.hides = [FieldAction::Mask, FieldAction::Drop].into_iter().find(|&action| fields.has(action));
        Ok(fields)
    }

    /// Whether something happens to any field so.
    pub(crate) fn has(&self, action: FieldAction) -> bool {
        self.steps.contains(&Step::End(action))
    }

    /// What happens to a field whose path ends with this name, wherever it is. Nothing is kept so.
    fn last_name(&self, name: &[u8]) -> Option<FieldAction> {
        let ends = self.steps.windows(2).filter_map(|pair| match pair {
            [Step::Name(last), Step::End(action)] if **last == *name => Some(*action),
            _ => None,
        });
        ends.filter(|&action| action != FieldAction::Keep).max()
    }

    /// The first line of `input` that begins at `from` or behind it, and before `to`, and may hold one of the fields, or is
    /// longer than `limit` and may hold anything. `from` is the beginning of a line.
    pub(crate) fn next_line(&self, input: &[u8], mut from: usize, to: usize, limit: usize) -> Option<Range<usize>> {
        while from < to {
            // The line that begins before `to` may go on behind it, but then it is looked at anyway.
            let needle = match &self.needles {
                Some(needles) => needles.find(Input::new(input).range(from..to)).map(|found| found.start()),
                None => Some(from),
            };
            let long = longer_than(limit, input, from, needle.unwrap_or(to));
            let at = long.or(needle)?;
            let start = memchr::memrchr(b'\n', &input[from..at]).map_or(from, |feed| from + feed + 1);
            let end = memchr::memchr(b'\n', &input[at..]).map_or(input.len(), |feed| at + feed);
            if document(&input[start..end], 0).is_some() {
                return Some(start..end);
            }
            from = end + 1;
        }
        None
    }

    /// The fields in a line, in the order in which they begin; what is kept may have others in it. Something is kept only in a
    /// line that is JSON from its beginning to its end.
    pub(crate) fn find(&self, line: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        if document(line, 0).is_none() || self.needles.as_ref().is_some_and(|needles| !needles.is_match(line)) {
            return hits;
        }
        if !walk::walk(self, line, &mut hits) {
            hits.retain(|hit| hit.action != FieldAction::Keep);
            merge(&mut hits);
        }
        hits
    }
}

/// Sorts fields that were found where it is not known which documents are some, and puts those that overlap into one.
fn merge(hits: &mut Vec<Hit>) {
    hits.sort_by_key(|hit| (hit.from, std::cmp::Reverse((hit.value.end, hit.action))));
    hits.dedup_by(|hit, before| {
        let overlaps = hit.from < before.value.end;
        if overlaps {
            // What one takes for a key may be another's value.
            before.value = before.value.start.min(hit.value.start)..before.value.end.max(hit.value.end);
        }
        overlaps
    });
}

/// Where the first line that is longer than `limit` begins, of those that begin at `from` or behind it and before `to`.
fn longer_than(limit: usize, input: &[u8], mut from: usize, to: usize) -> Option<usize> {
    while from < to {
        let window = &input[from..input.len().min(from + limit + 1)];
        from += match memchr::memrchr(b'\n', window) {
            Some(feed) => feed + 1,
            None => {
                let rest = &input[from..];
                let line = memchr::memchr(b'\n', rest).map_or(rest, |feed| rest[..feed].strip_suffix(b"\r").unwrap_or(&rest[..feed]));
                if line.len() > limit {
                    return Some(from);
                }
                line.len() + 1
            }
        };
    }
    None
}

/// Where in a line, from `from` on, a document begins that may have fields: at its beginning with any bracket, elsewhere with
/// one that a string or another bracket is in, or the first of several numbers and literals.
pub(crate) fn document(line: &[u8], from: usize) -> Option<usize> {
    let spaces = |at: usize| at + (line[at..].len() - line[at..].trim_ascii_start().len());
    let first = if from == 0 { spaces(0) } else { line.len() };
    memchr::memchr2_iter(b'{', b'[', &line[from..]).map(|at| from + at).find(|&at| {
        let inside = spaces(at + 1);
        at == first
            || match line.get(inside) {
                Some(b'"') | None => true,
                _ if line[at] == b'{' => false,
                Some(b'{' | b'[') => true,
                // Where the line is cut, what would have come may be a comma.
                Some(_) => scalar(&line[inside..]).is_some_and(|length| matches!(line.get(spaces(inside + length)), Some(b',') | None)),
            }
    })
}

/// The length of a number or literal that `text` begins with; of one that it ends with, what is there of it.
fn scalar(text: &[u8]) -> Option<usize> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let length = text.iter().take_while(|byte| is_part(byte)).count();
    let (word, is_cut) = (&text[..length], length == text.len());
    let is = |literal: &[u8]| word == literal || (is_cut && !word.is_empty() && literal.starts_with(word));
    if [b"true".as_slice(), b"false", b"null"].into_iter().any(is) {
        return Some(length);
    }
    let digits = |at: usize| at + word[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let start = usize::from(word.starts_with(b"-"));
    if !word.get(start).map_or(is_cut, u8::is_ascii_digit) {
        return None;
    }
    let mut at = digits(start);
    if word.get(at) == Some(&b'.') {
        at = digits(at + 1);
    }
    if matches!(word.get(at), Some(b'e' | b'E')) {
        at = digits(at + 1 + usize::from(matches!(word.get(at + 1), Some(b'+' | b'-'))));
    }
    let is_number = at == length && (is_cut || word.last().is_some_and(u8::is_ascii_digit));
    (length > 0 && is_number).then_some(length)
}

/// What goes with a member or an element that is taken out: one comma. Whatever stands before `done` is written, or gone.
pub(crate) fn with_comma(line: &[u8], member: Range<usize>, done: usize) -> Range<usize> {
    let left = line[..member.start].trim_ascii_end().len();
    let spaces = |at: usize| at + (line[at..].len() - line[at..].trim_ascii_start().len());
    if left > done && line[..left].ends_with(b",") {
        return left - 1..member.end;
    }
    // The first that is left.
    let right = spaces(member.end);
    let end = if line.get(right) == Some(&b',') { spaces(right + 1) } else { member.end };
    member.start.max(done)..end
}

/// The segments of a path.
fn steps(path: &str) -> Result<Vec<Step>, Error> {
    let mut steps: Vec<Step> = Vec::new();
    for segment in segments(path)? {
        let step = match segment.name.as_str() {
            "" => return Err(Error::new("a path has an empty part").remedy("write names with one `.` between them")),
            "*" if segment.is_plain => Step::Any,
            "**" if segment.is_plain => Step::Deep,
            name if segment.is_plain && name.contains('*') => {
                return Err(Error::new("a part of a path is `*` or `**` or a whole name").remedy("write `\\*` for an asterisk"));
            }
            name => Step::Name(name.as_bytes().into()),
        };
        if step != Step::Deep || steps.last() != Some(&Step::Deep) {
            steps.push(step);
        }
    }
    Ok(steps)
}

/// What stands between the dots of a path, without its escapes.
#[derive(Default)]
struct Segment {
    name: String,
    /// `*` and `**` have no escape in them.
    is_plain: bool,
}

fn segments(path: &str) -> Result<Vec<Segment>, Error> {
    let mut segments = Vec::new();
    let mut letters = path.chars().peekable();
    loop {
        let mut segment = Segment { is_plain: true, ..Segment::default() };
        // The first letter and the last one, unless they are escaped.
        let (mut first, mut last) = (None, None);
        let is_last = loop {
            let letter = match letters.next() {
                None => break true,
                Some('.') => break false,
                Some('\\') => {
                    segment.is_plain = false;
                    let escaped =
                        letters.next().ok_or_else(|| Error::new("a path ends with `\\`").remedy("write `\\\\` for a backslash"))?;
                    segment.name.push(escaped);
                    last = None;
                    continue;
                }
                Some('[') => return Err(foreign("[")),
                Some(']') => return Err(foreign("]")),
                Some('-') if letters.peek() == Some(&'>') => return Err(foreign("->")),
                Some(letter) => letter,
            };
            if segment.name.is_empty() {
                first = Some(letter);
            }
            last = Some(letter);
            segment.name.push(letter);
        };
        if first.into_iter().chain(last).any(char::is_whitespace) {
            return Err(Error::new("a part of a path begins or ends with a space")
                .remedy("take it out, or write a backslash before it where it is part of the name"));
        }
        if first == Some('"') && last == Some('"') {
            return Err(foreign("\""));
        }
        if segments.is_empty() {
            // `$ref` and `@timestamp` are names that fields have.
            let root = ["$", "@"].into_iter().find(|&root| segment.is_plain && segment.name == root);
            root.or((first == Some('/')).then_some("/")).map_or(Ok(()), |root| Err(foreign(root)))?;
        }
        segments.push(segment);
        if is_last {
            return Ok(segments);
        }
    }
}

/// A sign in a path, not escaped, that other notations have for elements and names: nobody's field would be found by it.
fn foreign(sign: &str) -> Error {
    Error::new(format!("a path holds `{sign}`, as in the notation of other tools")).remedy(format!(
        "write the names of fields with `.` between them, `*` for the elements of an array, and `\\{sign}` where it is part of a name"
    ))
}

/// How a name may be written in JSON, `\u` aside: texts of which one stands in a line that holds it.
fn written(name: &str) -> Vec<String> {
    let mut texts = vec![format!("\"{name}\"")];
    if name.contains('/') {
        texts.push(r"\/".to_owned());
    }
    if name.contains(['"', '\\']) || name.chars().any(char::is_control) {
        texts.push("\\".to_owned());
    }
    texts
}

/// What stands between the quotes of a string of JSON, without its escapes. What is no escape becomes U+FFFD.
fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        plain.extend_from_slice(&rest[..at]);
        let mut letters = [0; 4];
        let (letter, length) = escape(&rest[at..]);
        plain.extend_from_slice(letter.encode_utf8(&mut letters).as_bytes());
        rest = &rest[(at + length).min(rest.len())..];
    }
    plain.extend_from_slice(rest);
    Cow::Owned(plain)
}

/// The letter that an escape at the beginning of `text` stands for, and its length.
fn escape(text: &[u8]) -> (char, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)? as u16))
    };
    let letter = match text.get(1) {
        Some(b'u') => {
            let (first, second) = (unit(0).unwrap_or(0xFFFD), unit(6));
            let pair =
                second.and_then(|second| char::decode_utf16([first, second]).next()?.ok().map(|letter| (letter, letter.len_utf16())));
            let alone = || (char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER), 1);
            let (letter, units) = pair.unwrap_or_else(alone);
            return (letter, 6 * units);
        }
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(&byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
        _ => char::REPLACEMENT_CHARACTER,
    };
    (letter, 2)
}

#[cfg(test)]
mod tests;
