//! Numbers by the hundred, made by somebody who does not know the validators, in lines of six syntaxes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use logveil::Redactor;

#[path = "support/numbers.rs"]
mod numbers;

use numbers::{KINDS, Kind, Random, spoiled};

/// So many of each kind in each syntax.
const EACH: usize = 60;

/// From a kind and a number to what stands before and behind it.
type Syntax = fn(&Kind, &str) -> (String, String);

/// The ways of writing a line.
const SYNTAXES: &[Syntax] = &[
    |kind, _| (format!(r#"{{"ts":"2024-05-01T10:00:00Z","level":"info","{}":""#, kind.key), r#"","user":"u-17","ok":true}"#.to_owned()),
    |kind, number| {
        if is_json_number(number) {
            (format!(r#"{{"level":"info","{}":"#, kind.key), r#","seq":7}"#.to_owned())
        } else {
            (format!(r#"{{"level":"info","msg":"{{\"{}\":\""#, kind.key), r#"\",\"seq\":7}","n":1}"#.to_owned())
        }
    },
    |kind, number| {
        let quote = if number.contains(' ') { "\"" } else { "" };
        (format!("ts=1714557600 level=info {}={quote}", snake(kind.key)), format!("{quote} seq=7 took=12ms"))
    },
    |kind, _| (format!("{}: ", kind.key), String::new()),
    |kind, _| (format!("10:00:01 INFO worker-3 {} ", kind.word), " accepted in 12 ms".to_owned()),
    |kind, _| (format!("<row n=\"3\"><{}>", kind.key), format!("</{}><seq>7</seq></row>", kind.key)),
];

const PROSE: usize = 4;

fn is_json_number(number: &str) -> bool {
    number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0')
}

fn snake(key: &str) -> String {
    key.chars().flat_map(|letter| letter.is_ascii_uppercase().then_some('_').into_iter().chain([letter.to_ascii_lowercase()])).collect()
}

/// Whether the number is masked; whatever becomes of it, what stands beside it stays.
fn is_masked(redactor: &Redactor, before: &str, number: &str, behind: &str) -> bool {
    let line = format!("{before}{number}{behind}");
    let masked = String::from_utf8(redactor.redact_message(line.as_bytes())).unwrap();
    if masked == line {
        return false;
    }
    let inner = masked.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind));
    let inner = inner.unwrap_or_else(|| panic!("a neighbour was changed: {line} became {masked}"));
    let inner = inner.trim_matches('"');
    inner.starts_with("[REDACTED:") && inner.ends_with(']') && inner.matches('[').count() == 1
}

#[test]
fn numbers_are_found_beside_their_keys_and_words() {
    let redactor = Redactor::builtin().unwrap();
    let mut missed = Vec::new();
    for (kind, seed) in KINDS.iter().zip(1..) {
        let mut random = Random(seed);
        let mut by_syntax = vec![0; SYNTAXES.len()];
        for _ in 0..EACH {
            for (syntax, found) in SYNTAXES.iter().zip(&mut by_syntax) {
                let number = (kind.make)(&mut random);
                let (before, behind) = syntax(kind, &number);
                *found += usize::from(is_masked(&redactor, &before, &number, &behind));
            }
        }
        if by_syntax.iter().any(|&found| found * 100 < EACH * 95) {
            missed.push(format!("{}: {by_syntax:?} of {EACH}", kind.name));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn wrong_numbers_in_prose_stay() {
    let redactor = Redactor::builtin().unwrap();
    let mut masked = Vec::new();
    for (kind, seed) in KINDS.iter().filter(|kind| kind.strict).zip(1000..) {
        let mut random = Random(seed);
        let wrongly = (0..EACH * 5).filter(|_| {
            let number = (kind.make)(&mut random);
            let number = spoiled(&number, &mut random);
            let (before, behind) = SYNTAXES[PROSE](kind, &number);
            is_masked(&redactor, &before, &number, &behind)
        });
        let wrongly = wrongly.count();
        // Now and then a wrong number is a right one of another kind.
        if wrongly * 100 > EACH * 5 * 15 {
            masked.push(format!("{}: {wrongly} of {}", kind.name, EACH * 5));
        }
    }
    assert!(masked.is_empty(), "{masked:#?}");
}

/// What looks like a number of a person and is none. Trace ids and times pass Luhn as often as any number does.
#[test]
fn ids_that_look_like_cards_are_told_by_their_keys() {
    let redactor = Redactor::builtin().unwrap();
    let cards = ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"];
    for card in cards {
        for key in ["trace_id", "traceId", "x-request-id", "dd.trace_id", "span.id", "seq", "offset"] {
            for line in
                [format!("{key}={card} done"), format!("{{\"{key}\":{card},\"ok\":true}}"), format!(r#"m="{{\"{key}\": \"{card}\"}}""#)]
            {
                assert_eq!(String::from_utf8(redactor.redact_message(line.as_bytes())).unwrap(), line);
            }
        }
        // Whatever words stand near: its own key says more.
        let line = format!("payment by card trace_id={card} done");
        assert_eq!(String::from_utf8(redactor.redact_message(line.as_bytes())).unwrap(), line);
        // Another key, more than the number: it may be a card.
        for before in ["order=", "id=", "trace: paid with ", "trace id "] {
            assert!(is_masked(&redactor, before, card, " done"), "{before}{card}");
        }
    }
}

#[test]
fn hard_negatives_stay() {
    let redactor = Redactor::builtin().unwrap();
    for line in [
        "trace=7f3a9c2e4b1d8f60 span=1a2b3c4d5e6f7a8b took 12 ms",
        "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793",
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "request_id=123e4567-e89b-12d3-a456-426614174000 status=200",
        "uuid 55512345-5501-4234-8123-202555012345 stored",
        "at 1714557600000000 us, then 1714557600123457 us",
        "at 1714557600123456789 ns",
        "event_time=1714557600123 mobile=false phone=null",
        "order 4917123456 packed, invoice 2024-000123 sent",
        "isbn 978-3-16-148410-0 and 0-306-40615-2 indexed",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (X11; Linux x86_64) Chrome/124.0.0.0 Safari/537.36",
        "moved to 51.500729,-0.124625 at 12.5 m/s",
        "00000010: 4a6f 686e 2044 6f65 2034 3131 3120 3131  John",
        "http_requests_total{code=\"200\",handler=\"/api\"} 1027 1395066363000",
        "INFO dfs.DataNode$PacketResponder: Received block blk_-1608999687919862906 of size 91178 from /10.250.10.6",
        "arn:aws:iam::123456789012:role/app assumed by AROAEXAMPLEID",
        "image registry.example/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "pod web-7d4b9c6f5-x2x7k on ip-10-0-0-7 restarted 3 times",
        "etag \"33a64df551425fcc55e4d42a148795d9f25f89d4\" age: 1234",
        "client 192.0.2.7:51234 -> 198.51.100.3:443 mac 00:00:5e:00:53:01",
        "git clone git@github.com:org/repo.git",
        "ubuntu@ip-10-0-0-7:~$ ls icon@2x.png node_modules/@scope/pkg@1.2.3",
        "hostname=web-1 filename=report.pdf username=svc display_name=cluster name=worker-3",
        "columns 404 512 1024 and 100 200 300",
        "build 2024.05.01-123456 version 12.345.678-9-g1a2b3c4",
        "serial number of packets: 12, sequence 000123456789",
        "size=123456789 offset=1234567890 length=12345678901",
        "cursor=eyJpZCI6MTIzfQ page=2 per_page=50 zip=archive.zip",
        "swift build: COMPLETE, DATABASE ready",
        "id=123456789012 nonce=12345678901234 seq=000111222333",
        "pan=left tilt=12 fin=done rut=deep vin=rouge sin=0.5 nit=pick",
        "state=CA country=US city=Paris lat=none",
        "rc=0 rc=-1 rc=1714557600 rc=2147942402 rc=3221225477 src=7103192745",
        "ci=true ci: 1714557600 cc=gcc cc: 12 hp=1500 lei=5 esr=12 cui=7 ruc=3 nit=2 nid=12345678 nic=eth0",
        "uid=1000 uid=4294967294 uid=234123412346 pin=GPIO17 pin=1714557600123 coe=1 vsk=9 vtal=1 peid=1234567",
        r#"{"cloud":{"account":{"uid":"234123412346"}},"uid":501}"#,
        "brn=feature-12 brn=1234567890 siren=on cf=configuration nir=0.53 insee=75056 orgnr=7",
        "in transit 00012 items, mobile 07 px, cvv lookup failed",
        "ratio exp 12/34, took 05/24 of it",
        "expires=3600 max-age=31536000 exp=1714557600",
        "passport strategy jwt loaded; licence: MIT; routing table 12 built",
        "loaded 12345678 rows in table account_numbers",
    ] {
        let masked = String::from_utf8(redactor.redact_message(line.as_bytes())).unwrap();
        assert_eq!(masked, line);
    }
}
