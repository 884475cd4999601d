//! The promises that hold for any bytes, on the public API alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/loggen.rs"]
mod loggen;
#[path = "support/texts.rs"]
mod texts;

use std::sync::LazyLock;

use logveil::{Action, Cache, Confidence, Finding, Keys, Mask, Policy, Redactor, Stats, StreamState};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

fn redactor(policy: Policy) -> Redactor {
    Redactor::builder().policy(policy).keys(Keys::new("k1", b"a key for tests, not for logs").unwrap()).build().unwrap()
}

static DEFAULT: LazyLock<Redactor> = LazyLock::new(|| redactor(Policy::default()));
static LOW: LazyLock<Redactor> = LazyLock::new(|| redactor(Policy::default().min_confidence(Confidence::Low)));
/// One redactor for each action that writes something.
static ACTIONS: LazyLock<Vec<Redactor>> = LazyLock::new(|| {
    let mask = Mask { first: 2, last: 4, domain: true };
    [Action::Replace, Action::Mask(mask), Action::Hash, Action::Encrypt].map(|action| redactor(Policy::default().action(action))).into()
});

fn whole(redactor: &Redactor, input: &[u8]) -> (Vec<u8>, Stats) {
    let mut out = Vec::new();
    let stats = redactor.redact(input, &mut StreamState::default(), &mut Cache::default(), &mut out);
    (out, stats)
}

/// The same through a filter, in reads of these lengths, again and again.
fn in_reads(redactor: &Redactor, input: &[u8], lengths: &[usize]) -> (Vec<u8>, Stats) {
    let mut filter = redactor.filter();
    let (mut out, mut stats) = (Vec::new(), Stats::default());
    let mut lengths = lengths.iter().cycle();
    let mut rest = input;
    while !rest.is_empty() {
        let (read, after) = rest.split_at((*lengths.next().unwrap()).clamp(1, rest.len()));
        stats += filter.push(read, &mut out);
        rest = after;
    }
    stats += filter.finish(&mut out);
    (out, stats)
}

/// Config for tests that find nothing new in a case that shrinks for minutes.
fn cases(number: u32) -> ProptestConfig {
    let factor = std::env::var("LOGVEIL_CASES").ok().and_then(|factor| factor.parse::<u32>().ok()).unwrap_or(1);
    ProptestConfig { cases: number * factor, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(600))]

    /// Promise 2: cuts change nothing, neither the bytes nor the counts.
    #[test]
    fn output_does_not_depend_on_cuts(input in texts::stream(), lengths in prop::collection::vec(1usize..64, 1..8)) {
        let (out, stats) = whole(&LOW, &input);
        for lengths in [&lengths[..], &[1]] {
            let (cut_out, cut_stats) = in_reads(&LOW, &input, lengths);
            prop_assert_eq!(cut_out.escape_ascii().to_string(), out.escape_ascii().to_string());
            prop_assert_eq!((cut_stats.lines(), cut_stats.lines_changed(), cut_stats.findings()), (stats.lines(), stats.lines_changed(), stats.findings()));
        }
    }

    /// Promise 1: what is not in a finding comes out as it went in: the output is the input with stars for the findings (a
    /// number of JSON is masked as a whole, and gets quotes).
    #[test]
    fn bytes_outside_findings_are_untouched(input in texts::stream()) {
        let masking = &*STARS;
        let starts: Vec<usize> = std::iter::once(0).chain(input.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1)).collect();
        let mut expected = Vec::new();
        let mut copied = 0;
        let mut spans: Vec<(usize, usize)> = Vec::new();
        let mut out = Vec::new();
        let stats = masking.redact_with(&input, &mut StreamState::default(), &mut Cache::default(), &mut out, |finding: Finding<'_>| {
            let start = starts[finding.line as usize - 1];
            spans.push((start + finding.span.start, start + finding.span.end));
        });
        spans.sort_unstable();
        for (start, end) in spans {
            prop_assert!(copied <= start && start < end, "findings overlap");
            expected.extend_from_slice(&input[copied..start]);
            copied = end;
        }
        expected.extend_from_slice(&input[copied..]);
        let no_numbers = |bytes: &[u8]| bytes.iter().copied().filter(|byte| !b"*\"\\+-.eE0123456789".contains(byte)).collect::<Vec<u8>>();
        prop_assert_eq!(no_numbers(&out).escape_ascii().to_string(), no_numbers(&expected).escape_ascii().to_string());
        prop_assert_eq!(stats.bytes_out(), out.len() as u64);
        prop_assert_eq!(stats.bytes_in(), input.len() as u64);
    }

    /// Promise 4: a second pass touches no replacement, and takes nothing back.
    #[test]
    fn a_second_pass_keeps_every_replacement(input in texts::stream()) {
        for (number, redactor) in ACTIONS.iter().enumerate() {
            let (once, _) = whole(redactor, &input);
            let (twice, _) = whole(redactor, &once);
            // Stars are no token that could be told apart from its neighbours: none that the first pass wrote may turn back
            // into something else. Where it wrote none, those of the input may, seldom, be part of what the second masks.
            let stars = |text: &[u8]| text.iter().filter(|byte| **byte == b'*').count();
            let writes_stars = number == 1;
            prop_assert!(!writes_stars || stars(&twice) >= stars(&once), "{} became {}", once.escape_ascii(), twice.escape_ascii());
            let (first, second) = (texts::replacements(&once), texts::replacements(&twice));
            let mut later = second.iter();
            for replacement in &first {
                prop_assert!(later.any(|other| other == replacement), "{} became {}", once.escape_ascii(), twice.escape_ascii());
            }
        }
    }

    /// Promise 6: no bytes make it panic, whatever the threshold and action.
    #[test]
    fn any_bytes_come_through(input in prop::collection::vec(any::<u8>(), 0..2048)) {
        for redactor in std::iter::once(&*LOW).chain(&ACTIONS[..]) {
            let (out, stats) = whole(redactor, &input);
            prop_assert_eq!(stats.bytes_out(), out.len() as u64);
            prop_assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), input.iter().filter(|byte| **byte == b'\n').count());
        }
    }

    /// Promise 5: a line of JSON is a line of JSON afterwards, with the same shape.
    #[test]
    fn json_stays_json(value in texts::json()) {
        for compact in [true, false] {
            let line = if compact { value.to_string() } else { spaced(&value) };
            for redactor in ACTIONS.iter().chain([&*LOW]) {
                let (out, _) = whole(redactor, line.as_bytes());
                let parsed: serde_json::Value = serde_json::from_slice(&out)
                    .map_err(|error| TestCaseError::fail(format!("{error}: {line} became {}", out.escape_ascii())))?;
                prop_assert_eq!(shape(&value), shape(&parsed), "{} became {}", line, out.escape_ascii());
            }
        }
    }
}

