//! Fields of JSON that a policy masks, drops or keeps.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use logveil::{Action, Cache, Decision, Keys, Policy, Redactor, Revealer, StreamState};
use proptest::prelude::*;
use serde_json::{Map, Value};

fn redactor(policy: &str) -> Redactor {
    let keys = Keys::parse("k1:".bytes().chain([b'7'; 32]).collect::<Vec<_>>().as_slice()).unwrap();
    Redactor::builder().policy(Policy::parse("p", policy).unwrap()).keys(keys).build().unwrap()
}

fn masked(redactor: &Redactor, text: &str) -> String {
    String::from_utf8(redactor.redact_message(text.as_bytes())).unwrap()
}

const FIELDS: &str = "[fields]\nnote = 'mask'\nsession = 'drop'\ntrace_id = 'keep'\n'**.owner.*' = 'mask'";

#[test]
fn a_field_is_masked_whatever_it_is() {
    let redactor = redactor(FIELDS);
    for (value, left) in [
        ("\"text\"", "[REDACTED:field]"),
        ("12.50", "[REDACTED:field]"),
        ("true", "[REDACTED:field]"),
        ("null", "[REDACTED:field]"),
        ("{\"a\":[1,\"pwd=hunter2\"]}", "[REDACTED:field]"),
        ("[\"bob@example.com\",{}]", "[REDACTED:field]"),
    ] {
        let line = |value: &str| format!("{{ \"n\": 1.0e3, \"note\" : {value} ,\"x\":\"y\" }}");
        assert_eq!(masked(&redactor, &line(value)), line(&format!("\"{left}\"")));
    }
    let line = r#"{"pass\u0077ord":"hunter2","n\u006fte":"x","owner":{"a":1,"b":["c"]},"note":""}"#;
    let left = r#"{"pass\u0077ord":"[REDACTED:assigned-password]","n\u006fte":"[REDACTED:field]","owner":{"a":"[REDACTED:field]","b":"[REDACTED:field]"},"note":""}"#;
    let once = masked(&redactor, line);
    assert!(once == left || once.replace("hunter2", "[REDACTED:assigned-password]") == left, "{once}");
    // A second pass changes nothing.
    assert_eq!(masked(&redactor, &once), once);
}

