//! Where the value beside a key begins and ends, in the syntaxes that logs are written in.
//!
//! Everything here looks at bytes around a place and takes no decision about rules. Both scanners use it: it
//! defines what a key and a value are, as `boundary` defines what an edge is.

mod colour;
mod container;
mod content;
mod declared;
mod element;
mod field;
mod next_line;
mod nothing;
mod pair;
mod plain;
mod quote;
mod removal;
mod time;
mod tuple;
mod url;
mod value;

pub(crate) use content::{goes_on_in_prose, is_made_up, is_secret, is_token};
pub(crate) use next_line::Next;
pub(crate) use nothing::{holds_nothing, is_code_at, is_null, is_remark};
pub(crate) use plain::{PLAIN, is_of_path, plain_value};
pub(crate) use quote::{Quote, Strings, end_of_quoted};
pub(crate) use removal::{Removal, Removed};
pub(crate) use time::is_of_time;
pub(crate) use url::is_user_and_host;
pub(crate) use value::behind;

use colour::skip_colours;
use field::Field;
use quote::{DOUBLE, ends_string};
use value::{Style, Surroundings};

use super::byte_set::ByteSet;
use super::words::{self, Words};
use super::{Span, boundary};

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
    /// The value stands on the next line. There is none in this one: the span is empty.
    Next(Next),
}

