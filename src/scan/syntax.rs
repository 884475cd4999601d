//! Where the value beside a key begins and ends, in the syntaxes that logs are written in.
//!
//! Everything here looks at bytes around a place and takes no decision about rules. Both scanners use it: it
//! defines what a key and a value are, as `boundary` defines what an edge is.

use super::Span;
use super::boundary;
use super::words::{self, Word};

/// How much of a key is looked at, from its end backwards.
const KEY: usize = 64;
/// How many spaces may stand between a key, its separator and its value.
const SPACES: usize = 64;

/// What would end a value that reaches the end of the bytes at hand, so that a longer line is masked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// Nothing: the value is complete.
    Complete,
    /// A byte that the class does not hold which this rule's pattern ends with.
    Class(u16),
    /// The quote that closes it, at its escape depth.
    Quote(Quote),
    /// White space or a quote.
    Bare,
    /// The end of the line.
    Line,
}

/// A quote and how many backslashes stand before it: none at depth 0, one at depth 1, three at depth 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    byte: u8,
    backslashes: usize,
}

impl Until {
    /// Of two ways to go on, the one that masks more.
    pub(crate) fn wider(self, other: Until) -> Until {
        let rank = |until: Until| match until {
            Until::Complete => 0,
            Until::Class(_) => 1,
            Until::Bare => 2,
            Until::Quote(_) => 3,
            Until::Line => 4,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

/// A value, or one scalar of an array or object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) span: Span,
    pub(crate) until: Until,
}

/// How far the value beside a key reaches, and whether it is an array or object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) end: usize,
    pub(crate) container: bool,
}

impl Extent {
    fn one(end: usize) -> Self {
        Extent { end, container: false }
    }
}

/// A byte of a key as it stands in a line.
pub(crate) fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte)
}

/// The end of the run of key bytes that holds `at`, when it is near enough for the word at `at` to count.
pub(crate) fn key_end(line: &[u8], at: usize) -> Option<usize> {
    let length = line[at..].iter().take(KEY + 1).take_while(|&&byte| is_key_byte(byte)).count();
    (length <= KEY).then_some(at + length)
}

/// A key: a run of key bytes up to `end`, with the words before it that single spaces join to it.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) start: usize,
    pub(crate) end: usize,
    context: usize,
}

/// Can a value stand beside a key that ends at `end`? Cheap, and true for every key that has one.
pub(crate) fn may_have_value(line: &[u8], end: usize) -> bool {
    match line.get(end) {
        Some(b'"' | b'\'' | b'`' | b'\\' | b']' | b'=' | b':' | b'>') => true,
        Some(b' ' | b'\t') => {
            if matches!(line.get(skip_spaces(line, end)), Some(b'=' | b':' | b'-' | b'\'')) {
                return true;
            }
            // A flag (`--password x`) or an element with attributes.
            let start = end - line[..end].iter().rev().take(KEY).take_while(|&&byte| is_key_byte(byte)).count();
            line[start..end].contains(&b'-') || (start > 0 && matches!(line[start - 1], b'<' | b':'))
        }
        _ => false,
    }
}

impl Key {
    /// The key that ends at `end`, which must be the end of a run of key bytes.
    pub(crate) fn ending_at(line: &[u8], end: usize) -> Option<Self> {
        let floor = end.saturating_sub(KEY);
        let window = &line[floor.saturating_sub(8)..end];
        let escapes = memchr::memchr3(b'\\', b'%', b'[', window).is_some();
        let stops = |at: usize| escapes && at > 0 && boundary::escape_ends_at(line, at);
        let mut start = end;
        while start > floor && is_key_byte(line[start - 1]) && !(start < end && stops(start)) {
            start -= 1;
        }
        if start == end {
            return None;
        }
        let mut context = start;
        while context > floor && !stops(context) {
            let byte = line[context - 1];
            let single_space = byte == b' ' && context >= 2 && is_key_byte(line[context - 2]) && is_key_byte(line[context]);
            if !is_key_byte(byte) && !single_space {
                break;
            }
            context -= 1;
        }
        Some(Key { start, end, context })
    }