/// What is decoded tells strings apart by other quotes than the line: that breaks no JSON, and no element is lost.
#[test]
fn a_decoded_quote_breaks_no_list() {
    for line in [
        r#"{"password":["hunter%22 two"]}"#,
        r#"{"password":["%22"]}"#,
        r#"{"password":["hunter","%22"],"n":1}"#,
        r#"{"password": ["hunter%22 two", "hunter3", 7654321], "n": 1}"#,
        r#"{"password":["hunter \"password\":\"%22\" two"]}"#,
        r#"{"password":["{\"log\":\"{\\\"n\\\":4111111111111111,\\\"password\\\":\\\"%22\\\"}\"}"]}"#,
    ] {
        for redactor in ACTIONS.iter().chain([&*LOW, &*DEFAULT]) {
            let (out, _) = whole(redactor, line.as_bytes());
            let text = String::from_utf8_lossy(&out);
            let parsed = serde_json::from_slice(&out).map_err(|error| format!("{error}: {line} became {text}")).unwrap();
            assert_eq!(shape(&serde_json::from_str(line).unwrap()), shape(&parsed), "{line} became {text}");
            assert!(!["hunter", "two", "7654321", "4111"].iter().any(|secret| text.contains(secret)), "{line} became {text}");
        }
    }
    // A name that only the decoded text has: what it names is masked, whatever becomes of the line.
    let escaped = r#"{"contrase\u00f1a":["hunter%22 two","hunter3",7654321]}"#;
    let (out, _) = whole(&DEFAULT, escaped.as_bytes());
    assert!(!["hunter", "two", "7654321"].iter().any(|secret| shows(&out, secret)), "{}", out.escape_ascii());
}

/// Where a secret stands (in the last six behind a pattern), with `¤` in its place, and `°` in that of a user whose name may be replaced too.
const PLACES: [&str; 27] = [
    "password=¤",
    "x password: ¤",
    "password: ¤",
    r#"{"password":"¤","n":1}"#,
    r#"{"m":"{\"password\":\"¤\",\"n\":1}"}"#,
    r#"{"m":"password=¤"}"#,
    "Server=a;Password=¤;Port=1",
    "GET /a?password=¤&x=1",
    "<password>¤</password>",
    "run --password ¤ --verbose",
    "mysqldump --password ¤ db",
    "{Password:¤ Port:1}",
    "password%3D¤",
    "export DB_PASSWORD='¤'",
    r#"{"name":"DB_PASSWORD","value":"¤"}"#,
    r#"{"password":["¤","a"]}"#,
    "client_secret=¤ x",
    "secret=¤",
    "api_key: ¤",
    r#"{"token":"¤"}"#,
    "internal_note=¤",
    "vault login ¤",
    "https://u:¤@h.example.com/",
    "curl -u admin:¤ http://h/",
    "postgres://°:¤@h.example.com/x",
    "curl -u °:¤ http://h/",
    "smbclient //h/share -U °%¤",
];

