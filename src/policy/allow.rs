//! What is left alone although a rule finds it.

use std::collections::HashSet;
use std::fmt;

use regex_automata::meta::Regex;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::file::AllowLists;
use crate::error::Error;

/// A longer value is never left alone: of what is as long, the end of a piece may have cut the rest.
const LONGEST: usize = 1024;

/// Values of kinds that have nothing in common. A pattern that lets two of them be says nothing of what it allows.
const PROBES: [&str; 10] = [
    "correct horse battery",
    "Tr0ub4dor&3",
    "hunter2",
    "4111111111111111",
    "bob.builder@example.com",
    "192.0.2.17",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ+/8SNFZ4kKs=",
    "Zx_9-Qw.Er7Ty_2Ui-Op5As_Df.Gh3Jk-Lz8Xc_Vb",
    "6a2f41a3-c54c-4ce8-92d2-0324e1c32e22",
];

/// The allow lists of a policy, compiled.
pub(crate) struct Allow {
    values: HashSet<Vec<u8>>,
    patterns: Vec<Regex>,
    log_groups: Vec<Box<[u8]>>,
}

impl Allow {
    /// Compiles the lists. An error comes with the path of its setting.
    pub(super) fn new(lists: &AllowLists) -> Result<Self, (String, Error)> {
        for (name, list) in
            [("values", &lists.values), ("patterns", &lists.patterns), ("keys", &lists.keys), ("log_groups", &lists.log_groups)]
        {
            if list.iter().any(|text| text.trim().is_empty()) {
                let error = Error::new(format!("an empty text in allow.{name}")).remedy("take it out");
                return Err((format!("allow.{name}"), error));
            }
        }
        if let Some(long) = lists.values.iter().find(|value| value.len() > LONGEST) {
            let error = Error::new(format!("a value of more than {LONGEST} bytes")).remedy("longer ones are always masked");
            return Err((format!("allow.values={long}"), error));
        }
        if let Some(any) = lists.log_groups.iter().find(|group| group.bytes().all(|byte| byte == b'*' || byte == b'/')) {
            let error = Error::new("it would leave every log group unmasked")
                .remedy("name the groups, or what they begin with: \"/app/load-test*\"");
            return Err((format!("allow.log_groups={any}"), error));
        }
        let pattern = |text: &String| pattern(text).map_err(|error| (format!("allow.patterns={text}"), error));
        Ok(Allow {
            values: lists.values.iter().map(|value| value.clone().into_bytes()).collect(),
            patterns: lists.patterns.iter().map(pattern).collect::<Result<_, _>>()?,
            log_groups: lists.log_groups.iter().map(|group| group.as_bytes().into()).collect(),
        })
    }

    /// Whether values are looked at at all.
    pub(crate) fn has_values(&self) -> bool {
        !self.values.is_empty() || !self.patterns.is_empty()
    }

    /// Whether a finding with this value is left alone.
    pub(crate) fn value(&self, value: &[u8]) -> bool {
        value.len() <= LONGEST && (self.values.contains(value) || self.patterns.iter().any(|pattern| pattern.is_match(value)))
    }

    /// Whether what this log group holds is left alone.
    #[cfg(feature = "envelope")]
    pub(crate) fn log_group(&self, name: &[u8]) -> bool {
        self.log_groups.iter().any(|group| is_like(group, name))
    }
}

/// The pattern, for whole values.
fn pattern(text: &str) -> Result<Regex, Error> {
    // What the parser says would quote the pattern, which may hold what is to be hidden.
    let wrong = || Error::new("a pattern of allow.patterns does not compile").remedy("it is a regular expression for a whole value");
    let hir = ParserBuilder::new().utf8(false).unicode(false).build().parse(text).map_err(|_| wrong())?;
    let says_what = Held::by(&hir).says_what();
    let is_empty = hir.properties().maximum_len() == Some(0);
    let whole = Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)]);
    let regex = Regex::builder().configure(Regex::config().nfa_size_limit(Some(1 << 20))).build_from_hir(&whole).map_err(|_| wrong())?;
    if is_empty || regex.is_match(b"") {
        return Err(Error::new("a pattern of allow.patterns matches the empty text").remedy("say what the value holds"));
    }
    if !says_what || PROBES.iter().filter(|probe| regex.is_match(probe.as_bytes())).count() > 1 || is_wide(&regex) {
        return Err(Error::new("a pattern of allow.patterns would allow values of every kind")
            .remedy("begin it with what all of these values begin with, such as `test-[0-9]+`, in each of its alternatives"));
    }
    Ok(regex)
}

/// What every match of a part of a pattern holds for certain, and how much of one may be anything.
#[derive(Clone, Copy, Default)]
struct Held {
    /// The longest text, in bytes, that every match holds, and those that it begins and ends with.
    fixed: usize,
    begins: usize,
    ends: usize,
    /// Whether it is that text and nothing else.
    is_text: bool,
    /// At most how many bytes of a match without such a text are of classes that hold nearly everything.
    wide: usize,
}