    /// Its words, the last one first meant: what follows the name itself (`value`, `new`, …) is dropped.
    pub(crate) fn words<'l>(&self, line: &'l [u8], out: &mut Vec<Word<'l>>) {
        const AFTER: [&[u8]; 6] = [b"value", b"raw", b"new", b"old", b"confirm", b"confirmation"];
        out.clear();
        out.extend(words::words(&line[self.context..self.start]));
        let before = out.len();
        out.extend(words::words(&line[self.start..self.end]));
        while out.len() > before + 1 && out.last().is_some_and(|word| AFTER.iter().any(|after| word.bytes.eq_ignore_ascii_case(after))) {
            out.pop();
        }
        if out.len() == before {
            out.clear();
        }
    }

    /// The key itself, without the words before it.
    pub(crate) fn text<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        &line[self.start..self.end]
    }

    /// The value beside this key, or the scalars below it, appended to `out`.
    ///
    /// `in_string` says whether the key stands inside a string of JSON, whose end ends the value too; `barriers`
    /// are the places of earlier replacements.
    pub(crate) fn values(&self, line: &[u8], in_string: bool, barriers: &[Span], out: &mut Vec<Value>) -> Option<Extent> {
        let text = Surroundings { line, in_string, barriers };
        if let Some(start) = self.element(line) {
            return text.element(start, self.begins_line(line), out).map(Extent::one);
        }
        let after_quote = Quote::at(line, self.end);
        let quoted = after_quote.is_some();
        // What a key in double quotes stands in is its own string.
        let own_string = after_quote.is_some_and(|(quote, _)| quote == DOUBLE);
        let text = Surroundings { in_string: in_string && !own_string, ..text };
        let mut at = after_quote.map_or(self.end, |(_, after)| after);
        if line.get(at) == Some(&b']') {
            at += 1;
        }
        let spaced = skip_spaces(line, at);
        let Some((separator, after)) = Separator::at(line, spaced) else {
            return self.without_separator(text, spaced, out);
        };
        let start = skip_spaces(line, after);
        // `arn:aws:secretsmanager:…:secret:name` is a path of colons.
        if separator == Separator::Colon && at == self.end && start == after && self.start > 0 && line[self.start - 1] == b':' {
            return None;
        }
        if spaced == at && start > after && separator != Separator::Colon && begins_field(line, start) {
            return None;
        }
        if let Some(end) = text.container(start, out) {
            return Some(Extent { end, container: true });
        }
        if text.in_string
            && Quote::at(line, start)
                .is_some_and(|(quote, after)| quote.backslashes == 0 && quote.byte == b'"' && ends_string(line, after - 1))
        {
            return None;
        }
        let json = quoted && separator == Separator::Colon;
        let whole_line = separator == Separator::Colon && start > after && self.begins_line(line);
        Some(Extent::one(text.value(start, Style { json, whole_line }, out)))
    }

    /// `--password x`, `PASSWORD 'x'`.
    fn without_separator(&self, text: Surroundings<'_>, at: usize, out: &mut Vec<Value>) -> Option<Extent> {
        let line = text.line;
        let flag = line[self.start..].starts_with(b"-");
        let next = *line.get(at)?;
        if at == self.end || next == b'-' || !(flag || next == b'\'') {
            return None;
        }
        Some(Extent::one(text.value(at, Style::default(), out)))
    }

    /// `<password>` or `<ns:password type="x">`: where the element's text begins.
    fn element(&self, line: &[u8]) -> Option<usize> {
        const ATTRIBUTES: usize = 128;
        let mut before = &line[..self.start];
        if let Some(prefixed) = before.strip_suffix(b":") {
            let name = prefixed.iter().rev().take(16).take_while(|byte| byte.is_ascii_alphanumeric()).count();
            before = &prefixed[..prefixed.len() - name];
        }
        if before.last() != Some(&b'<') || line[self.start] == b'/' {
            return None;
        }
        match line.get(self.end)? {
            b'>' => Some(self.end + 1),
            b' ' => {
                let attributes = &line[self.end..line.len().min(self.end + ATTRIBUTES)];
                let close = memchr::memchr(b'>', attributes)?;
                (attributes[close - 1] != b'/').then_some(self.end + close + 1)
            }
            _ => None,
        }
    }

    /// Nothing before the key but indentation: then a value behind `: ` is the rest of the line, as in YAML
    /// and in header dumps.
    fn begins_line(&self, line: &[u8]) -> bool {
        const INDENT: usize = 64;
        self.context == self.start && self.start <= INDENT && line[..self.start].iter().all(|byte| b" \t-><".contains(byte))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Separator {
    Colon,
    Other,
}

impl Separator {
    fn at(line: &[u8], at: usize) -> Option<(Self, usize)> {
        match line.get(at..)? {
            [b'=', b'>', ..] | [b':', b'=', ..] | [b'-', b'>', ..] | [b'=', b'=', ..] => Some((Separator::Other, at + 2)),
            [b'=', ..] => Some((Separator::Other, at + 1)),
            // `::` is a path, `://` a URL.
            [b':', b':' | b'/', ..] => None,
            [b':', ..] => Some((Separator::Colon, at + 1)),
            _ => None,
        }
    }
}

impl Quote {
    /// A quote at `at`, behind any backslashes that escape it; answers also where it ends.
    fn at(line: &[u8], at: usize) -> Option<(Self, usize)> {
        const DEEPEST: usize = 15;
        let backslashes = line.get(at..)?.iter().take(DEEPEST + 1).take_while(|&&byte| byte == b'\\').count();
        let &byte = line.get(at + backslashes)?;
        (matches!(byte, b'"' | b'\'' | b'`') && backslashes <= DEEPEST).then_some((Quote { byte, backslashes }, at + backslashes + 1))
    }

    /// The quote that closes what begins at `from`: where the content ends, where the quote ends, or `None`
    /// when the line ends first.
    fn close(self, line: &[u8], from: usize) -> Option<(usize, usize)> {
        self.close_within(line, from, from)
    }

    /// The same, for content that began at or before `floor`: backslashes count from there.
    fn close_within(self, line: &[u8], floor: usize, from: usize) -> Option<(usize, usize)> {
        let outer = if self.backslashes > 0 { b'"' } else { self.byte };
        let mut doubled = usize::MAX;
        memchr::memchr2_iter(self.byte, outer, &line[from..]).find_map(|offset| {
            let at = from + offset;
            let backslashes = line[floor..at].iter().rev().take_while(|&&byte| byte == b'\\').count();
            let closes = line[at] == self.byte && backslashes % (2 * (self.backslashes + 1)) == self.backslashes;
            // `'it''s'`: SQL and CSV double a quote instead of escaping it.
            if closes && at == doubled {
                return None;
            }
            if closes
                && backslashes == 0
                && at > from
                && line.get(at + 1) == Some(&self.byte)
                && line.get(at + 2).is_some_and(|&byte| boundary::is_word(byte))
            {
                doubled = at + 1;
                return None;
            }
            // A quote of a lesser depth ends the string around this one.
            if closes {
                Some((at - self.backslashes, at + 1))
            } else {
                (backslashes < self.backslashes).then_some((at - backslashes, at - backslashes))
            }
        })
    }
}

#[derive(Clone, Copy, Default)]
struct Style {
    /// Behind a quoted key and a colon: a bare value is a JSON number or literal.
    json: bool,
    whole_line: bool,
}

/// A line as seen from a key in it.
#[derive(Clone, Copy)]
struct Surroundings<'l> {
    line: &'l [u8],
    in_string: bool,
    barriers: &'l [Span],
}