impl Until {
    /// Of two ways to go on, the one that masks more.
    pub(crate) fn wider(self, other: Until) -> Until {
        let rank = |until: Until| match until {
            Until::Complete | Until::Next(_) => 0,
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
    /// Where it begins if the word belongs to it that says how a credential is used (`Bearer`).
    pub(crate) from: usize,
    /// Whether it is more likely said of a value than one: by a schema, in a pattern. Only who asks for everything takes it.
    pub(crate) doubtful: bool,
}

impl Value {
    pub(crate) fn new(span: Span, until: Until) -> Self {
        Value { span, until, from: span.start, doubtful: false }
    }

    /// One that stands on the line behind this one, which ends at `end`.
    fn below(end: usize, next: Next) -> Self {
        Value::new(Span { start: end, end }, Until::Next(next))
    }
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

/// The bytes of a key as it stands in a line: letters of any language, digits, and what joins words.
const KEY_BYTES: ByteSet = {
    let mut set = ByteSet::of(b"_.-/");
    let mut byte = 0;
    while byte < 256 {
        let is_one = words::is_letter(byte as u8) || (byte as u8).is_ascii_digit();
        set.0[byte >> 6] |= (is_one as u64) << (byte & 63);
        byte += 1;
    }
    set
};

/// May a byte stand in a key?
pub(crate) fn is_key_byte(byte: u8) -> bool {
    KEY_BYTES.contains(byte)
}

/// How long the run of key bytes is that begins at `at`, as far as it is looked at.
fn key_length(line: &[u8], at: usize) -> usize {
    KEY_BYTES.run(&line[at..], KEY)
}

/// Where the run of key bytes begins that ends at `end`, as far as it is looked at.
fn key_start(line: &[u8], end: usize) -> usize {
    end - KEY_BYTES.run_back(&line[..end], KEY)
}

/// What follows the name itself and says nothing of it.
const AFTER: [&[u8]; 6] = [b"value", b"raw", b"new", b"old", b"confirm", b"confirmation"];

/// The end of the run of key bytes that holds `at`, when it is near enough for the word that ends at `at` to count,
/// and may be the last one that does.
pub(crate) fn key_end(line: &[u8], at: usize) -> Option<usize> {
    const BEGINNINGS: ByteSet = {
        let mut set = ByteSet([0; 4]);
        let mut at = 0;
        while at < AFTER.len() {
            let first = AFTER[at][0];
            set = set.with(first).with(first.to_ascii_uppercase());
            at += 1;
        }
        set
    };
    let rest = line[at..].iter().take(KEY + 1).take_while(|&&byte| is_key_byte(byte));
    let mut length = 0;
    let mut is_first = true;
    for byte in rest {
        if is_first && byte.is_ascii_alphabetic() {
            if !BEGINNINGS.contains(*byte) {
                return None;
            }
            is_first = false;
        }
        length += 1;
    }
    (length <= KEY).then_some(at + length)
}

/// May what stands at `at` follow the last word of a key that has a value, which ends there?
pub(crate) fn may_follow_last_word(line: &[u8], at: usize) -> bool {
    const FOLLOW: ByteSet = ByteSet::of(b"\"'`\\]=:> \t,&\x1b\r\n");
    let Some(&byte) = line.get(at) else { return true };
    // A small letter goes on with a word, but behind one beyond ASCII it begins the next.
    let goes_on = byte.is_ascii_lowercase() && at > 0 && line[at - 1].is_ascii();
    (is_key_byte(byte) && byte.is_ascii() && !goes_on) || FOLLOW.contains(byte)
}

/// Could a key begin at `at`, whatever stands before it?
pub(crate) fn may_begin_key(line: &[u8], at: usize) -> bool {
    at == 0 || !is_key_byte(line[at - 1]) || key_length(line, at) == KEY
}

/// A key: a run of key bytes up to `end`, with the words before it that single spaces join to it.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) start: usize,
    pub(crate) end: usize,
    context: usize,
}

/// Is this word, `cf` or `cc`, part of a number in hexadecimal: a digit stands before it?
pub(crate) fn is_of_hex(line: &[u8], word: Span) -> bool {
    const LONGEST: usize = 2;
    let is_hex = word.len() <= LONGEST && word.of(line).iter().all(u8::is_ascii_hexdigit);
    is_hex && word.start > 0 && line[word.start - 1].is_ascii_digit() && !boundary::escape_ends_at(line, word.start)
}

/// The key of a value that is no more than `span`, behind `=` or `:` and perhaps in quotes: `id=1`, `"id": "1"`.
pub(crate) fn key_before(line: &[u8], span: Span) -> Option<Key> {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'' | b'\\');
    let behind =
        |at: usize, skipped: &dyn Fn(&u8) -> bool| at - line[..at].iter().rev().take(SPACES).take_while(|byte| skipped(byte)).count();
    let opening = behind(span.start, &is_quote);
    let separator = behind(opening, &|byte| *byte == b' ').checked_sub(1).filter(|&at| matches!(line[at], b'=' | b':'))?;
    let end = behind(separator, &|byte| is_quote(byte) || *byte == b' ');
    let is_all = line.get(span.end).is_none_or(|byte| is_quote(byte) || b" \t\r\n,;&})]>".contains(byte));
    is_all.then(|| Key::ending_at(line, end)).flatten()
}

/// Can a value stand beside a key that ends at `end`? Cheap, and true for every key that has one.
pub(crate) fn may_have_value(line: &[u8], end: usize) -> bool {
    match line.get(end) {
        Some(b'"' | b'\'' | b'`' | b'\\' | b']' | b'=' | b':' | b'>') => true,
        None | Some(b'\r' | b'\n') => pair::may_be_name(line, end),
        Some(b'&') => line[end..].starts_with(element::CLOSE_ENTITY),
        Some(b',') => pair::may_follow(line, end + 1) || tuple::may_follow(line, key_start(line, end), end),
        Some(0x1b) => line.get(end + 1) == Some(&b'['),
        Some(b' ' | b'\t') => {
            let next = skip_spaces(line, end);
            if matches!(line.get(next), Some(b'=' | b':' | b'-' | b'\'' | b'"'))
                || pair::may_follow(line, next)
                || declared::value_behind(line, next).is_some()
            {
                return true;
            }
            // A flag (`--password x`) or an element with attributes.
            let start = key_start(line, end);
            line[start..end].contains(&b'-') || (start > 0 && matches!(line[start - 1], b'<' | b':')) || tuple::may_follow(line, start, end)
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

    /// Its words, of which the last one counts most: what follows the name itself (`value`, `new`, …) is dropped.
    pub(crate) fn words<'l>(&self, line: &'l [u8]) -> Words<'l> {
        let mut out: Words<'_> = words::words(&line[self.context..self.end]).collect();
        let before = out.partition_point(|word| self.context + word.start < self.start);
        while out.len() > before + 1 && out.last().is_some_and(|word| AFTER.iter().any(|after| word.bytes.eq_ignore_ascii_case(after))) {
            out.pop();
        }
        let is_of_hex = |word: &words::Word<'_>| is_of_hex(line, Span { start: self.context + word.start, end: self.context + word.end() });
        if out.len() == before || out.last().is_some_and(is_of_hex) {
            out.clear();
        }
        out
    }

    /// The key itself, without the words before it.
    pub(crate) fn text<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        &line[self.start..self.end]
    }

