//! Values that stand on the lines behind their key: the text of an element, a block of YAML, a field of its own.

use super::element::CDATA;
use super::value::{Style, Surroundings};
use super::{Key, pair};
use crate::scan::Span;

/// What the next line may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The text of an element, up to its end tag.
    Element,
    /// An element within the one that names it: `<value>x</value>`.
    Child,
    /// A line that is indented further than the key: all that follow (`password: |`).
    Block { indent: usize },
    /// The same, one line of it, if it is no field or list (`password:`).
    Plain { indent: usize },
    /// An element of a list, and more of them behind it.
    List { indent: usize },
    /// A field with the value, behind the one with the name, with so many fields still to pass between.
    Field { fields: u8 },
}

impl Next {
    /// What stands behind `key: ` at `start`, if that says that the value is on the next line.
    pub(super) fn of(key: &Key, line: &[u8], start: usize) -> Option<Next> {
        let indented = key.context == key.start && line[..key.start].iter().all(|byte| b" -".contains(byte));
        if !indented {
            return None;
        }
        let mut rest = line[start..].trim_ascii_end();
        if rest.first() == Some(&b'!') {
            let tag = rest.iter().take_while(|&&byte| byte != b' ').count();
            rest = rest[tag..].trim_ascii_start();
        }
        match rest {
            [] => Some(Next::Plain { indent: key.start }),
            [b'|' | b'>', style @ ..] if style.iter().all(|byte| b"+-0123456789".contains(byte)) => Some(Next::Block { indent: key.start }),
            _ => None,
        }
    }

    /// What of the next line is a value, and what may come behind it.
    pub(crate) fn look(self, line: &[u8]) -> (Option<Span>, Option<Next>) {
        let start = line.len() - line.trim_ascii_start().len();
        let end = line.trim_ascii_end().len();
        let all = (start < end).then_some(Span { start, end });
        match self {
            Next::Element => (all.and_then(|span| element_text(line, span)), None),
            Next::Child => (all.and_then(|span| child_text(line, span)), None),
            Next::Plain { indent } | Next::List { indent } if start >= indent && line[start..].starts_with(b"- ") => {
                let start = super::skip_spaces(line, start + 1);
                let element = Span { start, end };
                let is_scalar = start < end && is_scalar(element.of(line));
                (Some(element).filter(|_| is_scalar), is_scalar.then_some(Next::List { indent }))
            }
            Next::Block { indent } if start > indent || all.is_none() => (all, Some(self)),
            Next::Plain { indent } if start > indent => (all.filter(|span| is_scalar(span.of(line))), None),
            Next::Block { .. } | Next::Plain { .. } | Next::List { .. } => (None, None),
            Next::Field { fields } => match pair::field(line, start) {
                Some((is_value, at)) if is_value => {
                    let mut out = Vec::new();
                    let text = Surroundings { line, in_string: false, barriers: &[] };
                    text.value(at, Style { json: line[start] == b'"', ..Style::default() }, &mut out);
                    (out.first().map(|value| value.span), None)
                }
                Some(_) if fields > 0 => (None, Some(Next::Field { fields: fields - 1 })),
                _ => (None, None),
            },
        }
    }
}

fn element_text(line: &[u8], Span { start, end }: Span) -> Option<Span> {
    let text = &line[start..end];
    let (text, start) = text.strip_prefix(CDATA).map_or((text, start), |rest| (rest, start + CDATA.len()));
    let length = memchr::memmem::find(text, b"]]>").or_else(|| memchr::memmem::find(text, b"</")).unwrap_or(text.len());
    (length > 0 && text[0] != b'<').then_some(Span { start, end: start + length })
}

/// The text of `<value>x</value>`.
fn child_text(line: &[u8], Span { start, end }: Span) -> Option<Span> {
    let text = &line[start..end];
    let open = memchr::memchr(b'>', text).filter(|&open| text[..open].starts_with(b"<value"))?;
    element_text(line, Span { start: start + open + 1, end })
}

/// Neither a field nor an element of a list: a scalar that stands for itself.
fn is_scalar(text: &[u8]) -> bool {
    let is_field = memchr::memmem::find(text, b": ").is_some() || text.ends_with(b":") || memchr::memchr(b'=', text).is_some();
    let is_quoted = matches!(text, [quote @ (b'"' | b'\''), .., last] if quote == last);
    is_quoted || (!is_field && !text.starts_with(b"- ") && !b"[{<#".contains(&text[0]) && !text.contains(&b' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(next: Next, line: &str) -> (Option<&str>, Option<Next>) {
        let (span, further) = next.look(line.as_bytes());
        (span.map(|span| &line[span.start..span.end]), further)
    }

    #[test]
    fn the_next_line_is_the_value_or_is_none() {
        let block = Next::Block { indent: 2 };
        assert_eq!(look(block, "    a b: c"), (Some("a b: c"), Some(block)));
        assert_eq!(look(block, ""), (None, Some(block)));
        assert_eq!(look(block, "  user: bob"), (None, None));
        let plain = Next::Plain { indent: 0 };
        assert_eq!(look(plain, "  hunter2"), (Some("hunter2"), None));
        for line in ["  min: 8", "  - a: b", "hunter2", "  two words", "  {"] {
            assert_eq!(look(plain, line), (None, None), "{line}");
        }
        let list = Next::List { indent: 0 };
        assert_eq!(look(plain, "  - a"), (Some("a"), Some(list)));
        assert_eq!(look(list, "- 'b c'"), (Some("'b c'"), Some(list)));
        assert_eq!(look(list, "user: bob"), (None, None));
        assert_eq!(look(Next::Child, "  <value>a b</value>"), (Some("a b"), None));
        assert_eq!(look(Next::Child, "  <name>a</name>"), (None, None));
        assert_eq!(look(Next::Element, "  a b</password>"), (Some("a b"), None));
        assert_eq!(look(Next::Element, "<![CDATA[a b]]>"), (Some("a b"), None));
        assert_eq!(look(Next::Element, "</password>"), (None, None));
        assert_eq!(look(Next::Field { fields: 1 }, r#"  "value": "a b","#), (Some("a b"), None));
        assert_eq!(look(Next::Field { fields: 1 }, r#"  "type": "x","#), (None, Some(Next::Field { fields: 0 })));
        assert_eq!(look(Next::Field { fields: 0 }, r#"  "type": "x","#), (None, None));
    }
}