impl Surroundings<'_> {
    fn value(self, at: usize, style: Style, out: &mut Vec<Value>) -> usize {
        let line = self.line;
        let prefixed = usize::from(line.get(at).is_some_and(|letter| b"bBuUrRf@".contains(letter)) && Quote::at(line, at + 1).is_some());
        if let Some((quote, start)) = Quote::at(line, at + prefixed) {
            return self.quoted_value(quote, skip_scheme(line, start), out);
        }
        let start = skip_scheme(line, at);
        // A replacement at the start is no array, and what stands behind it goes on being the value.
        let inside = self.barrier_at(start).map_or(start, |barrier| barrier.end);
        let end = if style.whole_line { line.len() } else { bare_end(line, start, inside, style.json) };
        let until = match (end == line.len(), style.whole_line) {
            (true, true) => Until::Line,
            (true, false) => Until::Bare,
            _ => Until::Complete,
        };
        push(start, end, until, out);
        end
    }

    fn quoted_value(self, quote: Quote, start: usize, out: &mut Vec<Value>) -> usize {
        let line = self.line;
        let closed = quote.close(line, start);
        let limited = quote.backslashes == 0 && quote.byte != b'"';
        let limit = if limited { self.string_end(start, closed.map_or(line.len(), |(end, _)| end)) } else { None };
        let (end, after, until) = match (limit, closed) {
            (Some(limit), _) => (limit, limit, Until::Complete),
            (None, Some((end, after))) => (end, after, Until::Complete),
            (None, None) => (line.len(), line.len(), Until::Quote(quote)),
        };
        push(start, end, until, out);
        after
    }

    fn barrier_at(self, at: usize) -> Option<Span> {
        let index = self.barriers.binary_search_by_key(&at, |barrier| barrier.start).ok()?;
        Some(self.barriers[index])
    }

    /// Where the JSON string around this ends, if that is between `from` and `to`: at a quote that is followed by
    /// what follows strings in JSON. Text in single quotes or in an element may hold double quotes, but not that.
    fn string_end(self, from: usize, to: usize) -> Option<usize> {
        if !self.in_string {
            return None;
        }
        let ends = |at: usize| (at == from || self.line[at - 1] != b'\\') && ends_string(self.line, at);
        memchr::memchr_iter(b'"', &self.line[from..to]).map(|offset| from + offset).find(|&at| ends(at))
    }

    /// The text of an element: a CDATA section, or everything up to the end tag.
    ///
    /// Without an end tag `<password>` is as likely a placeholder. At the beginning of a line it is taken for an
    /// element all the same, and so it is when more text follows than any placeholder is followed by.
    fn element(self, start: usize, begins_line: bool, out: &mut Vec<Value>) -> Option<usize> {
        const CDATA: &[u8] = b"<![CDATA[";
        let line = self.line;
        let start = skip_spaces(line, start);
        let cdata = line[start..].starts_with(CDATA);
        let start = start + if cdata { CDATA.len() } else { 0 };
        let text = &line[start..];
        let tag = if cdata { memchr::memmem::find(text, b"]]>") } else { memchr::memchr(b'<', text) };
        let ended = tag.filter(|&at| cdata || text[at..].starts_with(b"</")).map(|at| start + at);
        let long = tag.is_none() && text.len() > super::LONGEST;
        let (end, until) = match (self.string_end(start, ended.unwrap_or(line.len())), ended) {
            (Some(limit), _) if ended.is_some() || begins_line => (limit, Until::Complete),
            (None, Some(end)) => (end, Until::Complete),
            (None, None) if begins_line || long => (line.len(), Until::Line),
            _ => return None,
        };
        push(start, end, until, out);
        Some(end)
    }
}

