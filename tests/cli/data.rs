use std::thread;

use crate::Folder;

/// What comes out for what goes in, byte by byte.
#[track_caller]
fn assert_masked(test: &str, input: &[u8], expected: &[u8]) {
    let run = Folder::new(test).run(&[], input);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout == expected, "{}\n{}", run.stdout.escape_ascii(), expected.escape_ascii());
}

#[test]
fn nothing_in_nothing_out() {
    assert_masked("empty", b"", b"");
    assert_masked("line_feeds", b"\n\n\r\n", b"\n\n\r\n");
}

#[test]
fn the_end_of_a_line_stays_as_it_is() {
    assert_masked("crlf", b"pwd=hunter2\r\nnext\r\n", b"pwd=[REDACTED:assigned-pwd]\r\nnext\r\n");
    assert_masked("no_line_feed", b"a\npwd=hunter2", b"a\npwd=[REDACTED:assigned-pwd]");
    assert_masked("cr_at_the_end", b"a\r\nb\r", b"a\r\nb\r");
}

#[test]
fn bytes_that_are_no_text() {
    assert_masked("utf8_around", b"\xff\xfe pwd=hunter2 \xc3\x28\n\x80\n", b"\xff\xfe pwd=[REDACTED:assigned-pwd] \xc3\x28\n\x80\n");
    assert_masked("utf8_inside", b"\"pwd\": \"hun\xff\xc3ter2\", x\n", b"\"pwd\": \"[REDACTED:assigned-pwd]\", x\n");
    assert_masked("nul", b"\0 pwd=\"hun\0ter2\" \0\n\0\n", b"\0 pwd=\"[REDACTED:assigned-pwd]\" \0\n\0\n");
    assert_masked(
        "mail_between_bytes",
        b"\xfebob@example.com\xff\0alice@example.com\0\n",
        b"\xfe[REDACTED:email]\xff\0[REDACTED:email]\0\n",
    );
}

#[test]
fn binary_data_passes_unchanged() {
    let mut number = 1u64;
    // What gzip begins with, and then bytes without an order, all of the 256 among them.
    let noise = (0..1 << 20).map(|_| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (number >> 56) as u8
    });
    let data: Vec<u8> = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03".iter().copied().chain(noise).collect();
    let run = Folder::new("binary").run(&["--min-confidence", "high"], &data);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout == data);
}

#[test]
fn a_private_key_is_masked_from_its_begin_to_its_end() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n".repeat(3);
    let block = format!("before\n-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\nafter\n");
    let run = Folder::new("block").run(&[], &block);
    assert!(run.quiet().starts_with("before\n[REDACTED:pem-private-key]\n") && run.text().ends_with("\nafter\n"));
    assert!(!run.text().contains("MII"));
}

#[test]
fn a_begin_without_an_end_hides_no_more_than_what_looks_like_it() {
    assert_masked(
        "lone_begin",
        b"-----BEGIN RSA PRIVATE KEY-----\n2024-05-01 12:00:00 INFO the service is up and waits for requests\n2024-05-01 12:00:01 INFO [main] ready",
        b"[REDACTED:pem-private-key]\n2024-05-01 12:00:00 INFO the service is up and waits for requests\n2024-05-01 12:00:01 INFO [main] ready",
    );
    assert_masked("begin_at_the_end", b"x -----BEGIN PRIVATE KEY-----", b"x [REDACTED:pem-private-key]");
}

/// A password longer than the longest line that is looked at as a whole: masked to its closing quote.
#[test]
fn a_line_of_8_mib_with_a_password_longer_than_the_limit() {
    let words = |count: usize, word: &str| (0..count).map(|number| format!("{word}{number:06} ")).collect::<String>();
    let before = words(3 << 16, "plain");
    let password = words(3 << 16, "hidden");
    let after = words(3 << 16, "later");
    let input = format!("{before}\"password\": \"{password}\", \"next\": \"{after}\"\nlast pwd=hunter2\n");
    assert!(input.len() > 6 << 20 && password.len() > 2 << 20, "{} {}", input.len(), password.len());
    let run = Folder::new("long_line").run(&["--stats"], &input);
    assert_eq!(run.code, Some(0));
    let out = run.text();
    assert!(out.starts_with(&format!("{before}\"password\": \"[REDACTED:assigned-password]")));
    assert!(out.ends_with(&format!("\", \"next\": \"{after}\"\nlast pwd=[REDACTED:assigned-pwd]\n")));
    assert!(!out.contains("hidden"));
    assert!(run.stderr.starts_with("2 lines, 2 changed, "), "{}", run.stderr);
}

/// Without a quote or a blank that ends it, a value of any length is masked to the end of its line.
#[test]
fn a_value_longer_than_the_limit_that_only_its_line_ends() {
    let value = "abcdefgh".repeat(3 << 17);
    let run = Folder::new("endless_value").run(&[], format!("a pwd={value}\nb\n"));
    assert!(run.quiet().starts_with("a pwd=[REDACTED:assigned-pwd]"));
    assert!(run.text().ends_with("\nb\n") && !run.text().contains("abcdefgh"));
}

#[test]
fn many_streams_at_once_are_no_stream_to_each_other() {
    let folder = Folder::new("many");
    folder.write("a.log", "pwd=hunter2\n".repeat(1000));
    let expected = "pwd=[REDACTED:assigned-pwd]\n".repeat(1000);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(folder.run(&["a.log"], "").quiet(), expected));
        }
    });
}
