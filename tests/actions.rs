//! What the actions promise: JSON stays JSON, encrypted values come back, tokens are never found again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/texts.rs"]
mod texts;

use std::sync::LazyLock;

use logveil::{Action, Cache, Confidence, Finding, Keys, Mask, Policy, Redactor, Revealed, Revealer, Span, StreamState, Template};
use proptest::prelude::*;
use serde_json::value::RawValue;

fn keys() -> Keys {
    Keys::new("k2", b"a newer key for tests, not for logs").unwrap().with_older("k1", OLD_KEY).unwrap()
}

const OLD_KEY: &[u8] = b"an older key for tests, not for logs";

fn redactor(action: Action) -> Redactor {
    Redactor::builder().policy(Policy::default().action(action)).keys(keys()).build().unwrap()
}

/// One redactor for each action but `remove` and `keep`.
static REPLACING: LazyLock<Vec<Redactor>> = LazyLock::new(|| {
    let mask = Mask { first: 2, last: 4, domain: true };
    let template = Template::parse("[MASKED:{class}.{rule}]").unwrap();
    [Action::Replace, Action::Template(template), Action::Mask(mask), Action::Hash, Action::Encrypt].map(redactor).into()
});
static ENCRYPT: LazyLock<Redactor> = LazyLock::new(|| redactor(Action::Encrypt));
static REMOVE: LazyLock<Redactor> = LazyLock::new(|| redactor(Action::Remove));
static KEEP: LazyLock<Redactor> = LazyLock::new(|| redactor(Action::Keep));

