//! The fast scanner equals the reference, whatever the bytes are.

mod explained;
mod inputs;
#[path = "../../tests/support/texts.rs"]
mod texts;

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::kernel::{BUCKETS, Kernel, Tables, WINDOW};
use super::{Cache, Match, Scanner, Strategy as Scan};
use crate::example::{Example, Surroundings, matches_of};
use crate::pack::{Confidence, Pack};
use crate::policy::Policy;
use crate::redact::Redactor;

fn redactor(strategy: Scan) -> Redactor {
    let policy = Policy::parse("test", "sensitive_keys = [\"internal note\"]").unwrap();
    let on_request = crate::builtin::PACKS.iter().flat_map(|pack| pack.rules()).filter(|rule| rule.on_request);
    let policy = policy.min_confidence(Confidence::Low).asking_for(on_request.map(|rule| rule.id.as_ref()));
    Redactor::builder().policy(policy).strategy(strategy).build().unwrap()
}

static FAST: LazyLock<Redactor> = LazyLock::new(|| redactor(Scan::default()));
static REFERENCE: LazyLock<Redactor> = LazyLock::new(|| redactor(Scan::Reference));

include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// Every example and counterexample of the built-in packs.
static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| {
    let packs: Vec<Pack> = SOURCES.iter().map(|(name, text)| Pack::parse(name, text).unwrap()).collect();
    let rules = packs.iter().flat_map(|pack| pack.rules());
    rules
        .flat_map(|rule| {
            let texts = rule.examples.iter().chain(rule.counterexamples.iter());
            texts.map(|text| Example::parse(text, rule, 1).unwrap()).collect::<Vec<_>>()
        })
        .collect()
});

/// The same in every surrounding, line by line.
static LINES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    // The padding to a tile's edge says little about a scanner without tiles, and the reference is slow.
    let wanted =
        |number: usize| Surroundings::ALL.into_iter().filter(move |surroundings| surroundings.is_short() || number.is_multiple_of(40));
    let texts = EXAMPLES.iter().zip(0..).flat_map(|(example, number)| wanted(number).map(|surroundings| surroundings.wrap(example).text));
    texts.flat_map(|text| text.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>()).collect()
});

/// A line without the padding that moves an example to a tile's edge: the reference is slow.
static SHORT_LINES: LazyLock<Vec<&[u8]>> = LazyLock::new(|| LINES.iter().map(Vec::as_slice).filter(|line| line.len() < 2048).collect());

fn assert_equal(line: &[u8]) {
    let mut cache = Cache::default();
    let fast = matches_of(&FAST, line, &mut cache);
    let reference = matches_of(&REFERENCE, line, &mut cache);
    let named = |redactor: &Redactor, matches: &[super::Match]| {
        matches.iter().map(|found| (found.span, redactor.scanner().rule(found.rule).0.to_owned(), found.confidence)).collect::<Vec<_>>()
    };
    assert_eq!(named(&FAST, &fast), named(&REFERENCE, &reference), "{}", line.escape_ascii());
    assert_eq!(fast, reference, "{}", line.escape_ascii());
}

#[test]
fn on_every_example() {
    LINES.iter().for_each(|line| assert_equal(line));
}

