//! `logveil [FILE...]`: the filter itself.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufWriter, StdoutLock, Write};
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use logveil::envelope::Counts;
use logveil::{Finding, ParallelFilter, Redactor, Stats};
use serde_json::json;

use crate::args::{Mask, StatsFormat};
use crate::failure::{FINDINGS, Failure};
use crate::payloads::{self, Payloads};
use crate::pipes::{self, Input};
use crate::setup;
use crate::signals::Signals;

pub fn mask(args: &Mask) -> Result<ExitCode, Failure> {
    let (redactor, used) = setup::redactor_and_files(&args.rules)?;
    let envelope = payloads::envelope(args, &redactor)?;
    let mut signals = Signals::listen().map_err(|error| Failure::Io(format!("cannot listen for signals: {error}")))?;
    // Opened before anything is written: an unreadable file is no reason for half an output.
    let files = args.files.iter().map(|path| open(path).map(|file| (path, file))).collect::<Result<Vec<_>, _>>()?;
    let report = args.findings.as_deref().map(|path| Report::create(path, args.files.iter().chain(&used))).transpose()?;
    let mut writer = Writer::new(report.as_ref());
    let mut counts = None;
    let stats = match &envelope {
        None => thread::scope(|scope| {
            let filter = redactor.parallel_filter(scope, args.threads);
            let filter = report.iter().fold(filter, |filter, report| filter.on_finding(|finding| report.add(&finding)));
            mask_all(Lines(filter), files, &mut signals, &mut writer)
        })?,
        Some(envelope) => {
            let filter = report.iter().fold(envelope.filter(), |filter, report| filter.on_finding(|finding| report.add(&finding)));
            counts.insert(mask_all(Payloads::new(filter), files, &mut signals, &mut writer)?).stats().clone()
        }
    };
    report.map_or(Ok(()), Report::finish)?;
    if let Some(format) = args.stats {
        print_stats(&redactor, &stats, counts.as_ref(), format);
    }
    counts.as_ref().map_or(Ok(()), payloads::check)?;
    Ok(if args.fail_on_findings && stats.findings() > 0 { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}

/// A file to be read, no folder.
pub fn open(path: &Path) -> Result<File, Failure> {
    let reading = |error: io::Error| Failure::reading(path.display(), &error);
    let file = File::open(path).map_err(reading)?;
    if file.metadata().map_err(reading)?.is_dir() {
        return Err(Failure::Io(format!("cannot read {}: it is a folder", path.display())));
    }
    Ok(file)
}

/// What masks a stream, of lines or of payloads.
pub trait Streams {
    type Stats: Default + AddAssign;

    /// Masks one stream. What is complete is written before more is waited for.
    fn mask(&mut self, name: &str, input: impl Input, signals: &mut Signals, writer: &mut Writer<'_>) -> Result<Self::Stats, Failure>;
}

/// Masks the files, or stdin if there are none, one after the other; each is a stream of its own.
fn mask_all<S: Streams>(
    mut streams: S,
    files: Vec<(&PathBuf, File)>,
    signals: &mut Signals,
    writer: &mut Writer<'_>,
) -> Result<S::Stats, Failure> {
    if files.is_empty() {
        return streams.mask("stdin", io::stdin().lock(), signals, writer);
    }
    let mut stats = S::Stats::default();
    for (path, file) in files {
        if signals.stopping() {
            break;
        }
        stats += streams.mask(&path.display().to_string(), file, signals, writer)?;
    }
    Ok(stats)
}

struct Lines<'r>(ParallelFilter<'r>);

impl Streams for Lines<'_> {
    type Stats = Stats;

    fn mask(&mut self, name: &str, mut input: impl Input, signals: &mut Signals, writer: &mut Writer<'_>) -> Result<Stats, Failure> {
        let Lines(filter) = self;
        writer.begin(name);
        pipes::widen(&input);
        let mut out = |pieces: &[&[u8]]| writer.write(pieces);
        loop {
            while filter.is_busy() && !signals.is_ready(&input) {
                filter.write_next(&mut out)?;
            }
            match read(&mut input, filter.space(), signals) {
                Ok(0) => return filter.finish(&mut out),
                Ok(length) => filter.advance(length, &mut out)?,
                Err(error) => {
                    // What came before the fault is masked and written, as far as it was complete.
                    filter.write_all(&mut out)?;
                    return Err(Failure::reading(name, &error));
                }
            }
        }
    }
}

/// Waits for input; none is its end, or a signal.
pub fn read(input: &mut impl Input, space: &mut [u8], signals: &mut Signals) -> io::Result<usize> {
    while signals.wait(&*input)? {
        match input.read(space) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(length) => {
                signals.has_read(length);
                return Ok(length);
            }
            error => return error,
        }
    }
    Ok(0)
}