impl Held {
    /// A text of so many bytes says what a value is.
    const SAYS_WHAT: usize = 2;

    /// A class of more says hardly anything: digits, hexadecimal digits and the signs between them are fewer.
    const WIDEST: usize = 24;

    /// So many letters of wide classes are no secret, whatever they are.
    const MOST_WIDE: usize = 4;

    fn says_what(self) -> bool {
        self.fixed >= Self::SAYS_WHAT || self.wide <= Self::MOST_WIDE
    }

    fn by(hir: &Hir) -> Self {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::text(0),
            HirKind::Literal(literal) => Self::text(literal.0.len()),
            HirKind::Class(class) => match size(class) {
                // A letter in either case.
                0..=2 => Self::text(1),
                size => Held { wide: usize::from(size > Self::WIDEST), ..Held::default() },
            },
            HirKind::Capture(group) => Self::by(&group.sub),
            HirKind::Repetition(repetition) => {
                let (least, most) = (repetition.min as usize, repetition.max.map_or(usize::MAX, |most| most as usize));
                Self::by(&repetition.sub).repeated(least, most)
            }
            HirKind::Concat(parts) => parts.iter().map(Self::by).fold(Self::text(0), Self::then),
            HirKind::Alternation(parts) => parts.iter().map(Self::by).reduce(Self::or).unwrap_or_default(),
        }
        .settled()
    }

    fn text(length: usize) -> Self {
        Held { fixed: length, begins: length, ends: length, is_text: true, wide: 0 }
    }

    /// What holds a text that says what it is may hold anything else.
    fn settled(self) -> Self {
        Held { wide: if self.fixed >= Self::SAYS_WHAT { 0 } else { self.wide }, ..self }
    }

    fn then(self, next: Self) -> Self {
        Held {
            fixed: self.fixed.max(next.fixed).max(self.ends.saturating_add(next.begins)),
            begins: if self.is_text { self.begins.saturating_add(next.begins) } else { self.begins },
            ends: if next.is_text { self.ends.saturating_add(next.ends) } else { next.ends },
            is_text: self.is_text && next.is_text,
            wide: self.wide.saturating_add(next.wide),
        }
    }

    fn or(self, other: Self) -> Self {
        Held {
            fixed: self.fixed.min(other.fixed),
            begins: self.begins.min(other.begins),
            ends: self.ends.min(other.ends),
            is_text: false,
            wide: self.wide.max(other.wide),
        }
    }

    fn repeated(self, least: usize, most: usize) -> Self {
        let wide = self.wide.saturating_mul(most);
        match least {
            0 => Held { wide, ..Held::default() },
            _ if self.is_text => {
                let length = self.fixed.saturating_mul(least);
                Held { is_text: least == most, ..Self::text(length) }
            }
            1 => Held { wide, ..self },
            _ => Held { wide, ..self.then(self) },
        }
    }
}

/// How many bytes a class holds.
fn size(class: &Class) -> usize {
    let length = |start: u32, end: u32| (end - start) as usize + 1;
    match class {
        Class::Bytes(bytes) => bytes.ranges().iter().map(|range| length(range.start().into(), range.end().into())).sum(),
        Class::Unicode(letters) => letters.ranges().iter().map(|range| length(range.start().into(), range.end().into())).sum(),
    }
}

/// What made-up values are of.
const ALPHABETS: [&str; 8] = [
    "0123456789",
    "0123456789abcdef",
    "abcdefghijklmnopqrstuvwxyz",
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-.",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,-./:;<=>?@[]^_{|}~ ",
];

/// What made-up addresses of mail end with.
const DOMAINS: [&[u8]; 4] = [b".com", b".net", b".org", b".de"];

/// Whether made-up values match: those of one kind at many lengths, or nearly all of one length. A pattern that says
/// what its values begin with, or hold, matches none of them.
fn is_wide(regex: &Regex) -> bool {
    const LONGEST_PROBE: usize = 64;
    const MOST_LENGTHS: usize = 8;
    let mut lengths = [0; ALPHABETS.len() + DOMAINS.len()];
    (4..=LONGEST_PROBE).any(|length| {
        let texts = ALPHABETS.iter().map(|alphabet| made_up(alphabet.as_bytes(), length));
        let mails = DOMAINS.iter().map(|domain| made_up_mail(length, domain));
        let matched = texts.chain(mails).enumerate().filter(|(_, probe)| regex.is_match(probe)).map(|(of, _)| of).collect::<Vec<_>>();
        matched.iter().for_each(|&of| lengths[of] += 1);
        let texts = matched.iter().filter(|&&of| of < ALPHABETS.len()).count();
        texts + 2 > ALPHABETS.len() || lengths.iter().any(|&count| count > MOST_LENGTHS)
    })
}