/// A kernel whose tables lack one bit is caught by the examples: for each bucket and place there is such a bit.
#[test]
fn a_broken_table_is_noticed() {
    let packs = crate::builtin::PACKS;
    let scanner = |strategy| Scanner::new(packs, strategy, |_, _, _| true, &[]).unwrap();
    let reference = scanner(Scan::Reference);
    let mut cache = Cache::default();
    let mut matches = |scanner: &Scanner, line: &[u8]| {
        let mut matches = Vec::new();
        scanner.find(line, &[], &mut cache, &mut matches);
        matches.sort_unstable_by_key(|found| (found.span, found.rule, found.confidence, found.from));
        matches.dedup();
        matches
    };
    let texts =
        EXAMPLES.iter().flat_map(|example| [Surroundings::Alone, Surroundings::Ansi].map(|surroundings| surroundings.wrap(example).text));
    // Not every phrase of keys has an example: those of a rule take turns with the value of one that it has.
    let packs_as_written: Vec<Pack> = SOURCES.iter().map(|(name, text)| Pack::parse(name, text).unwrap()).collect();
    let phrases = packs_as_written.iter().flat_map(|pack| pack.rules()).flat_map(|rule| {
        let example = Example::parse(&rule.examples[0], rule, 1).unwrap();
        let value = example.marked.first().map_or_else(Vec::new, |span| example.text[span.start..span.end].to_vec());
        let line = move |phrase: &str| [phrase.trim_start_matches('*').replace(' ', "_").as_bytes(), b"=", &value].concat();
        rule.keys.iter().map(|phrase| line(phrase)).collect::<Vec<_>>()
    });
    // As they stand in a string of JSON.
    let escaped = EXAMPLES.iter().map(|example| {
        let escape = |&byte: &u8| if b"\"/".contains(&byte) { vec![b'\\', byte] } else { vec![byte] };
        example.text.iter().flat_map(escape).collect::<Vec<u8>>()
    });
    // A number that only an escape parts from a letter.
    let colours = ["\x1b", "\\u001b", "\\x1B", "\\e", "\\033", "^["].map(|escape| format!("{escape}[31m4111111111111111").into_bytes());
    let lines: Vec<(Vec<u8>, Vec<Match>)> = texts
        .chain(phrases)
        .chain(escaped)
        .chain(colours)
        .filter(|text| !text.contains(&b'\n'))
        .map(|line| (line.clone(), matches(&reference, &line)))
        .collect();
    for kernel in [Kernel::best(), Kernel::Scalar] {
        let mut broken = scanner(Scan::Engine(kernel));
        let mut notices = |scanner: &Scanner| lines.iter().any(|(line, expected)| matches(scanner, line) != *expected);
        assert!(!notices(&broken), "{kernel:?}: whole");
        let places = (0..BUCKETS).flat_map(|bucket| (0..WINDOW).map(move |place| (bucket, place)));
        // A place for each bucket where not all is asked for.
        for (bucket, place) in places.filter(|(bucket, place)| thorough() || bucket % WINDOW == *place) {
            fn tables(scanner: &mut Scanner) -> &mut Tables {
                scanner.engine.as_mut().unwrap().tables_mut()
            }
            let bytes: Vec<u8> = (0x1b..=b'~').filter(|&byte| tables(&mut broken).allows(bucket, place, byte)).collect();
            let noticed = bytes.iter().any(|&byte| {
                tables(&mut broken).flip(bucket, place, byte);
                let noticed = notices(&broken);
                tables(&mut broken).flip(bucket, place, byte);
                noticed
            });
            assert!(noticed || bytes.is_empty(), "{kernel:?}: bucket {bucket}, place {place}");
        }
        assert!(!notices(&broken), "{kernel:?}: whole again");
    }
}

/// A pattern with `value` is what stands before the secret: its check says nothing of itself.
#[test]
fn a_check_is_asked_of_the_value_behind_a_pattern() {
    let rule = "[[rule]]\nid = \"x\"\nclass = \"secret\"\npattern = 'zqyx -p '\nvalue = '(?<secret>[!-~]{8,})'\ncheck = \"mixed\"\nexamples = []\ncounterexamples = []";
    let pack = Pack::parse("x", rule).unwrap();
    for strategy in [Scan::Reference, Scan::Engine(Kernel::best()), Scan::Engine(Kernel::Scalar)] {
        let redactor = Redactor::builder().pack(pack.clone()).strategy(strategy).build().unwrap();
        assert_eq!(redactor.redact_message(b"zqyx -p a1b2c3d4 zqyx -p abcdefgh"), b"zqyx -p [REDACTED:x] zqyx -p abcdefgh", "{strategy:?}");
    }
}

