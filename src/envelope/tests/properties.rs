//! The same promises, on whatever there may be.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Cache, Counts, Envelope, Form, gzip, json, kpl};
use super::{REDACTOR, SECRET, envelope, payload, reasons, redact, unzip, zip};
use crate::Redactor;

/// Pieces that mean something in JSON, and text of all alphabets.
fn messages() -> impl Strategy<Value = Vec<String>> {
    let piece = prop_oneof![
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just("\\u0022".to_owned()),
        Just("\n".to_owned()),
        Just("\0\u{1b}\u{7f}\u{2028}".to_owned()),
        Just("password=".to_owned()),
        Just("{\"password\":".to_owned()),
        "[a-z0-9 ]{0,12}",
        any::<String>(),
    ];
    prop::collection::vec(prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat()), 0..4)
}

/// JSON of any spacing, with fields that nobody knows.
fn extras() -> impl Strategy<Value = (String, String)> {
    let blank = "[ \t\n\r]{0,2}";
    let value = prop::sample::select(vec![
        "1.00",
        "-0",
        "1e400",
        "12345678901234567890123",
        r#""\u00e9\/\ud83d\ude00""#,
        r#"[{"a" : [ ]}]"#,
        "null",
    ]);
    (blank, value).prop_map(|(blank, value)| (format!("{blank}\"new\"{blank}:{blank}{value}{blank},"), blank))
}

/// Lets everything be.
fn nothing() -> Redactor {
    let policy = crate::Policy::parse("test", "[actions]\ndefault = \"keep\"").unwrap();
    Redactor::builder().policy(policy).build().unwrap()
}

