//! Decoded views: a line with its percent, `\uXXXX` and `\xXX` escapes decoded, and a map back to where each byte stands.
//!
//! A match in a view masks the hull of its raw bytes, so that no escape is cut. Two levels deep, no further.

use smallvec::{SmallVec, smallvec};

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
                (length, Some(decoded)) => {
                    self.text.extend_from_slice(&text[copied..start]);
                    self.origins.extend((copied..start).map(origin));
                    self.text.extend_from_slice(&decoded);
                    self.origins.resize(self.text.len(), origin(start));
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

/// What an escape stands for: a byte, or a letter as UTF-8 has it.
type Decoded = SmallVec<[u8; 4]>;

/// The escape that `text` begins with: its length, and what it stands for if it is one to decode.
fn escape(text: &[u8]) -> (usize, Option<Decoded>) {
    match text {
        [b'%', digits @ ..] => match number(digits, 2) {
            Some(byte) => (3, Some(smallvec![byte as u8])),
            None => (1, None),
        },
        [b'\\', ..] => {
            let slashes = text.iter().take_while(|&&byte| byte == b'\\').count();
            let decoded = match &text[slashes..] {
                [b'u', digits @ ..] => {
                    letter(digits).map(|(length, letter)| (1 + length, letter.encode_utf8(&mut [0; 4]).bytes().collect()))
                }
                [b'x', digits @ ..] => number(digits, 2).map(|byte| (3, smallvec![byte as u8])),
                _ => None,
            };
            match decoded {
                Some((length, decoded)) => (slashes + length, Some(decoded)),
                None => (slashes, None),
            }
        }
        _ => (1, None),
    }
}

/// Does an escape begin here that stands for a quote, or for a backslash, with which one may end?
pub(super) fn is_quote(text: &[u8]) -> bool {
    text.first().is_some_and(|byte| b"%\\".contains(byte))
        && escape(text).1.is_some_and(|decoded| matches!(decoded[..], [b'"' | b'\'' | b'`' | b'\\']))
}

/// The letter of which `text` has the code units of UTF-16 behind `\u`, and how long that is: `00f1`, `d83d\ude00`.
fn letter(text: &[u8]) -> Option<(usize, char)> {
    const DIGITS: usize = 4;
    let high = number(text, DIGITS)?;
    if let Some(letter) = char::from_u32(high) {
        return Some((DIGITS, letter));
    }
    let behind = &text[DIGITS..];
    let slashes = behind.iter().take_while(|&&byte| byte == b'\\').count();
    let low = number(behind[slashes..].strip_prefix(b"u").filter(|_| slashes > 0)?, DIGITS)?;
    let units = [high, low].map(|unit| unit as u16);
    let letter = char::decode_utf16(units).next()?.ok()?;
    Some((2 * DIGITS + slashes + 1, letter))
}

/// The number that the first digits of `text` are in hexadecimal, so many of them.
fn number(text: &[u8], digits: usize) -> Option<u32> {
    let digits = text.get(..digits)?;
    digits.iter().try_fold(0, |number, &digit| Some(number << 4 | char::from(digit).to_digit(16)?))
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
        assert_eq!(
            views(r"contrase\u00f1a \u5bc6\\u7801 \ud83d\ude00 \ud83d \ude00 \ud83dude00 \u00f \xc3\xb1 \x4"),
            [r"contraseña 密码 😀 \ud83d \ude00 \ud83dude00 \u00f ñ \x4"]
        );
    }

    #[test]
    fn spans_map_to_the_hull_of_their_bytes() {
        Views::default().each(b"x %62ob%40y z", &[], |text, _, outwards| {
            assert_eq!(text, b"x bob@y z");
            assert_eq!(outwards(Span { start: 2, end: 5 }), Span { start: 2, end: 7 });
            assert_eq!(outwards(Span { start: 5, end: 6 }), Span { start: 7, end: 10 });
        });
        Views::default().each(br"x \u5bc6 y", &[], |text, _, outwards| {
            assert_eq!(text, "x 密 y".as_bytes());
            assert_eq!(outwards(Span { start: 2, end: 5 }), Span { start: 2, end: 8 });
            // A part of a letter begins where its escape does.
            assert_eq!(outwards(Span { start: 3, end: 6 }), Span { start: 2, end: 9 });
        });
    }
}