#[test]
fn a_document_may_stand_behind_other_text() {
    let redactor = redactor(FIELDS);
    let hidden = "\"[REDACTED:field]\"";
    for (line, left) in [
        (r#"2026-03-01T12:00:00Z INFO {"note":1,"session":2,"a":3}"#, format!(r#"2026-03-01T12:00:00Z INFO {{"note":{hidden},"a":3}}"#)),
        (
            r#"[2026-03-01] [main] {"a":[1],"note":{"b":"c"}} took 3 ms"#,
            format!(r#"[2026-03-01] [main] {{"a":[1],"note":{hidden}}} took 3 ms"#),
        ),
        (r#"in={"note":1} out={"note":"x"}"#, format!(r#"in={{"note":{hidden}}} out={{"note":{hidden}}}"#)),
        (r#"x [{"owner":{"a":1}},{"note":2}]"#, format!(r#"x [{{"owner":{{"a":{hidden}}}}},{{"note":2}}]"#)),
        // What only looks like the beginning of a document hides none.
        (r#"ua="x [" {"note":1}"#, format!(r#"ua="x [" {{"note":{hidden}}}"#)),
        (r#"ua={"a": {"note":1}"#, format!(r#"ua={{"a": {{"note":{hidden}}}"#)),
        (r#"[ {"owner":{"a":1},"note":2}"#, format!(r#"[ {{"owner":{{"a":{hidden}}},"note":{hidden}}}"#)),
        (r#"ua={"a":" {"note":1}"#, format!(r#"ua={{"a":" {{"note":{hidden}}}"#)),
        // Cut, or broken: masked to the end.
        (r#"x {"note":{"b":"#, format!("x {{\"note\":{hidden}")),
        (r#"x {"a":1,"note":'b'} y"#, format!("x {{\"a\":1,\"note\":{hidden}")),
        // Text that is escaped is a value, no document.
        (r#"{"a":"{\"note\":1}"}"#, r#"{"a":"{\"note\":1}"}"#.to_owned()),
    ] {
        let once = masked(&redactor, line);
        assert_eq!(once, left, "{line}");
        assert_eq!(masked(&redactor, &once), once, "a second pass");
    }
    // Nothing is kept there.
    assert_eq!(masked(&redactor, r#"x {"trace_id":"bob@example.com"}"#), r#"x {"trace_id":"[REDACTED:email]"}"#);
}

/// However many beginnings stand before it.
#[test]
fn a_field_behind_many_beginnings_is_masked_all_the_same() {
    let redactor = redactor(FIELDS);
    for begun in ["[\"", "{\"", "[[\"x\",", "{\"a\":[", "[{\"a\":"] {
        for count in [1, 15, 40, 2000] {
            let line = format!("x {} @ {{\"note\":\"secr\"}}", begun.repeat(count));
            assert!(!masked(&redactor, &line).contains("secr"), "{begun} {count}");
        }
    }
    // Nested deeper than is followed.
    for depth in [100, 127, 128, 129, 5000] {
        for (open, close) in [("{\"a\":", "}"), ("[", "]")] {
            let deep = |inner: &str| format!("{{\"a\":{}{inner}{},\"b\":1}}", open.repeat(depth), close.repeat(depth));
            let left = masked(&redactor, &deep(r#"{"owner":{"x":"secr"}}"#));
            assert!(!left.contains("secr") && left.ends_with(",\"b\":1}"), "{depth} {left}");
            // Where no path leads into it, it stays.
            let other = self::redactor("[fields]\n'x.note' = 'mask'\nnote = 'mask'");
            assert_eq!(masked(&other, &deep(r#"{"note":1}"#)), deep(r#"{"note":1}"#));
        }
    }
}

/// A finding of a rule that begins or ends inside a field.
#[test]
fn what_reaches_into_a_field_uncovers_nothing() {
    let policy = |more: &str| {
        let rule = "\n[[rule]]\nid = 'wide'\nabout = 'wide'\nclass = 'contact'\npattern = 'begin[ -~]{0,40}end'\nboundary = 'none'\n";
        redactor(&format!("{more}\n{FIELDS}{rule}"))
    };
    for more in ["", "[actions]\ndefault = 'remove'", "[actions]\ndefault = 'mask'", "[rules.wide]\naction = 'keep'"] {
        let redactor = policy(more);
        for line in [
            r#"{"a":"begin secr","note":"end secr"}"#,
            r#"{"a":"begin secr","session":"end secr"}"#,
            r#"{"a":"begin secr","note":12,"b":"secr end"}"#,
            r#"{"a":"begin secr","session":12,"b":"secr end"}"#,
            r#"{"note":"secr begin secr","a":"secr end"}"#,
            r#"{"session":"secr begin secr","a":"secr end"}"#,
            r#"{"note":"secr begin","session":"secr","note":"end secr"}"#,
            r#"{"a":"begin","note":[1],"session":2,"note":3,"b":"end"}"#,
        ] {
            let left = masked(&redactor, line);
            let kept = more.ends_with("'keep'");
            assert!(kept || !left.contains("secr"), "{more}: {line} {left}");
            assert!(!left.contains("12") && !left.contains("[1]"), "{more}: {line} {left}");
            let hides = |field: &str| !left.contains(field);
            assert!(hides("end secr") && hides("secr begin secr\",\"a"), "{more}: {line} {left}");
        }
    }
    let left = masked(&policy(""), r#"{"a":"begin secr","note":"end secr"}"#);
    assert_eq!(left, r#"{"a":"[REDACTED:wide][REDACTED:field]"}"#);
}

#[test]
fn a_private_key_that_begins_in_a_field_goes_on_behind_it() {
    let redactor = redactor(FIELDS);
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ";
    let key = format!("{{\"note\":\"-----BEGIN {} KEY-----\n{}\n", "PRIVATE", &body[..20]);
    let left = masked(&redactor, &key);
    assert!(!left.contains(&body[..20]), "{left}");
}

/// A field whose finding is kept hides nothing that others find.
#[test]
fn a_dry_run_of_fields_is_none_of_what_is_in_them() {
    let line = r#"{"note":"to bob@example.com","session":"bob@example.com"}"#;
    let left = masked(&redactor(&format!("[actions]\nsecret = 'keep'\n{FIELDS}")), line);
    assert_eq!(left, r#"{"note":"to [REDACTED:email]","session":"[REDACTED:email]"}"#);
    // A rule that is off leaves the paths of the other.
    let off = redactor("[rules.field-drop]\nenabled = false\n[fields]\nnote = 'mask'\n'*' = 'drop'");
    assert_eq!(masked(&off, r#"{"note":"x","a":1}"#), r#"{"note":"[REDACTED:field]","a":1}"#);
}

#[test]
fn a_field_is_dropped_with_its_key_and_one_comma() {
    let redactor = redactor(FIELDS);
    for (line, left) in [
        (r#"{"session":"abc"}"#, "{}"),
        (r#"{"a":1,"session":{"b":"bob@example.com"},"c":2}"#, r#"{"a":1,"c":2}"#),
        (r#"{"session":1,"session":2,"a":"bob@example.com"}"#, r#"{"a":"[REDACTED:email]"}"#),
        (r#"{"a":"bob@example.com","session":""}"#, r#"{"a":"[REDACTED:email]"}"#),
        (r#"{"note":1,"session":4111111111111111}"#, r#"{"note":"[REDACTED:field]"}"#),
    ] {
        assert_eq!(masked(&redactor, line), left, "{line}");
    }
    // The same for a field whose action is to remove.
    let removing = self::redactor(&format!("{FIELDS}\n[rules.field]\naction = 'remove'"));
    assert_eq!(masked(&removing, r#"{"a":1,"note":[1,2],"note":"x","b":2}"#), r#"{"a":1,"b":2}"#);
}

#[test]
fn what_is_found_in_a_field_that_is_kept_stays() {
    let redactor = redactor(FIELDS);
    let line = r#"{"trace_id":"bob@example.com","to":"bob@example.com"}"#;
    assert_eq!(masked(&redactor, line), r#"{"trace_id":"bob@example.com","to":"[REDACTED:email]"}"#);
    // Nothing is kept where the line is not JSON to its end.
    let cut = r#"{"trace_id":"bob@example.com","to"#;
    assert_eq!(masked(&redactor, cut), cut.replace("bob@example.com", "[REDACTED:email]"));
}

#[test]
fn a_break_hides_no_field_and_no_array_its_objects() {
    let redactor = redactor(FIELDS);
    for (line, left) in [
        (r#"{"msg":"user "bob" did","note":"secr"}"#, r#"{"msg":"user "bob" did","note":"[REDACTED:field]"}"#),
        (r#"{"msg":"x"} y","session":"abc","note":{"a":1},"b":2}"#, r#"{"msg":"x"} y","note":"[REDACTED:field]","b":2}"#),
        (r#"12:00 [1,{"owner":"secr"}]"#, r#"12:00 [1,{"owner":"secr"}]"#),
        (r#"12:00 [1, {"session":"abc"}]"#, r#"12:00 [1, {"session":"abc"}]"#),
    ] {
        assert_eq!(masked(&redactor, line), left, "{line}");
    }
    let any = self::redactor("[fields]\n'*.x' = 'mask'");
    assert_eq!(masked(&any, r#"12:00 [1,{"x":"secr"}]"#), r#"12:00 [1,{"x":"[REDACTED:field]"}]"#);
}

#[test]
fn what_is_cut_is_masked_to_the_end_of_the_line() {
    let redactor = redactor(FIELDS);
    assert_eq!(masked(&redactor, "{\"a\":1,\"note\":{\"b\":\"secr\n{\"a\":2}\n"), "{\"a\":1,\"note\":\"[REDACTED:field]\"\n{\"a\":2}\n");
    assert_eq!(masked(&redactor, "{\"a\":1,\"note\":\"secr"), "{\"a\":1,\"note\":\"[REDACTED:field]");
    assert_eq!(masked(&redactor, "{\"a\":1,\"session\":\"secr"), "{\"a\":1,\"session\":\"[REDACTED:field-drop]");
    // What is behind the limit is not looked at as one line, so nothing of it is let through.
    let limited = self::redactor(&format!("{FIELDS}\n[limits]\nline = 131072"));
    let long = format!("{{\"a\":\"{}\",\"note\":\"secr\",\"b\":1}}\n{{\"c\":3}}\n", "x ".repeat(100_000));
    assert_eq!(masked(&limited, &long), "\"[REDACTED:field]\"\n{\"c\":3}\n");
    let mut filter = limited.filter();
    let mut out = Vec::new();
    long.as_bytes().chunks(7001).for_each(|chunk| _ = filter.push(chunk, &mut out));
    filter.finish(&mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "\"[REDACTED:field]\"\n{\"c\":3}\n");
}

/// A line that is longer than the limit comes out the same however it comes, whatever stands where in it.
#[test]
fn long_lines_are_masked_from_the_first_document_on() {
    let redactor = redactor(&format!("{FIELDS}\n[limits]\nline = 131072"));
    let filler = "x ".repeat(40_000);
    for (line, left) in [
        (format!("{{\"a\":\"{filler}{filler}\"}}"), "\"[REDACTED:field]\"".to_owned()),
        (format!("{filler}{filler}"), format!("{filler}{filler}")),
        (format!("at {{\"a\":\"{filler}{filler}\",\"note\":\"secr\"}}"), "at \"[REDACTED:field]\"".to_owned()),
        (format!("{filler}{filler}{{\"note\":\"secr\"}} {filler}"), format!("{filler}{filler}\"[REDACTED:field]\"")),
        (format!("{}{{\"note\":\"secr\"}}", "x".repeat(131_072)), format!("{}\"[REDACTED:field]\"", "x".repeat(131_072))),
        (format!("{}{{}}", "x".repeat(131_071)), format!("{}{{}}", "x".repeat(131_071))),
    ] {
        let text = format!("a\n{line}\r\n{{\"note\":1}}\n{line}\n");
        let left = format!("a\n{left}\r\n{{\"note\":\"[REDACTED:field]\"}}\n{left}\n");
        let short = |text: &str| text.replace("x ", "").replace("xx", "");
        let whole = masked(&redactor, &text);
        assert!(whole == left, "{} is {}", short(&text), short(&whole));
        for size in [4099, 100_000] {
            let (mut filter, mut out) = (redactor.filter(), Vec::new());
            text.as_bytes().chunks(size).for_each(|chunk| _ = filter.push(chunk, &mut out));
            filter.finish(&mut out);
            assert!(out == left.as_bytes(), "{size}: {}", short(&text));
        }
    }
}

/// The messages in payloads of CloudWatch Logs are lines like any others, and what repeats a field of one is masked too.
#[cfg(feature = "envelope")]
#[test]
fn fields_of_messages_are_masked() {
    use logveil::envelope::{Envelope, LambdaEvent};

    let redactor = redactor(FIELDS);
    let message =
        |text: &str, more: &str| format!(r#"{{"id":"1","timestamp":1,"message":{}{more}}}"#, serde_json::to_string(text).unwrap());
    let payload = |events: &[String]| {
        format!(r#"{{"messageType":"DATA_MESSAGE","logGroup":"g","logStream":"s","logEvents":[{}]}}"#, events.join(","))
    };
    let before = payload(&[
        message(r#"{"note":"sec\"r","a":1}"#, ""),
        message(r#"INFO {"session":7,"note":[1,"secr"]}"#, ""),
        message("plain", ""),
        message(r#"{"note":{"b":"secret"}}"#, r#","extractedFields":{"b":"secret","c":"other"}"#),
    ]);
    let after = payload(&[
        message(r#"{"note":"[REDACTED:field]","a":1}"#, ""),
        message(r#"INFO {"note":"[REDACTED:field]"}"#, ""),
        message("plain", ""),
        message(r#"{"note":"[REDACTED:field]"}"#, r#","extractedFields":{"b":"[REDACTED:field]","c":"other"}"#),
    ]);
    let (mut cache, mut out) = (Cache::default(), Vec::new());
    Envelope::new(&redactor).redact(before.as_bytes(), &mut cache, &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), after);

    // A record of Firehose that is a line, as Lambda hands it over.
    let event = br#"{"records":[{"recordId":"1","data":"eyJub3RlIjoic2VjciJ9"}]}"#;
    let LambdaEvent::Firehose(records) = LambdaEvent::parse(event).unwrap() else { panic!("an event of Firehose") };
    let mut answer = Vec::new();
    Envelope::new(&redactor).answer_firehose(&records, &mut cache, &mut answer);
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["records"][0]["data"], "eyJub3RlIjoiW1JFREFDVEVEOmZpZWxkXSJ9");
}

#[test]
fn actions_are_those_of_secrets_and_keep_is_a_dry_run() {
    let line = r#"{"note":{"a":1},"session":"abcdefgh","b":"text"}"#;
    let of = |more: &str| masked(&redactor(&format!("{more}\n{FIELDS}")), line);
    assert_eq!(of("[actions]\ndefault = 'mask'"), r#"{"note":"*******","b":"text"}"#);
    assert_eq!(of("[actions]\ndefault = 'keep'"), line);
    assert_eq!(of("[rules.field]\nenabled = false"), r#"{"note":{"a":1},"b":"text"}"#);
    assert_eq!(of("[rules.field-drop]\naction = 'keep'\n[rules.field]\naction = 'keep'"), line);
    assert!(of("[actions]\nsecret = 'hash'").starts_with(r#"{"note":"[secret:k1:"#));
    assert_eq!(of("profile = 'secrets-only'").len(), r#"{"note":"[REDACTED:field]","b":"text"}"#.len());

    // What was an object is one again.
    let encrypting = redactor(&format!("{FIELDS}\n[actions]\nsecret = 'encrypt'"));
    let text = r#"{"note":{"a":[1,null]},"x":1,"note":"t\"x"}"#;
    let hidden = masked(&encrypting, text);
    assert!(serde_json::from_str::<Value>(&hidden).is_ok() && !hidden.contains("null"), "{hidden}");
    let keys = Keys::parse("k1:".bytes().chain([b'7'; 32]).collect::<Vec<_>>().as_slice()).unwrap();
    let (mut revealer, mut shown) = (Revealer::new(&keys).unwrap(), Vec::new());
    revealer.push(hidden.as_bytes(), &mut shown);
    revealer.finish(&mut shown);
    assert_eq!(String::from_utf8(shown).unwrap(), text);
}

#[test]
fn fields_are_counted_reported_and_explained() {
    let redactor = redactor(FIELDS);
    let text = "plain\n{\"note\":\"abc\"}\nplain\n\n{\"x\":\"bob@example.com\",\"session\":1}\npwd=hunter2\n{\"note\":2}\n";
    let mut findings = Vec::new();
    let (mut cache, mut out) = (Cache::default(), Vec::new());
    let stats = redactor.redact_with(text.as_bytes(), &mut StreamState::default(), &mut cache, &mut out, |finding| findings.push(finding));
    let found: Vec<_> = findings.iter().map(|finding| (finding.rule, finding.line, finding.span.start..finding.span.end)).collect();
    assert_eq!(
        found,
        [("field", 2, 9..12), ("email", 5, 6..21), ("field-drop", 5, 33..34), ("assigned-pwd", 6, 4..11), ("field", 7, 8..9)]
    );
    assert_eq!((stats.lines(), stats.lines_changed(), stats.findings()), (7, 4, 5));
    let mut counts = redactor.by_rule(&stats);
    counts.sort_unstable();
    assert_eq!(counts, [("assigned-pwd", 1), ("email", 1), ("field", 2), ("field-drop", 1)]);

    let line = br#"{"note":"pwd=hunter2","trace_id":"bob@example.com","session":1}"#;
    let explained = redactor.explain(line, &mut cache);
    let of = |rule: &str| explained.iter().find(|candidate| candidate.rule == rule).and_then(|candidate| candidate.decision);
    assert_eq!(of("field"), Some(Decision::Masked(Action::Replace)));
    assert_eq!(of("field-drop"), Some(Decision::Masked(Action::Remove)));
    assert_eq!(of("assigned-pwd"), Some(Decision::MaskedAs("field", Action::Replace)));
    assert_eq!(of("email"), Some(Decision::Allowed));
}

/// Where lines come from, and how they are cut, changes nothing.
#[test]
fn fields_are_found_however_the_bytes_come() {
    let redactor = redactor(FIELDS);
    let text = "{\"note\":1}\r\nuser=bob pwd=hunter2\n{\"a\":\"bob@example.com\"}\n{\"session\":2,\"a\":{\"owner\":[3]}}\n<password>\n{\"note\":\"x\"}\n"
        .repeat(40);
    let whole = redactor.redact_message(text.as_bytes());
    let by_line: Vec<u8> = {
        let (mut state, mut cache, mut out) = (StreamState::default(), Cache::default(), Vec::new());
        text.split_inclusive('\n').for_each(|line| _ = redactor.redact(line.as_bytes(), &mut state, &mut cache, &mut out));
        out
    };
    assert!(whole == by_line);
    for size in [1, 7, 64, 1000] {
        let (mut filter, mut out) = (redactor.filter(), Vec::new());
        text.as_bytes().chunks(size).for_each(|chunk| _ = filter.push(chunk, &mut out));
        filter.finish(&mut out);
        assert!(out == whole, "{size}");
    }
    let shown = String::from_utf8(whole).unwrap();
    assert!(shown.starts_with("{\"note\":\"[REDACTED:field]\"}\r\nuser=bob pwd=[REDACTED:assigned-pwd]\n"), "{shown}");
    assert_eq!(shown.matches("{\"a\":{\"owner\":[\"[REDACTED:field]\"]}}").count(), 40);
}

#[test]
fn fields_that_are_wrong_are_refused() {
    for (policy, says) in [
        ("[fields]\nnote = 'hide'", "line 2: a field has no such action (mask, drop, keep)"),
        ("[fields]\nnote = 3", "line 2: "),
        ("[fields]\n'a..b' = 'mask'", "line 2: fields, \"a..b\": a path has an empty part"),
        ("[fields]\n'a*' = 'mask'", "line 2: fields, \"a*\": a part of a path is `*` or `**` or a whole name"),
        ("\n[fields]\n'**' = 'keep'", "line 3: fields, \"**\": it would keep whatever is in any field"),
        ("[fields]\na.b = 'mask'\n'a..c' = 'mask'", "line 3: "),
        ("[fields]\n'$.user.email' = 'mask'", "a path holds `$`, as in the notation of other tools"),
        ("[fields]\n'/user/email' = 'mask'", "a path holds `/`, as in the notation of other tools"),
        ("[fields]\n'users[0].email' = 'mask'", "a path holds `[`, as in the notation of other tools"),
        ("[fields]\n'user. email' = 'mask'", "a part of a path begins or ends with a space"),
        ("[fields]\n'users[].email' = 'mask'", "`*` for the elements of an array, and `\\[` where it is part of a name"),
        ("[fields]\n'user->email' = 'mask'", "a path holds `->`"),
        ("[fields]\n'user.\"email\"' = 'mask'", "a path holds `\"`"),
        ("\n[fields]\n'user.email' = 'keep'\n[fields.user]\nemail = 'mask'", "line 2: a field has two actions"),
    ] {
        let error = Policy::parse("p", policy).unwrap_err().to_string();
        assert!(error.starts_with("policy p: ") && error.contains(says), "{error}");
    }
    let names = redactor("[fields]\n'@timestamp' = 'mask'\n'users.*.email' = 'mask'");
    assert!(!masked(&names, r#"{"@timestamp":"q","users":[{"email":"q"}]}"#).contains('q'));
    assert!(Policy::parse("p", "[fields]\n'\\$x.a\\[0\\].b/c.\\ d' = 'mask'").is_ok());
    assert!(Policy::parse("p", "[fields]\n'\\$x.a\\[0\\].b/c' = 'mask'").is_ok());
    let deep = format!("[fields]\na = 'mask'\n{} = 'mask'", ["a"; 20_000].join("."));
    assert_eq!(
        Policy::parse("p", &deep).unwrap_err().to_string(),
        "policy p: line 3: a key has too many parts (a path of [fields] may stand in quotes, as one key)"
    );
    let shallow = format!("[fields]\n'{}' = 'mask'", ["a"; 200].join("."));
    assert!(Policy::parse("p", &shallow).is_ok());
    let policy = Policy::parse("p", "[fields]\nuser.email = 'mask'\n'x.*' = 'keep'\nuser.a.'b' = 'drop'").unwrap();
    let shown = policy.to_toml();
    for line in ["\"user.a.b\" = \"drop\" # p:4", "\"user.email\" = \"mask\" # p:2", "\"x.*\" = \"keep\" # p:3"] {
        assert!(shown.lines().any(|known| known == line), "{line}\n{shown}");
    }
    assert_eq!(Policy::parse("again", &shown).unwrap().to_toml().matches(" = \"drop\"").count(), 1);
}

/// Values in which no rule sees anything.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        (0i64..1000).prop_map(Into::into),
        "[ a-cé\\\\\"/]{0,5}".prop_map(Into::into)
    ];
    leaf.prop_recursive(4, 30, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(prop_oneof!["[a-c\"é]{1,2}", Just("note".to_owned()), Just("session".to_owned())], inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// What `**.note = mask` and `**.session = drop` leave of a value.
fn expected(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(expected).collect(),
        Value::Object(members) => {
            let left = members.iter().filter(|(key, _)| *key != "session").map(|(key, value)| match key.as_str() {
                "note" if value != "" => (key.clone(), "[REDACTED:field]".into()),
                _ => (key.clone(), expected(value)),
            });
            Value::Object(left.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

/// A line that only its length makes one of fields is looked at between finding the next line and masking it.
#[test]
fn what_follows_a_long_line_is_masked() {
    let redactor = redactor("[fields]\nnote = 'mask'\n[limits]\nline = 131072");
    let long = format!("{{\"a\":\"{}\"}}", "z ".repeat(100_000));
    for (before, between) in [("", ""), ("fine\n", "fine\n\n")] {
        let text = format!("{before}{long}\n{between}pwd=hunter2\nfine\n{{\"note\":1}}\nto bob@example.com\n");
        let left = masked(&redactor, &text);
        let expected = "pwd=[REDACTED:assigned-pwd]\nfine\n{\"note\":\"[REDACTED:field]\"}\nto [REDACTED:email]\n";
        assert!(left.ends_with(&format!("{between}{expected}")), "{}", &left[left.len().saturating_sub(200)..]);
    }
}

/// Lines that break again and again, or never end, take time in proportion to their length. The bound is far
/// from what one way through a line needs on a slow machine, and from what a quadratic search needs on a fast one.
#[test]
fn lines_that_break_take_no_longer_than_their_length() {
    let redactor = redactor("only = ['iban']\n[fields]\nnote = 'mask'\nsession = 'drop'\n'**.owner.*' = 'mask'\n'a.**.b.**.note' = 'mask'");
    for unit in [
        "{",
        "[",
        "{\"a\":",
        "{\"a\":{\"b\":",
        "{\"note\":",
        "{\"owner\":[",
        "{\"a\":1",
        "{\"a\"b",
        "[1,",
        "[1",
        "[ ",
        "[-",
        "[true ",
        "\"",
        "\\",
        "\"\\",
        "\"a\":",
        "\"note\":1 ",
        "\"note\":{",
        "\"note\"",
        "\"note\" :",
        "\"note\":\"x\" y,",
        "{\"note\":1}",
        "{\"a\":{\"note\":1} x",
        "},",
        "}]",
        "[{\"a\":1},",
        " ",
        "1",
    ] {
        // Within a document, behind one that has ended, and behind a break.
        for before in ["{\"note\":1,\"a\":[", "{\"note\":1} x ", "{\"note\":1,\"m\":\"x \"y\" "] {
            let line = |bytes: usize| format!("{before}{}", unit.repeat(bytes / unit.len()));
            let time = |line: &str| {
                let start = std::time::Instant::now();
                assert!(!masked(&redactor, line).contains("\"note\":1,\"a"), "{unit}");
                start.elapsed()
            };
            // A busy machine gets more tries, and of each the best of two.
            let best = |line: &str| (0..2).map(|_| time(line)).min().unwrap_or_default();
            let (short, long) = (line(64 << 10), line(512 << 10));
            assert!((0..4).any(|_| best(&long) < 24 * best(&short)), "{before}{unit}");
        }
    }
}

proptest! {
    /// JSON stays JSON: the same shape but for what is masked and dropped, and what is untouched byte for byte.
    #[test]
    fn json_stays_json(value in prop::collection::btree_map("[a-c]{1,2}", json(), 0..5), is_spaced in any::<bool>()) {
        let value = Value::Object(value.into_iter().collect());
        let line = if is_spaced { serde_json::to_string_pretty(&value).unwrap().replace("\n", " ") } else { value.to_string() };
        let redactor = redactor("only = ['iban']\n[fields]\n'**.note' = 'mask'\n'**.session' = 'drop'");
        let left = masked(&redactor, &line);
        let parsed: Value = serde_json::from_str(&left).map_err(|error| TestCaseError::fail(format!("{error}: {left}")))?;
        prop_assert_eq!(&parsed, &expected(&value));
        if !is_spaced {
            prop_assert_eq!(left, expected(&value).to_string());
        }
    }
}