/// Letters of an alphabet as they come, always the same. (Multiplier: Steele and Vigna, 2021.)
fn made_up(alphabet: &[u8], length: usize) -> Vec<u8> {
    let mut state = length as u64;
    let letter = |_| {
        state = state.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
        alphabet[(state >> 33) as usize % alphabet.len()]
    };
    (0..length).map(letter).collect()
}

/// An address of mail, of small letters, as nearly all patterns of addresses take them.
fn made_up_mail(length: usize, domain: &[u8]) -> Vec<u8> {
    let name = made_up(ALPHABETS[2].as_bytes(), length);
    [&name[..length / 2], b"@", &name[length / 2..], domain].concat()
}

/// Whether a name is like a text in which `*` stands for anything.
#[cfg(feature = "envelope")]
fn is_like(text: &[u8], name: &[u8]) -> bool {
    let mut parts = text.split(|&byte| byte == b'*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = memchr::memmem::find(rest, part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

impl fmt::Debug for Allow {
    /// Says how much is allowed, not what: it may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Allow")
            .field("values", &self.values.len())
            .field("patterns", &self.patterns.len())
            .field("log_groups", &self.log_groups.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(patterns: &[&str], values: &[&str]) -> Result<Allow, String> {
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let lists = AllowLists { values: texts(values), patterns: texts(patterns), ..AllowLists::default() };
        Allow::new(&lists).map_err(|(_, error)| error.to_string())
    }

    #[test]
    fn a_pattern_is_for_whole_values() {
        let allow = allow(&["test|test-[0-9]+", "a)|(?:b"], &[]);
        assert!(allow.is_err());
        let allow = self::allow(&["test|test-[0-9]+"], &["hunter2"]).unwrap();
        assert!(allow.value(b"test") && allow.value(b"test-12") && allow.value(b"hunter2"));
        assert!(!allow.value(b"test-") && !allow.value(b"xtest") && !allow.value(b"test\n") && !allow.value(b"hunter22"));
        assert!(!allow.value(&[&b"test-"[..], &[b'1'; LONGEST]].concat()));
    }

    #[test]
    fn what_allows_everything_is_refused() {
        let wide = ".{1,6}|.{8,9}|.{12,20}|.{24,35}|.{37,39}|.{45,1000}";
        for pattern in [
            ".{20}",
            "\\S{32}",
            ".{45,}",
            "[^ ]{24}",
            "[a-z]+",
            "[0-9]+",
            ".+@.+",
            "[A-Z0-9]+",
            "[0-9a-f]{8,}",
            ".{12,15}",
            ".*_.*",
            wide,
            "[A-Za-z0-9]{40}",
            "[a-z]{5,12}",
            "[a-z]+[0-9]+",
            "(?i)[a-z]+-[0-9]+",
            "(?:test-)?[a-z]+",
            "test-[0-9]+|[a-z]{9}",
            "x(?:[a-z]+|yz)",
            "[a-z]+@[a-z]+\\.com",
            ".*\\.org",
        ] {
            let error = allow(&[pattern], &[]).err().unwrap_or_else(|| panic!("{pattern}"));
            assert!(error.contains("every kind") && error.contains("such as `test-[0-9]+`"), "{error}");
        }
        for pattern in [
            "test-[0-9]+",
            ".*@example\\.com",
            "10\\.0\\.[0-9.]+",
            "user-[a-z]{8}",
            "[0-9a-f]{8}",
            "AKIA[A-Z0-9]{16}",
            "[0-9a-f]{40}",
            "[0-9]{4}-[0-9]{2}-[0-9]{2}",
            "[A-Z]{2}[0-9]{6}",
            "test-[a-z]+|[0-9]{4}",
            "(?i)test-\\S+",
            "(?:dev|test)-.*",
            "\\$\\{.*\\}",
            "(?:ab[a-z]+)?[0-9]{3}",
            "-{2,}[a-z]+",
            "x(?:ab)+.*",
        ] {
            assert!(allow(&[pattern], &[]).is_ok(), "{pattern}");
        }
        for pattern in [".*", ".+", "[^ ]+", "(?s).{3,}", "\\S+", "[a-z0-9]+", "\\S{30,}", "(?x) .+ # x", "a*", "", "\\b"] {
            let error = allow(&[pattern], &[]).err().unwrap_or_else(|| panic!("{pattern}"));
            assert!(pattern.len() < 4 || !error.contains(pattern), "{error}");
        }
        assert!(allow(&[], &[""]).is_err() && allow(&[], &[" "]).is_err());
    }

    #[cfg(feature = "envelope")]
    #[test]
    fn a_star_stands_for_anything() {
        for (text, name, is) in [
            ("/app/*", "/app/x", true),
            ("/app/*", "/apple", false),
            ("*-test", "/app/load-test", true),
            ("/a/*/b*", "/a/x/bc", true),
            ("/a/*a", "/a/", false),
            ("/app", "/app", true),
            ("/app", "/app2", false),
        ] {
            assert_eq!(is_like(text.as_bytes(), name.as_bytes()), is, "{text} {name}");
        }
    }
}
