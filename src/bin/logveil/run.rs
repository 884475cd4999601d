//! `logveil [FILE...]`: the filter itself.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use logveil::{Finding, Redactor, Stats};
use serde_json::json;

use crate::args::{Mask, StatsFormat};
use crate::failure::{FINDINGS, Failure};
use crate::setup;
use crate::signals::Signals;

/// How much is read at once.
const CHUNK: usize = 256 << 10;

pub fn mask(args: &Mask) -> Result<ExitCode, Failure> {
    let redactor = setup::redactor(&args.rules)?;
    let mut signals = Signals::listen().map_err(|error| Failure::Io(format!("cannot listen for signals: {error}")))?;
    // Opened before anything is written: an unreadable file is no reason for half an output.
    let files = args.files.iter().map(|path| open(path).map(|file| (path, file))).collect::<Result<Vec<_>, _>>()?;
    let report = args.findings.as_deref().map(|path| Report::create(path, &args.files)).transpose()?;
    let mut stats = Stats::default();
    if files.is_empty() {
        stats += filter(&redactor, "stdin", io::stdin().lock(), &mut signals, report.as_ref())?;
    }
    for (path, file) in files {
        if signals.stopping() {
            break;
        }
        stats += filter(&redactor, &path.display().to_string(), file, &mut signals, report.as_ref())?;
    }
    report.map_or(Ok(()), Report::finish)?;
    if let Some(format) = args.stats {
        print_stats(&redactor, &stats, format);
    }
    Ok(if args.fail_on_findings && stats.findings() > 0 { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}

fn open(path: &Path) -> Result<File, Failure> {
    let reading = |error: io::Error| Failure::reading(path.display(), &error);
    let file = File::open(path).map_err(reading)?;
    if file.metadata().map_err(reading)?.is_dir() {
        return Err(Failure::Io(format!("cannot read {}: it is a folder", path.display())));
    }
    Ok(file)
}

/// Masks one stream to stdout. What is complete is written before more is waited for.
#[cfg(unix)]
fn filter(
    redactor: &Redactor,
    name: &str,
    input: impl Read + std::os::fd::AsFd,
    signals: &mut Signals,
    report: Option<&Report>,
) -> Result<Stats, Failure> {
    filter_while(
        redactor,
        name,
        input,
        |input, bytes| {
            signals.has_read(bytes);
            signals.wait(input)
        },
        report,
    )
}

#[cfg(not(unix))]
fn filter(redactor: &Redactor, name: &str, input: impl Read, _: &mut Signals, report: Option<&Report>) -> Result<Stats, Failure> {
    filter_while(redactor, name, input, |_, _| Ok(true), report)
}

fn filter_while<I: Read>(
    redactor: &Redactor,
    name: &str,
    mut input: I,
    mut goes_on: impl FnMut(&I, usize) -> io::Result<bool>,
    report: Option<&Report>,
) -> Result<Stats, Failure> {
    let mut stats = Stats::default();
    let mut filter = redactor.filter().on_finding(|finding| report.iter().for_each(|report| report.add(name, &finding)));
    let mut chunk = vec![0; CHUNK];
    let mut out = Vec::with_capacity(CHUNK + CHUNK / 4);
    let mut stdout = io::stdout().lock();
    let mut length = 0;
    loop {
        if !goes_on(&input, length).map_err(|error| Failure::reading(name, &error))? {
            break;
        }
        length = match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                // What came before the fault is masked and written, as far as it was complete.
                return Err(Failure::reading(name, &error));
            }
        };
        out.clear();
        stats += filter.push(&chunk[..length], &mut out);
        write(&mut stdout, &out)?;
        report.map_or(Ok(()), Report::check)?;
    }
    out.clear();
    stats += filter.finish(&mut out);
    write(&mut stdout, &out)?;
    report.map_or(Ok(()), Report::check)?;
    Ok(stats)
}

fn write(stdout: &mut impl Write, bytes: &[u8]) -> Result<(), Failure> {
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|error| Failure::writing("stdout", &error))
}

/// Findings as NDJSON.
struct Report {
    name: String,
    /// The file, and the first error of writing to it.
    file: RefCell<(BufWriter<File>, Option<io::Error>)>,
}

impl Report {
    fn create(path: &Path, inputs: &[PathBuf]) -> Result<Self, Failure> {
        // Creating it would empty the input.
        let is_input = |input: &PathBuf| path.canonicalize().is_ok_and(|path| input.canonicalize().is_ok_and(|input| input == path));
        if inputs.iter().any(is_input) {
            return Err(Failure::Usage(format!("{} is to be read: findings need a file of their own", path.display())));
        }
        let file = File::create(path).map_err(|error| Failure::Io(format!("cannot write {}: {error}", path.display())))?;
        Ok(Report { name: path.display().to_string(), file: RefCell::new((BufWriter::new(file), None)) })
    }

    fn add(&self, stream: &str, finding: &Finding<'_>) {
        let line = json!({
            "rule": finding.rule, "class": finding.class.name(), "confidence": finding.confidence.name(),
            "stream": stream, "line": finding.line, "start": finding.span.start, "end": finding.span.end,
        });
        let (file, failed) = &mut *self.file.borrow_mut();
        if let Err(error) = writeln!(file, "{line}") {
            failed.get_or_insert(error);
        }
    }

    /// A report that cannot be written ends the run: it may be all that was asked for.
    fn check(&self) -> Result<(), Failure> {
        let error = self.file.borrow_mut().1.take();
        error.map_or(Ok(()), |error| Err(Failure::Io(format!("cannot write {}: {error}", self.name))))
    }

    fn finish(self) -> Result<(), Failure> {
        let (mut file, _) = self.file.into_inner();
        file.flush().map_err(|error| Failure::Io(format!("cannot write {}: {error}", self.name)))
    }
}

fn print_stats(redactor: &Redactor, stats: &Stats, format: StatsFormat) {
    let by_rule = redactor.by_rule(stats);
    let text = match format {
        StatsFormat::Json => {
            let rules: serde_json::Map<String, serde_json::Value> =
                by_rule.iter().map(|&(rule, count)| (rule.to_owned(), count.into())).collect();
            json!({
                "lines": stats.lines(), "lines_changed": stats.lines_changed(), "findings": stats.findings(),
                "bytes_in": stats.bytes_in(), "bytes_out": stats.bytes_out(), "rules": rules,
            })
            .to_string()
        }
        StatsFormat::Text => {
            let mut text = format!("{} lines, {} changed, {} findings", stats.lines(), stats.lines_changed(), stats.findings());
            let mut sorted = by_rule;
            sorted.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
            for (rule, count) in sorted {
                text.push_str(&format!("\n{count:>9}  {rule}"));
            }
            text
        }
    };
    // Statistics are no reason to fail when stderr is closed.
    let _ = writeln!(io::stderr(), "{text}");
}