/// A secret that every rule of these places takes for one: letters and digits, no word.
fn secret() -> impl Strategy<Value = String> {
    "[a-z]{2}[0-9][A-Z][a-z0-9]{3}[A-Z0-9]{3}[a-z][0-9A-Za-z]{9}"
}

static NOTES: LazyLock<Redactor> = LazyLock::new(|| redactor(Policy::parse("test", "sensitive_keys = ['internal note']").unwrap()));

/// Replacements that this redactor knows: of a rule, hashed, encrypted.
static GENUINE: LazyLock<Vec<String>> = LazyLock::new(|| {
    let of = |action| String::from_utf8(redactor(Policy::default().action(action)).redact_message(b"bob@example.com")).unwrap();
    vec![of(Action::Replace), of(Action::Hash), of(Action::Encrypt), "[REDACTED:assigned-password]".to_owned()]
});

fn shows(out: &[u8], secret: &str) -> bool {
    secret.as_bytes().windows(6).any(|part| memchr::memmem::find(out, part).is_some())
}

proptest! {
    #![proptest_config(cases(1500))]

    /// A genuine replacement before, inside or behind a secret, or in the place of its user, hides nothing of it, and what
    /// comes out stays as it is.
    #[test]
    fn a_genuine_replacement_hides_no_secret(
        place in prop::sample::select(PLACES.to_vec()),
        secret in secret(),
        replacement in prop::sample::select(GENUINE.clone()),
        other in prop::option::of((prop::sample::select(GENUINE.clone()), any::<prop::sample::Index>())),
        at in any::<prop::sample::Index>(),
        user in any::<bool>(),
    ) {
        let mut value = secret.clone();
        value.insert_str(at.index(value.len() + 1), &replacement);
        if let Some((other, at)) = other {
            // Behind the first, which must stay whole.
            let floor = value.find(']').unwrap() + 1;
            value.insert_str(floor + at.index(value.len() + 1 - floor), &other);
        }
        let line = place.replace('°', if user { &replacement } else { "bob" }).replace('¤', &value);
        let (once, _) = whole(&NOTES, line.as_bytes());
        prop_assert!(!shows(&once, &secret), "{} became {}", line, once.escape_ascii());
        let (twice, _) = whole(&NOTES, &once);
        prop_assert_eq!(twice.escape_ascii().to_string(), once.escape_ascii().to_string(), "of {}", line);
    }

    /// Nor does anything in brackets that stands before it, be it written as a masker would write it.
    #[test]
    fn a_bracket_before_a_secret_hides_no_secret(
        place in prop::sample::select(PLACES[..PLACES.len() - 6].to_vec()),
        secret in secret(),
        bracket in prop::sample::select(vec![
            "[x]", "[]", "{}", "[1]", "[FILTERED]", "[REDACTED]", "[REDACTED:EMAIL]", "(a)", "<x>", "[x][y]", "[a, b]", "{a=b}", "[null]",
        ]),
    ) {
        // Where no array can stand white space ends a value, and in an element `<` does.
        let no_array = [" --", "--p", "%3D", "<p"].iter().any(|part| place.contains(part));
        let bracket = if no_array && (bracket.contains(' ') || bracket.contains('<')) { "[x]" } else { bracket };
        let line = place.replace('¤', &format!("{bracket}{secret}"));
        let (once, _) = whole(&NOTES, line.as_bytes());
        prop_assert!(!shows(&once, &secret), "{} became {}", line, once.escape_ascii());
        let (twice, _) = whole(&NOTES, &once);
        prop_assert_eq!(twice.escape_ascii().to_string(), once.escape_ascii().to_string(), "of {}", line);
    }

    /// The value of a key that the policy names is masked whatever it is, and JSON stays JSON.
    #[test]
    fn a_sensitive_key_masks_everything(value in texts::json(), leaf in texts::json()) {
        let mut value = value;
        value["internal_note"] = leaf;
        for line in [value.to_string(), spaced(&value)] {
            for redactor in [&*NOTES, &*HASHED_NOTES] {
                let (out, _) = whole(redactor, line.as_bytes());
                let parsed: serde_json::Value = serde_json::from_slice(&out)
                    .map_err(|error| TestCaseError::fail(format!("{error}: {line} became {}", out.escape_ascii())))?;
                prop_assert!(is_masked(&parsed["internal_note"]), "{} became {}", line, out.escape_ascii());
            }
        }
    }
}