fn push(start: usize, end: usize, until: Until, out: &mut Vec<Value>) {
    if start < end {
        out.push(Value { span: Span { start, end }, until });
    }
}

/// Is the quote at `at` followed by what follows strings in JSON: the end, a comma, a colon, a closing bracket?
fn ends_string(line: &[u8], at: usize) -> bool {
    line.get(skip_spaces(line, at + 1)).is_none_or(|byte| b",:}]".contains(byte))
}

/// The words of an `Authorization` value that say which kind of credential follows.
const SCHEMES: [&[u8]; 8] = [b"bearer", b"basic", b"token", b"apikey", b"negotiate", b"ntlm", b"splunk", b"ssws"];

/// `Bearer x`: the value is `x`.
fn skip_scheme(line: &[u8], at: usize) -> usize {
    let word = line[at..].iter().take(16).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let is_scheme = SCHEMES.iter().any(|scheme| line[at..at + word].eq_ignore_ascii_case(scheme));
    let value = at + word + 1;
    let follows =
        line.get(at + word) == Some(&b' ') && line.get(value).is_some_and(|byte| byte.is_ascii_graphic() && !b"\"'".contains(byte));
    if is_scheme && follows { value } else { at }
}

fn skip_spaces(line: &[u8], at: usize) -> usize {
    at + line[at..].iter().take(SPACES).take_while(|&&byte| byte == b' ' || byte == b'\t').count()
}