    /// The value beside this key, or the scalars below it, appended to `out`.
    ///
    /// `in_string` says whether the key stands inside a string of JSON, whose end ends the value too; `barriers`
    /// are the places of earlier replacements. With `everything`, what looks like a pattern is a value too.
    pub(crate) fn values(&self, line: &[u8], in_string: bool, barriers: &[Span], everything: bool, out: &mut Vec<Value>) -> Option<Extent> {
        let text = Surroundings { line, in_string, barriers };
        if let Some(start) = element::text_of(self, line) {
            return text.element(start, self.begins_line(line), out).map(Extent::one);
        }
        let after_quote = Quote::at(line, self.end);
        let quoted = after_quote.is_some();
        // What a key in double quotes stands in is its own string.
        let own_string = after_quote.is_some_and(|(quote, _)| quote == DOUBLE);
        let text = Surroundings { in_string: in_string && !own_string, ..text };
        let mut at = after_quote.map_or(self.end, |(_, after)| after);
        at = self.behind_bracket(line, at);
        at = skip_colours(line, at);
        let spaced = skip_spaces(line, at);
        let Some((separator, after)) = Separator::at(line, spaced) else {
            return pair::values(self, text, out)
                .or_else(|| tuple::values(self, text, out))
                .or_else(|| declared::values(self, text, spaced, out))
                .or_else(|| self.without_separator(text, spaced, out));
        };
        let start = skip_colours(line, skip_blank(line, after));
        // `arn:aws:secretsmanager:…:secret:name` is a path of colons.
        if separator == Separator::Colon && at == self.end && start == after && self.start > 0 && line[self.start - 1] == b':' {
            return None;
        }
        if spaced == at && start > after && separator != Separator::Colon && begins_field(line, start) {
            return None;
        }
        // `credentials: user='bob'` is a field of its own.
        if separator == Separator::Colon && begins_quoted_field(line, start) {
            return None;
        }
        // `pam_unix(passwd:chauthtok): `
        if separator == Separator::Colon && start == after && line[..self.start].ends_with(b"(") {
            let word = line[start..].iter().take(KEY).take_while(|byte| byte.is_ascii_lowercase()).count();
            if line[start + word..].starts_with(b"):") {
                return None;
            }
        }
        // Go's `%+v` of an empty field: `{User:bob Password: Port:5432}`.
        if separator == Separator::Colon && start > after && self.is_exported(line) && begins_exported(line, start) {
            return None;
        }
        let colon = separator == Separator::Colon;
        // `${DB_PASSWORD:?not set}` says what to do without a value.
        if colon && line[..self.start].ends_with(b"${") && matches!(line.get(after), Some(b'?' | b'+')) {
            return None;
        }
        if nothing::is_pattern(&line[start..]) {
            let first = out.len();
            let end = everything.then(|| text.value(start, Style { json: quoted && colon, ..Style::default() }, out))?;
            out[first..].iter_mut().for_each(|value| value.doubtful = true);
            return Some(Extent::one(end));
        }
        let field = self.field(line, at, colon, start > after);
        if matches!(field, Some(Field::Semicolon { .. }))
            && let Some((start, end, after)) = field::in_braces(line, self.start, start)
        {
            value::push(start, end, Until::Complete, out);
            return Some(Extent::one(after));
        }
        let start = if colon { declared::string_of_type(line, start).unwrap_or(start) } else { start };
        let start = value::behind_constructor(line, start);
        let opening = value::behind_type(line, start);
        let bracket = text.container(opening, out);
        if let Some(end) = bracket.filter(|&end| !value::goes_on_behind_bracket(line, opening, end)) {
            return Some(Extent { end, container: true });
        }
        if Quote::at(line, start).is_some_and(|(quote, after)| self.is_prompt(text, quote, after)) {
            return None;
        }
        let json = quoted && separator == Separator::Colon;
        let whole_line = separator == Separator::Colon && start > after && self.begins_line(line);
        const HEADER: &[u8] = b"authorization";
        let credentials = self.text(line).last_chunk::<{ HEADER.len() }>().is_some_and(|tail| tail.eq_ignore_ascii_case(HEADER));
        if credentials && begins_parameter(line, start) {
            return None;
        }
        if separator == Separator::Colon
            && let Some(next) = next_line::Next::of(self, line, start)
        {
            out.push(Value::below(line.len(), next));
            return Some(Extent::one(line.len()));
        }
        let within = self.string_around(line, quoted || separator == Separator::Colon);
        Some(Extent::one(text.value(
            start,
            Style {
                json,
                whole_line: whole_line && !credentials,
                credentials,
                within,
                field,
                query: !colon && self.is_in_query(line),
                bracket,
            },
            out,
        )))
    }

