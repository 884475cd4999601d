//! `logveil diff`: what two policies, or two versions of a pack, make of the same logs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use logveil::{Action, Cache, Finding, Redactor, Span, StreamState};

use crate::args::Diff;
use crate::failure::Failure;
use crate::{run, setup};

/// How much is read before it is compared.
const READ: usize = 4 << 20;

pub fn run(args: &Diff) -> Result<ExitCode, Failure> {
    let (before, after) = match args.policy.as_slice() {
        [before, after] => (Some(before), Some(after)),
        [after] => (None, Some(after)),
        [] => (None, None),
        _ => return Err(Failure::Usage("--policy is given twice at most: before and after".to_owned())),
    };
    let redactor = |policy: Option<&PathBuf>, own: &[PathBuf]| {
        let packs: Vec<PathBuf> = args.packs.iter().chain(own).cloned().collect();
        setup::redactor_to_compare(policy.map(PathBuf::as_path), &packs, &args.keys)
    };
    let (before, after) = (redactor(before, &args.packs_before)?, redactor(after, &args.packs_after)?);
    let files = args.files.iter().map(|path| run::open(path).map(|file| (path, file))).collect::<Result<Vec<(_, File)>, _>>()?;
    let mut comparison = Comparison { limit: args.limit, before: Side::of(&before), after: Side::of(&after), totals: Totals::default() };
    if files.is_empty() {
        comparison.stream("stdin", io::stdin().lock())?;
    }
    for (path, file) in files {
        comparison.stream(&path.display().to_string(), file)?;
    }
    print(&comparison.totals.summary(args.limit))?;
    Ok(ExitCode::SUCCESS)
}

fn print(text: &str) -> Result<(), Failure> {
    io::stdout().write_all(text.as_bytes()).map_err(|error| Failure::writing("stdout", &error))
}

struct Comparison<'r> {
    /// The most changes that are listed.
    limit: usize,
    before: Side<'r>,
    after: Side<'r>,
    totals: Totals,
}

/// One of the two, and what it makes of the lines at hand.
struct Side<'r> {
    redactor: &'r Redactor,
    state: StreamState,
    cache: Cache,
    out: Vec<u8>,
    found: Vec<Finding<'r>>,
}

impl<'r> Side<'r> {
    fn of(redactor: &'r Redactor) -> Self {
        Side { redactor, state: StreamState::default(), cache: Cache::default(), out: Vec::new(), found: Vec::new() }
    }

    fn mask(&mut self, lines: &[u8]) {
        let Side { redactor, state, cache, out, found } = self;
        out.clear();
        found.clear();
        redactor.redact_with(lines, state, cache, out, |finding| found.push(finding));
        found.sort_unstable_by_key(|finding| (finding.line, finding.span));
    }

    /// What becomes of a finding: its rule and the action.
    fn fate(&self, finding: &Finding<'r>) -> Fate<'r> {
        Fate { rule: finding.rule, action: self.redactor.action_of(finding.rule).unwrap_or_default() }
    }
}

#[derive(Clone, Copy, PartialEq)]
struct Fate<'r> {
    rule: &'r str,
    action: Action,
}

impl Fate<'_> {
    fn is_masked(&self) -> bool {
        self.action != Action::Keep
    }

    fn text(&self) -> String {
        match self.action {
            Action::Template(template) => format!("{} replace {template}", self.rule),
            Action::Mask(mask) if mask != logveil::Mask::default() => {
                format!("{} mask first={} last={} domain={}", self.rule, mask.first, mask.last, mask.domain)
            }
            action => format!("{} {}", self.rule, action.name()),
        }
    }
}

impl<'r> Comparison<'r> {
    fn stream(&mut self, name: &str, mut input: impl Read) -> Result<(), Failure> {
        for side in [&mut self.before, &mut self.after] {
            side.state = StreamState::default();
        }
        let mut buffer: Vec<u8> = Vec::new();
        let mut lines = 0;
        loop {
            let known = buffer.len();
            let length = input.by_ref().take(READ as u64).read_to_end(&mut buffer).map_err(|error| Failure::reading(name, &error))?;
            let end = match memchr::memrchr(b'\n', &buffer[known..]) {
                _ if length == 0 => buffer.len(),
                Some(end) => known + end + 1,
                // A line is compared as a whole.
                None => continue,
            };
            lines += self.compare(name, &buffer[..end], lines)?;
            buffer.drain(..end);
            if length == 0 {
                return Ok(());
            }
        }
    }

