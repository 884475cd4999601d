//! The promises of the envelope, on payloads that are generated.

mod properties;

use std::cell::Cell;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::gzip::{self, Member};
use super::*;

static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| Redactor::builtin().unwrap());
const SECRET: &str = "password=hunter2";
const CONTROL: &str = "CWL CONTROL MESSAGE: Checking health of destination Firehose.";

fn envelope() -> Envelope<'static> {
    Envelope::new(&REDACTOR)
}

fn redact(envelope: &Envelope<'_>, record: &[u8]) -> (Vec<u8>, Counts) {
    let mut out = Vec::new();
    let counts = envelope.redact(record, &mut Cache::default(), &mut out);
    (out, counts)
}

fn zip(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    gzip::deflate(content, 6, &mut out);
    out
}

fn unzip(mut bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    while !bytes.is_empty() {
        let Member::Whole(more, length) = gzip::inflate(bytes, &mut usize::MAX.saturating_sub(1)) else { panic!("not gzip") };
        content.extend_from_slice(&more);
        bytes = &bytes[length..];
    }
    content
}

fn payload(messages: &[&str]) -> String {
    let events: Vec<Value> =
        messages.iter().enumerate().map(|(id, text)| json!({"id": format!("{id:056}"), "timestamp": 15, "message": text})).collect();
    let events = serde_json::to_string(&events).unwrap();
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":{events}}}"#
    )
}