/// Where a value without quotes ends.
///
/// White space ends it, and so does punctuation that is followed by the end, by more punctuation or by the
/// next key. A comma inside a password does not.
fn bare_end(line: &[u8], start: usize, inside: usize, json: bool) -> usize {
    let mut at = inside;
    // Brackets that the value itself opens: `${VAR}`, `f(x)`.
    let mut open = 0;
    while let Some(&byte) = line.get(at) {
        match byte {
            0..=b' ' | b'"' | b'`' => return at,
            b'<' if at > start => return at,
            b',' | b']' | b'}' if json => return at,
            b'{' | b'(' | b'[' => {
                open += 1;
                at += 1;
            }
            b'}' | b')' | b']' if open > 0 => {
                open -= 1;
                at += 1;
            }
            b',' | b';' | b'&' | b'|' | b')' | b']' | b'}' | b'>' | b'\'' if ends_behind(line, at + 1) => return at,
            b'\\' => match escaped(line, at) {
                Escaped::Ends => return at,
                Escaped::Soft(after) if ends_behind(line, after) => return at,
                Escaped::Soft(after) | Escaped::Plain(after) => at = after,
            },
            _ => at += 1,
        }
    }
    line.len()
}

/// What an escape stands for, as far as the end of a bare value is concerned.
enum Escaped {
    Ends,
    Soft(usize),
    Plain(usize),
}

fn escaped(line: &[u8], at: usize) -> Escaped {
    let backslashes = line[at..].iter().take(16).take_while(|&&byte| byte == b'\\').count();
    match &line[at + backslashes..] {
        [b'"' | b'\'' | b'`', ..] => Escaped::Ends,
        [b'n' | b'r' | b't', ..] if backslashes == 1 => Escaped::Ends,
        [b'u', b'0', b'0', high, low, ..] => {
            let after = at + backslashes + 5;
            match [high, low].map(u8::to_ascii_lowercase) {
                [b'2', b'0' | b'2'] | [b'0', b'9' | b'a' | b'd'] | [b'3', b'c'] => Escaped::Ends,
                [b'2', b'6' | b'7' | b'c'] | [b'3', b'b' | b'e'] => Escaped::Soft(after),
                _ => Escaped::Plain(after),
            }
        }
        _ => Escaped::Plain((at + backslashes + 1).min(line.len())),
    }
}

/// Is what stands at `at` the end of a field: the end of the line, white space, more punctuation, or a key with
/// its separator?
fn ends_behind(line: &[u8], at: usize) -> bool {
    let Some(&next) = line.get(at) else { return true };
    if next <= b' ' || b",;:)]}>\"'<&|\\`.".contains(&next) {
        return true;
    }
    let key = line[at..].iter().take(KEY + 1).take_while(|&&byte| is_key_byte(byte) || byte == b'[' || byte == b']').count();
    let at = Quote::at(line, at + key).map_or(at + key, |(_, after)| after);
    key > 0 && key <= KEY && matches!(line.get(at), Some(b'=' | b':'))
}

impl Surroundings<'_> {
    /// An array or object: every scalar in it is a value, its keys are not. `None` when nothing of the kind begins
    /// at `start`.
    fn container(self, start: usize, out: &mut Vec<Value>) -> Option<usize> {
        let line = self.line;
        let &open = line.get(start)?;
        let inside = skip_spaces(line, start + 1);
        let begins = match open {
            b'[' => self.barrier_at(start).is_none(),
            // `{cipher}…` and `{{ template }}` are values of their own.
            b'{' => line.get(inside) == Some(&b'}') || Quote::at(line, inside).is_some() || names_a_field(line, inside),
            _ => false,
        };
        if !begins {
            return None;
        }
        let first = out.len();
        let mut depth = 0;
        let mut at = start;
        let mut quotes = None;
        // In an array no scalar is a key.
        let mut array = true;
        while let Some(&byte) = line.get(at) {
            if let Some((quote, content)) = Quote::at(line, at) {
                let outer = quote.backslashes < *quotes.get_or_insert(quote.backslashes);
                if outer || (self.in_string && quote == DOUBLE && ends_string(line, at)) {
                    return Some(at);
                }
                let (end, after) = quote.close(line, content).unwrap_or((line.len(), line.len()));
                if !names_value(line, after) {
                    push(skip_scheme(line, content), end, Until::Complete, out);
                }
                at = after.max(at + 1);
                continue;
            }
            match byte {
                b'[' | b'{' | b'(' => {
                    depth += 1;
                    array = byte == b'[';
                }
                b']' | b'}' | b')' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                    array = false;
                }
                0..=b' ' | b',' | b';' | b':' | b'=' | b'>' | b'\\' => {}
                _ => {
                    let start = skip_scheme(line, at);
                    let ends = |byte: u8| byte <= b' ' || b",;[]{}()\"'`\\".contains(&byte) || (!array && b":=".contains(&byte));
                    let end = start + line[start..].iter().take_while(|&&byte| !ends(byte)).count();
                    if array || !names_value(line, end) {
                        push(start, end, Until::Complete, out);
                    }
                    at = end.max(at + 1);
                    continue;
                }
            }
            at += 1;
        }
        // The line ends inside: whatever comes, if anything does, is still below the key.
        match out[first..].last_mut() {
            Some(last) if !holds_nothing(last.span.of(line)) => {
                last.span.end = line.len();
                last.until = Until::Line;
            }
            _ => push(start + 1, line.len(), Until::Line, out),
        }
        Some(line.len())
    }
}