    /// What limits the value beside a key whose separator is looked for at `at`.
    fn field(&self, line: &[u8], at: usize, colon: bool, spaced: bool) -> Option<Field> {
        let squared = at > self.end && line[at - 1] == b']';
        match self.start.checked_sub(1).map(|before| line[before]) {
            Some(b'[') if squared && !colon => Some(Field::Square),
            _ if at == self.end => Field::around(line, self.start, colon, spaced),
            _ => None,
        }
    }

    /// The place behind the bracket that closes a key, with what PHP says of a field there (`[password:protected]`).
    fn behind_bracket(&self, line: &[u8], at: usize) -> usize {
        const LONGEST: usize = 64;
        match line.get(at) {
            Some(b']') => at + 1,
            Some(b':') if line[self.start.saturating_sub(2)..self.start].contains(&b'[') => {
                let text = &line[at + 1..line.len().min(at + LONGEST)];
                let end =
                    memchr::memchr(b']', text).filter(|&end| text[..end].ends_with(b"protected") || text[..end].ends_with(b"private"));
                end.map_or(at, |end| at + 1 + end + 1)
            }
            _ => at,
        }
    }

    /// Does the quote before `after` close the string that the key stands in, so that nothing is its value: the prompt of
    /// a program, the text of a search?
    fn is_prompt(&self, text: Surroundings<'_>, quote: Quote, after: usize) -> bool {
        let line = text.line;
        let ends = ends_string(line, after - 1) || matches!(line.get(after), Some(b' ' | b')' | b';'));
        let opens = match quote.byte {
            b'"' => text.in_string,
            _ => self.context > 0 && line[self.context - 1] == quote.byte,
        };
        quote.backslashes == 0 && ends && opens
    }

    /// The quote that the key stands directly behind, if what it opens is a whole assignment in capitals: in
    /// `["DB_PASSWORD=a b","PORT=80"]` the value ends where the string does.
    fn string_around(&self, line: &[u8], is_field: bool) -> Option<Quote> {
        if is_field || self.start == 0 {
            return None;
        }
        let backslashes = line[..self.start - 1].iter().rev().take(16).take_while(|&&byte| byte == b'\\').count();
        let open = self.start - 1 - backslashes;
        let (quote, after) = Quote::at(line, open)?;
        if after != self.start {
            return None;
        }
        let capitals = || self.text(line).iter().all(|byte| !byte.is_ascii_lowercase());
        let opens = open == 0 || b"[, (".contains(&line[open - 1]);
        (opens && (capitals() || self.is_argument(line, open, quote))).then_some(quote)
    }

    /// `-e 'password=a b'`: all that the quote at `open` begins is the argument of a flag, and one assignment.
    fn is_argument(&self, line: &[u8], open: usize, quote: Quote) -> bool {
        let Some(before) = line[..open].strip_suffix(b" ") else { return false };
        let flag = KEY_BYTES.run_back(before, KEY);
        let is_flag = flag > 1 && before[before.len() - flag] == b'-';
        is_flag && quote.close(line, self.end).is_some_and(|(end, _)| !line[self.end + 1..end.max(self.end + 1)].contains(&b'='))
    }

    /// Does the key stand behind the `?` of a URL?
    fn is_in_query(&self, line: &[u8]) -> bool {
        const LONGEST: usize = 512;
        let before = &line[self.start.saturating_sub(LONGEST)..self.start];
        match before.last() {
            Some(b'?') => true,
            Some(b'&') => {
                let mut back = before.iter().rev().take_while(|&&byte| byte > b' ' && !b"\"'`<>".contains(&byte));
                back.any(|&byte| byte == b'?')
            }
            _ => false,
        }
    }

    /// A key as Go exports it: `Password`, behind a space or an opening bracket.
    fn is_exported(&self, line: &[u8]) -> bool {
        self.start > 0 && b" {".contains(&line[self.start - 1]) && line[self.start].is_ascii_uppercase()
    }

