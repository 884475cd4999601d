//! Decoded views: a line with its percent and `\u00XX` escapes decoded, and a map back to where each byte stands.
//!
//! A match in a view masks the hull of its raw bytes, so that no escape is cut. Two levels deep, no further.

use super::Span;
use super::verify::Text;

const DEPTH: usize = 2;

/// The views of a line, reused from line to line.
#[derive(Default)]
pub(super) struct Views {
    levels: [View; DEPTH],
    barriers: Vec<Span>,
}

#[derive(Default)]
struct View {
    text: Vec<u8>,
    /// Where each byte begins in the line, and at last where the line ends.
    origins: Vec<usize>,
}

impl Views {
    /// Calls `look` with each view of `line`: its text, the barriers in it and the way from its spans to the line's.
    pub(super) fn each(&mut self, line: &[u8], barriers: &[Span], mut look: impl FnMut(&[u8], &[Span], &dyn Fn(Span) -> Span)) {
        for level in 0..DEPTH {
            let (outer, inner) = self.levels.split_at_mut(level);
            let view = &mut inner[0];
            let decoded = match outer.last() {
                None => view.decode(line, None),
                Some(outer) => view.decode(&outer.text, Some(&outer.origins)),
            };
            if !decoded {
                return;
            }
            let view = &*view;
            let inwards = |at: usize| view.origins.partition_point(|&origin| origin < at);
            self.barriers.clear();
            self.barriers.extend(barriers.iter().map(|barrier| Span { start: inwards(barrier.start), end: inwards(barrier.end) }));
            look(&view.text, &self.barriers, &|span| Span { start: view.origins[span.start], end: view.origins[span.end] });
        }
    }
}

impl View {
    /// Decodes `text` into this view; `false` when there is nothing to decode. `origins` maps `text` to the line.
    fn decode(&mut self, text: &[u8], origins: Option<&[usize]>) -> bool {
        let origin = |at: usize| origins.map_or(at, |origins| origins[at]);
        self.text.clear();
        self.origins.clear();
        let mut copied = 0;
        let mut at = 0;
        while let Some(offset) = memchr::memchr2(b'%', b'\\', &text[at..]) {
            let start = at + offset;
            at = match escape(&text[start..]) {
                (length, Some(byte)) => {
                    self.text.extend_from_slice(&text[copied..start]);
                    self.origins.extend((copied..=start).map(origin));
                    self.text.push(byte);
                    copied = start + length;
                    copied
                }
                (length, None) => start + length,
            };
        }
        if copied == 0 {
            return false;
        }
        self.text.extend_from_slice(&text[copied..]);
        self.origins.extend((copied..=text.len()).map(origin));
        true
    }
}

/// A line in which replacements are the plain text that they stand for: what is hidden with them is judged by how it
/// looks with something in their place.
#[derive(Default)]
pub(super) struct Plain {
    view: View,
    barriers: Vec<Span>,
}

impl Plain {
    /// What replacements are read as: letters, so that they make no number, no digest and no placeholder, and as many as
    /// the shortest values have.
    const STAND_IN: [u8; 8] = *b"oooooooo";

    /// The same behind a quote, which may be a closing one: a letter there would go on with what it closes.
    const BEHIND_QUOTE: [u8; 8] = *b"_ooooooo";

    pub(super) fn write(&mut self, line: &[u8], barriers: &[Span]) {
        let View { text, origins } = &mut self.view;
        text.clear();
        origins.clear();
        self.barriers.clear();
        let mut copied = 0;
        for barrier in barriers {
            text.extend_from_slice(&line[copied..barrier.start]);
            origins.extend(copied..barrier.start);
            let is_next = self.barriers.last().is_some_and(|last| last.end == text.len());
            copied = barrier.end;
            // Several in a row are no longer than one.
            if !is_next {
                let is_behind_quote = text.last().is_some_and(|byte| b"\"'`".contains(byte));
                let stand_in = if is_behind_quote { Self::BEHIND_QUOTE } else { Self::STAND_IN };
                self.barriers.push(Span { start: text.len(), end: text.len() + stand_in.len() });
                text.extend_from_slice(&stand_in);
                origins.resize(text.len(), barrier.start);
            }
        }
        text.extend_from_slice(&line[copied..]);
        origins.extend(copied..=line.len());
    }

    pub(super) fn text(&self) -> Text<'_> {
        Text { line: &self.view.text, barriers: &self.barriers, plain: true }
    }

    pub(super) fn inwards(&self, span: Span) -> Span {
        let inwards = |at: usize| self.view.origins.partition_point(|&origin| origin < at);
        Span { start: inwards(span.start), end: inwards(span.end) }
    }

    /// Where a match stands in the line, and where what told it begins.
    pub(super) fn outwards(&self, span: Span, from: usize) -> (Span, usize) {
        let origin = |at: usize| self.view.origins[at];
        (Span { start: origin(span.start), end: origin(span.end) }, origin(from))
    }
}

/// The escape that `text` begins with: its length, and the byte that it stands for if it is one to decode.
fn escape(text: &[u8]) -> (usize, Option<u8>) {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |high: u8, low: u8| Some(digit(high)? << 4 | digit(low)?);
    match *text {
        [b'%', high, low, ..] => match pair(high, low) {
            Some(byte) => (3, Some(byte)),
            None => (1, None),
        },
        [b'\\', ..] => {
            let slashes = text.iter().take_while(|&&byte| byte == b'\\').count();
            match text[slashes..] {
                [b'u', b'0', b'0', high, low, ..] => (slashes + 5, pair(high, low).filter(u8::is_ascii)),
                [b'x', high, low, ..] => (slashes + 3, pair(high, low).filter(u8::is_ascii)),
                _ => (slashes, None),
            }
        }
        _ => (1, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn views(line: &str) -> Vec<String> {
        let mut out = Vec::new();
        Views::default().each(line.as_bytes(), &[], |text, _, outwards| {
            assert_eq!(outwards(Span { start: 0, end: text.len() }), Span { start: 0, end: line.len() });
            out.push(String::from_utf8_lossy(text).into_owned());
        });
        out
    }

    #[test]
    fn decodes_two_levels() {
        assert_eq!(views("a=1"), Vec::<String>::new());
        assert_eq!(views(r#"say \"hi\"\n 100%"#), Vec::<String>::new());
        assert_eq!(views("a%3D1"), ["a=1"]);
        assert_eq!(views("a%253D1"), ["a%3D1", "a=1"]);
        assert_eq!(views(r"a\u003d1\\u003d2"), ["a=1=2"]);
        assert_eq!(views("%zz%4"), Vec::<String>::new());
    }

    #[test]
    fn spans_map_to_the_hull_of_their_bytes() {
        Views::default().each(b"x %62ob%40y z", &[], |text, _, outwards| {
            assert_eq!(text, b"x bob@y z");
            assert_eq!(outwards(Span { start: 2, end: 5 }), Span { start: 2, end: 7 });
            assert_eq!(outwards(Span { start: 5, end: 6 }), Span { start: 7, end: 10 });
        });
    }
}