/// Masked bytes to stdout. The report goes along, since it may be all that was asked for.
pub struct Writer<'a> {
    stdout: StdoutLock<'static>,
    report: Option<&'a Report>,
}

impl<'a> Writer<'a> {
    fn new(report: Option<&'a Report>) -> Self {
        let stdout = io::stdout().lock();
        pipes::widen(&stdout);
        Writer { stdout, report }
    }

    pub fn begin(&mut self, stream: &str) {
        self.report.iter().for_each(|report| report.begin(stream));
    }

    pub fn write(&mut self, pieces: &[&[u8]]) -> Result<(), Failure> {
        pipes::write_all(&mut self.stdout, pieces)
            .and_then(|()| self.stdout.flush())
            .map_err(|error| Failure::writing("stdout", &error))?;
        self.report.map_or(Ok(()), Report::check)
    }
}

/// Findings as NDJSON.
pub struct Report {
    name: String,
    /// The stream that is masked.
    stream: RefCell<String>,
    /// The file, and the first error of writing to it.
    file: RefCell<(BufWriter<File>, Option<io::Error>)>,
}

impl Report {
    fn create<'p>(path: &Path, mut read: impl Iterator<Item = &'p PathBuf>) -> Result<Self, Failure> {
        // Creating it would empty an input, or the keys.
        let is_input = |input: &PathBuf| path.canonicalize().is_ok_and(|path| input.canonicalize().is_ok_and(|input| input == path));
        if read.any(is_input) {
            return Err(Failure::Usage(format!("{} is to be read: findings need a file of their own", path.display())));
        }
        let file = File::create(path).map_err(|error| Failure::Io(format!("cannot write {}: {error}", path.display())))?;
        Ok(Report { name: path.display().to_string(), stream: RefCell::default(), file: RefCell::new((BufWriter::new(file), None)) })
    }

    fn begin(&self, stream: &str) {
        stream.clone_into(&mut self.stream.borrow_mut());
    }

    fn add(&self, finding: &Finding<'_>) {
        let line = json!({
            "rule": finding.rule, "class": finding.class.name(), "confidence": finding.confidence.name(),
            "stream": *self.stream.borrow(), "line": finding.line, "start": finding.span.start, "end": finding.span.end,
        });
        let (file, failed) = &mut *self.file.borrow_mut();
        if let Err(error) = writeln!(file, "{line}") {
            failed.get_or_insert(error);
        }
    }

    /// The first error of writing to it.
    fn check(&self) -> Result<(), Failure> {
        let error = self.file.borrow_mut().1.take();
        error.map_or(Ok(()), |error| Err(Failure::Io(format!("cannot write {}: {error}", self.name))))
    }

    fn finish(self) -> Result<(), Failure> {
        let (mut file, _) = self.file.into_inner();
        file.flush().map_err(|error| Failure::Io(format!("cannot write {}: {error}", self.name)))
    }
}

fn print_stats(redactor: &Redactor, stats: &Stats, counts: Option<&Counts>, format: StatsFormat) {
    let by_rule = redactor.by_rule(stats);
    let text = match format {
        StatsFormat::Json => {
            let rules: serde_json::Map<String, serde_json::Value> =
                by_rule.iter().map(|&(rule, count)| (rule.to_owned(), count.into())).collect();
            let mut object = json!({
                "lines": stats.lines(), "lines_changed": stats.lines_changed(), "findings": stats.findings(),
                "bytes_in": stats.bytes_in(), "bytes_out": stats.bytes_out(), "rules": rules,
            });
            if let Some(counts) = counts {
                object["envelope"] = payloads::as_json(counts);
            }
            object.to_string()
        }
        StatsFormat::Text => {
            let mut text = format!("{} lines, {} changed, {} findings", stats.lines(), stats.lines_changed(), stats.findings());
            if let Some(counts) = counts {
                text.push_str(&payloads::as_text(counts));
            }
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
