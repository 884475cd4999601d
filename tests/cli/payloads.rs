use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::Folder;

const CLOUDWATCH: [&str; 2] = ["--input", "cloudwatch"];

fn payload(message: &str) -> String {
    let event = json!({"id": "1".repeat(56), "timestamp": 15, "message": message});
    format!(r#"{{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","subscriptionFilters":[],"logEvents":[{event}]}}"#)
}

fn gzip(content: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content.as_ref()).unwrap();
    encoder.finish().unwrap()
}

fn args<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&CLOUDWATCH, more].concat()
}

/// What Firehose delivers: members without anything between them, or JSON so; compressed once more where it is told to.
#[test]
fn files_that_firehose_delivers() {
    let folder = Folder::new("firehose_files");
    let members = [gzip(payload("one password=hunter2")), gzip(payload("two"))].concat();
    let documents = payload("one password=hunter2") + &payload("two");
    folder.write("members.gz", &members);
    folder.write("twice.gz", gzip(&members));
    folder.write("documents", &documents);
    folder.write("documents.gz", gzip(&documents));
    folder.write("lines", documents.replace("}{", "}\n{"));
    let files = ["members.gz", "twice.gz", "documents", "documents.gz", "lines"];
    let messages = "one password=[REDACTED:assigned-password]\ntwo\n";
    for file in files {
        assert_eq!(folder.run(&args(&["--output", "messages", file]), "").quiet(), messages, "{file}");
        let events = folder.run(&args(&["--output", "events", file]), "");
        let groups: Vec<Value> =
            events.quiet().lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["logGroup"].clone()).collect();
        assert_eq!(groups, ["g", "g"]);
        // What comes out as it came can be read again.
        folder.write("masked", folder.run(&args(&["--gzip-level", "9", file]), "").stdout);
        assert_eq!(folder.run(&args(&["--output", "messages", "masked"]), "").quiet(), messages);
    }
    let all = folder.run(&args(&[&["--output", "messages"], &files[..]].concat()), "");
    assert_eq!(all.quiet(), messages.repeat(files.len()));
    assert_eq!(folder.run(&args(&["documents"]), "").quiet(), documents.replace("hunter2", "[REDACTED:assigned-password]"));
}

#[test]
fn what_is_damaged_is_masked_and_fails() {
    let folder = Folder::new("damaged_payloads");
    let member = gzip(payload("password=hunter2"));
    let input = [&member[..40], &member].concat();
    let run = folder.run(&args(&["--output", "messages"]), input);
    assert_eq!(run.text(), "[logveil: damaged gzip, 40 bytes]\npassword=[REDACTED:assigned-password]\n");
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), "logveil: what could not be decoded is masked as a whole (damaged gzip: 1)\n"));
    let bomb = gzip(vec![0; (1 << 20) + 1]);
    let run = folder.run(&args(&["--max-inflated", "1", "--output", "events"]), &bomb);
    assert_eq!((run.code, run.text()), (Some(1), format!("{{\"message\":\"[logveil: too large, {} bytes]\"}}\n", bomb.len()).as_str()));
}

#[test]
fn reports() {
    let folder = Folder::new("payload_reports");
    let control = payload("CWL CONTROL MESSAGE: Checking health of destination Firehose.").replace("DATA_MESSAGE", "CONTROL_MESSAGE");
    let input = payload("one\npassword=hunter2") + &control;
    let run = folder.run(&args(&["--stats=json", "--findings", "f.ndjson", "--output", "messages", "--fail-on-findings"]), &input);
    assert_eq!((run.code, run.text()), (Some(3), "one\npassword=[REDACTED:assigned-password]\n"));
    let stats: Value = serde_json::from_str(&run.stderr).unwrap();
    assert_eq!(stats["findings"], 1);
    assert_eq!(
        stats["envelope"],
        json!({"payloads": 2, "events": 2, "control_messages": 1, "aggregates": 0, "allowed": 0, "masked_as_a_whole": {}})
    );
    let finding: Value = serde_json::from_str(&folder.read("f.ndjson")).unwrap();
    assert_eq!((&finding["line"], &finding["start"]), (&json!(2), &json!(9)));
}

#[test]
fn options_that_do_not_go_together() {
    let folder = Folder::new("payload_refusals");
    let refused = [
        (vec!["--output", "events"], "--output is for --input cloudwatch"),
        (vec!["--gzip-level", "1"], "--gzip-level is for --input cloudwatch"),
        (vec!["--max-inflated", "1"], "--max-inflated is for --input cloudwatch"),
        (args(&["--threads", "2"]), "--threads is for --input lines"),
    ];
    for (args, says) in refused {
        let run = folder.run(&args, "");
        assert_eq!((run.code, run.text(), run.stderr.as_str()), (Some(2), "", format!("logveil: {says}\n").as_str()));
    }
    for args in [args(&["--gzip-level", "10"]), args(&["--output", "json"]), vec!["--input", "kinesis"]] {
        assert_eq!(folder.run(&args, "").code, Some(2));
    }
}