proptest! {
    #[test]
    fn what_is_no_message_is_the_same_byte_for_byte(messages in messages(), (extra, blank) in extras()) {
        let texts: Vec<String> = messages.iter().map(|text| serde_json::to_string(text).unwrap()).collect();
        let id = 1;
        let wrapped = |texts: &[String]| {
            let events: Vec<String> =
                texts.iter().map(|text| format!(r#"{blank}{{{extra}"id":"{id:056}","message"{blank}:{text},"timestamp":1}}{blank}"#)).collect();
            format!(r#"{{"messageType":"DATA_MESSAGE",{extra}{blank}"logEvents":[{}],"z":1.0}}{blank}"#, events.join(","))
        };
        let text = wrapped(&texts);
        let (out, counts) = redact(&envelope(), text.as_bytes());
        prop_assert_eq!(reasons(&counts), []);
        // What is expected, by way of the redactor alone.
        let (mut state, mut cache) = (crate::stream::StreamState::default(), Cache::default());
        let masked: Vec<String> = messages
            .iter()
            .zip(&texts)
            .map(|(message, text)| {
                let mut masked = Vec::new();
                REDACTOR.redact(message.as_bytes(), &mut state, &mut cache, &mut masked);
                if masked == message.as_bytes() { text.clone() } else { serde_json::to_string(std::str::from_utf8(&masked).unwrap()).unwrap() }
            })
            .collect();
        prop_assert_eq!(String::from_utf8(out).unwrap(), wrapped(&masked));
    }

    /// Whoever writes a line that begins like a payload takes no mask off by it: what would be masked in any other line is.
    #[test]
    fn nothing_comes_out_for_being_called_as_aws_calls_it(
        value in prop_oneof![
            prop::sample::select(vec!["4111111111111111", "4222222222222", "378282246310005", "5555555555554444", "6011000990139424"]).prop_map(str::to_owned),
            "[a-z]{3,8}@[a-z]{3,8}\\.com",
            "[a-z]{4}[0-9]{4}[A-Z]{2}".prop_map(|secret| format!("password={secret}")),
            "[A-Z2-7]{16}".prop_map(|body| ["AKIA", &body].concat()),
        ],
        shape in 0..6,
        beginning in 0..4,
        (of_event, field) in prop_oneof![
            prop::sample::select(vec!["id", "eventId", "timestamp", "ingestionTime", "message", "logStreamName", "extractedFields", "new"]).prop_map(|name| (true, name)),
            prop::sample::select(vec!["owner", "messageType", "policyLevel", "subscriptionFilters", "nextToken", "nextForwardToken", "nextBackwardToken", "searchedLogStreams", "new"])
                .prop_map(|name| (false, name)),
        ],
        is_printed in any::<bool>(),
        form in prop::sample::select(vec![Form::Same, Form::Events, Form::Messages]),
    ) {
        let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
        let json = match shape {
            0 if is_number => value.clone(),
            0 | 1 => json!(value).to_string(),
            2 => json!([value]).to_string(),
            3 => json!({"password": value}).to_string(),
            4 => json!([{"logStreamName": value, "searchedCompletely": true}]).to_string(),
            _ => json!({ "n": format!("a {value} b"), "c": [1] }).to_string(),
        };
        let field = format!("\"{field}\":{json},");
        let (of_event, of_payload) = if of_event { (field.as_str(), "") } else { ("", field.as_str()) };
        let events = format!(r#"[{{{of_event}"message":"m"}},{{"message":"n"}}]"#);
        let text = match beginning {
            0 => format!(r#"{{"messageType":"DATA_MESSAGE",{of_payload}"logEvents":{events}}}"#),
            1 => format!(r#"{{"logEvents":{events},{of_payload}"x":1}}"#),
            2 => format!(r#"{{"a":1,{of_payload}"messageType":"DATA_MESSAGE","logEvents":{events}}}"#),
            _ => format!(r#"{{"events":{events},{of_payload}"x":1}}"#),
        };
        let line = text.replace("\"messageType\":\"D", "\"messageTypo\":\"D").replace("\"logEvents\"", "\"logEvts\"").replace("{\"events\"", "{\"evts\"");
        let envelope = envelope().printed(is_printed).form(form);
        let (of_line, counts) = redact(&envelope, line.as_bytes());
        prop_assert_eq!(counts.payloads(), 0);
        let (out, counts) = redact(&envelope, text.as_bytes());
        prop_assert!(beginning == 3 || counts.payloads() == 1);
        let secret = value.strip_prefix("password=").unwrap_or(&value).as_bytes();
        let holds = |bytes: &[u8]| memchr::memmem::find(bytes, secret).is_some();
        prop_assert!(holds(&of_line) || !holds(&out), "{}", String::from_utf8_lossy(&out));
        // Cards, addresses and passwords are found, so that this says something.
        prop_assert!(!holds(&of_line) || value.starts_with("AKIA") || (is_number && value.len() < 15), "{}", String::from_utf8_lossy(&of_line));
    }

    /// Many messages are masked in one scan, and come out as one after the other.
    #[test]
    fn messages_come_out_as_one_by_one(
        messages in prop::collection::vec(
            prop::collection::vec(
                prop::sample::select(vec![
                    "password=hunter2", "-----BEGIN RSA PRIVATE KEY-----", "MIIEpAIBAAKCAQEA7bq1TgVn8x3nPq0ZrJ5d6wXcYk2hLf9s",
                    "-----END RSA PRIVATE KEY-----", "password: |", "<password>", "hunter2", "a@b.io", "words", " ", "\n", "\r", "\r\n", "\\",
                    "\u{e9}",
                ]),
                0..5,
            )
            .prop_map(|pieces| pieces.concat()),
            0..40,
        ),
        form in prop::sample::select(vec![Form::Same, Form::Events]),
    ) {
        let (mut state, mut cache) = (crate::stream::StreamState::default(), Cache::default());
        let mut stats = crate::redact::Stats::default();
        let expected: Vec<String> = messages
            .iter()
            .map(|message| {
                let mut masked = Vec::new();
                stats += REDACTOR.redact(message.as_bytes(), &mut state, &mut cache, &mut masked);
                String::from_utf8(masked).unwrap()
            })
            .collect();
        let texts: Vec<&str> = messages.iter().map(String::as_str).collect();
        let (out, counts) = redact(&envelope().form(form), payload(&texts).as_bytes());
        let out = String::from_utf8(out).unwrap();
        let events: Vec<Value> = match form {
            Form::Same => serde_json::from_str::<Value>(&out).unwrap()["logEvents"].as_array().unwrap().clone(),
            _ => out.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        };
        let masked: Vec<&str> = events.iter().map(|event| event["message"].as_str().unwrap()).collect();
        prop_assert_eq!(masked, expected);
        stats += redact(&envelope().form(form), payload(&[]).as_bytes()).1.stats().clone();
        prop_assert_eq!(counts.stats(), &stats);
    }

    /// Whatever a value holds, it comes back as the value that it was, and as no other part of the JSON around it.
    #[test]
    fn what_is_encrypted_in_a_payload_is_revealed_as_it_was(
        messages in prop::collection::vec(
            prop::collection::vec(
                prop::sample::select(vec![
                    "<password>", "</password>", "a\"},{\"id\":\"9\",\"message\":\"forged", "hun\\ter2", "hunter2\"\t", "password=", "password='",
                    "'", "{\"password\":\"hun\\\"ter2\",\"card\":4111111111111111}", "a@b.io", " ", "\n", "\u{1}", "\u{e9}", "words",
                ]),
                0..6,
            )
            .prop_map(|pieces| pieces.concat()),
            0..4,
        ),
        form in prop::sample::select(vec![Form::Same, Form::Events]),
        plain in any::<bool>(),
    ) {
        let keys = crate::Keys::parse(format!("k1:{}", "7".repeat(32)).as_bytes()).unwrap();
        let policy = crate::Policy::parse("test", "[actions]\ndefault = \"encrypt\"").unwrap();
        let redactor = Redactor::builder().policy(policy).keys(keys.clone()).build().unwrap();
        let texts: Vec<&str> = messages.iter().map(String::as_str).collect();
        // Lines by themselves become JSON only as events.
        let (record, form) = if plain { (texts.join("\n"), Form::Events) } else { (payload(&texts), form) };
        let (masked, _) = redact(&Envelope::new(&redactor).form(form), record.as_bytes());
        let (mut revealer, mut out) = (crate::Revealer::new(&keys).unwrap(), Vec::new());
        revealer.push(&masked, &mut out);
        revealer.finish(&mut out);
        let parsed = |bytes: &[u8]| -> Vec<Value> {
            let values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>().map(Result::unwrap);
            values.flat_map(|value| value["logEvents"].as_array().cloned().unwrap_or_else(|| vec![value])).map(|event| event["message"].clone()).collect()
        };
        let (unmasked, _) = redact(&Envelope::new(&nothing()).form(form), record.as_bytes());
        prop_assert_eq!(parsed(&out), parsed(&unmasked));
    }

    /// Escapes that nobody needs stay where nothing is masked.
    #[test]
    fn a_message_without_findings_keeps_its_escapes(units in prop::collection::vec(any::<u16>(), 0..30)) {
        let message: String = units.iter().map(|unit| format!("\\u{unit:04X}")).collect();
        let text = format!(r#"{{"messageType":"DATA_MESSAGE","logEvents":[{{"message":"{message}"}}]}}"#);
        let (out, counts) = redact(&envelope(), text.as_bytes());
        prop_assert!(counts.stats().findings() > 0 || out == text.as_bytes());
    }

    #[test]
    fn a_secret_survives_in_no_form(
        secret in "[a-z]{4}[0-9]{4}[A-Za-z0-9]{4,12}",
        form in prop::sample::select(vec![Form::Same, Form::Events, Form::Messages]),
        before in "[a-z \"\\\\\n]{0,10}",
        shape in 0..5,
        wrapping in 0..4,
    ) {
        let message = match shape {
            0 => format!("{before} password={secret} next"),
            1 => format!("{{\"password\":\"{secret}\"}}"),
            2 => format!("{before} https://bob:{secret}@example.com/"),
            3 => format!("{before}\n{}", json!({"text": json!({"password": secret}).to_string()})),
            _ => format!("<password>{secret}</password>"),
        };
        let event = json!({"id": "1", "message": message, "extractedFields": {"a": secret, "password": secret}, "x": [message]});
        let text = format!(r#"{{"messageType":"DATA_MESSAGE","logEvents":[{event}]}}"#);
        let record = match wrapping {
            0 => text.into_bytes(),
            1 => zip(text.as_bytes()),
            2 => zip(&zip(text.as_bytes()).repeat(2)),
            _ => message.into_bytes(),
        };
        let (mut out, counts) = redact(&envelope().form(form), &record);
        prop_assert_eq!(reasons(&counts), []);
        while gzip::begins(&out) {
            out = unzip(&out);
        }
        prop_assert!(!String::from_utf8(out).unwrap().contains(&secret));
    }

    #[test]
    fn what_is_damaged_never_comes_out_raw(
        secret in "[a-z]{8}[0-9]{8}", cut in any::<prop::sample::Index>(), flip in any::<prop::sample::Index>(), wrapping in 0..3, level in 0..3u32,
    ) {
        // The level 0 stores what it holds, so that it can be read without inflating.
        let text = payload(&[&format!("password={secret}"), "and so on"]);
        let mut whole = Vec::new();
        match wrapping {
            0 => whole = text.clone().into_bytes(),
            1 => gzip::deflate(text.as_bytes(), level * 4, &mut whole),
            _ => {
                let record = kpl::Record { partition_key_index: 0, explicit_hash_key_index: None, data: text.clone().into(), tags: Vec::new() };
                let keys = vec!["key".to_owned()];
                kpl::encode(kpl::Aggregate { partition_key_table: keys, explicit_hash_key_table: Vec::new(), records: vec![record] }, &mut whole);
            }
        }
        let truncated = &whole[..cut.index(whole.len())];
        let mut flipped = whole.clone();
        let bit = flip.index(8 * whole.len());
        flipped[bit / 8] ^= 1 << (bit % 8);
        for damaged in [truncated, &flipped] {
            let (mut out, _) = redact(&envelope(), damaged);
            let holds = |bytes: &[u8], part: &[u8]| memchr::memmem::find(bytes, part).is_some();
            if wrapping == 1 && level > 0 && damaged.len() > 40 {
                // Compressed bytes are as good as raw.
                prop_assert!(!holds(&out, &damaged[12..40]));
            }
            if gzip::begins(&out) {
                out = unzip(&out);
            }
            // A flip in the word password leaves a line without one.
            let named = holds(damaged, b"password=") || wrapping == 1;
            prop_assert!(!named || !holds(&out, secret.as_bytes()), "{}", String::from_utf8_lossy(&out));
        }
    }

    #[test]
    fn garbage_is_masked_or_text(bytes in prop::collection::vec(any::<u8>(), 0..300), magic in prop::sample::select(vec![&b"\x1f\x8b"[..], b"\x1f\x8b\x08\x00", kpl::MAGIC, b"{\"messageType\"", b""])) {
        let record = [magic, &bytes].concat();
        let (out, counts) = redact(&envelope(), &record);
        prop_assert!(magic.is_empty() || !reasons(&counts).is_empty() && out != record);
        redact(&envelope().form(Form::Events), &record).0.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).for_each(|line| {
            assert!(json::is_valid(line));
        });
    }

    #[test]
    fn aggregates_come_back(records in prop::collection::vec((0..3u64, prop::option::of(0..2u64), prop::collection::vec(any::<u8>(), 0..40)), 0..6)) {
        let records: Vec<kpl::Record> = records
            .into_iter()
            .map(|(partition_key_index, explicit_hash_key_index, data)| kpl::Record { partition_key_index, explicit_hash_key_index, data, tags: Vec::new() })
            .collect();
        let aggregate = kpl::Aggregate {
            partition_key_table: vec!["a".into(), "b".into(), "\u{e9}".into()],
            explicit_hash_key_table: vec!["0".into(), "1".into()],
            records: records.clone(),
        };
        let keys = |aggregate: &kpl::Aggregate, record: &kpl::Record| {
            let explicit = record.explicit_hash_key_index.map(|index| kpl::key(&aggregate.explicit_hash_key_table, index).unwrap().to_owned());
            (kpl::key(&aggregate.partition_key_table, record.partition_key_index).unwrap().to_owned(), explicit)
        };
        let mut bytes = Vec::new();
        kpl::encode(aggregate.clone(), &mut bytes);
        let (out, _) = redact(&envelope(), &bytes);
        let masked = kpl::decode(&out).unwrap();
        for (record, masked_record) in records.iter().zip(&masked.records) {
            prop_assert_eq!(&redact(&envelope(), &record.data).0, &masked_record.data);
            prop_assert_eq!(keys(&aggregate, record), keys(&masked, masked_record));
        }
        prop_assert_eq!(records.len(), masked.records.len());
        // No key but those that are named, each once.
        let mut named: Vec<String> = records.iter().map(|record| keys(&aggregate, record).0).collect();
        named.sort();
        named.dedup();
        prop_assert_eq!(&masked.partition_key_table, &named);
    }

    /// The result depends neither on the cuts nor on when it is asked for.
    #[test]
    fn a_stream_comes_out_as_it_would_whole(
        parts in prop::collection::vec(0..10usize, 0..8), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        flush in any::<bool>(), form in prop::sample::select(vec![Form::Same, Form::Events, Form::Messages]),
    ) {
        let text = payload(&[SECRET, "two\nlines"]);
        let pretty = format!("{:#}\n", serde_json::from_str::<Value>(&text.replace("messageType", "logEventz")).unwrap());
        let gzip = zip(text.as_bytes());
        let parts: Vec<&[u8]> = parts
            .iter()
            .map(|part| match part {
                0 => text.as_bytes(),
                1 | 2 => &gzip,
                3 => b"\n",
                4 => b"a line password=hunter2\r\n",
                5 => b"{\"level\":1}\n",
                6 => &text.as_bytes()[..110],
                7 => &gzip[..30],
                8 => b"\xff\0\xfe\n",
                _ => pretty.as_bytes(),
            })
            .collect();
        let stream = parts.concat();
        let run = |cuts: &[usize]| {
            let (envelope, mut out) = (envelope().printed(true).form(form).inflated_limit(900), Vec::new());
            let mut filter = envelope.filter();
            let mut counts = Counts::default();
            let mut from = 0;
            for &cut in cuts {
                counts += filter.push(&stream[from..cut], &mut out);
                if flush {
                    counts += filter.flush(&mut out);
                }
                from = cut;
            }
            counts += filter.push(&stream[from..], &mut out);
            counts += filter.finish(&mut out);
            (out, counts.events(), reasons(&counts))
        };
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.sort_unstable();
        let whole = run(&[]);
        prop_assert_eq!(&run(&cuts), &whole);
        prop_assert!(memchr::memmem::find(&whole.0, b"hunter2").is_none());
        let all: Vec<usize> = (0..stream.len()).collect();
        prop_assert_eq!(&run(&all), &whole);
    }
}
