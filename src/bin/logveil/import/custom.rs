//! Custom data identifiers: a name and a regular expression each, which become the rules of a pack.

use logveil::{Pack, Policy, Redactor};

use super::document::Custom;

/// A custom data identifier as a rule.
pub struct CustomRule {
    pub id: String,
    /// The rule as it stands in a pack.
    pub stanza: String,
    /// What of the expression the rule leaves out.
    pub lost: Vec<String>,
}

impl CustomRule {
    /// The rule for an identifier, or why it cannot be one. Ids that are taken get a number.
    pub fn new(custom: &Custom, pack: &str, taken: &[CustomRule]) -> Result<Self, String> {
        let id = free_id(&custom.name, |id| taken.iter().any(|rule| rule.id == id));
        let Translated { pattern, boundary, lost } = translate(&custom.regex);
        let text = |text: &str| toml::Value::from(text).to_string();
        let stanza = |pattern: &str, boundary: &str, more: &str| {
            format!(
                "[[rule]]\nid = {}\nabout = {}\nclass = \"identity\"\npattern = {}\nboundary = \"{boundary}\"\nconfidence = \"high\"\n{more}",
                text(&id),
                text(&format!("Custom data identifier {}", custom.name)),
                text(pattern),
            )
        };
        // Without a literal it may still be found by its first digit, if that stands at a known place in a word.
        let (in_words, inside) = match boundary {
            "none" => ("left", Some(ONLY_IN_WORDS)),
            asked => (asked, None),
        };
        let bounded = bounded(&pattern);
        let forms = [
            (stanza(&pattern, boundary, ""), vec![]),
            (stanza(&pattern, in_words, BY_DIGITS), vec![inside]),
            (stanza(&bounded, boundary, ""), vec![Some(BOUNDED)]),
            (stanza(&bounded, in_words, BY_DIGITS), vec![Some(BOUNDED), inside]),
        ];
        let mut first_error = None;
        for (stanza, more) in forms {
            match is_rule(pack, &stanza) {
                Ok(()) => {
                    let more = more.into_iter().flatten().map(str::to_owned);
                    return Ok(CustomRule { id, stanza, lost: lost.into_iter().chain(more).collect() });
                }
                Err(error) => _ = first_error.get_or_insert(error.to_string()),
            }
        }
        Err(first_error.unwrap_or_default())
    }
}

const BY_DIGITS: &str = "check = \"any\"\n";
const ONLY_IN_WORDS: &str = "it is found only where it begins a word";
const BOUNDED: &str = "repetitions before its end are followed 200 times at most";