/// A double quote that nothing escapes.
const DOUBLE: Quote = Quote { byte: b'"', backslashes: 0 };

/// Follows a line and knows whether it stands inside a string of JSON.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Strings {
    at: usize,
    in_string: bool,
}

impl Strings {
    /// Is `to`, which must not go backwards, inside a string?
    pub(crate) fn contain(&mut self, line: &[u8], to: usize) -> bool {
        while let Some(offset) = memchr::memchr2(b'"', b'\\', &line[self.at.min(to)..to]) {
            let at = self.at + offset;
            self.at = if line[at] == b'\\' { (at + 2).min(to) } else { at + 1 };
            self.in_string ^= line[at] == b'"';
        }
        self.at = self.at.max(to);
        self.in_string
    }
}

/// `:` or `=` or `=>` behind a scalar: it was a key.
fn names_value(line: &[u8], at: usize) -> bool {
    let at = skip_spaces(line, at);
    match line.get(at) {
        Some(b':') => true,
        // Padding of base64 is no separator.
        Some(b'=') => line.get(at + 1).is_some_and(|byte| !b"=,;]})\"' ".contains(byte)),
        _ => false,
    }
}

/// Is this the next field rather than a value, as in `password= user=bob`? The `=` of `c2VjcmV0=` is not.
fn begins_field(line: &[u8], at: usize) -> bool {
    let name = line[at..].iter().take(KEY).take_while(|&&byte| is_key_byte(byte)).count();
    let behind = line.get(at + name + 1);
    line.get(at).is_some_and(u8::is_ascii_alphabetic)
        && line.get(at + name) == Some(&b'=')
        && behind.is_some_and(|&byte| byte > b' ' && byte != b'=')
}

fn names_a_field(line: &[u8], at: usize) -> bool {
    let name = line[at..].iter().take(KEY).take_while(|&&byte| is_key_byte(byte)).count();
    name > 0 && names_value(line, at + name)
}

/// Where a value that was cut at `from` ends, or `None` when it goes on past the end of `line`.
pub(crate) fn resume(until: Until, line: &[u8], from: usize, in_class: impl Fn(u16, u8) -> bool) -> Option<usize> {
    let rest = &line[from..];
    let found = match until {
        Until::Complete => Some(0),
        Until::Class(rule) => rest.iter().position(|&byte| !in_class(rule, byte)),
        Until::Quote(quote) => return quote.close_within(line, 0, from).map(|(end, _)| end.max(from)),
        Until::Bare => rest.iter().position(|&byte| byte <= b' ' || byte == b'"' || byte == b'\''),
        Until::Line => None,
    };
    found.map(|offset| from + offset)
}