/// Lines on which they once differed.
#[test]
fn on_lines_that_told_them_apart() {
    let lines: [&[u8]; 7] = [
        b"^[[31m4111111111111111 ^[[0m",
        b"card ^[[1;31m4111111111111111117 \\n_x4111111111111111",
        b"dt0cl1Cn8TrkaV\xfe\xfeconsumerSecret:\xfe\xfe\xfe\xfe\xde\xfe\xfe\xfe\xfe\xfe\xfe\xfe\xfese\xfe\xfe\xfession t y",
        b"[4111111111111111] {4111111111111111} @4111111111111111",
        b"=IDENTIFIED BY '\xa2\n7302972&dx40prrpmq40Wc19H\xc3\xbc8494804'",
        "JELSZÓnew=hunter2 x".as_bytes(),
        "my_секретnew: top_secret-live-short 92789213".as_bytes(),
    ];
    lines.into_iter().for_each(assert_equal);
}

/// A line feed in a decoded view ends no line: what reaches over it is found.
#[test]
fn matches_reach_over_line_feeds_in_views() {
    for fields in [
        "pattern = 'zqy[^,%]{10}'",
        "pattern = 'zqy[^,%]{10,}'",
        "pattern = 'zqy[^,%]{10,900}'",
        "pattern = 'x{0,3}zqy[^,%]{10}'",
        "pattern = '[^, %]{13}'\nnear = [\"wvut\"]",
    ] {
        let text = format!("[[rule]]\nid = \"r\"\nclass = \"secret\"\nboundary = \"left\"\n{fields}\n");
        for strategy in [Scan::default(), Scan::Reference] {
            let policy = Policy::parse("test", "packs = []").unwrap();
            let pack = Pack::parse("test", &text).unwrap();
            let redactor = Redactor::builder().policy(policy).pack(pack).strategy(strategy).build().unwrap();
            let masked = redactor.redact_message(b"wvut zqyab=%0Adefghi, x");
            assert!(masked.windows(12).any(|part| part == b"[REDACTED:r]"), "{fields}, {strategy:?}");
        }
    }
}