static HASHED_NOTES: LazyLock<Redactor> =
    LazyLock::new(|| redactor(Policy::parse("test", "sensitive_keys = ['internal note']\nactions.default = 'hash'").unwrap()));

/// Is nothing left in it but replacements and nulls?
fn is_masked(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Array(items) => items.iter().all(is_masked),
        serde_json::Value::Object(members) => members.values().all(is_masked),
        serde_json::Value::String(text) => {
            let text = text.trim_ascii();
            let is_nothing = text.is_empty() || text.eq_ignore_ascii_case("null") || text.eq_ignore_ascii_case("none");
            is_nothing || (text.starts_with('[') && text.ends_with(']') && !texts::replacements(text.as_bytes()).is_empty())
        }
        other => other.is_null(),
    }
}

/// What stands together with a finding, and is one only beside a replacement, is masked by the first pass: a second one has
/// nothing left to do.
#[test]
fn a_second_pass_is_not_the_first_to_see_anything() {
    let begin = ["-----BEGIN PRIVATE", " KEY-----"].concat();
    let lines = [
        "219-09-9999+12125550123".to_owned(),
        "bob@example.com+12125550123".to_owned(),
        "bob@example.combob@example.com".to_owned(),
        "api_key=4111111111111111%22".to_owned(),
        "password%3D4111 1111 1111 1111\u{e9}".to_owned(),
        "api_key=https://u:pw@h/530394116".to_owned(),
        "password: |GB82 WEST 1234 5698 7654 32,hunter2".to_owned(),
        "  password:{\"name\":\"db_password\"-".to_owned(),
        "  password:\\\":\\\"Bearer Bearer ".to_owned(),
        "  password:[3894".to_owned(),
        "mysql -uroot -p\":\"bob@example.com\\\":\\\"".to_owned(),
        format!("bob@example.com{begin}"),
        format!("curl -u bob:{begin}%2540"),
        format!("\"--password\",\"{begin}\\\\n"),
        String::from_utf8(loggen::logs(300_000, 11, loggen::Dirty::Dirty50).bytes).unwrap(),
    ];
    for redactor in [&ACTIONS[0], &ACTIONS[2], &ACTIONS[3], &*LOW] {
        for line in &lines {
            let (once, stats) = whole(redactor, line.as_bytes());
            assert!(stats.findings() > 0, "{line}");
            let (twice, _) = whole(redactor, &once);
            let different = once.split(|&byte| byte == b'\n').zip(twice.split(|&byte| byte == b'\n')).find(|(once, twice)| once != twice);
            let shown = different.map(|(once, twice)| (once.escape_ascii().to_string(), twice.escape_ascii().to_string()));
            assert_eq!((shown, once.len()), (None, twice.len()));
        }
    }
    // Where the value is nothing by itself, its findings stand as they did.
    let (out, stats) = whole(&DEFAULT, b"219-09-9999+12125550123 (bob@example.com)");
    assert_eq!((out.as_slice(), stats.findings()), (&b"[REDACTED:us-ssn][REDACTED:phone-e164] ([REDACTED:email])"[..], 3));
}

/// Nor is it among lines that are made to be hard, but for one in thousands: where what is masked stood between a key and a
/// value farther behind.
#[test]
fn a_second_pass_seldom_sees_more() {
    let mut runner = TestRunner::deterministic();
    let lines = prop::collection::vec(texts::fragments(), 0..12);
    let (mut masked, mut changed) = (0, 0);
    for _ in 0..20_000 {
        let line = lines.new_tree(&mut runner).unwrap().current().concat();
        for redactor in [&ACTIONS[0], &ACTIONS[2], &ACTIONS[3]] {
            let (once, stats) = whole(redactor, &line);
            if stats.findings() > 0 {
                masked += 1;
                changed += u32::from(whole(redactor, &once).0 != once);
            }
        }
    }
    assert!(masked > 15_000 && changed * 2000 <= masked, "{changed} of {masked}");
}