/// Does a value hold nothing: a placeholder, a mask, a null?
pub(crate) fn holds_nothing(value: &[u8]) -> bool {
    const NOTHING: [&[u8]; 26] = [
        b"null",
        b"none",
        b"nil",
        b"undefined",
        b"true",
        b"false",
        b"nan",
        b"n/a",
        b"na",
        b"empty",
        b"unset",
        b"redacted",
        b"masked",
        b"hidden",
        b"filtered",
        b"protected",
        b"removed",
        b"omitted",
        b"scrubbed",
        b"sanitized",
        b"obfuscated",
        b"missing",
        b"yes",
        b"no",
        b"blank",
        b"secret:redacted",
    ];
    let value = value.trim_ascii();
    let bare = value.trim_ascii_start();
    let inner = match bare {
        [b'(', inner @ .., b')'] | [b'[', inner @ .., b']'] | [b'*', inner @ .., b'*'] => inner.trim_ascii(),
        _ => bare,
    };
    if inner.is_empty() || NOTHING.iter().any(|nothing| inner.eq_ignore_ascii_case(nothing)) {
        return true;
    }
    let stars = value.iter().filter(|&&byte| byte == b'*').count();
    // The last three bytes are those of a bullet.
    let filler = |byte: &u8| b"*.-#xX?_ \xe2\x80\xa2".contains(byte);
    if stars * 4 >= value.len() * 3 || value.iter().all(filler) {
        return true;
    }
    match value {
        [b'<', inner @ .., b'>'] => !inner.contains(&b'<'),
        [b'$' | b'#', b'{', inner @ .., b'}'] | [b'{', b'{', inner @ .., b'}', b'}'] => !inner.contains(&b'{'),
        [b'$', b'(', inner @ .., b')'] => !inner.contains(&b'('),
        [b'%', b's' | b'v' | b'd' | b'q' | b'@'] | [b'{', b'}'] => true,
        [b'%', b'(', .., b')', b's'] => true,
        [b'%', name @ .., b'%'] => name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'),
        _ => false,
    }
}

/// `value = "token"`: 16 bytes and more of one token alphabet, letters and digits mixed or 3.5 bits a byte.
pub(crate) fn is_token(value: &[u8]) -> bool {
    const SHORTEST: usize = 16;
    let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || b"_+/=.~-".contains(byte);
    let mixed = value.iter().any(u8::is_ascii_alphabetic) && value.iter().any(u8::is_ascii_digit);
    value.len() >= SHORTEST && !is_path(value) && value.iter().all(in_alphabet) && (mixed || bits_per_byte(value) >= 3.5)
}

/// `/etc/ssl/private/server1.key` is where a secret lies, not the secret.
fn is_path(value: &[u8]) -> bool {
    let start = value.strip_prefix(b"~").or(value.strip_prefix(b".")).unwrap_or(value);
    start.first() == Some(&b'/') && value.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"/._~-".contains(byte))
}