/// Rules of a user that ask for what no built-in one does: runs of many digits, patterns that may begin with any byte, phrases that
/// share words with those of the packs.
#[test]
fn rules_of_a_user() {
    let rules = [
        "pattern = '[0-9]{60,90}x'\nnear = [\"account\"]",
        "pattern = '[0-9]{4,90}[xX]'\ncheck = \"any\"",
        "digits = [\"60..64\"]\nnear = [\"zqyv\"]",
        "digits = [\"64-2\", \"2-64\"]\nnear = [\"zqyv\"]",
        "pattern = '[^, %]{13}'\nnear = [\"wvut\"]\nboundary = \"left\"",
        "pattern = '[\\s0-9]{3}-[a-f]{2}'\nnear = [\"wvut zqyv\"]\nboundary = \"none\"",
        "pattern = '[A-Z]?[0-9]{1,3}(?:\\.[0-9]{2})?-zqyx'",
        "keys = [\"acme password\", \"password of acme\", \"*zqyvtoken\", \"contraseña acme\"]\nvalue = \"any\"",
    ];
    let stanza = |(index, fields): (usize, &&str)| format!("[[rule]]\nid = \"r{index}\"\nclass = \"secret\"\n{fields}\n");
    let pack = Pack::parse("test", &rules.iter().enumerate().map(stanza).collect::<String>()).unwrap();
    let redactors = ["", "packs = []"].map(|policy| {
        [Scan::default(), Scan::Reference].map(|strategy| {
            let policy = Policy::parse("test", policy).unwrap().min_confidence(Confidence::Low);
            Redactor::builder().policy(policy).pack(pack.clone()).strategy(strategy).build().unwrap()
        })
    });
    let digits = |count: usize| "7".repeat(count);
    let runs = [3, 4, 59, 60, 63, 64, 65, 66, 80, 90, 91].map(digits);
    let texts = runs.iter().flat_map(|run| {
        [format!("{run}x"), format!("{run}-77"), format!("77-{run} "), format!("%20{run}X"), format!("a\\n{run}x"), format!("x{run}x")]
    });
    let others = [
        "ab",
        "abcdef",
        "abcdefghijklm",
        " 1-ab",
        "\t\n1-ab",
        "A12.34-zqyx",
        "acme_password=",
        "passwordOfAcme: ",
        "xzqyvtoken=",
        "contraseña acme=",
        "hunter2",
        "wvut",
        "wvut zqyv",
        "account",
        "zqyv",
    ];
    let texts: Vec<String> = texts.chain(others.map(str::to_owned)).collect();
    let between = prop::sample::select(&[" ", " ", "\r\n", "\n", "\r", ",", "="][..]);
    let input = prop::collection::vec((prop::sample::select(texts), between), 0..12);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut masked = 0;
    for _ in 0..2000 * factor() {
        let pieces = input.new_tree(&mut runner).unwrap().current();
        let input: String = pieces.into_iter().flat_map(|(text, between)| [text, between.to_owned()]).collect();
        for redactors in &redactors {
            let [fast, reference] = redactors.each_ref().map(|redactor| {
                let (mut filter, mut out) = (redactor.filter(), Vec::new());
                filter.push(input.as_bytes(), &mut out);
                filter.finish(&mut out);
                String::from_utf8_lossy(&out).into_owned()
            });
            assert_eq!(fast, reference, "{}", input.escape_debug());
            masked += fast.matches("[REDACTED:r").count();
        }
    }
    assert!(masked > 500, "{masked}");
}

/// Texts that each pattern matches, alone and with a word that it asks for at every distance on either side.
#[test]
fn on_generated_matches() {
    let packs: Vec<Pack> = SOURCES.iter().map(|(name, text)| Pack::parse(name, text).unwrap()).collect();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for rule in packs.iter().flat_map(|pack| pack.rules()) {
        let Some(pattern) = &rule.pattern else { continue };
        let texts = prop::string::bytes_regex(&format!("(?-u){pattern}")).unwrap();
        let mut text = || texts.new_tree(&mut runner).unwrap().current().into_iter().filter(|&byte| byte != b'\n').collect::<Vec<u8>>();
        let near = rule.near.iter().chain(rule.raise_near.iter()).map(|word| word.as_bytes());
        for distance in 0..50 {
            let (text, space) = (text(), vec![b' '; distance]);
            assert_equal(&[b"x ", &text[..], b" y"].concat());
            for word in near.clone().take(3) {
                assert_equal(&[word, &space, &text, b" y"].concat());
                assert_equal(&[b"x ", &text[..], &space, word].concat());
            }
        }
    }
}

/// An example with some of its bytes replaced, removed or doubled, cut, or joined to another.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let line = || (0..usize::MAX).prop_map(|pick| SHORT_LINES[pick % SHORT_LINES.len()].to_vec());
    let edit = (any::<prop::sample::Index>(), 0..4u8, texts::fragments());
    (line(), prop::collection::vec(edit, 0..6), prop::option::of(line())).prop_map(|(mut line, edits, other)| {
        for (place, kind, fragment) in edits {
            if line.is_empty() {
                break;
            }
            let at = place.index(line.len());
            match kind {
                0 => line.truncate(at),
                1 => drop(line.splice(at..at, fragment)),
                2 => drop(line.splice(at..at + 1, fragment)),
                _ => drop(line.drain(at..at + 1)),
            }
        }
        line.extend(other.into_iter().flatten());
        line.retain(|&byte| byte != b'\n');
        line
    })
}

