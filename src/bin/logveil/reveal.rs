//! `logveil reveal`: what `encrypt` has written, with the key.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use logveil::{Keys, Refused, Revealed, Revealer};

use crate::args::KeyChoice;
use crate::failure::Failure;
use crate::{keys, run};

/// How much is read at once.
const READ: usize = 64 << 10;

/// More refusals than these are counted alone.
const MOST_TOLD: usize = 20;

pub fn run(files: &[PathBuf], choice: &KeyChoice) -> Result<ExitCode, Failure> {
    let keys = keys::given(choice)?.ok_or_else(|| Failure::Usage(format!("nothing can be revealed without a key ({})", keys::REMEDY)))?;
    // Opened before anything is written: an unreadable file is no reason for half an output.
    let files = files.iter().map(|path| run::open(path).map(|file| (path, file))).collect::<Result<Vec<(_, File)>, _>>()?;
    let told = Cell::new(0);
    let mut revealed = Revealed::default();
    if files.is_empty() {
        revealed += reveal("stdin", io::stdin().lock(), &keys, &told)?;
    }
    for (path, file) in files {
        revealed += reveal(&path.display().to_string(), file, &keys, &told)?;
    }
    if revealed.refused == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::Io(format!("{} tokens stay as they are, {} are revealed", revealed.refused, revealed.tokens)))
}

fn reveal(name: &str, mut input: impl Read, keys: &Keys, told: &Cell<usize>) -> Result<Revealed, Failure> {
    let mut revealer = Revealer::new(keys)?.on_refused(|token: Refused| tell(name, token, told));
    let mut stdout = io::stdout().lock();
    let (mut space, mut out) = (vec![0; READ], Vec::new());
    let mut revealed = Revealed::default();
    loop {
        let length = match input.read(&mut space) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => result.map_err(|error| Failure::reading(name, &error))?,
        };
        revealed += if length == 0 { revealer.finish(&mut out) } else { revealer.push(&space[..length], &mut out) };
        stdout.write_all(&out).and_then(|()| stdout.flush()).map_err(|error| Failure::writing("stdout", &error))?;
        out.clear();
        if length == 0 {
            return Ok(revealed);
        }
    }
}

/// Says where a token stays and why, never what it is.
fn tell(name: &str, token: Refused, told: &Cell<usize>) {
    told.set(told.get() + 1);
    if told.get() <= MOST_TOLD {
        // Nothing is left to do if stderr is closed; the exit code says it too.
        let _ = writeln!(io::stderr(), "logveil: {name}, line {}, byte {}: {}", token.line, token.start, token.reason.text());
    }
}
