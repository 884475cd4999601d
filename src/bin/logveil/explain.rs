//! `logveil explain`: what each rule and the policy say of each line.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Write as _};
use std::process::ExitCode;

use logveil::{Cache, Candidate, Class, Decision, Reason, Redactor, Span, StreamState, Verdict};

use crate::args::Explain;
use crate::failure::Failure;
use crate::{run, setup};

pub fn run(args: &Explain) -> Result<ExitCode, Failure> {
    let redactor = setup::redactor(&args.rules)?;
    if let Some(rule) = args.rule.as_deref().filter(|rule| !redactor.has_rule(rule)) {
        return Err(Failure::Usage(format!("no rule is called {rule:?} (`logveil rules list` names them)")));
    }
    if let Some(rule) = args.rule.as_deref().filter(|rule| !redactor.asks_for(rule)) {
        return Err(Failure::Usage(format!(
            "the rule {rule} is in force on request only, and the policy does not name it ([rules.{rule}])"
        )));
    }
    let mut explainer = Explainer { redactor: &redactor, rule: args.rule.as_deref(), all: args.all, cache: Cache::default() };
    match &args.file {
        Some(path) => explainer.lines(&path.display().to_string(), BufReader::new(run::open(path)?), args.line),
        None => explainer.lines("stdin", io::stdin().lock(), args.line),
    }
}

struct Explainer<'a> {
    redactor: &'a Redactor,
    /// The rule of which alone to tell.
    rule: Option<&'a str>,
    /// Whether to tell of rules that say no.
    all: bool,
    cache: Cache,
}