/// Shannon entropy of the bytes, in bits a byte.
fn bits_per_byte(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let total = bytes.len() as f64;
    counts.iter().filter(|&&count| count > 0).map(|&count| f64::from(count) / total).map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values beside the first `password` of a line.
    fn values(line: &str) -> Vec<String> {
        let at = line.to_ascii_lowercase().find("password").unwrap();
        let end = key_end(line.as_bytes(), at).unwrap();
        let mut out = Vec::new();
        Key::ending_at(line.as_bytes(), end).and_then(|key| {
            let in_string = Strings::default().contain(line.as_bytes(), key.start);
            key.values(line.as_bytes(), in_string, &[], &mut out)
        });
        out.iter().map(|value| String::from_utf8_lossy(&line.as_bytes()[value.span.start..value.span.end]).into_owned()).collect()
    }

    #[test]
    fn a_value_ends_where_its_syntax_says() {
        for (line, value) in [
            ("password=hunter2 user=bob", "hunter2"),
            ("password=hunter2&user=bob", "hunter2"),
            ("password=hun&ter2 x", "hun&ter2"),
            ("password=hun,ter2, user=bob", "hun,ter2"),
            ("{user=bob, password=hunter2}", "hunter2"),
            ("(password=hunter2)", "hunter2"),
            ("{password=${VAR}}", "${VAR}"),
            ("Server=x;Password=hunter2;Database=y", "hunter2"),
            (r#"{"password":"hunter2","a":1}"#, "hunter2"),
            (r#"{"password" : "hun\"ter2","a":1}"#, r#"hun\"ter2"#),
            (r#"{"password":"hunter2\\","a":1}"#, r"hunter2\\"),
            (r#"{"m":"{\"password\":\"hun\\\"ter2\",\"a\":1}"}"#, r#"hun\\\"ter2"#),
            (r#"{"m":"{\"n\":\"{\\\"password\\\":\\\"hunter2\\\"}\"}"}"#, "hunter2"),
            (r#"{"m":"password=hunter2\nuser=bob"}"#, "hunter2"),
            (r#"{"m":"password=hunter2\u0026user=bob"}"#, "hunter2"),
            (r#"{"m":"password=hunter2"}"#, "hunter2"),
            (r#"{"password":12345,"b":2}"#, "12345"),
            ("{'password': 'hunter2', 'a': 1}", "hunter2"),
            ("{'password': u'hunter2', 'a': 1}", "hunter2"),
            (":password=>\"hunter2\", :a", "hunter2"),
            ("password := \"hunter2\"", "hunter2"),
            ("user[password]=hunter2&x=1", "hunter2"),
            ("<password>hunter2</password>", "hunter2"),
            ("<ns:password type=\"x\">hun ter2</ns:password>", "hun ter2"),
            ("<password><![CDATA[hun<ter2]]></password>", "hun<ter2"),
            ("<add password=\"hunter2\" />", "hunter2"),
            ("--password hunter2 --user bob", "hunter2"),
            ("--password='hunter 2' --user bob", "hunter 2"),
            ("PASSWORD 'hunter2'", "hunter2"),
            ("  password: hunter2 and more", "hunter2 and more"),
            ("x password: hunter2 and more", "hunter2"),
            ("password: Bearer hunter2", "hunter2"),
            ("\"password\":[\"Bearer hunter2\"]", "hunter2"),
            ("password=\"hunter2", "hunter2"),
            ("conf password=\",hunter2\"", ",hunter2"),
            ("x password: aB3dE=fGh1", "aB3dE=fGh1"),
            ("password = hunter=2", "hunter=2"),
            ("password=[c2VjcmV0cGFzcw==]", "c2VjcmV0cGFzcw=="),
            ("password=[Abc:def!ghi]", "Abc:def!ghi"),
            ("password                      = hunter2", "hunter2"),
            ("password='hun''ter2xyz' x", "hun''ter2xyz"),
            (r#"{"password":[",Zq99"],"z":1}"#, ",Zq99"),
        ] {
            assert_eq!(values(line), [value], "{line}");
        }
    }

    #[test]
    fn nothing_is_no_value() {
        for line in [
            "{\"m\":\"password=\"}",
            r#"{"password":{}}"#,
            "password='' x",
            "postgres://app:<password>@host",
            "arn:aws:x:1:password:prod/db",
            "password= user=bob",
            "password=&user=bob",
            "password=\"\" user=bob",
            "the password was changed",
            "password:",
            "password::x",
            "</password>x",
            "--password --user bob",
        ] {
            assert_eq!(values(line), Vec::<String>::new(), "{line}");
        }
    }

    #[test]
    fn every_scalar_below_a_key_is_a_value() {
        assert_eq!(values(r#"{"password":{"a":"x","b":[1,"y z"],"c":null},"d":"no"}"#), ["x", "1", "y z", "null"]);
        assert_eq!(values(r#"{"m":"{\"password\":[\"x\",\"y\"],\"d\":\"no\"}","e":"no"}"#), ["x", "y"]);
        assert_eq!(values("password=[x, y] d=no"), ["x", "y"]);
        assert_eq!(values("password={a=x, b=y} d=no"), ["x", "y"]);
    }

    #[test]
    fn placeholders_hold_nothing() {
        for value in [
            "",
            "null",
            "None",
            "****",
            "********12",
            "<token>",
            "${VAR}",
            "%s",
            "[FILTERED]",
            "(hidden)",
            "{{ x }}",
            "xxxx",
            "%(pw)s",
            "%VAR%",
        ] {
            assert!(holds_nothing(value.as_bytes()), "{value}");
        }
        for value in ["$HUNTER2", "hunter2", "****abcdefgh", "$ecret", "<a>b<c>x", "nullable", "${a}b"] {
            assert!(!holds_nothing(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn tokens() {
        assert!(is_token(b"abcdefgh12345678") && is_token(b"qwertyuiopasdfghjk"));
        assert!(!is_token(b"/etc/ssl/private/server1.key"));
        assert!(!is_token(b"short1") && !is_token(b"aaaaaaaaaaaaaaaaaaaa") && !is_token(b"has a space in it 12"));
    }
}