/// The words of a phrase in one of the ways that keys are written, perhaps with a word glued to it.
fn phrase() -> impl Strategy<Value = Vec<u8>> {
    static PHRASES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let rules = crate::builtin::PACKS.iter().flat_map(|pack| pack.rules());
        rules
            .flat_map(|rule| rule.keys.iter().chain(rule.near.iter()).chain(rule.raise_near.iter()).map(|phrase| phrase.to_string()))
            .collect()
    });
    let separator = prop::sample::select(vec!["_", ".", "-", " ", "", "__", "%5F", "\\u005f", "\\n", "\\t", "%20", "\x1b[1m", "/"]);
    let around =
        prop::sample::select(vec!["", "", "", "x", "my_", "db.", "new", "\\n", "\\u0020", "%20", "\x1b[31m", "\"", "7", "--", "\u{fc}"]);
    let case = 0..5u8;
    ((0..usize::MAX), separator, case, around.clone(), around).prop_map(|(pick, separator, case, before, behind)| {
        let capital = |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect::<String>();
        let words = PHRASES[pick % PHRASES.len()].split(' ').enumerate().map(|(number, word)| match case {
            0 => word.to_uppercase(),
            1 => capital(word),
            2 if number > 0 => capital(word),
            _ => word.to_owned(),
        });
        [before, &words.collect::<Vec<_>>().join(separator), behind].concat().into_bytes()
    })
}

/// A word and something that may be a value of its, at the distances around which nearness ends, or as key and value.
fn words_and_values() -> impl Strategy<Value = Vec<u8>> {
    let gap = prop_oneof![
        3 => (25usize..45, prop::sample::select(b" .x-9\\".to_vec())).prop_map(|(length, byte)| vec![byte; length]),
        1 => (25usize..45).prop_map(|length| b"a b, c. ".iter().copied().cycle().take(length).collect()),
        3 => prop::sample::select(vec![&b"="[..], b": ", b"\":\"", b"\\\":\\\"", b" ", b"%3D", b"\\u003d", b" = ", b"=> '", b"[", b""])
            .prop_map(<[u8]>::to_vec),
    ];
    let example = (0..usize::MAX).prop_map(|pick| {
        let example = &EXAMPLES[pick % EXAMPLES.len()];
        let line = example.marked.first().map_or(&example.text[..], |span| &example.text[span.start..span.end]);
        line.iter().copied().filter(|&byte| byte != b'\n').collect::<Vec<u8>>()
    });
    let value = prop_oneof![2 => example, 1 => texts::fragments()];
    let part = (phrase(), gap.clone(), value, gap, any::<bool>());
    prop::collection::vec(part, 1..3).prop_map(|parts| {
        let parts =
            parts.into_iter().map(
                |(phrase, gap, value, behind, first)| {
                    if first { [phrase, gap, value, behind].concat() } else { [value, gap, phrase, behind].concat() }
                },
            );
        let mut line = parts.collect::<Vec<_>>().concat();
        line.retain(|&byte| byte != b'\n');
        line
    })
}

/// By how much more is to be tried than in a quick run: `LOGVEIL_CASES`.
fn factor() -> u32 {
    std::env::var("LOGVEIL_CASES").ok().and_then(|factor| factor.parse().ok()).unwrap_or(1)
}

/// Whether what takes long is done in full, as `.ci/run` asks.
fn thorough() -> bool {
    factor() > 1
}

fn cases(number: u32) -> ProptestConfig {
    ProptestConfig { cases: number * factor(), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(20_000))]

    #[test]
    fn on_mutated_examples(line in mutated()) {
        assert_equal(&line);
    }

    #[test]
    fn on_fragments(fragments in prop::collection::vec(texts::fragments(), 0..24)) {
        assert_equal(&fragments.concat());
    }

    #[test]
    fn on_words_and_values(line in words_and_values()) {
        assert_equal(&line);
    }

    #[test]
    fn on_random_bytes(line in prop::collection::vec(any::<u8>(), 0..512)) {
        assert_equal(&line);
    }
}