/// What a person has named is masked, be it prose, a literal or a placeholder.
#[test]
fn values_of_sensitive_keys_are_masked_whatever_they_are() {
    const MASK: &str = "[REDACTED:sensitive-key]";
    for value in [
        "not suitable for John Smith",
        "invalid S3cretZq",
        "required",
        "is HIV positive",
        "unknown",
        "n/a",
        "-",
        "<x>",
        "****",
        "true",
        "no",
        "${VAR}",
        "config.password",
        "f()",
        ".*x",
        "[^a]b",
        "Bearer x",
        "[x]hunter2",
        "xxxx",
        "DB_PASSWORD",
        "YOUR_KEY",
        "7",
    ] {
        for (form, expected) in [
            (r#"{"internal_note":"S"}"#, r#"{"internal_note":"M"}"#),
            (r#"{"a":{"internalNote":["S",null]}}"#, r#"{"a":{"internalNote":["M",null]}}"#),
            (r#"{"internal_note":{"type":"S"}}"#, r#"{"internal_note":{"type":"M"}}"#),
            (r#"{"name":"internal_note","value":"S"}"#, r#"{"name":"internal_note","value":"M"}"#),
            ("internal_note='S' a=b", "internal_note='M' a=b"),
            ("<internal_note>S</internal_note>", "<internal_note>M</internal_note>"),
        ] {
            // Within an element or tag, what could be one.
            if value == "<x>" && form.starts_with('<') {
                continue;
            }
            let line = form.replace('S', value);
            let out = NOTES.redact_message(line.as_bytes());
            assert_eq!(String::from_utf8_lossy(&out), expected.replace('M', MASK), "{line}");
            assert_eq!(NOTES.redact_message(&out), out);
        }
        let bare = format!("internal_note={}", value.replace(' ', "_"));
        if value != "<x>" && value != "[^a]b" {
            assert_eq!(NOTES.redact_message(bare.as_bytes()), format!("internal_note={MASK}").as_bytes(), "{bare}");
        }
    }
    for (line, expected) in [
        (r#"{"internal_note":true,"b":[false]}"#, r#"{"internal_note":"M","b":[false]}"#),
        (r#"{"internal_note":[true,false,null,7,"x",NaN,-Infinity]}"#, r#"{"internal_note":["M","M",null,"M","M","M","M"]}"#),
        (r#"{"m":"{\"internal_note\":[true,1,false]}"}"#, r#"{"m":"{\"internal_note\":[\"M\",\"M\",\"M\"]}"}"#),
        (r#"{"internal_note":"","a":1}"#, r#"{"internal_note":"","a":1}"#),
        (r#"{"internal_note":null,"a":"None"}"#, r#"{"internal_note":null,"a":"None"}"#),
        (r#"{"internal_note":"[REDACTED:email]"}"#, r#"{"internal_note":"[REDACTED:email]"}"#),
        (r#"{"internal_note":"[REDACTED:email][REDACTED:email]"}"#, r#"{"internal_note":"[REDACTED:email][REDACTED:email]"}"#),
    ] {
        assert_eq!(String::from_utf8_lossy(&NOTES.redact_message(line.as_bytes())), expected.replace('M', MASK), "{line}");
    }
}

static STARS: LazyLock<Redactor> = LazyLock::new(|| redactor(Policy::default().action(Action::Mask(Mask::default()))));

/// `": "` and `", "` as many writers put them.
fn spaced(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap().split('\n').map(str::trim_start).collect::<Vec<_>>().join(" ")
}

/// How a value nests, with how many members, whatever their keys and scalars are.
fn shape(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Array(items) => format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(",")),
        serde_json::Value::Object(members) => format!("{{{}}}", members.values().map(shape).collect::<Vec<_>>().join(",")),
        _ => "x".to_owned(),
    }
}

#[test]
fn generated_logs_come_out_the_same_however_they_are_cut() {
    let sample = loggen::logs(300_000, 7, loggen::Dirty::Dirty50);
    let (out, stats) = whole(&DEFAULT, &sample.bytes);
    assert_eq!(stats.lines_changed(), sample.secrets as u64);
    for lengths in [&[1][..], &[7, 4096, 1, 100], &[65536]] {
        assert!(in_reads(&DEFAULT, &sample.bytes, lengths) == (out.clone(), stats.clone()), "{lengths:?}");
    }
}

/// Lines longer than the limit: secrets at every place around the edges of pieces, and values that run over them.
#[test]
fn long_lines_come_out_the_same_however_they_are_cut() {
    const LIMIT: usize = 128 << 10;
    let redactor = redactor(Policy::parse("test", &format!("[limits]\nline = {LIMIT}")).unwrap());
    let filler = |length: usize| "some prose, 12 words; ".bytes().cycle().take(length).collect::<Vec<u8>>();
    let secret = b" password=hunter2-and-more ";
    // The pieces of a line begin at multiples of the limit less the overlap, which is not public: go over all places
    // in steps that are shorter than the secret, in one line.
    let mut line = Vec::new();
    while line.len() < 3 * LIMIT {
        line.extend(filler(40 + line.len() % 13));
        line.extend_from_slice(secret);
    }
    let count = memchr::memmem::find_iter(&line, b"hunter2").count() as u64;
    let mut input = line.clone();
    input.extend_from_slice(b"\r\n");
    // A quoted value, a token and a key without end, each longer than several pieces.
    for (head, tail) in [
        ("x password=\"", "\" user=bob"),
        ("x Bearer a1", " user=bob"),
        ("x {\"password\": {\"a\": [\"", "\"]}, \"user\": \"bob\"}"),
        ("x password=a1", " user=bob"),
    ] {
        input.extend(filler(LIMIT - 100));
        input.extend_from_slice(head.as_bytes());
        input.extend("hunter2".bytes().cycle().take(3 * LIMIT));
        input.extend_from_slice(tail.as_bytes());
        input.push(b'\n');
    }
    let (out, stats) = whole(&redactor, &input);
    assert_eq!(memchr::memmem::find(&out, b"hunter2"), None);
    assert_eq!(stats.lines(), 5);
    assert_eq!(stats.lines_changed(), 5);
    assert_eq!(stats.findings(), count + 4, "{:?}", redactor.by_rule(&stats));
    assert_eq!(memchr::memmem::find_iter(&out, b" user=bob\n").count(), 3);
    assert!(memchr::memmem::find(&out, b"\r\n").is_some());
    for lengths in [&[LIMIT][..], &[LIMIT + 1], &[4096], &[100_003], &[input.len()]] {
        let (cut, cut_stats) = in_reads(&redactor, &input, lengths);
        assert!(cut == out, "{lengths:?}");
        assert_eq!((cut_stats.lines_changed(), cut_stats.findings()), (stats.lines_changed(), stats.findings()));
    }
}

/// A line of exactly the limit is looked at whole; CR before LF is not part of it.
#[test]
fn the_limit_is_exact_with_either_line_end() {
    const LIMIT: usize = 128 << 10;
    let redactor = redactor(Policy::parse("test", &format!("[limits]\nline = {LIMIT}")).unwrap());
    for length in LIMIT - 2..LIMIT + 3 {
        for end in ["\n", "\r\n", "", "\r"] {
            // Whether the number is one of JSON is known to him alone who sees the whole line.
            for (head, tail) in [("", " password=hunter"), ("{\"m\":\"", ", 4111111111111111, \"}")] {
                let mut input = head.as_bytes().to_vec();
                input.resize(length - tail.len(), b'.');
                input.extend_from_slice(tail.as_bytes());
                input.extend_from_slice(end.as_bytes());
                input.extend_from_slice(if end.ends_with('\n') { b"next" } else { b"" });
                let (out, _) = whole(&redactor, &input);
                assert_eq!(memchr::memmem::find(&out, b"hunter").or(memchr::memmem::find(&out, b"4111")), None);
                for lengths in [&[LIMIT][..], &[1000], &[LIMIT + 1], &[LIMIT - 1, 1]] {
                    assert!(in_reads(&redactor, &input, lengths).0 == out, "{length} {end:?} {lengths:?} {tail}");
                }
            }
        }
    }
}

/// Promise 6 where random bytes seldom come: syntax that ends, or begins, anywhere.
#[test]
fn any_part_of_a_structured_line_comes_through() {
    for line in [
        r#"x password={a=b, c=[d=e,"f":1]} user[password]=g <password a="h">i</password> --password j"#,
        r#"{"password" : {"a":["b\"c",1,null],"d":"e"},"m":"{\"token\":[\"f\"],\"g\":\u0022}"}"#,
        "Authorization: Bearer a1 %70assword%3Db%26 c:password => 'd''e' PASSWORD 'f' \x1b[1;31mtoken: \\x1b[0m",
        "[REDACTED:email] [secret:k1:abc] <password><![CDATA[x]]></password> -----BEGIN PRIVATE KEY----- 4111 1111-1",
    ] {
        let line = line.as_bytes();
        for (from, to) in (0..line.len()).flat_map(|from| (from..=line.len()).map(move |to| (from, to))) {
            let (out, stats) = whole(&LOW, &line[from..to]);
            assert_eq!(stats.bytes_out(), out.len() as u64);
        }
    }
}

/// Promise 7: a value that was found appears nowhere but in what was asked to hold it.
#[test]
fn no_value_in_debug_errors_stats_or_findings() {
    const MARKER: &str = "hunter2marker";
    // Also escaped, so that the buffers for decoded text have held it.
    let text = format!("password={MARKER} user={MARKER}@example.com %20\n");
    let mut seen = Vec::new();
    let redactor = Redactor::builder().keys(Keys::new("k1", MARKER.repeat(3).as_bytes()).unwrap()).build().unwrap();
    let (mut state, mut cache, mut out) = (StreamState::default(), Cache::default(), Vec::new());
    let stats = redactor.redact_with(text.as_bytes(), &mut state, &mut cache, &mut out, |finding| seen.push(format!("{finding:?}")));
    assert_eq!(stats.findings(), 2, "{}", out.escape_ascii());
    let mut filter = redactor.filter();
    filter.push(format!("password={MARKER}").as_bytes(), &mut out);
    seen.push(format!("{redactor:?} {state:?} {cache:?} {stats:?} {filter:?} {:?}", redactor.by_rule(&stats)));
    seen.push(format!("{:?}", Redactor::builder().keys(Keys::new("k1", MARKER.repeat(3).as_bytes()).unwrap())));
    seen.push(out.escape_ascii().to_string());
    for policy in [
        format!("min_confidence = '{MARKER}'"),
        format!("packs = '{MARKER}'"),
        format!("[actions]\nbank = '{MARKER}'"),
        format!("x = '{MARKER}"),
        format!("[limits]\nline = '{MARKER}'"),
    ] {
        let error = Policy::parse("p", &policy).unwrap_err();
        seen.push(format!("{error} {error:?}"));
    }
    let short = Keys::new("k1", &MARKER.as_bytes()[..9]).unwrap_err();
    seen.push(format!("{short} {short:?}"));
    // `Debug` of bytes writes numbers.
    let numbers = format!("{:?}", MARKER.as_bytes());
    let numbers = numbers.trim_matches(['[', ']']);
    for text in seen {
        assert!(!text.contains(MARKER) && !text.contains(&MARKER[..9]), "{text}");
        assert!(!text.replace(char::is_whitespace, "").contains(&numbers.replace(' ', "")), "{text}");
    }
}

/// Whatever hides inside something that looks like a replacement is masked.
#[test]
fn a_forged_replacement_hides_nothing() {
    for (input, hidden) in [
        ("password=[REDACTED:hunter2]", "hunter2"),
        ("password=[secret:k1:abcdefghijklmnop]", "abcdefghijklmnop"),
        ("password=\"[REDACTED:assigned-password]hunter2\"", "hunter2"),
        ("password=\"hunter2[REDACTED:assigned-password]\"", "hunter2"),
        ("mail [REDACTED:bob@example.com] x", "bob@example"),
    ] {
        let (out, _) = whole(&DEFAULT, input.as_bytes());
        assert!(!out.escape_ascii().to_string().contains(hidden), "{input} became {}", out.escape_ascii());
    }
    let honest = b"password=[REDACTED:assigned-password] \"token\": \"[REDACTED:github-token]\" [REDACTED:email]\n";
    assert_eq!(whole(&LOW, honest).0, honest);
}

/// Values that a reading of the code once saw slip through, each with what must not survive.
#[test]
fn values_in_awkward_places_are_masked() {
    for (input, hidden) in [
        (r#"{"password":[",Zq99zz",":x7Kq","}y8Lr"],"z":1}"#, &["Zq99zz", "x7Kq", "y8Lr"][..]),
        ("conf password=\",hunter2\" x", &["hunter2"]),
        ("x password: aB3dE=fGh1", &["fGh1"]),
        ("password = hunter=2secret", &["2secret"]),
        ("password=[c2VjcmV0cGFzcw==]", &["c2Vj"]),
        ("password: [Abc:def!ghi]", &["Abc", "def"]),
        ("db.password                      = hunter2", &["hunter2"]),
        ("ALTER USER x PASSWORD 'hun''ter2xyz'", &["hun", "ter2xyz"]),
        ("postgres://app:s3cr3t[REDACTED:email]x9y@db/app", &["s3cr3t"]),
        ("password=[REDACTED:email]hunter2", &["hunter2"]),
        ("password: [REDACTED:email]Zq99zz rest", &["Zq99zz"]),
        (
            "key: -----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\nlastline99zz==\n-----END PRIVATE KEY-----",
            &["MIIE", "lastline"],
        ),
    ] {
        let out = whole(&DEFAULT, input.as_bytes()).0.escape_ascii().to_string();
        assert!(hidden.iter().all(|hidden| !out.contains(hidden)), "{input} became {out}");
    }
    // A container runtime wraps each line of a key in JSON.
    let key = [
        "-----BEGIN PRIVATE KEY-----",
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7",
        "shortlast99==",
        "-----END PRIVATE KEY-----",
    ];
    let wrapped: String = key.iter().map(|line| format!("{{\"log\":\"{line}\\n\",\"stream\":\"stdout\"}}\n")).collect();
    let out = whole(&DEFAULT, wrapped.as_bytes()).0.escape_ascii().to_string();
    assert!(!out.contains("MIIE") && !out.contains("shortlast"), "{out}");
    assert_eq!(out.matches("stdout").count(), 4);
    // Behind a begin line without an end, lines that are no body stay.
    let lone = "-----BEGIN RSA PRIVATE KEY-----\nserver started\nERROR oh no\nGET /index.html 200\n";
    let out = whole(&DEFAULT, lone.as_bytes()).0.escape_ascii().to_string();
    assert_eq!(out, "[REDACTED:pem-private-key]\\nserver started\\nERROR oh no\\nGET /index.html 200\\n");
}

/// The same across the pieces of a long line: arrays and objects below a key, elements, a token inside a value.
#[test]
fn values_that_pieces_cut_are_masked_to_their_end() {
    let redactor = redactor(Policy::parse("test", "[limits]\nline = 131072").unwrap());
    let scalars = |count: usize, form: fn(usize) -> String| (0..count).map(form).collect::<Vec<_>>().join(",");
    let long = "hunter2".repeat(30_000);
    let inputs = [
        format!("{{\"password\":[{}]}}", scalars(40_000, |number| format!("\"hunter{number}\""))),
        format!("x password={{{}}}", scalars(40_000, |number| format!("k{number}=hunter{number}"))),
        format!("{{\"password\":[{},\"hunter2\"]}}", scalars(60_000, |_| "null".to_owned())),
        format!("a <password>{long}</password> b"),
        format!("a <password><![CDATA[{long}]]></password> b"),
        format!("password=\"{}{} hunter2tail\"", concat!("gh", "s_"), "Ab1".repeat(70_000)),
        format!("a {} password=\"{long}\" b", "x".repeat(131_000)),
    ];
    for input in inputs {
        let out = whole(&redactor, input.as_bytes()).0;
        let leak = memchr::memmem::find(&out, b"hunter");
        assert_eq!(
            leak,
            None,
            "{} … {}",
            &input[..60],
            out[leak.unwrap_or(0)..].iter().take(40).copied().collect::<Vec<_>>().escape_ascii()
        );
        for lengths in [&[131_072][..], &[50_000]] {
            assert!(in_reads(&redactor, input.as_bytes(), lengths).0 == out);
        }
    }
}

/// Promise 6: hostile lines take time in proportion to their length. The bound is far from what a linear scanner needs
/// on a slow machine, and from what a quadratic one needs on a fast one.
#[test]
fn hostile_lines_come_to_an_end() {
    let in_a_string = [
        "token=(",
        "token=!",
        "password=",
        "token='",
        "token=\"",
        "a@b",
        "a.a.a.a@",
        "eyJ",
        "SG.",
        "\\",
        "{\"token\":",
        "<password>",
        "-----BEGIN PRIVATE KEY-----",
        "[REDACTED:email] a@b.com ",
        "9 ",
        "1-",
        "%25",
        "ssn ",
        "FwoGZXIvYXdz/",
        "eyJaaaaaaaaa.",
        "eyJ99999999.eyJ-",
        "bearer+/",
        "<password>x\\\"",
        "<token>x",
        "password='x' ",
    ];
    let lines = in_a_string.map(|unit| ("{\"m\":\"", unit)).into_iter();
    // Many values of a key that only a decoded view knows.
    for (before, unit) in lines.chain([("{\"pass\\u0077ords\":[", "\"hunter2\",")]) {
        // Something that every match which runs to the end must be rejected for.
        let line = |repeated: usize| format!("{before}{}_!", unit.repeat((repeated << 10) / unit.len()));
        let time = |line: &str| {
            let start = std::time::Instant::now();
            let (out, stats) = whole(&LOW, line.as_bytes());
            assert_eq!(stats.bytes_out(), out.len() as u64);
            start.elapsed()
        };
        // Four times the bytes take a quadratic scanner sixteen times as long. A busy machine gets more tries, and of each
        // the best of three.
        let best = |line: &str| (0..3).map(|_| time(line)).min().unwrap_or_default();
        let (short, long) = (line(100), line(400));
        assert!((0..20).any(|_| best(&long) < 10 * best(&short)), "{unit:?}");
    }
}
