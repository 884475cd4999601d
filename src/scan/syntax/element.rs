//! Elements of XML: `<password>x</password>`, with attributes, CDATA, or with `&lt;` for `<`.

use super::next_line::Next;
use super::value::{Surroundings, push};
use super::{Key, Until, Value, skip_spaces};
use crate::scan::LONGEST;

pub(super) const CDATA: &[u8] = b"<![CDATA[";
const OPEN_ENTITY: &[u8] = b"&lt;";
pub(super) const CLOSE_ENTITY: &[u8] = b"&gt;";

/// `<password>` or `<ns:password type="x">`: where the text of the element begins that the key names.
pub(super) fn text_of(key: &Key, line: &[u8]) -> Option<usize> {
    let mut before = &line[..key.start];
    if let Some(prefixed) = before.strip_suffix(b":") {
        let name = prefixed.iter().rev().take(16).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        before = &prefixed[..prefixed.len() - name];
    }
    if before.ends_with(OPEN_ENTITY) {
        return line[key.end..].starts_with(CLOSE_ENTITY).then_some(key.end + CLOSE_ENTITY.len());
    }
    if before.last() != Some(&b'<') || line[key.start] == b'/' || line[key.end - 1] == b'/' {
        return None;
    }
    match line.get(key.end)? {
        b'>' => Some(key.end + 1),
        b' ' => behind_attributes(line, key.end),
        _ => None,
    }
}

/// Where the tag ends whose attributes begin at `at`, unless it has no text.
pub(super) fn behind_attributes(line: &[u8], at: usize) -> Option<usize> {
    const ATTRIBUTES: usize = 256;
    let attributes = &line[at..line.len().min(at + ATTRIBUTES)];
    let close = memchr::memchr(b'>', attributes)?;
    (close > 0 && attributes[close - 1] != b'/').then_some(at + close + 1)
}

impl Surroundings<'_> {
    /// The text of an element: a CDATA section, or everything up to the end tag.
    ///
    /// Without an end tag `<password>` is as likely a placeholder. At the beginning of a line it is taken for an
    /// element all the same, and so it is when more text follows than any placeholder is followed by.
    pub(super) fn element(self, start: usize, begins_line: bool, out: &mut Vec<Value>) -> Option<usize> {
        let line = self.line;
        let start = skip_spaces(line, start);
        if begins_line && start == line.len() {
            out.push(Value::below(start, Next::Element));
            return Some(start);
        }
        let cdata = line[start..].starts_with(CDATA);
        let start = start + if cdata { CDATA.len() } else { 0 };
        let text = &line[start..];
        let entity = line[..start].ends_with(CLOSE_ENTITY);
        let tag = match (cdata, entity) {
            (true, _) => memchr::memmem::find(text, b"]]>"),
            (false, true) => memchr::memmem::find(&text[..text.len().min(LONGEST)], OPEN_ENTITY),
            (false, false) => memchr::memchr(b'<', text),
        };
        let ended = tag.filter(|&at| cdata || entity || text[at..].starts_with(b"</")).map(|at| start + at);
        let long = tag.is_none() && text.len() > LONGEST;
        // Asked first: what follows may look as far as the line goes, and here there may be many such places.
        if ended.is_none() && !begins_line && !long {
            return None;
        }
        let (end, until) = match (self.string_end(start, ended.unwrap_or(line.len())), ended) {
            (Some(limit), _) => (limit, Until::Complete),
            (None, Some(end)) => (end, Until::Complete),
            (None, None) => (line.len(), Until::Line),
        };
        let (start, stop) = trim(line, start, end);
        push(start, stop, until, out);
        Some(end)
    }
}

/// The text without the white space around it, raw or as escapes (`\n`, `\\n`).
fn trim(line: &[u8], start: usize, end: usize) -> (usize, usize) {
    const DEEPEST: usize = 16;
    let is_letter = |byte: Option<&u8>| matches!(byte, Some(b'n' | b'r' | b't'));
    let (mut start, mut end) = (start, end);
    loop {
        let text = &line[start..end];
        let slashes = text.iter().take(DEEPEST).take_while(|&&byte| byte == b'\\').count();
        let before = text.iter().rev().skip(1).take(DEEPEST).take_while(|&&byte| byte == b'\\').count();
        if text.first().is_some_and(u8::is_ascii_whitespace) {
            start += 1;
        } else if slashes > 0 && is_letter(text.get(slashes)) {
            start += slashes + 1;
        } else if text.last().is_some_and(u8::is_ascii_whitespace) {
            end -= 1;
        } else if before > 0 && is_letter(text.last()) {
            end -= before + 1;
        } else {
            return (start, end);
        }
    }
}
