//! What of a policy's text an error may show: the keys of a line, and values where they are names that logveil gives.
//!
//! A value may be a secret that somebody allows, a key that somebody put in the wrong file, or either under a misspelt
//! name. So values are shown by the setting, not hidden by it, and where a text is broken no value is.

use std::ops::Range;

use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use crate::error::Excerpt;

/// How much of a line may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All but comments.
    Whole,
    /// The keys.
    Keys,
}

impl Part {
    /// What may be shown of the setting with this path.
    pub(super) fn of(path: &str) -> Self {
        /// Their values are names of packs, rules, fields, actions and the like, and numbers.
        const PLAIN: [&str; 9] = ["profile", "packs", "only", "min_confidence", "actions", "classes", "rules", "fields", "limits"];
        let root = path.split(['.', '=']).next().unwrap_or_default();
        if PLAIN.contains(&root) { Part::Whole } else { Part::Keys }
    }
}

/// A text of TOML, by lines.
pub(super) struct Shown<'t> {
    text: &'t str,
    lines: Vec<Line>,
}

/// A line, as places in the text.
#[derive(Default)]
struct Line {
    start: usize,
    /// Where its comment begins, or it ends.
    code: usize,
    /// Up to where it is a header of a table, or keys and what comes before their value. Nothing if it begins otherwise.
    keys: Option<usize>,
    /// Whether a value begins behind these keys.
    has_value: bool,
}

impl<'t> Shown<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut lines = vec![Line::default()];
        let mut statement = Statement::default();
        for token in Source::new(text).lex() {
            let (kind, span) = (token.kind(), token.span());
            let line = lines.last_mut();
            match (kind, line) {
                (TokenKind::Comment | TokenKind::Whitespace | TokenKind::Eof, _) => {}
                (TokenKind::Newline, _) => {
                    statement.end_line();
                    lines.push(Line { start: span.end(), code: span.end(), ..Line::default() });
                }
                (kind, Some(line)) => {
                    line.code = span.end();
                    if statement.ends_keys(kind) {
                        (line.keys, line.has_value) = (Some(span.end()), kind == TokenKind::Equals);
                    }
                    // What follows a text of several lines on its last one is part of the same value.
                    let breaks = memchr::memchr_iter(b'\n', &text.as_bytes()[span.start()..span.end()]);
                    lines.extend(breaks.map(|at| Line { start: span.start() + at + 1, code: span.end(), ..Line::default() }));
                }
                (_, None) => {}
            }
        }
        Shown { text, lines }
    }

    /// The number of the line with this place, from 1.
    pub(super) fn line_at(&self, at: usize) -> usize {
        self.lines.partition_point(|line| line.start <= at)
    }

    /// The line with these bytes of the text, if it may be shown. `name` is what the policy is called.
    pub(super) fn excerpt(&self, name: &str, at: Range<usize>, part: Part) -> Option<Excerpt> {
        let number = self.line_at(at.start);
        let line = self.lines.get(number.checked_sub(1)?)?;
        let line_end = self.lines.get(number).map_or(self.text.len(), |next| next.start - 1);
        let (end, hides) = match part {
            Part::Whole => (line.code.min(line_end), false),
            Part::Keys => (line.keys?, line.has_value),
        };
        let shown = self.text.get(line.start..end)?;
        // A quote in the middle of a word is the end of a text, or its beginning.
        if part == Part::Keys && shown.contains(['\'', '"']) {
            return None;
        }
        let text = if hides { format!("{shown} …") } else { shown.to_owned() };
        let within = |at: usize| at.clamp(line.start, end) - line.start;
        let span = if at.start < end {
            within(at.start)..within(at.end.max(at.start + 1))
        } else {
            // What is meant is hidden, so its keys are.
            shown.len() - shown.trim_start().len()..shown.trim_end_matches(['=', ' ', '\t']).len()
        };
        // Places that the parser gives are those of characters; of what is not, nothing is shown.
        (!span.is_empty() && text.get(span.clone()).is_some()).then(|| Excerpt { name: name.to_owned(), line: number, text, span })
    }
}

/// How far a statement has come: a header of a table, or keys and a value.
#[derive(Default)]
struct Statement {
    /// Whether it is a value that is open: more than keys has been seen, or something that is not to be understood.
    in_value: bool,
    in_header: bool,
    /// Brackets of the value that are open.
    open: usize,
}

impl Statement {
    /// Looks at the next token. Are all keys of the statement behind it, and nothing else?
    fn ends_keys(&mut self, kind: TokenKind) -> bool {
        match kind {
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket if self.in_value => self.open += 1,
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket if self.in_value => self.open = self.open.saturating_sub(1),
            _ if self.in_value => {}
            TokenKind::Equals => {
                self.in_value = true;
                return !self.in_header;
            }
            TokenKind::LeftSquareBracket => self.in_header = true,
            TokenKind::RightSquareBracket => return self.in_header,
            TokenKind::Atom | TokenKind::Dot => {}
            // Keys in quotes are not told from values.
            _ => self.in_value = true,
        }
        false
    }

