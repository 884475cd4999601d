//! What is left alone although a rule finds it.

use std::collections::HashSet;
use std::fmt;

use regex_automata::meta::Regex;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, Look};

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
    let whole = Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)]);
    let regex = Regex::builder().configure(Regex::config().nfa_size_limit(Some(1 << 20))).build_from_hir(&whole).map_err(|_| wrong())?;
    if regex.is_match(b"") {
        return Err(Error::new("a pattern of allow.patterns matches the empty text").remedy("say what the value holds"));
    }
    if PROBES.iter().filter(|probe| regex.is_match(probe.as_bytes())).count() > 1 || is_wide(&regex) {
        return Err(Error::new("a pattern of allow.patterns would allow values of every kind")
            .remedy("begin it with what all of these values begin with, such as `test-[0-9]+`"));
    }
    Ok(regex)
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

/// Whether made-up values match: those of one alphabet at many lengths, or nearly all of one length. A pattern that says
/// what its values begin with, or hold, matches none of them.
fn is_wide(regex: &Regex) -> bool {
    const LONGEST_PROBE: usize = 64;
    const MOST_LENGTHS: usize = 8;
    let mut lengths = [0; ALPHABETS.len() + 1];
    (4..=LONGEST_PROBE).any(|length| {
        let made_up = ALPHABETS.iter().map(|alphabet| made_up(alphabet.as_bytes(), length));
        let mail = [made_up_mail(length)];
        let matched = made_up.chain(mail).enumerate().filter(|(_, probe)| regex.is_match(probe)).map(|(of, _)| of).collect::<Vec<_>>();
        matched.iter().for_each(|&of| lengths[of] += 1);
        matched.len() + 2 > ALPHABETS.len() || lengths.iter().any(|&count| count > MOST_LENGTHS)
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

fn made_up_mail(length: usize) -> Vec<u8> {
    let name = made_up(ALPHABETS[3].as_bytes(), length);
    [&name[..1], b"@", &name[2..], b".net"].concat()
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
        for pattern in [".{20}", "\\S{32}", ".{45,}", "[^ ]{24}", "[a-z]+", "[0-9]+", ".+@.+", "[A-Z0-9]+", "[0-9a-f]{8,}", wide] {
            let error = allow(&[pattern], &[]).err().unwrap_or_else(|| panic!("{pattern}"));
            assert!(error.contains("every kind"), "{error}");
        }
        for pattern in
            ["test-[0-9]+", ".*@example\\.com", "10\\.0\\.[0-9.]+", "user-[a-z]{8}", "[0-9a-f]{8}", "[A-Za-z0-9]{40}", "AKIA[A-Z0-9]{16}"]
        {
            assert!(allow(&[pattern], &[]).is_ok(), "{pattern}");
        }
        for pattern in [".*", ".+", "[^ ]+", "(?s).{3,}", "\\S+", "[a-z0-9]+", "\\S{30,}", "(?x) .+ # x", "a*", ""] {
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