/// `+`, `*` and `{n,}` with an end, all but the last letter of the pattern.
pub fn bounded(pattern: &str) -> String {
    let mut bounded = String::new();
    let (mut in_class, mut is_escaped) = (false, false);
    for (at, letter) in pattern.char_indices() {
        let is_plain = !is_escaped && !in_class && at + 1 < pattern.len();
        match letter {
            '+' if is_plain => bounded.push_str("{1,200}"),
            '*' if is_plain => bounded.push_str("{0,200}"),
            '}' if is_plain && bounded.ends_with(',') => bounded.push_str("200}"),
            _ => bounded.push(letter),
        }
        match letter {
            '[' if !is_escaped => in_class = true,
            ']' if !is_escaped => in_class = false,
            _ => {}
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    bounded
}

/// Would a redactor take it?
pub fn is_rule(pack: &str, stanza: &str) -> Result<(), logveil::Error> {
    // Without the built-in packs, none of which has such ids, this is little work.
    Redactor::builder().policy(Policy::parse("import", "packs = []")?).pack(Pack::parse(pack, stanza)?).build()?;
    Ok(())
}

/// An id for a rule of this name. Ids are lower-case letters, digits and dashes, at most 64.
pub fn free_id(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    const LONGEST: usize = 50;
    let letters = name.chars().take(LONGEST).map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' });
    let id: String = "custom-".chars().chain(letters).collect();
    let numbered = (2..).map(|number: usize| format!("{id}-{number}"));
    std::iter::once(id.clone()).chain(numbered).find(|id| !is_taken(id)).unwrap_or(id)
}

struct Translated {
    pattern: String,
    boundary: &'static str,
    lost: Vec<String>,
}

/// CloudWatch finds an expression anywhere, also inside words, unless `\b` asks for an edge; here that is a setting of the
/// rule. The edges of a log event are not those of a line, so `^` and `$` are left out: more is masked, not less.
fn translate(regex: &str) -> Translated {
    let mut lost = Vec::new();
    let mut rest = regex;
    if let Some(inner) = rest.strip_prefix('^') {
        rest = inner;
        lost.push("`^` is left out: it masks in the middle of a line too".to_owned());
    }
    if let Some(inner) = rest.strip_suffix('$').filter(|inner| !is_escaped(inner)) {
        rest = inner;
        lost.push("`$` is left out: it masks in the middle of a line too".to_owned());
    }
    let (left, inner) = rest.strip_prefix("\\b").map_or((false, rest), |inner| (true, inner));
    let (right, inner) = match inner.strip_suffix("\\b") {
        Some(shorter) if !is_escaped(shorter) => (true, shorter),
        _ => (false, inner),
    };
    let boundary = match (left, right) {
        // An edge is one of the first or the last alternative, and a boundary would be one of all of them.
        _ if has_alternatives(inner) => "none",
        (true, true) => "both",
        (true, false) => "left",
        // There is no rule with an edge on the right alone.
        (false, _) => "none",
    };
    Translated { pattern: inner.to_owned(), boundary, lost }
}

/// Is there a `|` that is one, or may be?
fn has_alternatives(pattern: &str) -> bool {
    pattern.match_indices('|').any(|(at, _)| !is_escaped(&pattern[..at]))
}

/// Does a backslash stand at the end that takes the next letter for itself?
fn is_escaped(before: &str) -> bool {
    before.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_become_boundaries() {
        for (regex, pattern, boundary, lost) in [
            (r"ID-\d{9}", r"ID-\d{9}", "none", 0),
            (r"\bID-\d{9}", r"ID-\d{9}", "left", 0),
            (r"\bID-\d{9}\b", r"ID-\d{9}", "both", 0),
            (r"ID-\d{9}\b", r"ID-\d{9}", "none", 0),
            (r"^ID-\d{9}$", r"ID-\d{9}", "none", 2),
            (r"ID-\d{9}\$", r"ID-\d{9}\$", "none", 0),
            (r"ID-\\b", r"ID-\\b", "none", 0),
            (r"\bID-\d{9}|NO-\d{9}\b", r"ID-\d{9}|NO-\d{9}", "none", 0),
            (r"\bID-\d{9}\|\b", r"ID-\d{9}\|", "both", 0),
            (r"\b", "", "left", 0),
        ] {
            let translated = translate(regex);
            assert_eq!((translated.pattern.as_str(), translated.boundary, translated.lost.len()), (pattern, boundary, lost), "{regex}");
        }
    }

    #[test]
    fn repetitions_get_an_end() {
        for (regex, bounded_to) in [
            (r"ID-[0-9]+-[0-9]+", r"ID-[0-9]{1,200}-[0-9]+"),
            (r"a*b{2,}c{1,3}[+*]\+d", r"a{0,200}b{2,200}c{1,3}[+*]\+d"),
            (r"\\+\]*x", r"\\{1,200}\]{0,200}x"),
        ] {
            assert_eq!(bounded(regex), bounded_to);
        }
    }

    fn custom(name: &str, regex: &str) -> Custom {
        Custom { name: name.to_owned(), regex: regex.to_owned(), rest: Default::default() }
    }

    #[test]
    fn what_has_no_literal_is_found_by_its_digits() {
        for (regex, boundary, lost) in [(r"\b[A-Z]{2}\d{6}\b", "both", 0), (r"\b\d{10}", "left", 0), (r"[A-Z]{2}\d{6}", "left", 1)] {
            let rule = CustomRule::new(&custom("a", regex), "p", &[]).unwrap_or_else(|error| panic!("{error}"));
            assert!(rule.stanza.contains(&format!("boundary = \"{boundary}\"\n")) && rule.stanza.ends_with("check = \"any\"\n"), "{regex}");
            assert_eq!(rule.lost.len(), lost, "{regex}");
        }
        assert!(CustomRule::new(&custom("a", "[a-z]{9}"), "p", &[]).is_err_and(|error| error.contains("no anchor")));
    }

    #[test]
    fn ids_are_free_and_fit() {
        let mut rules = Vec::new();
        for (name, id) in [
            ("Employee_ID", "custom-employee-id".to_owned()),
            ("Employee-ID", "custom-employee-id-2".to_owned()),
            (&"x".repeat(128), format!("custom-{}", "x".repeat(50))),
        ] {
            let rule = CustomRule::new(&custom(name, "EmployeeID-[0-9]{9}"), "p", &rules).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(rule.id, id);
            rules.push(rule);
        }
    }
}