impl Explainer<'_> {
    fn lines(&mut self, name: &str, mut input: impl BufRead, wanted: Option<u64>) -> Result<ExitCode, Failure> {
        let (mut state, mut masked) = (StreamState::default(), Vec::new());
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            if input.read_until(b'\n', &mut line).map_err(|error| Failure::reading(name, &error))? == 0 {
                return match wanted {
                    Some(wanted) if wanted >= number => Err(Failure::Usage(format!("{name} has {} lines", number - 1))),
                    _ => Ok(ExitCode::SUCCESS),
                };
            }
            // The lines before are masked too: what goes on from them is known to the state alone.
            let mut found = Vec::new();
            masked.clear();
            self.redactor.redact_with(&line, &mut state, &mut self.cache, &mut masked, |finding| found.push((finding.rule, finding.span)));
            if wanted.is_some_and(|wanted| wanted != number) {
                continue;
            }
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            let text = self.explain(number, text.strip_suffix(b"\r").unwrap_or(text), &found);
            io::stdout().write_all(text.as_bytes()).map_err(|error| Failure::writing("stdout", &error))?;
            if wanted == Some(number) {
                break;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn explain(&mut self, number: u64, line: &[u8], found: &[(&str, Span)]) -> String {
        let candidates = self.redactor.explain(line, &mut self.cache);
        // Hidden is whatever a rule looked at, nearly always also where it says no: it may be a secret that the rule does not know.
        let (shown, values): (Vec<&Candidate<'_>>, Vec<&Candidate<'_>>) = candidates.iter().partition(|candidate| is_shown(candidate));
        let places = places(values.iter().map(|candidate| candidate.span).chain(found.iter().map(|(_, span)| *span)));
        let mut text = format!("line {number}: {}\n", marked(line, &places));
        let mut told = 0;
        for (place, number) in places.iter().zip(1..) {
            let inside: Vec<&&Candidate<'_>> = values.iter().filter(|it| is_in(it.span, *place) && self.is_told(it)).collect();
            let is_before = |rule: &str, span: Span| is_in(span, *place) && candidates.iter().all(|known| known.rule != rule);
            let before: Vec<&str> = found.iter().filter(|(rule, span)| is_before(rule, *span)).map(|(rule, _)| *rule).collect();
            let before: Vec<&str> = before.into_iter().filter(|rule| self.rule.is_none_or(|wanted| wanted == *rule)).collect();
            if inside.is_empty() && before.is_empty() {
                continue;
            }
            told += 1;
            _ = writeln!(text, "  [{number}] bytes {}..{}", place.start, place.end);
            before.iter().for_each(|rule| _ = writeln!(text, "      {rule}: goes on from a line before"));
            inside.iter().for_each(|candidate| text.push_str(&told_of(candidate)));
        }
        let shown: Vec<&&Candidate<'_>> = shown.iter().filter(|it| self.is_told(it)).collect();
        if !shown.is_empty() {
            text.push_str("  not hidden\n");
            shown.iter().for_each(|candidate| text.push_str(&told_of(candidate)));
        } else if told == 0 {
            text.push_str(&self.nothing_told(candidates.len()));
        }
        text
    }

    /// Whether to tell of it: if nobody asks for more, of what is a match, or would be one with another number or neighbour.
    fn is_told(&self, candidate: &Candidate<'_>) -> bool {
        match self.rule {
            Some(rule) => candidate.rule == rule,
            None => self.all || matches!(candidate.outcome, Ok(_) | Err(Reason::NoContext | Reason::CheckFailed)),
        }
    }

    fn nothing_told(&self, candidates: usize) -> String {
        match self.rule {
            Some(rule) => format!("  {rule}: nothing here is like what it looks for\n"),
            None if candidates == 0 => "  no rule sees anything here\n".to_owned(),
            None => format!("  no match; rules have looked at {candidates} places (--all tells of them)\n"),
        }
    }
}

/// Whether it holds nothing to hide: a key without a value, or a part of a word that no rule for secrets looked at.
fn is_shown(candidate: &Candidate<'_>) -> bool {
    match candidate.outcome {
        Err(Reason::NoValue | Reason::NotKey) => true,
        Err(Reason::NoBoundary) => candidate.class != Class::Secret,
        _ => false,
    }
}

/// The places that candidates stand in, those that overlap as one, in order.
fn places(spans: impl Iterator<Item = Span>) -> Vec<Span> {
    let mut spans: Vec<Span> = spans.collect();
    spans.sort_unstable();
    let mut places: Vec<Span> = Vec::new();
    for span in spans {
        match places.last_mut() {
            Some(last) if span.start < last.end || span == *last => last.end = last.end.max(span.end),
            _ => places.push(span),
        }
    }
    places
}

fn is_in(span: Span, place: Span) -> bool {
    place.start <= span.start && span.end <= place.end && (span.start < place.end || place.is_empty())
}

/// The line with numbers in the places. What no rule has looked at is shown, so that it can be read by its keys.
fn marked(line: &[u8], places: &[Span]) -> String {
    let mut text = String::new();
    let mut copied = 0;
    for (place, number) in places.iter().zip(1..) {
        text.push_str(&shown(&line[copied.min(place.start)..place.start]));
        _ = write!(text, "[{number}]");
        copied = place.end;
    }
    text + &shown(&line[copied..])
}

/// Text for a terminal: nothing in it moves the cursor.
fn shown(bytes: &[u8]) -> String {
    let shown = |letter: char| if letter.is_control() { letter.escape_default().to_string() } else { letter.to_string() };
    String::from_utf8_lossy(bytes).chars().map(shown).collect()
}

fn told_of(candidate: &Candidate<'_>) -> String {
    let mut said = vec![format!("{} by itself", candidate.base)];
    if let Some((name, verdict)) = candidate.check {
        let verdict = match verdict {
            Verdict::Valid => "valid, surer",
            Verdict::Doubtful => "doubtful, less sure",
            Verdict::Impossible => "impossible",
        };
        said.push(format!("check {name}: {verdict}"));
    }
    match candidate.near {
        Some(true) => said.push("a word that must stand nearby does".to_owned()),
        Some(false) => said.push("no word nearby of which one must stand there".to_owned()),
        None => {}
    }
    match candidate.raised {
        Some(true) => said.push("a word nearby makes it surer".to_owned()),
        Some(false) => said.push("no word nearby makes it surer".to_owned()),
        None => {}
    }
    if candidate.lowered == Some(true) {
        said.push("its key makes it less sure".to_owned());
    }
    let outcome = match candidate.outcome {
        Ok(confidence) if candidate.span.is_empty() => format!("{confidence}; its value stands on the next line"),
        Ok(confidence) => format!("{confidence}; {}", candidate.decision.map_or(String::new(), decided)),
        Err(reason) => format!("no match: {}", reason.text()),
    };
    let place = format!("{}..{}", candidate.span.start, candidate.span.end);
    format!("      {} ({}) {place}: {} => {outcome}\n", candidate.rule, candidate.class, said.join(", "))
}

fn decided(decision: Decision<'_>) -> String {
    match decision {
        Decision::Disabled => "the policy has switched the rule off".to_owned(),
        Decision::BelowThreshold(threshold) => format!("below the policy's {threshold}, stays"),
        Decision::Allowed => "the policy allows it, stays".to_owned(),
        Decision::Masked(action) => action.name().to_owned(),
        Decision::MaskedAs(rule, action) => format!("{} as {rule}, which is surer or longer", action.name()),
        Decision::Kept => "kept: counted, and stays".to_owned(),
        _ => "decided otherwise".to_owned(),
    }
}