fn reasons(counts: &Counts) -> Vec<(Reason, u64)> {
    counts.stand_ins().collect()
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

macro_rules! fixture {
    ($name:literal) => {
        hex(include_str!(concat!("../../tests/data/kpl/", $name, ".hex")))
    };
}

#[test]
fn everything_but_the_message_stays_as_it_is_written() {
    let text = concat!(
        r#"{ "messageType" : "DATA_MESSAGE","new":1.00e+2, "owner":"123","logGroup":"\u0067/\/a","logStream":"s","#,
        "\n \t\"logEvents\":[ {\"id\":\"0001\", \"x\":[1.50,{\"y\":null}],\"message\":\"a\\u0020password=hunter2\\/\",\"timestamp\":1e3} ,7],",
        r#""more":{"a":18446744073709551616,"a":"\ud800"}}"#
    );
    let (out, counts) = redact(&envelope(), text.as_bytes());
    let expected = text.replace(r#""a\u0020password=hunter2\/""#, r#""a password=[REDACTED:assigned-password]""#);
    assert_eq!(String::from_utf8(out).unwrap(), expected);
    assert_eq!((counts.payloads(), counts.events(), counts.stats().findings()), (1, 2, 1));
}

#[test]
fn kinds_are_told_apart_in_one_batch() {
    let data = payload(&[SECRET]);
    let control = payload(&[CONTROL]).replace("DATA_MESSAGE", "CONTROL_MESSAGE");
    for record in [zip(data.as_bytes()), data.clone().into_bytes(), format!("{SECRET}\n").into_bytes(), fixture!("secrets")] {
        let (out, counts) = redact(&envelope(), &record);
        assert!(counts.stats().findings() > 0 && reasons(&counts).is_empty() && !counts.is_control());
        assert!(out.starts_with(&record[..2]));
        assert_ne!(out, record);
    }
    let (_, counts) = redact(&envelope(), &zip(control.as_bytes()));
    assert!(counts.is_control());
    assert!(!redact(&envelope(), format!("{control}\n{data}").as_bytes()).1.is_control());
    assert!(!redact(&envelope(), format!("{control}\nline").as_bytes()).1.is_control());
    assert_eq!(redact(&envelope().form(Form::Events), &zip(control.as_bytes())).0, b"");
}

/// Who writes such a line hides no event by it, and what is dropped is counted.
#[test]
fn only_a_trial_of_cloudwatch_is_a_control_message() {
    let control = |messages: &[&str]| payload(messages).replace("DATA_MESSAGE", "CONTROL_MESSAGE");
    let known = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1510254469274,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}"#;
    let message = format!("\"message\":\"{CONTROL}\"");
    for text in [known.to_owned(), control(&[CONTROL, CONTROL])] {
        for form in [Form::Same, Form::Events, Form::Messages] {
            let (out, counts) = redact(&envelope().form(form), text.as_bytes());
            assert_eq!((counts.is_control(), counts.control_messages(), counts.ignored()), (true, 1, counts.events()));
            assert_eq!(out, if form == Form::Same { text.as_bytes() } else { b"" });
        }
        let mut given = 0;
        assert!(envelope().for_each_user_record(text.as_bytes(), &mut Cache::default(), |_| given += 1).is_control());
        assert_eq!(given, 0);
        // It stays beside something else.
        let (out, counts) = redact(&envelope(), format!("{text}\nline").as_bytes());
        assert_eq!((counts.is_control(), counts.ignored(), out.len()), (false, 0, text.len() + 5));
    }
    for (text, lines) in [
        (control(&["login of bob failed"]), 1),
        (control(&[CONTROL, SECRET]), 2),
        (control(&[&format!("{CONTROL}\nlogin of bob failed")]), 2),
        (control(&["CWL CONTROL MESSAGE: Checking health of destination 1234567890"]), 1),
        (control(&[&CONTROL.replace("Firehose", &"long ".repeat(20))]), 1),
        (known.replace(&message, &format!("\"more\":1,{message}")), 1),
        (known.replace(&message, "\"message\":7"), 1),
        (known.replace("\"id\":\"\"", "\"id\":\"bob\""), 1),
    ] {
        let (out, counts) = redact(&envelope().form(Form::Messages), text.as_bytes());
        assert_eq!((counts.is_control(), counts.control_messages(), counts.ignored()), (false, 0, 0), "{text}");
        assert_eq!(out.iter().filter(|&&byte| byte == b'\n').count(), lines, "{text}");
    }
}

#[test]
fn gzip_without_findings_stays_as_it_came() {
    let clean = zip(payload(&["nothing"]).as_bytes());
    assert_eq!(redact(&envelope(), &clean).0, clean);
    // A name in the header is nothing that was looked at.
    let mut named = clean.clone();
    named[3] = 8;
    named.splice(10..10, *b"password=hunter2\0");
    let (out, _) = redact(&envelope(), &named);
    assert_eq!((out.len() < named.len(), unzip(&out)), (true, unzip(&clean)));
}

/// What writes gzip in blocks cuts anywhere.
#[test]
fn what_is_cut_between_members_is_seen_whole() {
    let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq1TgVn8x3nPq0ZrJ5d6wXcYk2hLf9s\n-----END RSA PRIVATE KEY-----";
    let text = format!("one\n{SECRET} two\n{key}\n{}\nthree", payload(&[SECRET, "fine"]));
    let whole = redact(&envelope(), text.as_bytes()).0;
    for cut in 0..=text.len() {
        let members = [zip(&text.as_bytes()[..cut]), zip(&text.as_bytes()[cut..])].concat();
        let (out, counts) = redact(&envelope(), &members);
        assert_eq!(unzip(&out), whole, "{cut}");
        assert_eq!((reasons(&counts), counts.payloads()), (vec![], 1), "{cut}");
    }
    let blocks = text.as_bytes().chunks(3).flat_map(zip).collect::<Vec<u8>>();
    assert_eq!(unzip(&redact(&envelope(), &blocks).0), whole);
    // What is not masked stays in its members, and so do payloads.
    let plain = [zip(b"on"), zip(b"e\ntwo")].concat();
    assert_eq!(redact(&envelope(), &plain).0, plain);
    let payloads = [zip(payload(&[SECRET]).as_bytes()), zip(payload(&["fine"]).as_bytes())].concat();
    assert!(redact(&envelope(), &payloads).0.ends_with(&zip(payload(&["fine"]).as_bytes())));
}

#[test]
fn levels_compress() {
    let record = zip(payload(&[&format!("{SECRET} {}", "word ".repeat(1000))]).as_bytes());
    let sizes: Vec<usize> = [0, 1, 9, 99].iter().map(|&level| redact(&envelope().gzip_level(level), &record).0.len()).collect();
    assert!(sizes[0] > 5000 && sizes[1] < 1000 && sizes[2] == sizes[3], "{sizes:?}");
}

#[test]
fn forms() {
    let text = payload(&["one\ntwo password=hunter2\n", "three"]);
    let records = [zip(text.as_bytes()), text.into_bytes()].concat();
    let record = [records, b"\n plain \"line\"\r\n\n".to_vec()].concat();
    let (events, counts) = redact(&envelope().form(Form::Events), &record);
    let lines: Vec<Value> = String::from_utf8(events).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let first = json!({"logGroup": "g", "logStream": "s", "id": "0".repeat(56), "timestamp": 15, "message": "one\ntwo password=[REDACTED:assigned-password]\n"});
    assert_eq!((lines.len(), &lines[0], &lines[4]), (5, &first, &json!({"message": " plain \"line\""})));
    assert_eq!(counts.events(), 4);
    let (messages, _) = redact(&envelope().form(Form::Messages), &record);
    let once = "one\ntwo password=[REDACTED:assigned-password]\nthree\n";
    assert_eq!(String::from_utf8(messages).unwrap(), format!("{once}{once} plain \"line\"\n"));
}

#[test]
fn events_of_printed_json_have_one_line_each() {
    let printed = "{\n  \"events\": [\n    {\n      \"timestamp\": 1,\n      \"message\": \"password=hunter2\"\n    }\n  ]\n}\n";
    let envelope = envelope().printed(true);
    let (events, _) = redact(&envelope.clone().form(Form::Events), printed.as_bytes());
    assert_eq!(events.iter().filter(|&&byte| byte == b'\n').count(), 1);
    assert_eq!(serde_json::from_slice::<Value>(&events).unwrap()["message"], "password=[REDACTED:assigned-password]");
    assert_eq!(redact(&envelope, printed.as_bytes()).0, printed.replace("hunter2", "[REDACTED:assigned-password]").as_bytes());
}

#[test]
fn secrets_go_on_from_message_to_message_and_end_with_the_payload() {
    let begin = concat!("-----BEGIN RSA PRIV", "ATE KEY-----");
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ";
    let text = payload(&[begin, body, "QWxh"]);
    let (out, _) = redact(&envelope(), format!("{text}\n{}", payload(&["QWxh"])).as_bytes());
    let out = String::from_utf8(out).unwrap();
    assert!(!out.contains(body));
    assert_eq!(out.matches("QWxh").count(), 1);
}

#[test]
fn fields_that_repeat_a_part_of_the_message_are_masked() {
    let event = |fields: Value, message: &str| {
        let event = json!({"id": "1", "extractedFields": fields, "message": message});
        format!(r#"{{"messageType":"DATA_MESSAGE","logEvents":[{event}]}}"#)
    };
    let masked = |fields: Value, message: &str| {
        let (out, _) = redact(&envelope(), event(fields, message).as_bytes());
        serde_json::from_slice::<Value>(&out).unwrap()["logEvents"][0]["extractedFields"].clone()
    };
    let password = "[REDACTED:assigned-password]";
    // By its key, by itself, and by what was found in the message.
    assert_eq!(masked(json!({"password": "hunter2", "n": "2"}), "x"), json!({"password": password, "n": "2"}));
    assert_eq!(masked(json!({"1": "bob@example.com"}), "x"), json!({"1": "[REDACTED:email]"}));
    assert_eq!(masked(json!({"$4": "hunter2", "$5": "=hunter2;"}), SECRET), json!({"$4": password, "$5": format!("={password};")}));
    assert_eq!(masked(json!({"a": ["unter"]}), SECRET), json!({"a": [password]}));
    assert_eq!(masked(json!({"a": "hu\"nt\\er2"}), r#"{"password":"hu\"nt\\er2"}"#), json!({"a": password}));
    let untouched = json!({"status": "200", "ip": "x", "deep": {"a": [1, true, null, "\u{1}"]}});
    assert_eq!(masked(untouched.clone(), SECRET), untouched);
}

#[test]
fn fields_that_aws_does_not_write_are_masked() {
    let text = r#"{"logEvents":[],"messageType":"DATA_MESSAGE","owner":"123","logGroup":"bob@example.com","password":"hunter2", "new":["bob@example.com",1.0]}"#;
    let expected = r#"{"logEvents":[],"messageType":"DATA_MESSAGE","owner":"123","logGroup":"bob@example.com","password":"[REDACTED:assigned-password]", "new":["[REDACTED:email]",1.0]}"#;
    assert_eq!(String::from_utf8(redact(&envelope(), text.as_bytes()).0).unwrap(), expected);
    // Logs of others that look like it, and what is called as AWS calls it.
    let text = r#"{"events":[{"message":"x"}],"owner":"bob@example.com","logGroup":{"password":"hunter2"}}"#;
    let expected = r#"{"events":[{"message":"x"}],"owner":"[REDACTED:email]","logGroup":{"password":"[REDACTED:assigned-password]"}}"#;
    for is_known in [false, true] {
        let (out, counts) = redact(&envelope().printed(is_known), text.as_bytes());
        assert_eq!((String::from_utf8(out).unwrap().as_str(), counts.payloads()), (expected, u64::from(is_known)));
    }
}

/// One field may tell what another holds.
#[test]
fn a_name_and_its_value_in_two_fields_are_masked() {
    let fields = r#""name":"DB_PASSWORD","value":"hunter2""#;
    let expected = r#""name":"DB_PASSWORD","value":"[REDACTED:assigned-password]""#;
    let of_event = |fields: &str| format!(r#"{{"messageType":"DATA_MESSAGE","logEvents":[{{"message":"m",{fields}}}]}}"#);
    let of_payload = |fields: &str| format!(r#"{{"messageType":"DATA_MESSAGE","logEvents":[{{"message":"m"}}],{fields}}}"#);
    for text in [of_event, of_payload] {
        assert_eq!(String::from_utf8(redact(&envelope(), text(fields).as_bytes()).0).unwrap(), text(expected));
    }
}

#[test]
fn what_the_command_line_of_aws_prints_stays_but_for_its_messages() {
    let event = |name: &str| {
        let number = "37132196573892456782345678923456789234567892345678923456";
        format!(
            r#"{{"logStreamName":"{name}","timestamp":1732000000000,"message":"{SECRET}","ingestionTime":1732000000001,"eventId":"{number}"}}"#
        )
    };
    let pages = r#""nextForwardToken":"f/37132196573892456782345678923456789234567892345678923456/s","nextBackwardToken":"b/37132196573892456782345678923456789234567892345678923456/s""#;
    let next = r#""searchedLogStreams":[{"logStreamName":"app/1","searchedCompletely":true}],"nextToken":"Bxkq6kVGFtq2y_MoigeqscPOdhXVbhiVtLoAmXb5jCrSQmpT0HvjGBsDqdCbXw""#;
    for fields in [pages, next] {
        let text = format!(r#"{{"events":[{},{}],{fields}}}"#, event("app/1"), event("2024/01/01/[$LATEST]3b1f"));
        let (out, counts) = redact(&envelope().printed(true), text.as_bytes());
        assert_eq!((counts.payloads(), counts.events()), (1, 2));
        assert_eq!(String::from_utf8(out).unwrap(), text.replace("hunter2", "[REDACTED:assigned-password]"));
        // Where they come from applications, they are lines.
        assert_eq!(redact(&envelope(), text.as_bytes()).1.payloads(), 0);
    }
}

#[test]
fn events_say_where_they_come_from() {
    let text = r#"{"messageType":"DATA_MESSAGE","logGroup":"g\u0020h","logStream":"s","logEvents":[{"timestamp":-5,"message":"password=hunter2"},{"message":7}]}"#;
    let record = [text.as_bytes(), b"\nline\n"].concat();
    let mut events = Vec::new();
    envelope().for_each_event(&record, &mut Cache::default(), |event| {
        let text = |text: Option<std::borrow::Cow<'_, str>>| text.map(|text| text.into_owned());
        let message = String::from_utf8(event.message().to_vec()).unwrap();
        events.push((text(event.log_group()), text(event.log_stream()), event.timestamp(), message));
        assert!(!format!("{event:?}").contains("REDACTED"));
    });
    let from = |timestamp: Option<i64>, message: &str| (Some("g h".to_owned()), Some("s".to_owned()), timestamp, message.to_owned());
    let line = (None, None, None, "line".to_owned());
    assert_eq!(events, [from(Some(-5), "password=[REDACTED:assigned-password]"), from(None, r#"{"message":7}"#), line]);
}

/// Each damaged document seems to hold the next; the time that they take is that of a few.
#[test]
fn what_fails_again_and_again_is_looked_at_no_more() {
    let json = r#"{"messageType":1,"a":"#.repeat(20_000);
    let (out, counts) = redact(&envelope(), json.as_bytes());
    assert!(out.len() < 2000);
    assert_eq!(counts.stand_ins().map(|(_, count)| count).sum::<u64>(), 17);
    let lines = "{\"events\":\n".repeat(20_000);
    assert_eq!(redact(&envelope().printed(true), lines.as_bytes()).0, lines.as_bytes());
    let members = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3].repeat(20_000);
    assert_eq!(reasons(&redact(&envelope(), &members).1), [(Reason::Gzip, 17)]);
    for line in ["\n", " \r\n", "{ \n", "{\"messageType\":1}\n"] {
        let lines = line.repeat(100_000);
        assert!(redact(&envelope(), lines.as_bytes()).0 == lines.as_bytes());
    }
    let binary = b"\xff\0{\"messageType\":1}\n".repeat(50_000);
    assert_eq!(reasons(&redact(&envelope(), &binary).1), [(Reason::Binary, 50_000)]);
    let named = "{\"messageType\":1}\n".repeat(100);
    assert_eq!(redact(&envelope(), named.as_bytes()).0, named.as_bytes());
}

#[test]
fn fields_beside_a_message_of_many_findings_are_masked() {
    let event = json!({"message": "password=hunter2\n".repeat(65), "a": "b", "n": 1});
    let (out, _) = redact(&envelope(), format!(r#"{{"messageType":1,"logEvents":[{event}]}}"#).as_bytes());
    let event = &serde_json::from_slice::<Value>(&out).unwrap()["logEvents"][0];
    assert_eq!((&event["a"], &event["n"]), (&json!("[logveil: masked as a whole]"), &json!(1)));
}

#[test]
fn an_event_that_is_no_object_is_masked() {
    for event in
        [r#""password=hunter2""#, r#"{"message":{"password":"hunter2"}}"#, r#"["x",{"password":"hunter2"}]"#, r#"{"a":"password=hunter2"}"#]
    {
        let (out, _) = redact(&envelope(), format!(r#"{{"messageType":1,"logEvents":[{event}]}}"#).as_bytes());
        assert!(serde_json::from_slice::<Value>(&out).is_ok());
        assert!(!String::from_utf8(out).unwrap().contains("hunter2"), "{event}");
    }
}

#[test]
fn aggregates_of_another_encoder_come_out_as_it_would_write_them() {
    assert_eq!(redact(&envelope(), &fixture!("clean")).0, fixture!("clean"));
    let (out, counts) = redact(&envelope(), &fixture!("secrets"));
    assert_eq!(out, fixture!("secrets-masked"));
    assert_eq!((counts.aggregates(), counts.payloads(), counts.stats().findings()), (1, 1, 2));
    let (out, _) = redact(&envelope().form(Form::Messages), &fixture!("payload"));
    assert_eq!(out, b"password=[REDACTED:assigned-password]\n");
}

#[test]
fn user_records_come_with_their_keys() {
    let mut records = Vec::new();
    envelope().for_each_user_record(&fixture!("secrets"), &mut Cache::default(), |record| {
        records.push((record.partition_key.unwrap().to_owned(), record.explicit_hash_key.map(str::to_owned), record.data.to_vec()));
    });
    let keys: Vec<(&str, Option<&str>)> = records.iter().map(|(key, explicit, _)| (key.as_str(), explicit.as_deref())).collect();
    let largest = Some("170141183460469231731687303715884105728");
    assert_eq!(keys, [("alpha", None), ("beta", largest), ("alpha", Some("0")), ("gamma", None), ("beta", Some("0"))]);
    assert_eq!(records[0].2, b"first line password=[REDACTED:assigned-password]\nsecond line\n");
    let mut alone = Vec::new();
    envelope().for_each_user_record(b"password=hunter2", &mut Cache::default(), |record| {
        alone.push((record.partition_key.is_none(), record.data.to_vec()));
    });
    assert_eq!(alone, [(true, b"password=[REDACTED:assigned-password]".to_vec())]);
}

/// The size that is foretold is never too small, and not much too large.
#[test]
fn aggregates_are_as_large_as_foretold() {
    for (hash_key, length) in [(None, 0), (Some("7"), 1), (None, 127), (Some("7"), 128), (None, 20_000), (Some("7"), 3_000_000)] {
        let mut aggregator = Aggregator::new("key", hash_key);
        aggregator.push(b"first");
        let foretold = aggregator.size_with(length);
        aggregator.push(&vec![b'x'; length]);
        let size = aggregator.finish().len();
        assert!((foretold - 14..=foretold).contains(&size), "{size} of {foretold}");
    }
}

#[test]
fn an_aggregate_that_is_wrong_is_masked_as_a_whole() {
    let whole = fixture!("secrets");
    for bit in 32..8 * whole.len() {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let (out, counts) = redact(&envelope(), &flipped);
        assert_eq!(out, format!("[logveil: damaged aggregate, {} bytes]\n", whole.len()).as_bytes());
        assert_eq!(reasons(&counts), [(Reason::Aggregate, 1)]);
    }
    // No hash key, though nothing else is wrong.
    for (key, is_right) in [("0", true), ("340282366920938463463374607431768211455", true), ("+1", false), ("1e3", false), (SECRET, false)]
    {
        let mut aggregator = Aggregator::new("key", Some(key));
        aggregator.push(b"text");
        let (out, counts) = redact(&envelope(), &aggregator.finish());
        assert_eq!((reasons(&counts).is_empty(), is_aggregate(&out)), (is_right, is_right), "{key}");
    }
    // The digest is right, the keys are not there.
    let record = kpl::Record { partition_key_index: 1, explicit_hash_key_index: None, data: SECRET.into(), tags: Vec::new() };
    let mut aggregate =
        kpl::Aggregate { partition_key_table: vec!["k".into()], explicit_hash_key_table: Vec::new(), records: vec![record] };
    let encoded = |aggregate: &kpl::Aggregate| {
        let mut bytes = Vec::new();
        kpl::encode(aggregate.clone(), &mut bytes);
        bytes
    };
    assert_eq!(reasons(&redact(&envelope(), &encoded(&aggregate)).1), [(Reason::Aggregate, 1)]);
    aggregate.records[0].partition_key_index = 0;
    aggregate.records[0].tags = vec![kpl::Tag { key: "password".into(), value: Some("hunter2".into()) }];
    let masked = kpl::decode(&redact(&envelope(), &encoded(&aggregate)).0).unwrap();
    assert_eq!(masked.records[0].tags[0].value.as_deref(), Some("[REDACTED:assigned-password]"));
    // A tag without a value, and one whose name is in another.
    let tag = |key: &str, value: Option<&str>| kpl::Tag { key: key.into(), value: value.map(Into::into) };
    aggregate.records[0].tags = vec![tag(SECRET, None), tag("bob@example.com", Some("")), tag("fine", None)];
    aggregate.records[0].tags.extend([tag("name", Some("DB_PASSWORD")), tag("value", Some("hunter2"))]);
    let masked = kpl::decode(&redact(&envelope(), &encoded(&aggregate)).0).unwrap();
    let expected = [tag("password=[REDACTED:assigned-password]", None), tag("[REDACTED:email]", Some("")), tag("fine", None)];
    assert!(masked.records[0].tags[..3] == expected);
    assert_eq!(masked.records[0].tags[4].value.as_deref(), Some("[REDACTED:assigned-password]"));
    // A key of nothing.
    aggregate.partition_key_table.push(SECRET.into());
    let body = prost::Message::encode_to_vec(&aggregate);
    let whole_table = [kpl::MAGIC, &body, &<md5::Md5 as md5::Digest>::digest(&body)].concat();
    assert_eq!(kpl::decode(&redact(&envelope(), &whole_table).0).unwrap().partition_key_table, ["k"]);
    // An aggregate in an aggregate.
    aggregate.records[0].data = whole;
    let masked = kpl::decode(&redact(&envelope(), &encoded(&aggregate)).0).unwrap();
    assert!(masked.records[0].data.starts_with(b"[logveil: nested too deep"));
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let bomb = zip(&vec![b' '; 1 << 24]);
    let envelope = envelope().inflated_limit(1 << 16);
    let (out, counts) = redact(&envelope, &bomb);
    assert_eq!(reasons(&counts), [(Reason::TooLarge, 1)]);
    assert_eq!(unzip(&out), format!("[logveil: too large, {} bytes]\n", bomb.len()).as_bytes());
    // All that a record holds counts together.
    let many = zip(&[b' '; 1 << 14]).repeat(5);
    let (_, counts) = redact(&envelope, &many);
    assert_eq!(reasons(&counts), [(Reason::TooLarge, 1)]);
    assert_eq!(reasons(&redact(&envelope, &zip(&zip(&zip(b"x")))).1), [(Reason::Nested, 1)]);
    assert!(gzip::begins(&unzip(&redact(&envelope, &zip(&zip(SECRET.as_bytes()))).0)));
}

/// As it stands in an event of Lambda, or in a line of a program that writes text alone.
#[test]
fn gzip_in_base64_is_looked_into() {
    let envelope = envelope();
    let written = |content: &str| STANDARD.encode(zip(content.as_bytes()));
    for content in [SECRET.to_owned(), payload(&[SECRET])] {
        for end in ["", "\n"] {
            let (out, counts) = redact(&envelope, (written(&content) + end).as_bytes());
            let out = String::from_utf8(out).unwrap();
            let inside = unzip(&STANDARD.decode(out.strip_suffix(end).unwrap()).unwrap());
            assert_eq!(String::from_utf8(inside).unwrap(), content.replace("hunter2", "[REDACTED:assigned-password]"));
            assert_eq!((counts.stats().findings(), reasons(&counts)), (1, vec![]));
        }
        let (out, _) = redact(&envelope.clone().form(Form::Messages), written(&content).as_bytes());
        assert_eq!(out, b"password=[REDACTED:assigned-password]\n");
    }
    // What holds nothing to mask stays, and so does a word.
    for text in [written("fine") + " \r\n", "H4sIhello\n".to_owned(), "H4sI".to_owned(), "H4sIAAAA".to_owned()] {
        assert_eq!(redact(&envelope, text.as_bytes()).0, text.as_bytes());
    }
    // Of a record of an aggregate too.
    let mut aggregator = Aggregator::new("key", None);
    aggregator.push(written(SECRET).as_bytes());
    let (out, _) = redact(&envelope, &aggregator.finish());
    let inside = unzip(&STANDARD.decode(&kpl::decode(&out).unwrap().records[0].data).unwrap());
    assert_eq!(inside, b"password=[REDACTED:assigned-password]");
    // What is damaged does not come out.
    let (out, counts) = redact(&envelope, STANDARD.encode(&zip(SECRET.as_bytes())[..30]).as_bytes());
    assert_eq!(unzip(&STANDARD.decode(out).unwrap()), b"[logveil: damaged gzip, 30 bytes]\n");
    assert_eq!(reasons(&counts), [(Reason::Gzip, 1)]);
    // A group that is ignored leaves nothing.
    let ignored = ["g".to_owned()];
    let (out, counts) = redact(&envelope.ignoring(&ignored), written(&payload(&[SECRET])).as_bytes());
    assert_eq!((out.as_slice(), counts.ignored()), (&b""[..], 1));
}

/// A stand-in is text that nothing is found in, so that a second pass leaves it.
#[test]
fn stand_ins_stay() {
    for reason in Reason::ALL {
        for length in [0, 9, 1234, 219_099_999, 2_125_550_123, 411_111_111_111] {
            let text = reason.stand_in(length);
            assert_eq!(String::from_utf8(REDACTOR.redact_message(text.as_bytes())).unwrap(), text);
        }
    }
}

#[test]
fn a_panic_is_one_record_long() {
    let text = payload(&["fine", SECRET]);
    let (mut out, mut cache) = (b"before".to_vec(), Cache::default());
    let counts = envelope().redact_with(text.as_bytes(), &mut cache, &mut out, |_| panic!("while masking"));
    assert_eq!(out, format!("before[logveil: could not be masked, {} bytes]\n", text.len()).as_bytes());
    assert_eq!(reasons(&counts), [(Reason::Fault, 1)]);
    // The scratch is as good as new.
    out.clear();
    envelope().redact(text.as_bytes(), &mut cache, &mut out);
    assert_eq!(out, text.replace("hunter2", "[REDACTED:assigned-password]").as_bytes());
    // Of an aggregate the other records are masked as ever.
    let first = Cell::new(true);
    out.clear();
    envelope().redact_with(&fixture!("secrets"), &mut cache, &mut out, |_| assert!(!first.replace(false)));
    let records = kpl::decode(&out).unwrap().records;
    assert!(records[0].data.starts_with(b"[logveil: could not be masked, "));
    assert_eq!(records[1].data, br#"{"user": "bob", "password": "[REDACTED:assigned-password]"}"#);
}

#[test]
fn firehose_is_answered_for_every_record() {
    let data = zip(payload(&[SECRET]).as_bytes());
    let record = |id: &str, data: Value| json!({"recordId": id, "approximateArrivalTimestamp": 1, "data": data});
    let records = [
        record("a", STANDARD.encode(&data).into()),
        record("b\"", "!!".into()),
        record("c", Value::Null),
        record("d", STANDARD.encode(SECRET).into()),
        record("e", STANDARD.encode(&data[..30]).into()),
    ];
    let event = json!({"invocationId": "i", "deliveryStreamArn": "arn", "records": records}).to_string();
    let LambdaEvent::Firehose(records) = LambdaEvent::parse(event.as_bytes()).unwrap() else { panic!() };
    let mut out = Vec::new();
    let counts = envelope().answer_firehose(&records, &mut Cache::default(), &mut out);
    let answer: Value = serde_json::from_slice(&out).unwrap();
    let answers: Vec<(&str, &str, Vec<u8>)> = answer["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| {
            let text = |name: &str| answer[name].as_str().unwrap();
            (text("recordId"), text("result"), STANDARD.decode(text("data")).unwrap())
        })
        .collect();
    assert!(answers.iter().all(|(_, result, _)| *result == "Ok"));
    assert_eq!(answers.iter().map(|(id, ..)| *id).collect::<Vec<_>>(), ["a", "b\"", "c", "d", "e"]);
    assert!(!unzip(&answers[0].2).windows(7).any(|window| window == b"hunter2"));
    assert_eq!(answers[1].2, b"[logveil: damaged base64, 2 bytes]\n");
    assert_eq!(answers[2].2, b"[logveil: damaged base64, 0 bytes]\n");
    assert_eq!(answers[3].2, b"password=[REDACTED:assigned-password]");
    assert_eq!(unzip(&answers[4].2), b"[logveil: damaged gzip, 30 bytes]\n");
    assert_eq!(reasons(&counts), [(Reason::Gzip, 1), (Reason::Base64, 2)]);
}

#[test]
fn events_of_lambda_are_told_apart() {
    let encoded = STANDARD.encode(SECRET);
    let logs = json!({"awslogs": {"data": encoded}}).to_string();
    let LambdaEvent::CloudWatch(data) = LambdaEvent::parse(logs.as_bytes()).unwrap() else { panic!() };
    assert_eq!(data.decode().unwrap(), SECRET.as_bytes());
    let record = json!({"partitionKey": "p\u{e9}", "sequenceNumber": "496", "data": encoded, "kinesisSchemaVersion": "1.0"});
    let batch = json!({"Records": [{"kinesis": record, "eventSource": "aws:kinesis"}]}).to_string();
    let LambdaEvent::Kinesis(records) = LambdaEvent::parse(batch.as_bytes()).unwrap() else { panic!() };
    assert_eq!((records[0].partition_key.as_str(), records[0].sequence_number.as_str()), ("p\u{e9}", "496"));
    assert_eq!(records[0].data.decode().unwrap(), SECRET.as_bytes());
    assert!(!format!("{records:?}").contains(&encoded));
}

/// The event that AWS's documentation shows, written by its own encoder.
#[test]
fn the_documented_event_is_read() {
    let data = concat!(
        "H4sIAAAAAAAAAHWPwQqCQBCGX0Xm7EFtK+smZBEUgXoLCdMhFtKV3akI8d0bLYmibvPPN3wz00CJxmQnTO41whwWQRIctmEcB6sQbFC3CjW3XW8kxpOpP+OC",
        "22d1Wml1qZkQGtoMsScxaczKN3plG8zlaHIta5KqWsozoTYw3/djzwhpLwivWFGHGpAFe7DL68JlBUk+l7KSN7tCOEJ4M3/qOI49vMHj+zCKdlFqLaU2ZHV2",
        "a4Ct/an0/ivdX8oYc1UVX860fQDQiMdxRQEAAA=="
    );
    let event = format!(r#"{{"awslogs":{{"data":"{data}"}}}}"#);
    let LambdaEvent::CloudWatch(record) = LambdaEvent::parse(event.as_bytes()).unwrap() else { panic!() };
    let mut out = Vec::new();
    let counts = envelope().form(Form::Messages).redact_encoded(&record, &mut Cache::default(), &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "[ERROR] First test message\n[ERROR] Second test message\n");
    assert_eq!((counts.events(), reasons(&counts)), (2, Vec::new()));
}

#[test]
fn errors_hold_no_values() {
    for event in ["hunter2", r#"{"awslogs":"hunter2"}"#, r#"{"Records":"hunter2"}"#, r#"{"records":[{"x":"hunter2"}]}"#, "{\"hunter2\":1}"]
    {
        let error = LambdaEvent::parse(event.as_bytes()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[test]
fn what_the_policy_keeps_stays() {
    let policy = crate::policy::Policy::default().action(crate::action::Action::Keep);
    let keeping = Redactor::builder().policy(policy).build().unwrap();
    let event = json!({"message": SECRET, "a": "hunter2", "password": "hunter2"});
    let record = zip(format!(r#"{{"messageType":1,"logEvents":[{event}]}}"#).as_bytes());
    let (out, counts) = redact(&Envelope::new(&keeping), &record);
    assert_eq!((out, counts.stats().findings()), (record, 2));
}

#[test]
fn keys_of_unknown_fields_are_masked() {
    let key = ["AKIA", "Q3EGTN5XKLM7PJ2R"].concat();
    for written in [key.clone(), key.replace('Q', "\\u0051"), SECRET.to_owned()] {
        let text = format!(
            r#"{{"messageType":"DATA_MESSAGE", "{written}" : [1],"logEvents":[{{"{written}":1,"id":"1", "{written}"	:{{}},"message":"m"}}],"a":7}}"#
        );
        let (out, counts) = redact(&envelope(), text.as_bytes());
        let out = String::from_utf8(out).unwrap();
        assert!(!out.contains("7PJ2R") && !out.contains("hunter2"), "{out}");
        assert!(out.contains(r#"" : [1]"#) && out.ends_with(r#","message":"m"}],"a":7}"#) && json::is_valid(out.as_bytes()), "{out}");
        assert_eq!((counts.payloads(), counts.events()), (1, 1));
    }
}

/// What of a message is looked for in other fields is not unescaped again for each message there is.
#[test]
fn many_messages_of_one_event_take_no_more_than_one() {
    let message = serde_json::to_string(&format!(r#"{{"password":"{}Q1z"}}"#, r"\\".repeat(256))).unwrap();
    let messages = vec![format!(r#""message":{message}"#); 2000].join(",");
    let text = format!(r#"{{"messageType":"DATA_MESSAGE","logEvents":[{{"a":"b",{messages}}}]}}"#);
    let (out, counts) = redact(&envelope(), text.as_bytes());
    assert_eq!(counts.stats().findings(), 2000);
    assert!(json::is_valid(&out) && !String::from_utf8(out).unwrap().contains("Q1z"));
}

/// Each of these looks like the beginning of a document that goes on to the end, and between them stand whole ones.
#[test]
fn beginnings_between_payloads_take_linear_time() {
    let unit = "{\"events\":[\n{\"messageType\":1,\"logEvents\":[]},\n";
    let text = unit.repeat(100_000);
    let mut filter = envelope().printed(true).filter();
    let mut out = Vec::new();
    let mut counts = filter.push(text.as_bytes(), &mut out);
    counts += filter.finish(&mut out);
    // Behind sixteen beginnings the rest is not looked at.
    assert_eq!((counts.payloads(), reasons(&counts)), (15, vec![(Reason::Json, 1)]));
    assert!(out.starts_with(unit.as_bytes()) && out.ends_with(b" bytes]\n"));
}

/// What is called like a field of AWS and is none that it would write.
#[test]
fn fields_of_aws_hold_what_aws_writes() {
    let text = format!(
        r#"{{"messageType":"{SECRET}","policyLevel":["{SECRET}"],"logGroup":{{"a":"{SECRET}"}},"logStream":["{SECRET}"],"subscriptionFilters":["{SECRET}",{{"password":"hunter2"}}],"logEvents":[]}}"#
    );
    let (out, counts) = redact(&envelope(), text.as_bytes());
    assert_eq!((counts.payloads(), counts.stats().findings()), (1, 6));
    assert!(!String::from_utf8(out).unwrap().contains("hunter2"));
}
