//! The command line as its users meet it: the real binary, its output byte by byte, its exit codes.
#![cfg(feature = "cli")]
// Helpers of tests fail like tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod data;
mod diff;
mod explain;
mod help;
mod import;
mod import_gitleaks;
mod masking;
mod payloads;
mod policy;
mod policy_faults;
mod refusals;
mod reveal;
mod secrecy;
#[cfg(unix)]
mod streaming;
mod threads;

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// A folder of a test's own, in which its commands run, so that messages name files by short paths.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(test);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), content).unwrap();
    }

    /// A file that only its owner can read.
    fn write_key(&self, name: &str, content: &str) {
        self.write(name, content);
        #[cfg(unix)]
        fs::set_permissions(self.0.join(name), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn logveil(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_logveil"));
        command.args(args).current_dir(&self.0).env_remove("COLUMNS");
        for variable in ["KEYS", "POLICY", "PROFILE", "MIN_CONFIDENCE", "ACTION", "PACKS"] {
            command.env_remove(format!("LOGVEIL_{variable}"));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str], input: impl AsRef<[u8]>) -> Run {
        finish(&mut self.logveil(args), input.as_ref().to_vec())
    }
}

/// What came of a command.
struct Run {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
}

impl Run {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// The output of a command that did what it was asked, and said nothing else.
    #[track_caller]
    fn quiet(&self) -> &str {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""));
        self.text()
    }
}

fn finish(command: &mut Command, input: Vec<u8>) -> Run {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let _watchdog = Watchdog::over(&child);
    let mut stdin = child.stdin.take().unwrap();
    let writer = thread::spawn(move || {
        // A command that refuses its arguments reads nothing.
        if let Err(error) = stdin.write_all(&input) {
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        }
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run { code: output.status.code(), stdout: output.stdout, stderr: String::from_utf8(output.stderr).unwrap() }
}

/// Ends a child that hangs, so that the test fails instead of waiting for ever.
struct Watchdog(#[allow(dead_code)] Sender<()>);

impl Watchdog {
    fn over(child: &Child) -> Self {
        let (sender, receiver) = mpsc::channel();
        let id = child.id();
        thread::spawn(move || {
            if receiver.recv_timeout(Duration::from_secs(300)) == Err(RecvTimeoutError::Timeout) {
                signal("KILL", id);
            }
        });
        Watchdog(sender)
    }
}

fn signal(name: &str, process: u32) {
    let status = Command::new("kill").args([format!("-{name}"), process.to_string()]).status().unwrap();
    assert!(status.success());
}
