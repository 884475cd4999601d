use std::fs;

use crate::{Folder, Run};

/// Several chunks of lines with findings, keys between them, one line as long as several chunks, no line feed at last.
fn log() -> String {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n".repeat(25);
    let lines: String = (0..12_000)
        .map(|number| match number % 100 {
            0 => format!("{number} key\n-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\r\n"),
            1 => format!("{number} -----BEGIN RSA PRIVATE KEY-----\n"),
            7 => format!("{number} login user=bob password=hunter2 from bob@example.com\r\n"),
            _ => format!("{number} INFO request served in {} ms\n", number % 17),
        })
        .collect();
    let long = "plain words ".repeat(80_000);
    format!("{lines}{long} pwd=hunter2\n{lines}last pwd=hunter2")
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let folder = Folder::new("threads");
    folder.write("a.log", log());
    folder.write("b.log", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\nb pwd=hunter2\n-----BEGIN PRIVATE KEY-----\n");
    folder.write("empty.log", "");
    let outcome = |threads: &str, files: &[&str], input: &str| {
        let options = ["--threads", threads, "--stats=json", "--findings", "f.ndjson", "--fail-on-findings"];
        let Run { code, stdout, stderr } = folder.run(&[&options[..], files].concat(), input);
        (code, stdout, stderr, folder.read("f.ndjson"))
    };
    for (files, input) in [(&["b.log", "a.log", "empty.log", "b.log", "b.log"][..], ""), (&[], &log()), (&[], "")] {
        let expected = outcome("1", files, input);
        assert_eq!(expected.0, Some(if files.is_empty() && input.is_empty() { 0 } else { 3 }));
        for threads in ["2", "5", "auto"] {
            let outcome = outcome(threads, files, input);
            assert!(outcome.1 == expected.1, "{threads} threads, {files:?}");
            assert_eq!(outcome.2, expected.2, "{threads} threads, {files:?}");
            assert!(outcome.3 == expected.3 && outcome.0 == expected.0, "{threads} threads, {files:?}");
        }
    }
}

/// A fault of the input comes behind everything that was complete before it.
#[cfg(target_os = "linux")]
#[test]
fn a_fault_behind_chunks_in_work() {
    // `/proc/self/mem` can be opened, and not be read at its beginning.
    let folder = Folder::new("threads_fault");
    folder.write("a.log", log());
    for threads in ["1", "3"] {
        let run = folder.run(&["--threads", threads, "a.log", "/proc/self/mem"], "");
        assert_eq!((run.code, run.stderr.contains("cannot read /proc/self/mem")), (Some(1), true), "{}", run.stderr);
        assert!(run.stdout.ends_with(b"last pwd=[REDACTED:assigned-pwd]"));
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let run = crate::finish(folder.logveil(&["--threads", threads, "a.log"]).stdout(full), Vec::new());
        assert_eq!((run.code, run.stderr.contains("cannot write stdout")), (Some(1), true), "{}", run.stderr);
    }
}

#[test]
fn a_number_of_threads_that_is_none() {
    let folder = Folder::new("threads_refused");
    for threads in ["0", "-1", "257", "many", ""] {
        let run = folder.run(&[&format!("--threads={threads}")], "");
        assert_eq!((run.code, run.stderr.contains("a number from 1 to 256, or auto")), (Some(2), true), "{}", run.stderr);
    }
}
