use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::{Folder, Watchdog, signal};

/// Nothing in this file depends on how many threads do the work.
const THREADS: [&[&str]; 2] = [&[], &["--threads", "3"]];

/// A filter that runs, between two open pipes.
struct Running {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    _watchdog: Watchdog,
}

impl Running {
    fn start(folder: &Folder, args: &[&str]) -> Self {
        let mut child = folder.logveil(args).stdin(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Running { _watchdog: Watchdog::over(&child), child, stdin, stdout }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    fn signal(&self, name: &str) {
        signal(name, self.child.id());
    }

    /// What still comes until the filter ends, while stdin stays open; and that it ends well.
    fn rest(mut self) -> String {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((self.child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
        drop(self.stdin);
        rest
    }
}

#[test]
fn a_complete_line_is_never_held_back() {
    for threads in THREADS {
        let folder = Folder::new("held_back");
        let mut running = Running::start(&folder, threads);
        for number in 0..20 {
            // A part of the next line comes along.
            write!(running.stdin, "{number} pwd=hunter2\nnext ").unwrap();
            let next = if number == 0 { "" } else { "next " };
            assert_eq!(running.line(), format!("{next}{number} pwd=[REDACTED:assigned-pwd]\n"));
        }
    }
}

#[test]
fn a_line_may_come_in_pieces() {
    let folder = Folder::new("pieces");
    let mut running = Running::start(&folder, &[]);
    for piece in ["a p", "wd=hun", "ter", "2 b", "\r", "\nsecond\n"] {
        running.stdin.write_all(piece.as_bytes()).unwrap();
    }
    assert_eq!(running.line(), "a pwd=[REDACTED:assigned-pwd] b\r\n");
    assert_eq!(running.line(), "second\n");
}

#[test]
fn sigterm_lets_out_the_line_that_is_pending() {
    for (name, threads) in [("TERM", THREADS[0]), ("INT", THREADS[0]), ("TERM", THREADS[1])] {
        let folder = Folder::new(&format!("sig{name}_pending"));
        let mut running = Running::start(&folder, threads);
        running.stdin.write_all(b"first\nlast pwd=hunter2").unwrap();
        assert_eq!(running.line(), "first\n");
        running.signal(name);
        assert_eq!(running.rest(), "last pwd=[REDACTED:assigned-pwd]");
    }
}

#[test]
fn sigterm_lets_out_what_is_in_the_pipe() {
    for threads in THREADS {
        let folder = Folder::new("sigterm_drains");
        folder.write("f.ndjson", "");
        let mut running = Running::start(&folder, &[threads, &["--findings", "f.ndjson"]].concat());
        running.stdin.write_all(b"first\n").unwrap();
        assert_eq!(running.line(), "first\n");
        // While it stands still, both the data and the signal come: it finds both when it goes on.
        running.signal("STOP");
        running.stdin.write_all("line pwd=hunter2\n".repeat(2000).as_bytes()).unwrap();
        running.stdin.write_all(b"pwd=hunter2").unwrap();
        running.signal("TERM");
        running.signal("CONT");
        assert_eq!(running.rest(), "line pwd=[REDACTED:assigned-pwd]\n".repeat(2000) + "pwd=[REDACTED:assigned-pwd]");
        assert_eq!(folder.read("f.ndjson").lines().count(), 2001);
    }
}

#[test]
fn sigterm_while_nothing_was_written_yet() {
    let folder = Folder::new("sigterm_idle");
    let mut running = Running::start(&folder, &[]);
    running.stdin.write_all(b"ready\n").unwrap();
    assert_eq!(running.line(), "ready\n");
    running.signal("TERM");
    assert_eq!(running.rest(), "");
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let folder = Folder::new("broken_pipe");
    folder.write("big.log", "pwd=hunter2 and more\n".repeat(200_000));
    for args in [&["--stats"][..], &["big.log"], &["--threads", "2", "--stats"], &["--threads", "2", "big.log"]] {
        let mut child = folder.logveil(args).stdin(File::open(folder.0.join("big.log")).unwrap()).spawn().unwrap();
        let _watchdog = Watchdog::over(&child);
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, "pwd=[REDACTED:assigned-pwd] and more\n");
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
    }
}

/// The reader leaves while nothing more comes in: nobody waits for it.
#[test]
fn a_reader_that_leaves_ends_a_filter_that_is_written_to() {
    for threads in THREADS {
        let folder = Folder::new("broken_pipe_of_a_live_one");
        let mut running = Running::start(&folder, threads);
        running.stdin.write_all(b"first\n").unwrap();
        assert_eq!(running.line(), "first\n");
        let Running { mut child, mut stdin, stdout, _watchdog } = running;
        drop(stdout);
        stdin.write_all(b"second\n").unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn commands_that_print_do_not_mind_a_reader_that_has_gone() {
    let folder = Folder::new("broken_pipe_of_commands");
    for args in [&["rules", "list"][..], &["rules", "show", "email"], &["policy", "init"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let run = crate::finish(folder.logveil(args).stdout(writer), Vec::new());
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn a_complete_payload_is_never_held_back() {
    let folder = Folder::new("payload_held_back");
    let mut filter = Running::start(&folder, &["--input", "cloudwatch", "--output", "messages"]);
    let payload = |message: &str| format!(r#"{{"messageType":"DATA_MESSAGE","logEvents":[{{"message":"{message}"}}]}}"#);
    for message in ["one", "a longer one", "two"] {
        let text = payload(message);
        let (begin, end) = text.split_at(30);
        filter.stdin.write_all(begin.as_bytes()).unwrap();
        filter.stdin.flush().unwrap();
        filter.stdin.write_all(end.as_bytes()).unwrap();
        filter.stdin.flush().unwrap();
        assert_eq!(filter.line(), format!("{message}\n"));
    }
    filter.signal("TERM");
    assert_eq!(filter.rest(), "");
}
