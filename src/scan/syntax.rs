//! Where the value beside a key begins and ends, in the syntaxes that logs are written in.
//!
//! Everything here looks at bytes around a place and takes no decision about rules. Both scanners use it: it
//! defines what a key and a value are, as `boundary` defines what an edge is.

mod content;
mod quote;
mod value;

pub(crate) use content::{holds_nothing, is_token};
pub(crate) use quote::{Quote, Strings};

use quote::{DOUBLE, ends_string};
use value::{Style, Surroundings};

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

/// What follows the name itself and says nothing of it.
const AFTER: [&[u8]; 6] = [b"value", b"raw", b"new", b"old", b"confirm", b"confirmation"];

/// The end of the run of key bytes that holds `at`, when it is near enough for the word that ends at `at` to count,
/// and may be the last one that does.
pub(crate) fn key_end(line: &[u8], at: usize) -> Option<usize> {
    let rest = line[at..].iter().take(KEY + 1).take_while(|&&byte| is_key_byte(byte));
    let next = rest.clone().find(|byte| byte.is_ascii_alphabetic());
    if next.is_some_and(|next| AFTER.iter().all(|word| !word[0].eq_ignore_ascii_case(next))) {
        return None;
    }
    let length = rest.count();
    (length <= KEY).then_some(at + length)
}

/// May this byte stand behind the last word of a key that has a value?
pub(crate) fn is_behind_last_word(byte: u8) -> bool {
    (is_key_byte(byte) && !byte.is_ascii_lowercase()) || b"\"'`\\]=:> \t".contains(&byte)
}

/// Could the key that ends at `end` begin at `at`, whatever stands before it?
pub(crate) fn may_begin_key(line: &[u8], at: usize, end: usize) -> bool {
    at == 0 || !is_key_byte(line[at - 1]) || end - at >= KEY
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

    /// Its words, of which the last one counts most: what follows the name itself (`value`, `new`, …) is dropped.
    pub(crate) fn words<'l>(&self, line: &'l [u8]) -> Words<'l> {
        let mut out: Words<'_> = words::words(&line[self.context..self.end]).collect();
        let before = out.partition_point(|word| self.context + word.start < self.start);
        while out.len() > before + 1 && out.last().is_some_and(|word| AFTER.iter().any(|after| word.bytes.eq_ignore_ascii_case(after))) {
            out.pop();
        }
        if out.len() == before {
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

fn skip_spaces(line: &[u8], at: usize) -> usize {
    at + line[at..].iter().take(SPACES).take_while(|&&byte| byte == b' ' || byte == b'\t').count()
}

/// Is this the next field rather than a value, as in `password= user=bob`? The `=` of `c2VjcmV0=` is not.
fn begins_field(line: &[u8], at: usize) -> bool {
    let name = line[at..].iter().take(KEY).take_while(|&&byte| is_key_byte(byte)).count();
    let behind = line.get(at + name + 1);
    line.get(at).is_some_and(u8::is_ascii_alphabetic)
        && line.get(at + name) == Some(&b'=')
        && behind.is_some_and(|&byte| byte > b' ' && byte != b'=')
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The values beside the first `password` of a line.
    fn values(line: &str) -> Vec<String> {
        let at = line.to_ascii_lowercase().find("password").unwrap() + "password".len();
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
            r#"{"a":"password=\\","b":"visible"}"#,
            r#"{"a":"password=\\"}"#,
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