    /// `--password x`, `PASSWORD 'x'`.
    fn without_separator(&self, text: Surroundings<'_>, at: usize, out: &mut Vec<Value>) -> Option<Extent> {
        let line = text.line;
        let flag = line[self.start..].starts_with(b"-");
        let next = *line.get(at)?;
        if at == self.end
            || next == b'-'
            || !(flag || next == b'\'' || (next == b'"' && quote::ends_line(line, at)))
            || Quote::at(line, self.end).is_some()
            || text.barrier_at(at).is_some()
        {
            return None;
        }
        Some(Extent::one(text.value(at, Style::default(), out)))
    }

    /// Nothing before the key but indentation: then a value behind `: ` is the rest of the line, as in YAML
    /// and in header dumps.
    fn begins_line(&self, line: &[u8]) -> bool {
        const INDENT: usize = 64;
        self.context == self.start && self.start <= INDENT && line[..self.start].iter().all(|byte| b" \t-><*".contains(byte))
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
            [b':', b':', b'=', ..] => Some((Separator::Other, at + 3)),
            [b':', b':', b':', b'=', ..] => Some((Separator::Other, at + 4)),
            // `::` is a path, `://` a URL.
            [b':', b':' | b'/', ..] => None,
            [b':', ..] => Some((Separator::Colon, at + 1)),
            _ => None,
        }
    }
}

fn skip_spaces(line: &[u8], at: usize) -> usize {
    at + line[at..].iter().take(SPACES).take_while(|&&byte| byte == b' ' || byte == b'\t').count()
}

/// The same before a value, where bytes that nobody sees may stand too. Within one they end it: NUL stands between the variables
/// of a process, others between the fields of a message.
fn skip_blank(line: &[u8], at: usize) -> usize {
    let is_blank = |byte: &u8| *byte <= b' ' && !b"\r\n\x1b".contains(byte);
    at + line[at..].iter().take(SPACES).take_while(|&byte| is_blank(byte)).count()
}

/// Is this the next field rather than a value, as in `password= user=bob`? The `=` of `c2VjcmV0=` is not.
fn begins_field(line: &[u8], at: usize) -> bool {
    let name = key_length(line, at);
    let behind = line.get(at + name + 1);
    line.get(at).is_some_and(u8::is_ascii_alphabetic)
        && line.get(at + name) == Some(&b'=')
        && behind.is_some_and(|&byte| byte > b' ' && byte != b'=')
}

/// `user='bob'`.
fn begins_quoted_field(line: &[u8], at: usize) -> bool {
    let name = key_length(line, at);
    name > 1 && line.get(at + name) == Some(&b'=') && Quote::at(line, at + name + 1).is_some()
}

/// `Port:5432`: the next field of Go's `%+v`.
fn begins_exported(line: &[u8], at: usize) -> bool {
    let name = line[at..].iter().take(KEY).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    name > 1
        && line[at].is_ascii_uppercase()
        && line.get(at + name) == Some(&b':')
        && line.get(at + name + 1).is_some_and(|&byte| byte > b' ' && byte != b':')
}

/// `token="x"` or `username="bob"` where a credential is expected: a parameter, which is a field of its own.
fn begins_parameter(line: &[u8], at: usize) -> bool {
    let scheme = line[at..].iter().take(KEY).take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'-').count();
    let at = if line.get(at + scheme) == Some(&b' ') { skip_spaces(line, at + scheme) } else { at };
    let name = key_length(line, at);
    name > 0 && line.get(at + name) == Some(&b'=') && line.get(at + name + 1).is_some_and(|&byte| byte > b' ' && byte != b'=')
}

/// Where a value that was cut at `from` ends, or `None` when it goes on past the end of `line`.
pub(crate) fn resume(until: Until, line: &[u8], from: usize, in_class: impl Fn(u16, u8) -> bool) -> Option<usize> {
    let rest = &line[from..];
    let found = match until {
        Until::Complete | Until::Next(_) => Some(0),
        Until::Class(rule) => rest.iter().position(|&byte| !in_class(rule, byte)),
        Until::Quote(quote) => return quote.close_within(line, 0, from).map(|(end, _)| end.max(from)),
        Until::Bare => rest.iter().position(|&byte| byte <= b' ' || byte == b'"' || byte == b'\''),
        Until::Line => None,
    };
    found.map(|offset| from + offset)
}

#[cfg(test)]
mod tests;