    /// Compares what becomes of some lines, before which there were others, and answers how many they are.
    fn compare(&mut self, name: &str, lines: &[u8], lines_before: u64) -> Result<u64, Failure> {
        let (before, after) = (&mut self.before, &mut self.after);
        thread::scope(|scope| {
            let other = scope.spawn(|| before.mask(lines));
            after.mask(lines);
            other.join()
        })
        .map_err(|_| Failure::Io("internal fault".to_owned()))?;
        let count = memchr::memchr_iter(b'\n', lines).count() as u64 + u64::from(!lines.is_empty() && !lines.ends_with(b"\n"));
        self.totals.lines += count;
        let changes = self.changes();
        if !changes.is_empty() || self.before.out != self.after.out {
            print(&self.list(name, changes, lines_before))?;
        }
        Ok(count)
    }

    /// By line, each finding that only one side has, or of which both make something else.
    fn changes(&self) -> BTreeMap<u64, Vec<Change<'r>>> {
        let place = |finding: &Finding<'_>| (finding.line, finding.span);
        let (mut before, mut after) = (self.before.found.iter().peekable(), self.after.found.iter().peekable());
        let mut changes: BTreeMap<u64, Vec<Change<'r>>> = BTreeMap::new();
        loop {
            let (line, span) = match (before.peek(), after.peek()) {
                (None, None) => return changes,
                (Some(one), None) | (None, Some(one)) => place(one),
                (Some(one), Some(other)) => place(one).min(place(other)),
            };
            let was = before.next_if(|finding| place(finding) == (line, span)).map(|finding| self.before.fate(finding));
            let is = after.next_if(|finding| place(finding) == (line, span)).map(|finding| self.after.fate(finding));
            if was != is {
                changes.entry(line).or_default().push(Change { span, before: was, after: is });
            }
        }
    }

    /// Counts the changes, and says of those that are not too many where they are.
    fn list(&mut self, name: &str, mut changes: BTreeMap<u64, Vec<Change<'r>>>, lines_before: u64) -> String {
        let mut text = String::new();
        let outputs = self.before.out.split(|&byte| byte == b'\n').zip(self.after.out.split(|&byte| byte == b'\n'));
        for ((before, after), number) in outputs.zip(lines_before + 1..) {
            let changes = changes.remove(&number).unwrap_or_default();
            self.totals.lines_changed += u64::from(before != after);
            for change in &changes {
                self.totals.count(change);
                if self.totals.changes() <= self.limit as u64 {
                    _ = writeln!(text, "{name}:{number}:{}", change.text());
                }
            }
            if before != after && changes.is_empty() {
                self.totals.otherwise += 1;
                if self.totals.changes() <= self.limit as u64 {
                    _ = writeln!(text, "{name}:{number}: written otherwise");
                }
            }
        }
        text
    }
}

/// A place of which the two sides make something else.
struct Change<'r> {
    span: Span,
    before: Option<Fate<'r>>,
    after: Option<Fate<'r>>,
}

impl Change<'_> {
    fn text(&self) -> String {
        let fate = |fate: &Option<Fate<'_>>| fate.as_ref().map_or("nothing".to_owned(), Fate::text);
        format!("{}-{}: {} -> {}", self.span.start, self.span.end, fate(&self.before), fate(&self.after))
    }
}

/// Counts, never values.
#[derive(Default)]
struct Totals {
    lines: u64,
    lines_changed: u64,
    /// Findings that are masked after and were not before, and so on.
    newly: u64,
    no_longer: u64,
    otherwise: u64,
    /// Findings of which both sides keep the bytes: reported by one, or under another rule.
    reported: u64,
    /// Of each rule, how many of the differing findings it has before and after.
    rules: BTreeMap<String, (u64, u64)>,
}

impl Totals {
    fn count(&mut self, Change { before, after, .. }: &Change<'_>) {
        let is_masked = |fate: &Option<Fate<'_>>| fate.as_ref().is_some_and(Fate::is_masked);
        match (is_masked(before), is_masked(after)) {
            (false, true) => self.newly += 1,
            (true, false) => self.no_longer += 1,
            (true, true) => self.otherwise += 1,
            (false, false) => self.reported += 1,
        }
        for (fate, is_before) in [(before, true), (after, false)] {
            let Some(fate) = fate else { continue };
            let (was, is) = self.rules.entry(fate.rule.to_owned()).or_default();
            *(if is_before { was } else { is }) += 1;
        }
    }

    fn changes(&self) -> u64 {
        self.newly + self.no_longer + self.otherwise + self.reported
    }

    fn summary(&self, limit: usize) -> String {
        let mut text = String::new();
        if self.changes() > limit as u64 {
            _ = writeln!(text, "and {} more (--limit lists more)", self.changes() - limit as u64);
        }
        _ = writeln!(
            text,
            "{} of {} lines come out otherwise: {} masked newly, {} no longer, {} otherwise, {} only reported otherwise",
            self.lines_changed, self.lines, self.newly, self.no_longer, self.otherwise, self.reported
        );
        for (rule, (before, after)) in &self.rules {
            _ = writeln!(text, "  {rule:<32} {before:>9} -> {after:>9}");
        }
        text
    }
}