    fn end_line(&mut self) {
        if self.open == 0 {
            *self = Statement::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown of the place that `‹` and `›` mark, and what of that is marked.
    fn shown(text: &str, part: Part) -> Option<(String, String)> {
        let (start, end) = (text.find('‹').unwrap(), text.find('›').unwrap() - '‹'.len_utf8());
        let text = text.replace(['‹', '›'], "");
        let excerpt = Shown::of(&text).excerpt("p", start..end, part)?;
        assert_eq!(excerpt.line, 1 + text[..start].matches('\n').count());
        let marked = excerpt.text[excerpt.span].to_owned();
        Some((excerpt.text, marked))
    }

    #[test]
    fn keys_are_shown_and_values_are_not() {
        for (text, line, marked) in [
            ("‹alow› = ['hunter2'] # hunter2", "alow = …", "alow"),
            ("a = 1\n[allow]\n  ‹valeus› = ['hunter2']", "  valeus = …", "valeus"),
            ("min_confidence = ‹'hunter2'›", "min_confidence = …", "min_confidence"),
            ("a.b.c= ‹{ x = 'hunter2' }›", "a.b.c= …", "a.b.c"),
            ("[‹no›.such] # hunter2", "[no.such]", "no"),
            ("a = '''\nhunter2\n'''\n[[‹no›]]", "[[no]]", "no"),
            ("a = [\n 'hunter2', # ]\n]\n‹b›=3", "b= …", "b"),
        ] {
            let expected = Some((line.to_owned(), marked.to_owned()));
            assert_eq!(shown(text, Part::Keys), expected, "{text}");
        }
    }

    #[test]
    fn values_that_are_names_are_shown_without_comments() {
        for (text, line, marked) in [
            ("profile = ‹'pcl'› # hunter2", "profile = 'pcl'", "'pcl'"),
            ("only = [\n  ‹'no-such'›, # hunter2\n]", "  'no-such',", "'no-such'"),
            ("packs = '''a\n‹b›''' # hunter2", "b'''", "b"),
            ("packs = ‹'''›a\nb''' # hunter2", "packs = '''a", "'''"),
            ("é = ‹é›", "é = é", "é"),
        ] {
            assert_eq!(shown(text, Part::Whole), Some((line.to_owned(), marked.to_owned())), "{text}");
        }
    }

    /// Where a text is broken, a line may be whatever it likes.
    #[test]
    fn what_is_not_keys_is_not_shown() {
        for text in [
            "[allow]\nvalues = [\n ‹'hunter2›\n]",
            "values = ['a']\n‹'hunter2'›]",
            "values = ['a']\n‹hunter2›]",
            "values = ['a']\n‹hunter2›",
            "values = [\n ‹hunter2› = 3",
            "values = \"\"\"\n‹hunter2› = 3\n\"\"\"",
            "‹\"hunter2\"› = 3",
            "[‹hunter2›",
            "[rules.‹\"hunter2\"›]",
            "a, ‹hunter2› = 3",
            "# ‹hunter2› = 3",
            "{ ‹hunter2› = 3",
            "‹hunter2'›= 3",
            "a.é\"‹=›= 3",
        ] {
            assert_eq!(shown(text, Part::Keys), None, "{text}");
        }
    }

    #[test]
    fn a_setting_says_how_much_may_be_shown() {
        for path in ["profile", "only=iban", "rules.iban.action", "limits.line"] {
            assert_eq!(Part::of(path), Part::Whole, "{path}");
        }
        for path in ["allow.values=profile", "allow.patterns", "keys.write", "sensitive_keys=a", "rule", "profiles", ""] {
            assert_eq!(Part::of(path), Part::Keys, "{path}");
        }
    }

    proptest::proptest! {
        /// Whatever the text is, there is no panic, and no value is shown.
        #[test]
        fn no_text_shows_a_value(parts in proptest::collection::vec("hunter2|'|\"|'''|\n|=|\\[|\\]|\\{|#| |,|é|\\.", 0..40), from in 0usize..80, length in 0usize..9) {
            let text: String = parts.concat();
            let broken = format!("v = ['hunter2', {text}");
            let shown = Shown::of(&broken);
            if let Some(excerpt) = shown.excerpt("p", from..from + length, Part::Keys) {
                proptest::prop_assert!(!excerpt.text.contains('\'') && !excerpt.text.contains('"'));
                proptest::prop_assert!(excerpt.text.get(excerpt.span).is_some());
            }
        }
    }
}