/// What comes out, and where something was found, by the bytes of the input, which is one line.
fn masked(redactor: &Redactor, line: &[u8]) -> (Vec<u8>, Vec<Span>) {
    let (mut out, mut spans) = (Vec::new(), Vec::new());
    redactor
        .redact_with(line, &mut StreamState::default(), &mut Cache::default(), &mut out, |finding: Finding<'_>| spans.push(finding.span));
    (out, spans)
}

fn reveal(keys: &Keys, masked: &[u8]) -> (Vec<u8>, Revealed) {
    let (mut revealer, mut out) = (Revealer::new(keys).unwrap(), Vec::new());
    let mut revealed = revealer.push(masked, &mut out);
    revealed += revealer.finish(&mut out);
    (out, revealed)
}

fn cases(number: u32) -> ProptestConfig {
    ProptestConfig { cases: number * factor(), failure_persistence: None, ..ProptestConfig::default() }
}

/// How many times as many cases are asked for.
fn factor() -> u32 {
    std::env::var("LOGVEIL_CASES").ok().and_then(|factor| factor.parse().ok()).unwrap_or(1)
}

/// A value of JSON as it is written, with its place in the line.
enum Tree<'l> {
    Object(Vec<(&'l str, Tree<'l>)>),
    Array(Vec<Tree<'l>>),
    Scalar(&'l str, usize),
}

/// The members of an object as they are written, keys with their quotes, in order.
struct Members<'l>(Vec<(&'l str, &'l RawValue)>);

impl<'l> serde::Deserialize<'l> for Members<'l> {
    fn deserialize<D: serde::Deserializer<'l>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'l> serde::de::Visitor<'l> for Visitor {
            type Value = Members<'l>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'l>>(self, mut map: A) -> Result<Members<'l>, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<&'l RawValue, &'l RawValue>()? {
                    members.push((key.get(), value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

impl<'l> Tree<'l> {
    fn parse(line: &'l [u8]) -> serde_json::Result<Self> {
        Self::of(serde_json::from_slice::<&RawValue>(line)?.get(), line)
    }

    fn of(text: &'l str, line: &'l [u8]) -> serde_json::Result<Self> {
        match text.as_bytes()[0] {
            b'{' => {
                let members = serde_json::from_str::<Members<'l>>(text)?.0;
                Ok(Tree::Object(
                    members.into_iter().map(|(key, value)| Ok((key, Self::of(value.get(), line)?))).collect::<serde_json::Result<_>>()?,
                ))
            }
            b'[' => {
                let items = serde_json::from_str::<Vec<&'l RawValue>>(text)?;
                Ok(Tree::Array(items.into_iter().map(|item| Self::of(item.get(), line)).collect::<serde_json::Result<_>>()?))
            }
            _ => Ok(Tree::Scalar(text, text.as_ptr() as usize - line.as_ptr() as usize)),
        }
    }
}

/// Whether two values have the same shape, the same keys, and the same scalars where nothing was found.
fn assert_only_findings_changed(before: &Tree<'_>, after: &Tree<'_>, found: &[Span]) -> Result<(), String> {
    match (before, after) {
        (Tree::Object(before), Tree::Object(after)) if before.len() == after.len() => {
            before.iter().zip(after).try_for_each(|(before, after)| {
                if before.0 != after.0 {
                    return Err(format!("the key {} became {}", before.0, after.0));
                }
                assert_only_findings_changed(&before.1, &after.1, found)
            })
        }
        (Tree::Array(before), Tree::Array(after)) if before.len() == after.len() => {
            before.iter().zip(after).try_for_each(|(before, after)| assert_only_findings_changed(before, after, found))
        }
        (Tree::Scalar(before, at), Tree::Scalar(after, _)) => {
            let is_found = found.iter().any(|span| span.start < at + before.len() && *at < span.end);
            if before == after || is_found { Ok(()) } else { Err(format!("{before} became {after}")) }
        }
        _ => Err("the shape has changed".to_owned()),
    }
}

/// Whether what was removed is findings and their keys alone, and everything else is there as it was, in order.
fn assert_only_findings_removed(before: &Tree<'_>, after: &Tree<'_>, found: &[Span]) -> Result<(), String> {
    match (before, after) {
        (Tree::Object(before), Tree::Object(after)) => {
            let mut left = after.iter().peekable();
            for (key, value) in before {
                match left.next_if(|(other, _)| other == key) {
                    Some((_, other)) => assert_only_findings_removed(value, other, found)?,
                    None => assert_whole_finding(value, found)?,
                }
            }
            if left.peek().is_none() { Ok(()) } else { Err("something was added".to_owned()) }
        }
        (Tree::Array(before), Tree::Array(after)) => assert_only_elements_removed(before, after, found),
        _ => assert_only_findings_changed(before, after, found),
    }
}

/// The same for elements, each of which may be gone, or be left without what was found in it.
fn assert_only_elements_removed(before: &[Tree<'_>], after: &[Tree<'_>], found: &[Span]) -> Result<(), String> {
    let Some((first, rest)) = before.split_first() else {
        return if after.is_empty() { Ok(()) } else { Err("an element was added".to_owned()) };
    };
    let stays = |(other, others): (&Tree<'_>, &[Tree<'_>])| {
        assert_only_findings_removed(first, other, found).and_then(|()| assert_only_elements_removed(rest, others, found))
    };
    let stays = after.split_first().map_or_else(|| Err("an element is missing".to_owned()), stays);
    stays.or_else(|error| {
        assert_whole_finding(first, found).map_err(|_| error).and_then(|()| assert_only_elements_removed(rest, after, found))
    })
}

/// Whether it is a scalar that was found, and not only in part.
fn assert_whole_finding(value: &Tree<'_>, found: &[Span]) -> Result<(), String> {
    let Tree::Scalar(text, at) = value else { return Err("an array or object is missing".to_owned()) };
    let is_found = found.iter().any(|span| span.start < at + text.len() && *at < span.end);
    if is_found { Ok(()) } else { Err(format!("{text} is missing")) }
}

/// `": "` and `", "` as many writers put them.
fn spaced(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap().split('\n').map(str::trim_start).collect::<Vec<_>>().join(" ")
}

proptest! {
    #![proptest_config(cases(600))]

    /// Promise 5 and 1 at once, judged by a parser: the same shape and keys, the same bytes in every scalar in which nothing
    /// was found, whatever the action.
    #[test]
    fn json_stays_json_and_only_findings_change(value in texts::json()) {
        for line in [value.to_string(), spaced(&value)] {
            let before = Tree::parse(line.as_bytes()).unwrap();
            for (number, redactor) in REPLACING.iter().chain([&*REMOVE, &*KEEP]).enumerate() {
                let (out, found) = masked(redactor, line.as_bytes());
                let fail = |error: String| TestCaseError::fail(format!("action {number}: {error}: {line} became {}", out.escape_ascii()));
                let after = Tree::parse(&out).map_err(|error| fail(error.to_string()))?;
                let is_removing = number == REPLACING.len();
                let judged = if is_removing { assert_only_findings_removed(&before, &after, &found) } else { assert_only_findings_changed(&before, &after, &found) };
                judged.map_err(fail)?;
                if number > REPLACING.len() {
                    prop_assert_eq!(&out, line.as_bytes());
                }
            }
        }
    }

    /// What is encrypted in any text comes back byte for byte.
    #[test]
    fn any_text_is_revealed_as_it_was(input in texts::stream()) {
        let (masked, found) = masked(&ENCRYPT, &input);
        let (revealed, counts) = reveal(&keys(), &masked);
        prop_assert_eq!(revealed.escape_ascii().to_string(), input.escape_ascii().to_string());
        prop_assert_eq!((counts.tokens, counts.refused), (found.len() as u64, 0));
        // A second pass changes none of it.
        let (again, _) = self::masked(&ENCRYPT, &masked);
        prop_assert_eq!(reveal(&keys(), &again).0, input);
    }

    /// The same for lines of JSON, whose numbers get quotes on the way.
    #[test]
    fn any_json_is_revealed_as_it_was(value in texts::json()) {
        for line in [value.to_string(), spaced(&value)] {
            let (masked, _) = masked(&ENCRYPT, line.as_bytes());
            prop_assert_eq!(String::from_utf8(reveal(&keys(), &masked).0).unwrap(), line);
        }
    }

    /// No input makes `reveal` panic, cuts change nothing, and what is no token stays.
    #[test]
    fn any_bytes_come_through_reveal(input in texts::stream(), length in 1usize..64) {
        let mut out = Vec::new();
        let keys = keys();
        let mut revealer = Revealer::new(&keys).unwrap();
        for chunk in input.chunks(length) {
            revealer.push(chunk, &mut out);
        }
        revealer.finish(&mut out);
        prop_assert_eq!(out, input);
    }
}

/// Values of every kind that a log may hold, this many of them.
fn values(count: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut state = 7u64;
    let mut next = move |below: usize| {
        // The constants are Knuth's.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+/.!$#@\xc3\xbc\xff\x80";
    (0..count).map(move |number| {
        let length = 1 + next(if number % 100 == 0 { 6000 } else { 60 });
        (0..length).map(|_| LETTERS[next(LETTERS.len())]).collect()
    })
}

/// Round trip and rotation: what `k1` wrote is revealed by `k2` and `k1` together, and by neither alone if not its own.
#[test]
fn every_value_comes_back_also_after_rotation() {
    let count = 100_000 * factor() as usize / if cfg!(debug_assertions) { 20 } else { 1 };
    let (new, old) = (keys(), Keys::new("k1", OLD_KEY).unwrap());
    let policy = Policy::default().action(Action::Encrypt);
    let before = Redactor::builder().policy(policy.clone()).keys(old.clone()).build().unwrap();
    let after = Redactor::builder().policy(policy).keys(new.clone()).build().unwrap();
    let mut tokens = 0;
    for value in values(count) {
        let line = [b"{\"password\":\"".as_slice(), &value, b"\",\"user\":\"bob\"}\n"].concat();
        let (by_old, by_new) = (masked(&before, &line).0, masked(&after, &line).0);
        for by in [&by_old, &by_new] {
            let (revealed, counts) = reveal(&new, by);
            assert!(revealed == line, "{}", value.escape_ascii());
            tokens += counts.tokens;
            // Nothing is encrypted twice, whichever key wrote.
            assert!(masked(&after, by).0 == *by, "{}", value.escape_ascii());
        }
        if by_new != line {
            let (revealed, counts) = reveal(&old, &by_new);
            assert!(revealed == by_new && counts.refused > 0);
        }
    }
    // Values that hold nothing (`-`, `...`) are few.
    assert!(tokens as usize > 2 * count * 98 / 100, "{tokens}");
}

/// No rule finds anything in a hash, neither with its key nor without.
#[test]
fn hashes_are_never_found_again() {
    let count = 20_000 * factor() as usize;
    let low = || Redactor::builder().policy(Policy::default().min_confidence(Confidence::Low));
    let hashing = Redactor::builder().policy(Policy::default().action(Action::Hash)).keys(keys()).build().unwrap();
    let (with_key, without) = (low().keys(keys()).build().unwrap(), low().build().unwrap());
    let (mut lines, mut hashes) = (Vec::new(), 0);
    let mut out = Vec::new();
    for (number, value) in values(count).enumerate() {
        // Each class has tokens of its own.
        let value: String = value.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(|&byte| char::from(byte)).collect();
        let line = match number % 3 {
            0 => format!("GET /x?a=1 by user{value}@example.com 200\n"),
            1 => format!("x password=\"q1{value}\" y\n"),
            _ => format!("paid by 4111 1111 1111 1111 {{\"password\":\"q1{value}\"}}\n"),
        };
        lines.extend_from_slice(line.as_bytes());
        if lines.len() > 1 << 16 || number + 1 == count {
            out.clear();
            hashing.redact(&lines, &mut StreamState::default(), &mut Cache::default(), &mut out);
            lines.clear();
            hashes += assert_stays(&with_key, &out);
            // To whom has no key, `secret:k2:…` is a value beside its key. The letters by themselves are nothing.
            let letters =
                texts::replacements(&out).into_iter().filter_map(|token| token.rsplit(|&byte| byte == b':').next()?.strip_suffix(b"]"));
            assert_stays(&without, &letters.collect::<Vec<_>>().join(&b" and "[..]));
        }
    }
    assert!(hashes >= count, "{hashes}");
}

/// Answers how many replacements there are.
fn assert_stays(redactor: &Redactor, text: &[u8]) -> usize {
    let mut out = Vec::new();
    redactor.redact(text, &mut StreamState::default(), &mut Cache::default(), &mut out);
    if let Some((before, after)) =
        text.split(|&byte| byte == b'\n').zip(out.split(|&byte| byte == b'\n')).find(|(before, after)| before != after)
    {
        panic!("{} became {}", before.escape_ascii(), after.escape_ascii());
    }
    texts::replacements(text).len()
}

#[test]
fn what_is_removed_goes_with_its_key_and_one_separator() {
    for (line, expected) in [
        // Members: first, last, only, several, all.
        (r#"{"a":1,"password":"hunter2","b":2}"#, r#"{"a":1,"b":2}"#),
        (r#"{"password":"hunter2","b":2}"#, r#"{"b":2}"#),
        (r#"{"a":1,"password":"hunter2"}"#, r#"{"a":1}"#),
        (r#"{"password":"hunter2"}"#, "{}"),
        (r#"{"password":"hunter2","client_secret":"hunter3","b":2}"#, r#"{"b":2}"#),
        (r#"{"a":1,"password":"hunter2","client_secret":"hunter3"}"#, r#"{"a":1}"#),
        (r#"{"password":"hunter2","client_secret":"hunter3"}"#, "{}"),
        (r#"{ "a": 1, "password": "hunter2", "b": 2 }"#, r#"{ "a": 1, "b": 2 }"#),
        (r#"{ "password": "hunter2", "b": 2 }"#, r#"{ "b": 2 }"#),
        // Numbers, elements, nesting, escapes.
        (r#"{"a":1,"card":4111111111111111,"b":2}"#, r#"{"a":1,"b":2}"#),
        (r#"{"cards":[4111111111111111,7],"b":2}"#, r#"{"cards":[7],"b":2}"#),
        (r#"{"password":["hunter2","hunter3"],"b":2}"#, r#"{"password":[],"b":2}"#),
        (r#"{"mails":["a","bob@example.com","b"]}"#, r#"{"mails":["a","b"]}"#),
        (r#"{"password":{"old":"hunter2","new":"hunter3"},"b":2}"#, r#"{"password":{},"b":2}"#),
        (r#"{"x":{"password":"hunter2"},"y":[{"password":"hunter3","z":1}]}"#, r#"{"x":{},"y":[{"z":1}]}"#),
        (r#"{"log":"{\"a\":1,\"password\":\"hunter2\",\"b\":2}"}"#, r#"{"log":"{\"a\":1,\"b\":2}"}"#),
        (r#"{"log":"{\"password\":\"hunter2\"}"}"#, r#"{"log":"{}"}"#),
        (r#"{"log":"{\"m\":[\"bob@example.com\",\"x\"]}"}"#, r#"{"log":"{\"m\":[\"x\"]}"}"#),
        (r#"{"l":"{\"m\":\"{\\\"a\\\":1,\\\"password\\\":\\\"hunter2\\\"}\"}"}"#, r#"{"l":"{\"m\":\"{\\\"a\\\":1}\"}"}"#),
        (r#"{"a":1,"contrase\u00f1a":"hunter2"}"#, r#"{"a":1}"#),
        // What stands between two strings is no key.
        (r#"{"\u0444":"=xbob@example.com","b":1}"#, r#"{"\u0444":"=","b":1}"#),
        (r#"["a",1,"=xbob@example.com"]"#, r#"["a",1,"="]"#),
        // A part of a value, and text.
        (r#"{"m":"mail bob@example.com now"}"#, r#"{"m":"mail  now"}"#),
        (r#"{"m":"login password=hunter2 done"}"#, r#"{"m":"login done"}"#),
        (r#"{"m":"a\npassword=hunter2\nb"}"#, r#"{"m":"a\n\nb"}"#),
        // logfmt and what is like it.
        ("user=bob password=hunter2 next=1", "user=bob next=1"),
        ("password=hunter2 next=1", "next=1"),
        ("user=bob password=hunter2", "user=bob"),
        ("password=hunter2 client_secret=hunter3 next=1", "next=1"),
        ("user=bob password=\"hunter 2\" next=1", "user=bob next=1"),
        ("user=bob, password=hunter2, next=1", "user=bob, next=1"),
        ("login (password=hunter2, next=1)", "login (next=1)"),
        ("Server=db;Password=hunter2;Port=1", "Server=db;Port=1"),
        ("GET /a?email=bob%40example.com HTTP/1.1", "GET /a? HTTP/1.1"),
        ("GET /a?email=bob%40example.com&x=1 HTTP/1.1", "GET /a?x=1 HTTP/1.1"),
        ("GET /a?x=1&email=bob%40example.com&y=2 HTTP/1.1", "GET /a?x=1&y=2 HTTP/1.1"),
        ("{'a': 1, 'password': 'hunter2', 'b': 2}", "{'a': 1, 'b': 2}"),
        ("login --password hunter2 --user bob", "login --user bob"),
        ("  password: hunter2", ""),
        // What a second pass could take the next word for.
        ("password= hunter2 next", "next"),
        ("Authorization: Bearer abcdef1234567890abcdef", ""),
        // Nothing that tells the value goes but a key.
        ("ERROR: bob@example.com is gone", "ERROR:  is gone"),
        ("https://bob:hunter2@example.com/", "https://bob:@example.com/"),
        ("<password>hunter2</password>", "<password></password>"),
        ("a,\"bob@example.com\",b", "a,\"\",b"),
    ] {
        let out = masked(&REMOVE, line.as_bytes()).0;
        assert_eq!(String::from_utf8_lossy(&out), expected, "{line}");
        let again = masked(&REMOVE, &out).0;
        assert_eq!(again.escape_ascii().to_string(), out.escape_ascii().to_string(), "{line}: a second pass");
    }
}

/// What Python writes of names beyond ASCII, unless told otherwise.
#[test]
fn keys_are_known_by_their_escapes() {
    let redactor = redactor(Action::Replace);
    for name in ["contrase\\u00f1a", "has\\u0142o", "\\u5bc6\\u7801", "pass\\u0077ord", "DB_\\u5bc6\\u7801"] {
        for (before, value, behind) in [
            (format!(r#"{{"n": 1, "{name}": ""#), "hunter2", r#"", "m": "x"}"#),
            (format!(r#"{{"{name}" : ""#), r"hun\u00e9 \u0022ter\u0022 2", r#""}"#),
            (format!(r#"{{"{name}": ["#), r#""hunter2""#, r#", "x"]}"#),
            (format!(r#"{{"{name}": "#), "1234567", r#", "m": "x"}"#),
            (format!(r#"{{"log": "{{\"{}\": \""#, name.replace('\\', "\\\\")), "hunter2", r#"\"}", "m": "x"}"#),
            (format!(r#"{{"log": "{{\"{}\": \""#, name.replace('\\', "\\\\")), r"hun\\u0022ter\\u005c\\u0022 2", r#"\"}", "m": "x"}"#),
            (format!(r#"{{"m": "{name}="#), "hunter2", r#"", "n": "x"}"#),
            (format!("GET /?{}=", name.replace("\\u00f1", "\\xC3\\xB1")), "hunter2", "&x=1"),
        ] {
            let line = [&before, value, behind].concat();
            let out = String::from_utf8(masked(&redactor, line.as_bytes()).0).unwrap();
            let rest = out.strip_prefix(&before).and_then(|rest| rest.strip_suffix(behind)).unwrap_or_else(|| panic!("{line}: {out}"));
            assert!(!rest.contains("hun") && !rest.contains("1234567") && rest.contains("[REDACTED:"), "{line}: {out}");
            assert_eq!(before.starts_with('{'), serde_json::from_str::<serde_json::Value>(&out).is_ok(), "{out}");
        }
        // The string around a name that is not the member's ends what it says.
        let other = format!(r#"{{"m": "{name}: ", "n": "hunter2"}}"#);
        assert_eq!(masked(&redactor, other.as_bytes()).0.escape_ascii().to_string(), other.as_bytes().escape_ascii().to_string());
    }
}

#[test]
fn findings_in_one_number_of_json_become_one_string() {
    let line = br#"{"x":4111111111111111+4111111111111111,"y":[1]}"#;
    for redactor in &*REPLACING {
        let (out, spans) = masked(redactor, line);
        assert_eq!(spans.len(), 2);
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap_or_else(|error| panic!("{}: {error}", out.escape_ascii()));
        assert!(value["x"].is_string() && value["y"] == serde_json::json!([1]), "{value}");
    }
    assert_eq!(reveal(&keys(), &masked(&ENCRYPT, line).0).0.escape_ascii().to_string(), line.escape_ascii().to_string());
}

#[test]
fn a_template_takes_the_place_of_the_default() {
    let policy = Policy::parse(
        "test",
        "[actions]\nsecret = { replace = \"[MASKED:{class}:{rule}]\" }\ncontact = { replace = \"[{class}:{rule}]\" }",
    )
    .unwrap();
    let redactor = Redactor::builder().policy(policy).build().unwrap();
    let once = redactor.redact_message(b"password=hunter2 by bob@example.com card 4111 1111 1111 1111");
    assert_eq!(
        once.escape_ascii().to_string(),
        "password=[MASKED:secret:assigned-password] by [contact:email] card [REDACTED:payment-card]"
    );
    assert_eq!(redactor.redact_message(&once), once);
    // What only looks like one is text.
    let forged = redactor.redact_message(b"password=[MASKED:secret:hunter2]");
    assert!(!forged.escape_ascii().to_string().contains("hunter2"));
}

/// A value that runs over several pieces of a line above the limit.
#[test]
fn a_value_that_pieces_cut_is_revealed() {
    let policy = Policy::parse("test", "[limits]\nline = 131072\n[actions]\ndefault = 'encrypt'").unwrap();
    let redactor = Redactor::builder().policy(policy).keys(keys()).build().unwrap();
    let line = format!("x password=\"{}\" user=bob {}", "hunter2".repeat(60_000), "y".repeat(100_000));
    let masked = redactor.redact_message(line.as_bytes());
    assert!(memchr::memmem::find(&masked, b"hunter").is_none());
    let (revealed, counts) = reveal(&keys(), &masked);
    assert!(revealed == line.as_bytes() && counts.tokens > 100);
}
